/* Whether a test runs under valgrind, where it takes fifty times as long and switched stacks cannot
 * be followed. */
#pragma once
#include <glib.h>
#include <string.h>

static inline gboolean
under_valgrind (void)
{
  const gchar *preload = g_getenv ("LD_PRELOAD");

  return preload && strstr (preload, "vgpreload");
}
