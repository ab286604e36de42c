# One program a room, one script a tool. All speak TAP, all are bounded in time.
check_PROGRAMS += \
	tests/unit/base \
	tests/unit/proto \
	tests/unit/trace \
	tests/unit/check \
	tests/unit/rules \
	tests/unit/report \
	tests/unit/role \
	tests/unit/audit \
	tests/unit/abi

tests_unit_base_SOURCES = tests/unit/base.c $(base_sources)

tests_unit_proto_SOURCES = tests/unit/proto.c $(base_sources) $(proto_sources)

tests_unit_trace_SOURCES = tests/unit/trace.c $(base_sources) $(trace_sources)

tests_unit_check_SOURCES = \
	tests/unit/check.c $(base_sources) $(trace_sources) $(check_sources)

tests_unit_rules_SOURCES = \
	tests/unit/rules.c $(base_sources) $(trace_sources) $(check_sources)

tests_unit_report_SOURCES = \
	tests/unit/report.c \
	$(base_sources) $(trace_sources) $(check_sources) $(report_sources)
tests_unit_report_LDADD = $(JSON_LIBS) $(SMARTCOLS_LIBS) $(GLIB_LIBS)

tests_unit_role_SOURCES = \
	tests/unit/role.c \
	$(base_sources) $(proto_sources) $(trace_sources) $(actor_sources) $(role_sources)
