/* Touching bytes to see whether they are there, and what the process has mapped. Plain C and Linux,
 * without GStreamer. */
#pragma once
#include <glib.h>

#define PROBE_TOUCH_MAX 12
/* The child did not come back: neither touched nor refused. */
#define PROBE_TOUCH_LOST (-1)

/* A mapping of this process, from /proc/self/maps. */
typedef struct
{
  guint64 start, end;           /* addresses */
  guint64 offset;               /* of start in the file */
  guint64 inode;                /* 0: no file */
  gboolean readable, writable, shared;
  gchar path[160];              /* cut; "" for anonymous memory */
} ProbeMapping;

/* Parses one line of a maps file. Pure. */
gboolean probe_mapping_parse (const gchar * line, ProbeMapping * mapping);

/* The mapping of this process that ADDRESS lies in; private memory that goes on in the next mapping
 * counts as one. FALSE: nothing is mapped there. */
gboolean probe_mapping_at (guint64 address, ProbeMapping * mapping);

/* How many mappings of files in memory (/memfd:, /dev/shm, /dmabuf:) this process has, and how many
 * descriptors. */
guint probe_count_mappings (void);
guint probe_count_fds (void);

/* How much of the SIZE bytes at ADDRESS, as far as MAPPING reaches, is resident: in whole pages; 0
 * when that cannot be told. */
guint64 probe_resident (const ProbeMapping * mapping, guint64 address, guint64 size);

/* One byte. */
typedef struct
{
  const gchar *label;           /* static */
  guint64 distance;             /* from the object's first byte */
  gboolean write;
  gint outcome;                 /* 0: done; a signal; PROBE_TOUCH_LOST */
} ProbeTouch;

/* Touches, in a process of its own, each of N bytes at BASE + distance. When MOVE is not NULL that
 * mapping is first moved to where nothing follows it, so that a byte beyond is beyond everything. */
void probe_touch (ProbeTouch * touches, guint n, guint64 base, const ProbeMapping * move);

/* The same as a peer: maps FD, by what it can know, SIZE bytes from OFFSET of the file on, for
 * writing when WRITABLE, and touches there. MAPPED tells whether it could map at all: 0, or the
 * errno. */
void probe_touch_fd (ProbeTouch * touches, guint n, gint fd, guint64 offset, guint64 size,
    gboolean writable, gint * mapped);

/* The same without processes, for many: asks the kernel to copy the bytes. It cannot tell SIGSEGV
 * from SIGBUS: the outcome is SIGSEGV for both. */
void probe_touch_fast (ProbeTouch * touches, guint n, guint64 base);

/* Writes BYTE from ADDRESS on, COUNT times or as far as memory can be written. */
void probe_fill (guint64 address, gsize count, guint8 byte);
