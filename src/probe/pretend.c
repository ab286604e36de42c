#include "config.h"
#include "probe/pretend.h"

#include <dlfcn.h>
#include <errno.h>
#include <unistd.h>

static gsize pretended;
static gint bad_closes;         /* atomic */

void
probe_pretend_page (gsize page)
{
  pretended = page;
}

/* In the place of the C library's, for every library of this process. */
long
sysconf (int name)
{
  static long (*real) (int name);

  if (pretended != 0 && name == _SC_PAGESIZE)
    return (long) pretended;
  if (!real)
    *(void **) &real = dlsym (RTLD_NEXT, "sysconf");
  return real (name);
}

int
getpagesize (void)
{
  return (int) sysconf (_SC_PAGESIZE);
}

int
close (int fd)
{
  static int (*real) (int fd);
  int result;

  if (!real)
    *(void **) &real = dlsym (RTLD_NEXT, "close");
  result = real (fd);
  if (result != 0 && errno == EBADF) {
    g_atomic_int_inc (&bad_closes);
    errno = EBADF;
  }
  return result;
}

guint
probe_bad_closes (void)
{
  return (guint) g_atomic_int_get (&bad_closes);
}
