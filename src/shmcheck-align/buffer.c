/* The buffer of a trace, as an importer sees it. */
#include "config.h"
#include "shmcheck-align/buffer.h"

#include <stdio.h>

/* A line that says where the planes are; the more it knows the later it stands. */
static gint
rank_of (const gchar * account)
{
  static const gchar *const accounts[] = { "info", "frame", "meta" };

  for (guint i = 0; i < G_N_ELEMENTS (accounts); i++) {
    if (g_str_equal (accounts[i], account))
      return (gint) i + 1;
  }
  return 0;
}

static ImporterPlane *
plane_of (AlignBuffer * reading, const TraceEvent * event)
{
  return event->client >= 0 && event->client < IMPORTER_MAX_PLANES
      ? &reading->buffer.planes[event->client] : NULL;
}

static void
take_plane (AlignBuffer * reading, const TraceEvent * event)
{
  ImporterPlane *plane = plane_of (reading, event);
  gint rank = rank_of (event->text);

  if (!plane || rank == 0 || rank < reading->rank)
    return;
  reading->rank = rank;
  plane->offset = event->offset;
  plane->stride = (guint64) event->plane.stride;
}

static void
take_picture (AlignBuffer * reading, const TraceEvent * event)
{
  ImporterPlane *plane = plane_of (reading, event);
  guint64 stride = (guint64) event->picture.stride;

  if (!plane || event->picture.stride <= 0)
    return;
  plane->lines = (guint) ((event->size + stride - 1) / stride);
  plane->lines_each = (guint) event->picture.lines;
  plane->line_bytes = (guint64) MAX (event->picture.line, 0);
}

/* "NV12 1920x1080 as described". */
static void
take_layout (AlignBuffer * reading, const TraceEvent * event)
{
  ImporterBuffer *buffer = &reading->buffer;

  if (sscanf (event->text, "%31s %ux%u", reading->format, &buffer->width, &buffer->height) != 3)
    return;
  buffer->n_planes = (guint) CLAMP (event->layout.planes, 0, IMPORTER_MAX_PLANES);
  buffer->size = event->size;
}

static void
take_event (AlignBuffer * reading, const TraceEvent * event)
{
  switch ((TraceKind) event->kind) {
    case TRACE_LAYOUT:
      take_layout (reading, event);
      break;
    case TRACE_PLANE:
      take_plane (reading, event);
      break;
    case TRACE_PICTURE:
      take_picture (reading, event);
      break;
    case TRACE_OBJECT:
      reading->object = event;
      break;
    case TRACE_FD:
      reading->fd = event;
      break;
    default:
      break;
  }
}

/* The memory as an importer sees it: the file where there is one, from its first byte on. */
static void
take_memory (AlignBuffer * reading)
{
  ImporterBuffer *buffer = &reading->buffer;

  if (!reading->object)
    return;
  for (guint i = 0; i < buffer->n_planes; i++)
    buffer->planes[i].offset += reading->object->offset;
  buffer->size = reading->fd && reading->fd->fd.end > 0 ? reading->fd->fd.end
      : reading->object->object.maxsize;
}

gboolean
align_buffer_read (AlignBuffer * reading, const Trace * trace)
{
  const TraceRole *role = trace_role (trace, 0);

  *reading = (AlignBuffer) { 0 };
  for (guint i = 0; i < trace->events->len; i++)
    take_event (reading, trace_at (trace, i));
  take_memory (reading);
  reading->buffer.format = reading->format;
  reading->buffer.page = role ? (guint64) trace_role_int (role, "page", 4096) : 4096;
  return reading->format[0] != '\0' && reading->buffer.n_planes > 0;
}
