/* The areas of GStreamer's shm pipes: files in /dev/shm whose name tells who made them. ROOT is where
 * the capture of a system lies ("/capture"); "": this system. */
#pragma once
#include <glib.h>
#include <sys/types.h>

typedef enum
{
  PROC_CREATOR_GONE,            /* proved: no such process, or another one that has its number now */
  PROC_CREATOR_ALIVE,
  PROC_CREATOR_UNKNOWN,         /* /proc does not tell enough, or hides */
} ProcCreator;

typedef struct
{
  gchar *file;                  /* in /dev/shm: "shmpipe.  513.    0" */
  gint creator;                 /* pid, from the name */
  guint index;                  /* from the name */
  guint64 device, inode;
  guint64 size;                 /* bytes */
  uid_t user;
  gint64 born_us;               /* of the wall clock: when it was made, or not long after */

  ProcCreator creator_state;
  gchar *creator_name;          /* of the process that has that number now; NULL: there is none */
  gboolean reused;              /* that process is another one, by the clock; until its memory was
                                 * looked at as well, the state is UNKNOWN: clocks are set */
  gboolean namesake_read;       /* all that process has was looked at */
  GPtrArray *holders;           /* ProcHolder*, in the order of their numbers */
} ProcArea;

typedef enum
{
  PROC_AREA_FREE,               /* nobody at all has it open or mapped */
  PROC_AREA_OPEN,
  PROC_AREA_UNSURE,             /* the kernel does not tell us */
} ProcAreaUse;

#define PROC_AREA_DIR "/dev/shm"
#define PROC_AREA_PREFIX "shmpipe."

/* FALSE: NAME is not exactly what a shm pipe calls its areas. */
gboolean proc_parse_area_name (const gchar * name, gint * creator, guint * index);

/* ProcArea*: all regular files of such a name, and their creators, none of whom is GONE unless /proc
 * is usable and hides nothing. Holders are looked for by proc_find_area_holders(). NULL with ERROR
 * "PATH: reason". Caller unrefs. */
GPtrArray *proc_list_areas (const gchar * root, GError ** error);

/* What the kernel says of AREA, of this system and as it is now, whomever /proc shows: it gives a
 * write lease only on a file that nobody else has open or mapped (fcntl(2), F_SETLEASE). Takes its
 * owner or CAP_LEASE. */
ProcAreaUse proc_area_use (const ProcArea * area);
