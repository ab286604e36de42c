/* The room scenario: what is refused and how, what a file expands to, the shipped files. */
#include "config.h"
#include "check/check.h"
#include "verdict/known.h"
#include "scenario/scenario.h"

#include <locale.h>
#include <string.h>

/* Names of the contracts that scenarios may ask for (W, L and A). */
/* Of scenarios; the programs know those that have a check. */
static const gchar *const contracts[] = {
  "area-announced", "announce-area", "ack-area", "ack-once", "ack-late",
  "no-reuse-while-held", "no-write-by-reader", "in-bounds", "frames", "order", "ids-fresh",
  "late-joiner", "close-after", "header-first", "stable", "kept", "unharmed",
  "stop-quiet", "stop-bounded", "eos-through", "survivor-lives", "unlinked",
  "restart-same-path", "reconnect", "no-inherit", "wait-ends", "fair-accept",
  "no-head-of-line", "states", "full-rate", "nothing-lost", "eos-held", "end-told",
  "full-blocks", "fill-resume", "no-fallback", "area-freed", "too-big", "zero-copy",
  "resize-truth", "no-growth", "perms", "exact-fit", "buffer-time", "resize-wakes",
  "pool-on-area", "reserved", NULL
};

static gboolean
knows (const gchar * contract)
{
  return g_strv_contains (contracts, contract) || check_by_name (contract) != NULL;
}

static GPtrArray *
new_cases (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) plan_case_free);
}

/* Cases of TEXT; the test fails with the loader's message when there is an error. */
static GPtrArray *
load (const gchar * text, GHashTable * set, GHashTable * used)
{
  ScenarioContext context = {.knows = knows, .set = set, .used = used };
  g_autoptr (GError) error = NULL;
  GPtrArray *cases = new_cases ();

  scenario_load ("t.scenario", text, &context, cases, &error);
  g_assert_no_error (error);
  return cases;
}

#define META "meta, summary=s, contracts={ order }, deadline=5\n"
#define META_REF "meta, summary=s, contracts={ order }, deadline=5, pairs={ ref:ref }\n"
#define P "producer, name=p\n"
#define C "consumer, name=c1\n"

/* --- what is refused --- */

