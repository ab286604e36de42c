/* Areas as shm objects. */
#include "config.h"
#include "proto/area.h"

#include "base/error.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names tried for one area before giving up: more than anybody has areas. */
#define NAMES_MAX 4096
/* fallocate(2) starts over after each signal; a profiler must not make that endless. */
#define RESERVE_TRIES 64

/* --- making one --- */

static gboolean
fail_errno (GError ** error, const gchar * name, const gchar * what)
{
  gint saved_errno = errno;
  g_autofree gchar *printable = g_strescape (name, NULL);       /* it may be a peer's */

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), "%s: %s: %s", printable,
      what, g_strerror (saved_errno));
  return FALSE;
}

/* Creates the object under the first free name. Counting goes on from area to area, so that no
 * name comes back while a slow reader may still have its predecessor open. */
static gboolean
create_object (ConnArea * area, guint perms, GError ** error)
{
  guint first = (guint) area->id - 1;

  for (guint i = 0; i < NAMES_MAX; i++) {
    g_free (area->name);
    area->name = g_strdup_printf (WIRE_PATH_PREFIX "%5d.%5u", (gint) getpid (), first + i);
    area->fd = shm_open (area->name, O_RDWR | O_CREAT | O_TRUNC | O_EXCL, (mode_t) perms);
    if (area->fd >= 0) {
      area->ours = TRUE;
      return TRUE;
    }
    if (errno != EEXIST)
      break;
  }
  return fail_errno (error, area->name, "cannot create");
}

/* Reserves the memory now: in a full /dev/shm a sparse object would be a SIGBUS later. */
static gint
reserve (gint fd, off_t size)
{
  gint result, tries = 0;

  do
    result = fallocate (fd, 0, 0, size);
  while (result < 0 && errno == EINTR && ++tries < RESERVE_TRIES);
  if (result < 0 && (errno == EOPNOTSUPP || errno == ENOSYS))
    result = ftruncate (fd, size);
  return result;
}

static gboolean
map (ConnArea * area, gint protection, GError ** error)
{
  gpointer data = mmap (NULL, area->size, protection, MAP_SHARED, area->fd, 0);

  if (data == MAP_FAILED)
    return fail_errno (error, area->name, "cannot map");
  area->data = data;
  return TRUE;
}

static void
unmap_object (gpointer user, ConnArea * area)
{
  if (area->data)
    munmap (area->data, area->size);
  if (area->ours)
    shm_unlink (area->name);
  fd_clear (&area->fd);
}

static gboolean
prepare_object (ConnArea * area, guint perms, GError ** error)
{
  if (fchmod (area->fd, (mode_t) perms) < 0)    /* the umask has taken its share */
    return fail_errno (error, area->name, "cannot set mode");
  if (reserve (area->fd, (off_t) area->size) < 0) {
    g_autofree gchar *what =
        g_strdup_printf ("cannot reserve %" G_GUINT64_FORMAT " bytes", area->size);

    return fail_errno (error, area->name, what);
  }
  return map (area, PROT_READ | PROT_WRITE, error);
}

static gboolean
map_new_object (gpointer user, ConnArea * area, GError ** error)
{
  guint perms = GPOINTER_TO_UINT (user);

  return create_object (area, perms, error) && prepare_object (area, perms, error);
}

ConnMemory
conn_memory_objects (guint perms)
{
  return (ConnMemory) {
    .map = map_new_object,.unmap = unmap_object,.user = GUINT_TO_POINTER (perms)
  };
}

/* --- mapping one of somebody else --- */

static gboolean G_GNUC_PRINTF (3, 4)
refuse_object (const ConnArea * area, GError ** error, const gchar * format, ...)
{
  g_autofree gchar *printable = g_strescape (area->name, NULL), *problem = NULL;
  va_list args;

  va_start (args, format);
  problem = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_OBJECT, "%s: %s", printable, problem);
  return FALSE;
}

static gboolean
check_object (const ConnArea * area, GError ** error)
{
  struct stat status;

  if (fstat (area->fd, &status) < 0)
    return fail_errno (error, area->name, "cannot look at");
  if (!S_ISREG (status.st_mode))
    return refuse_object (area, error, "not a plain object: mode %o", (guint) status.st_mode);
  if ((guint64) status.st_size >= area->size)
    return TRUE;
  return refuse_object (area, error, "smaller than announced: %" G_GINT64_FORMAT " of %"
      G_GUINT64_FORMAT " bytes", (gint64) status.st_size, area->size);
}

static gboolean
map_known_object (gpointer user, ConnArea * area, GError ** error)
{
  /* Non-blocking, for a peer may have put a pipe there. */
  area->fd = shm_open (area->name, O_RDONLY | O_NONBLOCK, 0);
  if (area->fd < 0)
    return fail_errno (error, area->name, "cannot open");
  return check_object (area, error) && map (area, PROT_READ, error);
}

ConnArea *
conn_area_open (gint32 id, const gchar * name, guint64 size, GError ** error)
{
  const ConnMemory memory = {.map = map_known_object,.unmap = unmap_object };
  g_autoptr (GError) why = NULL;
  ConnArea *area = conn_area_new (id, name, size, &memory, &why);

  if (!area)
    g_set_error_literal (error, SHMDIAG_ERROR, SHMDIAG_ERROR_OBJECT, why->message);
  return area;
}

gboolean
conn_area_read (const ConnArea * area, guint64 offset, gpointer data, gsize length, GError ** error)
{
  for (gsize done = 0; done < length;) {
    gssize got = pread (area->fd, (guint8 *) data + done, length - done, (off_t) (offset + done));

    if (got < 0)
      return fail_errno (error, area->name, "cannot read");
    if (got == 0)
      return refuse_object (area, error, "truncated by its writer: at %" G_GUINT64_FORMAT,
          offset + done);
    done += (gsize) got;
  }
  return TRUE;
}
