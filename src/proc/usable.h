/* Whether /proc can be believed. Who is not in an empty, a foreign or a hiding /proc may live all the
 * same: nobody is called gone by such a one. ROOT is where the capture of a system lies ("/capture");
 * "": this system. */
#pragma once
#include <glib.h>

/* FALSE with ERROR, one line "/proc: what is wrong (what helps)": there is no procfs, it is that of
 * another PID namespace, or it does not show this process as it is. In a capture, where we are not,
 * process 1 and the time at which the machine was started must be there. */
gboolean proc_is_usable (const gchar * root, GError ** error);

/* Whether it does not show all processes, or not all of them wholly (hidepid=, subset=), to us; also
 * when that cannot be told. */
gboolean proc_is_hiding (const gchar * root);

typedef enum
{
  PROC_LIFE_UNKNOWN,            /* /proc does not tell */
  PROC_LIFE_GONE,               /* proved: the kernel knows no such process, and /proc works */
  PROC_LIFE_ALIVE,              /* there is one of that number, whoever it is */
} ProcLife;

/* Whether there is a process or a thread PID. */
ProcLife proc_life (const gchar * root, gint pid);