static const struct
{
  const gchar *name, *text, *message;
} bad[] = {
  {"empty", "", "1: meta: missing: no line in the file"},
  {"comments-only", "# x\n\n", "1: meta: missing: no line in the file"},
  {"missing-meta", "\nproducer, name=p\n", "2: meta: not the first line: producer, name=p"},
  {"second-meta", META P META, "3: meta: given twice: t"},
  {"meta-no-summary", "meta, contracts={order}, deadline=5", "1: summary: missing: meta"},
  {"meta-no-deadline", "meta, summary=s, contracts={order}", "1: deadline: missing: meta"},
  {"meta-no-contracts", "meta, summary=s, deadline=1", "1: contracts: missing: meta"},
  {"meta-empty-contracts", "meta, summary=s, contracts={}, deadline=1",
        "1: contracts: nothing in it: { }"},
  {"meta-unknown-contract", "meta, summary=s, contracts={ nope }, deadline=1\n" P,
        "1: contracts: unknown contract: nope"},
  {"meta-pair", "meta, summary=s, contracts={order}, deadline=1, pairs={ ref:foo }",
        "1: pairs: not one of ref:ref, gst:ref, ref:gst, gst:gst: ref:foo"},
  {"meta-condition", "meta, summary=s, contracts={order}, deadline=1, if=\"pair=x\"\n" P,
        "1: if: not a name for a variable: if"},
  {"meta-tap", "meta, summary=s, contracts={order}, deadline=1, tap=maybe",
        "1: tap: not true or false: maybe"},
  {"no-role", META, "1: producer: not just one in this case: t"},
  {"two-producers", META P "producer, name=q", "1: producer: not just one in this case: t"},
  {"no-producer", META C "start, role=c1", "1: producer: not just one in this case: t"},
  {"case-taken", META_REF P "sweep, x={ a, a }\nsample, role=p, label=${x}",
        "1: meta: case name taken: t/a"},

  {"not-a-structure", META "stop role=p", "2: action: unknown: stop role=p"},
  {"action", META "frobnicate, role=p", "2: action: unknown: frobnicate"},
  {"action-starts-with-digit", META "5s", "2: action: unknown: 5s"},
  {"no-equals", META P "stop, role=p, deadline", "3: stop: not NAME=VALUE: deadline"},
  {"bad-key", META P "stop, role=p, 5=2", "3: stop: not NAME=VALUE: 5=2"},
  {"no-value", META P "stop, role=p, deadline=", "3: deadline: not a value: "},
  {"open-quote", META P "stop, role=p, kind=\"NULL, deadline=2",
        "3: kind: not a value: \"NULL, deadline=2"},
  {"two-words", META P "stop, role=p, kind=NULL EOS, deadline=2",
        "3: kind: not a value: NULL EOS"},
  {"semicolon", META P "stop, role=p; deadline=2, kind=EOS",
        "3: role: not a value: p; deadline=2"},
  {"range", META P "stop, role=p, deadline=[ 1, 2 ]", "3: deadline: not a value: [ 1, 2 ]"},
  {"fraction", META P "stop, role=p, deadline=(fraction)1/2",
        "3: deadline: not a value: (fraction)1/2"},
  {"cast", META P "stop, role=p, kind={ (GstTagList)x }",
        "3: kind: not a value: { (GstTagList)x }"},
  {"nested", META P "stop, role={{{{{ p }}}}}, deadline=1",
        "3: line: too long or too deep: 36 bytes"},
  {"twice", META P "stop, role=p, deadline=2, deadline=3", "3: deadline: given twice: deadline=3"},

  {"unknown-field", META P "stop, role=p, deadline=2, dedline=3",
        "3: stop: unknown field: dedline"},
  {"missing-role", META P "stop, deadline=2", "3: role: missing: stop"},
  {"missing-deadline-stop", META P "stop, role=p", "3: deadline: missing: stop"},
  {"missing-deadline-wait", META P "wait, role=p, for=full", "3: deadline: missing: wait"},
  {"missing-deadline-flow", META P "flow", "3: deadline: missing: flow"},
  {"missing-deadline-cycle", META C "cycle, role=c1, times=1", "3: deadline: missing: cycle"},
  {"missing-for", META P "wait, role=p, deadline=1", "3: for: missing: wait"},
  {"list-for-scalar", META P "stop, role=p, deadline={ 1, 2 }",
        "3: deadline: one value wanted: { 1, 2 }"},
  {"int", META P "produce, role=p, count=many", "3: count: not a number: many"},
  {"int-double", META P "produce, role=p, count=1.5", "3: count: not a number: 1.5"},
  {"int-low", META P "produce, role=p, count=-2",
        "3: count: out of range -1..9223372036854775807: -2"},
  {"cycle-none", META C "cycle, role=c1, times=0, deadline=1",
        "3: times: out of range 1..9223372036854775807: 0"},
  {"size", META "producer, name=p, shm-size=1X", "2: shm-size: not a size: 1X"},
  {"size-negative", META "producer, name=p, shm-size=-1", "2: shm-size: not a size: -1"},
  {"size-large", META "producer, name=p, shm-size=9223372036854775808",
        "2: shm-size: size too large: 9223372036854775808"},
  {"seconds", META P "stop, role=p, deadline=soon", "3: deadline: not a duration: soon"},
  {"seconds-negative", META P "stop, role=p, deadline=-1", "3: deadline: not a duration: -1"},
  {"seconds-for-ever", META P "stop, role=p, deadline=inf", "3: deadline: not a duration: inf"},
  {"seconds-long", META P "stop, role=p, deadline=86401",
        "3: deadline: longer than a day: 86401"},
  {"bool", META "producer, name=p, sync=2", "2: sync: not true or false: 2"},
  {"choice", META P "stop, role=p, kind=KILL, deadline=2",
        "3: kind: not one of EOS, NULL, SIGTERM, SIGKILL: KILL"},
  {"octal", META "producer, name=p, perms=0689", "2: perms: not an octal mode: 0689"},
  {"octal-long", META "producer, name=p, perms=100640", "2: perms: not an octal mode: 100640"},
  {"name", META "producer, name=P", "2: name: not a name for a role: P"},
  {"name-tap", META "producer, name=tap", "2: name: not a name for a role: tap"},
  {"caps", META "producer, name=p, caps=\"video/x-raw\"",
        "2: caps: only with path=test or test-copy: video/x-raw"},

  {"role", META P "start, role=q", "3: role: not declared: q"},
  {"role-later", META "start, role=p\n" P, "2: role: not declared: p"},
  {"role-twice", META P "consumer, name=p", "3: name: declared twice: p"},
  {"produce-consumer", META C "produce, role=c1, count=1", "3: role: produce needs a producer: c1"},
  {"allocate-consumer", META C "allocate, role=c1, count=1",
        "3: role: allocate needs a producer: c1"},
  {"resize-consumer", META C "resize, role=c1, shm-size=1",
        "3: role: resize needs a producer: c1"},
  {"wait-full", META P C "wait, role=c1, for=full, deadline=1",
        "4: role: for=full needs a producer: c1"},
  {"wait-end", META P "wait, role=p, for=end, deadline=1",
        "3: role: for=end needs a consumer: p"},
  {"hold-producer", META P "hold, role=p, count=1", "3: role: hold needs a consumer: p"},
  {"release-producer", META P "release, role=p", "3: role: release needs a consumer: p"},
  {"connect-producer", META P "connect, role=p", "3: role: connect needs a consumer: p"},
  {"disconnect-producer", META P "disconnect, role=p", "3: role: disconnect needs a consumer: p"},
  {"cycle-producer", META P "cycle, role=p, times=1, deadline=1",
        "3: role: cycle needs a consumer: p"},
  {"contracts-unknown", META P "contracts, names={ order, nope }",
        "3: contracts: unknown contract: nope"},

  {"variable-unknown", META P "produce, role=p, count=${n}", "3: produce: unknown variable: n"},
  {"variable-open", META P "produce, role=p, count=${n", "3: produce: no } after ${: ${n"},
  {"variable-unused", "meta, summary=s, contracts={order}, deadline=5, n=4\n" P,
        "1: n: no line uses it: t"},
  {"sweep-unused", META P "sweep, n={ 1, 2 }", "3: n: no line uses it: t"},
  {"variable-list", "meta, summary=s, contracts={order}, deadline=5, n={ 1 }\n" P,
        "1: n: a list, not in quotes: meta"},
  {"variable-reserved", META P "sweep, pair={ a }", "3: pair: not a name for a variable: pair"},
  {"variable-dotted", META P "sweep, a.1={ a }", "3: a.1: not a name for a variable: a.1"},
  {"variable-twice", META P "sweep, a={ 1, 2 }\nsweep, a={ 3 }\nproduce, role=p, count=${a}",
        "4: a: already a variable: sweep"},
  {"variable-meta-twice",
        "meta, summary=s, contracts={order}, deadline=5, a=4\n" P "sweep, a={ 1 }",
        "3: a: already a variable: sweep"},
  {"sweep-none", META P "sweep, hide=true", "3: sweep: missing: NAME={ ... }"},
  {"sweep-two", META P "sweep, a={ 1 }, b={ 2 }", "3: sweep: second variable: b"},
  {"sweep-scalar", META P "sweep, a=1", "3: a: not a list: 1"},
  {"sweep-empty", META P "sweep, a={ }", "3: a: nothing in it: { }"},
  {"sweep-slash", META P "sweep, a={ b/c }", "3: a: cannot be part of a case name: b/c"},
  {"foreach-many", META P "foreach, a={ 1, 2, 3, 4, 5, 6, 7 }", "3: a: too many to permute: 7"},
  {"foreach-comma", META P "foreach, a={ \"1,2\" }", "3: a: comma in an item: 1,2"},
  {"cases-many", META P "foreach, a={ 1, 2, 3, 4, 5, 6 }\nforeach, b={ 1, 2, 3, 4 }\n"
        "sample, role=p, label=\"${a} ${b}\"", "1: meta: too many cases: t"},

  {"if-syntax", META P "start, role=p, if=\"pair\"", "3: if: not VAR=GLOB or VAR!=GLOB: pair"},
  {"if-no-name", META P "start, role=p, if=\"!=x\"", "3: if: not VAR=GLOB or VAR!=GLOB: !=x"},
  {"if-unknown", META P "start, role=p, if=\"fill=x\"", "3: if: unknown variable: fill"},
  {"if-list", META P "start, role=p, if={ a }", "3: if: not in quotes: start, if={ a }"},
  {"if-never", META P "start, role=p, if=\"producer=foo\"",
        "3: if: holds in no case: start, if=\"producer=foo\""},
};

