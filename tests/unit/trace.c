/* The trace: what is written is read back the same; what is not understood is refused by line. */
#include "config.h"
#include "base/error.h"
#include "trace/pattern.h"
#include "trace/trace.h"

#include <string.h>

#define HEAD "shmdiag-trace 2\ncase c\npair ref:ref\nseed 1\ntap true\ncontracts\n"
#define ROLES "role p producer ref 0.1.0 shm-size=1M\nrole c consumer ref 0.1.0\n"

static Trace *
make_trace (void)
{
  Trace *trace = trace_new ("order/p,c1/100 %/x", "gst:ref", G_MAXUINT64);
  TraceRole *role = trace_add_role (trace, "p", TRACE_SIDE_PRODUCER, "shmsink", "1.22.0");

  trace->tap = TRUE;
  g_ptr_array_add (trace->contracts, g_strdup ("ack-area"));
  g_ptr_array_add (trace->contracts, g_strdup ("stop-quiet"));
  g_hash_table_insert (role->config, g_strdup ("shm-size"), g_strdup ("1M"));
  g_hash_table_insert (role->config, g_strdup ("caps"), g_strdup ("video/x-raw, format=GRAY8"));
  g_hash_table_insert (role->config, g_strdup ("hold"), g_strdup ("-1"));
  g_hash_table_insert (role->config, g_strdup ("sync"), g_strdup ("yes"));
  g_hash_table_insert (role->config, g_strdup ("empty"), g_strdup (""));
  g_hash_table_insert (role->config, g_strdup ("a=b c"), g_strdup ("\"%\n"));
  trace_add_role (trace, "-", TRACE_SIDE_TAP, NULL, "");
  return trace;
}

static void
add_event (Trace * trace, TraceKind kind, gint role, gint64 time_ns, const gchar * text)
{
  TraceEvent event = trace_event (kind);

  event.role = (gint16) role;
  event.time_ns = time_ns;
  trace_event_set_text (&event, text);
  trace_append (trace, &event);
}

static void
test_round_trip (void)
{
  g_autoptr (Trace) trace = make_trace ();
  g_autoptr (GPtrArray) traces = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) first = g_string_new (NULL), second = g_string_new (NULL);
  TraceEvent event = trace_event (TRACE_NEW_BUFFER);
  const Trace *back;

  event.time_ns = 5;
  event.role = 0;
  event.client = 0;
  event.area = G_MININT64;
  event.offset = event.size = event.seq = event.sum = G_MAXUINT64;
  event.new_buffer.other_area = G_MAXINT64;
  trace_event_set_text (&event, "say \"hi\" 100 % ä");
  trace_append (trace, &event);
  add_event (trace, TRACE_NOTE, -1, G_GINT64_CONSTANT (7000000000), NULL);
  add_event (trace, TRACE_NOTE, 1, G_GINT64_CONSTANT (7000000001), "x");
  for (guint i = 0; i < TRACE_N_KINDS; i++)
    add_event (trace, (TraceKind) i, 0, G_GINT64_CONSTANT (7000000002), NULL);
  trace_write (trace, first);
  trace_write (trace, first);

  traces = trace_parse (first->str, "t", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (traces->len, ==, 2);
  back = g_ptr_array_index (traces, 1);
  g_assert_cmpstr (back->name, ==, trace->name);
  g_assert_cmpstr (back->pair, ==, trace->pair);
  g_assert_cmpuint (back->seed, ==, trace->seed);
  g_assert_true (back->tap);
  g_assert_cmpuint (back->contracts->len, ==, 2);
  g_assert_cmpstr (trace_role_get (trace_role (back, 0), "a=b c", NULL), ==, "\"%\n");
  g_assert_cmpstr (trace_role_get (trace_role (back, 0), "empty", NULL), ==, "");
  g_assert_cmpstr (trace_role (back, 1)->name, ==, "-");
  g_assert_cmpuint (back->events->len, ==, trace->events->len);
  for (guint i = 0; i < back->events->len; i++)
    g_assert_cmpmem (trace_at (back, i), sizeof (TraceEvent), trace_at (trace, i),
        sizeof (TraceEvent));
  trace_write (g_ptr_array_index (traces, 0), second);
  trace_write (back, second);
  g_assert_cmpstr (first->str, ==, second->str);
}

