/* The configuration: every key in every spelling, every mistake with its line, files that others
 * could write. */
#include "config.h"
#include "poolwatch/commands.h"

#include "base/parse.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  gchar *dir, *path;
} File;

static void
set_up (File * file, gconstpointer data)
{
  file->dir = g_dir_make_tmp ("test-conf-XXXXXX", NULL);
  g_assert_nonnull (file->dir);
  file->path = g_build_filename (file->dir, "poolwatch.conf", NULL);
}

static void
tear_down (File * file, gconstpointer data)
{
  g_unlink (file->path);
  g_rmdir (file->dir);
  g_free (file->path);
  g_free (file->dir);
}

static void
write_file (const File * file, const gchar * text, gssize length)
{
  g_assert_true (g_file_set_contents (file->path, text, length, NULL));
  g_assert_cmpint (g_chmod (file->path, 0600), ==, 0);
}

/* --- keys --- */

/* A value of each key, how it is shown, and values that are none. */
static const struct
{
  const gchar *key, *value, *shown;
  const gchar *bad, *problem;
} key_rows[] = {
  {"state", "/var/lib/poolwatch", "/var/lib/poolwatch", "here", "not an absolute path: here"},
  {"textfile", "/var/lib/t", "/var/lib/t", "x/y", "not an absolute path: x/y"},
  {"format", "json", "json", "jsan", "no such format: jsan"},
  {"hook", "/usr/bin/page", "/usr/bin/page", "page", "not an absolute path: page"},
  {"hook-timeout", "90s", "90s", "2h", "too long: 2h"},
  {"hook-per-hour", "12", "12", "-1", "out of range 0..1000000: -1"},
  {"maintenance", "22:00-06:00", "22:00-06:00", "night", "not a window: night"},
  {"timeout", "500ms", "0.5", "0", "too short: 0"},
  {"keep-raw", "7d", "7d", "soon", "not a duration: soon"},
  {"keep-rolled", "730d", "730d", "0", "too short: 0"},
  {"rate-window", "90m", "90m", "40000d", "too long: 40000d"},
  {"limit", "32", "32", "0", "neither a number of pins nor auto nor none: 0"},
  {"limit", "none", "none", "many", "neither a number of pins nor auto nor none: many"},
  {"limit", "auto", "auto", "", "neither a number of pins nor auto nor none: "},
  {"threads", "8", "8", "0", "out of range 1..1000000: 0"},
  {"threads", "auto", "auto", "x", "not a number: x"},
  {"memory-share", "12.5%", "12.5%", "0.3", "not a share (1% to 100%): 0.3"},
  {"memory-share", "100%", "100%", "101%", "not a share (1% to 100%): 101%"},
  {"absent", "ok", "ok", "OK", "neither ok nor unknown: OK"},
  {"absent", "unknown", "unknown", "critical", "neither ok nor unknown: critical"},
  {"for", "5m", "5m", "-5m", "not a duration: -5m"},
  {"remind", "0", "0", "4 h", "not a duration: 4 h"},
  {"flap-window", "1h", "1h", "1e999", "not a duration: 1e999"},
  {"flap-changes", "5", "5", "5x", "not a number: 5x"},
  {"clear-runs", "2", "2", "0", "out of range 1..1000000: 0"},
  {"heartbeat", "1d", "1d", "40000d", "too long: 40000d"},
};

static void
test_keys (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (key_rows); i++) {
    g_autoptr (Conf) conf = conf_new ();
    g_autoptr (GError) error = NULL;
    g_autoptr (GString) text = g_string_new (NULL);
    g_autofree gchar *line = g_strdup_printf ("\n%s = %s\n", key_rows[i].key, key_rows[i].shown);
    g_autofree gchar *problem = g_strdup_printf ("%s: %s", key_rows[i].key, key_rows[i].problem);

    conf_set (conf, key_rows[i].key, key_rows[i].value, &error);
    g_assert_no_error (error);
    g_assert_false (conf_set (conf, key_rows[i].key, key_rows[i].bad, &error));
    g_assert_cmpstr (error->message, ==, problem);
    /* The mistake left the value as it was. */
    conf_describe (conf, text);
    g_test_message ("%s", line);
    g_assert_nonnull (strstr (text->str, line));
  }
}

