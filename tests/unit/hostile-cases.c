/* What peers that mean no good send: a table of what has names, grids of numbers, and noise. */
#include "config.h"
#include "hostile.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define WORD sizeof (gulong)
#define LENGTH (G_MAXUINT32 - 1)        /* of a path: that of what follows */
#define N_NOISE 12

/* "@x" stands for the object x of hostile_make_objects(). */
typedef struct
{
  guint32 type;
  gint32 area;
  gulong first, second;
  const gchar *path;
} Step;

typedef struct
{
  const gchar *name;
  HostileKind kind;
  gsize cut;                    /* bytes at the end that are not sent */
  Step steps[6];               /* up to one of all zeros */
} Row;

#define AREA_OF(id, size, path) {WIRE_NEW_AREA, id, size, LENGTH, path}
#define AREA(id) AREA_OF (id, HOSTILE_OBJECT, "@good")
#define AT(path) {AREA_OF (1, HOSTILE_OBJECT, path)}
#define NAMED(length, path) {{WIRE_NEW_AREA, 1, HOSTILE_OBJECT, length, path}}
#define CLOSE(id) {WIRE_CLOSE_AREA, id, 0, 0, NULL}
#define BUFFER(id, offset, size) {WIRE_NEW_BUFFER, id, offset, size, NULL}
#define ACK(id, offset) {WIRE_ACK_BUFFER, id, offset, 0, NULL}
/* A number that a word of 32 bits does not hold; there it is the largest. */
#define BIG(n) ((gulong) MIN ((guint64) (n), G_MAXULONG))
#define FINE HOSTILE_FINE, 0
#define WRONG HOSTILE_WRONG, 0

