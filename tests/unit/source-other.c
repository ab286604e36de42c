/* Sources that need no daemon: shm pipes and locked memory in captures of systems, series, and
 * numbers picked from anything. */
#include "config.h"

#include "proc/area-holders.h"
#include "proc/stat.h"
#include "proc/usable.h"
#include "watch/source/document.h"
#include "watch/source/pick.h"
#include "watch/source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

/* --- captures --- */

typedef struct
{
  gchar *root;
} Tree;

static void
set_up (Tree * tree, gconstpointer data)
{
  tree->root = g_dir_make_tmp ("test-source-XXXXXX", NULL);
  g_assert_nonnull (tree->root);
}

static void
remove_below (const gchar * path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *one = g_build_filename (path, name, NULL);

    if (!g_file_test (one, G_FILE_TEST_IS_SYMLINK) && g_file_test (one, G_FILE_TEST_IS_DIR))
      remove_below (one);
    else
      g_unlink (one);
  }
  g_rmdir (path);
}

static void
tear_down (Tree * tree, gconstpointer data)
{
  remove_below (tree->root);
  g_free (tree->root);
}

static gchar *
place_for (const Tree * tree, const gchar * path)
{
  gchar *full = g_strconcat (tree->root, path, NULL);
  g_autofree gchar *dir = g_path_get_dirname (full);

  g_assert_cmpint (g_mkdir_with_parents (dir, 0755), ==, 0);
  return full;
}

static void
put (const Tree * tree, const gchar * path, const gchar * text)
{
  g_autofree gchar *full = place_for (tree, path);

  g_assert_true (g_file_set_contents (full, text, -1, NULL));
}

static void
put_link (const Tree * tree, const gchar * path, const gchar * target)
{
  g_autofree gchar *full = place_for (tree, path);

  g_assert_cmpint (symlink (target, full), ==, 0);
}

/* A process that was started that many seconds after the machine. */
static void
put_process (const Tree * tree, gint pid, const gchar * name, gchar state, guint start)
{
  g_autofree gchar *dir = g_strdup_printf ("/proc/%d/", pid);
  g_autofree gchar *comm = g_strconcat (dir, "comm", NULL), *stat = g_strconcat (dir, "stat", NULL);
  g_autofree gchar *fd = g_strconcat (dir, "fd/0", NULL);
  g_autofree gchar *line = g_strdup_printf ("%s\n", name);
  g_autofree gchar *fields = g_strdup_printf ("%d (%s) %c 1 1 1 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 1 0 "
      "%lu 1000 100 1844\n", pid, name, state, start * (unsigned long) sysconf (_SC_CLK_TCK));

  put (tree, comm, line);
  put (tree, stat, fields);
  put_link (tree, fd, "/dev/null");
}

static void
put_maps (const Tree * tree, gint pid, const gchar * text)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/maps", pid);

  put (tree, path, text);
}

#define BOOT 1700000000
#define MAP(path) "7f0000000000-7f0000005000 rw-s 00000000 00:18 42    " path "\n"
#define NO_MAP "7f0000000000-7f0000005000 r-xp 00000000 00:18 42    /usr/bin/x\n"

/* An area that was made that many seconds after the machine was started. */
static void
put_area (const Tree * tree, const gchar * name, guint born)
{
  g_autofree gchar *path = g_strconcat ("/dev/shm/", name, NULL);
  g_autofree gchar *full = g_strconcat (tree->root, path, NULL);
  struct utimbuf times = { BOOT + born, BOOT + born };

  put (tree, path, "0123456789");
  g_assert_cmpint (utime (full, &times), ==, 0);
}

/* What SOURCE says, with KEY=VALUE, ... (NULL at the end). */
static Sample *
read_with (const Tree * tree, const gchar * name, const gchar * input, ...)
{
  g_autoptr (GHashTable) values = g_hash_table_new (g_str_hash, g_str_equal);
  const Source *source = source_by_name (name);
  SourceRequest request = {.name = "s",.values = values,.input = input,
    .sysroot = tree ? tree->root : "",.deadline = deadline_in (60)
  };
  Sample *sample = sample_new ();
  const gchar *key;
  va_list args;

  va_start (args, input);
  while ((key = va_arg (args, const gchar *))) {
    gchar *value = va_arg (args, gchar *);
    const SourceKey *known = source_find_key (source, key);
    g_autoptr (GError) error = NULL;

    g_assert_nonnull (known);
    g_assert_true (!known->check || known->check (value, &error));
    g_hash_table_insert (values, (gpointer) key, value);
  }
  va_end (args);
  source->read (&request, sample);
  for (guint i = 0; i < sample->troubles->len; i++)
    g_test_message ("%s", ((SampleTrouble *) sample->troubles->pdata[i])->text);
  return sample;
}