/* Each key is in the table above, and can be an option. */
static void
test_key_table (void)
{
  for (gsize i = 0; i < conf_n_keys (); i++) {
    gboolean tested = FALSE;

    for (gsize k = 0; k < G_N_ELEMENTS (key_rows); k++)
      tested |= g_str_equal (key_rows[k].key, conf_key_name (i));
    g_test_message ("%s", conf_key_name (i));
    g_assert_true (tested);
    g_assert_nonnull (conf_key_help (i));
    g_assert_nonnull (conf_key_argument (i));
  }
  g_assert_cmpuint (conf_n_keys (), ==, 21);
  g_assert_null (conf_key_name (conf_n_keys ()));
}

static void
test_values (void)
{
  g_autoptr (Conf) conf = conf_new ();

  g_assert_cmpfloat (conf->keep_raw, ==, 7 * 86400);
  g_assert_cmpint (conf->rules.limit, ==, 0);
  g_assert_cmpuint (conf->rules.memory_total, >, 0);
  g_assert_true (conf_set (conf, "keep-raw", "36h", NULL));
  g_assert_true (conf_set (conf, "limit", "none", NULL));
  g_assert_true (conf_set (conf, "remind", "1.5s", NULL));
  g_assert_true (conf_set (conf, "memory-share", "40%", NULL));
  g_assert_true (conf_set (conf, "absent", "ok", NULL));
  g_assert_cmpfloat (conf->keep_raw, ==, 36 * 3600);
  g_assert_cmpint (conf->rules.limit, ==, -1);
  g_assert_cmpint (conf->policy.remind_us, ==, 1500000);
  g_assert_cmpfloat (conf->rules.memory_share, ==, 0.4);
  g_assert_cmpint (conf->rules.absent, ==, LEVEL_OK);
}

/* --- sources and thresholds of options --- */

static const gchar *
source_value_of (const Conf * conf, guint i, const gchar * key)
{
  return g_hash_table_lookup (((ConfSource *) conf->sources->pdata[i])->values, key);
}

static void
test_source_options (void)
{
  static const struct
  {
    const gchar *text, *problem;
  } rows[] = {
    {"", "no such source: "},
    {"x", "no such source: x"},
    {"generic,name=", "no name"},
    {"generic,name=a b", "not a name (letters, digits, - _ .): a b"},
    {"generic,file", "generic: not KEY=VALUE: file"},
    {"generic,fail=1", "generic: fail: unknown key of generic"},
    {"generic,file=", "generic: file: no value"},
    {"generic,file=/a,file=/b", "generic: file: given twice"},
    {"generic,value=x", "generic: value: neither /REGEX/ nor json:/POINTER: x"},
    {"generic,name=one", "two sources of one name: one"},
  };
  g_autoptr (Conf) conf = conf_new ();

  g_assert_true (conf_add_source (conf, "generic,name=one,file=/a\\,b,value=/n{1\\,3}=(.*)/", NULL));
  g_assert_cmpuint (conf->sources->len, ==, 1);
  g_assert_cmpstr (((ConfSource *) conf->sources->pdata[0])->name, ==, "one");
  g_assert_cmpstr (source_value_of (conf, 0, "file"), ==, "/a,b");
  g_assert_cmpstr (source_value_of (conf, 0, "value"), ==, "/n{1,3}=(.*)/");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (conf_add_source (conf, rows[i].text, &error));
    g_assert_cmpstr (error->message, ==, rows[i].problem);
    g_assert_cmpuint (conf->sources->len, ==, 1);
  }
}

static void
test_default_sources (void)
{
  static const gchar *const names[] = { "gst-shm", "rtpengine-proc", NULL };
  g_autoptr (Conf) conf = conf_new ();

  g_assert_cmpuint (conf->sources->len, ==, 0);
  g_assert_false (conf->is_default);
  conf_add_default_sources (conf);
  g_assert_true (conf->is_default);
  g_assert_cmpuint (conf->sources->len, ==, G_N_ELEMENTS (names) - 1);
  for (guint i = 0; i < conf->sources->len; i++)
    g_assert_true (g_strv_contains (names, ((ConfSource *) conf->sources->pdata[i])->name));
}

