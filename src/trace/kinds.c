/* What trace/kinds.h says, as tables. */
#include "config.h"
#include "trace/trace.h"

#include <string.h>

/* *INDENT-OFF* */
static TraceKindInfo kinds[] = {
#define F(name, unit, meaning) { #name, TRACE_UNIT_##unit, meaning }
#define N { NULL, TRACE_UNIT_NUMBER, NULL }
#define X(id, member, what, n1, n2, n3, n4, n5, n6, n7, text) \
  [TRACE_##id] = { #member, what, { n1, n2, n3, n4, n5, n6, n7 }, text },
  TRACE_KINDS (X)
#undef X
#undef N
#undef F
};
/* *INDENT-ON* */

static const gchar *const units[] = {
#define X(id, name) [TRACE_UNIT_##id] = name,
  TRACE_UNITS (X)
#undef X
};

/* Names are written with dashes. */
static const gchar *
dashed (const gchar * name)
{
  gchar *copy;
  const gchar *interned;

  if (!name || !strchr (name, '_'))
    return name;
  copy = g_strdelimit (g_strdup (name), "_", '-');
  interned = g_intern_string (copy);
  g_free (copy);
  return interned;
}

static const TraceKindInfo *
tables (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    for (guint i = 0; i < TRACE_N_KINDS; i++) {
      kinds[i].word = dashed (kinds[i].word);
      for (guint f = 0; f < TRACE_N_FIELDS; f++)
        kinds[i].fields[f].name = dashed (kinds[i].fields[f].name);
    }
    g_once_init_leave (&once, 1);
  }
  return kinds;
}

const TraceKindInfo *
trace_kind_info (TraceKind kind)
{
  return &tables ()[kind];
}

const gchar *
trace_kind_name (TraceKind kind)
{
  return (guint) kind < TRACE_N_KINDS ? trace_kind_info (kind)->word : "?";
}

gboolean
trace_kind_from_name (const gchar * name, TraceKind * kind)
{
  for (guint i = 0; i < TRACE_N_KINDS; i++) {
    if (g_str_equal (tables ()[i].word, name)) {
      *kind = (TraceKind) i;
      return TRUE;
    }
  }
  return FALSE;
}

const gchar *
trace_unit_name (TraceUnit unit)
{
  return units[unit];
}

gint
trace_kind_find_field (TraceKind kind, const gchar * name)
{
  const TraceField *fields = trace_kind_info (kind)->fields;

  for (gint i = 0; i < TRACE_N_FIELDS; i++) {
    if (g_strcmp0 (fields[i].name, name) == 0)
      return i;
  }
  return -1;
}

/* --- numbers by their place --- */

static const struct
{
  gsize at;
  gboolean is_signed;
} places[TRACE_N_FIELDS] = {
  {G_STRUCT_OFFSET (TraceEvent, client), TRUE},
  {G_STRUCT_OFFSET (TraceEvent, area), TRUE},
  {G_STRUCT_OFFSET (TraceEvent, offset), FALSE},
  {G_STRUCT_OFFSET (TraceEvent, size), FALSE},
  {G_STRUCT_OFFSET (TraceEvent, seq), FALSE},
  {G_STRUCT_OFFSET (TraceEvent, sixth), TRUE},
  {G_STRUCT_OFFSET (TraceEvent, sum), FALSE},
};

gboolean
trace_field_is_signed (guint place)
{
  return places[place].is_signed;
}

gint64
trace_field_default (guint place)
{
  return place == 0 ? -1 : 0;
}

gint64
trace_event_number (const TraceEvent * event, guint place)
{
  return place == 0 ? event->client
      : *(const gint64 *) G_STRUCT_MEMBER_P (event, places[place].at);
}

void
trace_event_set_number (TraceEvent * event, guint place, gint64 number)
{
  if (place == 0)
    event->client = (gint32) number;
  else
    *(gint64 *) G_STRUCT_MEMBER_P (event, places[place].at) = number;
}
