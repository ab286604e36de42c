run_sources = \
	src/run/run.c src/run/run.h \
	src/run/probe.c src/run/probe.h \
	src/run/around.c \
	src/run/case.c src/run/case.h \
	src/run/clean.c src/run/clean.h \
	src/run/flow.c \
	src/run/heart.c src/run/heart.h \
	src/run/jobs.c src/run/jobs.h \
	src/run/journal.c src/run/journal.h \
	src/run/room.c src/run/room.h \
	src/run/sample.c \
	src/run/spawn.c src/run/spawn.h \
	src/run/stack.c src/run/stack.h \
	src/run/steps.c src/run/steps.h \
	src/run/wait.c
