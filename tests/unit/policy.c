/* What is told of a row of runs, a minute apart, and what holds for any row. */
#include "config.h"

#include "watch/alert/policy.h"
#include "watch/alert/policy-memory.h"
#include "base/error.h"
#include "under-valgrind.h"

#include <string.h>
#include <time.h>

#define MINUTE (60 * G_GINT64_CONSTANT (1000000))
#define START (1750000000 * G_GINT64_CONSTANT (1000000))

typedef struct
{
  AlertPolicy policy;
  gint64 now_us;
  GHashTable *remembered;
} Play;

static Play
play_new (const AlertPolicy * policy)
{
  Play play = {.policy = *policy,.now_us = START };

  play.remembered =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  return play;
}

static void
add (GPtrArray * findings, Level level, const gchar * pool, const gchar * rule)
{
  AlertFinding *finding = g_new0 (AlertFinding, 1);

  finding->level = level;
  finding->source = g_strdup ("proc");
  finding->pool = g_strdup (pool);
  finding->rule = g_strdup (rule);
  finding->text = g_strdup (level_name (level));
  g_ptr_array_add (findings, finding);
}

/* One letter is what is found in a run: o, w, c, u are levels of one rule; "." is that its pool is
 * gone; "!" that the source cannot be read; "?" that nothing of that pool can. */
static GPtrArray *
findings_of (gchar letter)
{
  GPtrArray *findings = g_ptr_array_new_with_free_func ((GDestroyNotify) alert_finding_free);
  const gchar *letters = "owcu", *at = strchr (letters, letter);

  if (at)
    add (findings, (Level) (at - letters), "table-0", "pins");
  else if (letter == '!')
    add (findings, LEVEL_UNKNOWN, NULL, "source");
  else if (letter == '?')
    add (findings, LEVEL_UNKNOWN, "table-0", "source");
  return findings;
}

static gchar
letter_of (const Notification * notification)
{
  static const gchar letters[] = "-WBRMFH";

  g_assert_cmpuint (notification->kind, <, strlen (letters));
  return letters[notification->kind];
}

/* Appends a letter for what was told of the pins: "-" is nothing; then the level that counts. */
static void
play_run (Play * play, gchar letter, GString * told, GString * levels)
{
  g_autoptr (GPtrArray) findings = NULL;
  g_autoptr (GPtrArray) notifications = NULL;
  gchar said = '-';

  play->policy.maintenance = g_ascii_isupper (letter);
  findings = findings_of (g_ascii_tolower (letter));
  notifications = policy_apply (&play->policy, play->now_us, findings, play->remembered);
  for (guint i = 0; i < notifications->len; i++) {
    const Notification *one = g_ptr_array_index (notifications, i);

    if (one->kind == NOTIFICATION_HEARTBEAT || g_str_equal (one->rule, "pins")) {
      g_assert_cmpint (said, ==, '-');
      said = letter_of (one);
    }
  }
  g_string_append_c (told, said);
  g_string_append_c (levels,
      findings->len > 0 ? "owcu"[((AlertFinding *) findings->pdata[0])->level] : '.');
}

/* --- rows --- */

