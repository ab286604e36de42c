/* The picture that "poolwatch watch" shows, without a terminal. */
#include "config.h"
#include "view-fake.h"

#include "watch/view/frame.h"
#include "watch/view/print.h"

#include <locale.h>
#include <string.h>

#define SECOND G_GINT64_CONSTANT (1000000)
#define NOW (G_GINT64_CONSTANT (1795562100) * SECOND)

/* What a frame needs; all of it in one place to be dropped together. */
typedef struct
{
  Sample *sample;
  GPtrArray *findings, *histories;
  GArray *events;
  ViewData data;
} Shown;

static void
add_reading (FrameHistory * history, const SampleReading * reading, gint64 time_us)
{
  frame_history_add (history, time_us, reading->known, reading->values, reading->shards);
}

/* Pins that rose from 1 over 24 hours. */
static void
add_histories (Shown * self)
{
  for (guint i = 0; i < self->sample->readings->len; i++) {
    const SampleReading *reading = g_ptr_array_index (self->sample->readings, i);
    FrameHistory *history = frame_history_new (reading->source, reading->pool);

    for (guint hour = 0; hour < 24; hour++) {
      guint64 values[N_QUANTITIES] = {[QUANTITY_PINS] = 1 + hour / 2 };

      frame_history_add (history, NOW - (24 - (gint64) hour) * 3600 * SECOND,
          1u << QUANTITY_PINS, values, NULL);
    }
    add_reading (history, reading, NOW);
    g_ptr_array_add (self->histories, history);
  }
}

static Shown *
shown_new (Sample * take_sample)
{
  Shown *self = g_new0 (Shown, 1);
  static const FrameEvent events[] = {
    {NOW - 60 * SECOND, "rtpengine-proc/table-0: WARNING: 12 of 16 pins"},
    {NOW - 7200 * SECOND, "rtpengine-proc/table-0: restarted"},
  };

  self->sample = take_sample;
  self->findings = fake_findings (self->sample);
  self->histories = g_ptr_array_new_with_free_func ((GDestroyNotify) frame_history_free);
  self->events = g_array_new (FALSE, FALSE, sizeof (FrameEvent));
  self->data = fake_data (self->sample, self->findings);
  g_array_append_vals (self->events, events, G_N_ELEMENTS (events));
  add_histories (self);
  return self;
}

static void
shown_free (Shown * self)
{
  sample_free (self->sample);
  g_ptr_array_unref (self->findings);
  g_ptr_array_unref (self->histories);
  g_array_unref (self->events);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Shown, shown_free)

static Frame
frame_of (const Shown * shown, guint width, guint height)
{
  return (Frame) {
  .data = &shown->data,.histories = shown->histories,.events = shown->events,.interval = 2,
        .width = width,.height = height,.utf8 = TRUE};
}

/* All lines, each with a newline; checks that it is what was asked for. */
static gchar *
text_of (const Frame * frame, guint * most_scroll)
{
  g_autoptr (GPtrArray) lines = frame_lines (frame, most_scroll);
  GString *text = g_string_new (NULL);

  if (frame->height > 0)
    g_assert_cmpuint (lines->len, ==, frame->height);
  for (guint i = 0; i < lines->len; i++) {
    g_autofree gchar *line = frame_text (g_ptr_array_index (lines, i));

    g_assert_cmpuint (print_columns (line), <=, frame->width);
    g_string_append_printf (text, "%s\n", line);
  }
  return g_string_free (text, FALSE);
}

static void
assert_has (const gchar * text, const gchar * wanted)
{
  if (!strstr (text, wanted))
    g_error ("no \"%s\" in: %s", wanted, text);
}

static void
test_usual (void)
{
  g_autoptr (Shown) shown = shown_new (fake_daemon ());
  const Frame frame = frame_of (shown, 80, 24);
  guint most;
  g_autofree gchar *text = text_of (&frame, &most);

  g_assert_cmpuint (most, ==, 0);
  g_assert_true (g_str_has_prefix (text, " poolwatch  2026-11-24 23:15:00  "));
  assert_has (text, " WARNING\nWARNING  rtpengine-proc/table-0: 12 of 16 pins\n\n"
      "rtpengine-proc/table-0  WARNING  pid 216  owner alive  up 2d\n"
      "  pins   12/16 ▕████████████    ▏  192 MiB  ▁▁▂▂▂▂▂▃▃▃▃▃▄▄▄▄▄▅▅▅▅▅▅▅▅▆▆▆▆▆ 24h\n");
  assert_has (text, "  shard      0 ▕████████        ▏    8 MiB of  16 MiB    520 refs"
      " filling   0s+\n");
  assert_has (text, "      3 refs full ");
  assert_has (text, "      0 refs lost?");
  assert_has (text, "  held by 216 rtpengine, 32 MiB mapped, 1 open\n");
  assert_has (text, "last events\n11-24 23:14  rtpengine-proc/table-0: WARNING: 12 of 16 pins\n");
  assert_has (text, " every 2 s   q leave   ? help ");
}

