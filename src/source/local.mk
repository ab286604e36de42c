# Sources of poolwatch. Another one is a line here and a file of that name with its descriptor.
SOURCES = \
	src/source/rtpengine-proc \
	src/source/rtpengine-json \
	src/source/generic \
	src/source/gst-shm \
	src/source/memlock \
	src/source/pool

source_sources = \
	src/source/source.c src/source/source.h \
	src/source/document.c src/source/document.h src/source/document-private.h \
	src/source/document-bencode.c src/source/document-json.c \
	src/source/http.c src/source/http.h \
	src/source/net.c src/source/net.h \
	src/source/ng.c src/source/ng.h \
	src/source/rtpengine-stats.c src/source/rtpengine-stats.h \
	src/source/rtpengine-status.c src/source/rtpengine-status.h \
	src/source/rtpengine-table.c src/source/rtpengine-table.h \
	src/source/age.c src/source/age.h \
	src/source/pick.c src/source/pick.h \
	$(SOURCES:=.c)

src/source/source-list.h: src/source/local.mk scripts/make-list
	$(AM_V_GEN)$(MKDIR_P) src/source && \
	$(srcdir)/scripts/make-list $(SOURCES) > $@

BUILT_SOURCES += src/source/source-list.h
CLEANFILES += src/source/source-list.h
