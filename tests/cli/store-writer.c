/* What tests/cli/store-kill.sh kills, and how it looks at what is left:
 *   store-writer DIR write FROM [MAX]   appends samples numbered from FROM on, saying each number
 *                                       once it is durable
 *   store-writer DIR check FILE         every number in FILE must be in the store; says the next
 * Sample number N is of minute N, has N pins, and rolls up or drops what its time says. */
#include "config.h"
#include "watch/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START_US (G_GINT64_CONSTANT (1750003200) * G_USEC_PER_SEC)
#define MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)

static int
fail (const gchar * what, const GError * error)
{
  printf ("%s: %s\n", what, error ? error->message : "");
  return 1;
}

static Sample *
make_sample (guint64 number)
{
  Sample *sample = sample_new ();
  SampleReading *reading = sample_add (sample, "test", "p");

  sample->time_us = START_US + (gint64) number * MINUTE_US;
  g_clear_pointer (&sample->boot_id, g_free);
  sample_set (reading, QUANTITY_PINS, number);
  for (guint i = 0; i < 16; i++)
    sample_add_shard (reading, number + i, 16777208, number * 16);
  return sample;
}

static int
write_on (Store * store, guint64 from, guint64 max)
{
  for (guint64 number = from; number < from + max; number++) {
    g_autoptr (Sample) sample = make_sample (number);
    g_autoptr (GError) error = NULL;
    gchar line[32];

    if (!store_append (store, sample, &error))
      return fail ("append", error);
    g_snprintf (line, sizeof line, "%" G_GUINT64_FORMAT "\n", number);
    if (write (STDOUT_FILENO, line, strlen (line)) < 0)
      return 1;
  }
  return 0;
}

static GHashTable *
numbers_of (const StoreSeries * series)
{
  GHashTable *numbers = g_hash_table_new (NULL, NULL);

  for (guint i = 0; series && i < series->points->len; i++) {
    const StorePoint *point = &g_array_index (series->points, StorePoint, i);

    g_hash_table_add (numbers, GUINT_TO_POINTER (point->values[QUANTITY_PINS]));
  }
  return numbers;
}

static int
check (Store * store, const gchar * path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) all = store_history (store, "test", "p", 0, FALSE, &error);
  g_autofree gchar *text = NULL;
  g_auto (GStrv) said = NULL;
  g_autoptr (GHashTable) numbers = NULL;
  guint64 next = 0, n_missing = 0;

  if (!all || !g_file_get_contents (path, &text, NULL, &error))
    return fail ("check", error);
  numbers = numbers_of (all->len > 0 ? g_ptr_array_index (all, 0) : NULL);
  said = g_strsplit (text, "\n", -1);
  for (guint i = 0; said[i] && said[i + 1]; i++) {
    guint64 number = g_ascii_strtoull (said[i], NULL, 10);

    next = MAX (next, number + 1);
    n_missing += !g_hash_table_contains (numbers, GUINT_TO_POINTER (number));
  }
  printf ("%" G_GUINT64_FORMAT " missing, %" G_GUINT64_FORMAT " next, %u there\n", n_missing, next,
      g_hash_table_size (numbers));
  return n_missing > 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Store) store = argc >= 4 ? store_open (argv[1], STORE_WRITE, &error) : NULL;

  if (!store)
    return fail ("open", error);
  if (store_notice (store))
    return fail (store_notice (store), NULL);
  if (g_str_equal (argv[2], "check"))
    return check (store, argv[3]);
  /* All of them are kept as they are, so that they can be looked for. */
  store_set_retention (store, 3650 * 24 * 3600, 3650 * 24 * 3600);
  return write_on (store, g_ascii_strtoull (argv[3], NULL, 10),
      argc > 4 ? g_ascii_strtoull (argv[4], NULL, 10) : G_MAXUINT32);
}
