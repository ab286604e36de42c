# Kinds of probers. Another one is a line here and a file of that name.
PROBES = \
	src/probe/audit/audit
probe_sources = \
	src/probe/probe.c src/probe/probe.h \
	src/probe/rows.c src/probe/rows.h \
	src/probe/touch.c src/probe/touch.h \
	src/probe/audit/view.c src/probe/audit/view.h \
	src/probe/twins/process.c src/probe/twins/process.h \
	src/probe/twins/table.h \
	src/probe/twins/twins.c src/probe/twins/twins.h \
	$(PROBES:=.c)

if HAVE_GST
PROBES += \
	src/probe/memory/memory \
	src/probe/bufpool/bufpool \
	src/probe/elements/element \
	src/probe/buffers/buffer
probe_sources += \
	src/probe/pretend.c src/probe/pretend.h \
	src/probe/release.c src/probe/release.h \
	src/probe/memory/allocators.c src/probe/memory/allocators.h \
	src/probe/memory/ask.c src/probe/memory/measure.h \
	src/probe/memory/built-in.c src/probe/memory/built-in.h \
	src/probe/memory/fds.c \
	src/probe/memory/maps.c \
	src/probe/memory/object.c \
	src/probe/memory/row.c \
	src/probe/bufpool/bench.c src/probe/bufpool/bench.h \
	src/probe/bufpool/buffers.c src/probe/bufpool/measure.h \
	src/probe/bufpool/counting.c src/probe/bufpool/counting.h \
	src/probe/bufpool/memory.c \
	src/probe/bufpool/states.c \
	src/probe/bufpool/target.c src/probe/bufpool/target.h \
	src/probe/bufpool/wait.c \
	src/probe/elements/answer.c src/probe/elements/element.h \
	src/probe/elements/candidates.c \
	src/probe/elements/offer.c src/probe/elements/offer.h \
	src/probe/elements/use.c \
	src/probe/buffers/layout.c src/probe/buffers/layout.h \
	src/probe/buffers/layout-info.c \
	src/probe/buffers/layout-pair.c \
	src/probe/buffers/layout-pool.c \
	src/probe/buffers/metas.c src/probe/buffers/metas.h \
	src/probe/buffers/metas-known.c \
	src/probe/twins/allocator.c src/probe/twins/allocator.h \
	src/probe/twins/bufpool.c src/probe/twins/bufpool.h \
	src/probe/twins/element.c src/probe/twins/element.h \
	src/probe/twins/layout.c src/probe/twins/layout.h \
	src/probe/twins/memfd.c src/probe/twins/memfd.h \
	src/probe/twins/meta.c src/probe/twins/meta.h \
	src/probe/twins/rules.c src/probe/twins/rules.h
endif

# The list depends on what configure was told.
src/probe/probe-list.h: Makefile scripts/make-list
	$(AM_V_GEN)$(MKDIR_P) src/probe && \
	$(srcdir)/scripts/make-list $(PROBES) > $@

BUILT_SOURCES += src/probe/probe-list.h
CLEANFILES += src/probe/probe-list.h

# What plug-ins of targets are written against.
shmdiagincludedir = $(includedir)/shmdiag
if HAVE_GST
shmdiaginclude_HEADERS = src/probe/align-target.h
endif