static void
assert_value (const Sample * sample, const gchar * pool, Quantity quantity, guint64 wanted)
{
  const SampleReading *reading = sample_find (sample, "s", pool);
  guint64 value = 0;

  g_assert_nonnull (reading);
  g_assert_true (sample_get (reading, quantity, &value));
  g_assert_cmpuint (value, ==, wanted);
}

static void
assert_absent (const Sample * sample, const gchar * pool, Quantity quantity)
{
  const SampleReading *reading = sample_find (sample, "s", pool);

  g_assert_nonnull (reading);
  g_assert_false (sample_has (reading, quantity));
}

/* One trouble, and TEXT in it; NULL: none. */
static void
assert_trouble (const Sample * sample, const gchar * text)
{
  g_assert_cmpuint (sample->troubles->len, ==, text ? 1 : 0);
  if (text)
    g_assert_nonnull (strstr (((SampleTrouble *) sample->troubles->pdata[0])->text, text));
}

/* --- shm pipes --- */

static void
test_area_names (void)
{
  static const struct
  {
    const gchar *name;
    gint creator;
    guint index;
  } rows[] = {
    {"shmpipe.  513.    0", 513, 0}, {"shmpipe.25162.    7", 25162, 7},
    {"shmpipe.4194304.12345", 4194304, 12345}, {"shmpipe.    1.123456", 1, 123456},
    {"shmpipe.513.0", 0, 0}, {"shmpipe.   0.    0", 0, 0}, {"shmpipe.    0.    0", 0, 0},
    {"shmpipe.  513.    0 ", 0, 0}, {"shmpipe.  513.    0.1", 0, 0}, {"shmpipe.00513.    0", 0, 0},
    {"shmpipe.  -13.    0", 0, 0}, {"shmpipe.  513.   -1", 0, 0}, {"shmpipe.  513.     ", 0, 0},
    {"shmpipe.", 0, 0}, {"shmpipe", 0, 0}, {"", 0, 0}, {"shmpipf.  513.    0", 0, 0},
    {"shmpipe.99999999999.    0", 0, 0},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    gint creator = 0;
    guint index = 0;

    g_test_message ("%s", rows[i].name);
    g_assert_cmpint (proc_parse_area_name (rows[i].name, &creator, &index), ==,
        rows[i].creator != 0);
    g_assert_cmpint (creator, ==, rows[i].creator);
    g_assert_cmpuint (index, ==, rows[i].index);
  }
}

static void
test_stat (void)
{
  static const gchar good[] = "7 (a) R 1) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20\n";
  ProcStat stat;
  guint64 boot_time = 0;

  g_assert_true (proc_parse_stat (good, &stat));
  g_assert_cmpint (stat.state, ==, 'S');
  g_assert_cmpuint (stat.start_ticks, ==, 4711);
  for (gsize i = 0; i < strlen (good); i++) {
    g_autofree gchar *cut = g_strndup (good, i);

    if (proc_parse_stat (cut, &stat))
      g_assert_cmpuint (stat.start_ticks, ==, 4711);
  }
  g_assert_true (proc_parse_boot_time ("cpu 1\nbtime 12\nx", &boot_time));
  g_assert_cmpuint (boot_time, ==, 12);
  g_assert_false (proc_parse_boot_time ("cpu 1\nbtime 12", &boot_time));
  g_assert_false (proc_parse_boot_time ("cpu 1\nbtime\n", &boot_time));
}

static void
assert_area (const Sample * sample, const gchar * pool, SampleOwner owner, guint64 n_holders,
    const gchar * note)
{
  const SampleReading *reading = sample_find (sample, "s", pool);

  g_assert_nonnull (reading);
  g_test_message ("%s: %s", pool, reading->note);
  g_assert_cmpint (reading->owner_state, ==, owner);
  g_assert_cmpstr (reading->note, ==, note);
  assert_value (sample, pool, QUANTITY_HOLDERS, n_holders);
  assert_value (sample, pool, QUANTITY_MEMORY, 10);
}

#define SOCKETS "Num       RefCount Protocol Flags    Type St Inode Path\n" \
  "0000000000000000: 00000002 00000000 00010000 0001 01 77 /tmp/cam\n" \
  "0000000000000000: 00000003 00000000 00000000 0001 03 78 /tmp/cam\n" \
  "0000000000000000: 00000002 00000000 00010000 0001 01 79 /tmp/other\n" \
  "0000000000000000: 00000002 00000000 00010000 0001 01 80\n"

/* What every /proc has: without it nobody is said to be gone. */
static void
put_first (const Tree * tree)
{
  put (tree, "/proc/stat", "cpu 1\nbtime 1700000000\n");
  put_process (tree, 1, "init", 'S', 1);
  put_maps (tree, 1, NO_MAP);
}

