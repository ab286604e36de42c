/* Our reader of lines beside gst_structure_from_string(), whose form they have. */
#include "config.h"
#include "scenario/record.h"

#include <gst/gst.h>
#include <string.h>

#define N_GENERATED 10000
#define N_MUTATED 20000

/* --- the other reader --- */

static gchar *
item_text (const GValue * value)
{
  if (value == NULL)
    return NULL;
  if (G_VALUE_HOLDS_STRING (value)) {
    const gchar *text = g_value_get_string (value);
    /* What GStreamer takes for no string is the word here. */
    return g_strdup (text != NULL ? text : "NULL");
  }
  return G_VALUE_HOLDS (value, GST_TYPE_LIST) || G_VALUE_HOLDS (value, GST_TYPE_ARRAY)
      ? NULL : gst_value_serialize (value);
}

static gboolean
append_items (GString * out, const GValue * value)
{
  gboolean is_list = GST_VALUE_HOLDS_LIST (value);
  gboolean is_array = GST_VALUE_HOLDS_ARRAY (value);
  guint n = is_list ? gst_value_list_get_size (value)
      : is_array ? gst_value_array_get_size (value) : 1;

  g_string_append (out, is_list || is_array ? " list" : " one");
  for (guint i = 0; i < n; i++) {
    g_autofree gchar *item = item_text (is_list ? gst_value_list_get_value (value, i)
        : is_array ? gst_value_array_get_value (value, i) : value);

    if (item == NULL)
      return FALSE;
    g_string_append_printf (out, " [%s]", item);
  }
  g_string_append_c (out, '\n');
  return TRUE;
}

/* Of LeakSanitizer, where it is linked in. */
void __lsan_disable (void) __attribute__ ((weak));
void __lsan_enable (void) __attribute__ ((weak));

/* GStreamer (1.22) forgets a list when it refuses what follows. */
static GstStructure *
structure_of (const gchar * line, gchar ** end)
{
  GstStructure *structure;

  if (__lsan_disable)
    __lsan_disable ();
  structure = gst_structure_from_string (line, end);
  if (__lsan_enable)
    __lsan_enable ();
  return structure;
}

/* What GStreamer reads VALUE as, a string where it says nothing else. NULL: nothing. */
static gchar *
read_theirs (const gchar * value)
{
  g_autofree gchar *line = g_strdup_printf ("line, key=%s%s",
      value[strspn (value, " \t")] == '(' ? "" : "(string)", value);
  gchar *end = NULL;
  g_autoptr (GstStructure) structure = structure_of (line, &end);
  const GValue *found =
      structure != NULL && *end == '\0' ? gst_structure_get_value (structure, "key") : NULL;
  g_autoptr (GString) out = g_string_new (NULL);

  return found != NULL && append_items (out, found) ? g_strdup (out->str) : NULL;
}

static void
append_value (GString * out, const ScenarioValue * value)
{
  g_string_append (out, value->is_list ? " list" : " one");
  for (gsize i = 0; value->items[i] != NULL; i++)
    g_string_append_printf (out, " [%s]", value->items[i]);
  g_string_append_c (out, '\n');
}

static gchar *
read_ours (const gchar * value)
{
  g_autofree gchar *line = g_strdup_printf ("line, key=%s", value);
  g_autoptr (ScenarioRecord) record = scenario_record_parse (line, NULL);
  g_autoptr (GString) out = g_string_new (NULL);

  if (record == NULL || record->values->len != 1)
    return NULL;
  append_value (out, g_ptr_array_index (record->values, 0));
  return g_strdup (out->str);
}

/* --- shipped lines --- */

static const gchar *
after_equals (const gchar * field)
{
  return strchr (field, '=') + 1;
}

