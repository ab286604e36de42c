#include "config.h"
#include "check/blame.h"

#include "check/life.h"
#include "check/walk.h"

#include <string.h>

/* What was sent that long before may be taken to have arrived, and to have been answered. */
#define ANSWERED_NS (G_TIME_SPAN_SECOND * 1000)

typedef enum
{ SIDE_UNKNOWN, SIDE_PRODUCER, SIDE_CONSUMER } Side;

typedef struct
{
  const TraceEvent *at;
  gint producer, consumer;
  gboolean watched;             /* the tap saw a connection of the consumer */
  gboolean over;                /* AT has passed */
  Side broke;                   /* who broke the wire first, before AT */
  Side owes;                    /* who was to act next, at AT */
  const CheckBuffer *content;   /* the buffer of the BUFFER_IN at AT, until its ACK */
  Side spoilt;                  /* who spoilt that */
} Scene;

/* --- who broke the wire --- */

static gboolean
is_badly_announced (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event)
{
  const CheckArea *area = check_client_area (client, event->area);

  if (!area || event->offset > area->size || event->size > area->size - event->offset)
    return TRUE;
  return walk->numbered && area->announced->new_area.opened != 0 && !check_client_found (client,
      event);
}

static Side
breaks (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event)
{
  switch ((TraceKind) event->kind) {
    case TRACE_GARBAGE:
      return g_str_has_prefix (event->text, "to the consumer") ? SIDE_PRODUCER : SIDE_CONSUMER;
    case TRACE_NEW_AREA:
      return event->new_area.opened != 0 && event->size > event->new_area.real_size ? SIDE_PRODUCER
          : SIDE_UNKNOWN;
    case TRACE_NEW_BUFFER:
      return is_badly_announced (walk, client, event) ? SIDE_PRODUCER : SIDE_UNKNOWN;
    case TRACE_ACK_BUFFER:
      return !check_client_held (client, event->area, event->offset) ? SIDE_CONSUMER
          : SIDE_UNKNOWN;
    default:
      return SIDE_UNKNOWN;
  }
}

/* --- who was to act next --- */

static gboolean
is_ending (const Trace * trace, gint role, const TraceEvent * at)
{
  for (guint i = trace->events->len; i-- > 0;) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->role != role || event->time_ns > at->time_ns)
      continue;
    if (event->kind == TRACE_STOP || event->kind == TRACE_EXIT)
      return TRUE;
    if (event->kind == TRACE_SPAWN)
      return FALSE;
  }
  return FALSE;
}

/* Whether a step that made ROLE leave was under way at AT. */
static gboolean
is_leaving (const Trace * trace, gint role, const TraceEvent * at)
{
  gboolean leaving = FALSE;

  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->time_ns > at->time_ns)
      break;
    if (event->role == role && event->kind == TRACE_STEP)
      leaving = check_life_step_is (event, "disconnect", NULL)
          || check_life_step_is (event, "cycle", NULL);
  }
  return leaving;
}

static Side
owing_of_closed (const CheckWalk * walk, const CheckClient * client, const Scene * scene)
{
  const TraceEvent *closed = client->closed;

  if (g_str_equal (closed->text, "producer"))
    return is_ending (walk->trace, scene->producer, closed) ? SIDE_UNKNOWN : SIDE_PRODUCER;
  return is_ending (walk->trace, scene->consumer, closed)
      || is_leaving (walk->trace, scene->consumer, closed) ? SIDE_UNKNOWN : SIDE_CONSUMER;
}

/* Whether CLIENT owes its part of BUFFER: to take it, or to acknowledge what it let go of. */
static gboolean
is_due (const CheckWalk * walk, const CheckClient * client, const CheckBuffer * buffer,
    const Scene * scene)
{
  const TraceRole *role = trace_role (walk->trace, client->role);
  gint64 due_ns = scene->at->time_ns - ANSWERED_NS;

  if (!role || !check_life_tells_all (role) || check_life_is_slow (role))
    return FALSE;
  if (!buffer->received)
    return buffer->event->time_ns < due_ns;
  return buffer->released && buffer->released->time_ns < due_ns
      && !trace_role_bool (role, "keep-last", FALSE);
}

/* A client that has done its part waits for the producer. */
static Side
owing_of_open (const CheckWalk * walk, const CheckClient * client, const Scene * scene)
{
  const TraceRole *role = trace_role (walk->trace, client->role);

  for (const GList * i = client->held.head; i; i = i->next) {
    if (is_due (walk, client, i->data, scene))
      return SIDE_CONSUMER;
  }
  if (client->n_messages == 0 || client->held.length == 0)
    return SIDE_PRODUCER;
  return role && check_life_tells_all (role) && !check_life_is_slow (role)
      ? SIDE_PRODUCER : SIDE_UNKNOWN;
}

