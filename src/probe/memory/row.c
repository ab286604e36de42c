/* One row: the memory that an allocator gives for it, from inside and as a peer would see it. */
#include "config.h"
#include "probe/memory/measure.h"

#include "probe/pretend.h"
#include "probe/touch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is dirtied and looked at of each end of a large memory. */
#define LOOK_MAX ((gsize) 65536)
#define DIRT 0xa5
#define NO_FILE G_MAXUINT64

/* Never beyond MAPPING: what an allocator promises and does not have may be memory of our own. */
static void
fill_within (const ProbeMapping * mapping, guint64 from, guint64 size)
{
  guint64 end = from > mapping->end || size > mapping->end - from ? mapping->end : from + size;

  from = MAX (from, mapping->start);
  if (from < end)
    probe_fill (from, end - from, DIRT);
}

/* Leaves something other than zeros where the next memory of this kind may lie. */
static void
dirty (Memory * self, const ProbeRow * row)
{
  GstAllocationParams params = memory_params (row);
  GstMemory *memory;
  GstMapInfo map;
  ProbeMapping mapping;

  params.flags = 0;
  memory = probe_allocator_alloc (self->allocator, row->size, &params);
  if (!memory)
    return;
  if (gst_memory_map (memory, &map, GST_MAP_READWRITE)) {
    guint64 data = (guint64) (guintptr) map.data;

    if (probe_mapping_at (data, &mapping)) {
      fill_within (&mapping, data - MIN (row->prefix, LOOK_MAX), MIN (row->prefix, LOOK_MAX));
      fill_within (&mapping, data, MIN (row->size, LOOK_MAX));
      fill_within (&mapping, data + row->size, MIN (row->padding, LOOK_MAX));
    }
    gst_memory_unmap (memory, &map);
  }
  gst_memory_unref (memory);
}

static void
tell_bytes (Memory * self, const gchar * what, const guint8 * data, guint64 distance, gsize size)
{
  TraceEvent event = actor_event (self->actor, TRACE_BYTES);
  ProbeTouch ends[] = { {what, 0, FALSE, 0}, {what, MAX (size, 1) - 1, FALSE, 0} };

  /* Bytes that are not there are not looked at: it would kill us, and is known already. */
  probe_touch_fast (ends, G_N_ELEMENTS (ends), (guint64) (guintptr) data);
  if (size == 0 || ends[0].outcome != 0 || ends[1].outcome != 0)
    return;
  event.bytes.count = size;
  event.bytes.distance = distance;
  event.bytes.set_at = -1;
  for (gsize i = 0; i < size && event.bytes.set_at < 0; i++) {
    if (data[i] != 0)
      event.bytes.set_at = (gint64) i;
  }
  actor_emit (self->actor, &event, "%s", what);
}

static void
tell_zeros (Memory * self, const ProbeRow * row, GstMemory * memory, const GstMapInfo * map)
{
  gsize prefix = MIN (row->prefix, memory->offset);
  gsize behind = memory->maxsize - memory->offset - memory->size;

  if (row->flags & PROBE_ROW_ZERO_PREFIXED)
    tell_bytes (self, "prefix", map->data - prefix, memory->offset - prefix, prefix);
  if (row->flags & PROBE_ROW_ZERO_PADDED)
    tell_bytes (self, "padding", map->data + memory->size, memory->offset + memory->size,
        MIN (row->padding, behind));
}

static void
tell_address (Memory * self, const ProbeRow * row, const GstMapInfo * map)
{
  TraceEvent event = actor_event (self->actor, TRACE_ADDRESS);

  event.address.address = (guint64) (guintptr) map->data;
  event.address.align = (gint64) row->align;
  actor_emit (self->actor, &event, "data");
}

/* Bytes of the file behind MAPPING from ADDRESS on; NO_FILE when there is none to be seen. */
static guint64
file_bytes (const ProbeMapping * mapping, guint64 address, gint fd)
{
  guint64 at = mapping->offset + (address - mapping->start);
  struct stat status;
  gboolean known = FALSE;

  /* A private mapping of a file has left it behind. */
  if (fd >= 0)
    known = fstat (fd, &status) == 0;
  else if (mapping->shared && mapping->path[0] == '/')
    known = stat (mapping->path, &status) == 0 && status.st_ino == mapping->inode;
  if (!known)
    return NO_FILE;
  return (guint64) status.st_size > at ? (guint64) status.st_size - at : 0;
}

/* Returns whether anything is mapped there. */
static gboolean
tell_backing (Memory * self, GstMemory * memory, guint64 base, gint fd, ProbeMapping * mapping)
{
  TraceEvent event = actor_event (self->actor, TRACE_BACKING);

  if (!probe_mapping_at (base, mapping))
    return FALSE;
  event.backing.mapped = mapping->end - base;
  event.backing.file = file_bytes (mapping, base, fd);
  event.backing.resident = self->fast ? 0
      : (gint64) probe_resident (mapping, base, memory->maxsize);
  event.backing.inode = mapping->inode;
  event.backing.shared = mapping->shared;
  /* A mapping of its own begins at the page of the object, with the first byte of its file. */
  event.backing.alone = self->alone && mapping->inode != self->other_inode
      && base - mapping->start < self->page;
  actor_emit (self->actor, &event, "%s", mapping->path);
  return TRUE;
}

static void
tell_touches (Memory * self, const ProbeTouch * touches, guint n, gint32 client)
{
  for (guint i = 0; i < n; i++) {
    TraceEvent event = actor_event (self->actor, TRACE_TOUCH);

    event.touch.distance = touches[i].distance;
    event.touch.signal = touches[i].outcome;
    event.touch.written = touches[i].write ? 1 : 0;
    event.touch.through = client;
    actor_emit (self->actor, &event, "%s", touches[i].label);
  }
}