static const Row server_rows[] = {
  {"nothing", FINE, {{0}}},
  {"well", FINE, {AREA (1), BUFFER (1, 0, 64), CLOSE (1), AREA (2), BUFFER (2, 0, 64)}},
  {"area-alone", FINE, {AREA (1)}},
  {"area-part", FINE, {AREA_OF (1, 100, "@good"), BUFFER (1, 99, 1)}},
  {"areas", FINE, {AREA (1), AREA (2), AREA (7), AREA (G_MAXINT32)}},
  {"buffer-after-close", FINE, {AREA (1), AREA (2), CLOSE (2), BUFFER (1, 0, 64)}},
  {"type-0", WRONG, {{0, 1, 1, 1, ""}}},
  {"type-5", WRONG, {{5, 1, 1, 1, NULL}}},
  {"type-99", WRONG, {AREA (1), {99, 1, 1, 1, NULL}}},
  {"type-2^31", WRONG, {{0x80000000, 1, 1, 1, NULL}}},
  {"type-2^32-1", WRONG, {{G_MAXUINT32, -1, G_MAXULONG, G_MAXULONG, NULL}}},
  {"type-swapped", WRONG, {{0x01000000, 1, 1, 1, NULL}}},
  {"ack", WRONG, {AREA (1), BUFFER (1, 0, 64), ACK (1, 0)}},
  {"path-0", WRONG, NAMED (0, NULL)},
  {"path-1", WRONG, NAMED (1, "")},
  {"path-255", WRONG, NAMED (255, "@long")},
  {"path-256", WRONG, NAMED (256, "@long")},
  {"path-2^31", WRONG, NAMED (0x80000000, NULL)},
  {"path-2^32-1", WRONG, NAMED (G_MAXUINT32, NULL)},
  {"path-slash-alone", WRONG, AT ("/")},
  {"path-no-slash", WRONG, AT ("shmpipe.1.0")},
  {"path-two-slashes", WRONG, AT ("/shmpipe./0")},
  {"path-doubled-slash", WRONG, AT ("//shmpipe.1.0")},
  {"path-up", WRONG, AT ("/shmpipe./../../etc/passwd")},
  {"path-other-prefix", WRONG, AT ("/passwd")},
  {"path-no-nul", WRONG, NAMED (12, "/shmpipe.1.0")},
  {"path-nul-within", WRONG, NAMED (13, "/shmpipe\0.1.0")},
  {"path-nuls", WRONG, NAMED (13, "\0\0\0\0\0\0\0\0\0\0\0\0\0")},
  {"path-escape", WRONG, AT ("/shmpipe.\033[2J\033]0;title\007")},
  {"path-percent", WRONG, AT ("/shmpipe.%n%n%s%s%s")},
  {"path-newline", WRONG, AT ("/shmpipe.\n\"1.0\\")},
  {"path-not-utf8", WRONG, AT ("/shmpipe.\xff\xfe\x80")},
  {"object-absent", WRONG, AT ("@absent")},
  {"object-empty", WRONG, AT ("@empty")},
  {"object-short", WRONG, AT ("@short")},
  {"object-fifo", WRONG, AT ("@fifo")},
  {"object-directory", WRONG, AT ("@directory")},
  {"object-link", WRONG, AT ("@link")},
  {"object-dangling", WRONG, AT ("@dangling")},
  {"object-loop", WRONG, AT ("@loop")},
  {"object-socket", WRONG, AT ("@socket")},
  {"area-0", WRONG, {AREA_OF (1, 0, "@good")}},
  {"area-one-more", WRONG, {AREA_OF (1, HOSTILE_OBJECT + 1, "@good")}},
  {"area-page-more", WRONG, {AREA_OF (1, HOSTILE_OBJECT + 65536, "@good")}},
  {"area-2^31", WRONG, {AREA_OF (1, 0x80000000, "@good")}},
  {"area-2^32+100", WRONG, {AREA_OF (1, BIG (0x100000064), "@good")}},
  {"area-2^63-1", WRONG, {AREA_OF (1, G_MAXLONG, "@sparse")}},
  {"area-2^63", WRONG, {AREA_OF (1, (gulong) G_MAXLONG + 1, "@sparse")}},
  {"area-2^64-1", WRONG, {AREA_OF (1, G_MAXULONG, "@sparse")}},
  {"id-0", WRONG, {AREA (0)}},
  {"id-negative", WRONG, {AREA (-1)}},
  {"id-lowest", WRONG, {AREA (G_MININT32)}},
  {"id-twice", WRONG, {AREA (1), AREA (1)}},
  {"id-again", WRONG, {AREA (1), CLOSE (1), AREA (1)}},
  {"id-back", WRONG, {AREA (5), AREA (4)}},
  {"id-wraps", WRONG, {AREA (G_MAXINT32), AREA (G_MININT32)}},
  {"close-first", WRONG, {CLOSE (1)}},
  {"close-unknown", WRONG, {AREA (1), CLOSE (2)}},
  {"close-negative", WRONG, {AREA (1), CLOSE (-1)}},
  {"close-twice", WRONG, {AREA (1), CLOSE (1), CLOSE (1)}},
  {"buffer-first", WRONG, {BUFFER (1, 0, 64)}},
  {"buffer-unknown", WRONG, {AREA (1), BUFFER (2, 0, 64)}},
  {"buffer-negative", WRONG, {AREA (1), BUFFER (-1, 0, 64)}},
  {"buffer-closed", WRONG, {AREA (1), CLOSE (1), BUFFER (1, 0, 64)}},
  {"sparse-2^31-1", WRONG, {AREA_OF (1, HOSTILE_SPARSE, "@sparse"), BUFFER (1, 0, G_MAXINT32)}},
  {"sparse-2^32+100", WRONG, {AREA_OF (1, HOSTILE_SPARSE, "@sparse"),
          BUFFER (1, 0, BIG (0x100000064))}},
  {"sparse-6g", WRONG, {AREA_OF (1, HOSTILE_SPARSE, "@sparse"),
          BUFFER (1, 0, BIG (0x180000000))}},
  {"sparse-whole", WRONG, {AREA_OF (1, HOSTILE_SPARSE, "@sparse"), BUFFER (1, 0, HOSTILE_SPARSE)}},
  {"half-type", HOSTILE_HALF, 2 * WORD + 5, {BUFFER (1, 0, 64)}},
  {"half-command", HOSTILE_HALF, 1, {AREA (1), BUFFER (1, 0, 64)}},
  {"half-path", HOSTILE_HALF, 5, {AREA (1)}},
  {"half-no-path", HOSTILE_HALF, 0, NAMED (20, NULL)},
};

/* The offset of a client's own buffer; what is before it is another's. */
#define OWN HOSTILE_PAYLOAD

static const Row client_rows[] = {
  {"nothing", FINE, {{0}}},
  {"ack", FINE, {ACK (1, OWN)}},
  {"type-0", WRONG, {{0, 1, OWN, 0, ""}}},
  {"type-5", WRONG, {{5, 1, OWN, 0, NULL}}},
  {"type-2^31", WRONG, {{0x80000000, 1, OWN, 0, NULL}}},
  {"type-2^32-1", WRONG, {{G_MAXUINT32, 1, OWN, 0, NULL}}},
  {"type-swapped", WRONG, {{0x04000000, 1, OWN, 0, NULL}}},
  {"new-area", WRONG, {AREA (2)}},
  {"new-area-huge", WRONG, {{WIRE_NEW_AREA, 2, G_MAXULONG, G_MAXUINT32, NULL}}},
  {"close-area", WRONG, {CLOSE (1)}},
  {"new-buffer", WRONG, {BUFFER (1, OWN, 64)}},
  {"twice", WRONG, {ACK (1, OWN), ACK (1, OWN)}},
  {"thrice", WRONG, {ACK (1, OWN), ACK (1, OWN), ACK (1, OWN)}},
  {"of-another", WRONG, {ACK (1, 0)}},
  {"own-then-another", WRONG, {ACK (1, OWN), ACK (1, 0)}},
  {"nonsense-after-ack", WRONG, {ACK (1, OWN), {77, 77, 77, 77, NULL}}},
  {"area-unknown", WRONG, {ACK (2, OWN)}},
  {"half-byte", HOSTILE_HALF, WIRE_COMMAND_SIZE - 1, {ACK (1, OWN)}},
  {"half-type", HOSTILE_HALF, WIRE_COMMAND_SIZE - 4, {ACK (1, OWN)}},
  {"half-most", HOSTILE_HALF, 1, {ACK (1, OWN)}},
  {"half-after-ack", HOSTILE_HALF, 7, {ACK (1, OWN), ACK (1, OWN)}},
};

