/* What /proc shows of shared memory: texts of every shape, our own process and a child of it, and
 * the arithmetic of mappings that reach behind the end of their file. */
#include "config.h"
#include "base/error.h"
#include "check/check.h"
#include "check/region.h"
#include "proc/fdinfo.h"
#include "proc/holders.h"
#include "proc/maps.h"
#include "proc/sysvipc.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_MUTATIONS 20000

/* --- maps --- */

static const struct
{
  const gchar *line;
  gboolean good;
  guint64 start, end;
  const gchar *modes;
  guint64 offset;
  guint major, minor;
  guint64 inode;
  const gchar *path;
  ProcKind kind;
} mappings[] = {
  {"7fb970018000-7fb970028000 rw-s 00000000 00:01 1257                       "
        "/memfd:my seg (x) (deleted)", TRUE, 0x7fb970018000, 0x7fb970028000, "rw-s", 0, 0, 1, 1257,
        "/memfd:my seg (x) (deleted)", PROC_MEMFD},
  {"7fb970219000-7fb97021a000 rw-s 00002000 00:1b 213                        "
        "/dev/shm/shmpipe.25162.    0", TRUE, 0x7fb970219000, 0x7fb97021a000, "rw-s", 0x2000, 0,
        0x1b, 213, "/dev/shm/shmpipe.25162.    0", PROC_DEV_SHM},
  {"7fb970216000-7fb970219000 r--s 00000000 00:01 0                          "
        "/SYSV00000000 (deleted)", TRUE, 0x7fb970216000, 0x7fb970219000, "r--s", 0, 0, 1, 0,
        "/SYSV00000000 (deleted)", PROC_SYSV},
  {"ffff80000000-ffff80200000 rw-s 100000000 00:0f 7 /dmabuf:", TRUE, 0xffff80000000,
        0xffff80200000, "rw-s", 0x100000000, 0, 0xf, 7, "/dmabuf:", PROC_DMABUF},
  {"ffff80000000-ffff80200000 rw-s 00000000 00:0f 7 /dmabuf:camera 0", TRUE, 0xffff80000000,
        0xffff80200000, "rw-s", 0, 0, 0xf, 7, "/dmabuf:camera 0", PROC_DMABUF},
  {"b6400000-b6500000 rw-s 00000000 00:0b 9031       anon_inode:dmabuf", TRUE, 0xb6400000,
        0xb6500000, "rw-s", 0, 0, 0xb, 9031, "anon_inode:dmabuf", PROC_DMABUF},
  {"7f0000000000-7f0000200000 rw-s 00000000 00:10 5   /memfd:huge (deleted)", TRUE,
        0x7f0000000000, 0x7f0000200000, "rw-s", 0, 0, 0x10, 5, "/memfd:huge (deleted)", PROC_MEMFD},
  {"7f0000000000-7f0000200000 rw-s 00000000 00:2a 77  /dev/hugepages/pool", TRUE,
        0x7f0000000000, 0x7f0000200000, "rw-s", 0, 0, 0x2a, 77, "/dev/hugepages/pool",
        PROC_HUGETLBFS},
  {"00400000-00401000 r-xp 00000000 fd:01 131075     /usr/bin/a  b", TRUE, 0x400000, 0x401000,
        "r-xp", 0, 0xfd, 1, 131075, "/usr/bin/a  b", PROC_NOT_SHARED},
  {"7ffc1000-7ffc3000 ---p 00000000 00:00 0 ", TRUE, 0x7ffc1000, 0x7ffc3000, "---p", 0, 0, 0, 0, "",
        PROC_NOT_SHARED},
  {"7ffc1000-7ffc3000 ---p 00000000 00:00 0", TRUE, 0x7ffc1000, 0x7ffc3000, "---p", 0, 0, 0, 0, "",
        PROC_NOT_SHARED},
  {"7ffc1000-7ffc3000 rw-s 00000000 00:01 18446744073709551615 /memfd:", TRUE, 0x7ffc1000,
        0x7ffc3000, "rw-s", 0, 0, 1, G_MAXUINT64, "/memfd:", PROC_MEMFD},
  {"7ffc1000-7ffc3000 rw-s 00000000 00:01 2 /memfd:a\\012b (deleted)", TRUE, 0x7ffc1000,
        0x7ffc3000, "rw-s", 0, 0, 1, 2, "/memfd:a\\012b (deleted)", PROC_MEMFD},
  {""}, {"-"}, {"7ffc1000"}, {"7ffc1000-"}, {"7ffc1000-7ffc3000"}, {"7ffc1000-7ffc3000 rw-"},
  {"7ffc1000-7ffc3000 rw-s"}, {"7ffc1000-7ffc3000 rw-s 0"}, {"7ffc1000-7ffc3000 rw-s 0 00:01"},
  {"7ffc1000-7ffc3000 rw-s 0 00:01 "}, {"7ffc1000-7ffc3000 rw-s 0 00:01 x"},
  {"7ffc1000-7ffc3000 rw-s 0 00:01 1x /memfd:a"}, {"7ffc1000-7ffc3000 rw-s 0 0001 1 /memfd:a"},
  {"7ffc1000-7ffc3000 rwxz 0 00:01 1 /memfd:a"}, {"7ffc1000-7ffc3000 wrxs 0 00:01 1 /memfd:a"},
  {"7ffc3000-7ffc1000 rw-s 0 00:01 1 /memfd:a"}, {"7ffc1000-7ffc1000 rw-s 0 00:01 1 /memfd:a"},
  {" 7ffc1000-7ffc3000 rw-s 0 00:01 1 /memfd:a"}, {"rw-s 0 00:01 1 /memfd:a"},
  {"7ffc1000-7ffc3000 rw-s -1 00:01 1 /memfd:a"}, {"nonsense"}, {"\xff\xfe\xfd"},
};

