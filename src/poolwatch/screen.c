#include "config.h"
#include "poolwatch/screen.h"

#include "base/term.h"

#include <gio/gio.h>

#ifdef HAVE_NCURSES

#include <curses.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct Screen
{
  SCREEN *terminal;
  GPtrArray *shown;             /* gchar*: what is in each line, with its looks */
  gint looks[N_FRAME_LOOKS];    /* attributes */
};

static const struct
{
  short color;                  /* -1: the terminal's own */
  gint attributes;
} looks[N_FRAME_LOOKS] = {
  [FRAME_PLAIN] = {-1, A_NORMAL},
  [FRAME_STRONG] = {-1, A_BOLD},
  [FRAME_FAINT] = {-1, A_DIM},
  [FRAME_HEAD] = {-1, A_REVERSE},
  [FRAME_OK] = {COLOR_GREEN, A_NORMAL},
  [FRAME_WARNING] = {COLOR_YELLOW, A_NORMAL},
  [FRAME_CRITICAL] = {COLOR_RED, A_BOLD},
  [FRAME_UNKNOWN] = {COLOR_MAGENTA, A_BOLD},
};

static void
set_looks (Screen * self)
{
  gboolean colors = has_colors () && term_wants_colour (NULL, STDOUT_FILENO);

  if (colors) {
    start_color ();
    use_default_colors ();
  }
  for (short i = 0; i < N_FRAME_LOOKS; i++) {
    self->looks[i] = looks[i].attributes;
    if (!colors || looks[i].color < 0)
      continue;
    init_pair ((short) (i + 1), looks[i].color, -1);
    self->looks[i] |= (gint) COLOR_PAIR (i + 1);
  }
}

Screen *
screen_open (GError ** error)
{
  Screen *self;
  SCREEN *terminal = NULL;
  const gchar *type = g_getenv ("TERM");

  if (isatty (STDIN_FILENO) && isatty (STDOUT_FILENO))
    terminal = newterm (NULL, stdout, stdin);
  if (!terminal) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
        "not a terminal that can be drawn on (TERM=%s); --once prints one frame",
        type ? type : "");
    return NULL;
  }
  self = g_new0 (Screen, 1);
  self->terminal = terminal;
  self->shown = g_ptr_array_new_with_free_func (g_free);
  cbreak ();
  noecho ();
  keypad (stdscr, TRUE);
  nodelay (stdscr, TRUE);
  set_escdelay (25);
  curs_set (0);
  set_looks (self);
  return self;
}

void
screen_close (Screen * self)
{
  if (!self)
    return;
  endwin ();
  delscreen (self->terminal);
  g_ptr_array_unref (self->shown);
  g_free (self);
}

void
screen_size (Screen * self, guint * width, guint * height)
{
  struct winsize size;
  gint rows, columns;

  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0
      && (size.ws_row != LINES || size.ws_col != COLS)) {
    resizeterm (size.ws_row, size.ws_col);
    clear ();
    g_ptr_array_set_size (self->shown, 0);
  }
  getmaxyx (stdscr, rows, columns);
  *width = (guint) MAX (columns, 1);
  *height = (guint) MAX (rows, 1);
}

/* LINE with its looks as one text, to see whether it changed. Caller frees. */
static gchar *
fingerprint (const GPtrArray * line)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < line->len; i++) {
    const FrameSpan *span = g_ptr_array_index (line, i);

    g_string_append_printf (text, "%c%s\n", 'A' + (gint) span->look, span->text);
  }
  return g_string_free (text, FALSE);
}

static void
draw_line (Screen * self, guint row, const GPtrArray * line)
{
  move ((gint) row, 0);
  for (guint i = 0; i < line->len; i++) {
    const FrameSpan *span = g_ptr_array_index (line, i);

    attrset (self->looks[span->look]);
    addstr (span->text);
  }
  attrset (A_NORMAL);
  /* A full line ended at the begin of the next one, which is not to be cleared. */
  if (getcury (stdscr) == (gint) row)
    clrtoeol ();
}

void
screen_draw (Screen * self, const GPtrArray * lines)
{
  for (guint i = 0; i < lines->len; i++) {
    const GPtrArray *line = g_ptr_array_index (lines, i);
    g_autofree gchar *text = fingerprint (line);

    if (i >= self->shown->len)
      g_ptr_array_add (self->shown, NULL);
    if (g_strcmp0 (self->shown->pdata[i], text) == 0)
      continue;
    draw_line (self, i, line);
    g_free (self->shown->pdata[i]);
    self->shown->pdata[i] = g_steal_pointer (&text);
  }
  refresh ();
}

ScreenKey
screen_key (Screen * self)
{
  static const struct
  {
    gint code;
    ScreenKey key;
  } keys[] = {
    {'q', SCREEN_KEY_QUIT}, {'Q', SCREEN_KEY_QUIT},
    {KEY_UP, SCREEN_KEY_UP}, {'k', SCREEN_KEY_UP},
    {KEY_DOWN, SCREEN_KEY_DOWN}, {'j', SCREEN_KEY_DOWN},
    {KEY_PPAGE, SCREEN_KEY_PAGE_UP}, {KEY_NPAGE, SCREEN_KEY_PAGE_DOWN},
    {' ', SCREEN_KEY_PAGE_DOWN},
    {KEY_HOME, SCREEN_KEY_HOME}, {'g', SCREEN_KEY_HOME},
    {KEY_END, SCREEN_KEY_END}, {'G', SCREEN_KEY_END},
    {'r', SCREEN_KEY_READ}, {'?', SCREEN_KEY_HELP}, {'h', SCREEN_KEY_HELP},
    {ERR, SCREEN_KEY_NONE},
  };
  gint code = getch ();

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++) {
    if (keys[i].code == code)
      return keys[i].key;
  }
  return SCREEN_KEY_OTHER;
}

#else

Screen *
screen_open (GError ** error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
      "built without ncurses; --once prints one frame");
  return NULL;
}

void
screen_close (Screen * screen)
{
}

void
screen_size (Screen * screen, guint * width, guint * height)
{
  *width = FRAME_MIN_WIDTH;
  *height = FRAME_MIN_HEIGHT;
}

void
screen_draw (Screen * screen, const GPtrArray * lines)
{
}

ScreenKey
screen_key (Screen * screen)
{
  return SCREEN_KEY_QUIT;
}

#endif
