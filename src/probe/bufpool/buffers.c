/* What a pool does to its buffers when they come back. */
#include "config.h"
#include "probe/bufpool/measure.h"

/* --- metas of ours --- */

static gboolean
init_meta (GstMeta * meta, gpointer params, GstBuffer * buffer)
{
  return TRUE;
}

static gboolean
transform_meta (GstBuffer * to, GstMeta * meta, GstBuffer * buffer, GQuark type, gpointer data)
{
  return FALSE;
}

/* Adds one that no pool knows. FLAGS as they are for it from now on. */
static void
add_meta (GstBuffer * buffer, const gchar * name, GstMetaFlags flags)
{
  static const gchar *tags[] = { NULL };
  g_autofree gchar *api_name = g_strconcat (name, "API", NULL);
  const GstMetaInfo *info = gst_meta_get_info (name);
  GstMeta *meta;

  if (!info)
    info = gst_meta_register (gst_meta_api_type_register (api_name, tags), name, sizeof (GstMeta),
        init_meta, NULL, transform_meta);
  meta = gst_buffer_add_meta (buffer, info, NULL);
  meta->flags |= flags;
}

/* --- release --- */

static void
use_all (Bench * bench, GstBuffer * buffer)
{
  GST_BUFFER_PTS (buffer) = GST_BUFFER_DTS (buffer) = GST_SECOND;
  GST_BUFFER_DURATION (buffer) = GST_SECOND;
  GST_BUFFER_OFFSET (buffer) = GST_BUFFER_OFFSET_END (buffer) = 5;
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT | GST_BUFFER_FLAG_CORRUPTED
      | GST_BUFFER_FLAG_MARKER | GST_BUFFER_FLAG_DELTA_UNIT);
  add_meta (buffer, "ShmdiagForeignMeta", GST_META_FLAG_NONE);
  add_meta (buffer, "ShmdiagLockedMeta", GST_META_FLAG_LOCKED);
}

static void
use_shrink (Bench * bench, GstBuffer * buffer)
{
  gst_buffer_set_size (buffer, (gssize) gst_buffer_get_size (buffer) / 2);
}

static void
use_move (Bench * bench, GstBuffer * buffer)
{
  gst_buffer_resize (buffer, 16, (gssize) gst_buffer_get_size (buffer) / 2);
}

static void
use_remove (Bench * bench, GstBuffer * buffer)
{
  gst_buffer_remove_all_memory (buffer);
}

static void
use_replace (Bench * bench, GstBuffer * buffer)
{
  bench->foreign = gst_allocator_alloc (NULL, gst_buffer_get_size (buffer), NULL);
  gst_buffer_replace_all_memory (buffer, gst_memory_ref (bench->foreign));
}

static void
use_add (Bench * bench, GstBuffer * buffer)
{
  bench->foreign = gst_allocator_alloc (NULL, 100, NULL);
  gst_buffer_append_memory (buffer, gst_memory_ref (bench->foreign));
}

/* As a tee does when somebody behind it changes a timestamp. Not every memory can be shared. */
static void
use_share (Bench * bench, GstBuffer * buffer)
{
  GstMemory *memory = gst_buffer_get_memory (buffer, 0);

  bench->copy = gst_buffer_copy (buffer);
  if (gst_buffer_peek_memory (bench->copy, 0) == memory)
    bench->foreign = memory;
  else
    gst_memory_unref (memory);
}

/* What is done to a buffer before it is returned. The check lets a pool give up those whose WHAT
 * begins with "memory". */
static const struct
{
  const gchar *what, *after;
  void (*use) (Bench * bench, GstBuffer * buffer);
} uses[MEASURE_N_USES] = {
  {"timestamps, flags and metas set", "back after use", use_all},
  {"memory shrunk to half", "back after it was shrunk", use_shrink},
  {"memory begins 16 bytes later", "back after it was moved", use_move},
  {"memory removed", "back after its memory was removed", use_remove},
  {"memory replaced", "back after its memory was replaced", use_replace},
  {"memory appended", "back after memory was appended", use_add},
  {"memory shared with a copy of the buffer", "back while a copy has its memory", use_share},
};

void
measure_return (Bench * bench, gint which)
{
  const BenchConfig config = {.min = 1,.max = 1 };
  const gchar *after = uses[which].after;
  GstBuffer *buffer, *first;

  if (!bench_start (bench, &config) || !(first = buffer = bench_acquire (bench, FALSE)))
    return;
  /* Nobody else may mark a meta as the pool's; here it stands for one that the pool has. */
  if (gst_buffer_is_writable (buffer))
    add_meta (buffer, "ShmdiagPooledMeta", GST_META_FLAG_POOLED | GST_META_FLAG_LOCKED);
  bench_look (bench, buffer, "as it was new");
  if (gst_buffer_is_writable (buffer))
    uses[which].use (bench, buffer);
  bench_return (bench, buffer, uses[which].what);
  buffer = bench_acquire (bench, FALSE);
  /* FIRST is only a name here, unless the copy holds it. */
  if (!buffer && bench_drop_copy (bench, first)) {
    buffer = bench_acquire (bench, FALSE);
    after = "back after the copy was gone";
  }
  if (buffer)
    bench_look (bench, buffer, after);
}

/* --- writable --- */

void
measure_writable (Bench * bench, gint which)
{
  const BenchConfig config = {.min = 1,.max = 2 };
  GstBuffer *buffer, *copy;

  if (!bench_start (bench, &config) || !(buffer = bench_acquire (bench, FALSE)))
    return;
  bench_look (bench, buffer, "acquired");
  gst_buffer_ref (buffer);
  bench_look (bench, buffer, "shared by two");
  copy = gst_buffer_make_writable (buffer);
  bench_look (bench, copy, "made writable");
  if (copy != buffer)
    bench_look (bench, buffer, "no longer shared");
  gst_buffer_unref (copy);
  bench_return (bench, buffer, "");
  buffer = bench_acquire (bench, FALSE);
  if (buffer)
    bench_look (bench, buffer, "acquired");
}
