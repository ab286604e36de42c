#include "config.h"
#include "run/room.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define SHM_DIR "/dev/shm"
#define LOOK_NS 100000000
/* A file system that may be filled: no machine has one of that size for its work. */
#define PRIVATE_MAX (8 << 20)

/* The C library's, as in run/jobs.c: ThreadSanitizer sees through them. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;        /* of all of these */
static pthread_cond_t given = PTHREAD_COND_INITIALIZER;
static guint64 promised;        /* to cases that run */
static gboolean exclusive;      /* one of them fills it */

/* --- what a case needs --- */

static guint64
whole_pages (gint64 size)
{
  guint64 page = (guint64) sysconf (_SC_PAGESIZE);

  return ((guint64) MAX (size, 0) + page - 1) / page * page;
}

/* Old areas stay until their last buffer comes back: all that a producer may make count. */
static void
add_areas (const GPtrArray * lines, guint64 * sum, guint64 * largest)
{
  for (guint i = 0; i < lines->len; i++) {
    const PlanStep *line = g_ptr_array_index (lines, i);
    guint64 size;

    if (!g_str_equal (line->action, "producer") && !g_str_equal (line->action, "resize"))
      continue;
    size = whole_pages (plan_int (line, "shm-size"));
    *sum = *sum > G_MAXUINT64 - size ? G_MAXUINT64 : *sum + size;
    *largest = MAX (*largest, size);
  }
}

static gboolean
fills (const PlanCase * plan)
{
  for (guint i = 0; i < plan->steps->len; i++) {
    if (g_str_equal (((PlanStep *) g_ptr_array_index (plan->steps, i))->action, "fill-shm"))
      return TRUE;
  }
  return FALSE;
}

/* "1.0 MiB"; caller frees. */
static gchar *
size_text (guint64 bytes)
{
  gdouble kib = (gdouble) bytes / 1024;

  if (kib < 1024)
    return g_strdup_printf ("%.1f KiB", kib);
  return kib < 1024 * 1024 ? g_strdup_printf ("%.1f MiB", kib / 1024)
      : g_strdup_printf ("%.1f GiB", kib / 1024 / 1024);
}

/* --- what there is --- */

static gboolean
look (guint64 * free_bytes, guint64 * all_bytes)
{
  struct statvfs shm;

  if (statvfs (SHM_DIR, &shm) != 0)
    return FALSE;
  *all_bytes = (guint64) shm.f_blocks * shm.f_frsize;
  *free_bytes = (guint64) shm.f_bavail * shm.f_frsize;
  if (shm.f_blocks == 0)        /* a tmpfs without a limit says so */
    *free_bytes = *all_bytes = G_MAXUINT64;
  return TRUE;
}

static gboolean
is_cancelled (RunCase * run)
{
  run->cancelled |= run->context->cancel_fd >= 0
      && fd_poll (run->context->cancel_fd, POLLIN, 0) > 0;
  return run->cancelled;
}

static gboolean
may_begin (const RunCase * run, guint64 need, guint64 free_bytes)
{
  if (exclusive || (run->fills && promised > 0))
    return FALSE;
  return promised == 0 || (free_bytes >= promised && free_bytes - promised >= need);
}

/* Until somebody has given back what was promised to him, or for a little while. The caller has the lock. */
static void
wait_a_little (void)
{
  struct timespec until;

  clock_gettime (CLOCK_MONOTONIC, &until);
  until.tv_nsec += LOOK_NS;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_cond_clockwait (&given, &lock, CLOCK_MONOTONIC, &until);
}

/* The others end by their own deadlines. */
static gboolean
wait_for_room (RunCase * run, guint64 need, guint64 * free_bytes, guint64 * all_bytes)
{
  gboolean looked;

  pthread_mutex_lock (&lock);
  while ((looked = look (free_bytes, all_bytes)) && !may_begin (run, need, *free_bytes)
      && !is_cancelled (run))
    wait_a_little ();
  if (looked && !run->cancelled) {
    run->promised = need;
    promised += need;
    exclusive = run->fills;
  }
  pthread_mutex_unlock (&lock);
  return looked && !run->cancelled;
}

static gboolean
tell_lacking (RunCase * run, guint64 need, guint64 free_bytes)
{
  g_autofree gchar *has = size_text (free_bytes), *needs = size_text (need);
  TraceEvent event = run_event (NULL, TRACE_BROKEN);

  run_emit (run, &event, SHM_DIR " has %s free, this case needs %s", has, needs);
  return FALSE;
}

static gboolean
tell_limited (RunCase * run, guint64 largest, guint64 limit)
{
  g_autofree gchar *has = size_text (limit), *needs = size_text (largest);
  TraceEvent event = run_event (NULL, TRACE_BROKEN);

  run_emit (run, &event, "no file may be larger than %s here (ulimit -f), this case needs an area "
      "of %s", has, needs);
  return FALSE;
}

static gboolean
tell_shared (RunCase * run, guint64 all_bytes)
{
  g_autofree gchar *all = size_text (all_bytes);
  TraceEvent event = run_event (NULL, TRACE_SKIP);

  run_emit (run, &event, "it fills " SHM_DIR ", which is not private here (%s): unshare -rm sh -c "
      "'mount -t tmpfs -o size=4m none " SHM_DIR "; shmstress run %s'", all, run->plan->scenario);
  return FALSE;
}

gboolean
run_room_take (RunCase * run)
{
  guint64 need = 0, largest = 0, free_bytes = 0, all_bytes = 0;
  struct rlimit limit;

  run->filler_fd = -1;
  run->fills = fills (run->plan);
  add_areas (run->plan->roles, &need, &largest);
  add_areas (run->plan->steps, &need, &largest);
  if (!wait_for_room (run, need, &free_bytes, &all_bytes)) {
    if (!run->cancelled)
      run_tell_broken (run, SHM_DIR, g_strerror (errno));
    return FALSE;
  }
  if (run->fills && all_bytes > PRIVATE_MAX)
    return tell_shared (run, all_bytes);
  if (free_bytes < need)
    return tell_lacking (run, need, free_bytes);
  if (getrlimit (RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < largest)
    return tell_limited (run, largest, limit.rlim_cur);
  return TRUE;
}

void
run_room_give (RunCase * run)
{
  run_room_free (run);
  pthread_mutex_lock (&lock);
  promised -= run->promised;
  run->promised = 0;
  if (run->fills)
    exclusive = FALSE;
  pthread_cond_broadcast (&given);
  pthread_mutex_unlock (&lock);
}

/* --- taking it away --- */

/* A file without a name: it goes with us, whatever becomes of us. */
gboolean
run_room_fill (RunCase * run, guint64 leave, gchar ** error)
{
  guint64 free_bytes, all_bytes;

  run_room_free (run);
  if (!look (&free_bytes, &all_bytes) || all_bytes > PRIVATE_MAX) {
    *error = g_strdup (SHM_DIR " is not private any more");
    return FALSE;
  }
  run->filler_fd = open (SHM_DIR, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (run->filler_fd >= 0 && (free_bytes <= leave
          || fallocate (run->filler_fd, 0, 0, (off_t) (free_bytes - leave)) == 0))
    return TRUE;
  *error = g_strdup_printf (SHM_DIR ": cannot fill it: %s", g_strerror (errno));
  return FALSE;
}

void
run_room_free (RunCase * run)
{
  fd_clear (&run->filler_fd);
}
