#include "config.h"
#include "watch/view/frame.h"

#include "watch/view/print.h"

#include <string.h>

/* Lines of the window that events may take. */
#define EVENT_LINES 4

static void
span_free (gpointer data)
{
  FrameSpan *span = data;

  g_free (span->text);
  g_free (span);
}

GPtrArray *
frame_line (GPtrArray * lines)
{
  GPtrArray *line = g_ptr_array_new_with_free_func (span_free);

  g_ptr_array_add (lines, line);
  return line;
}

void
frame_span (GPtrArray * line, FrameLook look, const gchar * text)
{
  FrameSpan *span = g_new (FrameSpan, 1);

  span->text = print_line (text);
  span->look = look;
  g_ptr_array_add (line, span);
}

void
frame_printf (GPtrArray * line, FrameLook look, const gchar * format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  frame_span (line, look, text);
}

FrameLook
frame_level_look (Level level)
{
  static const FrameLook looks[] = {
    [LEVEL_OK] = FRAME_OK,
    [LEVEL_WARNING] = FRAME_WARNING,
    [LEVEL_CRITICAL] = FRAME_CRITICAL,
    [LEVEL_UNKNOWN] = FRAME_UNKNOWN,
  };

  return looks[level];
}

gchar *
frame_text (const GPtrArray * line)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < line->len; i++)
    g_string_append (text, ((FrameSpan *) g_ptr_array_index (line, i))->text);
  return g_strchomp (g_string_free (text, FALSE));
}

/* Cuts LINE at WIDTH columns. */
static void
clip_line (GPtrArray * line, guint width)
{
  for (guint i = 0; i < line->len; i++) {
    FrameSpan *span = g_ptr_array_index (line, i);
    gchar *clipped = print_clip (span->text, width);

    g_free (span->text);
    span->text = clipped;
    width -= print_columns (clipped);
  }
}

/* --- the body --- */

static gchar *
local_time (gint64 time_us, const gchar * format)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC);

  return time ? g_date_time_format (time, format) : g_strdup ("");
}

static void
add_findings (const Frame * frame, GPtrArray * lines)
{
  for (guint i = 0; i < frame->data->findings->len; i++) {
    const AlertFinding *finding = g_ptr_array_index (frame->data->findings, i);
    g_autofree gchar *subject = print_subject (finding->source, finding->pool);
    GPtrArray *line;

    if (finding->level == LEVEL_OK)
      continue;
    line = frame_line (lines);
    frame_printf (line, frame_level_look (finding->level), "%-8s ", level_name (finding->level));
    frame_printf (line, FRAME_PLAIN, "%s: %s", subject, finding->text);
  }
}

static void
add_pools (const Frame * frame, GPtrArray * lines)
{
  const GPtrArray *readings = frame->data->sample->readings;

  add_findings (frame, lines);
  for (guint i = 0; i < readings->len; i++) {
    if (lines->len > 0)
      frame_line (lines);
    frame_pool (frame, g_ptr_array_index (readings, i), lines);
  }
  if (readings->len == 0)
    frame_span (frame_line (lines), FRAME_PLAIN, "no pools");
}