static void
test_once (void)
{
  g_autoptr (Shown) shown = shown_new (fake_daemon ());
  Frame frame = frame_of (shown, 80, 0);
  guint most;
  g_autofree gchar *text = NULL;

  frame.notice = "no history: nothing there";
  frame.utf8 = FALSE;
  text = text_of (&frame, &most);
  for (const gchar * at = text; *at; at++)
    g_assert_cmpint (*at, >, 0);
  assert_has (text, " [############....] ");
  assert_has (text, "\nno history: nothing there\n");
  g_assert_null (strstr (text, "q leave"));
}

static Sample *
many_shards (void)
{
  Sample *sample = fake_sample ();
  SampleReading *reading = sample_add (sample, "s\nt", "p\xff日本");

  for (guint i = 0; i < 100; i++)
    sample_add_shard (reading, G_MAXUINT64, i % 2 ? 0 : 1, G_MAXUINT64);
  sample_add_holder (reading, -1, NULL, G_MAXUINT64, G_MAXUINT);
  sample_sum_shards (reading);
  return sample;
}

static void
test_scroll (void)
{
  g_autoptr (Shown) shown = shown_new (many_shards ());
  Frame frame = frame_of (shown, 80, 24);
  guint most;
  g_autofree gchar *top = text_of (&frame, &most), *end = NULL;

  assert_has (top, "  shard      0 ");
  g_assert_cmpuint (most, ==, 103 - 19);
  frame.scroll = G_MAXUINT;
  end = text_of (&frame, &most);
  assert_has (end, "  shard     99 ");
  assert_has (end, "lines 85-103 of 103");
}

static void
test_sizes (void)
{
  g_autoptr (Shown) usual = shown_new (fake_daemon ()), many = shown_new (many_shards ());

  for (guint width = 1; width < 200; width += 7) {
    for (guint height = 1; height < 60; height++) {
      Frame small = frame_of (usual, width, height), big = frame_of (many, width, height);
      guint most;
      g_autofree gchar *a = text_of (&small, &most), *b = text_of (&big, &most);

      g_assert_nonnull (b);
      if (width >= 40 && (width < 80 || height < 24))
        assert_has (a, ": too small, 80x24 needed\n");
    }
  }
}

static void
test_help_and_none (void)
{
  g_autoptr (Shown) shown = shown_new (fake_sample ());
  Frame frame = frame_of (shown, 80, 24);
  guint most;
  g_autofree gchar *none = text_of (&frame, &most), *help = NULL;

  assert_has (none, "\nno pools\n");
  frame.help = TRUE;
  help = text_of (&frame, &most);
  assert_has (help, "\n  q, Ctrl-C           leave\n");
}

static void
test_sparkline (void)
{
  g_autoptr (GString) flat = g_string_new (NULL), ascii = g_string_new (NULL);
  FrameHistory *history = frame_history_new ("s", "p");
  guint64 values[N_QUANTITIES] = { 0 };

  frame_sparkline (history, 16, 8, TRUE, flat);
  g_assert_cmpstr (flat->str, ==, "");
  for (guint i = 1; i <= 8; i++) {
    values[QUANTITY_PINS] = 2 * i;
    frame_history_add (history, i * SECOND, 1u << QUANTITY_PINS, values, NULL);
  }
  /* Older than what is there, or without a value: nothing. */
  frame_history_add (history, SECOND, 1u << QUANTITY_PINS, values, NULL);
  frame_history_add (history, 20 * SECOND, 0, values, NULL);
  g_assert_cmpuint (history->points->len, ==, 8);
  frame_sparkline (history, 16, 4, TRUE, flat);
  g_assert_cmpstr (flat->str, ==, "▃▅▆█");
  frame_sparkline (history, 160, 4, FALSE, ascii);
  g_assert_cmpstr (ascii->str, ==, "__..");
  frame_history_free (history);
}

/* The age of a shard begins anew when it was recycled, and is exact from then on. */
static void
test_ages (void)
{
  FrameHistory *history = frame_history_new ("s", "p");
  g_autoptr (Sample) sample = fake_sample ();
  SampleReading *reading = sample_add (sample, "s", "p");
  SampleShard *shard;
  const FrameShard *first, *second;

  sample_add_shard (reading, 1, 100, 50);
  add_reading (history, reading, 1 * SECOND);
  sample_add_shard (reading, 1, 100, 0);
  shard = &g_array_index (reading->shards, SampleShard, 0);
  shard->used = 90;
  add_reading (history, reading, 2 * SECOND);
  first = &g_array_index (history->shards, FrameShard, 0);
  second = &g_array_index (history->shards, FrameShard, 1);
  g_assert_true (first->at_least);
  g_assert_cmpint (first->since_us, ==, 1 * SECOND);
  g_assert_false (second->at_least);
  g_assert_cmpint (second->since_us, ==, 2 * SECOND);
  shard->used = 8;
  add_reading (history, reading, 3 * SECOND);
  g_assert_false (first->at_least);
  g_assert_cmpint (first->since_us, ==, 3 * SECOND);
  frame_history_free (history);
}

gint
main (gint argc, gchar ** argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/frame/usual", test_usual);
  g_test_add_func ("/frame/once", test_once);
  g_test_add_func ("/frame/scroll", test_scroll);
  g_test_add_func ("/frame/sizes", test_sizes);
  g_test_add_func ("/frame/help-and-none", test_help_and_none);
  g_test_add_func ("/frame/sparkline", test_sparkline);
  g_test_add_func ("/frame/ages", test_ages);
  return g_test_run ();
}
