/* The picture that "poolwatch watch" shows, made without a terminal: facts in, lines out. */
#pragma once
#include "watch/view/view.h"

/* The smallest terminal that everything is laid out for. */
#define FRAME_MIN_WIDTH 80
#define FRAME_MIN_HEIGHT 24

typedef enum
{
  FRAME_PLAIN,
  FRAME_STRONG,                 /* names */
  FRAME_FAINT,                  /* what only explains */
  FRAME_HEAD,                   /* the first and the last line */
  FRAME_OK,
  FRAME_WARNING,
  FRAME_CRITICAL,
  FRAME_UNKNOWN,
  N_FRAME_LOOKS
} FrameLook;

typedef struct
{
  gchar *text;                  /* UTF-8 without control characters */
  FrameLook look;
} FrameSpan;

/* --- what was before --- */

typedef struct
{
  gint64 time_us;
  guint64 value;                /* pins, or bytes where the pool tells no pins */
} FramePoint;

typedef struct
{
  gint64 since_us;              /* when it was recycled or came; the first look at it otherwise */
  gboolean at_least;            /* it was there at the first look already */
  guint64 used;
} FrameShard;

/* One pool over time. */
typedef struct
{
  gchar *source, *pool;
  GArray *points;               /* FramePoint, oldest first */
  GArray *shards;               /* FrameShard */
  gboolean shards_told;         /* at some look */
  gint64 last_us;               /* of the last look; 0: none yet */
} FrameHistory;

FrameHistory *frame_history_new (const gchar * source, const gchar * pool);
void frame_history_free (FrameHistory * history);

/* Appends how the pool was at TIME_US: KNOWN and VALUES as in SampleReading; SHARDS are
 * SampleShard, NULL: not told. Drops the oldest when there are many; ignores what is older than the newest. */
void frame_history_add (FrameHistory * history, gint64 time_us, guint32 known,
    const guint64 * values, const GArray * shards);

/* The one of a pool in HISTORIES (FrameHistory*); NULL: there is none. Borrowed. */
FrameHistory *frame_history_find (const GPtrArray * histories, const gchar * source,
    const gchar * pool);

/* WIDTH columns of what HISTORY was over time, TOP being the highest; 0: the highest seen. Appends
 * to OUT, and nothing when there are not two points. */
void frame_sparkline (const FrameHistory * history, guint64 top, guint width, gboolean utf8,
    GString * out);

typedef struct
{
  gint64 time_us;
  const gchar *text;
} FrameEvent;

/* --- the frame --- */

typedef struct
{
  const ViewData *data;
  const GPtrArray *histories;   /* FrameHistory* */
  const GArray *events;         /* FrameEvent, newest first */
  const gchar *notice;          /* one line: why there is no history; NULL */
  gdouble interval;             /* seconds between two samples */
  guint width, height;          /* of the terminal; height 0: as high as it takes, for --once */
  guint scroll;                 /* lines of the pools that are above the window */
  gboolean utf8;
  gboolean help;                /* show the keys instead of the pools */
} Frame;

/* The lines (GPtrArray* of FrameSpan*), none wider than the terminal, as many as it is high.
 * *MOST_SCROLL: how far it can be scrolled. */
GPtrArray *frame_lines (const Frame * frame, guint * most_scroll);

/* LINE as text alone, without blanks at its end. Caller frees. */
gchar *frame_text (const GPtrArray * line);

/* --- for the parts of the frame --- */

/* Appends an empty line to LINES; returns it. Borrowed. */
GPtrArray *frame_line (GPtrArray * lines);
/* Appends TEXT, cleaned, to LINE. */
void frame_span (GPtrArray * line, FrameLook look, const gchar * text);
void frame_printf (GPtrArray * line, FrameLook look, const gchar * format, ...)
    G_GNUC_PRINTF (3, 4);
FrameLook frame_level_look (Level level);

/* Appends the lines of one pool. */
void frame_pool (const Frame * frame, const SampleReading * reading, GPtrArray * lines);
