/* The terminal that "poolwatch watch" draws on: the only file that knows ncurses. */
#pragma once
#include "watch/view/frame.h"

typedef struct Screen Screen;

typedef enum
{
  SCREEN_KEY_NONE,              /* nothing more was typed */
  SCREEN_KEY_OTHER,
  SCREEN_KEY_QUIT,
  SCREEN_KEY_UP,
  SCREEN_KEY_DOWN,
  SCREEN_KEY_PAGE_UP,
  SCREEN_KEY_PAGE_DOWN,
  SCREEN_KEY_HOME,
  SCREEN_KEY_END,
  SCREEN_KEY_READ,
  SCREEN_KEY_HELP,
} ScreenKey;

/* Takes the terminal over. NULL with ERROR: there is none, or nobody knows its type, or we were
 * built without ncurses. */
Screen *screen_open (GError ** error);
/* Leaves the terminal as it was. */
void screen_close (Screen * screen);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Screen, screen_close)

/* Asks how large the terminal is now. */
void screen_size (Screen * screen, guint * width, guint * height);

/* Shows LINES as frame_lines() makes them; those that are as they were are not written again. */
void screen_draw (Screen * screen, const GPtrArray * lines);

/* The next key, without waiting. */
ScreenKey screen_key (Screen * screen);
