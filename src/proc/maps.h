/* /proc/PID/maps and smaps as structs. Pure: text in, structs out. */
#pragma once
#include <glib.h>

typedef struct
{
  guint64 start, end;           /* addresses; end is the first one behind */
  gboolean readable, writable, executable, shared;
  guint64 offset;               /* in the file */
  guint major, minor;           /* device of the file */
  guint64 inode;
  gchar *path;                  /* owned; "" when there is none */

  /* Only smaps tells; else 0. Bytes. */
  guint64 page_size, resident, locked;
  guint64 huge;                 /* of the resident ones: in pages larger than the usual */
} ProcMapping;

/* The mappings of TEXT, in order; the array frees what they own. What is not a mapping, and a last
 * line that was cut off, are left out; *N_STRANGE (may be NULL) says how many lines those were. */
GArray *proc_parse_maps (const gchar * text, guint * n_strange);
