#include "config.h"
#include "alert/manners.h"
#include "alert/manners-memory.h"

/* As in Memory.steps: the levels above OK, better ones first. */
static const Level steps[MEMORY_STEPS] = { LEVEL_UNKNOWN, LEVEL_WARNING, LEVEL_CRITICAL };

static const gchar *const names[] = {
  [NEWS_NONE] = "none",
  [NEWS_WORSE] = "worse",
  [NEWS_BETTER] = "better",
  [NEWS_RECOVERED] = "recovered",
  [NEWS_REMINDER] = "reminder",
  [NEWS_FLAPPING] = "flapping",
  [NEWS_HEARTBEAT] = "heartbeat",
};

/* One run. */
typedef struct
{
  const MannersRules *rules;
  gint64 now_us;
  const GPtrArray *findings;
  GPtrArray *troubles;          /* AlertFinding*, borrowed: what cannot be read now */
  GHashTable *memories;         /* gchar* key -> Memory* */
  GHashTable *worst;            /* gchar* key -> AlertFinding*, borrowed */
  GPtrArray *news;
} Run;

void
news_free (News * news)
{
  if (!news)
    return;
  g_free (news->source);
  g_free (news->pool);
  g_free (news->rule);
  g_free (news->text);
  g_free (news);
}

const gchar *
news_name (NewsKind kind)
{
  return names[kind];
}

static gboolean
is_worse (Level a, Level b)
{
  return a != b && level_worse (a, b) == a;
}

static gchar *
make_key (const gchar * source, const gchar * pool, const gchar * rule)
{
  return g_strjoin ("/", source, pool ? pool : "", rule, NULL);
}

/* --- which level counts --- */

static void
take_level (Memory * memory, const Run * run, Level level)
{
  guint32 enough = MAX (run->rules->clear_runs, 1);

  for (guint i = 0; i < MEMORY_STEPS; i++) {
    MemoryStep *step = &memory->steps[i];

    if (is_worse (steps[i], level)) {
      step->since_us = -1;
      step->better_runs = MIN (step->better_runs, enough - 1) + 1;
      continue;
    }
    step->better_runs = 0;
    if (step->since_us < 0)
      step->since_us = run->now_us;
  }
}

/* Up to the worst that has lasted; down past all that have been better for long enough. */
static Level
level_that_counts (const Memory * memory, const Run * run)
{
  guint32 enough = MAX (run->rules->clear_runs, 1);
  guint i;

  for (i = MEMORY_STEPS; i > 0 && steps[i - 1] != memory->level; i--) {
    const MemoryStep *step = &memory->steps[i - 1];

    if (step->since_us >= 0 && run->now_us - step->since_us >= run->rules->for_us)
      return steps[i - 1];
  }
  while (i > 0 && memory->steps[i - 1].better_runs >= enough)
    i--;
  return i > 0 ? steps[i - 1] : LEVEL_OK;
}

/* When LEVEL began, which is before it counted. */
static gint64
begin_of (const Memory * memory, const Run * run, Level level)
{
  for (guint i = 0; i < MEMORY_STEPS; i++) {
    if (steps[i] == level && memory->steps[i].since_us >= 0)
      return memory->steps[i].since_us;
  }
  return run->now_us;
}

/* --- flapping --- */

/* 0: changes are not counted. */
static guint
most_changes (const MannersRules * rules)
{
  return rules->flap_window_us > 0 ? MIN (rules->flap_changes, MEMORY_CHANGES - 1) : 0;
}

static void
drop_first_changes (Memory * memory, guint n)
{
  memory->n_changes -= n;
  for (guint i = 0; i < memory->n_changes; i++)
    memory->changes[i] = memory->changes[i + n];
}

static void
forget_changes (Memory * memory, const Run * run)
{
  guint n = 0;

  while (n < memory->n_changes
      && run->now_us - memory->changes[n] >= run->rules->flap_window_us)
    n++;
  drop_first_changes (memory, n);
}

static void
note_change (Memory * memory, const Run * run)
{
  guint most = most_changes (run->rules);

  /* What is done in a window of maintenance is meant. */
  if (most == 0 || run->rules->maintenance)
    return;
  if (memory->n_changes > most)
    drop_first_changes (memory, memory->n_changes - most);
  memory->changes[memory->n_changes++] = run->now_us;
}

