/* The allocators that can be probed: finding one, and using it. */
#include "config.h"
#include "probe/memory/allocators.h"

#include "probe/memory/built-in.h"
#include "probe/release.h"
#include "probe/twins/memfd.h"
#include "probe/twins/twins.h"

#include <dlfcn.h>
#include <gst/allocators/allocators.h>
#include <string.h>

#define PLUGIN_SYMBOL "shmdiag_align_targets"
/* The twin that is as it should be: a reference to compare with. */
#define CLEAN_NAME "ref-memfd"
#define CLEAN_TWIN TWIN_PREFIX "clean"

/* Names under which libraries and plugins are known to register allocators. */
static const gchar *const registered[] = {
  "fd", "dmabuf", "drmdumb", "GLMemory", "GLMemoryPBO", "GLMemoryEGL", "GLBuffer", "VulkanMemory",
  "VulkanImageMemory", "VulkanBufferMemory", "memory:CUDAMemory", "memory:VASurface"
};

/* --- plug-ins --- */

typedef gboolean (*TargetFunc) (const ShmdiagAlignTarget * target, gpointer user);

static gboolean
for_each_in_plugin (const gchar * file, TargetFunc func, gpointer user, GError ** error)
{
  gpointer library = dlopen (file, RTLD_NOW | RTLD_GLOBAL);
  const ShmdiagAlignTarget *const *targets = library ? dlsym (library, PLUGIN_SYMBOL) : NULL;

  if (!library) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
        "--plugin: cannot be loaded: %s", dlerror ());
    return FALSE;
  }
  for (; targets && *targets; targets++) {
    if ((*targets)->version != SHMDIAG_ALIGN_TARGET_VERSION) {
      g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
          "--plugin: %s: made for version %u of shmdiag/align-target.h, this is %u", file,
          (*targets)->version, SHMDIAG_ALIGN_TARGET_VERSION);
      return FALSE;
    }
    if (func && func (*targets, user))
      break;
  }
  return TRUE;
}

static gboolean
for_each_plugin (Actor * actor, TargetFunc func, gpointer user, GError ** error)
{
  const gchar *plugins = actor_get (actor, "plugins");
  g_auto (GStrv) files = plugins ? g_strsplit (plugins, ":", -1) : NULL;

  for (gsize i = 0; files && files[i]; i++) {
    if (!for_each_in_plugin (files[i], func, user, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
probe_allocators_init (Actor * actor, GError ** error)
{
  return gst_init_check (NULL, NULL, error) && for_each_plugin (actor, NULL, NULL, error);
}

/* --- finding one --- */

typedef struct
{
  const gchar *name;
  const ShmdiagAlignTarget *found;
} Search;

static gboolean
has_name (const ShmdiagAlignTarget * target, gpointer user)
{
  Search *search = user;

  if (g_str_equal (target->name, search->name))
    search->found = target;
  return search->found != NULL;
}

static const ShmdiagAlignTarget *
find_target (Actor * actor, const gchar * name)
{
  Search search = { name, NULL };

  for (const ShmdiagAlignTarget * target = built_in_targets; target->name; target++) {
    if (has_name (target, &search))
      return search.found;
  }
  search.found = twin_memfd_target (g_str_equal (name, CLEAN_NAME) ? CLEAN_TWIN : name);
  if (!search.found)
    for_each_plugin (actor, has_name, &search, NULL);
  return search.found;
}

/* "name:fd": whatever is registered as that. */
static ShmdiagAlignTarget *
named_target (const gchar * name)
{
  ShmdiagAlignTarget *target = g_new0 (ShmdiagAlignTarget, 1);

  target->version = SHMDIAG_ALIGN_TARGET_VERSION;
  target->name = g_intern_string (name);
  target->element = target->name + strlen ("name:");
  target->takes_params = TRUE;
  return target;
}

ProbeAllocator *
probe_allocator_open (Actor * actor, const gchar * name, GError ** error)
{
  gboolean by_name = g_str_has_prefix (name, "name:");
  const ShmdiagAlignTarget *target = by_name ? named_target (name) : find_target (actor, name);
  GstAllocator *allocator;
  ProbeAllocator *self;

  if (!target) {
    built_in_refuse (error, "no such allocator");
    return NULL;
  }
  allocator = by_name ? built_in_open_named (target->element, error)
      : target->open (actor_get (actor, "dir"), error);
  if (!allocator && error && !*error)
    built_in_refuse (error, "its open() gave neither an allocator nor a reason");
  if (!allocator)
    return NULL;
  self = g_new0 (ProbeAllocator, 1);
  self->target = target;
  self->allocator = allocator;
  self->release = target->release ? g_strdup (target->release) : probe_gstreamer_release ();
  return self;
}

void
probe_allocator_close (ProbeAllocator * self)
{
  if (!self)
    return;
  if (self->target->close)
    self->target->close (self->allocator);
  gst_object_unref (self->allocator);
  g_free (self->release);
  g_free (self);
}

static void
tell_target (Actor * actor, const gchar * name)
{
  g_autoptr (GError) error = NULL;
  ProbeAllocator *self = probe_allocator_open (actor, name, &error);

  probe_found (actor, name, self ? NULL : error->message);
  probe_allocator_close (self);
}

static gboolean
tell_plugged (const ShmdiagAlignTarget * target, gpointer user)
{
  tell_target (user, target->name);
  return FALSE;
}

void
probe_allocators_list (Actor * actor)
{
  const gchar *asked = actor_get (actor, "name");

  probe_target_of_gstreamer (actor, "GStreamer");
  for (const ShmdiagAlignTarget * target = built_in_targets; target->name; target++)
    tell_target (actor, target->name);
  for_each_plugin (actor, tell_plugged, actor, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (registered); i++) {
    g_autofree gchar *name = g_strconcat ("name:", registered[i], NULL);
    GstAllocator *allocator = gst_allocator_find (registered[i]);

    if (allocator)
      tell_target (actor, name);
    gst_clear_object (&allocator);
  }
  if (asked) {
    g_autofree gchar *name = g_strconcat ("name:", asked, NULL);

    tell_target (actor, name);
  }
  tell_target (actor, CLEAN_NAME);
  twin_list (TWIN_ALLOCATOR, actor);
}

/* --- using one --- */

GstMemory *
probe_allocator_alloc (const ProbeAllocator * self, gsize size, GstAllocationParams * params)
{
  if (self->target->alloc)
    return self->target->alloc (self->allocator, size, params);
  return gst_allocator_alloc (self->allocator, size, params);
}

gint
probe_allocator_fd (const ProbeAllocator * self, GstMemory * memory)
{
  if (self->target->fd)
    return self->target->fd (memory);
  return gst_is_fd_memory (memory) ? gst_fd_memory_get_fd (memory) : -1;
}
