/* The shm pipe's commands as bytes. Pure: no socket, no memory of anybody else.
 * Layout: one fixed-size struct in the native C ABI, 24 bytes on LP64, 16 on ILP32. */
#pragma once
#include <glib.h>

typedef enum
{
  WIRE_NEW_AREA = 1,
  WIRE_CLOSE_AREA = 2,
  WIRE_NEW_BUFFER = 3,
  WIRE_ACK_BUFFER = 4,
} WireType;

typedef enum
{ WIRE_TO_READER, WIRE_TO_WRITER } WireDirection;

/* A decoded command; fields that its type does not have are zero. */
typedef struct
{
  WireType type;
  gint32 area_id;
  guint64 offset;               /* NEW_BUFFER, ACK_BUFFER */
  guint64 size;                 /* NEW_AREA: bytes to map; NEW_BUFFER: bytes */
  guint32 path_size;            /* NEW_AREA: length of the name that follows, with its NUL */
} WireCommand;

#define WIRE_COMMAND_SIZE (8 + 2 * sizeof (gulong))
#define WIRE_PATH_MAX 255       /* with the NUL */
#define WIRE_MESSAGE_MAX (WIRE_COMMAND_SIZE + WIRE_PATH_MAX)
#define WIRE_PATH_PREFIX "/shmpipe."

/* "new-area", ...; "?" for anything else. */
const gchar *wire_type_name (guint type);

void wire_encode (const WireCommand * command, guint8 out[WIRE_COMMAND_SIZE]);

/* Decodes what came in DIRECTION and checks all that needs no further knowledge: type, direction,
 * sizes not zero, path_size 2..WIRE_PATH_MAX. */
gboolean wire_decode (const guint8 bytes[WIRE_COMMAND_SIZE],
    WireDirection direction, WireCommand * out, GError ** error);

/* NAME has LENGTH bytes: terminated by its only NUL, one leading slash and no other, PREFIX. */
gboolean wire_check_path (const gchar * name, gsize length, const gchar * prefix, GError ** error);

/* OFFSET and SIZE lie within AREA_SIZE, without overflow. SIZE 0 is refused. */
gboolean wire_check_bounds (guint64 offset, guint64 size, guint64 area_size, GError ** error);

/* --- reassembly of a byte stream into messages --- */

typedef struct
{
  WireDirection direction;
  guint8 bytes[WIRE_MESSAGE_MAX];
  gsize length;
} WireReader;

typedef struct
{
  WireCommand command;
  gchar path[WIRE_PATH_MAX + 1]; /* NEW_AREA: its name, not yet checked but terminated; else "" */
} WireMessage;

void wire_reader_init (WireReader * reader, WireDirection direction);

/* How many bytes are missing for the next step: read at most that many and give them to
 * wire_reader_push(). Never 0. So nothing of the message after next is ever taken in. */
gsize wire_reader_wanted (const WireReader * reader);

/* Takes LENGTH (at most wanted) bytes. 1: *OUT is a whole message; 0: more bytes needed;
 * -1: ERROR, the stream is of no more use. */
gint wire_reader_push (WireReader * reader, const guint8 * bytes, gsize length,
    WireMessage * out, GError ** error);

/* Whether the stream may end here. */
gboolean wire_reader_is_idle (const WireReader * reader);
