/* K8, GstBufferPool and what inherits its start, contract prealloc: when an allocation of the
 * preallocation fails, the buffers made before it are lost, and still count as buffers of the pool.
 * How: an allocator that fails at the fourth of four allocations. With "video" as argument the same
 * for GstVideoBufferPool.
 * Build: cc k8-prealloc-leak.c -o k8-prealloc-leak $(pkg-config --cflags --libs gstreamer-video-1.0)
 */
#include <gst/gst.h>
#include <gst/video/video.h>
#include <gst/video/gstvideopool.h>
#include <string.h>
#include <unistd.h>

#define N_BUFFERS 4
#define CAPS "video/x-raw, format=GRAY8, width=80, height=60, framerate=25/1"
#define SIZE (80 * 60)

/* System memory, counted. */
typedef struct
{
  GstAllocator parent;
  gint made, alive, fails_at;
} Counting;

typedef GstAllocatorClass CountingClass;

GType counting_get_type (void);
G_DEFINE_TYPE (Counting, counting, GST_TYPE_ALLOCATOR)

static void
count_down (gpointer alive)
{
  g_atomic_int_add ((gint *) alive, -1);
}

static GstMemory *
counting_alloc (GstAllocator * allocator, gsize size, GstAllocationParams * params)
{
  Counting *self = (Counting *) allocator;
  GstMemory *memory;

  if (self->made + 1 == self->fails_at)
    return NULL;
  memory = gst_allocator_alloc (NULL, size, params);
  gst_mini_object_set_qdata (GST_MINI_OBJECT_CAST (memory),
      g_quark_from_static_string ("counted"), &self->alive, count_down);
  self->made++;
  self->alive++;
  return memory;
}

static void
counting_class_init (CountingClass * klass)
{
  klass->alloc = counting_alloc;
}

static void
counting_init (Counting * self)
{
}

static gboolean
configure (GstBufferPool * pool, GstAllocator * allocator)
{
  GstStructure *config = gst_buffer_pool_get_config (pool);
  GstCaps *caps = gst_caps_from_string (CAPS);

  gst_buffer_pool_config_set_params (config, caps, SIZE, N_BUFFERS, N_BUFFERS);
  gst_buffer_pool_config_set_allocator (config, allocator, NULL);
  gst_caps_unref (caps);
  return gst_buffer_pool_set_config (pool, config);
}

int
main (int argc, char **argv)
{
  gboolean video = argc > 1 && strcmp (argv[1], "video") == 0;
  GstBufferPool *pool;
  Counting *counting;
  gboolean first, second;
  gint left;

  alarm (20);
  gst_init (&argc, &argv);
  pool = video ? gst_video_buffer_pool_new () : gst_buffer_pool_new ();
  counting = g_object_new (counting_get_type (), NULL);
  gst_object_ref_sink (counting);
  counting->fails_at = N_BUFFERS;
  if (!configure (pool, GST_ALLOCATOR (counting))) {
    g_print ("not run: the pool takes no allocator\n");
    return 77;
  }
  first = gst_buffer_pool_set_active (pool, TRUE);
  left = counting->alive;
  counting->fails_at = 0;
  second = gst_buffer_pool_set_active (pool, TRUE);
  if (second)
    gst_buffer_pool_set_active (pool, FALSE);
  gst_object_unref (pool);

  g_print ("%s: activation that fails at allocation %d: %s, %d blocks left; again with a good "
      "allocator: %s; after the last unref: %d blocks left\n", video ? "GstVideoBufferPool" :
      "GstBufferPool", N_BUFFERS, first ? "TRUE" : "FALSE", left, second ? "TRUE" : "FALSE",
      counting->alive);
  if (first)
    return 77;
  left = MAX (left, counting->alive);
  g_print (left > 0 ? "shown\n" : "not shown\n");
  return left > 0 ? 0 : 1;
}
