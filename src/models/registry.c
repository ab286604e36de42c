/* The registry of models, and shared objects that bring their own. */
#include "config.h"
#include "models/registry.h"

#include <dlfcn.h>
#include <string.h>

#define X(name) extern const ShmdiagModel model_##name;
#include "models/model-list.h"
#undef X

static const ShmdiagModel *const built_in[] = {
#define X(name) &model_##name,
#include "models/model-list.h"
#undef X
  NULL
};

/* --- a shared object --- */

static const gchar *
what_is_wrong (const ShmdiagModel * model)
{
  guint least = model->min_threads ? model->min_threads : model->n_threads;
  guint most = model->max_threads ? model->max_threads : model->n_threads;

  if (model->version != SHMDIAG_EXPLORE_VERSION)
    return "of another version of shmdiag/explore.h";
  if (!model->name || !model->summary || !model->thread)
    return "a model without name, summary or thread";
  if (least < 1 || least > model->n_threads || most < model->n_threads
      || most > SHMDIAG_MAX_THREADS)
    return "a model with an impossible number of threads";
  return NULL;
}

static gboolean
add_all (GPtrArray * models, const ShmdiagModel * const *list, const gchar * target,
    GError ** error)
{
  for (; *list; list++) {
    const gchar *wrong = what_is_wrong (*list);

    if (wrong) {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: %s", target, wrong);
      return FALSE;
    }
    g_ptr_array_add (models, (gpointer) * list);
  }
  return TRUE;
}

static const ShmdiagModel *const *
open_target (const gchar * target, GError ** error)
{
  /* Without a slash, dlopen would look where libraries are. */
  g_autofree gchar *path = g_canonicalize_filename (target, NULL);
  gpointer handle = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  gpointer list = handle ? dlsym (handle, "shmdiag_models") : NULL;

  if (!list)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: not a target: %s", target,
        dlerror ());
  return list;
}

GPtrArray *
models_load (const gchar * target, GError ** error)
{
  g_autoptr (GPtrArray) models = g_ptr_array_new ();
  const ShmdiagModel *const *list;

  list = target ? open_target (target, error) : built_in;
  if (!list || !add_all (models, list, target ? target : "built in", error))
    return NULL;
  return g_steal_pointer (&models);
}

gboolean
models_find (const GPtrArray * models, const gchar * name, GPtrArray * found)
{
  g_autofree gchar *family = g_strconcat (name, "-", NULL);
  guint n_before = found->len;

  for (guint i = 0; i < models->len; i++) {
    const ShmdiagModel *model = g_ptr_array_index (models, i);

    if (g_str_equal (model->name, name)) {
      g_ptr_array_set_size (found, n_before);
      g_ptr_array_add (found, (gpointer) model);
      return TRUE;
    }
    if (g_str_has_prefix (model->name, family))
      g_ptr_array_add (found, (gpointer) model);
  }
  return found->len > n_before;
}

/* --- builds --- */

static void
add_file (GChecksum * sum, const gchar * path)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);

  if (file)
    g_checksum_update (sum, (const guchar *) g_mapped_file_get_contents (file),
        g_mapped_file_get_length (file));
}

guint32
models_build (const gchar * target)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize length = sizeof digest;

  add_file (sum, "/proc/self/exe");
  if (target)
    add_file (sum, target);
  g_checksum_get_digest (sum, digest, &length);
  return (guint32) digest[0] << 24 | digest[1] << 16 | digest[2] << 8 | digest[3];
}
