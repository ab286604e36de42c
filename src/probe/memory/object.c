/* Offsets and sizes of a memory: of its shares and copies, and when it is resized. */
#include "config.h"
#include "probe/memory/measure.h"

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
  memory_tell_object (self, share, what);
  if (size < 0 || size > 4) {
    GstMemory *again = gst_memory_share (share, 1, 2);

    if (again)
      memory_tell_object (self, again, "share of a share");
    gst_clear_mini_object ((GstMiniObject **) & again);
  }
  gst_memory_unref (share);
}

static void
tell_copy (Memory * self, GstMemory * memory, gssize offset, gssize size)
{
  GstMemory *copy = gst_memory_copy (memory, offset, size);

  if (copy)
    memory_tell_object (self, copy, "copy");
  gst_clear_mini_object ((GstMiniObject **) & copy);
}

static void
measure_object (Memory * self, const ProbeRow * row)
{
  GstMemory *memory = memory_ask (self, row);
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
  memory_tell_object (self, memory, "resize");
  tell_share (self, memory, 0, -1, "share of all after resize");
  tell_share (self, memory, 5, 20, "share after resize");
  tell_copy (self, memory, 0, -1);
  gst_memory_resize (memory, -10, row->size);
  memory_tell_object (self, memory, "resize back");
  if (gst_memory_map (memory, &map, GST_MAP_READ)) {
    memory_tell_object (self, memory, "map");
    gst_memory_unmap (memory, &map);
  }
  memory_tell_object (self, memory, "unmap");
  gst_memory_unref (memory);
}

void
memory_measure_objects (Memory * self, const gchar * contract)
{
  for (gsize i = 0; i < G_N_ELEMENTS (object_rows); i++) {
    if ((i < 2 || self->allocator->target->takes_params)
        && probe_begin (self->actor, contract))
      measure_object (self, &object_rows[i]);
  }
}