static const struct
{
  const gchar *name;
  AlertPolicy policy;
  const gchar *runs, *told, *levels;
} rows[] = {
  {"first well", {.for_us = 0}, "ooo", "---", "ooo"},
  {"first bad", {.for_us = 0}, "ccc", "W--", "ccc"},
  {"up and down", {.for_us = 0}, "owcwo", "-WWBR", "owcwo"},
  {"unknown", {.for_us = 0}, "ouowuo", "-WRWBR", "ouowuo"},
  {"gone", {.for_us = 0}, "oc...", "-WR--", "oc..."},
  {"source in trouble", {.for_us = 0}, "oc!!!c!o", "-W-----R", "ocuuucuo"},
  {"pool in trouble", {.for_us = 0}, "oc???.", "-W---R", "ocuuu."},
  {"lasting", {.for_us = 2 * MINUTE}, "oocccoo", "----WR-", "oooocoo"},
  {"not lasting", {.for_us = 2 * MINUTE}, "occoccocco", "----------", "oooooooooo"},
  {"lasting, though worse", {.for_us = 2 * MINUTE}, "owcwcwo", "---W--R", "ooowwwo"},
  {"lasting, then worse", {.for_us = 2 * MINUTE}, "owccccc", "---WW--", "ooowccc"},
  {"lasting over trouble", {.for_us = 2 * MINUTE}, "oc!c", "---W", "oooc"},
  {"hysteresis", {.clear_runs = 3}, "ocoocooocc", "-W-----RW-", "occccccocc"},
  {"hysteresis by steps", {.clear_runs = 3}, "cwwooo", "W--B-R", "cccwwo"},
  {"hysteresis of what is gone", {.clear_runs = 3}, "c....", "W--R-", "c...."},
  {"reminders", {.remind_us = 3 * MINUTE}, "occccccccoo", "-W--M--M-R-", "occccccccoo"},
  {"change is a reminder", {.remind_us = 3 * MINUTE}, "cwwwwc", "WB--MW", "cwwwwc"},
  {"flapping", {.flap_window_us = 4 * MINUTE,.flap_changes = 3}, "ococococooooooo",
      "-WRWF-------R--", "ococococooooooo"},
  {"flapping to bad", {.flap_window_us = 4 * MINUTE,.flap_changes = 3}, "ocococcccccco",
      "-WRWF----W--R", "ocococcccccco"},
  {"flapping to the same", {.flap_window_us = 4 * MINUTE,.flap_changes = 2}, "ococcccc",
      "-WRF---M", "ococcccc"},
  {"flapping to worse", {.flap_window_us = 3 * MINUTE,.flap_changes = 2}, "owowccccc",
      "-WRF---W-", "owowccccc"},
  {"slow is no flapping", {.flap_window_us = 3 * MINUTE,.flap_changes = 2}, "occoocco",
      "-W-R-W-R", "occoocco"},
  {"maintenance", {.for_us = 0}, "oCCCcc", "----W-", "occccc"},
  {"maintenance, told before", {.for_us = 0}, "cCCcc", "W--M-", "ccccc"},
  {"recovered in maintenance", {.for_us = 0}, "cCOOoo", "W---R-", "ccoooo"},
  {"only in maintenance", {.for_us = 0}, "oOCCOoo", "-------", "ooccooo"},
  {"recovered after maintenance", {.for_us = 0}, "cCCoo", "W--R-", "cccoo"},
  {"no flapping in maintenance", {.flap_window_us = 9 * MINUTE,.flap_changes = 2},
      "oCOCOCoc", "-------W", "ococococ"},
  {"heartbeat", {.heartbeat_us = 3 * MINUTE}, "oooooooo", "---H--H-", "oooooooo"},
  {"heartbeat, not when bad", {.heartbeat_us = 2 * MINUTE}, "occccooooo", "-W---R-H-H",
      "occccooooo"},
  {"heartbeat, not in maintenance", {.heartbeat_us = 2 * MINUTE}, "ooOOOoo", "-----H-",
      "ooooooo"},
};

static void
test_rows (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    Play play = play_new (&rows[i].policy);
    g_autoptr (GString) told = g_string_new (NULL);
    g_autoptr (GString) levels = g_string_new (NULL);

    for (const gchar * run = rows[i].runs; *run; run++, play.now_us += MINUTE)
      play_run (&play, *run, told, levels);
    g_test_message ("%s: %s", rows[i].name, rows[i].runs);
    g_assert_cmpstr (told->str, ==, rows[i].told);
    g_assert_cmpstr (levels->str, ==, rows[i].levels);
    g_hash_table_unref (play.remembered);
  }
}

/* --- what is remembered --- */

