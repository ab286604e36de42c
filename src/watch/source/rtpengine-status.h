/* /proc/rtpengine/N/status and /proc/rtpengine/list, in the layouts of all releases. Pure. */
#pragma once
#include "watch/sample/sample.h"

/* The lines of a status that count or that tell a release. */
typedef enum
{
  STATUS_LINE_REFCOUNT,         /* references minus 1; since 26.2 all of them */
  STATUS_LINE_PID,              /* of the owner; 0: gone. Until 26.1 */
  STATUS_LINE_OPENCOUNT,        /* owners; 0: gone. Since 26.2 */
  STATUS_LINE_TARGETS,
  STATUS_LINE_SKB_REFS,
  STATUS_LINE_SKB_COPIES,
  STATUS_LINE_PLAYERS,
  STATUS_LINE_PSTREAMS,
  STATUS_LINE_PINS,
  STATUS_LINE_MEMORY,           /* bytes */
  STATUS_LINE_RING_BUFS,
  N_STATUS_LINES
} StatusLine;

/* Which releases print a set of lines. */
typedef struct
{
  const gchar *releases;        /* "14.0 to 26.0": for people */
  guint32 lines;                /* bit 1 << StatusLine */
  gboolean dynamic;             /* the kernel grants any number of pins */
} StatusLayout;

typedef struct
{
  guint32 known;                /* bit 1 << StatusLine */
  guint64 values[N_STATUS_LINES];
  const StatusLayout *layout;   /* NULL: of no release that is known here */
} TableStatus;

/* Reads TEXT into OUT. Lines that are indented or not known are left alone, and so is what is not a
 * number, stands twice, or has lost the newline at its end: then the value is absent, and PROBLEMS
 * (gchar*, appended) say why, one each. Lines that the release must have and that are missing are
 * problems, too. */
void rtpengine_status_parse (const gchar * text, gsize length, TableStatus * out,
    GPtrArray * problems);

gboolean rtpengine_status_has (const TableStatus * status, StatusLine line);

/* "Memory pins" */
const gchar *rtpengine_status_line_name (StatusLine line);

/* How many pins the kernel grants a table of STATUS when the module is of RELEASE ("26.0.1.4";
 * NULL: not known). FALSE: any number, or nobody can tell. *NOTE (static or NULL) says how sure
 * that is. */
gboolean rtpengine_status_limit (const TableStatus * status, const gchar * release,
    guint64 * out, const gchar ** note);

/* The ids in TEXT of /proc/rtpengine/list (guint), ascending. Lines that are none are PROBLEMS. */
GArray *rtpengine_list_parse (const gchar * text, gsize length, GPtrArray * problems);

/* The largest id that a table can have. */
#define RTPENGINE_MAX_TABLE 63
