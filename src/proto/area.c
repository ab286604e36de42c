/* Areas, and the free space within one. Pure: what an area's memory is, is said elsewhere. */
#include "config.h"
#include "proto/area.h"

#include "base/error.h"

#define ALIGN 8

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

/* --- areas --- */

ConnArea *
conn_area_new (gint32 id, const gchar * name, guint64 size, const ConnMemory * memory,
    GError ** error)
{
  ConnArea *area = g_new0 (ConnArea, 1);

  area->id = id;
  area->name = g_strdup (name);
  area->size = size;
  area->fd = -1;
  area->memory = *memory;
  if (memory->map (memory->user, area, error))
    return area;
  conn_area_free (area);
  return NULL;
}

ConnArea *
conn_area_create (gint32 id, guint64 size, const ConnMemory * memory, GError ** error)
{
  ConnArea *area;

  if (size == 0 || size > G_MAXSSIZE) {
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_SIZE, "area: size out of range: %"
        G_GUINT64_FORMAT, size);
    return NULL;
  }
  area = conn_area_new (id, NULL, size, memory, error);
  if (area)
    area->space = conn_space_new (size);
  return area;
}

void
conn_area_free (ConnArea * area)
{
  if (!area)
    return;
  area->memory.unmap (area->memory.user, area);
  conn_space_free (area->space);
  g_free (area->name);
  g_free (area);
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
