/* What the pools were before, as the frame shows it. */
#include "config.h"
#include "watch/view/frame.h"

/* A day at one sample every ten seconds. */
#define MOST_POINTS 8640

FrameHistory *
frame_history_new (const gchar * source, const gchar * pool)
{
  FrameHistory *self = g_new0 (FrameHistory, 1);

  self->source = g_strdup (source);
  self->pool = g_strdup (pool);
  self->points = g_array_new (FALSE, FALSE, sizeof (FramePoint));
  self->shards = g_array_new (FALSE, FALSE, sizeof (FrameShard));
  return self;
}

void
frame_history_free (FrameHistory * self)
{
  if (!self)
    return;
  g_free (self->source);
  g_free (self->pool);
  g_array_unref (self->points);
  g_array_unref (self->shards);
  g_free (self);
}

FrameHistory *
frame_history_find (const GPtrArray * histories, const gchar * source, const gchar * pool)
{
  for (guint i = 0; i < histories->len; i++) {
    FrameHistory *history = g_ptr_array_index (histories, i);

    if (g_str_equal (history->source, source) && g_str_equal (history->pool, pool))
      return history;
  }
  return NULL;
}

/* FALSE: nothing that could be drawn is known. */
static gboolean
drawn_value (guint32 known, const guint64 * values, guint64 * out)
{
  static const Quantity drawn[] = { QUANTITY_PINS, QUANTITY_MEMORY, QUANTITY_USED, QUANTITY_VALUE };

  for (gsize i = 0; i < G_N_ELEMENTS (drawn); i++) {
    if (!(known & 1u << drawn[i]))
      continue;
    *out = values[drawn[i]];
    return TRUE;
  }
  return FALSE;
}

/* Bytes are only given back all at once: fewer than before means that it was recycled. */
static void
follow_shards (FrameHistory * self, gint64 time_us, gboolean first, const GArray * shards)
{
  for (guint i = 0; i < shards->len; i++) {
    const SampleShard *shard = &g_array_index (shards, SampleShard, i);
    const FrameShard begun = {.since_us = time_us,.at_least = first,.used = shard->used };
    FrameShard *followed;

    if (i >= self->shards->len)
      g_array_append_val (self->shards, begun);
    followed = &g_array_index (self->shards, FrameShard, i);
    if (shard->used < followed->used)
      *followed = begun;
    followed->used = shard->used;
  }
  if (self->shards->len > shards->len)
    g_array_set_size (self->shards, shards->len);
}

void
frame_history_add (FrameHistory * self, gint64 time_us, guint32 known, const guint64 * values,
    const GArray * shards)
{
  FramePoint point = {.time_us = time_us };

  if (time_us <= self->last_us)
    return;
  if (shards)
    follow_shards (self, time_us, !self->shards_told, shards);
  self->shards_told |= shards != NULL;
  self->last_us = time_us;
  if (!drawn_value (known, values, &point.value))
    return;
  if (self->points->len >= MOST_POINTS)
    g_array_remove_range (self->points, 0, MOST_POINTS / 4);
  g_array_append_val (self->points, point);
}

/* The highest value in each of WIDTH equal times, or the one before where there is none. */
static void
fill_columns (const FrameHistory * self, guint width, guint64 * columns)
{
  const FramePoint *points = (const FramePoint *) (gpointer) self->points->data;
  gint64 first = points[0].time_us;
  gdouble span = (gdouble) (points[self->points->len - 1].time_us - first);
  guint last = 0;

  columns[0] = 0;
  for (guint i = 0; i < self->points->len; i++) {
    guint column = MIN (width - 1, (guint) ((gdouble) (points[i].time_us - first) / span * width));

    while (last < column) {
      columns[last + 1] = i > 0 ? points[i - 1].value : 0;
      last++;
    }
    columns[column] = MAX (columns[column], points[i].value);
  }
}

void
frame_sparkline (const FrameHistory * self, guint64 top, guint width, gboolean utf8, GString * out)
{
  static const gchar *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
  static const gchar *const ascii[] = { "_", ".", ":", "-", "=", "+", "*", "#" };
  const gchar *const *steps = utf8 ? blocks : ascii;
  guint n_steps = G_N_ELEMENTS (blocks);
  g_autofree guint64 *columns = NULL;

  if (self->points->len < 2 || width == 0)
    return;
  columns = g_new0 (guint64, width);
  fill_columns (self, width, columns);
  for (guint i = 0; i < self->points->len; i++)
    top = MAX (top, g_array_index (self->points, FramePoint, i).value);
  for (guint i = 0; i < width; i++) {
    gdouble share = top > 0 ? (gdouble) columns[i] / (gdouble) top : 0;

    g_string_append (out, steps[(guint) (share * (n_steps - 1) + 0.5)]);
  }
}
