/* Files that somebody else keeps writing: one that is not written any more tells of the past. */
#pragma once
#include "watch/source/source.h"

/* A row of a table of keys. */
#define AGE_KEY {"max-age", "the time since the file was written that is no trouble yet: 10m", age_check}

gboolean age_check (const gchar * value, GError ** error);

/* Adds a trouble to SAMPLE when the file PATH was written longer ago than the key max-age of REQUEST
 * allows. Nothing without that key. */
void age_tell (const SourceRequest * request, const gchar * path, Sample * sample);
