/* A schedule as a word that can be pasted: bits in base64url.
 * version and memory 8, build 32, model 16, threads 3, segments; then 16 bits of checksum over the
 * bytes. A number is an Elias gamma code; of a segment its actor is told among those that it can
 * be: the threads, then their buffers if there are any. */
#include "config.h"
#include "explore/schedule.h"

#include <string.h>

/* One for each EngineMemory. */
#define TOKEN_VERSION 1
#define MAX_BYTES 148

typedef struct
{
  guint8 bytes[MAX_BYTES + 4];
  guint n_bits, at;
  gboolean failed;
} Bits;

static void
put_bits (Bits * bits, guint64 value, guint n)
{
  while (n-- > 0) {
    if (bits->n_bits >= MAX_BYTES * 8) {
      bits->failed = TRUE;
      return;
    }
    if (value >> n & 1)
      bits->bytes[bits->n_bits / 8] |= 0x80 >> bits->n_bits % 8;
    bits->n_bits++;
  }
}

static guint64
get_bits (Bits * bits, guint n)
{
  guint64 value = 0;

  while (n-- > 0) {
    if (bits->at >= bits->n_bits) {
      bits->failed = TRUE;
      return 0;
    }
    value = value << 1 | (bits->bytes[bits->at / 8] >> (7 - bits->at % 8) & 1);
    bits->at++;
  }
  return value;
}

/* VALUE >= 1 */
static void
put_number (Bits * bits, guint value)
{
  guint n = g_bit_storage (value);

  put_bits (bits, 0, n - 1);
  put_bits (bits, value, n);
}

static guint
get_number (Bits * bits)
{
  guint n = 1;

  while (!bits->failed && n < 20 && !get_bits (bits, 1))
    n++;
  return 1u << (n - 1) | get_bits (bits, n - 1);
}

static guint16
checksum (const guint8 * bytes, gsize n)
{
  guint16 crc = 0xffff;

  for (gsize i = 0; i < n; i++) {
    crc ^= bytes[i] << 8;
    for (guint k = 0; k < 8; k++)
      crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
  }
  return crc;
}

guint16
schedule_model_hash (const ShmdiagModel * model)
{
  return checksum ((const guint8 *) model->name, strlen (model->name));
}

/* --- segments --- */

/* How many bits tell which of N it is. */
static guint
width (guint n)
{
  return n > 1 ? g_bit_storage (n - 1) : 0;
}

static guint
count_actors (guint n_threads, EngineMemory memory)
{
  return memory == ENGINE_TSO ? 2 * n_threads : n_threads;
}

/* Buffers come right after the threads here. */
static guint
to_number (guint actor, guint n_threads)
{
  return actor < ENGINE_BUFFERS ? actor : actor - ENGINE_BUFFERS + n_threads;
}

static guint
from_number (guint number, guint n_threads)
{
  return number < n_threads ? number : number - n_threads + ENGINE_BUFFERS;
}

/* A segment is never of the actor of the one before. */
static void
put_segments (Bits * bits, const GArray * schedule, guint n_threads, EngineMemory memory)
{
  guint n_actors = count_actors (n_threads, memory);
  guint last = n_actors;

  put_number (bits, schedule->len + 1);
  for (guint i = 0; i < schedule->len; i++) {
    const EngineSegment *segment = &g_array_index (schedule, EngineSegment, i);
    guint number = to_number (segment->thread, n_threads);
    gboolean first = last == n_actors;

    put_bits (bits, number - (!first && number > last), width (n_actors - !first));
    put_number (bits, segment->length);
    last = number;
  }
}

static GArray *
get_segments (Bits * bits, guint n_threads, EngineMemory memory)
{
  GArray *schedule = g_array_new (FALSE, FALSE, sizeof (EngineSegment));
  guint n = get_number (bits) - 1;
  guint n_actors = count_actors (n_threads, memory);
  guint last = n_actors;

  for (guint i = 0; i < n && !bits->failed; i++) {
    gboolean first = last == n_actors;
    guint number = get_bits (bits, width (n_actors - !first));
    EngineSegment segment;

    number += !first && number >= last;
    segment.thread = from_number (number, n_threads);
    segment.length = get_number (bits);
    last = number;
    bits->failed |= last >= n_actors;
    g_array_append_val (schedule, segment);
  }
  return schedule;
}

/* --- base64url --- */

static gchar *
to_text (const guint8 * bytes, gsize n)
{
  gchar *text = g_base64_encode (bytes, n);

  g_strdelimit (g_strdelimit (text, "+", '-'), "/", '_');
  text[strcspn (text, "=")] = '\0';
  return text;
}

/* NULL unless TEXT is what to_text() would make. */
static guint8 *
from_text (const gchar * text, gsize * n)
{
  g_autofree gchar *padded = g_strdup_printf ("%s%s", text, &"==="[(strlen (text) + 3) % 4]);
  g_autofree gchar *again = NULL;
  guint8 *bytes;

  if (strlen (text) > SCHEDULE_TOKEN_MAX || strlen (text) % 4 == 1)
    return NULL;
  g_strdelimit (g_strdelimit (padded, "-", '+'), "_", '/');
  bytes = g_base64_decode (padded, n);
  again = to_text (bytes, *n);
  if (!g_str_equal (again, text))
    g_clear_pointer (&bytes, g_free);
  return bytes;
}

gchar *
schedule_to_token (const GArray * schedule, const Engine * engine, guint32 build)
{
  Bits bits = { 0 };
  gsize n;
  guint16 crc;

  put_bits (&bits, TOKEN_VERSION + engine->memory, 8);
  put_bits (&bits, build, 32);
  put_bits (&bits, schedule_model_hash (engine->model), 16);
  put_bits (&bits, engine->n_threads - 1, 3);
  put_segments (&bits, schedule, engine->n_threads, engine->memory);
  if (bits.failed)
    return NULL;
  n = (bits.n_bits + 7) / 8;
  crc = checksum (bits.bytes, n);
  bits.bytes[n] = crc >> 8;
  bits.bytes[n + 1] = crc & 0xff;
  return to_text (bits.bytes, n + 2);
}

gboolean
schedule_from_token (const gchar * text, ScheduleToken * token)
{
  gsize n = 0;
  g_autofree guint8 *bytes = from_text (text, &n);
  Bits bits = { 0 };
  guint version;

  memset (token, 0, sizeof *token);
  if (!bytes || n < 3 || n > MAX_BYTES + 2
      || checksum (bytes, n - 2) != (bytes[n - 2] << 8 | bytes[n - 1]))
    return FALSE;
  memcpy (bits.bytes, bytes, n - 2);
  bits.n_bits = (n - 2) * 8;
  version = get_bits (&bits, 8);
  if (version < TOKEN_VERSION || version > TOKEN_VERSION + ENGINE_TSO)
    return FALSE;
  token->memory = version - TOKEN_VERSION;
  token->build = get_bits (&bits, 32);
  token->model = get_bits (&bits, 16);
  token->n_threads = get_bits (&bits, 3) + 1;
  token->schedule = get_segments (&bits, token->n_threads, token->memory);
  if (bits.failed)
    schedule_token_clear (token);
  return !bits.failed;
}

void
schedule_token_clear (ScheduleToken * token)
{
  g_clear_pointer (&token->schedule, g_array_unref);
}
