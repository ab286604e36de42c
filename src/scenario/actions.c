#include "config.h"
#include "scenario/actions.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/parse.h"
#include "scenario/scenario.h"

#define MUST TRUE, NULL
#define ROLE { "role", SCENARIO_ROLE, MUST, NULL, 0, "whom" }
#define WITHIN(def) { "deadline", SCENARIO_SECONDS, FALSE, def, NULL, 0, "at most that long" }
#define DEADLINE { "deadline", SCENARIO_SECONDS, MUST, NULL, 0, "at most that long" }
#define LABEL { "label", SCENARIO_STRING, FALSE, "", NULL, 0, "to tell it from others" }
#define EVENTS { "events", SCENARIO_CHOICE, FALSE, "all", "all|count", 0, \
    "one event a buffer, or counters only" }
#define ORDERS "fifo|reverse|shuffle"
#define PAIRS "ref:ref|gst:ref|ref:gst|gst:gst"

/* No step may wait longer than this: a wait without an end by another name. */
#define SECONDS_MAX 86400.0

/* One row an action; src/run has what it does. */
/* *INDENT-OFF* */
static const ScenarioAction actions[] = {
  { "meta", SCENARIO_META, SCENARIO_ANY,
    "first line: about the whole scenario; any other field is the default of a variable", {
      { "summary", SCENARIO_STRING, MUST, NULL, 0, "one sentence" },
      { "contracts", SCENARIO_LIST, MUST, NULL, 0, "names of the contracts to judge" },
      { "deadline", SCENARIO_SECONDS, MUST, NULL, 0, "for the whole case" },
      { "pairs", SCENARIO_LIST, FALSE, "ref:ref,gst:ref,ref:gst,gst:gst", PAIRS, 0,
        "producer:consumer to run" },
      { "tap", SCENARIO_BOOL, FALSE, "true", NULL, 0, "whether the wire is watched" },
      { "default", SCENARIO_BOOL, FALSE, "true", NULL, 0, "run also when not named" } } },
  { "producer", SCENARIO_DECLARES, SCENARIO_PRODUCER,
    "declares a producer", {
      { "name", SCENARIO_NAME, MUST, NULL, 0, "name of the role" },
      { "shm-size", SCENARIO_SIZE, FALSE, "1M", NULL, 0, "size of its area" },
      { "buffer-size", SCENARIO_SIZE, FALSE, "7500", NULL, 0, "size of its buffers" },
      { "path", SCENARIO_CHOICE, FALSE, "copy", "copy|alloc|pool|test|test-copy|fake", 0,
        "how a buffer gets into the area; test: videotestsrc, test-copy: the same with memory of its "
        "own; fake: fakesrc" },
      { "pool-max", SCENARIO_INT, FALSE, "0", NULL, 0, "buffers of its pool, 0: no limit" },
      { "caps", SCENARIO_STRING, FALSE, NULL, NULL, 0, "of path=test and test-copy only" },
      { "wait-for-connection", SCENARIO_BOOL, FALSE, "true", NULL, 0, "wait for a client" },
      { "sync", SCENARIO_BOOL, FALSE, "false", NULL, 0, "render by the clock" },
      { "pace", SCENARIO_SECONDS, FALSE, "0", NULL, 0, "pause between two buffers" },
      { "buffer-time", SCENARIO_INT, FALSE, "-1", NULL, -1, "age of buffers in ns, -1: any" },
      { "perms", SCENARIO_OCTAL, FALSE, "0640", NULL, 0, "of socket and segment" },
      EVENTS } },
  { "consumer", SCENARIO_DECLARES, SCENARIO_CONSUMER,
    "declares a consumer", {
      { "name", SCENARIO_NAME, MUST, NULL, 0, "name of the role" },
      { "hold", SCENARIO_INT, FALSE, "0", NULL, -1, "newest buffers it keeps, -1: all" },
      { "ack-order", SCENARIO_CHOICE, FALSE, "fifo", ORDERS, 0, "order of letting go" },
      { "keep-last", SCENARIO_BOOL, FALSE, "false", NULL, 0, "keep the last, as sinks do" },
      { "sink", SCENARIO_CHOICE, FALSE, "appsink", "appsink|fakesink", 0, "of a gst consumer" },
      { "live", SCENARIO_BOOL, FALSE, "false", NULL, 0, "be a live source" },
      { "delay", SCENARIO_SECONDS, FALSE, "0", NULL, 0, "time that it takes for a buffer" },
      { "max-buffer", SCENARIO_SIZE, FALSE, "256M", NULL, 0, "largest that a ref consumer takes" },
      EVENTS } },
  { "start", SCENARIO_STEP, SCENARIO_ANY,
    "starts the process of a role and lets it serve or connect", {
      ROLE, WITHIN ("5") } },
  { "wait", SCENARIO_STEP, SCENARIO_ANY,
    "waits until a role has come to a point", {
      ROLE,
      { "for", SCENARIO_CHOICE, MUST,
        "connected|clients|buffers|full|eos|end|released|resumed", 0, "what to wait for" },
      { "count", SCENARIO_INT, FALSE, "1", NULL, 1, "how many of it" },
      DEADLINE } },
  { "produce", SCENARIO_STEP, SCENARIO_PRODUCER,
    "asks for more buffers, does not wait for them", {
      ROLE,
      { "count", SCENARIO_INT, MUST, NULL, -1, "how many, -1: until stopped" },
      WITHIN ("5") } },
  { "allocate", SCENARIO_STEP, SCENARIO_PRODUCER,
    "allocates buffers that the next produce sends first", {
      ROLE,
      { "count", SCENARIO_INT, MUST, NULL, 1, "how many" },
      WITHIN ("5") } },
  { "resize", SCENARIO_STEP, SCENARIO_PRODUCER,
    "changes the size of the area", {
      ROLE,
      { "shm-size", SCENARIO_SIZE, MUST, NULL, 0, "new size" },
      WITHIN ("5") } },
  { "hold", SCENARIO_STEP, SCENARIO_CONSUMER,
    "changes how many buffers are kept from now on", {
      ROLE,
      { "count", SCENARIO_INT, MUST, NULL, -1, "how many, -1: all" },
      WITHIN ("5") } },
  { "release", SCENARIO_STEP, SCENARIO_CONSUMER,
    "lets go of buffers", {
      ROLE,
      { "count", SCENARIO_INT, FALSE, "-1", NULL, -1, "how many, -1: all" },
      { "order", SCENARIO_CHOICE, FALSE, "fifo", ORDERS, 0, "in which order" },
      WITHIN ("5") } },
  { "connect", SCENARIO_STEP, SCENARIO_CONSUMER,
    "connects again", {
      ROLE, WITHIN ("5") } },
  { "disconnect", SCENARIO_STEP, SCENARIO_CONSUMER,
    "leaves, the process stays", {
      ROLE, WITHIN ("5") } },
  { "cycle", SCENARIO_STEP, SCENARIO_CONSUMER,
    "leaves and returns again and again", {
      ROLE,
      { "times", SCENARIO_INT, MUST, NULL, 1, "how often" },
      { "buffers", SCENARIO_INT, FALSE, "1", NULL, 0, "to get each time" },
      DEADLINE } },
  { "fill-shm", SCENARIO_STEP, SCENARIO_ANY,
    "takes away the room in /dev/shm, where that is a small private one; else the case is skipped", {
      { "leave", SCENARIO_SIZE, FALSE, "0", NULL, 0, "how much is left" } } },
  { "free-shm", SCENARIO_STEP, SCENARIO_ANY,
    "gives it back", {
      { NULL, SCENARIO_STRING, FALSE, NULL, NULL, 0, NULL } } },
  { "freeze", SCENARIO_STEP, SCENARIO_ANY,
    "sends a role SIGSTOP; what is late while it stands still is late all the same", {
      ROLE } },
  { "thaw", SCENARIO_STEP, SCENARIO_ANY,
    "sends it SIGCONT", {
      ROLE } },
  { "knock", SCENARIO_STEP, SCENARIO_PRODUCER,
    "lets a client of no role connect and close before it was told of anything", {
      ROLE,
      { "times", SCENARIO_INT, FALSE, "1", NULL, 1, "how often" },
      DEADLINE } },
  { "stop", SCENARIO_STEP, SCENARIO_ANY,
    "stops a role and waits until its process is gone", {
      ROLE,
      { "kind", SCENARIO_CHOICE, FALSE, "NULL", "EOS|NULL|SIGTERM|SIGKILL", 0, "how" },
      DEADLINE,
      { "eos-patience", SCENARIO_SECONDS, FALSE, "0.5", NULL, 0,
        "kind=EOS: wait that long for it, then go on as NULL" } } },
  { "flow", SCENARIO_STEP, SCENARIO_ANY,
    "nobody keeps anything back, and each consumer of a running producer must get more", {
      { "buffers", SCENARIO_INT, FALSE, "2", NULL, 1, "how many" },
      { "refill", SCENARIO_INT, FALSE, "0", NULL, 0, "then let each get and keep so many" },
      { "full", SCENARIO_BOOL, FALSE, "false", NULL, 0, "with that the area must be full" },
      DEADLINE } },
  { "observe", SCENARIO_STEP, SCENARIO_ANY,
    "a window of time over a role", {
      ROLE,
      { "seconds", SCENARIO_SECONDS, MUST, NULL, 0, "its length" },
      LABEL } },
  { "sample", SCENARIO_STEP, SCENARIO_ANY,
    "measures memory, descriptors, areas and time of a role", {
      ROLE, LABEL } },
  { "foreach", SCENARIO_AXIS, SCENARIO_ANY,
    "NAME={ a, b }: a case for each permutation, ${NAME} is \"a,b\", ${NAME.1} is \"a\"", {
      { "hide", SCENARIO_BOOL, FALSE, "false", NULL, 0, "leave it out of the case name" } } },
  { "sweep", SCENARIO_AXIS, SCENARIO_ANY,
    "NAME={ a, b }: a case for each value, ${NAME} is \"a\"", {
      { "hide", SCENARIO_BOOL, FALSE, "false", NULL, 0, "leave it out of the case name" } } },
  { "contracts", SCENARIO_ADDS, SCENARIO_ANY,
    "adds contracts to judge", {
      { "names", SCENARIO_LIST, MUST, NULL, 0, "which" } } },
};

