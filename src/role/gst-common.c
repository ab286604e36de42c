#include "config.h"
#include "role/gst-common.h"

#include "base/status.h"

#include <string.h>

/* A library in a loop must not fill the trace. */
#define MAX_LOG_NOTES 20

/* Where Debian and its kin have the elements that we use ourselves. */
static const struct
{
  const gchar *element, *package;
} packages[] = {
  {"appsink", "gstreamer1.0-plugins-base"},
  {"appsrc", "gstreamer1.0-plugins-base"},
  {"capsfilter", "libgstreamer1.0-0"},
  {"fakesink", "libgstreamer1.0-0"},
  {"shmsink", "gstreamer1.0-plugins-bad"},
  {"shmsrc", "gstreamer1.0-plugins-bad"},
  {"videotestsrc", "gstreamer1.0-plugins-base"},
};

/* --- building --- */

static void
set_missing_error (GError ** error, const gchar * element)
{
  for (gsize i = 0; i < G_N_ELEMENTS (packages); i++) {
    if (g_str_equal (packages[i].element, element)) {
      g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
          "%s: element not found: is %s installed?", element, packages[i].package);
      return;
    }
  }
  g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
      "%s: element not found: is its plugin installed?", element);
}

GstElement *
role_gst_parse (const gchar * description, GError ** error)
{
  g_autoptr (GstParseContext) context = gst_parse_context_new ();
  g_autoptr (GError) parse_error = NULL;
  g_auto (GStrv) missing = NULL;
  GstElement *element = gst_parse_launch_full (description, context,
      GST_PARSE_FLAG_FATAL_ERRORS, &parse_error);
  GstElement *pipeline;

  missing = gst_parse_context_get_missing_elements (context);
  /* An element with a property that it does not have is listed, too. */
  if (missing && missing[0]
      && g_error_matches (parse_error, GST_PARSE_ERROR, GST_PARSE_ERROR_NO_SUCH_ELEMENT)) {
    set_missing_error (error, missing[0]);
    g_clear_pointer (&element, gst_object_unref);
    return NULL;
  }
  if (!element) {
    g_set_error (error, GST_PARSE_ERROR, GST_PARSE_ERROR_SYNTAX,
        "pipeline: %s: %s", parse_error ? parse_error->message : "not understood", description);
    return NULL;
  }
  if (GST_IS_PIPELINE (element))
    return gst_object_ref_sink (element);
  pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  gst_bin_add (GST_BIN (pipeline), element);
  return pipeline;
}

/* --- what is under test --- */

gchar *
role_gst_describe (GstElement * element)
{
  GstElementFactory *factory = gst_element_get_factory (element);
  g_autoptr (GstPlugin) plugin = factory
      ? gst_plugin_feature_get_plugin (GST_PLUGIN_FEATURE (factory)) : NULL;
  const gchar *file = plugin ? gst_plugin_get_filename (plugin) : NULL;

  return g_strdup_printf ("%s %s %s", factory ? GST_OBJECT_NAME (factory)
      : G_OBJECT_TYPE_NAME (element), plugin ? gst_plugin_get_version (plugin) : "0",
      file ? file : "-");
}

void
role_gst_tell_target (RoleGst * self, GstElement * element, guint64 area_size)
{
  TraceEvent event = actor_event (self->actor, TRACE_TARGET);
  g_autofree gchar *words = role_gst_describe (element);

  event.target.shm_size = area_size;
  actor_emit (self->actor, &event, "%s", words);
}

GstElement *
role_gst_element (RoleGst * self, const gchar * name)
{
  g_autoptr (GstElement) element = gst_bin_get_by_name (GST_BIN (self->pipeline), name);

  return element;               /* the pipeline keeps it */
}

void
role_gst_set (GstElement * element, const gchar * property, const gchar * format, ...)
{
  g_autofree gchar *value = NULL;
  va_list args;

  if (!g_object_class_find_property (G_OBJECT_GET_CLASS (element), property))
    return;
  va_start (args, format);
  value = g_strdup_vprintf (format, args);
  va_end (args);
  gst_util_set_object_arg (G_OBJECT (element), property, value);
}

