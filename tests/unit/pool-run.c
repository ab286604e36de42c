/* The scenarios of shmstress pool on pools with a defect: each is seen, by the contract that it
 * breaks. The linker puts the functions of this file between the scenarios and the pool. */
#include "config.h"
#include "shmstress/pool.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/capability.h>

typedef enum
{
  NONE,
  NOT_PINNED,                   /* says that it pins */
  REFUSES_EVER,                 /* once it has refused */
  SPOILS,                       /* what is held, when it refuses */
  HIDES_REFUSALS,               /* in its statistics */
  LOSES_RELEASES,
  MAKES_TWO,                    /* shards where one would do */
  MIXES_SITES,
  DIES,
} Defect;

static Defect defect;
static gpointer spoiled;
static gboolean refused;
static gint n_released;

Shards *__real_shards_new (const ShardsOptions * options);
gpointer __real_shards_alloc (Shards * pool, gsize size, guint site);
void __real_shards_release (Shards * pool, gpointer block);
ShardsStats *__real_shards_stats (Shards * pool);

Shards *__wrap_shards_new (const ShardsOptions * options);
gpointer __wrap_shards_alloc (Shards * pool, gsize size, guint site);
void __wrap_shards_release (Shards * pool, gpointer block);
ShardsStats *__wrap_shards_stats (Shards * pool);

Shards *
__wrap_shards_new (const ShardsOptions * given)
{
  ShardsOptions options = *given;

  if (defect == NOT_PINNED)
    options.pin = FALSE;
  return __real_shards_new (&options);
}

static gpointer
note_refusal (void)
{
  gint saved_errno = errno;

  refused = TRUE;
  if (defect == SPOILS && spoiled != NULL)
    memset (spoiled, 0xff, 1);
  errno = saved_errno;
  return NULL;
}

gpointer
__wrap_shards_alloc (Shards * pool, gsize size, guint site)
{
  gpointer block;

  if (defect == DIES)
    raise (SIGKILL);
  if (defect == REFUSES_EVER && refused) {
    errno = ENOMEM;
    return NULL;
  }
  if (defect == MAKES_TWO)
    shards_reserve (pool, 64);
  block = __real_shards_alloc (pool, size, defect == MIXES_SITES ? 0 : site);
  if (defect == SPOILS && block != NULL)
    spoiled = block;
  return block != NULL ? block : note_refusal ();
}

void
__wrap_shards_release (Shards * pool, gpointer block)
{
  if (defect != LOSES_RELEASES || g_atomic_int_add (&n_released, 1) % 1000 != 0)
    __real_shards_release (pool, block);
}

ShardsStats *
__wrap_shards_stats (Shards * pool)
{
  ShardsStats *stats = __real_shards_stats (pool);

  if (defect == HIDES_REFUSALS)
    stats->refused = 0;
  return stats;
}

static void
assert_run (Defect planted, const gchar * name, const gchar * contract)
{
  g_autoptr (GString) facts = g_string_new (NULL);
  g_autoptr (GString) broken = g_string_new (NULL);
  const PoolScenario *scenario = pool_scenarios;

  while (!g_str_equal (scenario->name, name))
    scenario++;
  defect = planted;
  g_assert_true (pool_process_run (scenario, 1024, NULL, facts, broken));
  g_test_message ("defect %d, %s: %s", planted, name, broken->str);
  if (contract == NULL)
    g_assert_cmpstr (broken->str, ==, "");
  else
    g_assert_nonnull (strstr (broken->str, contract));
}

static void
test_holds (void)
{
  for (const PoolScenario * scenario = pool_scenarios; scenario->name; scenario++)
    assert_run (NONE, scenario->name, NULL);
}

static void
test_defects (void)
{
  static const struct
  {
    Defect defect;
    const gchar *name, *contract;
  } cases[] = {
    {NOT_PINNED, "pool-exhaustion", "S6 refused-pin: by RLIMIT_MEMLOCK: shard 6: nothing"},
    {REFUSES_EVER, "pool-exhaustion", "S6 refused-pin: no room after a release"},
    {SPOILS, "pool-exhaustion", "S6 refused-pin: block 3 has changed"},
    {HIDES_REFUSALS, "pool-exhaustion", "S7 stats-true: "},
    {LOSES_RELEASES, "pool-exhaustion", "S6 refused-pin: "},
    {LOSES_RELEASES, "pool-fragmentation", "S2 recycled: "},
    {LOSES_RELEASES, "pool-leak", "S2 recycled: "},
    {LOSES_RELEASES, "pool-churn", "S5 pins-bounded: "},
    {MAKES_TWO, "pool-fragmentation", "S5 pins-bounded: "},
    {MAKES_TWO, "pool-herd", "S3 one-winner: "},
    {MIXES_SITES, "pool-leak", "S7 stats-true: the sites"},
    {DIES, "pool-herd", "process 0: killed: "},
    {DIES, "pool-exhaustion", "process 3: killed: "},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_run (cases[i].defect, cases[i].name, cases[i].contract);
}

/* As shmstress does: for who has CAP_IPC_LOCK there is no limit. */
static void
drop_capabilities (void)
{
  cap_t none = cap_init ();

  g_assert_cmpint (cap_set_proc (none), ==, 0);
  cap_free (none);
}

int
main (int argc, char **argv)
{
  drop_capabilities ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pool-run/holds", test_holds);
  g_test_add_func ("/pool-run/defects", test_defects);
  return g_test_run ();
}
