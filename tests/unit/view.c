/* How checked samples are said: each format, against its looks and against readers. */
#include "config.h"
#include "view-fake.h"

#include "watch/view/print.h"

#include <json-glib/json-glib.h>
#include <locale.h>
#include <math.h>
#include <string.h>

/* Quotes, a line that would end the row, a bar, letters of all widths, a stray byte. */
#define HOSTILE "=a\"b'c\\d,e|f=g\nh\té日\xff" CONTROL
/* Of a terminal, and what turns the direction of the line. */
#define CONTROL "\x1b[2J\x1b]0;x\a\xc2\x9b" "2J\xe2\x80\xae"

static gchar *
shown_with (const gchar * format, const ViewData * data, const ViewStyle * style)
{
  GString *out = g_string_new (NULL);

  g_assert_nonnull (view_by_name (format));
  view_by_name (format)->print (data, style, out);
  g_assert_true (g_utf8_validate (out->str, (gssize) out->len, NULL));
  return g_string_free (out, FALSE);
}

static gchar *
shown (const gchar * format, const Sample * sample, const GPtrArray * findings)
{
  const ViewStyle style = {.width = 80,.utf8 = TRUE };
  const ViewData data = fake_data (sample, findings);

  return shown_with (format, &data, &style);
}

static gchar *
shown_sample (const gchar * format, const Sample * sample)
{
  g_autoptr (GPtrArray) findings = fake_findings (sample);

  return shown (format, sample, findings);
}

static void
assert_has (const gchar * text, const gchar * wanted)
{
  if (!strstr (text, wanted))
    g_error ("no \"%s\" in: %s", wanted, text);
}

static void
assert_narrow (const gchar * text, guint columns)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (gsize i = 0; lines[i]; i++) {
    if (print_columns (lines[i]) > columns)
      g_error ("more than %u columns: %s", columns, lines[i]);
  }
}

static Sample *
hostile_sample (void)
{
  Sample *sample = fake_sample ();
  SampleReading *reading = sample_add (sample, HOSTILE, HOSTILE);

  sample_set (reading, QUANTITY_PINS, 40);
  sample_set (reading, QUANTITY_LIMIT, 16);
  sample_set (reading, QUANTITY_MEMORY, G_MAXUINT64);
  sample_add_shard (reading, 1, 0, G_MAXUINT64);
  sample_add_holder (reading, 1, HOSTILE, G_MAXUINT64, G_MAXUINT);
  reading->owner = g_strdup (HOSTILE);
  reading->note = g_strdup (HOSTILE);
  sample_trouble (sample, HOSTILE, NULL, FALSE, "%s", HOSTILE);
  return sample;
}

static Sample *
many_pools (guint n)
{
  Sample *sample = fake_sample ();

  for (guint i = 0; i < n; i++) {
    g_autofree gchar *pool = g_strdup_printf ("shmpipe.a-rather-long-name.%u", i);
    SampleReading *reading = sample_add (sample, i % 2 ? "gst-shm" : "gst-other", pool);

    sample_set (reading, QUANTITY_MEMORY, i * 1024);
    sample_set (reading, QUANTITY_HOLDERS, i);
  }
  return sample;
}

/* --- the parts --- */

