/* shmstress tap: the proxy alone, between any producer and any consumers. */
#include "config.h"
#include "shmstress.h"

#include "base/fd.h"
#include "check/check.h"
#include "role/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>

typedef struct
{
  Trace *trace;
  GMainLoop *loop;
  gint64 first_ns;
  gboolean quiet;
} TapCommand;

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
  if (!self->quiet)
    g_print ("%s\n", line);
}

static gboolean
on_signal (gpointer data)
{
  TapCommand *self = data;

  g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

static void
print_finding (const CheckFinding * finding)
{
  const Check *check = finding->check;

  g_print ("%s %s %s: looked at %u\n", finding->outcome == CHECK_FAIL ? "FAIL" : "pass",
      check->id, check->name, finding->looked);
  for (guint i = 0; finding->evidence && i < finding->evidence->len; i++)
    g_print ("  %s\n", (gchar *) g_ptr_array_index (finding->evidence, i));
}

/* All that is about the wire alone: section W. What there was to look at is noted in the trace, so
 * that a replay judges the same. */
static Status
judge_wire (Trace * trace)
{
  Status status = STATUS_PASS;

  for (gsize i = 0; check_list ()[i]; i++) {
    const Check *check = check_list ()[i];
    g_autoptr (GPtrArray) findings = NULL;
    const CheckFinding *first;

    if (check->id[0] != 'W')
      continue;
    findings = check_run (check, trace);
    g_ptr_array_set_free_func (findings, (GDestroyNotify) check_finding_free);
    first = g_ptr_array_index (findings, 0);
    if (first->outcome == CHECK_VACUOUS)
      continue;
    g_ptr_array_add (trace->contracts, g_strdup (check->name));
    if (first->outcome == CHECK_FAIL)
      status = STATUS_FAIL;
    for (guint j = 0; j < findings->len; j++)
      print_finding (g_ptr_array_index (findings, j));
  }
  if (trace->contracts->len > 0)
    return status;
  g_print ("nothing was seen\n");
  return STATUS_BROKEN;
}

static gboolean
write_record (const Trace * trace, gint fd)
{
  g_autoptr (GString) text = g_string_new (NULL);

  trace_write (trace, text);
  for (gsize at = 0; at < text->len;) {
    gssize put = fd_write (fd, text->str + at, text->len - at);

    if (put < 0)
      return FALSE;
    at += (gsize) put;
  }
  return TRUE;
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
  trace_finish (self->trace);
  return judge_wire (self->trace);
}

/* RECORD is opened first: not to find out at the end that it cannot be written. */
static Status
watch_and_record (TapCommand * self, gchar ** argv, const gchar * record)
{
  gint fd = open (record, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  Status status;

  if (fd < 0)
    return command_error (STATUS_USAGE, "%s: cannot write it: %s", record, g_strerror (errno));
  status = watch (self, argv);
  if (status != STATUS_USAGE && !write_record (self->trace, fd))
    status = command_error (STATUS_BROKEN, "%s: %s", record, g_strerror (errno));
  fd_clear (&fd);
  return status;
}

/* Its buffers carry no numbers of ours: checks that need them have nothing to look at. */
static void
add_producer (Trace * trace)
{
  TraceRole *role = trace_add_role (trace, "producer", TRACE_SIDE_PRODUCER, "unknown", "0");

  g_hash_table_replace (role->config, g_strdup ("path"), g_strdup ("test"));
}

Status
command_tap (gint argc, gchar ** argv)
{
  g_autofree gchar *record = NULL;
  gboolean quiet = FALSE;
  const GOptionEntry options[] = {
    {"record", 0, 0, G_OPTION_ARG_FILENAME, &record, "write the trace to FILE at the end", "FILE"},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "do not print commands", NULL},
    {NULL}
  };
  TapCommand self = { NULL };
  Status status;

  if (!command_parse (&argc, &argv, "tap", "LISTEN CONNECT",
          "forwards LISTEN to the socket CONNECT and judges the wire", options))
    return STATUS_USAGE;
  if (argc != 3)
    return command_error (STATUS_USAGE, "tap: two sockets are needed: LISTEN CONNECT");
  self.quiet = quiet;
  self.trace = trace_new ("tap", "unknown:unknown", 0);
  self.trace->tap = TRUE;
  add_producer (self.trace);
  self.loop = g_main_loop_new (NULL, FALSE);
  signal (SIGPIPE, SIG_IGN);
  status = record ? watch_and_record (&self, argv, record) : watch (&self, argv);
  g_main_loop_unref (self.loop);
  trace_free (self.trace);
  return status;
}
