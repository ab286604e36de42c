/* How bad it is: the exit statuses of monitoring plug-ins. */
#pragma once
#include <glib.h>

typedef enum
{
  LEVEL_OK,
  LEVEL_WARNING,
  LEVEL_CRITICAL,
  LEVEL_UNKNOWN,
} Level;

const gchar *level_name (Level level);  /* "WARNING" */

/* The one that counts of two: CRITICAL, WARNING, UNKNOWN, OK. */
Level level_worse (Level a, Level b);