/* --- the bus --- */

/* The element's own words, if it had any; the source file, function and object path before them
 * would not leave room. */
static const gchar *
own_words (const gchar * debug)
{
  const gchar *newline = debug ? strchr (debug, '\n') : NULL;

  return newline ? newline + 1 : "";
}

/* Caller frees. */
static gchar *
describe (const GError * problem, const gchar * debug)
{
  const gchar *words = own_words (debug);

  return g_strconcat (problem->message, *words ? "; " : "", words, NULL);
}

static void
tell_message (RoleGst * self, TraceKind kind, const GError * problem, const gchar * debug)
{
  TraceEvent event = actor_event (self->actor, kind);
  g_autofree gchar *text = describe (problem, debug);

  event.bus_error.code = problem->code;
  actor_emit (self->actor, &event, "%s: %s", g_quark_to_string (problem->domain), text);
}

static void
note_error (RoleGst * self, GstMessage * message)
{
  g_autoptr (GError) problem = NULL;
  g_autofree gchar *debug = NULL;

  gst_message_parse_error (message, &problem, &debug);
  g_atomic_int_inc (&self->n_errors);
  g_mutex_lock (&self->lock);
  if (!self->error_text)
    self->error_text = describe (problem, debug);
  g_mutex_unlock (&self->lock);
  tell_message (self, TRACE_BUS_ERROR, problem, debug);
  if (self->on_error)
    self->on_error (self->error_user, GST_MESSAGE_SRC (message), problem, own_words (debug));
}

static void
note_warning (RoleGst * self, GstMessage * message)
{
  g_autoptr (GError) problem = NULL;
  g_autofree gchar *debug = NULL;

  gst_message_parse_warning (message, &problem, &debug);
  tell_message (self, TRACE_BUS_WARNING, problem, debug);
}

static void
stop_waiting (RoleGst * self)
{
  void (*then) (gpointer) = self->then;

  g_clear_handle_id (&self->patience_source, g_source_remove);
  self->then = NULL;
  if (then)
    then (self->then_user);
}

static gboolean
on_eos (gpointer data)
{
  stop_waiting (data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_patience_over (gpointer data)
{
  RoleGst *self = data;
  gint left_ms = deadline_poll_ms (self->patience);

  if (left_ms > 0) {            /* we stood still meanwhile */
    self->patience_source = g_timeout_add ((guint) left_ms, on_patience_over, self);
    return G_SOURCE_REMOVE;
  }
  self->patience_source = 0;
  stop_waiting (self);
  return G_SOURCE_REMOVE;
}

static void
note_eos (RoleGst * self)
{
  TraceEvent event = actor_event (self->actor, TRACE_EOS);

  g_atomic_int_set (&self->at_eos, TRUE);
  actor_emit (self->actor, &event, NULL);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_eos, self, NULL);
}

/* Runs in the thread that posts. It is the only one to see what is posted within READY->NULL: a
 * pipeline flushes its bus there. Everything is passed on, so that popping shows what it would. */
static GstBusSyncReply
on_message (GstBus * bus, GstMessage * message, gpointer data)
{
  RoleGst *self = data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      note_error (self, message);
      break;
    case GST_MESSAGE_WARNING:
      note_warning (self, message);
      break;
    case GST_MESSAGE_EOS:
      if (GST_MESSAGE_SRC (message) == GST_OBJECT (self->pipeline))
        note_eos (self);
      break;
    default:
      break;
  }
  return GST_BUS_PASS;
}

void
role_gst_wait_eos (RoleGst * self, guint patience_ms, void (*then) (gpointer), gpointer user)
{
  self->then = then;
  self->then_user = user;
  self->patience = deadline_in (patience_ms / 1e3);
  if (g_atomic_int_get (&self->at_eos))
    stop_waiting (self);
  else
    self->patience_source = g_timeout_add (patience_ms, on_patience_over, self);
}

