/* shmcheck-align audit. */
#include "config.h"
#include "shmcheck-align/commands.h"

#include "base/error.h"
#include "base/parse.h"
#include "check/region.h"
#include "proc/names.h"
#include "proc/process.h"
#include "report/table.h"

#include <string.h>

#define TARGET "pid:"
#define TWIN "twin:"
/* Rows shown without --verbose, when all is well with them. */
#define BRIEF_ROWS 24

static const gchar *const contracts[] = { "peer-map", NULL };

/* --- tables --- */

enum
{ SIZE_N, SIZE_FILE, SIZE_MAPPED, SIZE_TAIL, SIZE_BEYOND, SIZE_UNMAPPED, SIZE_RESIDENT, SIZE_HUGE,
  SIZE_OBJECT, N_SIZES
};

static const ReportColumn size_columns[N_SIZES] = {
  [SIZE_N] = {"n", TRUE},
  [SIZE_FILE] = {"file", TRUE},
  [SIZE_MAPPED] = {"mapped", TRUE},
  [SIZE_TAIL] = {"tail", TRUE},
  [SIZE_BEYOND] = {"beyond", TRUE},
  [SIZE_UNMAPPED] = {"unmapped", TRUE},
  [SIZE_RESIDENT] = {"resident", TRUE},
  [SIZE_HUGE] = {"huge", TRUE},
  [SIZE_OBJECT] = {"object", FALSE},
};

enum
{ STATE_N, STATE_INODE, STATE_PAGE, STATE_LOCKED, STATE_FDS, STATE_SEALS, N_STATES };

static const ReportColumn state_columns[N_STATES] = {
  [STATE_N] = {"n", TRUE},
  [STATE_INODE] = {"inode", TRUE},
  [STATE_PAGE] = {"page", TRUE},
  [STATE_LOCKED] = {"locked", TRUE},
  [STATE_FDS] = {"fds", FALSE},
  [STATE_SEALS] = {"seals", FALSE},
};

enum
{ HOLDER_N, HOLDER_PID, HOLDER_MAPPED, HOLDER_FDS, HOLDER_CREATOR, HOLDER_NAME, N_HOLDERS };

static const ReportColumn holder_columns[N_HOLDERS] = {
  [HOLDER_N] = {"n", TRUE},
  [HOLDER_PID] = {"pid", TRUE},
  [HOLDER_MAPPED] = {"mapped", TRUE},
  [HOLDER_FDS] = {"fds", TRUE},
  [HOLDER_CREATOR] = {"creator", FALSE},
  [HOLDER_NAME] = {"process", FALSE},
};

static gchar *
number_text (guint64 number)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT, number);
}

typedef void (*ObjectFunc) (const TraceEvent * event, gpointer user);

/* Calls FUNC for each event of KIND that is about the object of SHARED. */
static void
for_object (const Trace * trace, const TraceEvent * shared, TraceKind kind, ObjectFunc func,
    gpointer user)
{
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == kind && event->area == shared->shared.object)
      func (event, user);
  }
}

/* What all mappings of an object come to. */
typedef struct
{
  guint64 mapped, tail, beyond;
  GArray *regions;              /* TraceEvent */
} Sum;

static void
add_region (const TraceEvent * region, gpointer user)
{
  Sum *sum = user;

  sum->mapped += region->size;
  if (check_region_is_judged (region)) {
    sum->tail = MAX (sum->tail, check_region_tail (region));
    sum->beyond += check_region_beyond (region);
  }
  g_array_append_vals (sum->regions, region, 1);
}

static gint
compare_offsets (gconstpointer a, gconstpointer b)
{
  const TraceEvent *first = a, *second = b;

  return first->offset < second->offset ? -1 : first->offset > second->offset;
}

/* Bytes of a file of SIZE that none of REGIONS maps. */
static guint64
unmapped_bytes (GArray * regions, guint64 size)
{
  guint64 missing = 0, seen = 0;

  g_array_sort (regions, compare_offsets);
  for (guint i = 0; i < regions->len && seen < size; i++) {
    const TraceEvent *region = &g_array_index (regions, TraceEvent, i);
    guint64 begin = MIN (region->offset, size);

    if (begin > seen)
      missing += begin - seen;
    seen = MAX (seen, begin + MIN (region->size, size - begin));
  }
  return missing + (size - seen);
}

