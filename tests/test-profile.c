/* Importer profiles: what is refused in their table, and what they say of buffers. */
#include "config.h"
#include "scenario/profile.h"
#include "scenario/scenario.h"

#include <locale.h>

#define LINE "profile, name=p, driver=d, source=s"

/* --- bad lines --- */

static const struct
{
  const gchar *name, *text, *message;
} bad[] = {
  {"empty", "# nothing\n", "t:1: profile: missing: no line in the file"},
  {"action", "issue, id=K1", "t:1: line: not a profile: issue"},
  {"no-source", "profile, name=p, driver=d", "t:1: source: missing: profile"},
  {"twice", LINE "\n\n" LINE, "t:3: name: given twice: p"},
  {"number", LINE ", stride-align=x", "t:1: stride-align: not a number: x"},
  {"unknown", LINE ", colour=1", "t:1: profile: unknown field: colour"},
};

static void
test_bad (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) profiles = profile_load ("t", bad[i].text, &error);

  g_assert_null (profiles);
  g_assert_nonnull (error);
  g_assert_cmpstr (error->message, ==, bad[i].message);
}

static void
test_zero_align (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) profiles = profile_load ("t", LINE ", size-align=0", &error);

  g_assert_null (profiles);
  g_assert_nonnull (error);
  g_assert_true (g_str_has_prefix (error->message, "t:1: size-align: "));
}

/* --- verdicts --- */

#define ONE(size, offset, stride, height) {size, 1, {{offset, stride, height}}}

static const struct
{
  const gchar *name, *rule;
  ProfileBuffer buffer;
  const gchar *obstacle;        /* NULL: accepted */
} verdicts[] = {
  {"fits", "", ONE (6400, 0, 64, 100), NULL},
  {"short", "", ONE (6399, 0, 64, 100), "6399 bytes are offered, 6400 needed"},
  {"offset-short", "", ONE (6400, 8, 64, 100), "6400 bytes are offered, 6408 needed"},
  {"only-size", "", {100}, NULL},
  {"only-size-extra", ", extra=64, size-align=4096", {4096}, "4096 bytes are offered, 8192 needed"},
  {"v3dv", ", extra=64, size-align=4096", ONE (7372800, 0, 5120, 1440),
        "7372800 bytes are offered, 7376896 needed"},
  {"v3dv-padded", ", extra=64, size-align=4096", ONE (7376896, 0, 5120, 1440), NULL},
  {"intel", ", extra=4096, size-align=4096", ONE (614400, 0, 1280, 480),
        "614400 bytes are offered, 618496 needed"},
  {"stride", ", stride-align=256", ONE (2000000, 0, 1366, 768),
        "stride 1366 is no multiple of 256"},
  {"offset", ", offset-align=64", ONE (6500, 32, 64, 100), "offset 32 is no multiple of 64"},
  {"height", ", height-align=16", ONE (128000, 0, 640, 200),
        "128000 bytes are offered, 133120 needed"},
  {"height-padded", ", height-align=16", ONE (133120, 0, 640, 200), NULL},
  {"multiple", ", size-multiple=16384", {20480}, "size 20480 is no multiple of 16384"},
  {"rows", ", rows-align=32", ONE (8388608, 0, 7680, 1080),
        "room for 1092 lines is no multiple of 32"},
  {"gap", ", contiguous=true", {1000, 2, {{0, 10, 20}, {256, 10, 10}}},
        "plane 1 begins at 256, not at 200 where plane 0 ends"},
  {"no-gap", ", contiguous=true", {1000, 2, {{0, 10, 20}, {200, 10, 10}}}, NULL},
  {"overflow", "", ONE (1, 0, G_MAXUINT64, 2), "more than 64 bits of bytes are needed"},
  {"overflow-extra", ", extra=1", {G_MAXUINT64}, "more than 64 bits of bytes are needed"},
};

static void
test_verdict (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);
  g_autofree gchar *text = g_strconcat (LINE, verdicts[i].rule, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) profiles = profile_load ("t", text, &error);
  g_autofree gchar *obstacle = NULL;

  g_assert_no_error (error);
  obstacle = profile_obstacle (g_ptr_array_index (profiles, 0), &verdicts[i].buffer);
  g_assert_cmpstr (obstacle, ==, verdicts[i].obstacle);
}

static void
test_shipped (void)
{
  g_autofree gchar *file = g_test_build_filename (G_TEST_DIST, "..", "scenarios",
      "importer-profiles", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) profiles = profile_load (file, NULL, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < profiles->len; i++) {
    const Profile *profile = g_ptr_array_index (profiles, i);
    g_autofree gchar *words = profile_words (profile);

    g_assert_cmpstr (words, !=, "");
    g_assert_cmpstr (profile->source, !=, "");
  }
}

gint
main (gint argc, gchar ** argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  scenario_init ();
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree gchar *path = g_strconcat ("/profile/bad/", bad[i].name, NULL);

    g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_bad);
  }
  g_test_add_func ("/profile/bad/zero-align", test_zero_align);
  for (gsize i = 0; i < G_N_ELEMENTS (verdicts); i++) {
    g_autofree gchar *path = g_strconcat ("/profile/verdict/", verdicts[i].name, NULL);

    g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_verdict);
  }
  g_test_add_func ("/profile/shipped", test_shipped);
  return g_test_run ();
}
