/* /proc/PID/fdinfo/N as a struct. Pure. */
#pragma once
#include <glib.h>

typedef struct
{
  guint flags;                  /* of open(2), with O_CLOEXEC */
  guint64 inode;                /* 0: not told (Linux before 5.14) */

  /* Only a dma-buf has them; else 0 and NULL. */
  guint64 size;
  gint64 references;
  gchar *exporter, *name;
} ProcFdinfo;

/* FALSE: TEXT does not say with which flags the file is open. What it does not say is 0. To be
 * cleared in any case. */
gboolean proc_parse_fdinfo (const gchar * text, ProcFdinfo * out);
void proc_fdinfo_clear (ProcFdinfo * info);
