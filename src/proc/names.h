/* What the names of shared memory objects say. Pure. */
#pragma once
#include <glib.h>

typedef enum
{
  PROC_NOT_SHARED,              /* of no interest here */
  PROC_MEMFD,
  PROC_DEV_SHM,
  PROC_SYSV,
  PROC_DMABUF,
  PROC_HUGETLBFS,
} ProcKind;

/* From the name in maps, or the link in /proc/PID/fd. */
ProcKind proc_kind_of (const gchar * name);
const gchar *proc_kind_name (ProcKind kind);    /* "memfd", ... */

/* The pid in the name of a segment of the shm pipe, "/dev/shm/shmpipe.25162.    0"; 0: none. */
gint proc_pipe_creator (const gchar * name);

/* NAME without the directory, and without what the kernel appends to a name that is gone. Caller
 * frees. */
gchar *proc_short_name (const gchar * name);

/* "seal,shrink,grow"; "none". Caller frees. */
gchar *proc_seals_text (guint seals);