static void
check_mapping (gsize i, const ProcMapping * got)
{
  g_assert_cmphex (got->start, ==, mappings[i].start);
  g_assert_cmphex (got->end, ==, mappings[i].end);
  g_assert_cmpint (got->readable, ==, mappings[i].modes[0] == 'r');
  g_assert_cmpint (got->writable, ==, mappings[i].modes[1] == 'w');
  g_assert_cmpint (got->executable, ==, mappings[i].modes[2] == 'x');
  g_assert_cmpint (got->shared, ==, mappings[i].modes[3] == 's');
  g_assert_cmphex (got->offset, ==, mappings[i].offset);
  g_assert_cmpuint (got->major, ==, mappings[i].major);
  g_assert_cmpuint (got->minor, ==, mappings[i].minor);
  g_assert_cmpuint (got->inode, ==, mappings[i].inode);
  g_assert_cmpstr (got->path, ==, mappings[i].path);
  g_assert_cmpint (proc_kind_of (got->path), ==, mappings[i].kind);
}

static void
test_maps_lines (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (mappings); i++) {
    g_autofree gchar *text = g_strconcat (mappings[i].line, "\n", NULL);
    guint strange;
    g_autoptr (GArray) got = proc_parse_maps (text, &strange);

    g_test_message ("%s", mappings[i].line);
    g_assert_cmpuint (got->len, ==, mappings[i].good);
    g_assert_cmpuint (strange, ==, !mappings[i].good);
    if (mappings[i].good)
      check_mapping (i, &g_array_index (got, ProcMapping, 0));
  }
}

static gchar *
all_good_lines (guint * n)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (mappings); i++) {
    if (!mappings[i].good)
      continue;
    g_string_append_printf (text, "%s\n", mappings[i].line);
    ++*n;
  }
  return g_string_free (text, FALSE);
}

/* A text that was cut off has whole lines only: never half a mapping. */
static void
test_maps_cut (void)
{
  guint n = 0;
  g_autofree gchar *text = all_good_lines (&n);
  g_autoptr (GArray) all = proc_parse_maps (text, NULL);

  g_assert_cmpuint (all->len, ==, n);
  for (gsize length = 0; length < strlen (text); length++) {
    g_autofree gchar *part = g_strndup (text, length);
    guint strange, lines = 0;
    g_autoptr (GArray) got = proc_parse_maps (part, &strange);

    for (const gchar * at = part; (at = strchr (at, '\n')); at++)
      lines++;
    g_assert_cmpuint (got->len, ==, lines);
    g_assert_cmpuint (strange, ==, length > 0 && part[length - 1] != '\n');
    for (guint i = 0; i < got->len; i++)
      g_assert_cmpstr (g_array_index (got, ProcMapping, i).path, ==,
          g_array_index (all, ProcMapping, i).path);
  }
}

