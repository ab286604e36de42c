/* The table of how other machines lay out the pipe's commands, against our own codec, and against
 * every compiler for such a machine that is installed. */
#include "config.h"
#include "proto/abi.h"

#include <glib/gstdio.h>
#include <string.h>

/* The command as the protocol has it: one fixed-size struct in the native C ABI. */
#define STRUCT \
  "#include <stddef.h>\n" \
  "struct command {\n" \
  "  unsigned int type;\n" \
  "  int area_id;\n" \
  "  union {\n" \
  "    struct { size_t size; unsigned int path_size; } new_area;\n" \
  "    struct { unsigned long offset; unsigned long size; } new_buffer;\n" \
  "    struct { unsigned long offset; } ack_buffer;\n" \
  "  } u;\n" \
  "};\n"

static const gchar *const members[WIRE_N_FIELDS] = {
  [WIRE_FIELD_TYPE] = "type",
  [WIRE_FIELD_AREA] = "area_id",
  [WIRE_FIELD_AREA_SIZE] = "u.new_area.size",
  [WIRE_FIELD_PATH_SIZE] = "u.new_area.path_size",
  [WIRE_FIELD_OFFSET] = "u.new_buffer.offset",
  [WIRE_FIELD_SIZE] = "u.new_buffer.size",
  [WIRE_FIELD_ACK_OFFSET] = "u.ack_buffer.offset",
};

/* A program that only compiles where the table is right. */
static gchar *
make_program (const WireAbi * abi)
{
  WireLayout layout = wire_layout (abi->word, abi->big_endian);
  GString *text = g_string_new (STRUCT);

  g_string_append_printf (text, "_Static_assert (sizeof (struct command) == %" G_GSIZE_FORMAT
      ", \"command\");\n_Static_assert (__BYTE_ORDER__ == %s, \"byte order\");\n",
      layout.command_size, abi->big_endian ? "__ORDER_BIG_ENDIAN__" : "__ORDER_LITTLE_ENDIAN__");
  for (WireField field = 0; field < WIRE_N_FIELDS; field++)
    g_string_append_printf (text, "_Static_assert (offsetof (struct command, %s) == %"
        G_GSIZE_FORMAT ", \"offset of %s\");\n_Static_assert (sizeof (((struct command *) 0)->%s) == %"
        G_GSIZE_FORMAT ", \"size of %s\");\n", members[field], layout.fields[field].offset,
        members[field], members[field], layout.fields[field].size, members[field]);
  return g_string_free (text, FALSE);
}

/* NULL: COMPILER cannot be run. Nothing is linked, so no library of that machine is needed. */
static gchar *
compile (const gchar * compiler, const gchar * option, const gchar * text, gboolean * good)
{
  g_autofree gchar *file = NULL, *errors = NULL;
  const gchar *argv[] = { compiler, option, "-std=c11", "-fsyntax-only", "-x", "c", NULL, NULL };
  gint fd = g_file_open_tmp ("shmdiag-abi-XXXXXX.c", &file, NULL), status = -1;
  gboolean ran;

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (file, text, -1, NULL));
  argv[6] = file;
  if (!option)
    memmove (argv + 1, argv + 2, sizeof argv - 2 * sizeof argv[0]);
  ran = g_spawn_sync (NULL, (gchar **) argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL,
      NULL, NULL, NULL, &errors, &status, NULL);
  g_unlink (file);
  *good = ran && status == 0;
  return ran ? g_steal_pointer (&errors) : NULL;
}

/* FALSE: this compiler does not know that machine. */
static gboolean
ask_compiler (const WireAbi * abi, const gchar * compiler, const gchar * option)
{
  g_autofree gchar *program = make_program (abi);
  g_autofree gchar *ignored = NULL, *errors = NULL;
  gboolean good;

  ignored = compile (compiler, option, "#include <stddef.h>\nint x;\n", &good);
  if (!good)
    return FALSE;
  errors = compile (compiler, option, program, &good);
  if (!good)
    g_test_message ("%s %s: %s", compiler, option ? option : "", errors);
  g_assert_true (good);
  g_test_message ("%s agrees: %s %s", abi->name, compiler, option ? option : "");
  return TRUE;
}

/* Options of the compiler of an x86-64 machine. */
static const gchar *
own_option (const WireAbi * abi)
{
  static const gchar *const options[][2] = {
    {"x86-64", "-m64"}, {"x32", "-mx32"}, {"i386", "-m32"}
  };
  const WireAbi *here = wire_abi_here ();

  for (gsize i = 0; here && g_str_equal (here->name, "x86-64") && i < G_N_ELEMENTS (options); i++) {
    if (g_str_equal (abi->name, options[i][0]))
      return options[i][1];
  }
  return NULL;
}

static void
test_compilers (gconstpointer data)
{
  const WireAbi *abi = data;
  g_autofree gchar *target = g_strconcat ("--target=", abi->triplet, NULL);
  g_autofree gchar *cross = g_strconcat (abi->triplet, "-gcc", NULL);
  guint asked = 0;

  asked += ask_compiler (abi, "clang", target);
  asked += ask_compiler (abi, cross, NULL);
  if (own_option (abi))
    asked += ask_compiler (abi, "gcc", own_option (abi));
  if (asked == 0)
    g_test_skip ("no compiler for that machine");
}

