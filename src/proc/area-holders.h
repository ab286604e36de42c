/* Who has the areas of shm pipes, and what their creators listen on. */
#pragma once
#include "base/deadline.h"
#include "proc/areas.h"
#include "proc/holders.h"

typedef struct
{
  guint n_read;                 /* processes */
  guint n_elsewhere;            /* that could not be read, but have another /dev/shm than we */
  GArray *denied;               /* gint: pids of the others that could not be read */
  gboolean hidden;              /* /proc is not usable, or does not even show all of them */
  gboolean late;                /* the deadline came first */
} ProcAreaSearch;

void proc_area_search_clear (ProcAreaSearch * search);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ProcAreaSearch, proc_area_search_clear)

/* Fills in the holders of AREAS (ProcArea*), from the mappings and descriptors of all processes. A
 * process that has the number of a creator and holds the area is the creator, whatever the clock
 * says; one that the clock says is another is that only when it was read and does not. Holders are
 * all of them only when nothing was denied, hidden or late. */
void proc_find_area_holders (const gchar * root, GPtrArray * areas, Deadline deadline,
    ProcAreaSearch * out);

gboolean proc_area_search_is_complete (const ProcAreaSearch * search);

/* gchar*: what the process PID listens on (sockets with a name in the file system). NULL with ERROR.
 * Caller unrefs. */
GPtrArray *proc_list_listening (const gchar * root, gint pid, GError ** error);
