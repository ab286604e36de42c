#include "config.h"
#include "proc/names.h"

#include <fcntl.h>
#include <string.h>

#define DELETED " (deleted)"
#define DEV_SHM "/dev/shm/"
#define PIPE DEV_SHM "shmpipe."

static const struct
{
  ProcKind kind;
  const gchar *prefix;
} kinds[] = {
  {PROC_MEMFD, "/memfd:"},
  {PROC_DEV_SHM, DEV_SHM},
  {PROC_SYSV, "/SYSV"},
  {PROC_DMABUF, "/dmabuf:"},
  {PROC_DMABUF, "anon_inode:dmabuf"},
  {PROC_DMABUF, "anon_inode:[dmabuf]"},
  {PROC_HUGETLBFS, "/dev/hugepages/"},
};

static const gchar *const kind_names[] = {
  [PROC_NOT_SHARED] = "other",
  [PROC_MEMFD] = "memfd",
  [PROC_DEV_SHM] = "shm",
  [PROC_SYSV] = "sysv",
  [PROC_DMABUF] = "dmabuf",
  [PROC_HUGETLBFS] = "hugetlbfs",
};

static const struct
{
  guint seal;
  const gchar *name;
} seal_names[] = {
  {F_SEAL_SEAL, "seal"},
  {F_SEAL_SHRINK, "shrink"},
  {F_SEAL_GROW, "grow"},
  {F_SEAL_WRITE, "write"},
  {0x0010, "future-write"},
  {0x0020, "exec"},
};

ProcKind
proc_kind_of (const gchar * name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (g_str_has_prefix (name, kinds[i].prefix))
      return kinds[i].kind;
  }
  return PROC_NOT_SHARED;
}

const gchar *
proc_kind_name (ProcKind kind)
{
  g_return_val_if_fail (kind < G_N_ELEMENTS (kind_names), "?");
  return kind_names[kind];
}

gint
proc_pipe_creator (const gchar * name)
{
  guint64 pid;
  gchar *end;

  if (!g_str_has_prefix (name, PIPE))
    return 0;
  name += strlen (PIPE);
  name += strspn (name, " ");   /* it is padded to five places */
  if (!g_ascii_isdigit (*name))
    return 0;
  pid = g_ascii_strtoull (name, &end, 10);
  return *end == '.' && pid <= G_MAXINT ? (gint) pid : 0;
}

gchar *
proc_short_name (const gchar * name)
{
  gsize length = strlen (name);

  if (g_str_has_suffix (name, DELETED))
    length -= strlen (DELETED);
  if (g_str_has_prefix (name, DEV_SHM) && length > strlen (DEV_SHM))
    return g_strndup (name + strlen (DEV_SHM), length - strlen (DEV_SHM));
  return g_strndup (name, length);
}

gchar *
proc_seals_text (guint seals)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (seal_names); i++) {
    if (seals & seal_names[i].seal)
      g_string_append_printf (text, "%s%s", text->len > 0 ? "," : "", seal_names[i].name);
  }
  if (text->len == 0)
    g_string_append (text, seals ? "unknown" : "none");
  return g_string_free (text, FALSE);
}
