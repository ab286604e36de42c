/* What shmstress explore says, as text or JSON. */
#pragma once
#include "explore/engine.h"
#include "explore/search.h"

typedef struct
{
  const Engine *engine;         /* its last run is the counter-example, recorded, if one was found */
  const SearchResult *result;
  guint64 seed;
  const gchar *token;           /* NULL: none, or the schedule is too long for one */
  const gchar *target;          /* NULL: built in */
} ExploreFinding;

void explore_print_text (const ExploreFinding * finding, GString * out);
/* FINDINGS are objects that explore_to_json() made, as are read by a machine. */
gchar *explore_to_json (const ExploreFinding * finding);