static void
test_lost_memory (void)
{
  static const AlertPolicy policy = {.remind_us = 0};
  Play play = play_new (&policy);
  g_autoptr (GString) told = g_string_new (NULL);
  g_autoptr (GString) levels = g_string_new (NULL);

  play_run (&play, 'c', told, levels);
  play_run (&play, 'c', told, levels);
  g_hash_table_remove_all (play.remembered);
  play_run (&play, 'c', told, levels);
  play_run (&play, 'c', told, levels);
  play_run (&play, 'o', told, levels);
  g_assert_cmpstr (told->str, ==, "W-W-R");
  /* Nothing is kept of what is well. */
  g_assert_cmpuint (g_hash_table_size (play.remembered), ==, 0);
  g_hash_table_unref (play.remembered);
}

/* While nothing changes, neither does what is to be written. */
static void
test_steady_memory (void)
{
  static const AlertPolicy policy = {.clear_runs = 3,.heartbeat_us = 60 * MINUTE};
  Play play = play_new (&policy);
  g_autoptr (GString) told = g_string_new (NULL);
  g_autoptr (GString) levels = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < 9; i++, play.now_us += MINUTE) {
    play_run (&play, 'w', told, levels);
    if (i == 4)
      bytes = g_bytes_ref (g_hash_table_lookup (play.remembered, "proc/table-0/pins"));
  }
  g_assert_true (g_bytes_equal (bytes,
          g_hash_table_lookup (play.remembered, "proc/table-0/pins")));
  g_assert_cmpuint (g_hash_table_size (play.remembered), ==, 2);
  g_hash_table_unref (play.remembered);
}

static void
test_clock_back (void)
{
  static const AlertPolicy policy = {.remind_us = 3 * MINUTE,.for_us = MINUTE,
      .flap_window_us = 5 * MINUTE,.flap_changes = 3};
  Play play = play_new (&policy);
  g_autoptr (GString) told = g_string_new (NULL);
  g_autoptr (GString) levels = g_string_new (NULL);

  for (const gchar * run = "ocwcccccccw"; *run; run++, play.now_us += MINUTE) {
    if (told->len == 3)
      play.now_us -= 100000 * MINUTE;
    play_run (&play, *run, told, levels);
  }
  /* Critical since the fourth run; the reminders count from when it was told. */
  g_assert_cmpstr (told->str, ==, "--W-W--M--B");
  g_hash_table_unref (play.remembered);
}

/* Plays a run upon BYTES as what was remembered; returns what was told of it. */
static gchar
play_upon (GBytes * take_bytes)
{
  static const AlertPolicy policy = {.remind_us = MINUTE,.clear_runs = 2,
      .flap_window_us = MINUTE,.flap_changes = 2};
  Play play = play_new (&policy);
  g_autoptr (GString) told = g_string_new (NULL);
  g_autoptr (GString) levels = g_string_new (NULL);

  g_hash_table_insert (play.remembered, g_strdup ("proc/table-0/pins"), take_bytes);
  play_run (&play, 'c', told, levels);
  g_hash_table_unref (play.remembered);
  return told->str[0];
}

static GBytes *
some_bytes (void)
{
  g_autoptr (Memory) memory = memory_new ("proc", "table-0", "pins");

  memory->level = memory->told = LEVEL_CRITICAL;
  memory->steps[2].since_us = memory->told_us = memory->since_us = START;
  memory->changes[memory->n_changes++] = START;
  return memory_encode (memory);
}

static void
test_garbage (void)
{
  g_autoptr (GBytes) good = some_bytes ();
  gsize length;
  const guint8 *data = g_bytes_get_data (good, &length);

  g_assert_cmpint (play_upon (g_bytes_ref (good)), ==, '-');
  g_assert_cmpint (play_upon (g_bytes_new (NULL, 0)), ==, 'W');
  g_assert_cmpint (play_upon (g_bytes_new ("pins", 4)), ==, 'W');
  for (gsize n = 0; n < length; n++)
    g_assert_cmpint (play_upon (g_bytes_new (data, n)), ==, 'W');
  for (gsize i = 0; i < length * 8; i++) {
    g_autofree guint8 *copy = g_memdup2 (data, length);

    copy[i / 8] ^= (guint8) (1 << i % 8);
    play_upon (g_bytes_new (copy, length));
    if (i < 8)
      g_assert_cmpint (play_upon (g_bytes_new (copy, length)), ==, 'W');
  }
  for (guint i = 0; i < 20000; i++) {
    guint8 noise[96];

    for (gsize k = 0; k < sizeof noise; k++)
      noise[k] = (guint8) g_test_rand_int ();
    noise[0] = 1;
    play_upon (g_bytes_new (noise, (gsize) g_test_rand_int_range (0, sizeof noise)));
  }
}