/* One of each kind. */
static void
put_pipes (const Tree * tree)
{
  put_first (tree);
  put_area (tree, "shmpipe.  100.    0", 50);
  put_area (tree, "shmpipe.  200.    0", 50);
  put_area (tree, "shmpipe.  300.    1", 50);
  put_area (tree, "shmpipe.  400.    0", 50);
  put_area (tree, "shmpipe.  500.    0", 50);
  put (tree, "/dev/shm/shmpipe.600.0", "no area");
  put_link (tree, "/dev/shm/shmpipe.  700.    0", "/etc/passwd");
  /* Alive, with a consumer. */
  put_process (tree, 100, "producer", 'S', 40);
  put_maps (tree, 100, NO_MAP MAP ("/dev/shm/shmpipe.  100.    0"));
  put_link (tree, "/proc/100/fd/5", "/dev/shm/shmpipe.  100.    0");
  put_link (tree, "/proc/100/fd/6", "socket:[77]");
  put_link (tree, "/proc/100/fd/7", "socket:[78]");
  put (tree, "/proc/100/net/unix", SOCKETS);
  put_process (tree, 101, "consumer) S (", 'S', 60);
  put_maps (tree, 101, MAP ("/dev/shm/shmpipe.  100.    0") MAP ("/dev/shm/shmpipe.  200.    0"));
  /* 200 has ended; 300 is a younger process; 400 waits to be waited for; 500 has let go. */
  put_process (tree, 300, "bash", 'S', 53);
  put_maps (tree, 300, MAP ("/dev/shm/shmpipe.  300.    1 (deleted)"));
  put_process (tree, 400, "producer", 'Z', 40);
  put_maps (tree, 400, "");
  put_process (tree, 500, "producer", 'S', 51);
  put_maps (tree, 500, NO_MAP);
}

static void
test_pipes (Tree * tree, gconstpointer data)
{
  g_autoptr (Sample) sample = NULL;
  const SampleReading *reading;
  const SampleHolder *holder;

  put_pipes (tree);
  sample = read_with (tree, "gst-shm", NULL, NULL);
  assert_trouble (sample, NULL);
  g_assert_cmpuint (sample->readings->len, ==, 5);
  assert_area (sample, "shmpipe.100.0", SAMPLE_OWNER_ALIVE, 2, "its creator listens on /tmp/cam");
  assert_area (sample, "shmpipe.200.0", SAMPLE_OWNER_GONE, 1,
      "its creator has ended, others still have it");
  assert_area (sample, "shmpipe.300.1", SAMPLE_OWNER_GONE, 0,
      "its creator has ended; pid 300 is bash now");
  assert_area (sample, "shmpipe.400.0", SAMPLE_OWNER_GONE, 0,
      "its creator has ended, nobody has it: poolwatch clean-orphans removes it");
  assert_area (sample, "shmpipe.500.0", SAMPLE_OWNER_ALIVE, 0,
      "its creator is there, but does not have it any more");
  reading = sample_find (sample, "s", "shmpipe.100.0");
  g_assert_cmpstr (reading->owner, ==, "pid 100 producer");
  holder = g_ptr_array_index (reading->holders, 0);
  g_assert_cmpint (holder->pid, ==, 100);
  g_assert_cmpuint (holder->mapped, ==, 0x5000);
  g_assert_cmpuint (holder->n_fds, ==, 1);
  holder = g_ptr_array_index (reading->holders, 1);
  g_assert_cmpstr (holder->name, ==, "consumer) S (");
}

/* A process that has the area and the right number made it, whatever the clock did. */
static void
test_clock_stepped (Tree * tree, gconstpointer data)
{
  g_autoptr (Sample) sample = NULL;

  put_first (tree);
  put_area (tree, "shmpipe.  100.    0", 10);
  put_process (tree, 100, "producer", 'S', 5000);
  put_maps (tree, 100, MAP ("/dev/shm/shmpipe.  100.    0"));
  sample = read_with (tree, "gst-shm", NULL, NULL);
  assert_area (sample, "shmpipe.100.0", SAMPLE_OWNER_ALIVE, 1, NULL);
}

static void
test_holders_off (Tree * tree, gconstpointer data)
{
  g_autoptr (Sample) sample = NULL;

  put_pipes (tree);
  sample = read_with (tree, "gst-shm", NULL, "holders", "no", NULL);
  /* Clocks are set: only what it has shows whether 300 is another. */
  assert_trouble (sample, "/proc/300: does not tell whether its creator is alive (by the clock");
  g_assert_cmpint (sample_find (sample, "s", "shmpipe.300.1")->owner_state, ==,
      SAMPLE_OWNER_UNKNOWN);
  assert_absent (sample, "shmpipe.200.0", QUANTITY_HOLDERS);
  g_assert_null (sample_find (sample, "s", "shmpipe.200.0")->holders);
}

