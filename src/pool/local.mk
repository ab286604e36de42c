pool_sources = \
	src/pool/atomic.h \
	src/pool/memory.c src/pool/memory.h \
	src/pool/shards.c src/pool/shards.h src/pool/shards-private.h \
	src/pool/shards-life.c \
	src/pool/shards-stats.c

# What is wrong on purpose, for shmstress alone.
pool_shipped_sources = \
	src/pool/as-shipped/as-shipped.c src/pool/as-shipped/as-shipped.h src/pool/as-shipped/as-shipped-private.h
