/* Areas: shm objects, and the free space within one. */
#include "config.h"
#include "proto/area.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names tried for one area before giving up: more than anybody has areas. */
#define NAMES_MAX 4096
#define ALIGN 8
/* fallocate(2) starts over after each signal; a profiler must not make that endless. */
#define RESERVE_TRIES 64

/* --- free space --- */

typedef struct
{
  guint64 offset, length;
} Gap;

/* The same gaps twice: by length to find the smallest that fits, by offset to join neighbours.
 * All offsets are multiples of ALIGN, so all lengths are too, but for a gap that ends where an
 * area of an odd size ends. */
struct ConnSpace
{
  guint64 size;
  GTree *by_length;             /* Gap* to itself, borrowed */
  GTree *by_offset;             /* Gap* to itself, owned */
};

static gint
compare_offsets (gconstpointer a, gconstpointer b, gpointer unused)
{
  const Gap *one = a, *other = b;

  return (one->offset > other->offset) - (one->offset < other->offset);
}

static gint
compare_lengths (gconstpointer a, gconstpointer b, gpointer unused)
{
  const Gap *one = a, *other = b;

  if (one->length != other->length)
    return one->length > other->length ? 1 : -1;
  return compare_offsets (a, b, NULL);
}

static void
add_gap (ConnSpace * space, guint64 offset, guint64 length)
{
  Gap *gap = g_new (Gap, 1);

  *gap = (Gap) {.offset = offset,.length = length };
  g_tree_insert (space->by_offset, gap, gap);
  g_tree_insert (space->by_length, gap, gap);
}

/* Returns what it was. */
static Gap
remove_gap (ConnSpace * space, const Gap * gap)
{
  Gap removed = *gap;

  g_tree_remove (space->by_length, &removed);
  g_tree_remove (space->by_offset, &removed);
  return removed;
}

ConnSpace *
conn_space_new (guint64 size)
{
  ConnSpace *space = g_new0 (ConnSpace, 1);

  space->size = size;
  space->by_length = g_tree_new_full (compare_lengths, NULL, NULL, NULL);
  space->by_offset = g_tree_new_full (compare_offsets, NULL, NULL, g_free);
  add_gap (space, 0, size);
  return space;
}

void
conn_space_free (ConnSpace * space)
{
  if (!space)
    return;
  g_tree_unref (space->by_length);
  g_tree_unref (space->by_offset);
  g_free (space);
}

/* What SIZE bytes at OFFSET really occupy. */
static guint64
taken_length (const ConnSpace * space, guint64 offset, guint64 size)
{
  guint64 room = space->size - offset;
  guint64 padding = -size % ALIGN;

  return padding > room - size ? room : size + padding;
}

gboolean
conn_space_take (ConnSpace * space, guint64 size, guint64 * offset)
{
  const Gap wanted = {.length = size };
  GTreeNode *node = g_tree_lower_bound (space->by_length, &wanted);
  guint64 length;
  Gap gap;

  if (!node || size == 0)
    return FALSE;
  gap = remove_gap (space, g_tree_node_value (node));
  length = taken_length (space, gap.offset, size);
  if (length < gap.length)
    add_gap (space, gap.offset + length, gap.length - length);
  *offset = gap.offset;
  return TRUE;
}

void
conn_space_give (ConnSpace * space, guint64 offset, guint64 size)
{
  Gap freed = {.offset = offset,.length = taken_length (space, offset, size) };
  GTreeNode *after = g_tree_lower_bound (space->by_offset, &freed);
  GTreeNode *before = after ? g_tree_node_previous (after) : g_tree_node_last (space->by_offset);
  const Gap *next = after ? g_tree_node_value (after) : NULL;
  const Gap *previous = before ? g_tree_node_value (before) : NULL;

  if (next && freed.offset + freed.length == next->offset)
    freed.length += remove_gap (space, next).length;
  if (previous && previous->offset + previous->length == freed.offset) {
    Gap joined = remove_gap (space, previous);

    freed.offset = joined.offset;
    freed.length += joined.length;
  }
  add_gap (space, freed.offset, freed.length);
}

guint
conn_space_n_gaps (const ConnSpace * space)
{
  return (guint) g_tree_nnodes (space->by_offset);
}

/* --- making an area --- */

