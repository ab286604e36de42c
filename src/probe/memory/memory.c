/* The prober of allocators: what they report, what is mapped, what can be touched. */
#include "config.h"
#include "probe/memory/allocators.h"
#include "probe/pretend.h"
#include "probe/rows.h"
#include "probe/touch.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is dirtied and looked at of each end of a large memory. */
#define LOOK_MAX ((gsize) 65536)
#define DIRT 0xa5
#define NO_FILE G_MAXUINT64
#define NOT_ASKED "not asked for"
#define LEAK_ROUNDS 10000
/* So many at once, to see that none shares what belongs to another. */
#define LEAK_HELD 16

G_STATIC_ASSERT (PROBE_ROW_ZERO_PREFIXED << 4 == GST_MEMORY_FLAG_ZERO_PREFIXED);
G_STATIC_ASSERT (PROBE_ROW_ZERO_PADDED << 4 == GST_MEMORY_FLAG_ZERO_PADDED);

typedef struct
{
  Probe *probe;
  ProbeAllocator *allocator;
  guint64 page;                 /* the real one */
  gboolean fast;                /* without a process for each row */
  gboolean alone;               /* pages are mapped for one memory alone */
  guint64 other_inode;          /* of an object that lives all the time; 0: none */
  GstMemory *other;
} Memory;

/* --- asking --- */

static GstAllocationParams
params_of (const ProbeRow * row)
{
  GstAllocationParams params;

  gst_allocation_params_init (&params);
  params.align = row->align;
  params.prefix = row->prefix;
  params.padding = row->padding;
  params.flags = row->flags << 4;
  return params;
}

static void
tell_ask (Memory * self, const ProbeRow * row)
{
  TraceEvent event = probe_event (self->probe, TRACE_ASK);

  event.size = row->size;
  event.area = (gint64) row->align;
  event.offset = row->prefix;
  event.value = (gint64) row->padding;
  event.sum = row->flags;
  event.client = row->page ? (gint32) row->page : -1;
  probe_emit (self->probe, &event, NULL);
}

static void
tell_object (Memory * self, GstMemory * memory, const gchar * after)
{
  TraceEvent event = probe_event (self->probe, TRACE_OBJECT);

  event.size = memory->maxsize;
  event.offset = memory->offset;
  event.value = (gint64) memory->size;
  event.area = (gint64) memory->align;
  event.sum = GST_MINI_OBJECT_FLAGS (memory) >> 4;
  probe_emit (self->probe, &event, "%s", after);
}

/* Asks for what ROW says, and tells what came. NULL: refused. */
static GstMemory *
ask (Memory * self, const ProbeRow * row)
{
  GstAllocationParams params = params_of (row);
  GstMemory *memory;

  tell_ask (self, row);
  memory = probe_allocator_alloc (self->allocator, row->size, &params);
  if (memory) {
    tell_object (self, memory, "alloc");
  } else {
    TraceEvent event = probe_event (self->probe, TRACE_REFUSED);

    probe_emit (self->probe, &event, "no memory was given");
  }
  return memory;
}

/* --- one row --- */

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
  GstAllocationParams params = params_of (row);
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
  TraceEvent event = probe_event (self->probe, TRACE_BYTES);
  ProbeTouch ends[] = { {what, 0, FALSE, 0}, {what, MAX (size, 1) - 1, FALSE, 0} };

  /* Bytes that are not there are not looked at: it would kill us, and is known already. */
  probe_touch_fast (ends, G_N_ELEMENTS (ends), (guint64) (guintptr) data);
  if (size == 0 || ends[0].outcome != 0 || ends[1].outcome != 0)
    return;
  event.size = size;
  event.offset = distance;
  event.value = -1;
  for (gsize i = 0; i < size && event.value < 0; i++) {
    if (data[i] != 0)
      event.value = (gint64) i;
  }
  probe_emit (self->probe, &event, "%s", what);
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
  TraceEvent event = probe_event (self->probe, TRACE_ADDRESS);

  event.sum = (guint64) (guintptr) map->data;
  event.area = (gint64) row->align;
  probe_emit (self->probe, &event, "data");
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
  TraceEvent event = probe_event (self->probe, TRACE_BACKING);

  if (!probe_mapping_at (base, mapping))
    return FALSE;
  event.size = mapping->end - base;
  event.offset = file_bytes (mapping, base, fd);
  event.value = self->fast ? 0 : (gint64) probe_resident (mapping, base, memory->maxsize);
  event.sum = mapping->inode;
  event.client = mapping->shared;
  /* A mapping of its own begins at the page of the object, with the first byte of its file. */
  event.area = self->alone && mapping->inode != self->other_inode
      && base - mapping->start < self->page;
  probe_emit (self->probe, &event, "%s", mapping->path);
  return TRUE;
}

