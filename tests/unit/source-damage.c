/* Captures of rtpengine that were damaged: each byte flipped, cut at each length, each line
 * missing. What is then read must be what is true, or absent, or a trouble.
 *
 * What can be told: a digit of a number that becomes another digit is another number, which no
 * reader can see. So a flip in the digits of a number may change one value, and nothing else; a
 * flip anywhere else (a name, a quote, a bracket, the length of a text in bencode, a newline) changes
 * none. Nothing may change when something is missing. */
#include "config.h"
#include "watch/source/rtpengine-stats.h"
#include "watch/source/source.h"
#include "under-valgrind.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A capture: its bytes, which of them are digits of numbers, and what it tells. */
typedef struct
{
  const gchar *name;
  gboolean table;               /* of the kernel, else statistics */
  gchar *text;
  gsize length;
  gboolean *digits;
  Sample *truth;
} Capture;

/* --- reading --- */

static Sample *
read_table (const gchar * text, gsize length)
{
  gint fd = memfd_create ("capture", 0);
  g_autofree gchar *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  const SourceRequest request = {.name = "s",.input = path,.deadline = deadline_in (60) };
  Sample *sample = sample_new ();

  g_assert_cmpint (write (fd, text, length), ==, (gssize) length);
  source_by_name ("rtpengine-proc")->read (&request, sample);
  close (fd);
  return sample;
}

static Sample *
read_text (const Capture * capture, const gchar * text, gsize length)
{
  Sample *sample;

  if (capture->table)
    return read_table (text, length);
  sample = sample_new ();
  rtpengine_stats_read (text, length, "s", FALSE, sample);
  return sample;
}

/* --- which bytes are digits of numbers --- */

/* In bencode, lengths are none. */
static void
mark_bencode (Capture * capture, gsize at)
{
  while (at < capture->length) {
    gsize n = strspn (capture->text + at, "0123456789");
    gsize length = n ? strtoul (capture->text + at, NULL, 10) : 0;

    if (capture->text[at] == 'i')
      for (at++; g_ascii_isdigit (capture->text[at]); at++)
        capture->digits[at] = TRUE;
    at += n + 1;
    for (gsize end = at + length; n > 0 && at < end; at++)
      capture->digits[at] = g_ascii_isdigit (capture->text[at]);
  }
}

/* In JSON and in tables: those that do not follow a letter, as in "mos2". */
static void
mark_text (Capture * capture)
{
  for (gsize i = 1; i < capture->length; i++) {
    gchar before = capture->text[i - 1];

    capture->digits[i] = g_ascii_isdigit (capture->text[i])
        && (capture->digits[i - 1] || !(g_ascii_isalnum (before) || before == '_'));
  }
  capture->digits[0] = g_ascii_isdigit (capture->text[0]);
}

static Capture *
capture_new (const gchar * name)
{
  Capture *capture = g_new0 (Capture, 1);
  g_autofree gchar *path = g_test_build_filename (G_TEST_DIST, "captures", name, NULL);
  const gchar *document;

  g_assert_true (g_file_get_contents (path, &capture->text, &capture->length, NULL));
  capture->name = name;
  capture->table = strstr (name, "-proc-") != NULL;
  capture->digits = g_new0 (gboolean, capture->length + 1);
  document = rtpengine_stats_document (capture->text, capture->length);
  if (!capture->table && *document == 'd')
    mark_bencode (capture, (gsize) (document - capture->text));
  else
    mark_text (capture);
  capture->truth = read_text (capture, capture->text, capture->length);
  return capture;
}

static void
capture_free (Capture * capture)
{
  g_free (capture->text);
  g_free (capture->digits);
  sample_free (capture->truth);
  g_free (capture);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Capture, capture_free)

/* --- comparing --- */

/* Values that others follow from. */
static gboolean
is_derived (Quantity quantity)
{
  return quantity == QUANTITY_REFERENCES || quantity == QUANTITY_SIZE
      || quantity == QUANTITY_USED || quantity == QUANTITY_SHARDS;
}

