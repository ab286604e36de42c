#include "config.h"
#include "run/journal.h"

#include "base/fd.h"
#include "run/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEGMENT_DIR "/dev/shm"
#define PREFIX "shmdiag-"
/* A socket's path must fit into sun_path with what we add: "/9999/p.sock.256". */
#define DIR_MAX 80

struct RunJournal
{
  gchar *dir;
  gint fd;
};

RunJournal *
run_journal_new (GError ** error)
{
  g_autofree gchar *name = g_strdup_printf (PREFIX "%d-%" G_GUINT64_FORMAT, (gint) getpid (),
      run_process_start (getpid ()));
  g_autofree gchar *dir = g_build_filename (g_get_tmp_dir (), name, NULL);
  g_autofree gchar *file = NULL;
  RunJournal *journal;
  gint fd;

  if (strlen (dir) > DIR_MAX) {
    g_free (dir);
    dir = g_build_filename ("/tmp", name, NULL);
  }
  file = g_build_filename (dir, "journal", NULL);
  if (g_mkdir (dir, 0700) != 0
      || (fd = open (file, O_WRONLY | O_CREAT | O_APPEND | O_EXCL | O_CLOEXEC, 0600)) < 0) {
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: cannot make it: %s",
        dir, g_strerror (errno));
    return NULL;
  }
  flock (fd, LOCK_EX | LOCK_NB);        /* for is_in_use() */
  journal = g_new0 (RunJournal, 1);
  journal->dir = g_steal_pointer (&dir);
  journal->fd = fd;
  return journal;
}

const gchar *
run_journal_dir (const RunJournal * journal)
{
  return journal->dir;
}

gboolean
run_journal_add (RunJournal * journal, pid_t pid, GError ** error)
{
  g_autofree gchar *line = g_strdup_printf ("%d %" G_GUINT64_FORMAT "\n", (gint) pid,
      run_process_start (pid));

  if (fd_write (journal->fd, line, strlen (line)) == (gssize) strlen (line))
    return TRUE;
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s/journal: %s",
      journal->dir, g_strerror (errno));
  return FALSE;
}

void
run_journal_free (RunJournal * journal)
{
  if (!journal)
    return;
  fd_clear (&journal->fd);
  run_remove_dir (journal->dir);
  g_free (journal->dir);
  g_free (journal);
}

/* --- names --- */

static GPtrArray *
names_in (const gchar * dir)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) handle = g_dir_open (dir, 0, NULL);
  const gchar *name;

  while (handle && (name = g_dir_read_name (handle)))
    g_ptr_array_add (names, g_strdup (name));
  return names;
}

GPtrArray *
run_segments_of (pid_t pid)
{
  g_autofree gchar *prefix = g_strdup_printf ("shmpipe.%5d.", (gint) pid);
  GPtrArray *names = names_in (SEGMENT_DIR);

  for (guint i = names->len; i-- > 0;) {
    if (!g_str_has_prefix (g_ptr_array_index (names, i), prefix))
      g_ptr_array_remove_index (names, i);
  }
  return names;
}

void
run_remove_segment (const gchar * name)
{
  g_autofree gchar *path = g_strconcat ("/", name, NULL);

  shm_unlink (path);
}

GPtrArray *
run_sockets_in (const gchar * dir)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) names = names_in (dir);

  for (guint i = 0; i < names->len; i++) {
    g_autofree gchar *path = g_build_filename (dir, g_ptr_array_index (names, i), NULL);
    struct stat st;

    if (lstat (path, &st) == 0 && S_ISSOCK (st.st_mode))
      g_ptr_array_add (paths, g_steal_pointer (&path));
  }
  return paths;
}

static void
remove_tree (const gchar * dir, guint levels)
{
  g_autoptr (GPtrArray) names = names_in (dir);

  for (guint i = 0; i < names->len; i++) {
    g_autofree gchar *path = g_build_filename (dir, g_ptr_array_index (names, i), NULL);
    struct stat st;

    if (lstat (path, &st) != 0)
      continue;
    if (!S_ISDIR (st.st_mode))
      g_unlink (path);
    else if (levels > 0)
      remove_tree (path, levels - 1);
  }
  g_rmdir (dir);
}

void
run_remove_dir (const gchar * dir)
{
  remove_tree (dir, 1);
}

/* --- clean --- */

typedef struct
{
  gboolean dry_run;
  GString *out;
  guint count;
} Clean;

static void
tell (Clean * clean, const gchar * what, const gchar * name)
{
  g_string_append_printf (clean->out, "%s %s %s\n",
      clean->dry_run ? "would remove" : "removed", what, name);
  clean->count++;
}