static void
test_many_at_once (void)
{
  static const AlertPolicy policy = {.remind_us = 0};
  Play play = play_new (&policy);
  g_autoptr (GPtrArray) findings = findings_of ('c');
  g_autoptr (GPtrArray) notifications = NULL;
  g_autoptr (GPtrArray) later = NULL;
  const Notification *first;

  add (findings, LEVEL_WARNING, "table-1", "pins");
  add (findings, LEVEL_WARNING, "table-0", "memory");
  add (findings, LEVEL_OK, "table-2", "pins");
  /* Two troubles of one source are one matter. */
  add (findings, LEVEL_OK, NULL, "source");
  add (findings, LEVEL_UNKNOWN, NULL, "source");
  add (findings, LEVEL_OK, NULL, "source");
  notifications = policy_apply (&policy, play.now_us, findings, play.remembered);
  g_assert_cmpuint (notifications->len, ==, 4);
  first = g_ptr_array_index (notifications, 0);
  g_assert_cmpstr (first->pool, ==, "table-0");
  g_assert_cmpstr (first->text, ==, "CRITICAL");
  g_assert_cmpint (first->before, ==, LEVEL_OK);
  g_assert_cmpint (first->now, ==, LEVEL_CRITICAL);
  g_assert_cmpint (first->since_us, ==, START);
  g_assert_cmpstr (((Notification *) g_ptr_array_index (notifications, 3))->rule, ==, "source");
  g_assert_cmpint (((AlertFinding *) g_ptr_array_index (findings, 6))->level, ==, LEVEL_OK);
  g_ptr_array_set_size (findings, 0);
  later = policy_apply (&policy, play.now_us, findings, play.remembered);
  g_assert_cmpuint (later->len, ==, 4);
  g_assert_cmpstr (((Notification *) g_ptr_array_index (later, 0))->text, ==, "can be read again");
  g_assert_cmpstr (((Notification *) g_ptr_array_index (later, 1))->text, ==, "gone");
  g_hash_table_unref (play.remembered);
}

/* What lies under the name of something else is not what was remembered of it. */
static void
test_other_key (void)
{
  static const AlertPolicy policy = {.remind_us = 0 };
  Play play = play_new (&policy);
  g_autoptr (GString) told = g_string_new (NULL);
  g_autoptr (GString) levels = g_string_new (NULL);

  g_hash_table_insert (play.remembered, g_strdup ("proc/table-1/pins"), some_bytes ());
  play_run (&play, 'c', told, levels);
  g_assert_cmpstr (told->str, ==, "W");
  g_hash_table_unref (play.remembered);
}

/* When it began, though it counted later. */
static void
test_since (void)
{
  static const AlertPolicy policy = {.for_us = 2 * MINUTE };
  Play play = play_new (&policy);

  for (const gchar * run = "occcoo"; *run; run++, play.now_us += MINUTE) {
    g_autoptr (GPtrArray) findings = findings_of (*run);
    g_autoptr (GPtrArray) notifications =
        policy_apply (&policy, play.now_us, findings, play.remembered);
    const Notification *first =
        notifications->len > 0 ? g_ptr_array_index (notifications, 0) : NULL;

    g_assert_cmpint (first != NULL, ==, play.now_us == START + 3 * MINUTE
        || play.now_us == START + 4 * MINUTE);
    if (first)
      g_assert_cmpint (first->since_us, ==,
          first->kind == NOTIFICATION_WORSE ? START + MINUTE : START + 4 * MINUTE);
  }
  g_hash_table_unref (play.remembered);
}

