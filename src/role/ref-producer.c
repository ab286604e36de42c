/* Our own producer: the writer of proto/ with the behaviour that shmsink documents.
 * Waits for a client and for space, never fails for want of them, never grows. */
#include "config.h"
#include "role/role.h"

#include "base/deadline.h"
#include "base/status.h"
#include "proto/conn-writer.h"

#include <glib-unix.h>

/* Buffers handed over between two looks at commands and ACKs. */
#define BURST 64
/* Messages that wait for a slow client: more than that are not made before some have gone. */
#define QUEUED_MAX 1024
/* How often a role that only counts tells its counters. */
#define PROGRESS_MS 50

typedef struct
{
  ConnBlock *block;
  guint64 seq;
} Ahead;

typedef struct
{
  Role *role;
  ConnWriter *writer;
  guint writer_source, pump_source, pace_source, progress_source, eos_source;

  guint64 buffer_size, area_size;
  gboolean wait_for_client;
  gboolean count_only;
  gboolean tell_memory;
  gint64 pool_max;              /* buffers out at most; 0: as many as fit */
  guint pace_ms;

  gint64 to_produce;            /* -1: no end */
  guint64 next_seq;
  GQueue ahead;                 /* Ahead*, allocated and not yet sent */
  guint64 n_sent, n_released, n_bytes;
  gboolean full;                /* told so, and no space found since */
  gboolean failed;
  gboolean ending;              /* EOS was asked for */
  guint64 released_before;      /* when on_eos_idle() last looked */
} Producer;

static void schedule_pump (Producer * self);

/* --- what the writer tells --- */

static void
on_client_opened (gpointer user, guint client)
{
  Producer *self = user;
  TraceEvent event = role_event (self->role, TRACE_CONNECTED);

  event.value = client;
  role_emit (self->role, &event, NULL);
  schedule_pump (self);
}

static void
on_client_closed (gpointer user, guint client, const GError * why)
{
  Producer *self = user;
  TraceEvent event = role_event (self->role, TRACE_DISCONNECTED);

  event.value = client;
  role_emit (self->role, &event, "%s", why ? why->message : "left");
  schedule_pump (self);
}

static void finish_if_drained (Producer * self);

static void
on_space_freed (gpointer user)
{
  Producer *self = user;
  guint64 released = self->n_sent - conn_writer_n_outstanding (self->writer);
  gboolean is_news = released != self->n_released;

  self->n_released = released;
  if (is_news && !self->count_only) {
    TraceEvent event = role_event (self->role, TRACE_PROGRESS);

    event.value = (gint64) released;
    role_emit (self->role, &event, "released");
  }
  schedule_pump (self);
  finish_if_drained (self);
}

/* --- producing --- */

static void
tell_memory (Producer * self, guint64 seq, const ConnBlock * block)
{
  TraceEvent event = role_event (self->role, TRACE_MEMORY);

  event.seq = seq;
  event.size = self->buffer_size;
  if (block) {
    event.area = conn_block_area (block);
    event.offset = conn_block_offset (block);
  }
  role_emit (self->role, &event, block ? "shm" : "refused");
}

static void
fail (Producer * self, const gchar * message)
{
  TraceEvent event = role_event (self->role, TRACE_BUS_ERROR);

  self->failed = TRUE;
  self->to_produce = 0;
  role_emit (self->role, &event, "ref: %s", message);
}

/* A block for the next buffer, NULL when it has to wait. Sets *SEQ. */
static ConnBlock *
next_block (Producer * self, guint64 * seq)
{
  g_autoptr (GError) error = NULL;
  Ahead *ahead = g_queue_peek_head (&self->ahead);
  ConnBlock *block;

  if (ahead) {
    *seq = ahead->seq;
    return ahead->block;
  }
  if (self->pool_max > 0 && conn_writer_n_outstanding (self->writer) >= self->pool_max)
    return NULL;
  *seq = self->next_seq;
  block = conn_writer_alloc (self->writer, self->buffer_size, &error);
  if (error)
    fail (self, error->message);
  if (block && self->tell_memory)
    tell_memory (self, *seq, block);
  return block;
}

static void
tell_full (Producer * self)
{
  TraceEvent event = role_event (self->role, TRACE_FULL);

  if (self->full || self->failed)
    return;
  self->full = TRUE;
  event.value = conn_writer_n_outstanding (self->writer);
  role_emit (self->role, &event, NULL);
}

/* The time of an event is that of role_event(): these are made before anybody else can have seen
 * the buffer, and told when it is really on its way. */
static TraceEvent
out_event (Producer * self, const ConnBlock * block, guint64 seq, guint64 sum, gboolean may_move)
{
  TraceEvent event = role_event (self->role, TRACE_BUFFER_OUT);

  event.seq = seq;
  event.sum = sum;
  event.size = self->buffer_size;
  if (!may_move) {
    event.area = conn_block_area (block);
    event.offset = conn_block_offset (block);
  }
  return event;
}

