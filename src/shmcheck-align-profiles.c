/* shmcheck-align profiles. */
#include "config.h"
#include "shmcheck-align.h"

#include "base/parse.h"
#include "report/exhibit.h"
#include "scenario/profile.h"
#include "scenario/scenario.h"

#include <sys/utsname.h>
#include <unistd.h>

typedef struct
{
  gchar *size, *stride, *height, *offset, *profile, *file, *format;     /* options; NULL: none */
  gchar **planes;
  GPtrArray *profiles;          /* Profile*: all of the file */
  GPtrArray *selected;          /* Profile*, borrowed */
  ProfileBuffer buffer;
} Profiles;

/* --- tables --- */

enum
{ COLUMN_NAME, COLUMN_VERDICT, COLUMN_TEXT, COLUMN_DRIVER, COLUMN_SOURCE, COLUMN_NOTE, N_COLUMNS };

static const ReportColumn rule_columns[N_COLUMNS] = {
  [COLUMN_NAME] = {"profile", FALSE},
  [COLUMN_VERDICT] = {"verdict", FALSE, REPORT_FOR_MACHINES},
  [COLUMN_TEXT] = {"rule", FALSE},
  [COLUMN_DRIVER] = {"driver", FALSE, REPORT_FOR_MACHINES},
  [COLUMN_SOURCE] = {"source", FALSE, REPORT_FOR_MACHINES},
  [COLUMN_NOTE] = {"note", FALSE, REPORT_FOR_MACHINES},
};

static const ReportColumn verdict_columns[N_COLUMNS] = {
  [COLUMN_NAME] = {"profile", FALSE},
  [COLUMN_VERDICT] = {"verdict", FALSE},
  [COLUMN_TEXT] = {"why", FALSE},
  [COLUMN_DRIVER] = {"driver", FALSE, REPORT_FOR_MACHINES},
  [COLUMN_SOURCE] = {"source", FALSE, REPORT_FOR_MACHINES},
  [COLUMN_NOTE] = {"note", FALSE, REPORT_FOR_MACHINES},
};

static void
add_row (ReportExhibit * exhibit, const Profile * profile, const gchar * verdict,
    gchar * take_text)
{
  ReportRow *row = report_exhibit_add (exhibit, REPORT_PASS, TRUE);

  row->cells[COLUMN_NAME] = g_strdup (profile->name);
  row->cells[COLUMN_VERDICT] = g_strdup (verdict);
  row->cells[COLUMN_TEXT] = take_text;
  row->cells[COLUMN_DRIVER] = g_strdup (profile->driver);
  row->cells[COLUMN_SOURCE] = g_strdup (profile->source);
  row->cells[COLUMN_NOTE] = g_strdup (profile->note);
}

/* The row of PROFILE alone, or of all that are selected. */
static ReportExhibit *
show_verdicts (const Profiles * run, const Profile * only)
{
  ReportExhibit *exhibit = report_exhibit_new ("would it be accepted? As reported in the sources",
      verdict_columns, N_COLUMNS);

  for (guint i = 0; i < run->selected->len; i++) {
    const Profile *profile = g_ptr_array_index (run->selected, i);
    gchar *obstacle;

    if (only && profile != only)
      continue;
    obstacle = profile_obstacle (profile, &run->buffer);
    add_row (exhibit, profile, obstacle ? "REFUSED" : "accepted", obstacle);
  }
  return exhibit;
}

/* --- text --- */

/* Sources are too long for a table of 80 columns. */
static void
append_rules (const Profiles * run, GString * out)
{
  for (guint i = 0; i < run->selected->len; i++) {
    const Profile *profile = g_ptr_array_index (run->selected, i);
    g_autofree gchar *words = profile_words (profile);

    g_string_append_printf (out, "%s%s: %s\n  rule    %s\n  source  as reported in %s\n",
        i > 0 ? "\n" : "", profile->name, profile->driver, words, profile->source);
    if (profile->note)
      g_string_append_printf (out, "  note    %s\n", profile->note);
  }
}

static guint
count_refused (const Profiles * run)
{
  guint n = 0;

  for (guint i = 0; i < run->selected->len; i++) {
    g_autofree gchar *obstacle = profile_obstacle (g_ptr_array_index (run->selected, i),
        &run->buffer);

    n += obstacle != NULL;
  }
  return n;
}

