alert_sources = \
	src/alert/level.c src/alert/level.h \
	src/alert/range.h \
	src/alert/judge.h \
	src/alert/manners.h