/* Every sum is that of the shards, and all pools tell the same of their daemon. */
static void
assert_coherent (const Sample * sample)
{
  static const Quantity shared[] = { QUANTITY_SESSIONS, QUANTITY_UPTIME, QUANTITY_THREADS };
  const SampleReading *daemon = sample_find (sample, "s", "daemon");

  for (guint i = 0; i < sample->readings->len; i++) {
    const SampleReading *reading = g_ptr_array_index (sample->readings, i);
    guint64 used = 0, sum = 0;

    for (guint k = 0; reading->shards && k < reading->shards->len; k++)
      sum += g_array_index (reading->shards, SampleShard, k).used;
    g_assert_cmpint (sample_get (reading, QUANTITY_USED, &used), ==, reading->shards != NULL);
    g_assert_cmpuint (used, ==, sum);
    for (gsize k = 0; daemon && k < G_N_ELEMENTS (shared); k++) {
      g_assert_cmpint (sample_has (reading, shared[k]), ==, sample_has (daemon, shared[k]));
      g_assert_cmpuint (reading->values[shared[k]], ==, daemon->values[shared[k]]);
    }
  }
}

static guint
count_shards (const GArray * got, const GArray * truth)
{
  guint n = 0;

  if (!got)
    return 0;
  if (!truth || got->len != truth->len)
    return 100;
  for (guint i = 0; i < got->len; i++) {
    const SampleShard *a = &g_array_index (got, SampleShard, i);
    const SampleShard *b = &g_array_index (truth, SampleShard, i);

    n += (a->references != b->references) + (a->size != b->size) + (a->used != b->used);
  }
  return n;
}

/* How many values of GOT are others than those of TRUTH. What the daemon says stands with each of
 * its pools, and counts once. */
static guint
count_reading (const SampleReading * got, const SampleReading * truth, gboolean is_daemon)
{
  guint n = count_shards (got->shards, truth->shards);

  for (Quantity i = 0; i < N_QUANTITIES; i++) {
    gboolean is_shared = i == QUANTITY_SESSIONS || i == QUANTITY_UPTIME || i == QUANTITY_THREADS;

    if (is_derived (i) || (is_shared && !is_daemon) || !sample_has (got, i))
      continue;
    n += !sample_has (truth, i) || got->values[i] != truth->values[i];
  }
  if (got->owner_state == SAMPLE_OWNER_UNKNOWN)
    return n;
  return n + (got->owner_state != truth->owner_state
      || (got->owner && g_strcmp0 (got->owner, truth->owner) != 0));
}

static guint
count_wrong (const Sample * got, const Sample * truth)
{
  guint n = 0;

  for (guint i = 0; i < got->readings->len; i++) {
    const SampleReading *reading = g_ptr_array_index (got->readings, i);
    const SampleReading *same = sample_find (truth, "s", reading->pool);

    /* A table under another number. */
    n += same ? count_reading (reading, same, g_str_equal (reading->pool, "daemon")) : 1;
  }
  return n;
}

/* Whether GOT lacks something of TRUTH that nobody could take for a value of another release. */
static gboolean
lacks_any (const Sample * got, const Sample * truth)
{
  const guint32 silent = 1u << QUANTITY_THREADS | 1u << QUANTITY_LIMIT;

  for (guint i = 0; i < truth->readings->len; i++) {
    const SampleReading *reading = g_ptr_array_index (truth->readings, i);
    const SampleReading *same = sample_find (got, "s", reading->pool);

    if (!same || (reading->known & ~same->known & ~silent) != 0)
      return TRUE;
  }
  return FALSE;
}

/* TEXT may have as many wrong values as ALLOWED; what it lacks it says. */
static void
try_text (const Capture * capture, const gchar * text, gsize length, guint allowed,
    const gchar * what, gsize where)
{
  g_autoptr (Sample) got = read_text (capture, text, length);
  guint wrong = count_wrong (got, capture->truth);

  assert_coherent (got);
  if (wrong > allowed)
    g_error ("%s: %s %" G_GSIZE_FORMAT ": %u wrong values", capture->name, what, where, wrong);
  if (got->troubles->len == 0 && lacks_any (got, capture->truth))
    g_error ("%s: %s %" G_GSIZE_FORMAT ": absent without a word", capture->name, what, where);
}

