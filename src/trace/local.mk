trace_sources = \
	src/trace/kinds.c src/trace/kinds.h \
	src/trace/pattern.c src/trace/pattern.h \
	src/trace/read.c \
	src/trace/text.h \
	src/trace/trace.c src/trace/trace.h \
	src/trace/write.c