static void
fill_pages (const TraceEvent * pages, gpointer user)
{
  ReportRow *row = user;

  row->cells[SIZE_RESIDENT] = number_text (pages->pages.resident);
  row->cells[SIZE_HUGE] = number_text (pages->pages.large);
}

static void
add_sizes (const Trace * trace, const TraceEvent * shared, ReportTable * table)
{
  Sum sum = {.regions = g_array_new (FALSE, FALSE, sizeof (TraceEvent)) };
  gboolean brief = table->rows->len < BRIEF_ROWS;
  ReportRow *row;

  for_object (trace, shared, TRACE_REGION, add_region, &sum);
  row = report_table_add (table, sum.beyond > 0 ? REPORT_FAIL : REPORT_PASS,
      brief || sum.beyond > 0);
  row->cells[SIZE_N] = number_text ((guint64) shared->shared.object);
  row->cells[SIZE_MAPPED] = number_text (sum.mapped);
  if (shared->shared.file != G_MAXUINT64) {
    row->cells[SIZE_FILE] = number_text (shared->shared.file);
    row->cells[SIZE_TAIL] = number_text (sum.tail);
    row->cells[SIZE_BEYOND] = number_text (sum.beyond);
    row->cells[SIZE_UNMAPPED] = number_text (unmapped_bytes (sum.regions, shared->shared.file));
  }
  for_object (trace, shared, TRACE_PAGES, fill_pages, row);
  /* "memfd /memfd:name": the name says the kind. */
  row->cells[SIZE_OBJECT] = g_strdup (shared->text + strcspn (shared->text, "/ "));
  g_strstrip (row->cells[SIZE_OBJECT]);
  g_array_unref (sum.regions);
}

static void
fill_state (const TraceEvent * pages, gpointer user)
{
  ReportRow *row = user;

  row->cells[STATE_PAGE] = number_text (pages->pages.page);
  row->cells[STATE_LOCKED] = number_text ((guint64) pages->pages.locked);
}

/* "3, 5 (inherited)": a program that is started gets those that are not close-on-exec. */
static void
append_fd (const TraceEvent * opened, gpointer user)
{
  GString *text = user;

  g_string_append_printf (text, "%s%" G_GINT64_FORMAT "%s", text->len > 0 ? ", " : "",
      opened->opened.fd, opened->opened.cloexec ? "" : " (inherited)");
}

static void
add_state (const Trace * trace, const TraceEvent * shared, ReportTable * table)
{
  ReportRow *row = report_table_add (table, REPORT_PASS, table->rows->len < BRIEF_ROWS);
  GString *fds = g_string_new (NULL);

  row->cells[STATE_N] = number_text ((guint64) shared->shared.object);
  row->cells[STATE_INODE] = number_text (shared->shared.inode);
  row->cells[STATE_SEALS] = shared->shared.seals < 0 ? NULL
      : proc_seals_text ((guint) shared->shared.seals);
  for_object (trace, shared, TRACE_PAGES, fill_state, row);
  for_object (trace, shared, TRACE_OPENED, append_fd, fds);
  row->cells[STATE_FDS] = g_string_free (fds, FALSE);
}

static void
add_holder (const TraceEvent * holder, gpointer user)
{
  ReportTable *table = user;
  ReportRow *row = report_table_add (table, REPORT_PASS, table->rows->len < BRIEF_ROWS);

  row->cells[HOLDER_N] = number_text ((guint64) holder->holder.object);
  row->cells[HOLDER_PID] = g_strdup_printf ("%d", holder->holder.pid);
  row->cells[HOLDER_MAPPED] = number_text (holder->holder.mapped);
  row->cells[HOLDER_FDS] = number_text (holder->holder.fds);
  row->cells[HOLDER_CREATOR] = g_strdup (holder->holder.creator ? "yes" : NULL);
  row->cells[HOLDER_NAME] = g_strdup (holder->holder.alive ? holder->text : "(gone)");
}

static void
add_note (const TraceEvent * note, ReportCase * report_case)
{
  g_ptr_array_add (report_case->tables, report_table_new (note->text, NULL, 0));
}

