# Kinds of probers. Another one is a line here and a file of that name.
PROBES = \
	src/probe/audit
probe_sources = \
	src/probe/probe.c src/probe/probe.h \
	src/probe/audit-twin.c src/probe/audit-twin.h \
	src/probe/audit-view.c src/probe/audit-view.h \
	src/probe/rows.c src/probe/rows.h \
	src/probe/touch.c src/probe/touch.h \
	$(PROBES:=.c)

if HAVE_GST
PROBES += \
	src/probe/memory \
	src/probe/pool \
	src/probe/element \
	src/probe/buffer
probe_sources += \
	src/probe/allocators.c src/probe/allocators.h \
	src/probe/element.h \
	src/probe/element-offers.c \
	src/probe/element-use.c \
	src/probe/layout.c src/probe/layout.h \
	src/probe/layout-info.c \
	src/probe/layout-pair.c \
	src/probe/layout-pool.c \
	src/probe/metas.c src/probe/metas.h \
	src/probe/metas-known.c \
	src/probe/offer.c src/probe/offer.h \
	src/probe/offer-list.c \
	src/probe/pool-allocator.c src/probe/pool-allocator.h \
	src/probe/pool-bench.c src/probe/pool-bench.h \
	src/probe/pool-buffers.c src/probe/pool-measure.h \
	src/probe/pool-memory.c \
	src/probe/pool-states.c \
	src/probe/pool-target.c src/probe/pool-target.h \
	src/probe/pool-twin.c src/probe/pool-twin.h \
	src/probe/pool-twin-class.c src/probe/pool-twin-class.h \
	src/probe/pool-wait.c \
	src/probe/pretend.c src/probe/pretend.h \
	src/probe/release.c src/probe/release.h \
	src/probe/twin-element.c \
	src/probe/twin-memory.c \
	src/probe/twin-meta.c \
	src/probe/twin-pool.c src/probe/twin-pool.h
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
