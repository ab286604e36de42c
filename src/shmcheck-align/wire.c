/* shmcheck-align wire. */
#include "config.h"
#include "shmcheck-align/commands.h"

#include "proto/abi.h"
#include "report/table.h"

#include <sys/utsname.h>
#include <unistd.h>

typedef struct
{
  const WireAbi *here;          /* what this program is built for; one of no name when that is not
                                 * in the table */
  const WireAbi *peer;          /* NULL: all pairs are looked at */
  WireLayout layout;            /* of our own codec, as measured */
  gchar *difference;            /* what it does otherwise than the table; NULL: nothing */
} Wire;

/* --- tables --- */

enum
{ FIELD_COMMAND, FIELD_NAME, FIELD_AT_64, FIELD_SIZE_64, FIELD_AT_32, FIELD_SIZE_32, FIELD_AT,
  FIELD_SIZE, N_FIELD_COLUMNS
};

static const ReportColumn field_columns[N_FIELD_COLUMNS] = {
  [FIELD_COMMAND] = {"command", FALSE},
  [FIELD_NAME] = {"field", FALSE},
  [FIELD_AT_64] = {"offset64", TRUE},
  [FIELD_SIZE_64] = {"size64", TRUE},
  [FIELD_AT_32] = {"offset32", TRUE},
  [FIELD_SIZE_32] = {"size32", TRUE},
  [FIELD_AT] = {"measured", TRUE},
  [FIELD_SIZE] = {"size", TRUE},
};

enum
{ ABI_NAME, ABI_WORD, ABI_COMMAND, ABI_ORDER, ABI_PEERS, ABI_KERNEL, N_ABI_COLUMNS };

static const ReportColumn abi_columns[N_ABI_COLUMNS] = {
  [ABI_NAME] = {"abi", FALSE},
  [ABI_WORD] = {"word", TRUE},
  [ABI_COMMAND] = {"bytes", TRUE},
  [ABI_ORDER] = {"order", FALSE},
  [ABI_PEERS] = {"peers", FALSE, REPORT_FOR_MACHINES},
  [ABI_KERNEL] = {"kernel", FALSE},
};

static gchar *
number_text (gsize number)
{
  return g_strdup_printf ("%" G_GSIZE_FORMAT, number);
}

static void
add_field_row (ReportTable * table, const gchar * command, const gchar * name,
    const gsize numbers[6])
{
  ReportRow *row = report_table_add (table, REPORT_PASS, TRUE);

  row->cells[FIELD_COMMAND] = g_strdup (command);
  row->cells[FIELD_NAME] = g_strdup (name);
  for (guint i = 0; i < 6; i++)
    row->cells[FIELD_AT_64 + i] = number_text (numbers[i]);
}

static ReportTable *
show_fields (const Wire * wire)
{
  ReportTable *table = report_table_new ("fields of each command, with 64-bit and with "
      "32-bit words, and as measured here", field_columns, N_FIELD_COLUMNS);
  WireLayout wide = wire_layout (8, FALSE), narrow = wire_layout (4, FALSE);

  for (WireField field = 0; field < WIRE_N_FIELDS; field++)
    add_field_row (table, wire_field_command (field), wire_field_name (field), (gsize[6]) {
          wide.fields[field].offset, wide.fields[field].size, narrow.fields[field].offset,
          narrow.fields[field].size, wire->layout.fields[field].offset,
          wire->layout.fields[field].size});
  add_field_row (table, "every", "whole command", (gsize[6]) {
        0, wide.command_size, 0, narrow.command_size, 0, wire->layout.command_size});
  return table;
}

/* "x32, i386": all others that ABI understands. */
static gchar *
peers_of (const WireAbi * abi)
{
  GString *peers = g_string_new (NULL);

  for (const WireAbi * other = wire_abis; other->name; other++) {
    g_autofree gchar *obstacle = wire_abi_obstacle (abi, other);

    if (other != abi && !obstacle)
      g_string_append_printf (peers, "%s%s", peers->len > 0 ? ", " : "", other->name);
  }
  return g_string_free (peers, FALSE);
}

