/* Where the data are: of an installation that may have been moved, of a build in any directory. */
#include "config.h"
#include "cli/data.h"

#include <string.h>

/* "../share/shmdiag" from "/usr/bin" to "/usr/share/shmdiag". Caller frees. */
static gchar *
relative_path (const gchar * from, const gchar * to)
{
  g_auto (GStrv) from_parts = g_strsplit (from, "/", -1);
  g_auto (GStrv) to_parts = g_strsplit (to, "/", -1);
  GString *path = g_string_new (NULL);
  guint same = 0;

  while (from_parts[same] && to_parts[same] && g_str_equal (from_parts[same], to_parts[same]))
    same++;
  for (guint i = same; from_parts[i]; i++) {
    if (*from_parts[i])
      g_string_append (path, "../");
  }
  for (guint i = same; to_parts[i]; i++)
    g_string_append_printf (path, "%s%s", to_parts[i], to_parts[i + 1] ? "/" : "");
  return g_string_free (path, FALSE);
}

/* A build directory has links to the data of its source tree; an installation that was moved, or
 * staged, has them where they lie to each other as configured. Places: gchar*. */
static GPtrArray *
find_places (const gchar * in_build, const gchar * installed)
{
  GPtrArray *places = g_ptr_array_new_with_free_func (g_free);
  g_autofree gchar *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree gchar *dir = program ? g_path_get_dirname (program) : NULL;
  g_autofree gchar *relative = relative_path (SHMDIAG_BINDIR, SHMDIAG_PKGDATADIR);
  g_autofree gchar *moved = dir ? g_build_filename (dir, relative, installed, NULL) : NULL;
  gchar *configured = g_build_filename (SHMDIAG_PKGDATADIR, installed, NULL);

  if (dir) {
    g_ptr_array_add (places, g_build_filename (dir, in_build, NULL));
    g_ptr_array_add (places, g_canonicalize_filename (moved, "/"));
  }
  if (!dir || !g_str_equal (g_ptr_array_index (places, 1), configured))
    g_ptr_array_add (places, configured);
  else
    g_free (configured);
  return places;
}

/* The first of PLACES that has FILE; NULL with ERROR. Caller frees. */
static gchar *
first_with (const GPtrArray * places, const gchar * file, GError ** error)
{
  g_autoptr (GString) looked = g_string_new (NULL);

  for (guint i = 0; i < places->len; i++) {
    const gchar *place = g_ptr_array_index (places, i);
    g_autofree gchar *path = g_build_filename (place, file, NULL);

    if (g_file_test (path, G_FILE_TEST_EXISTS))
      return g_strdup (place);
    g_string_append_printf (looked, "%s%s", i > 0 ? ", " : "", place);
  }
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
      "%s: not found; looked in %s (see SHMDIAG_DATADIR)", file, looked->str);
  return NULL;
}

gchar *
command_data_dir (GError ** error)
{
  const gchar *from_env = g_getenv ("SHMDIAG_DATADIR");
  g_autoptr (GPtrArray) places = NULL;

  if (from_env && *from_env)
    return g_strdup (from_env);
  places = find_places ("scenarios", "scenarios");
  return first_with (places, "known-issues", error);
}

gchar *
command_proof_dir (GError ** error)
{
  const gchar *from_env = g_getenv ("SHMDIAG_DATADIR");
  g_autoptr (GPtrArray) places = find_places ("proofs", "proofs");

  if (from_env && *from_env)
    g_ptr_array_insert (places, 0, g_build_filename (from_env, "..", "proofs", NULL));
  return first_with (places, "run.sh", error);
}
