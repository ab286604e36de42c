/* One matter from run to run: which level counts, whether it flaps, whether to tell. */
#include "config.h"
#include "watch/alert/policy-memory.h"

/* As in Memory.steps: the levels above OK, better ones first. */
static const Level steps[MEMORY_STEPS] = { LEVEL_UNKNOWN, LEVEL_WARNING, LEVEL_CRITICAL };

gboolean
memory_is_worse (Level a, Level b)
{
  return a != b && level_worse (a, b) == a;
}

/* --- which level counts --- */

static void
take_level (Memory * memory, const AlertPolicy * policy, gint64 now_us, Level level)
{
  guint32 enough = MAX (policy->clear_runs, 1);

  for (guint i = 0; i < MEMORY_STEPS; i++) {
    MemoryStep *step = &memory->steps[i];

    if (memory_is_worse (steps[i], level)) {
      step->since_us = -1;
      step->better_runs = MIN (step->better_runs, enough - 1) + 1;
      continue;
    }
    step->better_runs = 0;
    if (step->since_us < 0)
      step->since_us = now_us;
  }
}

/* Up to the worst that has lasted; down past all that have been better for long enough. */
static Level
level_that_counts (const Memory * memory, const AlertPolicy * policy, gint64 now_us)
{
  guint32 enough = MAX (policy->clear_runs, 1);
  guint i;

  for (i = MEMORY_STEPS; i > 0 && steps[i - 1] != memory->level; i--) {
    const MemoryStep *step = &memory->steps[i - 1];

    if (step->since_us >= 0 && now_us - step->since_us >= policy->for_us)
      return steps[i - 1];
  }
  while (i > 0 && memory->steps[i - 1].better_runs >= enough)
    i--;
  return i > 0 ? steps[i - 1] : LEVEL_OK;
}

/* When LEVEL began, which is before it counted. */
static gint64
begin_of (const Memory * memory, Level level, gint64 now_us)
{
  for (guint i = 0; i < MEMORY_STEPS; i++) {
    if (steps[i] == level && memory->steps[i].since_us >= 0)
      return memory->steps[i].since_us;
  }
  return now_us;
}

/* --- flapping --- */

/* 0: changes are not counted. */
static guint
most_changes (const AlertPolicy * policy)
{
  return policy->flap_window_us > 0 ? MIN (policy->flap_changes, MEMORY_CHANGES - 1) : 0;
}

static void
drop_first_changes (Memory * memory, guint n)
{
  memory->n_changes -= n;
  for (guint i = 0; i < memory->n_changes; i++)
    memory->changes[i] = memory->changes[i + n];
}

static void
forget_changes (Memory * memory, const AlertPolicy * policy, gint64 now_us)
{
  guint n = 0;

  while (n < memory->n_changes && now_us - memory->changes[n] >= policy->flap_window_us)
    n++;
  drop_first_changes (memory, n);
}

static void
note_change (Memory * memory, const AlertPolicy * policy, gint64 now_us)
{
  guint most = most_changes (policy);

  /* What is done in a window of maintenance is meant. */
  if (most == 0 || policy->maintenance)
    return;
  if (memory->n_changes > most)
    drop_first_changes (memory, memory->n_changes - most);
  memory->changes[memory->n_changes++] = now_us;
}

void
memory_advance (Memory * memory, const AlertPolicy * policy, gint64 now_us, Level level)
{
  Level counts;

  forget_changes (memory, policy, now_us);
  take_level (memory, policy, now_us, level);
  counts = level_that_counts (memory, policy, now_us);
  if (counts == memory->level)
    return;
  memory->since_us = memory_is_worse (counts, memory->level)
      ? begin_of (memory, counts, now_us) : now_us;
  memory->level = counts;
  note_change (memory, policy, now_us);
}

/* --- whether to tell --- */

/* AGAIN: it is to be told even though it was. */
static NotificationKind
kind_of_change (const Memory * memory, const AlertPolicy * policy, gint64 now_us, gboolean again)
{
  gint64 remind_us = policy->remind_us;

  if (memory->level == LEVEL_OK)
    return again || memory->told != LEVEL_OK ? NOTIFICATION_RECOVERED : NOTIFICATION_NONE;
  if (memory->level != memory->told)
    return memory_is_worse (memory->level, memory->told) ? NOTIFICATION_WORSE : NOTIFICATION_BETTER;
  if (again || (remind_us > 0 && now_us - memory->told_us >= remind_us))
    return NOTIFICATION_REMINDER;
  return NOTIFICATION_NONE;
}

NotificationKind
memory_notify (Memory * memory, const AlertPolicy * policy, gint64 now_us)
{
  guint most = most_changes (policy);
  gboolean was_muted = memory->muted;

  if (policy->maintenance) {
    memory->muted = memory->level != LEVEL_OK;
    return NOTIFICATION_NONE;
  }
  memory->muted = FALSE;
  if (memory->flapping && memory->n_changes > 0)
    return NOTIFICATION_NONE;
  if (memory->flapping) {
    memory->flapping = FALSE;
    return kind_of_change (memory, policy, now_us, TRUE);
  }
  if (most > 0 && memory->n_changes > most) {
    memory->flapping = TRUE;
    return NOTIFICATION_FLAPPING;
  }
  return kind_of_change (memory, policy, now_us, was_muted && memory->level != LEVEL_OK);
}