static void
test_config (void)
{
  g_autoptr (Trace) trace = make_trace ();
  const TraceRole *role = trace_role (trace, 0);

  g_assert_cmpint (trace_role_int (role, "shm-size", 7), ==, 1048576);
  g_assert_cmpint (trace_role_int (role, "hold", 7), ==, -1);
  g_assert_cmpint (trace_role_int (role, "caps", 7), ==, 7);
  g_assert_cmpint (trace_role_int (role, "absent", 7), ==, 7);
  g_assert_true (trace_role_bool (role, "sync", FALSE));
  g_assert_true (trace_role_bool (role, "caps", TRUE));
  g_assert_cmpstr (trace_role_get (role, "absent", "d"), ==, "d");
  g_assert_cmpint (trace_find_role (trace, "p"), ==, 0);
  g_assert_cmpint (trace_find_role (trace, "q"), ==, -1);
  g_assert_null (trace_role (trace, -1));
  g_assert_null (trace_role (trace, 2));
}

static void
test_text (void)
{
  static const struct
  {
    const gchar *text, *kept;
  } cases[] = {
    {NULL, ""},
    {"plain", "plain"},
    {"two\nlines\tof it", "two lines of it"},
    {"bell \a esc \033", "bell ? esc ?"},
    {"broken \xff\xc3", "broken ??"},
    {"ä€😀", "ä€😀"},
  };
  TraceEvent event = trace_event (TRACE_NOTE);
  g_autofree gchar *words = g_strnfill (TRACE_TEXT_SIZE - 2, 'x');
  g_autofree gchar *too_long = g_strconcat (words, "ä", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    trace_event_set_text (&event, cases[i].text);
    g_assert_cmpstr (event.text, ==, cases[i].kept);
  }
  trace_event_set_text (&event, too_long);
  g_assert_cmpstr (event.text, ==, words);
}

static void
test_line (void)
{
  g_autoptr (Trace) trace = make_trace ();
  TraceEvent event = trace_event (TRACE_NEW_BUFFER);
  g_autofree gchar *bare = NULL, *full = NULL;

  bare = trace_event_line (trace, &event);
  g_assert_cmpstr (bare, ==,
      "0.000000000 - new-buffer area=0 offset=0 size=0 seq=0 other-area=0 sum=0x0");
  event.time_ns = G_GINT64_CONSTANT (1000000001);
  event.role = 0;
  event.client = 0;
  event.area = 1;
  event.size = 7500;
  event.seq = 1;
  event.sum = 0xdeadbeefcafe;
  trace_event_set_text (&event, "text");
  full = trace_event_line (trace, &event);
  g_assert_cmpstr (full, ==,
      "1.000000001 p new-buffer client=0 area=1 offset=0 size=7500 seq=1 other-area=0 "
      "sum=0xdeadbeefcafe \"text\"");
}

static void
test_finish (void)
{
  g_autoptr (Trace) trace = make_trace ();

  trace_finish (trace);
  add_event (trace, TRACE_NOTE, 0, 300, "d");
  add_event (trace, TRACE_NOTE, 0, 200, "b");
  add_event (trace, TRACE_NOTE, 0, 100, "a");
  add_event (trace, TRACE_NOTE, 0, 200, "c");
  trace_finish (trace);
  for (guint i = 0; i < 4; i++) {
    const gchar letter[] = { (gchar) ('a' + i), '\0' };

    g_assert_cmpstr (trace_at (trace, i)->text, ==, letter);
  }
  g_assert_cmpint (trace_at (trace, 0)->time_ns, ==, 0);
  g_assert_cmpint (trace_at (trace, 3)->time_ns, ==, 200);
}

/* A role that went mad must not make a trace that cannot be read again. */
static void
test_mad_event (void)
{
  g_autoptr (Trace) trace = make_trace ();
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GPtrArray) traces = NULL;
  g_autoptr (GError) error = NULL;
  TraceEvent event;

  memset (&event, 0xa5, sizeof event);
  trace_append (trace, &event);
  event.kind = TRACE_NOTE;
  trace_append (trace, &event);
  g_assert_cmpuint (trace_at (trace, 0)->kind, ==, TRACE_BROKEN);
  trace_write (trace, out);
  traces = trace_parse (out->str, "t", &error);
  g_assert_no_error (error);
  g_assert_nonnull (traces);
}

