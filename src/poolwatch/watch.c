/* poolwatch watch: the pools as they are, until somebody has seen enough. */
#include "config.h"
#include "poolwatch/commands.h"

#include "base/deadline.h"
#include "base/fd.h"
#include "base/parse.h"
#include "base/term.h"
#include "poolwatch/screen.h"
#include "watch/view/frame.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Of the history that is drawn. */
#define HISTORY_US (24 * 3600 * G_GINT64_CONSTANT (1000000))
#define N_EVENTS 8
#define MIN_INTERVAL 0.2
#define MAX_INTERVAL 3600.0

typedef struct
{
  WatchOptions options;
  Conf *conf;
  Store *store;                 /* NULL: none */
  GError *store_error;          /* why; NULL */
  Sample *sample;
  GPtrArray *findings;          /* AlertFinding* */
  GPtrArray *histories;         /* FrameHistory* */
  GPtrArray *stored_events;     /* StoreEvent*; NULL */
  GArray *events;               /* FrameEvent, into stored_events */
  ViewData data;
  Frame frame;
  Deadline next;                /* when the pools are read again */
  gint signal_fd;
  gint end_signal;              /* that ends us; 0: none came */
} Watch;

static void
watch_clear (Watch * self)
{
  g_clear_pointer (&self->stored_events, g_ptr_array_unref);
  g_clear_pointer (&self->events, g_array_unref);
  g_clear_pointer (&self->histories, g_ptr_array_unref);
  g_clear_pointer (&self->findings, g_ptr_array_unref);
  g_clear_pointer (&self->sample, sample_free);
  g_clear_pointer (&self->store, store_close);
  g_clear_error (&self->store_error);
  g_clear_pointer (&self->conf, conf_free);
  watch_options_clear (&self->options);
  fd_clear (&self->signal_fd);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Watch, watch_clear)

/* --- what was before --- */

static FrameHistory *
history_of (Watch * self, const gchar * source, const gchar * pool)
{
  FrameHistory *history = frame_history_find (self->histories, source, pool);

  if (history)
    return history;
  history = frame_history_new (source, pool);
  g_ptr_array_add (self->histories, history);
  return history;
}

static void
load_series (Watch * self, const StoreSeries * series)
{
  FrameHistory *history = history_of (self, series->source, series->pool);

  for (guint i = 0; i < series->points->len; i++) {
    const StorePoint *point = &g_array_index (series->points, StorePoint, i);

    frame_history_add (history, point->time_us, point->known, point->values, point->shards);
  }
}

/* Without a store there is only what we see ourselves. */
static void
open_store (Watch * self)
{
  g_autofree gchar *fallback = self->conf->state ? NULL : store_default_dir ();
  g_autoptr (GPtrArray) all = NULL;

  self->store = store_open (self->conf->state ? self->conf->state : fallback, STORE_READ,
      &self->store_error);
  if (self->store)
    all = store_history (self->store, NULL, NULL, g_get_real_time () - HISTORY_US, TRUE,
        &self->store_error);
  for (guint i = 0; all && i < all->len; i++)
    load_series (self, g_ptr_array_index (all, i));
  g_prefix_error (&self->store_error, "no history: ");
  if (self->store_error)
    self->frame.notice = self->store_error->message;
}

static void
read_events (Watch * self)
{
  const gchar *before = NULL;

  g_array_set_size (self->events, 0);
  g_clear_pointer (&self->stored_events, g_ptr_array_unref);
  if (self->store)
    self->stored_events = store_events (self->store, N_EVENTS, NULL);
  for (guint i = 0; self->stored_events && i < self->stored_events->len; i++) {
    const StoreEvent *stored = g_ptr_array_index (self->stored_events, i);
    const FrameEvent event = { stored->time_us, stored->text };

    /* What cron was told and what others were shown is told apart, and noted twice. */
    if (i == 0 || !g_str_equal (stored->text, before))
      g_array_append_val (self->events, event);
    before = stored->text;
  }
}

