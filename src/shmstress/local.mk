bin_PROGRAMS += shmstress
shmstress_SOURCES = \
	src/shmstress/main.c src/shmstress/commands.h \
	src/shmstress/explore.c src/shmstress/explore.h \
	src/shmstress/explore-print.c \
	src/shmstress/list.c \
	src/shmstress/pool.c src/shmstress/pool.h \
	src/shmstress/pool-load.c \
	src/shmstress/pool-process.c \
	src/shmstress/pool-scenarios.c \
	src/shmstress/proof.c \
	src/shmstress/run.c \
	src/shmstress/tap.c \
	$(cli_sources) $(session_sources) $(verdict_sources) \
	$(base_sources) $(proto_sources) $(proc_sources) $(trace_sources) $(pool_sources) \
	$(scenario_sources) \
	$(check_sources) $(actor_sources) $(role_sources) $(run_sources) $(report_sources) $(explore_sources) $(models_sources)
# A target of explore calls the engine in here.
shmstress_LDFLAGS = -rdynamic
shmstress_LDADD = \
	$(GST_LIBS) $(JSON_LIBS) $(SMARTCOLS_LIBS) $(CAP_LIBS) $(GLIB_LIBS)
