#include "config.h"
#include "probe/touch.h"

#include "base/deadline.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* For a child that touches a few bytes. */
#define CHILD_SECONDS 10.0
/* The largest that processors usually have below those of a gigabyte; no smaller one needs more. */
#define HUGE_PAGE ((gsize) 32 << 20)

/* --- what is mapped --- */

gboolean
probe_mapping_parse (const gchar * line, ProbeMapping * mapping)
{
  gchar modes[5];
  gint path_at = 0;

  memset (mapping, 0, sizeof *mapping);
  if (sscanf (line, "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x %4s %" G_GINT64_MODIFIER
          "x %*x:%*x %" G_GINT64_MODIFIER "u %n", &mapping->start, &mapping->end, modes,
          &mapping->offset, &mapping->inode, &path_at) != 5 || mapping->end < mapping->start)
    return FALSE;
  mapping->readable = modes[0] == 'r';
  mapping->writable = modes[1] == 'w';
  mapping->shared = modes[3] == 's';
  if (path_at > 0) {
    g_strlcpy (mapping->path, line + path_at, sizeof mapping->path);
    mapping->path[strcspn (mapping->path, "\n")] = '\0';
  }
  return TRUE;
}

/* Calls FUNC for each mapping of this process until it says TRUE. */
static gboolean
for_each_mapping (gboolean (*func) (const ProbeMapping * mapping, gpointer user), gpointer user)
{
  FILE *maps = fopen ("/proc/self/maps", "re");
  gboolean found = FALSE;
  ProbeMapping mapping;
  gchar line[512];

  while (maps && !found && fgets (line, sizeof line, maps))
    found = probe_mapping_parse (line, &mapping) && func (&mapping, user);
  if (maps)
    fclose (maps);
  return found;
}

static gboolean
holds_address (const ProbeMapping * mapping, gpointer user)
{
  ProbeMapping *wanted = user;

  if (wanted->start < mapping->start || wanted->start >= mapping->end)
    return FALSE;
  *wanted = *mapping;
  return TRUE;
}

gboolean
probe_mapping_at (guint64 address, ProbeMapping * mapping)
{
  ProbeMapping next;

  mapping->start = address;
  if (!for_each_mapping (holds_address, mapping))
    return FALSE;
  /* Private memory may go on in the next mapping, as static data does from .data to .bss. */
  for (next.start = mapping->end; !mapping->shared && next.start != 0;) {
    guint64 start = next.start;

    if (!for_each_mapping (holds_address, &next) || next.shared || !next.writable)
      break;
    mapping->end = next.end;
    next.start = next.end > start ? next.end : 0;
  }
  return TRUE;
}

static gboolean
count_memory (const ProbeMapping * mapping, gpointer user)
{
  static const gchar *const prefixes[] = { "/memfd:", "/dev/shm/", "/dmabuf:" };

  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
    *(guint *) user += g_str_has_prefix (mapping->path, prefixes[i]) ? 1 : 0;
  return FALSE;
}

guint
probe_count_mappings (void)
{
  guint count = 0;

  for_each_mapping (count_memory, &count);
  return count;
}

guint
probe_count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint count = 0;

  while (dir && g_dir_read_name (dir))
    count++;
  return count;
}

guint64
probe_resident (const ProbeMapping * mapping, guint64 address, guint64 size)
{
  guint64 page = (guint64) sysconf (_SC_PAGESIZE);
  guint64 begin = address & ~(page - 1);
  guint64 end = size < mapping->end - address ? address + size : mapping->end;
  gsize n_pages = (end - begin + page - 1) / page;
  g_autofree guchar *vector = g_malloc (n_pages + 1);
  guint64 resident = 0;

  if (mincore ((gpointer) (guintptr) begin, n_pages * page, vector) != 0)
    return 0;
  for (gsize i = 0; i < n_pages; i++)
    resident += vector[i] & 1 ? page : 0;
  return resident;
}

/* --- in the child --- */

/* One thread, and no function that is not async-signal-safe: the parent may have had threads. */
static sigjmp_buf fault_place;

static void
on_fault (gint signal_number)
{
  siglongjmp (fault_place, signal_number);
}

static gint
touch_byte (volatile guint8 * at, gboolean write)
{
  gint fault = sigsetjmp (fault_place, 1);

  if (fault != 0)
    return fault;
  if (write) {
    guint8 before = *at;

    *at = before ^ 0xff;
    *at = before;               /* others still want to look at it */
  } else {
    (void) *at;
  }
  return 0;
}

static void
catch_faults (void)
{
  struct sigaction action = {.sa_handler = on_fault,.sa_flags = SA_NODEFER };

  sigaction (SIGSEGV, &action, NULL);
  sigaction (SIGBUS, &action, NULL);
}

/* Room of SIZE bytes at the end of which nothing is mapped, where huge pages could begin, too.
 * NULL: there is none. */