static void
test_thresholds (void)
{
  static const struct
  {
    const gchar *text, *pool;
    Quantity quantity;
    gboolean rate;
    const gchar *problem;
  } rows[] = {
    {"12", NULL, QUANTITY_PINS, FALSE, NULL},
    {"memory=5", NULL, QUANTITY_MEMORY, FALSE, NULL},
    {"memory_bytes-rate=5", NULL, QUANTITY_MEMORY, TRUE, NULL},
    {"table-*/12", "table-*", QUANTITY_PINS, FALSE, NULL},
    {"rtp/shared/references = 5", "rtp/shared", QUANTITY_REFERENCES, FALSE, NULL},
    {"", NULL, 0, FALSE, "no value"},
    {"x", NULL, 0, FALSE, "not a range: x"},
    {"/5", NULL, 0, FALSE, "no pool before the slash: /5"},
    {"memry=5", NULL, 0, FALSE, "no such quantity: memry"},
    {"-rate=5", NULL, 0, FALSE, "no such quantity: -rate"},
    {"pins=", NULL, 0, FALSE, "not a range: "},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (Conf) conf = conf_new ();
    g_autoptr (GError) error = NULL;
    gboolean ok = conf_add_threshold (conf, LEVEL_CRITICAL, rows[i].text, &error);

    g_test_message ("%s", rows[i].text);
    g_assert_cmpstr (error ? error->message : NULL, ==, rows[i].problem);
    g_assert_cmpuint (conf->rules.thresholds->len, ==, ok);
    if (ok) {
      const AlertThreshold *got = &g_array_index (conf->rules.thresholds, AlertThreshold, 0);

      g_assert_cmpstr (got->pool, ==, rows[i].pool);
      g_assert_cmpint (got->quantity, ==, rows[i].quantity);
      g_assert_cmpint (got->rate, ==, rows[i].rate);
      g_assert_cmpint (got->level, ==, LEVEL_CRITICAL);
    }
  }
}

/* --- the file --- */

static const gchar whole_file[] = "# proxies\n"
    "[poolwatch]\n"
    "limit = 16\n"
    "  remind=4h  \r\n"
    "\n"
    "[source proxy]\n"
    "file = /run/stats\n"
    "type = generic\n"
    "value = /pins:\\s+(\\d+)/\n"
    "[pool table-*]\n"
    "limit = none\n"
    "warning = 12; memory=5 ;\n"
    "critical = pins-rate=3\n";

