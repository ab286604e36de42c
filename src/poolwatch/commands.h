/* poolwatch: its commands, and what they share. */
#pragma once
#include "watch/alert/rules.h"
#include "watch/alert/policy.h"
#include "cli/command.h"
#include "watch/sample/sample.h"
#include "watch/source/source.h"
#include "watch/store/store.h"
#include "watch/view/view.h"

/* The command line or an input is wrong: monitoring systems take 2, that of the other programs, for
 * CRITICAL. */
#define WATCH_USAGE ((Status) LEVEL_UNKNOWN)

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
  gboolean is_default;          /* nobody named those */
  gchar *state;                 /* directory; NULL: store_default_dir() */
  gchar *textfile;              /* directory for metrics; NULL: none */
  gchar *format;                /* NULL: by what standard output is */
  gchar *hook;                  /* program to run on notification; NULL */
  gchar *maintenance;           /* windows, as policy_in_window() reads them; NULL */
  gdouble timeout;              /* seconds, for all sources together */
  gdouble hook_timeout;         /* seconds */
  guint hook_per_hour;          /* at most that many runs of the hook */
  gdouble keep_raw, keep_rolled;        /* seconds */
  gdouble rate_window;          /* seconds over which changes are measured */
  AlertRules rules;
  AlertPolicy policy;
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

/* Adds the sources that are read when nobody named any, as far as they need no privilege that we do
 * not have. That one of them finds nothing is harmless then. */
void conf_add_default_sources (Conf * conf);

/* Appends every key with its meaning and its value to OUT, as a file that conf_load() takes. */
void conf_describe (const Conf * conf, GString * out);

/* The keys of the group [poolwatch], for the options that are called the same. */
gsize conf_n_keys (void);
const gchar *conf_key_name (gsize i);   /* "keep-raw" */
const gchar *conf_key_help (gsize i);   /* one line */
const gchar *conf_key_argument (gsize i);       /* "TIME" */

/* --- poolwatch-options.c: the options that all commands share --- */

/* What the command line says about what is watched. */
typedef struct
{
  gchar *config;                /* file; "none" */
  gchar **sources, **warning, **critical;
  gchar **keys;                 /* values, one for each key of the configuration */
  gchar *input, *sysroot;
} WatchOptions;

void watch_options_clear (WatchOptions * options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WatchOptions, watch_options_clear)

/* The file that is read where it is there; "none". Borrowed. */
const gchar *watch_config (const WatchOptions * options);

/* Parses the options of COMMAND: those of OWN (a NULL name ends them), and those that say what
 * the configuration says. Then reads the configuration; the options win. NULL: something is wrong,
 * and that was printed. */
Conf *watch_parse (WatchOptions * options, gint * argc, gchar *** argv, const gchar * command,
    const gchar * arguments, const gchar * summary, const GOptionEntry * own);

/* --- poolwatch-read.c --- */

/* One sample of all sources of CONF, by its timeout. INPUT is a capture for all of them, SYSROOT
 * stands before every path; both may be NULL. */
Sample *conf_read (const Conf * conf, const gchar * input, const gchar * sysroot);

/* Drops every capability that no source of CONF needs; says on standard error which source needs
 * which when VERBOSE. */
void conf_keep_capabilities (const Conf * conf, gboolean verbose);

/* --- poolwatch-memory.c: among all that the store remembers of alerts --- */

/* An empty one. */
GHashTable *memory_new_table (void);

/* Takes the entries whose keys begin with PREFIX out of ALL; their keys are then without it. */
GHashTable *memory_take (GHashTable * all, const gchar * prefix);
void memory_give_back (GHashTable * all, const gchar * prefix, GHashTable * taken);

/* When a run last found nothing UNKNOWN: NOW_US, or what is remembered when that is 0. 0: never.
 * ALL may be NULL. */
gint64 memory_last_success (GHashTable * all, gint64 now_us);

/* --- poolwatch-tell.c: what is done about notifications --- */

/* One line, "poolwatch: HOST: CRITICAL table-0: 15 of 16 pins". Caller frees. */
gchar *tell_line (const Notification * notification);
/* The same for those who know the host: "CRITICAL table-0: 15 of 16 pins". Caller frees. */
gchar *tell_text (const Notification * notification);

/* Runs the hook of CONF once for each of NOTIFICATIONS, as often as its rate allows. REMEMBERED
 * holds what is to be remembered about the rate. What goes wrong is one line on standard error. */
void tell_hook (const Conf * conf, const GPtrArray * notifications, gint64 now_us,
    GHashTable * remembered);

/* Sends NOTIFICATIONS to the journal, where that was compiled in. */
void tell_journal (const GPtrArray * notifications);

/* --- poolwatch-textfile.c --- */

/* Replaces DIR/poolwatch.prom by TEXT: a reader finds the old file or the new one, whole. */
gboolean textfile_write (const gchar * dir, const gchar * text, GError ** error);

/* --- commands --- */

Status command_check (gint argc, gchar ** argv);
Status command_watch (gint argc, gchar ** argv);
Status command_plot (gint argc, gchar ** argv);
Status command_import (gint argc, gchar ** argv);
Status command_dump (gint argc, gchar ** argv);
/* Removes areas of shm pipes that nobody has any more: says what it would do, unless --yes. */
Status command_clean_orphans (gint argc, gchar ** argv);
