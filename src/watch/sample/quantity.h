/* The numbers that a pool can tell about itself, as one table: what they are called in JSON, in
 * metrics and for people. Whatever reads, keeps, judges or prints them goes by this table. */
#pragma once
#include <glib.h>

typedef enum
{
  QUANTITY_PINS,                /* pinned areas */
  QUANTITY_LIMIT,               /* pins that the kernel grants; absent: no limit is known */
  QUANTITY_MEMORY,              /* bytes pinned, locked or mapped */
  QUANTITY_MEMORY_LIMIT,        /* bytes */
  QUANTITY_SHARDS,              /* also where the shards themselves are not told */
  QUANTITY_REFERENCES,          /* of all shards */
  QUANTITY_USED,                /* bytes of all shards; may exceed the size */
  QUANTITY_SIZE,                /* bytes of all shards */
  QUANTITY_SESSIONS,            /* calls */
  QUANTITY_TARGETS,             /* streams in the kernel */
  QUANTITY_THREADS,             /* workers that may allocate at once */
  QUANTITY_HOLDERS,             /* processes that have it */
  QUANTITY_UPTIME,              /* seconds, of whoever owns the pool */
  QUANTITY_VALUE,               /* whatever a generic source picks */
  N_QUANTITIES
} Quantity;

typedef struct
{
  const gchar *name;            /* in configuration, thresholds, JSON: "memory_bytes" */
  const gchar *unit;            /* of perfdata: "", "B", "s" */
  const gchar *metric;          /* OpenMetrics: "poolwatch_pinned_bytes" */
  const gchar *help;            /* one constant sentence, for OpenMetrics and for people */
} QuantityInfo;

const QuantityInfo *quantity_info (Quantity quantity);

/* Also the name without its unit ("memory"). FALSE: there is none of that name. */
gboolean quantity_by_name (const gchar * name, Quantity * out);
