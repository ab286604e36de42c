#include "config.h"
#include "role/held.h"

struct Held
{
  GPtrArray *items;             /* oldest first */
  guint first;                  /* the oldest; those before it have been popped */
  GRand *rand;
};

Held *
held_new (guint32 seed)
{
  Held *held = g_new0 (Held, 1);

  held->items = g_ptr_array_new ();
  held->rand = g_rand_new_with_seed (seed);
  return held;
}

void
held_free (Held * held)
{
  if (!held)
    return;
  g_ptr_array_unref (held->items);
  g_rand_free (held->rand);
  g_free (held);
}

HeldOrder
held_order_from_name (const gchar * name)
{
  if (g_strcmp0 (name, "reverse") == 0)
    return HELD_REVERSE;
  return g_strcmp0 (name, "shuffle") == 0 ? HELD_SHUFFLE : HELD_FIFO;
}

void
held_push (Held * held, gpointer take_item)
{
  g_ptr_array_add (held->items, take_item);
}

/* A flood of buffers is let go of in linear time. */
static gpointer
pop_oldest (Held * held)
{
  gpointer item = g_ptr_array_index (held->items, held->first);

  held->first++;
  if (held->first * 2 >= held->items->len) {
    g_ptr_array_remove_range (held->items, 0, held->first);
    held->first = 0;
  }
  return item;
}

gpointer
held_pop (Held * held, HeldOrder order)
{
  guint length = held_length (held);
  guint index = held->first;

  if (length == 0)
    return NULL;
  if (order == HELD_FIFO)
    return pop_oldest (held);
  if (order == HELD_REVERSE)
    index += length - 1;
  else
    index += (guint) g_rand_int_range (held->rand, 0, (gint32) length);
  return g_ptr_array_remove_index (held->items, index);
}

guint
held_length (const Held * held)
{
  return held->items->len - held->first;
}
