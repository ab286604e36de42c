#include "config.h"
#include "proto/abi.h"

#include <string.h>

const WireAbi wire_abis[] = {
  {"x86-64", 8, FALSE, "x86", "x86_64-linux-gnu"},
  {"x32", 4, FALSE, "x86", "x86_64-linux-gnux32"},
  {"i386", 4, FALSE, "x86", "i386-linux-gnu"},
  {"aarch64", 8, FALSE, "arm", "aarch64-linux-gnu"},
  {"armhf", 4, FALSE, "arm", "arm-linux-gnueabihf"},
  {"riscv64", 8, FALSE, "riscv", "riscv64-linux-gnu"},
  {"loong64", 8, FALSE, "loongarch", "loongarch64-linux-gnu"},
  {"ppc64el", 8, FALSE, "power, little", "powerpc64le-linux-gnu"},
  {"ppc64", 8, TRUE, "power, big", "powerpc64-linux-gnu"},
  {"powerpc", 4, TRUE, "power, big", "powerpc-linux-gnu"},
  {"mips64el", 8, FALSE, "mips, little", "mips64el-linux-gnuabi64"},
  {"mipsel", 4, FALSE, "mips, little", "mipsel-linux-gnu"},
  {"mips", 4, TRUE, "mips, big", "mips-linux-gnu"},
  {"s390x", 8, TRUE, "s390", "s390x-linux-gnu"},
  {"sparc64", 8, TRUE, "sparc", "sparc64-linux-gnu"},
  {NULL}
};

/* What the compiler says that it builds for; nothing else knows x32 from i386. */
#if defined __x86_64__ && defined __ILP32__
#define HERE "x32"
#elif defined __x86_64__
#define HERE "x86-64"
#elif defined __i386__
#define HERE "i386"
#elif defined __aarch64__ && !defined __AARCH64EB__ && !defined __ILP32__
#define HERE "aarch64"
#elif defined __arm__ && !defined __ARMEB__
#define HERE "armhf"
#elif defined __riscv && __riscv_xlen == 64
#define HERE "riscv64"
#elif defined __loongarch_lp64
#define HERE "loong64"
#elif defined __powerpc64__ && defined __LITTLE_ENDIAN__
#define HERE "ppc64el"
#elif defined __powerpc64__
#define HERE "ppc64"
#elif defined __powerpc__ && !defined __LITTLE_ENDIAN__
#define HERE "powerpc"
#elif defined __mips64 && defined _ABI64 && _MIPS_SIM == _ABI64 && defined __MIPSEL__
#define HERE "mips64el"
#elif defined __mips__ && defined __MIPSEL__
#define HERE "mipsel"
#elif defined __mips__
#define HERE "mips"
#elif defined __s390x__
#define HERE "s390x"
#elif defined __sparc__ && defined __arch64__
#define HERE "sparc64"
#else
#define HERE ""
#endif

static const struct
{
  const gchar *command, *name;
  /* At this many bytes and this many words; so long. A word is of the size of a pointer. */
  guint bytes, words, size, size_words;
} fields[WIRE_N_FIELDS] = {
  [WIRE_FIELD_TYPE] = {"every", "type", 0, 0, 4, 0},
  [WIRE_FIELD_AREA] = {"every", "area-id", 4, 0, 4, 0},
  [WIRE_FIELD_AREA_SIZE] = {"new-area", "size", 8, 0, 0, 1},
  [WIRE_FIELD_PATH_SIZE] = {"new-area", "path-size", 8, 1, 4, 0},
  [WIRE_FIELD_OFFSET] = {"new-buffer", "offset", 8, 0, 0, 1},
  [WIRE_FIELD_SIZE] = {"new-buffer", "size", 8, 1, 0, 1},
  [WIRE_FIELD_ACK_OFFSET] = {"ack-buffer", "offset", 8, 0, 0, 1},
};

#define COMMAND_BYTES 8         /* and two words */

