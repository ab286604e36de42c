/* Rules of importers: the figures of the reports that they come from, and bad lines. */
#include "config.h"
#include "verdict/importer.h"

#include "scenario/scenario.h"

#include <string.h>

static GPtrArray *
load_shipped (void)
{
  const gchar *srcdir = g_getenv ("srcdir");
  g_autofree gchar *file = g_build_filename (srcdir != NULL ? srcdir : ".", "scenarios",
      "importer-profiles", NULL);
  g_autoptr (GError) error = NULL;
  GPtrArray *importers = importer_load (file, NULL, &error);

  g_assert_no_error (error);
  return importers;
}

/* A picture whose lines follow each other without a gap. */
static ImporterBuffer
packed (const gchar * format, guint width, guint height, guint stride, guint64 size)
{
  ImporterBuffer buffer = {.format = format,.width = width,.height = height,.n_planes = 1,
    .size = size,.page = 4096
  };

  buffer.planes[0] = (ImporterPlane) {.stride = stride,.lines = height,.lines_each = 1,
    .line_bytes = stride
  };
  return buffer;
}

/* As a semi-planar picture is laid out by default. */
static ImporterBuffer
nv12 (guint width, guint height, guint stride, guint64 size)
{
  ImporterBuffer buffer = packed ("NV12", width, height, stride, size);

  buffer.n_planes = 2;
  buffer.planes[1] = (ImporterPlane) {.offset = (guint64) stride * height,.stride = stride,
    .lines = (height + 1) / 2,.lines_each = 2,.line_bytes = stride
  };
  return buffer;
}

/* --- figures that were reported --- */

static const struct
{
  const gchar *importer, *format;
  guint width, height, stride;
  guint64 offered, needed;
} reported[] = {
  {"v3dv", "BGRx", 1280, 1440, 5120, 7372800, 7376896},
  {"radeonsi", "BGRx", 1600, 1068, 6400, 6836224, 6836224 + 24576},
  {"radeonsi", "BGRx", 1920, 1080, 7680, 8294400, 8355840},
  {"iHD-packed", "YUY2", 640, 480, 1280, 614400, 618496},
  {"bcm2835-codec", "UYVY", 1920, 1080, 3840, 4147200, 4177920},
  {"bcm2835-codec", "GRAY8", 640, 200, 640, 128000, 133120},
};

static void
test_reported (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GPtrArray) importers = load_shipped ();
  const Importer *importer = importer_find (importers, reported[i].importer);
  ImporterBuffer buffer = packed (reported[i].format, reported[i].width, reported[i].height,
      reported[i].stride, reported[i].offered);
  g_autoptr (GString) why = g_string_new (NULL);
  guint64 needed;

  g_assert_nonnull (importer);
  g_assert_cmpint (importer_judge (importer, &buffer, why, &needed), ==, IMPORTER_REFUSES);
  g_test_message ("%s", why->str);
  g_assert_cmpuint (needed, ==, reported[i].needed);
  g_string_truncate (why, 0);
  buffer.size = needed;
  g_assert_cmpint (importer_judge (importer, &buffer, why, NULL), ==, IMPORTER_ACCEPTS);
  g_assert_cmpstr (why->str, ==, "");
}

/* --- one rule at a time --- */

static const struct
{
  const gchar *name, *rule;
  guint width, height, stride;
  gint64 more;                  /* bytes besides those of a frame */
  const gchar *why;             /* NULL: accepted */
} rules[] = {
  {"nothing", "", 320, 240, 320, 0, NULL},
  {"short", "", 320, 240, 320, -1, "the memory has 115199 bytes, 115200 are needed"},
  {"stride", ", stride-align=64", 321, 2, 324, 0,
      "plane 0 has the stride 324, not a multiple of 64; "
        "plane 1 has the stride 324, not a multiple of 64"},
  {"stride-kept", ", stride-align=64", 320, 2, 320, 0, NULL},
  {"offset", ", offset-align=4096", 320, 240, 320, 0,
      "plane 1 has the offset 76800, not a multiple of 4096"},
  {"width", ", width-align=16", 321, 2, 321, 0,
      "plane 0 has the stride 321, 336 are needed for a width of 336; "
        "plane 1 has the stride 321, 336 are needed for a width of 336"},
  {"height", ", height-align=16", 64, 33, 64, 0,
      "the memory has 3200 bytes, 3648 are needed"},
  {"height-kept", ", height-align=16", 64, 33, 64, 448, NULL},
  {"plane-height", ", plane-height-align=16", 64, 33, 64, 4096,
      "plane 1 begins at 2112, with plane 0 padded to a multiple of 16 lines it begins at 3072"},
  {"extra", ", extra-lines=1, extra-bytes=16, size-align=4k", 64, 64, 64, 0,
      "the memory has 6144 bytes, 8192 are needed"},
  {"extra-kept", ", extra-lines=1, extra-bytes=16, size-align=4k", 64, 64, 64, 2048, NULL},
  {"multiple", ", size-multiple=16k", 64, 64, 64, 0,
      "the memory has 6144 bytes, not a multiple of 16384"},
  {"page", ", page-multiple=true", 64, 64, 64, 0,
      "the memory has 6144 bytes, not a multiple of 4096"},
  {"page-kept", ", page-multiple=true", 64, 64, 64, 2048, NULL},
  {"contiguous", ", contiguous=true", 64, 64, 64, 0,
      "the memory is not known to be physically contiguous"},
};

