/* The tables of rtpengine's kernel module, as /proc/rtpengine shows them. Only "list" and "status"
 * are read: "control" is the daemon's, and "N/list" is expensive. */
#include "config.h"
#include "watch/source/source.h"

#include "base/error.h"
#include "base/parse.h"
#include "proc/usable.h"
#include "watch/source/rtpengine-table.h"

#include <string.h>

static gboolean
check_table (const gchar * value, GError ** error)
{
  gint64 id;

  return parse_int (value, 0, RTPENGINE_MAX_TABLE, &id, error);
}

/* "26.0.1.4" of "mr26.0.1.4" and "26.0.1.4-1~bpo12"; NULL: no release. Caller frees. */
static gchar *
clean_release (const gchar * text)
{
  text += strcspn (text, "0123456789\n");
  if (!g_ascii_isdigit (*text))
    return NULL;
  return g_strndup (text, strspn (text, "0123456789."));
}

static gboolean
check_release (const gchar * value, GError ** error)
{
  g_autofree gchar *release = clean_release (value);

  if (release && strchr (release, '.'))
    return TRUE;
  return error_input (error, "not a release: %s", value);
}

/* --- the release --- */

/* The module's own word, where it has one: xt_RTPENGINE and nft_rtpengine. Caller frees. */
static gchar *
module_release (const SourceRequest * request)
{
  static const gchar *const modules[] = { "nft_rtpengine", "xt_RTPENGINE", "xt_rtpengine" };

  for (gsize i = 0; !request->input && i < G_N_ELEMENTS (modules); i++) {
    g_autofree gchar *below = g_strconcat ("/sys/module/", modules[i], "/version", NULL);
    g_autofree gchar *path = source_path (request, below);
    gsize length;
    g_autofree gchar *text = source_read_file (path, request->deadline, &length, NULL);

    if (text)
      return clean_release (text);
  }
  return NULL;
}

/* Configured, else the module's. Caller frees. */
static gchar *
find_release (const SourceRequest * request)
{
  const gchar *configured = source_value (request, "release", NULL);

  return configured ? clean_release (configured) : module_release (request);
}

/* --- live --- */

static gboolean
is_absent_ok (const RtpengineReader * reader)
{
  return source_is_absent_ok (reader->request);
}

/* PATH cannot be read: with a hint for those who are not permitted. */
static void
tell_unreadable (const RtpengineReader * reader, const gchar * pool, const GError * error)
{
  gboolean forbidden = g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_ACCES);

  sample_trouble (reader->sample, reader->request->name, pool, FALSE, "%s%s", error->message,
      forbidden ? " (run as group rtpengine, or see proc_uid and proc_gid in /etc/modprobe.d)" :
      "");
}

static void
read_table (const RtpengineReader * reader, guint id)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *pool = g_strdup_printf ("table-%u", id);
  g_autofree gchar *below = g_strdup_printf (RTPENGINE_ROOT "/%u/status", id);
  g_autofree gchar *path = source_path (reader->request, below);
  gsize length;
  g_autofree gchar *text = source_read_file (path, reader->request->deadline, &length, &error);

  if (text)
    rtpengine_table_take (reader, id, path, text, length);
  else
    tell_unreadable (reader, pool, error);
}

/* Reads the tables of IDS that are wanted by READ_ONE. */
static void
read_wanted (const RtpengineReader * reader, const GArray * ids)
{
  guint n = 0;

  for (guint i = 0; i < ids->len; i++) {
    guint id = g_array_index (ids, guint, i);

    if (reader->only >= 0 && id != (guint) reader->only)
      continue;
    read_table (reader, id);
    n++;
  }
  if (n > 0)
    return;
  if (reader->only >= 0)
    sample_trouble (reader->sample, reader->request->name, NULL, is_absent_ok (reader),
        "no table %d: no daemon uses it", reader->only);
  else
    sample_trouble (reader->sample, reader->request->name, NULL, is_absent_ok (reader),
        "no table: no daemon, or shut down cleanly");
}

static void
read_live (const RtpengineReader * reader)
{
  g_autoptr (GError) error = NULL, unusable = NULL;
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) ids = NULL;
  g_autofree gchar *path = source_path (reader->request, RTPENGINE_ROOT "/list");
  gsize length;
  g_autofree gchar *text = source_read_file (path, reader->request->deadline, &length, &error);

  /* An empty /proc tells nothing of the module. A capture need not have more than its tables. */
  if (!text && !(reader->request->sysroot && *reader->request->sysroot)
      && !proc_is_usable ("", &unusable)) {
    sample_trouble (reader->sample, reader->request->name, NULL, FALSE, "%s", unusable->message);
    return;
  }
  if (g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
    sample_trouble (reader->sample, reader->request->name, NULL, is_absent_ok (reader),
        "no table: module not loaded, no daemon, or shut down cleanly");
    return;
  }
  if (!text) {
    tell_unreadable (reader, NULL, error);
    return;
  }
  ids = rtpengine_list_parse (text, length, problems);
  rtpengine_table_problems (reader, NULL, path, problems);
  read_wanted (reader, ids);
}

/* --- captures --- */

#define HEADER "--- " RTPENGINE_ROOT "/"

/* The end of the section that starts at TEXT: the next header, or END. */
static const gchar *
section_end (const gchar * text, const gchar * end)
{
  const gchar *next = g_strstr_len (text, end - text, "\n" HEADER);

  return next ? next + 1 : end;
}

