base_sources = \
	src/base/status.h \
	src/base/beat.c src/base/beat.h \
	src/base/child.c src/base/child.h \
	src/base/deadline.c src/base/deadline.h \
	src/base/error.c src/base/error.h \
	src/base/fd.c src/base/fd.h \
	src/base/parse.c src/base/parse.h \
	src/base/term.c src/base/term.h \
	src/base/text.c src/base/text.h \
	src/base/trust.c src/base/trust.h
