/* Functions of the C library in the place of which the program has its own, for every library of the
 * process: to pretend another page size, and to see descriptors closed that are not open. */
#pragma once
#include <glib.h>

/* From here on sysconf(_SC_PAGESIZE) and getpagesize() answer PAGE; 0: the truth again. Only for
 * libraries that find these functions in the program first, as shared libraries do. */
void probe_pretend_page (gsize page);

/* How often close() has been called so far for a descriptor that was not open. */
guint probe_bad_closes (void);
