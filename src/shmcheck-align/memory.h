/* What the ways of asking allocators for rows share. */
#pragma once
#include "shmcheck-align/commands.h"

#include "check/rows.h"
#include "probe/rows.h"

/* "2^64-100" where nobody would see it in the digits. Caller frees. */
gchar *align_size_text (guint64 size);
/* "a63 p16+32 zp": align mask, prefix and padding, what should be zero; NULL: the default ones.
 * Caller frees. */
gchar *align_params_text (const CheckRow * row);

/* Whether ROW belongs to the sweep over sizes, and not to a measurement that needs some memory. */
gboolean align_row_is_of_sweep (const CheckRow * row);

/* A trace of ROW alone, with all that the trace says of its target. */
Trace *align_row_trace (const CheckRow * row);

/* The first row of TRACE that breaks CONTRACT all alone. */
gboolean align_find_broken (const Trace * trace, const gchar * contract, ProbeRow * row);

/* What was asked for in ROW. */
ProbeRow align_row_spec (const CheckRow * row);

/* Lines (gchar*) of a program in C that shows how the target of TRACE breaks CONTRACT when ROW is
 * asked of it; NULL: no program can get at the target, or show that. */
GPtrArray *align_snippet (const Trace * trace, const gchar * contract, const ProbeRow * row);

/* allocators --random: COUNT rows for each target, what breaks shrunk to the least. */
Status align_random (Align * align, guint64 count);

/* allocators --vs: each target twice, with PATH (a directory of plugins, or a plug-in of targets) the
 * second time, side by side. */
Status align_versus (Align * align, const gchar * path);

/* allocators --style=seed: lines as "size=100 maxsize=107 page_ceil=4096 WASTED 3989 bytes". PATH: as
 * for align_versus(), or NULL. */
Status align_seed_style (Align * align, const gchar * path);

/* The cases of the rows that can be had of TARGETS, named as they are; with PATH those of the second
 * time. Array of RunProbe*. */
GPtrArray *align_cases (Align * align, const GPtrArray * targets, const gchar * path);
