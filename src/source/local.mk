# Sources of poolwatch. Another one is a line here and a file of that name with its descriptor.
SOURCES = \
	src/source/rtpengine-proc

source_sources = \
	src/source/source.c src/source/source.h \
	$(SOURCES:=.c)

src/source/source-list.h: src/source/local.mk scripts/make-list
	$(AM_V_GEN)$(MKDIR_P) src/source && \
	$(srcdir)/scripts/make-list $(SOURCES) > $@

BUILT_SOURCES += src/source/source-list.h
CLEANFILES += src/source/source-list.h
