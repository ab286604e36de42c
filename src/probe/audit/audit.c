/* Audits a running process: the shared memory that it maps or has open, and what there is of it. */
#include "config.h"
#include "probe/audit/view.h"
#include "probe/probe.h"
#include "probe/twins/process.h"

#include "base/error.h"
#include "base/parse.h"
#include "proc/maps.h"
#include "proc/usable.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CONTRACT "peer-map"
#define TARGET "pid:"

/* --- telling --- */

static gboolean
has_mapping (const ProcObject * object, const ProcMapping * wanted)
{
  for (guint i = 0; i < object->mappings->len; i++) {
    const ProcMapping *mapping = &g_array_index (object->mappings, ProcMapping, i);

    if (mapping->start == wanted->start && mapping->end == wanted->end
        && mapping->offset == wanted->offset)
      return TRUE;
  }
  return FALSE;
}

static guint64
page_of (const ProcMapping * mapping)
{
  return mapping->page_size > 0 ? mapping->page_size : (guint64) sysconf (_SC_PAGESIZE);
}

/* The mapping and the size are read one after the other: the file counts with the larger of two
 * sizes, and only a mapping that was there both times. */
static void
tell_region (Actor * actor, gint area, const ProcObject * before, const ProcObject * object,
    const ProcMapping * mapping)
{
  TraceEvent event = actor_event (actor, TRACE_REGION);
  g_autofree gchar *name = proc_short_name (mapping->path);

  event.region.object = area;
  event.region.mapped = mapping->end - mapping->start;
  event.region.from = mapping->offset;
  event.region.file = object->has_size && before->has_size
      ? (gint64) MAX (object->size, before->size) : -1;
  event.region.page = page_of (mapping);
  event.region.modes = mapping->readable + 2 * mapping->writable + 4 * mapping->executable;
  actor_emit (actor, &event, "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x %c%c%c%c %s",
      mapping->start, mapping->end, mapping->readable ? 'r' : '-', mapping->writable ? 'w' : '-',
      mapping->executable ? 'x' : '-', mapping->shared ? 's' : 'p', name);
}

/* Returns how many of the mappings can be judged. */
static guint
tell_regions (Actor * actor, gint area, const ProcObject * before, const ProcObject * object)
{
  guint judged = 0, unsettled = 0;

  for (guint i = 0; i < object->mappings->len; i++) {
    const ProcMapping *mapping = &g_array_index (object->mappings, ProcMapping, i);

    if (!before || !has_mapping (before, mapping)) {
      unsettled++;
      continue;
    }
    tell_region (actor, area, before, object, mapping);
    judged += object->has_size && before->has_size
        && (mapping->readable || mapping->writable || mapping->executable);
  }
  if (unsettled > 0) {
    TraceEvent event = actor_event (actor, TRACE_NOTE);

    actor_emit (actor, &event, "%u mappings came just now, and are not judged: %s", unsettled,
        object->name);
  }
  return judged;
}

static void
tell_pages (Actor * actor, gint area, const ProcObject * object)
{
  TraceEvent event = actor_event (actor, TRACE_PAGES);

  event.pages.object = area;
  for (guint i = 0; i < object->mappings->len; i++) {
    const ProcMapping *mapping = &g_array_index (object->mappings, ProcMapping, i);

    event.pages.resident += mapping->resident;
    event.pages.large += mapping->huge;
    event.pages.locked += (gint64) mapping->locked;
    event.pages.page = MAX (event.pages.page, page_of (mapping));
  }
  if (object->mappings->len > 0)
    actor_emit (actor, &event, NULL);
}

static void
tell_fds (Actor * actor, gint area, const ProcObject * object)
{
  for (guint i = 0; i < object->fds->len; i++) {
    const ProcFd *fd = &g_array_index (object->fds, ProcFd, i);
    TraceEvent event = actor_event (actor, TRACE_OPENED);

    event.opened.object = area;
    event.opened.fd = fd->number;
    event.opened.flags = fd->flags;
    event.opened.cloexec = (fd->flags & O_CLOEXEC) != 0;
    actor_emit (actor, &event, NULL);
  }
}

