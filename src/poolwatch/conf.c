/* What poolwatch is told to do: one table of keys, for the file and for the options. */
#include "config.h"
#include "poolwatch/conf.h"

#include "base/error.h"
#include "base/parse.h"

#include <string.h>
#include <unistd.h>

#define HOUR 3600.0
#define DAY (24 * HOUR)
#define CENTURY (36525 * DAY)

/* How values of one kind are read and shown. FIELD is that of the Conf. */
typedef struct
{
  const gchar *argument;        /* "TIME" */
  gboolean (*parse) (const gchar * value, gpointer field, GError ** error);
  void (*show) (gconstpointer field, GString * out);
} Kind;

typedef struct
{
  const gchar *name;
  const Kind *kind;
  gsize field;
  const gchar *help;
} Key;

/* --- kinds of values --- */

static gboolean
parse_text (const gchar * value, gpointer field, GError ** error)
{
  if (*value == '\0')
    return conf_fail (error, "no value", NULL);
  g_free (*(gchar **) field);
  *(gchar **) field = g_strdup (value);
  return TRUE;
}

static void
show_text (gconstpointer field, GString * out)
{
  const gchar *text = *(const gchar * const *) field;

  g_string_append (out, text ? text : "");
}

/* What cron starts has no directory that anybody would expect. */
static gboolean
parse_path (const gchar * value, gpointer field, GError ** error)
{
  if (!g_path_is_absolute (value))
    return conf_fail (error, "not an absolute path", value);
  return parse_text (value, field, error);
}

static gboolean
parse_format (const gchar * value, gpointer field, GError ** error)
{
  if (!view_by_name (value))
    return conf_fail (error, "no such format", value);
  return parse_text (value, field, error);
}

static gboolean
parse_window (const gchar * value, gpointer field, GError ** error)
{
  gboolean inside;

  return policy_in_window (value, 0, &inside, error) && parse_text (value, field, error);
}

/* FALSE with ERROR unless VALUE is LEAST or more, and no more than MOST. */
static gboolean
parse_within (const gchar * value, gdouble least, gdouble most, gdouble * out, GError ** error)
{
  gdouble seconds;

  if (!parse_seconds (value, &seconds, error))
    return FALSE;
  if (seconds < least)
    return conf_fail (error, "too short", value);
  if (seconds > most)
    return conf_fail (error, "too long", value);
  *out = seconds;
  return TRUE;
}

static gboolean
parse_time (const gchar * value, gpointer field, GError ** error)
{
  return parse_within (value, 1, CENTURY, field, error);
}

static gboolean
parse_wait (const gchar * value, gpointer field, GError ** error)
{
  return parse_within (value, 0.001, HOUR, field, error);
}

static gboolean
parse_us (const gchar * value, gpointer field, GError ** error)
{
  gdouble seconds = 0;

  if (!parse_within (value, 0, CENTURY, &seconds, error))
    return FALSE;
  *(gint64 *) field = (gint64) (seconds * G_USEC_PER_SEC);
  return TRUE;
}

/* The largest unit that leaves no rest. */
static void
append_seconds (gdouble seconds, GString * out)
{
  static const struct
  {
    gdouble factor;
    const gchar *unit;
  } units[] = { {DAY, "d"}, {HOUR, "h"}, {60, "m"}, {1, "s"} };
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  for (gsize i = 0; i < G_N_ELEMENTS (units); i++) {
    gdouble count = seconds / units[i].factor;

    if (seconds > 0 && count < 1e15 && count == (gdouble) (gint64) count) {
      g_string_append_printf (out, "%" G_GINT64_FORMAT "%s", (gint64) count, units[i].unit);
      return;
    }
  }
  g_string_append (out, g_ascii_dtostr (text, sizeof text, seconds));
}

static void
show_seconds (gconstpointer field, GString * out)
{
  append_seconds (*(const gdouble *) field, out);
}

static void
show_us (gconstpointer field, GString * out)
{
  append_seconds ((gdouble) * (const gint64 *) field / G_USEC_PER_SEC, out);
}

static gboolean
parse_from (gint64 least, const gchar * value, guint * out, GError ** error)
{
  gint64 count;

  if (!parse_int (value, least, 1000000, &count, error))
    return FALSE;
  *out = (guint) count;
  return TRUE;
}

static gboolean
parse_count (const gchar * value, gpointer field, GError ** error)
{
  return parse_from (0, value, field, error);
}

