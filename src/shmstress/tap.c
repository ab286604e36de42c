/* shmstress tap: the proxy alone, between any producer and any consumers. */
#include "config.h"
#include "shmstress/commands.h"

#include "base/beat.h"
#include "base/deadline.h"
#include "base/fd.h"
#include "check/walk.h"
#include "check/check.h"
#include "role/tap.h"
#include "run/heart.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdlib.h>

/* Areas of a connection that are remembered from one part of a long trace to the next. */
#define AREAS_KEPT 256

/* What the parts of a trace came to, for one check. */
typedef struct
{
  const Check *check;
  guint looked;
  gboolean failed;
  gint64 lost_ns;               /* it would have failed, had the machine not stood still; 0: not so */
  GPtrArray *evidence;          /* gchar* */
} Tally;

typedef struct
{
  Trace *trace;                 /* the part that is being watched */
  guint64 window;               /* events of a part, besides those that it begins with */
  guint n_kept;                 /* those: what the part before had left */
  GPtrArray *tallies;           /* Tally*, as there was something to look at */
  gint record_fd;               /* -1: none */
  gint record_errno;            /* why it could not be written; 0: it could */
  GMainLoop *loop;
  gint64 first_ns;
  gboolean quiet;
} TapCommand;

static void turn_over (TapCommand * self);

static void
on_event (gpointer user, TraceEvent * event)
{
  TapCommand *self = user;
  g_autofree gchar *line = NULL;

  if (event->kind == TRACE_CLIENT_OPEN) {
    g_autofree gchar *name = g_strdup_printf ("client%d", event->client);

    /* Every connection is a consumer of its own here. */
    event->role = (gint16) self->trace->roles->len;
    trace_add_role (self->trace, name, TRACE_SIDE_CONSUMER, "unknown", "0");
  }
  if (self->first_ns == 0)
    self->first_ns = event->time_ns;
  event->time_ns -= self->first_ns;
  trace_append (self->trace, event);
  line = trace_event_line (self->trace, event);
  /* What was not watched is no command. */
  if (!self->quiet || event->kind == TRACE_NOTE)
    g_print ("%s\n", line);
  if (self->trace->events->len - self->n_kept >= self->window)
    turn_over (self);
}

static gboolean
on_signal (gpointer data)
{
  TapCommand *self = data;

  g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

/* --- judging --- */

static void
tally_free (gpointer data)
{
  Tally *tally = data;

  g_ptr_array_unref (tally->evidence);
  g_free (tally);
}

static Tally *
tally_of (TapCommand * self, const Check * check)
{
  Tally *tally;

  for (guint i = 0; i < self->tallies->len; i++) {
    tally = g_ptr_array_index (self->tallies, i);
    if (tally->check == check)
      return tally;
  }
  tally = g_new0 (Tally, 1);
  tally->check = check;
  tally->evidence = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->tallies, tally);
  return tally;
}

static void
add_finding (Tally * tally, const CheckFinding * finding)
{
  tally->failed |= finding->outcome == CHECK_FAIL;
  tally->lost_ns = MAX (tally->lost_ns, finding->lost_ns);
  for (guint i = 0; i < finding->evidence->len && tally->evidence->len < CHECK_EVIDENCE_MAX; i++)
    g_ptr_array_add (tally->evidence, g_strdup (g_ptr_array_index (finding->evidence, i)));
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  const TraceEvent *left = a, *right = b;

  return (left->time_ns > right->time_ns) - (left->time_ns < right->time_ns);
}

/* When we stood still since the first event of the part, what came late is nobody's fault. */
static void
add_stalls (TapCommand * self)
{
  g_autoptr (Trace) stalls = trace_new ("stalls", "", 0);
  GArray *events = self->trace->events;

  if (events->len == 0)
    return;
  beat_lost_ns (deadline_now_ns ());
  run_tell_stalls (stalls, self->first_ns + trace_at (self->trace, 0)->time_ns);
  for (guint i = 0; i < stalls->events->len; i++) {
    TraceEvent event = *trace_at (stalls, i);

    event.time_ns -= self->first_ns;
    trace_append (self->trace, &event);
  }
  g_array_sort (events, compare_times);
}