const WireAbi *
wire_abi_by_name (const gchar * name)
{
  for (const WireAbi * abi = wire_abis; abi->name; abi++) {
    if (g_str_equal (abi->name, name))
      return abi;
  }
  return NULL;
}

const WireAbi *
wire_abi_here (void)
{
  return wire_abi_by_name (HERE);
}

const gchar *
wire_field_command (WireField field)
{
  return fields[field].command;
}

const gchar *
wire_field_name (WireField field)
{
  return fields[field].name;
}

WireLayout
wire_layout (guint word, gboolean big_endian)
{
  WireLayout layout = {.command_size = COMMAND_BYTES + 2 * word,.big_endian = big_endian };

  for (gsize i = 0; i < WIRE_N_FIELDS; i++) {
    layout.fields[i].offset = fields[i].bytes + fields[i].words * word;
    layout.fields[i].size = fields[i].size + fields[i].size_words * word;
  }
  return layout;
}

/* --- what our own codec does --- */

/* A command that has VALUE in FIELD, and zero in all others. */
static WireCommand
command_with (WireField field, guint64 value)
{
  WireCommand command = { 0 };

  switch (field) {
    case WIRE_FIELD_TYPE:
      command.type = (WireType) value;
      break;
    case WIRE_FIELD_AREA:
      command.type = WIRE_CLOSE_AREA;
      command.area_id = (gint32) value;
      break;
    case WIRE_FIELD_AREA_SIZE:
      command.type = WIRE_NEW_AREA;
      command.size = value;
      break;
    case WIRE_FIELD_PATH_SIZE:
      command.type = WIRE_NEW_AREA;
      command.path_size = (guint32) value;
      break;
    case WIRE_FIELD_OFFSET:
      command.type = WIRE_NEW_BUFFER;
      command.offset = value;
      break;
    case WIRE_FIELD_SIZE:
      command.type = WIRE_NEW_BUFFER;
      command.size = value;
      break;
    case WIRE_FIELD_ACK_OFFSET:
      command.type = WIRE_ACK_BUFFER;
      command.offset = value;
      break;
    case WIRE_N_FIELDS:
      break;
  }
  return command;
}

/* The bytes that change when all bits of FIELD do. */
static void
measure_field (WireLayout * layout, WireField field)
{
  WireCommand without = command_with (field, 0), with = command_with (field, G_MAXUINT64);
  guint8 before[WIRE_COMMAND_SIZE], after[WIRE_COMMAND_SIZE];

  wire_encode (&without, before);
  wire_encode (&with, after);
  layout->fields[field].size = 0;
  for (gsize i = 0; i < WIRE_COMMAND_SIZE; i++) {
    if (before[i] == after[i])
      continue;
    if (layout->fields[field].size++ == 0)
      layout->fields[field].offset = i;
  }
}

WireLayout
wire_layout_measured (void)
{
  WireLayout layout = {.command_size = WIRE_COMMAND_SIZE };
  WireCommand one = command_with (WIRE_FIELD_SIZE, 1);
  guint8 bytes[WIRE_COMMAND_SIZE];

  for (WireField field = 0; field < WIRE_N_FIELDS; field++)
    measure_field (&layout, field);
  wire_encode (&one, bytes);
  layout.big_endian = bytes[layout.fields[WIRE_FIELD_SIZE].offset] != 1;
  return layout;
}

gchar *
wire_layout_difference (const WireLayout * expected, const WireLayout * measured)
{
  if (expected->command_size != measured->command_size)
    return g_strdup_printf ("a command has %" G_GSIZE_FORMAT " bytes, not %" G_GSIZE_FORMAT,
        measured->command_size, expected->command_size);
  if (expected->big_endian != measured->big_endian)
    return g_strdup ("the byte order is the other one");
  for (WireField field = 0; field < WIRE_N_FIELDS; field++) {
    if (expected->fields[field].offset != measured->fields[field].offset
        || expected->fields[field].size != measured->fields[field].size)
      return g_strdup_printf ("%s: %s: %" G_GSIZE_FORMAT " bytes at %" G_GSIZE_FORMAT ", not %"
          G_GSIZE_FORMAT " at %" G_GSIZE_FORMAT, fields[field].command, fields[field].name,
          measured->fields[field].size, measured->fields[field].offset,
          expected->fields[field].size, expected->fields[field].offset);
  }
  return NULL;
}

