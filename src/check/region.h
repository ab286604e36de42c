/* What a mapping of a file means: how much of it lies behind the end of the file. Pure. */
#pragma once
#include "trace/trace.h"

/* REGION is a TRACE_REGION. Whether the size of its file is known, and anything there may be
 * touched: if not, there is nothing to say about it. */
gboolean check_region_is_judged (const TraceEvent * region);

/* Bytes mapped behind the end of the file and in its last page: there, but no peer that goes by the
 * size of the file knows of them. */
guint64 check_region_tail (const TraceEvent * region);

/* Bytes mapped behind the last page of the file: touching one is SIGBUS. */
guint64 check_region_beyond (const TraceEvent * region);
