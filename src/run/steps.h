/* What each action of a scenario does. */
#pragma once
#include "run/case.h"

/* Carries out STEP and records it. FALSE: it missed its deadline or failed. */
gboolean run_step (RunCase * run, const PlanStep * step);

/* --- for the files of steps --- */

/* One action. FALSE: it missed its deadline or failed; then *ERROR may tell why (to be freed). */
gboolean run_step_wait (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline,
    gchar ** error);
gboolean run_step_cycle (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline,
    gchar ** error);
gboolean run_step_flow (RunCase * run, RunPeer * peer, const PlanStep * step, Deadline deadline,
    gchar ** error);

/* Runs CALL for each consumer that lives and was not told to leave. */
void run_each_consumer (RunCase * run, void (*call) (RunPeer * peer, gpointer user), gpointer user);
/* Our own producer says when it is full. A real sink does not: it is full when as many buffers as
 * fit are out and one more has entered it. */
gboolean run_is_full (RunCase * run, RunPeer * peer);
