/* Numbered test payload: who reads it knows which buffer it is and whether all of it is there. */
#include "config.h"
#include "role/role.h"

#include <string.h>

#define MAGIC G_GUINT64_CONSTANT (0x7368706d69616721)

typedef struct
{
  guint64 magic;
  guint64 seq;
  guint64 size;
  guint64 sum;                  /* over seq, size and all that follows the header */
} PayloadHeader;

G_STATIC_ASSERT (sizeof (PayloadHeader) == ROLE_PAYLOAD_MIN);

static guint64
mix (guint64 value)
{
  value ^= value >> 33;
  value *= G_GUINT64_CONSTANT (0xff51afd7ed558ccd);
  value ^= value >> 33;
  return value;
}

static guint64
sum_body (const guint8 * body, gsize length, guint64 seq, guint64 size)
{
  guint64 sum = mix (seq + 1) ^ mix (size);
  guint64 word;

  for (; length >= sizeof word; length -= sizeof word, body += sizeof word) {
    memcpy (&word, body, sizeof word);
    sum = (sum ^ word) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
    sum ^= sum >> 29;
  }
  word = 0;
  memcpy (&word, body, length);
  return mix (sum ^ word);
}

guint64
role_payload_fill (gpointer data, gsize size, guint64 seq)
{
  PayloadHeader header = {.magic = MAGIC,.seq = seq,.size = size };
  guint8 *body = (guint8 *) data + sizeof header;
  gsize length = size - sizeof header;
  guint64 word = mix (seq);

  g_assert (size >= sizeof header);
  for (gsize at = 0; at < length; at += sizeof word) {
    memcpy (body + at, &word, MIN (sizeof word, length - at));
    word = word * G_GUINT64_CONSTANT (6364136223846793005) + 1442695040888963407;
  }
  header.sum = sum_body (body, length, seq, size);
  memcpy (data, &header, sizeof header);
  return header.sum;
}

static gboolean
read_header (gconstpointer data, gsize size, PayloadHeader * header)
{
  if (size < sizeof *header)
    return FALSE;
  memcpy (header, data, sizeof *header);
  return header->magic == MAGIC && header->size == size && header->seq != 0;
}

gboolean
role_payload_peek (gconstpointer data, gsize size, guint64 * seq)
{
  PayloadHeader header;

  if (!read_header (data, size, &header))
    return FALSE;
  *seq = header.seq;
  return TRUE;
}

gboolean
role_payload_check (gconstpointer data, gsize size, guint64 * seq, guint64 * sum)
{
  PayloadHeader header;

  if (!read_header (data, size, &header))
    return FALSE;
  if (sum_body ((const guint8 *) data + sizeof header, size - sizeof header,
          header.seq, size) != header.sum)
    return FALSE;
  *seq = header.seq;
  *sum = header.sum;
  return TRUE;
}
