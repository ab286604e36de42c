store_sources = \
	src/store/store.h