static Status
print_text (const Profiles * run)
{
  const ReportStyle style = {.width = 80,.verbose = TRUE };
  g_autoptr (GString) out = g_string_new (NULL);
  ReportExhibit *verdicts;
  guint refused;

  if (!run->size) {
    append_rules (run, out);
    g_print ("%s", out->str);
    return STATUS_PASS;
  }
  verdicts = show_verdicts (run, NULL);
  refused = count_refused (run);
  report_exhibit_print (verdicts, &style, out);
  report_exhibit_free (verdicts);
  g_print ("%s\n%u of %u profiles would refuse it\n", out->str + 1, refused, run->selected->len);
  return refused ? STATUS_FAIL : STATUS_PASS;
}

/* --- other formats: a case for each profile --- */

static gboolean
add_case (const Profiles * run, Report * report, const Profile * profile)
{
  ReportCase *report_case = report_case_new ();
  ReportResult *result = report_result_new ();
  g_autofree gchar *name = g_strconcat ("profiles/", profile->name, NULL);
  gchar *obstacle = run->size ? profile_obstacle (profile, &run->buffer) : NULL;

  report_case->name = name;
  report_case->pair = "profiles";
  result->verdict = !run->size ? REPORT_SKIP : obstacle ? REPORT_FAIL : REPORT_PASS;
  result->message = run->size ? obstacle : g_strdup ("no --size to judge");
  result->looked = run->size != NULL;
  result->broken = obstacle != NULL;
  g_ptr_array_add (report_case->results, result);
  if (run->size) {
    g_ptr_array_add (report_case->exhibits, show_verdicts (run, profile));
  } else {
    ReportExhibit *rule = report_exhibit_new ("what is asked for", rule_columns, N_COLUMNS);

    add_row (rule, profile, NULL, profile_words (profile));
    g_ptr_array_add (report_case->exhibits, rule);
  }
  return report_add (report, report_case, NULL);
}

static Status
print_report (const Profiles * run, const Reporter * reporter)
{
  const ReportStyle style = {.width = 80 };
  struct utsname host = { 0 };
  g_autoptr (Report) report = NULL;
  gboolean good = TRUE;

  uname (&host);
  report = report_new (reporter, &(ReportRun) {
      .program = command_this->name,.version = PACKAGE_VERSION,
      .target = "importers, as reported",.host = host.machine,.n_cases = run->selected->len,
      .n_not_selected = run->profiles->len - run->selected->len}, &style, STDOUT_FILENO);
  for (guint i = 0; i < run->selected->len; i++)
    good = add_case (run, report, g_ptr_array_index (run->selected, i)) && good;
  good = report_end (report, FALSE, NULL, NULL) && good;
  if (!good)
    return command_error (STATUS_BROKEN, "standard output: cannot be written");
  return report_totals (report)->counts[REPORT_FAIL] ? STATUS_FAIL : STATUS_PASS;
}

/* --- the buffer --- */

static gboolean
read_size (const gchar * option, const gchar * value, guint64 * size)
{
  g_autoptr (GError) error = NULL;

  if (!value || parse_size (value, size, &error))
    return TRUE;
  command_error (STATUS_USAGE, "profiles: %s: %s", option, error->message);
  return FALSE;
}

static gboolean
read_plane (Profiles * run, const gchar * text)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", -1);
  ProfilePlane *plane = &run->buffer.planes[run->buffer.n_planes];

  if (g_strv_length (parts) != 3) {
    command_error (STATUS_USAGE, "profiles: --plane: not OFFSET:STRIDE:HEIGHT: %s", text);
    return FALSE;
  }
  if (run->buffer.n_planes == PROFILE_PLANES_MAX) {
    command_error (STATUS_USAGE, "profiles: --plane: more than %d: %s", PROFILE_PLANES_MAX, text);
    return FALSE;
  }
  if (!read_size ("--plane", parts[0], &plane->offset)
      || !read_size ("--plane", parts[1], &plane->stride)
      || !read_size ("--plane", parts[2], &plane->height))
    return FALSE;
  run->buffer.n_planes++;
  return TRUE;
}

