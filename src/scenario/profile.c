#include "config.h"
#include "scenario/profile.h"

#include "base/parse.h"
#include "scenario/actions.h"
#include "scenario/scenario.h"

#define MUST TRUE, NULL

/* *INDENT-OFF* */
static const ScenarioAction profile_line = {
  "profile", SCENARIO_ISSUE, SCENARIO_ANY, "what a driver asks of memory that it imports", {
    { "name", SCENARIO_STRING, MUST, NULL, 0, "name of the profile" },
    { "driver", SCENARIO_STRING, MUST, NULL, 0, "who imports" },
    { "source", SCENARIO_STRING, MUST, NULL, 0, "where the rule is reported" },
    { "note", SCENARIO_STRING, FALSE, NULL, NULL, 0, "one sentence" },
    { "stride-align", SCENARIO_INT, FALSE, "1", NULL, 1, "strides are multiples of it" },
    { "offset-align", SCENARIO_INT, FALSE, "1", NULL, 1, "offsets are multiples of it" },
    { "height-align", SCENARIO_INT, FALSE, "1", NULL, 1, "lines are rounded up to it" },
    { "extra", SCENARIO_INT, FALSE, "0", NULL, 0, "bytes behind the last plane" },
    { "size-align", SCENARIO_INT, FALSE, "1", NULL, 1, "what is needed is rounded up to it" },
    { "size-multiple", SCENARIO_INT, FALSE, "1", NULL, 1, "the memory is a multiple of it" },
    { "rows-align", SCENARIO_INT, FALSE, "1", NULL, 1, "size / stride is a multiple of it" },
    { "contiguous", SCENARIO_BOOL, FALSE, "false", NULL, 0, "planes without gaps" } }
};
/* *INDENT-ON* */

/* --- the table --- */

static void
free_profile (gpointer data)
{
  Profile *profile = data;

  g_free (profile->name);
  g_free (profile->driver);
  g_free (profile->source);
  g_free (profile->note);
  g_free (profile);
}

static Profile *
new_profile (GHashTable * fields)
{
  Profile *profile = g_new0 (Profile, 1);
  const struct
  {
    const gchar *key;
    guint64 *place;
  } numbers[] = {
    {"stride-align", &profile->stride_align}, {"offset-align", &profile->offset_align},
    {"height-align", &profile->height_align}, {"extra", &profile->extra},
    {"size-align", &profile->size_align}, {"size-multiple", &profile->size_multiple},
    {"rows-align", &profile->rows_align},
  };

  profile->name = g_strdup (g_hash_table_lookup (fields, "name"));
  profile->driver = g_strdup (g_hash_table_lookup (fields, "driver"));
  profile->source = g_strdup (g_hash_table_lookup (fields, "source"));
  profile->note = g_strdup (g_hash_table_lookup (fields, "note"));
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    *numbers[i].place = g_ascii_strtoull (g_hash_table_lookup (fields, numbers[i].key), NULL, 10);
  parse_bool (g_hash_table_lookup (fields, "contiguous"), &profile->contiguous, NULL);
  return profile;
}

static gboolean
has_name (gconstpointer profile, gconstpointer name)
{
  return g_str_equal (((const Profile *) profile)->name, name);
}

static gboolean
add_profile (GPtrArray * profiles, const ScenarioLine * line, GError ** error)
{
  g_autoptr (ScenarioRecord) record = scenario_record_parse (line->text, error);
  g_autoptr (GHashTable) fields = NULL;

  if (record == NULL)
    return FALSE;
  if (!g_str_equal (record->action, profile_line.name))
    return scenario_fail (error, "line", "not a profile", record->action);
  fields = scenario_action_fill (&profile_line, record, error);
  if (fields == NULL)
    return FALSE;
  if (g_ptr_array_find_with_equal_func (profiles, g_hash_table_lookup (fields, "name"), has_name,
          NULL))
    return scenario_fail (error, "name", "given twice", g_hash_table_lookup (fields, "name"));
  g_ptr_array_add (profiles, new_profile (fields));
  return TRUE;
}

GPtrArray *
profile_load (const gchar * file, const gchar * text, GError ** error)
{
  g_autoptr (GPtrArray) lines = scenario_read_lines (file, text, error);
  g_autoptr (GPtrArray) profiles = g_ptr_array_new_with_free_func (free_profile);

  if (lines == NULL)
    return NULL;
  for (guint i = 0; i < lines->len; i++) {
    const ScenarioLine *line = g_ptr_array_index (lines, i);

    if (!add_profile (profiles, line, error)) {
      g_prefix_error (error, "%s:%d: ", file, line->number);
      return NULL;
    }
  }
  if (profiles->len == 0) {
    scenario_fail (error, "profile", "missing", "no line in the file");
    g_prefix_error (error, "%s:1: ", file);
    return NULL;
  }
  return g_steal_pointer (&profiles);
}

/* --- in words --- */

