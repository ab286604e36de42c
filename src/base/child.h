/* Programs that are started for an answer, and must not keep us waiting. */
#pragma once
#include "base/deadline.h"

typedef struct
{
  const gchar *const *argv;     /* NULL at the end; argv[0] is looked for in PATH */
  const gchar *const *environment;      /* "NAME=VALUE", beside our own; NULL: none */
  const gchar *input;           /* its standard input; NULL: nothing */
  gsize max_output;             /* bytes; what prints more is an error */
} ChildRequest;

typedef struct
{
  gchar *output, *errors;       /* owned; end with a NUL that the length does not count */
  gsize output_length;
  gint status;                  /* its exit status; 128 + the signal that ended it */
} ChildResult;

void child_result_clear (ChildResult * result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ChildResult, child_result_clear)

/* Runs the program in a process group of its own until it has ended and closed its output. At
 * DEADLINE the whole group is killed. FALSE with ERROR ("NAME: cannot be started: reason",
 * "NAME: no answer in time", "NAME: prints more than N bytes"); RESULT is to be cleared in any
 * case. What the program thinks of its own success is in status: an answer may be good all the
 * same. Who gives an input ignores SIGPIPE. */
gboolean child_run (const ChildRequest * request, Deadline deadline, ChildResult * result,
    GError ** error);
