/* Samples, findings and rules for the tests of what is shown. */
#pragma once
#include "watch/view/view.h"

/* A sample of 2026-11-24 23:15:00 UTC without anything in it. */
Sample *fake_sample (void);

/* The table of a daemon: 12 of 16 pins, 8 threads, WARNING; and its shared pool with three shards:
 * filling, full, lost. */
Sample *fake_daemon (void);

/* AlertFinding*, of what SAMPLE has in it: each pool is OK but for "table-0". */
GPtrArray *fake_findings (const Sample * sample);

void fake_find (GPtrArray * findings, Level level, const gchar * source, const gchar * pool,
    const gchar * text);

/* Owns nothing. */
ViewData fake_data (const Sample * sample, const GPtrArray * findings);
