/* Processes of our own that map shared memory, rightly or with one planted defect each. */
#pragma once
#include <glib.h>

typedef struct
{
  const gchar *name;            /* "truncated" */
  const gchar *contract;        /* that must find it; "-": it has no defect */
  /* Pages: of the file when it is mapped, from where on and how much is mapped, and of the file
   * afterwards. */
  guint made, from, mapped, left;
} AuditTwin;

/* Ends with a NULL name. */
extern const AuditTwin audit_twins[];
const AuditTwin *audit_twin_by_name (const gchar * name);

/* Starts the process of TWIN. Returns its pid, once it has mapped everything; 0 with ERROR. */
gint audit_twin_start (const AuditTwin * twin, GError ** error);
void audit_twin_stop (gint pid);
