/* shmstress explore, replay: models under every interleaving of their threads. */
#include "config.h"
#include "base/error.h"
#include "shmstress/explore.h"
#include "shmstress/commands.h"

#include "base/parse.h"
#include "base/text.h"
#include "models/registry.h"
#include "explore/schedule.h"
#include "explore/show.h"
#include "session/session.h"

/* How long a counter-example may be made smaller, in seconds. */
#define MINIMISE 20.0
#define PREEMPTIONS_MAX 64

typedef struct
{
  gchar *target, *budget, *schedules, *strategy, *threads, *preemptions, *seed, *svg, *format;
  gchar *memory;
  gboolean list;

  /* from here on what check_options() made of them */
  SearchLimits limits;
  gint64 n_threads;             /* 0: as the model has it */
  EngineMemory order;
  gboolean json;
  GPtrArray *models;
  guint n_printed;
  gboolean drawn;               /* the chart */
  GString *summary;             /* a line a model */
} Explore;

static void
explore_clear (Explore * self)
{
  gchar *texts[] = { self->target, self->budget, self->schedules, self->strategy, self->threads,
    self->preemptions, self->seed, self->svg, self->format, self->memory
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_clear_pointer (&self->models, g_ptr_array_unref);
  if (self->summary)
    g_string_free (self->summary, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Explore, explore_clear);

/* --- options --- */

static gboolean
parse_number (const gchar * option, const gchar * text, gint64 min, gint64 max, gint64 * out,
    GError ** error)
{
  if (!text || parse_int (text, min, max, out, error))
    return TRUE;
  g_prefix_error (error, "--%s: ", option);
  return FALSE;
}

static gboolean
check_numbers (Explore * self, GError ** error)
{
  gint64 schedules = 0, preemptions = PREEMPTIONS_MAX, seed = g_get_real_time () / G_USEC_PER_SEC;

  self->limits.seconds = 30;
  if (self->budget && !parse_seconds (self->budget, &self->limits.seconds, error)) {
    g_prefix_error (error, "--budget: ");
    return FALSE;
  }
  if (!parse_number ("schedules", self->schedules, 1, G_MAXINT64, &schedules, error)
      || !parse_number ("threads", self->threads, 1, SHMDIAG_MAX_THREADS, &self->n_threads, error)
      || !parse_number ("preemptions", self->preemptions, 0, PREEMPTIONS_MAX, &preemptions, error)
      || !parse_number ("seed", self->seed, 0, G_MAXINT64, &seed, error))
    return FALSE;
  /* So many schedules are so many, however long they take. */
  if (schedules && !self->budget)
    self->limits.seconds = 1e9;
  self->limits.n_schedules = schedules;
  self->limits.preemptions = preemptions;
  self->limits.seed = seed;
  self->limits.is_cancelled = session_is_interrupted;
  return TRUE;
}

static gboolean
check_options (Explore * self, GError ** error)
{
  static const gchar *const formats[] = { "text", "json", NULL };
  static const gchar *const memories[] = { "sc", "tso", NULL };

  if (!session_is_one_of ("strategy", self->strategy, search_strategies, error)
      || !session_is_one_of ("format", self->format, formats, error)
      || !session_is_one_of ("memory", self->memory, memories, error)
      || !check_numbers (self, error))
    return FALSE;
  for (guint i = 0; self->strategy && search_strategies[i]; i++)
    if (g_str_equal (self->strategy, search_strategies[i]))
      self->limits.strategy = i;
  self->order = g_strcmp0 (self->memory, "tso") == 0 ? ENGINE_TSO : ENGINE_SC;
  self->json = g_strcmp0 (self->format, "json") == 0;
  self->models = models_load (self->target, error);
  return self->models != NULL;
}

/* --- a model --- */

static gboolean
takes_threads (const ShmdiagModel * model, guint n)
{
  guint least = model->min_threads ? model->min_threads : model->n_threads;
  guint most = model->max_threads ? model->max_threads : model->n_threads;

  return n >= least && n <= most;
}

/* Of the first counter-example. */
static gboolean
write_chart (Explore * self, const Engine * engine, GError ** error)
{
  g_autoptr (GString) chart = g_string_new (NULL);

  if (!self->svg || self->drawn)
    return TRUE;
  self->drawn = TRUE;
  show_chart (engine, chart);
  return g_file_set_contents (self->svg, chart->str, chart->len, error);
}

/* A target calls its models, properties and threads what it likes. */
static void
print_printable (const GString * text)
{
  g_autofree gchar *printable = text_lines (text->str);

  g_print ("%s", printable);
}

static void
print_finding (Explore * self, const ExploreFinding * finding)
{
  if (self->json) {
    g_autofree gchar *json = explore_to_json (finding);

    g_print ("%s%s", self->n_printed++ ? ",\n" : "[\n", json);
  } else {
    g_autoptr (GString) text = g_string_new (NULL);

    explore_print_text (finding, text);
    g_print ("%s", self->n_printed++ ? "\n" : "");
    print_printable (text);
    if (self->summary)
      explore_print_line (finding, self->summary);
  }
}

static Status
explore_model (Explore * self, const ShmdiagModel * model)
{
  guint n_threads = self->n_threads ? self->n_threads : model->n_threads;
  Engine *engine = engine_new (model, n_threads);
  g_autoptr (GArray) schedule = NULL;
  g_autofree gchar *token = NULL;
  g_autoptr (GError) error = NULL;
  SearchResult result;
  Status status = STATUS_PASS;

  engine->memory = self->order;
  search_run (engine, &self->limits, &result);
  if (result.found) {
    status = STATUS_FAIL;
    schedule = schedule_minimise (engine, MINIMISE);
    token = schedule_to_token (schedule, engine, models_build (self->target));
  }
  print_finding (self, &(ExploreFinding) { engine, &result, self->limits.seed, token,
      self->target });
  if (result.found && !write_chart (self, engine, &error))
    status = command_error (STATUS_USAGE, "explore: --svg: %s", error->message);
  engine_free (engine);
  return status;
}

/* --- explore --- */

static Status
list_models (const Explore * self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->models->len; i++) {
    const ShmdiagModel *model = g_ptr_array_index (self->models, i);
    const gchar *expects = engine_expects (model, self->order);

    g_string_append_printf (text, "%-26s %u threads  %s%s%s%s\n", model->name, model->n_threads,
        model->summary, expects ? " (breaks " : "", expects ? expects : "", expects ? ")" : "");
  }
  print_printable (text);
  return STATUS_PASS;
}

/* Appends those of CANDIDATES that can have as many threads as was asked for. */
static void
add_fitting (const Explore * self, const GPtrArray * candidates, GPtrArray * selected)
{
  for (guint i = 0; i < candidates->len; i++) {
    const ShmdiagModel *model = g_ptr_array_index (candidates, i);

    if (!self->n_threads || takes_threads (model, self->n_threads))
      g_ptr_array_add (selected, (gpointer) model);
  }
}

static gboolean
select_named (const Explore * self, const gchar * name, GPtrArray * selected, GError ** error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  guint n_before = selected->len;

  if (!models_find (self->models, name, found))
    return error_input (error, "no such model: %s", name);
  add_fitting (self, found, selected);
  if (selected->len > n_before)
    return TRUE;
  return error_input (error, "--threads: not for %s: %d", name, (gint) self->n_threads);
}

static GPtrArray *
models_that_hold (const Explore * self)
{
  GPtrArray *models = g_ptr_array_new ();

  for (guint i = 0; i < self->models->len; i++) {
    const ShmdiagModel *model = g_ptr_array_index (self->models, i);

    if (!engine_expects (model, self->order))
      g_ptr_array_add (models, (gpointer) model);
  }
  return models;
}

/* The models and families that NAMES say; without any, those not known to be broken. NULL:
 * ERROR. */
static GPtrArray *
select_models (const Explore * self, gchar ** names, GError ** error)
{
  g_autoptr (GPtrArray) selected = g_ptr_array_new ();
  g_autoptr (GPtrArray) all = models_that_hold (self);

  if (!names[0])
    add_fitting (self, all, selected);
  for (; names[0]; names++) {
    if (!select_named (self, names[0], selected, error))
      return NULL;
  }
  if (selected->len == 0) {
    error_input (error, "no model to explore");
    return NULL;
  }
  return g_steal_pointer (&selected);
}

static Status
explore_all (Explore * self, gchar ** names)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) models = select_models (self, names, &error);
  Status status = STATUS_PASS;

  if (!models)
    return command_error (STATUS_USAGE, "explore: %s", error->message);
  session_catch_interrupt ();
  if (models->len > 1 && !self->json)
    self->summary = g_string_new (NULL);
  for (guint i = 0; i < models->len && !session_is_interrupted (); i++) {
    Status one = explore_model (self, g_ptr_array_index (models, i));

    status = MAX (status, one);
  }
  if (self->json)
    g_print ("\n]\n");
  if (self->summary) {
    g_print ("\n");
    print_printable (self->summary);
  }
  session_end_interrupted ();
  return status;
}

