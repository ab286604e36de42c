/* Every rule of every check. A check accuses in one or more places; tests/golden/CHECK.rules has a
 * trace for each that breaks just that rule, and one that only just keeps it. They are written as
 * changes to a golden trace:
 *
 *   rule NAME                 begins one; several follow each other
 *   from CHECK.pass           the golden trace that it starts from
 *   drop TEXT                 lines that have TEXT go
 *   swap TEXT => OTHER        TEXT becomes OTHER wherever it stands
 *   add event ...             one more event (all stand in the order of their times)
 *   fails ROLE TEXT           the check blames ROLE ("-": nobody), with TEXT in its evidence; it may
 *                             stand more than once
 *   looks N                   so many observations
 *   passes                    it does not break the contract, and has looked at something
 *   vacuous                   it has nothing to look at
 *   stalls TEXT               it would have said TEXT had the machine not stood still
 *
 * Last, /check/rules/shown: no place of src/check accuses of what no trace here has shown. */
#include "config.h"
#include "check/check.h"

#include <string.h>

typedef struct
{
  const Check *check;
  gchar *name, *where;
  GPtrArray *lines;             /* gchar*: "swap a => b" */
} Rule;

static GPtrArray *shown;        /* gchar*: evidence that an asserted failure has had */

/* --- files --- */

static gchar *
read_file (const gchar * name, gboolean must)
{
  const gchar *srcdir = g_getenv ("srcdir");
  g_autofree gchar *file = g_build_filename (srcdir != NULL ? srcdir : ".", name, NULL);
  g_autoptr (GError) error = NULL;
  gchar *text = NULL;

  if (g_file_get_contents (file, &text, NULL, &error) || !must)
    return text;
  g_error ("%s", error->message);
}

static gchar *
read_golden (const gchar * name)
{
  g_autofree gchar *file = g_strdup_printf ("tests/golden/%s.trace", name);

  return read_file (file, TRUE);
}

static void
rule_free (gpointer data)
{
  Rule *rule = data;

  g_free (rule->name);
  g_free (rule->where);
  g_ptr_array_unref (rule->lines);
  g_free (rule);
}

static void
read_rules (const Check * check, GPtrArray * rules)
{
  g_autofree gchar *file = g_strdup_printf ("tests/golden/%s.rules", check->name);
  g_autofree gchar *text = read_file (file, FALSE);
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);
  Rule *rule = NULL;

  for (guint i = 0; lines[i] != NULL; i++) {
    gchar *line = g_strchug (lines[i]);

    if (*line == '\0' || *line == '#')
      continue;
    if (g_str_has_prefix (line, "rule ")) {
      rule = g_new0 (Rule, 1);
      rule->check = check;
      rule->name = g_strdup (line + strlen ("rule "));
      rule->where = g_strdup_printf ("%s:%u", file, i + 1);
      rule->lines = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (rules, rule);
    } else if (rule != NULL) {
      g_ptr_array_add (rule->lines, g_strdup (line));
    } else {
      g_error ("%s:%u: no rule has begun: %s", file, i + 1, line);
    }
  }
}

/* --- the trace of a rule --- */

static gchar *
drop_lines (const gchar * text, const gchar * what, gboolean * done)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GString *out = g_string_new (NULL);

  for (guint i = 0; lines[i] != NULL; i++) {
    if (strstr (lines[i], what) != NULL)
      *done = TRUE;
    else
      g_string_append_printf (out, "%s%s", i > 0 ? "\n" : "", lines[i]);
  }
  return g_string_free (out, FALSE);
}

static gchar *
swap_text (const gchar * text, const gchar * change, gboolean * done)
{
  g_auto (GStrv) sides = g_strsplit (change, " => ", 2);
  g_auto (GStrv) parts = g_strsplit (text, sides[0], -1);

  *done = sides[1] != NULL && g_strv_length (parts) > 1;
  return g_strjoinv (sides[1] != NULL ? sides[1] : "", parts);
}

static gint64
time_of (const gchar * event)
{
  return (gint64) (g_ascii_strtod (event + strlen ("event "), NULL) * 1e9 + 0.5);
}

