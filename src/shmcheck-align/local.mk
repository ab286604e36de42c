bin_PROGRAMS += shmcheck-align
shmcheck_align_SOURCES = \
	src/shmcheck-align/main.c src/shmcheck-align/commands.h \
	src/shmcheck-align/audit.c \
	src/shmcheck-align/elements.c \
	src/shmcheck-align/list.c \
	src/shmcheck-align/memory.c src/shmcheck-align/memory.h \
	src/shmcheck-align/pools.c \
	src/shmcheck-align/buffer.c src/shmcheck-align/buffer.h \
	src/shmcheck-align/profiles.c \
	src/shmcheck-align/prove.c \
	src/shmcheck-align/random.c \
	src/shmcheck-align/snippet.c \
	src/shmcheck-align/versus.c \
	src/shmcheck-align/run.c \
	src/shmcheck-align/wire.c \
	$(cli_sources) $(session_sources) $(verdict_sources) \
	$(base_sources) $(proto_sources) $(proc_sources) $(trace_sources) $(pool_sources) \
	$(scenario_sources) \
	$(check_sources) $(actor_sources) $(role_sources) $(probe_sources) $(run_sources) $(report_sources)
shmcheck_align_LDADD = \
	$(GST_MEMORY_LIBS) $(GST_LIBS) $(JSON_LIBS) $(SMARTCOLS_LIBS) $(CAP_LIBS) $(GLIB_LIBS)
