/* What a consumer has counted: for those that are too fast to tell each buffer. */
#pragma once
#include "role/role.h"

typedef struct
{
  guint64 n_buffers, n_bytes;
  guint64 n_bad;                /* without a number, or not behind the one before */
  guint64 last_seq;
} RoleTally;

/* A new connection: numbers may begin anew. */
void role_tally_restart (RoleTally * tally);
/* Counts the buffer that EVENT (TRACE_BUFFER_IN) tells of. */
void role_tally_add (RoleTally * tally, const TraceEvent * event);
void role_tally_tell (const RoleTally * tally, Actor * actor);
