# Contracts, in the order of their ids (tests/unit/check insists). Another one is a line here, a
# file of that name, and two traces in tests/golden; with more than one rule, NAME.rules there
# (tests/unit/rules tells which rule no trace shows).
CHECKS = \
	src/check/wire/area-announced \
	src/check/wire/announce-area \
	src/check/wire/ack-area \
	src/check/wire/ack-once \
	src/check/wire/ack-late \
	src/check/wire/no-reuse-while-held \
	src/check/wire/no-write-by-reader \
	src/check/wire/in-bounds \
	src/check/wire/order \
	src/check/wire/ids-fresh \
	src/check/wire/late-joiner \
	src/check/wire/close-after \
	src/check/wire/header-first \
	src/check/wire/stable \
	src/check/wire/kept \
	src/check/wire/unharmed \
	src/check/life/stop-quiet \
	src/check/life/stop-bounded \
	src/check/life/eos-through \
	src/check/life/survivor-lives \
	src/check/life/unlinked \
	src/check/life/restart-same-path \
	src/check/life/reconnect \
	src/check/life/wait-ends \
	src/check/life/fair-accept \
	src/check/life/states \
	src/check/life/full-rate \
	src/check/life/nothing-lost \
	src/check/life/eos-held \
	src/check/life/end-told \
	src/check/area/full-blocks \
	src/check/area/fill-resume \
	src/check/area/no-fallback \
	src/check/area/area-freed \
	src/check/area/too-big \
	src/check/area/zero-copy \
	src/check/area/resize-truth \
	src/check/area/no-growth \
	src/check/area/pool-on-area \
	src/check/area/reserved \
	src/check/memory/maxsize-true \
	src/check/memory/offset-size \
	src/check/memory/params \
	src/check/memory/map \
	src/check/memory/peer-map \
	src/check/memory/seals \
	src/check/memory/fds \
	src/check/memory/maxsize-fixed \
	src/check/memory/overflow \
	src/check/memory/page-any \
	src/check/memory/one-page \
	src/check/memory/enough \
	src/check/bufpool/config-inactive \
	src/check/bufpool/min-max \
	src/check/bufpool/exhausted \
	src/check/bufpool/flushing \
	src/check/bufpool/release \
	src/check/bufpool/writable \
	src/check/bufpool/allocator \
	src/check/bufpool/options \
	src/check/bufpool/query \
	src/check/bufpool/layout \
	src/check/bufpool/meta \
	src/check/bufpool/prealloc \
	src/check/bufpool/outstanding

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
	src/check/bufpool.c src/check/bufpool.h \
	src/check/bufpool-words.c \
	$(CHECKS:=.c)

src/check/check-list.h: src/check/local.mk scripts/make-list
	$(AM_V_GEN)$(MKDIR_P) src/check && \
	$(srcdir)/scripts/make-list $(CHECKS) > $@

BUILT_SOURCES += src/check/check-list.h
CLEANFILES += src/check/check-list.h
