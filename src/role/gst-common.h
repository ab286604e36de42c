/* What the roles that drive real elements share: a pipeline, what its bus says, and its states. */
#pragma once
#include "base/deadline.h"
#include "role/role.h"

#include <gst/gst.h>

typedef struct
{
  Actor *actor;
  GstElement *pipeline;
  /* Told of each error message and the element's own words, in the thread that posts it. */
  void (*on_error) (gpointer user, const GstObject * origin, const GError * problem,
      const gchar * words);
  gpointer error_user;

  /* --- private --- */
  GMutex lock;                  /* of error_text */
  gchar *error_text;            /* first error since the last change to a higher state */
  gint n_errors;                /* atomic */
  gint at_eos;                  /* atomic; since the last change to a higher state */
  guint patience_source;
  Deadline patience;
  void (*then) (gpointer user); /* what waits for EOS */
  gpointer then_user;
} RoleGst;

/* Initialises GStreamer and builds the pipeline of DESCRIPTION in gst-launch syntax. */
gboolean role_gst_open (RoleGst * self, Actor * actor, const gchar * description, GError ** error);
/* The pipeline must be in NULL or its set_state hangs in another thread. May be called twice. */
void role_gst_close (RoleGst * self);

/* A pipeline of DESCRIPTION; caller unrefs. NULL with ERROR when it is not understood. */
GstElement *role_gst_parse (const gchar * description, GError ** error);

/* "FACTORY VERSION FILE" of the plugin that ELEMENT comes from, as far as it comes from one; caller
 * frees. */
gchar *role_gst_describe (GstElement * element);
/* Tells that of the element under test: a pipeline of the user's own may have any. AREA_SIZE: of the
 * area that such a pipeline asks for, 0: none. */
void role_gst_tell_target (RoleGst * self, GstElement * element, guint64 area_size);

/* The element NAME of the pipeline; borrowed, NULL when there is none. */
GstElement *role_gst_element (RoleGst * self, const gchar * name);
/* Sets PROPERTY, if ELEMENT has it, from its value as text. */
void role_gst_set (GstElement * element, const gchar * property, const gchar * format, ...)
G_GNUC_PRINTF (3, 4);

/* gst_element_set_state() as an event. FALSE: failure. */
gboolean role_gst_set_state (RoleGst * self, GstState state);
/* Why a state change failed, as far as the bus told. Caller frees. */
gchar *role_gst_dup_error (RoleGst * self);

/* Calls THEN on the main thread when EOS was reached or PATIENCE_MS passed. */
void role_gst_wait_eos (RoleGst * self, guint patience_ms, void (*then) (gpointer), gpointer user);

/* Pops what the bus still has, and tells how much of it were errors and warnings. */
void role_gst_tell_popped (RoleGst * self);
/* The exit status that gst-launch would have: failure when there was any error message. */
gint role_gst_status (RoleGst * self);