static void
fill_randomly (GRand * rand, TraceEvent * event)
{
  guint8 *bytes = (guint8 *) event;

  for (gsize i = 0; i < sizeof *event; i++)
    bytes[i] = g_rand_int_range (rand, 0, 3) == 0 ? 0 : (guint8) g_rand_int (rand);
  event->time_ns = g_rand_int_range (rand, 0, G_MAXINT32);
  event->kind = (guint16) g_rand_int_range (rand, 0, TRACE_N_KINDS);
  event->role = (gint16) g_rand_int_range (rand, -1, 2);
}

/* Whatever is in an event: what is kept of it comes back from text as it was. */
static void
test_random_events (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  g_autoptr (Trace) trace = make_trace ();
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GPtrArray) traces = NULL;
  g_autoptr (GError) error = NULL;
  const Trace *again;

  for (guint i = 0; i < 10000; i++) {
    TraceEvent event;

    fill_randomly (rand, &event);
    trace_append (trace, &event);
  }
  trace_finish (trace);
  trace_write (trace, out);
  traces = trace_parse (out->str, "t", &error);
  g_assert_no_error (error);
  again = g_ptr_array_index (traces, 0);
  g_assert_cmpuint (again->events->len, ==, trace->events->len);
  for (guint i = 0; i < trace->events->len; i++) {
    g_autofree gchar *before = trace_event_line (trace, trace_at (trace, i));
    g_autofree gchar *after = trace_event_line (again, trace_at (again, i));

    g_assert_cmpstr (after, ==, before);
    for (guint f = 0; f < TRACE_N_FIELDS; f++)
      g_assert_cmpint (trace_event_number (trace_at (again, i), f), ==,
          trace_event_number (trace_at (trace, i), f));
    g_assert_cmpstr (trace_at (again, i)->text, ==, trace_at (trace, i)->text);
  }
}

/* A member of a kind lies where the table has its field. */
static void
test_members (void)
{
  TraceEvent event = trace_event (TRACE_ASK);

  event.ask.page = 65536;
  event.ask.align = 63;
  event.ask.prefix = 16;
  event.ask.size = 100;
  event.ask.measurement = 7;
  event.ask.padding = 5;
  event.ask.flags = 0x10;
  for (guint i = 0; i < TRACE_N_FIELDS; i++) {
    static const gint64 numbers[] = { 65536, 63, 16, 100, 7, 5, 0x10 };
    static const gchar *const names[] =
        { "page", "align", "prefix", "size", "measurement", "padding", "flags" };

    g_assert_cmpint (trace_kind_find_field (TRACE_ASK, names[i]), ==, i);
    g_assert_cmpint (trace_event_number (&event, i), ==, numbers[i]);
  }
  g_assert_cmpint (trace_kind_find_field (TRACE_STOP, "deadline-us"), ==, 3);
  g_assert_cmpint (trace_kind_find_field (TRACE_STOP, "size"), ==, -1);
}

