/* What the models of writer.h know of each buffer, and whether the writer's book agrees. */
#include "config.h"
#include "models/writer.h"

#include "base/error.h"

/* --- areas --- */

static gboolean
map_area (gpointer user, ConnArea * area, GError ** error)
{
  Writer *writer = user;

  for (guint i = 0; i < WRITER_AREAS; i++) {
    if (writer->mapped[i] != 0)
      continue;
    writer->mapped[i] = area->id;
    area->name = g_strdup (WIRE_PATH_PREFIX "model");
    area->data = (guint8 *) writer->memory[i];
    return TRUE;
  }
  g_set_error (error, SHMDIAG_ERROR, SHMDIAG_ERROR_LIMIT, "area: no memory");
  return FALSE;
}

/* In the middle of the book's own work: what is wrong is told when that is done. */
static void G_GNUC_PRINTF (3, 4)
note_trouble (Writer * writer, const gchar * property, const gchar * format, ...)
{
  va_list arguments;

  if (writer->trouble[0])
    return;
  writer->broken = property;
  va_start (arguments, format);
  g_vsnprintf (writer->trouble, sizeof writer->trouble, format, arguments);
  va_end (arguments);
}

static void
unmap_area (gpointer user, ConnArea * area)
{
  Writer *writer = user;

  for (guint i = 0; i < WRITER_RECORDS; i++) {
    const WriterRecord *record = &writer->records[i];

    if (record->used && record->holders != 0 && record->area_id == area->id)
      note_trouble (writer, "area-mapped", "area %d is unmapped while the buffer at %u is held",
          area->id, (guint) record->offset);
  }
  for (guint i = 0; i < WRITER_AREAS; i++) {
    if (writer->mapped[i] == area->id)
      writer->mapped[i] = 0;
  }
}

ConnMemory
writer_memory (Writer * writer)
{
  return (ConnMemory) {.map = map_area,.unmap = unmap_area,.user = writer };
}

/* --- records --- */

static gboolean
overlap (const WriterRecord * one, const WriterRecord * other)
{
  return one->area_id == other->area_id && one->offset < other->offset + other->size
      && other->offset < one->offset + one->size;
}

/* Nobody else may have bytes of RECORD, which was just given its place. */
static void
check_place (Writer * writer, const WriterRecord * record)
{
  for (guint i = 0; i < WRITER_RECORDS; i++) {
    const WriterRecord *other = &writer->records[i];

    SHMDIAG_CHECK (other == record || !other->used || other->holders == 0
        || !overlap (record, other), "held-bytes",
        "bytes at %u of area %d are given out, and somebody still holds them",
        (guint) record->offset, record->area_id);
  }
}

WriterRecord *
writer_note_block (Writer * writer, const ConnBlock * block)
{
  WriterRecord *record = writer->records;

  if (!block)
    return NULL;
  while (record->used)
    record++;
  *record = (WriterRecord) {
    .used = TRUE,.holders = WRITER_PRODUCER,.area_id = block->area_id,
    .offset = block->offset,.size = block->size
  };
  check_place (writer, record);
  return record;
}

void
writer_note_told (Writer * writer, WriterClient * client, const WireCommand * command)
{
  WriterRecord *record = writer->sent;

  if (command->type != WIRE_NEW_BUFFER) {
    client->area_id = command->type == WIRE_NEW_AREA ? command->area_id : 0;
    return;
  }
  if (command->area_id != client->area_id)
    note_trouble (writer, "area-open", "client %u is told of a buffer in area %d, which is closed",
        client->index + 1, command->area_id);
  record->area_id = command->area_id;
  record->offset = command->offset;
  record->holders |= 1u << client->index;
}

static WriterRecord *
find (Writer * writer, gint32 area_id, guint64 offset)
{
  for (guint i = 0; i < WRITER_RECORDS; i++) {
    WriterRecord *record = &writer->records[i];

    if (record->used && record->area_id == area_id && record->offset == offset)
      return record;
  }
  return NULL;
}

void
writer_note_ack (Writer * writer, const WriterClient * client, const WireCommand * command)
{
  WriterRecord *record = find (writer, command->area_id, command->offset);

  if (record)
    record->holders &= ~(1u << client->index);
}

void
writer_note_left (Writer * writer, const WriterClient * client)
{
  for (guint i = 0; i < WRITER_RECORDS; i++)
    writer->records[i].holders &= ~(1u << client->index);
}

/* --- the book --- */

static const ConnBlock *
look_up (GHashTable * blocks, const WriterRecord * record)
{
  const ConnBlock key = {.area_id = record->area_id,.offset = record->offset };

  return g_hash_table_lookup (blocks, &key);
}

