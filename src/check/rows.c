#include "config.h"
#include "check/rows.h"

#include <signal.h>

#define NO_FILE G_MAXUINT64

static void
add_event (CheckRow * row, const TraceEvent * event)
{
  switch ((TraceKind) event->kind) {
    case TRACE_ASK:
      row->ask = event;
      break;
    case TRACE_REFUSED:
      row->refused = event;
      break;
    case TRACE_OBJECT:
      if (!row->object)
        row->object = event;
      break;
    case TRACE_ADDRESS:
      row->address = event;
      break;
    case TRACE_BACKING:
      row->backing = event;
      break;
    case TRACE_EXIT:
      if (event->exit.status != 0 && !row->done)
        row->exit = event;
      break;
    case TRACE_DONE:
      row->done = TRUE;
      break;
    default:
      break;
  }
}

/* As the target says, or else as the machine has them. */
static guint64
target_page (const Trace * trace)
{
  const TraceRole *role = trace_role (trace, 0);
  gint64 page = role ? trace_role_int (role, "page", 4096) : 4096;

  for (guint i = 0; i < trace->events->len && trace_at (trace, i)->kind != TRACE_PROBE; i++) {
    if (trace_at (trace, i)->kind == TRACE_TARGET && trace_at (trace, i)->target.page > 0)
      page = trace_at (trace, i)->target.page;
  }
  return (guint64) MAX (page, 1);
}

void
check_rows (const Trace * trace, CheckRowFunc func, gpointer user)
{
  guint64 page = target_page (trace);
  CheckRow row = { 0 };

  for (guint i = 0; i <= trace->events->len; i++) {
    const TraceEvent *event = i < trace->events->len ? trace_at (trace, i) : NULL;

    if (!event || event->kind == TRACE_PROBE) {
      row.end = i;
      if (row.ask)
        func (&row, user);
      row = (CheckRow) {.trace = trace,.first = i,.page = page,.number = event ? event->seq : 0 };
    } else if (row.trace) {
      add_event (&row, event);
    }
  }
}

/* --- what was asked for --- */

static void
append_part (GString * text, const gchar * name, guint64 value)
{
  if (value != 0)
    g_string_append_printf (text, "%s%s %" G_GUINT64_FORMAT,
        g_str_has_suffix (text->str, "bytes") ? " (" : ", ", name, value);
}

gchar *
check_row_text (const CheckRow * row)
{
  static const gchar *const zeros[] = { "", "zero-prefixed", "zero-padded", "zero-prefixed-padded" };
  GString *text = g_string_new (NULL);
  guint flags = (row->ask->ask.flags >> 1) & 3;

  g_string_append_printf (text, "%" G_GUINT64_FORMAT " bytes", row->ask->size);
  append_part (text, "align", (guint64) row->ask->ask.align);
  append_part (text, "prefix", row->ask->ask.prefix);
  append_part (text, "padding", (guint64) row->ask->ask.padding);
  if (flags != 0)
    g_string_append_printf (text, "%s%s", g_str_has_suffix (text->str, "bytes") ? " (" : ", ",
        zeros[flags]);
  if (!g_str_has_suffix (text->str, "bytes"))
    g_string_append_c (text, ')');
  if (check_row_pretends (row))
    g_string_append_printf (text, " with pages of %d", row->ask->ask.page);
  return g_string_free (text, FALSE);
}

gboolean
check_row_pretends (const CheckRow * row)
{
  return row->ask->ask.page > 0;
}

guint64
check_row_page (const CheckRow * row)
{
  return check_row_pretends (row) ? (guint64) row->ask->ask.page : row->page;
}

gboolean
check_row_overflows (const CheckRow * row)
{
  const guint64 align = MAX ((guint64) row->ask->ask.align, 7);
  const guint64 parts[] = { row->ask->ask.prefix, (guint64) row->ask->ask.padding, align };
  guint64 sum = row->ask->size;

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++) {
    if (parts[i] > G_MAXUINT64 - sum)
      return TRUE;
    sum += parts[i];
  }
  return FALSE;
}

/* --- what came --- */

/* The address of the object's first byte. */
static guint64
base_of (const CheckRow * row)
{
  return row->address && row->object
      ? row->address->address.address - row->object->offset : 0;
}

guint64
check_row_usable (const CheckRow * row)
{
  guint64 page = check_row_page (row);
  guint64 within = check_row_pretends (row) ? 0 : base_of (row) % page;
  guint64 file = row->backing->backing.file, usable = row->backing->backing.mapped;

  /* On such a machine it would lie at the beginning of a page. */
  if (check_row_pretends (row))
    usable = (usable + page - 1) / page * page;
  if (file == NO_FILE || file > G_MAXUINT64 - page - within)
    return usable;
  return MIN (usable, (within + file + page - 1) / page * page - within);
}

