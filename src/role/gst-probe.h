#pragma once
#include <glib.h>

/* Prints "NAME VERSION FILE" for each element under test that is installed, "gstreamer VERSION", and
 * for each of the pipelines that is given (not NULL, not empty) "producer NAME VERSION FILE" or
 * "consumer ..." for the element of it that is under test, or "error MESSAGE"; the whole life of a
 * process, so that a broken plugin cannot hurt the runner. Returns its status. */
gint role_gst_probe (const gchar * producer_pipeline, const gchar * consumer_pipeline);