static ReportTable *
show_abis (void)
{
  ReportTable *table = report_table_new ("who can talk: those with the same BYTES "
      "and ORDER", abi_columns, N_ABI_COLUMNS);

  for (const WireAbi * abi = wire_abis; abi->name; abi++) {
    ReportRow *row = report_table_add (table, REPORT_PASS, TRUE);

    row->cells[ABI_NAME] = g_strdup (abi->name);
    row->cells[ABI_WORD] = number_text (abi->word);
    row->cells[ABI_COMMAND] = number_text (wire_layout (abi->word, abi->big_endian).command_size);
    row->cells[ABI_ORDER] = g_strdup (abi->big_endian ? "big" : "little");
    row->cells[ABI_KERNEL] = g_strdup (abi->kernel);
    row->cells[ABI_PEERS] = peers_of (abi);
  }
  return table;
}

/* --- text --- */

static void
append_same_kernel (GString * out)
{
  g_string_append (out, "\npairs that one kernel runs beside each other and that cannot talk\n");
  for (const WireAbi * a = wire_abis; a->name; a++) {
    for (const WireAbi * b = a + 1; b->name; b++) {
      g_autofree gchar *obstacle = wire_abi_obstacle (a, b);

      if (obstacle && g_str_equal (a->kernel, b->kernel))
        g_string_append_printf (out, "  %s and %s: commands of %u and %u bytes\n", a->name, b->name,
            (guint) wire_layout (a->word, FALSE).command_size,
            (guint) wire_layout (b->word, FALSE).command_size);
    }
  }
}

/* The line that stands last. */
static void
append_result (const Wire * wire, GString * out)
{
  const gchar *name = wire->here->name ? wire->here->name : "of no name in this table";

  if (wire->difference)
    g_string_append_printf (out, "\nFAIL: this program (%s) does not keep to the table: %s\n", name,
        wire->difference);
  else
    g_string_append_printf (out, "\nthis program (%s) keeps to the table: %" G_GSIZE_FORMAT
        "-byte commands, %s-endian\n", name, wire->layout.command_size,
        wire->layout.big_endian ? "big" : "little");
}

static Status
print_peer (const Wire * wire)
{
  g_autofree gchar *obstacle = wire_abi_obstacle (wire->here, wire->peer);

  if (obstacle)
    g_print ("cannot talk with %s: %s\n", wire->peer->name, obstacle);
  else
    g_print ("can talk with %s\n", wire->peer->name);
  return obstacle ? STATUS_FAIL : STATUS_PASS;
}

static Status
print_text (const Wire * wire)
{
  const ReportStyle style = {.width = 80,.verbose = TRUE };
  ReportTable *fields = show_fields (wire), *abis = show_abis ();
  g_autoptr (GString) out = g_string_new (NULL);
  Status status = STATUS_PASS;

  if (!wire->peer) {
    report_table_print (fields, &style, out);
    report_table_print (abis, &style, out);
    append_same_kernel (out);
    append_result (wire, out);
    g_print ("%s", out->str + 1);       /* the first table needs no empty line above it */
  } else {
    status = print_peer (wire);
  }
  report_table_free (fields);
  report_table_free (abis);
  return wire->difference ? STATUS_FAIL : status;
}

/* --- other formats: a case for this program, and one for each pair --- */

static ReportCase *
case_new (gchar * take_name)
{
  ReportCase *report_case = report_case_new ();

  report_case->name = take_name;
  report_case->pair = "wire";
  g_ptr_array_add (report_case->results, report_result_new ());
  return report_case;
}

static gboolean
add_case (Report * report, gchar * take_name, ReportVerdict verdict, const gchar * message,
    ReportTable * take_first, ReportTable * take_second)
{
  g_autofree gchar *name = take_name;
  ReportCase *report_case = case_new (name);
  ReportResult *result = g_ptr_array_index (report_case->results, 0);

  result->verdict = verdict;
  result->message = g_strdup (message);
  result->looked = 1;
  result->broken = verdict == REPORT_FAIL;
  if (take_first)
    g_ptr_array_add (report_case->tables, take_first);
  if (take_second)
    g_ptr_array_add (report_case->tables, take_second);
  return report_add (report, report_case, NULL);
}

static gboolean
add_pair (const Wire * wire, Report * report, const WireAbi * a, const WireAbi * b)
{
  g_autofree gchar *obstacle = wire_abi_obstacle (a, b);
  ReportVerdict verdict = !obstacle ? REPORT_PASS : wire->peer ? REPORT_FAIL : REPORT_SKIP;
  g_autofree gchar *message = obstacle ? g_strconcat ("cannot talk: ", obstacle, NULL) : NULL;

  return add_case (report, g_strdup_printf ("wire/%s/%s", a->name ? a->name : "here", b->name),
      verdict, message, NULL, NULL);
}