/* One plane, of --stride, --height and --offset. */
static gboolean
read_single (Profiles * run)
{
  ProfilePlane *plane = &run->buffer.planes[0];

  if (!run->stride && !run->height && !run->offset)
    return TRUE;
  if (!run->stride || !run->height || run->planes) {
    command_error (STATUS_USAGE, "profiles: %s", run->planes
        ? "--plane: not together with --stride, --height or --offset"
        : "--stride and --height: neither goes without the other");
    return FALSE;
  }
  run->buffer.n_planes = 1;
  return read_size ("--stride", run->stride, &plane->stride)
      && read_size ("--height", run->height, &plane->height)
      && read_size ("--offset", run->offset, &plane->offset);
}

static gboolean
read_buffer (Profiles * run)
{
  if (!run->size && (run->planes || run->stride || run->height || run->offset)) {
    command_error (STATUS_USAGE, "profiles: --size: missing: planes lie in a memory");
    return FALSE;
  }
  if (!read_size ("--size", run->size, &run->buffer.size) || !read_single (run))
    return FALSE;
  for (guint i = 0; run->planes && run->planes[i]; i++) {
    if (!read_plane (run, run->planes[i]))
      return FALSE;
  }
  return TRUE;
}

/* --- the command --- */

static gboolean
load (Profiles * run)
{
  g_autofree gchar *dir = command_data_dir ();
  g_autofree gchar *shipped = g_build_filename (dir, "importer-profiles", NULL);
  g_autoptr (GError) error = NULL;

  scenario_init ();
  run->profiles = profile_load (run->file ? run->file : shipped, NULL, &error);
  if (!run->profiles) {
    command_error (STATUS_USAGE, "%s", error->message);
    return FALSE;
  }
  run->selected = g_ptr_array_new ();
  for (guint i = 0; i < run->profiles->len; i++) {
    Profile *profile = g_ptr_array_index (run->profiles, i);

    if (!run->profile || g_pattern_match_simple (run->profile, profile->name))
      g_ptr_array_add (run->selected, profile);
  }
  if (run->selected->len == 0)
    command_error (STATUS_USAGE, "profiles: --profile: matches nothing: %s", run->profile);
  return run->selected->len > 0;
}

static Status
show (Profiles * run)
{
  const Reporter *reporter = reporter_by_name (run->format ? run->format : "text");

  if (!reporter)
    return command_error (STATUS_USAGE, "profiles: --format: unknown (see %s list --formats): %s",
        command_this->name, run->format);
  if (!read_buffer (run) || !load (run))
    return STATUS_USAGE;
  return !run->format || g_str_equal (run->format, "text") ? print_text (run)
      : print_report (run, reporter);
}

static void
clear (Profiles * run)
{
  gchar *texts[] = { run->size, run->stride, run->height, run->offset, run->profile, run->file,
    run->format
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_strfreev (run->planes);
  g_clear_pointer (&run->selected, g_ptr_array_unref);
  g_clear_pointer (&run->profiles, g_ptr_array_unref);
}

Status
command_profiles (gint argc, gchar ** argv)
{
  Profiles run = { 0 };
  Status status = STATUS_USAGE;
  const GOptionEntry options[] = {
    {"size", 0, 0, G_OPTION_ARG_STRING, &run.size, "judge a memory of that size", "BYTES"},
    {"stride", 0, 0, G_OPTION_ARG_STRING, &run.stride, "bytes of a line", "BYTES"},
    {"height", 0, 0, G_OPTION_ARG_STRING, &run.height, "lines of the only plane", "LINES"},
    {"offset", 0, 0, G_OPTION_ARG_STRING, &run.offset, "where the only plane begins", "BYTES"},
    {"plane", 0, 0, G_OPTION_ARG_STRING_ARRAY, &run.planes,
        "a plane; may be given more than once", "OFFSET:STRIDE:HEIGHT"},
    {"profile", 0, 0, G_OPTION_ARG_STRING, &run.profile, "only profiles that match", "GLOB"},
    {"profiles-file", 0, 0, G_OPTION_ARG_STRING, &run.file, "read the profiles from FILE", "FILE"},
    {"format", 'f', 0, G_OPTION_ARG_STRING, &run.format,
        "report format: text (default), tap, junit, json", "FORMAT"},
    {NULL}
  };

  if (command_parse (&argc, &argv, "profiles", "",
          "lists what importers ask of memory, or says who would accept a buffer", options)) {
    if (argc > 1)
      command_error (STATUS_USAGE, "profiles: unexpected argument: %s", argv[1]);
    else
      status = show (&run);
  }
  clear (&run);
  return status;
}
