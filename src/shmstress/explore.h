/* What shmstress explore says, as text or JSON. */
#pragma once
#include "explore/engine.h"
#include "explore/search.h"

typedef struct
{
  const Engine *engine;         /* its last run is the counter-example, if any, recorded */
  const SearchResult *result;
  guint64 seed;
  const gchar *token;           /* NULL: none, or the schedule is too long for one */
  const gchar *target;          /* NULL: built in */
} ExploreFinding;

/* ", tso", or nothing for what is usual. */
const gchar *explore_memory (const Engine * engine);

void explore_print_text (const ExploreFinding * finding, GString * out);
/* One line of the summary of several; the first has heads. */
void explore_print_line (const ExploreFinding * finding, GString * out);
/* An object. Caller frees. */
gchar *explore_to_json (const ExploreFinding * finding);
