/* Maps of a memory: each mode, one within another, and what is left of them. */
#include "config.h"
#include "probe/memory/measure.h"

#include "probe/touch.h"

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
    memory_tell_map (self, -1, 0, mode);
    return;
  }
  data = map.data;              /* GStreamer 1.28 clears what it unmaps */
  alone = is_mapped_alone (self, data);
  memory_tell_map (self, outcome_at (data, flags & GST_MAP_WRITE), map.size, mode);
  if (alone && !(flags & GST_MAP_WRITE))
    memory_tell_map (self, outcome_at (data, TRUE), map.size, "write through a read map");
  gst_memory_unmap (memory, &map);
  if (alone)
    memory_tell_map (self, is_mapped_alone (self, data), 0, unmap);
}

static void
measure_nested (Memory * self, GstMemory * memory)
{
  GstMapInfo outer, inner;

  if (!gst_memory_map (memory, &outer, GST_MAP_READWRITE)) {
    memory_tell_map (self, -1, 0, "read-write");
    return;
  }
  if (gst_memory_map (memory, &inner, GST_MAP_READ)) {
    memory_tell_map (self, inner.data == outer.data ? outcome_at (inner.data, FALSE) : -1,
        inner.size, "read within read-write");
    gst_memory_unmap (memory, &inner);
    memory_tell_map (self, outcome_at (outer.data, TRUE), outer.size,
        "read-write after the inner unmap");
  } else {
    memory_tell_map (self, -1, 0, "read within read-write");
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
  memory_tell_map (self, mapped ? 0 : -1, 0, "write of read-only memory");
  if (mapped)
    gst_memory_unmap (memory, &map);
}

void
memory_measure_maps (Memory * self)
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

    if (!probe_begin (self->actor, "map") || !(memory = memory_ask (self, &row)))
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
