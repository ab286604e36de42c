/* The prober of single buffers of video, for what importers would say of them: one that is only
 * described, the first of an element's pools, or a memory of an allocator. */
#include "config.h"
#include "probe/memory/allocators.h"
#include "probe/buffers/layout.h"
#include "probe/elements/offer.h"

#include <gst/allocators/allocators.h>
#include <sys/stat.h>
#include <unistd.h>

/* When none are given. */
#define DEFAULT_CAPS "video/x-raw, format=NV12, width=1920, height=1080, framerate=30/1"
#define GIVEN "given"

static const GstVideoAlignment no_alignment;

/* --- caps --- */

/* NULL: no raw video. */
static GstCaps *
read_caps (const gchar * text, GstVideoInfo * info)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);

  if (!caps || gst_caps_is_empty (caps) || gst_caps_is_any (caps)
      || !gst_structure_has_name (gst_caps_get_structure (caps, 0), "video/x-raw"))
    return NULL;
  caps = gst_caps_fixate (g_steal_pointer (&caps));
  return gst_video_info_from_caps (info, caps) && GST_VIDEO_INFO_SIZE (info) > 0
      ? g_steal_pointer (&caps) : NULL;
}

static GstCaps *
wanted_caps (Actor * actor, GstVideoInfo * info)
{
  const gchar *text = actor_get (actor, "caps");

  return read_caps (text ? text : DEFAULT_CAPS, info);
}

/* --- the memory --- */

static void
tell_fd (Actor * actor, gint fd)
{
  TraceEvent event = actor_event (actor, TRACE_FD);
  off_t end = lseek (fd, 0, SEEK_END);
  struct stat stat;

  event.fd.end = end < 0 ? 0 : (guint64) end;
  event.fd.stat_size = fstat (fd, &stat) < 0 ? 0 : (guint64) stat.st_size;
  actor_emit (actor, &event, "-");
}

/* What can be seen of it: its size as it is reported, and that of its file. */
static void
tell_memory (Actor * actor, GstMemory * memory, gint fd)
{
  TraceEvent event = actor_event (actor, TRACE_OBJECT);

  event.object.maxsize = memory->maxsize;
  event.offset = memory->offset;
  event.object.size = (gint64) memory->size;
  event.object.align = (gint64) memory->align;
  event.object.flags = GST_MINI_OBJECT_FLAGS (memory);
  actor_emit (actor, &event, "alloc");
  if (fd >= 0)
    tell_fd (actor, fd);
}

static void
tell_buffer_memory (Actor * actor, GstBuffer * buffer)
{
  GstMemory *memory = gst_buffer_peek_memory (buffer, 0);

  if (gst_buffer_n_memory (buffer) == 1)
    tell_memory (actor, memory, gst_is_fd_memory (memory) ? gst_fd_memory_get_fd (memory) : -1);
}

/* The layout of a buffer that need not have a meta. */
static void
tell_buffer (Actor * actor, GstBuffer * buffer, const GstVideoInfo * info, const gchar * what)
{
  gsize plane_size[GST_VIDEO_MAX_PLANES] = { 0 };
  GstVideoAlignment align = no_alignment;
  GstVideoInfo plain = *info;

  layout_tell (actor, buffer, info, NULL, what);
  if (gst_buffer_get_video_meta (buffer)
      || !gst_video_info_align_full (&plain, &align, plane_size))
    return;
  layout_tell_planes (actor, "info", &plain, &align, plane_size);
  layout_tell_pictures (actor, &plain, &align);
}

/* --- one that is only described --- */

static void
run_given (Actor * actor)
{
  gsize plane_size[GST_VIDEO_MAX_PLANES] = { 0 };
  GstVideoAlignment align = no_alignment;
  GstVideoInfo info;
  g_autoptr (GstCaps) caps = wanted_caps (actor, &info);
  gsize size;

  probe_target (actor, "buffer", "0");
  if (!caps || !probe_begin (actor, "layout"))
    return;
  size = actor_size (actor, "size", GST_VIDEO_INFO_SIZE (&info));
  gst_video_info_align_full (&info, &align, plane_size);
  layout_tell_info (actor, &info, &align, plane_size, size, "as described");
}

/* --- of an allocator --- */

