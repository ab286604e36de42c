/* Our own consumer: the reader of proto/, with a policy of what to keep back.
 * Nothing keeps it from its commands for long: content is read in pieces, a delay is a timer. */
#include "config.h"
#include "role/role.h"

#include "base/deadline.h"
#include "base/status.h"
#include "proto/conn-reader.h"
#include "role/held.h"
#include "role/tally.h"

#include <glib-unix.h>

/* Messages taken between two looks at commands. */
#define BURST 64
/* Bytes of content read between two looks at commands. */
#define PIECE (1 << 20)
#define PROGRESS_MS 50
#define CONNECT_TIMEOUT_MS 2000

typedef struct
{
  ConnBuffer buffer;
  guint64 seq;
} HeldBuffer;

typedef struct
{
  Actor *actor;
  ConnReader *reader;
  guint reader_source, progress_source;
  guint busy_source;            /* with one buffer; no more are taken meanwhile */
  ConnBuffer current;           /* that one */
  RolePayload payload;          /* its content so far */
  GError *unreadable;           /* why it cannot be looked at */
  gboolean watching_out;
  gboolean told_connected;
  gboolean ended;               /* the producer is gone; held buffers are still readable */

  Held *held;
  gint64 hold;                  /* how many to keep; -1: all */
  HeldOrder order;
  guint delay_ms;
  gboolean count_only;
  guint64 max_buffer;
  guint8 *piece;
  RoleTally tally;
} Consumer;

static void watch (Consumer * self);

static void
tell_end (Consumer * self, const GError * error)
{
  TraceEvent event = actor_event (self->actor, TRACE_END);

  self->ended = TRUE;
  g_clear_handle_id (&self->reader_source, g_source_remove);
  if (error)
    actor_emit (self->actor, &event, "protocol error: %s", error->message);
  else
    actor_emit (self->actor, &event, "disconnect");
}

static void
let_go (Consumer * self, HeldBuffer * take_held)
{
  TraceEvent event = actor_event (self->actor, TRACE_RELEASE);
  g_autoptr (GError) error = NULL;

  event.seq = take_held->seq;
  event.area = take_held->buffer.area_id;
  event.offset = take_held->buffer.offset;
  if (!self->count_only)
    actor_emit (self->actor, &event, NULL);
  if (self->reader && !conn_reader_ack (self->reader, &take_held->buffer, &error) && !self->ended)
    tell_end (self, error);
  g_free (take_held);
}

static void
release (Consumer * self, gint64 count, HeldOrder order)
{
  for (; count != 0; count--) {
    HeldBuffer *held = held_pop (self->held, order);

    if (!held)
      return;
    let_go (self, held);
  }
}

static void
apply_hold (Consumer * self)
{
  if (self->hold >= 0 && held_length (self->held) > self->hold)
    release (self, held_length (self->held) - self->hold, self->order);
}

/* --- what comes --- */

static TraceEvent
in_event (Consumer * self)
{
  TraceEvent event = actor_event (self->actor, TRACE_BUFFER_IN);

  event.area = self->current.area_id;
  event.offset = self->current.offset;
  event.size = self->current.size;
  role_payload_end (&self->payload, &event.seq, &event.sum);
  return event;
}

/* All that can be looked at of its content has been. It is told when it is kept: whoever hears of
 * it may have it let go of at once. */
static void
keep (Consumer * self)
{
  HeldBuffer *held = g_new0 (HeldBuffer, 1);
  TraceEvent event = in_event (self);

  role_tally_add (&self->tally, &event);
  held->buffer = self->current;
  held->seq = event.seq;
  held_push (self->held, held);
  if (!self->count_only)
    actor_emit (self->actor, &event, NULL);
  if (self->unreadable && !self->ended)
    tell_end (self, self->unreadable);
  g_clear_error (&self->unreadable);
}

/* Looks at the next piece of content. FALSE: there is none, or none that matters. */
static gboolean
read_piece (Consumer * self)
{
  guint64 left = self->current.size - self->payload.done;
  gsize length = (gsize) MIN (left, PIECE);

  if (length == 0)
    return FALSE;
  if (conn_reader_read (self->reader, &self->current, self->payload.done, self->piece, length,
          &self->unreadable))
    return role_payload_take (&self->payload, self->piece, length);
  self->payload.intact = FALSE;
  return FALSE;
}