/* More changes than are remembered. */
static void
test_many_changes (void)
{
  static const AlertPolicy policy = {.flap_window_us = 1000 * MINUTE,.flap_changes = 500 };
  Play play = play_new (&policy);
  g_autoptr (GString) told = g_string_new (NULL);
  g_autoptr (GString) levels = g_string_new (NULL);

  for (guint i = 0; i < 300; i++, play.now_us += MINUTE)
    play_run (&play, i % 2 ? 'c' : 'o', told, levels);
  g_assert_cmpint (told->str[63], ==, 'W');
  g_assert_cmpint (told->str[64], ==, 'F');
  g_assert_cmpint (told->str[65], ==, '-');
  g_assert_cmpint (told->str[299], ==, '-');
  /* The table of changes is full, and is taken for good all the same. */
  g_assert_cmpuint (g_hash_table_size (play.remembered), ==, 1);
  g_hash_table_unref (play.remembered);
}

/* --- what holds for any row of runs --- */

typedef struct
{
  Play play;
  gboolean open;                /* a trouble was told, its end was not */
  Level told;
  NotificationKind last;
  gint64 last_us;
  gboolean was_muted;           /* since it was told, there was maintenance */
  gint64 recent_us[256];        /* when something was told, reminders apart */
  guint n_recent;
} Check;

static void
check_notification (Check * check, const Notification * notification)
{
  const AlertPolicy *policy = &check->play.policy;

  g_assert_false (policy->maintenance);
  switch (notification->kind) {
    case NOTIFICATION_WORSE:
      g_assert_true (notification->now != LEVEL_OK);
      g_assert_true (level_worse (notification->now, notification->before) == notification->now);
      break;
    case NOTIFICATION_BETTER:
      g_assert_true (check->open && notification->now != LEVEL_OK);
      break;
    case NOTIFICATION_RECOVERED:
      g_assert_true (check->open && notification->now == LEVEL_OK);
      break;
    case NOTIFICATION_REMINDER:
      g_assert_true (check->open && notification->now == check->told);
      g_assert_true (check->was_muted || check->last == NOTIFICATION_FLAPPING
          || (policy->remind_us > 0
              && check->play.now_us - check->last_us >= policy->remind_us));
      break;
    case NOTIFICATION_FLAPPING:
      g_assert_cmpint (check->last, !=, NOTIFICATION_FLAPPING);
      break;
    default:
      g_assert_not_reached ();
  }
  check->open = notification->kind != NOTIFICATION_RECOVERED;
  check->told = notification->now;
  check->last = notification->kind;
  check->last_us = check->play.now_us;
  check->was_muted = FALSE;
  if (notification->kind != NOTIFICATION_REMINDER)
    check->recent_us[check->n_recent++ % G_N_ELEMENTS (check->recent_us)] = check->play.now_us;
}

/* Damping bounds what is told: each change up to the flapping, that, and how it ended. */
static void
check_rate (const Check * check)
{
  const AlertPolicy *policy = &check->play.policy;
  guint n = 0;

  if (policy->flap_window_us == 0 || policy->flap_changes == 0)
    return;
  for (guint i = 0; i < MIN (check->n_recent, G_N_ELEMENTS (check->recent_us)); i++)
    n += check->play.now_us - check->recent_us[i] < policy->flap_window_us;
  g_assert_cmpuint (n, <=, policy->flap_changes + 2);
}

static Level
check_run (Check * check, gchar letter, gboolean maintenance)
{
  g_autoptr (GPtrArray) findings = findings_of (letter);
  g_autoptr (GPtrArray) notifications = NULL;
  const AlertFinding *finding;
  gboolean readable = letter != '!' && letter != '?';
  Level counts = LEVEL_OK;

  check->play.policy.maintenance = maintenance;
  notifications =
      policy_apply (&check->play.policy, check->play.now_us, findings, check->play.remembered);
  for (guint i = 0; i < notifications->len; i++) {
    const Notification *one = g_ptr_array_index (notifications, i);

    if (one->kind != NOTIFICATION_HEARTBEAT && g_str_equal (one->rule, "pins"))
      check_notification (check, one);
  }
  check->was_muted = check->was_muted || maintenance;
  finding = readable && findings->len > 0 ? g_ptr_array_index (findings, 0) : NULL;
  if (!finding)
    return LEVEL_OK;
  counts = finding->level;
  /* Nothing is lost, and nothing is told that is not so. */
  if (!maintenance && check->last != NOTIFICATION_FLAPPING) {
    g_assert_cmpint (counts, ==, check->open ? check->told : LEVEL_OK);
    g_assert_cmpint (check->open, ==, counts != LEVEL_OK);
  }
  return counts;
}

