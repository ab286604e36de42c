/* Numbered test payload: who reads it knows which buffer it is and whether all of it is there. */
#include "config.h"
#include "role/role.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAGIC G_GUINT64_CONSTANT (0x7368706d69616721)

typedef struct
{
  guint64 magic;
  guint64 seq;
  guint64 size;
  guint64 sum;                  /* over seq, size and all that follows the header */
} PayloadHeader;

/* Copied at a time from memory that may go. */
#define LOOK_PIECE 65536

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
sum_begin (guint64 seq, guint64 size)
{
  return mix (seq + 1) ^ mix (size);
}

/* Only the last of several pieces may have a LENGTH that is not one of whole words. */
static guint64
sum_piece (guint64 sum, const guint8 * body, gsize length)
{
  guint64 word;

  for (; length >= sizeof word; length -= sizeof word, body += sizeof word) {
    memcpy (&word, body, sizeof word);
    sum = (sum ^ word) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
    sum ^= sum >> 29;
  }
  if (length == 0)
    return sum;
  word = 0;
  memcpy (&word, body, length);
  return sum ^ word;
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
  header.sum = mix (sum_piece (sum_begin (seq, size), body, length));
  memcpy (data, &header, sizeof header);
  return header.sum;
}

/* DATA has at least the header of a payload of SIZE. */
static gboolean
read_header (gconstpointer data, guint64 size, PayloadHeader * header)
{
  memcpy (header, data, sizeof *header);
  return header->magic == MAGIC && header->size == size && header->seq != 0;
}

gboolean
role_payload_peek (gconstpointer data, gsize size, guint64 * seq)
{
  PayloadHeader header;

  if (size < sizeof header || !read_header (data, size, &header))
    return FALSE;
  *seq = header.seq;
  return TRUE;
}

void
role_payload_begin (RolePayload * self, guint64 size)
{
  *self = (RolePayload) {.size = size,.intact = TRUE };
}

/* Takes the header off the first piece. */
static gboolean
take_header (RolePayload * self, const guint8 ** data, gsize * length)
{
  PayloadHeader header;

  if (*length < sizeof header || !read_header (*data, self->size, &header))
    return FALSE;
  self->seq = header.seq;
  self->claimed_sum = header.sum;
  self->sum = sum_begin (header.seq, header.size);
  *data += sizeof header;
  *length -= sizeof header;
  return TRUE;
}

gboolean
role_payload_take (RolePayload * self, gconstpointer data, gsize length)
{
  const guint8 *bytes = data;
  guint64 left = self->size - self->done;

  if (length > left)
    self->intact = FALSE;
  if (self->intact && self->done == 0)
    self->intact = take_header (self, &bytes, &length);
  if (self->intact)
    self->sum = sum_piece (self->sum, bytes, length);
  self->done += (gsize) (bytes - (const guint8 *) data) + length;
  return self->intact;
}

gboolean
role_payload_end (const RolePayload * self, guint64 * seq, guint64 * sum)
{
  if (!self->intact || self->done != self->size || mix (self->sum) != self->claimed_sum)
    return FALSE;
  *seq = self->seq;
  *sum = self->claimed_sum;
  return TRUE;
}

gboolean
role_payload_check (gconstpointer data, gsize size, guint64 * seq, guint64 * sum)
{
  RolePayload payload;

  role_payload_begin (&payload, size);
  return role_payload_take (&payload, data, size) && role_payload_end (&payload, seq, sum);
}

/* The kernel reads for us: a page that is gone is an error of its call. Where nobody may ask it (a
 * filter of system calls), we read ourselves. */
static gboolean
copy_shared (gpointer to, gconstpointer from, gsize length)
{
  const struct iovec local = {.iov_base = to,.iov_len = length };
  const struct iovec remote = {.iov_base = (gpointer) from,.iov_len = length };
  gssize got = process_vm_readv (getpid (), &local, 1, &remote, 1, 0);

  if (got < 0 && (errno == ENOSYS || errno == EPERM)) {
    memcpy (to, from, length);
    return TRUE;
  }
  return got == (gssize) length;
}

gboolean
role_payload_look (gconstpointer shared, gsize size, gboolean peek, guint64 * seq, guint64 * sum)
{
  guint8 piece[LOOK_PIECE];
  RolePayload payload;

  role_payload_begin (&payload, size);
  do {
    gsize length = MIN (sizeof piece, size - payload.done);

    if (!copy_shared (piece, (const guint8 *) shared + payload.done, length))
      return FALSE;
    if (peek)
      return role_payload_peek (piece, size, seq);
    if (!role_payload_take (&payload, piece, length))
      return FALSE;
  } while (payload.done < size);
  return role_payload_end (&payload, seq, sum);
}
