#include "config.h"
#include "watch/alert/policy.h"
#include "watch/alert/policy-memory.h"

static const gchar *const names[] = {
  [NOTIFICATION_NONE] = "none",
  [NOTIFICATION_WORSE] = "worse",
  [NOTIFICATION_BETTER] = "better",
  [NOTIFICATION_RECOVERED] = "recovered",
  [NOTIFICATION_REMINDER] = "reminder",
  [NOTIFICATION_FLAPPING] = "flapping",
  [NOTIFICATION_HEARTBEAT] = "heartbeat",
};

/* One run. */
typedef struct
{
  const AlertPolicy *policy;
  gint64 now_us;
  const GPtrArray *findings;
  GPtrArray *troubles;          /* AlertFinding*, borrowed: what cannot be read now */
  GHashTable *memories;         /* gchar* key -> Memory* */
  GHashTable *worst;            /* gchar* key -> AlertFinding*, borrowed */
  GPtrArray *notifications;
} Run;

void
notification_free (Notification * notification)
{
  if (!notification)
    return;
  g_free (notification->source);
  g_free (notification->pool);
  g_free (notification->rule);
  g_free (notification->text);
  g_free (notification);
}

const gchar *
notification_name (NotificationKind kind)
{
  return names[kind];
}

static gchar *
make_key (const gchar * source, const gchar * pool, const gchar * rule)
{
  return g_strjoin ("/", source, pool ? pool : "", rule, NULL);
}

/* --- findings --- */

static void
tell (Memory * memory, Run * run, const gchar * text)
{
  NotificationKind kind = memory_notify (memory, run->policy, run->now_us);
  Notification *notification;

  if (kind == NOTIFICATION_NONE)
    return;
  notification = g_new0 (Notification, 1);
  notification->kind = kind;
  notification->before = memory->told;
  notification->now = memory->level;
  notification->source = g_strdup (memory->source);
  notification->pool = g_strdup (memory->pool);
  notification->rule = g_strdup (memory->rule);
  notification->text = g_strdup (text);
  notification->since_us = memory->since_us;
  g_ptr_array_add (run->notifications, notification);
  memory->told = memory->level;
  memory->told_us = run->now_us;
}

static void
sort_findings (Run * run)
{
  for (guint i = 0; i < run->findings->len; i++) {
    AlertFinding *finding = g_ptr_array_index (run->findings, i);
    g_autofree gchar *key = make_key (finding->source, finding->pool, finding->rule);
    const AlertFinding *other = g_hash_table_lookup (run->worst, key);

    if (finding->level != LEVEL_OK && g_str_equal (finding->rule, "source"))
      g_ptr_array_add (run->troubles, finding);
    if (!other || memory_is_worse (finding->level, other->level))
      g_hash_table_insert (run->worst, g_steal_pointer (&key), finding);
  }
}

static Memory *
recall (Run * run, const AlertFinding * finding, gchar * take_key)
{
  Memory *memory = g_hash_table_lookup (run->memories, take_key);

  if (memory) {
    g_free (take_key);
    return memory;
  }
  memory = memory_new (finding->source, finding->pool, finding->rule);
  g_hash_table_insert (run->memories, take_key, memory);
  return memory;
}

/* Several findings of one key are one: the worst. */
static void
treat_findings (Run * run)
{
  for (guint i = 0; i < run->findings->len; i++) {
    AlertFinding *finding = g_ptr_array_index (run->findings, i);
    gchar *key = make_key (finding->source, finding->pool, finding->rule);
    gboolean is_worst = g_hash_table_lookup (run->worst, key) == finding;
    Memory *memory = recall (run, finding, key);

    if (!is_worst)
      continue;
    memory_advance (memory, run->policy, run->now_us, finding->level);
    tell (memory, run, finding->text);
  }
}

/* Nobody would understand "CRITICAL: 5 of 16 pins". */
static void
mark_unconfirmed (AlertFinding * finding)
{
  gchar *text = g_strconcat (finding->text, " (better, not yet confirmed)", NULL);

  g_free (finding->text);
  finding->text = text;
}

static void
set_levels (Run * run)
{
  for (guint i = 0; i < run->findings->len; i++) {
    AlertFinding *finding = g_ptr_array_index (run->findings, i);
    g_autofree gchar *key = make_key (finding->source, finding->pool, finding->rule);
    const Memory *memory = g_hash_table_lookup (run->memories, key);
    gboolean is_worst = g_hash_table_lookup (run->worst, key) == finding;

    if (is_worst && memory_is_worse (memory->level, finding->level))
      mark_unconfirmed (finding);
    if (is_worst || memory_is_worse (finding->level, memory->level))
      finding->level = memory->level;
  }
}

/* --- what is not among the findings any more --- */

static gboolean
is_unreadable (const Run * run, const Memory * memory)
{
  for (guint i = 0; i < run->troubles->len; i++) {
    const AlertFinding *trouble = g_ptr_array_index (run->troubles, i);

    if (g_str_equal (trouble->source, memory->source)
        && (!trouble->pool || g_strcmp0 (trouble->pool, memory->pool) == 0))
      return TRUE;
  }
  return FALSE;
}

