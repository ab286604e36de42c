#include "config.h"
#include "watch/sample/sample.h"

#include "base/text.h"

#include <string.h>
#include <time.h>

static gint64
clock_us (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static gchar *
read_boot_id (void)
{
  g_autofree gchar *text = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/random/boot_id", &text, NULL, NULL))
    return NULL;
  return g_strdup (g_strchomp (text));
}

static void
trouble_free (SampleTrouble * trouble)
{
  g_free (trouble->source);
  g_free (trouble->pool);
  g_free (trouble->text);
  g_free (trouble);
}

Sample *
sample_new (void)
{
  Sample *sample = g_new0 (Sample, 1);

  sample->time_us = clock_us (CLOCK_REALTIME);
  sample->boot_us = clock_us (CLOCK_BOOTTIME);
  sample->boot_id = read_boot_id ();
  sample->readings = g_ptr_array_new_with_free_func ((GDestroyNotify) sample_reading_free);
  sample->troubles = g_ptr_array_new_with_free_func ((GDestroyNotify) trouble_free);
  sample->pin_sources = g_ptr_array_new_with_free_func (g_free);
  return sample;
}

void
sample_free (Sample * sample)
{
  if (!sample)
    return;
  g_free (sample->boot_id);
  g_ptr_array_unref (sample->readings);
  g_ptr_array_unref (sample->troubles);
  g_ptr_array_unref (sample->pin_sources);
  g_free (sample);
}

SampleReading *
sample_add (Sample * sample, const gchar * source, const gchar * pool)
{
  SampleReading *reading = g_new0 (SampleReading, 1);

  reading->source = g_strdup (source);
  reading->pool = g_strdup (pool);
  g_ptr_array_add (sample->readings, reading);
  return reading;
}

void
sample_reading_free (SampleReading * reading)
{
  if (!reading)
    return;
  g_free (reading->source);
  g_free (reading->pool);
  g_free (reading->owner);
  g_free (reading->instance);
  g_free (reading->note);
  g_clear_pointer (&reading->shards, g_array_unref);
  g_clear_pointer (&reading->holders, g_ptr_array_unref);
  g_free (reading);
}

void
sample_trouble (Sample * sample, const gchar * source, const gchar * pool,
    gboolean harmless, const gchar * format, ...)
{
  SampleTrouble *trouble = g_new0 (SampleTrouble, 1);
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  trouble->text = text_line (text);
  trouble->source = g_strdup (source);
  trouble->pool = g_strdup (pool);
  trouble->harmless = harmless;
  g_ptr_array_add (sample->troubles, trouble);
}

void
sample_expect_pins (Sample * sample, const gchar * source)
{
  if (!sample_expects_pins (sample, source))
    g_ptr_array_add (sample->pin_sources, g_strdup (source));
}

gboolean
sample_expects_pins (const Sample * sample, const gchar * source)
{
  return g_ptr_array_find_with_equal_func (sample->pin_sources, source, g_str_equal, NULL);
}

const SampleReading *
sample_find (const Sample * sample, const gchar * source, const gchar * pool)
{
  for (guint i = 0; i < sample->readings->len; i++) {
    const SampleReading *reading = g_ptr_array_index (sample->readings, i);

    if (g_str_equal (reading->source, source) && g_str_equal (reading->pool, pool))
      return reading;
  }
  return NULL;
}

void
sample_set (SampleReading * reading, Quantity quantity, guint64 value)
{
  reading->values[quantity] = value;
  reading->known |= 1u << quantity;
}

gboolean
sample_has (const SampleReading * reading, Quantity quantity)
{
  return (reading->known & 1u << quantity) != 0;
}

gboolean
sample_get (const SampleReading * reading, Quantity quantity, guint64 * out)
{
  if (!sample_has (reading, quantity))
    return FALSE;
  *out = reading->values[quantity];
  return TRUE;
}

void
sample_add_shard (SampleReading * reading, guint64 references, guint64 size, guint64 used)
{
  const SampleShard shard = {.references = references,.size = size,.used = used };

  if (!reading->shards)
    reading->shards = g_array_new (FALSE, FALSE, sizeof shard);
  g_array_append_val (reading->shards, shard);
}

void
sample_sum_shards (SampleReading * reading)
{
  guint64 references = 0, size = 0, used = 0;

  if (!reading->shards)
    return;
  for (guint i = 0; i < reading->shards->len; i++) {
    const SampleShard *shard = &g_array_index (reading->shards, SampleShard, i);

    references += shard->references;
    size += shard->size;
    used += shard->used;
  }
  sample_set (reading, QUANTITY_SHARDS, reading->shards->len);
  sample_set (reading, QUANTITY_REFERENCES, references);
  sample_set (reading, QUANTITY_SIZE, size);
  sample_set (reading, QUANTITY_USED, used);
}

static void
holder_free (SampleHolder * holder)
{
  g_free (holder->name);
  g_free (holder);
}

void
sample_add_holder (SampleReading * reading, gint pid, const gchar * name, guint64 mapped,
    guint n_fds)
{
  SampleHolder *holder = g_new0 (SampleHolder, 1);

  holder->pid = pid;
  holder->name = g_strdup (name);
  holder->mapped = mapped;
  holder->n_fds = n_fds;
  if (!reading->holders)
    reading->holders = g_ptr_array_new_with_free_func ((GDestroyNotify) holder_free);
  g_ptr_array_add (reading->holders, holder);
  sample_set (reading, QUANTITY_HOLDERS, reading->holders->len);
}

gboolean
sample_shard_is_full (const SampleShard * shard)
{
  return shard->used >= shard->size;
}
