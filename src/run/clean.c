/* What runs that are gone have left, found by their journals, and removed. */
#include "config.h"
#include "run/clean.h"

#include "base/fd.h"
#include "base/trust.h"
#include "proc/usage.h"
#include "run/journal.h"
#include "run/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Times of the wall clock, of files and of processes are told by different clocks. */
#define SLACK_S 2
/* So long after its directory was last changed a run may have gone on. */
#define MAX_QUIET_S (24 * 60 * 60)
#define KILL_WAIT_S 2

typedef struct
{
  gboolean dry_run;
  GString *out;
  guint count;
  GError **error;               /* the first thing that could not be removed */
} Clean;

/* What a run that is gone has left. */
typedef struct
{
  const gchar *dir;
  gint fd;                      /* of its directory */
  gint64 last_s;                /* when it last changed that, seconds of the wall clock */
} Remains;

static void
tell (Clean * clean, const gchar * what, const gchar * name)
{
  g_string_append_printf (clean->out, "%s %s %s\n",
      clean->dry_run ? "would remove" : "removed", what, name);
  clean->count++;
}

static void
tell_failure (Clean * clean, const gchar * name)
{
  if (!clean->error || *clean->error)
    return;
  g_set_error (clean->error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s", name,
      g_strerror (errno));
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

/* Whether the segment NAME can have been made in the life of the process that was started at START;
 * LIVE_START: when the one that has its number now was, 0: nobody has. When the clock was set in
 * between, it stays. */
static gboolean
is_of_its_life (const Remains * remains, const gchar * name, guint64 start, guint64 live_start)
{
  g_autofree gchar *path = g_build_filename (RUN_SEGMENT_DIR, name, NULL);
  struct statx st;
  gint64 born_s;

  if (statx (AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &st) != 0)
    return FALSE;
  born_s = st.stx_mask & STATX_BTIME ? st.stx_btime.tv_sec : st.stx_ctime.tv_sec;
  return born_s + SLACK_S >= start_to_wall (start) && born_s <= remains->last_s + MAX_QUIET_S
      && (live_start == 0 || born_s + 1 < start_to_wall (live_start));
}

/* Whether there is no process PID at all, whatever /proc shows. */
static gboolean
is_nobody (pid_t pid)
{
  return kill (pid, 0) != 0 && errno == ESRCH;
}

/* Whether the process PID that was started at START is gone: there is none, it waits to be waited for,
 * or another one has its number. Not known is not gone. */
static gboolean
has_ended (pid_t pid, guint64 start)
{
  return is_nobody (pid) || (proc_shows (pid) && run_process_start (pid) != start);
}

/* Kills PID if it is still the process that was started at START, and ours: the descriptor holds on to
 * it while that is looked at. FALSE: it is not, or lives on. */
static gboolean
kill_process (Clean * clean, pid_t pid, guint64 start)
{
  g_autofree gchar *name = g_strdup_printf ("%d", (gint) pid);
  gint pidfd = (gint) syscall (SYS_pidfd_open, pid, 0);
  gboolean ok = pidfd >= 0 && run_process_start (pid) == start && proc_belongs_to (pid, geteuid ());

  if (ok && !clean->dry_run) {
    ok = syscall (SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) == 0
        && fd_poll (pidfd, G_IO_IN, KILL_WAIT_S * 1000) > 0;
    if (!ok)
      tell_failure (clean, name);
  }
  fd_clear (&pidfd);
  if (ok)
    tell (clean, "process", name);
  return ok;
}

static void
clean_process (Clean * clean, const Remains * remains, pid_t pid, guint64 start)
{
  guint64 live_start = run_process_start (pid);
  g_autoptr (GPtrArray) segments = NULL;

  if (live_start != 0 && live_start == start) {
    if (!kill_process (clean, pid, start))
      return;
    live_start = 0;
  } else if (!has_ended (pid, start)) {
    return;
  }
  segments = run_segments_of (pid);
  for (guint i = 0; i < segments->len; i++) {
    const gchar *name = g_ptr_array_index (segments, i);

    if (!is_of_its_life (remains, name, start, live_start))
      continue;
    tell (clean, "segment", name);
    if (!clean->dry_run)
      run_remove_segment (name);
  }
}

/* The journal, if it is a file of ours; NULL: there is none, for it was killed before its first child.
 * Caller frees. */
static gchar *
read_journal (Remains * remains)
{
  gint fd = openat (remains->fd, "journal", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  g_autofree gchar *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  gchar *text = NULL;
  struct stat st;

  if (fd >= 0 && fstat (fd, &st) == 0 && S_ISREG (st.st_mode) && st.st_uid == geteuid ()
      && st.st_nlink == 1 && g_file_get_contents (path, &text, NULL, NULL))
    remains->last_s = MAX (remains->last_s, st.st_mtim.tv_sec);
  fd_clear (&fd);
  return text;
}

static void
clean_journal (Clean * clean, Remains * remains)
{
  g_autofree gchar *text = read_journal (remains);
  g_auto (GStrv) lines = text ? g_strsplit (text, "\n", -1) : NULL;

  for (guint i = 0; lines && lines[i]; i++) {
    gchar *end;
    gint64 pid = g_ascii_strtoll (lines[i], &end, 10);
    guint64 start = *end == ' ' ? g_ascii_strtoull (end, NULL, 10) : 0;

    /* A line that was cut off by the kill has no start time: that child was told nothing yet. */
    if (start > 0 && pid > 1 && pid <= G_MAXINT)
      clean_process (clean, remains, (pid_t) pid, start);
  }
}

static void
clean_sockets (Clean * clean, const gchar * dir)
{
  g_autoptr (GPtrArray) names = run_names_in (dir);

  for (guint i = 0; i < names->len; i++) {
    g_autofree gchar *sub = g_build_filename (dir, g_ptr_array_index (names, i), NULL);
    g_autoptr (GPtrArray) sockets = NULL;

    if (g_file_test (sub, G_FILE_TEST_IS_SYMLINK))
      continue;
    sockets = run_sockets_in (sub);
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
is_abandoned (const gchar * dir, const gchar * name, const struct stat *st)
{
  gchar *end;
  gint64 pid;

  if (!g_str_has_prefix (name, RUN_DIR_PREFIX) || st->st_uid != geteuid ()
      || (st->st_mode & (S_IWGRP | S_IWOTH)))
    return FALSE;
  pid = g_ascii_strtoll (name + strlen (RUN_DIR_PREFIX), &end, 10);
  if (*end != '-' || pid <= 1 || pid > G_MAXINT)
    return FALSE;
  return has_ended ((pid_t) pid, g_ascii_strtoull (end + 1, NULL, 10)) && !is_in_use (dir);
}

static void
clean_run (Clean * clean, Remains * remains)
{
  clean_journal (clean, remains);
  clean_sockets (clean, remains->dir);
  if (clean->dry_run || run_remove_dir (remains->dir))
    tell (clean, "directory", remains->dir);
  else
    tell_failure (clean, remains->dir);
}

static void
clean_below (Clean * clean, const gchar * top)
{
  g_autoptr (GPtrArray) names = run_names_in (top);

  for (guint i = 0; i < names->len; i++) {
    const gchar *name = g_ptr_array_index (names, i);
    g_autofree gchar *dir = g_build_filename (top, name, NULL);
    Remains remains = { dir, -1, 0 };
    struct stat st;

    if (!g_str_has_prefix (name, RUN_DIR_PREFIX))
      continue;
    remains.fd = open (dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (remains.fd >= 0 && fstat (remains.fd, &st) == 0 && is_abandoned (dir, name, &st)) {
      remains.last_s = st.st_mtim.tv_sec;
      clean_run (clean, &remains);
    }
    fd_clear (&remains.fd);
  }
}

guint
run_clean (gboolean dry_run, GString * out, GError ** error)
{
  Clean clean = { dry_run, out, 0, error };

  if (!trust_check_tmp (g_get_tmp_dir (), error) || !trust_check_tmp ("/tmp", error))
    return 0;
  clean_below (&clean, g_get_tmp_dir ());
  if (!g_str_equal (g_get_tmp_dir (), "/tmp"))
    clean_below (&clean, "/tmp");
  return clean.count;
}