static void
test_refused (void)
{
  static const struct
  {
    const gchar *text, *message;
  } cases[] = {
    {"", "t: no trace in it"},
    {"# only a comment\n\n", "t: no trace in it"},
    {"foo\n", "t:1: not the start of a trace (shmdiag-trace 2): foo"},
    {"shmdiag-trace 3\n", "t:1: not the start of a trace (shmdiag-trace 2): shmdiag-trace 3"},
    {"shmdiag-trace 2\npair a\n", "t:2: not the line that a trace has here: pair a"},
    {"shmdiag-trace 2\ncase \n", "t:2: wrong value: case "},
    {"shmdiag-trace 2\ncase a%0\n", "t:2: wrong value: case a%0"},
    {"shmdiag-trace 2\ncase a%00\n", "t:2: wrong value: case a%00"},
    {"shmdiag-trace 2\ncase a%FF\n", "t:2: wrong value: case a%FF"},
    {"shmdiag-trace 2\ncase a\xff\n", "t:2: not UTF-8: case a\357\277\275"},
    {"shmdiag-trace 2\ncase a\npair b\nseed -1\n", "t:4: wrong value: seed -1"},
    {"shmdiag-trace 2\ncase a\npair b\nseed 1\ntap maybe\n", "t:5: wrong value: tap maybe"},
    {"shmdiag-trace 2\ncase a\n", "t: trace is cut off: a"},
    {HEAD, "t: trace is cut off: c"},
    {HEAD ROLES "event 0.1 p full\n", "t: trace is cut off: c"},
    {HEAD "foo\n", "t:7: not a line of a trace: foo"},
    {HEAD "end \n", "t:7: not a line of a trace: end "},
    {HEAD "role p producer ref\n", "t:7: not a role: role p producer ref"},
    {HEAD "role p server ref 1\n", "t:7: not a role: role p server ref 1"},
    {HEAD "role - producer ref 1\n", "t:7: not a role: role - producer ref 1"},
    {HEAD "role p producer ref 1 a\n", "t:7: not a role: role p producer ref 1 a"},
    {HEAD "role p producer ref 1 =a\n", "t:7: not a role: role p producer ref 1 =a"},
    {HEAD "role p producer ref 1 a=1 a=2\n", "t:7: not a role: role p producer ref 1 a=1 a=2"},
    {HEAD ROLES "role p consumer ref 1\n", "t:9: not a role: role p consumer ref 1"},
    {HEAD ROLES "event 0.1 p full\nrole d consumer ref 1\n",
        "t:10: not a line of a trace: role d consumer ref 1"},
    {HEAD ROLES "event\n", "t:9: not a trace event: event"},
    {HEAD ROLES "event 1 p full\n", "t:9: not a trace event: event 1 p full"},
    {HEAD ROLES "event -1.0 p full\n", "t:9: not a trace event: event -1.0 p full"},
    {HEAD ROLES "event 1.0000000001 p full\n",
        "t:9: not a trace event: event 1.0000000001 p full"},
    {HEAD ROLES "event 99999999999.0 p full\n",
        "t:9: not a trace event: event 99999999999.0 p full"},
    {HEAD ROLES "event 0.1 q full\n", "t:9: not a role of this trace: event 0.1 q full"},
    {HEAD ROLES "event 0.1 p foo\n", "t:9: not a trace event: event 0.1 p foo"},
    {HEAD ROLES "event 0.1 p full \n", "t:9: not a trace event: event 0.1 p full "},
    {HEAD ROLES "event 0.1 p full foo=1\n", "t:9: not a trace event: event 0.1 p full foo=1"},
    {HEAD ROLES "event 0.1 p full seq=1\n", "t:9: not a trace event: event 0.1 p full seq=1"},
    {HEAD ROLES "event 0.1 p full value=1\n", "t:9: not a trace event: event 0.1 p full value=1"},
    {HEAD ROLES "event 0.1 p mapping writable=2\n",
        "t:9: not a trace event: event 0.1 p mapping writable=2"},
    {"shmdiag-trace 1\n", "t:1: a trace of format 1, which had no names for its numbers; "
        "record it again: shmdiag-trace 1"},
    {HEAD ROLES "event 0.1 p buffer-in seq=\n",
        "t:9: not a trace event: event 0.1 p buffer-in seq="},
    {HEAD ROLES "event 0.1 p buffer-in seq=-1\n",
        "t:9: not a trace event: event 0.1 p buffer-in seq=-1"},
    {HEAD ROLES "event 0.1 p buffer-in sum=12\n",
        "t:9: not a trace event: event 0.1 p buffer-in sum=12"},
    {HEAD ROLES "event 0.1 p client-open client=-1\n",
        "t:9: not a trace event: event 0.1 p client-open client=-1"},
    {HEAD ROLES "event 0.1 p buffer-in seq=1 seq=1\n",
        "t:9: not a trace event: event 0.1 p buffer-in seq=1 seq=1"},
    {HEAD ROLES "event 0.1 p buffer-in seq=18446744073709551616\n",
        "t:9: not a trace event: event 0.1 p buffer-in seq=18446744073709551616"},
    {HEAD ROLES "event 0.1 p full \"a\n", "t:9: not a trace event: event 0.1 p full \"a"},
    {HEAD ROLES "event 0.1 p full \"\"\n", "t:9: not a trace event: event 0.1 p full \"\""},
    {HEAD ROLES "event 0.1 p buffer-in \"a\" seq=1\n",
        "t:9: not a trace event: event 0.1 p buffer-in \"a\" seq=1"},
    {HEAD ROLES "event 0.1 p full \"a%0Ab\"\n",
        "t:9: not a trace event: event 0.1 p full \"a%0Ab\""},
    {HEAD ROLES "event 0.2 p full\nevent 0.1 p full\n",
        "t:10: earlier than the event before: event 0.1 p full"},
    {HEAD "end\nfoo\n", "t:8: not the start of a trace (shmdiag-trace 2): foo"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (trace_parse (cases[i].text, "t", &error));
    g_assert_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_INPUT);
    g_assert_cmpstr (error->message, ==, cases[i].message);
  }
}

