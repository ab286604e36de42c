/* What the files of the tap share: a connection, and its two directions. */
#pragma once
#include "base/deadline.h"
#include "proto/wire.h"
#include "role/tap-sight.h"
#include "role/tap.h"

typedef struct TapLink TapLink;

/* One direction of one connection. */
typedef struct
{
  TapLink *link;
  WireDirection direction;
  gint from_fd, to_fd;          /* borrowed from the link */
  guint source;
  gboolean watching_out;        /* waits for TO to take what is in hand */
  WireReader reader;
  gboolean is_blind;            /* no commands any more: bytes are just passed on */
  guint8 hand[WIRE_MESSAGE_MAX];
  gsize hand_length, hand_written;
  gboolean ended;
} TapFlow;

struct TapLink
{
  RoleTap *tap;
  gint number;                  /* -1: the producer has not accepted it yet */
  gint client_fd, server_fd;
  guint connect_source;         /* waits for that */
  Deadline connect_limit;
  TapFlow down, up;             /* to the reader, to the writer */
  TapSight *sight;
  gboolean told_close;
};

struct RoleTap
{
  gchar *listen_path, *connect_path;
  RoleTapEvent event;
  gpointer user;
  gint listen_fd;
  guint listen_source;          /* accepts, or waits until it may again */
  gboolean told_pause;
  gint n_links;                 /* that were numbered */
  guint n_open;                 /* areas */
  GPtrArray *links;             /* TapLink* */
};

/* Both ends are there: bytes go both ways from here on, and commands are told. */
void tap_link_forward (TapLink * link);
void tap_link_free (gpointer link);

TraceEvent tap_link_event (const TapLink * link, TraceKind kind);
void tap_link_emit (TapLink * link, TraceEvent * event);
/* 0: not known. */
gint tap_pid_of_peer (gint fd);
