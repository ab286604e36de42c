/* The shared memory objects that a process has: memfds, segments of /dev/shm, of System V and of
 * hugetlbfs, and dma-bufs, mapped or only open. */
#pragma once
#include "proc/names.h"
#include "proc/process.h"

typedef struct
{
  gint number;
  guint flags;                  /* of open(2), with O_CLOEXEC */
} ProcFd;

/* Another process that has an object, or whose number is in its name. */
typedef struct
{
  gint pid;
  gchar *name;                  /* NULL: there is no such process */
  guint64 mapped;               /* bytes */
  guint n_fds;
  gboolean created;
} ProcHolder;

void proc_holder_free (ProcHolder * holder);

typedef struct
{
  ProcKind kind;
  guint64 device, inode;        /* what makes it this one, with its kind */
  gchar *name;                  /* as in maps */
  gboolean has_size, has_seals; /* whether those are known */
  guint64 size;                 /* of its file */
  guint64 used;                 /* memory that it takes */
  guint seals;
  gint creator;                 /* pid; 0: not known */
  GArray *mappings;             /* ProcMapping, in this process */
  GArray *fds;                  /* ProcFd, in this process */
  GPtrArray *holders;           /* ProcHolder* */
} ProcObject;

/* Objects of PROCESS (ProcObject*), in the order in which they are found. NULL with ERROR when its
 * mappings cannot be read; *FDS_ERROR is set when only its descriptors cannot. */
GPtrArray *proc_read_objects (const ProcProcess * process, GError ** fds_error, GError ** error);

/* Whether PROCESS has any, at less cost. */
gboolean proc_has_objects (const ProcProcess * process, GError ** error);

/* What the descriptor FD of PROCESS is a descriptor of. FALSE: of nothing that is of interest. */
gboolean proc_look_at_fd (const ProcProcess * process, gint fd, ProcKind * kind,
    struct stat * out);

/* Takes size and seals of OBJECT, as far as they are not yet known, from the descriptor FD of
 * PROCESS that is one of it and about which LOOK was told. */
void proc_measure_by_fd (ProcObject * object, const ProcProcess * process, gint fd,
    const struct stat * look);
