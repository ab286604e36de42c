/* /proc/sysvipc/shm as structs. Pure. */
#pragma once
#include <glib.h>

typedef struct
{
  guint64 id;                   /* shmid: the inode in /proc/PID/maps */
  guint64 size;
  gint creator, n_attached;     /* pid, mappings */
} ProcSegment;

/* The segments of TEXT. Lines that are none are left out. */
GArray *proc_parse_sysvipc (const gchar * text);