/* Number of fields compared. Variables have got their values before a line is read. */
static guint
compare_line (const ScenarioLine * line)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GRegex) variable = g_regex_new ("\\$\\{[^}]+\\}", 0, 0, NULL);
  g_autofree gchar *text = g_regex_replace_literal (variable, line->text, -1, 0, "v", 0, NULL);
  g_autoptr (ScenarioRecord) record = scenario_record_parse (text, &error);
  g_auto (GStrv) keys = scenario_line_keys (text);

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (keys), ==, record->values->len);
  for (guint i = 0; i < record->values->len; i++) {
    const ScenarioValue *value = g_ptr_array_index (record->values, i);
    g_autofree gchar *only = scenario_line_only (text, value->key);
    g_autofree gchar *theirs = read_theirs (after_equals (only));
    g_autoptr (GString) ours = g_string_new (NULL);

    append_value (ours, value);
    g_assert_cmpstr (ours->str, ==, theirs);
  }
  return record->values->len;
}

static void
test_shipped (void)
{
  const gchar *top = g_getenv ("srcdir") != NULL ? g_getenv ("srcdir") : ".";
  g_autofree gchar *folder = g_build_filename (top, "scenarios", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;
  guint n_fields = 0;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *file = g_build_filename (folder, name, NULL);
    g_autoptr (GPtrArray) lines = NULL;

    if (g_str_has_suffix (name, ".mk"))
      continue;
    lines = scenario_read_lines (file, NULL, NULL);
    for (guint i = 0; lines != NULL && i < lines->len; i++)
      n_fields += compare_line (g_ptr_array_index (lines, i));
  }
  g_test_message ("%u fields", n_fields);
  g_assert_cmpuint (n_fields, >, 500);
}

/* --- generated lines --- */

static const gchar *const pieces[] = {
  "a", "NULL", "0640", "1.20", "-1", "t", "x:y/z+1", "\"a, b\"", "\"\\\"q\\\"\"", "\"{ a }\"",
  "\"\\303\\244\"", "\"\\47\"", "\"ä\"", "\"\\\\\"", "\"\"", "\"open", "a b", "*", "a\"b\"", "",
  "\"a\"b", "[ 1, 2 ]", "\"\\ä\"", "\"\\n\\912\"", "{ b }", "{ }", "3000000000", "$x", "ä"
};

static const gchar *
any_piece (void)
{
  return pieces[g_test_rand_int_range (0, G_N_ELEMENTS (pieces))];
}

static gchar *
any_value (void)
{
  static const gchar *const blanks[] = { "", "", " ", "  \t" };
#define BLANK blanks[g_test_rand_int_range (0, G_N_ELEMENTS (blanks))]
  gint form = g_test_rand_int_range (0, 6);
  const gchar *type = g_test_rand_int_range (0, 4) == 0 ? "(string)" : "";
  g_autoptr (GString) list = NULL;

  if (form < 3)
    return g_strconcat (type, BLANK, any_piece (), BLANK, NULL);
  list = g_string_new (type);
  g_string_append_printf (list, "%s%s", form == 3 ? "<" : "{", BLANK);
  for (gint i = g_test_rand_int_range (0, 4); i > 0; i--)
    g_string_append_printf (list, "%s%s%s%s", any_piece (), BLANK, i > 1 ? "," : "", BLANK);
  g_string_append_printf (list, "%s%s", form == 3 ? ">" : form == 4 ? "}" : "},", BLANK);
  return g_strdup (list->str);
}

static void
test_generated (void)
{
  guint n_read = 0, n_refused = 0;

  for (guint i = 0; i < N_GENERATED; i++) {
    g_autofree gchar *value = any_value ();
    g_autofree gchar *ours = read_ours (value);
    g_autofree gchar *theirs = read_theirs (value);

    if (g_strcmp0 (ours, theirs) != 0)
      g_test_message ("differs: %s", value);
    g_assert_cmpstr (ours, ==, theirs);
    *(ours != NULL ? &n_read : &n_refused) += 1;
  }
  /* Both ways are taken, so the agreement says something. */
  g_assert_cmpuint (n_read, >, N_GENERATED / 10);
  g_assert_cmpuint (n_refused, >, N_GENERATED / 10);
}

/* --- declared types --- */

