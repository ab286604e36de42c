#include "config.h"
#include "base/error.h"

G_DEFINE_QUARK (shmdiag-error, shmdiag_error)

gboolean
error_input (GError ** error, const gchar * format, ...)
{
  va_list args;

  va_start (args, format);
  if (error)
    *error = g_error_new_valist (SHMDIAG_ERROR, SHMDIAG_ERROR_INPUT, format, args);
  va_end (args);
  return FALSE;
}