/* --- the scene --- */

static void
look_at_scene (const CheckWalk * walk, Scene * scene)
{
  const CheckClient *client = check_walk_client_of (walk, scene->consumer);

  scene->over = TRUE;
  if (!client)
    return;
  scene->owes = client->closed ? owing_of_closed (walk, client, scene)
      : owing_of_open (walk, client, scene);
  if (scene->at->kind != TRACE_BUFFER_IN)
    return;
  for (const GList * i = client->held.head; i; i = i->next) {
    const CheckBuffer *buffer = i->data;

    if (!buffer->received) {
      scene->content = buffer;  /* they are delivered in their order */
      return;
    }
  }
}

static void
look (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  Scene *scene = user;

  if (!event)
    return;
  if (event == scene->at)
    look_at_scene (walk, scene);
  if (!client || client->role != scene->consumer)
    return;
  scene->watched = TRUE;
  if (!scene->over && scene->broke == SIDE_UNKNOWN)
    scene->broke = breaks (walk, client, event);
}

/* What was intact when it was announced and when it was acknowledged was read wrongly between. */
static void
look_at_content (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event,
    gpointer user)
{
  Scene *scene = user;
  const CheckBuffer *buffer = scene->content;

  look (walk, client, event, user);
  if (!event || !client || event->kind != TRACE_ACK_BUFFER || !buffer
      || check_client_held (client, event->area, event->offset) != buffer)
    return;
  scene->content = NULL;
  scene->spoilt = event->seq == buffer->event->seq && event->sum == buffer->event->sum
      && event->seq != 0 ? SIDE_CONSUMER : SIDE_PRODUCER;
}

static Scene
scene_of (const Trace * trace, const TraceEvent * at, gint producer, gint consumer,
    CheckWalkFunc call)
{
  Scene scene = {.at = at,.producer = producer,.consumer = consumer };

  if (!at || !trace_role (trace, producer) || !trace_role (trace, consumer))
    return scene;
  check_walk (trace, call, &scene);
  return scene;
}

static gint
role_of (const Scene * scene, Side side)
{
  return side == SIDE_PRODUCER ? scene->producer : side == SIDE_CONSUMER ? scene->consumer : -1;
}

/* A real producer, else a real consumer, else the producer. */
static gint
likelier (const Trace * trace, gint producer, gint consumer)
{
  const TraceRole *p = trace_role (trace, producer), *c = trace_role (trace, consumer);

  if (!p)
    return consumer;
  return check_life_is_ref (p) && c && !check_life_is_ref (c) ? consumer : producer;
}

gint
check_blame_wire (const Trace * trace, const TraceEvent * at, gint producer, gint consumer)
{
  Scene scene = scene_of (trace, at, producer, consumer, look);

  return role_of (&scene, scene.broke);
}

gint
check_blame (const Trace * trace, const TraceEvent * at, gint producer, gint consumer)
{
  Scene scene = scene_of (trace, at, producer, consumer, look);

  if (scene.broke != SIDE_UNKNOWN)
    return role_of (&scene, scene.broke);
  if (scene.watched && scene.owes != SIDE_UNKNOWN)
    return role_of (&scene, scene.owes);
  return likelier (trace, producer, consumer);
}

gint
check_blame_content (const Trace * trace, const TraceEvent * at, gint producer, gint consumer)
{
  Scene scene = scene_of (trace, at, producer, consumer, look_at_content);

  if (scene.broke != SIDE_UNKNOWN)
    return role_of (&scene, scene.broke);
  if (scene.spoilt != SIDE_UNKNOWN)
    return role_of (&scene, scene.spoilt);
  return likelier (trace, producer, consumer);
}

gchar *
check_blame_words (const Trace * trace, gint role, const TraceEvent * at)
{
  for (guint i = trace->events->len; i-- > 0;) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->role != role || event->time_ns > at->time_ns)
      continue;
    if (event->kind == TRACE_BUS_ERROR)
      return g_strdup_printf ("; its error: %s", event->text);
    if (event->kind == TRACE_EXIT && event->exit.status < 0)
      return g_strdup_printf ("; it died: %s", event->text);
    if (event->kind == TRACE_SPAWN)
      break;
  }
  return g_strdup ("");
}