static gchar *
add_event (const gchar * text, const gchar * event)
{
  g_autofree gchar *last = g_strdup_printf ("\n%s\nend", event);
  g_auto (GStrv) parts = g_strsplit (text, "\nend", 2);

  return g_strjoinv (last, parts);
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 left = time_of (*(gchar * const *) a), right = time_of (*(gchar * const *) b);

  return left < right ? -1 : left > right;
}

/* Events of a trace file stand in the order of their times. */
static gchar *
sort_events (const gchar * text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GPtrArray) events = g_ptr_array_new ();
  GString *out = g_string_new (NULL);

  for (guint i = 0; lines[i] != NULL; i++) {
    if (g_str_has_prefix (lines[i], "event "))
      g_ptr_array_add (events, lines[i]);
    else if (!g_str_equal (lines[i], "end"))
      g_string_append_printf (out, "%s\n", lines[i]);
  }
  g_ptr_array_sort (events, compare_times);
  for (guint i = 0; i < events->len; i++)
    g_string_append_printf (out, "%s\n", (const gchar *) g_ptr_array_index (events, i));
  g_string_append (out, "end\n");
  return g_string_free (out, FALSE);
}

static gchar *
after (const gchar * line, const gchar * word)
{
  return g_str_has_prefix (line, word) ? (gchar *) line + strlen (word) : NULL;
}

/* A change that changes nothing is a test of nothing. */
static gchar *
change_text (const Rule * rule, gchar * take_text, const gchar * line)
{
  g_autofree gchar *text = take_text;
  const gchar *what;
  gchar *changed = NULL;
  gboolean done = FALSE;

  if ((what = after (line, "from ")) != NULL) {
    changed = read_golden (what);
    done = TRUE;
  } else if (text == NULL) {
    g_error ("%s: rule %s: \"from\" comes first", rule->where, rule->name);
  } else if ((what = after (line, "drop ")) != NULL) {
    changed = drop_lines (text, what, &done);
  } else if ((what = after (line, "swap ")) != NULL) {
    changed = swap_text (text, what, &done);
  } else if ((what = after (line, "add ")) != NULL) {
    changed = add_event (text, what);
    done = TRUE;
  }
  if (!done)
    g_error ("%s: rule %s: it changes nothing: %s", rule->where, rule->name, line);
  return changed;
}

static gboolean
is_expectation (const gchar * line)
{
  return g_str_equal (line, "passes") || g_str_equal (line, "vacuous")
      || g_str_has_prefix (line, "looks ")
      || g_str_has_prefix (line, "fails ") || g_str_has_prefix (line, "stalls ");
}

static Trace *
trace_of (const Rule * rule)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) traces = NULL;
  g_autofree gchar *text = NULL, *sorted = NULL;

  for (guint i = 0; i < rule->lines->len; i++) {
    const gchar *line = g_ptr_array_index (rule->lines, i);

    if (!is_expectation (line))
      text = change_text (rule, g_steal_pointer (&text), line);
  }
  sorted = sort_events (text != NULL ? text : "");
  traces = trace_parse (sorted, rule->where, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (traces->len, ==, 1);
  return g_ptr_array_steal_index (traces, 0);
}

/* --- what the check says of it --- */

static void
note_shown (const CheckFinding * finding)
{
  for (guint i = 0; i < finding->evidence->len; i++) {
    const gchar *line = g_ptr_array_index (finding->evidence, i);

    g_test_message ("%s", line);
    g_ptr_array_add (shown, g_strdup (line));
  }
}

static gboolean
has_evidence (const CheckFinding * finding, const gchar * text)
{
  for (guint i = 0; i < finding->evidence->len; i++) {
    if (strstr (g_ptr_array_index (finding->evidence, i), text) != NULL)
      return TRUE;
  }
  return FALSE;
}

