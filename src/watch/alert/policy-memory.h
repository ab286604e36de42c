/* What is remembered of one finding from run to run, and as bytes. */
#pragma once
#include "watch/alert/policy.h"

/* The levels above OK, better ones first: MEMORY_STEPS of them. */
#define MEMORY_STEPS 3
/* The most changes that are remembered, and so the most that can make flapping. */
#define MEMORY_CHANGES 64

/* How long it was at least as bad as one level. */
typedef struct
{
  gint64 since_us;              /* -1: it is better */
  guint32 better_runs;          /* in a row; counted no further than it matters */
} MemoryStep;

typedef struct
{
  gchar *source, *pool, *rule;  /* pool NULL: the whole source */
  Level level;                  /* that counts */
  gint64 since_us;              /* when it came */
  Level told;                   /* the last that was told */
  gint64 told_us;
  gboolean flapping;
  gboolean muted;               /* was bad in a window of maintenance that may still last */
  MemoryStep steps[MEMORY_STEPS];
  gint64 changes[MEMORY_CHANGES];       /* of the level, oldest first */
  guint n_changes;
} Memory;

/* One that was never told of. */
Memory *memory_new (const gchar * source, const gchar * pool, const gchar * rule);
void memory_free (Memory * memory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Memory, memory_free)

GBytes *memory_encode (const Memory * memory);
/* NULL: BYTES are of another version, cut, or not ours. Times after NOW_US (the clock went back)
 * become NOW_US. */
Memory *memory_decode (GBytes * bytes, gint64 now_us);

/* A run at NOW_US found LEVEL. */
void memory_advance (Memory * memory, const AlertPolicy * policy, gint64 now_us, Level level);
/* What is to be told after that. Whoever tells it notes so in told and told_us. */
NotificationKind memory_notify (Memory * memory, const AlertPolicy * policy, gint64 now_us);
/* Whether A is worse than B. */
gboolean memory_is_worse (Level a, Level b);
