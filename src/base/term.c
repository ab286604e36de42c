#include "config.h"
#include "base/term.h"

#include "base/parse.h"

#include <sys/ioctl.h>
#include <unistd.h>

#define MIN_WIDTH 40
#define MAX_WIDTH 1000
#define USUAL_WIDTH 80

gboolean
term_wants_colour (const gchar * choice, gint fd)
{
  const gchar *no_color = g_getenv ("NO_COLOR");

  if (choice && !g_str_equal (choice, "auto"))
    return g_str_equal (choice, "always");
  return isatty (fd) && !(no_color && *no_color) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}

guint
term_width (gint fd)
{
  const gchar *columns = g_getenv ("COLUMNS");
  struct winsize size;
  gint64 width;

  if (columns && parse_int (columns, MIN_WIDTH, MAX_WIDTH, &width, NULL))
    return (guint) width;
  if (ioctl (fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= MIN_WIDTH && size.ws_col <= MAX_WIDTH)
    return size.ws_col;
  return USUAL_WIDTH;
}