Status
command_explore (gint argc, gchar ** argv)
{
  g_auto (Explore) self = { 0 };
  g_autoptr (GError) error = NULL;
  const GOptionEntry options[] = {
    {"target", 't', 0, G_OPTION_ARG_FILENAME, &self.target, "models of a shared object", "FILE"},
    {"list", 'l', 0, G_OPTION_ARG_NONE, &self.list, "list the models", NULL},
    {"budget", 'b', 0, G_OPTION_ARG_STRING, &self.budget, "time for a model (default 30s)", "T"},
    {"schedules", 'n', 0, G_OPTION_ARG_STRING, &self.schedules, "how many at most", "N"},
    {"strategy", 0, 0, G_OPTION_ARG_STRING, &self.strategy,
        "rotate, random, pct or bounded (default rotate)", "S"},
    {"threads", 0, 0, G_OPTION_ARG_STRING, &self.threads, "threads of the model", "N"},
    {"preemptions", 0, 0, G_OPTION_ARG_STRING, &self.preemptions,
        "bound of the bounded search (default: as there is time)", "N"},
    {"memory", 0, 0, G_OPTION_ARG_STRING, &self.memory,
        "sc or tso: stores stay in buffers for a while (default sc)", "M"},
    {"no-reduction", 0, 0, G_OPTION_ARG_NONE, &self.limits.unreduced,
        "bounded: do not skip equivalent schedules", NULL},
    {"seed", 's', 0, G_OPTION_ARG_STRING, &self.seed, "seed of the random choices", "N"},
    {"svg", 0, 0, G_OPTION_ARG_FILENAME, &self.svg, "draw the counter-example", "FILE"},
    {"format", 'f', 0, G_OPTION_ARG_STRING, &self.format, "text or json (default text)", "F"},
    {NULL}
  };

  if (!command_parse (&argc, &argv, "explore", "[MODEL...]",
          "Runs the threads of a model in every order, or in as many as there is time for, and\n"
          "prints the order that breaks a property.", options))
    return STATUS_USAGE;
  if (!check_options (&self, &error))
    return command_error (STATUS_USAGE, "explore: %s", error->message);
  return self.list ? list_models (&self) : explore_all (&self, argv + 1);
}

