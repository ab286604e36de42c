#include "config.h"
#include "watch/source/rtpengine-table.h"

#include "base/parse.h"

#include <unistd.h>

static void
add_note (SampleReading * reading, const gchar * text)
{
  g_autofree gchar *before = g_steal_pointer (&reading->note);

  reading->note = before ? g_strconcat (before, "; ", text, NULL) : g_strdup (text);
}

/* A daemon that has ended without saying so leaves its table and all that it pinned. */
static void
set_owner_gone (SampleReading * reading, const TableStatus * status, guint id)
{
  g_autofree gchar *keeps = rtpengine_status_has (status, STATUS_LINE_MEMORY)
      ? g_strdup_printf ("keeps %" G_GUINT64_FORMAT " bytes",
      status->values[STATUS_LINE_MEMORY]) : g_strdup ("is still there");
  g_autofree gchar *note = g_strdup_printf ("stale table: its daemon is gone, it %s until the next"
      " start, or: echo 'del %u' > " RTPENGINE_ROOT "/control", keeps, id);

  reading->owner_state = SAMPLE_OWNER_GONE;
  add_note (reading, note);
}

/* The kernel forgets the pid when its process ends: if there is none of that number here, it counts
 * in another namespace, or has ended since. */
static void
look_for_owner (const RtpengineReader * reader, SampleReading * reading, guint64 pid)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%" G_GUINT64_FORMAT, pid);
  const gchar *sysroot = reader->request->sysroot;

  if (reader->request->input || (sysroot && sysroot[0] != '\0') || access (path, F_OK) == 0)
    return;
  reading->owner_state = SAMPLE_OWNER_UNKNOWN;
  add_note (reading, "no process of that pid is seen from here");
}

static void
set_owner (const RtpengineReader * reader, SampleReading * reading, const TableStatus * status,
    guint id)
{
  StatusLine line = rtpengine_status_has (status, STATUS_LINE_PID)
      ? STATUS_LINE_PID : STATUS_LINE_OPENCOUNT;
  guint64 value = status->values[line];

  if (!rtpengine_status_has (status, line))
    return;
  if (value == 0) {
    set_owner_gone (reading, status, id);
    return;
  }
  reading->owner_state = SAMPLE_OWNER_ALIVE;
  if (line != STATUS_LINE_PID)
    return;
  reading->owner = g_strdup_printf ("pid %" G_GUINT64_FORMAT, value);
  reading->instance = g_strdup (reading->owner);
  look_for_owner (reader, reading, value);
}

static void
set_values (SampleReading * reading, const TableStatus * status)
{
  static const struct
  {
    StatusLine line;
    Quantity quantity;
  } rows[] = {
    {STATUS_LINE_PINS, QUANTITY_PINS},
    {STATUS_LINE_MEMORY, QUANTITY_MEMORY},
    {STATUS_LINE_TARGETS, QUANTITY_TARGETS},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (rtpengine_status_has (status, rows[i].line))
      sample_set (reading, rows[i].quantity, status->values[rows[i].line]);
  }
}

static void
set_limit (const RtpengineReader * reader, SampleReading * reading, const TableStatus * status)
{
  const gchar *note;
  guint64 limit;

  if (rtpengine_status_limit (status, reader->release, &limit, &note))
    sample_set (reading, QUANTITY_LIMIT, limit);
  if (note)
    add_note (reading, note);
}

/* What the layout alone tells: a release without the counter, or, if the module says that it has
 * one, a status that was cut between two lines. */
static void
tell_release (const RtpengineReader * reader, SampleReading * reading, const TableStatus * status)
{
  const StatusLayout *layout = status->layout;
  g_autofree gchar *note = NULL;

  if (!layout) {
    add_note (reading, "lines of a release that is not known here");
    return;
  }
  note = g_strdup_printf ("layout of %s", layout->releases);
  add_note (reading, note);
  if (layout->lines & 1u << STATUS_LINE_PINS)
    return;
  if (reader->release && parse_compare_versions (reader->release, "14.0") >= 0)
    sample_trouble (reader->sample, reading->source, reading->pool, FALSE,
        "Memory pins: missing, though release %s has it (cut?)", reader->release);
  else
    sample_trouble (reader->sample, reading->source, reading->pool, TRUE,
        "no pins: release without pin counter (%s; 14.0 and later have it)", layout->releases);
}

void
rtpengine_table_problems (const RtpengineReader * reader, const gchar * pool, const gchar * path,
    const GPtrArray * problems)
{
  for (guint i = 0; i < problems->len; i++)
    sample_trouble (reader->sample, reader->request->name, pool, FALSE, "%s: %s", path,
        (const gchar *) g_ptr_array_index (problems, i));
}

void
rtpengine_table_take (const RtpengineReader * reader, guint id, const gchar * path,
    const gchar * text, gsize length)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autofree gchar *pool = g_strdup_printf ("table-%u", id);
  SampleReading *reading;
  TableStatus status;

  rtpengine_status_parse (text, length, &status, problems);
  rtpengine_table_problems (reader, pool, path, problems);
  if (status.known == 0)
    return;
  reading = sample_add (reader->sample, reader->request->name, pool);
  set_values (reading, &status);
  tell_release (reader, reading, &status);
  set_limit (reader, reading, &status);
  set_owner (reader, reading, &status, id);
}
