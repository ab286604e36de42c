#include "config.h"
#include "probe/twins/rules.h"

#include "probe/twins/bufpool.h"

/* A defect ends late rather than never. */
#define GIVE_UP_US (30 * G_USEC_PER_SEC)

typedef struct
{
  TwinBufpool base;
  GMutex lock;                  /* of all below */
  GCond changed;
  GQueue idle;                  /* GstBuffer* */
  GPtrArray *out;               /* GstBuffer*, borrowed by whoever has them */
  guint n_buffers;              /* idle, out, and about to be */
  gboolean add_meta;
  gboolean has_flushed;
} RulesPool;

typedef TwinBufpoolClass RulesPoolClass;
typedef RulesPool ShmdiagTwinRules;
typedef RulesPoolClass ShmdiagTwinRulesClass;

static GType twin_rules_get_type (void);
G_DEFINE_TYPE (ShmdiagTwinRules, twin_rules, twin_bufpool_get_type ())

#define RULES_POOL(object) ((RulesPool *) (object))

/* --- configuration --- */

static const gchar **
get_options (GstBufferPool * pool)
{
  static const gchar *options[] = { GST_BUFFER_POOL_OPTION_VIDEO_META, NULL };

  return options;
}

/* Whether it accepts CONFIG, which it may change. */
static gboolean
is_acceptable (RulesPool * self, GstStructure * config)
{
  gboolean has_option =
      gst_buffer_pool_config_has_option (config, GST_BUFFER_POOL_OPTION_VIDEO_META);

  if (self->base.mutant == MUTANT_WORTHLESS_OFFER && self->base.allocator
      && self->base.params.align > 15)
    return FALSE;
  if (self->base.mutant == MUTANT_DEAD_OPTION && has_option) {
    gst_structure_remove_field (config, "options");
    return FALSE;
  }
  self->add_meta = has_option;
  return TRUE;
}

static gboolean
set_config (GstBufferPool * pool, GstStructure * config)
{
  RulesPool *self = RULES_POOL (pool);

  return twin_bufpool_read (&self->base, config) && (!self->base.caps || self->base.is_video)
      && is_acceptable (self, config)
      && GST_BUFFER_POOL_CLASS (twin_rules_parent_class)->set_config (pool, config);
}

/* --- buffers --- */

static gboolean
own_meta (GstBuffer * buffer, GstMeta ** meta, gpointer user)
{
  GST_META_FLAG_SET (*meta, GST_META_FLAG_POOLED);
  GST_META_FLAG_SET (*meta, GST_META_FLAG_LOCKED);
  return TRUE;
}

/* NULL: the allocator has none. */
static GstBuffer *
make_buffer (RulesPool * self)
{
  GstAllocationParams params = self->base.params;
  GstBuffer *buffer;

  if (self->base.mutant == MUTANT_BUFPOOL_IGNORES_PARAMS)
    gst_allocation_params_init (&params);
  buffer = gst_buffer_new_allocate (
      self->base.mutant == MUTANT_IGNORES_ALLOCATOR ? NULL : self->base.allocator,
      self->base.size, &params);
  if (!buffer)
    return NULL;
  if (self->add_meta && self->base.mutant != MUTANT_IDLE_OPTION)
    twin_bufpool_add_meta (&self->base, buffer);
  gst_buffer_foreach_meta (buffer, own_meta, NULL);
  gst_buffer_unset_flags (buffer, GST_BUFFER_FLAG_TAG_MEMORY);
  return buffer;
}

static gboolean
is_kept (const RulesPool * self, const GstMeta * meta)
{
  gboolean pooled = GST_META_FLAG_IS_SET (meta, GST_META_FLAG_POOLED);

  return pooled ? self->base.mutant != MUTANT_DROPS_POOLED_META
      : self->base.mutant == MUTANT_KEEPS_FOREIGN_META;
}

static gboolean
filter_meta (GstBuffer * buffer, GstMeta ** meta, gpointer user)
{
  if (!is_kept (user, *meta)) {
    (*meta)->flags &= (GstMetaFlags) ~ (guint) GST_META_FLAG_LOCKED;
    *meta = NULL;
  }
  return TRUE;
}

