/* Our own producer: the writer of proto/ with the behaviour that shmsink documents.
 * Waits for a client and for space, never fails for want of them, never grows. */
#include "config.h"
#include "role/ref-producer.h"

#include "base/deadline.h"
#include "base/status.h"

#include <glib-unix.h>

/* How often a role that only counts tells its counters. */
#define PROGRESS_MS 50

/* --- what the writer tells --- */

static void
on_client_opened (gpointer user, guint client)
{
  RefProducer *self = user;
  TraceEvent event = actor_event (self->actor, TRACE_CONNECTED);

  event.connected.peer = client;
  actor_emit (self->actor, &event, NULL);
  ref_producer_schedule (self);
}

static void
on_client_closed (gpointer user, guint client, const GError * why)
{
  RefProducer *self = user;
  TraceEvent event = actor_event (self->actor, TRACE_DISCONNECTED);

  event.disconnected.peer = client;
  actor_emit (self->actor, &event, "%s", why ? why->message : "left");
  ref_producer_schedule (self);
}

static void finish_if_drained (RefProducer * self);

static void
on_space_freed (gpointer user)
{
  RefProducer *self = user;
  guint64 released = self->n_sent - conn_writer_n_outstanding (self->writer);
  gboolean is_news = released != self->n_released;

  self->n_released = released;
  if (is_news && !self->count_only) {
    TraceEvent event = actor_event (self->actor, TRACE_PROGRESS);

    event.progress.buffers = (gint64) released;
    actor_emit (self->actor, &event, "released");
  }
  ref_producer_schedule (self);
  finish_if_drained (self);
}

static gboolean
on_progress (gpointer data)
{
  RefProducer *self = data;
  TraceEvent event = actor_event (self->actor, TRACE_PROGRESS);

  event.progress.buffers = (gint64) self->n_sent;
  event.progress.bytes = self->n_bytes;
  actor_emit (self->actor, &event, "sent");
  return G_SOURCE_CONTINUE;
}

/* --- commands --- */

static gboolean
on_writer_ready (gint fd, GIOCondition condition, gpointer data)
{
  RefProducer *self = data;
  g_autoptr (GError) error = NULL;

  if (conn_writer_dispatch (self->writer, &error))
    return G_SOURCE_CONTINUE;
  self->writer_source = 0;
  ref_producer_fail (self, error->message);
  return G_SOURCE_REMOVE;
}

static void
start (RefProducer * self, const ActorCommand * command)
{
  static const ConnWriterEvents events = {
    .client_opened = on_client_opened,
    .client_closed = on_client_closed,
    .space_freed = on_space_freed,
  };
  ConnWriterConfig config = {
    .path = actor_get (self->actor, "socket"),
    .area_size = (guint64) actor_int (self->actor, "shm-size"),
    .perms = (guint) g_ascii_strtoull (actor_get (self->actor, "perms"), NULL, 8),
  };
  g_autoptr (GError) error = NULL;
  gint64 begin_ns = deadline_now_ns ();
  TraceEvent event;

  self->area_size = config.area_size;
  self->writer = conn_writer_new (&config, &events, self, &error);
  event = actor_event (self->actor, TRACE_STARTED);
  event.started.took_us = (event.time_ns - begin_ns) / 1000;
  if (self->writer)
    self->writer_source = g_unix_fd_add (conn_writer_fd (self->writer), G_IO_IN,
        on_writer_ready, self);
  if (self->writer && self->count_only)
    self->progress_source = g_timeout_add (PROGRESS_MS, on_progress, self);
  actor_emit (self->actor, &event, "%s", error ? error->message : config.path);
  actor_done (self->actor, command->serial, error ? error->message : NULL);
  ref_producer_schedule (self);
}

static void
allocate (RefProducer * self, const ActorCommand * command)
{
  g_autoptr (GError) error = NULL;

  for (gint64 i = 0; i < command->count && !error; i++) {
    guint64 seq = self->next_seq;
    ConnBlock *block = conn_writer_alloc (self->writer, self->buffer_size, &error);

    ref_producer_tell_memory (self, seq, block);
    if (block) {
      RefAhead *ahead = g_new0 (RefAhead, 1);

      ahead->block = block;
      ahead->seq = self->next_seq++;
      g_queue_push_tail (&self->ahead, ahead);
    }
  }
  actor_done (self->actor, command->serial, error ? error->message : NULL);
}

static void
resize (RefProducer * self, const ActorCommand * command)
{
  g_autoptr (GError) error = NULL;
  gboolean resized = conn_writer_resize (self->writer, command->size, &error);
  TraceEvent event = actor_event (self->actor, TRACE_RESIZED);

  if (resized)
    self->area_size = command->size;
  event.resized.asked = command->size;
  event.resized.reported = resized ? (gint64) command->size : 0;
  actor_emit (self->actor, &event, "%s", resized ? "ok" : error->message);
  actor_done (self->actor, command->serial, resized ? NULL : error->message);
  ref_producer_schedule (self);
}

