/* A JSON line as a sample or an hour. */
#pragma once
#include "watch/store/store-private.h"

/* A pool of a line. */
typedef struct
{
  SampleReading *reading;       /* of a sample; of an hour only its names count. Borrowed */
  Hour hour;
  gint64 segment_us;            /* -1: not told */
} Pool;

typedef struct
{
  Sample *sample;               /* its readings are those of the pools */
  gboolean is_hour;
  GArray *pools;                /* Pool */
} Line;

void line_clear (Line * line);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Line, line_clear)

/* Fills LINE, which must be zeroed, from TEXT. FALSE with ERROR of SHMDIAG_ERROR_INPUT; LINE is to
 * be cleared all the same. Pure. */
gboolean line_read (Line * line, const gchar * text, GError ** error);
