scenario_sources = \
	src/scenario/actions.c \
	src/scenario/actions.h \
	src/scenario/axes.c \
	src/scenario/axes.h \
	src/scenario/case.c \
	src/scenario/loader.h \
	src/scenario/plan.c \
	src/scenario/plan.h \
	src/scenario/record.c \
	src/scenario/record.h \
	src/scenario/scenario.c \
	src/scenario/scenario.h \
	src/scenario/value.c \
	src/scenario/value.h \
	src/scenario/vars.c \
	src/scenario/vars.h
