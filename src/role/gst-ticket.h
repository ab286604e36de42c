/* The ticket of a numbered buffer: which one it is, and when it is over.
 * It goes with the buffer, also into the copy that shmsink makes: the buffer is over when the last
 * holder of its ticket is, whatever path it took. A pool strips it off a buffer that returns. */
#pragma once
#include <gst/gst.h>

/* The buffer is over; ENTERED: shmsink got it. On any thread. */
typedef void (*RoleTicketGone) (gpointer user, gboolean entered);

typedef struct
{
  GstMeta meta;
  RoleTicketGone gone;
  gpointer user;
  guint64 seq, sum;
  gboolean entered;             /* shmsink got it */
  gboolean passed_on;           /* a copy has it now */
} RoleTicket;

/* USER must live until GONE was called. */
RoleTicket *role_ticket_add (GstBuffer * buffer, RoleTicketGone gone, gpointer user, guint64 seq,
    guint64 sum);
/* NULL: it has none. */
RoleTicket *role_ticket_of (GstBuffer * buffer);
