/* What probers are made of that needs no allocator: rows, and looking at one's own memory. */
#include "config.h"
#include "probe/rows.h"
#include "probe/touch.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

/* --- rows --- */

static void
test_rows_text (void)
{
  static const struct
  {
    const gchar *text, *again;  /* again NULL: not understood */
  } cases[] = {
    {"107", "107:0:0:0:-"},
    {"1k:63", "1024:63:0:0:-"},
    {"5000:4095:16:32:zp", "5000:4095:16:32:zp"},
    {"1:0:0:64:p:64k", "1:0:0:64:p:65536"},
    {"18446744073709551615", "18446744073709551615:0:0:0:-"},
    {"", NULL},
    {"x", NULL},
    {"-1", NULL},
    {"100:62", NULL},
    {"100:0:0:0:q", NULL},
    {"1:1:1:1:-:1:1", NULL},
    {"18446744073709551616", NULL},
    {"100,", NULL},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GArray) rows = probe_rows_parse (cases[i].text, &error);
    g_autofree gchar *again = NULL;

    if (cases[i].again == NULL) {
      g_assert_null (rows);
      g_assert_nonnull (error);
      continue;
    }
    g_assert_no_error (error);
    again = probe_row_text (&g_array_index (rows, ProbeRow, 0));
    g_assert_cmpstr (again, ==, cases[i].again);
  }
}

