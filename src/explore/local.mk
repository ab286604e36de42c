# Exploration of every interleaving. The header is for anybody's code.
exploreincludedir = $(includedir)/shmdiag
exploreinclude_HEADERS = src/explore/explore.h

engine_sources = \
	src/explore/explore.h \
	src/explore/coroutine.c src/explore/coroutine.h \
	src/explore/crash.c \
	src/explore/engine.c src/explore/engine.h \
	src/explore/locks.c src/explore/locks.h \
	src/explore/minimise.c \
	src/explore/ops.c \
	src/explore/race.c src/explore/race.h \
	src/explore/schedule.h \
	src/explore/search.c src/explore/search.h \
	src/explore/strategy.c \
	src/explore/token.c

# Files of models, in the order in which they are listed. Another one is a line here and a file of
# that name, which defines models_NAME[], with underscores for dashes.
MODELS = \
	src/explore/models/stop-flag \
	src/explore/models/ack \
	src/explore/models/stop-order

explore_sources = $(engine_sources) \
	src/explore/models.c src/explore/models.h \
	src/explore/show.c src/explore/show.h \
	src/explore/chart.c \
	$(MODELS:=.c)

src/explore/model-list.h: src/explore/local.mk scripts/make-list
	$(AM_V_GEN)$(MKDIR_P) src/explore && \
	$(srcdir)/scripts/make-list $(MODELS) > $@

BUILT_SOURCES += src/explore/model-list.h
CLEANFILES += src/explore/model-list.h
