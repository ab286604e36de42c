/* The shm pipe's commands as processes of other machines lay them out. Pure. The command is a C
 * struct in the memory of whoever sends it: a size_t and an unsigned long are as long as its words,
 * in its byte order. */
#pragma once
#include "proto/wire.h"

typedef struct
{
  const gchar *name;            /* "x86-64" */
  guint word;                   /* bytes of an unsigned long and of a size_t */
  gboolean big_endian;
  const gchar *kernel;          /* one of that name runs it beside the others of that name */
  const gchar *triplet;         /* as compilers call it */
} WireAbi;

typedef enum
{
  WIRE_FIELD_TYPE,              /* of every command */
  WIRE_FIELD_AREA,
  WIRE_FIELD_AREA_SIZE,         /* NEW_AREA */
  WIRE_FIELD_PATH_SIZE,
  WIRE_FIELD_OFFSET,            /* NEW_BUFFER */
  WIRE_FIELD_SIZE,
  WIRE_FIELD_ACK_OFFSET,        /* ACK_BUFFER */
  WIRE_N_FIELDS
} WireField;

/* Where the fields lie: offset from the command's first byte, and bytes. */
typedef struct
{
  gsize command_size;
  struct
  {
    gsize offset, size;
  } fields[WIRE_N_FIELDS];
  gboolean big_endian;
} WireLayout;

/* Ends with a NULL name. */
extern const WireAbi wire_abis[];
const WireAbi *wire_abi_by_name (const gchar * name);
/* What this program is built for; NULL: it is not in the table. */
const WireAbi *wire_abi_here (void);

/* "new-area" and "path-size"; the command of those that every command has is "every". */
const gchar *wire_field_command (WireField field);
const gchar *wire_field_name (WireField field);

/* As the protocol has it for words of WORD bytes. */
WireLayout wire_layout (guint word, gboolean big_endian);
/* As wire_encode() really writes it, here. */
WireLayout wire_layout_measured (void);

/* How MEASURED is not as EXPECTED. Caller frees; NULL: they agree. */
gchar *wire_layout_difference (const WireLayout * expected, const WireLayout * measured);
/* How wire_decode() does not take what lies as LAYOUT has it. Caller frees; NULL: it does. */
gchar *wire_decode_difference (const WireLayout * layout);

/* Why A and B do not understand each other. Caller frees; NULL: they do. */
gchar *wire_abi_obstacle (const WireAbi * a, const WireAbi * b);