static AlertPolicy
random_policy (void)
{
  AlertPolicy policy = { 0 };

  policy.for_us = g_test_rand_int_range (0, 3) * g_test_rand_int_range (0, 300) * (MINUTE / 60);
  policy.remind_us = g_test_rand_int_range (0, 2) * g_test_rand_int_range (1, 60) * MINUTE;
  policy.flap_window_us = g_test_rand_int_range (0, 3) * g_test_rand_int_range (1, 20) * MINUTE;
  policy.flap_changes = (guint) g_test_rand_int_range (0, 6);
  policy.clear_runs = (guint) g_test_rand_int_range (0, 5);
  policy.heartbeat_us = g_test_rand_int_range (0, 2) * g_test_rand_int_range (1, 60) * MINUTE;
  return policy;
}

/* Mostly as before. */
static gchar
random_letter (gchar before, const gchar * letters)
{
  if (g_test_rand_int_range (0, 3) > 0)
    return before;
  return letters[g_test_rand_int_range (0, (gint) strlen (letters))];
}

static gint64
random_step (gboolean any_clock)
{
  if (any_clock && g_test_rand_int_range (0, 20) == 0)
    return g_test_rand_int_range (-100000, 1000) * (MINUTE / 60);
  return g_test_rand_int_range (1, 150) * (MINUTE / 60);
}

/* Long enough for whatever waits; returns the level that counts then. */
static Level
play_end (Check * check, gchar letter)
{
  Level counts = LEVEL_OK;

  for (guint i = 0; i < 80; i++, check->play.now_us += MINUTE)
    counts = check_run (check, letter, FALSE);
  return counts;
}

/* valgrind takes fifty times as long. */
static guint
n_random_runs (void)
{
  return under_valgrind () ? 150 : 2500;
}

static void
play_random (gboolean any_clock)
{
  AlertPolicy policy = random_policy ();
  Check check = {.play = play_new (&policy) };
  gboolean with_windows = g_test_rand_int_range (0, 2) == 0;
  gboolean maintenance = FALSE;
  guint n_runs = n_random_runs ();
  gchar letter = 'o', end = "owcu"[g_test_rand_int_range (0, 4)];

  for (guint i = 0; i < n_runs; i++) {
    letter = random_letter (letter, g_test_rand_int_range (0, 2) ? "owcu.!?" : "oc");
    if (with_windows && g_test_rand_int_range (0, 15) == 0)
      maintenance = !maintenance;
    check_run (&check, letter, maintenance);
    if (!any_clock && !with_windows)
      check_rate (&check);
    check.play.now_us += random_step (any_clock);
    /* A clock that went back begins every wait again. */
    check.last_us = MIN (check.last_us, check.play.now_us);
  }
  g_assert_cmpint (play_end (&check, end), ==, strchr ("owcu", end) - "owcu");
  g_assert_cmpint (check.open, ==, end != 'o');
  g_assert_cmpint (check.last, !=, NOTIFICATION_FLAPPING);
  play_end (&check, 'o');
  g_assert_false (check.open);
  g_hash_table_unref (check.play.remembered);
}

static void
test_any_row (void)
{
  for (guint i = 0; i < 25; i++)
    play_random (FALSE);
}

static void
test_any_clock (void)
{
  for (guint i = 0; i < 25; i++)
    play_random (TRUE);
}

/* --- windows --- */