/* What cannot be read is told, and the number of holders is not known then. */
static void
test_unreadable (Tree * tree, gconstpointer data)
{
  g_autofree gchar *maps = g_strconcat (tree->root, "/proc/101/maps", NULL);
  g_autoptr (Sample) sample = NULL;

  put_pipes (tree);
  g_unlink (maps);
  put_link (tree, "/proc/101/maps", "maps");    /* ELOOP, also for root */
  sample = read_with (tree, "gst-shm", NULL, NULL);
  assert_trouble (sample, "1 of 6 processes cannot be read (pid 101): holders are not known; needs"
      " root, or CAP_SYS_PTRACE");
  assert_absent (sample, "shmpipe.100.0", QUANTITY_HOLDERS);
  g_assert_cmpuint (sample_find (sample, "s", "shmpipe.100.0")->holders->len, ==, 1);
}

/* Its memory lives on with its other threads, and cannot be seen. */
static void
test_first_thread_ended (Tree * tree, gconstpointer data)
{
  g_autoptr (Sample) sample = NULL;

  put_pipes (tree);
  put (tree, "/proc/400/status", "Name:\tproducer\nThreads:\t3\n");
  put (tree, "/proc/400/stat", "400 (producer) Z 1 1 1 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 3 0 4000 0\n");
  sample = read_with (tree, "gst-shm", NULL, NULL);
  assert_trouble (sample, "1 of 6 processes cannot be read (pid 400)");
  g_assert_cmpint (sample_find (sample, "s", "shmpipe.400.0")->owner_state, ==, SAMPLE_OWNER_ALIVE);
}

/* The number is that of a thread now, so it is that of no process. */
static void
test_number_of_thread (Tree * tree, gconstpointer data)
{
  g_autoptr (Sample) sample = NULL;

  put_first (tree);
  put_area (tree, "shmpipe.  100.    0", 50);
  put_process (tree, 100, "worker", 'S', 40);
  put_maps (tree, 100, NO_MAP);
  put (tree, "/proc/100/status", "Name:\tworker\nTgid:\t99\nThreads:\t3\n");
  sample = read_with (tree, "gst-shm", NULL, "holders", "no", NULL);
  assert_trouble (sample, NULL);
  g_assert_cmpint (sample_find (sample, "s", "shmpipe.100.0")->owner_state, ==, SAMPLE_OWNER_GONE);
}

/* Nobody is gone because a /proc that is not whole does not show him. */
static void
test_proc_not_whole (Tree * tree, gconstpointer data)
{
  static const gchar *const missing[] = { "/proc/1/comm", "/proc/stat" };

  put_pipes (tree);
  for (gsize i = 0; i < G_N_ELEMENTS (missing); i++) {
    g_autofree gchar *path = g_strconcat (tree->root, missing[i], NULL);
    g_autoptr (Sample) sample = NULL;

    put (tree, "/proc/1/comm", "init\n");
    g_assert_cmpint (g_unlink (path), ==, 0);
    sample = read_with (tree, "gst-shm", NULL, NULL);
    assert_trouble (sample, i == 0 ? "/proc: has no process 1" : "/proc: does not tell when");
    g_assert_cmpuint (sample->readings->len, ==, 5);
    for (guint k = 0; k < sample->readings->len; k++) {
      const SampleReading *reading = g_ptr_array_index (sample->readings, k);

      g_assert_cmpint (reading->owner_state, !=, SAMPLE_OWNER_GONE);
      g_assert_false (sample_has (reading, QUANTITY_HOLDERS));
    }
  }
}

/* Of this system: with a /proc that works, who is known to the kernel is alive, and nobody else. */
static void
test_life (void)
{
  g_autoptr (GError) error = NULL;
  gint pid = fork ();

  if (pid == 0)
    _exit (0);
  g_assert_true (proc_is_usable ("", &error));
  g_assert_no_error (error);
  g_assert_cmpint (proc_life ("", getpid ()), ==, PROC_LIFE_ALIVE);
  g_assert_cmpint (proc_life ("", 1), ==, PROC_LIFE_ALIVE);
  g_assert_cmpint (proc_life ("", pid), ==, PROC_LIFE_ALIVE);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  g_assert_cmpint (proc_life ("", pid), ==,
      proc_is_hiding ("") ? PROC_LIFE_UNKNOWN : PROC_LIFE_GONE);
  g_assert_false (proc_is_usable ("/nowhere", &error));
  g_assert_cmpint (proc_life ("/nowhere", 1), ==, PROC_LIFE_UNKNOWN);
}

static void
test_no_pipes (Tree * tree, gconstpointer data)
{
  g_autoptr (Sample) missing = read_with (tree, "gst-shm", NULL, NULL);
  g_autoptr (Sample) input = read_with (tree, "gst-shm", "x", NULL);
  g_autoptr (Sample) empty = NULL, absent_ok = NULL;

  assert_trouble (missing, "/dev/shm: No such file or directory");
  assert_trouble (input, "--sysroot");
  put (tree, "/dev/shm/other", "");
  empty = read_with (tree, "gst-shm", NULL, NULL);
  assert_trouble (empty, "no shm pipe was found (");
  assert_trouble (empty, "/dev/shm/shmpipe.*)");
  g_assert_false (((SampleTrouble *) empty->troubles->pdata[0])->harmless);
  g_assert_cmpuint (empty->readings->len, ==, 0);
  absent_ok = read_with (tree, "gst-shm", NULL, "absent", "ok", NULL);
  assert_trouble (absent_ok, "no shm pipe was found (");
  g_assert_true (((SampleTrouble *) absent_ok->troubles->pdata[0])->harmless);
}

