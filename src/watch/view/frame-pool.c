/* The part of the frame that shows one pool. */
#include "config.h"
#include "watch/view/frame.h"

#include "watch/view/print.h"

#define BAR_COLUMNS 16

static void
add_bar (const Frame * frame, GPtrArray * line, FrameLook look, gdouble share)
{
  g_autoptr (GString) bar = g_string_new (NULL);

  view_bar (share, BAR_COLUMNS, frame->utf8, bar);
  frame_span (line, FRAME_FAINT, frame->utf8 ? "▕" : "[");
  frame_span (line, look, bar->str);
  frame_span (line, FRAME_FAINT, frame->utf8 ? "▏" : "]");
}

/* "rtpengine-proc/table-0  WARNING  pid 216 (alive), up 2d  8 calls". */
static void
add_title (const Frame * frame, const SampleReading * reading, GPtrArray * lines)
{
  GPtrArray *line = frame_line (lines);
  const ViewData *data = frame->data;
  Level level = alert_worst (data->findings, reading->source, reading->pool);
  g_autofree gchar *name = print_subject (reading->source, reading->pool);
  g_autofree gchar *owner = print_line (reading->owner), *shown = print_clip (name, 40);
  const gchar *state = print_owner_state (reading->owner_state);
  guint64 value;

  frame_printf (line, FRAME_STRONG, "%s  ", shown);
  frame_span (line, frame_level_look (level), level_name (level));
  if (*owner)
    frame_printf (line, FRAME_PLAIN, "  %s", owner);
  if (state)
    frame_printf (line, reading->owner_state == SAMPLE_OWNER_GONE ? FRAME_CRITICAL : FRAME_PLAIN,
        "  owner %s", state);
  if (sample_get (reading, QUANTITY_UPTIME, &value)) {
    g_autofree gchar *up = print_duration ((gint64) MIN (value, G_MAXINT32) * G_USEC_PER_SEC);

    frame_printf (line, FRAME_PLAIN, "  up %s", up);
  }
  if (sample_get (reading, QUANTITY_SESSIONS, &value))
    frame_printf (line, FRAME_PLAIN, "  %" G_GUINT64_FORMAT " calls", value);
}

/* What the history is drawn against. */
static guint64
top_of (const Frame * frame, const SampleReading * reading)
{
  guint64 top = 0;

  if (sample_has (reading, QUANTITY_PINS))
    print_get (reading, frame->data->rules, QUANTITY_LIMIT, &top);
  else if (sample_has (reading, QUANTITY_MEMORY))
    sample_get (reading, QUANTITY_MEMORY_LIMIT, &top);
  else
    sample_get (reading, QUANTITY_SIZE, &top);
  return top;
}

/* Appends the sparkline and the time it spans, as wide as there is room. */
static void
add_history (const Frame * frame, const SampleReading * reading, GPtrArray * line)
{
  const FrameHistory *history = frame_history_find (frame->histories, reading->source,
      reading->pool);
  g_autofree gchar *before = frame_text (line), *span = NULL;
  guint taken = print_columns (before) + 8;
  g_autoptr (GString) out = g_string_new (NULL);
  const FramePoint *points;

  if (!history || history->points->len < 2 || taken + 8 > frame->width)
    return;
  points = (const FramePoint *) (gpointer) history->points->data;
  span = print_duration (points[history->points->len - 1].time_us - points[0].time_us);
  frame_sparkline (history, top_of (frame, reading), frame->width - taken, frame->utf8, out);
  frame_printf (line, FRAME_PLAIN, "  %s", out->str);
  frame_printf (line, FRAME_FAINT, " %s", span);
}

