/* What is asked of an allocator: sizes and GstAllocationParams, as lists. Pure, without GStreamer,
 * so that the program can make, cut and print them too. */
#pragma once
#include <glib.h>

/* The flags of GstAllocationParams that ask for something (GST_MEMORY_FLAG_ZERO_*). */
#define PROBE_ROW_ZERO_PREFIXED (1 << 1)
#define PROBE_ROW_ZERO_PADDED (1 << 2)

typedef struct
{
  guint64 size, align, prefix, padding; /* bytes; align is a mask, 2^n - 1 */
  guint flags;
  guint64 page;                 /* the page size to pretend; 0: the real one */
} ProbeRow;

/* "107:63:16:0:zp" and, with a page size, "107:0:0:0:-:65536". Caller frees. */
gchar *probe_row_text (const ProbeRow * row);
/* Reads several of them with commas between; sizes may have k, M, G. NULL: ERROR. */
GArray *probe_rows_parse (const gchar * text, GError ** error);

/* Every size that matters by every set of params that matters. Without TAKES_PARAMS only by the
 * default ones. BRIEF: only sizes around a page, which show each kind of defect. PAGE is that of the
 * machine. Array of ProbeRow. */
GArray *probe_rows_default (guint64 page, gboolean takes_params, gboolean brief);

/* COUNT rows chosen by SEED alone, beginning with number FROM: those of one call follow those of
 * another. Sizes and params near what goes wrong are likelier; none overflows. */
GArray *probe_rows_random (guint64 seed, guint64 from, guint count, guint64 page,
    gboolean takes_params);

/* Whether size + prefix + padding + align does not fit into a gsize. */
gboolean probe_row_overflows (const ProbeRow * row);

/* Rows simpler than ROW, each in one respect, the simplest first: what a failure is shrunk by. */
GArray *probe_rows_simpler (const ProbeRow * row);