tests_unit_role_LDFLAGS = -Wl,--wrap=fd_write
tests_unit_role_LDADD = $(GST_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

# It runs itself as the roles that it attacks.
check_PROGRAMS += tests/unit/hostile
tests_unit_hostile_SOURCES = \
	tests/unit/hostile.c tests/unit/hostile.h tests/unit/hostile-actor.c tests/unit/hostile-cases.c \
	$(base_sources) $(proto_sources) $(proc_sources) $(trace_sources) $(actor_sources) $(role_sources) \
	src/run/spawn.c src/run/spawn.h
tests_unit_hostile_LDADD = $(GST_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/unit/probe
tests_unit_probe_SOURCES = \
	tests/unit/probe.c $(base_sources) \
	src/probe/rows.c src/probe/touch.c

tests_unit_abi_SOURCES = \
	tests/unit/abi.c src/proto/abi.c src/proto/abi.h src/proto/wire.c src/proto/wire.h \
	src/base/error.c src/base/error.h

tests_unit_audit_SOURCES = \
	tests/unit/audit.c \
	$(base_sources) $(proc_sources) $(trace_sources) $(check_sources)
tests_unit_audit_LDADD = $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/unit/pool
tests_unit_pool_SOURCES = tests/unit/pool.c $(pool_sources) $(pool_shipped_sources)

check_PROGRAMS += tests/unit/pool-run
tests_unit_pool_run_SOURCES = \
	tests/unit/pool-run.c src/shmstress/pool.h src/shmstress/pool-load.c \
	src/shmstress/pool-process.c src/shmstress/pool-scenarios.c \
	$(base_sources) $(pool_sources)
tests_unit_pool_run_LDFLAGS = \
	-Wl,--wrap=shards_new,--wrap=shards_alloc,--wrap=shards_release,--wrap=shards_stats
tests_unit_pool_run_LDADD = $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/unit/explore
tests_unit_explore_SOURCES = \
	tests/unit/explore.c \
	$(base_sources) $(proto_sources) $(pool_sources) $(explore_sources) $(models_sources)
tests_unit_explore_LDFLAGS = -rdynamic

check_PROGRAMS += tests/unit/reduction
tests_unit_reduction_SOURCES = \
	tests/unit/reduction.c \
	$(base_sources) $(proto_sources) $(pool_sources) $(explore_sources) $(models_sources)

check_PROGRAMS += tests/unit/tso
tests_unit_tso_SOURCES = \
	tests/unit/tso.c \
	$(base_sources) $(proto_sources) $(pool_sources) $(explore_sources) $(models_sources)

check_PROGRAMS += tests/unit/source
tests_unit_source_SOURCES = \
	tests/unit/source.c $(base_sources) $(proc_sources) $(sample_sources) $(source_sources)
tests_unit_source_LDADD = $(JSON_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/unit/source-damage
tests_unit_source_damage_SOURCES = \
	tests/unit/source-damage.c \
	$(base_sources) $(proc_sources) $(sample_sources) $(source_sources)
tests_unit_source_damage_LDADD = $(JSON_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/unit/source-net
tests_unit_source_net_SOURCES = \
	tests/unit/source-net.c $(base_sources) $(proc_sources) $(sample_sources) $(source_sources)
tests_unit_source_net_LDADD = $(JSON_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/unit/view tests/unit/view-monitoring
view_test_sources = \
	tests/unit/view-fake.c tests/unit/view-fake.h \
	$(base_sources) $(sample_sources) $(view_sources) $(alert_sources)
tests_unit_view_SOURCES = tests/unit/view.c $(view_test_sources)
tests_unit_view_LDADD = $(JSON_LIBS) $(SMARTCOLS_LIBS) $(GLIB_LIBS) -lm
tests_unit_view_monitoring_SOURCES = tests/unit/view-monitoring.c $(view_test_sources)
tests_unit_view_monitoring_LDADD = $(tests_unit_view_LDADD)

check_PROGRAMS += tests/unit/frame
tests_unit_frame_SOURCES = tests/unit/frame.c $(view_test_sources) $(frame_sources)
tests_unit_frame_LDADD = $(tests_unit_view_LDADD)

check_PROGRAMS += tests/unit/source-other
tests_unit_source_other_SOURCES = \
	tests/unit/source-other.c $(base_sources) $(proc_sources) $(sample_sources) $(source_sources)
tests_unit_source_other_LDADD = $(JSON_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/unit/conf
tests_unit_conf_SOURCES = \
	tests/unit/conf.c \
	src/poolwatch/commands.h src/poolwatch/conf.h \
	src/poolwatch/conf.c src/poolwatch/conf-file.c src/poolwatch/conf-rules.c \
	$(base_sources) $(proc_sources) $(sample_sources) $(source_sources) $(alert_sources) \
	$(view_sources)
tests_unit_conf_LDADD = $(JSON_LIBS) $(SMARTCOLS_LIBS) $(CAP_LIBS) $(GLIB_LIBS) -lm

check_PROGRAMS += tests/unit/alert tests/unit/policy
tests_unit_alert_SOURCES = \
	tests/unit/alert.c $(base_sources) $(sample_sources) $(alert_sources)
tests_unit_alert_LDADD = $(GLIB_LIBS) -lm
tests_unit_policy_SOURCES = \
	tests/unit/policy.c $(base_sources) $(sample_sources) $(alert_sources)
tests_unit_policy_LDADD = $(GLIB_LIBS) -lm

# Figures, no verdicts: no part of check.
BENCHES = tests/bench/explore tests/bench/pool
tests_bench_explore_SOURCES = tests/bench/explore.c $(engine_sources)
tests_bench_pool_SOURCES = \
	tests/bench/pool.c $(base_sources) $(pool_sources) $(pool_shipped_sources)

EXTRA_PROGRAMS = $(BENCHES)
CLEANFILES += $(BENCHES)
bench: $(BENCHES)
	set -e; for bench in $(BENCHES); do echo "$$bench"; ./$$bench; done

# Built as a user builds one.
check_DATA = tests/cli/explore-target.so
tests/cli/explore-target.so: tests/cli/explore-target.c src/explore/explore.h
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && $(CC) -DSHMDIAG_EXPLORE -I$(srcdir)/src $(WARN_CFLAGS) \
		$(CPPFLAGS) $(CFLAGS) -shared -fPIC -o $@ $(srcdir)/tests/cli/explore-target.c
EXTRA_DIST += tests/cli/explore-target.c
CLEANFILES += tests/cli/explore-target.so

check_DATA += tests/cli/mutant-preload.so
tests/cli/mutant-preload.so: tests/cli/mutant-preload.c
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -shared -fPIC -o $@ \
		$(srcdir)/tests/cli/mutant-preload.c -ldl -pthread
EXTRA_DIST += tests/cli/mutant-preload.c
CLEANFILES += tests/cli/mutant-preload.so

check_PROGRAMS += tests/unit/scenario
tests_unit_scenario_SOURCES = \
	tests/unit/scenario.c src/verdict/known.c src/verdict/known.h \
	$(base_sources) $(trace_sources) $(check_sources) $(scenario_sources)
tests_unit_scenario_LDADD = $(GLIB_LIBS)

check_PROGRAMS += tests/unit/judge
tests_unit_judge_SOURCES = \
	tests/unit/judge.c $(verdict_sources) \
	$(base_sources) $(trace_sources) $(check_sources) $(scenario_sources) $(report_sources)
tests_unit_judge_LDADD = $(JSON_LIBS) $(SMARTCOLS_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/unit/importer
tests_unit_importer_SOURCES = \
	tests/unit/importer.c src/verdict/importer.c src/verdict/importer.h src/verdict/importer-load.c \
	$(base_sources) $(trace_sources) $(check_sources) $(scenario_sources)
tests_unit_importer_LDADD = $(GLIB_LIBS)

# GStreamer's reader beside ours.
if HAVE_GST
check_PROGRAMS += tests/unit/scenario-reader
tests_unit_scenario_reader_SOURCES = \
	tests/unit/scenario-reader.c $(base_sources) $(trace_sources) $(scenario_sources)
tests_unit_scenario_reader_LDADD = $(GST_LIBS) $(GLIB_LIBS)
endif

# Shared objects as users of shmcheck-align --plugin build them.
if HAVE_GST
check_DATA += tests/cli/align-plugin.so tests/cli/align-plugin-rounded.so
build_plugin = $(AM_V_CCLD)$(MKDIR_P) $(@D) && $(CC) $(DEFS) -I. $(AM_CPPFLAGS) $(CPPFLAGS) \
	$(GST_CFLAGS) $(GST_MEMORY_CFLAGS) $(CFLAGS) -shared -fPIC

tests/cli/align-plugin.so: tests/cli/align-plugin.c src/probe/align-target.h
	$(build_plugin) -o $@ $(srcdir)/tests/cli/align-plugin.c $(GST_MEMORY_LIBS) $(GST_LIBS)
tests/cli/align-plugin-rounded.so: tests/cli/align-plugin.c src/probe/align-target.h
	$(build_plugin) -DROUNDED -o $@ $(srcdir)/tests/cli/align-plugin.c $(GST_MEMORY_LIBS) $(GST_LIBS)
endif
EXTRA_DIST += tests/cli/align-plugin.c
CLEANFILES += tests/cli/align-plugin.so tests/cli/align-plugin-rounded.so

# No test: what a script looks at.
EXTRA_PROGRAMS += tests/cli/shm-holder
tests_cli_shm_holder_SOURCES = tests/cli/shm-holder.c
check_DATA += tests/cli/shm-holder$(EXEEXT)
CLEANFILES += tests/cli/shm-holder$(EXEEXT)

# What makes work for a real daemon.
EXTRA_PROGRAMS += tests/cli/ng-client
tests_cli_ng_client_SOURCES = \
	tests/cli/ng-client.c $(base_sources) $(sample_sources) $(proc_sources) $(source_sources)
tests_cli_ng_client_LDADD = $(JSON_LIBS) $(CAP_LIBS) $(GLIB_LIBS)
check_DATA += tests/cli/ng-client$(EXEEXT)
CLEANFILES += tests/cli/ng-client$(EXEEXT) tests/fuzz/source

store_test_sources = $(base_sources) $(sample_sources) $(store_sources)
store_test_libs = $(SQLITE_LIBS) $(JSON_LIBS) $(CAP_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/unit/store tests/unit/store-damage
tests_unit_store_SOURCES = \
	tests/unit/store.c tests/unit/store-fixture.c tests/unit/store-fixture.h $(store_test_sources)
tests_unit_store_LDADD = $(store_test_libs)
tests_unit_store_damage_SOURCES = \
	tests/unit/store-damage.c tests/unit/store-fixture.c tests/unit/store-fixture.h $(store_test_sources)
tests_unit_store_damage_LDADD = $(store_test_libs)

# No test: what tests/cli/store-kill.sh kills.
EXTRA_PROGRAMS += tests/cli/store-writer
tests_cli_store_writer_SOURCES = tests/cli/store-writer.c $(store_test_sources)
tests_cli_store_writer_LDADD = $(store_test_libs)
check_DATA += tests/cli/store-writer$(EXEEXT)
CLEANFILES += tests/cli/store-writer$(EXEEXT)

BENCHES += tests/bench/store
tests_bench_store_SOURCES = tests/bench/store.c $(store_test_sources)
tests_bench_store_LDADD = $(store_test_libs)

# Those of programs; what needs GStreamer is only run with it.
cli_scripts = \
	tests/cli/explore.sh tests/cli/pool.sh \
	tests/cli/align-audit.sh tests/cli/align-wire.sh \
	tests/cli/poolwatch.sh tests/cli/poolwatch-daemon.sh tests/cli/poolwatch-watch.sh \
	tests/cli/poolwatch-plot.sh \
	tests/cli/store-kill.sh \
	$(cli_scripts_gst)
cli_scripts_gst = \
	tests/cli/shmstress.sh tests/cli/clean.sh tests/cli/life.sh tests/cli/data.sh \
	tests/cli/result.sh tests/cli/judged.sh tests/cli/mutants.sh tests/cli/align-memory.sh tests/cli/align-prove.sh \
	tests/cli/align-elements.sh tests/cli/align-pools.sh \
	tests/cli/align-profiles.sh tests/cli/machine.sh \
	tests/cli/hostile.sh tests/cli/poolwatch-shm.sh

test_scripts = \
	scripts/check-includes \
	tests/cli/align-audit.sh tests/cli/align-wire.sh \
	tests/cli/explore.sh \
	tests/cli/pool.sh \
	tests/cli/poolwatch.sh tests/cli/poolwatch-daemon.sh tests/cli/poolwatch-watch.sh \
	tests/cli/poolwatch-plot.sh \
	tests/cli/store-kill.sh \
	tests/conversions.sh \
	tests/house.sh \
	tests/man.sh \
	tests/shell.sh
if HAVE_GST
test_scripts += $(cli_scripts_gst)
endif

TESTS += $(check_PROGRAMS) $(test_scripts)
EXTRA_DIST += $(cli_scripts) tests/lib.sh tests/in-time.sh tests/conversions.sh tests/house.sh \
	tests/man.sh tests/shell.sh tests/golden tests/proofs tests/cli/explore-runs.txt \
	tests/cli/judged-runs.txt \
	tests/release.sh tests/valgrind.supp tests/unit/under-valgrind.h \
	tests/captures tests/cli/release-rtpengine.sh tests/cli/prometheus.sh

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
	tests/fuzz/source.c src/proto/wire.c \
	$(base_sources) $(proc_sources) $(trace_sources) $(sample_sources) $(source_sources)
EXTRA_DIST += tests/fuzz/source.c
tests/fuzz/source: $(fuzz_sources) $(BUILT_SOURCES)
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && $(FUZZ_CC) -fsanitize=fuzzer,address,undefined -O1 -g \
		-std=gnu11 -fno-strict-aliasing -fno-sanitize-recover=undefined \
		$(DEFS) -I. $(AM_CPPFLAGS) $(GLIB_CFLAGS) $(JSON_CFLAGS) $(CAP_CFLAGS) -o $@ \
		$(addprefix $(srcdir)/,$(filter %.c,$(fuzz_sources))) \
		$(JSON_LIBS) $(CAP_LIBS) $(GLIB_LIBS)
fuzz: tests/fuzz/source
	rm -rf tests/fuzz/seeds && $(MKDIR_P) tests/fuzz tests/fuzz/seeds tests/fuzz/corpus
	cd $(srcdir)/tests && for file in captures/rtpengine-* golden/*; do \
		case $$file in \
			captures/rtpengine-proc-*) reader='\001' ;; \
			captures/*) reader='\000' ;; \
			*) reader='\004' ;; \
		esac; \
		test -f $$file || continue; \
		{ printf "$$reader"; cat $$file; } >$(abs_builddir)/tests/fuzz/seeds/$${file##*/}; \
	done
	printf '\002HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n' \
		>tests/fuzz/seeds/chunked
	printf '\002HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}' >tests/fuzz/seeds/length
	printf '\003' >tests/fuzz/seeds/wire
	tests/fuzz/source -max_total_time=$(FUZZ_SECONDS) -timeout=10 -max_len=20000 \
		-artifact_prefix=tests/fuzz- tests/fuzz/corpus tests/fuzz/seeds
clean-local:
	rm -rf tests/fuzz/seeds tests/fuzz/corpus
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
	$(AM_TESTS_ENVIRONMENT) $(SHELL) $(srcdir)/tests/cli/judged.sh renew >tests/judged-runs.new
	mv tests/judged-runs.new $(srcdir)/tests/cli/judged-runs.txt
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
