/* When to speak: takes the findings of each run and says which to notify of. Pure: what was
 * remembered goes in, what is to be remembered comes out.
 *
 * The findings of one source, pool and rule are one matter. A worse level counts once the findings
 * were at least as bad for for_us, a better one once they were better in clear_runs runs in a row.
 * The first run tells what is bad, not what is well. While a matter flaps it is told once, then not
 * until its level has not changed for flap_window_us: then how it ended. What changes in a window
 * of maintenance does not count as flapping; after the window what is still bad is told, also if
 * it was told before, and what recovered is told if its trouble was. A clock that goes back makes
 * every time that would be in the future a now: nothing is told for that, and waits begin again. */
#pragma once
#include "watch/alert/rules.h"

typedef struct
{
  gint64 for_us;                /* a finding must last that long before it counts */
  gint64 remind_us;             /* tell again after that long; 0: never */
  gint64 flap_window_us;        /* changes within this time... */
  guint flap_changes;           /* ...more than these are flapping: told once, then damped; at most
                                 * 63; either of the two 0: no damping */
  guint clear_runs;             /* hysteresis: that many runs in a row must be better before a
                                 * better level counts; at least 1 */
  gint64 heartbeat_us;          /* tell that all is well when nothing was told for that long; 0:
                                 * never */
  gboolean maintenance;         /* within a window: nothing is told, all is remembered */
} AlertPolicy;

typedef enum
{
  NOTIFICATION_NONE,
  NOTIFICATION_WORSE,                   /* or new */
  NOTIFICATION_BETTER,                  /* still not OK */
  NOTIFICATION_RECOVERED,
  NOTIFICATION_REMINDER,
  NOTIFICATION_FLAPPING,
  NOTIFICATION_HEARTBEAT,
} NotificationKind;

typedef struct
{
  NotificationKind kind;
  Level before, now;
  gchar *source, *pool, *rule;  /* as in AlertFinding; NULL in a heartbeat */
  gchar *text;
  gint64 since_us;              /* when the level came, also if it counted later; of a heartbeat:
                                 * when something was told before */
} Notification;

void notification_free (Notification * notification);
const gchar *notification_name (NotificationKind kind); /* "recovered" */

/* A day's or week's window in which nothing is told, local time: "22:00-06:00", "Sun 02:00-04:00",
 * several separated by commas; NULL and "" are none. One that ends before it starts ends the next
 * day. The end is no part of it. FALSE with ERROR ("not a window: x"), *INSIDE left alone. */
gboolean policy_in_window (const gchar * text, gint64 time_us, gboolean * inside,
    GError ** error);

/* Notification* of this run; sets the level of each of FINDINGS to the one that counts (not yet
 * lasting: the old one; where that is worse, its text says so). REMEMBERED (gchar* -> GBytes*, as
 * store_alerts() returns it) is changed into what is to be remembered: its destroy functions free
 * both. What it has of another version, or damaged, is as if it had not been remembered. A finding
 * that was remembered and is not among FINDINGS any more, because its pool is gone, is recovered,
 * unless its source (or that pool of it) is in trouble now: then it stays as it was. Caller
 * unrefs. */
GPtrArray *policy_apply (const AlertPolicy * policy, gint64 now_us, GPtrArray * findings,
    GHashTable * remembered);
