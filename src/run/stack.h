/* Where a process hangs. */
#pragma once
#include <glib.h>
#include <sys/types.h>

/* At most that many lines. */
#define RUN_STACK_MAX 48

/* Lines (gchar*) about each thread of PID: what it waits for in the kernel, then, when eu-stack or
 * gdb is installed, its innermost calls. Takes at most a few seconds. Caller frees. */
GPtrArray *run_stack (pid_t pid);
