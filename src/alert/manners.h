/* When to speak: takes the findings of each run and says which are news. Pure: what was remembered
 * goes in, what is to be remembered comes out. */
#pragma once
#include "alert/judge.h"

typedef struct
{
  gint64 for_us;                /* a finding must last that long before it counts */
  gint64 remind_us;             /* tell again after that long; 0: never */
  gint64 flap_window_us;        /* changes within this time... */
  guint flap_changes;           /* ...more than these are flapping: told once, then damped */
  guint clear_runs;             /* hysteresis: that many runs in a row must be better before a
                                 * better level counts; at least 1 */
  gint64 heartbeat_us;          /* tell that all is well after that long; 0: never */
  gboolean maintenance;         /* within a window: nothing is told, all is remembered */
} MannersRules;

typedef enum
{
  NEWS_NONE,
  NEWS_WORSE,                   /* or new */
  NEWS_BETTER,                  /* still not OK */
  NEWS_RECOVERED,
  NEWS_REMINDER,
  NEWS_FLAPPING,
  NEWS_HEARTBEAT,
} NewsKind;

typedef struct
{
  NewsKind kind;
  Level before, now;
  gchar *source, *pool, *rule;  /* as in AlertFinding; NULL in a heartbeat */
  gchar *text;
  gint64 since_us;              /* when the level came */
} News;

void news_free (News * news);
const gchar *news_name (NewsKind kind); /* "recovered" */

/* A day's or week's window in which nothing is told, local time: "22:00-06:00", "Sun 02:00-04:00",
 * several separated by commas. FALSE with ERROR: TEXT is none. */
gboolean manners_in_window (const gchar * text, gint64 time_us, gboolean * inside,
    GError ** error);

/* News* of this run; sets the level of each of FINDINGS to the one that counts (not yet lasting:
 * the old one). REMEMBERED (gchar* -> GBytes*, as store_alerts() returns it) is changed into what is
 * to be remembered. A finding that was remembered and is not among FINDINGS any more, because its
 * pool is gone, is recovered, unless its source is in trouble now. */
GPtrArray *manners_apply (const MannersRules * rules, gint64 now_us, GPtrArray * findings,
    GHashTable * remembered);
