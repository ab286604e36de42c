/* Memory that processes have locked or pinned, against what they may. */
#include "config.h"
#include "watch/source/source.h"

#include "base/error.h"
#include "base/parse.h"
#include "proc/objects.h"
#include "proc/stat.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define KIB 1024
#define MAX_OBJECTS 4           /* that a note names */

extern const Source source_memlock;

typedef struct
{
  const SourceRequest *request;
  const gchar *root;
  Sample *sample;
  GPtrArray *processes;         /* ProcProcess* */
} Memlock;

static void
complain (const Memlock * self, const gchar * pool, gboolean harmless, const gchar * text)
{
  sample_trouble (self->sample, self->request->name, pool, harmless, "%s", text);
}

/* --- keys --- */

static gboolean
check_pids (const gchar * value, GError ** error)
{
  g_auto (GStrv) parts = g_strsplit (value, ",", -1);
  gint64 pid;

  for (gsize i = 0; parts[i]; i++) {
    if (!parse_int (g_strstrip (parts[i]), 1, G_MAXINT, &pid, error))
      return FALSE;
  }
  return TRUE;
}

/* --- which processes --- */

static void
add_pids (Memlock * self, const gchar * value)
{
  g_auto (GStrv) parts = g_strsplit (value, ",", -1);

  for (gsize i = 0; parts[i]; i++) {
    gint pid = (gint) g_ascii_strtoll (g_strstrip (parts[i]), NULL, 10);
    g_autoptr (GError) error = NULL;
    ProcProcess *process = proc_process_open_below (self->root, pid, &error);

    if (process)
      g_ptr_array_add (self->processes, process);
    else
      complain (self, NULL, FALSE, error->message);
  }
}

/* Threads of the kernel have none, and who has ended has it no more: a glob does not mean them. */
static gboolean
has_memory (const ProcProcess * process)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *status = proc_process_read (process, "status", &error);

  if (!status)
    return !g_error_matches (error, SHMDIAG_ERROR, SHMDIAG_ERROR_GONE);
  return strstr (status, "\nVmLck:") != NULL;
}

static void
add_named (Memlock * self, const gchar * glob)
{
  g_autoptr (GArray) pids = proc_list_pids_below (self->root);
  guint before = self->processes->len;

  for (guint i = 0; i < pids->len && !deadline_passed (self->request->deadline); i++) {
    ProcProcess *process = proc_process_open_below (self->root, g_array_index (pids, gint, i),
        NULL);

    if (process && g_pattern_match_simple (glob, process->name) && has_memory (process))
      g_ptr_array_add (self->processes, process);
    else
      proc_process_free (process);
  }
  if (deadline_passed (self->request->deadline))
    complain (self, NULL, FALSE, "not all processes could be read in time");
  else if (self->processes->len == before)
    sample_trouble (self->sample, self->request->name, NULL, FALSE,
        "no process is called so: %s", glob);
}

/* The name alone, so that a restart goes on with the same pool; with the number as well where there
 * are several of that name. */
static gchar *
pool_name (const Memlock * self, const ProcProcess * process)
{
  g_autofree gchar *name = g_strdelimit (g_strdup (process->name), " \t/\"\\,;=", '_');
  guint n = 0;

  for (guint i = 0; i < self->processes->len; i++)
    n += g_str_equal (((ProcProcess *) g_ptr_array_index (self->processes, i))->name,
        process->name);
  return n > 1 ? g_strdup_printf ("%s-%d", name, process->pid) : g_steal_pointer (&name);
}

/* --- numbers --- */

/* "VmLck:\t    1234 kB" in status, as bytes. */
static gboolean
status_bytes (const gchar * status, const gchar * key, guint64 * out)
{
  const gchar *line = strstr (status, key);
  gchar *end;
  guint64 kib;

  if (!line)
    return FALSE;
  line += strlen (key);
  line += strspn (line, " \t");
  kib = g_ascii_strtoull (line, &end, 10);
  if (end == line || !g_str_has_prefix (end, " kB\n") || kib > G_MAXUINT64 / KIB)
    return FALSE;
  *out = kib * KIB;
  return TRUE;
}