static void
add_tables (const Trace * trace, ReportCase * report_case)
{
  const TraceRole *role = trace_role (trace, 0);
  g_autofree gchar *title = g_strdup_printf ("%s %s: bytes of each object, and what is mapped "
      "of it", role ? role->element : "?", role ? role->version : "?");
  ReportTable *sizes = report_table_new (title, size_columns, N_SIZES);
  ReportTable *states = report_table_new (NULL, state_columns, N_STATES);
  ReportTable *holders = report_table_new ("who has them", holder_columns, N_HOLDERS);

  g_ptr_array_add (report_case->tables, sizes);
  g_ptr_array_add (report_case->tables, states);
  g_ptr_array_add (report_case->tables, holders);
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_NOTE)
      add_note (event, report_case);
    if (event->kind != TRACE_SHARED)
      continue;
    add_sizes (trace, event, sizes);
    add_state (trace, event, states);
    for_object (trace, event, TRACE_HOLDER, add_holder, holders);
  }
  if (sizes->rows->len == 0)    /* it could not be read, or has nothing */
    g_ptr_array_set_size (report_case->tables, 0);
}

/* --- the command --- */

static gboolean
check_holders (const gchar * value, GError ** error)
{
  if (g_str_equal (value, "yes") || g_str_equal (value, "no"))
    return TRUE;
  return error_input (error, "neither yes nor no: %s", value);
}

static const AlignOption options[] = {
  {"holders", "yes|no", "whether to look in all processes for others that have the same object",
      check_holders},
  {NULL}
};

const AlignCommand align_audit = {
  .name = "audit",
  .kind = "audit",
  .arguments = "PID...|--all",
  .summary = "looks at the shared memory of running processes",
  .options = options,
  .contracts = contracts,
  .fail_on = "overrun,contract",
  .patience = 30.0,
  .add_tables = add_tables,
};

/* "12345" and "pid:12345" become "pid:12345". FALSE: there is none, which was printed. */
static gboolean
take_process (gchar ** glob, GHashTable * pids)
{
  const gchar *text = g_str_has_prefix (*glob, TARGET) ? *glob + strlen (TARGET) : *glob;
  gint64 pid;

  if (g_str_has_prefix (*glob, TWIN))
    return TRUE;
  if (!parse_int (text, 1, G_MAXINT, &pid, NULL)) {
    command_error (STATUS_USAGE, "audit: not a PID: %s", text);
    return FALSE;
  }
  if (!proc_is_process ((gint) pid)) {
    command_error (STATUS_USAGE, "audit: %s: no such process", text);
    return FALSE;
  }
  g_hash_table_add (pids, g_strdup_printf ("%d", (gint) pid));
  g_free (*glob);
  *glob = g_strdup_printf (TARGET "%d", (gint) pid);
  return TRUE;
}

static gboolean
take_processes (Align * align, gboolean all)
{
  g_autoptr (GHashTable) pids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree const gchar **names = NULL;
  gchar *list;

  if (align->common.replay)
    return TRUE;
  if (all == (align->globs->len > 0)) {
    if (all)
      command_error (STATUS_USAGE, "audit: --all leaves no process to name: %s",
          (const gchar *) align->globs->pdata[0]);
    else
      command_error (STATUS_USAGE, "audit: no process named (a PID, or --all)");
    return FALSE;
  }
  for (guint i = 0; i < align->globs->len; i++) {
    if (!take_process ((gchar **) & align->globs->pdata[i], pids))
      return FALSE;
  }
  names = (const gchar **) g_hash_table_get_keys_as_array (pids, NULL);
  list = g_strjoinv (",", (gchar **) names);
  g_hash_table_replace (align->config, g_strdup ("pids"), list);
  if (all)
    g_hash_table_replace (align->config, g_strdup ("all"), g_strdup ("yes"));
  return TRUE;
}

Status
command_audit (gint argc, gchar ** argv)
{
  Align align = { 0 };
  gboolean all = FALSE;
  const GOptionEntry extra[] = {
    {"all", 'a', 0, G_OPTION_ARG_NONE, &all, "every process that can be read", NULL},
    {NULL}
  };

  if (align_parse (&align, &align_audit, argc, argv, extra) && take_processes (&align, all))
    return align_run_parsed (&align);
  align_clear (&align);
  return STATUS_USAGE;
}
