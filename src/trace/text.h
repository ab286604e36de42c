/* What the writer and the reader of the text form share. */
#pragma once
#include "trace/trace.h"

#define TRACE_HEADER "shmdiag-trace 2"
#define TRACE_HEADER_1 "shmdiag-trace 1"
#define NSEC G_GINT64_CONSTANT (1000000000)
