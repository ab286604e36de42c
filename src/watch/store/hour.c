/* Numbers over an hour. */
#include "config.h"
#include "watch/store/pack.h"

Spread
spread_of (guint64 value)
{
  return (Spread) {.n = 1,.low = value,.high = value,.mean = (gdouble) value };
}

void
spread_add (Spread * spread, const Spread * more)
{
  if (more->n == 0)
    return;
  if (spread->n == 0) {
    *spread = *more;
    return;
  }
  spread->n += more->n;
  spread->low = MIN (spread->low, more->low);
  spread->high = MAX (spread->high, more->high);
  spread->mean += (more->mean - spread->mean) * ((gdouble) more->n / (gdouble) spread->n);
}

/* A double does not have all digits of a large number, and must not be turned into one beyond. */
guint64
spread_mean (const Spread * spread)
{
  if (spread->mean >= (gdouble) spread->high)
    return spread->high;
  if (spread->mean <= (gdouble) spread->low)
    return spread->low;
  return CLAMP ((guint64) (spread->mean + 0.5), spread->low, spread->high);
}

void
hour_clear (Hour * hour)
{
  g_clear_pointer (&hour->shards, g_array_unref);
}

/* That there are shards was told. */
static HourShard *
shard_at (Hour * hour, guint index)
{
  if (hour->shards->len <= index)
    g_array_set_size (hour->shards, index + 1);
  return &g_array_index (hour->shards, HourShard, index);
}

/* An array of none is still told. */
static void
tell_shards (Hour * hour, const GArray * shards)
{
  if (shards && !hour->shards)
    hour->shards = g_array_new (FALSE, TRUE, sizeof (HourShard));
}

void
hour_add (Hour * hour, const Hour * more)
{
  hour->n += more->n;
  for (guint i = 0; i < N_QUANTITIES; i++)
    spread_add (&hour->values[i], &more->values[i]);
  tell_shards (hour, more->shards);
  for (guint i = 0; more->shards && i < more->shards->len; i++) {
    const HourShard *from = &g_array_index (more->shards, HourShard, i);
    HourShard *to = shard_at (hour, i);

    spread_add (&to->references, &from->references);
    spread_add (&to->used, &from->used);
    to->size = from->size;
  }
}

void
hour_add_reading (Hour * hour, const SampleReading * reading)
{
  hour->n++;
  for (guint i = 0; i < N_QUANTITIES; i++) {
    const Spread spread = spread_of (reading->values[i]);

    if (sample_has (reading, i))
      spread_add (&hour->values[i], &spread);
  }
  tell_shards (hour, reading->shards);
  for (guint i = 0; reading->shards && i < reading->shards->len; i++) {
    const SampleShard *from = &g_array_index (reading->shards, SampleShard, i);
    const Spread references = spread_of (from->references), used = spread_of (from->used);
    HourShard *to = shard_at (hour, i);

    spread_add (&to->references, &references);
    spread_add (&to->used, &used);
    to->size = from->size;
  }
}