static const gchar *
describe_absence (const Run * run, const Memory * memory)
{
  if (g_str_equal (memory->rule, "source"))
    return "can be read again";
  for (guint i = 0; i < run->findings->len; i++) {
    const AlertFinding *finding = g_ptr_array_index (run->findings, i);

    if (g_str_equal (finding->source, memory->source)
        && g_strcmp0 (finding->pool, memory->pool) == 0)
      return "no longer so";
  }
  return "gone";
}

static gint
compare_keys (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const gchar * const *) a, *(const gchar * const *) b);
}

static void
treat_absent (Run * run)
{
  guint n;
  g_autofree gchar **keys = (gchar **) g_hash_table_get_keys_as_array (run->memories, &n);

  /* The same order in every run. */
  qsort (keys, n, sizeof *keys, compare_keys);
  for (guint i = 0; i < n; i++) {
    Memory *memory = g_hash_table_lookup (run->memories, keys[i]);

    if (g_hash_table_contains (run->worst, keys[i]) || is_unreadable (run, memory))
      continue;
    memory_advance (memory, run->policy, run->now_us, LEVEL_OK);
    tell (memory, run, describe_absence (run, memory));
  }
}

/* --- the heartbeat --- */

static gboolean
all_is_well (const Run * run)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, run->memories);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const Memory *memory = value;

    if (memory->level != LEVEL_OK || memory->told != LEVEL_OK || memory->flapping)
      return FALSE;
  }
  return TRUE;
}

/* BEAT: when something was last said, or all began. */
static void
treat_heartbeat (Run * run, Memory * beat)
{
  Notification *notification;

  if (run->notifications->len > 0)
    beat->told_us = run->now_us;
  if (run->policy->maintenance || run->now_us - beat->told_us < run->policy->heartbeat_us
      || !all_is_well (run))
    return;
  notification = g_new0 (Notification, 1);
  notification->kind = NOTIFICATION_HEARTBEAT;
  notification->text = g_strdup ("all is well");
  notification->since_us = beat->told_us;
  g_ptr_array_add (run->notifications, notification);
  beat->told_us = run->now_us;
}

/* --- from run to run --- */

#define HEARTBEAT_KEY "//heartbeat"

static void
load (Run * run, GHashTable * remembered)
{
  GHashTableIter iter;
  gpointer key, bytes;

  g_hash_table_iter_init (&iter, remembered);
  while (g_hash_table_iter_next (&iter, &key, &bytes)) {
    g_autoptr (Memory) memory = memory_decode (bytes, run->now_us);
    g_autofree gchar *own_key =
        memory ? make_key (memory->source, memory->pool, memory->rule) : NULL;

    if (g_strcmp0 (own_key, key) == 0)
      g_hash_table_insert (run->memories, g_steal_pointer (&own_key), g_steal_pointer (&memory));
  }
}

static gboolean
is_forgettable (const Memory * memory)
{
  gboolean is_bad = memory->level != LEVEL_OK || memory->told != LEVEL_OK;

  for (guint i = 0; i < MEMORY_STEPS; i++)
    is_bad = is_bad || memory->steps[i].since_us >= 0;
  return !is_bad && !memory->flapping && memory->n_changes == 0;
}

static void
save (const Run * run, const Memory * beat, GHashTable * remembered)
{
  GHashTableIter iter;
  gpointer key, memory;

  g_hash_table_remove_all (remembered);
  g_hash_table_iter_init (&iter, run->memories);
  while (g_hash_table_iter_next (&iter, &key, &memory)) {
    if (!is_forgettable (memory))
      g_hash_table_insert (remembered, g_strdup (key), memory_encode (memory));
  }
  if (beat)
    g_hash_table_insert (remembered, g_strdup (HEARTBEAT_KEY), memory_encode (beat));
}

/* NULL: no heartbeat is wanted. */
static Memory *
take_beat (Run * run)
{
  gpointer key = NULL, memory = NULL;
  Memory *beat;

  g_hash_table_steal_extended (run->memories, HEARTBEAT_KEY, &key, &memory);
  g_free (key);
  beat = memory;
  if (run->policy->heartbeat_us <= 0) {
    memory_free (beat);
    return NULL;
  }
  if (!beat) {
    beat = memory_new ("", NULL, "heartbeat");
    beat->told_us = run->now_us;
  }
  return beat;
}

GPtrArray *
policy_apply (const AlertPolicy * policy, gint64 now_us, GPtrArray * findings,
    GHashTable * remembered)
{
  g_autoptr (GHashTable) memories =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) memory_free);
  g_autoptr (GHashTable) worst = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) troubles = g_ptr_array_new ();
  g_autoptr (Memory) beat = NULL;
  Run run = {
    .policy = policy,.now_us = now_us,.findings = findings,.troubles = troubles,
    .memories = memories,.worst = worst,
    .notifications = g_ptr_array_new_with_free_func ((GDestroyNotify) notification_free),
  };

  load (&run, remembered);
  beat = take_beat (&run);
  sort_findings (&run);
  treat_findings (&run);
  treat_absent (&run);
  set_levels (&run);
  if (beat)
    treat_heartbeat (&run, beat);
  save (&run, beat, remembered);
  return run.notifications;
}