static void
test_bad (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);
  ScenarioContext context = {.knows = knows };
  g_autoptr (GPtrArray) cases = new_cases ();
  g_autoptr (GError) error = NULL;
  g_autofree gchar *message = g_strconcat ("t.scenario:", bad[i].message, NULL);
  gboolean done = scenario_load ("t.scenario", bad[i].text, &context, cases, &error);

  g_assert_false (done);
  g_assert_nonnull (error);
  g_assert_cmpstr (error->message, ==, message);
  g_assert_cmpuint (cases->len, ==, 0);
}

static void
test_file (void)
{
  ScenarioContext context = {.knows = knows };
  g_autoptr (GPtrArray) cases = new_cases ();
  g_autoptr (GError) error = NULL;

  g_assert_false (scenario_load ("/nonexistent/x", NULL, &context, cases, &error));
  g_assert_true (g_str_has_prefix (error->message, "/nonexistent/x: cannot be read: "));
  g_clear_error (&error);
  g_assert_false (scenario_load ("t", "meta\377\n", &context, cases, &error));
  g_assert_cmpstr (error->message, ==, "t: not a text: bytes that are no UTF-8");
}

/* A failed load leaves what was there, and a file loaded twice is an error. */
static void
test_twice (void)
{
  ScenarioContext context = {.knows = knows };
  g_autoptr (GPtrArray) cases = load (META P, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (cases->len, ==, 4);
  g_assert_false (scenario_load ("dir/t.scenario", META P, &context, cases, &error));
  g_assert_cmpstr (error->message, ==, "dir/t.scenario:1: meta: case name taken: t");
  g_assert_cmpuint (cases->len, ==, 4);
}

/* --- what is understood --- */

static const struct
{
  const gchar *name;
  const gchar *line;            /* of a producer p or a consumer c1 */
  const gchar *shown;           /* plan_step_line() */
} lines[] = {
  {"defaults", "start, role=p", "start role=p"},
  {"default-given", "start, role=p, deadline=5.0", "start role=p"},
  {"int-as-double", "stop, role=p, deadline=2", "stop role=p deadline=2"},
  {"double", "stop, role=p, deadline=0.50", "stop role=p deadline=0.5"},
  {"typed", "produce, role=(string)p, count=(int)12", "produce role=p count=12"},
  {"typed-double", "stop, role=p, deadline=(double)0.1", "stop role=p deadline=0.1"},
  {"quoted-number", "produce, role=p, count=\"12\"", "produce role=p count=12"},
  {"unit", "stop, role=p, deadline=500ms", "stop role=p deadline=0.5"},
  {"beyond-int", "produce, role=p, count=3000000000", "produce role=p count=3000000000"},
  {"size", "resize, role=p, shm-size=2k", "resize role=p shm-size=2048"},
  {"null", "stop, role=p, kind=EOS, deadline=1", "stop role=p kind=EOS deadline=1"},
  {"null-default", "stop, role=p, kind=NULL, deadline=1", "stop role=p deadline=1"},
  {"parenthesis", "sample, role=p, label=\"a (b)\"", "sample role=p label=\"a (b)\""},
  {"order", "wait, deadline=1, count=2, for=full, role=p",
        "wait role=p for=full count=2 deadline=1"},
  {"condition", "sample, role=p, if=\"pair=ref:*\"", "sample role=p"},
  {"label", "sample, role=p, label=\"a \\\"b\\\", c\"", "sample role=p label=\"a \\\"b\\\", c\""},
  {"trailing", "start, role=p,", "start role=p"},
  {"semicolon", "start, role=p;", "start role=p"},
  {"hold", "hold, role=c1, count=-1", "hold role=c1 count=-1"},
  {"release", "release, role=c1, order=shuffle", "release role=c1 order=shuffle"},
  {"flow", "flow, deadline=1, full=no, refill=1", "flow refill=1 deadline=1"},
  {"observe", "observe, role=c1, seconds=1, label=x", "observe role=c1 seconds=1 label=x"},
};

static void
test_line (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);
  g_autofree gchar *text = g_strconcat (META_REF P C, lines[i].line, "\n", NULL);
  g_autoptr (GPtrArray) cases = load (text, NULL, NULL);
  const PlanCase *plan = g_ptr_array_index (cases, 0);
  g_autofree gchar *shown = plan_step_line (g_ptr_array_index (plan->steps, 0));

  g_assert_cmpstr (shown, ==, lines[i].shown);
}