static gboolean
on_delay_over (gpointer data)
{
  Consumer *self = data;

  self->busy_source = 0;
  apply_hold (self);
  if (!self->ended)
    watch (self);
  return G_SOURCE_REMOVE;
}

static void
dawdle (Consumer * self)
{
  self->busy_source = g_timeout_add (self->delay_ms, on_delay_over, self);
}

static gboolean
on_busy (gpointer data)
{
  Consumer *self = data;

  if (read_piece (self))
    return G_SOURCE_CONTINUE;
  keep (self);
  dawdle (self);
  return G_SOURCE_REMOVE;
}

/* What takes no time is done at once; for the rest nothing more is taken until it is over. */
static void
take_buffer (Consumer * self, const ConnBuffer * buffer)
{
  self->current = *buffer;
  role_payload_begin (&self->payload, buffer->size);
  if (read_piece (self) && self->payload.done < buffer->size) {
    self->busy_source = g_idle_add_full (G_PRIORITY_DEFAULT, on_busy, self, NULL);
    return;
  }
  keep (self);
  if (self->delay_ms > 0)
    dawdle (self);
  else
    apply_hold (self);
}

static void
tell_area (Consumer * self)
{
  TraceEvent event = actor_event (self->actor, TRACE_CONNECTED);

  /* Connected is who has an area: from here on nothing that is sent can be lost to it. */
  if (self->told_connected)
    return;
  self->told_connected = TRUE;
  actor_emit (self->actor, &event, NULL);
}

/* FALSE: nothing more now. */
static gboolean
take_one (Consumer * self)
{
  g_autoptr (GError) error = NULL;
  ConnBuffer buffer;

  switch (conn_reader_next (self->reader, &buffer, &error)) {
    case CONN_READER_BUFFER:
      take_buffer (self, &buffer);
      return self->busy_source == 0 && !self->ended;
    case CONN_READER_AREA:
      tell_area (self);
      return TRUE;
    case CONN_READER_CLOSED_AREA:
      return TRUE;
    case CONN_READER_END:
      tell_end (self, NULL);
      return FALSE;
    case CONN_READER_FAILED:
      tell_end (self, error);
      return FALSE;
    case CONN_READER_NOTHING:
      break;
  }
  return FALSE;
}

static gboolean
on_reader_ready (gint fd, GIOCondition condition, gpointer data)
{
  Consumer *self = data;

  for (guint i = 0; i < BURST && take_one (self); i++);
  if (self->reader_source == 0)
    return G_SOURCE_REMOVE;     /* ended meanwhile */
  if (self->busy_source != 0) {
    self->reader_source = 0;
    return G_SOURCE_REMOVE;
  }
  if ((conn_reader_n_queued (self->reader) > 0) == self->watching_out)
    return G_SOURCE_CONTINUE;
  self->reader_source = 0;
  watch (self);
  return G_SOURCE_REMOVE;
}

static void
watch (Consumer * self)
{
  self->watching_out = conn_reader_n_queued (self->reader) > 0;
  self->reader_source = g_unix_fd_add (conn_reader_fd (self->reader),
      G_IO_IN | (self->watching_out ? G_IO_OUT : 0), on_reader_ready, self);
}

/* After ACKs of which some may have had to wait for room in the socket. */
static void
watch_again (Consumer * self)
{
  if (self->reader_source == 0)
    return;
  g_clear_handle_id (&self->reader_source, g_source_remove);
  watch (self);
}

static gboolean
on_progress (gpointer data)
{
  Consumer *self = data;

  role_tally_tell (&self->tally, self->actor);
  return G_SOURCE_CONTINUE;
}

/* --- commands --- */

static void
leave (Consumer * self)
{
  g_clear_handle_id (&self->reader_source, g_source_remove);
  g_clear_handle_id (&self->busy_source, g_source_remove);
  g_clear_pointer (&self->reader, conn_reader_free);
  for (HeldBuffer * held; (held = held_pop (self->held, HELD_FIFO));)
    g_free (held);
}

static gboolean
join (Consumer * self, GError ** error)
{
  ConnReaderConfig config = {
    .path = actor_get (self->actor, "socket"),
    .max_buffer = self->max_buffer,
  };

  self->reader = conn_reader_new (&config, CONNECT_TIMEOUT_MS, error);
  if (!self->reader)
    return FALSE;
  self->ended = FALSE;
  self->told_connected = FALSE;
  role_tally_restart (&self->tally);
  watch (self);
  return TRUE;
}

