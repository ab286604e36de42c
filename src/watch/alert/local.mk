alert_sources = \
	src/watch/alert/level.c src/watch/alert/level.h \
	src/watch/alert/range.c src/watch/alert/range.h \
	src/watch/alert/rules.c src/watch/alert/rules.h src/watch/alert/rules-private.h \
	src/watch/alert/rules-limits.c \
	src/watch/alert/rules-list.c \
	src/watch/alert/rules-text.c \
	src/watch/alert/policy.c src/watch/alert/policy.h \
	src/watch/alert/policy-level.c \
	src/watch/alert/policy-memory.c src/watch/alert/policy-memory.h \
	src/watch/alert/window.c
