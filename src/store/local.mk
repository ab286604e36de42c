store_sources = \
	src/store/store.c src/store/store.h src/store/store-private.h \
	src/store/pack.c src/store/pack.h src/store/hour.c \
	src/store/place.c src/store/place.h \
	src/store/sql.c src/store/sql.h \
	src/store/schema.c \
	src/store/run.c \
	src/store/segment.c \
	src/store/append.c \
	src/store/rollup.c \
	src/store/history.c \
	src/store/alerts.c \
	src/store/dump.c \
	src/store/import.c \
	src/store/line.c src/store/line.h
