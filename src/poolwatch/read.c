#include "config.h"
#include "poolwatch/commands.h"

#include <string.h>

static void
read_source (const ConfSource * conf_source, const gchar * input, const gchar * sysroot,
    Deadline deadline, Sample * sample)
{
  const SourceRequest request = {
    .name = conf_source->name,
    .values = conf_source->values,
    .input = input,
    .sysroot = sysroot ? sysroot : "",
    .deadline = deadline,
  };

  conf_source->source->read (&request, sample);
}

Sample *
conf_read (const Conf * conf, const gchar * input, const gchar * sysroot)
{
  Sample *sample = sample_new ();
  Deadline deadline = deadline_in (conf->timeout);

  for (guint i = 0; i < conf->sources->len; i++)
    read_source (g_ptr_array_index (conf->sources, i), input, sysroot, deadline, sample);
  /* A capture is of another time and perhaps of another machine. */
  if (input || sysroot)
    g_clear_pointer (&sample->boot_id, g_free);
  return sample;
}

/* --- capabilities --- */

static void
add_capabilities (const ConfSource * source, GArray * kept, gboolean verbose)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < source->source->n_capabilities; i++) {
    cap_value_t cap = source->source->capabilities[i];
    gchar *name = cap_to_name (cap);

    g_array_append_val (kept, cap);
    g_string_append_printf (names, " %s", name);
    cap_free (name);
  }
  if (verbose)
    g_printerr ("poolwatch: %s: capabilities:%s\n", source->name,
        names->len > 0 ? names->str : " none");
}

void
conf_keep_capabilities (const Conf * conf, gboolean verbose)
{
  g_autoptr (GArray) kept = g_array_new (FALSE, FALSE, sizeof (cap_value_t));

  for (guint i = 0; i < conf->sources->len; i++)
    add_capabilities (g_ptr_array_index (conf->sources, i), kept, verbose);
  if (kept->len > 0)
    command_keep_capabilities ((const cap_value_t *) (gpointer) kept->data, (gint) kept->len,
        FALSE);
  else
    command_drop_capabilities ();
}
