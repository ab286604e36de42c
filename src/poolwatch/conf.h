/* What the files of the configuration share. */
#pragma once
#include "poolwatch/commands.h"

/* Sets ERROR to "PROBLEM: VALUE" (VALUE may be NULL); FALSE. */
gboolean conf_fail (GError ** error, const gchar * problem, const gchar * value);

/* A source of TYPE, whose readings are called NAME, that CONF owns. NULL with ERROR. */
ConfSource *conf_new_source (Conf * conf, const gchar * type, const gchar * name,
    GError ** error);
void conf_source_free (gpointer source);
/* FALSE with ERROR "KEY: problem: value". */
gboolean conf_source_set (ConfSource * source, const gchar * key, const gchar * value,
    GError ** error);

/* Reads and shows a limit: a number of pins, "auto" (0) or "none" (-1). */
gboolean conf_parse_limit (const gchar * value, gint * out, GError ** error);
void conf_show_limit (gint limit, GString * out);

/* Sets KEY of the pools that GLOB selects: "limit", or "warning" or "critical", one or more
 * thresholds with ";" between them. FALSE with ERROR "KEY: problem: value". */
gboolean conf_set_pool (Conf * conf, const gchar * glob, const gchar * key, const gchar * value,
    GError ** error);

/* Their groups, appended to OUT. */
void conf_describe_sources (const Conf * conf, GString * out);
void conf_describe_thresholds (const Conf * conf, GString * out);