static void G_GNUC_PRINTF (2, 3)
append_rule (GString * words, const gchar * format, ...)
{
  va_list arguments;

  if (words->len > 0)
    g_string_append (words, "; ");
  va_start (arguments, format);
  g_string_append_vprintf (words, format, arguments);
  va_end (arguments);
}

static void
append_need (const Profile * profile, GString * words)
{
  if (profile->extra > 0 && profile->size_align > 1)
    append_rule (words, "size at least the picture + %" G_GUINT64_FORMAT ", rounded up to %"
        G_GUINT64_FORMAT, profile->extra, profile->size_align);
  else if (profile->extra > 0)
    append_rule (words, "size at least the picture + %" G_GUINT64_FORMAT, profile->extra);
  else if (profile->size_align > 1)
    append_rule (words, "size at least the picture, rounded up to %" G_GUINT64_FORMAT,
        profile->size_align);
}

gchar *
profile_words (const Profile * profile)
{
  GString *words = g_string_new (NULL);
  const struct
  {
    const gchar *text;
    guint64 align;
  } rules[] = {
    {"stride a multiple of", profile->stride_align},
    {"offset a multiple of", profile->offset_align},
    {"height rounded up to", profile->height_align},
    {"size a multiple of", profile->size_multiple},
    {"size / stride a multiple of", profile->rows_align},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++) {
    if (rules[i].align > 1)
      append_rule (words, "%s %" G_GUINT64_FORMAT, rules[i].text, rules[i].align);
  }
  append_need (profile, words);
  if (profile->contiguous)
    append_rule (words, "planes without gaps");
  if (words->len == 0)
    append_rule (words, "planes end within the memory");
  return g_string_free (words, FALSE);
}

/* --- would it be accepted? --- */

static gchar *
no_multiple (const gchar * what, guint64 number, guint64 align)
{
  return number % align == 0 ? NULL : g_strdup_printf ("%s %" G_GUINT64_FORMAT
      " is no multiple of %" G_GUINT64_FORMAT, what, number, align);
}

/* FALSE: it cannot be told in 64 bits. */
static gboolean
round_up (guint64 number, guint64 align, guint64 * rounded)
{
  guint64 rest = number % align;

  *rounded = number;
  return rest == 0 || g_uint64_checked_add (rounded, number, align - rest);
}

/* Where PLANE ends with its lines rounded up. */
static gboolean
plane_end (const Profile * profile, const ProfilePlane * plane, guint64 * end)
{
  guint64 lines;

  return round_up (plane->height, profile->height_align, &lines)
      && g_uint64_checked_mul (end, plane->stride, lines)
      && g_uint64_checked_add (end, *end, plane->offset);
}

static gchar *
planes_obstacle (const Profile * profile, const ProfileBuffer * buffer)
{
  gchar *obstacle = NULL;

  for (guint i = 0; i < buffer->n_planes && !obstacle; i++) {
    const ProfilePlane *plane = &buffer->planes[i];
    guint64 end;

    obstacle = no_multiple ("stride", plane->stride, profile->stride_align);
    if (!obstacle)
      obstacle = no_multiple ("offset", plane->offset, profile->offset_align);
    if (!obstacle && profile->contiguous && i > 0 && plane_end (profile, plane - 1, &end)
        && plane->offset != end)
      obstacle = g_strdup_printf ("plane %u begins at %" G_GUINT64_FORMAT ", not at %"
          G_GUINT64_FORMAT " where plane %u ends", i, plane->offset, end, i - 1);
  }
  return obstacle;
}

/* How large the memory must be. */
static gboolean
needed (const Profile * profile, const ProfileBuffer * buffer, guint64 * need)
{
  *need = buffer->n_planes > 0 ? 0 : buffer->size;
  for (guint i = 0; i < buffer->n_planes; i++) {
    guint64 end;

    if (!plane_end (profile, &buffer->planes[i], &end))
      return FALSE;
    *need = MAX (*need, end);
  }
  return g_uint64_checked_add (need, *need, profile->extra)
      && round_up (*need, profile->size_align, need);
}

static gchar *
size_obstacle (const Profile * profile, const ProfileBuffer * buffer)
{
  guint64 stride = buffer->n_planes > 0 ? buffer->planes[0].stride : 0;
  guint64 need;

  if (!needed (profile, buffer, &need))
    return g_strdup ("more than 64 bits of bytes are needed");
  if (buffer->size < need)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " bytes are offered, %" G_GUINT64_FORMAT
        " needed", buffer->size, need);
  if (buffer->size % profile->size_multiple != 0)
    return no_multiple ("size", buffer->size, profile->size_multiple);
  if (stride > 0 && buffer->size / stride % profile->rows_align != 0)
    return g_strdup_printf ("room for %" G_GUINT64_FORMAT " lines is no multiple of %"
        G_GUINT64_FORMAT, buffer->size / stride, profile->rows_align);
  return NULL;
}

gchar *
profile_obstacle (const Profile * profile, const ProfileBuffer * buffer)
{
  gchar *obstacle = planes_obstacle (profile, buffer);

  return obstacle ? obstacle : size_obstacle (profile, buffer);
}