static void
measure_memory (Actor * actor, const ProbeAllocator * allocator, const GstVideoInfo * info)
{
  GstMemory *memory = probe_allocator_alloc (allocator, GST_VIDEO_INFO_SIZE (info), NULL);
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();

  if (!memory) {
    layout_tell_none (actor, info, "from the allocator");
    return;
  }
  gst_buffer_append_memory (buffer, gst_memory_ref (memory));
  tell_buffer (actor, buffer, info, "from the allocator");
  tell_memory (actor, memory, probe_allocator_fd (allocator, memory));
  gst_memory_unref (memory);
}

/* FALSE: there is no such allocator, or it cannot be had here. */
static gboolean
run_allocator (Actor * actor, const gchar * target)
{
  ProbeAllocator *allocator = probe_allocator_open (actor, target, NULL);
  GstVideoInfo info;
  g_autoptr (GstCaps) caps = wanted_caps (actor, &info);

  if (!allocator)
    return FALSE;
  probe_target (actor, allocator->target->element, allocator->release);
  if (caps && probe_begin (actor, "layout"))
    measure_memory (actor, allocator, &info);
  probe_allocator_close (allocator);
  return TRUE;
}

/* --- of an element --- */

static gboolean
measure_pool (Actor * actor, GstQuery * query, GstCaps * caps, const GstVideoInfo * info)
{
  g_autoptr (GstBufferPool) pool = NULL;
  const GstVideoAlignment *align = NULL;
  GstBuffer *buffer = NULL;
  guint size;

  if (!query || gst_query_get_n_allocation_pools (query) == 0)
    return FALSE;
  gst_query_parse_nth_allocation_pool (query, 0, &pool, &size, NULL, NULL);
  if (pool)
    buffer = layout_acquire (pool, caps, size, &align);
  if (buffer) {
    tell_buffer (actor, buffer, info, "from the element's pool");
    tell_buffer_memory (actor, buffer);
    gst_buffer_unref (buffer);
  }
  if (pool)
    gst_buffer_pool_set_active (pool, FALSE);
  return buffer != NULL;
}

static gboolean
measure_proposed_memory (Actor * actor, GstQuery * query, const GstVideoInfo * info)
{
  g_autoptr (GstAllocator) allocator = NULL;
  g_autoptr (GstBuffer) buffer = NULL;
  GstAllocationParams params;

  if (!query || gst_query_get_n_allocation_params (query) == 0)
    return FALSE;
  gst_query_parse_nth_allocation_param (query, 0, &allocator, &params);
  buffer = gst_buffer_new_allocate (allocator, GST_VIDEO_INFO_SIZE (info), &params);
  if (!buffer)
    return FALSE;
  tell_buffer (actor, buffer, info, "from the element's allocator");
  tell_buffer_memory (actor, buffer);
  return TRUE;
}

static void
run_element (Actor * actor, const gchar * target)
{
  g_autofree gchar *version = offer_version (target);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstQuery) query = NULL;
  g_autoptr (Offer) offer = NULL;
  GstVideoInfo info;
  g_autoptr (GstCaps) caps = wanted_caps (actor, &info);

  probe_target (actor, target, version);
  if (!caps || !probe_begin (actor, "layout"))
    return;
  offer = offer_open (actor, target, caps, &error);
  if (!offer) {
    probe_skip (actor, "%s", error->message);
    return;
  }
  query = offer_ask (offer, TRUE);
  if (!measure_pool (actor, query, caps, &info)
      && !measure_proposed_memory (actor, query, &info))
    probe_skip (actor, "it proposes neither a pool nor an allocator for these caps");
}

/* --- the prober --- */

static gboolean
open_gstreamer (Actor * actor)
{
  g_autoptr (GError) error = NULL;

  if (!offer_init (actor))
    return FALSE;
  if (probe_allocators_init (actor, &error))
    return TRUE;
  actor_broken (actor, "%s", error->message);
  return FALSE;
}

static void
run (Actor * actor)
{
  const gchar *target = actor_get (actor, "target");

  if (!open_gstreamer (actor))
    return;
  if (g_str_equal (target, GIVEN))
    run_given (actor);
  else if (!run_allocator (actor, target))
    run_element (actor, target);
}

static void
list (Actor * actor)
{
  GstVideoInfo info;
  GstCaps *caps;

  if (!open_gstreamer (actor))
    return;
  caps = wanted_caps (actor, &info);
  probe_found (actor, GIVEN, caps ? NULL : "no caps of raw video");
  gst_clear_caps (&caps);
  probe_allocators_list (actor);
  offer_list (actor);
}

const ProbeClass probe_buffer = {
  .name = "buffer",
  .run = run,
  .list = list,
};
