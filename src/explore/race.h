/* Data races on declared plain accesses, by vector clocks: two accesses, one of them a write, that
 * no atomic, fence or lock has put in an order. */
#pragma once
#include <glib.h>

#include "explore/explore.h"

typedef struct EngineRaces EngineRaces;

/* What happened before: by thread, up to which of its releases. */
typedef struct
{
  guint32 at[SHMDIAG_MAX_THREADS];
} EngineClock;

EngineRaces *races_new (void);
void races_free (EngineRaces * races);

/* Before a schedule: what set_up did happened before all. */
void races_begin (EngineRaces * races, guint n_threads);
/* The first schedule is watched, the others as soon as a plain access of the model was seen. */
gboolean races_are_watched (const EngineRaces * races);
/* After a schedule: it had the first plain access and was not watched. It is to be run again. */
gboolean races_were_missed (const EngineRaces * races);

/* THREAD synchronises at ADDRESS, as the memory order says. */
void races_sync (EngineRaces * races, guint thread, gconstpointer address, gboolean acquire,
    gboolean release);
/* The two halves of a release that others see later: what THREAD has to tell, and that it is seen
 * at ADDRESS now. */
EngineClock races_begin_release (EngineRaces * races, guint thread);
void races_end_release (EngineRaces * races, gconstpointer address, const EngineClock * clock);
/* THREAD reads or writes plainly. Returns the place of an earlier access that races, or NULL;
 * OTHER: the thread that made it. */
const gchar *races_access (EngineRaces * races, guint thread, gconstpointer address,
    gboolean write, const gchar * site, guint * other);