static void
finish (RefProducer * self)
{
  actor_exit (self->actor, self->failed ? STATUS_FAIL : STATUS_PASS);
}

static void
end_stream (RefProducer * self)
{
  TraceEvent event = actor_event (self->actor, TRACE_EOS);

  event.eos.held = self->writer ? conn_writer_n_outstanding (self->writer) : 0;
  self->ending = FALSE;
  g_clear_handle_id (&self->eos_source, g_source_remove);
  actor_emit (self->actor, &event, NULL);
  finish (self);
}

static void
finish_if_drained (RefProducer * self)
{
  if (self->ending && conn_writer_n_outstanding (self->writer) == 0)
    end_stream (self);
}

/* Nothing was acknowledged for a while. What a consumer keeps stays readable to it after we are
 * gone, so it is no reason to wait for ever. */
static gboolean
on_eos_idle (gpointer data)
{
  RefProducer *self = data;

  if (self->released_before != self->n_released) {
    self->released_before = self->n_released;
    return G_SOURCE_CONTINUE;
  }
  self->eos_source = 0;
  end_stream (self);
  return G_SOURCE_REMOVE;
}

static void
stop (RefProducer * self, const ActorCommand * command)
{
  self->to_produce = 0;
  if (!g_str_equal (command->text, "EOS")) {
    finish (self);
    return;
  }
  if (!self->writer || !self->wait_for_client) {
    end_stream (self);          /* as documented: only with wait-for-connection it waits for ACKs */
    return;
  }
  self->ending = TRUE;
  self->released_before = self->n_released;
  self->eos_source = g_timeout_add ((guint) MAX (command->count / 2, 1), on_eos_idle, self);
  finish_if_drained (self);
}

static void
producer_command (Actor * actor, gpointer data, const ActorCommand * command)
{
  RefProducer *self = data;

  if (!self->writer && command->verb != ROLE_START && command->verb != ROLE_STOP) {
    actor_done (actor, command->serial, "not started");
    return;
  }
  switch ((RoleVerb) command->verb) {
    case ROLE_START:
      start (self, command);
      break;
    case ROLE_PRODUCE:
      if (command->count < 0)
        self->to_produce = -1;
      else if (self->to_produce >= 0)
        self->to_produce += command->count;
      actor_done (actor, command->serial, NULL);
      ref_producer_schedule (self);
      break;
    case ROLE_ALLOCATE:
      allocate (self, command);
      break;
    case ROLE_RESIZE:
      resize (self, command);
      break;
    case ROLE_STOP:
      stop (self, command);
      break;
    default:
      actor_done (actor, command->serial, "not for a producer");
      break;
  }
}

static void
producer_terminate (Actor * actor, gpointer data)
{
  finish (data);
}

static gpointer
producer_create (Actor * actor, GError ** error)
{
  RefProducer *self = g_new0 (RefProducer, 1);
  const gchar *path = actor_get (actor, "path");

  self->actor = actor;
  self->next_seq = 1;
  self->buffer_size = (guint64) actor_int (actor, "buffer-size");
  self->wait_for_client = actor_bool (actor, "wait-for-connection");
  self->count_only = g_strcmp0 (actor_get (actor, "events"), "count") == 0;
  self->tell_memory = g_strcmp0 (path, "alloc") == 0 || g_strcmp0 (path, "pool") == 0;
  self->pool_max = g_strcmp0 (path, "pool") == 0 ? actor_int (actor, "pool-max") : 0;
  self->pace_ms = (guint) (actor_seconds (actor, "pace") * 1000);
  /* These sources run freely from their start. */
  if (g_str_has_prefix (path, "test") || g_strcmp0 (path, "fake") == 0)
    self->to_produce = -1;
  g_queue_init (&self->ahead);
  if (self->buffer_size >= ROLE_PAYLOAD_MIN)
    return self;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
      "buffer-size: too small for a numbered payload: %" G_GUINT64_FORMAT, self->buffer_size);
  g_free (self);
  return NULL;
}

static void
producer_destroy (gpointer data)
{
  RefProducer *self = data;

  g_clear_handle_id (&self->writer_source, g_source_remove);
  g_clear_handle_id (&self->progress_source, g_source_remove);
  for (RefAhead * ahead; (ahead = g_queue_pop_head (&self->ahead));) {
    conn_writer_free_block (self->writer, ahead->block);
    g_free (ahead);
  }
  self->ending = FALSE;
  conn_writer_free (self->writer);
  /* Last: the end of the clients was told to us, too. */
  g_clear_handle_id (&self->pump_source, g_source_remove);
  g_clear_handle_id (&self->pace_source, g_source_remove);
  g_clear_handle_id (&self->eos_source, g_source_remove);
  g_free (self);
}

const RoleClass role_ref_producer = {
  .name = "ref-producer",
  .side = TRACE_SIDE_PRODUCER,
  .element = "ref",
  .create = producer_create,
  .command = producer_command,
  .terminate = producer_terminate,
  .destroy = producer_destroy,
};
