/* N11, shmsink and shmsrc, contract no-inherit: the listening socket and the connected ones of both
 * sides lack close-on-exec, so what the program starts keeps the pipe open after the program's end.
 * How: both elements in one process; the flag of each fd whose own or peer's address is the path.
 * Build: cc n11-inherited.c -o n11-inherited $(pkg-config --cflags --libs gstreamer-1.0)
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef int (*NameOf) (int fd, struct sockaddr * address, socklen_t * length);

/* How many sockets whose address by NAME_OF is PATH survive exec. */
static guint
count_inherited (NameOf name_of, const gchar * path)
{
  guint n = 0;

  for (int fd = 3; fd < 256; fd++) {
    struct sockaddr_un address = { 0, };
    socklen_t length = sizeof address;

    if (name_of (fd, (struct sockaddr *) &address, &length) == 0 &&
        address.sun_family == AF_UNIX && strcmp (address.sun_path, path) == 0 &&
        !(fcntl (fd, F_GETFD) & FD_CLOEXEC))
      n++;
  }
  return n;
}

static GstElement *
start (const gchar * before, const gchar * path, const gchar * after)
{
  gchar *text = g_strconcat (before, path, after, NULL);
  GstElement *pipeline = gst_parse_launch (text, NULL);

  g_free (text);
  if (pipeline != NULL)
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
  return pipeline;
}

int
main (int argc, char **argv)
{
  gchar dir[] = "/tmp/proof-XXXXXX";
  gchar *path;
  GstElement *producer, *consumer;
  guint n_sink = 0, n_src = 0;
  GstStateChangeReturn result = GST_STATE_CHANGE_FAILURE;

  alarm (25);
  gst_init (&argc, &argv);
  if (g_mkdtemp (dir) == NULL)
    return 77;
  path = g_build_filename (dir, "s", NULL);
  producer = start ("videotestsrc is-live=true ! video/x-raw,format=GRAY8,width=32,height=32 ! "
      "shmsink shm-size=100000 sync=false socket-path=", path, "");
  consumer = start ("shmsrc socket-path=", path, " ! fakesink sync=false");
  if (producer != NULL && consumer != NULL) {
    result = gst_element_get_state (consumer, NULL, NULL, 5 * GST_SECOND);
    n_sink = count_inherited (getsockname, path);
    n_src = count_inherited (getpeername, path);
    gst_element_set_state (consumer, GST_STATE_NULL);
    gst_element_set_state (producer, GST_STATE_NULL);
  }
  g_rmdir (dir);

  if (result != GST_STATE_CHANGE_SUCCESS) {
    g_print ("not run: the consumer does not start\n");
    return 77;
  }
  if (n_sink + n_src == 0) {
    g_print ("not shown\n");
    return 1;
  }
  g_print ("shown: %u sockets of shmsink and %u of shmsrc survive exec\n", n_sink, n_src);
  return 0;
}
