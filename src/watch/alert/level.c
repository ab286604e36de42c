#include "config.h"
#include "watch/alert/level.h"

static const struct
{
  const gchar *name;
  guint rank;                   /* among several findings */
} levels[] = {
  [LEVEL_OK] = {"OK", 0},
  [LEVEL_UNKNOWN] = {"UNKNOWN", 1},
  [LEVEL_WARNING] = {"WARNING", 2},
  [LEVEL_CRITICAL] = {"CRITICAL", 3},
};

const gchar *
level_name (Level level)
{
  return levels[level].name;
}

Level
level_worse (Level a, Level b)
{
  return levels[a].rank >= levels[b].rank ? a : b;
}