static void
test_typed (void)
{
  static const gchar *const same[] = {
    "(int)12", "(int)0x10", "(int)-5", "(int) 010", "(int)\"7\"", "(int){ 1, 2 }", "(int)x",
    "(int)1.5", "(boolean)t", "(boolean)No", "(boolean)1", "(boolean)2", "(boolean)< yes, no >",
    "(string)0640", "(string){ a, 1.20 }", "(double)x", "(double){ }"
  };

  for (gsize i = 0; i < G_N_ELEMENTS (same); i++) {
    g_autofree gchar *ours = read_ours (same[i]);
    g_autofree gchar *theirs = read_theirs (same[i]);

    g_test_message ("%s", same[i]);
    g_assert_cmpstr (ours, ==, theirs);
  }
}

/* What differs on purpose: see scenario/value.h. */
static void
test_refused (void)
{
  static const gchar *const refused[] = {
    "(int)3000000000", "(int)\"\"", "(int)max", "(double)\"\"", "(boolean)\"\"",
    "(int)\"\\065\"", "\"\\377\"", "\"a\\000b\"", "(fraction)1/2", "{ (int)1 }", "a;"
  };

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autofree gchar *ours = read_ours (refused[i]);

    g_test_message ("%s", refused[i]);
    g_assert_null (ours);
  }
}

/* --- hostile lines --- */

static void
mutate (GString * line)
{
  static const gchar bytes[] = "\"\\{}[]<>()=,; \t0a;$\n\x7f\x80\xff";
  gsize at = (gsize) g_test_rand_int_range (0, (gint32) line->len);
  gchar byte = bytes[g_test_rand_int_range (0, sizeof bytes - 1)];

  switch (g_test_rand_int_range (0, 4)) {
    case 0:
      g_string_insert_c (line, (gssize) at, byte);
      break;
    case 1:
      g_string_erase (line, (gssize) at, 1);
      break;
    case 2:
      g_string_truncate (line, at + 1);
      break;
    default:
      line->str[at] = byte;
  }
}

/* One clear line or a record, whatever comes. */
static void
test_mutated (void)
{
  static const gchar line[] = "stop, role={ p, \"c \\\"1\\303\\244\" }, deadline=(double)0.5, "
      "kind=(string)EOS, label=< a, b >, times=(int)0x10";

  for (guint i = 0; i < N_MUTATED; i++) {
    g_autoptr (GString) text = g_string_new (line);
    g_autoptr (ScenarioRecord) record = NULL;
    g_autoptr (GError) error = NULL;

    for (gint n = g_test_rand_int_range (1, 6); n > 0 && text->len > 1; n--)
      mutate (text);
    record = scenario_record_parse (text->str, &error);
    g_assert_true ((record == NULL) == (error != NULL));
    g_assert_true (error == NULL || strstr (error->message, ": ") != NULL);
  }
}

static void
test_limits (void)
{
  static const gchar *const messages[] = {
    "line: too many fields: 300", "line: too long or too deep: 70005 bytes",
    "line: too long or too deep: 60005 bytes"
  };
  g_autoptr (GString) many = g_string_new ("line");
  g_autofree gchar *items = g_strnfill (70000, 'a');
  g_autofree gchar *braces = g_strnfill (60000, '{');
  g_autofree gchar *length = g_strconcat ("l, k=", items, NULL);
  g_autofree gchar *depth = g_strconcat ("l, k=", braces, NULL);
  const gchar *lines[] = { NULL, length, depth };

  for (gint i = 0; i < 300; i++)
    g_string_append_printf (many, ", k%d=1", i);
  lines[0] = many->str;
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (scenario_record_parse (lines[i], &error));
    g_assert_cmpstr (error->message, ==, messages[i]);
  }
}

gint
main (gint argc, gchar ** argv)
{
  g_setenv ("GST_REGISTRY_DISABLE", "yes", TRUE);
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_func ("/scenario-reader/shipped", test_shipped);
  g_test_add_func ("/scenario-reader/generated", test_generated);
  g_test_add_func ("/scenario-reader/typed", test_typed);
  g_test_add_func ("/scenario-reader/refused", test_refused);
  g_test_add_func ("/scenario-reader/mutated", test_mutated);
  g_test_add_func ("/scenario-reader/limits", test_limits);
  return g_test_run ();
}