/* The wall-clock second in which a process with start time START (ticks since boot) began. */
static gint64
start_to_wall (guint64 start)
{
  gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;
  struct timespec up;

  clock_gettime (CLOCK_BOOTTIME, &up);
  return now_s - up.tv_sec + (gint64) (start / (guint64) sysconf (_SC_CLK_TCK));
}

/* A segment with the pid of a process that lives is only ours when it is older than that. */
static gboolean
segment_is_older (const gchar * name, guint64 live_start)
{
  g_autofree gchar *path = g_build_filename (SEGMENT_DIR, name, NULL);
  struct stat st;

  return live_start == 0
      || (lstat (path, &st) == 0 && st.st_ctim.tv_sec + 1 < start_to_wall (live_start));
}

static void
clean_process (Clean * clean, pid_t pid, guint64 start)
{
  guint64 live_start = run_process_start (pid);
  g_autoptr (GPtrArray) segments = NULL;

  if (live_start != 0 && live_start == start) {
    g_autofree gchar *name = g_strdup_printf ("%d", (gint) pid);

    tell (clean, "process", name);
    live_start = 0;
    if (!clean->dry_run)
      kill (pid, SIGKILL);
  }
  segments = run_segments_of (pid);
  for (guint i = 0; i < segments->len; i++) {
    const gchar *name = g_ptr_array_index (segments, i);

    if (!segment_is_older (name, live_start))
      continue;
    tell (clean, "segment", name);
    if (!clean->dry_run)
      run_remove_segment (name);
  }
}

static void
clean_journal (Clean * clean, const gchar * dir)
{
  g_autofree gchar *file = g_build_filename (dir, "journal", NULL);
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (file, &text, NULL, NULL))
    return;                     /* killed before its first child */
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    gchar *end;
    gint64 pid = g_ascii_strtoll (lines[i], &end, 10);

    /* A line that was cut off by the kill has no start time: that child was told nothing yet. */
    if (*end == ' ' && pid > 1 && pid <= G_MAXINT)
      clean_process (clean, (pid_t) pid, g_ascii_strtoull (end, NULL, 10));
  }
}

static void
clean_sockets (Clean * clean, const gchar * dir)
{
  g_autoptr (GPtrArray) names = names_in (dir);

  for (guint i = 0; i < names->len; i++) {
    g_autofree gchar *sub = g_build_filename (dir, g_ptr_array_index (names, i), NULL);
    g_autoptr (GPtrArray) sockets = run_sockets_in (sub);

    for (guint j = 0; j < sockets->len; j++)
      tell (clean, "socket", g_ptr_array_index (sockets, j));
  }
}

/* A runner in another pid namespace that shares this directory cannot be seen by its pid. */
static gboolean
is_in_use (const gchar * dir)
{
  g_autofree gchar *file = g_build_filename (dir, "journal", NULL);
  gint fd = open (file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  gboolean in_use = fd >= 0 && flock (fd, LOCK_SH | LOCK_NB) != 0;

  fd_clear (&fd);
  return in_use;
}

/* Whether NAME is the directory of a runner that is gone, and ours. */
static gboolean
is_abandoned (const gchar * dir, const gchar * name)
{
  struct stat st;
  gchar *end;
  gint64 pid;

  if (!g_str_has_prefix (name, PREFIX) || lstat (dir, &st) != 0 || !S_ISDIR (st.st_mode)
      || st.st_uid != geteuid ())
    return FALSE;
  pid = g_ascii_strtoll (name + strlen (PREFIX), &end, 10);
  if (*end != '-' || pid <= 1 || pid > G_MAXINT)
    return FALSE;
  return run_process_start ((pid_t) pid) != g_ascii_strtoull (end + 1, NULL, 10)
      && !is_in_use (dir);
}

static void
clean_below (Clean * clean, const gchar * top)
{
  g_autoptr (GPtrArray) names = names_in (top);

  for (guint i = 0; i < names->len; i++) {
    const gchar *name = g_ptr_array_index (names, i);
    g_autofree gchar *dir = g_build_filename (top, name, NULL);

    if (!is_abandoned (dir, name))
      continue;
    clean_journal (clean, dir);
    clean_sockets (clean, dir);
    tell (clean, "directory", dir);
    if (!clean->dry_run)
      run_remove_dir (dir);
  }
}

guint
run_clean (gboolean dry_run, GString * out)
{
  Clean clean = { dry_run, out, 0 };

  clean_below (&clean, g_get_tmp_dir ());
  if (!g_str_equal (g_get_tmp_dir (), "/tmp"))
    clean_below (&clean, "/tmp");
  return clean.count;
}
