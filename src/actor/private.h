/* What the files of this room share. */
#pragma once
#include "actor/actor.h"

struct Actor
{
  gchar *kind;                  /* "gst-producer" */
  gint index;                   /* in the trace's roles */
  GHashTable *config;           /* gchar* to gchar* */
  guint64 measurement;          /* of a prober: the one that runs; 0: none */

  /* While it serves. */
  const ActorHandlers *handlers;
  gpointer user;
  GMainLoop *loop;
  gint status;
};