static void
drop (Producer * self, ConnBlock * block, guint64 seq)
{
  TraceEvent event = role_event (self->role, TRACE_DROPPED);

  event.seq = seq;
  conn_writer_free_block (self->writer, block);
  if (!self->count_only)
    role_emit (self->role, &event, "no client");
}

static void
count_out (Producer * self, gboolean was_ahead, gboolean sent)
{
  if (was_ahead)
    g_free (g_queue_pop_head (&self->ahead));
  else
    self->next_seq++;
  if (self->to_produce > 0)
    self->to_produce--;
  if (sent) {
    self->n_sent++;
    self->n_bytes += self->buffer_size;
  }
}

/* A block of an old area that can never move into the current one must not block the others. */
static void
drop_if_too_big (Producer * self, ConnBlock * block)
{
  if (self->buffer_size <= self->area_size)
    return;
  conn_writer_free_block (self->writer, block);
  g_free (g_queue_pop_head (&self->ahead));
  fail (self, "a buffer is larger than the area");
}

/* Hands over one buffer. FALSE: it has to wait for space. */
static gboolean
hand_over (Producer * self)
{
  guint64 seq = 0, sum;
  gboolean was_ahead = !g_queue_is_empty (&self->ahead), was_full = self->full;
  gboolean has_client = conn_writer_n_clients (self->writer) > 0;
  ConnBlock *block = next_block (self, &seq);
  TraceEvent out, resumed = role_event (self->role, TRACE_RESUMED);

  if (!block)
    return FALSE;
  resumed.seq = seq;
  sum = role_payload_fill (conn_block_data (block), self->buffer_size, seq);
  out = out_event (self, block, seq, sum, was_ahead);
  if (has_client && !conn_writer_send (self->writer, block)) {
    drop_if_too_big (self, block);
    return FALSE;               /* an ahead block that has to move and cannot yet */
  }
  self->full = FALSE;
  count_out (self, was_ahead, has_client);
  if (was_full)
    role_emit_raw (self->role, &resumed);
  if (!self->count_only)
    role_emit_raw (self->role, &out);
  if (!has_client)
    drop (self, block, seq);
  return TRUE;
}

static gboolean
may_produce (Producer * self)
{
  if (self->to_produce == 0 || !self->writer || self->pace_source != 0
      || conn_writer_n_queued (self->writer) > QUEUED_MAX)
    return FALSE;               /* an ACK, a client or the pace will schedule us */
  return conn_writer_n_clients (self->writer) > 0 || !self->wait_for_client;
}

