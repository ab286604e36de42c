alert_sources = \
	src/alert/level.c src/alert/level.h \
	src/alert/range.c src/alert/range.h \
	src/alert/judge.c src/alert/judge.h src/alert/judge-private.h \
	src/alert/judge-limits.c \
	src/alert/judge-rules.c \
	src/alert/judge-text.c \
	src/alert/manners.c src/alert/manners.h \
	src/alert/manners-level.c \
	src/alert/manners-memory.c src/alert/manners-memory.h \
	src/alert/window.c