/* --- locked memory --- */

#define LIMITS(value) "Limit                     Soft Limit           Hard Limit           Units     \n" \
  "Max locked memory         " value "              8388608              bytes     \n"

static void
put_locked (const Tree * tree, gint pid, const gchar * status, const gchar * limits)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/status", pid);
  g_autofree gchar *limits_path = g_strdup_printf ("/proc/%d/limits", pid);

  put (tree, path, status);
  put (tree, limits_path, limits);
}

static void
test_memlock (Tree * tree, gconstpointer data)
{
  g_autoptr (Sample) sample = NULL;
  const SampleReading *reading;

  put (tree, "/proc/uptime", "1000.42 900.00\n");
  put_process (tree, 10, "rtpengine", 'S', 400);
  put_locked (tree, 10, "Name:\trtpengine\nVmLck:\t    1024 kB\nVmPin:\t      16 kB\n",
      LIMITS ("4194304"));
  put_process (tree, 20, "sink one", 'S', 400);
  put_locked (tree, 20, "Name:\tsink\nVmLck:\t       0 kB\nVmPin:\t       8 kB\n",
      LIMITS ("unlimited"));
  put_process (tree, 21, "sink one", 'S', 400);
  put_locked (tree, 21, "Name:\tsink\nVmLck:\t       4 kB\n", "nonsense\n");
  sample = read_with (tree, "memlock", NULL, "pid", "10", "process", "sink*", NULL);
  assert_trouble (sample, "/proc/21/limits: no limit of locked memory");
  assert_value (sample, "rtpengine", QUANTITY_MEMORY, 1024 * 1024);
  assert_value (sample, "rtpengine", QUANTITY_MEMORY_LIMIT, 4194304);
  assert_value (sample, "rtpengine", QUANTITY_UPTIME, 600);
  assert_value (sample, "sink_one-20", QUANTITY_MEMORY, 8192);
  assert_absent (sample, "sink_one-20", QUANTITY_MEMORY_LIMIT);
  assert_value (sample, "sink_one-21", QUANTITY_MEMORY, 4096);
  reading = sample_find (sample, "s", "rtpengine");
  g_assert_cmpstr (reading->owner, ==, "pid 10 rtpengine");
  g_assert_cmpstr (reading->note, ==, "locked 1024 KiB, pinned 16 KiB");
}

static void
test_memlock_troubles (Tree * tree, gconstpointer data)
{
  g_autoptr (Sample) nobody = read_with (tree, "memlock", NULL, NULL);
  g_autoptr (Sample) no_name = read_with (tree, "memlock", NULL, "process", "x*", NULL);
  g_autoptr (Sample) no_pid = read_with (tree, "memlock", NULL, "pid", "12", NULL);
  g_autoptr (Sample) thread = NULL, named = NULL, unreadable = NULL;

  assert_trouble (nobody, "neither pid nor process is given");
  assert_trouble (no_name, "no process is called so: x*");
  assert_trouble (no_pid, "/proc/12: No such file or directory");
  /* What can be opened, but not read. */
  put (tree, "/proc/13/comm/x", "");
  unreadable = read_with (tree, "memlock", NULL, "pid", "13", NULL);
  assert_trouble (unreadable, "/proc/13/comm: Is a directory");
  put_process (tree, 12, "kthreadd", 'S', 1);
  put_locked (tree, 12, "Name:\tkthreadd\nThreads:\t1\n", LIMITS ("1"));
  thread = read_with (tree, "memlock", NULL, "pid", "12", NULL);
  assert_trouble (thread, "no VmLck: it has ended, or is a thread of the kernel");
  g_assert_cmpuint (thread->readings->len, ==, 0);
  named = read_with (tree, "memlock", NULL, "process", "kthread*", NULL);
  assert_trouble (named, "no process is called so: kthread*");
}

/* --- the series --- */

#define LINE(sessions, used) "{\"currentstatistics\":{\"sessionstotal\":" sessions "}," \
  "\"totalstatistics\":{\"uptime\":60},\"bufferpools\":{\"main\":{\"num_shards\":0,\"shards\":[]}," \
  "\"shared\":{\"num_shards\":1,\"shards\":[{\"references\":5,\"size\":16777208,\"used\":" used "}]}}}"