void
role_gst_tell_popped (RoleGst * self)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  TraceEvent event;
  gint64 count = 0;

  for (GstMessage * message; (message = gst_bus_pop (bus)); gst_message_unref (message))
    count += (GST_MESSAGE_TYPE (message) & (GST_MESSAGE_ERROR | GST_MESSAGE_WARNING)) != 0;
  event = actor_event (self->actor, TRACE_BUS_POPPED);
  event.bus_popped.messages = count;
  actor_emit (self->actor, &event, NULL);
}

gint
role_gst_status (RoleGst * self)
{
  return g_atomic_int_get (&self->n_errors) > 0 ? STATUS_FAIL : STATUS_PASS;
}

/* --- states --- */

static const gchar *
result_name (GstStateChangeReturn result)
{
  switch (result) {
    case GST_STATE_CHANGE_FAILURE:
      return "failure";
    case GST_STATE_CHANGE_SUCCESS:
      return "success";
    case GST_STATE_CHANGE_ASYNC:
      return "async";
    case GST_STATE_CHANGE_NO_PREROLL:
      return "no-preroll";
  }
  return "unknown";
}

static void
forget_last_run (RoleGst * self)
{
  g_atomic_int_set (&self->at_eos, FALSE);
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->error_text, g_free);
  g_mutex_unlock (&self->lock);
}

gboolean
role_gst_set_state (RoleGst * self, GstState state)
{
  GstState from = GST_STATE (self->pipeline);
  TraceEvent begin = actor_event (self->actor, TRACE_STATE), event;
  GstStateChangeReturn result;

  if (state > from)
    forget_last_run (self);
  result = gst_element_set_state (self->pipeline, state);
  event = actor_event (self->actor, TRACE_STATE);
  event.state.took_us = (event.time_ns - begin.time_ns) / 1000;
  actor_emit (self->actor, &event, "%s->%s %s", gst_element_state_get_name (from),
      gst_element_state_get_name (state), result_name (result));
  return result != GST_STATE_CHANGE_FAILURE;
}

gchar *
role_gst_dup_error (RoleGst * self)
{
  gchar *text;

  g_mutex_lock (&self->lock);
  text = g_strdup (self->error_text ? self->error_text : "the state change failed");
  g_mutex_unlock (&self->lock);
  return text;
}

/* --- life --- */

/* What a library complains of in here is evidence about the elements, and not our end. */
static void
on_log (const gchar * domain, GLogLevelFlags level, const gchar * message, gpointer data)
{
  static gint n_told = 0;
  Actor *actor = data;

  if (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)
      && g_atomic_int_add (&n_told, 1) < MAX_LOG_NOTES) {
    TraceEvent event = actor_event (actor, TRACE_NOTE);

    actor_emit (actor, &event, "%s-%s: %s", domain ? domain : "",
        level & G_LOG_LEVEL_CRITICAL ? "CRITICAL" : "WARNING", message);
  }
  g_log_default_handler (domain, level, message, NULL);
}

static gboolean
init (GError ** error)
{
  gst_segtrap_set_enabled (FALSE);
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_FLAG_RECURSION);
  return gst_init_check (NULL, NULL, error);
}

gboolean
role_gst_open (RoleGst * self, Actor * actor, const gchar * description, GError ** error)
{
  g_autoptr (GstBus) bus = NULL;

  if (!init (error) || !(self->pipeline = role_gst_parse (description, error)))
    return FALSE;
  self->actor = actor;
  g_log_set_default_handler (on_log, actor);
  g_mutex_init (&self->lock);
  bus = gst_element_get_bus (self->pipeline);
  gst_bus_set_sync_handler (bus, on_message, self, NULL);
  return TRUE;
}

void
role_gst_close (RoleGst * self)
{
  if (!self->pipeline)
    return;
  gst_clear_object (&self->pipeline);
  g_log_set_default_handler (g_log_default_handler, NULL);
  while (g_idle_remove_by_data (self));
  g_clear_handle_id (&self->patience_source, g_source_remove);
  g_clear_pointer (&self->error_text, g_free);
  g_mutex_clear (&self->lock);
}
