/* Contents are read by pread(2): nothing that a peer does to its areas can hurt us. */
#include "config.h"
#include "role/tap-sight.h"

#include "base/fd.h"
#include "role/role.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Larger buffers are only looked at by their header: reading them would change the timing. */
#define FULL_SUM_MAX (1 << 20)

typedef struct
{
  gint fd;                      /* -1: could not be opened */
  guint n_held;
  gboolean closed;
  guint number;                 /* in the order of their announcements */
} SightArea;

typedef struct
{
  gint32 area;
  guint64 offset, size;
} SightBuffer;

struct TapSight
{
  guint *n_open;                /* of the tap; borrowed */
  GHashTable *areas;            /* id to SightArea* */
  GHashTable *held;             /* SightBuffer* by area and offset */
  guint n_announced;
  guint64 newest_seq;
  gboolean told, lost;
};

static guint
buffer_hash (gconstpointer data)
{
  const SightBuffer *buffer = data;
  guint64 key = buffer->offset + ((guint64) (guint32) buffer->area << 40);

  return (guint) ((key * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> 32);
}

static gboolean
buffer_equal (gconstpointer a, gconstpointer b)
{
  const SightBuffer *one = a, *other = b;

  return one->offset == other->offset && one->area == other->area;
}

TapSight *
tap_sight_new (guint * n_open)
{
  TapSight *sight = g_new0 (TapSight, 1);

  sight->n_open = n_open;
  sight->areas = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  sight->held = g_hash_table_new_full (buffer_hash, buffer_equal, g_free, NULL);
  return sight;
}

static SightArea *
find_area (const TapSight * sight, gint32 id)
{
  return g_hash_table_lookup (sight->areas, GINT_TO_POINTER (id));
}

static void
shut_area (TapSight * sight, SightArea * area)
{
  if (area->fd >= 0)
    (*sight->n_open)--;
  fd_clear (&area->fd);
}

void
tap_sight_free (TapSight * sight)
{
  GHashTableIter iter;
  gpointer area;

  g_hash_table_iter_init (&iter, sight->areas);
  while (g_hash_table_iter_next (&iter, NULL, &area))
    shut_area (sight, area);
  g_hash_table_unref (sight->areas);
  g_hash_table_unref (sight->held);
  g_free (sight);
}

gboolean
tap_sight_is_lost (const TapSight * sight)
{
  return sight->lost;
}

/* --- content --- */

static gboolean
read_at (const SightArea * area, guint64 offset, gpointer data, gsize length)
{
  return pread (area->fd, data, length, (off_t) offset) == (gssize) length;
}

/* The number in the header of a payload at OFFSET of AREA; FALSE when there is none. */
static gboolean
peek_at (const SightArea * area, guint64 offset, guint64 size, guint64 * seq)
{
  guint8 header[ROLE_PAYLOAD_MIN];

  return area && area->fd >= 0 && size >= sizeof header && offset <= G_MAXINT64
      && read_at (area, offset, header, sizeof header) && role_payload_peek (header, size, seq);
}

/* The number and sum of the payload at OFFSET of AREA; FALSE when there is none intact. */
static gboolean
look_at (const SightArea * area, guint64 offset, guint64 size, guint64 * seq, guint64 * sum)
{
  g_autofree guint8 *data = NULL;
  guint64 found;

  if (!peek_at (area, offset, size, &found))
    return FALSE;
  if (size > FULL_SUM_MAX) {
    *seq = found;
    return TRUE;
  }
  data = g_malloc (size);
  return read_at (area, offset, data, size) && role_payload_check (data, size, seq, sum);
}

/* Another area of this client with a payload at OFFSET that it has not been told of. */
static gint64
area_with_fresh_payload (const TapSight * sight, const WireCommand * command)
{
  GHashTableIter iter;
  gpointer id, area;

  g_hash_table_iter_init (&iter, sight->areas);
  while (g_hash_table_iter_next (&iter, &id, &area)) {
    guint64 seq, sum;

    if (GPOINTER_TO_INT (id) != command->area_id
        && peek_at (area, command->offset, command->size, &seq) && seq > sight->newest_seq
        && look_at (area, command->offset, command->size, &seq, &sum) && seq > sight->newest_seq)
      return GPOINTER_TO_INT (id);
  }
  return 0;
}

/* --- areas --- */

/* Makes room for one more: the oldest goes of those that nobody needs. FALSE: all are needed. */
static gboolean
forget_an_area (TapSight * sight)
{
  GHashTableIter iter;
  gpointer id, value, oldest_id = NULL;
  SightArea *oldest = NULL;

  g_hash_table_iter_init (&iter, sight->areas);
  while (g_hash_table_iter_next (&iter, &id, &value)) {
    SightArea *area = value;

    if (area->closed && area->n_held == 0 && (!oldest || area->number < oldest->number)) {
      oldest = area;
      oldest_id = id;
    }
  }
  if (!oldest)
    return FALSE;
  shut_area (sight, oldest);
  return g_hash_table_remove (sight->areas, oldest_id);
}

/* Opens what is named if it is a plain object. A peer may have put anything there: a pipe, a
 * device, a link. Returns -1 when it is something else; *ERRNO_OUT is that of a failed open. */
static gint
open_object (const gchar * name, TraceEvent * event, gint * errno_out)
{
  gint fd = shm_open (name, O_RDONLY | O_NONBLOCK, 0);  /* close-on-exec, follows no links */
  struct stat st;

  *errno_out = fd < 0 ? errno : 0;
  if (fd < 0)
    event->new_area.mode = errno == ELOOP ? S_IFLNK : errno == ENXIO ? S_IFSOCK : 0;
  if (fd < 0 || fstat (fd, &st) != 0)
    return fd;
  if (S_ISREG (st.st_mode)) {
    event->new_area.opened = 1;
    event->new_area.real_size = (guint64) st.st_size;
    return fd;
  }
  event->sum = st.st_mode;
  fd_clear (&fd);
  return -1;
}

static gchar *
tell_once (TapSight * sight, const gchar * what)
{
  if (sight->told)
    return NULL;
  sight->told = TRUE;
  return g_strdup_printf ("%s: not all areas are looked at", what);
}

static gchar *
saw_new_area (TapSight * sight, const WireMessage * message, TraceEvent * event)
{
  gpointer id = GINT_TO_POINTER (message->command.area_id);
  SightArea *area = find_area (sight, message->command.area_id);
  gint fd = -1, saved_errno = 0;

  event->size = message->command.size;
  trace_event_set_text (event, message->path);
  if (area)
    shut_area (sight, area);
  else if (g_hash_table_size (sight->areas) >= TAP_AREAS_MAX && !forget_an_area (sight))
    return tell_once (sight, "more than " G_STRINGIFY (TAP_AREAS_MAX) " areas at once");
  if (*sight->n_open < TAP_AREAS_OPEN_MAX
      && wire_check_path (message->path, message->command.path_size, "/", NULL))
    fd = open_object (message->path, event, &saved_errno);
  area = g_new0 (SightArea, 1);
  area->fd = fd;
  area->number = ++sight->n_announced;
  *sight->n_open += fd >= 0;
  g_hash_table_replace (sight->areas, id, area);
  if (*sight->n_open >= TAP_AREAS_OPEN_MAX && fd < 0)
    return tell_once (sight, "more than " G_STRINGIFY (TAP_AREAS_OPEN_MAX) " areas of all clients");
  return saved_errno == EMFILE || saved_errno == ENFILE
      ? tell_once (sight, g_strerror (saved_errno)) : NULL;
}

/* --- buffers --- */

static gchar *
saw_new_buffer (TapSight * sight, const WireCommand * command, TraceEvent * event)
{
  SightArea *area = find_area (sight, command->area_id);
  SightBuffer buffer = { command->area_id, command->offset, command->size };

  event->offset = command->offset;
  event->size = command->size;
  look_at (area, command->offset, command->size, &event->seq, &event->sum);
  if (event->seq <= sight->newest_seq)
    event->new_buffer.other_area = area_with_fresh_payload (sight, command);
  sight->newest_seq = MAX (sight->newest_seq, event->seq);
  if (g_hash_table_replace (sight->held, g_memdup2 (&buffer, sizeof buffer), NULL) && area)
    area->n_held++;
  if (g_hash_table_size (sight->held) <= TAP_HELD_MAX)
    return NULL;
  sight->lost = TRUE;
  g_hash_table_remove_all (sight->held);
  return g_strdup ("more than " G_STRINGIFY (TAP_HELD_MAX) " buffers at once that are not "
      "acknowledged: it is not followed any further");
}

static void
saw_ack (TapSight * sight, const WireCommand * command, TraceEvent * event)
{
  const SightBuffer wanted = { command->area_id, command->offset, 0 };
  SightArea *area = find_area (sight, command->area_id);
  gpointer found;

  event->offset = command->offset;
  if (!g_hash_table_lookup_extended (sight->held, &wanted, &found, NULL))
    return;
  event->size = ((SightBuffer *) found)->size;
  look_at (area, command->offset, event->size, &event->seq, &event->sum);
  g_hash_table_remove (sight->held, found);
  if (area && area->n_held > 0)
    area->n_held--;
}

gchar *
tap_sight_look (TapSight * sight, const WireMessage * message, TraceEvent * event)
{
  const WireCommand *command = &message->command;
  SightArea *area;

  event->area = command->area_id;
  switch (command->type) {
    case WIRE_NEW_AREA:
      return saw_new_area (sight, message, event);
    case WIRE_NEW_BUFFER:
      return saw_new_buffer (sight, command, event);
    case WIRE_ACK_BUFFER:
      saw_ack (sight, command, event);
      break;
    case WIRE_CLOSE_AREA:
      if ((area = find_area (sight, command->area_id)))
        area->closed = TRUE;
  }
  return NULL;
}
