/* Time in which the machine stood still (TRACE_STALL): it is nobody's fault. Pure. */
#pragma once
#include "check/check.h"

/* What ran from FROM_NS to TO_NS and was to take no more than BOUND_NS. */
typedef struct
{
  gint64 from_ns, to_ns, bound_ns;
} CheckSpan;

/* Nanoseconds between FROM_NS and TO_NS in which the runner or a role stood still. A role that the
 * scenario itself has frozen did not. */
gint64 check_lost_ns (const Trace * trace, gint64 from_ns, gint64 to_ns);
/* The rest of that span: how long something really had. Every check that compares times asks it. */
gint64 check_lasted_ns (const Trace * trace, gint64 from_ns, gint64 to_ns);

/* What ran before AT, where its kind says so: a step or stop that was late or is over, a process that
 * had to be killed, a window, an acquire. FALSE: it is no matter of time. */
gboolean check_span_of (const Trace * trace, const TraceEvent * at, CheckSpan * span);

/* Whether more than a quarter of the bound was lost meanwhile: then it says nothing of who was late. */
gboolean check_span_is_lost (const Trace * trace, const CheckSpan * span);

/* The first step or stop that was late and is lost so; NULL: none. */
const TraceEvent *check_lost_late (const Trace * trace, CheckSpan * span);

/* As check_broken() for what took too long; at once a measurement that failed when SPAN is lost. */
void check_late (CheckContext * context, gint role, const TraceEvent * at, const CheckSpan * span,
    const gchar * format, ...) G_GNUC_PRINTF (5, 6);
