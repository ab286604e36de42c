/* poolwatch clean-orphans: areas of shm pipes that outlived all who had them. */
#include "config.h"
#include "poolwatch/commands.h"

#include "base/fd.h"
#include "proc/area-holders.h"
#include "proc/usable.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define COMMAND "clean-orphans"
#define FIRST_PID_NAMESPACE "pid:[4026531836]"  /* the kernel's own, everywhere the same */

typedef struct
{
  const gchar *root;
  GPtrArray *globs;             /* areas that are meant; empty: all */
  gboolean yes;                 /* remove them */
  gboolean private_shm;         /* nobody outside of our PID namespace uses /dev/shm */
  Deadline deadline;
  const ProcAreaSearch *search;
  guint n_orphans, n_failed, n_unsure;
} Cleaning;

/* --- what is one --- */

static gchar *
short_name (const ProcArea * area)
{
  return g_strdup_printf (PROC_AREA_PREFIX "%d.%u", area->creator, area->index);
}

static gboolean
is_meant (const Cleaning * cleaning, const ProcArea * area)
{
  g_autofree gchar *name = short_name (area);

  return command_selects (cleaning->globs, name) || command_selects (cleaning->globs, area->file);
}

/* Why AREA is kept, whoever has it; NULL: only holders can save it. Caller frees. */
static gchar *
reason_to_keep (const ProcArea * area)
{
  if (area->creator_state == PROC_CREATOR_ALIVE)
    return g_strdup_printf ("pid %d %s made it and is alive", area->creator,
        area->creator_name ? area->creator_name : "?");
  if (area->creator_state == PROC_CREATOR_UNKNOWN)
    return g_strdup_printf ("/proc does not tell whether pid %d is alive", area->creator);
  if (geteuid () != 0 && area->user != geteuid ())
    return g_strdup_printf ("belongs to user %u", area->user);
  return NULL;
}

/* Who has AREA; NULL: nobody. Caller frees. */
static gchar *
holders_text (const ProcArea * area)
{
  const ProcHolder *first;

  if (area->holders->len == 0)
    return NULL;
  first = g_ptr_array_index (area->holders, 0);
  if (area->holders->len == 1)
    return g_strdup_printf ("pid %d %s still has it", first->pid, first->name);
  return g_strdup_printf ("pid %d %s and %u more still have it", first->pid, first->name,
      area->holders->len - 1);
}

/* Who could not be read and may have any area; NULL: nobody. Caller frees. */
static gchar *
unread_text (const ProcAreaSearch * search)
{
  g_autoptr (GString) pids = NULL;

  if (search->denied->len == 0)
    return NULL;
  pids = g_string_new (NULL);
  for (guint i = 0; i < MIN (search->denied->len, 8); i++)
    g_string_append_printf (pids, " %d", g_array_index (search->denied, gint, i));
  return g_strdup_printf ("%u process%s cannot be read (pid%s%s) and may have it",
      search->denied->len, search->denied->len == 1 ? "" : "es", pids->str,
      search->denied->len > 8 ? " ..." : "");
}

/* Why AREA is kept although /proc shows nobody who has it; NULL: nobody has. UNSURE: it is not known
 * whether somebody has. Caller frees. */
static gchar *
unseen_text (const ProcAreaSearch * search, const ProcArea * area, gboolean * unsure)
{
  ProcAreaUse use = proc_area_use (area);

  *unsure = use == PROC_AREA_UNSURE && search->denied->len > 0;
  if (use == PROC_AREA_OPEN)
    return g_strdup ("a process that /proc does not show still has it open");
  return *unsure ? unread_text (search) : NULL;
}

/* FALSE, and it was printed why: of no area it can be told who has it. */
static gboolean
is_sure (const ProcAreaSearch * search)
{
  if (search->hidden)
    command_error (STATUS_BROKEN, COMMAND ": /proc hides processes (hidepid): nothing is removed");
  else if (search->late)
    command_error (STATUS_BROKEN, COMMAND ": not all processes could be read in time: "
        "nothing is removed");
  return !search->hidden && !search->late;
}