static void
test_rule (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree gchar *text = g_strdup_printf ("importer, name=x, source=s%s", rules[i].rule);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) importers = importer_load ("p", text, &error);
  ImporterBuffer buffer = nv12 (rules[i].width, rules[i].height, rules[i].stride, 0);
  g_autoptr (GString) why = g_string_new (NULL);

  g_assert_no_error (error);
  buffer.planes[0].line_bytes = buffer.planes[1].line_bytes = rules[i].width;
  buffer.size = (guint64) ((gint64) rules[i].stride * (rules[i].height
          + (rules[i].height + 1) / 2) + rules[i].more);
  g_assert_cmpint (importer_judge (g_ptr_array_index (importers, 0), &buffer, why, NULL), ==,
      rules[i].why != NULL ? IMPORTER_REFUSES : IMPORTER_ACCEPTS);
  g_assert_cmpstr (why->str, ==, rules[i].why != NULL ? rules[i].why : "");
}

static void
test_formats (void)
{
  g_autoptr (GPtrArray) importers = importer_load ("p",
      "importer, name=x, source=s, formats={ BGRx, RGBx }, stride-align=3", NULL);
  ImporterBuffer buffer = packed ("NV12", 4, 4, 4, 16);
  g_autoptr (GString) why = g_string_new (NULL);

  g_assert_cmpint (importer_judge (g_ptr_array_index (importers, 0), &buffer, why, NULL), ==,
      IMPORTER_NOT_ITS_FORMAT);
  g_assert_cmpstr (why->str, ==, "");
  buffer.format = "RGBx";
  g_assert_cmpint (importer_judge (g_ptr_array_index (importers, 0), &buffer, why, NULL), ==,
      IMPORTER_REFUSES);
}

/* Numbers at the edge stay at the edge. */
static void
test_edges (void)
{
  g_autoptr (GPtrArray) importers = load_shipped ();
  ImporterBuffer buffer = nv12 (G_MAXUINT, G_MAXUINT, G_MAXUINT, G_MAXUINT64 - 1);

  buffer.planes[1].offset = G_MAXUINT64;
  buffer.planes[1].lines_each = 0;
  for (guint i = 0; i < importers->len; i++) {
    const Importer *importer = g_ptr_array_index (importers, i);
    g_autoptr (GString) why = g_string_new (NULL);
    g_autofree gchar *words = importer_describe (importer);
    guint64 needed;

    g_assert_cmpuint (strlen (words), >, 0);
    importer_judge (importer, &buffer, why, &needed);
    g_assert_cmpuint (needed, ==, G_MAXUINT64);
  }
}

/* --- the file --- */

static const struct
{
  const gchar *text, *message;
} bad[] = {
  {"driver, name=x", "p:1: line: not an importer: driver"},
  {"importer, name=x", "p:1: source: missing"},
  {"importer, source=s", "p:1: name: missing"},
  {"importer, name=x, source=s, colour=red", "p:1: importer: unknown field: colour"},
  {"# a\nimporter, name=x, source=s, stride-align=wide", "p:2: stride-align: not a number: wide"},
  {"importer, name=x, source=s, stride-align=-1", "p:1: stride-align: out of range"},
  {"importer, name=x, source=s, size-align=4q", "p:1: size-align: not a size: 4q"},
  {"importer, name=x, source=s, contiguous=perhaps", "p:1: contiguous: not"},
  {"importer, name=x, source=s\nimporter, name=x, source=s", "p:2: name: twice: x"},
};

static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) importers = importer_load ("p", bad[i].text, &error);

    g_assert_null (importers);
    g_assert_nonnull (error);
    g_test_message ("%s", error->message);
    g_assert_true (g_str_has_prefix (error->message, bad[i].message));
  }
}

/* Who says where it is from can be asked. */
static void
test_shipped (void)
{
  g_autoptr (GPtrArray) importers = load_shipped ();

  g_assert_cmpuint (importers->len, >, 15);
  for (guint i = 0; i < importers->len; i++) {
    const Importer *importer = g_ptr_array_index (importers, i);

    g_assert_cmpuint (strlen (importer->source), >, 10);
  }
  g_assert_null (importer_find (importers, "nobody"));
}

gint
main (gint argc, gchar ** argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (reported); i++) {
    g_autofree gchar *path = g_strdup_printf ("/importer/reported/%s-%ux%u",
        reported[i].importer, reported[i].width, reported[i].height);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_reported);
  }
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++) {
    g_autofree gchar *path = g_strdup_printf ("/importer/rule/%s", rules[i].name);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_rule);
  }
  g_test_add_func ("/importer/formats", test_formats);
  g_test_add_func ("/importer/edges", test_edges);
  g_test_add_func ("/importer/bad", test_bad);
  g_test_add_func ("/importer/shipped", test_shipped);
  return g_test_run ();
}
