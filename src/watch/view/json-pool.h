/* One pool as a JSON object, for all formats that are JSON. */
#pragma once
#include "watch/view/view.h"

#include <json-glib/json-glib.h>

/* Appends MEMBER with TEXT, made valid UTF-8; nothing where TEXT is NULL. */
void json_pool_text (JsonBuilder * builder, const gchar * member, const gchar * text);

/* Appends MEMBER with VALUE, as a double where it is beyond the integers of JSON readers. */
void json_pool_number (JsonBuilder * builder, const gchar * member, guint64 value);

/* Appends the members of READING to the object that is open. */
void json_pool_members (JsonBuilder * builder, const ViewData * data,
    const SampleReading * reading);

/* Ends BUILDER (borrowed): its text is appended to OUT, with a newline. */
void json_pool_end (JsonBuilder * builder, gboolean pretty, GString * out);
