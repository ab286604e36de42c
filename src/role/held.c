#include "config.h"
#include "role/held.h"

struct Held
{
  GPtrArray *items;             /* oldest first */
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

gpointer
held_pop (Held * held, HeldOrder order)
{
  guint length = held->items->len;
  guint index = 0;

  if (length == 0)
    return NULL;
  if (order == HELD_REVERSE)
    index = length - 1;
  else if (order == HELD_SHUFFLE)
    index = (guint) g_rand_int_range (held->rand, 0, (gint32) length);
  return g_ptr_array_remove_index (held->items, index);
}

guint
held_length (const Held * held)
{
  return held->items->len;
}
