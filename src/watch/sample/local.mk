sample_sources = \
	src/watch/sample/sample.c src/watch/sample/sample.h \
	src/watch/sample/quantity.c src/watch/sample/quantity.h
