/* Every kind of event, and what its fields are called: the one place from which come the members of
 * an event (event->ask.prefix), the words of a trace file (ask prefix=16), what its reader takes, and
 * shm-trace(5).
 *
 *   X (ID, member, "what happened", FIELD x 7, "what its text is, or NULL")
 *
 * A line of the table has the same seven places as every other; F (name, UNIT, "meaning") names one
 * that is used, N one that is not and stays 0 (the first: -1). All numbers have 64 bits but the first,
 * which has 32; the 1st, 2nd and 6th are signed. "who" is the role of the event.
 * The word of a kind and of a field in a trace file has dashes where its name here has underscores. */
#pragma once

/* UNIT: how a number is meant; of FLAGS to ADDRESS, that it is written in hexadecimal; of ORDINAL,
 * that 0 is none and is not written. */
/* *INDENT-OFF* */
#define TRACE_UNITS(X) \
  X (NUMBER, "number")  X (ORDINAL, "number, from 1 on")  X (COUNT, "count")  X (YESNO, "1 yes, 0 no")  X (BYTES, "bytes") \
  X (KIB, "KiB")  X (US, "us")  X (NS, "ns")  X (MASK, "mask")  X (PID, "pid") \
  X (FLAGS, "flags")  X (INODE, "inode number")  X (CHECKSUM, "checksum")  X (HASH, "hash")  X (ADDRESS, "address")