/* Whether processes that we do not see may use the same /dev/shm: those outside of a container that
 * shares it, for whom numbers of processes are others, too. */
static gboolean
is_outside_hidden (const Cleaning * cleaning)
{
  g_autofree gchar *ours = g_file_read_link ("/proc/self/ns/pid", NULL);

  if (*cleaning->root || cleaning->private_shm || g_strcmp0 (ours, FIRST_PID_NAMESPACE) == 0)
    return FALSE;
  command_error (STATUS_BROKEN, COMMAND ": this is a PID namespace of its own, outside of which "
      PROC_AREA_DIR " may be used as well: nothing is removed; --private-shm says that it is not");
  return TRUE;
}

/* --- removing one --- */

/* Leaves only what is still the file of AREA among those of the system as it is now. */
static GPtrArray *
look_again (const Cleaning * cleaning, const ProcArea * area, GError ** error)
{
  GPtrArray *areas = proc_list_areas (cleaning->root, error);

  for (guint i = areas ? areas->len : 0; i > 0; i--) {
    const ProcArea *now = g_ptr_array_index (areas, i - 1);

    if (!g_str_equal (now->file, area->file) || now->device != area->device
        || now->inode != area->inode)
      g_ptr_array_remove_index (areas, i - 1);
  }
  return areas;
}

/* As late as can be: whether AREA may go is asked again, from the start. NULL: it may. */
static gchar *
change_since (const Cleaning * cleaning, const ProcArea * area)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) now = look_again (cleaning, area, &error);
  g_auto (ProcAreaSearch) search = { 0 };
  gboolean is_unsure;
  gchar *reason;

  if (!now)
    return g_strdup (error->message);
  if (now->len == 0)
    return g_strdup ("is another file now, or gone");
  proc_find_area_holders (cleaning->root, now, cleaning->deadline, &search);
  if (search.hidden || search.late)
    return g_strdup ("not all processes can be read any more");
  reason = reason_to_keep (g_ptr_array_index (now, 0));
  if (!reason)
    reason = holders_text (g_ptr_array_index (now, 0));
  return reason ? reason : unseen_text (&search, g_ptr_array_index (now, 0), &is_unsure);
}

/* unlinkat() does not follow a link that might be there instead. FALSE with errno. */
static gboolean
unlink_area (const Cleaning * cleaning, const ProcArea * area)
{
  g_autofree gchar *path = g_strconcat (cleaning->root, PROC_AREA_DIR, NULL);
  gint fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = fd >= 0 && unlinkat (fd, area->file, 0) == 0;

  fd_clear (&fd);
  return ok;
}

static void
remove_area (Cleaning * cleaning, const ProcArea * area, const gchar * name)
{
  g_autofree gchar *change = change_since (cleaning, area);

  if (change) {
    g_print ("kept %s: %s\n", name, change);
    return;
  }
  if (unlink_area (cleaning, area)) {
    g_print ("removed %s: %" G_GUINT64_FORMAT " bytes\n", name, area->size);
    return;
  }
  cleaning->n_failed++;
  command_error (STATUS_BROKEN, COMMAND ": %s: %s", area->file, g_strerror (errno));
}

/* --- all of them --- */

static void
take_area (Cleaning * cleaning, const ProcArea * area)
{
  g_autofree gchar *name = short_name (area);
  g_autofree gchar *reason = reason_to_keep (area);
  gboolean is_unsure = FALSE;

  if (!reason)
    reason = holders_text (area);
  /* The areas of a capture are not those of this system. */
  if (!reason && *cleaning->root)
    reason = unread_text (cleaning->search);
  else if (!reason)
    reason = unseen_text (cleaning->search, area, &is_unsure);
  cleaning->n_unsure += is_unsure ? 1 : 0;
  if (reason) {
    g_print ("kept %s: %s\n", name, reason);
    return;
  }
  cleaning->n_orphans++;
  if (cleaning->yes)
    remove_area (cleaning, area, name);
  else
    g_print ("orphan %s: %" G_GUINT64_FORMAT " bytes, pid %d has ended and nobody has it\n", name,
        area->size, area->creator);
}