#define SMAPS \
  "7fb970018000-7fb970028000 rw-s 00000000 00:01 1257   /memfd:a (deleted)\n" \
  "Size:                 64 kB\nKernelPageSize:        4 kB\nMMUPageSize:           4 kB\n" \
  "Rss:                  12 kB\nPss:                   4 kB\nPss_Dirty:             4 kB\n" \
  "ShmemPmdMapped:        8 kB\nFilePmdMapped:         0 kB\nLocked:                4 kB\n" \
  "SomethingNew:          1 kB\nTHPeligible:           0\nVmFlags: rd wr sh mr mw me ms \n" \
  "7fb970200000-7fb970400000 rw-s 00000000 00:10 5   /memfd:huge (deleted)\n" \
  "KernelPageSize:     2048 kB\nRss:                   0 kB\nShared_Hugetlb:     2048 kB\n" \
  "Locked:\nSize\n: 5 kB\n"

static void
test_smaps (void)
{
  guint strange;
  g_autoptr (GArray) got = proc_parse_maps (SMAPS, &strange);
  const ProcMapping *first = &g_array_index (got, ProcMapping, 0);
  const ProcMapping *second = first + 1;

  g_assert_cmpuint (got->len, ==, 2);
  g_assert_cmpuint (strange, ==, 2);    /* "Size" and ": 5 kB" */
  g_assert_cmpuint (first->page_size, ==, 4096);
  g_assert_cmpuint (first->resident, ==, 12288);
  g_assert_cmpuint (first->huge, ==, 8192);
  g_assert_cmpuint (first->locked, ==, 4096);
  g_assert_cmpuint (second->page_size, ==, 2 << 20);
  g_assert_cmpuint (second->resident, ==, 2 << 20);
  g_assert_cmpuint (second->huge, ==, 2 << 20);
  g_assert_cmpuint (second->locked, ==, 0);
}

/* --- names --- */

static void
test_names (void)
{
  static const struct
  {
    const gchar *name;
    ProcKind kind;
    gint creator;
    const gchar *brief;
  } names[] = {
    {"/dev/shm/shmpipe.25162.    0", PROC_DEV_SHM, 25162, "shmpipe.25162.    0"},
    {"/dev/shm/shmpipe.  326.    1 (deleted)", PROC_DEV_SHM, 326, "shmpipe.  326.    1"},
    {"/dev/shm/shmpipe.4194304.12345", PROC_DEV_SHM, 4194304, "shmpipe.4194304.12345"},
    {"/dev/shm/shmpipe.", PROC_DEV_SHM, 0, "shmpipe."},
    {"/dev/shm/shmpipe.x.0", PROC_DEV_SHM, 0, "shmpipe.x.0"},
    {"/dev/shm/shmpipe.99999999999999999999.0", PROC_DEV_SHM, 0,
        "shmpipe.99999999999999999999.0"},
    {"/dev/shm/shmpipe.12", PROC_DEV_SHM, 0, "shmpipe.12"},
    {"/dev/shm/", PROC_DEV_SHM, 0, "/dev/shm/"},
    {"/dev/shmem/x", PROC_NOT_SHARED, 0, "/dev/shmem/x"},
    {"/memfd:gst-shm (deleted)", PROC_MEMFD, 0, "/memfd:gst-shm"},
    {"/memfd: (deleted)", PROC_MEMFD, 0, "/memfd:"},
    {"/SYSV0052e2c1 (deleted)", PROC_SYSV, 0, "/SYSV0052e2c1"},
    {"/dmabuf:", PROC_DMABUF, 0, "/dmabuf:"},
    {"anon_inode:dmabuf", PROC_DMABUF, 0, "anon_inode:dmabuf"},
    {"anon_inode:[eventfd]", PROC_NOT_SHARED, 0, "anon_inode:[eventfd]"},
    {"/dev/zero (deleted)", PROC_NOT_SHARED, 0, "/dev/zero"},
    {"[heap]", PROC_NOT_SHARED, 0, "[heap]"},
    {"", PROC_NOT_SHARED, 0, ""},
    {" (deleted)", PROC_NOT_SHARED, 0, ""},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *brief = proc_short_name (names[i].name);

    g_test_message ("%s", names[i].name);
    g_assert_cmpint (proc_kind_of (names[i].name), ==, names[i].kind);
    g_assert_cmpint (proc_pipe_creator (names[i].name), ==, names[i].creator);
    g_assert_cmpstr (brief, ==, names[i].brief);
  }
}

