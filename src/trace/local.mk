trace_sources = \
	src/trace/pattern.c \
	src/trace/pattern.h \
	src/trace/trace.c \
	src/trace/trace.h
