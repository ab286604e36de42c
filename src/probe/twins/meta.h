/* Twins of metadata. */
#pragma once
#include "probe/twins/twins.h"

/* Measures it. FALSE: there is no such twin. */
gboolean twin_meta_run (Actor * actor, const gchar * target);
