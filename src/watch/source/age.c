#include "config.h"
#include "watch/source/age.h"

#include "base/parse.h"

#include <sys/stat.h>

gboolean
age_check (const gchar * value, GError ** error)
{
  gdouble seconds;

  return parse_seconds (value, &seconds, error);
}

void
age_tell (const SourceRequest * request, const gchar * path, Sample * sample)
{
  const gchar *value = source_value (request, "max-age", NULL);
  gdouble most, age;
  struct stat look;

  if (!value || !parse_seconds (value, &most, NULL) || stat (path, &look) != 0)
    return;
  age = (gdouble) sample->time_us / G_USEC_PER_SEC - (gdouble) look.st_mtim.tv_sec;
  if (age > most)
    sample_trouble (sample, request->name, NULL, FALSE,
        "%s: stale: written %.0f s ago, max-age is %s", path, age, value);
}