static void
start (Consumer * self, const ActorCommand * command)
{
  g_autoptr (GError) error = NULL;
  gint64 begin_ns = deadline_now_ns ();
  gboolean joined = join (self, &error);
  TraceEvent event = actor_event (self->actor, TRACE_STARTED);

  event.started.took_us = (event.time_ns - begin_ns) / 1000;
  actor_emit (self->actor, &event, "%s",
      joined ? actor_get (self->actor, "socket") : error->message);
  if (joined && self->count_only && self->progress_source == 0)
    self->progress_source = g_timeout_add (PROGRESS_MS, on_progress, self);
  actor_done (self->actor, command->serial, joined ? NULL : error->message);
}

static void
connect_again (Consumer * self, const ActorCommand * command)
{
  g_autoptr (GError) error = NULL;

  if (self->reader) {
    actor_done (self->actor, command->serial, "connected already");
    return;
  }
  actor_done (self->actor, command->serial, join (self, &error) ? NULL : error->message);
}

static void
disconnect (Consumer * self, const ActorCommand * command)
{
  TraceEvent event;

  release (self, -1, HELD_FIFO);
  leave (self);
  event = actor_event (self->actor, TRACE_DISCONNECTED);
  actor_emit (self->actor, &event, "left");
  actor_done (self->actor, command->serial, NULL);
}

static void
stop (Consumer * self, const ActorCommand * command)
{
  if (g_str_equal (command->text, "EOS")) {
    TraceEvent event = actor_event (self->actor, TRACE_EOS);

    actor_emit (self->actor, &event, NULL);
  }
  leave (self);
  actor_exit (self->actor, STATUS_PASS);
}

static void
consumer_command (Actor * actor, gpointer data, const ActorCommand * command)
{
  Consumer *self = data;

  switch ((RoleVerb) command->verb) {
    case ROLE_START:
      start (self, command);
      break;
    case ROLE_HOLD:
      self->hold = command->count;
      apply_hold (self);
      watch_again (self);
      actor_done (actor, command->serial, NULL);
      break;
    case ROLE_RELEASE:
      release (self, command->count, held_order_from_name (command->text));
      watch_again (self);
      actor_done (actor, command->serial, NULL);
      break;
    case ROLE_CONNECT:
      connect_again (self, command);
      break;
    case ROLE_DISCONNECT:
      disconnect (self, command);
      break;
    case ROLE_STOP:
      stop (self, command);
      break;
    default:
      actor_done (actor, command->serial, "not for a consumer");
      break;
  }
}

static void
consumer_terminate (Actor * actor, gpointer data)
{
  leave (data);
  actor_exit (actor, STATUS_PASS);
}

static gpointer
consumer_create (Actor * actor, GError ** error)
{
  Consumer *self = g_new0 (Consumer, 1);

  self->actor = actor;
  self->held = held_new ((guint32) g_ascii_strtoull (actor_get (actor, "seed"), NULL, 10));
  self->hold = actor_int (actor, "hold");
  if (self->hold == 0 && actor_bool (actor, "keep-last"))
    self->hold = 1;
  self->order = held_order_from_name (actor_get (actor, "ack-order"));
  self->delay_ms = (guint) MIN (actor_seconds (actor, "delay") * 1e3 + 0.999, G_MAXINT32);
  self->count_only = g_strcmp0 (actor_get (actor, "events"), "count") == 0;
  self->max_buffer = (guint64) MAX (actor_int (actor, "max-buffer"), 1);
  self->piece = g_malloc (PIECE);
  return self;
}

static void
consumer_destroy (gpointer data)
{
  Consumer *self = data;

  leave (self);
  g_clear_handle_id (&self->progress_source, g_source_remove);
  held_free (self->held);
  g_clear_error (&self->unreadable);
  g_free (self->piece);
  g_free (self);
}

const RoleClass role_ref_consumer = {
  .name = "ref-consumer",
  .side = TRACE_SIDE_CONSUMER,
  .element = "ref",
  .create = consumer_create,
  .command = consumer_command,
  .terminate = consumer_terminate,
  .destroy = consumer_destroy,
};
