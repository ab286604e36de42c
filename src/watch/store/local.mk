store_sources = \
	src/watch/store/store.c src/watch/store/store.h src/watch/store/store-private.h \
	src/watch/store/pack.c src/watch/store/pack.h src/watch/store/hour.c \
	src/watch/store/place.c src/watch/store/place.h \
	src/watch/store/sql.c src/watch/store/sql.h \
	src/watch/store/schema.c \
	src/watch/store/run.c \
	src/watch/store/segment.c \
	src/watch/store/append.c \
	src/watch/store/rollup.c \
	src/watch/store/history.c \
	src/watch/store/alerts.c \
	src/watch/store/dump.c \
	src/watch/store/import.c \
	src/watch/store/line.c src/watch/store/line.h