/* --- replay --- */

static const ShmdiagModel *
model_of (const Explore * self, const ScheduleToken * token)
{
  for (guint i = 0; i < self->models->len; i++) {
    const ShmdiagModel *model = g_ptr_array_index (self->models, i);

    if (schedule_model_hash (model) == token->model && takes_threads (model, token->n_threads))
      return model;
  }
  return NULL;
}

static Status
replay_token (Explore * self, const ShmdiagModel * model, const ScheduleToken * token)
{
  Engine *engine = engine_new (model, token->n_threads);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  Status status;

  engine->memory = token->memory;
  engine->recording = TRUE;
  status = schedule_run (engine, token->schedule) ? STATUS_PASS : STATUS_FAIL;
  g_string_printf (text, "%s, %u threads%s\n", model->name, token->n_threads,
      explore_memory (engine));
  show_table (engine, text);
  print_printable (text);
  if (!write_chart (self, engine, &error))
    status = command_error (STATUS_USAGE, "replay: --svg: %s", error->message);
  engine_free (engine);
  return status;
}

static Status
replay (Explore * self, const gchar * text)
{
  ScheduleToken token;
  const ShmdiagModel *model;
  Status status;

  if (!schedule_from_token (text, &token))
    return command_error (STATUS_USAGE, "replay: not a token: %s", text);
  model = model_of (self, &token);
  if (token.build != models_build (self->target))
    status = command_error (STATUS_USAGE, "replay: token of another build");
  else if (!model)
    status = command_error (STATUS_USAGE, "replay: token of another model");
  else
    status = replay_token (self, model, &token);
  schedule_token_clear (&token);
  return status;
}

Status
command_replay (gint argc, gchar ** argv)
{
  g_auto (Explore) self = { 0 };
  g_autoptr (GError) error = NULL;
  const GOptionEntry options[] = {
    {"target", 't', 0, G_OPTION_ARG_FILENAME, &self.target, "models of a shared object", "FILE"},
    {"svg", 0, 0, G_OPTION_ARG_FILENAME, &self.svg, "draw the schedule", "FILE"},
    {NULL}
  };

  if (!command_parse (&argc, &argv, "replay", "TOKEN",
          "Runs the schedule that a token of explore stands for, and prints it.", options))
    return STATUS_USAGE;
  if (argc != 2)
    return command_error (STATUS_USAGE, "replay: one token is needed");
  self.models = models_load (self.target, &error);
  if (!self.models)
    return command_error (STATUS_USAGE, "replay: %s", error->message);
  return replay (&self, argv[1]);
}
