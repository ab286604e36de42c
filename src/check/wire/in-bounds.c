/* W8. */
#include "config.h"
#include "check/walk.h"
#include "check/check.h"

#include <sys/stat.h>

static const gchar *
kind_of (guint64 mode)
{
  switch ((mode_t) mode & S_IFMT) {
    case S_IFIFO:
      return "a FIFO";
    case S_IFDIR:
      return "a directory";
    case S_IFLNK:
      return "a symbolic link";
    case S_IFSOCK:
      return "a socket";
    default:
      return "a device";
  }
}

static void
look_at_area (const CheckWalk * walk, const TraceEvent * event, CheckContext * context)
{
  if (event->new_area.opened == 0 && event->new_area.mode == 0)
    return;                     /* the tap could not open it */
  check_looked (context, 1);
  if (event->new_area.opened == 0)
    check_broken (context, walk->producer, event, "area %" G_GINT64_FORMAT
        " announced with %s, which is %s and no memory object", event->area, event->text,
        kind_of (event->new_area.mode));
  else if (event->size > event->new_area.real_size)
    check_broken (context, walk->producer, event, "area %" G_GINT64_FORMAT " announced with %"
        G_GUINT64_FORMAT " bytes, its object has %" G_GUINT64_FORMAT, event->area, event->size,
        event->new_area.real_size);
}

static void
look_at_buffer (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event,
    CheckContext * context)
{
  const CheckArea *area = check_client_area (client, event->area);

  if (!area)
    return;                     /* W1's */
  check_looked (context, 1);
  if (event->offset > area->size || event->size > area->size - event->offset)
    check_broken (context, walk->producer, event, "buffer at offset %" G_GUINT64_FORMAT " size %"
        G_GUINT64_FORMAT " announced in area %" G_GINT64_FORMAT " of %" G_GUINT64_FORMAT
        " bytes", event->offset, event->size, event->area, area->size);
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  if (!client || !event)
    return;
  if (event->kind == TRACE_NEW_AREA)
    look_at_area (walk, event, user);
  else if (event->kind == TRACE_NEW_BUFFER)
    look_at_buffer (walk, client, event, user);
}

static void
run (const Trace * trace, CheckContext * context)
{
  check_walk (trace, look, context);
}

const Check check_in_bounds = {
  .id = "W8",
  .name = "in-bounds",
  .contract = "Announced offset and size lie within the announced area, and the area within the "
      "object.",
  .source = "shm pipe protocol",
  .seen = "The numbers on the wire, and the size of the object when its area is announced.",
  .run = run,
};