static const gchar *const type_names[] = {
  [SCENARIO_STRING] = "string", [SCENARIO_NAME] = "name", [SCENARIO_ROLE] = "role",
  [SCENARIO_INT] = "int", [SCENARIO_SIZE] = "size", [SCENARIO_SECONDS] = "seconds",
  [SCENARIO_BOOL] = "bool", [SCENARIO_CHOICE] = "choice", [SCENARIO_LIST] = "list",
  [SCENARIO_OCTAL] = "octal", [SCENARIO_VERSION] = "version",
};
/* *INDENT-ON* */

const ScenarioAction *
scenario_action_by_name (const gchar * name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++) {
    if (g_str_equal (actions[i].name, name))
      return &actions[i];
  }
  return NULL;
}

const ScenarioField *
scenario_field_by_name (const ScenarioAction * action, const gchar * name)
{
  for (const ScenarioField * field = action->fields; field->name; field++) {
    if (g_str_equal (field->name, name))
      return field;
  }
  return NULL;
}

gboolean
scenario_action_is_open (const ScenarioAction * action)
{
  return action->kind == SCENARIO_META || action->kind == SCENARIO_AXIS;
}

/* --- types: each turns a text into the form in which it is kept --- */

static gchar *
int_form (const ScenarioField * field, const gchar * text, GError ** error)
{
  gint64 value;

  if (!parse_int (text, field->min, G_MAXINT64, &value, error))
    return NULL;
  return g_strdup_printf ("%" G_GINT64_FORMAT, value);
}