static void
reset_buffer (GstBufferPool * pool, GstBuffer * buffer)
{
  RulesPool *self = RULES_POOL (pool);
  gsize offset, maxsize;

  GST_BUFFER_FLAGS (buffer) &= GST_BUFFER_FLAG_TAG_MEMORY;
  if (self->base.mutant != MUTANT_KEEPS_TIMESTAMPS) {
    GST_BUFFER_PTS (buffer) = GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
    GST_BUFFER_DURATION (buffer) = GST_CLOCK_TIME_NONE;
    GST_BUFFER_OFFSET (buffer) = GST_BUFFER_OFFSET_END (buffer) = GST_BUFFER_OFFSET_NONE;
  }
  gst_buffer_foreach_meta (buffer, filter_meta, self);
  gst_buffer_get_sizes (buffer, &offset, &maxsize);
  if (!GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_TAG_MEMORY) && maxsize >= self->base.size
      && self->base.mutant != MUTANT_WRONG_SIZE)
    gst_buffer_resize (buffer, -(gssize) offset, (gssize) self->base.size);
}

/* Whether BUFFER can be handed out again as it is. */
static gboolean
is_good (const RulesPool * self, GstBuffer * buffer)
{
  if (self->base.mutant == MUTANT_KEEPS_FOREIGN_MEMORY)
    return TRUE;
  return !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_TAG_MEMORY)
      && (gst_buffer_get_size (buffer) == self->base.size || self->base.mutant == MUTANT_WRONG_SIZE)
      && gst_buffer_is_all_memory_writable (buffer);
}

static void
release_buffer (GstBufferPool * pool, GstBuffer * buffer)
{
  RulesPool *self = RULES_POOL (pool);
  gboolean good = is_good (self, buffer) && self->base.mutant != MUTANT_LOST_BUFFER;

  g_mutex_lock (&self->lock);
  g_ptr_array_remove_fast (self->out, buffer);
  if (good)
    g_queue_push_tail (&self->idle, buffer);
  else if (self->base.mutant != MUTANT_LOST_BUFFER)
    self->n_buffers--;
  if (self->base.mutant == MUTANT_WAKES_ALL)
    g_cond_broadcast (&self->changed);
  else if (self->base.mutant != MUTANT_WAKES_NOBODY)
    g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  if (!good)
    gst_buffer_unref (buffer);
}

/* --- acquiring --- */

static gboolean
is_refused (RulesPool * self)
{
  GstBufferPool *pool = &self->base.parent;

  if (self->base.mutant == MUTANT_SERVES_INACTIVE)
    return FALSE;
  return GST_BUFFER_POOL_IS_FLUSHING (pool)
      || (self->base.mutant == MUTANT_STAYS_FLUSHING && self->has_flushed);
}

/* One turn with the lock held. GST_FLOW_EOS: nothing to be had; *BUFFER NULL with OK: one may be
 * made. */
static GstFlowReturn
take (RulesPool * self, GstBuffer ** buffer)
{
  if (is_refused (self))
    return GST_FLOW_FLUSHING;
  *buffer = g_queue_pop_head (&self->idle);
  if (*buffer)
    return GST_FLOW_OK;
  if (self->base.max > 0 && self->n_buffers >= self->base.max
      && self->base.mutant != MUTANT_IGNORES_MAX)
    return GST_FLOW_EOS;
  self->n_buffers++;
  return GST_FLOW_OK;
}

static gboolean
is_to_wait (const RulesPool * self, const GstBufferPoolAcquireParams * params)
{
  if (self->base.mutant == MUTANT_NEVER_WAITS)
    return FALSE;
  return !params || !(params->flags & GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT)
      || self->base.mutant == MUTANT_DONTWAIT_BLOCKS;
}

static GstFlowReturn
take_or_wait (RulesPool * self, GstBuffer ** buffer, gboolean wait)
{
  gint64 end = g_get_monotonic_time () + GIVE_UP_US;
  GstFlowReturn flow;

  g_mutex_lock (&self->lock);
  while ((flow = take (self, buffer)) == GST_FLOW_EOS && wait) {
    if (!g_cond_wait_until (&self->changed, &self->lock, end))
      break;
    wait = self->base.mutant != MUTANT_WAKES_ALL;
  }
  g_mutex_unlock (&self->lock);
  return flow;
}

