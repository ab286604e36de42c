/* Tables of steps. */
#include "config.h"
#include "explore/show.h"

#include <string.h>

static const gchar *const kind_names[SHMDIAG_N_KINDS] = {
  [SHMDIAG_LOAD] = "load",
  [SHMDIAG_STORE] = "store",
  [SHMDIAG_EXCHANGE] = "exchange",
  [SHMDIAG_CAS] = "cas",
  [SHMDIAG_ADD] = "add",
  [SHMDIAG_SUB] = "sub",
  [SHMDIAG_OR] = "or",
  [SHMDIAG_AND] = "and",
  [SHMDIAG_XOR] = "xor",
  [SHMDIAG_FENCE] = "fence",
  [SHMDIAG_PLAIN_READ] = "read",
  [SHMDIAG_PLAIN_WRITE] = "write",
  [SHMDIAG_LOCK] = "lock",
  [SHMDIAG_TRYLOCK] = "trylock",
  [SHMDIAG_RDLOCK] = "rdlock",
  [SHMDIAG_TRYRDLOCK] = "tryrdlock",
  [SHMDIAG_UNLOCK] = "unlock",
  [SHMDIAG_YIELD] = "yield",
  [SHMDIAG_WAIT] = "wait",
  [SHMDIAG_FLUSH] = "flush",
};

gchar *
show_place (const EngineStep * step)
{
  const gchar *start = engine_place (step->site);
  const gchar *line = strchr (start, ':');
  const gchar *end = line ? strchr (line + 1, ':') : NULL;

  return end ? g_strndup (start, end - start) : g_strdup (start);
}

static const gchar *
expression_of (const EngineStep * step)
{
  const gchar *line = strchr (step->site, ':');
  const gchar *end = line ? strchr (line + 1, ':') : NULL;

  end = end ? end + 1 : step->site;
  return *end == '&' ? end + 1 : end;
}

/* Signed, as most counters are meant. */
static gchar *
number (guint how, guint64 value)
{
  guint unused = 64 - (how >> 16 & 0xff) * 8;

  return g_strdup_printf ("%" G_GINT64_FORMAT, (gint64) (value << unused) >> unused);
}

static gchar *
pointer (const Engine * engine, guint64 value)
{
  guint64 start = (guintptr) engine->state;

  if (value == 0)
    return g_strdup ("NULL");
  if (value >= start && value < start + engine->model->state_size)
    return g_strdup_printf ("state+%" G_GUINT64_FORMAT, value - start);
  return g_strdup ("pointer");
}

static gchar *
value_of (const Engine * engine, const EngineStep * step, guint64 value)
{
  return step->how >> 24 & 1 ? pointer (engine, value) : number (step->how, value);
}

static gchar *
outcome_of (const Engine * engine, const EngineStep * step)
{
  ShmdiagKind kind = step->how & 0xff;
  g_autofree gchar *before = NULL;
  g_autofree gchar *after = NULL;

  if (kind == SHMDIAG_FENCE || kind == SHMDIAG_YIELD || (step->how >> 16 & 0xff) == 0)
    return g_strdup (step->failed && kind != SHMDIAG_YIELD ? ": busy" : "");
  before = value_of (engine, step, step->before);
  after = value_of (engine, step, step->after);
  if (step->failed)
    return g_strdup_printf (": %s, failed", before);
  if (kind == SHMDIAG_LOAD || kind == SHMDIAG_PLAIN_READ || kind == SHMDIAG_WAIT)
    return g_strdup_printf (" = %s", before);
  if (step->buffered)
    return g_strdup_printf (": %s, buffered", after);
  return g_strdup_printf (": %s -> %s", before, after);
}

gchar *
show_operation (const Engine * engine, const EngineStep * step)
{
  ShmdiagKind kind = step->how & 0xff;
  const gchar *expression = expression_of (step);
  g_autofree gchar *outcome = outcome_of (engine, step);

  if (kind == SHMDIAG_YIELD || kind == SHMDIAG_FENCE)
    return g_strdup (kind_names[kind]);
  return g_strdup_printf ("%s %s%s", kind_names[kind], expression, outcome);
}

gchar *
show_thread_name (const Engine * engine, guint thread)
{
  const gchar *const *names = engine->model->thread_names;

  if (names && thread < engine->model->n_threads)
    return g_strdup (names[thread]);
  return g_strdup_printf ("T%u", thread);
}

/* --- the table --- */

static gchar *
cell_of (const Engine * engine, const EngineStep * step)
{
  g_autofree gchar *place = show_place (step);
  g_autofree gchar *operation = show_operation (engine, step);

  return g_strdup_printf ("%s %s", place, operation);
}

static void
measure (const Engine * engine, guint * widths)
{
  for (guint i = 0; i < engine->n_threads; i++) {
    g_autofree gchar *name = show_thread_name (engine, i);

    widths[i] = strlen (name);
  }
  for (guint i = 0; i < engine->n_steps; i++) {
    const EngineStep *step = &engine->trace[i];
    g_autofree gchar *cell = cell_of (engine, step);

    widths[step->thread] = MAX (widths[step->thread], strlen (cell));
  }
}

static void
append_row (GString * out, const gchar * first, const guint * widths, guint column,
    const gchar * cell)
{
  g_string_append_printf (out, "%5s", first);
  for (guint i = 0; i < column; i++)
    g_string_append_printf (out, "  %-*s", (gint) widths[i], "");
  g_string_append_printf (out, "  %s\n", cell);
}

/* A livelock has thousands of steps, which say the same again and again. */
#define FIRST_SHOWN 60
#define LAST_SHOWN 30

static gboolean
is_shown (const Engine * engine, guint step)
{
  return engine->n_steps <= 2 * FIRST_SHOWN || step < FIRST_SHOWN
      || step + LAST_SHOWN >= engine->n_steps;
}

static void
append_head (const Engine * engine, const guint * widths, GString * out)
{
  g_string_append (out, " step");
  for (guint i = 0; i < engine->n_threads; i++) {
    g_autofree gchar *name = show_thread_name (engine, i);
    gboolean last = i + 1 == engine->n_threads;

    g_string_append_printf (out, "  %-*s", last ? 0 : (gint) widths[i], name);
  }
  g_string_append_c (out, '\n');
}

void
show_table (const Engine * engine, GString * out)
{
  guint widths[SHMDIAG_MAX_THREADS] = { 0 };

  measure (engine, widths);
  append_head (engine, widths, out);
  for (guint i = 0; i < engine->n_steps; i++) {
    const EngineStep *step = &engine->trace[i];
    g_autofree gchar *cell = NULL;
    g_autofree gchar *first = g_strdup_printf ("%u", i + 1);

    if (i == FIRST_SHOWN && !is_shown (engine, i))
      g_string_append_printf (out, "  ...  %u steps\n",
          engine->n_steps - FIRST_SHOWN - LAST_SHOWN);
    if (!is_shown (engine, i))
      continue;
    cell = cell_of (engine, step);
    append_row (out, first, widths, step->thread, cell);
  }
  if (engine->property[0])
    g_string_append_printf (out, "broken: %s: %s\n", engine->property, engine->message);
  else
    g_string_append (out, "nothing is broken\n");
}