static void
test_reading (void)
{
  g_autoptr (GPtrArray) cases = load ("# first\n\n"
      "meta, summary=\"a, b\", \\\n  contracts={ order, stable }, \\\r\n  deadline=2.5, \\\n"
      "  tap=false, pairs=gst:ref, label=here\n"
      "   # indented comment\n"
      "  producer, name=p, shm-size=22500, perms=0600, path=test, caps=\"video/x-raw,width=1\"\n"
      "sample, role=p, \\\n  label=${label}\n"
      "contracts, names=order\ncontracts, names={ frames }\nstart, role=p \\", NULL, NULL);
  const PlanCase *plan = g_ptr_array_index (cases, 0);
  const PlanStep *role = g_ptr_array_index (plan->roles, 0);
  const PlanStep *sample = g_ptr_array_index (plan->steps, 0);

  g_assert_cmpuint (cases->len, ==, 1);
  g_assert_cmpstr (plan->name, ==, "t");
  g_assert_cmpstr (plan->scenario, ==, "t");
  g_assert_cmpstr (plan->file, ==, "t.scenario");
  g_assert_cmpstr (plan->summary, ==, "a, b");
  g_assert_cmpstr (plan->pair, ==, "gst:ref");
  g_assert_false (plan->tap);
  g_assert_cmpfloat (plan->deadline, ==, 2.5);
  g_assert_cmpuint (plan->contracts->len, ==, 3);
  g_assert_cmpstr (g_ptr_array_index (plan->contracts, 2), ==, "frames");
  g_assert_cmpint (role->line, ==, 8);
  g_assert_cmpstr (plan_get (role, "perms"), ==, "0600");
  g_assert_cmpstr (plan_get (role, "caps"), ==, "video/x-raw,width=1");
  g_assert_cmpint (sample->line, ==, 9);
  g_assert_cmpstr (sample->action, ==, "sample");
  g_assert_cmpstr (plan_get (sample, "label"), ==, "here");
  g_assert_cmpuint (plan->steps->len, ==, 2);
}

/* Every field of a declaration is there, in the form in which roles read it. */
static void
test_defaults (void)
{
  static const struct
  {
    guint role;
    const gchar *key, *value;
  } fields[] = {
    {0, "name", "p"}, {0, "shm-size", "1048576"}, {0, "buffer-size", "7500"},
    {0, "path", "copy"}, {0, "pool-max", "0"}, {0, "caps", NULL},
    {0, "wait-for-connection", "true"}, {0, "sync", "false"}, {0, "pace", "0"},
    {0, "buffer-time", "-1"}, {0, "perms", "0640"}, {0, "events", "all"},
    {1, "name", "c1"}, {1, "hold", "0"}, {1, "ack-order", "fifo"}, {1, "keep-last", "false"},
    {1, "sink", "appsink"}, {1, "live", "false"}, {1, "delay", "0"}, {1, "events", "all"},
  };
  g_autoptr (GPtrArray) cases = load (META P C, NULL, NULL);
  const PlanCase *plan = g_ptr_array_index (cases, 0);

  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    g_assert_cmpstr (plan_get (g_ptr_array_index (plan->roles, fields[i].role), fields[i].key),
        ==, fields[i].value);
}

static void
test_getters (void)
{
  g_autoptr (GPtrArray) cases = load (META P "stop, role=p, deadline=0.25", NULL, NULL);
  const PlanCase *plan = g_ptr_array_index (cases, 0);
  const PlanStep *role = g_ptr_array_index (plan->roles, 0);
  const PlanStep *stop = g_ptr_array_index (plan->steps, 0);

  g_assert_cmpint (plan_int (role, "shm-size"), ==, 1048576);
  g_assert_cmpint (plan_int (role, "buffer-time"), ==, -1);
  g_assert_true (plan_bool (role, "wait-for-connection"));
  g_assert_false (plan_bool (role, "sync"));
  g_assert_cmpfloat (plan_seconds (stop, "deadline"), ==, 0.25);
  g_assert_cmpfloat (plan_seconds (stop, "eos-patience"), ==, 0.5);
}

