# Formats of poolwatch. Another one is a line here and a file of that name with its descriptor.
VIEWS = \
	src/view/table \
	src/view/nagios \
	src/view/json \
	src/view/jsonl \
	src/view/csv \
	src/view/openmetrics

view_sources = \
	src/view/view.c src/view/view.h \
	src/view/print.c src/view/print.h \
	src/view/json-pool.c src/view/json-pool.h \
	src/view/perfdata.c src/view/perfdata.h \
	$(VIEWS:=.c)

src/view/view-list.h: src/view/local.mk scripts/make-list
	$(AM_V_GEN)$(MKDIR_P) src/view && \
	$(srcdir)/scripts/make-list $(VIEWS) > $@

BUILT_SOURCES += src/view/view-list.h
CLEANFILES += src/view/view-list.h

# What "poolwatch watch" shows.
frame_sources = \
	src/view/frame.c src/view/frame.h \
	src/view/frame-history.c \
	src/view/frame-pool.c
