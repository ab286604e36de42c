/* The prober of allocators: what they report, what is mapped, what can be touched. */
#include "config.h"
#include "probe/memory/measure.h"

#include "probe/touch.h"

#include <malloc.h>
#include <unistd.h>

#define NOT_ASKED "not asked for"

/* A contract that the target has nothing to show of. */
static void
tell_absent (Memory * self, const gchar * contract, const gchar * reason)
{
  TraceEvent event = actor_event (self->actor, TRACE_ABSENT);

  actor_emit (self->actor, &event, "%s: %s", contract, reason);
}

static void
tell_absences (Memory * self, gboolean has_fd, gboolean shared, gboolean alone)
{
  if (!has_fd)
    tell_absent (self, "seals", "its memory has no descriptor");
  if (!shared)
    tell_absent (self, "peer-map", "no other process can map its memory");
  if (!alone) {
    tell_absent (self, "one-page", "its pages hold more than one memory");
    tell_absent (self, "page-any", "its pages hold more than one memory");
  }
  if (!self->allocator->target->takes_params)
    tell_absent (self, "params", "it takes no parameters");
}

/* An object that lives all the time, to compare with; tells what kind of memory this is. */
static gboolean
hold_other (Memory * self)
{
  gboolean has_fd = FALSE, shared = FALSE;
  ProbeMapping mapping, second;
  GstMapInfo map, map2;
  GstMemory *memory;

  self->other = probe_allocator_alloc (self->allocator, 100, NULL);
  memory = probe_allocator_alloc (self->allocator, 100, NULL);
  if (!self->other || !memory || !gst_memory_map (self->other, &map, GST_MAP_READ)) {
    actor_broken (self->actor, "%s: no memory of 100 bytes to be had",
        self->allocator->target->name);
    return FALSE;
  }
  if (gst_memory_map (memory, &map2, GST_MAP_READ)) {
    if (probe_mapping_at ((guint64) (guintptr) map.data, &mapping)
        && probe_mapping_at ((guint64) (guintptr) map2.data, &second)) {
      has_fd = probe_allocator_fd (self->allocator, memory) >= 0;
      shared = mapping.shared;
      self->alone = (shared || has_fd) && mapping.inode != second.inode;
      self->other_inode = mapping.inode;
    }
    gst_memory_unmap (memory, &map2);
  }
  gst_memory_unmap (self->other, &map);
  gst_memory_unref (memory);
  tell_absences (self, has_fd, shared || has_fd, self->alone);
  return TRUE;
}

/* The rows that the config asks for. */
static GArray *
wanted_rows (Memory * self, GError ** error)
{
  const gchar *rows = actor_get (self->actor, "rows");
  gboolean takes_params = self->allocator->target->takes_params;

  if (rows)
    return probe_rows_parse (rows, error);
  if (self->fast)
    return probe_rows_random (actor_size (self->actor, "seed", 1),
        actor_size (self->actor, "random-from", 0),
        (guint) actor_size (self->actor, "random-count", 0), self->page, takes_params);
  return probe_rows_default (self->page, takes_params, actor_get (self->actor, "brief") != NULL);
}

/* The same as if pages were larger: sizes around them. */
static void
measure_pages (Memory * self)
{
  static const guint64 sizes[] = { 1, 100, 4096, 5000, 65536, 65537 };
  guint64 asked = actor_size (self->actor, "assume-page", 0);
  const guint64 pages[] = { asked ? asked : 16384, asked ? 0 : 65536 };
  g_autoptr (GArray) rows = g_array_new (FALSE, TRUE, sizeof (ProbeRow));

  for (gsize p = 0; p < G_N_ELEMENTS (pages) && pages[p]; p++) {
    for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
      ProbeRow row = {.size = sizes[i],.page = pages[p] };

      g_array_append_val (rows, row);
    }
  }
  memory_measure_rows (self, rows);
}

/* With rows of one's own nothing else is measured. */
static void
tell_not_asked (Memory * self, const GArray * rows)
{
  static const gchar *const others[] = { "map", "seals", "fds", "maxsize-fixed" };
  static const gchar *const of_rows[] = {
    "maxsize-true", "offset-size", "params", "peer-map", "one-page", "enough"
  };
  gboolean overflow = FALSE, pretended = FALSE, plain = FALSE;

  for (guint i = 0; i < rows->len; i++) {
    const ProbeRow *row = &g_array_index (rows, ProbeRow, i);

    overflow |= probe_row_overflows (row);
    pretended |= row->page != 0;
    plain |= !probe_row_overflows (row) && row->page == 0;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (of_rows) && !plain; i++)
    tell_absent (self, of_rows[i], NOT_ASKED);
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    tell_absent (self, others[i], NOT_ASKED);
  if (!overflow)
    tell_absent (self, "overflow", NOT_ASKED);
  if (!pretended)
    tell_absent (self, "page-any", NOT_ASKED);
}

static void
measure_rest (Memory * self)
{
  memory_measure_objects (self, "offset-size");
  memory_measure_objects (self, "maxsize-fixed");
  memory_measure_maps (self);
  memory_measure_seals (self);
  memory_measure_leaks (self);
  memory_measure_close (self);
  if (self->alone)
    measure_pages (self);
}

static void
measure_all (Memory * self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) rows = NULL;

  if (!hold_other (self))
    return;
  rows = wanted_rows (self, &error);
  if (!rows) {
    actor_broken (self->actor, "rows: %s", error->message);
    return;
  }
  memory_measure_rows (self, rows);
  if (self->fast || actor_get (self->actor, "rows"))
    tell_not_asked (self, rows);
  else
    measure_rest (self);
}

static void
tell_target (Memory * self)
{
  const ShmdiagAlignTarget *target = self->allocator->target;

  probe_target_with_page (self->actor, target->element, self->allocator->release,
      target->page ? target->page () : 0);
  if (target->expression) {
    TraceEvent event = actor_event (self->actor, TRACE_NOTE);

    actor_emit (self->actor, &event, "expression %s", target->expression);
  }
}

static void
run (Actor * actor)
{
  Memory self = {.actor = actor,.page = (guint64) sysconf (_SC_PAGESIZE),
    .fast = actor_get (actor, "random-count") != NULL
  };
  g_autoptr (GError) error = NULL;

  /* MALLOC_PERTURB_ would make a gigabyte resident, again and again. */
  mallopt (M_PERTURB, 0);
  if (!probe_allocators_init (actor, &error)) {
    actor_broken (actor, "%s", error->message);
    return;
  }
  self.allocator = probe_allocator_open (actor, actor_get (actor, "target"), &error);
  if (!self.allocator) {
    (actor_get (actor, "may-lack") ? probe_skip : actor_broken) (actor, "%s", error->message);
    return;
  }
  tell_target (&self);
  measure_all (&self);
  gst_clear_mini_object ((GstMiniObject **) & self.other);
  probe_allocator_close (self.allocator);
}

static void
list (Actor * actor)
{
  g_autoptr (GError) error = NULL;

  if (probe_allocators_init (actor, &error))
    probe_allocators_list (actor);
  else
    actor_broken (actor, "%s", error->message);
}

const ProbeClass probe_memory = {
  .name = "memory",
  .run = run,
  .list = list,
};
