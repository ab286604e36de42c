/* The trace as text. */
#include "config.h"
#include "trace/text.h"

#include <string.h>

/* Control characters, '%' and what SPECIAL names become %XX; bytes that are no UTF-8 become '?'. */
static void
append_escaped (GString * out, const gchar * text, const gchar * special)
{
  g_autofree gchar *valid = g_utf8_make_valid (text ? text : "", -1);

  for (const gchar * p = valid; *p != '\0'; p++) {
    guchar c = (guchar) * p;

    if (c < 0x20 || c == 0x7f || c == '%' || strchr (special, c))
      g_string_append_printf (out, "%%%02X", c);
    else
      g_string_append_c (out, (gchar) c);
  }
}

/* A word that is never empty: "-" stands for nothing. */
static void
append_word (GString * out, const gchar * text)
{
  if (!text || *text == '\0')
    g_string_append_c (out, '-');
  else if (g_str_equal (text, "-"))
    g_string_append (out, "%2D");
  else
    append_escaped (out, text, " ");
}

static void
append_number (GString * out, const TraceField * field, guint place, gint64 number)
{
  if (field->unit >= TRACE_UNIT_FLAGS)
    g_string_append_printf (out, " %s=0x%" G_GINT64_MODIFIER "x", field->name, (guint64) number);
  else if (trace_field_is_signed (place))
    g_string_append_printf (out, " %s=%" G_GINT64_FORMAT, field->name, number);
  else
    g_string_append_printf (out, " %s=%" G_GUINT64_FORMAT, field->name, (guint64) number);
}

static gboolean
is_none (const TraceField * field, guint place, gint64 number)
{
  return !field->name || (place == 0 && number == trace_field_default (place))
      || (field->unit == TRACE_UNIT_ORDINAL && number == 0);
}

/* Every number that the kind has, 0 too; but of those whose 0 or first -1 is none. */
static void
append_numbers (GString * out, const TraceEvent * event)
{
  const TraceField *fields = trace_kind_info (event->kind)->fields;

  for (guint i = 0; i < TRACE_N_FIELDS; i++) {
    gint64 number = trace_event_number (event, i);

    if (!is_none (&fields[i], i, number))
      append_number (out, &fields[i], i, number);
  }
}

static void
append_event (GString * out, const Trace * trace, const TraceEvent * event)
{
  gint64 time_ns = MAX (event->time_ns, 0);
  const TraceRole *role = trace_role (trace, event->role);

  g_string_append_printf (out, "%" G_GINT64_FORMAT ".%09d ", time_ns / NSEC,
      (gint) (time_ns % NSEC));
  append_word (out, role ? role->name : NULL);
  g_string_append_printf (out, " %s", trace_kind_name (event->kind));
  append_numbers (out, event);
  if (event->text[0] != '\0') {
    g_string_append (out, " \"");
    append_escaped (out, event->text, "\"");
    g_string_append_c (out, '"');
  }
}

gchar *
trace_event_line (const Trace * trace, const TraceEvent * event)
{
  GString *line = g_string_new (NULL);

  append_event (line, trace, event);
  return g_string_free (line, FALSE);
}

static void
append_role (GString * out, const TraceRole * role)
{
  GList *keys = g_list_sort (g_hash_table_get_keys (role->config), (GCompareFunc) strcmp);

  g_string_append (out, "role ");
  append_word (out, role->name);
  g_string_append_printf (out, " %s ", trace_side_name (role->side));
  append_word (out, role->element);
  g_string_append_c (out, ' ');
  append_word (out, role->version);
  for (GList * key = keys; key; key = key->next) {
    g_string_append_c (out, ' ');
    append_escaped (out, key->data, " =");
    g_string_append_c (out, '=');
    append_escaped (out, trace_role_get (role, key->data, ""), " ");
  }
  g_string_append_c (out, '\n');
  g_list_free (keys);
}

void
trace_write (const Trace * trace, GString * out)
{
  g_string_append (out, TRACE_HEADER "\ncase ");
  append_word (out, trace->name);
  g_string_append (out, "\npair ");
  append_word (out, trace->pair);
  g_string_append_printf (out, "\nseed %" G_GUINT64_FORMAT "\ntap %s\ncontracts", trace->seed,
      trace->tap ? "true" : "false");
  for (guint i = 0; i < trace->contracts->len; i++) {
    g_string_append_c (out, ' ');
    append_word (out, g_ptr_array_index (trace->contracts, i));
  }
  g_string_append_c (out, '\n');
  for (guint i = 0; i < trace->roles->len; i++)
    append_role (out, g_ptr_array_index (trace->roles, i));
  for (guint i = 0; i < trace->events->len; i++) {
    g_string_append (out, "event ");
    append_event (out, trace, trace_at (trace, i));
    g_string_append_c (out, '\n');
  }
  g_string_append (out, "end\n");
}
