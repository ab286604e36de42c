/* N17, shmsink, contract resize-wakes: a producer that waits for room in a full area is not woken
 * when shm-size makes a larger one. How: a client acknowledges nothing until nothing comes, then
 * the area grows; no buffer comes within 3 s. One ACK then lets several through.
 * Build: cc n17-resize-wakes.c -o n17-resize-wakes $(pkg-config --cflags --libs gstreamer-1.0)
 */
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { NEW_AREA = 1, CLOSE_AREA, NEW_BUFFER, ACK };

typedef struct
{
  guint type;
  gint area;
  gulong offset;
  union { gulong size; guint name_size; } u;
} Command;

static int
connect_to (const gchar * path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  return connect (fd, (struct sockaddr *) &address, sizeof address) == 0 ? fd : -1;
}

/* Reads for as long as something comes within TIMEOUT_MS. How many buffers, and the last of them;
 * how many areas. */
static guint
count_buffers (int fd, int timeout_ms, Command * last, guint * n_areas)
{
  struct pollfd item = { fd, POLLIN, 0 };
  Command command;
  gchar name[256];
  guint n = 0;

  while (n < 1000 && poll (&item, 1, timeout_ms) == 1 &&
      recv (fd, &command, sizeof command, MSG_WAITALL) == sizeof command) {
    if (command.type == NEW_BUFFER) {
      *last = command;
      n++;
    }
    if (command.type == NEW_AREA && command.u.name_size <= sizeof name &&
        recv (fd, name, command.u.name_size, MSG_WAITALL) > 0)
      (*n_areas)++;
  }
  return n;
}

static int
prove (GstElement * pipeline, int fd)
{
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  guint n_areas = 0, n_before, n_after, n_acked;
  Command held = { 0, };

  n_before = count_buffers (fd, 1000, &held, &n_areas);
  if (n_before == 0 || n_before == 1000) {
    g_print ("not run: the area does not fill\n");
    return 77;
  }
  g_object_set (sink, "shm-size", 45000, NULL);
  n_after = count_buffers (fd, 3000, &held, &n_areas);
  gst_object_unref (sink);
  if (n_areas != 2) {
    g_print ("not run: no second area was announced\n");
    return 77;
  }
  if (n_after > 0) {
    g_print ("not shown\n");
    return 1;
  }
  held.type = ACK;
  send (fd, &held, sizeof held, MSG_NOSIGNAL);
  n_acked = count_buffers (fd, 1000, &held, &n_areas);
  g_print ("shown: %u buffers fill the area, a larger one brings none in 3 s, one ACK then %u\n",
      n_before, n_acked);
  return 0;
}

int
main (int argc, char **argv)
{
  gchar dir[] = "/tmp/proof-XXXXXX";
  gchar *path, *text;
  GstElement *pipeline;
  int fd, status = 77;

  alarm (25);
  gst_init (&argc, &argv);
  if (g_mkdtemp (dir) == NULL)
    return 77;
  path = g_build_filename (dir, "s", NULL);
  text = g_strdup_printf ("fakesrc sizetype=fixed sizemax=7500 ! "
      "shmsink name=sink sync=false async=false shm-size=22500 socket-path=%s", path);
  pipeline = gst_parse_launch (text, NULL);
  if (pipeline == NULL) {
    g_print ("not run: no such pipeline\n");
  } else {
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    fd = connect_to (path);
    if (fd < 0)
      g_print ("not run: cannot connect\n");
    else
      status = prove (pipeline, fd);
    close (fd);
    gst_element_set_state (pipeline, GST_STATE_NULL);
  }
  g_rmdir (dir);
  return status;
}
