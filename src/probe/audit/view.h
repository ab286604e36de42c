/* Two looks at one process, as long as we may. */
#pragma once
#include "proc/holders.h"

/* What it takes to read another process. */
#define AUDIT_DENIED "takes the same user or CAP_SYS_PTRACE"

typedef struct
{
  ProcProcess *process;         /* NULL: there is none of that number */
  GPtrArray *before, *objects;  /* ProcObject*: at the first look, and at the second; the latter is
                                 * NULL when the first found none */
  gboolean no_fds;              /* its descriptors cannot be read */
  gboolean privileged;          /* read with CAP_SYS_PTRACE */
  ProcSearch search;            /* for holders */
} AuditView;

/* Looks at process PID, and WITH_HOLDERS at all others. FALSE with ERROR: it cannot be read. To be
 * cleared in any case. */
gboolean audit_view_take (AuditView * view, gint pid, gboolean with_holders, GError ** error);
void audit_view_clear (AuditView * view);

/* The object that WANTED is at the first look; NULL: it was not there. */
const ProcObject *audit_view_before (const AuditView * view, const ProcObject * wanted);

gboolean audit_may_trace (void);
/* To be called when everything is read. */
void audit_drop_capabilities (void);
