/* The descriptor behind a memory: its seals, who closes it, and whether any is left over. */
#include "config.h"
#include "probe/memory/measure.h"

#include "probe/pretend.h"
#include "probe/touch.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define LEAK_ROUNDS 10000
/* So many at once, to see that none shares what belongs to another. */
#define LEAK_HELD 16

static const struct
{
  guint bit;
  const gchar *name;
} seal_names[] = {
  {0x0001, "seal"}, {0x0002, "shrink"}, {0x0004, "grow"}, {0x0008, "write"},
  {0x0010, "future-write"}, {0x0020, "exec"}
};

static gchar *
seal_words (gint seals)
{
  GString *words = g_string_new (NULL);

  for (gsize i = 0; seals > 0 && i < G_N_ELEMENTS (seal_names); i++) {
    if ((guint) seals & seal_names[i].bit)
      g_string_append_printf (words, "%s%s", words->len ? " " : "", seal_names[i].name);
  }
  if (words->len == 0)
    g_string_append (words, seals < 0 ? "cannot be sealed" : "none");
  return g_string_free (words, FALSE);
}

static void
tell_fd (Memory * self, gint fd)
{
  TraceEvent event = actor_event (self->actor, TRACE_FD);
  gint seals = fcntl (fd, F_GET_SEALS);
  g_autofree gchar *words = seal_words (seals);
  struct stat status = { 0 };

  fstat (fd, &status);
  event.fd.cloexec = (fcntl (fd, F_GETFD) & FD_CLOEXEC) != 0;
  event.fd.stat_size = (guint64) status.st_size;
  event.fd.end = (guint64) MAX (lseek (fd, 0, SEEK_END), 0);
  event.fd.seals = (guint64) MAX (seals, 0);
  actor_emit (self->actor, &event, "%s", words);
}

void
memory_measure_seals (Memory * self)
{
  const ProbeRow row = {.size = 5000 };
  GstMemory *memory;
  gpointer data;
  gint fd;

  if (!probe_begin (self->actor, "seals") || !(memory = memory_ask (self, &row)))
    return;
  fd = probe_allocator_fd (self->allocator, memory);
  if (fd >= 0) {
    tell_fd (self, fd);
    data = mmap (NULL, row.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    memory_tell_map (self, data == MAP_FAILED ? -1 : 0, row.size, "peer read-write");
    if (data != MAP_FAILED)
      munmap (data, row.size);
  }
  gst_memory_unref (memory);
}

static void
tell_count (Memory * self, const gchar * label, guint made)
{
  TraceEvent event = actor_event (self->actor, TRACE_COUNT);

  event.count.fds = probe_count_fds ();
  event.count.mappings = probe_count_mappings ();
  event.count.objects = made;
  actor_emit (self->actor, &event, "%s", label);
}

static void
use_once (Memory * self, guint i)
{
  GstMemory *held[LEAK_HELD];
  GstMapInfo map;

  for (guint h = 0; h < LEAK_HELD; h++) {
    held[h] = probe_allocator_alloc (self->allocator, 1 + (i * LEAK_HELD + h) % 9000, NULL);
    if (held[h] && h % 2 && gst_memory_map (held[h], &map, GST_MAP_WRITE)) {
      map.data[0] = 1;
      gst_memory_unmap (held[h], &map);
    }
  }
  for (guint h = 0; h < LEAK_HELD; h++)
    gst_clear_mini_object ((GstMiniObject **) & held[h]);
}

void
memory_measure_leaks (Memory * self)
{
  if (!probe_begin (self->actor, "fds"))
    return;
  use_once (self, 0);           /* what is made once for ever is no leak */
  tell_count (self, "before", 0);
  for (guint i = 0; i < LEAK_ROUNDS / LEAK_HELD; i++)
    use_once (self, i);
  tell_count (self, "after", LEAK_ROUNDS);
}

/* Who closes a descriptor twice closes what somebody else has opened in between. */
void
memory_measure_close (Memory * self)
{
  const ProbeRow row = {.size = 5000 };
  GstMemory *memory;
  guint bad_closes;
  gint fd;

  if (!probe_begin (self->actor, "fds") || !(memory = memory_ask (self, &row)))
    return;
  fd = probe_allocator_fd (self->allocator, memory);
  if (fd >= 0)
    tell_fd (self, fd);
  bad_closes = probe_bad_closes ();
  gst_memory_unref (memory);
  if (fd >= 0)
    memory_tell_map (self, fcntl (fd, F_GETFD) < 0 ? 0 : -1, 0, "descriptor closed at the end");
  memory_tell_map (self, probe_bad_closes () == bad_closes ? 0 : -1, 0,
      "closed only what was open");
}
