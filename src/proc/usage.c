#include "config.h"
#include "proc/usage.h"

#include "proc/maps.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static gchar *
read_file (pid_t pid, const gchar * file)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/%s", (gint) pid, file);
  gchar *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

static GDir *
open_dir (pid_t pid, const gchar * name)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/%s", (gint) pid, name);

  return g_dir_open (path, 0, NULL);
}

gboolean
proc_read_stat (pid_t pid, ProcStat * out)
{
  g_autofree gchar *text = read_file (pid, "stat");

  return text && proc_parse_stat (text, out);
}

GArray *
proc_read_maps (pid_t pid)
{
  g_autofree gchar *text = read_file (pid, "maps");

  return proc_parse_maps (text ? text : "", NULL);
}

guint64
proc_count_fds (pid_t pid)
{
  g_autoptr (GDir) dir = open_dir (pid, "fd");
  guint64 count = 0;

  while (dir && g_dir_read_name (dir))
    count++;
  return count;
}

guint64
proc_resident (pid_t pid)
{
  g_autofree gchar *text = read_file (pid, "statm");
  const gchar *second = text ? strchr (text, ' ') : NULL;

  return second ? g_ascii_strtoull (second, NULL, 10) * (guint64) sysconf (_SC_PAGESIZE) : 0;
}

guint64
proc_context_switches (pid_t pid)
{
  g_autofree gchar *text = read_file (pid, "status");
  const gchar *at = text ? strstr (text, "voluntary_ctxt_switches:") : NULL;

  return at ? g_ascii_strtoull (strchr (at, ':') + 1, NULL, 10) : 0;
}

/* "?" when it cannot be read. Caller frees. */
static gchar *
read_of_thread (pid_t pid, const gchar * thread, const gchar * file)
{
  g_autofree gchar *name = g_strdup_printf ("task/%s/%s", thread, file);
  gchar *text = read_file (pid, name);

  return text ? g_strstrip (text) : g_strdup ("?");
}

GPtrArray *
proc_waits (pid_t pid, guint most)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) threads = open_dir (pid, "task");
  const gchar *thread;

  while (threads && (thread = g_dir_read_name (threads)) && lines->len < most) {
    g_autofree gchar *name = read_of_thread (pid, thread, "comm");
    g_autofree gchar *wchan = read_of_thread (pid, thread, "wchan");
    g_autofree gchar *call = read_of_thread (pid, thread, "syscall");

    *strchrnul (call, ' ') = '\0';      /* the number; the rest are addresses */
    g_ptr_array_add (lines, g_strdup_printf ("thread %s %s: waits in %s, system call %s",
            thread, name, wchan, call));
  }
  return lines;
}

gboolean
proc_shows (pid_t pid)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/stat", (gint) pid);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

gboolean
proc_belongs_to (pid_t pid, uid_t user)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d", (gint) pid);
  struct stat st;

  return stat (path, &st) == 0 && st.st_uid == user;
}
