/* What a scenario expands to: cases with their roles and steps. Plain data, no GStreamer. */
#pragma once
#include <glib.h>

typedef struct
{
  const gchar *action;          /* "stop"; static */
  gint line;                    /* in the scenario file */
  GHashTable *fields;           /* gchar* to gchar*: all fields of the action, defaults filled in,
                                 * checked for their types; absent when optional without default */
} PlanStep;

typedef struct
{
  gchar *name;                  /* "shutdown-order/p,c1/EOS/full"; unique and stable */
  gchar *scenario;              /* "shutdown-order" */
  gchar *file;                  /* for messages */
  gchar *summary;
  gchar *pair;                  /* "gst:ref" */
  gboolean tap;
  gboolean by_name;             /* run only when it is named */
  gdouble deadline;             /* seconds for the whole case */
  GPtrArray *contracts;         /* gchar*: names, as in shm-contracts(7) */
  GPtrArray *roles;             /* PlanStep*: the producer and consumer lines */
  GPtrArray *steps;             /* PlanStep*: the others, in order */
} PlanCase;

/* Takes FIELDS. ACTION is one of the scenario vocabulary. */
PlanStep *plan_step_new (const gchar * action, gint line, GHashTable * take_fields);
void plan_step_free (PlanStep * step);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlanStep, plan_step_free)

/* An empty case, everything NULL but its arrays. */
PlanCase *plan_case_new (void);
void plan_case_free (PlanCase * plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlanCase, plan_case_free)

/* Fields; the getters stop the program on a key that the action does not have (a bug of ours:
 * the loader has checked the file). */
const gchar *plan_get (const PlanStep * step, const gchar * key);       /* NULL when absent */
gint64 plan_int (const PlanStep * step, const gchar * key);     /* also sizes, in bytes */
gdouble plan_seconds (const PlanStep * step, const gchar * key);
gboolean plan_bool (const PlanStep * step, const gchar * key);

/* "stop role=p kind=EOS deadline=2": for the trace and `shmstress show`. Caller frees. */
gchar *plan_step_line (const PlanStep * step);
