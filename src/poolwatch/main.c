/* poolwatch: how many pins and shards does a pool hold, and is that still well? */
#include "config.h"
#include "poolwatch/commands.h"

#include <signal.h>
#include <string.h>

static const Command commands[] = {
  {"check", command_check, "look at the pools once: for cron, Nagios, Prometheus, people"},
  {"watch", command_watch, "show the pools on the terminal, always fresh"},
  {"plot", command_plot, "draw what is remembered: PNG, SVG, or with letters"},
  {"dump", command_dump, "print what is remembered, as JSON lines"},
  {"import", command_import, "append lines of dump to what is remembered"},
  {"clean-orphans", command_clean_orphans, "remove areas of shm pipes that nobody has any more"},
  {NULL}
};

static const Program program = {
  .name = "poolwatch",
  .purpose = "Watches the pins and shards of shared-memory pools: rtpengine's, GStreamer's,\n"
      "its own and others. Exit status: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.\n",
  .start_with = "poolwatch check --no-store",
  .commands = commands,
  .fallback = "check",
  .usage = WATCH_USAGE,
};

gint
main (gint argc, gchar ** argv)
{
  command_init (&program, argc, argv);
  /* A hook may not read what it is given. */
  signal (SIGPIPE, SIG_IGN);
  /* Said as an option, it is the same. */
  if (argc > 1 && g_str_equal (argv[1], "--clean-orphans"))
    argv[1] += strlen ("--");
  return command_main (&program, argc, argv);
}
