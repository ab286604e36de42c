verdict_sources = \
	src/verdict/importer.c src/verdict/importer.h \
	src/verdict/importer-load.c \
	src/verdict/judge.c src/verdict/judge.h \
	src/verdict/known.c src/verdict/known.h \
	src/verdict/tally.c src/verdict/tally.h