/* --- objects --- */

static gchar *
object_name (const gchar * name)
{
  return g_strdup_printf (WIRE_PATH_PREFIX "%5d.%s", (gint) getpid (), name);
}

gchar *
hostile_object_file (const gchar * name)
{
  g_autofree gchar *object = object_name (name);

  return g_strconcat ("/dev/shm", object, NULL);
}

/* With a payload numbered 1 at its beginning that claims to be of CLAIMED bytes. */
static void
make_object (const gchar * name, gsize size, guint64 claimed)
{
  g_autofree gchar *object = object_name (name);
  gint fd = shm_open (object, O_RDWR | O_CREAT | O_TRUNC, 0600);
  guint8 payload[HOSTILE_PAYLOAD];

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, (off_t) size), ==, 0);
  role_payload_fill (payload, sizeof payload, 1);
  memcpy (payload + 2 * sizeof claimed, &claimed, sizeof claimed);
  if (size >= sizeof payload)
    g_assert_cmpint (pwrite (fd, payload, sizeof payload, 0), ==, sizeof payload);
  close (fd);
}

static void
make_socket (const gchar * file)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX };
  gint fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, file, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  close (fd);
}

static const gchar *const objects[] = {
  "good", "empty", "short", "sparse", "shrinks", "fifo", "link", "dangling", "loop", "socket",
  "directory"
};

void
hostile_make_objects (void)
{
  g_autofree gchar *good = hostile_object_file ("good"), *fifo = hostile_object_file ("fifo");
  g_autofree gchar *link = hostile_object_file ("link"), *loop = hostile_object_file ("loop");
  g_autofree gchar *dangling = hostile_object_file ("dangling");
  g_autofree gchar *directory = hostile_object_file ("directory");
  g_autofree gchar *unix_socket = hostile_object_file ("socket");

  hostile_remove_objects ();
  make_object ("good", HOSTILE_OBJECT, HOSTILE_PAYLOAD);
  make_object ("empty", 0, 0);
  make_object ("short", 100, HOSTILE_PAYLOAD);
  make_object ("sparse", HOSTILE_SPARSE, HOSTILE_SPARSE);
  make_object ("shrinks", HOSTILE_OBJECT, HOSTILE_OBJECT);
  make_socket (unix_socket);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (mkdir (directory, 0700), ==, 0);
  g_assert_cmpint (symlink (good, link), ==, 0);
  g_assert_cmpint (symlink ("absent", dangling), ==, 0);
  g_assert_cmpint (symlink (loop, loop), ==, 0);
}

void
hostile_remove_objects (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (objects); i++) {
    g_autofree gchar *file = hostile_object_file (objects[i]);

    g_remove (file);
  }
}

/* --- bytes --- */

void
hostile_append_command (GByteArray * out, guint32 type, gint32 id, gulong first, gulong second)
{
  guint8 bytes[WIRE_COMMAND_SIZE];

  memcpy (bytes, &type, 4);
  memcpy (bytes + 4, &id, 4);
  memcpy (bytes + 8, &first, WORD);
  memcpy (bytes + 8 + WORD, &second, WORD);
  g_byte_array_append (out, bytes, sizeof bytes);
}

static void
append_step (GByteArray * out, const Step * step)
{
  g_autofree gchar *name = NULL;
  gulong length = step->second;

  if (step->path && step->path[0] == '@') {
    g_autofree gchar *object = object_name (step->path + 1);

    /* Longer than any length that may be said. */
    name = g_strdup_printf ("%s%*s", object, step->second == LENGTH ? 0 : 300, "");
    if (step->second == 255)
      name[254] = '\0';
  }
  if (length == LENGTH)
    length = strlen (name ? name : step->path) + 1;
  hostile_append_command (out, step->type, step->area, step->first, length);
  if (step->type == WIRE_NEW_AREA && step->path)
    g_byte_array_append (out, (const guint8 *) (name ? name : step->path), (guint) length);
}