static void
add_fill (const Frame * frame, const SampleReading * reading, GPtrArray * lines)
{
  const guint32 shown = 1u << QUANTITY_PINS | 1u << QUANTITY_MEMORY | 1u << QUANTITY_USED
      | 1u << QUANTITY_VALUE;
  GPtrArray *line = reading->known & shown ? frame_line (lines) : NULL;
  Level level = alert_worst (frame->data->findings, reading->source, reading->pool);
  g_autofree gchar *pins = print_pins (reading, frame->data->rules);
  gdouble share;
  guint64 bytes;

  if (!line)
    return;
  if (sample_has (reading, QUANTITY_PINS))
    frame_printf (line, FRAME_PLAIN, "  pins %7s ", pins);
  else
    frame_span (line, FRAME_PLAIN, "  fill         ");
  if (print_share (reading, frame->data->rules, &share))
    add_bar (frame, line, frame_level_look (level), share);
  if (sample_get (reading, QUANTITY_MEMORY, &bytes)
      || sample_get (reading, QUANTITY_USED, &bytes)) {
    g_autofree gchar *text = view_bytes (bytes);

    frame_printf (line, FRAME_PLAIN, " %8s", text);
  }
  if (sample_get (reading, QUANTITY_VALUE, &bytes))
    frame_printf (line, FRAME_PLAIN, " value %" G_GUINT64_FORMAT, bytes);
  add_history (frame, reading, line);
}

static FrameLook
shard_look (const SampleShard * shard)
{
  if (!sample_shard_is_full (shard))
    return FRAME_OK;
  return shard->references > 0 ? FRAME_WARNING : FRAME_CRITICAL;
}

/* "12m", "12m+" when it is at least that; "" for none. Caller frees. */
static gchar *
shard_age (const Frame * frame, const FrameHistory * history, guint i)
{
  const FrameShard *shard;
  g_autofree gchar *age = NULL;

  if (!history || i >= history->shards->len)
    return g_strdup ("");
  shard = &g_array_index (history->shards, FrameShard, i);
  age = print_duration (frame->data->sample->time_us - shard->since_us);
  return g_strconcat (age, shard->at_least ? "+" : "", NULL);
}

static void
add_shard (const Frame * frame, const SampleReading * reading, guint i, GPtrArray * lines)
{
  const SampleShard *shard = &g_array_index (reading->shards, SampleShard, i);
  const FrameHistory *history = frame_history_find (frame->histories, reading->source,
      reading->pool);
  GPtrArray *line = frame_line (lines);
  g_autofree gchar *used = view_bytes (shard->used), *size = view_bytes (shard->size);
  g_autofree gchar *age = shard_age (frame, history, i);

  frame_printf (line, FRAME_PLAIN, "  shard %6u ", i);
  add_bar (frame, line, shard_look (shard),
      shard->size > 0 ? (gdouble) shard->used / (gdouble) shard->size : 0);
  frame_printf (line, FRAME_PLAIN, " %8s of %7s %6" G_GUINT64_FORMAT " refs ", used, size,
      shard->references);
  frame_printf (line, shard_look (shard), "%-7s", print_shard_state (shard));
  frame_printf (line, FRAME_FAINT, " %5s", age);
}

static void
add_holder (const SampleHolder * holder, GPtrArray * lines)
{
  g_autofree gchar *mapped = view_bytes (holder->mapped);

  frame_printf (frame_line (lines), FRAME_PLAIN, "  held by %d %s, %s mapped, %u open", holder->pid,
      holder->name ? holder->name : "", mapped, holder->n_fds);
}

void
frame_pool (const Frame * frame, const SampleReading * reading, GPtrArray * lines)
{
  add_title (frame, reading, lines);
  add_fill (frame, reading, lines);
  for (guint i = 0; reading->shards && i < reading->shards->len; i++)
    add_shard (frame, reading, i, lines);
  for (guint i = 0; reading->holders && i < reading->holders->len; i++)
    add_holder (g_ptr_array_index (reading->holders, i), lines);
  if (reading->note)
    frame_printf (frame_line (lines), FRAME_FAINT, "  %s", reading->note);
}
