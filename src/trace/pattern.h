/* Patterns of events: what must have been seen for something to be believed. Pure.
 *
 *   EVIDENCE = CHAIN [" | " CHAIN]...         any of them
 *   CHAIN    = LINK [ARROW LINK]...           " <- ": before the link to its left, " -> ": after it
 *   LINK     = KIND [KEY=VALUE]... [text=GLOB]
 *
 * KIND is the word of a trace file ("client-close"), or "none": an observation without an event.
 * KEY: a field of that kind (with =, < or >; shm-trace(5)); area=newest: the newest area that this
 * client was told of; client=same, older, newer: than that of the link before; who (blamed: who is at
 * fault; same: whom the first event is about; other: another of that side; producer; consumer);
 * within=SECONDS (of the link before). The word "last": only the nearest event of KIND counts.
 * GLOB goes to the end of the link. */
#pragma once
#include "trace/trace.h"

typedef struct TracePattern TracePattern;

/* NULL with ERROR: "evidence: PROBLEM: VALUE". */
TracePattern *trace_pattern_parse (const gchar * text, GError ** error);
void trace_pattern_free (TracePattern * pattern);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TracePattern, trace_pattern_free)

/* Whether what BLAMED (index of a role, or -1) did at EVENT (of TRACE; NULL: no event) is what the
 * pattern tells. */
gboolean trace_pattern_matches (const TracePattern * pattern, const Trace * trace,
    const TraceEvent * event, gint blamed);

/* Whom EVENT is about: its role, or that of its client; -1: nobody. */
gint trace_event_about (const Trace * trace, const TraceEvent * event);
