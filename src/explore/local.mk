# Exploration of every interleaving. The header is for anybody's code.
exploreincludedir = $(includedir)/shmdiag
exploreinclude_HEADERS = src/explore/explore.h

engine_sources = \
	src/explore/explore.h \
	src/explore/bounded.c \
	src/explore/buffer.c src/explore/buffer.h \
	src/explore/coroutine.c src/explore/coroutine.h \
	src/explore/crash.c \
	src/explore/engine.c src/explore/engine.h \
	src/explore/history.c \
	src/explore/locks.c src/explore/locks.h \
	src/explore/minimise.c \
	src/explore/next.c \
	src/explore/ops.c \
	src/explore/race.c src/explore/race.h \
	src/explore/reduction.c \
	src/explore/schedule.h \
	src/explore/search.c src/explore/search.h \
	src/explore/strategy.c \
	src/explore/token.c \
	src/explore/tso.c

explore_sources = $(engine_sources) \
	src/explore/show.c src/explore/show.h \
	src/explore/chart.c