static void
test_seals (void)
{
  static const struct
  {
    guint seals;
    const gchar *text;
  } seals[] = {
    {0, "none"}, {F_SEAL_SEAL, "seal"}, {F_SEAL_SHRINK | F_SEAL_GROW, "shrink,grow"},
    {F_SEAL_WRITE | 0x10, "write,future-write"}, {0x20, "exec"}, {0x1000, "unknown"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (seals); i++) {
    g_autofree gchar *text = proc_seals_text (seals[i].seals);

    g_assert_cmpstr (text, ==, seals[i].text);
  }
}

/* --- fdinfo --- */

#define DMABUF_INFO "pos:\t0\nflags:\t02100002\nmnt_id:\t15\nino:\t7\nsize:\t4194304\ncount:\t3\n" \
  "exp_name:\tudmabuf\nname:\tmy buffer\n"

static void
test_fdinfo (void)
{
  static const struct
  {
    const gchar *text;
    gboolean good;
    guint flags;
    guint64 inode, size;
    gint64 references;
    const gchar *exporter, *name;
  } infos[] = {
    {"pos:\t0\nflags:\t02100002\nmnt_id:\t15\nino:\t1257\n", TRUE, 02100002, 1257},
    {"flags:\t0100000\n", TRUE, 0100000},
    {"flags:\t0100000", TRUE, 0100000},
    {DMABUF_INFO, TRUE, 02100002, 7, 4194304, 3, "udmabuf", "my buffer"},
    {"flags:\t02\nsize:\tx\ncount:\t-1\nexp_name:\t\n", TRUE, 02, 0, 0, 0, "", NULL},
    {"size:\t4096\n", FALSE, 0, 0, 4096},
    {"flags:\t9\n"}, {"flags:\n"}, {"flags"}, {"flagsx:\t02\n"}, {""}, {"\n\n"}, {"pos:\t0\n"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (infos); i++) {
    ProcFdinfo info;

    g_test_message ("%s", infos[i].text);
    g_assert_cmpint (proc_parse_fdinfo (infos[i].text, &info), ==, infos[i].good);
    g_assert_cmpuint (info.flags, ==, infos[i].flags);
    g_assert_cmpuint (info.inode, ==, infos[i].inode);
    g_assert_cmpuint (info.size, ==, infos[i].size);
    g_assert_cmpint (info.references, ==, infos[i].references);
    g_assert_cmpstr (info.exporter, ==, infos[i].exporter);
    g_assert_cmpstr (info.name, ==, infos[i].name);
    proc_fdinfo_clear (&info);
    proc_fdinfo_clear (&info);
  }
}

/* --- segments of System V --- */

#define SYSVIPC \
  "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid" \
  "      atime      dtime      ctime                   rss                  swap\n" \
  "         0          0  1600                 10000 22323 22400      1     0     0     0     0" \
  " 1795551693          0 1795551693                     0                     0\n" \
  " 305419896      32769   666  18446744073692774399   326     0      7  1000  1000  1000  1000" \
  "          0          0 1795551693                  4096                     0\n" \
  "nonsense\n         5          6  1600\n"

static void
test_sysvipc (void)
{
  g_autoptr (GArray) segments = proc_parse_sysvipc (SYSVIPC);
  const ProcSegment *first = &g_array_index (segments, ProcSegment, 0);
  const ProcSegment *second = first + 1;

  g_assert_cmpuint (segments->len, ==, 2);
  g_assert_cmpuint (first->id, ==, 0);
  g_assert_cmpuint (first->size, ==, 10000);
  g_assert_cmpint (first->creator, ==, 22323);
  g_assert_cmpint (first->n_attached, ==, 1);
  g_assert_cmpuint (second->id, ==, 32769);
  g_assert_cmpuint (second->size, ==, G_GUINT64_CONSTANT (18446744073692774399));
  g_assert_cmpint (second->creator, ==, 326);
  g_assert_cmpint (second->n_attached, ==, 7);
}

static void
test_sysvipc_strange (void)
{
  static const gchar *const texts[] = { "", "\n", "shmid\n1\n", "key shmid size cpid nattch",
    "shmid size cpid nattch\n1 2 99999999999 4\n-1 2 3 4\n1 2 3\n"
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GArray) segments = proc_parse_sysvipc (texts[i]);

    g_assert_cmpuint (segments->len, ==, 0);
  }
}

/* --- texts that no kernel would write --- */

static void
spoil (GString * text)
{
  static const gchar bytes[] = "0f9-: \n\t/(,)rwxsp\xff" "A";

  for (gint n = g_random_int_range (1, 6); n > 0 && text->len > 0; n--) {
    gsize at = (gsize) g_random_int_range (0, (gint) text->len);

    switch (g_random_int_range (0, 4)) {
      case 0:
        text->str[at] = bytes[g_random_int_range (0, sizeof bytes - 1)];
        break;
      case 1:
        g_string_erase (text, (gssize) at, g_random_int_range (0, (gint) (text->len - at) + 1));
        break;
      case 2:
        g_string_insert_len (text, (gssize) at, text->str, (gssize) (text->len - at) / 4);
        break;
      default:
        g_string_insert (text, (gssize) at, "18446744073709551616");
        break;
    }
  }
}

static void
look_at_spoilt (const gchar * text)
{
  g_autoptr (GArray) got = proc_parse_maps (text, NULL);
  g_autoptr (GArray) segments = proc_parse_sysvipc (text);
  g_autofree gchar *brief = proc_short_name (text);
  ProcFdinfo info;

  for (guint i = 0; i < got->len; i++) {
    const ProcMapping *mapping = &g_array_index (got, ProcMapping, i);

    g_assert_cmphex (mapping->start, <, mapping->end);
    g_assert_nonnull (mapping->path);
    g_assert_null (strchr (mapping->path, '\n'));
    proc_kind_of (mapping->path);
    g_assert_cmpint (proc_pipe_creator (mapping->path), >=, 0);
  }
  g_assert_nonnull (segments);
  g_assert_cmpuint (strlen (brief), <=, strlen (text));
  proc_parse_fdinfo (text, &info);
  proc_fdinfo_clear (&info);
}

static void
test_mutated (void)
{
  guint n = 0;
  g_autofree gchar *maps = all_good_lines (&n);
  const gchar *const texts[] = { maps, SMAPS, SYSVIPC, DMABUF_INFO };

  g_random_set_seed (20240817);
  for (guint i = 0; i < N_MUTATIONS; i++) {
    g_autoptr (GString) text = g_string_new (texts[i % G_N_ELEMENTS (texts)]);

    spoil (text);
    look_at_spoilt (text->str);
  }
}

/* --- processes --- */

static void
test_processes (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ProcProcess) self = proc_process_open (getpid (), &error);
  g_autofree gchar *comm = NULL, *nothing = NULL;

  g_assert_no_error (error);
  g_assert_true (proc_is_process (getpid ()));
  g_assert_true (proc_is_process (1));
  g_assert_false (proc_is_process (0));
  g_assert_false (proc_is_process (-1));
  g_assert_false (proc_is_process (G_MAXINT));
  comm = proc_process_read (self, "comm", &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (comm, self->name));
  nothing = proc_process_read (self, "nonsense", &error);
  g_assert_null (nothing);
  g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_GONE);
  g_clear_error (&error);
  g_assert_null (proc_process_open (G_MAXINT, &error));
  g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_GONE);
}