static void
test_rows_overflow (void)
{
  static const struct
  {
    ProbeRow row;
    gboolean overflows;
  } cases[] = {
    {{.size = G_MAXSIZE - 7}, FALSE},
    {{.size = G_MAXSIZE - 6}, TRUE},
    {{.size = 100,.prefix = G_MAXSIZE - 107}, FALSE},
    {{.size = 100,.prefix = G_MAXSIZE - 106}, TRUE},
    {{.size = 100,.padding = G_MAXSIZE}, TRUE},
    {{.size = G_MAXSIZE - 4095,.align = 4095}, FALSE},
    {{.size = G_MAXSIZE - 4094,.align = 4095}, TRUE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (probe_row_overflows (&cases[i].row), ==, cases[i].overflows);
}

static gboolean
has_size (const GArray * rows, guint64 size)
{
  for (guint i = 0; i < rows->len; i++) {
    if (g_array_index (rows, ProbeRow, i).size == size)
      return TRUE;
  }
  return FALSE;
}

static void
test_rows_default (void)
{
  static const guint64 pages[] = { 4096, 16384, 65536 };

  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++) {
    g_autoptr (GArray) rows = probe_rows_default (pages[i], TRUE, FALSE);
    g_autoptr (GArray) plain = probe_rows_default (pages[i], FALSE, FALSE);

    g_assert_cmpuint (rows->len, >, plain->len * 10);
    g_assert_true (has_size (rows, 0));
    g_assert_true (has_size (rows, 107));
    g_assert_true (has_size (rows, pages[i] - 1));
    g_assert_true (has_size (rows, pages[i] + 1));
    g_assert_true (has_size (plain, G_MAXSIZE));
  }
}

static gboolean
is_same (const ProbeRow * a, const ProbeRow * b)
{
  g_autofree gchar *first = probe_row_text (a);
  g_autofree gchar *second = probe_row_text (b);

  return g_str_equal (first, second);
}

/* What comes in one piece comes in pieces, too. */
static void
test_rows_random (void)
{
  g_autoptr (GArray) whole = probe_rows_random (42, 0, 1000, PAGE, TRUE);
  g_autoptr (GArray) other = probe_rows_random (43, 0, 1000, PAGE, TRUE);
  guint same = 0;

  for (guint from = 0; from < 1000; from += 250) {
    g_autoptr (GArray) part = probe_rows_random (42, from, 250, PAGE, TRUE);

    for (guint i = 0; i < part->len; i++)
      g_assert_true (is_same (&g_array_index (part, ProbeRow, i),
              &g_array_index (whole, ProbeRow, from + i)));
  }
  for (guint i = 0; i < whole->len; i++) {
    const ProbeRow *row = &g_array_index (whole, ProbeRow, i);

    g_assert_false (probe_row_overflows (row));
    g_assert_cmpuint (row->align & (row->align + 1), ==, 0);
    same += is_same (row, &g_array_index (other, ProbeRow, i));
  }
  g_assert_cmpuint (same, <, 100);
}

static guint64
weight (const ProbeRow * row)
{
  return row->size + row->align + row->prefix + row->padding + row->flags;
}

/* Shrinking gets down to nothing, and never goes up. */
static void
test_rows_simpler (void)
{
  ProbeRow row = {.size = 12345,.align = 4095,.prefix = 77,.padding = 3,.flags = 6 };
  g_autoptr (GArray) first = probe_rows_simpler (&row);
  guint steps = 0;

  for (guint i = 0; i < first->len; i++)
    g_assert_cmpuint (weight (&g_array_index (first, ProbeRow, i)), <, weight (&row));
  /* The slowest way: the last of the simpler ones each time. */
  for (; weight (&row) > 0; steps++) {
    g_autoptr (GArray) simpler = probe_rows_simpler (&row);

    g_assert_cmpuint (simpler->len, >, 0);
    row = g_array_index (simpler, ProbeRow, 0);
    g_assert_cmpuint (steps, <, 100);
  }
}

/* --- mappings --- */

static void
test_mapping_lines (void)
{
  static const struct
  {
    const gchar *line;
    gboolean good;
    guint64 start, inode;
    gboolean writable, shared;
    const gchar *path;
  } cases[] = {
    {"7f0000000000-7f0000001000 rw-s 00002000 00:01 2049                       "
          "/memfd:gst-shm (deleted)\n", TRUE, 0x7f0000000000, 2049, TRUE, TRUE,
        "/memfd:gst-shm (deleted)"},
    {"00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/a b\n", TRUE, 0x400000, 173521,
        FALSE, FALSE, "/usr/bin/a b"},
    {"7ffd1000-7ffd2000 rw-p 00000000 00:00 0 \n", TRUE, 0x7ffd1000, 0, TRUE, FALSE, ""},
    {"7ffd1000-7ffd2000 rw-p 00000000 00:00 0", TRUE, 0x7ffd1000, 0, TRUE, FALSE, ""},
    {"7ffd2000-7ffd1000 rw-p 00000000 00:00 0", FALSE},
    {"7ffd1000 rw-p 00000000 00:00 0", FALSE},
    {"", FALSE},
    {"VmFlags: rd wr", FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    ProbeMapping mapping;

    g_assert_cmpint (probe_mapping_parse (cases[i].line, &mapping), ==, cases[i].good);
    if (!cases[i].good)
      continue;
    g_assert_cmpuint (mapping.start, ==, cases[i].start);
    g_assert_cmpuint (mapping.inode, ==, cases[i].inode);
    g_assert_cmpint (mapping.writable, ==, cases[i].writable);
    g_assert_cmpint (mapping.shared, ==, cases[i].shared);
    g_assert_cmpstr (mapping.path, ==, cases[i].path);
  }
}

/* --- touching --- */

/* Two pages are mapped, the file has one: behind the file SIGBUS, behind the mapping SIGSEGV. */
static void
test_touch (void)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  gint fd = memfd_create ("test", MFD_CLOEXEC);
  ProbeTouch touches[] = {
    {"first", 0, TRUE, 0},
    {"last of the file's page", page - 1, TRUE, 0},
    {"beyond the file", page, FALSE, 0},
    {"beyond the mapping", 2 * page, FALSE, 0},
  };
  static const gint wanted[] = { 0, 0, SIGBUS, SIGSEGV };
  ProbeMapping mapping;
  guint8 *data;
  gint mapped;

  g_assert_cmpint (ftruncate (fd, 100), ==, 0);
  data = mmap (NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  g_assert_true (data != MAP_FAILED);
  data[0] = 7;
  g_assert_true (probe_mapping_at ((guint64) (guintptr) data, &mapping));
  probe_touch (touches, G_N_ELEMENTS (touches), (guint64) (guintptr) data, &mapping);
  for (gsize i = 0; i < G_N_ELEMENTS (touches); i++)
    g_assert_cmpint (touches[i].outcome, ==, wanted[i]);
  g_assert_cmpint (data[0], ==, 7);     /* what is touched keeps its content */
  probe_touch_fd (touches, G_N_ELEMENTS (touches), fd, 0, 2 * page, TRUE, &mapped);
  g_assert_cmpint (mapped, ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (touches); i++)
    g_assert_cmpint (touches[i].outcome, ==, wanted[i]);
  probe_touch_fast (touches, 3, (guint64) (guintptr) data);
  g_assert_cmpint (touches[1].outcome, ==, 0);
  g_assert_cmpint (touches[2].outcome, ==, SIGSEGV);
  munmap (data, 2 * page);
  close (fd);
}

static void
test_touch_read_only (void)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  guint8 *data = mmap (NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ProbeTouch touches[] = { {"read", 0, FALSE, 0}, {"write", 0, TRUE, 0} };

  g_assert_true (data != MAP_FAILED);
  probe_touch (touches, 2, (guint64) (guintptr) data, NULL);
  g_assert_cmpint (touches[0].outcome, ==, 0);
  g_assert_cmpint (touches[1].outcome, ==, SIGSEGV);
  probe_fill ((guint64) (guintptr) data, page, 1);
  g_assert_cmpint (data[0], ==, 0);
  munmap (data, page);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/probe/rows/text", test_rows_text);
  g_test_add_func ("/probe/rows/overflow", test_rows_overflow);
  g_test_add_func ("/probe/rows/default", test_rows_default);
  g_test_add_func ("/probe/rows/random", test_rows_random);
  g_test_add_func ("/probe/rows/simpler", test_rows_simpler);
  g_test_add_func ("/probe/mapping/lines", test_mapping_lines);
  g_test_add_func ("/probe/touch/shared", test_touch);
  g_test_add_func ("/probe/touch/read-only", test_touch_read_only);
  return g_test_run ();
}
