# Formats of poolwatch. Another one is a line here and a file of that name with its descriptor.
VIEWS = \
	src/watch/view/table \
	src/watch/view/nagios \
	src/watch/view/json \
	src/watch/view/jsonl \
	src/watch/view/csv \
	src/watch/view/openmetrics

view_sources = \
	src/watch/view/view.c src/watch/view/view.h \
	src/watch/view/print.c src/watch/view/print.h \
	src/watch/view/json-pool.c src/watch/view/json-pool.h \
	src/watch/view/perfdata.c src/watch/view/perfdata.h \
	$(VIEWS:=.c)

src/watch/view/view-list.h: src/watch/view/local.mk scripts/make-list
	$(AM_V_GEN)$(MKDIR_P) src/watch/view && \
	$(srcdir)/scripts/make-list $(VIEWS) > $@

BUILT_SOURCES += src/watch/view/view-list.h
CLEANFILES += src/watch/view/view-list.h

# What "poolwatch watch" shows.
frame_sources = \
	src/watch/view/frame.c src/watch/view/frame.h \
	src/watch/view/frame-history.c \
	src/watch/view/frame-pool.c
