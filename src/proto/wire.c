/* The shm pipe's commands as bytes: encode, decode, check, reassemble. */
#include "config.h"
#include "proto/wire.h"

#include "base/error.h"

#include <string.h>

/* Where the fields lie. A size_t and an unsigned long are one native word, the type, the area and
 * the length of a name are 32 bits on every machine. */
enum
{
  AT_TYPE = 0,
  AT_AREA = 4,
  AT_FIRST = 8,                 /* size of an area, offset of a buffer */
  AT_SECOND = 8 + sizeof (gulong),      /* size of a buffer, length of a name */
};

G_STATIC_ASSERT (sizeof (gsize) == sizeof (gulong));

static const struct
{
  const gchar *name;
  WireDirection direction;
} types[] = {
  [WIRE_NEW_AREA] = {"new-area", WIRE_TO_READER},
  [WIRE_CLOSE_AREA] = {"close-area", WIRE_TO_READER},
  [WIRE_NEW_BUFFER] = {"new-buffer", WIRE_TO_READER},
  [WIRE_ACK_BUFFER] = {"ack-buffer", WIRE_TO_WRITER},
};

static gboolean
type_is_known (guint type)
{
  return type < G_N_ELEMENTS (types) && types[type].name;
}

const gchar *
wire_type_name (guint type)
{
  return type_is_known (type) ? types[type].name : "?";
}

/* --- one command --- */

static void
put_u32 (guint8 * at, guint32 value)
{
  memcpy (at, &value, sizeof value);
}

static guint32
get_u32 (const guint8 * at)
{
  guint32 value;

  memcpy (&value, at, sizeof value);
  return value;
}

static void
put_word (guint8 * at, guint64 value)
{
  gulong word = (gulong) value;

  memcpy (at, &word, sizeof word);
}

static guint64
get_word (const guint8 * at)
{
  gulong word;

  memcpy (&word, at, sizeof word);
  return word;
}

void
wire_encode (const WireCommand * command, guint8 out[WIRE_COMMAND_SIZE])
{
  memset (out, 0, WIRE_COMMAND_SIZE);
  put_u32 (out + AT_TYPE, command->type);
  put_u32 (out + AT_AREA, (guint32) command->area_id);
  switch (command->type) {
    case WIRE_NEW_AREA:
      put_word (out + AT_FIRST, command->size);
      put_u32 (out + AT_SECOND, command->path_size);
      break;
    case WIRE_NEW_BUFFER:
      put_word (out + AT_FIRST, command->offset);
      put_word (out + AT_SECOND, command->size);
      break;
    case WIRE_ACK_BUFFER:
      put_word (out + AT_FIRST, command->offset);
      break;
    case WIRE_CLOSE_AREA:
      break;
  }
}

static gboolean
check_size (const gchar * thing, guint64 size, GError ** error)
{
  if (size > 0 && size <= G_MAXSSIZE)
    return TRUE;
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_SIZE, "%s: size out of range: %"
      G_GUINT64_FORMAT, thing, size);
  return FALSE;
}

static gboolean
check_path_size (guint32 path_size, GError ** error)
{
  if (path_size >= 2 && path_size <= WIRE_PATH_MAX)
    return TRUE;
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_PATH,
      "new-area: length of name out of range 2..%d: %u", WIRE_PATH_MAX, path_size);
  return FALSE;
}

static gboolean
check_type (guint32 type, WireDirection direction, GError ** error)
{
  if (!type_is_known (type)) {
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_TYPE, "command: unknown type: %u", type);
    return FALSE;
  }
  if (types[type].direction == direction)
    return TRUE;
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_TYPE, "command: not for this direction: %s",
      types[type].name);
  return FALSE;
}