static void
test_wrong_key (void)
{
  if (g_test_subprocess ()) {
    g_autoptr (GPtrArray) cases = load (META P, NULL, NULL);
    const PlanCase *plan = g_ptr_array_index (cases, 0);

    plan_get (g_ptr_array_index (plan->roles, 0), "no-such-field");
    return;
  }
  g_test_trap_subprocess (NULL, 10 * G_USEC_PER_SEC, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*producer: no such field: no-such-field*");
}

/* --- expansion --- */

/* "PAIR NAME" and the steps of each case, a line each. */
static gchar *
outline (const GPtrArray * cases)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < cases->len; i++) {
    const PlanCase *plan = g_ptr_array_index (cases, i);

    g_string_append_printf (out, "%s %s", plan->pair, plan->name);
    for (guint k = 0; k < plan->steps->len; k++) {
      g_autofree gchar *line = plan_step_line (g_ptr_array_index (plan->steps, k));

      g_string_append_printf (out, " | %s", line);
    }
    g_string_append_c (out, '\n');
  }
  return g_string_free (out, FALSE);
}

static const struct
{
  const gchar *name, *text, *outline;
} expansions[] = {
  {"pairs", META P "start, role=p, if=\"producer=gst\"\nsample, role=p, if=\"pair!=*:gst\"",
        "ref:ref t | sample role=p\n"
        "gst:ref t | start role=p | sample role=p\n" "ref:gst t\n" "gst:gst t | start role=p\n"},
  {"sweep", META_REF P "sweep, a={ x, y }\nsweep, b={ 1, 2.5, true }\n"
        "sample, role=p, label=${a}-${b}\n",
        "ref:ref t/x/1 | sample role=p label=x-1\n"
        "ref:ref t/x/2.5 | sample role=p label=x-2.5\n"
        "ref:ref t/x/true | sample role=p label=x-true\n"
        "ref:ref t/y/1 | sample role=p label=y-1\n"
        "ref:ref t/y/2.5 | sample role=p label=y-2.5\n"
        "ref:ref t/y/true | sample role=p label=y-true\n"},
  {"foreach", META_REF P C "consumer, name=c2\nforeach, order={ p, c1, c2 }\n"
        "sample, role=${order.1}, label=\"${order}\"\nstart, role=${order.3}\n",
        "ref:ref t/p,c1,c2 | sample role=p label=p,c1,c2 | start role=c2\n"
        "ref:ref t/p,c2,c1 | sample role=p label=p,c2,c1 | start role=c1\n"
        "ref:ref t/c1,p,c2 | sample role=c1 label=c1,p,c2 | start role=c2\n"
        "ref:ref t/c1,c2,p | sample role=c1 label=c1,c2,p | start role=p\n"
        "ref:ref t/c2,p,c1 | sample role=c2 label=c2,p,c1 | start role=c1\n"
        "ref:ref t/c2,c1,p | sample role=c2 label=c2,c1,p | start role=p\n"},
  {"foreach-one", META_REF P "foreach, order={ p }\nstart, role=${order}\n",
        "ref:ref t/p | start role=p\n"},
  {"conditional", META_REF P "sweep, n={ 1, 2 }, hide=true\nsweep, a={ x }, if=\"n=1\"\n"
        "sweep, a={ y, z }, if=\"n=2\"\nsample, role=p, label=${a}\n"
        "sweep, only={ k }, if=\"a=z\"\nsample, role=p, label=${only}, if=\"only=?*\"\n"
        "start, role=p, if=\"only!=k\"",
        "ref:ref t/x | sample role=p label=x | start role=p\n"
        "ref:ref t/y | sample role=p label=y | start role=p\n"
        "ref:ref t/z/k | sample role=p label=z | sample role=p label=k\n"},
  {"globs", META_REF P "sweep, a={ ab, bc, cd }\nstart, role=p, if=\"a=a*|*d\"\n"
        "sample, role=p, if=\"a!=a*, a!=bc|zz\"",
        "ref:ref t/ab | start role=p\n"
        "ref:ref t/bc\n" "ref:ref t/cd | start role=p | sample role=p\n"},
  {"before-its-line", META_REF P "sample, role=p, label=${a}\nsweep, a={ 1 }\n",
        "ref:ref t/1 | sample role=p label=1\n"},
  {"list-from-variable",
        "meta, summary=s, contracts={ order }, deadline=5, pairs={ ref:ref }, all=\"{ 1, 2 }\"\n"
        P "sweep, a=${all}\nsample, role=p, label=${a}\n",
        "ref:ref t/1 | sample role=p label=1\nref:ref t/2 | sample role=p label=2\n"},
  {"dollar", META_REF P "sample, role=p, label=\"$5\"", "ref:ref t | sample role=p label=$5\n"},
};

static void
test_expansion (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);
  g_autoptr (GPtrArray) cases = load (expansions[i].text, NULL, NULL);
  g_autofree gchar *found = outline (cases);

  g_assert_cmpstr (found, ==, expansions[i].outline);
}

