#include "config.h"
#include "proc/usable.h"

#include "base/error.h"
#include "proc/process.h"
#include "proc/stat.h"

#include <errno.h>
#include <linux/magic.h>
#include <signal.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define FIRST_PROCESS 1         /* each PID namespace has it for as long as it lives */

static gboolean
fail (GError ** error, const gchar * root, const gchar * problem)
{
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_FAILED, "%s/proc: %s", root, problem);
  return FALSE;
}

/* --- we, as it shows us --- */

static gboolean
is_procfs (void)
{
  struct statfs look;

  return statfs ("/proc", &look) == 0 && look.f_type == PROC_SUPER_MAGIC;
}

/* It counts as we do: not that of another PID namespace. */
static gboolean
has_our_number (void)
{
  g_autofree gchar *self = g_file_read_link ("/proc/self", NULL);
  g_autofree gchar *number = g_strdup_printf ("%d", (gint) getpid ());

  return g_strcmp0 (self, number) == 0;
}

/* A thread has a name of its own, and only the first one has that of the process. */
static gboolean
has_our_name (const ProcProcess * process)
{
  g_autofree gchar *name = proc_process_read (process, "comm", NULL);
  gchar ours[32] = "";

  if (syscall (SYS_gettid) != getpid () || prctl (PR_GET_NAME, ours) != 0)
    return name != NULL;
  return name && g_str_has_prefix (name, ours) && g_str_equal (name + strlen (ours), "\n");
}

/* Our number, and a start that has been. */
static gboolean
has_our_start (const ProcProcess * process)
{
  g_autofree gchar *text = proc_process_read (process, "stat", NULL);
  g_autofree gchar *start = g_strdup_printf ("%d (", (gint) getpid ());
  guint64 per_second = (guint64) MAX (sysconf (_SC_CLK_TCK), 1);
  struct timespec now;
  ProcStat stat;

  return text && g_str_has_prefix (text, start) && proc_parse_stat (text, &stat)
      && clock_gettime (CLOCK_BOOTTIME, &now) == 0
      && stat.start_ticks <= ((guint64) now.tv_sec + 1) * per_second;
}

static gboolean
is_listed (gint pid)
{
  g_autoptr (GArray) pids = proc_list_pids ();

  for (guint i = 0; i < pids->len; i++) {
    if (g_array_index (pids, gint, i) == pid)
      return TRUE;
  }
  return FALSE;
}

static gboolean
shows_us (GError ** error)
{
  g_autoptr (ProcProcess) process = NULL;

  if (!is_procfs ())
    return fail (error, "", "is not mounted (mount -t proc proc /proc)");
  if (!has_our_number ())
    return fail (error, "", "is of another PID namespace than this process"
        " (mount -t proc proc /proc)");
  process = proc_process_open (getpid (), error);
  if (!process)
    return FALSE;
  if (!has_our_name (process) || !has_our_start (process) || !is_listed (getpid ()))
    return fail (error, "", "does not show this process as it is");
  return TRUE;
}

/* --- a capture --- */

static gboolean
is_whole_capture (const gchar * root, GError ** error)
{
  g_autofree gchar *path = g_strconcat (root, "/proc/stat", NULL);
  g_autofree gchar *text = NULL;
  g_autoptr (ProcProcess) first = NULL;
  guint64 boot_time;

  if (!g_file_get_contents (path, &text, NULL, NULL) || !proc_parse_boot_time (text, &boot_time))
    return fail (error, root, "does not tell when the machine was started (no btime in stat)");
  first = proc_process_open_below (root, FIRST_PROCESS, NULL);
  return first || fail (error, root, "has no process 1: it does not show all of them");
}

gboolean
proc_is_usable (const gchar * root, GError ** error)
{
  return *root == '\0' ? shows_us (error) : is_whole_capture (root, error);
}

/* --- what it hides --- */

static gboolean
may_trace (void)
{
  cap_t ours = cap_get_proc ();
  cap_flag_value_t value = CAP_CLEAR;

  if (ours)
    cap_get_flag (ours, CAP_SYS_PTRACE, CAP_EFFECTIVE, &value);
  cap_free (ours);
  return value == CAP_SET;
}

/* Whether OPTIONS (of the file system, "rw,gid=26,hidepid=invisible") keep processes from us. Members
 * of the group GID see all, but with hidepid=ptraceable. */
static gboolean
options_hide (const gchar * options)
{
  g_auto (GStrv) parts = g_strsplit (options, ",", -1);
  const gchar *hide = "off";
  gboolean is_member = FALSE;

  for (gsize i = 0; parts[i]; i++) {
    if (g_str_has_prefix (parts[i], "hidepid="))
      hide = parts[i] + strlen ("hidepid=");
    else if (g_str_has_prefix (parts[i], "gid="))
      is_member = group_member ((gid_t) g_ascii_strtoull (parts[i] + strlen ("gid="), NULL, 10));
  }
  if (g_str_equal (hide, "off") || g_str_equal (hide, "0"))
    return FALSE;
  return !is_member || g_str_equal (hide, "ptraceable") || g_str_equal (hide, "4");
}

/* "36 35 0:34 / /proc rw - proc proc rw,hidepid=invisible": what comes last, when the line is about
 * DEVICE ("0:34"), else NULL. */
static const gchar *
options_of (const gchar * line, const gchar * device)
{
  g_auto (GStrv) fields = g_strsplit (line, " ", 4);
  const gchar *separator = strstr (line, " - ");

  if (g_strv_length (fields) < 4 || !g_str_equal (fields[2], device) || !separator)
    return NULL;
  return strrchr (separator, ' ') + 1;
}

gboolean
proc_is_hiding (const gchar * root)
{
  g_autofree gchar *path = g_strconcat (root, "/proc", NULL);
  g_autofree gchar *device = NULL, *text = NULL;
  g_auto (GStrv) lines = NULL;
  struct stat look;

  if (stat (path, &look) != 0 || !g_file_get_contents ("/proc/self/mountinfo", &text, NULL, NULL))
    return TRUE;
  device = g_strdup_printf ("%u:%u", major (look.st_dev), minor (look.st_dev));
  lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i]; i++) {
    const gchar *options = options_of (lines[i], device);

    if (options && options_hide (options))
      return !may_trace ();
  }
  return FALSE;
}

/* --- who is not there --- */

/* The kernel's own word on this system, which no /proc can hide: EPERM is that of somebody else's,
 * who lives. */
static gboolean
is_known_to_kernel (gint pid)
{
  return pid <= 0 || kill (pid, 0) == 0 || errno != ESRCH;
}

ProcLife
proc_life (const gchar * root, gint pid)
{
  g_autofree gchar *path = g_strdup_printf ("%s/proc/%d", root, pid);

  if (*root == '\0' ? is_known_to_kernel (pid) : g_file_test (path, G_FILE_TEST_EXISTS))
    return PROC_LIFE_ALIVE;
  return proc_is_usable (root, NULL) && !proc_is_hiding (root) ? PROC_LIFE_GONE
      : PROC_LIFE_UNKNOWN;
}