static void
tell_touches (Memory * self, const ProbeTouch * touches, guint n, gint32 client)
{
  for (guint i = 0; i < n; i++) {
    TraceEvent event = probe_event (self->probe, TRACE_TOUCH);

    event.offset = touches[i].distance;
    event.value = touches[i].outcome;
    event.size = touches[i].write ? 1 : 0;
    event.client = client;
    probe_emit (self->probe, &event, "%s", touches[i].label);
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
  event = probe_event (self->probe, TRACE_MAP);
  event.value = error ? -1 : 0;
  event.size = memory->maxsize;
  probe_emit (self->probe, &event, "peer %s%s%s", writable ? "read-write" : "read-only",
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
  memory = ask (self, row);
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
    TraceEvent event = probe_event (self->probe, TRACE_MAP);

    event.value = -1;
    probe_emit (self->probe, &event, "read-write");
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

static void
measure_rows (Memory * self, const GArray * rows)
{
  for (guint i = 0; i < rows->len; i++) {
    const ProbeRow *row = &g_array_index (rows, ProbeRow, i);

    if (probe_begin (self->probe, contract_of (row)))
      measure_row (self, row);
  }
}

/* --- offsets and sizes --- */

static const ProbeRow object_rows[] = {
  {.size = 100},
  {.size = 4096},
  {.size = 5000,.prefix = 16,.padding = 32},
  {.size = 5000,.align = 63,.prefix = 100},
};

static void
tell_share (Memory * self, GstMemory * memory, gssize offset, gssize size, const gchar * what)
{
  GstMemory *share = gst_memory_share (memory, offset, size);

  if (!share)
    return;
  tell_object (self, share, what);
  if (size < 0 || size > 4) {
    GstMemory *again = gst_memory_share (share, 1, 2);

    if (again)
      tell_object (self, again, "share of a share");
    gst_clear_mini_object ((GstMiniObject **) & again);
  }
  gst_memory_unref (share);
}

static void
tell_copy (Memory * self, GstMemory * memory, gssize offset, gssize size)
{
  GstMemory *copy = gst_memory_copy (memory, offset, size);

  if (copy)
    tell_object (self, copy, "copy");
  gst_clear_mini_object ((GstMiniObject **) & copy);
}

static void
measure_object (Memory * self, const ProbeRow * row)
{
  GstMemory *memory = ask (self, row);
  gssize half = (gssize) row->size / 2;
  GstMapInfo map;

  if (!memory)
    return;
  tell_share (self, memory, 0, -1, "share of all");
  tell_share (self, memory, half, 10, "share");
  tell_share (self, memory, half, -1, "share of the rest");
  tell_copy (self, memory, 0, -1);
  tell_copy (self, memory, half, 10);
  gst_memory_resize (memory, 10, row->size - 20);
  tell_object (self, memory, "resize");
  tell_share (self, memory, 0, -1, "share of all after resize");
  tell_share (self, memory, 5, 20, "share after resize");
  tell_copy (self, memory, 0, -1);
  gst_memory_resize (memory, -10, row->size);
  tell_object (self, memory, "resize back");
  if (gst_memory_map (memory, &map, GST_MAP_READ)) {
    tell_object (self, memory, "map");
    gst_memory_unmap (memory, &map);
  }
  tell_object (self, memory, "unmap");
  gst_memory_unref (memory);
}

static void
measure_objects (Memory * self, const gchar * contract)
{
  for (gsize i = 0; i < G_N_ELEMENTS (object_rows); i++) {
    if ((i < 2 || self->allocator->target->takes_params)
        && probe_begin (self->probe, contract))
      measure_object (self, &object_rows[i]);
  }
}

/* --- maps --- */

static void
tell_map (Memory * self, gint64 value, gsize size, const gchar * what)
{
  TraceEvent event = probe_event (self->probe, TRACE_MAP);

  event.value = value;
  event.size = size;
  probe_emit (self->probe, &event, "%s", what);
}

/* Whether DATA can be written or read now; through a process of its own. */
static gint
outcome_at (const guint8 * data, gboolean write)
{
  ProbeTouch touch = { "map", 0, write, 0 };

  probe_touch (&touch, 1, (guint64) (guintptr) data, NULL);
  return touch.outcome;
}

static gboolean
is_mapped_alone (Memory * self, const guint8 * data)
{
  ProbeMapping mapping;

  return self->alone && probe_mapping_at ((guint64) (guintptr) data, &mapping) && mapping.shared
      && mapping.inode != self->other_inode;
}

/* Maps with FLAGS, uses it, and looks whether it is gone afterwards. */
static void
measure_mode (Memory * self, GstMemory * memory, GstMapFlags flags, const gchar * mode)
{
  g_autofree gchar *unmap = g_strconcat ("unmap ", mode, NULL);
  const guint8 *data;
  gboolean alone;
  GstMapInfo map;

  if (!gst_memory_map (memory, &map, flags)) {
    tell_map (self, -1, 0, mode);
    return;
  }
  data = map.data;              /* GStreamer 1.28 clears what it unmaps */
  alone = is_mapped_alone (self, data);
  tell_map (self, outcome_at (data, flags & GST_MAP_WRITE), map.size, mode);
  if (alone && !(flags & GST_MAP_WRITE))
    tell_map (self, outcome_at (data, TRUE), map.size, "write through a read map");
  gst_memory_unmap (memory, &map);
  if (alone)
    tell_map (self, is_mapped_alone (self, data), 0, unmap);
}

static void
measure_nested (Memory * self, GstMemory * memory)
{
  GstMapInfo outer, inner;

  if (!gst_memory_map (memory, &outer, GST_MAP_READWRITE)) {
    tell_map (self, -1, 0, "read-write");
    return;
  }
  if (gst_memory_map (memory, &inner, GST_MAP_READ)) {
    tell_map (self, inner.data == outer.data ? outcome_at (inner.data, FALSE) : -1, inner.size,
        "read within read-write");
    gst_memory_unmap (memory, &inner);
    tell_map (self, outcome_at (outer.data, TRUE), outer.size, "read-write after the inner unmap");
  } else {
    tell_map (self, -1, 0, "read within read-write");
  }
  gst_memory_unmap (memory, &outer);
}

/* What is locked for reading alone must not be had for writing. */
static void
measure_read_only (Memory * self, GstMemory * memory)
{
  GstMapInfo map;
  gboolean mapped;

  GST_MINI_OBJECT_FLAG_SET (memory, GST_MEMORY_FLAG_READONLY);
  mapped = gst_memory_map (memory, &map, GST_MAP_WRITE);
  tell_map (self, mapped ? 0 : -1, 0, "write of read-only memory");
  if (mapped)
    gst_memory_unmap (memory, &map);
}

static void
measure_maps (Memory * self)
{
  static const struct
  {
    GstMapFlags flags;
    const gchar *name;
  } modes[] = {
    {GST_MAP_READ, "read"}, {GST_MAP_WRITE, "write"}, {GST_MAP_READWRITE, "read-write"}
  };
  const ProbeRow row = {.size = 5000 };

  for (gsize i = 0; i < G_N_ELEMENTS (modes) + 2; i++) {
    GstMemory *memory;

    if (!probe_begin (self->probe, "map") || !(memory = ask (self, &row)))
      continue;
    if (i < G_N_ELEMENTS (modes))
      measure_mode (self, memory, modes[i].flags, modes[i].name);
    else if (i == G_N_ELEMENTS (modes))
      measure_nested (self, memory);
    else
      measure_read_only (self, memory);
    gst_memory_unref (memory);
  }
}

/* --- descriptors --- */

static const struct
{
  guint bit;
  const gchar *name;
} seal_names[] = {
  {0x0001, "seal"}, {0x0002, "shrink"}, {0x0004, "grow"}, {0x0008, "write"},
  {0x0010, "future-write"}, {0x0020, "exec"}
};

static gchar *
seal_words (gint seals)
{
  GString *words = g_string_new (NULL);

  for (gsize i = 0; seals > 0 && i < G_N_ELEMENTS (seal_names); i++) {
    if ((guint) seals & seal_names[i].bit)
      g_string_append_printf (words, "%s%s", words->len ? " " : "", seal_names[i].name);
  }
  if (words->len == 0)
    g_string_append (words, seals < 0 ? "cannot be sealed" : "none");
  return g_string_free (words, FALSE);
}

static void
tell_fd (Memory * self, gint fd)
{
  TraceEvent event = probe_event (self->probe, TRACE_FD);
  gint seals = fcntl (fd, F_GET_SEALS);
  g_autofree gchar *words = seal_words (seals);
  struct stat status = { 0 };

  fstat (fd, &status);
  event.value = (fcntl (fd, F_GETFD) & FD_CLOEXEC) != 0;
  event.offset = (guint64) status.st_size;
  event.size = (guint64) MAX (lseek (fd, 0, SEEK_END), 0);
  event.sum = (guint64) MAX (seals, 0);
  probe_emit (self->probe, &event, "%s", words);
}

static void
measure_seals (Memory * self)
{
  const ProbeRow row = {.size = 5000 };
  GstMemory *memory;
  gpointer data;
  gint fd;

  if (!probe_begin (self->probe, "seals") || !(memory = ask (self, &row)))
    return;
  fd = probe_allocator_fd (self->allocator, memory);
  if (fd >= 0) {
    tell_fd (self, fd);
    data = mmap (NULL, row.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    tell_map (self, data == MAP_FAILED ? -1 : 0, row.size, "peer read-write");
    if (data != MAP_FAILED)
      munmap (data, row.size);
  }
  gst_memory_unref (memory);
}

static void
tell_count (Memory * self, const gchar * label, guint made)
{
  TraceEvent event = probe_event (self->probe, TRACE_COUNT);

  event.value = probe_count_fds ();
  event.size = probe_count_mappings ();
  event.offset = made;
  probe_emit (self->probe, &event, "%s", label);
}

static void
use_once (Memory * self, guint i)
{
  GstMemory *held[LEAK_HELD];
  GstMapInfo map;

  for (guint h = 0; h < LEAK_HELD; h++) {
    held[h] = probe_allocator_alloc (self->allocator, 1 + (i * LEAK_HELD + h) % 9000, NULL);
    if (held[h] && h % 2 && gst_memory_map (held[h], &map, GST_MAP_WRITE)) {
      map.data[0] = 1;
      gst_memory_unmap (held[h], &map);
    }
  }
  for (guint h = 0; h < LEAK_HELD; h++)
    gst_clear_mini_object ((GstMiniObject **) & held[h]);
}

static void
measure_leaks (Memory * self)
{
  if (!probe_begin (self->probe, "fds"))
    return;
  use_once (self, 0);           /* what is made once for ever is no leak */
  tell_count (self, "before", 0);
  for (guint i = 0; i < LEAK_ROUNDS / LEAK_HELD; i++)
    use_once (self, i);
  tell_count (self, "after", LEAK_ROUNDS);
}

/* Who closes a descriptor twice closes what somebody else has opened in between. */
static void
measure_close (Memory * self)
{
  const ProbeRow row = {.size = 5000 };
  GstMemory *memory;
  guint bad_closes;
  gint fd;

  if (!probe_begin (self->probe, "fds") || !(memory = ask (self, &row)))
    return;
  fd = probe_allocator_fd (self->allocator, memory);
  if (fd >= 0)
    tell_fd (self, fd);
  bad_closes = probe_bad_closes ();
  gst_memory_unref (memory);
  if (fd >= 0)
    tell_map (self, fcntl (fd, F_GETFD) < 0 ? 0 : -1, 0, "descriptor closed at the end");
  tell_map (self, probe_bad_closes () == bad_closes ? 0 : -1, 0, "closed only what was open");
}

/* --- the prober --- */

/* A contract that the target has nothing to show of. */
static void
tell_absent (Memory * self, const gchar * contract, const gchar * reason)
{
  TraceEvent event = probe_event (self->probe, TRACE_ABSENT);

  probe_emit (self->probe, &event, "%s: %s", contract, reason);
}

static void
tell_absences (Memory * self, gboolean has_fd, gboolean shared, gboolean alone)
{
  if (!has_fd)
    tell_absent (self, "seals", "its memory has no descriptor");
  if (!shared)
    tell_absent (self, "peer-map", "no other process can map its memory");
  if (!alone) {
    tell_absent (self, "one-page", "its pages hold more than one memory");
    tell_absent (self, "page-any", "its pages hold more than one memory");
  }
  if (!self->allocator->target->takes_params)
    tell_absent (self, "params", "it takes no parameters");
}

/* An object that lives all the time, to compare with; tells what kind of memory this is. */
static gboolean
hold_other (Memory * self)
{
  gboolean has_fd = FALSE, shared = FALSE;
  ProbeMapping mapping, second;
  GstMapInfo map, map2;
  GstMemory *memory;

  self->other = probe_allocator_alloc (self->allocator, 100, NULL);
  memory = probe_allocator_alloc (self->allocator, 100, NULL);
  if (!self->other || !memory || !gst_memory_map (self->other, &map, GST_MAP_READ)) {
    probe_broken (self->probe, "%s: no memory of 100 bytes to be had",
        self->allocator->target->name);
    return FALSE;
  }
  if (gst_memory_map (memory, &map2, GST_MAP_READ)) {
    if (probe_mapping_at ((guint64) (guintptr) map.data, &mapping)
        && probe_mapping_at ((guint64) (guintptr) map2.data, &second)) {
      has_fd = probe_allocator_fd (self->allocator, memory) >= 0;
      shared = mapping.shared;
      self->alone = (shared || has_fd) && mapping.inode != second.inode;
      self->other_inode = mapping.inode;
    }
    gst_memory_unmap (memory, &map2);
  }
  gst_memory_unmap (self->other, &map);
  gst_memory_unref (memory);
  tell_absences (self, has_fd, shared || has_fd, self->alone);
  return TRUE;
}

/* The rows that the config asks for. */
static GArray *
wanted_rows (Memory * self, GError ** error)
{
  const gchar *rows = probe_get (self->probe, "rows");
  gboolean takes_params = self->allocator->target->takes_params;

  if (rows)
    return probe_rows_parse (rows, error);
  if (self->fast)
    return probe_rows_random (probe_size (self->probe, "seed", 1),
        probe_size (self->probe, "random-from", 0),
        (guint) probe_size (self->probe, "random-count", 0), self->page, takes_params);
  return probe_rows_default (self->page, takes_params, probe_get (self->probe, "brief") != NULL);
}

/* The same as if pages were larger: sizes around them. */
static void
measure_pages (Memory * self)
{
  static const guint64 sizes[] = { 1, 100, 4096, 5000, 65536, 65537 };
  guint64 asked = probe_size (self->probe, "assume-page", 0);
  const guint64 pages[] = { asked ? asked : 16384, asked ? 0 : 65536 };
  g_autoptr (GArray) rows = g_array_new (FALSE, TRUE, sizeof (ProbeRow));

  for (gsize p = 0; p < G_N_ELEMENTS (pages) && pages[p]; p++) {
    for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
      ProbeRow row = {.size = sizes[i],.page = pages[p] };

      g_array_append_val (rows, row);
    }
  }
  measure_rows (self, rows);
}

/* With rows of one's own nothing else is measured. */
static void
tell_not_asked (Memory * self, const GArray * rows)
{
  static const gchar *const others[] = { "map", "seals", "fds", "maxsize-fixed" };
  static const gchar *const of_rows[] = {
    "maxsize-true", "offset-size", "params", "peer-map", "one-page", "enough"
  };
  gboolean overflow = FALSE, pretended = FALSE, plain = FALSE;

  for (guint i = 0; i < rows->len; i++) {
    const ProbeRow *row = &g_array_index (rows, ProbeRow, i);

    overflow |= probe_row_overflows (row);
    pretended |= row->page != 0;
    plain |= !probe_row_overflows (row) && row->page == 0;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (of_rows) && !plain; i++)
    tell_absent (self, of_rows[i], NOT_ASKED);
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    tell_absent (self, others[i], NOT_ASKED);
  if (!overflow)
    tell_absent (self, "overflow", NOT_ASKED);
  if (!pretended)
    tell_absent (self, "page-any", NOT_ASKED);
}

static void
measure_rest (Memory * self)
{
  measure_objects (self, "offset-size");
  measure_objects (self, "maxsize-fixed");
  measure_maps (self);
  measure_seals (self);
  measure_leaks (self);
  measure_close (self);
  if (self->alone)
    measure_pages (self);
}

static void
measure_all (Memory * self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) rows = NULL;

  if (!hold_other (self))
    return;
  rows = wanted_rows (self, &error);
  if (!rows) {
    probe_broken (self->probe, "rows: %s", error->message);
    return;
  }
  measure_rows (self, rows);
  if (self->fast || probe_get (self->probe, "rows"))
    tell_not_asked (self, rows);
  else
    measure_rest (self);
}

static void
tell_target (Memory * self)
{
  const ShmdiagAlignTarget *target = self->allocator->target;

  probe_target_with_page (self->probe, target->element, self->allocator->release,
      target->page ? target->page () : 0);
  if (target->expression) {
    TraceEvent event = probe_event (self->probe, TRACE_NOTE);

    probe_emit (self->probe, &event, "expression %s", target->expression);
  }
}

static void
run (Probe * probe)
{
  Memory self = {.probe = probe,.page = (guint64) sysconf (_SC_PAGESIZE),
    .fast = probe_get (probe, "random-count") != NULL
  };
  g_autoptr (GError) error = NULL;

  /* MALLOC_PERTURB_ would make a gigabyte resident, again and again. */
  mallopt (M_PERTURB, 0);
  if (!probe_allocators_init (probe, &error)) {
    probe_broken (probe, "%s", error->message);
    return;
  }
  self.allocator = probe_allocator_open (probe, probe_get (probe, "target"), &error);
  if (!self.allocator) {
    (probe_get (probe, "may-lack") ? probe_skip : probe_broken) (probe, "%s", error->message);
    return;
  }
  tell_target (&self);
  measure_all (&self);
  gst_clear_mini_object ((GstMiniObject **) & self.other);
  probe_allocator_close (self.allocator);
}

static void
list (Probe * probe)
{
  g_autoptr (GError) error = NULL;

  if (probe_allocators_init (probe, &error))
    probe_allocators_list (probe);
  else
    probe_broken (probe, "%s", error->message);
}

const ProbeClass probe_memory = {
  .name = "memory",
  .run = run,
  .list = list,
};