static void
test_set (void)
{
  static const gchar text[] =
      "meta, summary=s, contracts={ order }, deadline=5, pairs={ ref:ref }, n=4, label=a\n"
      P "produce, role=p, count=${n}\nsample, role=p, label=${label}, if=\"label=a\"\n";
  g_autoptr (GHashTable) set = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) used =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  ScenarioContext context = {.knows = knows, .set = set, .used = used };
  g_autoptr (GPtrArray) cases = NULL;
  g_autofree gchar *found = NULL;

  g_hash_table_insert (set, "n", "7");
  g_hash_table_insert (set, "label", "z");      /* its line goes, and that is no error */
  g_hash_table_insert (set, "nobody", "1");
  g_hash_table_insert (set, "zero", "0");
  g_assert_cmpstr (scenario_unused_setting (&context), ==, "label");
  cases = load (text, set, used);
  found = outline (cases);
  g_assert_cmpstr (found, ==, "ref:ref t | produce role=p count=7\n");
  g_assert_cmpuint (g_hash_table_size (used), ==, 2);
  g_assert_cmpstr (scenario_unused_setting (&context), ==, "nobody");
  g_hash_table_remove (set, "nobody");
  g_hash_table_remove (set, "zero");
  g_assert_null (scenario_unused_setting (&context));
}

/* A value of --set is checked like one in the file, and without a default it will do. */
static void
test_set_value (void)
{
  g_autoptr (GHashTable) set = g_hash_table_new (g_str_hash, g_str_equal);
  ScenarioContext context = {.knows = knows, .set = set };
  g_autoptr (GPtrArray) cases = new_cases ();
  g_autoptr (GError) error = NULL;

  g_hash_table_insert (set, "n", "x");
  g_assert_false (scenario_load ("t", META P "produce, role=p, count=${n}", &context, cases,
          &error));
  g_assert_cmpstr (error->message, ==, "t:3: count: not a number: x");
  g_clear_error (&error);
  g_hash_table_insert (set, "n", "3");
  g_assert_true (scenario_load ("t", META P "produce, role=p, count=${n}", &context, cases,
          &error));
}

/* --- known issues --- */

static const gchar issue_text[] =
    "# table\n"
    "issue, id=K1, contract=stop-quiet, element=shmsink, first=\"0\", last=\"1.28.1\", \\\n"
    "  fixed=\"1.28.2, 1.29.2\", reference=r, summary=s, proof=p, cases=\"*\", sure=5, \\\n"
    "  seen=1.28.1, evidence=\"bus-error code=9 text=a-domain: *fd activity*\"\n"
    "issue, id=K1, contract=stop-quiet, element=shmsink, first=1.29.0, last=1.29.1, \\\n"
    "  fixed=x, reference=r, summary=s, proof=p, evidence=\"bus-error\"\n"
    "issue, id=N1, contract=full-rate, element=shmsrc, first=1.20, \\\n"
    "  fixed=none, reference=r, summary=s, proof=p, cases=\"full-rate/*\", sure=0, most=25, \\\n"
    "  evidence=\"bus-error\"\n"
    "issue, id=N4, contract=survivor-lives, element=shmsink, \\\n"
    "  fixed=none, reference=r, summary=s, proof=p, signal=SIGABRT, evidence=\"bus-error\"\n";

static const struct
{
  const gchar *contract, *element, *version, *case_name, *id;
} lookups[] = {
  {"stop-quiet", "shmsink", "1.22.0", "x/y", "K1"},
  {"stop-quiet", "shmsink", "1.28.1", "x", "K1"},
  {"stop-quiet", "shmsink", "1.28.2", "x", NULL},
  {"stop-quiet", "shmsink", "1.28.10", "x", NULL},
  {"stop-quiet", "shmsink", "1.29.0", "x", "K1"},
  {"stop-quiet", "shmsink", "1.29.1", "x", "K1"},
  {"stop-quiet", "shmsink", "1.29.1.1", "x", NULL},
  {"stop-quiet", "shmsink", "1.29.2", "x", NULL},
  {"stop-quiet", "shmsrc", "1.22.0", "x", NULL},
  {"ack-area", "shmsink", "1.22.0", "x", NULL},
  {"full-rate", "shmsrc", "1.22.0", "full-rate/100", "N1"},
  {"full-rate", "shmsrc", "99.0", "full-rate/100", "N1"},
  {"full-rate", "shmsrc", "1.3", "full-rate/100", NULL},
  {"full-rate", "shmsrc", "1.22.0", "other", NULL},
};

/* A trace in which ELEMENT of VERSION has posted an error. */
static Trace *
new_erring (const gchar * element, const gchar * version, const gchar * case_name)
{
  Trace *trace = trace_new (case_name, "gst:ref", 1);
  TraceEvent event = trace_event (TRACE_BUS_ERROR);

  trace_add_role (trace, "p", TRACE_SIDE_PRODUCER, element, version);
  event.role = 0;
  event.bus_error.code = 9;
  trace_event_set_text (&event, "a-domain: Failed waiting on fd activity; debug");
  trace_append (trace, &event);
  return trace;
}

static const gchar *
find_id (const GPtrArray * issues, const Trace * trace, const gchar * contract, gint signal_number)
{
  const KnownBreach breach = { trace, contract, 0, trace_at (trace, 0), signal_number };
  const KnownIssue *issue = known_find (issues, &breach);

  return issue != NULL ? issue->id : NULL;
}

