# Contracts, in the order of their ids (tests/test-check insists). Another one is a line here, a
# file of that name, and two traces in tests/traces; with more than one rule, NAME.rules there
# (tests/test-rules tells which rule no trace shows).
CHECKS = \
	src/check/area-announced \
	src/check/announce-area \
	src/check/ack-area \
	src/check/ack-once \
	src/check/ack-late \
	src/check/no-reuse-while-held \
	src/check/no-write-by-reader \
	src/check/in-bounds \
	src/check/order \
	src/check/ids-fresh \
	src/check/late-joiner \
	src/check/close-after \
	src/check/header-first \
	src/check/stable \
	src/check/kept \
	src/check/unharmed \
	src/check/stop-quiet \
	src/check/stop-bounded \
	src/check/eos-through \
	src/check/survivor-lives \
	src/check/unlinked \
	src/check/restart-same-path \
	src/check/reconnect \
	src/check/wait-ends \
	src/check/fair-accept \
	src/check/states \
	src/check/full-rate \
	src/check/nothing-lost \
	src/check/eos-held \
	src/check/end-told \
	src/check/full-blocks \
	src/check/fill-resume \
	src/check/no-fallback \
	src/check/area-freed \
	src/check/too-big \
	src/check/zero-copy \
	src/check/resize-truth \
	src/check/no-growth \
	src/check/pool-on-area \
	src/check/reserved \
	src/check/maxsize-true \
	src/check/offset-size \
	src/check/params \
	src/check/map \
	src/check/peer-map \
	src/check/seals \
	src/check/fds \
	src/check/maxsize-fixed \
	src/check/overflow \
	src/check/page-any \
	src/check/one-page \
	src/check/enough \
	src/check/config-inactive \
	src/check/min-max \
	src/check/exhausted \
	src/check/flushing \
	src/check/release \
	src/check/writable \
	src/check/allocator \
	src/check/options \
	src/check/query \
	src/check/layout \
	src/check/meta \
	src/check/prealloc \
	src/check/outstanding

check_sources = \
	src/check/check.c src/check/check.h \
	src/check/walk.c src/check/walk.h \
	src/check/spans.c src/check/spans.h \
	src/check/life.c src/check/life.h \
	src/check/blame.c src/check/blame.h \
	src/check/lost.c src/check/lost.h \
	src/check/probed.c src/check/probed.h \
	src/check/region.c src/check/region.h \
	src/check/rows.c src/check/rows.h \
	src/check/pool.c src/check/pool.h \
	src/check/pool-words.c \
	$(CHECKS:=.c)

src/check/check-list.h: src/check/local.mk scripts/make-list
	$(AM_V_GEN)$(MKDIR_P) src/check && \
	$(srcdir)/scripts/make-list $(CHECKS) > $@

BUILT_SOURCES += src/check/check-list.h
CLEANFILES += src/check/check-list.h