/* The buffers that are held are there; that is what the rest may rely on. */
static void
compare_blocks (Writer * writer)
{
  const ConnStore *store = &writer->ledger.store;
  guint n = 0;

  for (guint i = 0; i < WRITER_RECORDS; i++) {
    WriterRecord *record = &writer->records[i];

    record->used = record->used && record->holders != 0;
    if (!record->used)
      continue;
    SHMDIAG_CHECK (look_up (store->blocks, record) != NULL, "held-bytes",
        "the buffer at %u of area %d is free, and somebody still holds it",
        (guint) record->offset, record->area_id);
    check_place (writer, record);
    n++;
  }
  SHMDIAG_CHECK (g_hash_table_size (store->blocks) <= n, "nothing-left",
      "%u buffers are kept, and %u are held", g_hash_table_size (store->blocks), n);
}

static void
compare_holders (Writer * writer)
{
  guint n_outstanding = 0;

  for (guint i = 0; i < WRITER_RECORDS; i++) {
    const WriterRecord *record = &writer->records[i];
    guint n_clients = __builtin_popcount (record->holders & ~WRITER_PRODUCER);

    if (!record->used)
      continue;
    n_outstanding += n_clients > 0;
    SHMDIAG_CHECK (look_up (writer->ledger.store.blocks, record)->n_holders == n_clients,
        "holders", "the buffer at %u of area %d has %u holders, not %u", (guint) record->offset,
        record->area_id, n_clients, look_up (writer->ledger.store.blocks, record)->n_holders);
  }
  SHMDIAG_CHECK (writer->ledger.n_outstanding == n_outstanding, "holders",
      "%u buffers are outstanding, not %u", n_outstanding, writer->ledger.n_outstanding);
}

static void
compare_client (Writer * writer, const WriterClient * client)
{
  guint n = 0;

  for (guint i = 0; i < WRITER_RECORDS; i++) {
    const WriterRecord *record = &writer->records[i];

    if (!record->used || !(record->holders & 1u << client->index))
      continue;
    n++;
    SHMDIAG_CHECK (look_up (client->holder.held, record) != NULL, "holders",
        "client %u holds the buffer at %u of area %d, and the book does not know",
        client->index + 1, (guint) record->offset, record->area_id);
  }
  SHMDIAG_CHECK (g_hash_table_size (client->holder.held) == n, "nothing-left",
      "client %u holds %u buffers, not %u", client->index + 1, n,
      g_hash_table_size (client->holder.held));
}

static void
compare_areas (Writer * writer)
{
  for (guint i = 0; i < WRITER_AREAS; i++) {
    const ConnArea *area = conn_areas_find (writer->ledger.store.areas, writer->mapped[i]);
    guint n = 0;

    if (!area)
      continue;
    for (guint k = 0; k < WRITER_RECORDS; k++)
      n += writer->records[k].used && writer->records[k].area_id == area->id;
    SHMDIAG_CHECK ((gint) area->n_buffers >= (gint) n, "freed-once",
        "%u buffers of area %d are in use, %d are counted: one was freed twice", n, area->id,
        (gint) area->n_buffers);
    SHMDIAG_CHECK (area->n_buffers == n, "nothing-left", "area %d is used by %u buffers, not %u",
        area->id, n, area->n_buffers);
  }
}

void
writer_compare (Writer * writer)
{
  compare_blocks (writer);
  SHMDIAG_CHECK (writer->trouble[0] == '\0', writer->broken, "%s", writer->trouble);
  for (guint i = 0; i < WRITER_CLIENTS; i++)
    compare_client (writer, &writer->clients[i]);
  compare_holders (writer);
  compare_areas (writer);
}

/* Bytes that were freed twice would be there twice. */
static void
check_space (Writer * writer)
{
  ConnStore *store = &writer->ledger.store;
  const ConnBlock *all;

  SHMDIAG_CHECK (conn_space_n_gaps (store->current->space) == 1, "nothing-left",
      "the free space is in %u parts", conn_space_n_gaps (store->current->space));
  all = conn_store_alloc (store, store->current->size, NULL);
  SHMDIAG_CHECK (all != NULL, "nothing-left", "not all of the area is free");
  SHMDIAG_CHECK (!conn_store_alloc (store, 1, NULL), "freed-once",
      "more is free than the area has");
}

void
writer_compare_rest (Writer * writer)
{
  const ConnLedger *ledger = &writer->ledger;

  writer_compare (writer);
  SHMDIAG_CHECK (ledger->holders->len == 0, "nothing-left", "%u clients are attached",
      ledger->holders->len);
  SHMDIAG_CHECK (g_hash_table_size (ledger->store.areas) == 1, "nothing-left",
      "%u areas are mapped, not 1", g_hash_table_size (ledger->store.areas));
  SHMDIAG_CHECK (g_hash_table_size (ledger->store.blocks) == 0, "nothing-left",
      "%u buffers are kept", g_hash_table_size (ledger->store.blocks));
  check_space (writer);
}