static gchar *
size_form (const gchar * text, GError ** error)
{
  guint64 value;

  if (!parse_size (text, &value, error))
    return NULL;
  if (value > G_MAXINT64) {
    error_input (error, "size too large: %s", text);
    return NULL;
  }
  return g_strdup_printf ("%" G_GUINT64_FORMAT, value);
}

static gchar *
seconds_form (const gchar * text, GError ** error)
{
  gchar form[G_ASCII_DTOSTR_BUF_SIZE];
  gdouble value;

  if (!parse_seconds (text, &value, error))
    return NULL;
  if (value > SECONDS_MAX) {
    error_input (error, "longer than a day: %s", text);
    return NULL;
  }
  return g_strdup (g_ascii_formatd (form, sizeof form, "%.12g", value));
}

static gchar *
bool_form (const gchar * text, GError ** error)
{
  gboolean value;

  if (!parse_bool (text, &value, error))
    return NULL;
  return g_strdup (value ? "true" : "false");
}

static gchar *
choice_form (const gchar * choices, const gchar * text, GError ** error)
{
  g_auto (GStrv) words = g_strsplit (choices, "|", -1);
  g_autofree gchar *readable = NULL;

  if (g_strv_contains ((const gchar * const *) words, text))
    return g_strdup (text);
  readable = g_strjoinv (", ", words);
  error_input (error, "not one of %s: %s", readable, text);
  return NULL;
}

