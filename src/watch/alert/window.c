/* Windows of maintenance, in local time. */
#include "config.h"
#include "watch/alert/policy.h"
#include "base/error.h"

#include <string.h>
#include <time.h>

#define DAY 1440                /* minutes */

typedef struct
{
  gint day;                     /* of its beginning, 0 is Sunday; -1: every day */
  gint start, end;              /* minutes since midnight; an end not after the start is tomorrow */
} Window;

/* "Sun " at the beginning of TEXT, which then is after it. */
static gint
take_day (const gchar ** text)
{
  static const gchar *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

  for (gint i = 0; i < (gint) G_N_ELEMENTS (days); i++) {
    if (g_ascii_strncasecmp (*text, days[i], 3) != 0 || (*text)[3] != ' ')
      continue;
    *text += 3;
    while (**text == ' ')
      (*text)++;
    return i;
  }
  return -1;
}

/* "HH:MM", also 24:00. -1: TEXT is something else. */
static gint
take_time (const gchar * text)
{
  gint minutes = 0;

  for (gint i = 0; i < 5; i++) {
    if (i == 2 ? text[i] != ':' : !g_ascii_isdigit (text[i]))
      return -1;
  }
  minutes = (g_ascii_digit_value (text[0]) * 10 + g_ascii_digit_value (text[1])) * 60
      + g_ascii_digit_value (text[3]) * 10 + g_ascii_digit_value (text[4]);
  return text[3] <= '5' && minutes <= DAY ? minutes : -1;
}

static gboolean
parse_window (const gchar * text, Window * out)
{
  out->day = take_day (&text);
  out->start = take_time (text);
  if (out->start < 0 || out->start == DAY || text[5] != '-')
    return FALSE;
  out->end = take_time (text + 6);
  return out->end >= 0 && text[11] == '\0' && out->end != out->start;
}

/* MINUTE of DAY; the end is no part of it. */
static gboolean
contains (const Window * window, gint day, gint minute)
{
  gint yesterday = (day + 6) % 7;
  gboolean today_fits = window->day < 0 || window->day == day;
  gboolean yesterday_fits = window->day < 0 || window->day == yesterday;

  if (window->start < window->end)
    return today_fits && minute >= window->start && minute < window->end;
  return (today_fits && minute >= window->start) || (yesterday_fits && minute < window->end);
}

gboolean
policy_in_window (const gchar * text, gint64 time_us, gboolean * inside, GError ** error)
{
  g_auto (GStrv) parts = g_strsplit (text ? text : "", ",", -1);
  time_t seconds = (time_t) (time_us / G_USEC_PER_SEC);
  struct tm local = { 0 };
  gboolean any = FALSE;

  localtime_r (&seconds, &local);
  for (guint i = 0; parts[i]; i++) {
    Window window;

    if (!parse_window (g_strstrip (parts[i]), &window))
      return error_input (error, "not a window: %s", parts[i]);
    any = any || contains (&window, local.tm_wday, local.tm_hour * 60 + local.tm_min);
  }
  *inside = any;
  return TRUE;
}
