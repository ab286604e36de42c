/* Child processes of the runner: this program again, as a role. */
#pragma once
#include "base/deadline.h"
#include "role/role.h"

#include <sys/types.h>

typedef struct
{
  pid_t pid;                    /* 0: none */
  gint pidfd;                   /* readable when it is gone */
  gint control_fd;              /* ActorCommand, one a message */
  gint event_fd;                /* TraceEvent, one a write; non-blocking */
} RunChild;

#define RUN_CHILD_NONE { 0, -1, -1, -1 }

/* Starts role KIND called NAME as number INDEX with CONFIG (gchar* to gchar*). Its output goes to
 * LOG_FD (-1: to our stderr). It dies when the calling thread does, and is the leader of a process
 * group of its own, so that Ctrl-C reaches the runner alone. */
gboolean run_spawn (RunChild * child, const gchar * kind, const gchar * name, gint index,
    GHashTable * config, gint log_fd, GError ** error);

/* Sends COMMAND. FALSE when the child cannot take it (gone, or its queue is full). */
gboolean run_child_command (const RunChild * child, const ActorCommand * command);

gboolean run_child_signal (const RunChild * child, gint signal_number);

/* Collects the status if the child is gone: as in waitpid(2). FALSE: it still runs. */
gboolean run_child_reap (RunChild * child, gint * wait_status);

/* Kills it if it still runs, reaps it, closes everything. May be called twice. */
void run_child_clear (RunChild * child);

/* When process PID started, in clock ticks since boot; 0: no such process, or it is dead and only
 * not yet waited for. With the pid it names a process for good. */
guint64 run_process_start (pid_t pid);
