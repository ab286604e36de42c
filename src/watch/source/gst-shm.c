/* The areas of GStreamer's shm pipes: how large, who made them, who still has them. */
#include "config.h"
#include "watch/source/source.h"

#include "base/error.h"
#include "proc/area-holders.h"
#include "proc/usable.h"

#include <string.h>

#define MAX_SOCKETS 3           /* that a note names */

typedef struct
{
  const SourceRequest *request;
  const gchar *root;
  Sample *sample;
  ProcAreaSearch search;
  gboolean searched;            /* holders were looked for */
  gboolean usable;              /* so is /proc; else it was told */
} GstShm;

/* "shmpipe.513.0": the padding of the file's name is in nobody's way here. */
static gchar *
pool_name (const ProcArea * area)
{
  return g_strdup_printf (PROC_AREA_PREFIX "%d.%u", area->creator, area->index);
}

/* --- one area --- */

static void
take_owner (const ProcArea * area, SampleReading * reading)
{
  static const SampleOwner states[] = {
    [PROC_CREATOR_GONE] = SAMPLE_OWNER_GONE,
    [PROC_CREATOR_ALIVE] = SAMPLE_OWNER_ALIVE,
    [PROC_CREATOR_UNKNOWN] = SAMPLE_OWNER_UNKNOWN,
  };
  gboolean named = area->creator_name && area->creator_state == PROC_CREATOR_ALIVE;

  reading->owner_state = states[area->creator_state];
  reading->owner = g_strdup_printf ("pid %d%s%s", area->creator, named ? " " : "",
      named ? area->creator_name : "");
}

static void
take_holders (const GstShm * self, const ProcArea * area, SampleReading * reading)
{
  if (!self->searched)
    return;
  for (guint i = 0; i < area->holders->len; i++) {
    const ProcHolder *holder = g_ptr_array_index (area->holders, i);

    sample_add_holder (reading, holder->pid, holder->name, holder->mapped, holder->n_fds);
  }
  /* Those that were found need not be all. */
  if (proc_area_search_is_complete (&self->search))
    sample_set (reading, QUANTITY_HOLDERS, area->holders->len);
  else
    reading->known &= ~(1u << QUANTITY_HOLDERS);
}

/* What its creator listens on; NULL: nothing, or it cannot be seen, which is told elsewhere. */
static gchar *
sockets_note (const GstShm * self, const ProcArea * area)
{
  g_autoptr (GPtrArray) names = proc_list_listening (self->root, area->creator, NULL);
  GString *note;

  if (!names || names->len == 0)
    return NULL;
  note = g_string_new ("its creator listens on");
  for (guint i = 0; i < MIN (names->len, MAX_SOCKETS); i++)
    g_string_append_printf (note, "%s %s", i ? "," : "",
        (const gchar *) g_ptr_array_index (names, i));
  if (names->len > MAX_SOCKETS)
    g_string_append_printf (note, " and %u more", names->len - MAX_SOCKETS);
  return g_string_free (note, FALSE);
}

static gboolean
has_creator (const ProcArea * area)
{
  for (guint i = 0; i < area->holders->len; i++) {
    if (((const ProcHolder *) g_ptr_array_index (area->holders, i))->created)
      return TRUE;
  }
  return FALSE;
}

static gchar *
note_on (const GstShm * self, const ProcArea * area)
{
  gboolean complete = self->searched && proc_area_search_is_complete (&self->search);

  if (area->creator_state == PROC_CREATOR_GONE && area->reused)
    return g_strdup_printf ("its creator has ended; pid %d is %s now", area->creator,
        area->creator_name);
  if (area->creator_state == PROC_CREATOR_GONE && complete)
    return g_strdup (area->holders->len ? "its creator has ended, others still have it"
        : "its creator has ended, nobody has it: poolwatch clean-orphans removes it");
  if (area->creator_state == PROC_CREATOR_GONE)
    return g_strdup ("its creator has ended");
  if (area->creator_state == PROC_CREATOR_UNKNOWN)
    return NULL;
  if (complete && !has_creator (area))
    return g_strdup ("its creator is there, but does not have it any more");
  return sockets_note (self, area);
}