static void
test_file (File * file, gconstpointer data)
{
  g_autoptr (Conf) conf = conf_new ();
  g_autoptr (GError) error = NULL;
  const AlertThreshold *last;

  write_file (file, whole_file, -1);
  conf_load (conf, file->path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (conf->rules.limit, ==, 16);
  g_assert_cmpint (conf->policy.remind_us, ==, 4 * 3600 * G_GINT64_CONSTANT (1000000));
  g_assert_cmpuint (conf->sources->len, ==, 1);
  g_assert_cmpstr (((ConfSource *) conf->sources->pdata[0])->name, ==, "proxy");
  g_assert_cmpstr (source_value_of (conf, 0, "file"), ==, "/run/stats");
  g_assert_cmpstr (source_value_of (conf, 0, "value"), ==, "/pins:\\s+(\\d+)/");
  g_assert_cmpuint (conf->rules.thresholds->len, ==, 3);
  last = &g_array_index (conf->rules.thresholds, AlertThreshold, 2);
  g_assert_cmpstr (last->pool, ==, "table-*");
  g_assert_cmpint (last->quantity, ==, QUANTITY_PINS);
  g_assert_true (last->rate);
  g_assert_cmpuint (conf->rules.pool_limits->len, ==, 1);
  g_assert_cmpint (g_array_index (conf->rules.pool_limits, AlertPoolLimit, 0).limit, ==, -1);
  g_assert_cmpstr (g_array_index (conf->rules.pool_limits, AlertPoolLimit, 0).pool, ==, "table-*");
}

/* What is described is a file that says the same. */
static void
test_round_trip (File * file, gconstpointer data)
{
  g_autoptr (Conf) conf = conf_new (), again = conf_new ();
  g_autoptr (GString) first = g_string_new (NULL), second = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  write_file (file, whole_file, -1);
  g_assert_true (conf_load (conf, file->path, NULL));
  conf_describe (conf, first);
  write_file (file, first->str, -1);
  conf_load (again, file->path, &error);
  g_assert_no_error (error);
  conf_describe (again, second);
  g_assert_cmpstr (second->str, ==, first->str);
}

static void
test_empty_file (File * file, gconstpointer data)
{
  static const gchar *const texts[] = { "", "\n\n", "# only words", "[poolwatch]" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (Conf) conf = conf_new ();
    g_autoptr (GError) error = NULL;

    write_file (file, texts[i], -1);
    conf_load (conf, file->path, &error);
    g_assert_no_error (error);
  }
}

#define IN(text) "[poolwatch]\n" text "\n"

static void
test_mistakes (File * file, gconstpointer data)
{
  static const struct
  {
    const gchar *text, *problem;
  } rows[] = {
    {"limit=5\n", "1: before any [group]: limit=5"},
    {"\n[poolwatch\n", "2: not a group: [poolwatch"},
    {"[]\n", "1: not a group: []"},
    {IN ("limit"), "2: neither a [group] nor KEY=VALUE nor a # comment: limit"},
    {IN ("=5"), "2: neither a [group] nor KEY=VALUE nor a # comment: =5"},
    {IN ("; words"), "2: neither a [group] nor KEY=VALUE nor a # comment: ; words"},
    {IN ("\nlimit=5\nlimit=6"), "4: limit: given twice: first in line 3"},
    {IN ("[poolwatch]"), "2: [poolwatch]: given twice: first in line 1"},
    {"\n[pool]\n", "2: [pool]: unknown group (poolwatch, source NAME, pool GLOB)"},
    {"[pools x]\n", "1: [pools x]: unknown group (poolwatch, source NAME, pool GLOB)"},
    {"[pool ]\n", "1: [pool ]: no name"},
    {IN ("limits=5"), "2: limits: unknown key"},
    {IN ("limit[de]=5"), "2: limit[de]: unknown key"},
    {IN ("limit=x"), "2: limit: neither a number of pins nor auto nor none: x"},
    {IN ("state="), "2: state: not an absolute path: "},
    {IN ("# w\303\266rter\nstate=/\377"), "3: not UTF-8"},
    {"[source a]\nfile=/x\n", "1: [source a]: type: missing"},
    {"\n[source a]\ntype=x\n", "2: [source a]: no such source: x"},
    {"[source a b]\ntype=generic\n",
        "1: [source a b]: not a name (letters, digits, - _ .): a b"},
    {"[source  a]\ntype=generic\n[source a]\ntype=generic\n",
        "3: [source a]: two sources of one name: a"},
    {"[source a]\ntype=generic\n\nfale=/x\n", "4: fale: unknown key of generic"},
    {"[source a]\nvalue=(x)\ntype=generic\n",
        "2: value: neither /REGEX/ nor json:/POINTER: (x)"},
    {"[pool x]\nwarning=5\ncritical=5;x\n", "3: critical: not a range: x"},
    {"[pool x]\nwarning=;\n", "2: warning: no value"},
    {"[pool x]\nlimit=y\n", "2: limit: neither a number of pins nor auto nor none: y"},
    {"[pool x[12]]\nlimit=5\n", "1: brackets within a group: [pool x[12]]"},
    {"[pool x]\nlimits=5\n", "2: limits: unknown key"},
    {"[pool x]\nwarning=value=y=5\n", "2: warning: not a range: y=5"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (Conf) conf = conf_new ();
    g_autoptr (GError) error = NULL;
    g_autofree gchar *problem = g_strdup_printf ("%s:%s", file->path, rows[i].problem);

    write_file (file, rows[i].text, -1);
    g_assert_false (conf_load (conf, file->path, &error));
    g_assert_cmpstr (error->message, ==, problem);
  }
}

/* A NUL would hide the rest of a line. */
static void
test_nul (File * file, gconstpointer data)
{
  static const gchar text[] = "[poolwatch]\nlimit=5\0" "0\n";
  g_autoptr (Conf) conf = conf_new ();
  g_autoptr (GError) error = NULL;

  write_file (file, text, sizeof text - 1);
  g_assert_false (conf_load (conf, file->path, &error));
  g_assert_true (g_str_has_suffix (error->message, ":2: not UTF-8"));
}

/* Every byte of a good file changed: an error with a line, or values, never an end of us. */
static void
test_damage (File * file, gconstpointer data)
{
  for (gsize i = 0; i < sizeof whole_file - 1; i++) {
    g_autofree gchar *text = g_memdup2 (whole_file, sizeof whole_file);
    g_autoptr (Conf) conf = conf_new ();
    g_autoptr (GError) error = NULL;

    text[i] ^= (gchar) (1 << (i % 8));
    write_file (file, text, sizeof whole_file - 1);
    if (!conf_load (conf, file->path, &error))
      g_assert_true (g_str_has_prefix (error->message, file->path));
  }
}

/* --- who may write it --- */

static void
assert_refused (const File * file, const gchar * part)
{
  g_autoptr (Conf) conf = conf_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (conf_load (conf, file->path, &error));
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, part));
  g_assert_nonnull (strstr (error->message, file->path));
}