static void
tell_holder (Actor * actor, gint area, const ProcHolder * holder)
{
  TraceEvent event = actor_event (actor, TRACE_HOLDER);

  event.holder.object = area;
  event.holder.pid = holder->pid;
  event.holder.mapped = holder->mapped;
  event.holder.fds = holder->n_fds;
  event.holder.creator = holder->created ? 1 : 0;
  event.holder.alive = holder->name != NULL;
  actor_emit (actor, &event, "%s", holder->name ? holder->name : "gone");
}

/* The process itself first. */
static void
tell_holders (Actor * actor, gint area, const AuditView * view, const ProcObject * object)
{
  ProcHolder self = {.pid = view->process->pid,.name = view->process->name,
    .n_fds = object->fds->len,.created = view->process->pid == object->creator
  };

  for (guint i = 0; i < object->mappings->len; i++) {
    const ProcMapping *mapping = &g_array_index (object->mappings, ProcMapping, i);

    self.mapped += mapping->end - mapping->start;
  }
  tell_holder (actor, area, &self);
  for (guint i = 0; i < object->holders->len; i++)
    tell_holder (actor, area, g_ptr_array_index (object->holders, i));
}

/* Returns how many of its mappings can be judged. */
static guint
tell_object (Actor * actor, gint area, const AuditView * view, const ProcObject * object)
{
  TraceEvent event = actor_event (actor, TRACE_SHARED);
  g_autofree gchar *name = proc_short_name (object->name);
  guint judged;

  event.shared.object = area;
  event.shared.file = object->has_size ? object->size : G_MAXUINT64;
  event.shared.memory = object->used;
  event.shared.seals = object->has_seals ? (gint64) object->seals : -1;
  event.shared.inode = object->inode;
  event.shared.fds = (gint32) object->fds->len;
  actor_emit (actor, &event, "%s %s", proc_kind_name (object->kind), name);
  judged = tell_regions (actor, area, audit_view_before (view, object), object);
  tell_pages (actor, area, object);
  tell_fds (actor, area, object);
  tell_holders (actor, area, view, object);
  return judged;
}

static guint
count_unsized (const GPtrArray * objects)
{
  guint unsized = 0;

  for (guint i = 0; i < objects->len; i++)
    unsized += !((ProcObject *) g_ptr_array_index (objects, i))->has_size;
  return unsized;
}

/* What could not be read, and what it would take. */
static void
tell_gaps (Actor * actor, const AuditView * view)
{
  guint unsized = count_unsized (view->objects);
  TraceEvent event = actor_event (actor, TRACE_NOTE);

  if (view->no_fds)
    actor_emit (actor, &event, "its descriptors cannot be read (takes CAP_DAC_READ_SEARCH)");
  if (unsized > 0)
    actor_emit (actor, &event, "%u of %u sizes not known: nobody has those open (takes "
        "CAP_CHECKPOINT_RESTORE)", unsized, view->objects->len);
  if (view->search.hidden)
    actor_emit (actor, &event, "/proc hides processes, which may have them, too (hidepid; "
        AUDIT_DENIED ")");
  if (view->search.n_denied > 0)
    actor_emit (actor, &event, "%u of %u processes cannot be read (%s)", view->search.n_denied,
        view->search.n_denied + view->search.n_read,
        view->privileged ? "in spite of CAP_SYS_PTRACE" : AUDIT_DENIED);
}

/* Why none of its mappings can be judged. */
static void
tell_absence (Actor * actor, const AuditView * view)
{
  TraceEvent event = actor_event (actor, TRACE_ABSENT);

  if (count_unsized (view->objects) > 0)
    actor_emit (actor, &event, CONTRACT ": %d: the sizes of what it maps cannot be read (takes "
        "CAP_CHECKPOINT_RESTORE)", view->process->pid);
  else
    actor_emit (actor, &event, CONTRACT ": %d: maps no shared memory that it could touch",
        view->process->pid);
}

static void
tell (Actor * actor, const AuditView * view)
{
  guint judged = 0;

  for (guint i = 0; i < view->objects->len; i++)
    judged += tell_object (actor, (gint) i + 1, view, g_ptr_array_index (view->objects, i));
  tell_gaps (actor, view);
  if (judged == 0)
    tell_absence (actor, view);
}

/* --- the prober --- */

/* A process has no version; its number tells it from others of that name. */
static void
tell_target (Actor * actor, const ProcProcess * process, gint pid)
{
  const gchar *target = actor_get (actor, "target");
  g_autofree gchar *number = g_strdup_printf ("%d", pid);

  if (g_str_has_prefix (target, TWIN_PREFIX))
    probe_target (actor, target, PACKAGE_VERSION);
  else
    probe_target (actor, process ? process->name : "?", number);
}