/* A process that ends while it is looked at: told as such, whatever is read next. */
static void
test_vanished (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ProcProcess) child = NULL;
  g_autoptr (GArray) fds = NULL;
  pid_t pid = fork ();

  if (pid == 0) {
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
      pause ();
  }
  child = proc_process_open (pid, &error);
  g_assert_no_error (error);
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
  g_assert_null (proc_read_objects (child, NULL, &error));
  g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_GONE);
  g_clear_error (&error);
  fds = proc_process_fds (child, &error);
  g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_GONE);
}

#define NAME "shmdiag test (of audit)"

static ProcObject *
object_of (GPtrArray * objects, guint64 inode)
{
  for (guint i = 0; i < objects->len; i++) {
    ProcObject *object = g_ptr_array_index (objects, i);

    if (object->kind == PROC_MEMFD && object->inode == inode)
      return object;
  }
  g_assert_not_reached ();
}

static const ProcHolder *
holder_of (const ProcObject * object, gint pid)
{
  for (guint i = 0; i < object->holders->len; i++) {
    const ProcHolder *holder = g_ptr_array_index (object->holders, i);

    if (holder->pid == pid)
      return holder;
  }
  return NULL;
}

/* The child maps two pages from the second on, keeps the descriptor, and says so. */
static pid_t
start_holder (gint fd)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  gint ready[2];
  gchar byte;
  pid_t pid;

  g_assert_cmpint (pipe2 (ready, O_CLOEXEC), ==, 0);
  pid = fork ();
  if (pid == 0) {
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    if (mmap (NULL, 2 * page, PROT_READ, MAP_SHARED, fd, (off_t) page) == MAP_FAILED
        || write (ready[1], "", 1) != 1)
      _exit (1);
    for (;;)
      pause ();
  }
  close (ready[1]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  return pid;
}

