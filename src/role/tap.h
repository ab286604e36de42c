/* The tap: a proxy on the control socket between one producer and its consumers.
 * It forwards every byte, keeps back pressure (at most one message per direction is in its hands)
 * and tells every command as an event. Nothing that a peer does can stop it or make it grow without
 * bound: areas are opened only when they are plain objects and read by pread(2), connections, areas
 * and buffers are counted, and nothing blocks. */
#pragma once
#include "trace/trace.h"

typedef struct RoleTap RoleTap;

/* Gets each event, stamped with its time, before the command is forwarded. */
typedef void (*RoleTapEvent) (gpointer user, TraceEvent * event);

/* Listens at LISTEN_PATH; connects to CONNECT_PATH for each client that comes.
 * Runs on the default main context. NULL and ERROR when it cannot listen. */
RoleTap *role_tap_new (const gchar * listen_path, const gchar * connect_path,
    RoleTapEvent event, gpointer user, GError ** error);
/* Closes all connections, unlinks its socket. */
void role_tap_free (RoleTap * tap);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoleTap, role_tap_free)
