trace_sources = \
	src/trace/trace.c \
	src/trace/trace.h