/* Through the object's own mapping: the first and the last byte that it reports, the last that is
 * mapped, and what comes then, if it can be told apart from other memory. */
static void
touch_own (Memory * self, GstMemory * memory, guint64 base, const ProbeMapping * mapping)
{
  guint64 mapped = mapping->end - base;
  gboolean alone = self->alone && mapping->inode != self->other_inode;
  ProbeTouch touches[] = {
    {"first", 0, TRUE, 0},
    {"last reported", MAX (memory->maxsize, 1) - 1, TRUE, 0},
    {"last mapped", mapped - 1, FALSE, 0},
    {"beyond", mapped, FALSE, 0},
  };
  guint n = alone && !self->fast ? 4 : 3;

  if (self->fast)
    probe_touch_fast (touches, n, base);
  else
    probe_touch (touches, n, base, alone ? mapping : NULL);
  tell_touches (self, touches, n, self->fast ? 2 : 0);
}

/* --- the peer --- */

/* A descriptor as a peer would have it; -1: none. To be closed. */
static gint
peer_fd (gint fd, const ProbeMapping * mapping, gboolean * writable)
{
  gint opened;

  *writable = TRUE;
  if (fd >= 0)
    return fcntl (fd, F_DUPFD_CLOEXEC, 0);
  if (!g_str_has_prefix (mapping->path, "/dev/shm/"))
    return -1;
  /* Readers of a pipe's area may only read it. */
  *writable = FALSE;
  opened = open (mapping->path, O_RDONLY | O_CLOEXEC);
  return opened;
}

/* What is written here must be there, too. */
static void
tell_content (Memory * self, GstMemory * memory, const GstMapInfo * map, gint fd, guint64 at)
{
  ProbeTouch touch = { "content", memory->offset, FALSE, 0 };
  guint8 here, there = 0;

  if (memory->size == 0)
    return;
  here = map->data[0] ^= 0xff;
  touch.outcome = pread (fd, &there, 1, (off_t) (at + memory->offset)) == 1 && there == here
      ? 0 : PROBE_TOUCH_LOST;
  tell_touches (self, &touch, 1, 1);
}

static void
touch_as_peer (Memory * self, GstMemory * memory, const GstMapInfo * map, guint64 base,
    const ProbeMapping * mapping, gint own_fd)
{
  guint64 at = mapping->offset + (base - mapping->start);
  gboolean writable;
  gint fd = peer_fd (own_fd, mapping, &writable), error = 0;
  ProbeTouch promised[] = {
    {"peer's first", 0, writable, 0},
    {"peer's last reported", MAX (memory->maxsize, 1) - 1, writable, 0},
    {"peer's last of the data", memory->offset + MAX (memory->size, 1) - 1, writable, 0},
  };
  guint n = memory->size > 0 ? 3 : 2;
  TraceEvent event;

  if (fd < 0)
    return;
  tell_content (self, memory, map, fd, at);
  if (self->fast) {
    close (fd);
    return;
  }
  probe_touch_fd (promised, n, fd, at, memory->maxsize, writable, &error);
  close (fd);
  event = actor_event (self->actor, TRACE_MAP);
  event.map.result = error ? -1 : 0;
  event.size = memory->maxsize;
  actor_emit (self->actor, &event, "peer %s%s%s", writable ? "read-write" : "read-only",
      error ? ": " : "", error ? g_strerror (error) : "");
  if (!error)
    tell_touches (self, promised, n, 1);
}

static void
measure_mapped (Memory * self, const ProbeRow * row, GstMemory * memory, const GstMapInfo * map)
{
  guint64 base = (guint64) (guintptr) map->data - memory->offset;
  gint fd = probe_allocator_fd (self->allocator, memory);
  ProbeMapping mapping;

  tell_address (self, row, map);
  if (!tell_backing (self, memory, base, fd, &mapping))
    return;
  touch_own (self, memory, base, &mapping);
  tell_zeros (self, row, memory, map);
  if (mapping.shared || fd >= 0)
    touch_as_peer (self, memory, map, base, &mapping, fd);
}

static void
measure_row (Memory * self, const ProbeRow * row)
{
  GstMemory *memory;
  GstMapInfo map;

  if (row->flags && !probe_row_overflows (row))
    dirty (self, row);
  probe_pretend_page (row->page);
  memory = memory_ask (self, row);
  probe_pretend_page (0);
  if (!memory)
    return;
  if (probe_row_overflows (row)) {
    gst_memory_unref (memory);
    return;
  }
  if (gst_memory_map (memory, &map, GST_MAP_READWRITE)) {
    measure_mapped (self, row, memory, &map);
    gst_memory_unmap (memory, &map);
  } else {
    TraceEvent event = actor_event (self->actor, TRACE_MAP);

    event.map.result = -1;
    actor_emit (self->actor, &event, "read-write");
  }
  gst_memory_unref (memory);
}

static const gchar *
contract_of (const ProbeRow * row)
{
  if (probe_row_overflows (row))
    return "overflow";
  return row->page ? "page-any" : "maxsize-true";
}

void
memory_measure_rows (Memory * self, const GArray * rows)
{
  for (guint i = 0; i < rows->len; i++) {
    const ProbeRow *row = &g_array_index (rows, ProbeRow, i);

    if (probe_begin (self->actor, contract_of (row)))
      measure_row (self, row);
  }
}
