# Kinds of probers. Another one is a line here and a file of that name.
PROBES = \
	src/probe/audit/audit
probe_sources = \
	src/probe/probe.c src/probe/probe.h \
	src/probe/audit/audit-twin.c src/probe/audit/audit-twin.h \
	src/probe/audit/audit-view.c src/probe/audit/audit-view.h \
	src/probe/rows.c src/probe/rows.h \
	src/probe/touch.c src/probe/touch.h \
	$(PROBES:=.c)

if HAVE_GST
PROBES += \
	src/probe/memory/memory \
	src/probe/pools/pool \
	src/probe/elements/element \
	src/probe/buffers/buffer
probe_sources += \
	src/probe/memory/allocators.c src/probe/memory/allocators.h \
	src/probe/elements/element.h \
	src/probe/elements/element-offers.c \
	src/probe/elements/element-use.c \
	src/probe/buffers/layout.c src/probe/buffers/layout.h \
	src/probe/buffers/layout-info.c \
	src/probe/buffers/layout-pair.c \
	src/probe/buffers/layout-pool.c \
	src/probe/buffers/metas.c src/probe/buffers/metas.h \
	src/probe/buffers/metas-known.c \
	src/probe/elements/offer.c src/probe/elements/offer.h \
	src/probe/elements/offer-list.c \
	src/probe/pools/pool-allocator.c src/probe/pools/pool-allocator.h \
	src/probe/pools/pool-bench.c src/probe/pools/pool-bench.h \
	src/probe/pools/pool-buffers.c src/probe/pools/pool-measure.h \
	src/probe/pools/pool-memory.c \
	src/probe/pools/pool-states.c \
	src/probe/pools/pool-target.c src/probe/pools/pool-target.h \
	src/probe/twins/pool-twin.c src/probe/twins/pool-twin.h \
	src/probe/twins/pool-twin-class.c src/probe/twins/pool-twin-class.h \
	src/probe/pools/pool-wait.c \
	src/probe/pretend.c src/probe/pretend.h \
	src/probe/pools/release.c src/probe/pools/release.h \
	src/probe/twins/twin-element.c \
	src/probe/twins/twin-memory.c \
	src/probe/twins/twin-meta.c \
	src/probe/twins/twin-pool.c src/probe/twins/twin-pool.h
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
