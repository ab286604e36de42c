/* What is measured of a pool: each on a pool of its own. WHICH picks one of several of a kind. */
#pragma once
#include "probe/bufpool/bench.h"

/* config-inactive */
void measure_unconfigured (Bench * bench, gint which);
void measure_config_active (Bench * bench, gint which);
void measure_config_out (Bench * bench, gint which);

/* min-max */
void measure_minimum (Bench * bench, gint which);
void measure_maximum (Bench * bench, gint which);
void measure_at_once (Bench * bench, gint which);
void measure_unlimited (Bench * bench, gint which);

/* exhausted */
void measure_dontwait (Bench * bench, gint which);
void measure_one_waits (Bench * bench, gint which);
void measure_two_wait (Bench * bench, gint which);

/* flushing */
void measure_deactivation (Bench * bench, gint which);
void measure_flush (Bench * bench, gint which);
void measure_never_active (Bench * bench, gint which);

/* release, writable */
#define MEASURE_N_USES 7
void measure_return (Bench * bench, gint which);
void measure_writable (Bench * bench, gint which);

/* allocator */
#define MEASURE_N_PARAMS 3
void measure_allocator (Bench * bench, gint which);

/* options: the one number WHICH that the pool lists */
void measure_option (Bench * bench, gint which);

/* prealloc: WHICH allocations succeed */
void measure_failed_start (Bench * bench, gint which);
void measure_failed_and_gone (Bench * bench, gint which);

/* outstanding: WHICH buffers are out */
void measure_outstanding (Bench * bench, gint which);
void measure_owner_gone (Bench * bench, gint which);