/* --- what is now --- */

static void
read_pools (Watch * self)
{
  g_clear_pointer (&self->findings, g_ptr_array_unref);
  g_clear_pointer (&self->sample, sample_free);
  self->sample = conf_read (self->conf, self->options.input, self->options.sysroot);
  self->findings = alert_evaluate (self->sample, &self->conf->rules, NULL);
  for (guint i = 0; i < self->sample->readings->len; i++) {
    const SampleReading *reading = g_ptr_array_index (self->sample->readings, i);

    frame_history_add (history_of (self, reading->source, reading->pool), self->sample->time_us,
        reading->known, reading->values, reading->shards);
  }
  read_events (self);
  self->data = (ViewData) {
  .sample = self->sample,.findings = self->findings,.rules = &self->conf->rules,
        .level = alert_worst (self->findings, NULL, NULL)};
  self->next = deadline_in (self->frame.interval);
}

/* --- one frame --- */

static Status
show_once (Watch * self)
{
  g_autoptr (GPtrArray) lines = NULL;
  guint most_scroll;

  read_pools (self);
  self->frame.width = term_width (STDOUT_FILENO);
  lines = frame_lines (&self->frame, &most_scroll);
  for (guint i = 0; i < lines->len; i++) {
    g_autofree gchar *text = frame_text (g_ptr_array_index (lines, i));

    g_print ("%s\n", text);
  }
  return STATUS_PASS;
}

/* --- many --- */

