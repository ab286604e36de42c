/* Any file or command that tells numbers: each is picked by a regular expression or by the place
 * that it has in a JSON document. */
#include "config.h"
#include "watch/source/source.h"

#include "base/child.h"
#include "base/error.h"
#include "watch/source/age.h"
#include "watch/source/document.h"
#include "watch/source/pick.h"

#include <string.h>

/* The most that a command says on standard error that is worth repeating. */
#define REASON_LENGTH 80

extern const Source source_generic;

typedef struct
{
  const SourceRequest *request;
  Sample *sample;
  const gchar *pool;
  const gchar *text;
  gsize length;
  JsonNode *document;           /* of the text, when a pointer wanted it */
  gboolean tried;               /* to read the document */
} Picking;

static void
complain (const Picking * picking, const gchar * text)
{
  sample_trouble (picking->sample, picking->request->name, picking->pool, FALSE, "%s", text);
}

/* --- the text --- */

static gboolean
check_command (const gchar * value, GError ** error)
{
  g_auto (GStrv) argv = NULL;

  return g_shell_parse_argv (value, NULL, &argv, error);
}

/* What TEXT says first, for a line of ours. Caller frees. */
static gchar *
first_line (const gchar * text)
{
  return g_strndup (text, MIN (strcspn (text, "\n"), REASON_LENGTH));
}

/* A command that failed may have printed half of what it wanted to: nothing of it counts. */
static gchar *
ask_command (const Picking * picking, const gchar * command, gsize * length, GError ** error)
{
  g_auto (ChildResult) result = { 0 };
  g_auto (GStrv) argv = NULL;
  g_autofree gchar *reason = NULL;
  ChildRequest child = {.max_output = SOURCE_MAX_BYTES };

  if (!g_shell_parse_argv (command, NULL, &argv, error))
    return NULL;
  child.argv = (const gchar * const *) argv;
  if (!child_run (&child, picking->request->deadline, &result, error))
    return NULL;
  if (result.status != 0) {
    reason = first_line (result.errors);
    error_input (error, "%s: exit status %d%s%s", argv[0], result.status, *reason ? ": " : "",
        reason);
    return NULL;
  }
  *length = result.output_length;
  return g_steal_pointer (&result.output);
}

static gchar *
read_text (const Picking * picking, gsize * length, GError ** error)
{
  const SourceRequest *request = picking->request;
  const gchar *file = source_value (request, "file", NULL);
  const gchar *command = source_value (request, "command", NULL);
  g_autofree gchar *path = file ? source_path (request, file) : NULL;

  if (request->input)
    return source_read_file (request->input, request->deadline, length, error);
  if (!source_check_ways (&source_generic, request->values, error))
    return NULL;
  if (path) {
    age_tell (request, path, picking->sample);
    return source_read_file (path, request->deadline, length, error);
  }
  return ask_command (picking, command, length, error);
}

/* --- numbers --- */

/* The document is read once, whatever comes of it; FALSE: there is none, which was told. */
static gboolean
has_document (Picking * picking)
{
  g_autoptr (GError) error = NULL;

  if (!picking->tried) {
    picking->tried = TRUE;
    picking->document = document_from_json (picking->text, picking->length, &error);
    if (!picking->document)
      complain (picking, error->message);
  }
  return picking->document != NULL;
}

static void
pick_quantity (Picking * picking, SampleReading * reading, Quantity quantity, const gchar * rule)
{
  const gchar *name = quantity_info (quantity)->name;
  g_autoptr (GError) error = NULL;
  guint64 value;
  gboolean ok;

  if (pick_is_pointer (rule)) {
    if (!has_document (picking))
      return;
    ok = pick_by_pointer (picking->document, rule, &value, &error);
  } else {
    ok = pick_by_pattern (picking->text, picking->length, rule, &value, &error);
  }
  if (ok) {
    sample_set (reading, quantity, value);
    return;
  }
  g_prefix_error (&error, "%s: ", name);
  complain (picking, error->message);
}

/* A reading without any value says nothing: there is none then, and the troubles say why. */
static void
pick_all (Picking * picking)
{
  const SourceRequest *request = picking->request;
  SampleReading *reading = sample_add (picking->sample, request->name, picking->pool);
  guint n = 0;

  for (Quantity i = 0; i < N_QUANTITIES; i++) {
    const gchar *rule = source_value (request, quantity_info (i)->name, NULL);

    if (!rule)
      continue;
    pick_quantity (picking, reading, i, rule);
    n++;
  }
  if (n == 0)
    complain (picking, "no quantity is asked for, such as value=/REGEX/");
  if (reading->known == 0)
    g_ptr_array_remove (picking->sample->readings, reading);
}

/* --- the source --- */

static void
read_generic (const SourceRequest * request, Sample * sample)
{
  Picking picking = {.request = request,.sample = sample };
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;

  picking.pool = source_value (request, "pool", request->name);
  if (source_value (request, "pins", NULL))
    sample_expect_pins (sample, request->name);
  text = read_text (&picking, &picking.length, &error);
  picking.text = text;
  if (text)
    pick_all (&picking);
  else
    complain (&picking, error->message);
  g_clear_pointer (&picking.document, json_node_unref);
}

static gboolean
check_pool (const gchar * value, GError ** error)
{
  for (const gchar * at = value; *at; at++) {
    if (g_ascii_isspace (*at) || g_ascii_iscntrl (*at) || *at == '/')
      return error_input (error, "not a name (no blanks, no slash): %s", value);
  }
  return TRUE;
}

#define PICKED(name, what) {name, what ": /REGEX/ with one group, or json:/POINTER", pick_check}

static const SourceKey keys[] = {
  {"file", "the file to read", NULL},
  {"command", "the command whose output is read (no shell runs)", check_command},
  AGE_KEY,
  {"pool", "the name of what is read (that of the source when nothing is said)", check_pool},
  PICKED ("pins", "areas that are pinned"),
  PICKED ("limit", "pins that are granted"),
  PICKED ("memory_bytes", "memory"),
  PICKED ("memory_limit_bytes", "memory that is granted"),
  PICKED ("num_shards", "shards"),
  PICKED ("references", "live objects"),
  PICKED ("used_bytes", "bytes handed out"),
  PICKED ("size_bytes", "bytes that there are"),
  PICKED ("sessions", "calls"),
  PICKED ("targets", "streams in the kernel"),
  PICKED ("threads", "workers"),
  PICKED ("num_holders", "processes that have it"),
  PICKED ("uptime_seconds", "seconds since the start"),
  PICKED ("value", "any other number"),
  {NULL}
};

static const gchar *const ways[] = { "file", "command", NULL };

/* Whose file it is, nobody can tell before. */
static const cap_value_t capabilities[] = { CAP_DAC_READ_SEARCH };

const Source source_generic = {
  .name = "generic",
  .summary = "numbers picked from any file or command",
  .keys = keys,
  .ways = ways,
  .capabilities = capabilities,
  .n_capabilities = G_N_ELEMENTS (capabilities),
  .read = read_generic,
};