/* --- damages --- */

/* Sanitizers take five times as long: of statistics, they see one position of four. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define STRIDE(capture) ((capture)->table ? 1 : 4)
#else
#define STRIDE(capture) 1
#endif

/* The bits of each byte in MASK; one that FIXED chooses for each position when that is 0. */
static void
flip_bits (const Capture * capture, guint mask)
{
  g_autoptr (GRand) fixed = g_rand_new_with_seed (5);
  g_autofree gchar *text = g_memdup2 (capture->text, capture->length + 1);

  for (gsize i = 0; i < capture->length; i += STRIDE (capture)) {
    guint bits = mask ? mask : 1u << g_rand_int_range (fixed, 0, 8);

    for (guint bit = 0; bit < 8; bit++) {
      if (!(bits & 1u << bit))
        continue;
      text[i] = (gchar) (capture->text[i] ^ 1 << bit);
      try_text (capture, text, capture->length, capture->digits[i], "flipped", i);
    }
    text[i] = capture->text[i];
  }
}

static void
cut (const Capture * capture)
{
  for (gsize i = 0; i < capture->length; i += STRIDE (capture)) {
    /* Exactly that long: a reader that goes on is seen by sanitizers. */
    g_autofree gchar *text = g_malloc (i + 1);

    memcpy (text, capture->text, i);
    text[i] = '\0';
    try_text (capture, text, i, 0, "cut", i);
  }
}

static void
remove_lines (const Capture * capture)
{
  gsize start = 0;

  while (start < capture->length) {
    const gchar *newline = strchr (capture->text + start, '\n');
    gsize end = newline ? (gsize) (newline + 1 - capture->text) : capture->length;
    g_autoptr (GString) text = g_string_new_len (capture->text, (gssize) start);

    g_string_append_len (text, capture->text + end, (gssize) (capture->length - end));
    try_text (capture, text->str, text->len, 0, "line removed at", start);
    start = end;
  }
}

/* One with pools of each kind of document. */
static gboolean
is_hardest (const gchar * name)
{
  return strstr (name, "mainline-2026-08.calls20.cli-")
      || strstr (name, "mainline-2026-08.calls20.ng-statistics.bencode");
}

static void
damage (gconstpointer name)
{
  g_autoptr (Capture) capture = capture_new (name);
  gboolean all = capture->table || is_hardest (name);

  g_assert_cmpuint (capture->truth->readings->len, >, 0);
  g_assert_cmpuint (count_wrong (capture->truth, capture->truth), ==, 0);
  flip_bits (capture, all && !under_valgrind () ? 0xff : 0);
  cut (capture);
  remove_lines (capture);
}

static gboolean
is_chosen (const gchar * name)
{
  /* HTTP brings what the control port does. */
  return g_str_has_prefix (name, "rtpengine-") && !g_str_has_suffix (name, ".http_cli")
      && (!under_valgrind () || g_str_has_prefix (name, "rtpengine-proc-"));
}

gint
main (gint argc, gchar ** argv)
{
  g_autofree gchar *path = NULL;
  g_autoptr (GDir) pools = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const gchar *name;

  g_test_init (&argc, &argv, NULL);
  path = g_test_build_filename (G_TEST_DIST, "captures", NULL);
  pools = g_dir_open (path, 0, NULL);
  while ((name = g_dir_read_name (pools))) {
    g_autofree gchar *test = g_strconcat ("/source/damage/", name, NULL);

    if (!is_chosen (name))
      continue;
    g_ptr_array_add (names, g_strdup (name));
    g_test_add_data_func (test, g_ptr_array_index (names, names->len - 1), damage);
  }
  return g_test_run ();
}