static void
test_known (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) issues = known_load ("k", issue_text, &error);
  const KnownIssue *rare;

  g_assert_no_error (error);
  g_assert_cmpuint (issues->len, ==, 4);
  rare = g_ptr_array_index (issues, 2);
  g_assert_cmpstr (rare->first, ==, "1.20");
  g_assert_null (rare->last);
  g_assert_cmpuint (rare->sure, ==, 0);
  g_assert_cmpuint (rare->most, ==, 25);
  g_assert_null (rare->seen);
  g_assert_cmpuint (((const KnownIssue *) g_ptr_array_index (issues, 0))->sure, ==, 5);
  g_assert_cmpuint (((const KnownIssue *) g_ptr_array_index (issues, 0))->most, ==, 100);
  g_assert_cmpstr (((const KnownIssue *) g_ptr_array_index (issues, 0))->seen, ==, "1.28.1");
  for (gsize i = 0; i < G_N_ELEMENTS (lookups); i++) {
    g_autoptr (Trace) trace = new_erring (lookups[i].element, lookups[i].version,
        lookups[i].case_name);

    g_test_message ("%s %s", lookups[i].contract, lookups[i].version);
    g_assert_cmpstr (find_id (issues, trace, lookups[i].contract, 0), ==, lookups[i].id);
  }
}

/* The same contract, element, version and case, and yet it is something else. */
static void
test_known_evidence (void)
{
  g_autoptr (GPtrArray) issues = known_load ("k", issue_text, NULL);
  g_autoptr (Trace) trace = new_erring ("shmsink", "1.22.0", "x");
  TraceEvent *event = &g_array_index (trace->events, TraceEvent, 0);
  const KnownBreach nobody = { trace, "stop-quiet", -1, event, 0 };
  const KnownBreach nothing = { trace, "stop-quiet", 0, NULL, 0 };

  g_assert_cmpstr (find_id (issues, trace, "stop-quiet", 0), ==, "K1");
  g_assert_null (find_id (issues, trace, "stop-quiet", 6));
  g_assert_null (known_find (issues, &nobody));
  g_assert_null (known_find (issues, &nothing));
  g_assert_null (known_find (NULL, &nobody));
  g_assert_cmpstr (find_id (issues, trace, "survivor-lives", 6), ==, "N4");
  g_assert_null (find_id (issues, trace, "survivor-lives", 0));
  g_assert_null (find_id (issues, trace, "survivor-lives", 7));
  g_assert_null (find_id (issues, trace, "survivor-lives", 11));
  event->bus_error.code = 10;
  g_assert_null (find_id (issues, trace, "stop-quiet", 0));
  event->bus_error.code = 9;
  trace_event_set_text (event, "b-domain: Failed waiting on fd activity; debug");
  g_assert_null (find_id (issues, trace, "stop-quiet", 0));
  trace_event_set_text (event, "a-domain: something else; debug");
  g_assert_null (find_id (issues, trace, "stop-quiet", 0));
}

#define ISSUE "issue, id=K, contract=c, element=e, fixed=f, reference=r, summary=s"
#define PROOF ISSUE ", proof=p, evidence=exit"

static const struct
{
  const gchar *text, *message;
} bad_issues[] = {
  {"\nstop, role=p", "k:2: line: not an issue: stop"},
  {ISSUE, "k:1: proof: missing: issue"},
  {ISSUE ", proof=p", "k:1: evidence: missing: issue"},
  {PROOF ", nope=1", "k:1: issue: unknown field: nope"},
  {PROOF ", if=\"a=b\"", "k:1: issue: unknown field: if"},
  {PROOF ", first=1.x", "k:1: first: not a version: 1.x"},
  {PROOF ", first=1.10, last=1.9", "k:1: last: before first: 1.9"},
  {PROOF ", sure=perhaps", "k:1: sure: not a number: perhaps"},
  {PROOF ", id=L", "k:1: id: given twice: id=L"},
  {PROOF ", most=101", "k:1: most: more than 100 percent: 101"},
  {PROOF ", seen=x", "k:1: seen: not a version: x"},
  {PROOF ", signal=SIGNOPE", "k:1: signal: no such signal: SIGNOPE"},
  {PROOF ", signal=0", "k:1: signal: no such signal: 0"},
  {PROOF ", signal=SIGBUS", "k:1: signal: is never excused: SIGBUS"},
  {PROOF ", signal=7", "k:1: signal: is never excused: 7"},
  {ISSUE ", proof=p, evidence=\"nope\"", "k:1: evidence: no kind of event: nope"},
  {ISSUE ", proof=p, evidence=\"exit | \"", "k:1: evidence: no kind of event: "},
  {ISSUE ", proof=p, evidence=\"exit colour=red\"", "k:1: evidence: unknown key: colour=red"},
  {ISSUE ", proof=p, evidence=\"exit value\"", "k:1: evidence: not KEY=VALUE: value"},
  {ISSUE ", proof=p, evidence=\"exit status=x\"", "k:1: evidence: not a number: status=x"},
  {ISSUE ", proof=p, evidence=\"exit who=me\"", "k:1: evidence: unknown value: who=me"},
  {ISSUE ", proof=p, evidence=\"exit within=x\"", "k:1: evidence: not seconds: within=x"},
};