static gboolean
add_pairs (const Wire * wire, Report * report)
{
  gboolean good = TRUE;

  if (wire->peer)
    return add_pair (wire, report, wire->here, wire->peer);
  for (const WireAbi * a = wire_abis; a->name; a++) {
    for (const WireAbi * b = a; b->name; b++)
      good = add_pair (wire, report, a, b) && good;
  }
  return good;
}

static Status
print_report (const Wire * wire, const Reporter * reporter)
{
  guint n = 0;
  const ReportStyle style = {.width = 80 };
  g_autofree gchar *target = g_strdup_printf ("the shm pipe's commands, %s",
      wire->here->name ? wire->here->name : "an ABI of no name");
  struct utsname host = { 0 };
  g_autoptr (Report) report = NULL;
  gboolean good;

  while (wire_abis[n].name)
    n++;
  uname (&host);
  report = report_new (reporter, &(ReportRun) {
      .program = command_this->name,.version = PACKAGE_VERSION,.target = target,
      .host = host.machine,.n_cases = 1 + (wire->peer ? 1 : n * (n + 1) / 2)
      }, &style, STDOUT_FILENO);
  good = add_case (report, g_strdup ("wire/this-program"),
      wire->difference ? REPORT_FAIL : REPORT_PASS, wire->difference, show_fields (wire),
      show_abis ());
  good = add_pairs (wire, report) && good;
  good = report_end (report, NULL, NULL) && good;
  if (!good)
    return command_error (STATUS_BROKEN, "standard output: cannot be written");
  return report_totals (report)->counts[REPORT_FAIL] ? STATUS_FAIL : STATUS_PASS;
}

/* --- the command --- */

static gboolean
find_peer (Wire * wire, const gchar * name)
{
  g_autoptr (GString) known = g_string_new (NULL);

  if (!name || (wire->peer = wire_abi_by_name (name)))
    return TRUE;
  for (const WireAbi * abi = wire_abis; abi->name; abi++)
    g_string_append_printf (known, "%s%s", abi == wire_abis ? "" : ", ", abi->name);
  command_error (STATUS_USAGE, "wire: --peer: not one of %s: %s", known->str, name);
  return FALSE;
}

static void
measure (Wire * wire)
{
  WireLayout table = wire_layout (wire->here->word, wire->here->big_endian);

  wire->layout = wire_layout_measured ();
  wire->difference = wire_layout_difference (&table, &wire->layout);
  if (!wire->difference)
    wire->difference = wire_decode_difference (&table);
}

static Status
look_at_wire (Wire * wire, const gchar * format)
{
  const Reporter *reporter = reporter_by_name (format ? format : "text");
  Status status;

  if (!reporter)
    return command_error (STATUS_USAGE, "wire: --format: unknown (see %s list --formats): %s",
        command_this->name, format);
  measure (wire);
  status = !format || g_str_equal (format, "text") ? print_text (wire)
      : print_report (wire, reporter);
  g_free (wire->difference);
  return status;
}

Status
command_wire (gint argc, gchar ** argv)
{
  const WireAbi unnamed = {.word = sizeof (gulong),.big_endian = G_BYTE_ORDER == G_BIG_ENDIAN,
    .kernel = ""
  };
  Wire wire = {.here = wire_abi_here ()? wire_abi_here () : &unnamed };
  g_autofree gchar *format = NULL, *peer = NULL;
  const GOptionEntry options[] = {
    {"peer", 0, 0, G_OPTION_ARG_STRING, &peer,
        "say whether this program can talk with one of that ABI", "ABI"},
    {"format", 'f', 0, G_OPTION_ARG_STRING, &format,
        "report format: text (default), tap, junit, json", "FORMAT"},
    {NULL}
  };

  if (!command_parse (&argc, &argv, "wire", "",
          "shows the pipe's commands as 32-bit and 64-bit peers lay them out", options))
    return STATUS_USAGE;
  if (argc > 1)
    return command_error (STATUS_USAGE, "wire: unexpected argument: %s", argv[1]);
  return find_peer (&wire, peer) ? look_at_wire (&wire, format) : STATUS_USAGE;
}