gboolean
wire_decode (const guint8 bytes[WIRE_COMMAND_SIZE],
    WireDirection direction, WireCommand * out, GError ** error)
{
  guint32 type = get_u32 (bytes + AT_TYPE);

  if (!check_type (type, direction, error))
    return FALSE;
  *out = (WireCommand) {.type = (WireType) type,.area_id = (gint32) get_u32 (bytes + AT_AREA) };
  switch (out->type) {
    case WIRE_NEW_AREA:
      out->size = get_word (bytes + AT_FIRST);
      out->path_size = get_u32 (bytes + AT_SECOND);
      return check_size ("new-area", out->size, error) && check_path_size (out->path_size, error);
    case WIRE_NEW_BUFFER:
      out->offset = get_word (bytes + AT_FIRST);
      out->size = get_word (bytes + AT_SECOND);
      return check_size ("new-buffer", out->size, error);
    case WIRE_ACK_BUFFER:
      out->offset = get_word (bytes + AT_FIRST);
      break;
    case WIRE_CLOSE_AREA:
      break;
  }
  return TRUE;
}

/* --- what needs a little more knowledge --- */

static const gchar *
path_problem (const gchar * name, gsize length, const gchar * prefix)
{
  if (length < 2 || length > WIRE_PATH_MAX)
    return "length out of range";
  if (memchr (name, '\0', length) != name + length - 1)
    return "not terminated by its only NUL";
  if (name[0] != '/' || strchr (name + 1, '/'))
    return "not one leading slash";
  if (!g_str_has_prefix (name, prefix))
    return "not the expected prefix";
  return NULL;
}

gboolean
wire_check_path (const gchar * name, gsize length, const gchar * prefix, GError ** error)
{
  const gchar *problem = path_problem (name, length, prefix);
  g_autofree gchar *printable = NULL, *copy = NULL;

  if (!problem)
    return TRUE;
  copy = g_strndup (name, MIN (length, WIRE_PATH_MAX));
  printable = g_strescape (copy ? copy : "", NULL);
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_PATH, "area name: %s: %s", problem, printable);
  return FALSE;
}

gboolean
wire_check_bounds (guint64 offset, guint64 size, guint64 area_size, GError ** error)
{
  if (!check_size ("buffer", size, error))
    return FALSE;
  if (offset <= area_size && size <= area_size - offset)
    return TRUE;
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_BOUNDS,
      "buffer: outside its area of %" G_GUINT64_FORMAT " bytes: offset %" G_GUINT64_FORMAT
      ", size %" G_GUINT64_FORMAT, area_size, offset, size);
  return FALSE;
}

/* --- reassembly --- */

void
wire_reader_init (WireReader * reader, WireDirection direction)
{
  reader->direction = direction;
  reader->length = 0;
}

gsize
wire_reader_wanted (const WireReader * reader)
{
  WireCommand command;

  if (reader->length < WIRE_COMMAND_SIZE)
    return WIRE_COMMAND_SIZE - reader->length;
  if (!wire_decode (reader->bytes, reader->direction, &command, NULL))
    return 1;                   /* refused already, and will be again */
  return WIRE_COMMAND_SIZE + command.path_size - reader->length;
}

gint
wire_reader_push (WireReader * reader, const guint8 * bytes, gsize length,
    WireMessage * out, GError ** error)
{
  g_return_val_if_fail (length <= wire_reader_wanted (reader), -1);

  /* A command that was refused stays refused: nothing may be added to it. */
  if (reader->length >= WIRE_COMMAND_SIZE
      && !wire_decode (reader->bytes, reader->direction, &out->command, error))
    return -1;
  memcpy (reader->bytes + reader->length, bytes, length);
  reader->length += length;
  if (reader->length < WIRE_COMMAND_SIZE)
    return 0;
  if (!wire_decode (reader->bytes, reader->direction, &out->command, error))
    return -1;
  if (reader->length < WIRE_COMMAND_SIZE + out->command.path_size)
    return 0;
  memcpy (out->path, reader->bytes + WIRE_COMMAND_SIZE, out->command.path_size);
  out->path[out->command.path_size] = '\0';
  reader->length = 0;
  return 1;
}

gboolean
wire_reader_is_idle (const WireReader * reader)
{
  return reader->length == 0;
}