/* All that is about the wire alone: section W. What there was to look at is noted in the trace, so
 * that a replay judges the same. */
static void
judge_part (TapCommand * self)
{
  add_stalls (self);
  for (gsize i = 0; check_list ()[i]; i++) {
    const Check *check = check_list ()[i];
    g_autoptr (GPtrArray) findings = NULL;
    const CheckFinding *first;
    Tally *tally;

    if (check->id[0] != 'W')
      continue;
    findings = check_run (check, self->trace);
    first = g_ptr_array_index (findings, 0);
    if (first->outcome == CHECK_VACUOUS)
      continue;
    g_ptr_array_add (self->trace->contracts, g_strdup (check->name));
    tally = tally_of (self, check);
    tally->looked += first->looked;
    for (guint j = 0; j < findings->len; j++)
      add_finding (tally, g_ptr_array_index (findings, j));
  }
}

static gint
compare_tallies (gconstpointer a, gconstpointer b)
{
  const Tally *const *left = a, *const *right = b;

  return (gint) strtol ((*left)->check->id + 1, NULL, 10)
      - (gint) strtol ((*right)->check->id + 1, NULL, 10);
}

static Status
print_tally (const Tally * tally)
{
  if (!tally->failed && tally->lost_ns > 0)
    g_print ("BROKEN %s %s: not judged, this machine stood still for %.1f s\n", tally->check->id,
        tally->check->name, (gdouble) tally->lost_ns / 1e9);
  else
    g_print ("%s %s %s: looked at %u\n", tally->failed ? "FAIL" : "pass", tally->check->id,
        tally->check->name, tally->looked);
  for (guint i = 0; i < tally->evidence->len; i++)
    g_print ("  %s\n", (gchar *) g_ptr_array_index (tally->evidence, i));
  if (tally->failed)
    return STATUS_FAIL;
  return tally->lost_ns > 0 ? STATUS_BROKEN : STATUS_PASS;
}

static gboolean
is_tallied (const TapCommand * self, const Check * check)
{
  for (guint i = 0; i < self->tallies->len; i++) {
    if (((const Tally *) g_ptr_array_index (self->tallies, i))->check == check)
      return TRUE;
  }
  return FALSE;
}

/* Who reads what has passed is told what else there is. */
static void
print_not_judged (const TapCommand * self)
{
  for (const Check * const *check = check_list (); *check; check++) {
    if ((*check)->id[0] == 'W' && !is_tallied (self, *check))
      g_print ("skip %s %s: not judged, this wire alone shows nothing of it\n", (*check)->id,
          (*check)->name);
  }
}

static Status
print_tallies (const TapCommand * self)
{
  Status status = STATUS_PASS;

  if (self->tallies->len == 0) {
    g_print ("nothing was seen\n");
    return STATUS_BROKEN;
  }
  g_ptr_array_sort (self->tallies, compare_tallies);
  for (guint i = 0; i < self->tallies->len; i++) {
    Status one = print_tally (g_ptr_array_index (self->tallies, i));

    if (one == STATUS_FAIL || status == STATUS_PASS)
      status = one;
  }
  print_not_judged (self);
  return status;
}

/* A part that shows nothing would be one that a replay cannot judge. */
static void
write_part (TapCommand * self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (self->record_fd < 0 || self->record_errno != 0
      || (self->trace->contracts->len == 0 && self->tallies->len > 0))
    return;
  trace_write (self->trace, text);
  if (!fd_write_all (self->record_fd, text->str, text->len))
    self->record_errno = errno;
}

/* --- the parts of a long trace --- */

/* Its buffers carry no numbers of ours: checks that need them have nothing to look at. */
static Trace *
new_part (void)
{
  Trace *trace = trace_new ("tap", "unknown:unknown", 0);
  TraceRole *role = trace_add_role (trace, "producer", TRACE_SIDE_PRODUCER, "unknown", "0");

  g_hash_table_replace (role->config, g_strdup ("path"), g_strdup ("test"));
  trace->tap = TRUE;
  return trace;
}