static void
add_area (const GstShm * self, const ProcArea * area)
{
  g_autofree gchar *pool = pool_name (area);
  SampleReading *reading = sample_add (self->sample, self->request->name, pool);

  sample_set (reading, QUANTITY_MEMORY, area->size);
  /* A later area may have the same name. */
  reading->instance = g_strdup_printf ("%" G_GUINT64_FORMAT "@%" G_GINT64_FORMAT, area->inode,
      area->born_us / G_USEC_PER_SEC);
  take_owner (area, reading);
  take_holders (self, area, reading);
  reading->note = note_on (self, area);
  if (area->creator_state == PROC_CREATOR_UNKNOWN && self->usable)
    sample_trouble (self->sample, self->request->name, pool, FALSE,
        "/proc/%d: does not tell whether its creator is alive%s", area->creator,
        area->reused ? " (by the clock that is another one, but what it has was not seen)" : "");
}

/* --- all of them --- */

static void
tell_unread (const GstShm * self)
{
  const ProcAreaSearch *search = &self->search;
  const gchar *name = self->request->name;

  if (search->hidden && self->usable)
    sample_trouble (self->sample, name, NULL, FALSE, "/proc hides the processes of others "
        "(hidepid): holders are not known; needs root or CAP_SYS_PTRACE, or holders=no");
  if (search->denied->len > 0)
    sample_trouble (self->sample, name, NULL, FALSE, "%u of %u processes cannot be read (pid %d%s):"
        " holders are not known; needs root, or CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, or"
        " holders=no", search->denied->len, search->denied->len + search->n_read,
        g_array_index (search->denied, gint, 0), search->denied->len > 1 ? ", ..." : "");
  if (search->late)
    sample_trouble (self->sample, name, NULL, FALSE,
        "not all processes could be read in time: holders are not known");
}

/* Without it nobody is known to be gone. */
static gboolean
check_proc (const GstShm * self)
{
  g_autoptr (GError) error = NULL;

  if (proc_is_usable (self->root, &error))
    return TRUE;
  sample_trouble (self->sample, self->request->name, NULL, FALSE,
      "%s: neither creators nor holders are known", error->message);
  return FALSE;
}

static void
read_areas (const SourceRequest * request, Sample * sample)
{
  GstShm self = {.request = request,.sample = sample };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) areas = NULL;

  self.root = request->sysroot ? request->sysroot : "";
  if (request->input) {
    sample_trouble (sample, request->name, NULL, FALSE,
        "%s: is no capture of shm pipes: these are read below a --sysroot", request->input);
    return;
  }
  areas = proc_list_areas (self.root, &error);
  if (!areas) {
    sample_trouble (sample, request->name, NULL, FALSE, "%s", error->message);
    return;
  }
  if (areas->len == 0)
    sample_trouble (sample, request->name, NULL, source_is_absent_ok (request),
        "no shm pipe was found (%s%s/shmpipe.*)", self.root, PROC_AREA_DIR);
  self.usable = areas->len == 0 || check_proc (&self);
  self.searched = g_str_equal (source_value (request, "holders", "yes"), "yes");
  if (self.searched) {
    proc_find_area_holders (self.root, areas, request->deadline, &self.search);
    tell_unread (&self);
  }
  for (guint i = 0; i < areas->len; i++)
    add_area (&self, g_ptr_array_index (areas, i));
  proc_area_search_clear (&self.search);
}

/* --- the source --- */

static gboolean
check_holders (const gchar * value, GError ** error)
{
  if (g_str_equal (value, "yes") || g_str_equal (value, "no"))
    return TRUE;
  return error_input (error, "neither yes nor no: %s", value);
}

static const SourceKey keys[] = {
  {"absent", "what it means that there is no pipe: ok or unknown (unknown when nothing is said)",
      source_check_absent},
  {"holders", "whether to look for them in all processes: yes or no (yes when nothing is said)",
      check_holders},
  {NULL}
};

/* Mappings and descriptors of the processes of others: the one lets us look, the other lets us into
 * /proc/PID/fd. */
static const cap_value_t capabilities[] = { CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH };

const Source source_gst_shm = {
  .name = "gst-shm",
  .summary = "areas of GStreamer's shm pipes (/dev/shm/shmpipe.*), orphans among them",
  .keys = keys,
  .capabilities = capabilities,
  .n_capabilities = G_N_ELEMENTS (capabilities),
  .is_default = TRUE,
  .read = read_areas,
};
