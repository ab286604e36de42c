/* Buffers that a consumer keeps back, and the order in which it lets go of them. */
#pragma once
#include <glib.h>

typedef struct Held Held;

typedef enum
{ HELD_FIFO, HELD_REVERSE, HELD_SHUFFLE } HeldOrder;

Held *held_new (guint32 seed);
/* The items must have been taken out. */
void held_free (Held * held);

/* "fifo", "reverse", "shuffle"; anything else is fifo. */
HeldOrder held_order_from_name (const gchar * name);

void held_push (Held * held, gpointer take_item);
/* Takes one out: the oldest, the newest or any. NULL when there is none. */
gpointer held_pop (Held * held, HeldOrder order);
guint held_length (const Held * held);