static void
test_series (Tree * tree, gconstpointer data)
{
  static const struct
  {
    const gchar *text, *trouble;
    guint64 used;
  } rows[] = {
    {LINE ("1", "8") "\n" LINE ("2", "16") "\n", NULL, 16},
    {LINE ("1", "8") "\n" LINE ("2", "16") "\n\n \n", NULL, 16},
    /* Being written, or cut: the one before it. */
    {LINE ("1", "8") "\n" LINE ("2", "16"), NULL, 8},
    {LINE ("1", "8") "\n{\"curr", NULL, 8},
    {LINE ("1", "8") "\n{\"curr\n", "not JSON", 0},
    {LINE ("1", "8"), "no complete line", 0},
    {"", "no complete line", 0},
    {"\n\n", "no complete line", 0},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (Sample) sample = NULL, again = NULL;
    g_autofree gchar *path = g_strconcat (tree->root, "/series", NULL);

    put (tree, "/series", rows[i].text);
    sample = read_with (tree, "pool", NULL, "file", "/series", NULL);
    again = read_with (NULL, "pool", path, NULL);
    assert_trouble (sample, rows[i].trouble);
    assert_trouble (again, rows[i].trouble);
    if (rows[i].trouble)
      continue;
    assert_value (sample, "shared", QUANTITY_USED, rows[i].used);
    assert_value (sample, "shared", QUANTITY_SHARDS, 1);
    assert_value (again, "shared", QUANTITY_USED, rows[i].used);
  }
}

/* Only its end is read. */
static void
test_long_series (Tree * tree, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (Sample) sample = NULL;

  while (text->len < 20 * 1024 * 1024)
    g_string_append (text, LINE ("1", "8") "\n");
  g_string_append (text, LINE ("2", "16") "\n");
  put (tree, "/series", text->str);
  sample = read_with (tree, "pool", NULL, "file", "/series", NULL);
  assert_trouble (sample, NULL);
  assert_value (sample, "shared", QUANTITY_USED, 16);
}

static void
test_stale (Tree * tree, gconstpointer data)
{
  g_autofree gchar *path = g_strconcat (tree->root, "/series", NULL);
  struct utimbuf times = { BOOT, BOOT };
  g_autoptr (Sample) old = NULL, fresh = NULL, any = NULL;

  put (tree, "/series", LINE ("1", "8") "\n");
  fresh = read_with (tree, "pool", NULL, "file", "/series", "max-age", "1d", NULL);
  assert_trouble (fresh, NULL);
  g_assert_cmpint (utime (path, &times), ==, 0);
  old = read_with (tree, "pool", NULL, "file", "/series", "max-age", "1d", NULL);
  assert_trouble (old, "series: stale: written ");
  any = read_with (tree, "pool", NULL, "file", "/series", NULL);
  assert_trouble (any, NULL);
}

/* --- numbers of any kind --- */

static void
test_numbers (void)
{
  static const struct
  {
    const gchar *text;
    gint64 value;               /* -1: none */
  } rows[] = {
    {"0", 0}, {"12", 12}, {"12B", 12}, {"2k", 2048}, {"2 kB", 2048}, {"2 KiB", 2048}, {"3M", 3145728},
    {"1 GiB", 1073741824}, {"1T", G_GINT64_CONSTANT (1) << 40}, {"9007199254740992",
        G_GINT64_CONSTANT (1) << 53},
    {"9007199254740993", -1}, {"8193T", -1}, {"", -1}, {"-1", -1}, {"1.5", -1}, {"1e3", -1},
    {"0x10", -1}, {"1 kBx", -1}, {"1kiB2", -1}, {" 1", -1}, {"1x", -1}, {"k", -1}, {"007", -1},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    guint64 value = 42;
    gboolean ok = pick_parse_number (rows[i].text, &value, NULL);

    g_test_message ("%s", rows[i].text);
    g_assert_cmpint (ok, ==, rows[i].value >= 0);
    g_assert_cmpuint (value, ==, ok ? (guint64) rows[i].value : 42);
  }
}

static void
test_rules (void)
{
  static const struct
  {
    const gchar *rule, *problem;
  } rows[] = {
    {"/a(b)/", NULL}, {"/(.*)/", NULL}, {"json:/a/0", NULL},
    {"", "neither"}, {"/", "neither"}, {"a(b)", "neither"}, {"/a(b)", "neither"},
    {"json:a", "neither"}, {"json:", "neither"},
    {"/ab/", "0 groups, not one"}, {"/(a)(b)/", "2 groups, not one"}, {"/(a/", ""},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", rows[i].rule);
    g_assert_cmpint (pick_check (rows[i].rule, &error), ==, rows[i].problem == NULL);
    if (rows[i].problem)
      g_assert_nonnull (strstr (error->message, rows[i].problem));
  }
}