/* EXPECTED: "ROLE TEXT" */
static void
expect_failure (const Rule * rule, GPtrArray * findings, const Trace * trace,
    const gchar * expected)
{
  g_auto (GStrv) words = g_strsplit (expected, " ", 2);

  for (guint i = 0; i < findings->len; i++) {
    const CheckFinding *finding = g_ptr_array_index (findings, i);

    if (finding->outcome == CHECK_FAIL && finding->role == trace_find_role (trace, words[0])
        && has_evidence (finding, words[1]))
      return;
  }
  g_test_message ("%s: rule %s: not said: %s", rule->where, rule->name, expected);
  g_test_fail ();
}

static void
expect_outcome (const Rule * rule, GPtrArray * findings, CheckOutcome outcome)
{
  const CheckFinding *finding = g_ptr_array_index (findings, 0);

  if (finding->outcome == outcome)
    return;
  g_test_message ("%s: rule %s: outcome %d, not %d", rule->where, rule->name, finding->outcome,
      outcome);
  g_test_fail ();
}

static void
expect_stall (const Rule * rule, GPtrArray * findings, const gchar * expected)
{
  const CheckFinding *finding = g_ptr_array_index (findings, 0);

  expect_outcome (rule, findings, CHECK_STALLED);
  if (has_evidence (finding, expected) && finding->lost_ns > 0 && finding->role < 0)
    return;
  g_test_message ("%s: rule %s: not said: %s", rule->where, rule->name, expected);
  g_test_fail ();
}

static void
expect_looks (const Rule * rule, GPtrArray * findings, const gchar * expected)
{
  const CheckFinding *finding = g_ptr_array_index (findings, 0);

  if (finding->looked == (guint) g_ascii_strtoull (expected, NULL, 10))
    return;
  g_test_message ("%s: rule %s: looked at %u, not %s", rule->where, rule->name, finding->looked,
      expected);
  g_test_fail ();
}

static void
test_rule (gconstpointer data)
{
  const Rule *rule = data;
  g_autoptr (Trace) trace = trace_of (rule);
  g_autoptr (GPtrArray) findings = check_run (rule->check, trace);
  guint expectations = 0;

  for (guint i = 0; i < findings->len; i++)
    note_shown (g_ptr_array_index (findings, i));
  for (guint i = 0; i < rule->lines->len; i++) {
    const gchar *line = g_ptr_array_index (rule->lines, i);

    expectations += is_expectation (line) ? 1 : 0;
    if (g_str_equal (line, "passes"))
      expect_outcome (rule, findings, CHECK_PASS);
    else if (g_str_equal (line, "vacuous"))
      expect_outcome (rule, findings, CHECK_VACUOUS);
    else if (after (line, "looks ") != NULL)
      expect_looks (rule, findings, after (line, "looks "));
    else if (after (line, "stalls ") != NULL)
      expect_stall (rule, findings, after (line, "stalls "));
    else if (after (line, "fails ") != NULL)
      expect_failure (rule, findings, trace, after (line, "fails "));
  }
  g_assert_cmpuint (expectations, >, 0);
}

/* The golden failures show their rules, too. */
static void
note_golden (void)
{
  for (const Check * const *check = check_list (); *check != NULL; check++) {
    g_autofree gchar *name = g_strdup_printf ("%s.fail", (*check)->name);
    g_autofree gchar *text = read_golden (name);
    g_autoptr (GPtrArray) traces = trace_parse (text, name, NULL);
    g_autoptr (GPtrArray) findings = check_run (*check, g_ptr_array_index (traces, 0));

    for (guint i = 0; i < findings->len; i++)
      note_shown (g_ptr_array_index (findings, i));
  }
}

/* --- places that accuse --- */

/* Behind COUNT commas at the level of the call's own arguments. */
static const gchar *
argument (const gchar * at, guint count)
{
  guint level = 0;

  for (; *at != '\0' && count > 0; at++) {
    if (*at == '(')
      level++;
    else if (*at == ')')
      level--;
    else if (*at == ',' && level == 0)
      count--;
  }
  return at;
}

/* The literal at AT, of several pieces with macros of formats between them, as a glob: what is put in
 * for a conversion is "*". Empty: no literal. Caller frees. */
