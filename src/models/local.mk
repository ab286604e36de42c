# Models, in the order in which they are listed. Another one is a line here and a file of that
# name, which defines model_NAME with underscores for dashes.
MODELS = \
	src/models/pool \
	src/models/pool-herd \
	src/models/pool-limit \
	src/models/pool-room \
	src/models/pool-stats \
	src/models/pool-two-steps \
	src/models/pool-as-shipped-lost \
	src/models/pool-as-shipped-overlap \
	src/models/pool-as-shipped-herd \
	src/models/pool-as-shipped-stats \
	src/models/pool-as-shipped-reserve \
	src/models/pool-fix-decrement-first \
	src/models/pool-fix-recheck \
	src/models/stop-flag \
	src/models/stop-flag-as-shipped \
	src/models/stop-flag-wake-first \
	src/models/ack-found \
	src/models/ack-head \
	src/models/ack-late \
	src/models/stop-order \
	src/models/stop-order-producer-first \
	src/models/stop-order-bounded \
	src/models/store-buffer \
	src/models/store-buffer-seq-cst \
	src/models/writer \
	src/models/writer-ack-frees \
	src/models/writer-ack-newest \
	src/models/writer-ack-twice \
	src/models/writer-detach-keeps \
	src/models/writer-resize-unmaps \
	src/models/writer-send-stays

model_headers = \
	src/models/blocks.h \
	src/models/pool-ours.h \
	src/models/pool-overlap.h \
	src/models/pool-shipped.h \
	src/models/ack.h \
	src/models/stop-flag.h \
	src/models/stop-order.h \
	src/models/store-buffer.h \
	src/models/writer.h

# What models of one kind share and is no model.
model_sources = \
	src/models/writer-threads.c \
	src/models/writer-truth.c

models_sources = \
	src/models/registry.c src/models/registry.h \
	$(model_headers) $(model_sources) $(MODELS:=.c)

src/models/model-list.h: src/models/local.mk scripts/make-list
	$(AM_V_GEN)$(MKDIR_P) src/models && \
	$(srcdir)/scripts/make-list $(MODELS) > $@

BUILT_SOURCES += src/models/model-list.h
CLEANFILES += src/models/model-list.h
