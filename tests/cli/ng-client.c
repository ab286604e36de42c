/* Makes work for an rtpengine daemon: offers and deletes calls through its ng port.
 *   ng-client offer|delete PLACE NAME FIRST LAST
 *   ng-client ports N          prints N ports of the loopback that nobody uses now */
#include "config.h"
#include "watch/source/ng.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const gchar sdp[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"
    "t=0 0\r\nm=audio 4000 RTP/AVP 8 0\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n";

static void
add (GString * body, const gchar * name, const gchar * value)
{
  g_string_append_printf (body, "%u:%s%u:%s", (guint) strlen (name), name,
      (guint) strlen (value), value);
}

/* Whether the daemon says that it has done so. */
static gboolean
ask (const gchar * command, const gchar * place, const gchar * call)
{
  g_autoptr (GString) body = g_string_new ("d");
  g_autoptr (GError) error = NULL;
  g_autofree gchar *answer = NULL;
  gsize length;

  add (body, "command", command);
  add (body, "call-id", call);
  add (body, "from-tag", "a");
  if (g_str_equal (command, "offer"))
    add (body, "sdp", sdp);
  g_string_append_c (body, 'e');
  answer = ng_request (place, body->str, deadline_in (10), &length, &error);
  if (answer && strstr (answer, "6:result2:ok"))
    return TRUE;
  g_printerr ("ng-client: %s %s: %s\n", command, call, answer ? answer : error->message);
  return FALSE;
}

static int
ask_all (char **argv)
{
  for (int i = atoi (argv[4]); i <= atoi (argv[5]); i++) {
    g_autofree gchar *call = g_strdup_printf ("%s-%d", argv[3], i);

    if (!ask (argv[1], argv[2], call))
      return 1;
  }
  return 0;
}

/* All are held until the last is known: no two are the same. */
static int
print_ports (int n)
{
  for (int i = 0; i < n; i++) {
    struct sockaddr_in address = {.sin_family = AF_INET,.sin_addr = {htonl (INADDR_LOOPBACK)} };
    socklen_t length = sizeof address;
    int fd = socket (AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || bind (fd, (struct sockaddr *) &address, length) < 0
        || getsockname (fd, (struct sockaddr *) &address, &length) < 0)
      return 1;
    g_print ("%d\n", ntohs (address.sin_port));
  }
  return 0;
}

int
main (int argc, char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "ports"))
    return print_ports (atoi (argv[2]));
  if (argc == 6)
    return ask_all (argv);
  g_printerr ("usage: ng-client offer|delete PLACE NAME FIRST LAST\n       ng-client ports N\n");
  return 2;
}
