#pragma once
#include <glib.h>

/* Prints "NAME VERSION" for GStreamer itself and for each element under test that is installed; the
 * whole life of a process, so that a broken plugin cannot hurt the runner. Returns its status. */
gint role_gst_probe (void);
