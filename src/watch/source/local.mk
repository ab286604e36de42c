# Sources of poolwatch. Another one is a line here and a file of that name with its descriptor.
SOURCES = \
	src/watch/source/rtpengine-proc \
	src/watch/source/rtpengine-json \
	src/watch/source/generic \
	src/watch/source/gst-shm \
	src/watch/source/memlock \
	src/watch/source/pool

source_sources = \
	src/watch/source/source.c src/watch/source/source.h \
	src/watch/source/document.c src/watch/source/document.h src/watch/source/document-private.h \
	src/watch/source/document-bencode.c src/watch/source/document-json.c \
	src/watch/source/http.c src/watch/source/http.h \
	src/watch/source/net.c src/watch/source/net.h \
	src/watch/source/ng.c src/watch/source/ng.h \
	src/watch/source/rtpengine-stats.c src/watch/source/rtpengine-stats.h \
	src/watch/source/rtpengine-status.c src/watch/source/rtpengine-status.h \
	src/watch/source/rtpengine-table.c src/watch/source/rtpengine-table.h \
	src/watch/source/age.c src/watch/source/age.h \
	src/watch/source/pick.c src/watch/source/pick.h \
	$(SOURCES:=.c)

src/watch/source/source-list.h: src/watch/source/local.mk scripts/make-list
	$(AM_V_GEN)$(MKDIR_P) src/watch/source && \
	$(srcdir)/scripts/make-list $(SOURCES) > $@

BUILT_SOURCES += src/watch/source/source-list.h
CLEANFILES += src/watch/source/source-list.h