static void
advance (Memory * memory, const Run * run, Level level)
{
  Level counts;

  forget_changes (memory, run);
  take_level (memory, run, level);
  counts = level_that_counts (memory, run);
  if (counts == memory->level)
    return;
  memory->since_us = is_worse (counts, memory->level) ? begin_of (memory, run, counts)
      : run->now_us;
  memory->level = counts;
  note_change (memory, run);
}

/* --- whether to tell --- */

/* AGAIN: it is to be told even though it was. */
static NewsKind
kind_of_change (const Memory * memory, const Run * run, gboolean again)
{
  gint64 remind_us = run->rules->remind_us;

  if (memory->level == LEVEL_OK)
    return again || memory->told != LEVEL_OK ? NEWS_RECOVERED : NEWS_NONE;
  if (memory->level != memory->told)
    return is_worse (memory->level, memory->told) ? NEWS_WORSE : NEWS_BETTER;
  if (again || (remind_us > 0 && run->now_us - memory->told_us >= remind_us))
    return NEWS_REMINDER;
  return NEWS_NONE;
}

static NewsKind
choose_kind (Memory * memory, const Run * run)
{
  guint most = most_changes (run->rules);
  gboolean was_muted = memory->muted;

  if (run->rules->maintenance) {
    memory->muted = memory->level != LEVEL_OK;
    return NEWS_NONE;
  }
  memory->muted = FALSE;
  if (memory->flapping && memory->n_changes > 0)
    return NEWS_NONE;
  if (memory->flapping) {
    memory->flapping = FALSE;
    return kind_of_change (memory, run, TRUE);
  }
  if (most > 0 && memory->n_changes > most) {
    memory->flapping = TRUE;
    return NEWS_FLAPPING;
  }
  return kind_of_change (memory, run, was_muted && memory->level != LEVEL_OK);
}

static void
tell (Memory * memory, Run * run, const gchar * text)
{
  NewsKind kind = choose_kind (memory, run);
  News *news;

  if (kind == NEWS_NONE)
    return;
  news = g_new0 (News, 1);
  news->kind = kind;
  news->before = memory->told;
  news->now = memory->level;
  news->source = g_strdup (memory->source);
  news->pool = g_strdup (memory->pool);
  news->rule = g_strdup (memory->rule);
  news->text = g_strdup (text);
  news->since_us = memory->since_us;
  g_ptr_array_add (run->news, news);
  memory->told = memory->level;
  memory->told_us = run->now_us;
}

/* --- findings --- */

static void
sort_findings (Run * run)
{
  for (guint i = 0; i < run->findings->len; i++) {
    AlertFinding *finding = g_ptr_array_index (run->findings, i);
    g_autofree gchar *key = make_key (finding->source, finding->pool, finding->rule);
    const AlertFinding *other = g_hash_table_lookup (run->worst, key);

    if (finding->level != LEVEL_OK && g_str_equal (finding->rule, "source"))
      g_ptr_array_add (run->troubles, finding);
    if (!other || is_worse (finding->level, other->level))
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
    advance (memory, run, finding->level);
    tell (memory, run, finding->text);
  }
}

static void
set_levels (Run * run)
{
  for (guint i = 0; i < run->findings->len; i++) {
    AlertFinding *finding = g_ptr_array_index (run->findings, i);
    g_autofree gchar *key = make_key (finding->source, finding->pool, finding->rule);
    const Memory *memory = g_hash_table_lookup (run->memories, key);

    if (g_hash_table_lookup (run->worst, key) == finding
        || is_worse (finding->level, memory->level))
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
    advance (memory, run, LEVEL_OK);
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
  News *news;

  if (run->news->len > 0)
    beat->told_us = run->now_us;
  if (run->rules->maintenance || run->now_us - beat->told_us < run->rules->heartbeat_us
      || !all_is_well (run))
    return;
  news = g_new0 (News, 1);
  news->kind = NEWS_HEARTBEAT;
  news->text = g_strdup ("all is well");
  news->since_us = beat->told_us;
  g_ptr_array_add (run->news, news);
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
  if (run->rules->heartbeat_us <= 0) {
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
manners_apply (const MannersRules * rules, gint64 now_us, GPtrArray * findings,
    GHashTable * remembered)
{
  g_autoptr (GHashTable) memories =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) memory_free);
  g_autoptr (GHashTable) worst = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) troubles = g_ptr_array_new ();
  g_autoptr (Memory) beat = NULL;
  Run run = {
    .rules = rules,.now_us = now_us,.findings = findings,.troubles = troubles,
    .memories = memories,.worst = worst,
    .news = g_ptr_array_new_with_free_func ((GDestroyNotify) news_free),
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
  return run.news;
}
