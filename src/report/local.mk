# Formats. Another one is a line here and a file of that name.
REPORTERS = \
	src/report/text \
	src/report/tap \
	src/report/junit \
	src/report/json

report_sources = \
	src/report/report.c src/report/report.h \
	src/report/result.c \
	src/report/table.c src/report/table.h \
	src/report/matrix.c src/report/matrix.h \
	$(REPORTERS:=.c)

src/report/reporter-list.h: src/report/local.mk scripts/make-list
	$(AM_V_GEN)$(MKDIR_P) src/report && \
	$(srcdir)/scripts/make-list $(REPORTERS) > $@

BUILT_SOURCES += src/report/reporter-list.h
CLEANFILES += src/report/reporter-list.h
