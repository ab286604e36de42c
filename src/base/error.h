/* What can go wrong, for whoever has to tell one thing from another: by the code, never by words. */
#pragma once
#include <glib.h>

#define SHMDIAG_ERROR (shmdiag_error_quark ())
GQuark shmdiag_error_quark (void);

typedef enum
{
  SHMDIAG_ERROR_INPUT,          /* what somebody wrote or sent us: an option, a file, an answer */
  SHMDIAG_ERROR_FAILED,         /* the system does not let us: disk full, no such file */
  SHMDIAG_ERROR_UNTRUSTED,      /* somebody else could change it, or it is not what we made */
  SHMDIAG_ERROR_BUSY,           /* another run has it: not our turn, and no trouble */
  SHMDIAG_ERROR_GONE,           /* there is no such process any more */
  SHMDIAG_ERROR_DENIED,         /* we may not look at that process */
  /* What a peer can do wrong. Every one ends that connection and nothing else. */
  SHMDIAG_ERROR_TYPE,           /* unknown command, or one of the other direction */
  SHMDIAG_ERROR_PATH,           /* length, NUL, slashes or prefix of an area's name */
  SHMDIAG_ERROR_SIZE,           /* size zero or beyond what is allowed */
  SHMDIAG_ERROR_BOUNDS,         /* buffer outside its area, or announced again while it is held */
  SHMDIAG_ERROR_AREA,           /* unknown or closed area; a new one whose id is not above all before */
  SHMDIAG_ERROR_OBJECT,         /* the shm object cannot be opened, or is smaller than announced */
  SHMDIAG_ERROR_ACK,            /* ACK for a buffer that this client does not hold */
  SHMDIAG_ERROR_LIMIT,          /* more areas, clients or unread messages than configured */
  SHMDIAG_ERROR_TRUNCATED,      /* the stream ended in the middle of a command */
  /* Of a store; never seen outside of its room. */
  SHMDIAG_ERROR_DAMAGED,        /* the file is not what we wrote */
  SHMDIAG_ERROR_FULL,           /* the disk is, or the bound on the size is met */
} ShmdiagError;

/* Sets ERROR to SHMDIAG_ERROR_INPUT. Always FALSE. */
gboolean error_input (GError ** error, const gchar * format, ...) G_GNUC_PRINTF (2, 3);
