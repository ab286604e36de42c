/* shmcheck-align pools. */
#include "config.h"
#include "shmcheck-align/commands.h"

#include "check/bufpool.h"
#include "report/table.h"

static const gchar *const contracts[] = {
  "config-inactive", "min-max", "exhausted", "flushing", "release", "writable", "allocator",
  "options", "prealloc", "outstanding", NULL
};

enum
{ COLUMN_CONTRACT, COLUMN_OPERATION, COLUMN_STATE, COLUMN_EXPECTED, COLUMN_RESULT };

static const ReportColumn columns[] = {
  [COLUMN_CONTRACT] = {"contract"},
  [COLUMN_OPERATION] = {"operation"},
  [COLUMN_STATE] = {"pool"},
  [COLUMN_EXPECTED] = {"expected"},
  [COLUMN_RESULT] = {"result"},
};

static void
add_row (ReportTable * table, const CheckBufpool * bufpool, const gchar * contract,
    const TraceEvent * event)
{
  gchar *operation = check_bufpool_operation (event);
  CheckBufpoolDue due = check_bufpool_due (bufpool, event);
  ReportRow *row;

  if (!operation)
    return;
  row = report_table_add (table, due.given ? REPORT_PASS : REPORT_FAIL, !due.given);
  row->cells[COLUMN_CONTRACT] = g_strdup (contract);
  row->cells[COLUMN_OPERATION] = operation;
  row->cells[COLUMN_STATE] = check_bufpool_state (bufpool);
  row->cells[COLUMN_EXPECTED] = g_strdup (due.owed);
  row->cells[COLUMN_RESULT] = check_bufpool_result (event);
}

static void
add_tables (const Trace * trace, ReportCase * report_case)
{
  const TraceRole *role = trace_role (trace, 0);
  g_autofree gchar *title = !role ? NULL : g_strdup_printf ("%s (%s %s)", trace->name,
      role->element, role->version);
  ReportTable *table = report_table_new (title, columns, G_N_ELEMENTS (columns));
  const gchar *contract = NULL;
  CheckBufpool bufpool = { 0 };

  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_PROBE)
      contract = event->text;
    add_row (table, &bufpool, contract, event);
    check_bufpool_take (&bufpool, event);
  }
  if (table->rows->len > 0)
    g_ptr_array_add (report_case->tables, table);
  else
    report_table_free (table);
}

const AlignCommand align_pools = {
  .name = "pools",
  .kind = "bufpool",
  .arguments = "[POOL|element:ELEMENT...]",
  .summary = "checks that buffer pools keep their rules: states, bounds, waits, what comes back",
  .contracts = contracts,
  .patience = 10.0,
  .add_tables = add_tables,
};

Status
command_pools (gint argc, gchar ** argv)
{
  return align_run (&align_pools, argc, argv);
}