static void
put (guint8 * bytes, const WireLayout * layout, WireField field, guint64 value)
{
  gsize size = layout->fields[field].size;

  for (gsize i = 0; i < size; i++)
    bytes[layout->fields[field].offset + (layout->big_endian ? size - 1 - i : i)] =
        (guint8) (value >> (8 * i));
}

static gboolean
takes (const guint8 * bytes, WireDirection direction, const WireCommand * wanted)
{
  WireCommand got;

  return wire_decode (bytes, direction, &got, NULL) && got.type == wanted->type
      && got.area_id == wanted->area_id && got.offset == wanted->offset
      && got.size == wanted->size && got.path_size == wanted->path_size;
}

gchar *
wire_decode_difference (const WireLayout * layout)
{
  static const struct
  {
    WireDirection direction;
    WireCommand command;
    WireField offset, size;     /* WIRE_N_FIELDS: it has none */
  } samples[] = {
    {WIRE_TO_READER, {WIRE_NEW_AREA, 0x01020304, 0, 0x11121314, 0x42}, WIRE_N_FIELDS,
        WIRE_FIELD_AREA_SIZE},
    {WIRE_TO_READER, {WIRE_CLOSE_AREA, -2, 0, 0, 0}, WIRE_N_FIELDS, WIRE_N_FIELDS},
    {WIRE_TO_READER, {WIRE_NEW_BUFFER, 3, 0x21222324, 0x31323334, 0}, WIRE_FIELD_OFFSET,
        WIRE_FIELD_SIZE},
    {WIRE_TO_WRITER, {WIRE_ACK_BUFFER, 4, 0x41424344, 0, 0}, WIRE_FIELD_ACK_OFFSET,
        WIRE_N_FIELDS},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (samples); i++) {
    const WireCommand *command = &samples[i].command;
    guint8 bytes[MAX (WIRE_COMMAND_SIZE, COMMAND_BYTES + 16)] = { 0 };

    put (bytes, layout, WIRE_FIELD_TYPE, command->type);
    put (bytes, layout, WIRE_FIELD_AREA, (guint32) command->area_id);
    if (samples[i].offset != WIRE_N_FIELDS)
      put (bytes, layout, samples[i].offset, command->offset);
    if (samples[i].size != WIRE_N_FIELDS)
      put (bytes, layout, samples[i].size, command->size);
    if (command->type == WIRE_NEW_AREA)
      put (bytes, layout, WIRE_FIELD_PATH_SIZE, command->path_size);
    if (!takes (bytes, samples[i].direction, command))
      return g_strdup_printf ("%s is not taken as it lies", wire_type_name (command->type));
  }
  return NULL;
}

/* --- pairs --- */

gchar *
wire_abi_obstacle (const WireAbi * a, const WireAbi * b)
{
  const gchar *where = g_str_equal (a->kernel, b->kernel) ? "one kernel runs both"
      : "on one machine only under emulation";

  if (a->big_endian != b->big_endian)
    return g_strdup_printf ("%s-endian and %s-endian: type 1 of one is 16777216 to the other (%s)",
        a->big_endian ? "big" : "little", b->big_endian ? "big" : "little", where);
  if (a->word != b->word)
    return g_strdup_printf ("commands of %u and %u bytes: the length of a path lies at %u and %u "
        "(%s)", COMMAND_BYTES + 2 * a->word, COMMAND_BYTES + 2 * b->word, COMMAND_BYTES + a->word,
        COMMAND_BYTES + b->word, where);
  return NULL;
}