static GstFlowReturn
acquire_buffer (GstBufferPool * pool, GstBuffer ** buffer, GstBufferPoolAcquireParams * params)
{
  RulesPool *self = RULES_POOL (pool);
  GstFlowReturn flow = take_or_wait (self, buffer, is_to_wait (self, params));

  if (flow != GST_FLOW_OK)
    return flow;
  if (!*buffer)
    *buffer = make_buffer (self);
  g_mutex_lock (&self->lock);
  if (*buffer) {
    g_ptr_array_add (self->out, *buffer);
  } else {
    self->n_buffers--;
    g_cond_signal (&self->changed);
  }
  g_mutex_unlock (&self->lock);
  if (*buffer && self->base.mutant == MUTANT_SHARED)
    gst_buffer_ref (*buffer);
  return *buffer ? GST_FLOW_OK : GST_FLOW_ERROR;
}

/* --- states --- */

static void
free_idle (RulesPool * self)
{
  GstBuffer *buffer;

  while ((buffer = g_queue_pop_head (&self->idle))) {
    self->n_buffers--;
    gst_buffer_unref (buffer);
  }
}

static gboolean
start (GstBufferPool * pool)
{
  RulesPool *self = RULES_POOL (pool);
  guint wanted = self->base.mutant == MUTANT_NO_PREALLOC ? 0 : self->base.min;

  self->has_flushed = FALSE;
  for (guint i = 0; i < wanted; i++) {
    GstBuffer *buffer = make_buffer (self);

    if (!buffer) {
      if (self->base.mutant != MUTANT_PREALLOC_LEAK)
        free_idle (self);
      self->n_buffers += self->base.mutant == MUTANT_PREALLOC_SHRINKS ? i : 0;
      return FALSE;
    }
    self->n_buffers++;
    g_queue_push_tail (&self->idle, buffer);
  }
  /* As the class of a pool of so many would. */
  return self->base.max == 0 || self->n_buffers <= self->base.max;
}

static gboolean
stop (GstBufferPool * pool)
{
  RulesPool *self = RULES_POOL (pool);

  if (self->base.mutant != MUTANT_NEVER_FREES)
    free_idle (self);
  return TRUE;
}

static void
flush_start (GstBufferPool * pool)
{
  RulesPool *self = RULES_POOL (pool);

  if (self->base.mutant == MUTANT_MISSING_WAKEUP)
    return;
  g_mutex_lock (&self->lock);
  self->has_flushed = TRUE;
  for (guint i = 0; self->base.mutant == MUTANT_FREES_EARLY && i < self->out->len; i++)
    gst_buffer_remove_all_memory (g_ptr_array_index (self->out, i));
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
finalize (GObject * object)
{
  RulesPool *self = RULES_POOL (object);

  g_ptr_array_unref (self->out);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  G_OBJECT_CLASS (twin_rules_parent_class)->finalize (object);
}

static void
twin_rules_class_init (RulesPoolClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = finalize;
  klass->get_options = get_options;
  klass->set_config = set_config;
  klass->start = start;
  klass->stop = stop;
  klass->acquire_buffer = acquire_buffer;
  klass->reset_buffer = reset_buffer;
  klass->release_buffer = release_buffer;
  klass->flush_start = flush_start;
}

static void
twin_rules_init (RulesPool * self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->idle);
  self->out = g_ptr_array_new ();
}

/* --- the twins --- */

GstBufferPool *
twin_rules_new (Mutant mutant)
{
  GstBufferPool *pool = twin_bufpool_new (twin_rules_get_type (), mutant);

  if (mutant == MUTANT_ACTIVATES_UNCONFIGURED) {
    GstStructure *config = gst_buffer_pool_get_config (pool);

    gst_buffer_pool_config_set_params (config, NULL, 4096, 0, 0);
    gst_buffer_pool_set_config (pool, config);
  }
  return pool;
}

gboolean
twin_rules_set_config (Mutant mutant, GstBufferPool * pool, GstStructure * take_config)
{
  gboolean result;

  if (mutant != MUTANT_CONFIG_WHILE_ACTIVE || !gst_buffer_pool_is_active (pool))
    return gst_buffer_pool_set_config (pool, take_config);
  gst_buffer_pool_set_active (pool, FALSE);
  result = gst_buffer_pool_set_config (pool, take_config);
  gst_buffer_pool_set_active (pool, TRUE);
  return result;
}

GstFlowReturn
twin_rules_acquire (Mutant mutant, GstBufferPool * pool, GstBuffer ** buffer,
    GstBufferPoolAcquireParams * params)
{
  GstFlowReturn flow = gst_buffer_pool_acquire_buffer (pool, buffer, params);

  if (flow == GST_FLOW_OK && mutant == MUTANT_POOL_NOT_SET)
    gst_clear_object (&(*buffer)->pool);
  return flow;
}
