/* P9. */
#include "config.h"
#include "check/probed.h"

#include <string.h>

typedef struct
{
  CheckContext *context;
  const TraceEvent *asked;      /* the query that runs; NULL: none */
  GPtrArray *answers;           /* TraceEvent*: asked and answer in turn, of the measurement */
  const TraceEvent *demand;     /* the allocation that was asked for last; NULL: none */
} Query;

/* --- the answer as a whole --- */

static gboolean
is_same_question (const TraceEvent * a, const TraceEvent * b)
{
  return a->client == b->client && g_str_equal (a->text, b->text);
}

static void
look_at_answer (Query * query, const TraceEvent * answer)
{
  if (!query->asked)
    return;
  check_looked (query->context, 1);
  for (guint i = 0; i < query->answers->len; i += 2) {
    const TraceEvent *asked = g_ptr_array_index (query->answers, i);
    const TraceEvent *before = g_ptr_array_index (query->answers, i + 1);

    if (!is_same_question (asked, query->asked))
      continue;
    if (before->answer.hash != answer->answer.hash
        || before->answer.answered != answer->answer.answered)
      check_broken (query->context, answer->role, answer, "asked again about %s it proposes %s; "
          "before it was %s", asked->text, answer->text, before->text);
    break;
  }
  g_ptr_array_add (query->answers, (gpointer) query->asked);
  g_ptr_array_add (query->answers, (gpointer) answer);
}

/* --- pools and metas --- */

static void
look_at_pool (Query * query, const TraceEvent * pool)
{
  guint64 min = pool->pool_offer.min, max = (guint64) pool->pool_offer.max;

  check_looked (query->context, 1);
  /* Without an object and without a size only the numbers of buffers are meant. */
  if (pool->size < pool->pool_offer.due && (pool->size > 0 || pool->pool_offer.object >= 1))
    check_broken (query->context, pool->role, pool, "pool %" G_GINT64_FORMAT " (%s) is proposed "
        "with buffers of %" G_GUINT64_FORMAT " bytes; a frame of the caps needs %"
        G_GUINT64_FORMAT, pool->pool_offer.place, pool->text, pool->size, pool->pool_offer.due);
  if (max != 0 && min > max)
    check_broken (query->context, pool->role, pool, "pool %" G_GINT64_FORMAT " (%s) is proposed "
        "with at least %" G_GUINT64_FORMAT " and at most %" G_GUINT64_FORMAT " buffers",
        pool->pool_offer.place, pool->text, min, max);
  if (pool->pool_offer.object == 2)
    check_broken (query->context, pool->role, pool, "pool %" G_GINT64_FORMAT " (%s) is proposed "
        "active already: who needs other options or more buffers cannot configure it",
        pool->pool_offer.place, pool->text);
}

static void
look_at_meta (Query * query, const TraceEvent * meta)
{
  check_looked (query->context, 1);
  if (meta->meta_offer.known == 0)
    check_broken (query->context, meta->role, meta, "the metadata %s is proposed, which is not "
        "registered as metadata", meta->text);
}

/* --- what was done with them --- */

static void
look_at_use (Query * query, const TraceEvent * use)
{
  check_looked (query->context, 1);
  if (use->use.worked == 0)
    check_broken (query->context, use->role, use, "%s: failed, as proposed it should work",
        use->text);
  else if (use->use.gave < use->use.due)
    check_broken (query->context, use->role, use, "%s: %" G_GUINT64_FORMAT " bytes, at least %"
        G_GUINT64_FORMAT " were due", use->text, use->use.gave, use->use.due);
}

/* What lies behind the data, up to maxsize; 0 when the numbers make no sense. */
static guint64
padding_of (const TraceEvent * object)
{
  guint64 end;

  if (!g_uint64_checked_add (&end, object->offset, (guint64) object->object.size)
      || end > object->object.maxsize)
    return 0;
  return object->object.maxsize - end;
}

static void
look_at_object (Query * query, const TraceEvent * object)
{
  const TraceEvent *demand = query->demand;

  if (!demand)
    return;
  check_looked (query->context, 1);
  if (object->object.size < 0 || (guint64) object->object.size < demand->size)
    check_broken (query->context, object->role, object, "memory of %" G_GINT64_FORMAT " bytes, %"
        G_GUINT64_FORMAT " were asked for", object->object.size, demand->size);
  if (object->offset < demand->ask.prefix)
    check_broken (query->context, object->role, object, "a prefix of %" G_GUINT64_FORMAT
        " bytes, %" G_GUINT64_FORMAT " are proposed", object->offset, demand->ask.prefix);
  if (demand->ask.padding > 0 && padding_of (object) < (guint64) demand->ask.padding)
    check_broken (query->context, object->role, object, "a padding of %" G_GUINT64_FORMAT
        " bytes, %" G_GINT64_FORMAT " are proposed", padding_of (object), demand->ask.padding);
}

/* With a prefix it is not told whether the data or the prefix is to be aligned. */
static void
look_at_address (Query * query, const TraceEvent * address)
{
  guint64 mask = (guint64) address->area;
  guint64 prefix = query->demand ? query->demand->offset : 0;

  check_looked (query->context, 1);
  if ((address->sum & mask) != 0 && ((address->sum - prefix) & mask) != 0)
    check_broken (query->context, address->role, address, "%s lies at 0x%" G_GINT64_MODIFIER
        "x, which is not aligned to the mask 0x%" G_GINT64_MODIFIER "x that is proposed",
        address->text, address->sum, (guint64) address->area);
}

static void
look (const Trace * trace, const TraceEvent * event, gpointer user)
{
  Query *query = user;

  switch ((TraceKind) event->kind) {
    case TRACE_PROBE:
      g_ptr_array_set_size (query->answers, 0);
      query->asked = query->demand = NULL;
      break;
    case TRACE_ASKED:
      query->asked = event;
      break;
    case TRACE_ANSWER:
      look_at_answer (query, event);
      break;
    case TRACE_POOL_OFFER:
      look_at_pool (query, event);
      break;
    case TRACE_META_OFFER:
      look_at_meta (query, event);
      break;
    case TRACE_USE:
      look_at_use (query, event);
      break;
    case TRACE_ASK:
      query->demand = event;
      break;
    case TRACE_OBJECT:
      look_at_object (query, event);
      break;
    case TRACE_ADDRESS:
      look_at_address (query, event);
      break;
    case TRACE_CRITICAL:
      check_looked (query->context, 1);
      check_broken (query->context, event->role, event, "a critical warning where none is due: "
          "%s", event->text);
      break;
    default:
      break;
  }
}

static void
run (const Trace * trace, CheckContext * context)
{
  g_autoptr (GPtrArray) answers = g_ptr_array_new ();
  Query query = {.context = context,.answers = answers };

  check_contract (trace, "query", context, look, &query);
}

const Check check_query = {
  .id = "P9",
  .name = "query",
  .contract = "What an element proposes (pools, allocators, metadata) can be used as proposed; a "
      "pool is inactive, to be configured.",
  .source = "GStreamer plugin guide: memory allocation",
  .seen = "A real ALLOCATION query, twice, with caps and without; each pool that is proposed is "
      "inactive, is configured, activated and gives a buffer, each allocator a memory.",
  .run = run,
};
