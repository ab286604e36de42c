/* What a model must see of the pool as shipped. */
#pragma once
#include "pool/as-shipped/as-shipped.h"

#define SHIPPED_HEAD 64         /* bytes before the first block */
#define SHIPPED_UNIT 8

typedef struct
{
  Shipped *pool;
  _Atomic guint references;
  _Atomic guint full;
  _Atomic guint64 head;         /* bytes handed out; goes beyond the end */
} ShippedShard;

typedef _Atomic (ShippedShard *) ShippedSlot;

struct _Shipped
{
  ShippedOptions options;
  guint64 capacity;
  _Atomic guint references;
  pthread_rwlock_t list_lock;   /* of SLOTS and N_SLOTS; shards are added by readers */
  ShippedSlot *slots;
  guint n_slots;
  _Atomic guint n_shards;
  _Atomic guint hint;           /* where there was room last */
};

/* SLOTS: zeroed. */
POOL_SCOPE void shipped_init (Shipped * pool, const ShippedOptions * options, ShippedSlot * slots);
