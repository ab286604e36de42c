session_sources = \
	src/session/lists.c src/session/lists.h \
	src/session/session.c src/session/session.h
