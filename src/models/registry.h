/* What there is to explore: the models built in, and those of a shared object. */
#pragma once
#include <glib.h>

#include "explore/explore.h"

/* The models of TARGET, a shared object; NULL: those built in. Array of const ShmdiagModel*;
 * NULL: ERROR. What was loaded stays loaded. */
GPtrArray *models_load (const gchar * target, GError ** error);

/* Appends to FOUND the model NAME; if there is none, its family: those that are called NAME, a dash
 * and more. FALSE: neither. */
gboolean models_find (const GPtrArray * models, const gchar * name, GPtrArray * found);

/* A number for the code that runs: this program, and TARGET unless NULL. */
guint32 models_build (const gchar * target);