static void
tell_unsure (const Cleaning * cleaning)
{
  g_autofree gchar *unread = unread_text (cleaning->search);

  command_error (STATUS_BROKEN, COMMAND ": %s: %u area%s kept; try as root", unread,
      cleaning->n_unsure, cleaning->n_unsure == 1 ? " is" : "s are");
}

static Status
clean (Cleaning * cleaning, GPtrArray * areas)
{
  g_auto (ProcAreaSearch) search = { 0 };

  for (guint i = areas->len; i > 0; i--) {
    if (!is_meant (cleaning, g_ptr_array_index (areas, i - 1)))
      g_ptr_array_remove_index (areas, i - 1);
  }
  proc_find_area_holders (cleaning->root, areas, cleaning->deadline, &search);
  cleaning->search = &search;
  if (!is_sure (&search) || (areas->len > 0 && is_outside_hidden (cleaning)))
    return STATUS_BROKEN;
  for (guint i = 0; i < areas->len; i++)
    take_area (cleaning, g_ptr_array_index (areas, i));
  if (cleaning->n_orphans > 0 && !cleaning->yes)
    g_print ("Nothing was removed. With --yes the orphans are.\n");
  if (cleaning->n_unsure > 0)
    tell_unsure (cleaning);
  return cleaning->n_failed || cleaning->n_unsure ? STATUS_BROKEN : STATUS_PASS;
}

/* What a capture says is of another time: by it nothing is removed, and where the system below DIR
 * runs, it is asked there. */
static gboolean
check_root (const Cleaning * cleaning)
{
  g_autoptr (GError) error = NULL;

  if (!proc_is_usable (cleaning->root, &error)) {
    command_error (STATUS_BROKEN, COMMAND ": %s: nothing is removed", error->message);
    return FALSE;
  }
  if (!cleaning->yes || *cleaning->root == '\0')
    return TRUE;
  command_error (WATCH_USAGE, COMMAND ": --yes removes nothing below a --sysroot; for a container:"
      " nsenter --target PID --all poolwatch " COMMAND);
  return FALSE;
}

/* Looking at others, asking who has what is theirs, and removing from a directory with the sticky bit what is theirs. */
static const cap_value_t kept[] = { CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_LEASE };

Status
command_clean_orphans (gint argc, gchar ** argv)
{
  Cleaning cleaning = {.root = "",.deadline = deadline_in (30) };
  g_autofree gchar *sysroot = NULL;
  const GOptionEntry options[] = {
    {"yes", 'y', 0, G_OPTION_ARG_NONE, &cleaning.yes, "remove them", NULL},
    {"private-shm", 0, 0, G_OPTION_ARG_NONE, &cleaning.private_shm,
        "no process outside of this container uses " PROC_AREA_DIR, NULL},
    {"sysroot", 0, 0, G_OPTION_ARG_FILENAME, &sysroot, "look below DIR instead of /", "DIR"},
    {NULL}
  };
  g_autoptr (GPtrArray) globs = g_ptr_array_new ();
  g_autoptr (GPtrArray) areas = NULL;
  g_autoptr (GError) error = NULL;

  if (!command_parse (&argc, &argv, COMMAND, "[AREA...]",
          "removes areas that nobody has", options))
    return WATCH_USAGE;
  for (gint i = 1; i < argc; i++)
    g_ptr_array_add (globs, argv[i]);
  cleaning.globs = globs;
  if (sysroot && !g_file_test (sysroot, G_FILE_TEST_IS_DIR))
    return command_error (WATCH_USAGE, "--sysroot: no such directory: %s", sysroot);
  cleaning.root = sysroot && !g_str_equal (sysroot, "/") ? sysroot : "";
  command_keep_capabilities (kept, G_N_ELEMENTS (kept), FALSE);
  if (!check_root (&cleaning))
    return STATUS_BROKEN;
  areas = proc_list_areas (cleaning.root, &error);
  return areas ? clean (&cleaning, areas)
      : command_error (STATUS_BROKEN, COMMAND ": %s", error->message);
}
