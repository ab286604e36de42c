/* K3, shmsink, contract announce-area: a buffer is announced with the id of the newest area instead
 * of the one in which it lies. How: a buffer from the sink's own allocator is filled, then shm-size
 * is changed, then the buffer is pushed; a client reads its announcement and looks for the content.
 * Build: cc k3-announce-area.c -o k3-announce-area $(pkg-config --cflags --libs gstreamer-1.0)
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SIZE 4096
#define PATTERN 0xa5

enum { NEW_AREA = 1, CLOSE_AREA, NEW_BUFFER, ACK };

typedef struct
{
  guint type;
  gint area;
  gulong offset;                /* of a new area: its size */
  union { gulong size; guint name_size; } u;
} Command;

static int
give_up (int status, const char *line)
{
  g_print ("%s\n", line);
  return status;
}

static gboolean
take (int fd, gpointer data, gsize size)
{
  struct pollfd item = { fd, POLLIN, 0 };

  return poll (&item, 1, 5000) == 1 && recv (fd, data, size, MSG_WAITALL) == (gssize) size;
}

static int
connect_to (const gchar * path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  return connect (fd, (struct sockaddr *) &address, sizeof address) == 0 ? fd : -1;
}

/* Maps the object whose name follows COMMAND. */
static guint8 *
take_area (int fd, const Command * command)
{
  gchar name[256] = "";
  int object;
  void *data;

  if (command->u.name_size > sizeof name || !take (fd, name, command->u.name_size))
    return NULL;
  object = shm_open (name, O_RDONLY, 0);
  data = mmap (NULL, command->offset, PROT_READ, MAP_SHARED, object, 0);
  close (object);
  return data == MAP_FAILED ? NULL : data;
}

static GstBuffer *
make_buffer (GstElement * sink)
{
  GstPad *pad = gst_element_get_static_pad (sink, "sink");
  GstQuery *query = gst_query_new_allocation (NULL, FALSE);
  GstAllocator *allocator = NULL;
  GstBuffer *buffer = NULL;

  if (gst_pad_query (pad, query) && gst_query_get_n_allocation_params (query) > 0)
    gst_query_parse_nth_allocation_param (query, 0, &allocator, NULL);
  if (allocator != NULL) {
    buffer = gst_buffer_new_allocate (allocator, SIZE, NULL);
    gst_buffer_memset (buffer, 0, PATTERN, SIZE);
    gst_object_unref (allocator);
  }
  gst_query_unref (query);
  gst_object_unref (pad);
  return buffer;
}

static gboolean
has_pattern (const guint8 * area, gulong offset)
{
  return area != NULL && area[offset] == PATTERN &&
      memcmp (area + offset, area + offset + 1, SIZE - 1) == 0;
}

static int
prove (GstElement * pipeline, int fd)
{
  GstElement *source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  guint8 *areas[3] = { NULL, };
  Command command = { 0, };
  GstBuffer *buffer;
  GstFlowReturn flow;

  if (!take (fd, &command, sizeof command) || command.type != NEW_AREA || command.area != 1 ||
      (areas[1] = take_area (fd, &command)) == NULL)
    return give_up (77, "not run: no first area");
  if ((buffer = make_buffer (sink)) == NULL)
    return give_up (77, "not run: no buffer from the sink's allocator");

  g_object_set (sink, "shm-size", 200000, NULL);
  g_signal_emit_by_name (source, "push-buffer", buffer, &flow);
  gst_buffer_unref (buffer);
  gst_object_unref (source);
  gst_object_unref (sink);

  while (take (fd, &command, sizeof command) && command.type != NEW_BUFFER)
    if (command.type == NEW_AREA && command.area == 2)
      areas[2] = take_area (fd, &command);
  if (command.type != NEW_BUFFER || areas[2] == NULL)
    return give_up (77, "not run: no buffer after the second area");

  if (command.area == 2 && has_pattern (areas[1], command.offset) &&
      !has_pattern (areas[2], command.offset))
    return give_up (0, "shown: a buffer that lies in area 1 was announced in area 2");
  return give_up (1, "not shown");
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
  text = g_strdup_printf ("appsrc name=source ! shmsink name=sink sync=false async=false "
      "shm-size=100000 socket-path=%s", path);
  pipeline = gst_parse_launch (text, NULL);
  if (pipeline != NULL) {
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    fd = connect_to (path);
    status = fd < 0 ? give_up (77, "not run: cannot connect") : prove (pipeline, fd);
    close (fd);
    gst_element_set_state (pipeline, GST_STATE_NULL);
  } else {
    give_up (77, "not run: no such pipeline");
  }
  g_rmdir (dir);
  return status;
}
