/* Rows: one allocation each, put together from the events of its measurement. Pure. */
#pragma once
#include "check/probed.h"

typedef struct
{
  const Trace *trace;
  guint first, end;             /* its events: indices from first on, before end */
  guint64 number;               /* of the measurement */
  guint64 page;                 /* size of the pages of the target's memory, however pretended */
  const TraceEvent *ask;
  const TraceEvent *refused;    /* NULL: it was not */
  const TraceEvent *object;     /* as it was right after the allocation */
  const TraceEvent *address;    /* of its data */
  const TraceEvent *backing;
  gboolean done;                /* the prober had nothing to measure after it */
  const TraceEvent *exit;       /* the prober died of it, or had to be killed */
} CheckRow;

typedef void (*CheckRowFunc) (const CheckRow * row, gpointer user);

/* Calls FUNC for each measurement in which an allocation was asked for. */
void check_rows (const Trace * trace, CheckRowFunc func, gpointer user);

/* "5000 bytes (align 63, prefix 16, zero-prefixed)". Caller frees. */
gchar *check_row_text (const CheckRow * row);

/* The page size that counts for ROW: the pretended one, or that of the target's machine. */
guint64 check_row_page (const CheckRow * row);
gboolean check_row_pretends (const CheckRow * row);

/* Whether size, prefix, padding and align of what was asked for do not fit into 64 bits. */
gboolean check_row_overflows (const CheckRow * row);

/* Bytes from the first of the object on that are mapped and that its file has pages for. */
guint64 check_row_usable (const CheckRow * row);

/* The touch of LABEL by CLIENT of its event; NULL: there was none. */
const TraceEvent *check_row_touch (const CheckRow * row, const gchar * label, gint32 client);
/* The touch of LABEL through the object's own mapping, however it was done. */
const TraceEvent *check_row_own_touch (const CheckRow * row, const gchar * label);

/* The size of its memory is less than was asked for. ROW has an object. */
gboolean check_row_is_short (const CheckRow * row);

/* The data of ROW, or its prefix, begins where the align mask asks for. */
gboolean check_row_is_aligned (const CheckRow * row);
/* The first of the bytes that should be zero and are not; NULL: none. */
const TraceEvent *check_row_dirt (const CheckRow * row);

/* "SIGBUS", "nothing", ... of the value of a touch. */
const gchar *check_touch_name (gint64 value);

typedef enum
{
  CHECK_ROW_OK,
  CHECK_ROW_SHORT,              /* its size is less than was asked for */
  CHECK_ROW_WASTED,             /* reports less than its own pages hold */
  CHECK_ROW_OVERRUN,            /* reports more than is there */
  CHECK_ROW_MISALIGNED,
  CHECK_ROW_UNZEROED,
  CHECK_ROW_REFUSED,
  CHECK_ROW_ACCEPTED,           /* although its sizes overflow */
  CHECK_ROW_CRASHED,
  CHECK_ROW_UNMEASURED,
} CheckRowVerdict;

/* The worst that can be said of ROW as a whole; BYTES: how many are wasted, overrun or lacking. */
CheckRowVerdict check_row_verdict (const CheckRow * row, guint64 * bytes);
/* "WASTED 3989 bytes", "OK". Caller frees. */
gchar *check_row_verdict_text (const CheckRow * row);
