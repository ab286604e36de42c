/* A target of libFuzzer: whatever comes from files and networks must not crash a reader, nor let it
 * read beyond its end. The first byte chooses which one. */
#include "config.h"
#include "proto/wire.h"
#include "watch/source/http.h"
#include "watch/source/rtpengine-stats.h"
#include "watch/source/rtpengine-status.h"
#include "trace/trace.h"

#include <string.h>

gint LLVMFuzzerTestOneInput (const guint8 * data, gsize size);

static void
read_statistics (const gchar * text, gsize length)
{
  g_autoptr (Sample) sample = sample_new ();

  rtpengine_stats_read (text, length, "s", TRUE, sample);
  /* Something is always said. */
  g_assert (sample->readings->len + sample->troubles->len > 0);
}

static void
read_status (const gchar * text, gsize length)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) ids = rtpengine_list_parse (text, length, problems);
  const gchar *note;
  guint64 limit = 16;
  TableStatus status;

  rtpengine_status_parse (text, length, &status, problems);
  rtpengine_status_limit (&status, NULL, &limit, &note);
  g_assert (limit == 16 && ids->len <= RTPENGINE_MAX_TABLE + 1);
}

static void
read_answer (const gchar * text, gsize length)
{
  for (guint at_end = 0; at_end < 2; at_end++) {
    g_autoptr (GError) error = NULL;
    g_autofree gchar *body = NULL;
    gsize body_length = 0;
    HttpState state = http_parse_answer (text, length, at_end, &body, &body_length, &error);

    g_assert ((state == HTTP_DONE) == (body != NULL) && (state == HTTP_BAD) == (error != NULL));
    g_assert (!at_end || state != HTTP_MORE);
    g_assert (body_length <= length);
  }
}

static void
read_wire (const gchar * bytes, gsize length)
{
  guint8 command[WIRE_COMMAND_SIZE] = { 0 };

  memcpy (command, bytes, MIN (length, sizeof command));
  for (guint direction = 0; direction < 2; direction++) {
    g_autoptr (GError) error = NULL;
    WireCommand out;

    g_assert (wire_decode (command, (WireDirection) direction, &out, &error) == (error == NULL));
  }
}

static void
read_trace (const gchar * text, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) traces = trace_parse (text, "fuzz", &error);

  g_assert ((traces != NULL) == (error == NULL));
}

gint
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  static void (*const readers[]) (const gchar *, gsize) = {
    read_statistics, read_status, read_answer, read_wire, read_trace
  };
  gsize length = size - (size > 0);
  g_autofree gchar *text = g_malloc (length + 1);

  if (size == 0)
    return 0;
  memcpy (text, data + 1, length);
  text[length] = '\0';
  readers[data[0] % G_N_ELEMENTS (readers)] (text, length);
  return 0;
}
