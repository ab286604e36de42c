#include "config.h"
#include "probe/twins/process.h"

#include "base/fd.h"
#include "base/status.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS 5000
/* Addresses kept for later, which nobody may touch: no defect, however far behind the end. */
#define RESERVED_PAGES 32

/* Pages: of the file when it is mapped, from where on and how much is mapped, and of the file
 * afterwards. */
typedef struct
{
  Mutant mutant;
  guint made, from, mapped, left;
} Pages;

static const Pages pages[] = {
  {MUTANT_NONE, 16, 0, 16, 16},
  {MUTANT_TRUNCATED, 16, 0, 16, 1},
  {MUTANT_LONGER, 1, 0, 16, 1},
  {MUTANT_BEHIND_END, 4, 8, 1, 4},
  {MUTANT_UNSIZED, 0, 0, 16, 0},
};

static const Pages *
pages_of (const Twin * twin)
{
  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++) {
    if (pages[i].mutant == twin->mutant)
      return &pages[i];
  }
  g_assert_not_reached ();      /* a mutant needs a line above */
}

static gboolean
map_twin (const Pages * twin)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  gint fd = memfd_create ("shmdiag-twin", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  return fd >= 0 && ftruncate (fd, (off_t) (twin->made * page)) == 0
      && mmap (NULL, twin->mapped * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
      (off_t) (twin->from * page)) != MAP_FAILED
      && mmap (NULL, RESERVED_PAGES * page, PROT_NONE, MAP_SHARED, fd,
      (off_t) (twin->from * page)) != MAP_FAILED
      && ftruncate (fd, (off_t) (twin->left * page)) == 0;
}

/* The life of the process: maps, says so, and is there until it is killed, or its parent is. */
G_GNUC_NORETURN static void
be_twin (const Twin * twin, gint ready_fd)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (!map_twin (pages_of (twin)) || fd_write (ready_fd, "", 1) != 1)
    _exit (STATUS_BROKEN);
  for (;;)
    pause ();
}

gint
twin_process_start (const Twin * twin, GError ** error)
{
  gint ready[2] = { -1, -1 };
  gchar byte;
  pid_t pid = pipe2 (ready, O_CLOEXEC) == 0 ? fork () : -1;

  if (pid == 0)
    be_twin (twin, ready[1]);
  fd_clear (&ready[1]);
  if (pid > 0 && fd_poll (ready[0], G_IO_IN, START_MS) > 0 && fd_read (ready[0], &byte, 1) == 1) {
    fd_clear (&ready[0]);
    return pid;
  }
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "twin:%s: cannot be made", twin->name);
  if (pid > 0)
    twin_process_stop (pid);
  fd_clear (&ready[0]);
  return 0;
}

void
twin_process_stop (gint pid)
{
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
}
