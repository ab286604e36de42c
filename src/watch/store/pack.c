#include "config.h"
#include "watch/store/pack.h"

/* The bits of what is known are kept by the numbers of the enumerators: new ones go to the end. */
G_STATIC_ASSERT (N_QUANTITIES <= 32);

/* --- writing --- */

static void
put (GByteArray * out, guint64 number)
{
  guint8 bytes[10];
  guint n = 0;

  for (; number >= 0x80; number >>= 7)
    bytes[n++] = (guint8) (number | 0x80);
  bytes[n++] = (guint8) number;
  g_byte_array_append (out, bytes, n);
}

/* The difference to what was before, small in either direction. */
static void
put_change (GByteArray * out, guint64 before, guint64 now)
{
  guint64 change = now - before;

  put (out, change >> 63 ? ~(change << 1) : change << 1);
}

static void
put_spread (GByteArray * out, const Spread * spread)
{
  guint64 mean = spread_mean (spread);

  put (out, spread->low);
  put (out, mean - spread->low);
  put (out, spread->high - mean);
}

/* 0 stands for "not told", so that no shards can be told apart from it. */
static guint
put_n_shards (GByteArray * out, const GArray * shards)
{
  put (out, shards ? shards->len + 1 : 0);
  return shards ? shards->len : 0;
}

GByteArray *
pack_reading (const SampleReading * reading)
{
  GByteArray *out = g_byte_array_sized_new (256);
  guint64 size = 0;
  guint n;

  put (out, reading->known);
  for (guint i = 0; i < N_QUANTITIES; i++) {
    if (sample_has (reading, i))
      put (out, reading->values[i]);
  }
  n = put_n_shards (out, reading->shards);
  for (guint i = 0; i < n; i++) {
    const SampleShard *shard = &g_array_index (reading->shards, SampleShard, i);

    put_change (out, size, shard->size);
    put (out, shard->references);
    put (out, shard->used);
    size = shard->size;
  }
  return out;
}

GByteArray *
pack_hour (const Hour * hour)
{
  GByteArray *out = g_byte_array_sized_new (512);
  guint64 known = 0, size = 0;
  guint n;

  for (guint i = 0; i < N_QUANTITIES; i++)
    known |= (guint64) (hour->values[i].n > 0) << i;
  put (out, hour->n);
  put (out, known);
  for (guint i = 0; i < N_QUANTITIES; i++) {
    if (hour->values[i].n > 0)
      put_spread (out, &hour->values[i]);
  }
  n = put_n_shards (out, hour->shards);
  for (guint i = 0; i < n; i++) {
    const HourShard *shard = &g_array_index (hour->shards, HourShard, i);

    put_change (out, size, shard->size);
    put_spread (out, &shard->references);
    put_spread (out, &shard->used);
    size = shard->size;
  }
  return out;
}

/* --- reading --- */

typedef struct
{
  const guint8 *at, *end;
  gboolean bad;
} Cursor;

static guint64
take (Cursor * cursor)
{
  guint64 number = 0;

  for (guint shift = 0; shift < 64 && cursor->at < cursor->end; shift += 7) {
    guint8 byte = *cursor->at++;

    if (shift == 63 && byte > 1)
      break;
    number |= (guint64) (byte & 0x7f) << shift;
    if (!(byte & 0x80))
      return number;
  }
  cursor->bad = TRUE;
  return 0;
}

static guint64
take_change (Cursor * cursor, guint64 before)
{
  guint64 folded = take (cursor);

  return before + (folded & 1 ? ~(folded >> 1) : folded >> 1);
}

static guint64
take_sum (Cursor * cursor, guint64 before)
{
  guint64 more = take (cursor);

  cursor->bad |= more > G_MAXUINT64 - before;
  return before + more;
}

static Spread
take_spread (Cursor * cursor, guint64 n)
{
  guint64 low = take (cursor);
  guint64 mean = take_sum (cursor, low);

  return (Spread) {.n = n,.low = low,.mean = (gdouble) mean,.high = take_sum (cursor, mean) };
}

/* FALSE: the shards are not told. A shard takes at least three bytes. */
static gboolean
take_n_shards (Cursor * cursor, guint * n)
{
  guint64 number = take (cursor);

  if (number == 0 || cursor->bad)
    return FALSE;
  cursor->bad = number - 1 > (guint64) (cursor->end - cursor->at) / 3;
  *n = cursor->bad ? 0 : (guint) (number - 1);
  return !cursor->bad;
}

static gboolean
is_whole (const Cursor * cursor)
{
  return !cursor->bad && cursor->at == cursor->end;
}

/* Bits that we do not know come from a later release: their values are skipped. */
gboolean
unpack_reading (gconstpointer data, gsize size, gboolean with_shards, SampleReading * out)
{
  Cursor cursor = {.at = data,.end = (const guint8 *) data + size };
  guint64 known = take (&cursor), shard_size = 0;
  guint n;

  for (guint i = 0; i < 64; i++) {
    guint64 value = known >> i & 1 ? take (&cursor) : 0;

    if (known >> i & 1 && i < N_QUANTITIES)
      sample_set (out, i, value);
  }
  if (!with_shards || !take_n_shards (&cursor, &n))
    return with_shards ? is_whole (&cursor) : !cursor.bad;
  out->shards = g_array_sized_new (FALSE, FALSE, sizeof (SampleShard), n);
  for (guint i = 0; i < n; i++) {
    guint64 references;

    shard_size = take_change (&cursor, shard_size);
    references = take (&cursor);
    sample_add_shard (out, references, shard_size, take (&cursor));
  }
  return is_whole (&cursor);
}

gboolean
unpack_hour (gconstpointer data, gsize size, gboolean with_shards, Hour * out)
{
  Cursor cursor = {.at = data,.end = (const guint8 *) data + size };
  guint64 known, shard_size = 0;
  guint n;

  out->n = take (&cursor);
  cursor.bad |= out->n == 0 || out->n > HOUR_MAX_SAMPLES;
  known = take (&cursor);
  for (guint i = 0; i < 64; i++) {
    Spread spread = known >> i & 1 ? take_spread (&cursor, out->n) : (Spread) { 0 };

    if (i < N_QUANTITIES)
      out->values[i] = spread;
  }
  if (!with_shards || !take_n_shards (&cursor, &n))
    return with_shards ? is_whole (&cursor) : !cursor.bad;
  out->shards = g_array_sized_new (FALSE, FALSE, sizeof (HourShard), n);
  for (guint i = 0; i < n; i++) {
    HourShard shard = {.size = shard_size = take_change (&cursor, shard_size) };

    shard.references = take_spread (&cursor, out->n);
    shard.used = take_spread (&cursor, out->n);
    g_array_append_val (out->shards, shard);
  }
  return is_whole (&cursor);
}