/* The id in PATH, ".../ID/status"; -1: it is another. */
static gint
table_of_path (const gchar * path)
{
  g_autofree gchar *base = g_path_get_basename (path);
  g_autofree gchar *directory = g_path_get_dirname (path);
  g_autofree gchar *id = g_path_get_basename (directory);
  gint64 number;

  if (!g_str_equal (base, "status") || !parse_int (id, 0, RTPENGINE_MAX_TABLE, &number, NULL)
      || (id[0] == '0' && id[1] != '\0'))
    return -1;
  return (gint) number;
}

/* One file of a capture of several. LISTED and SEEN: which tables there are, by list and by
 * status. */
static void
take_section (const RtpengineReader * reader, const gchar * path, const gchar * text, gsize length,
    GArray ** listed, guint64 * seen)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  gint id = table_of_path (path);

  if (g_str_equal (path, RTPENGINE_ROOT "/list") && !*listed) {
    *listed = rtpengine_list_parse (text, length, problems);
    rtpengine_table_problems (reader, NULL, path, problems);
    return;
  }
  if (id < 0 || (reader->only >= 0 && id != reader->only))
    return;
  if (*seen & G_GUINT64_CONSTANT (1) << id)
    sample_trouble (reader->sample, reader->request->name, NULL, FALSE, "%s: stands there twice",
        path);
  else
    rtpengine_table_take (reader, (guint) id, path, text, length);
  *seen |= G_GUINT64_CONSTANT (1) << id;
}

/* What list and status do not agree about. */
static void
compare_tables (const RtpengineReader * reader, const GArray * listed, guint64 seen)
{
  guint64 wanted = 0;

  for (guint i = 0; listed && i < listed->len; i++)
    wanted |= G_GUINT64_CONSTANT (1) << g_array_index (listed, guint, i);
  for (guint id = 0; id <= RTPENGINE_MAX_TABLE; id++) {
    guint64 bit = G_GUINT64_CONSTANT (1) << id;
    g_autofree gchar *pool = g_strdup_printf ("table-%u", id);

    if (!listed || (wanted & bit) == (seen & bit)
        || (reader->only >= 0 && id != (guint) reader->only))
      continue;
    sample_trouble (reader->sample, reader->request->name, pool, FALSE,
        (seen & bit) != 0 ? "table %u: not in the list" : "table %u: no status", id);
  }
  if (wanted == 0 && seen == 0)
    sample_trouble (reader->sample, reader->request->name, NULL, is_absent_ok (reader),
        "no table in the capture");
}

static void
take_sections (const RtpengineReader * reader, const gchar * text, gsize length)
{
  g_autoptr (GArray) listed = NULL;
  const gchar *end = text + length;
  guint64 seen = 0;

  if (end[-1] != '\n')
    sample_trouble (reader->sample, reader->request->name, NULL, FALSE,
        "%s: cut: no newline at the end", reader->request->input);
  while (text < end) {
    const gchar *next = section_end (text, end);
    const gchar *line_end = memchr (text, '\n', (gsize) (next - text));
    gsize skip = strlen ("--- ");

    if (line_end) {
      g_autofree gchar *path = g_strndup (text + skip, (gsize) (line_end - text) - skip);

      take_section (reader, path, line_end + 1, (gsize) (next - line_end - 1), &listed, &seen);
    }
    text = next;
  }
  compare_tables (reader, listed, seen);
}

static void
read_capture (const RtpengineReader * reader)
{
  const gchar *input = reader->request->input;
  g_autoptr (GError) error = NULL;
  gsize length;
  g_autofree gchar *text = source_read_file (input, reader->request->deadline, &length, &error);
  gint id = table_of_path (input);

  if (!text) {
    tell_unreadable (reader, NULL, error);
    return;
  }
  if (length > strlen (HEADER) && g_str_has_prefix (text, HEADER)) {
    take_sections (reader, text, length);
    return;
  }
  if (id < 0)
    id = MAX (reader->only, 0);
  rtpengine_table_take (reader, (guint) id, input, text, length);
}

/* --- the source --- */

static void
read_tables (const SourceRequest * request, Sample * sample)
{
  const gchar *only = source_value (request, "table", NULL);
  g_autofree gchar *release = find_release (request);
  RtpengineReader reader = {.request = request,.sample = sample,.release = release,.only = -1 };

  sample_expect_pins (sample, request->name);
  if (only)
    reader.only = (gint) g_ascii_strtoll (only, NULL, 10);
  if (request->input)
    read_capture (&reader);
  else
    read_live (&reader);
}

static const SourceKey keys[] = {
  {"table", "only that table, 0 to 63", check_table},
  {"absent", "what it means that there is no table: ok or unknown", source_check_absent},
  {"release", "of the module, when it does not tell itself: 26.0.1.4", check_release},
  {NULL}
};

static const cap_value_t capabilities[] = { CAP_DAC_READ_SEARCH };

const Source source_rtpengine_proc = {
  .name = "rtpengine-proc",
  .summary = "pins and memory of rtpengine's kernel tables (/proc/rtpengine)",
  .keys = keys,
  .capabilities = capabilities,
  .n_capabilities = G_N_ELEMENTS (capabilities),
  .is_default = TRUE,
  .read = read_tables,
};