/* From now on these are read, not caught: the terminal is left clean whenever they come. */
static gboolean
take_signals (Watch * self)
{
  sigset_t taken;

  sigemptyset (&taken);
  sigaddset (&taken, SIGINT);
  sigaddset (&taken, SIGTERM);
  sigaddset (&taken, SIGHUP);
  sigaddset (&taken, SIGWINCH);
  if (sigprocmask (SIG_BLOCK, &taken, NULL) != 0)
    return FALSE;
  self->signal_fd = signalfd (-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
  return self->signal_fd >= 0;
}

/* A new size only needs the frame to be drawn again. FALSE: leave. */
static gboolean
handle_signals (Watch * self)
{
  struct signalfd_siginfo info;

  while (fd_read (self->signal_fd, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGWINCH)
      continue;
    self->end_signal = (gint) info.ssi_signo;
    return FALSE;
  }
  return TRUE;
}

static void
scroll (Frame * frame, gint64 lines, guint most)
{
  frame->scroll = (guint) CLAMP ((gint64) MIN (frame->scroll, most) + lines, 0, (gint64) most);
}

/* FALSE: leave. */
static gboolean
handle_key (Watch * self, ScreenKey key, guint most)
{
  Frame *frame = &self->frame;
  gint64 page = MAX ((gint64) frame->height - 8, 1);

  switch (key) {
    case SCREEN_KEY_QUIT:
      return FALSE;
    case SCREEN_KEY_UP:
      scroll (frame, -1, most);
      break;
    case SCREEN_KEY_DOWN:
      scroll (frame, 1, most);
      break;
    case SCREEN_KEY_PAGE_UP:
      scroll (frame, -page, most);
      break;
    case SCREEN_KEY_PAGE_DOWN:
      scroll (frame, page, most);
      break;
    case SCREEN_KEY_HOME:
      frame->scroll = 0;
      break;
    case SCREEN_KEY_END:
      frame->scroll = most;
      break;
    case SCREEN_KEY_READ:
      read_pools (self);
      break;
    case SCREEN_KEY_HELP:
      frame->help = !frame->help;
      frame->scroll = 0;
      break;
    case SCREEN_KEY_NONE:
    case SCREEN_KEY_OTHER:
      break;
  }
  return TRUE;
}

/* Waits for a key, a signal, or the time to read again. FALSE: leave. */
static gboolean
wait_for_news (Watch * self, Screen * screen, guint most_scroll)
{
  struct pollfd fds[] = { {STDIN_FILENO, POLLIN, 0}, {self->signal_fd, POLLIN, 0} };
  ScreenKey key;

  if (poll (fds, G_N_ELEMENTS (fds), deadline_poll_ms (self->next)) < 0)
    return errno == EINTR;
  if (fds[1].revents && !handle_signals (self))
    return FALSE;
  if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
    return FALSE;               /* the terminal is gone */
  if (!fds[0].revents)
    return TRUE;
  while ((key = screen_key (screen)) != SCREEN_KEY_NONE) {
    if (!handle_key (self, key, most_scroll))
      return FALSE;
  }
  return TRUE;
}

static void
show_until_left (Watch * self, Screen * screen)
{
  guint most_scroll = 0;

  self->next = deadline_in (0);
  do {
    g_autoptr (GPtrArray) lines = NULL;

    if (deadline_passed (self->next))
      read_pools (self);
    screen_size (screen, &self->frame.width, &self->frame.height);
    lines = frame_lines (&self->frame, &most_scroll);
    screen_draw (screen, lines);
  } while (wait_for_news (self, screen, most_scroll));
}

/* Ends as SIGNAL would have ended us, but for Ctrl-C: that is just another way to leave. */
static Status
end_by (gint signal_number)
{
  sigset_t mine;

  if (signal_number == 0 || signal_number == SIGINT)
    return STATUS_PASS;
  sigemptyset (&mine);
  sigaddset (&mine, signal_number);
  signal (signal_number, SIG_DFL);
  raise (signal_number);
  sigprocmask (SIG_UNBLOCK, &mine, NULL);
  return STATUS_BROKEN;
}

static Status
show_live (Watch * self)
{
  g_autoptr (GError) error = NULL;
  Screen *screen;

  if (!take_signals (self))
    return command_error (STATUS_BROKEN, "watch: signals: %s", g_strerror (errno));
  screen = screen_open (&error);
  if (!screen)
    return command_error (WATCH_USAGE, "watch: %s", error->message);
  show_until_left (self, screen);
  screen_close (screen);
  return end_by (self->end_signal);
}

static gboolean
set_interval (Watch * self, const gchar * text)
{
  gdouble seconds = 2;

  if (text && (!parse_seconds (text, &seconds, NULL) || seconds < MIN_INTERVAL
          || seconds > MAX_INTERVAL)) {
    command_error (WATCH_USAGE, "watch: --interval: not a duration of 200ms to 1h: %s", text);
    return FALSE;
  }
  self->frame.interval = seconds;
  return TRUE;
}

Status
command_watch (gint argc, gchar ** argv)
{
  g_auto (Watch) self = {.signal_fd = -1 };
  gboolean once = FALSE;
  g_autofree gchar *interval = NULL;
  const GOptionEntry options[] = {
    {"interval", 'i', 0, G_OPTION_ARG_STRING, &interval, "read the pools that often (2s)", "TIME"},
    {"once", '1', 0, G_OPTION_ARG_NONE, &once, "print one frame, and end", NULL},
    {NULL}
  };

  self.conf = watch_parse (&self.options, &argc, &argv, "watch", "",
      "shows the pools as they are", options);
  if (!self.conf || !set_interval (&self, interval))
    return WATCH_USAGE;
  if (argc > 1)
    return command_error (WATCH_USAGE, "watch: takes no argument: %s", argv[1]);
  conf_keep_capabilities (self.conf, FALSE);
  self.histories = g_ptr_array_new_with_free_func ((GDestroyNotify) frame_history_free);
  self.events = g_array_new (FALSE, FALSE, sizeof (FrameEvent));
  self.frame.data = &self.data;
  self.frame.histories = self.histories;
  self.frame.events = self.events;
  self.frame.utf8 = g_get_charset (NULL);
  open_store (&self);
  return once ? show_once (&self) : show_live (&self);
}