static void
add_help (GPtrArray * lines)
{
  static const gchar *const texts[] = {
    "Keys", "  q, Ctrl-C           leave", "  Down, j / Up, k     scroll by a line",
    "  Space, PgDn / PgUp  scroll by a page", "  Home, g / End, G    to the begin, to the end",
    "  r                   read now", "  ?, h                this help, or back", "",
    "States of a shard",
    "  filling   objects live in it, and it has room",
    "  full      objects live in it: it is recycled once the last is gone",
    "  idle      nothing lives in it, and it has room",
    "  lost?     full, and nothing lives in it: should have been recycled at once",
    "", "The last column is the time since the shard came or was recycled;",
    "\"12m+\": it was there already when the history begins.",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    frame_span (frame_line (lines), FRAME_PLAIN, texts[i]);
}

/* --- around it --- */

static void
add_head (const Frame * frame, GPtrArray * lines)
{
  g_autofree gchar *time = local_time (frame->data->sample->time_us, "%Y-%m-%d %H:%M:%S");
  g_autofree gchar *left = g_strdup_printf (" poolwatch  %s", time);
  g_autoptr (GString) padded = g_string_new (NULL);
  const gchar *level = level_name (frame->data->level);
  GPtrArray *line = frame_line (lines);
  guint room = (guint) strlen (level) + 2;

  print_padded (left, MAX (frame->width, room) - room, padded);
  frame_span (line, FRAME_HEAD, padded->str);
  frame_printf (line, frame_level_look (frame->data->level), " %s ", level);
}

static void
add_events (const Frame * frame, GPtrArray * lines, guint n)
{
  for (guint i = 0; i < n; i++) {
    const FrameEvent *event = &g_array_index (frame->events, FrameEvent, i);
    g_autofree gchar *time = local_time (event->time_us, "%m-%d %H:%M");
    GPtrArray *line = frame_line (lines);

    frame_printf (line, FRAME_FAINT, "%s  ", time);
    frame_span (line, FRAME_PLAIN, event->text);
  }
}

static void
add_foot (const Frame * frame, GPtrArray * lines, guint first, guint n, guint of)
{
  g_autofree gchar *left = NULL;
  g_autoptr (GString) padded = g_string_new (NULL);
  gchar every[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (every, sizeof every, "%g", frame->interval);
  left = g_strdup_printf (" every %s s   q leave   ? help   r read now   lines %u-%u of %u%s%s",
      every, MIN (first + 1, of), MIN (first + n, of), of, frame->notice ? "   " : "",
      frame->notice ? frame->notice : "");
  print_padded (left, frame->width, padded);
  frame_span (frame_line (lines), FRAME_HEAD, padded->str);
}

static GPtrArray *
new_lines (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
}

/* Moves N lines of BODY, from FIRST on, to LINES, and fills up with empty ones. */
static void
take_window (GPtrArray * body, guint first, guint n, GPtrArray * lines)
{
  for (guint i = first; i < first + n; i++) {
    if (i < body->len)
      g_ptr_array_add (lines, g_ptr_array_ref (g_ptr_array_index (body, i)));
    else
      frame_line (lines);
  }
}

static GPtrArray *
too_small (const Frame * frame)
{
  GPtrArray *lines = new_lines ();

  frame_printf (frame_line (lines), FRAME_PLAIN, "%ux%u: too small, %ux%u needed", frame->width,
      frame->height, FRAME_MIN_WIDTH, FRAME_MIN_HEIGHT);
  while (lines->len < frame->height)
    frame_line (lines);
  return lines;
}

/* As high as it takes. */
static void
add_everything (const Frame * frame, GPtrArray * body, GPtrArray * lines)
{
  add_head (frame, lines);
  take_window (body, 0, body->len, lines);
  if (frame->events->len > 0)
    frame_line (lines);
  add_events (frame, lines, frame->events->len);
  if (frame->notice)
    frame_span (frame_line (lines), FRAME_FAINT, frame->notice);
}

static void
add_windows (const Frame * frame, GPtrArray * body, GPtrArray * lines, guint * most_scroll)
{
  guint n_events = MIN (frame->events->len, EVENT_LINES);
  guint n_body = frame->height - 2 - n_events - (n_events > 0), first;

  *most_scroll = body->len > n_body ? body->len - n_body : 0;
  first = MIN (frame->scroll, *most_scroll);
  add_head (frame, lines);
  take_window (body, first, n_body, lines);
  if (n_events > 0)
    frame_span (frame_line (lines), FRAME_FAINT, "last events");
  add_events (frame, lines, n_events);
  add_foot (frame, lines, first, n_body, body->len);
}

GPtrArray *
frame_lines (const Frame * frame, guint * most_scroll)
{
  g_autoptr (GPtrArray) body = new_lines ();
  GPtrArray *lines;

  *most_scroll = 0;
  if (frame->height > 0 && (frame->width < FRAME_MIN_WIDTH || frame->height < FRAME_MIN_HEIGHT)) {
    lines = too_small (frame);
  } else {
    lines = new_lines ();
    if (frame->help)
      add_help (body);
    else
      add_pools (frame, body);
    if (frame->height == 0)
      add_everything (frame, body, lines);
    else
      add_windows (frame, body, lines, most_scroll);
  }
  for (guint i = 0; i < lines->len; i++)
    clip_line (g_ptr_array_index (lines, i), frame->width);
  return lines;
}
