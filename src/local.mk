# The rooms in the order in which they may include each other, then the programs.
include $(srcdir)/src/base/local.mk
include $(srcdir)/src/proto/local.mk
include $(srcdir)/src/proc/local.mk
include $(srcdir)/src/trace/local.mk
include $(srcdir)/src/pool/local.mk
include $(srcdir)/src/scenario/local.mk
include $(srcdir)/src/check/local.mk
include $(srcdir)/src/role/local.mk
include $(srcdir)/src/probe/local.mk
include $(srcdir)/src/run/local.mk
include $(srcdir)/src/report/local.mk
include $(srcdir)/src/explore/local.mk
include $(srcdir)/src/sample/local.mk
include $(srcdir)/src/source/local.mk
include $(srcdir)/src/store/local.mk
include $(srcdir)/src/alert/local.mk
include $(srcdir)/src/view/local.mk

# What the programs share above the rooms; the first of it poolwatch, too.
command_sources = src/command.c src/command.h
program_sources = \
	$(command_sources) \
	src/command-data.c \
	src/command-lists.c \
	src/judge.c src/judge.h \
	src/judge-known.c src/judge-known.h \
	src/session.c src/session.h

bin_PROGRAMS += shmstress
shmstress_SOURCES = \
	src/shmstress.c src/shmstress.h \
	src/shmstress-explore.c src/shmstress-explore.h \
	src/shmstress-explore-print.c \
	src/shmstress-list.c \
	src/shmstress-pool.c src/shmstress-pool.h \
	src/shmstress-pool-load.c \
	src/shmstress-pool-process.c \
	src/shmstress-pool-scenarios.c \
	src/shmstress-proof.c \
	src/shmstress-run.c \
	src/shmstress-tap.c \
	$(program_sources) \
	$(base_sources) $(proto_sources) $(proc_sources) $(trace_sources) $(pool_sources) \
	$(scenario_sources) \
	$(check_sources) $(role_sources) $(run_sources) $(report_sources) $(explore_sources)
# A target of explore calls the engine in here.
shmstress_LDFLAGS = -rdynamic
shmstress_LDADD = \
	$(GST_LIBS) $(JSON_LIBS) $(SMARTCOLS_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

bin_PROGRAMS += shmcheck-align
shmcheck_align_SOURCES = \
	src/shmcheck-align.c src/shmcheck-align.h \
	src/shmcheck-align-audit.c \
	src/shmcheck-align-elements.c \
	src/shmcheck-align-list.c \
	src/shmcheck-align-memory.c src/shmcheck-align-memory.h \
	src/shmcheck-align-pools.c \
	src/shmcheck-align-buffer.c src/shmcheck-align-buffer.h \
	src/shmcheck-align-profiles.c \
	src/shmcheck-align-prove.c \
	src/shmcheck-align-random.c \
	src/shmcheck-align-snippet.c \
	src/shmcheck-align-versus.c \
	src/shmcheck-align-run.c \
	src/shmcheck-align-wire.c \
	$(program_sources) \
	$(base_sources) $(proto_sources) $(proc_sources) $(trace_sources) $(pool_sources) \
	$(scenario_sources) \
	$(check_sources) $(role_sources) $(probe_sources) $(run_sources) $(report_sources)
shmcheck_align_LDADD = \
	$(GST_MEMORY_LIBS) $(GST_LIBS) $(JSON_LIBS) $(SMARTCOLS_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

bin_PROGRAMS += poolwatch
poolwatch_SOURCES = \
	src/poolwatch.c src/poolwatch.h \
	src/poolwatch-check.c \
	src/poolwatch-conf.c src/poolwatch-conf.h \
	src/poolwatch-conf-file.c \
	src/poolwatch-conf-rules.c \
	src/poolwatch-memory.c \
	src/poolwatch-options.c \
	src/poolwatch-orphans.c \
	src/poolwatch-read.c \
	src/poolwatch-tell.c \
	src/poolwatch-textfile.c \
	src/poolwatch-store.c \
	src/poolwatch-screen.c src/poolwatch-screen.h \
	src/poolwatch-watch.c \
	src/poolwatch-plot.c \
	src/poolwatch-plot-script.c src/poolwatch-plot-script.h \
	$(command_sources) \
	$(base_sources) $(proc_sources) $(sample_sources) $(source_sources) $(store_sources) \
	$(alert_sources) $(view_sources) $(frame_sources)
poolwatch_LDADD = \
	$(SYSTEMD_LIBS) $(SQLITE_LIBS) $(NCURSES_LIBS) $(JSON_LIBS) $(SMARTCOLS_LIBS) $(CAP_LIBS) $(GLIB_LIBS) -lm