static void
test_pointers (void)
{
  static const gchar text[] = "{\"a/b\":{\"m~n\":[1,\"2 kB\",{\"c\":3}]},\"x\":null,\"y\":true,"
      "\"f\":1.5,\"\":7}";
  static const struct
  {
    const gchar *rule;
    guint64 value;
    const gchar *problem;
  } rows[] = {
    {"json:/a~1b/m~0n/0", 1, NULL}, {"json:/a~1b/m~0n/1", 2048, NULL},
    {"json:/a~1b/m~0n/2/c", 3, NULL}, {"json:/", 7, NULL},
    {"json:/a~1b/m~0n/3", 0, "no such member: 3"}, {"json:/a~1b/m~0n/00", 0, "no such member: 00"},
    {"json:/a~1b/m~0n/-", 0, "no such member: -"}, {"json:/z", 0, "no such member: z"},
    {"json:/f/1", 0, "no such member: 1"}, {"json:/x", 0, "not a number"},
    {"json:/y", 0, "not a number"}, {"json:/f", 0, "not a number: 1.5"},
    {"json:/a~1b", 0, "not a number"},
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) document = document_from_json (text, strlen (text), &error);

  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) problem = NULL;
    guint64 value = 0;
    gboolean ok = pick_by_pointer (document, rows[i].rule, &value, &problem);

    g_test_message ("%s: %s", rows[i].rule, ok ? "" : problem->message);
    g_assert_cmpint (ok, ==, rows[i].problem == NULL);
    g_assert_cmpuint (value, ==, rows[i].value);
    if (rows[i].problem)
      g_assert_nonnull (strstr (problem->message, rows[i].problem));
  }
}

static void
test_generic (Tree * tree, gconstpointer data)
{
  g_autoptr (Sample) text = NULL, json = NULL, none = NULL, part = NULL;

  put (tree, "/run/x", "Pins: 12\nMemory: 34 kB\n\377\n");
  put (tree, "/run/j", "{\"a\":{\"pins\":\"5\"}}");
  text = read_with (tree, "generic", NULL, "file", "/run/x", "pool", "p", "pins",
      "/^Pins:\\s+(\\d+)$/", "memory_bytes", "/^Memory: (.*)$/", NULL);
  assert_trouble (text, NULL);
  assert_value (text, "p", QUANTITY_PINS, 12);
  assert_value (text, "p", QUANTITY_MEMORY, 34 * 1024);
  json = read_with (tree, "generic", NULL, "file", "/run/j", "value", "json:/a/pins", NULL);
  assert_trouble (json, NULL);
  assert_value (json, "s", QUANTITY_VALUE, 5);
  part = read_with (tree, "generic", NULL, "file", "/run/x", "pins", "/^Pins: (.*)$/", "limit",
      "/^Limit: (.*)$/", NULL);
  assert_trouble (part, "limit: no match: /^Limit: (.*)$/");
  assert_value (part, "s", QUANTITY_PINS, 12);
  assert_absent (part, "s", QUANTITY_LIMIT);
  none = read_with (tree, "generic", NULL, "file", "/run/x", "value", "json:/a", NULL);
  assert_trouble (none, "not JSON");
  g_assert_cmpuint (none->readings->len, ==, 0);
}

static void
test_generic_troubles (Tree * tree, gconstpointer data)
{
  g_autoptr (Sample) no_file = read_with (tree, "generic", NULL, "file", "/run/x", NULL);
  g_autoptr (Sample) nothing = read_with (tree, "generic", NULL, "value", "/(x)/", NULL);
  g_autoptr (Sample) both = read_with (tree, "generic", NULL, "value", "/(x)/", "file", "/x",
      "command", "true", NULL);
  g_autoptr (Sample) no_quantity = read_with (tree, "generic", NULL, "command", "true", NULL);
  g_autoptr (Sample) pins = NULL;

  assert_trouble (no_file, "/run/x: No such file or directory");
  assert_trouble (nothing, "neither file nor command is given");
  assert_trouble (both, "file and command: only one of them");
  assert_trouble (no_quantity, "no quantity is asked for");
  g_assert_false (sample_expects_pins (no_quantity, "s"));
  pins = read_with (tree, "generic", NULL, "command", "true", "pins", "/(x)/", NULL);
  g_assert_true (sample_expects_pins (pins, "s"));
}