static gboolean
fail_errno (GError ** error, const gchar * name, const gchar * what)
{
  gint saved_errno = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), "%s: %s: %s", name, what,
      g_strerror (saved_errno));
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

static ConnArea *
area_new (gint32 id, guint64 size)
{
  ConnArea *area = g_new0 (ConnArea, 1);

  area->id = id;
  area->size = size;
  area->fd = -1;
  return area;
}

ConnArea *
conn_area_create (gint32 id, guint64 size, guint perms, GError ** error)
{
  ConnArea *area;

  if (size == 0 || size > G_MAXSSIZE) {
    g_set_error (error, WIRE_ERROR, WIRE_ERROR_SIZE, "area: size out of range: %"
        G_GUINT64_FORMAT, size);
    return NULL;
  }
  area = area_new (id, size);
  if (!create_object (area, perms, error) || !prepare_object (area, perms, error)) {
    conn_area_free (area);
    return NULL;
  }
  area->space = conn_space_new (size);
  return area;
}

/* --- mapping an area of somebody else --- */

static gboolean
check_object (const ConnArea * area, GError ** error)
{
  struct stat status;

  if (fstat (area->fd, &status) < 0)
    return fail_errno (error, area->name, "cannot look at");
  if (!S_ISREG (status.st_mode)) {
    g_set_error (error, WIRE_ERROR, WIRE_ERROR_OBJECT, "%s: not a plain object: mode %o",
        area->name, (guint) status.st_mode);
    return FALSE;
  }
  if ((guint64) status.st_size >= area->size)
    return TRUE;
  g_set_error (error, WIRE_ERROR, WIRE_ERROR_OBJECT, "%s: smaller than announced: %"
      G_GINT64_FORMAT " of %" G_GUINT64_FORMAT " bytes", area->name, (gint64) status.st_size,
      area->size);
  return FALSE;
}

static gboolean
open_object (ConnArea * area, GError ** error)
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
  ConnArea *area = area_new (id, size);
  g_autoptr (GError) why = NULL;

  area->name = g_strdup (name);
  if (open_object (area, &why))
    return area;
  g_set_error_literal (error, WIRE_ERROR, WIRE_ERROR_OBJECT, why->message);
  conn_area_free (area);
  return NULL;
}

void
conn_area_free (ConnArea * area)
{
  if (!area)
    return;
  if (area->data)
    munmap (area->data, area->size);
  if (area->ours)
    shm_unlink (area->name);
  fd_clear (&area->fd);
  conn_space_free (area->space);
  g_free (area->name);
  g_free (area);
}

gboolean
conn_area_read (const ConnArea * area, guint64 offset, gpointer data, gsize length, GError ** error)
{
  for (gsize done = 0; done < length;) {
    gssize got = pread (area->fd, (guint8 *) data + done, length - done, (off_t) (offset + done));

    if (got < 0)
      return fail_errno (error, area->name, "cannot read");
    if (got == 0) {
      g_set_error (error, WIRE_ERROR, WIRE_ERROR_OBJECT, "%s: truncated by its writer: at %"
          G_GUINT64_FORMAT, area->name, offset + done);
      return FALSE;
    }
    done += (gsize) got;
  }
  return TRUE;
}

/* --- areas by id --- */

static void
free_area (gpointer data)
{
  conn_area_free (data);
}

GHashTable *
conn_areas_new (void)
{
  return g_hash_table_new_full (NULL, NULL, NULL, free_area);
}

void
conn_areas_add (GHashTable * areas, ConnArea * take_area)
{
  g_hash_table_insert (areas, GINT_TO_POINTER (take_area->id), take_area);
}

ConnArea *
conn_areas_find (GHashTable * areas, gint32 id)
{
  return g_hash_table_lookup (areas, GINT_TO_POINTER (id));
}

static void
drop_if_dead (GHashTable * areas, ConnArea * area)
{
  if (area->closed && area->n_buffers == 0)
    g_hash_table_remove (areas, GINT_TO_POINTER (area->id));
}

void
conn_areas_unuse (GHashTable * areas, ConnArea * area)
{
  area->n_buffers--;
  drop_if_dead (areas, area);
}

void
conn_areas_close (GHashTable * areas, ConnArea * area)
{
  area->closed = TRUE;
  drop_if_dead (areas, area);
}
