dist_man1_MANS = man/poolwatch.1 man/shmcheck-align.1 man/shmstress.1
dist_man5_MANS = man/poolwatch.conf.5 man/shm-scenario.5 man/shm-trace.5
dist_man7_MANS = man/shm-contracts.7 man/shm-explore.7

# The page says what the checks say. It hangs on their text, the program need only be there
# first: a tarball has the page, so that nothing is run to build from one, for another machine.
man/shm-contracts.7: man/shm-contracts.7.head scripts/contracts-to-mdoc src/check/local.mk \
		$(check_sources) | shmstress$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && \
	./shmstress$(EXEEXT) explain --all > $@.txt && \
	$(srcdir)/scripts/contracts-to-mdoc $(srcdir)/man/shm-contracts.7.head $@.txt > $@.new && \
	mv $@.new $@ && rm -f $@.txt

# The same for the events of a trace.
man/shm-trace.5: man/shm-trace.5.head scripts/events-to-mdoc src/trace/kinds.h | shmstress$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && \
	./shmstress$(EXEEXT) list --events > $@.txt && \
	$(srcdir)/scripts/events-to-mdoc $(srcdir)/man/shm-trace.5.head $@.txt > $@.new && \
	mv $@.new $@ && rm -f $@.txt

EXTRA_DIST += man/shm-contracts.7.head scripts/contracts-to-mdoc
EXTRA_DIST += man/shm-trace.5.head scripts/events-to-mdoc
CLEANFILES += man/shm-contracts.7.txt man/shm-contracts.7.new man/shm-trace.5.txt man/shm-trace.5.new
MAINTAINERCLEANFILES = man/shm-contracts.7 man/shm-trace.5
