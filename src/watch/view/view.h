/* How a checked sample is said: one file and one descriptor a format. */
#pragma once
#include "watch/alert/rules.h"
#include "watch/sample/sample.h"

typedef struct
{
  const Sample *sample;
  const GPtrArray *findings;    /* AlertFinding* */
  const AlertRules *rules;
  Level level;                  /* of all */
  gdouble seconds;              /* that the run took so far */
  guint64 last_success_us;      /* of the wall clock; 0: never */
} ViewData;

typedef struct
{
  guint width;                  /* columns of the terminal; 80 without one */
  gboolean color;
  gboolean utf8;
  gboolean verbose;             /* shards and holders, too */
} ViewStyle;

typedef struct
{
  const gchar *name;            /* "nagios" */
  const gchar *summary;
  /* Appends the whole output to OUT. Numbers do not depend on the locale. */
  void (*print) (const ViewData * data, const ViewStyle * style, GString * out);
} View;

/* All of them, NULL at the end. */
const View *const *view_list (void);
const View *view_by_name (const gchar * name);

/* "12 MiB". Caller frees. */
gchar *view_bytes (guint64 bytes);
/* A bar of WIDTH columns, full at 1 (and beyond). Appends to OUT. */
void view_bar (gdouble share, guint width, gboolean utf8, GString * out);
