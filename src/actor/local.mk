actor_sources = \
	src/actor/actor.c src/actor/actor.h \
	src/actor/private.h \
	src/actor/serve.c