static void
tell_skip (Actor * actor, const GError * error, gboolean privileged)
{
  if (!g_error_matches (error, SHMDIAG_ERROR, SHMDIAG_ERROR_DENIED))
    probe_skip (actor, "%s", error->message);
  else
    probe_skip (actor, "%s (%s)", error->message,
        privileged ? "in spite of CAP_SYS_PTRACE" : AUDIT_DENIED);
}

static void
audit (Actor * actor, gint pid)
{
  gboolean with_holders = g_strcmp0 (actor_get (actor, "holders"), "no") != 0;
  g_autoptr (GError) error = NULL;
  AuditView view = { 0 };

  audit_view_take (&view, pid, with_holders, &error);
  audit_drop_capabilities ();
  tell_target (actor, view.process, pid);
  if (error)
    tell_skip (actor, error, view.privileged);
  else if (view.before->len == 0)
    probe_skip (actor, "%d: has no shared memory", pid);
  else if (probe_begin (actor, CONTRACT))
    tell (actor, &view);
  audit_view_clear (&view);
}

static void
audit_twin (Actor * actor, const Twin * twin)
{
  g_autoptr (GError) error = NULL;
  gint pid;

  audit_drop_capabilities ();         /* it is a child of ours */
  pid = twin_process_start (twin, &error);
  if (pid == 0) {
    actor_broken (actor, "%s", error->message);
    return;
  }
  audit (actor, pid);
  twin_process_stop (pid);
}

static void
run (Actor * actor)
{
  const gchar *target = actor_get (actor, "target");
  const Twin *twin = twin_find (TWIN_PROCESS, target);
  gint64 pid;

  if (twin)
    audit_twin (actor, twin);
  else if (g_str_has_prefix (target, TARGET)
      && parse_int (target + strlen (TARGET), 1, G_MAXINT, &pid, NULL))
    audit (actor, (gint) pid);
  else
    actor_broken (actor, "no such target: %s", target);
}

/* --- what there is --- */

static void
find_pid (Actor * actor, gint pid)
{
  g_autofree gchar *name = g_strdup_printf (TARGET "%d", pid);

  probe_found (actor, name, NULL);
}

/* Those of the config: "12,345". */
static void
list_named (Actor * actor, const gchar * pids)
{
  g_auto (GStrv) words = g_strsplit (pids, ",", -1);

  for (gsize i = 0; words[i]; i++)
    find_pid (actor, (gint) g_ascii_strtoll (words[i], NULL, 10));
}

/* Every process with shared memory; those that cannot be read are one target, not hundreds. */
static void
list_all (Actor * actor)
{
  g_autoptr (GArray) pids = proc_list_pids ();
  guint denied = 0, found = 0;

  for (guint i = 0; i < pids->len; i++) {
    gint pid = g_array_index (pids, gint, i);
    g_autoptr (GError) error = NULL;
    g_autoptr (ProcProcess) process = proc_process_open (pid, &error);

    if (process && proc_has_objects (process, &error)) {
      find_pid (actor, pid);
      found++;
    }
    denied += g_error_matches (error, SHMDIAG_ERROR, SHMDIAG_ERROR_DENIED) ? 1 : 0;
  }
  if (denied > 0) {
    g_autofree gchar *reason = g_strdup_printf ("%u of %u processes cannot be read (%s)", denied,
        pids->len, audit_may_trace () ? "in spite of CAP_SYS_PTRACE" : AUDIT_DENIED);

    probe_found (actor, "unreadable", reason);
  } else if (found == 0 && proc_is_hiding ("")) {
    probe_found (actor, "unreadable", "/proc hides processes (hidepid; " AUDIT_DENIED ")");
  } else if (found == 0) {
    probe_found (actor, "nothing", "no process has shared memory");
  }
}

static void
list (Actor * actor)
{
  const gchar *pids = actor_get (actor, "pids");

  probe_target (actor, "processes of", "this machine");
  if (pids && *pids)
    list_named (actor, pids);
  if (actor_has (actor, "all"))
    list_all (actor);
  twin_list (TWIN_PROCESS, actor);
}

const ProbeClass probe_audit = {
  .name = "audit",
  .run = run,
  .list = list,
};