static void
check_own_object (const ProcObject * object, gint fd)
{
  g_assert_cmpstr (object->name, ==, "/memfd:" NAME " (deleted)");
  g_assert_true (object->has_size);
  g_assert_cmpuint (object->size, ==, 107);
  g_assert_true (object->has_seals);
  g_assert_cmpuint (object->seals, ==, F_SEAL_GROW);
  g_assert_cmpuint (object->mappings->len, ==, 0);
  g_assert_cmpuint (object->fds->len, ==, 1);
  g_assert_cmpint (g_array_index (object->fds, ProcFd, 0).number, ==, fd);
  g_assert_cmpuint (g_array_index (object->fds, ProcFd, 0).flags & O_CLOEXEC, ==, O_CLOEXEC);
}

static void
test_objects (void)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  gint fd = memfd_create (NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  g_autoptr (GError) error = NULL;
  g_autoptr (ProcProcess) self = proc_process_open (getpid (), &error);
  g_autoptr (ProcProcess) other = NULL;
  g_autoptr (GPtrArray) objects = NULL, others = NULL;
  const ProcHolder *holder;
  ProcSearch search;
  struct stat look;
  pid_t pid;

  g_assert_cmpint (ftruncate (fd, 107), ==, 0);
  g_assert_cmpint (fcntl (fd, F_ADD_SEALS, F_SEAL_GROW), ==, 0);
  g_assert_cmpint (fstat (fd, &look), ==, 0);
  pid = start_holder (fd);

  g_assert_true (proc_has_objects (self, &error));
  objects = proc_read_objects (self, &error, &error);
  g_assert_no_error (error);
  check_own_object (object_of (objects, look.st_ino), fd);
  search = proc_find_holders (objects, self);
  g_assert_cmpuint (search.n_read, >, 0);
  holder = holder_of (object_of (objects, look.st_ino), pid);
  g_assert_nonnull (holder);
  g_assert_cmpuint (holder->mapped, ==, 2 * page);
  g_assert_cmpuint (holder->n_fds, ==, 1);
  g_assert_null (holder_of (object_of (objects, look.st_ino), getpid ()));

  other = proc_process_open (pid, &error);
  others = proc_read_objects (other, &error, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (object_of (others, look.st_ino)->mappings->len, ==, 1);
  g_assert_cmpuint (g_array_index (object_of (others, look.st_ino)->mappings, ProcMapping,
          0).offset, ==, page);
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
  close (fd);
}

/* --- mappings and the end of the file --- */

static void
test_regions (void)
{
  static const struct
  {
    guint64 size, offset;
    gint64 file;
    guint64 page;
    gboolean touchable, judged;
    guint64 tail, beyond;
  } regions[] = {
    {4096, 0, 4096, 4096, TRUE, TRUE, 0, 0},
    {4096, 0, 107, 4096, TRUE, TRUE, 3989, 0},
    {4096, 0, 1, 4096, TRUE, TRUE, 4095, 0},
    {4096, 0, 0, 4096, TRUE, TRUE, 0, 4096},
    {8192, 0, 4096, 4096, TRUE, TRUE, 0, 4096},
    {8192, 0, 4097, 4096, TRUE, TRUE, 4095, 0},
    {65536, 0, 5000, 4096, TRUE, TRUE, 3192, 57344},
    {4096, 4096, 107, 4096, TRUE, TRUE, 0, 4096},
    {4096, 4096, 4096, 4096, TRUE, TRUE, 0, 4096},
    {4096, 4096, 5000, 4096, TRUE, TRUE, 3192, 0},
    {4096, 0, 65536, 4096, TRUE, TRUE, 0, 0},
    {16384, 0, 107, 16384, TRUE, TRUE, 16277, 0},
    {65536, 0, 16384, 65536, TRUE, TRUE, 49152, 0},
    {4096, 0, G_MAXINT64, 4096, TRUE, TRUE, 0, 0},
    {4096, G_MAXUINT64 - 4095, 4096, 4096, TRUE, TRUE, 0, 4096},
    {4096, 0, 4096, 0, TRUE, TRUE, 0, 0},
    {4096, 0, -1, 4096, TRUE, FALSE, 0, 0},
    {65536, 0, 107, 4096, FALSE, FALSE, 0, 0},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (regions); i++) {
    TraceEvent event = trace_event (TRACE_REGION);

    event.region.mapped = regions[i].size;
    event.region.from = regions[i].offset;
    event.region.file = regions[i].file;
    event.region.page = regions[i].page;
    event.region.modes = regions[i].touchable;
    g_test_message ("row %" G_GSIZE_FORMAT, i);
    g_assert_cmpint (check_region_is_judged (&event), ==, regions[i].judged);
    if (!regions[i].judged)
      continue;
    g_assert_cmpuint (check_region_tail (&event), ==, regions[i].tail);
    g_assert_cmpuint (check_region_beyond (&event), ==, regions[i].beyond);
  }
}

/* A process with one mapping of SIZE bytes of a file of FILE, judged with --fail-on=WORDS. */
static Trace *
trace_of (guint64 size, gint64 file, gint client, const gchar * words)
{
  Trace *trace = trace_new ("audit/pid:1", "audit", 1);
  TraceRole *role = trace_add_role (trace, "pid:1", TRACE_SIDE_TARGET, "init", "1");
  TraceEvent probe = trace_event (TRACE_PROBE), region = trace_event (TRACE_REGION);

  g_hash_table_replace (role->config, g_strdup ("fail-on"), g_strdup (words));
  probe.role = region.role = 0;
  probe.seq = region.seq = 1;
  trace_event_set_text (&probe, "peer-map");
  trace_append (trace, &probe);
  region.size = size;
  region.region.file = file;
  region.sum = 4096;
  region.client = client;
  trace_event_set_text (&region, "7f0000000000-7f0000010000 rw-s /memfd:a");
  trace_append (trace, &region);
  return trace;
}

static void
test_judged (void)
{
  static const struct
  {
    guint64 size;
    gint64 file;
    gint client;
    const gchar *words;
    CheckOutcome outcome;
  } rows[] = {
    {4096, 4096, 3, "overrun,contract", CHECK_PASS},
    {8192, 4096, 3, "overrun,contract", CHECK_FAIL},
    {8192, 4096, 1, "overrun", CHECK_FAIL},
    {8192, 4096, 3, "contract", CHECK_PASS},
    {8192, 4096, 3, "none", CHECK_PASS},
    {8192, 4096, 0, "overrun,contract", CHECK_VACUOUS},
    {8192, -1, 3, "overrun,contract", CHECK_VACUOUS},
    {4096, 107, 3, "overrun,contract", CHECK_PASS},
    {4096, 107, 3, "overrun,waste", CHECK_FAIL},
    {4096, 107, 3, "waste", CHECK_FAIL},
    {4096, 4096, 3, "waste", CHECK_PASS},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (Trace) trace = trace_of (rows[i].size, rows[i].file, rows[i].client, rows[i].words);
    g_autoptr (GPtrArray) findings = check_run (check_by_name ("peer-map"), trace);
    const CheckFinding *finding = g_ptr_array_index (findings, 0);

    g_test_message ("row %" G_GSIZE_FORMAT, i);
    g_assert_cmpuint (findings->len, ==, 1);
    g_assert_cmpint (finding->outcome, ==, rows[i].outcome);
    g_assert_cmpint (finding->role, ==, rows[i].outcome == CHECK_FAIL ? 0 : -1);
  }
}

gint
main (gint argc, gchar ** argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/proc/maps/lines", test_maps_lines);
  g_test_add_func ("/proc/maps/cut", test_maps_cut);
  g_test_add_func ("/proc/smaps", test_smaps);
  g_test_add_func ("/proc/names", test_names);
  g_test_add_func ("/proc/seals", test_seals);
  g_test_add_func ("/proc/fdinfo", test_fdinfo);
  g_test_add_func ("/proc/sysvipc", test_sysvipc);
  g_test_add_func ("/proc/sysvipc/strange", test_sysvipc_strange);
  g_test_add_func ("/proc/mutated", test_mutated);
  g_test_add_func ("/proc/processes", test_processes);
  g_test_add_func ("/proc/vanished", test_vanished);
  g_test_add_func ("/proc/objects", test_objects);
  g_test_add_func ("/check/regions", test_regions);
  g_test_add_func ("/check/judged", test_judged);
  return g_test_run ();
}
