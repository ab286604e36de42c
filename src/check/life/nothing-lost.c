/* L14. From the start is who was connected, by its own account and the producer's, before the
 * first buffer was handed over; with wait-for-connection also whoever started first. */
#include "config.h"
#include "check/walk.h"
#include "check/blame.h"
#include "check/check.h"
#include "check/life.h"

typedef struct
{
  gint producer;
  guint begin, end;             /* of its process; END is its EOS when it had one */
  gboolean has_eos;
} Stream;

static guint
joined_at (const Trace * trace, gint consumer)
{
  return MIN (check_life_next (trace, 0, TRACE_CONNECTED, consumer),
      check_life_next (trace, 0, TRACE_STARTED, consumer));
}

static gboolean
is_first (const Trace * trace, gint consumer)
{
  for (guint i = 0; i < trace->roles->len; i++) {
    if (check_life_is_consumer (trace, (gint) i)
        && joined_at (trace, (gint) i) < joined_at (trace, consumer))
      return FALSE;
  }
  return TRUE;
}

/* Whether the producer knew of all consumers that had started before OUT. */
static gboolean
producer_knew (const Trace * trace, const Stream * stream, guint out)
{
  gint missing = 0;

  for (guint i = stream->begin; i < out; i++) {
    const TraceEvent *event = trace_at (trace, i);

    missing += event->kind == TRACE_STARTED && check_life_is_consumer (trace, event->role)
        && check_life_started_well (event);
    missing -= event->kind == TRACE_CONNECTED && event->role == stream->producer;
  }
  return missing <= 0;
}

static gboolean
was_there_from_start (const Trace * trace, const Stream * stream, gint consumer)
{
  guint out = check_life_next (trace, stream->begin, TRACE_BUFFER_OUT, stream->producer);
  guint connected = check_life_next (trace, 0, TRACE_CONNECTED, consumer);

  if (connected == trace->events->len || out == trace->events->len)
    return FALSE;
  if (connected < out && producer_knew (trace, stream, out))
    return TRUE;
  return is_first (trace, consumer)
      && trace_role_bool (trace_role (trace, stream->producer), "wait-for-connection", TRUE);
}

static gboolean
stayed (const Trace * trace, const Stream * stream, gint consumer)
{
  static const TraceKind ends[] = { TRACE_STOP, TRACE_EXIT, TRACE_DISCONNECTED, TRACE_BUS_ERROR };

  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++) {
    if (check_life_has (trace, stream->begin, stream->end, ends[i], consumer))
      return FALSE;
  }
  return !check_life_is_slow (trace_role (trace, consumer));
}

static void
note_client (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event,
    gpointer user)
{
  GHashTable *announced = user;

  if (event && event->kind == TRACE_NEW_BUFFER && client)
    g_hash_table_add (announced,
        g_strdup_printf ("%d/%" G_GUINT64_FORMAT, client->role, event->seq));
}

/* Who lost SEQ: what was announced well is lost by the consumer. */
static gint
culprit (const Trace * trace, const Stream * stream, gint consumer, guint64 seq)
{
  g_autoptr (GHashTable) announced = NULL;
  g_autofree gchar *key = g_strdup_printf ("%d/%" G_GUINT64_FORMAT, consumer, seq);
  const TraceEvent *end = trace_at (trace, trace->events->len - 1);

  if (!trace->tap)
    return check_blame (trace, end, stream->producer, consumer);
  if (check_blame_wire (trace, end, stream->producer, consumer) == stream->producer)
    return stream->producer;
  announced = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  check_walk (trace, note_client, announced);
  return g_hash_table_contains (announced, key) ? consumer : stream->producer;
}

static void
look_at_first (const Trace * trace, const Stream * stream, gint consumer, CheckContext * context)
{
  guint at = check_life_next (trace, stream->begin, TRACE_BUFFER_IN, consumer);
  const TraceEvent *event;

  if (at == trace->events->len || trace_at (trace, at)->seq == 0)
    return;                     /* content that is not intact is W10's */
  event = trace_at (trace, at);
  check_looked (context, 1);
  if (event->seq != 1)
    check_broken (context, culprit (trace, stream, consumer, 1), event,
        "the first buffer that %s got is %" G_GUINT64_FORMAT ", not 1",
        trace_role (trace, consumer)->name, event->seq);
}

static GHashTable *
numbers_of (const Trace * trace, TraceKind kind, gint role, guint from, guint to)
{
  GHashTable *numbers = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (guint i = from; i < to; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == kind && event->role == role)
      g_hash_table_add (numbers, (gpointer) & event->seq);
  }
  return numbers;
}

static void
look_at_all (const Trace * trace, const Stream * stream, gint consumer, CheckContext * context)
{
  g_autoptr (GHashTable) got = numbers_of (trace, TRACE_BUFFER_IN, consumer, stream->begin,
      trace->events->len);
  g_autoptr (GHashTable) dropped = numbers_of (trace, TRACE_DROPPED, stream->producer,
      stream->begin, trace->events->len);
  const TraceEvent *first = NULL;
  guint lost = 0;

  for (guint i = stream->begin; i < stream->end; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind != TRACE_BUFFER_OUT || event->role != stream->producer
        || g_hash_table_contains (dropped, &event->seq))
      continue;
    check_looked (context, 1);
    if (g_hash_table_contains (got, &event->seq))
      continue;
    first = first ? first : event;
    lost++;
  }
  if (first)
    check_broken (context, culprit (trace, stream, consumer, first->seq), first,
        "%u buffers rendered before EOS never arrived at %s, the first is %" G_GUINT64_FORMAT,
        lost, trace_role (trace, consumer)->name, first->seq);
}

static void
look_at_stream (const Trace * trace, const Stream * stream, CheckContext * context)
{
  for (guint i = 0; i < trace->roles->len; i++) {
    const TraceRole *role = trace_role (trace, (gint) i);

    if (role->side != TRACE_SIDE_CONSUMER || !check_life_tells_all (role)
        || !was_there_from_start (trace, stream, (gint) i))
      continue;
    look_at_first (trace, stream, (gint) i, context);
    if (stream->has_eos && stayed (trace, stream, (gint) i))
      look_at_all (trace, stream, (gint) i, context);
  }
}

static void
run (const Trace * trace, CheckContext * context)
{
  Stream stream = {.producer = check_life_producer (trace, 0) };
  const TraceRole *role = trace_role (trace, stream.producer);
  guint eos;

  if (!role || !check_life_is_numbered (role) || !check_life_tells_all (role))
    return;
  stream.end = check_life_end (trace, stream.producer, 1);
  eos = check_life_next (trace, 0, TRACE_EOS, stream.producer);
  stream.has_eos = eos < stream.end
      && !check_life_has (trace, 0, eos, TRACE_BUS_ERROR, stream.producer);
  stream.end = MIN (stream.end, eos);
  look_at_stream (trace, &stream, context);
}

const Check check_nothing_lost = {
  .id = "L14",
  .name = "nothing-lost",
  .contract = "With wait-for-connection the first frame delivered is the first rendered; "
      "everything rendered before EOS arrives.",
  .source = "shm pipe protocol",
  .seen = "The numbers handed over against the numbers that arrive.",
  .run = run,
};