static void
test_bytes (void)
{
  static const struct
  {
    guint64 bytes;
    const gchar *text;
  } rows[] = {
    {0, "0 B"}, {1, "1 B"}, {1023, "1023 B"}, {1024, "1 KiB"}, {1536, "1.5 KiB"},
    {16777208, "16 MiB"}, {12 * 16777216, "192 MiB"}, {1048575, "1 MiB"},
    {10 * 1024 + 512, "11 KiB"}, {G_MAXUINT64, "16 EiB"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *text = view_bytes (rows[i].bytes);

    g_assert_cmpstr (text, ==, rows[i].text);
  }
}

static void
test_bar (void)
{
  static const struct
  {
    gdouble share;
    gboolean utf8;
    const gchar *text;
  } rows[] = {
    {0, TRUE, "    "}, {-1, TRUE, "    "}, {NAN, TRUE, "    "},
    {1e-9, TRUE, "▏   "}, {0.5, TRUE, "██  "}, {0.54, TRUE, "██▏ "}, {0.999, TRUE, "███▉"},
    {1, TRUE, "████"}, {7.5, TRUE, "████"}, {G_MAXDOUBLE, TRUE, "████"},
    {0, FALSE, "...."}, {0.01, FALSE, "#..."}, {0.5, FALSE, "##.."}, {0.99, FALSE, "###."},
    {1, FALSE, "####"}, {2, FALSE, "####"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GString) out = g_string_new (NULL);

    view_bar (rows[i].share, 4, rows[i].utf8, out);
    g_assert_cmpstr (out->str, ==, rows[i].text);
  }
}

static void
test_texts (void)
{
  g_autofree gchar *line = print_line (HOSTILE), *clipped = print_clip (line, 18);
  g_autofree gchar *none = print_clip (line, 0), *time = print_time (0);
  g_autoptr (GString) padded = g_string_new (NULL);

  g_assert_cmpstr (line, ==, "=a\"b'c\\d,e|f=g h é日??[2J?]0;x??2J?");
  g_assert_cmpuint (print_columns (line), ==, 35);
  g_assert_cmpstr (clipped, ==, "=a\"b'c\\d,e|f=g h ~");
  g_assert_cmpstr (none, ==, "");
  g_assert_cmpstr (time, ==, "1970-01-01T00:00:00Z");
  print_padded ("日本", 3, padded);
  g_assert_cmpstr (padded->str, ==, "日~");
  print_padded ("a", 3, padded);
  g_assert_cmpstr (padded->str, ==, "日~a  ");
}

static void
test_registry (void)
{
  g_assert_null (view_by_name ("nonsense"));
  for (gsize i = 0; view_list ()[i]; i++)
    g_assert_true (view_by_name (view_list ()[i]->name) == view_list ()[i]);
}

/* --- whatever comes --- */

/* Nothing in TEXT moves a cursor. */
static void
assert_harmless (const gchar * text)
{
  g_assert_true (g_utf8_validate (text, -1, NULL));
  for (const gchar * at = text; *at; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);

    g_assert_true (c == '\n' || c == '\r' || g_unichar_isprint (c));
  }
}

static void
test_hostile (void)
{
  g_autoptr (Sample) sample = hostile_sample ();

  for (gsize i = 0; view_list ()[i]; i++) {
    g_autofree gchar *text = shown_sample (view_list ()[i]->name, sample);

    g_assert_cmpuint (strlen (text), >, 0);
    g_assert_null (strstr (text, "nan"));
    g_assert_null (strstr (text, "inf"));
    assert_harmless (text);
  }
}

static void
test_locale (void)
{
  g_autoptr (Sample) sample = hostile_sample ();
  g_autofree gchar *before = shown_sample ("json", sample), *after = NULL;

  if (!setlocale (LC_ALL, "de_DE.UTF-8")) {
    g_test_skip ("no locale with a decimal comma here");
    return;
  }
  after = shown_sample ("json", sample);
  setlocale (LC_ALL, "C.UTF-8");
  g_assert_cmpstr (before, ==, after);
}

/* How wide a column becomes is a matter of libsmartcols. Caller frees. */
static gchar *
squeezed (const gchar * text)
{
  GString *out = g_string_new (NULL);

  for (; *text; text++) {
    if (*text != ' ' || text[1] != ' ')
      g_string_append_c (out, *text);
  }
  return g_string_free (out, FALSE);
}

static void
test_table (void)
{
  g_autoptr (Sample) sample = fake_daemon ();
  g_autofree gchar *text = shown_sample ("table", sample), *blanks = squeezed (text);

  g_assert_cmpstr (blanks, ==,
      "POOL STATUS PINS FILL MEMORY SHARDS REFS CALLS\n"
      "rtpengine-proc/table-0 WARNING 12/16 ▕███████▌ ▏ 192 MiB - - -\n"
      "rtpengine-json/shared OK - ▕████████▎ ▏ - 3 523 0\n"
      "\n" "WARNING rtpengine-proc/table-0: 12 of 16 pins\n");
  assert_narrow (text, 80);
}

static void
test_table_verbose (void)
{
  const ViewStyle style = {.width = 80,.verbose = TRUE };
  g_autoptr (Sample) sample = fake_daemon ();
  g_autoptr (GPtrArray) findings = fake_findings (sample);
  const ViewData data = fake_data (sample, findings);
  g_autofree gchar *text = shown_with ("table", &data, &style), *blanks = squeezed (text);

  assert_has (text, "\nrtpengine-proc/table-0  owner pid 216 (alive)  up 2d\n");
  assert_has (blanks, "\n 0 [#####.....] 8 MiB 16 MiB 520 filling\n");
  assert_has (blanks, "\n 2 [##########] 16 MiB 16 MiB 0 lost?\n");
  assert_has (text, "216 rtpengine");
  assert_narrow (text, 80);
}

static void
test_table_sizes (void)
{
  g_autoptr (Sample) none = fake_sample (), many = many_pools (40);
  g_autofree gchar *nothing = shown_sample ("table", none), *text = shown_sample ("table", many);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  g_assert_cmpstr (nothing, ==, "no pools\n");
  g_assert_cmpuint (g_strv_length (lines), ==, 42);
  assert_narrow (text, 80);
}