static void
test_command (Tree * tree, gconstpointer data)
{
  static const struct
  {
    const gchar *command, *trouble;
  } rows[] = {
    {"echo 'n is 42'", NULL},
    {"printf 'n is %d' 42", NULL},
    /* No shell: it is one more word. */
    {"echo n is 42 ; echo no", NULL},
    {"sh -c 'echo n is 42; echo bad luck >&2; exit 3'", "sh: exit status 3: bad luck"},
    {"sh -c 'kill -KILL $$'", "exit status 137"},
    {"/nowhere/at-all", "/nowhere/at-all"},
    {"true", "no match"},
    {"cat /dev/zero", "prints more than"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (Sample) sample = read_with (NULL, "generic", NULL, "command", rows[i].command,
        "value", "/n is (\\d+)/", NULL);

    assert_trouble (sample, rows[i].trouble);
    if (!rows[i].trouble)
      assert_value (sample, "s", QUANTITY_VALUE, 42);
  }
}

/* Each quantity can be picked. */
static void
test_generic_keys (void)
{
  for (Quantity i = 0; i < N_QUANTITIES; i++) {
    const SourceKey *key = source_find_key (source_by_name ("generic"), quantity_info (i)->name);

    g_test_message ("%s", quantity_info (i)->name);
    g_assert_nonnull (key);
  }
}

/* --- privileges --- */

#define VICTIM_NAME "test-victim"
#define NOBODY 65534

/* A process of somebody else's with a memfd, as usual as one that he started himself. */
static gint
start_victim (void)
{
  gint ready[2];
  gchar byte;
  gint pid;

  g_assert_cmpint (pipe (ready), ==, 0);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0) {
    if (setresgid (NOBODY, NOBODY, NOBODY) != 0 || setresuid (NOBODY, NOBODY, NOBODY) != 0
        || prctl (PR_SET_DUMPABLE, 1) != 0 || memfd_create (VICTIM_NAME, 0) < 0)
      _exit (1);
    if (write (ready[1], "r", 1) != 1)
      _exit (1);
    alarm (60);
    for (;;)
      pause ();
  }
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  close (ready[1]);
  return pid;
}

/* Exit status of a process with only the N of CAPS (as USER) that looks at PID: 0 when it sees the
 * memfd, 1 when it was told with a hint that it may not, else 2. */
static gint
look_with (gint pid, const cap_value_t * caps, guint n, uid_t user)
{
  g_autofree gchar *text = g_strdup_printf ("%d", pid);
  gint child = fork (), status;

  g_assert_cmpint (child, >=, 0);
  if (child == 0) {
    g_autoptr (Sample) sample = NULL;
    cap_t kept = cap_init ();

    if (user != 0 && setresuid (user, user, user) != 0)
      _exit (2);
    if (n > 0 && (cap_set_flag (kept, CAP_PERMITTED, (gint) n, caps, CAP_SET) != 0
            || cap_set_flag (kept, CAP_EFFECTIVE, (gint) n, caps, CAP_SET) != 0))
      _exit (2);
    if (cap_set_proc (kept) != 0)
      _exit (2);
    cap_free (kept);
    sample = read_with (NULL, "memlock", NULL, "pid", text, NULL);
    if (sample->readings->len != 1)
      _exit (2);
    if (strstr (((SampleReading *) sample->readings->pdata[0])->note, VICTIM_NAME))
      _exit (0);
    _exit (sample->troubles->len == 1
        && strstr (((SampleTrouble *) sample->troubles->pdata[0])->text, "CAP_SYS_PTRACE") ? 1 : 2);
  }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  return WIFEXITED (status) ? WEXITSTATUS (status) : 99;
}

/* Those that a source names are enough, and none of them is too much. */
static void
test_capabilities (void)
{
  const Source *source = source_by_name ("memlock");
  cap_value_t one;
  gint victim;

  if (geteuid () != 0) {
    g_test_skip ("only root has capabilities to drop");
    return;
  }
  victim = start_victim ();
  g_assert_cmpint (look_with (victim, source->capabilities, source->n_capabilities, 0), ==, 0);
  g_assert_cmpint (look_with (victim, NULL, 0, 0), ==, 1);
  for (guint i = 0; i < source->n_capabilities; i++) {
    one = source->capabilities[i];
    g_test_message ("only %d", one);
    g_assert_cmpint (look_with (victim, &one, 1, 0), !=, 0);
  }
  g_assert_cmpint (look_with (victim, NULL, 0, 1), ==, 1);
  kill (victim, SIGKILL);
  waitpid (victim, NULL, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/source-other/area-names", test_area_names);
  g_test_add_func ("/source-other/stat", test_stat);
  g_test_add_func ("/source-other/numbers", test_numbers);
  g_test_add_func ("/source-other/rules", test_rules);
  g_test_add_func ("/source-other/pointers", test_pointers);
  g_test_add_func ("/source-other/generic-keys", test_generic_keys);
  g_test_add_func ("/source-other/capabilities", test_capabilities);
#define ADD(name, test) g_test_add ("/source-other/" name, Tree, NULL, set_up, test, tear_down)
  ADD ("pipes", test_pipes);
  ADD ("clock-stepped", test_clock_stepped);
  ADD ("holders-off", test_holders_off);
  ADD ("unreadable", test_unreadable);
  ADD ("first-thread-ended", test_first_thread_ended);
  ADD ("number-of-thread", test_number_of_thread);
  ADD ("proc-not-whole", test_proc_not_whole);
  g_test_add_func ("/source-other/life", test_life);
  ADD ("no-pipes", test_no_pipes);
  ADD ("memlock", test_memlock);
  ADD ("memlock-troubles", test_memlock_troubles);
  ADD ("series", test_series);
  ADD ("long-series", test_long_series);
  ADD ("stale", test_stale);
  ADD ("generic", test_generic);
  ADD ("generic-troubles", test_generic_troubles);
  ADD ("command", test_command);
  return g_test_run ();
}