static guint8 *
reserve (gsize size)
{
  guint8 *room = mmap (NULL, size + 2 * HUGE_PAGE, PROT_NONE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (room == MAP_FAILED)
    return NULL;
  return (guint8 *) (((guintptr) room + HUGE_PAGE - 1) & ~(guintptr) (HUGE_PAGE - 1));
}

/* Returns by how much BASE has moved. */
static guint64
move_mapping (const ProbeMapping * mapping)
{
  gsize size = mapping->end - mapping->start;
  guint8 *room = reserve (size);

  if (!room || mremap ((gpointer) (guintptr) mapping->start, size, size,
          MREMAP_MAYMOVE | MREMAP_FIXED, room) != room)
    return 0;
  return (guint64) (guintptr) room - mapping->start;
}

typedef struct
{
  gint outcomes[PROBE_TOUCH_MAX];
  gint mapped;
} Shared;

typedef struct
{
  ProbeTouch *touches;
  guint n;
  guint64 base;
  const ProbeMapping *move;
  gint fd;                      /* -1: the object's own mapping */
  guint64 offset, size;
  gboolean writable;
} Task;

/* A mapping of SIZE bytes at a place that nothing follows. */
static guint64
map_as_peer (const Task * task, Shared * shared)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  gsize within = task->offset % page;
  guint8 *room = reserve (within + task->size);
  gpointer mapped;

  if (!room) {
    shared->mapped = ENOMEM;
    return 0;
  }
  mapped = mmap (room, within + task->size, PROT_READ | (task->writable ? PROT_WRITE : 0),
      MAP_SHARED | MAP_FIXED, task->fd, (off_t) (task->offset - within));
  shared->mapped = mapped == MAP_FAILED ? errno : 0;
  return (guint64) (guintptr) (room + within);
}

static void
run_child (const Task * task, Shared * shared)
{
  guint64 base = task->base;

  catch_faults ();
  if (task->fd >= 0) {
    base = map_as_peer (task, shared);
    if (shared->mapped != 0)
      return;
  } else if (task->move) {
    base += move_mapping (task->move);
  }
  for (guint i = 0; i < task->n; i++)
    shared->outcomes[i] = touch_byte ((guint8 *) (guintptr) (base + task->touches[i].distance),
        task->touches[i].write);
}

/* --- in the parent --- */

/* END_FD hangs up when the child is gone, which has the other end. */
static void
wait_for_child (pid_t pid, gint end_fd)
{
  gint status;

  if (fd_poll (end_fd, POLLIN, deadline_poll_ms (deadline_in (CHILD_SECONDS))) <= 0)
    kill (pid, SIGKILL);
  waitpid (pid, &status, 0);
}

static void
run_task (Task * task, gint * mapped)
{
  Shared *shared = mmap (NULL, sizeof *shared, PROT_READ | PROT_WRITE,
      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  gint ends[2] = { -1, -1 };
  pid_t pid;

  g_assert (task->n <= PROBE_TOUCH_MAX);
  for (guint i = 0; i < task->n; i++)
    task->touches[i].outcome = PROBE_TOUCH_LOST;
  *mapped = ENOMEM;
  if (shared == MAP_FAILED)
    return;
  for (guint i = 0; i < PROBE_TOUCH_MAX; i++)
    shared->outcomes[i] = PROBE_TOUCH_LOST;
  pid = pipe2 (ends, O_CLOEXEC) == 0 ? fork () : -1;
  if (pid == 0) {
    run_child (task, shared);
    _exit (0);
  }
  fd_clear (&ends[1]);
  if (pid > 0)
    wait_for_child (pid, ends[0]);
  fd_clear (&ends[0]);
  for (guint i = 0; i < task->n; i++)
    task->touches[i].outcome = shared->outcomes[i];
  *mapped = shared->mapped;
  munmap (shared, sizeof *shared);
}

void
probe_touch (ProbeTouch * touches, guint n, guint64 base, const ProbeMapping * move)
{
  Task task = {.touches = touches,.n = n,.base = base,.move = move,.fd = -1 };
  gint mapped;

  run_task (&task, &mapped);
}

void
probe_touch_fd (ProbeTouch * touches, guint n, gint fd, guint64 offset, guint64 size,
    gboolean writable, gint * mapped)
{
  Task task = {.touches = touches,.n = n,.fd = fd,.offset = offset,.size = size,
    .writable = writable
  };

  run_task (&task, mapped);
}

void
probe_touch_fast (ProbeTouch * touches, guint n, guint64 base)
{
  for (guint i = 0; i < n; i++) {
    guint8 byte;
    struct iovec here = { &byte, 1 };
    struct iovec there = { (gpointer) (guintptr) (base + touches[i].distance), 1 };
    gboolean good = process_vm_readv (getpid (), &here, 1, &there, 1, 0) == 1;

    if (good && touches[i].write)
      good = process_vm_writev (getpid (), &here, 1, &there, 1, 0) == 1;
    touches[i].outcome = good ? 0 : SIGSEGV;
  }
}

void
probe_fill (guint64 address, gsize count, guint8 byte)
{
  g_autofree guint8 *bytes = g_malloc (count + 1);
  struct iovec here = { bytes, count };
  struct iovec there = { (gpointer) (guintptr) address, count };

  memset (bytes, byte, count);
  if (process_vm_writev (getpid (), &here, 1, &there, 1, 0) < 0)
    return;                     /* nothing of it is there; somebody else says so */
}
