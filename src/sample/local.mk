sample_sources = \
	src/sample/sample.c src/sample/sample.h \
	src/sample/quantity.c src/sample/quantity.h
