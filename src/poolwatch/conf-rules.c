/* Sources and thresholds, as a file or an option says them. */
#include "config.h"
#include "poolwatch/conf.h"

#include "base/error.h"
#include "base/parse.h"

#include <string.h>
#include <unistd.h>

gboolean
conf_fail (GError ** error, const gchar * problem, const gchar * value)
{
  if (value)
    return error_input (error, "%s: %s", problem, value);
  return error_input (error, "%s", problem);
}

/* --- sources --- */

void
conf_source_free (gpointer data)
{
  ConfSource *source = data;

  g_free (source->name);
  g_hash_table_unref (source->values);
  g_free (source);
}

/* It becomes a part of metrics, of file names and of globs. */
static gboolean
check_name (const gchar * name, GError ** error)
{
  for (const gchar * at = name; *at; at++) {
    if (!g_ascii_isalnum (*at) && !strchr ("-_.", *at))
      return conf_fail (error, "not a name (letters, digits, - _ .)", name);
  }
  return *name ? TRUE : conf_fail (error, "no name", NULL);
}

ConfSource *
conf_new_source (Conf * conf, const gchar * type, const gchar * name, GError ** error)
{
  const Source *found = source_by_name (type);
  ConfSource *source;

  if (!found) {
    conf_fail (error, "no such source", type);
    return NULL;
  }
  if (!check_name (name, error))
    return NULL;
  for (guint i = 0; i < conf->sources->len; i++) {
    source = g_ptr_array_index (conf->sources, i);
    if (g_str_equal (source->name, name)) {
      conf_fail (error, "two sources of one name", name);
      return NULL;
    }
  }
  source = g_new0 (ConfSource, 1);
  source->source = found;
  source->name = g_strdup (name);
  source->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_ptr_array_add (conf->sources, source);
  return source;
}

gboolean
conf_source_set (ConfSource * source, const gchar * key, const gchar * value, GError ** error)
{
  const SourceKey *known = source_find_key (source->source, key);

  if (!known)
    return error_input (error, "%s: unknown key of %s", key, source->source->name);
  if (*value == '\0')
    return error_input (error, "%s: no value", key);
  if (known->check && !known->check (value, error)) {
    g_prefix_error (error, "%s: ", key);
    return FALSE;
  }
  g_hash_table_replace (source->values, g_strdup (key), g_strdup (value));
  return TRUE;
}

/* Holders of shm pipes are looked for in the processes of others. */
static void
add_default_source (Conf * conf, const Source * source)
{
  ConfSource *added = conf_new_source (conf, source->name, source->name, NULL);

  if (source_find_key (source, "absent"))
    conf_source_set (added, "absent", "ok", NULL);
  if (source_find_key (source, "holders"))
    conf_source_set (added, "holders", geteuid () == 0 ? "yes" : "no", NULL);
}

void
conf_add_default_sources (Conf * conf)
{
  const Source *const *all = source_list ();

  conf->is_default = TRUE;
  for (gsize i = 0; all[i]; i++) {
    if (all[i]->is_default)
      add_default_source (conf, all[i]);
  }
}

/* The parts of TEXT between commas; "\," is a comma. */
static GStrv
split_option (const gchar * text)
{
  g_autoptr (GStrvBuilder) parts = g_strv_builder_new ();
  g_autoptr (GString) part = g_string_new (NULL);

  for (; *text; text++) {
    if (*text == ',') {
      g_strv_builder_add (parts, part->str);
      g_string_truncate (part, 0);
      continue;
    }
    if (text[0] == '\\' && text[1] == ',')
      text++;
    g_string_append_c (part, *text);
  }
  g_strv_builder_add (parts, part->str);
  return g_strv_builder_end (parts);
}

static const gchar *
name_in (gchar ** parts)
{
  for (gsize i = 1; parts[0] && parts[i]; i++) {
    if (g_str_has_prefix (parts[i], "name="))
      return parts[i] + strlen ("name=");
  }
  return parts[0];
}

/* FALSE with ERROR: PART is no "KEY=VALUE" of SOURCE, or the second of its key. */
static gboolean
set_part (ConfSource * source, const gchar * part, GError ** error)
{
  const gchar *equals = strchr (part, '=');
  g_autofree gchar *key = equals ? g_strndup (part, (gsize) (equals - part)) : NULL;

  if (!equals)
    return conf_fail (error, "not KEY=VALUE", part);
  if (g_hash_table_contains (source->values, key))
    return conf_fail (error, key, "given twice");
  return conf_source_set (source, key, equals + 1, error);
}