static void
test_window (void)
{
  static const struct
  {
    const gchar *text;
    const gchar *time;          /* UTC */
    gboolean inside;
  } table[] = {
    /* 22 November 2026 is a Sunday; an hour east of Greenwich. */
    {"02:00-04:00", "2026-11-22T00:59:59Z", FALSE},
    {"02:00-04:00", "2026-11-22T01:00:00Z", TRUE},
    {"02:00-04:00", "2026-11-22T02:59:59Z", TRUE},
    {"02:00-04:00", "2026-11-22T03:00:00Z", FALSE},
    {"22:00-06:00", "2026-11-22T21:00:00Z", TRUE},
    {"22:00-06:00", "2026-11-22T04:59:00Z", TRUE},
    {"22:00-06:00", "2026-11-22T05:00:00Z", FALSE},
    {"Sun 02:00-04:00", "2026-11-22T01:30:00Z", TRUE},
    {"sun 02:00-04:00", "2026-11-23T01:30:00Z", FALSE},
    {"Sun 22:00-02:00", "2026-11-22T22:00:00Z", TRUE},
    {"Sun 22:00-02:00", "2026-11-23T00:30:00Z", TRUE},
    {"Sun 22:00-02:00", "2026-11-22T00:30:00Z", FALSE},
    {"Sun 22:00-02:00", "2026-11-23T22:00:00Z", FALSE},
    {"Sat 23:00-01:00", "2026-11-21T23:30:00Z", TRUE},
    {"Mon 00:00-24:00", "2026-11-22T23:00:00Z", TRUE},
    {"Mon 00:00-24:00", "2026-11-23T22:59:59Z", TRUE},
    {"Mon 00:00-24:00", "2026-11-23T23:00:00Z", FALSE},
    {"02:00-04:00, Sun 12:00-13:00", "2026-11-22T11:30:00Z", TRUE},
    {"Sun 12:00-13:00,02:00-04:00", "2026-11-22T11:30:00Z", TRUE},
    {"", "2026-11-22T11:30:00Z", FALSE},
    /* Summer: two hours. */
    {"02:00-04:00", "2026-07-05T00:30:00Z", TRUE},
  };

  g_setenv ("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", TRUE);
  tzset ();
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (table[i].time, NULL);
    gboolean inside = 42;

    g_test_message ("\"%s\" at %s", table[i].text, table[i].time);
    g_assert_true (policy_in_window (table[i].text,
            g_date_time_to_unix (time) * G_USEC_PER_SEC, &inside, NULL));
    g_assert_cmpint (inside, ==, table[i].inside);
  }
}

static void
test_window_refused (void)
{
  static const gchar *const texts[] = {
    "x", "02:00", "02:00-", "2:00-4:00", "02:00-04:00x", "02:60-04:00", "25:00-26:00",
    "24:00-01:00", "02:00-02:00", "Son 02:00-04:00", "Sun", "Sun02:00-04:00", "02:00-04:00,",
    ",02:00-04:00", "02:00-04:00;05:00-06:00", "00:00-24:01", "-02:00-04:00", "02:00-04:00,x",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    gboolean inside = 42;

    g_test_message ("\"%s\"", texts[i]);
    g_assert_false (policy_in_window (texts[i], START, &inside, &error));
    g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_INPUT);
    g_assert_true (g_str_has_prefix (error->message, "not a window: "));
    g_assert_cmpint (inside, ==, 42);
  }
}

gint
main (gint argc, gchar ** argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/alert/policy/rows", test_rows);
  g_test_add_func ("/alert/policy/lost-memory", test_lost_memory);
  g_test_add_func ("/alert/policy/steady-memory", test_steady_memory);
  g_test_add_func ("/alert/policy/clock-back", test_clock_back);
  g_test_add_func ("/alert/policy/garbage", test_garbage);
  g_test_add_func ("/alert/policy/many-at-once", test_many_at_once);
  g_test_add_func ("/alert/policy/other-key", test_other_key);
  g_test_add_func ("/alert/policy/since", test_since);
  g_test_add_func ("/alert/policy/many-changes", test_many_changes);
  g_test_add_func ("/alert/policy/any-row", test_any_row);
  g_test_add_func ("/alert/policy/any-clock", test_any_clock);
  g_test_add_func ("/alert/window/times", test_window);
  g_test_add_func ("/alert/window/refused", test_window_refused);
  return g_test_run ();
}
