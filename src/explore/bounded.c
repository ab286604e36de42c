/* Depth first, all schedules with so many preemptions, but for those that are equivalent to an
 * earlier one: sleep sets, each sleeper with what its earlier schedule costs.
 *
 * When all that begins with u from a node was explored, u goes to sleep there, for as long as no
 * step is made that depends on its own. A schedule that takes the steps p, of others, and then u is
 * equivalent to one with u first and p after it. That one was looked at earlier, but only if it was
 * within the bound, so plain sleep sets would lose schedules here. Therefore u is left out only
 * - if nothing at all was left out after the earlier u, or
 * - if u, p and any change of threads that may follow have no more preemptions than p, u have.
 * A schedule within the bound is then either explored or equivalent to one within the bound that
 * comes earlier in the search; as that cannot go on for ever, an equivalent one is explored.
 *
 * Equivalent schedules have the same steps with the same values, and so the same end, violations,
 * deadlocks and races. Who is tired is decided by what a thread itself has seen, and to become
 * tired depends on everything; so the same threads are held back in each. */
#include "config.h"
#include "explore/engine.h"

/* --- what an order costs --- */

static guint
cost_of (const EngineNode * node, guint next)
{
  return !node->free && next != node->preferred;
}

/* THREAD, which cannot go on, could not either if ACCESS had been made. */
static gboolean
stays_out (const Engine * engine, guint thread, guint enabled, const EngineAccess * access)
{
  const EngineThread *blocked = &engine->threads[thread];
  const EngineAccess wanted = {.address = blocked->address,.size = 8 };

  if (!(engine->live & 1u << thread))
    return TRUE;
  return !(enabled & 1u << thread) && !engine_accesses_meet (&wanted, access);
}

/* What sleeps before the step that led to NODE, and does not depend on it, sleeps on. A sleeper's
 * cost is that of the schedule in which its step came first: it changed to the first of the steps
 * after it, and these changed threads as here unless they find somebody able to go on who is not
 * here. */
static void
inherit_sleepers (Engine * engine, EngineNode * node, guint enabled)
{
  const EngineNode *parent = node - 1;

  for (guint bits = parent->asleep & ~(1u << parent->chosen); bits; bits &= bits - 1) {
    guint thread = __builtin_ctz (bits);
    EngineSleeper *sleeper = &node->sleepers[thread];

    if (engine_accesses_depend (engine, &parent->sleepers[thread].access, &parent->access))
      continue;
    *sleeper = parent->sleepers[thread];
    if (sleeper->is_new)
      sleeper->cost += sleeper->goes_on;
    else
      sleeper->cost += parent->chosen != parent->last && !sleeper->last_is_out;
    sleeper->is_new = FALSE;
    sleeper->last_is_out = stays_out (engine, node->last, enabled, &sleeper->access);
    node->asleep |= 1u << thread;
  }
}

/* The step of THREAD is left out: one more preemption may follow in the earlier schedule, when the
 * thread that ended it could go on and SLEEPER's could not. */
static gboolean
is_covered (const EngineNode * node, guint thread)
{
  const EngineSleeper *sleeper = &node->sleepers[thread];

  return sleeper->whole
      || sleeper->cost + !sleeper->last_is_out <= node->used + cost_of (node, thread);
}

/* --- nodes --- */

static void
begin_node (Engine * engine, EngineNode * node, guint enabled, guint rested)
{
  gboolean first = engine->n_steps == 0;

  node->last = engine->current;
  node->preferred = engine_default (engine, enabled);
  node->free = first || (node->preferred != engine->current
      && !(engine->draining & 1u << engine->current));
  node->used = first ? 0 : node[-1].used + cost_of (&node[-1], node[-1].chosen);
  node->asleep = 0;
  node->partial = node->left_out = FALSE;
  if (engine->reducing && !first) {
    node[-1].goes_on = rested >> node[-1].chosen & 1;
    inherit_sleepers (engine, node, enabled);
  }
}

/* OPTIONS less those that the bound forbids. */
static guint
within_bound (Engine * engine, EngineNode * node, guint options)
{
  guint kept = options & 1u << node->preferred;

  if (node->free || node->used < engine->bound)
    return options;
  for (guint bits = options & ~kept; bits; bits &= bits - 1) {
    guint thread = __builtin_ctz (bits);

    if (!(node->asleep & 1u << thread) || !node->sleepers[thread].whole)
      engine->cut = node->left_out = TRUE;
  }
  return kept;
}

/* OPTIONS less those that have been seen in another order. */
static guint
without_covered (Engine * engine, EngineNode * node, guint options)
{
  for (guint bits = options & node->asleep; bits; bits &= bits - 1) {
    guint thread = __builtin_ctz (bits);

    if (!is_covered (node, thread))
      continue;
    options &= ~(1u << thread);
    engine->n_skipped++;
    node->left_out |= !node->sleepers[thread].whole;
  }
  return options;
}

/* Until the step has ended nothing is known of it, and the worst is assumed. */
static void
choose (EngineNode * node, guint thread)
{
  node->chosen = thread;
  node->todo &= ~(1u << thread);
  node->access.everything = TRUE;
  node->goes_on = TRUE;
}

/* The run ends as it may: threads stopped in the middle would leave behind what they have. */
static guint
give_up (Engine * engine, EngineNode * node, guint enabled)
{
  node[-1].partial |= node->left_out;
  engine->redundant = TRUE;
  engine->reducing = FALSE;
  engine->n_nodes = engine->n_steps;
  return engine_default (engine, enabled);
}

guint
engine_bounded_choose (Engine * engine, guint enabled, guint rested)
{
  EngineNode *node = &engine->nodes[engine->n_steps];
  guint options;

  if (engine->n_steps < engine->n_prefix)
    return node->chosen;
  if (engine->redundant)
    return engine_default (engine, enabled);
  begin_node (engine, node, enabled, rested);
  options = within_bound (engine, node, rested);
  if (node->asleep)
    options = without_covered (engine, node, options);
  if (!options)
    return give_up (engine, node, enabled);
  node->todo = options;
  if (options & 1u << node->preferred)
    choose (node, node->preferred);
  else
    choose (node, __builtin_ctz (options));
  return node->chosen;
}

/* All that begins with the chosen thread was explored. */
static void
put_to_sleep (EngineNode * node)
{
  node->sleepers[node->chosen] = (EngineSleeper) {
    .access = node->access,.cost = node->used + cost_of (node, node->chosen),.is_new = TRUE,
    .goes_on = node->goes_on,.whole = !node->partial
  };
  node->asleep |= 1u << node->chosen;
  node->left_out |= node->partial;
  node->partial = FALSE;
}

gboolean
engine_strategy_backtrack (Engine * engine)
{
  for (guint i = engine->redundant ? engine->n_nodes : engine->n_steps; i > 0; i--) {
    EngineNode *node = &engine->nodes[i - 1];

    if (engine->memory == ENGINE_SC)
      put_to_sleep (node);
    if (node->todo) {
      choose (node, __builtin_ctz (node->todo));
      engine->n_prefix = i;
      return TRUE;
    }
    if (i > 1)
      node[-1].partial |= node->left_out;
  }
  engine->n_prefix = 0;
  return FALSE;
}