gboolean
conf_add_source (Conf * conf, const gchar * text, GError ** error)
{
  g_auto (GStrv) parts = split_option (text);
  guint old = conf->sources->len;
  ConfSource *source = conf_new_source (conf, parts[0], name_in (parts), error);

  for (gsize i = 1; source && parts[i]; i++) {
    if (g_str_has_prefix (parts[i], "name="))
      continue;
    if (!set_part (source, parts[i], error)) {
      g_prefix_error (error, "%s: ", source->source->name);
      g_ptr_array_set_size (conf->sources, (gint) old);
      return FALSE;
    }
  }
  return source != NULL;
}

static gint
compare_text (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

void
conf_describe_sources (const Conf * conf, GString * out)
{
  for (guint i = 0; i < conf->sources->len; i++) {
    const ConfSource *source = g_ptr_array_index (conf->sources, i);
    GList *names = g_list_sort (g_hash_table_get_keys (source->values), compare_text);

    g_string_append_printf (out, "\n[source %s]\ntype = %s\n", source->name,
        source->source->name);
    for (GList * at = names; at; at = at->next)
      g_string_append_printf (out, "%s = %s\n", (const gchar *) at->data,
          (const gchar *) g_hash_table_lookup (source->values, at->data));
    g_list_free (names);
  }
}

/* --- limits --- */

gboolean
conf_parse_limit (const gchar * value, gint * out, GError ** error)
{
  gint64 pins = 0;

  if (g_str_equal (value, "none"))
    pins = -1;
  else if (!g_str_equal (value, "auto") && !parse_int (value, 1, 1000000, &pins, NULL))
    return conf_fail (error, "neither a number of pins nor auto nor none", value);
  *out = (gint) pins;
  return TRUE;
}

void
conf_show_limit (gint limit, GString * out)
{
  if (limit > 0)
    g_string_append_printf (out, "%d", limit);
  else
    g_string_append (out, limit < 0 ? "none" : "auto");
}

/* --- thresholds --- */

#define RATE "-rate"

/* "memory-rate" */
static gboolean
parse_quantity (const gchar * text, AlertThreshold * out, GError ** error)
{
  g_autofree gchar *name = g_strdup (text);

  out->rate = g_str_has_suffix (name, RATE);
  if (out->rate)
    name[strlen (name) - strlen (RATE)] = '\0';
  return quantity_by_name (name, &out->quantity) || conf_fail (error, "no such quantity", text);
}

/* Splits "QUANTITY=RANGE" in place. */
static gboolean
parse_threshold (gchar * text, AlertThreshold * out, GError ** error)
{
  gchar *equals = strchr (text, '=');

  if (!equals)
    return range_parse (text, &out->range, error);
  *equals = '\0';
  return parse_quantity (g_strstrip (text), out, error)
      && range_parse (g_strstrip (equals + 1), &out->range, error);
}

/* "*" is as good as none, and one of the two is enough. */
static gchar *
glob_or_all (const gchar * glob)
{
  return g_strcmp0 (glob, "*") == 0 ? NULL : g_strdup (glob);
}

/* POOL is NULL for all. */
static gboolean
add_threshold (Conf * conf, Level level, const gchar * pool, const gchar * text, GError ** error)
{
  AlertThreshold threshold = {.quantity = QUANTITY_PINS,.level = level };
  g_autofree gchar *copy = g_strstrip (g_strdup (text));

  if (*copy == '\0')
    return conf_fail (error, "no value", NULL);
  if (!parse_threshold (copy, &threshold, error))
    return FALSE;
  threshold.pool = glob_or_all (pool);
  g_array_append_val (conf->rules.thresholds, threshold);
  return TRUE;
}

/* A glob may have a slash of its own: the last one ends it. */
gboolean
conf_add_threshold (Conf * conf, Level level, const gchar * text, GError ** error)
{
  const gchar *slash = strrchr (text, '/');
  g_autofree gchar *pool = slash ? g_strndup (text, (gsize) (slash - text)) : NULL;

  if (pool && *pool == '\0')
    return conf_fail (error, "no pool before the slash", text);
  return add_threshold (conf, level, pool, slash ? slash + 1 : text, error);
}

static gboolean
add_thresholds (Conf * conf, Level level, const gchar * glob, const gchar * value,
    GError ** error)
{
  g_auto (GStrv) parts = g_strsplit (value, ";", -1);

  for (gsize i = 0; parts[i]; i++) {
    /* One may end the list, as GKeyFile's own lists do. */
    if (i > 0 && !parts[i + 1] && *g_strstrip (parts[i]) == '\0')
      break;
    if (!add_threshold (conf, level, glob, parts[i], error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
add_limit (Conf * conf, const gchar * glob, const gchar * value, GError ** error)
{
  AlertPoolLimit limit = { 0 };

  if (!conf_parse_limit (value, &limit.limit, error)) {
    g_prefix_error (error, "limit: ");
    return FALSE;
  }
  limit.pool = glob_or_all (glob);
  g_array_append_val (conf->rules.pool_limits, limit);
  return TRUE;
}

gboolean
conf_set_pool (Conf * conf, const gchar * glob, const gchar * key, const gchar * value,
    GError ** error)
{
  static const struct
  {
    const gchar *key;
    Level level;
  } levels[] = { {"warning", LEVEL_WARNING}, {"critical", LEVEL_CRITICAL} };

  if (g_str_equal (key, "limit"))
    return add_limit (conf, glob, value, error);
  for (gsize i = 0; i < G_N_ELEMENTS (levels); i++) {
    if (!g_str_equal (key, levels[i].key))
      continue;
    if (add_thresholds (conf, levels[i].level, glob, value, error))
      return TRUE;
    g_prefix_error (error, "%s: ", key);
    return FALSE;
  }
  return error_input (error, "%s: unknown key", key);
}

/* Appends the thresholds of LEVEL for the pools of GLOB, if there are any. */
static void
describe_level (const Conf * conf, const gchar * glob, Level level, GString * out)
{
  const GArray *thresholds = conf->rules.thresholds;
  gboolean first = TRUE;

  for (guint i = 0; i < thresholds->len; i++) {
    const AlertThreshold *one = &g_array_index (thresholds, AlertThreshold, i);
    g_autofree gchar *range = NULL;

    if (one->level != level || g_strcmp0 (one->pool, glob) != 0)
      continue;
    range = range_text (&one->range);
    if (first)
      g_string_append (out, level == LEVEL_WARNING ? "warning = " : "critical = ");
    g_string_append_printf (out, "%s%s%s=%s", first ? "" : "; ",
        quantity_info (one->quantity)->name, one->rate ? RATE : "", range);
    first = FALSE;
  }
  if (!first)
    g_string_append_c (out, '\n');
}

/* Appends the limit for the pools of GLOB, if there is one. */
static void
describe_limit (const Conf * conf, const gchar * glob, GString * out)
{
  const GArray *limits = conf->rules.pool_limits;

  for (guint i = 0; i < limits->len; i++) {
    const AlertPoolLimit *one = &g_array_index (limits, AlertPoolLimit, i);

    if (g_strcmp0 (one->pool, glob) != 0)
      continue;
    g_string_append (out, "limit = ");
    conf_show_limit (one->limit, out);
    g_string_append_c (out, '\n');
  }
}

/* Appends the group of GLOB unless SEEN has it. */
static void
describe_pool (const Conf * conf, const gchar * glob, GHashTable * seen, GString * out)
{
  if (!g_hash_table_add (seen, (gpointer) (glob ? glob : "*")))
    return;
  g_string_append_printf (out, "\n[pool %s]\n", glob ? glob : "*");
  describe_limit (conf, glob, out);
  describe_level (conf, glob, LEVEL_WARNING, out);
  describe_level (conf, glob, LEVEL_CRITICAL, out);
}

void
conf_describe_thresholds (const Conf * conf, GString * out)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  const GArray *thresholds = conf->rules.thresholds, *limits = conf->rules.pool_limits;

  for (guint i = 0; i < limits->len; i++)
    describe_pool (conf, g_array_index (limits, AlertPoolLimit, i).pool, seen, out);
  for (guint i = 0; i < thresholds->len; i++)
    describe_pool (conf, g_array_index (thresholds, AlertThreshold, i).pool, seen, out);
}