static void
test_known_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_issues); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) issues = known_load ("k", bad_issues[i].text, &error);

    g_assert_null (issues);
    g_assert_cmpstr (error->message, ==, bad_issues[i].message);
  }
}

/* --- shipped files --- */

static gchar *
shipped (const gchar * name)
{
  const gchar *srcdir = g_getenv ("srcdir");

  return g_build_filename (srcdir != NULL ? srcdir : ".", "scenarios", name, NULL);
}

static const struct
{
  const gchar *name;
  guint n;
} files[] = {
  {"eos-drain", 16}, {"eos-exit", 24}, {"fill-resume", 36}, {"full-rate", 12},
  {"late-consumer", 20}, {"multi-area-ack", 96}, {"no-consumer-full", 20},
  {"no-fallback", 8}, {"reconnect", 4}, {"reserved", 4}, {"restart", 6},
  {"shutdown-order", 384}, {"vanishing-client", 3},
};

static void
test_shipped (void)
{
  ScenarioContext context = {.knows = knows };
  g_autoptr (GPtrArray) cases = new_cases ();

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree gchar *name = g_strconcat (files[i].name, ".scenario", NULL);
    g_autofree gchar *path = shipped (name);
    g_autoptr (GError) error = NULL;
    guint before = cases->len;

    scenario_load (path, NULL, &context, cases, &error);
    g_assert_no_error (error);
    g_test_message ("%s", files[i].name);
    g_assert_cmpuint (cases->len - before, ==, files[i].n);
    /* shmsink fails by a signal there: that is no first thing to see. */
    for (guint c = before; c < cases->len; c++)
      g_assert_cmpint (((PlanCase *) g_ptr_array_index (cases, c))->by_name, ==,
          g_str_equal (files[i].name, "reserved"));
  }
}

/* No scenario file is shipped that this test does not know. */
static void
test_shipped_all (void)
{
  g_autofree gchar *path = shipped (NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const gchar *name;
  guint n = 0;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    n += g_str_has_suffix (name, ".scenario");
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (files));
}

static void
test_shipped_case (void)
{
  ScenarioContext context = {.knows = knows };
  g_autoptr (GPtrArray) cases = new_cases ();
  g_autofree gchar *path = shipped ("shutdown-order.scenario");
  g_autoptr (GString) names = g_string_new (NULL);

  g_assert_true (scenario_load (path, NULL, &context, cases, NULL));
  for (guint i = 0; i < 3; i++)
    g_string_append_printf (names, "%s ", ((PlanCase *) g_ptr_array_index (cases, i))->name);
  g_assert_cmpstr (names->str, ==, "shutdown-order/p,c1/EOS/empty shutdown-order/p,c1/EOS/half "
      "shutdown-order/p,c1/EOS/full ");
}

static void
test_shipped_known (void)
{
  g_autofree gchar *path = shipped ("known-issues");
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) issues = known_load (path, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (issues->len, >=, 10);
  for (guint i = 0; i < issues->len; i++) {
    const KnownIssue *issue = g_ptr_array_index (issues, i);

    g_assert_true (knows (issue->contract));
    g_assert_cmpstr (issue->proof, !=, "");
  }
}

static void
test_describe (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  scenario_describe_actions (out);
  g_assert_nonnull (strstr (out->str, "\nstop         stops a role"));
  g_assert_nonnull (strstr (out->str,
          "\n    kind                 choice   = NULL     how: EOS|NULL|SIGTERM|SIGKILL\n"));
  g_assert_nonnull (strstr (out->str, "\n    label                string   =          to tell"));
}

#define ADD_TABLE(path, table, function) \
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) { \
    g_autofree gchar *name = g_strconcat (path, table[i].name, NULL); \
    g_test_add_data_func (name, GSIZE_TO_POINTER (i), function); \
  }

int
main (int argc, char **argv)
{
  /* A decimal comma, where there is one: numbers must not care. */
  if (setlocale (LC_ALL, "de_DE.UTF-8") == NULL)
    setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  ADD_TABLE ("/scenario/bad/", bad, test_bad);
  g_test_add_func ("/scenario/file", test_file);
  g_test_add_func ("/scenario/twice", test_twice);
  ADD_TABLE ("/scenario/line/", lines, test_line);
  g_test_add_func ("/scenario/reading", test_reading);
  g_test_add_func ("/scenario/defaults", test_defaults);
  g_test_add_func ("/scenario/getters", test_getters);
  g_test_add_func ("/scenario/wrong-key", test_wrong_key);
  ADD_TABLE ("/scenario/expansion/", expansions, test_expansion);
  g_test_add_func ("/scenario/set", test_set);
  g_test_add_func ("/scenario/set-value", test_set_value);
  g_test_add_func ("/scenario/known", test_known);
  g_test_add_func ("/scenario/known-evidence", test_known_evidence);
  g_test_add_func ("/scenario/known-bad", test_known_bad);
  g_test_add_func ("/scenario/shipped", test_shipped);
  g_test_add_func ("/scenario/shipped-all", test_shipped_all);
  g_test_add_func ("/scenario/shipped-case", test_shipped_case);
  g_test_add_func ("/scenario/shipped-known", test_shipped_known);
  g_test_add_func ("/scenario/describe", test_describe);
  return g_test_run ();
}
