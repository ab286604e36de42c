#include "config.h"
#include "role/gst-ticket.h"

static gboolean
ticket_init (GstMeta * meta, gpointer params, GstBuffer * buffer)
{
  RoleTicket *ticket = (RoleTicket *) meta;

  ticket->gone = NULL;
  ticket->entered = FALSE;
  ticket->passed_on = FALSE;
  return TRUE;
}

static void
ticket_free (GstMeta * meta, GstBuffer * buffer)
{
  RoleTicket *ticket = (RoleTicket *) meta;

  if (ticket->gone && !ticket->passed_on)
    ticket->gone (ticket->user, ticket->entered);
}

static gboolean
ticket_transform (GstBuffer * copy, GstMeta * meta, GstBuffer * buffer, GQuark type, gpointer data)
{
  RoleTicket *ticket = (RoleTicket *) meta;

  if (!GST_META_TRANSFORM_IS_COPY (type) || ticket->passed_on)
    return FALSE;
  role_ticket_add (copy, ticket->gone, ticket->user, ticket->seq, ticket->sum)->entered =
      ticket->entered;
  ticket->passed_on = TRUE;
  return TRUE;
}

static GType
ticket_api (void)
{
  static gsize type = 0;
  static const gchar *no_tags[] = { NULL };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, gst_meta_api_type_register ("RoleTicketAPI", no_tags));
  return type;
}

static const GstMetaInfo *
ticket_info (void)
{
  static gsize info = 0;

  if (g_once_init_enter (&info))
    g_once_init_leave (&info, (gsize) gst_meta_register (ticket_api (), "RoleTicket",
            sizeof (RoleTicket), ticket_init, ticket_free, ticket_transform));
  return (const GstMetaInfo *) info;
}

RoleTicket *
role_ticket_add (GstBuffer * buffer, RoleTicketGone gone, gpointer user, guint64 seq, guint64 sum)
{
  RoleTicket *ticket = (RoleTicket *) gst_buffer_add_meta (buffer, ticket_info (), NULL);

  ticket->gone = gone;
  ticket->user = user;
  ticket->seq = seq;
  ticket->sum = sum;
  return ticket;
}

RoleTicket *
role_ticket_of (GstBuffer * buffer)
{
  return (RoleTicket *) gst_buffer_get_meta (buffer, ticket_api ());
}