static gchar *
octal_form (const gchar * text, GError ** error)
{
  const gchar *digits = text[0] == '0' ? text + 1 : text;

  if (text[0] == '\0' || strlen (digits) > 4 || strspn (digits, "01234567") != strlen (digits)) {
    error_input (error, "not an octal mode: %s", text);
    return NULL;
  }
  return g_strdup_printf ("%04o", (guint) g_ascii_strtoull (digits, NULL, 8));
}

/* Names go into command lines, trace files and case names. */
static gchar *
name_form (const gchar * text, GError ** error)
{
  static const gchar letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

  if (!g_ascii_islower (text[0]) || strlen (text) > 16 || strspn (text, letters) != strlen (text)
      || g_str_equal (text, "tap")) {
    error_input (error, "not a name for a role: %s", text);
    return NULL;
  }
  return g_strdup (text);
}

static gchar *
version_form (const gchar * text, GError ** error)
{
  if (!g_regex_match_simple ("^[0-9]+(\\.[0-9]+)*$", text, G_REGEX_DOLLAR_ENDONLY, 0)) {
    error_input (error, "not a version: %s", text);
    return NULL;
  }
  return g_strdup (text);
}

static gchar *
word_form (const ScenarioField * field, const gchar * text, GError ** error)
{
  if (field->choices)
    return choice_form (field->choices, text, error);
  if (text[0] == '\0' || strpbrk (text, ", \t")) {
    error_input (error, "not a word: %s", text);
    return NULL;
  }
  return g_strdup (text);
}

static gchar *
value_form (const ScenarioField * field, const gchar * text, GError ** error)
{
  switch (field->type) {
    case SCENARIO_STRING:
    case SCENARIO_ROLE:        /* whether it is declared is the loader's question */
      return g_strdup (text);
    case SCENARIO_NAME:
      return name_form (text, error);
    case SCENARIO_INT:
      return int_form (field, text, error);
    case SCENARIO_SIZE:
      return size_form (text, error);
    case SCENARIO_SECONDS:
      return seconds_form (text, error);
    case SCENARIO_BOOL:
      return bool_form (text, error);
    case SCENARIO_CHOICE:
    case SCENARIO_LIST:
      return word_form (field, text, error);
    case SCENARIO_OCTAL:
      return octal_form (text, error);
    case SCENARIO_VERSION:
      return version_form (text, error);
  }
  g_return_val_if_reached (NULL);
}

