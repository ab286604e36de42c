/* From the events of a trace to a buffer of video that importers can judge. */
#pragma once
#include "verdict/importer.h"
#include "trace/trace.h"

typedef struct
{
  ImporterBuffer buffer;        /* its format is the one below */
  gchar format[32];
  const TraceEvent *object, *fd;        /* the memory, and its descriptor; NULL: not told */
  gint rank;                    /* private: of the account that the planes are from */
} AlignBuffer;

/* The last buffer of TRACE. FALSE: it has none. Not to be copied. */
gboolean align_buffer_read (AlignBuffer * reading, const Trace * trace);
