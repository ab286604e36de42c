/* poolwatch: its commands, and what they share. */
#pragma once
#include "alert/judge.h"
#include "alert/manners.h"
#include "command.h"
#include "sample/sample.h"
#include "source/source.h"
#include "store/store.h"
#include "view/view.h"

/* --- poolwatch-conf.c: /etc/poolwatch.conf and the options that say the same --- */

/* One source that is to be read. */
typedef struct
{
  const Source *source;
  gchar *name;                  /* of its readings */
  GHashTable *values;           /* gchar* -> gchar* */
} ConfSource;

typedef struct
{
  GPtrArray *sources;           /* ConfSource* */
  gchar *state;                 /* directory; NULL: store_default_dir() */
  gchar *textfile;              /* directory for metrics; NULL: none */
  gchar *format;                /* NULL: by what standard output is */
  gchar *hook;                  /* program to run on news; NULL */
  gchar *maintenance;           /* windows, as manners_in_window() reads them; NULL */
  gdouble timeout;              /* seconds, for all sources together */
  gdouble hook_timeout;         /* seconds */
  guint hook_per_hour;          /* at most that many runs of the hook */
  gdouble keep_raw, keep_rolled;        /* seconds */
  gdouble rate_window;          /* seconds over which changes are measured */
  AlertRules rules;
  MannersRules manners;
} Conf;

/* A Conf as it is without any file. */
Conf *conf_new (void);
void conf_free (Conf * conf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Conf, conf_free)

/* Reads PATH into CONF. FALSE with ERROR "PATH:LINE: KEY: problem: value". A file that others than
 * its owner and root may write is refused. */
gboolean conf_load (Conf * conf, const gchar * path, GError ** error);

/* Sets one key of the group [poolwatch], as the option --KEY does. */
gboolean conf_set (Conf * conf, const gchar * key, const gchar * value, GError ** error);

/* Adds a source as --source says it: "TYPE[,KEY=VALUE]...", name=... being its name. */
gboolean conf_add_source (Conf * conf, const gchar * text, GError ** error);

/* Adds a threshold as -w and -c say it: "[POOL/][QUANTITY[-rate]=]RANGE". */
gboolean conf_add_threshold (Conf * conf, Level level, const gchar * text, GError ** error);

/* Appends every key with its meaning and its value to OUT. */
void conf_describe (const Conf * conf, GString * out);

/* --- poolwatch-watch.c, poolwatch-plot.c --- */

Status command_watch (gint argc, gchar ** argv);
Status command_plot (gint argc, gchar ** argv);