static gboolean
on_pace (gpointer data)
{
  Producer *self = data;

  self->pace_source = 0;
  schedule_pump (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_pump (gpointer data)
{
  Producer *self = data;

  self->pump_source = 0;
  for (guint i = 0; i < BURST; i++) {
    if (!may_produce (self))
      return G_SOURCE_REMOVE;
    if (!hand_over (self)) {
      tell_full (self);
      return G_SOURCE_REMOVE;   /* freed space or a client will schedule us */
    }
    if (self->pace_ms > 0)
      self->pace_source = g_timeout_add (self->pace_ms, on_pace, self);
  }
  schedule_pump (self);
  return G_SOURCE_REMOVE;
}

static void
schedule_pump (Producer * self)
{
  if (self->pump_source == 0)
    self->pump_source = g_idle_add_full (G_PRIORITY_DEFAULT, on_pump, self, NULL);
}

static gboolean
on_progress (gpointer data)
{
  Producer *self = data;
  TraceEvent event = role_event (self->role, TRACE_PROGRESS);

  event.value = (gint64) self->n_sent;
  event.size = self->n_bytes;
  role_emit (self->role, &event, "sent");
  return G_SOURCE_CONTINUE;
}

/* --- commands --- */

static gboolean
on_writer_ready (gint fd, GIOCondition condition, gpointer data)
{
  Producer *self = data;
  g_autoptr (GError) error = NULL;

  if (conn_writer_dispatch (self->writer, &error))
    return G_SOURCE_CONTINUE;
  self->writer_source = 0;
  fail (self, error->message);
  return G_SOURCE_REMOVE;
}

static void
start (Producer * self, const RoleCommand * command)
{
  static const ConnWriterEvents events = {
    .client_opened = on_client_opened,
    .client_closed = on_client_closed,
    .space_freed = on_space_freed,
  };
  ConnWriterConfig config = {
    .path = role_get (self->role, "socket"),
    .area_size = (guint64) role_int (self->role, "shm-size"),
    .perms = (guint) g_ascii_strtoull (role_get (self->role, "perms"), NULL, 8),
  };
  g_autoptr (GError) error = NULL;
  gint64 begin_ns = deadline_now_ns ();
  TraceEvent event;

  self->area_size = config.area_size;
  self->writer = conn_writer_new (&config, &events, self, &error);
  event = role_event (self->role, TRACE_STARTED);
  event.value = (event.time_ns - begin_ns) / 1000;
  if (self->writer)
    self->writer_source = g_unix_fd_add (conn_writer_fd (self->writer), G_IO_IN,
        on_writer_ready, self);
  if (self->writer && self->count_only)
    self->progress_source = g_timeout_add (PROGRESS_MS, on_progress, self);
  role_emit (self->role, &event, "%s", error ? error->message : config.path);
  role_done (self->role, command->serial, error ? error->message : NULL);
  schedule_pump (self);
}

static void
allocate (Producer * self, const RoleCommand * command)
{
  g_autoptr (GError) error = NULL;

  for (gint64 i = 0; i < command->count && !error; i++) {
    guint64 seq = self->next_seq;
    ConnBlock *block = conn_writer_alloc (self->writer, self->buffer_size, &error);

    tell_memory (self, seq, block);
    if (block) {
      Ahead *ahead = g_new0 (Ahead, 1);

      ahead->block = block;
      ahead->seq = self->next_seq++;
      g_queue_push_tail (&self->ahead, ahead);
    }
  }
  role_done (self->role, command->serial, error ? error->message : NULL);
}

static void
resize (Producer * self, const RoleCommand * command)
{
  g_autoptr (GError) error = NULL;
  gboolean resized = conn_writer_resize (self->writer, command->size, &error);
  TraceEvent event = role_event (self->role, TRACE_RESIZED);

  if (resized)
    self->area_size = command->size;
  event.size = command->size;
  event.value = resized ? (gint64) command->size : 0;
  role_emit (self->role, &event, "%s", resized ? "ok" : error->message);
  role_done (self->role, command->serial, resized ? NULL : error->message);
  schedule_pump (self);
}

static void
finish (Producer * self)
{
  role_exit (self->role, self->failed ? STATUS_FAIL : STATUS_PASS);
}

static void
end_stream (Producer * self)
{
  TraceEvent event = role_event (self->role, TRACE_EOS);

  event.value = self->writer ? conn_writer_n_outstanding (self->writer) : 0;
  self->ending = FALSE;
  g_clear_handle_id (&self->eos_source, g_source_remove);
  role_emit (self->role, &event, NULL);
  finish (self);
}

static void
finish_if_drained (Producer * self)
{
  if (self->ending && conn_writer_n_outstanding (self->writer) == 0)
    end_stream (self);
}

/* Nothing was acknowledged for a while. What a consumer keeps stays readable to it after we are
 * gone, so it is no reason to wait for ever. */
static gboolean
on_eos_idle (gpointer data)
{
  Producer *self = data;

  if (self->released_before != self->n_released) {
    self->released_before = self->n_released;
    return G_SOURCE_CONTINUE;
  }
  self->eos_source = 0;
  end_stream (self);
  return G_SOURCE_REMOVE;
}

static void
stop (Producer * self, const RoleCommand * command)
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
producer_command (Role * role, gpointer data, const RoleCommand * command)
{
  Producer *self = data;

  if (!self->writer && command->verb != ROLE_START && command->verb != ROLE_STOP) {
    role_done (role, command->serial, "not started");
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
      role_done (role, command->serial, NULL);
      schedule_pump (self);
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
    case ROLE_HOLD:
    case ROLE_RELEASE:
    case ROLE_CONNECT:
    case ROLE_DISCONNECT:
    case ROLE_N_VERBS:
      role_done (role, command->serial, "not for a producer");
      break;
  }
}

static void
producer_terminate (Role * role, gpointer data)
{
  finish (data);
}

static gpointer
producer_create (Role * role, GError ** error)
{
  Producer *self = g_new0 (Producer, 1);
  const gchar *path = role_get (role, "path");

  self->role = role;
  self->next_seq = 1;
  self->buffer_size = (guint64) role_int (role, "buffer-size");
  self->wait_for_client = role_bool (role, "wait-for-connection");
  self->count_only = g_strcmp0 (role_get (role, "events"), "count") == 0;
  self->tell_memory = g_strcmp0 (path, "alloc") == 0 || g_strcmp0 (path, "pool") == 0;
  self->pool_max = g_strcmp0 (path, "pool") == 0 ? role_int (role, "pool-max") : 0;
  self->pace_ms = (guint) (role_seconds (role, "pace") * 1000);
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
  Producer *self = data;

  g_clear_handle_id (&self->writer_source, g_source_remove);
  g_clear_handle_id (&self->progress_source, g_source_remove);
  for (Ahead * ahead; (ahead = g_queue_pop_head (&self->ahead));) {
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
