/* What the files of our own producer share. */
#pragma once
#include "proto/conn-writer.h"
#include "role/role.h"

typedef struct
{
  ConnBlock *block;
  guint64 seq;
} RefAhead;

typedef struct
{
  Actor *actor;
  ConnWriter *writer;
  guint writer_source, pump_source, pace_source, progress_source, eos_source;

  guint64 buffer_size, area_size;
  gboolean wait_for_client;
  gboolean count_only;
  gboolean tell_memory;
  gint64 pool_max;              /* buffers out at most; 0: as many as fit */
  guint pace_ms;

  gint64 to_produce;            /* -1: no end */
  guint64 next_seq;
  GQueue ahead;                 /* RefAhead*, allocated and not yet sent */
  guint64 n_sent, n_released, n_bytes;
  gboolean full;                /* told so, and no space found since */
  gboolean failed;
  gboolean ending;              /* EOS was asked for */
  guint64 released_before;      /* when on_eos_idle() last looked */
} RefProducer;

/* Hands over as many buffers as are wanted and may go, soon. */
void ref_producer_schedule (RefProducer * self);
/* Tells where the buffer SEQ lies; BLOCK NULL: there was no room. */
void ref_producer_tell_memory (RefProducer * self, guint64 seq, const ConnBlock * block);
/* The stream is over. */
void ref_producer_fail (RefProducer * self, const gchar * message);
