alert_sources = \
	src/watch/alert/level.c src/watch/alert/level.h \
	src/watch/alert/range.c src/watch/alert/range.h \
	src/watch/alert/judge.c src/watch/alert/judge.h src/watch/alert/judge-private.h \
	src/watch/alert/judge-limits.c \
	src/watch/alert/judge-rules.c \
	src/watch/alert/judge-text.c \
	src/watch/alert/manners.c src/watch/alert/manners.h \
	src/watch/alert/manners-level.c \
	src/watch/alert/manners-memory.c src/watch/alert/manners-memory.h \
	src/watch/alert/window.c
