bin_PROGRAMS += poolwatch
poolwatch_SOURCES = \
	src/poolwatch/main.c src/poolwatch/commands.h \
	src/poolwatch/check.c \
	src/poolwatch/conf.c src/poolwatch/conf.h \
	src/poolwatch/conf-file.c \
	src/poolwatch/conf-rules.c \
	src/poolwatch/memory.c \
	src/poolwatch/options.c \
	src/poolwatch/orphans.c \
	src/poolwatch/read.c \
	src/poolwatch/tell.c \
	src/poolwatch/textfile.c \
	src/poolwatch/store.c \
	src/poolwatch/screen.c src/poolwatch/screen.h \
	src/poolwatch/watch.c \
	src/poolwatch/plot.c \
	src/poolwatch/plot-script.c src/poolwatch/plot-script.h \
	$(cli_sources) \
	$(base_sources) $(proc_sources) $(sample_sources) $(source_sources) $(store_sources) \
	$(alert_sources) $(view_sources) $(frame_sources)
poolwatch_LDADD = \
	$(SYSTEMD_LIBS) $(SQLITE_LIBS) $(NCURSES_LIBS) $(JSON_LIBS) $(SMARTCOLS_LIBS) $(CAP_LIBS) $(GLIB_LIBS) -lm