static void
test_modes (File * file, gconstpointer data)
{
  g_autoptr (Conf) conf = conf_new ();
  g_autoptr (GError) error = NULL;

  write_file (file, whole_file, -1);
  g_assert_cmpint (g_chmod (file->path, 0620), ==, 0);
  assert_refused (file, "refused: others may write it (chmod go-w): mode 0620");
  g_assert_cmpint (g_chmod (file->path, 0602), ==, 0);
  assert_refused (file, "refused: others may write it (chmod go-w): mode 0602");
  g_assert_cmpint (g_chmod (file->path, 0600), ==, 0);
  g_assert_cmpint (g_chmod (file->dir, 0770), ==, 0);
  assert_refused (file, "refused: others may write it (chmod go-w): mode 0770");
  /* Where nobody can take away what is not his. */
  g_assert_cmpint (g_chmod (file->dir, 01777), ==, 0);
  conf_load (conf, file->path, &error);
  g_assert_no_error (error);
}

static void
test_owner (File * file, gconstpointer data)
{
  if (geteuid () != 0) {
    g_test_skip ("only root can give a file away");
    return;
  }
  write_file (file, whole_file, -1);
  g_assert_cmpint (chown (file->path, 65534, 65534), ==, 0);
  assert_refused (file, "refused: belongs to user 65534, neither to root nor to us");
}

/* The directory that counts is the one in which the file lies, not that of a link to it. */
static void
test_link (File * file, gconstpointer data)
{
  g_autofree gchar *open_dir = g_build_filename (file->dir, "open", NULL);
  g_autofree gchar *target = g_build_filename (open_dir, "real", NULL);
  g_autoptr (Conf) conf = conf_new ();
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (open_dir, 0700), ==, 0);
  g_assert_true (g_file_set_contents (target, whole_file, -1, NULL));
  g_assert_cmpint (g_chmod (target, 0600), ==, 0);
  g_assert_cmpint (symlink (target, file->path), ==, 0);
  conf_load (conf, file->path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_chmod (open_dir, 0777), ==, 0);
  assert_refused (file, "refused: others may write it (chmod go-w): mode 0777");
  g_unlink (target);
  assert_refused (file, "No such file or directory");
  g_rmdir (open_dir);
}

static void
test_no_file (File * file, gconstpointer data)
{
  g_assert_cmpint (g_mkdir (file->path, 0700), ==, 0);
  assert_refused (file, "not a file");
  g_rmdir (file->path);
  assert_refused (file, "No such file or directory");
  /* It would keep us waiting. */
  g_assert_cmpint (mkfifo (file->path, 0600), ==, 0);
  assert_refused (file, "not a file");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/conf/keys", test_keys);
  g_test_add_func ("/conf/key-table", test_key_table);
  g_test_add_func ("/conf/values", test_values);
  g_test_add_func ("/conf/source-options", test_source_options);
  g_test_add_func ("/conf/default-sources", test_default_sources);
  g_test_add_func ("/conf/thresholds", test_thresholds);
#define ADD(name, test) g_test_add ("/conf/" name, File, NULL, set_up, test, tear_down)
  ADD ("file", test_file);
  ADD ("round-trip", test_round_trip);
  ADD ("empty-file", test_empty_file);
  ADD ("mistakes", test_mistakes);
  ADD ("nul", test_nul);
  ADD ("damage", test_damage);
  ADD ("modes", test_modes);
  ADD ("owner", test_owner);
  ADD ("link", test_link);
  ADD ("no-file", test_no_file);
  return g_test_run ();
}
