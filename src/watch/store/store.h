/* What poolwatch remembers: samples, and how far each alert is. One SQLite file in a directory of
 * its own. */
#pragma once
#include "watch/sample/sample.h"

typedef struct Store Store;

typedef enum
{
  STORE_READ,                   /* any number of readers, also while one writes */
  STORE_WRITE,
} StoreMode;

/* $STATE_DIRECTORY (the first of several), else "poolwatch" below $XDG_STATE_HOME or
 * ~/.local/state; as root /var/lib/poolwatch. Caller frees. */
gchar *store_default_dir (void);

/* Opens the store in DIR, which is made with mode 0700 when it is not there (STORE_WRITE only).
 * A damaged store is set aside under another name and a new one begun: then *NOTICE (owned by the
 * store, NULL otherwise) is a line that says so. NULL with ERROR. */
Store *store_open (const gchar * dir, StoreMode mode, GError ** error);
void store_close (Store * store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Store, store_close)
const gchar *store_notice (const Store * store);

/* Appends SAMPLE, durably once this returns. Each pool's reading belongs to a segment; a new one
 * begins when its values cannot be compared with those before: another instance, uptime or pins
 * that went back, another boot, a clock that went back. Also rolls up and drops what is too old,
 * when it is time. */
gboolean store_append (Store * store, const Sample * sample, GError ** error);

/* How long raw samples and roll-ups are kept; before store_append(). Defaults: 7 days, 2 years. */
void store_set_retention (Store * store, gint64 raw_seconds, gint64 rolled_seconds);

/* One pool over time. */
typedef struct
{
  gint64 time_us;               /* of an hour: its start */
  gint64 segment;               /* values of two points are comparable when this is the same */
  gboolean rolled;              /* an hour: values are its means */
  guint32 known;                /* as in SampleReading */
  guint64 values[N_QUANTITIES];
  guint64 low[N_QUANTITIES], high[N_QUANTITIES];        /* same as the value unless rolled */
  GArray *shards;               /* SampleShard; NULL: not told */
} StorePoint;

typedef struct
{
  gchar *source, *pool;
  GArray *points;               /* StorePoint, oldest first */
} StoreSeries;

void store_series_free (StoreSeries * series);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (StoreSeries, store_series_free)

/* StoreSeries*: every pool that is known since SINCE_US; SOURCE and POOL select one, NULL all. The
 * shards of each point only WITH_SHARDS. Raw points where they are still kept, hours before. */
GPtrArray *store_history (Store * store, const gchar * source, const gchar * pool,
    gint64 since_us, gboolean with_shards, GError ** error);

/* --- alerts: what alert/policy.h needs to remember, one row a key, opaque here --- */

/* gchar* key -> GBytes*. */
GHashTable *store_alerts (Store * store, GError ** error);
/* Replaces all of them, durably. */
gboolean store_set_alerts (Store * store, GHashTable * alerts, GError ** error);

/* --- events: what happened, for people --- */

typedef struct
{
  gint64 time_us;
  gchar *text;
} StoreEvent;

/* Appends one; the oldest beyond some thousands go. */
gboolean store_add_event (Store * store, gint64 time_us, const gchar * text, GError ** error);
/* StoreEvent*, the newest N, newest first. */
GPtrArray *store_events (Store * store, guint n, GError ** error);

/* --- JSON lines --- */

/* One JSON object a line and sample: store_import() reads what this writes. Raw samples and rolled
 * hours, oldest first. WRITE gets whole lines and returns FALSE to stop. */
gboolean store_dump (Store * store, gint64 since_us,
    gboolean (*write) (const gchar * line, gpointer user), gpointer user, GError ** error);
/* Appends the sample (or hour) that LINE tells. FALSE with ERROR: of SHMDIAG_ERROR_INPUT when the
 * line is none ("not JSON: ...", "pools: missing"), and nothing was changed; else of SHMDIAG_ERROR.
 * A sample that is there already is left as it is. Many lines are written at once: what was taken
 * is durable after store_import_end(). */
gboolean store_import_line (Store * store, const gchar * line, GError ** error);
gboolean store_import_end (Store * store, GError ** error);