static gboolean
parse_count_from_1 (const gchar * value, gpointer field, GError ** error)
{
  return parse_from (1, value, field, error);
}

static void
show_count (gconstpointer field, GString * out)
{
  g_string_append_printf (out, "%u", *(const guint *) field);
}

static gboolean
parse_threads (const gchar * value, gpointer field, GError ** error)
{
  if (!g_str_equal (value, "auto"))
    return parse_count_from_1 (value, field, error);
  *(guint *) field = 0;
  return TRUE;
}

static void
show_threads (gconstpointer field, GString * out)
{
  if (*(const guint *) field == 0)
    g_string_append (out, "auto");
  else
    show_count (field, out);
}

static gboolean
parse_limit (const gchar * value, gpointer field, GError ** error)
{
  return conf_parse_limit (value, field, error);
}

static void
show_limit (gconstpointer field, GString * out)
{
  conf_show_limit (*(const gint *) field, out);
}

static gboolean
parse_share (const gchar * value, gpointer field, GError ** error)
{
  gchar *end;
  gdouble share = g_ascii_strtod (value, &end);

  if (end == value || !g_str_equal (end, "%") || !(share > 0 && share <= 100))
    return conf_fail (error, "not a share (1% to 100%)", value);
  *(gdouble *) field = share / 100;
  return TRUE;
}

static void
show_share (gconstpointer field, GString * out)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (text, sizeof text, "%.6g", *(const gdouble *) field * 100);
  g_string_append_printf (out, "%s%%", text);
}

static gboolean
parse_absent (const gchar * value, gpointer field, GError ** error)
{
  if (!g_str_equal (value, "ok") && !g_str_equal (value, "unknown"))
    return conf_fail (error, "neither ok nor unknown", value);
  *(Level *) field = g_str_equal (value, "ok") ? LEVEL_OK : LEVEL_UNKNOWN;
  return TRUE;
}

static void
show_absent (gconstpointer field, GString * out)
{
  g_string_append (out, *(const Level *) field == LEVEL_OK ? "ok" : "unknown");
}

static const Kind path_kind = { "PATH", parse_path, show_text };
static const Kind format_kind = { "FORMAT", parse_format, show_text };
static const Kind window_kind = { "WINDOWS", parse_window, show_text };
static const Kind time_kind = { "TIME", parse_time, show_seconds };
static const Kind wait_kind = { "TIME", parse_wait, show_seconds };
static const Kind us_kind = { "TIME", parse_us, show_us };
static const Kind count_kind = { "N", parse_count, show_count };
static const Kind runs_kind = { "N", parse_count_from_1, show_count };
static const Kind threads_kind = { "N|auto", parse_threads, show_threads };
static const Kind limit_kind = { "N|auto|none", parse_limit, show_limit };
static const Kind share_kind = { "PERCENT", parse_share, show_share };
static const Kind absent_kind = { "ok|unknown", parse_absent, show_absent };

/* --- keys --- */

#define FIELD(name) G_STRUCT_OFFSET (Conf, name)

static const Key keys[] = {
  {"state", &path_kind, FIELD (state), "directory of the history"},
  {"textfile", &path_kind, FIELD (textfile), "directory for metrics that a collector takes"},
  {"format", &format_kind, FIELD (format), "table, nagios, json, jsonl, csv, openmetrics"},
  {"hook", &path_kind, FIELD (hook), "program to run on news"},
  {"hook-timeout", &wait_kind, FIELD (hook_timeout), "how long the hook may take"},
  {"hook-per-hour", &count_kind, FIELD (hook_per_hour), "runs of the hook in an hour, at most"},
  {"maintenance", &window_kind, FIELD (maintenance),
      "when nothing is told: 22:00-06:00, Sun 02:00-04:00"},
  {"timeout", &wait_kind, FIELD (timeout), "how long all sources together may take"},
  {"keep-raw", &time_kind, FIELD (keep_raw), "how long every sample is kept"},
  {"keep-rolled", &time_kind, FIELD (keep_rolled), "how long the hours are kept"},
  {"rate-window", &time_kind, FIELD (rate_window), "over which a change is measured"},
  {"limit", &limit_kind, FIELD (rules.limit), "pins that the kernel grants to one table"},
  {"threads", &threads_kind, FIELD (rules.threads), "workers that may pin at once"},
  {"memory-share", &share_kind, FIELD (rules.memory_share),
      "of RAM for pins without limit; twice: CRITICAL"},
  {"absent", &absent_kind, FIELD (rules.absent), "what a release is that does not tell its pins"},
  {"for", &us_kind, FIELD (policy.for_us), "how long a state must last before it counts"},
  {"remind", &us_kind, FIELD (policy.remind_us), "tell again after that long; 0: never"},
  {"flap-window", &us_kind, FIELD (policy.flap_window_us), "time in which changes are counted"},
  {"flap-changes", &count_kind, FIELD (policy.flap_changes), "more changes than that are flapping"},
  {"clear-runs", &runs_kind, FIELD (policy.clear_runs), "better runs in a row that end an alert"},
  {"heartbeat", &us_kind, FIELD (policy.heartbeat_us),
      "tell that all is well after that long; 0: never"},
};