static void
test_accepted (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) traces = trace_parse ("# comment\n\n" HEAD "# comment\n" ROLES
      "event 0.5 - note \"a b\"\nevent 0.50 p new-buffer offset=0 client=0\nend", "t", &error);
  const Trace *trace;

  g_assert_no_error (error);
  g_assert_cmpuint (traces->len, ==, 1);
  trace = g_ptr_array_index (traces, 0);
  g_assert_cmpuint (trace->contracts->len, ==, 0);
  g_assert_cmpint (trace_at (trace, 0)->time_ns, ==, 500000000);
  g_assert_cmpint (trace_at (trace, 0)->role, ==, -1);
  g_assert_cmpint (trace_at (trace, 0)->client, ==, -1);
  g_assert_cmpint (trace_at (trace, 1)->client, ==, 0);
}

static void
test_names (void)
{
  TraceKind kind = TRACE_NOTE;

  for (guint i = 0; i < TRACE_N_KINDS; i++) {
    g_assert_true (trace_kind_from_name (trace_kind_name ((TraceKind) i), &kind));
    g_assert_cmpuint (kind, ==, i);
  }
  g_assert_false (trace_kind_from_name ("foo", &kind));
  g_assert_cmpstr (trace_kind_name (TRACE_N_KINDS), ==, "?");
  g_assert_cmpstr (trace_side_name (TRACE_SIDE_TAP), ==, "tap");
}

/* --- patterns --- */

#define PATTERN_TRACE "shmdiag-trace 2\ncase c\npair ref:ref\nseed 1\ntap true\ncontracts\n" \
  "role p producer ref 1\nrole c1 consumer ref 1\nrole c2 consumer ref 1\n" \
  "event 0.100000000 c1 client-open client=0\n" \
  "event 0.200000000 c2 client-open client=1\n" \
  "event 0.300000000 - new-area client=0 area=1 size=100\n" \
  "event 0.400000000 - new-area client=0 area=2 size=200\n" \
  "event 0.450000000 - new-area client=1 area=9 size=200\n" \
  "event 0.500000000 - new-buffer client=0 area=2 offset=50 size=10 seq=1\n" \
  "event 0.600000000 - new-buffer client=0 area=1 offset=60 size=10 seq=2\n" \
  "event 1.000000000 - client-close client=1 \"consumer\"\n" \
  "event 1.500000000 - client-close client=0 \"producer\"\n" \
  "event 3.000000000 p bus-error code=9 \"shm: Failed\"\n" \
  "event 3.500000000 c1 exit status=1\n" \
  "end\n"

enum
{ FIRST_BUFFER = 5, SECOND_BUFFER, FIRST_CLOSE, CLOSE, NO_EVENT = -1 };