static void
keep_client (Trace * next, const CheckWalk * walk, const CheckClient * client)
{
  TraceEvent opened = *client->opened;
  guint first = client->areas->len > AREAS_KEPT ? client->areas->len - AREAS_KEPT : 0;

  opened.role = (gint16) next->roles->len;
  trace_add_role (next, trace_role (walk->trace, client->role)->name, TRACE_SIDE_CONSUMER,
      "unknown", "0");
  trace_append (next, &opened);
  for (guint i = first; i < client->areas->len; i++) {
    const CheckArea *area = g_ptr_array_index (client->areas, i);

    trace_append (next, area->announced);
    if (area->closed)
      trace_append (next, area->closed);
  }
  for (const GList * i = client->held.head; i; i = i->next) {
    const CheckBuffer *buffer = i->data;

    if (!buffer->unsure)
      trace_append (next, buffer->event);
  }
}

/* What is still open at the end of a part is what the next one begins with. */
static void
keep (const CheckWalk * walk, const CheckClient * client, const TraceEvent * event, gpointer user)
{
  if (!event && !client->closed)
    keep_client (user, walk, client);
}

/* A trace of any length takes bounded memory: it is judged, and recorded, part by part. */
static void
turn_over (TapCommand * self)
{
  Trace *next = new_part ();

  judge_part (self);
  write_part (self);
  check_walk (self->trace, keep, next);
  g_array_sort (next->events, compare_times);
  self->n_kept = next->events->len;
  trace_free (self->trace);
  self->trace = next;
}

static Status
watch (TapCommand * self, gchar ** argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RoleTap) tap = role_tap_new (argv[1], argv[2], on_event, self, &error);

  if (!tap)
    return command_error (STATUS_USAGE, "tap: %s", error->message);
  g_unix_signal_add (SIGINT, on_signal, self);
  g_unix_signal_add (SIGTERM, on_signal, self);
  g_main_loop_run (self->loop);
  judge_part (self);
  write_part (self);
  return print_tallies (self);
}

/* RECORD is opened first: not to find out at the end that it cannot be written. */
static Status
watch_and_record (TapCommand * self, gchar ** argv, const gchar * record)
{
  Status status;

  self->record_fd = open (record, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (self->record_fd < 0)
    return command_error (STATUS_USAGE, "%s: cannot write it: %s", record, g_strerror (errno));
  status = watch (self, argv);
  if (self->record_errno != 0)
    status = command_error (STATUS_BROKEN, "%s: %s", record, g_strerror (self->record_errno));
  fd_clear (&self->record_fd);
  return status;
}

Status
command_tap (gint argc, gchar ** argv)
{
  g_autofree gchar *record = NULL;
  gint64 window = 100000;
  gboolean quiet = FALSE;
  const GOptionEntry options[] = {
    {"record", 0, 0, G_OPTION_ARG_FILENAME, &record, "write the trace to FILE at the end", "FILE"},
    {"window", 0, 0, G_OPTION_ARG_INT64, &window,
        "judge, and record, after every N commands (default: 100000)", "N"},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "do not print commands", NULL},
    {NULL}
  };
  TapCommand self = {.record_fd = -1 };
  Status status;

  if (!command_parse (&argc, &argv, "tap", "LISTEN CONNECT",
          "forwards LISTEN to the socket CONNECT and judges the wire", options))
    return STATUS_USAGE;
  if (argc != 3)
    return command_error (STATUS_USAGE, "tap: two sockets are needed: LISTEN CONNECT");
  if (window < 1)
    return command_error (STATUS_USAGE, "tap: --window: not from 1 on: %" G_GINT64_FORMAT, window);
  self.quiet = quiet;
  self.window = (guint64) window;
  self.trace = new_part ();
  self.tallies = g_ptr_array_new_with_free_func (tally_free);
  self.loop = g_main_loop_new (NULL, FALSE);
  signal (SIGPIPE, SIG_IGN);
  run_heart_start ();
  status = record ? watch_and_record (&self, argv, record) : watch (&self, argv);
  g_main_loop_unref (self.loop);
  g_ptr_array_unref (self.tallies);
  trace_free (self.trace);
  return status;
}
