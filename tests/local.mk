# One program a room, one script a tool. All speak TAP, all are bounded in time.
check_PROGRAMS += \
	tests/test-base \
	tests/test-proto \
	tests/test-trace \
	tests/test-check \
	tests/test-rules \
	tests/test-report \
	tests/test-role \
	tests/test-audit \
	tests/test-abi

tests_test_base_SOURCES = tests/test-base.c $(base_sources)

tests_test_proto_SOURCES = tests/test-proto.c $(base_sources) $(proto_sources)

tests_test_trace_SOURCES = tests/test-trace.c $(base_sources) $(trace_sources)

tests_test_check_SOURCES = \
	tests/test-check.c $(base_sources) $(trace_sources) $(check_sources)

tests_test_rules_SOURCES = \
	tests/test-rules.c $(base_sources) $(trace_sources) $(check_sources)

tests_test_report_SOURCES = \
	tests/test-report.c \
	$(base_sources) $(trace_sources) $(check_sources) $(report_sources)
tests_test_report_LDADD = $(JSON_LIBS) $(SMARTCOLS_LIBS) $(GLIB_LIBS)

tests_test_role_SOURCES = \
	tests/test-role.c \
	$(base_sources) $(proto_sources) $(trace_sources) $(role_sources)
tests_test_role_LDFLAGS = -Wl,--wrap=fd_write
tests_test_role_LDADD = $(GST_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

# It runs itself as the roles that it attacks.
check_PROGRAMS += tests/test-hostile
tests_test_hostile_SOURCES = \
	tests/test-hostile.c tests/hostile.h tests/hostile-actor.c tests/hostile-cases.c \
	$(base_sources) $(proto_sources) $(trace_sources) $(role_sources) \
	src/run/spawn.c src/run/spawn.h
tests_test_hostile_LDADD = $(GST_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/test-probe
tests_test_probe_SOURCES = \
	tests/test-probe.c $(base_sources) \
	src/probe/rows.c src/probe/touch.c

tests_test_abi_SOURCES = \
	tests/test-abi.c src/proto/abi.c src/proto/abi.h src/proto/wire.c src/proto/wire.h

tests_test_audit_SOURCES = \
	tests/test-audit.c \
	$(base_sources) $(proc_sources) $(trace_sources) $(check_sources)
tests_test_audit_LDADD = $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/test-pool
tests_test_pool_SOURCES = tests/test-pool.c $(pool_sources) $(pool_shipped_sources)

check_PROGRAMS += tests/test-pool-run
tests_test_pool_run_SOURCES = \
	tests/test-pool-run.c src/shmstress-pool.h src/shmstress-pool-load.c \
	src/shmstress-pool-process.c src/shmstress-pool-scenarios.c \
	$(base_sources) $(pool_sources)
tests_test_pool_run_LDFLAGS = \
	-Wl,--wrap=shards_new,--wrap=shards_alloc,--wrap=shards_release,--wrap=shards_stats
tests_test_pool_run_LDADD = $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/test-explore
tests_test_explore_SOURCES = \
	tests/test-explore.c $(base_sources) $(proto_sources) $(pool_sources) $(explore_sources)
tests_test_explore_LDFLAGS = -rdynamic

check_PROGRAMS += tests/test-reduction
tests_test_reduction_SOURCES = \
	tests/test-reduction.c $(base_sources) $(proto_sources) $(pool_sources) $(explore_sources)

check_PROGRAMS += tests/test-tso
tests_test_tso_SOURCES = \
	tests/test-tso.c $(base_sources) $(proto_sources) $(pool_sources) $(explore_sources)

check_PROGRAMS += tests/test-source
tests_test_source_SOURCES = \
	tests/test-source.c $(base_sources) $(proc_sources) $(sample_sources) $(source_sources)
tests_test_source_LDADD = $(JSON_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/test-source-damage
tests_test_source_damage_SOURCES = \
	tests/test-source-damage.c \
	$(base_sources) $(proc_sources) $(sample_sources) $(source_sources)
tests_test_source_damage_LDADD = $(JSON_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/test-source-net
tests_test_source_net_SOURCES = \
	tests/test-source-net.c $(base_sources) $(proc_sources) $(sample_sources) $(source_sources)
tests_test_source_net_LDADD = $(JSON_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/test-view tests/test-view-monitoring
view_test_sources = \
	tests/view-fake.c tests/view-fake.h \
	$(base_sources) $(sample_sources) $(view_sources) src/alert/level.c
tests_test_view_SOURCES = tests/test-view.c $(view_test_sources)
tests_test_view_LDADD = $(JSON_LIBS) $(SMARTCOLS_LIBS) $(GLIB_LIBS) -lm
tests_test_view_monitoring_SOURCES = tests/test-view-monitoring.c $(view_test_sources)
tests_test_view_monitoring_LDADD = $(tests_test_view_LDADD)

check_PROGRAMS += tests/test-frame
tests_test_frame_SOURCES = tests/test-frame.c $(view_test_sources) $(frame_sources)
tests_test_frame_LDADD = $(tests_test_view_LDADD)

check_PROGRAMS += tests/test-source-other
tests_test_source_other_SOURCES = \
	tests/test-source-other.c $(base_sources) $(proc_sources) $(sample_sources) $(source_sources)
tests_test_source_other_LDADD = $(JSON_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/test-conf
tests_test_conf_SOURCES = \
	tests/test-conf.c tests/conf-fake.c \
	src/poolwatch.h src/poolwatch-conf.h \
	src/poolwatch-conf.c src/poolwatch-conf-file.c src/poolwatch-conf-rules.c \
	$(base_sources) $(proc_sources) $(sample_sources) $(source_sources)
tests_test_conf_LDADD = $(JSON_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/test-alert tests/test-manners
tests_test_alert_SOURCES = \
	tests/test-alert.c $(base_sources) $(sample_sources) $(alert_sources)
tests_test_alert_LDADD = $(GLIB_LIBS) -lm
tests_test_manners_SOURCES = \
	tests/test-manners.c $(base_sources) $(sample_sources) $(alert_sources)
tests_test_manners_LDADD = $(GLIB_LIBS) -lm

# Figures, no verdicts: no part of check.
BENCHES = tests/bench-explore tests/bench-pool
tests_bench_explore_SOURCES = tests/bench-explore.c $(engine_sources)
tests_bench_pool_SOURCES = \
	tests/bench-pool.c $(base_sources) $(pool_sources) $(pool_shipped_sources)

EXTRA_PROGRAMS = $(BENCHES)
CLEANFILES += $(BENCHES)
bench: $(BENCHES)
	set -e; for bench in $(BENCHES); do echo "$$bench"; ./$$bench; done

# Built as a user builds one.
check_DATA = tests/explore-target.so
tests/explore-target.so: tests/explore-target.c src/explore/explore.h
	$(AM_V_CCLD)$(MKDIR_P) tests && $(CC) -DSHMDIAG_EXPLORE -I$(srcdir)/src $(WARN_CFLAGS) \
		$(CPPFLAGS) $(CFLAGS) -shared -fPIC -o $@ $(srcdir)/tests/explore-target.c
EXTRA_DIST += tests/explore-target.c
CLEANFILES += tests/explore-target.so

check_DATA += tests/mutant-preload.so
tests/mutant-preload.so: tests/mutant-preload.c
	$(AM_V_CCLD)$(MKDIR_P) tests && $(CC) $(CPPFLAGS) $(CFLAGS) -shared -fPIC -o $@ \
		$(srcdir)/tests/mutant-preload.c -ldl -pthread
EXTRA_DIST += tests/mutant-preload.c
CLEANFILES += tests/mutant-preload.so

if HAVE_GST
check_PROGRAMS += tests/test-scenario
tests_test_scenario_SOURCES = \
	tests/test-scenario.c $(base_sources) $(trace_sources) $(check_sources) $(scenario_sources)
tests_test_scenario_LDADD = $(GST_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/test-judge
tests_test_judge_SOURCES = \
	tests/test-judge.c src/judge.c src/judge.h src/judge-known.c src/judge-known.h \
	$(base_sources) $(trace_sources) $(check_sources) $(scenario_sources) $(report_sources)
tests_test_judge_LDADD = $(GST_LIBS) $(JSON_LIBS) $(SMARTCOLS_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/test-importer
tests_test_importer_SOURCES = \
	tests/test-importer.c $(base_sources) $(trace_sources) $(check_sources) $(scenario_sources)
tests_test_importer_LDADD = $(GST_LIBS) $(GLIB_LIBS)
endif

# Shared objects as users of shmcheck-align --plugin build them.
if HAVE_GST
check_DATA += tests/align-plugin.so tests/align-plugin-rounded.so
build_plugin = $(AM_V_CCLD)$(MKDIR_P) tests && $(CC) $(DEFS) -I. $(AM_CPPFLAGS) $(CPPFLAGS) \
	$(GST_CFLAGS) $(GST_MEMORY_CFLAGS) $(CFLAGS) -shared -fPIC

tests/align-plugin.so: tests/align-plugin.c src/probe/align-target.h
	$(build_plugin) -o $@ $(srcdir)/tests/align-plugin.c $(GST_MEMORY_LIBS) $(GST_LIBS)
tests/align-plugin-rounded.so: tests/align-plugin.c src/probe/align-target.h
	$(build_plugin) -DROUNDED -o $@ $(srcdir)/tests/align-plugin.c $(GST_MEMORY_LIBS) $(GST_LIBS)
endif
EXTRA_DIST += tests/align-plugin.c
CLEANFILES += tests/align-plugin.so tests/align-plugin-rounded.so

# No test: what a script looks at.
EXTRA_PROGRAMS += tests/shm-holder
tests_shm_holder_SOURCES = tests/shm-holder.c
check_DATA += tests/shm-holder$(EXEEXT)
CLEANFILES += tests/shm-holder$(EXEEXT)

# What makes work for a real daemon.
EXTRA_PROGRAMS += tests/ng-client
tests_ng_client_SOURCES = \
	tests/ng-client.c $(base_sources) $(sample_sources) $(proc_sources) $(source_sources)
tests_ng_client_LDADD = $(JSON_LIBS) $(CAP_LIBS) $(GLIB_LIBS)
check_DATA += tests/ng-client$(EXEEXT)
CLEANFILES += tests/ng-client$(EXEEXT) tests/fuzz-source

store_test_sources = $(base_sources) $(sample_sources) $(store_sources)
store_test_libs = $(SQLITE_LIBS) $(JSON_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/test-store tests/test-store-damage
tests_test_store_SOURCES = \
	tests/test-store.c tests/store-fixture.c tests/store-fixture.h $(store_test_sources)
tests_test_store_LDADD = $(store_test_libs)
tests_test_store_damage_SOURCES = \
	tests/test-store-damage.c tests/store-fixture.c tests/store-fixture.h $(store_test_sources)
tests_test_store_damage_LDADD = $(store_test_libs)

# No test: what tests/store-kill.sh kills.
EXTRA_PROGRAMS += tests/store-writer
tests_store_writer_SOURCES = tests/store-writer.c $(store_test_sources)
tests_store_writer_LDADD = $(store_test_libs)
check_DATA += tests/store-writer$(EXEEXT)
CLEANFILES += tests/store-writer$(EXEEXT)

BENCHES += tests/bench-store
tests_bench_store_SOURCES = tests/bench-store.c $(store_test_sources)
tests_bench_store_LDADD = $(store_test_libs)

# Those of programs; what needs GStreamer is only run with it.
cli_scripts = \
	tests/cli-explore.sh tests/cli-pool.sh \
	tests/cli-align-audit.sh tests/cli-align-wire.sh \
	tests/cli-poolwatch.sh tests/cli-poolwatch-daemon.sh tests/cli-poolwatch-watch.sh \
	tests/cli-poolwatch-plot.sh \
	tests/store-kill.sh \
	$(cli_scripts_gst)
cli_scripts_gst = \
	tests/cli-shmstress.sh tests/cli-clean.sh tests/cli-life.sh tests/cli-data.sh \
	tests/cli-result.sh tests/cli-judged.sh tests/cli-mutants.sh tests/cli-align-memory.sh tests/cli-align-prove.sh \
	tests/cli-align-elements.sh tests/cli-align-pools.sh \
	tests/cli-align-profiles.sh tests/cli-machine.sh \
	tests/cli-hostile.sh tests/cli-poolwatch-shm.sh

test_scripts = \
	scripts/check-includes \
	tests/cli-align-audit.sh tests/cli-align-wire.sh \
	tests/cli-explore.sh \
	tests/cli-pool.sh \
	tests/cli-poolwatch.sh tests/cli-poolwatch-daemon.sh tests/cli-poolwatch-watch.sh \
	tests/cli-poolwatch-plot.sh \
	tests/store-kill.sh \
	tests/conversions.sh \
	tests/man.sh \
	tests/shell.sh
if HAVE_GST
test_scripts += $(cli_scripts_gst)
endif

TESTS += $(check_PROGRAMS) $(test_scripts)
EXTRA_DIST += $(cli_scripts) tests/lib.sh tests/in-time.sh tests/conversions.sh \
	tests/man.sh tests/shell.sh tests/traces tests/proofs tests/explore-runs.txt \
	tests/judged-runs.txt \
	tests/release.sh tests/valgrind.supp tests/under-valgrind.h \
	tests/pools tests/release-rtpengine.sh tests/prometheus.sh

# "shmstress proof" runs them: whatever is in the directory.
proofdir = $(pkgdatadir)/proofs
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(proofdir)'
	$(INSTALL_DATA) $(srcdir)/tests/proofs/*.sh $(srcdir)/tests/proofs/*.c '$(DESTDIR)$(proofdir)'
uninstall-local:
	rm -rf '$(DESTDIR)$(proofdir)'
distclean-local:
	test '$(srcdir)' = . || rm -f scenarios
	rm -f proofs

TEST_EXTENSIONS = .sh
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) \
	$(top_srcdir)/scripts/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)

# The second belt: every program bounds its own waits.
# Sanitizers need more of it.
TEST_SECONDS = 600
LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/in-time.sh $(TEST_SECONDS)
SH_LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/in-time.sh $(TEST_SECONDS) $(SHELL)

AM_TESTS_ENVIRONMENT = \
	srcdir='$(abs_top_srcdir)'; export srcdir; \
	builddir='$(abs_top_builddir)'; export builddir; \
	G_TEST_SRCDIR='$(abs_top_srcdir)/tests'; export G_TEST_SRCDIR; \
	G_TEST_BUILDDIR='$(abs_top_builddir)/tests'; export G_TEST_BUILDDIR; \
	SHMDIAG_DATADIR='$(abs_top_srcdir)/scenarios'; export SHMDIAG_DATADIR; \
	PROGRAMS='$(bin_PROGRAMS)'; export PROGRAMS; \
	PATH="$$builddir:$$PATH"; export PATH; \
	LC_ALL=C.UTF-8; export LC_ALL; \
	G_DEBUG=fatal-criticals; export G_DEBUG; \
	MALLOC_PERTURB_=$${MALLOC_PERTURB_-153}; export MALLOC_PERTURB_;

# Long, and no part of check: libFuzzer, thus clang. It starts from the captures; the first byte
# names the reader.
FUZZ_CC = clang
FUZZ_SECONDS = 60
fuzz_sources = \
	tests/fuzz-source.c src/proto/wire.c \
	$(base_sources) $(proc_sources) $(trace_sources) $(sample_sources) $(source_sources)
EXTRA_DIST += tests/fuzz-source.c
tests/fuzz-source: $(fuzz_sources) $(BUILT_SOURCES)
	$(AM_V_CCLD)$(MKDIR_P) tests && $(FUZZ_CC) -fsanitize=fuzzer,address,undefined -O1 -g \
		-std=gnu11 -fno-strict-aliasing -fno-sanitize-recover=undefined \
		$(DEFS) -I. $(AM_CPPFLAGS) $(GLIB_CFLAGS) $(JSON_CFLAGS) $(CAP_CFLAGS) -o $@ \
		$(addprefix $(srcdir)/,$(filter %.c,$(fuzz_sources))) \
		$(JSON_LIBS) $(CAP_LIBS) $(GLIB_LIBS)
fuzz: tests/fuzz-source
	rm -rf tests/fuzz-seeds && $(MKDIR_P) tests/fuzz-seeds tests/fuzz-corpus
	cd $(srcdir)/tests && for file in pools/rtpengine-* traces/*; do \
		case $$file in \
			pools/rtpengine-proc-*) reader='\001' ;; \
			pools/*) reader='\000' ;; \
			*) reader='\004' ;; \
		esac; \
		test -f $$file || continue; \
		{ printf "$$reader"; cat $$file; } >$(abs_builddir)/tests/fuzz-seeds/$${file##*/}; \
	done
	printf '\002HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n' \
		>tests/fuzz-seeds/chunked
	printf '\002HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}' >tests/fuzz-seeds/length
	printf '\003' >tests/fuzz-seeds/wire
	tests/fuzz-source -max_total_time=$(FUZZ_SECONDS) -timeout=10 -max_len=20000 \
		-artifact_prefix=tests/fuzz- tests/fuzz-corpus tests/fuzz-seeds
clean-local:
	rm -rf tests/fuzz-seeds tests/fuzz-corpus
.PHONY: fuzz

# The programs alone, but for some, and scripts that are named.
not =
also =
check-programs:
	$(MAKE) check TESTS='$(filter-out $(not),$(check_PROGRAMS)) $(also)'
.PHONY: check-programs

# Long, and no part of check: as root, in roots of their own, what new users of other releases do.
RELEASES_ALL = bookworm trixie sid experimental
check-releases:
	failed=; for suite in $(RELEASES_ALL); do \
		sh $(srcdir)/tests/release.sh $$suite check quickstart repeat align || failed="$$failed $$suite"; \
	done; test -z "$$failed" || { echo "failed:$$failed"; exit 1; }
.PHONY: check-releases

# After a change of what the shipped scenarios judge.
if HAVE_GST
renew-judged: all
	$(AM_TESTS_ENVIRONMENT) $(SHELL) $(srcdir)/tests/cli-judged.sh renew >tests/judged-runs.new
	mv tests/judged-runs.new $(srcdir)/tests/judged-runs.txt
endif
.PHONY: renew-judged

# Long, and no part of check.
if HAVE_GST
stress: all
	$(AM_TESTS_ENVIRONMENT) shmstress run --pair=ref:ref --repeat=50 --jobs=2
endif
.PHONY: stress bench

VALGRIND_SUPPRESSIONS_FILES = $(top_srcdir)/tests/valgrind.supp
@VALGRIND_CHECK_RULES@
