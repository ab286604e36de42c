/* The trace in memory. */
#include "config.h"
#include "trace/trace.h"

#include "base/parse.h"
#include "base/text.h"

#include <string.h>

static const gchar *const side_names[] = {
  [TRACE_SIDE_PRODUCER] = "producer",
  [TRACE_SIDE_CONSUMER] = "consumer",
  [TRACE_SIDE_TAP] = "tap",
  [TRACE_SIDE_TARGET] = "target",
};

/* --- the trace --- */

static void
role_free (gpointer data)
{
  TraceRole *role = data;

  g_free (role->name);
  g_free (role->element);
  g_free (role->version);
  g_hash_table_unref (role->config);
  g_free (role);
}

Trace *
trace_new (const gchar * name, const gchar * pair, guint64 seed)
{
  Trace *trace = g_new0 (Trace, 1);

  trace->name = g_strdup (name);
  trace->pair = g_strdup (pair);
  trace->seed = seed;
  trace->contracts = g_ptr_array_new_with_free_func (g_free);
  trace->roles = g_ptr_array_new_with_free_func (role_free);
  trace->events = g_array_new (FALSE, FALSE, sizeof (TraceEvent));
  return trace;
}

void
trace_free (Trace * trace)
{
  if (!trace)
    return;
  g_free (trace->name);
  g_free (trace->pair);
  g_ptr_array_unref (trace->contracts);
  g_ptr_array_unref (trace->roles);
  g_array_unref (trace->events);
  g_free (trace);
}

TraceRole *
trace_add_role (Trace * trace, const gchar * name, TraceSide side, const gchar * element,
    const gchar * version)
{
  TraceRole *role = g_new0 (TraceRole, 1);

  role->name = g_strdup (name);
  role->side = side;
  role->element = g_strdup (element);
  role->version = g_strdup (version);
  role->config = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_ptr_array_add (trace->roles, role);
  return role;
}

gint
trace_find_role (const Trace * trace, const gchar * name)
{
  for (guint i = 0; i < trace->roles->len; i++) {
    if (g_strcmp0 (trace_role (trace, (gint) i)->name, name) == 0)
      return (gint) i;
  }
  return -1;
}

const TraceRole *
trace_role (const Trace * trace, gint index)
{
  if (index < 0 || (guint) index >= trace->roles->len)
    return NULL;
  return g_ptr_array_index (trace->roles, index);
}

const gchar *
trace_role_get (const TraceRole * role, const gchar * key, const gchar * def)
{
  const gchar *value = role ? g_hash_table_lookup (role->config, key) : NULL;

  return value ? value : def;
}

gint64
trace_role_int (const TraceRole * role, const gchar * key, gint64 def)
{
  const gchar *text = trace_role_get (role, key, NULL);
  gint64 value;
  guint64 size;

  if (!text)
    return def;
  if (parse_int (text, G_MININT64, G_MAXINT64, &value, NULL))
    return value;
  if (parse_size (text, &size, NULL) && size <= G_MAXINT64)
    return (gint64) size;
  return def;
}

gboolean
trace_role_bool (const TraceRole * role, const gchar * key, gboolean def)
{
  const gchar *text = trace_role_get (role, key, NULL);
  gboolean value;

  return text && parse_bool (text, &value, NULL) ? value : def;
}

/* --- events --- */

TraceEvent
trace_event (TraceKind kind)
{
  TraceEvent event;

  memset (&event, 0, sizeof event);
  event.kind = (guint16) kind;
  event.role = -1;
  event.client = -1;
  return event;
}

TraceEvent
trace_stall (gint role, gint64 end_ns, gint64 lost_ns, gint64 asleep_ns)
{
  TraceEvent event = trace_event (TRACE_STALL);

  event.role = (gint16) role;
  event.time_ns = end_ns;
  event.stall.late_ns = lost_ns;
  event.stall.asleep_ns = (guint64) asleep_ns;
  return event;
}

void
trace_event_set_text (TraceEvent * event, const gchar * text)
{
  gchar clean[TRACE_TEXT_SIZE];

  text_copy_line (clean, sizeof clean, text ? text : "");
  memcpy (event->text, clean, sizeof clean);
}

/* Leaves nothing where the kind has no field, and in a field nothing that it cannot be. */
static void
tidy_numbers (TraceEvent * event)
{
  const TraceField *fields = trace_kind_info (event->kind)->fields;

  for (guint i = 0; i < TRACE_N_FIELDS; i++) {
    gint64 number = trace_event_number (event, i);

    if (!fields[i].name || (i == 0 && number < 0))
      trace_event_set_number (event, i, trace_field_default (i));
    else if (fields[i].unit == TRACE_UNIT_YESNO && number != trace_field_default (i))
      trace_event_set_number (event, i, number != 0);
  }
}

/* An event can come from a process that went mad: what is kept can always be written and read. */
void
trace_append (Trace * trace, const TraceEvent * event)
{
  TraceEvent copy = *event;

  copy.text[TRACE_TEXT_SIZE - 1] = '\0';
  if (copy.kind >= TRACE_N_KINDS) {
    copy = trace_event (TRACE_BROKEN);
    copy.time_ns = event->time_ns;
    g_snprintf (copy.text, sizeof copy.text, "an event of unknown kind %u came", event->kind);
  }
  copy.time_ns = MAX (copy.time_ns, 0);
  tidy_numbers (&copy);
  trace_event_set_text (&copy, copy.text);
  g_array_append_val (trace->events, copy);
  trace->n_stalls += copy.kind == TRACE_STALL;
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  const TraceEvent *left = a, *right = b;

  return (left->time_ns > right->time_ns) - (left->time_ns < right->time_ns);
}

void
trace_finish (Trace * trace)
{
  gint64 start;

  if (trace->events->len == 0)
    return;
  g_array_sort (trace->events, compare_times);
  start = trace_at (trace, 0)->time_ns;
  for (guint i = 0; i < trace->events->len; i++)
    g_array_index (trace->events, TraceEvent, i).time_ns -= start;
}

const TraceEvent *
trace_at (const Trace * trace, guint index)
{
  return &g_array_index (trace->events, TraceEvent, index);
}

const gchar *
trace_side_name (TraceSide side)
{
  return (guint) side < G_N_ELEMENTS (side_names) ? side_names[side] : "?";
}

gboolean
trace_side_from_name (const gchar * name, TraceSide * side)
{
  for (guint i = 0; i < G_N_ELEMENTS (side_names); i++) {
    if (g_str_equal (side_names[i], name)) {
      *side = (TraceSide) i;
      return TRUE;
    }
  }
  return FALSE;
}
