/* What the tap sees of the areas and buffers of one connection. Whatever a peer announces costs a
 * bounded number of descriptors, bytes and reads; only plain objects are opened. */
#pragma once
#include "proto/wire.h"
#include "trace/trace.h"

/* Areas of one connection that are remembered, and that are open at once in one tap: with its
 * sockets that stays below the usual limit of 1,024 descriptors. */
#define TAP_AREAS_MAX 256
#define TAP_AREAS_OPEN_MAX 512
/* Buffers of one connection that are remembered until their ACK. */
#define TAP_HELD_MAX 65536

typedef struct TapSight TapSight;

/* N_OPEN counts the areas that all sights of a tap have open; it outlives them. */
TapSight *tap_sight_new (guint * n_open);
void tap_sight_free (TapSight * sight);

/* Adds to EVENT (of the kind of MESSAGE) what MESSAGE says and what is found in memory.
 * Returns what a reader should know about a limit that was met for the first time; caller frees. */
gchar *tap_sight_look (TapSight * sight, const WireMessage * message, TraceEvent * event);

/* More buffers are out than are remembered: from here on nothing can be told of this connection. */
gboolean tap_sight_is_lost (const TapSight * sight);
