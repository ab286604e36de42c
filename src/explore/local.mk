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

# Models, in the order in which they are listed. Another one is a line here and a file of that
# name, which defines model_NAME with underscores for dashes.
MODELS = \
	src/explore/models/pool \
	src/explore/models/pool-herd \
	src/explore/models/pool-limit \
	src/explore/models/pool-room \
	src/explore/models/pool-stats \
	src/explore/models/pool-two-steps \
	src/explore/models/pool-as-shipped-lost \
	src/explore/models/pool-as-shipped-overlap \
	src/explore/models/pool-as-shipped-herd \
	src/explore/models/pool-as-shipped-stats \
	src/explore/models/pool-as-shipped-reserve \
	src/explore/models/pool-fix-decrement-first \
	src/explore/models/pool-fix-recheck \
	src/explore/models/stop-flag \
	src/explore/models/stop-flag-as-shipped \
	src/explore/models/stop-flag-wake-first \
	src/explore/models/ack-found \
	src/explore/models/ack-head \
	src/explore/models/ack-late \
	src/explore/models/stop-order \
	src/explore/models/stop-order-producer-first \
	src/explore/models/stop-order-bounded \
	src/explore/models/store-buffer \
	src/explore/models/store-buffer-seq-cst \
	src/explore/models/writer \
	src/explore/models/writer-ack-frees \
	src/explore/models/writer-ack-newest \
	src/explore/models/writer-ack-twice \
	src/explore/models/writer-detach-keeps \
	src/explore/models/writer-resize-unmaps \
	src/explore/models/writer-send-stays

model_headers = \
	src/explore/models/blocks.h \
	src/explore/models/pool-ours.h \
	src/explore/models/pool-overlap.h \
	src/explore/models/pool-shipped.h \
	src/explore/models/ack.h \
	src/explore/models/stop-flag.h \
	src/explore/models/stop-order.h \
	src/explore/models/store-buffer.h \
	src/explore/models/writer.h

# What models of one kind share and is no model.
model_sources = \
	src/explore/models/writer-threads.c \
	src/explore/models/writer-truth.c

explore_sources = $(engine_sources) \
	src/explore/models.c src/explore/models.h \
	src/explore/show.c src/explore/show.h \
	src/explore/chart.c \
	$(model_headers) $(model_sources) $(MODELS:=.c)

src/explore/model-list.h: src/explore/local.mk scripts/make-list
	$(AM_V_GEN)$(MKDIR_P) src/explore && \
	$(srcdir)/scripts/make-list $(MODELS) > $@

BUILT_SOURCES += src/explore/model-list.h
CLEANFILES += src/explore/model-list.h