/* A wrong table would be found. */
static void
test_wrong_table (void)
{
  const WireAbi *here = wire_abi_here ();
  WireAbi wrong = here ? *here : wire_abis[0];

  g_autofree gchar *ignored = NULL, *errors = NULL, *program = NULL;
  gboolean good;

  wrong.word = 12 - wrong.word; /* 8 for 4 and 4 for 8 */
  program = make_program (&wrong);
  ignored = compile ("cc", NULL, "#include <stddef.h>\nint x;\n", &good);
  if (!good || !here) {
    g_test_skip ("no cc, or a machine that is not in the table");
    return;
  }
  errors = compile ("cc", NULL, program, &good);
  g_assert_false (good);
  g_assert_nonnull (strstr (errors, "command"));
}

/* --- our own codec --- */

static void
test_codec (void)
{
  WireLayout table = wire_layout (sizeof (gulong), G_BYTE_ORDER == G_BIG_ENDIAN);
  WireLayout measured = wire_layout_measured ();
  g_autofree gchar *difference = wire_layout_difference (&table, &measured);
  g_autofree gchar *taken = wire_decode_difference (&table);

  g_assert_cmpstr (difference, ==, NULL);
  g_assert_cmpstr (taken, ==, NULL);
}

/* Each number that is another one is told. */
static void
test_differences (void)
{
  const WireLayout table = wire_layout (8, FALSE);
  WireLayout other = wire_layout (4, FALSE);
  g_autofree gchar *size = wire_layout_difference (&table, &other);
  g_autofree gchar *order = NULL;

  g_assert_nonnull (strstr (size, "16 bytes, not 24"));
  other = wire_layout (8, TRUE);
  order = wire_layout_difference (&table, &other);
  g_assert_nonnull (strstr (order, "byte order"));
  for (WireField field = 0; field < WIRE_N_FIELDS; field++) {
    g_autofree gchar *told = NULL;

    other = table;
    other.fields[field].offset++;
    told = wire_layout_difference (&table, &other);
    g_assert_nonnull (strstr (told, wire_field_name (field)));
    g_assert_true (g_str_has_prefix (told, wire_field_command (field)));
  }
}

/* What lies as on a machine of other words, or of the other byte order, is not taken as such. */
static void
test_decode_differences (void)
{
  WireLayout foreign = wire_layout (12 - sizeof (gulong), G_BYTE_ORDER == G_BIG_ENDIAN);
  WireLayout swapped = wire_layout (sizeof (gulong), G_BYTE_ORDER != G_BIG_ENDIAN);
  g_autofree gchar *first = wire_decode_difference (&foreign);
  g_autofree gchar *second = wire_decode_difference (&swapped);

  g_assert_nonnull (first);
  g_assert_nonnull (second);
}

/* --- pairs --- */

static void
test_pairs (void)
{
  static const struct
  {
    const gchar *a, *b, *why;
  } pairs[] = {
    {"x86-64", "x86-64", NULL},
    {"x86-64", "aarch64", NULL},
    {"i386", "armhf", NULL},
    {"i386", "x32", NULL},
    {"ppc64", "s390x", NULL},
    {"x86-64", "i386", "commands of 24 and 16 bytes"},
    {"x86-64", "x32", "one kernel runs both"},
    {"aarch64", "armhf", "commands of 24 and 16 bytes"},
    {"x86-64", "armhf", "only under emulation"},
    {"x86-64", "s390x", "little-endian and big-endian"},
    {"powerpc", "s390x", "commands of 16 and 24 bytes"},
    {"mips", "mipsel", "big-endian and little-endian"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++) {
    const WireAbi *a = wire_abi_by_name (pairs[i].a), *b = wire_abi_by_name (pairs[i].b);
    g_autofree gchar *why = wire_abi_obstacle (a, b), *back = wire_abi_obstacle (b, a);

    g_test_message ("%s %s", pairs[i].a, pairs[i].b);
    if (pairs[i].why)
      g_assert_nonnull (strstr (why, pairs[i].why));
    else
      g_assert_cmpstr (why, ==, NULL);
    g_assert_cmpint (why == NULL, ==, back == NULL);
  }
  g_assert_null (wire_abi_by_name ("nonsense"));
}

gint
main (gint argc, gchar ** argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/abi/codec", test_codec);
  g_test_add_func ("/abi/differences", test_differences);
  g_test_add_func ("/abi/decode-differences", test_decode_differences);
  g_test_add_func ("/abi/pairs", test_pairs);
  g_test_add_func ("/abi/wrong-table", test_wrong_table);
  for (const WireAbi * abi = wire_abis; abi->name; abi++) {
    g_autofree gchar *path = g_strconcat ("/abi/compilers/", abi->name, NULL);

    g_test_add_data_func (path, abi, test_compilers);
  }
  return g_test_run ();
}