void
hostile_append_area (GByteArray * out, gint32 id, guint64 size, const gchar * object)
{
  const Step step = AREA_OF (id, (gulong) size, object);

  append_step (out, &step);
}

/* --- cases --- */

static void
case_free (gpointer data)
{
  HostileCase *self = data;

  g_free (self->name);
  g_byte_array_unref (self->bytes);
  g_free (self);
}

static GByteArray *
add_case (GPtrArray * cases, HostileKind kind, const gchar * name)
{
  HostileCase *self = g_new0 (HostileCase, 1);

  self->name = g_strdup (name);
  self->bytes = g_byte_array_new ();
  self->kind = kind;
  g_ptr_array_add (cases, self);
  return self->bytes;
}

/* Each row as one packet, and byte by byte. */
static void
add_rows (GPtrArray * cases, const Row * rows, gsize n)
{
  for (gsize i = 0; i < 2 * n; i++) {
    const Row *row = &rows[i / 2];
    g_autofree gchar *name = g_strconcat (row->name, i % 2 ? "-bytewise" : "", NULL);
    GByteArray *bytes = add_case (cases, row->kind, name);
    HostileCase *self = g_ptr_array_index (cases, cases->len - 1);

    self->bytewise = i % 2;
    for (const Step * step = row->steps; step->type != 0 || step->path; step++)
      append_step (bytes, step);
    g_byte_array_set_size (bytes, bytes->len - (guint) row->cut);
  }
}

/* Every offset with every size, in an area of HOSTILE_OBJECT bytes. */
static void
add_bounds (GPtrArray * cases)
{
  static const gulong numbers[] = {
    0, 1, HOSTILE_OBJECT, HOSTILE_OBJECT + 1, BIG (0x100000000), BIG (0x100000000 + 100),
    G_MAXLONG, G_MAXULONG - HOSTILE_OBJECT + 1, G_MAXULONG,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers) * G_N_ELEMENTS (numbers); i++) {
    gulong offset = numbers[i / G_N_ELEMENTS (numbers)], size = numbers[i % G_N_ELEMENTS (numbers)];
    gboolean fits = size > 0 && offset <= HOSTILE_OBJECT && size <= HOSTILE_OBJECT - offset;
    g_autofree gchar *name = g_strdup_printf ("bounds-%lu-%lu", offset, size);
    GByteArray *bytes = add_case (cases, fits ? HOSTILE_FINE : HOSTILE_WRONG, name);

    hostile_append_area (bytes, 1, HOSTILE_OBJECT, "@good");
    hostile_append_command (bytes, WIRE_NEW_BUFFER, 1, offset, size);
  }
}

/* Every area with every offset; none is held. */
static void
add_acks (GPtrArray * cases)
{
  static const gint32 ids[] = { G_MININT32, -1, 0, 1, 2, G_MAXINT32 };
  static const gulong offsets[] = {
    1, OWN - 1, OWN + 1, G_MAXINT32, BIG (0x100000000 + OWN), G_MAXLONG, (gulong) G_MAXLONG + 1,
    G_MAXULONG,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (ids) * G_N_ELEMENTS (offsets); i++) {
    gint32 id = ids[i / G_N_ELEMENTS (offsets)];
    gulong offset = offsets[i % G_N_ELEMENTS (offsets)];
    g_autofree gchar *name = g_strdup_printf ("acks-%d-%lu", id, offset);

    hostile_append_command (add_case (cases, HOSTILE_WRONG, name), WIRE_ACK_BUFFER, id, offset, 0);
  }
}

/* Bytes without a meaning; what looks like a type is none. */
static void
add_noise (GPtrArray * cases)
{
  GRand *rand = g_rand_new_with_seed (30);

  for (guint i = 0; i < N_NOISE; i++) {
    g_autofree gchar *name = g_strdup_printf ("noise-%u", i);
    GByteArray *bytes = add_case (cases, HOSTILE_WRONG, name);
    guint length = WIRE_COMMAND_SIZE + (guint) g_rand_int_range (rand, 0, 3000);

    g_byte_array_set_size (bytes, length);
    for (guint at = 0; at < length; at++)
      bytes->data[at] = (guint8) g_rand_int_range (rand, 5, 256);
  }
  g_rand_free (rand);
}

GPtrArray *
hostile_server_cases (void)
{
  GPtrArray *cases = g_ptr_array_new_with_free_func (case_free);

  add_rows (cases, server_rows, G_N_ELEMENTS (server_rows));
  add_bounds (cases);
  add_noise (cases);
  return cases;
}

GPtrArray *
hostile_client_cases (void)
{
  GPtrArray *cases = g_ptr_array_new_with_free_func (case_free);

  add_rows (cases, client_rows, G_N_ELEMENTS (client_rows));
  add_acks (cases);
  add_noise (cases);
  return cases;
}
