/* What the status of one of rtpengine's kernel tables means for its pool. */
#pragma once
#include "watch/source/rtpengine-status.h"
#include "watch/source/source.h"

#define RTPENGINE_ROOT "/proc/rtpengine"

/* What all tables of one reading share. */
typedef struct
{
  const SourceRequest *request;
  Sample *sample;
  const gchar *release;         /* of the module; NULL: not known */
  gint only;                    /* table; -1: all */
} RtpengineReader;

/* Appends the reading "table-ID" that TEXT, the content of PATH, tells, and its troubles. */
void rtpengine_table_take (const RtpengineReader * reader, guint id, const gchar * path,
    const gchar * text, gsize length);

/* Each of PROBLEMS (gchar*) of PATH is a trouble; POOL may be NULL. */
void rtpengine_table_problems (const RtpengineReader * reader, const gchar * pool,
    const gchar * path, const GPtrArray * problems);