gsize
conf_n_keys (void)
{
  return G_N_ELEMENTS (keys);
}

const gchar *
conf_key_name (gsize i)
{
  return i < G_N_ELEMENTS (keys) ? keys[i].name : NULL;
}

const gchar *
conf_key_help (gsize i)
{
  return i < G_N_ELEMENTS (keys) ? keys[i].help : NULL;
}

const gchar *
conf_key_argument (gsize i)
{
  return i < G_N_ELEMENTS (keys) ? keys[i].kind->argument : NULL;
}

gboolean
conf_set (Conf * conf, const gchar * key, const gchar * value, GError ** error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++) {
    if (!g_str_equal (key, keys[i].name))
      continue;
    if (keys[i].kind->parse (value, G_STRUCT_MEMBER_P (conf, keys[i].field), error))
      return TRUE;
    g_prefix_error (error, "%s: ", key);
    return FALSE;
  }
  return error_input (error, "%s: unknown key", key);
}

/* What is not set is shown as a comment: an empty value is none. */
void
conf_describe (const Conf * conf, GString * out)
{
  g_string_append (out, "[poolwatch]\n");
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++) {
    g_autoptr (GString) value = g_string_new (NULL);

    keys[i].kind->show (G_STRUCT_MEMBER_P (conf, keys[i].field), value);
    g_string_append_printf (out, "# %s\n%s%s = %s\n", keys[i].help, value->len ? "" : "# ",
        keys[i].name, value->str);
  }
  conf_describe_sources (conf, out);
  conf_describe_thresholds (conf, out);
}

/* --- all of it --- */

static void
clear_threshold (gpointer data)
{
  g_free (((AlertThreshold *) data)->pool);
}

static void
clear_pool_limit (gpointer data)
{
  g_free (((AlertPoolLimit *) data)->pool);
}

static guint64
total_memory (void)
{
  glong n_pages = sysconf (_SC_PHYS_PAGES), page = sysconf (_SC_PAGESIZE);

  return n_pages > 0 && page > 0 ? (guint64) n_pages * (guint64) page : 0;
}

Conf *
conf_new (void)
{
  Conf *conf = g_new0 (Conf, 1);

  conf->sources = g_ptr_array_new_with_free_func (conf_source_free);
  conf->timeout = 5;
  conf->hook_timeout = 10;
  conf->hook_per_hour = 30;
  conf->keep_raw = 7 * DAY;
  conf->keep_rolled = 730 * DAY;
  conf->rate_window = HOUR;
  conf->rules.thresholds = g_array_new (FALSE, TRUE, sizeof (AlertThreshold));
  g_array_set_clear_func (conf->rules.thresholds, clear_threshold);
  conf->rules.pool_limits = g_array_new (FALSE, TRUE, sizeof (AlertPoolLimit));
  g_array_set_clear_func (conf->rules.pool_limits, clear_pool_limit);
  conf->rules.memory_total = total_memory ();
  conf->rules.memory_share = 0.25;
  conf->rules.absent = LEVEL_UNKNOWN;
  conf->policy.remind_us = (gint64) (4 * HOUR) * G_USEC_PER_SEC;
  conf->policy.flap_window_us = (gint64) HOUR * G_USEC_PER_SEC;
  conf->policy.flap_changes = 5;
  conf->policy.clear_runs = 2;
  return conf;
}

void
conf_free (Conf * conf)
{
  if (!conf)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++) {
    if (keys[i].kind->show == show_text)
      g_free (*(gchar **) G_STRUCT_MEMBER_P (conf, keys[i].field));
  }
  g_ptr_array_unref (conf->sources);
  g_array_unref (conf->rules.thresholds);
  g_array_unref (conf->rules.pool_limits);
  g_free (conf);
}
