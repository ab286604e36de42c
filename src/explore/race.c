/* Vector clocks, one for each thread, each object that somebody synchronises at and each word that
 * somebody accesses plainly. */
#include "config.h"
#include "explore/race.h"

#include <string.h>

#define N_WORDS 4096

typedef struct
{
  guintptr key;                 /* address of an object; of a word: ~address / 8 */
  guint64 run;                  /* of another run: free */
  guint32 released[SHMDIAG_MAX_THREADS];
  guint32 read[SHMDIAG_MAX_THREADS];
  const gchar *read_site[SHMDIAG_MAX_THREADS];
  guint32 written;
  guint writer;
  const gchar *write_site;      /* NULL: not written */
} Word;

struct EngineRaces
{
  guint n_threads;
  gboolean seen;                /* a plain access, in any run */
  gboolean watched;             /* this run */
  guint64 run;
  guint32 clocks[SHMDIAG_MAX_THREADS][SHMDIAG_MAX_THREADS];
  Word words[N_WORDS];
};

EngineRaces *
races_new (void)
{
  return g_new0 (EngineRaces, 1);
}

void
races_free (EngineRaces * races)
{
  g_free (races);
}

void
races_begin (EngineRaces * races, guint n_threads)
{
  races->watched = races->seen || races->run == 0;
  races->n_threads = n_threads;
  races->run++;
  memset (races->clocks, 0, sizeof races->clocks);
  for (guint i = 0; i < n_threads; i++)
    races->clocks[i][i] = 1;
}

gboolean
races_are_watched (const EngineRaces * races)
{
  return races->watched;
}

gboolean
races_were_missed (const EngineRaces * races)
{
  return races->seen && !races->watched;
}

/* NULL: more words than are kept; a race there is not seen. */
static Word *
find_word (EngineRaces * races, guintptr key)
{
  guint slot = key * 0x9e3779b1u >> 5;

  for (guint i = 0; i < 64; i++) {
    Word *candidate = &races->words[(slot + i) % N_WORDS];

    if (candidate->run == races->run && candidate->key == key)
      return candidate;
    if (candidate->run != races->run) {
      memset (candidate, 0, sizeof *candidate);
      candidate->run = races->run;
      candidate->key = key;
      return candidate;
    }
  }
  return NULL;
}

static void
join (guint32 * into, const guint32 * from, guint n)
{
  for (guint i = 0; i < n; i++)
    into[i] = MAX (into[i], from[i]);
}

void
races_sync (EngineRaces * races, guint thread, gconstpointer address, gboolean acquire,
    gboolean release)
{
  Word *word = find_word (races, (guintptr) address);

  if (!word)
    return;
  if (acquire)
    join (races->clocks[thread], word->released, races->n_threads);
  if (release) {
    join (word->released, races->clocks[thread], races->n_threads);
    races->clocks[thread][thread]++;
  }
}

EngineClock
races_begin_release (EngineRaces * races, guint thread)
{
  EngineClock clock;

  memcpy (clock.at, races->clocks[thread], sizeof clock.at);
  races->clocks[thread][thread]++;
  return clock;
}

void
races_end_release (EngineRaces * races, gconstpointer address, const EngineClock * clock)
{
  Word *word = find_word (races, (guintptr) address);

  if (word)
    join (word->released, clock->at, races->n_threads);
}

const gchar *
races_access (EngineRaces * races, guint thread, gconstpointer address, gboolean write,
    const gchar * site, guint * other)
{
  Word *word;
  const guint32 *clock = races->clocks[thread];

  races->seen = TRUE;
  if (!races->watched || !(word = find_word (races, ~((guintptr) address / 8))))
    return NULL;
  *other = word->writer;
  if (word->write_site && word->written > clock[word->writer])
    return word->write_site;
  for (guint i = 0; write && i < races->n_threads; i++) {
    *other = i;
    if (word->read[i] > clock[i])
      return word->read_site[i];
  }
  if (write) {
    word->written = clock[thread];
    word->writer = thread;
    word->write_site = site;
  } else {
    word->read[thread] = clock[thread];
    word->read_site[thread] = site;
  }
  return NULL;
}