static void
test_csv (void)
{
  g_autoptr (Sample) sample = fake_daemon (), hostile = hostile_sample ();
  g_autofree gchar *text = shown_sample ("csv", sample), *bad = shown_sample ("csv", hostile);
  g_auto (GStrv) lines = g_strsplit (text, "\r\n", -1);

  g_assert_cmpstr (lines[0], ==,
      "time,source,pool,status,pins,limit,memory_bytes,memory_limit_bytes,num_shards,references,"
      "used_bytes,size_bytes,sessions,targets,threads,num_holders,uptime_seconds,value,"
      "owner_state,owner,note");
  g_assert_cmpstr (lines[1], ==, "2026-11-24T23:15:00Z,rtpengine-proc,table-0,WARNING,12,16,"
      "201326592,,,,,,,8,,,200000,,alive,pid 216,");
  g_assert_cmpstr (lines[2], ==, "2026-11-24T23:15:00Z,rtpengine-json,shared,OK,,,,,3,523,"
      "41943132,50331624,0,,,1,,,,,");
  g_assert_cmpstr (lines[3], ==, "");
  assert_has (bad, "\"'=a\"\"b'c\\d,e|f=g h é日??[2J?]0;x??2J?\"");
}

/* --- JSON --- */

static JsonObject *
first_pool (JsonParser * parser, const gchar * text)
{
  g_autoptr (GError) error = NULL;

  json_parser_load_from_data (parser, text, -1, &error);
  g_assert_no_error (error);
  return json_array_get_object_element (json_object_get_array_member (json_node_get_object
          (json_parser_get_root (parser)), "pools"), 0);
}

static void
test_json (void)
{
  g_autoptr (Sample) sample = fake_daemon ();
  g_autofree gchar *text = shown_sample ("json", sample);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *pool = first_pool (parser, text);
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));

  g_assert_cmpstr (json_object_get_string_member (root, "time"), ==, "2026-11-24T23:15:00Z");
  g_assert_cmpstr (json_object_get_string_member (root, "level"), ==, "WARNING");
  g_assert_cmpstr (json_object_get_string_member (pool, "pool"), ==, "table-0");
  g_assert_cmpstr (json_object_get_string_member (pool, "status"), ==, "WARNING");
  g_assert_cmpstr (json_object_get_string_member (pool, "owner"), ==, "pid 216");
  g_assert_cmpint (json_object_get_int_member (pool, "pins"), ==, 12);
  g_assert_cmpint (json_object_get_int_member (pool, "limit"), ==, 16);
  g_assert_false (json_object_has_member (pool, "shards"));
  g_assert_false (json_object_has_member (pool, "sessions"));
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (root, "findings")), ==, 2);
}

static void
test_json_hostile (void)
{
  g_autoptr (Sample) sample = hostile_sample ();
  g_autofree gchar *text = shown_sample ("json", sample), *valid = g_utf8_make_valid (HOSTILE, -1);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *pool = first_pool (parser, text);

  g_assert_cmpstr (json_object_get_string_member (pool, "source"), ==, valid);
  g_assert_cmpfloat (json_object_get_double_member (pool, "memory_bytes"), >, 1.8e19);
}

static void
test_jsonl (void)
{
  g_autoptr (Sample) sample = many_pools (40), none = fake_sample ();
  g_autofree gchar *text = shown_sample ("jsonl", sample), *nothing = shown_sample ("jsonl", none);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, 41);
  for (guint i = 0; i < 40; i++) {
    g_autoptr (JsonParser) parser = json_parser_new ();

    g_assert_true (json_parser_load_from_data (parser, lines[i], -1, NULL));
  }
  g_assert_cmpstr (nothing, ==, "");
}

gint
main (gint argc, gchar ** argv)
{
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/view/bytes", test_bytes);
  g_test_add_func ("/view/bar", test_bar);
  g_test_add_func ("/view/texts", test_texts);
  g_test_add_func ("/view/registry", test_registry);
  g_test_add_func ("/view/hostile", test_hostile);
  g_test_add_func ("/view/locale", test_locale);
  g_test_add_func ("/view/table/usual", test_table);
  g_test_add_func ("/view/table/verbose", test_table_verbose);
  g_test_add_func ("/view/table/sizes", test_table_sizes);
  g_test_add_func ("/view/csv", test_csv);
  g_test_add_func ("/view/json/usual", test_json);
  g_test_add_func ("/view/json/hostile", test_json_hostile);
  g_test_add_func ("/view/jsonl", test_jsonl);
  return g_test_run ();
}