const TraceEvent *
check_row_touch (const CheckRow * row, const gchar * label, gint32 client)
{
  for (guint i = row->first; i < row->end; i++) {
    const TraceEvent *event = trace_at (row->trace, i);

    if (event->kind == TRACE_TOUCH && event->client == client
        && g_str_equal (event->text, label))
      return event;
  }
  return NULL;
}

const TraceEvent *
check_row_own_touch (const CheckRow * row, const gchar * label)
{
  const TraceEvent *touch = check_row_touch (row, label, 0);

  return touch ? touch : check_row_touch (row, label, 2);
}

gboolean
check_row_is_short (const CheckRow * row)
{
  return row->object->object.size < 0 || (guint64) row->object->object.size < row->ask->size;
}

gboolean
check_row_is_aligned (const CheckRow * row)
{
  guint64 mask = (guint64) row->address->address.align;

  /* "The alignment of the memory" can be read both ways: of the data, or of what its prefix is the
   * beginning of. */
  return (row->address->address.address & mask) == 0
      || ((row->address->address.address - row->ask->ask.prefix) & mask) == 0;
}

const TraceEvent *
check_row_dirt (const CheckRow * row)
{
  for (guint i = row->first; i < row->end; i++) {
    const TraceEvent *event = trace_at (row->trace, i);

    if (event->kind == TRACE_BYTES && event->bytes.set_at >= 0)
      return event;
  }
  return NULL;
}

const gchar *
check_touch_name (gint64 value)
{
  switch (value) {
    case 0:
      return "done";
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    default:
      return value < 0 ? "not possible" : "another signal";
  }
}

/* --- verdicts --- */

static CheckRowVerdict
verdict_of_sizes (const CheckRow * row, guint64 * bytes)
{
  const TraceEvent *last = check_row_own_touch (row, "last reported");
  guint64 usable = check_row_usable (row), reported = row->object->object.maxsize;

  if (reported > usable || (last && last->touch.signal != 0)) {
    *bytes = reported > usable ? reported - usable : 0;
    return CHECK_ROW_OVERRUN;
  }
  /* What it hides is not wasted: nobody got what was asked for. */
  if (check_row_is_short (row)) {
    *bytes = row->ask->size - (guint64) MAX (row->object->object.size, 0);
    return CHECK_ROW_SHORT;
  }
  if (row->backing->backing.alone != 0 && reported < usable) {
    *bytes = usable - reported;
    return CHECK_ROW_WASTED;
  }
  return CHECK_ROW_OK;
}

CheckRowVerdict
check_row_verdict (const CheckRow * row, guint64 * bytes)
{
  CheckRowVerdict sizes;

  *bytes = 0;
  if (row->exit)
    return CHECK_ROW_CRASHED;
  if (row->object && check_row_overflows (row))
    return CHECK_ROW_ACCEPTED;
  if (row->refused)
    return CHECK_ROW_REFUSED;
  if (!row->object || !row->backing)
    return CHECK_ROW_UNMEASURED;
  sizes = verdict_of_sizes (row, bytes);
  if (sizes == CHECK_ROW_OVERRUN || sizes == CHECK_ROW_SHORT)
    return sizes;
  if (row->address && !check_row_is_aligned (row))
    return CHECK_ROW_MISALIGNED;
  return check_row_dirt (row) ? CHECK_ROW_UNZEROED : sizes;
}

gchar *
check_row_verdict_text (const CheckRow * row)
{
  static const gchar *const words[] = {
    [CHECK_ROW_OK] = "OK",
    [CHECK_ROW_SHORT] = "SHORT",
    [CHECK_ROW_WASTED] = "WASTED",
    [CHECK_ROW_OVERRUN] = "OVERRUN",
    [CHECK_ROW_MISALIGNED] = "MISALIGNED",
    [CHECK_ROW_UNZEROED] = "UNZEROED",
    [CHECK_ROW_REFUSED] = "refused",
    [CHECK_ROW_ACCEPTED] = "ACCEPTED",
    [CHECK_ROW_CRASHED] = "CRASHED",
    [CHECK_ROW_UNMEASURED] = "not measured",
  };
  guint64 bytes;
  CheckRowVerdict verdict = check_row_verdict (row, &bytes);

  if (verdict == CHECK_ROW_SHORT)
    return g_strdup_printf ("SHORT (asked %" G_GUINT64_FORMAT ", got %" G_GINT64_FORMAT ")",
        row->ask->size, row->object->object.size);
  if (verdict == CHECK_ROW_WASTED || (verdict == CHECK_ROW_OVERRUN && bytes != 0))
    return g_strdup_printf ("%s %" G_GUINT64_FORMAT " bytes", words[verdict], bytes);
  return g_strdup (words[verdict]);
}
