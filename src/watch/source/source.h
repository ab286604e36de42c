/* Whoever can tell about pools: one file and one descriptor each. A source reads; it never judges,
 * and it changes nothing at what it watches. */
#pragma once
#include "base/deadline.h"
#include "watch/sample/sample.h"

#include <sys/capability.h>

typedef struct
{
  const gchar *name;            /* "url"; a NULL name ends a table of them */
  const gchar *help;            /* one line: "where the daemon listens for HTTP" */
  /* FALSE with ERROR ("not a port: x") when VALUE cannot be right; NULL: any text is. */
  gboolean (*check) (const gchar * value, GError ** error);
} SourceKey;

/* A source as somebody wants it read. */
typedef struct
{
  const gchar *name;            /* of its readings; "rtpengine-proc" unless it was given one */
  GHashTable *values;           /* gchar* key -> gchar* value; only keys of the source */
  const gchar *input;           /* a capture to read instead of the live system; "-" is standard
                                 * input; NULL: live */
  const gchar *sysroot;         /* prefix of every path: "" or "/capture" without the last slash */
  Deadline deadline;            /* of all that it does */
} SourceRequest;

typedef struct
{
  const gchar *name;            /* "rtpengine-proc" */
  const gchar *summary;         /* one line */
  const SourceKey *keys;
  const gchar *const *ways;     /* keys that say where to read, NULL at the end; NULL: it knows */
  gboolean any_ways;            /* of those any number, not just one */
  gboolean has_default_way;     /* none is right, too */
  const cap_value_t *capabilities;      /* that it may need when not everybody may read */
  guint n_capabilities;
  gboolean is_default;          /* read when nobody configured anything */
  /* Appends what it finds to SAMPLE: readings, and troubles for all that could not be read. Never
   * fails, ends by the deadline. */
  void (*read) (const SourceRequest * request, Sample * sample);
} Source;

/* All of them, NULL at the end. */
const Source *const *source_list (void);
/* NULL: there is none of that name. */
const Source *source_by_name (const gchar * name);
/* NULL: SOURCE has no key of that name. */
const SourceKey *source_find_key (const Source * source, const gchar * name);

/* Whether VALUES (key to value) say where SOURCE is to read, in one way and not in two. FALSE with
 * ERROR: "file and command: only one of them", "neither file nor command is given". */
gboolean source_check_ways (const Source * source, GHashTable * values, GError ** error);

/* The value of KEY in REQUEST, or FALLBACK (may be NULL). Borrowed. */
const gchar *source_value (const SourceRequest * request, const gchar * key,
    const gchar * fallback);

/* The key "absent" of sources of what need not be there: the check of its value, and whether nobody
 * need be called when nothing is there. */
gboolean source_check_absent (const gchar * value, GError ** error);
gboolean source_is_absent_ok (const SourceRequest * request);

/* PATH below the sysroot of REQUEST. Caller frees. */
gchar *source_path (const SourceRequest * request, const gchar * path);

/* The most that is read of any one file or answer: far more than a daemon with thousands of shards
 * prints. */
#define SOURCE_MAX_BYTES (16 * 1024 * 1024)

/* All of the file PATH (or of standard input, "-"), by one open and as few reads as the kernel lets
 * us, without blocking beyond DEADLINE (a FIFO, a terminal). NULL with ERROR "PATH: reason". The
 * text ends with a NUL that LENGTH does not count; there may be others in it. Caller frees. */
gchar *source_read_file (const gchar * path, Deadline deadline, gsize * length, GError ** error);