/* What a pattern excuses, and what it nearly does. */
static void
test_pattern (void)
{
  static const struct
  {
    gint event, blamed;
    gboolean matches;
    const gchar *pattern;
  } rows[] = {
    {CLOSE, 1, TRUE, "client-close"},
    {CLOSE, 1, FALSE, "client-open"},
    {CLOSE, 1, FALSE, "none"},
    {CLOSE, 1, TRUE, "client-close text=pro*"},
    {CLOSE, 1, FALSE, "client-close text=consumer"},
    {CLOSE, 1, TRUE, "client-close client<1"},
    {CLOSE, 1, FALSE, "client-close client>0"},
    {CLOSE, 1, FALSE, "client-close client=1"},
    {FIRST_BUFFER, 1, TRUE, "new-buffer offset=50 size<11 seq=1"},
    {FIRST_BUFFER, 1, FALSE, "new-buffer offset=50 size<10"},
    {FIRST_BUFFER, 1, FALSE, "new-buffer offset>50"},
    {FIRST_BUFFER, 1, TRUE, "new-buffer area=newest"},
    {SECOND_BUFFER, 1, FALSE, "new-buffer area=newest"},
    /* Before it, and after. */
    {CLOSE, 1, TRUE, "client-close <- client-open client=same"},
    {CLOSE, 1, TRUE, "client-close <- client-close client=newer"},
    {CLOSE, 1, FALSE, "client-close <- client-close client=older"},
    {FIRST_CLOSE, 2, TRUE, "client-close -> client-close client=older"},
    {CLOSE, 1, FALSE, "client-close -> client-close"},
    {CLOSE, 1, FALSE, "client-close <- bus-error"},
    {CLOSE, 1, TRUE, "client-close -> bus-error code=9"},
    {CLOSE, 1, FALSE, "client-close -> bus-error code=8"},
    {CLOSE, 1, TRUE, "client-close <- client-close within=0.5"},
    {CLOSE, 1, FALSE, "client-close <- client-close within=0.4"},
    {CLOSE, 1, TRUE, "client-close -> bus-error within=1.5"},
    {CLOSE, 1, FALSE, "client-close -> bus-error within=1.4"},
    {CLOSE, 1, TRUE, "client-close -> exit"},
    {CLOSE, 1, TRUE, "client-close <- new-area client=same area=1"},
    {CLOSE, 1, FALSE, "client-close <- new-buffer last seq=1"},
    {CLOSE, 1, TRUE, "client-close <- new-buffer last seq=2"},
    /* Whose it is. */
    {CLOSE, 1, TRUE, "client-close who=blamed"},
    {CLOSE, 2, FALSE, "client-close who=blamed"},
    {CLOSE, -1, FALSE, "client-close who=blamed"},
    {CLOSE, 1, TRUE, "client-close who=consumer"},
    {CLOSE, 1, FALSE, "client-close who=producer"},
    {CLOSE, 1, TRUE, "client-close <- client-open who=same"},
    {CLOSE, 1, TRUE, "client-close <- client-close who=other"},
    {CLOSE, 1, FALSE, "client-close <- client-close who=same"},
    {CLOSE, 1, TRUE, "client-close -> bus-error who=producer"},
    {CLOSE, 1, FALSE, "client-close -> bus-error who=other"},
    {CLOSE, 1, FALSE, "client-close -> exit who=other"},
    /* All links of a chain, and any of the chains. */
    {CLOSE, 1, TRUE, "client-close <- client-close client=newer <- new-area area=1"},
    {CLOSE, 1, FALSE, "client-close <- client-close client=newer <- new-area area=7"},
    {CLOSE, 1, FALSE, "client-close <- client-close client=older <- new-area area=1"},
    {CLOSE, 1, TRUE, "bus-error | client-close"},
    {CLOSE, 1, FALSE, "bus-error | exit"},
    {NO_EVENT, 1, TRUE, "none"},
    {NO_EVENT, 1, FALSE, "client-close"},
    {NO_EVENT, 1, TRUE, "none <- exit"},
    {NO_EVENT, 1, FALSE, "none <- exit client=same"},
    {NO_EVENT, 1, FALSE, "none <- connected"},
  };
  g_autoptr (GPtrArray) traces = trace_parse (PATTERN_TRACE, "t", NULL);
  const Trace *trace = g_ptr_array_index (traces, 0);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (TracePattern) pattern = trace_pattern_parse (rows[i].pattern, NULL);
    const TraceEvent *event = rows[i].event < 0 ? NULL : trace_at (trace, (guint) rows[i].event);

    if (trace_pattern_matches (pattern, trace, event, rows[i].blamed) != rows[i].matches)
      g_error ("%s: event %d, blamed %d: %d", rows[i].pattern, rows[i].event, rows[i].blamed,
          !rows[i].matches);
  }
}

gint
main (gint argc, gchar ** argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trace/round-trip", test_round_trip);
  g_test_add_func ("/trace/config", test_config);
  g_test_add_func ("/trace/text", test_text);
  g_test_add_func ("/trace/line", test_line);
  g_test_add_func ("/trace/finish", test_finish);
  g_test_add_func ("/trace/mad-event", test_mad_event);
  g_test_add_func ("/trace/random-events", test_random_events);
  g_test_add_func ("/trace/members", test_members);
  g_test_add_func ("/trace/refused", test_refused);
  g_test_add_func ("/trace/accepted", test_accepted);
  g_test_add_func ("/trace/names", test_names);
  g_test_add_func ("/trace/pattern", test_pattern);
  return g_test_run ();
}
