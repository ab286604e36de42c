/* shmstress tap: the proxy alone, between any producer and any consumers. */
#include "config.h"
#include "shmstress.h"

#include "base/deadline.h"
#include "check/check.h"
#include "role/tap.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>

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

/* All that is about the wire alone: section W. */
static Status
judge_wire (const Trace * trace)
{
  Status status = STATUS_PASS;

  for (gsize i = 0; check_list ()[i]; i++) {
    const Check *check = check_list ()[i];
    g_autoptr (GPtrArray) findings = NULL;

    if (check->id[0] != 'W')
      continue;
    findings = check_run (check, trace);
    for (guint j = 0; j < findings->len; j++) {
      const CheckFinding *finding = g_ptr_array_index (findings, j);

      if (finding->outcome == CHECK_VACUOUS)
        continue;
      g_print ("%s %s %s: looked at %u\n", finding->outcome == CHECK_FAIL ? "FAIL" : "pass",
          check->id, check->name, finding->looked);
      for (guint k = 0; finding->evidence && k < finding->evidence->len; k++)
        g_print ("  %s\n", (gchar *) g_ptr_array_index (finding->evidence, k));
      if (finding->outcome == CHECK_FAIL)
        status = STATUS_FAIL;
    }
    g_ptr_array_set_free_func (findings, (GDestroyNotify) check_finding_free);
  }
  return status;
}

static Status
finish (TapCommand * self, const gchar * record)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  trace_finish (self->trace);
  if (record) {
    trace_write (self->trace, text);
    if (!g_file_set_contents (record, text->str, (gssize) text->len, &error))
      return command_error (STATUS_BROKEN, "%s", error->message);
  }
  if (self->trace->events->len == 0) {
    g_print ("nothing was seen\n");
    return STATUS_BROKEN;
  }
  return judge_wire (self->trace);
}

static Status
watch (TapCommand * self, gchar ** argv, const gchar * record)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RoleTap) tap = role_tap_new (argv[1], argv[2], on_event, self, &error);

  if (!tap)
    return command_error (STATUS_USAGE, "tap: %s", error->message);
  g_unix_signal_add (SIGINT, on_signal, self);
  g_unix_signal_add (SIGTERM, on_signal, self);
  g_main_loop_run (self->loop);
  return finish (self, record);
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
  status = watch (&self, argv, record);
  g_main_loop_unref (self.loop);
  trace_free (self.trace);
  return status;
}