/* The kernel compares each of the two with the limit for itself: mlock() and VFIO count what is
 * locked, RDMA and io_uring what is pinned. The larger one is the one that fails first; a sum would
 * count pages twice that are both. */
static gboolean
take_memory (const ProcProcess * process, SampleReading * reading, GError ** error)
{
  g_autofree gchar *status = proc_process_read (process, "status", error);
  guint64 locked, pinned = 0;

  if (!status)
    return FALSE;
  if (!status_bytes (status, "\nVmLck:", &locked)) {
    g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_GONE,
        "/proc/%d/status: no VmLck: it has ended, or is a thread of the kernel", process->pid);
    return FALSE;
  }
  status_bytes (status, "\nVmPin:", &pinned);
  sample_set (reading, QUANTITY_MEMORY, MAX (locked, pinned));
  reading->note = g_strdup_printf ("locked %" G_GUINT64_FORMAT " KiB, pinned %" G_GUINT64_FORMAT
      " KiB", locked / KIB, pinned / KIB);
  return TRUE;
}

/* The soft limit is the one that counts. "unlimited" is no number: absent. */
static gboolean
take_limit (const ProcProcess * process, SampleReading * reading, GError ** error)
{
  static const gchar key[] = "\nMax locked memory";
  g_autofree gchar *limits = proc_process_read (process, "limits", error);
  const gchar *line = limits ? strstr (limits, key) : NULL;
  gchar *end;
  guint64 bytes;

  if (!limits)
    return FALSE;
  if (line) {
    line += strlen (key);
    line += strspn (line, " ");
    if (g_str_has_prefix (line, "unlimited"))
      return TRUE;
    bytes = g_ascii_strtoull (line, &end, 10);
    if (end != line && *end == ' ') {
      sample_set (reading, QUANTITY_MEMORY_LIMIT, bytes);
      return TRUE;
    }
  }
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_FAILED,
      "/proc/%d/limits: no limit of locked memory", process->pid);
  return FALSE;
}

/* Another start of the same program is another instance. */
static void
take_start (const Memlock * self, const ProcProcess * process, SampleReading * reading)
{
  g_autofree gchar *text = proc_process_read (process, "stat", NULL);
  g_autofree gchar *path = g_strconcat (self->root, "/proc/uptime", NULL);
  g_autofree gchar *uptime = NULL;
  guint64 per_second = (guint64) MAX (sysconf (_SC_CLK_TCK), 1), now;
  ProcStat stat;

  if (!text || !proc_parse_stat (text, &stat))
    return;
  reading->instance = g_strdup_printf ("%d@%" G_GUINT64_FORMAT, process->pid, stat.start_ticks);
  if (!g_file_get_contents (path, &uptime, NULL, NULL))
    return;
  now = g_ascii_strtoull (uptime, NULL, 10);
  if (now >= stat.start_ticks / per_second)
    sample_set (reading, QUANTITY_UPTIME, now - stat.start_ticks / per_second);
}

/* --- memfds and dma-bufs --- */

/* Appends "; /memfd:x 4 KiB" to OUT when FD is such an object that SEEN does not have. FALSE: we may
 * not look at it. */
static gboolean
append_object (const ProcProcess * process, gint fd, GHashTable * seen, GString * out)
{
  g_autofree gchar *file = g_strdup_printf ("fd/%d", fd);
  g_autofree gchar *link = proc_process_link (process, file);
  gboolean denied = !link && (errno == EACCES || errno == EPERM);
  ProcKind kind = link ? proc_kind_of (link) : PROC_NOT_SHARED;
  g_autofree gchar *name = link ? proc_short_name (link) : NULL;
  struct stat look;

  if ((kind != PROC_MEMFD && kind != PROC_DMABUF) || !proc_process_stat (process, file, &look))
    return !denied;
  if (g_hash_table_add (seen, g_memdup2 (&look.st_ino, sizeof look.st_ino))
      && g_hash_table_size (seen) <= MAX_OBJECTS)
    g_string_append_printf (out, "; %s %" G_GINT64_FORMAT " KiB", name,
        (gint64) look.st_size / KIB);
  return TRUE;
}