/* ITEMS in the form of FIELD, joined; the error does not name the field yet. */
static gchar *
items_form (const ScenarioField * field, gchar ** items, gboolean is_list, GError ** error)
{
  g_autoptr (GString) joined = g_string_new (NULL);

  if (is_list && field->type != SCENARIO_LIST) {
    g_autofree gchar *shown = g_strjoinv (", ", items);

    error_input (error, "one value wanted: { %s }", shown);
    return NULL;
  }
  if (!items[0]) {
    error_input (error, "nothing in it: { }");
    return NULL;
  }
  for (guint i = 0; items[i]; i++) {
    g_autofree gchar *form = value_form (field, items[i], error);

    if (!form)
      return NULL;
    g_string_append_printf (joined, "%s%s", i > 0 ? "," : "", form);
  }
  return g_string_free (g_steal_pointer (&joined), FALSE);
}

gchar *
scenario_field_default (const ScenarioField * field)
{
  if (!field->def)
    return NULL;
  if (field->type == SCENARIO_LIST)
    return g_strdup (field->def);
  return value_form (field, field->def, NULL);
}

static gboolean
take_value (GHashTable * fields, const ScenarioAction * action, const ScenarioValue * value,
    GError ** error)
{
  const ScenarioField *field = scenario_field_by_name (action, value->key);
  gchar *form;

  if (!field && scenario_action_is_open (action))
    return TRUE;
  if (!field)
    return error_input (error, "%s: unknown field: %s", action->name, value->key);
  form = items_form (field, value->items, value->is_list, error);
  if (!form) {
    g_prefix_error (error, "%s: ", field->name);
    return FALSE;
  }
  g_hash_table_insert (fields, g_strdup (field->name), form);
  return TRUE;
}

static gboolean
take_default (GHashTable * fields, const ScenarioAction * action, const ScenarioField * field,
    GError ** error)
{
  gchar *form;

  if (g_hash_table_contains (fields, field->name))
    return TRUE;
  if (field->must)
    return error_input (error, "%s: missing: %s", field->name, action->name);
  form = scenario_field_default (field);
  if (form)
    g_hash_table_insert (fields, g_strdup (field->name), form);
  return TRUE;
}

static gboolean
may_have_condition (const ScenarioAction * action)
{
  return action->kind != SCENARIO_META && action->kind != SCENARIO_ISSUE;
}

GHashTable *
scenario_action_fill (const ScenarioAction * action, const ScenarioRecord * record,
    GError ** error)
{
  g_autoptr (GHashTable) fields =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; i < record->values->len; i++) {
    const ScenarioValue *value = g_ptr_array_index (record->values, i);

    if (may_have_condition (action) && g_str_equal (value->key, SCENARIO_IF))
      continue;
    if (!take_value (fields, action, value, error))
      return NULL;
  }
  for (const ScenarioField * field = action->fields; field->name; field++) {
    if (!take_default (fields, action, field, error))
      return NULL;
  }
  return g_steal_pointer (&fields);
}

/* --- help --- */

static void
describe_field (const ScenarioField * field, GString * out)
{
  g_autofree gchar *def = field->must ? g_strdup ("mandatory")
      : !field->def ? g_strdup ("-") : g_strdup_printf ("= %s", field->def);

  if (g_str_equal (def, "= "))
    def[1] = '\0';
  g_string_append_printf (out, "    %-20s %-8s %-10s %s", field->name,
      type_names[field->type], def, field->help);
  if (field->choices)
    g_string_append_printf (out, ": %s", field->choices);
  g_string_append_c (out, '\n');
}

void
scenario_describe_actions (GString * out)
{
  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++) {
    g_string_append_printf (out, "%s%-12s %s\n", i > 0 ? "\n" : "", actions[i].name,
        actions[i].help);
    for (const ScenarioField * field = actions[i].fields; field->name; field++)
      describe_field (field, out);
  }
  g_string_append (out, "\nEvery line but meta may have "
      "if=\"VAR=GLOB|GLOB,VAR!=GLOB\": it counts only when all of that holds.\n"
      "Variables there: those of meta, foreach and sweep, and pair, producer and consumer.\n");
}