static gchar *
glob_at (const gchar * at)
{
  GString *glob = g_string_new ("*");
  gboolean in_text = FALSE;

  for (; *at != '\0' && (in_text || (*at != ',' && *at != ')')); at++) {
    if (*at == '"') {
      in_text = !in_text;
    } else if (!in_text) {
      continue;
    } else if (*at == '\\') {
      g_string_append_c (glob, *++at);
    } else if (*at == '%' && at[1] == '%') {
      g_string_append_c (glob, *at++);
    } else if (*at == '%') {
      g_string_append_c (glob, '*');
      at++;
      at += strspn (at, "-+ #0123456789.*lhzj");
      /* Either a letter; or a macro behind the closing quote, with the letter behind that. */
      if (*at == '"') {
        in_text = g_str_has_prefix (at + 1 + strspn (at + 1, " \n"), "G_GINT64_MODIFIER");
        at += in_text ? strcspn (at + 1, "\"") + 2 : 0;
      }
    } else {
      g_string_append_c (glob, *at == '?' ? '*' : *at);
    }
  }
  g_string_append_c (glob, '*');
  return g_string_free (glob, FALSE);
}

static gboolean
was_shown (const gchar * glob)
{
  for (guint i = 0; i < shown->len; i++) {
    if (g_pattern_match_simple (glob, g_ptr_array_index (shown, i)))
      return TRUE;
  }
  return FALSE;
}

static guint
line_at (const gchar * text, const gchar * at)
{
  guint line = 1;

  for (; text < at; text++)
    line += *text == '\n';
  return line;
}

/* CALL is "check_broken (", and its format the argument behind N_BEFORE others. */
static guint
look_for_calls (const gchar * name, const gchar * text, const gchar * call, guint n_before)
{
  guint n = 0;

  for (const gchar * at = text; (at = strstr (at, call)) != NULL; at++) {
    g_autofree gchar *glob = NULL;

    if (at == text || at[-1] == '\n')
      continue;                 /* the function itself */
    glob = glob_at (argument (at + strlen (call), n_before));
    n++;
    if (was_shown (glob))
      continue;
    g_test_message ("%s:%u: no trace shows this rule: %s", name, line_at (text, at), glob);
    g_test_fail ();
  }
  return n;
}

/* In the file NAME of the sources, and in all below it when it is a directory. */
static guint
look_for_places (const gchar * name)
{
  const gchar *srcdir = g_getenv ("srcdir");
  g_autofree gchar *path = g_build_filename (srcdir != NULL ? srcdir : ".", name, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_autofree gchar *text = NULL;
  guint n = 0;

  for (const gchar * entry; dir != NULL && (entry = g_dir_read_name (dir)) != NULL;) {
    g_autofree gchar *below = g_build_filename (name, entry, NULL);

    n += look_for_places (below);
  }
  if (!g_str_has_suffix (name, ".c") || g_str_has_suffix (name, "/check.c"))
    return n;
  text = read_file (name, TRUE);
  return look_for_calls (name, text, "check_broken (", 3)
      + look_for_calls (name, text, "check_late (", 4);
}

static void
test_shown (void)
{
  guint n;

  note_golden ();
  n = look_for_places ("src/check");
  g_test_message ("%u places that accuse", n);
  g_assert_cmpuint (n, >, 100);
}

gint
main (gint argc, gchar ** argv)
{
  g_autoptr (GPtrArray) rules = g_ptr_array_new_with_free_func (rule_free);
  gint status;

  g_test_init (&argc, &argv, NULL);
  shown = g_ptr_array_new_with_free_func (g_free);
  for (const Check * const *check = check_list (); *check != NULL; check++)
    read_rules (*check, rules);
  for (guint i = 0; i < rules->len; i++) {
    const Rule *rule = g_ptr_array_index (rules, i);
    g_autofree gchar *name = g_strdup_printf ("/check/%s/%s", rule->check->name, rule->name);

    g_test_add_data_func (name, rule, test_rule);
  }
  g_test_add_func ("/rules/shown", test_shown);
  status = g_test_run ();
  g_ptr_array_unref (shown);
  return status;
}