/* FALSE: not all of them can be seen. */
static gboolean
append_objects (const ProcProcess * process, GString * out)
{
  g_autoptr (GArray) fds = proc_process_fds (process, NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  gboolean all = fds != NULL;

  for (guint i = 0; fds && i < fds->len; i++)
    all &= append_object (process, g_array_index (fds, gint, i), seen, out);
  if (g_hash_table_size (seen) > MAX_OBJECTS)
    g_string_append_printf (out, "; %u more", g_hash_table_size (seen) - MAX_OBJECTS);
  return all;
}

static void
note_objects (const Memlock * self, const ProcProcess * process, const gchar * pool,
    SampleReading * reading)
{
  GString *note = g_string_new (reading->note);

  if (!append_objects (process, note))
    sample_trouble (self->sample, self->request->name, pool, TRUE, "/proc/%d/fd: memfds and "
        "dma-bufs are not known; needs root, or CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH",
        process->pid);
  g_free (reading->note);
  reading->note = g_string_free (note, FALSE);
}

/* --- all of it --- */

static void
add_process (const Memlock * self, const ProcProcess * process)
{
  g_autofree gchar *pool = pool_name (self, process);
  SampleReading *reading = sample_add (self->sample, self->request->name, pool);
  g_autoptr (GError) error = NULL;

  reading->owner = g_strdup_printf ("pid %d %s", process->pid, process->name);
  reading->owner_state = SAMPLE_OWNER_ALIVE;
  if (!take_memory (process, reading, &error)) {
    complain (self, pool, FALSE, error->message);
    g_ptr_array_remove (self->sample->readings, reading);
    return;
  }
  if (!take_limit (process, reading, &error))
    complain (self, pool, FALSE, error->message);
  take_start (self, process, reading);
  note_objects (self, process, pool, reading);
}

static void
read_memlock (const SourceRequest * request, Sample * sample)
{
  Memlock self = {.request = request,.sample = sample };
  const gchar *pids = source_value (request, "pid", NULL);
  const gchar *name = source_value (request, "process", NULL);
  g_autoptr (GError) error = NULL;

  self.root = request->sysroot ? request->sysroot : "";
  if (request->input || !source_check_ways (&source_memlock, request->values, &error)) {
    complain (&self, NULL, FALSE, error ? error->message
        : "no capture of one file tells it: it is read below a --sysroot");
    return;
  }
  self.processes = g_ptr_array_new_with_free_func ((GDestroyNotify) proc_process_free);
  if (pids)
    add_pids (&self, pids);
  if (name)
    add_named (&self, name);
  for (guint i = 0; i < self.processes->len; i++)
    add_process (&self, g_ptr_array_index (self.processes, i));
  g_ptr_array_unref (self.processes);
}

static const gchar *const ways[] = { "pid", "process", NULL };

static const SourceKey keys[] = {
  {"pid", "of the processes to look at, with commas between them", check_pids},
  {"process", "their name, or a glob for it", NULL},
  {NULL}
};

/* For what is open in the processes of others; the numbers can be read by everybody. */
static const cap_value_t capabilities[] = { CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH };

const Source source_memlock = {
  .name = "memlock",
  .summary = "locked and pinned memory of processes against RLIMIT_MEMLOCK",
  .keys = keys,
  .ways = ways,
  .any_ways = TRUE,
  .capabilities = capabilities,
  .n_capabilities = G_N_ELEMENTS (capabilities),
  .read = read_memlock,
};