#define TRACE_KINDS(X) \
  /* --- written by the runner --- */ \
  X (SPAWN, spawn, "the process of who started", \
    N, N, N, N, N, F (pid, PID, "of the process"), N, NULL) \
  X (STEP, step, "a step of the scenario begins", \
    N, N, N, F (deadline_us, US, "that it has"), N, F (line, NUMBER, "of the scenario"), N, "the step") \
  X (STEP_DONE, step_done, "the step ended in time", \
    N, N, N, F (took_us, US, "that it took"), N, F (line, NUMBER, "of the scenario"), N, "its action") \
  X (STEP_LATE, step_late, "the step missed its deadline; who: whom it was for", \
    N, N, N, F (deadline_us, US, "that it had"), N, F (line, NUMBER, "of the scenario"), N, "the step") \
  X (STOP, stop, "who is asked to stop", \
    N, N, N, F (deadline_us, US, "that it has"), N, N, N, "EOS, NULL, SIGTERM or SIGKILL") \
  X (STOPPED, stopped, "the stop of who was over", \
    N, N, N, N, N, F (took_us, US, "since it was asked"), N, "its kind") \
  X (STOP_LATE, stop_late, "who was still there at the deadline of its stop", \
    N, N, N, N, N, F (since_us, US, "since it was asked"), N, "its kind") \
  X (EXIT, exit, "the process of who is gone", \
    N, N, N, F (forced, YESNO, "the runner had to kill it"), MEASUREMENT, \
    F (status, NUMBER, "exit status, or -N when signal N ended it"), N, "the same in words") \
  X (LADDER, ladder, "the runner forces who to end", \
    N, N, N, N, N, N, N, "SIGTERM or SIGKILL") \
  X (STACK, stack, "a line about where who hangs", \
    N, N, N, N, N, N, N, "the line") \
  X (AUDIT, audit, "leftovers were looked for", \
    N, N, N, N, N, F (looked, COUNT, "names, descriptors and processes looked at"), N, "when") \
  X (LEFTOVER, leftover, "something of who was left behind; a role says so of its own descriptors", \
    N, N, N, N, N, N, N, "what, and its name") \
  X (USAGE, usage, "what who uses", \
    N, F (segments, COUNT, "of it in /dev/shm"), F (areas, COUNT, "that it maps"), \
    F (fds, COUNT, "that are open"), F (cpu_us, US, "of processor time so far"), \
    F (resident_kib, KIB, "of memory"), F (switches, COUNT, "voluntary context switches so far"), \
    "label of the sample") \
  X (MAPPING, mapping, "who maps an area", \
    N, N, N, F (size, BYTES, "mapped"), N, F (writable, YESNO, "it may write there"), N, "its path") \
  X (SEGMENT, segment, "a segment of producer who exists in /dev/shm", \
    N, N, N, N, N, N, N, "its name") \
  X (FLOW, flow, "after a peer had gone, consumer who went on", \
    N, N, N, N, N, F (buffers, COUNT, "seen since"), N, NULL) \
  X (FLOW_LATE, flow_late, "after a peer had gone, consumer who got nothing more in time", \
    N, N, N, N, N, F (buffers, COUNT, "seen since"), N, NULL) \
  X (OBSERVE, observe, "a window of observation over who ended", \
    N, N, F (cpu_us, US, "of processor time used in it"), F (length_us, US, "of the window"), N, \
    F (buffers, COUNT, "that passed in it"), N, "label of the window") \
  X (BROKEN, broken, "the measurement itself failed", \
    N, N, N, N, N, N, N, "why") \
  X (SKIP, skip, "this machine cannot run the case", \
    N, N, N, N, N, N, N, "why") \
  X (STALL, stall, "the process of who (none: the runner) stood still until now", \
    N, N, N, F (asleep_ns, NS, "that the machine slept besides"), N, \
    F (late_ns, NS, "by which its beat was late"), N, NULL) \
  /* --- written by producers and consumers --- */ \
  X (READY, ready, "the process of who takes commands", \
    N, N, N, N, N, N, N, NULL) \
  X (STARTED, started, "the start is over", \
    N, N, N, N, N, F (took_us, US, "that it took"), N, "path of the socket in use, or the error") \
  X (STATE, state, "the pipeline of a real element changed its state", \
    N, N, N, N, N, F (took_us, US, "that it took"), N, \
    "FROM->TO RESULT (RESULT: success, async, no-preroll, failure)") \
  X (BUS_ERROR, bus_error, "an error message, seen by the synchronous handler", \
    N, N, N, N, N, F (code, NUMBER, "of the error"), N, "domain: message; debug") \
  X (BUS_WARNING, bus_warning, "a warning message, seen by the synchronous handler", \
    N, N, N, N, N, F (code, NUMBER, "of the warning"), N, "domain: message; debug") \
  X (BUS_POPPED, bus_popped, "popping the bus after the stop gave errors and warnings", \
    N, N, N, N, N, F (messages, COUNT, "popped"), N, NULL) \
  X (EOS, eos, "the end of the stream was reached at the end of who", \
    N, N, N, N, N, F (held, COUNT, "buffers that a producer of ours holds out"), N, NULL) \
  X (END, end, "consumer who was told of the end of its producer", \
    N, N, N, N, N, N, N, "how: disconnect or protocol error") \
  X (BUFFER_OUT, buffer_out, "producer who begins to hand over a buffer", \
    N, F (area, ORDINAL, "where known"), F (offset, BYTES, "in the area, where known"), \
    F (size, BYTES, "of the buffer"), F (seq, NUMBER, "in its payload"), N, \
    F (sum, CHECKSUM, "of its payload"), NULL) \
  X (BUFFER_IN, buffer_in, "consumer who got a buffer", \
    N, F (area, ORDINAL, "where known"), F (offset, BYTES, "in the area, where known"), \
    F (size, BYTES, "of the buffer"), F (seq, NUMBER, "found in its payload; 0: not intact"), N, \
    F (sum, CHECKSUM, "of its payload"), NULL) \
  X (RELEASE, release, "consumer who is about to let go of a buffer, before the ACK", \
    N, F (area, ORDINAL, "where known"), F (offset, BYTES, "in the area, where known"), \
    F (size, BYTES, "of the buffer"), F (seq, NUMBER, "in its payload"), N, \
    F (sum, CHECKSUM, "of its payload"), NULL) \
  X (FULL, full, "the producer found no space", \
    N, N, N, N, N, F (held, COUNT, "buffers that it holds out"), N, NULL) \
  X (RESUMED, resumed, "the producer found space again", \
    N, N, N, N, F (seq, NUMBER, "of the first buffer that it placed"), N, N, NULL) \
  X (DROPPED, dropped, "the producer dropped a buffer", \
    N, N, N, N, F (seq, NUMBER, "of the buffer"), N, N, "why") \
  X (MEMORY, memory, "the producer allocated ahead of sending", \
    N, F (area, ORDINAL, "where known"), F (offset, BYTES, "in the area, where known"), \
    F (size, BYTES, "asked for"), F (seq, NUMBER, "of the buffer"), N, N, "shm, system or refused") \
  X (RESIZED, resized, "the producer changed the size of its area", \
    N, N, N, F (asked, BYTES, "for the area"), N, F (reported, BYTES, "by it afterwards"), N, \
    "ok or the error") \
  X (PROGRESS, progress, "counters of who", \
    N, N, N, F (bytes, BYTES, "so far"), N, F (buffers, COUNT, "so far"), N, "label") \
  X (CONNECTED, connected, "producer: a client came; consumer: connected", \
    N, N, N, N, N, F (peer, NUMBER, "of a producer: its client, or the descriptor of that"), N, NULL) \
  X (DISCONNECTED, disconnected, "producer: a client went; consumer: disconnected", \
    N, N, N, N, N, F (peer, NUMBER, "of a producer: its client, or the descriptor of that"), N, "why") \
  X (DONE, done, "a command is carried out", \
    N, N, N, N, MEASUREMENT, F (command, NUMBER, "of the runner"), N, "the error, or empty") \
  X (NOTE, note, "for the reader", \
    F (client, NUMBER, "the connection"), N, N, N, MEASUREMENT, \
    F (lost, YESNO, "the connection is not followed any further"), N, "the note") \
  /* --- written by the tap, which numbers its connections from 0 --- */ \
  X (CLIENT_OPEN, client_open, "a client connected; who: the consumer that it is, where known", \
    F (client, NUMBER, "the connection"), N, N, N, N, F (pid, PID, "of the client"), N, NULL) \
  X (CLIENT_CLOSE, client_close, "its connection ended", \
    F (client, NUMBER, "the connection"), N, N, N, N, N, N, "who closed first: producer or consumer") \
  X (NEW_AREA, new_area, "NEW_SHM_AREA", \
    F (client, NUMBER, "the connection"), F (area, NUMBER, "its id"), \
    F (real_size, BYTES, "of the object that it names"), F (size, BYTES, "announced"), N, \
    F (opened, YESNO, "the tap could open it"), \
    F (mode, FLAGS, "of what is there when that is no plain object"), "its path") \
  X (CLOSE_AREA, close_area, "CLOSE_SHM_AREA", \
    F (client, NUMBER, "the connection"), F (area, NUMBER, "its id"), N, N, N, N, N, NULL) \
  X (NEW_BUFFER, new_buffer, "NEW_BUFFER", \
    F (client, NUMBER, "the connection"), F (area, NUMBER, "that it lies in"), \
    F (offset, BYTES, "in the area"), F (size, BYTES, "of the buffer"), \
    F (seq, NUMBER, "in the payload found there; 0: none is intact"), \
    F (other_area, NUMBER, "another area of this client with a fresh payload at this offset; 0: none"), \
    F (sum, CHECKSUM, "of the payload"), NULL) \
  X (ACK_BUFFER, ack_buffer, "ACK_BUFFER", \
    F (client, NUMBER, "the connection"), F (area, NUMBER, "that it names"), \
    F (offset, BYTES, "in the area"), F (size, BYTES, "of the buffer that this client holds there"), \
    F (seq, NUMBER, "in its payload; 0: the client holds none there, or it is not intact"), N, \
    F (sum, CHECKSUM, "of the payload now"), NULL) \
  X (GARBAGE, garbage, "bytes that are no command in this direction", \
    F (client, NUMBER, "the connection"), N, N, N, N, N, N, "what they were") \
  /* --- written by probers --- */ \
  X (TARGET, target, "what is probed, or what element who really drives", \
    N, N, N, F (shm_size, BYTES, "that the pipeline of a producer asks for; 0: none"), MEASUREMENT, \
    F (page, BYTES, "pages of its memory; 0: those of the machine"), N, \
    "element and version; of a role also the file of its plugin") \
  X (PROBE, probe, "a measurement begins", \
    N, N, N, N, MEASUREMENT, N, N, "the contract that it is about") \
  X (ABSENT, absent, "the target has nothing to show of a contract", \
    N, N, N, N, MEASUREMENT, N, N, "contract: why") \
  X (FOUND, found, "a target that could be probed", \
    N, N, N, N, MEASUREMENT, F (usable, NUMBER, "1: it can be; 2: only when it is named; 0: it cannot"), N, \
    "its name, or name: why it cannot be") \
  /* --- about memory objects; distances are from the first byte of the object --- */ \
  X (ASK, ask, "an allocation was asked for", \
    F (page, BYTES, "the page size that was pretended; -1: the real one"), F (align, MASK, "alignment"), \
    F (prefix, BYTES, "before the data"), F (size, BYTES, "of the data"), MEASUREMENT, \
    F (padding, BYTES, "after the data"), F (flags, FLAGS, "GstMemoryFlags"), NULL) \
  X (REFUSED, refused, "it was refused", \
    N, N, N, N, MEASUREMENT, N, N, "how") \
  X (OBJECT, object, "a memory object as it reports itself", \
    N, F (align, MASK, "alignment"), F (offset, BYTES, "of the data"), F (maxsize, BYTES, "in all"), \
    MEASUREMENT, F (size, BYTES, "of the data"), F (flags, FLAGS, "GstMemoryFlags"), \
    "after what: alloc, use, resize, share, copy") \
  X (BACKING, backing, "the mapping that an object lies in", \
    F (shared, YESNO, "the mapping is shared"), F (alone, YESNO, "its pages are mapped for it alone"), \
    F (file, BYTES, "of the file from the object's first byte on; all ones: there is no file"), \
    F (mapped, BYTES, "from the object's first byte on"), MEASUREMENT, \
    F (resident, BYTES, "of the object, in whole pages"), F (inode, INODE, "of the file"), "its path") \
  X (TOUCH, touch, "a byte was touched in a process of its own", \
    F (through, NUMBER, "0: the object's own mapping, 1: a peer's, 2: without a process of its own"), N, \
    F (distance, BYTES, "of the byte"), F (written, YESNO, "else it was read"), MEASUREMENT, \
    F (signal, NUMBER, "that it cost; 0: none"), N, "which byte") \
  X (ADDRESS, address, "where the data of an object lies", \
    N, F (align, MASK, "asked for"), N, N, MEASUREMENT, N, F (address, ADDRESS, "of the data"), "of what") \
  X (BYTES, bytes, "bytes were looked at", \
    N, N, F (distance, BYTES, "of the first"), F (count, BYTES, "looked at"), MEASUREMENT, \
    F (set_at, NUMBER, "place of the first that is not zero; -1: all are"), N, "of what: prefix, padding") \
  X (MAP, map, "a map or unmap was tried", \
    N, N, N, F (size, BYTES, "that it gave"), MEASUREMENT, \
    F (result, NUMBER, "0: as asked, -1: refused, else the signal that using it cost"), N, "what") \
  X (FD, fd, "the descriptor behind an object", \
    N, N, F (stat_size, BYTES, "as stat has it"), F (end, BYTES, "by SEEK_END"), MEASUREMENT, \
    F (cloexec, YESNO, "it is close-on-exec"), F (seals, FLAGS, "F_SEAL_..."), "seals in words, or none") \
  X (COUNT, count, "what is open now", \
    N, N, F (objects, COUNT, "made so far"), F (mappings, COUNT, "of shared memory"), MEASUREMENT, \
    F (fds, COUNT, "descriptors"), N, "label") \
  /* --- about running processes; object numbers the objects of one --- */ \
  X (SHARED, shared, "the process has an object", \
    F (fds, COUNT, "descriptors of it here"), OBJECT_NUMBER, F (memory, BYTES, "that it takes"), \
    F (file, BYTES, "of its file; all ones: not known"), MEASUREMENT, \
    F (seals, NUMBER, "F_SEAL_...; -1: it has none, or not known"), F (inode, INODE, "of its file"), \
    "its kind and name") \
  X (REGION, region, "the process maps an object", \
    F (modes, NUMBER, "1 readable, 2 writable, 4 executable, or the sum of them"), OBJECT_NUMBER, \
    F (from, BYTES, "of the file, where the mapping begins"), F (mapped, BYTES, "of it"), MEASUREMENT, \
    F (file, BYTES, "of the file; -1: not known"), F (page, NUMBER, "bytes of a page there"), \
    "addresses, modes and name") \
  X (PAGES, pages, "pages of an object in the process", \
    N, OBJECT_NUMBER, F (large, BYTES, "in large pages"), F (resident, BYTES, "in memory"), MEASUREMENT, \
    F (locked, BYTES, "locked"), F (page, NUMBER, "bytes of a page"), NULL) \
  X (OPENED, opened, "the process has an object open", \
    F (cloexec, YESNO, "it is close-on-exec"), OBJECT_NUMBER, N, F (flags, NUMBER, "of open(2)"), \
    MEASUREMENT, F (fd, NUMBER, "the descriptor"), N, NULL) \
  X (HOLDER, holder, "a process that has an object, or has created it", \
    F (pid, PID, "of the process"), OBJECT_NUMBER, F (fds, COUNT, "descriptors that it has"), \
    F (mapped, BYTES, "by it"), MEASUREMENT, F (alive, YESNO, "it is not gone"), \
    F (creator, NUMBER, "1: so the name of the object says"), "what it goes by") \
  /* --- about buffer pools; buffer numbers buffers, from 1 on, as they were first seen --- */ \
  X (POOL, pool, "a pool was made", \
    N, N, N, N, MEASUREMENT, F (configured, YESNO, "it came configured"), N, "its type") \
  X (POOL_CONFIG, pool_config, "a configuration was set", \
    F (reworked, YESNO, "it is what the pool had made of a refused one"), F (min, COUNT, "of buffers"), \
    F (max, COUNT, "of buffers"), F (size, BYTES, "of a buffer"), MEASUREMENT, \
    F (answer, YESNO, "the pool took it"), N, "why") \
  X (POOL_HAS, pool_has, "the configuration of the pool read back", \
    N, F (min, COUNT, "of buffers"), F (max, COUNT, "of buffers"), F (size, BYTES, "of a buffer"), \
    MEASUREMENT, F (active, YESNO, "it says that it is active"), N, NULL) \
  X (POOL_PARAMS, pool_params, "how the pool is to allocate", \
    N, F (align, MASK, "alignment"), F (prefix, BYTES, "before the data"), \
    F (padding, BYTES, "after the data"), MEASUREMENT, F (asked, YESNO, "asked for, else read back"), \
    F (flags, FLAGS, "GstMemoryFlags"), "type of the allocator, or none") \
  X (POOL_ACTIVE, pool_active, "set_active was called", \
    N, N, F (failed, COUNT, "allocations that were made to fail meanwhile"), \
    F (activate, YESNO, "else deactivate"), MEASUREMENT, F (answer, YESNO, "what was answered"), N, NULL) \
  X (POOL_FLUSH, pool_flush, "set_flushing was called", \
    N, N, N, N, MEASUREMENT, F (begins, YESNO, "else it ends"), N, NULL) \
  X (POOL_ACQUIRE, pool_acquire, "an acquire came back", \
    F (waiter, NUMBER, "which of several that wait"), F (buffer, NUMBER, "0: none"), \
    F (took_us, US, "that it took"), F (no_wait, YESNO, "it was not to wait"), MEASUREMENT, \
    F (flow, NUMBER, "GstFlowReturn"), N, "GstFlowReturn in words") \
  X (POOL_WAITS, pool_waits, "an acquire has not come back", \
    F (waiter, NUMBER, "which of several that wait"), N, F (given_us, US, "that it was given"), \
    F (no_wait, YESNO, "it was not to wait"), MEASUREMENT, \
    F (final, YESNO, "it gets no more time than that"), N, NULL) \
  X (POOL_RETURN, pool_return, "our reference of a buffer is dropped", \
    N, F (buffer, NUMBER, "which"), N, N, MEASUREMENT, \
    F (copies, COUNT, "references that copies with its memory hold; 0: ours was the last"), N, \
    "what was done to it") \
  X (POOL_BUFFER, pool_buffer, "a buffer is looked at", \
    F (refs, COUNT, "references"), F (buffer, NUMBER, "which"), F (memories, COUNT, "memory objects"), \
    F (size, BYTES, "of it"), MEASUREMENT, F (writable, YESNO, "it is writable"), \
    F (flags, FLAGS, "GstBufferFlags"), "when") \
  X (POOL_MARKS, pool_marks, "what a buffer bears", \
    F (foreign, YESNO, "it has memory that is not its own"), F (buffer, NUMBER, "which"), \
    F (metas, COUNT, "metas that are not POOLED"), F (has_pool, YESNO, "its pool is set"), MEASUREMENT, \
    F (stamps, COUNT, "timestamps and offsets set"), F (pooled_metas, NUMBER, "POOLED metas"), "when") \
  X (POOL_ALIVE, pool_alive, "what a pool has allocated", \
    N, F (buffers, YESNO, "of buffers that were seen, else of memory of its allocator"), \
    F (made, COUNT, "so far"), N, MEASUREMENT, F (alive, COUNT, "not freed"), N, "when") \
  X (POOL_OPTION, pool_option, "an option of a pool", \
    N, N, N, N, MEASUREMENT, F (kept, YESNO, "the configuration has it in the end"), N, \
    "its name, or none when it lists none") \
  X (POOL_META, pool_meta, "whether a buffer of a pool with the option bears a meta", \
    N, N, N, N, MEASUREMENT, F (there, YESNO, "it does"), N, "its API") \
  X (POOL_PLANE, pool_plane, "a plane of a buffer of a pool with an alignment", \
    N, F (plane, NUMBER, "which"), F (offset, BYTES, "of it"), \
    F (real, YESNO, "as it is, else as the alignment needs it"), MEASUREMENT, \
    F (stride, BYTES, "of a line"), F (align, NUMBER, "mask of the stride"), NULL) \
  /* --- about elements, video layouts and metadata --- */ \
  X (PREPARE, prepare, "what a measurement needs is made ready; a process that ends meanwhile has " \
    "measured nothing", \
    N, N, N, N, MEASUREMENT, F (done, YESNO, "else it begins"), N, "of what") \
  X (ASKED, asked, "an ALLOCATION query is sent", \
    F (need_pool, YESNO, "a pool is needed"), N, N, N, MEASUREMENT, N, N, "the caps, or none") \
  X (ANSWER, answer, "what came back", \
    N, F (metas, COUNT, "proposed"), F (allocators, COUNT, "proposed"), F (pools, COUNT, "proposed"), \
    MEASUREMENT, F (answered, YESNO, "it was"), F (hash, HASH, "of all that is proposed"), "it in words") \
  X (POOL_OFFER, pool_offer, "a pool that is proposed", \
    F (object, NUMBER, "1: there is one, 2: it is active already, 0: none"), F (max, COUNT, "of buffers"), \
    F (min, COUNT, "of buffers"), F (size, BYTES, "of a buffer"), MEASUREMENT, \
    F (place, NUMBER, "in the answer"), F (due, NUMBER, "bytes that a frame of the caps needs; 0: not known"), \
    "its type") \
  X (ALLOCATOR_OFFER, allocator_offer, "an allocator that is proposed", \
    F (object, YESNO, "there is one"), F (align, MASK, "alignment"), F (prefix, BYTES, "before the data"), \
    F (padding, BYTES, "after the data"), MEASUREMENT, F (place, NUMBER, "in the answer"), \
    F (flags, FLAGS, "GstMemoryFlags"), "its type") \
  X (META_OFFER, meta_offer, "a metadata that is proposed", \
    N, N, N, N, MEASUREMENT, F (known, YESNO, "its type is one of metadata"), N, "the type") \
  X (USE, use, "what is proposed was used", \
    N, N, F (due, BYTES, "that it should have given"), F (gave, BYTES, "that it gave"), MEASUREMENT, \
    F (worked, YESNO, "it went"), N, "what and how") \
  X (CRITICAL, critical, "a critical warning was logged", \
    N, N, N, N, MEASUREMENT, N, N, "the warning") \
  X (LAYOUT, layout, "a buffer of video", \
    F (small_paddings, NUMBER, "paddings of its meta smaller than asked for; -1: none was asked for"), \
    F (mapped, NUMBER, "1: as a frame, 0: that was refused, -1: there is no buffer"), \
    F (due, BYTES, "that the layout asked for takes"), F (size, BYTES, "of its memory"), MEASUREMENT, \
    F (planes, COUNT, "of it"), F (address, ADDRESS, "of its memory"), "format, size, alignment asked for") \
  X (PLANE, plane, "a plane of the layout before", \
    F (plane, NUMBER, "which"), F (before, BYTES, "of padding before the first pixel"), \
    F (offset, BYTES, "of its first pixel"), F (size, BYTES, "of it with its padding; 0: not told"), \
    MEASUREMENT, F (stride, BYTES, "of a line"), F (align, NUMBER, "mask of the stride, asked for"), \
    "by whose account") \
  X (PICTURE, picture, "what is seen of a plane of the layout before", \
    F (plane, NUMBER, "which"), F (line, BYTES, "of a line with the padding to its left; 0: not known"), \
    F (offset, BYTES, "of its first pixel"), F (size, BYTES, "to the end of its last line"), MEASUREMENT, \
    F (stride, BYTES, "of a line"), F (lines, NUMBER, "of the picture that a line stands for"), NULL) \
  X (META, meta, "a metadata was looked for on a buffer", \
    N, F (due, NUMBER, "1: it has to be there, 0: it must not be, -1: it may be"), \
    F (unset, NUMBER, "first byte of it that nobody has set; all ones: all are"), \
    F (size, BYTES, "of its structure"), MEASUREMENT, F (there, YESNO, "it is"), \
    F (hash, HASH, "of its content"), "its type: after what") \
  X (META_REFS, meta_refs, "references on an object that was put into a metadata", \
    N, N, F (during, COUNT, "while it was there"), F (after, COUNT, "after it had gone"), MEASUREMENT, \
    F (before, COUNT, "it was put there"), N, "its type: how it went")

/* Of what every prober writes. */
#define MEASUREMENT F (measurement, ORDINAL, "that it belongs to")
#define OBJECT_NUMBER F (object, NUMBER, "which")
/* *INDENT-ON* */
