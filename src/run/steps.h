/* What each action of a scenario does. */
#pragma once
#include "run/case.h"

/* Carries out STEP and records it. FALSE: it missed its deadline or failed. */
gboolean run_step (RunCase * run, const PlanStep * step);
