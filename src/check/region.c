#include "config.h"
#include "check/region.h"

gboolean
check_region_is_judged (const TraceEvent * region)
{
  return region->value >= 0 && region->client > 0;
}

/* How many of the mapped bytes lie before END of the file. */
static guint64
bytes_before (const TraceEvent * region, guint64 end)
{
  return end <= region->offset ? 0 : MIN (end - region->offset, region->size);
}

/* SIZE as whole pages; what does not fit is cut. */
static guint64
whole_pages (guint64 size, guint64 page)
{
  guint64 odd = page > 0 ? size % page : 0;

  return odd == 0 || size > G_MAXUINT64 - (page - odd) ? size : size + (page - odd);
}

guint64
check_region_tail (const TraceEvent * region)
{
  guint64 size = (guint64) region->value;

  return bytes_before (region, whole_pages (size, region->sum)) - bytes_before (region, size);
}

guint64
check_region_beyond (const TraceEvent * region)
{
  return region->size - bytes_before (region, whole_pages ((guint64) region->value, region->sum));
}
