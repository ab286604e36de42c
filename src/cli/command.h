/* What the programs share as programs: commands, options, errors, their standard descriptors. */
#pragma once
#include <glib.h>
#include <sys/capability.h>

#include "base/status.h"

typedef struct
{
  const gchar *name;
  Status (*run) (gint argc, gchar ** argv);
  const gchar *summary;
} Command;

typedef struct
{
  const gchar *name;            /* "shmstress" */
  const gchar *purpose;         /* lines for --help, each ending with a newline */
  const gchar *start_with;      /* the call that a newcomer should try */
  const Command *commands;      /* a NULL name ends them */
  const gchar *fallback;        /* the command when none is named; NULL: one must be */
  Status usage;                 /* when no command, or one that there is not, is named */
} Program;

/* The program that runs, and how it was called, for commands that are printed. */
extern const Program *command_this;
extern const gchar *command_program;

/* The whole life of a program: standard descriptors, --help, --version, its commands, and whether
 * what was printed could be written. Returns the exit status. */
Status command_main (const Program * program, gint argc, gchar ** argv);

/* To be called first in main(): locale, name, standard descriptors, signals. */
void command_init (const Program * program, gint argc, gchar ** argv);

/* Drops every capability (libcap). Nothing that most commands do needs one, and what they start
 * must not have one either. */
void command_drop_capabilities (void);

/* Drops every capability but the N of KEPT, as far as we have those. With HAND_DOWN not we use them
 * but the processes that we start. Nobody can gain others. */
void command_keep_capabilities (const cap_value_t * kept, gint n, gboolean hand_down);

/* Parses OPTIONS of COMMAND (those after the command's name) with a help that says ARGUMENTS and
 * SUMMARY. Prints the error itself. */
gboolean command_parse (gint * argc, gchar *** argv, const gchar * command,
    const gchar * arguments, const gchar * summary, const GOptionEntry * options);

/* STATUS, or UNWRITTEN when that is 0 but what was printed could not be written. Who reads it may
 * have seen enough, as head(1): then we end as SIGPIPE ends others. */
Status command_end_output (Status status, Status unwritten);

/* Whether nobody reads any more what is written to the pipe FD. */
gboolean command_reader_gone (gint fd);

/* "PROGRAM: MESSAGE" on stderr; returns STATUS. */
Status command_error (Status status, const gchar * format, ...) G_GNUC_PRINTF (2, 3);

/* Whether NAME matches a glob of GLOBS, or lies below one ("a" and "a/b"); TRUE for none. */
gboolean command_selects (const GPtrArray * globs, const gchar * name);
