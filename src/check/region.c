#include "config.h"
#include "check/region.h"

gboolean
check_region_is_judged (const TraceEvent * region)
{
  return region->region.file >= 0 && region->region.modes > 0;
}

/* How many of the mapped bytes lie before END of the file. */
static guint64
bytes_before (const TraceEvent * region, guint64 end)
{
  return end <= region->region.from ? 0 : MIN (end - region->region.from, region->region.mapped);
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
  guint64 size = (guint64) region->region.file;

  return bytes_before (region, whole_pages (size, region->region.page)) - bytes_before (region,
      size);
}

guint64
check_region_beyond (const TraceEvent * region)
{
  return region->region.mapped - bytes_before (region, whole_pages ((guint64) region->region.file,
      region->region.page));
}
