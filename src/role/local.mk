# Kinds of roles. Another one is a line here and a file of that name.
ROLES = \
	src/role/ref-producer \
	src/role/ref-consumer \
	src/role/tap-role
role_sources = \
	src/role/role.c src/role/role.h \
	src/role/payload.c \
	src/role/ref-feed.c src/role/ref-producer.h \
	src/role/tally.c src/role/tally.h \
	src/role/held.c src/role/held.h \
	src/role/tap.c src/role/tap.h \
	src/role/tap-flow.c src/role/tap-link.h \
	src/role/tap-sight.c src/role/tap-sight.h \
	$(ROLES:=.c)

if HAVE_GST
ROLES += \
	src/role/gst-producer \
	src/role/gst-consumer
role_sources += \
	src/role/gst-common.c src/role/gst-common.h \
	src/role/gst-intake.c src/role/gst-consumer.h \
	src/role/gst-feeder.c src/role/gst-producer.h \
	src/role/gst-setup.c \
	src/role/gst-ticket.c src/role/gst-ticket.h \
	src/role/gst-probe.c src/role/gst-probe.h
endif

# The list depends on what configure was told.
src/role/role-list.h: Makefile scripts/make-list
	$(AM_V_GEN)$(MKDIR_P) src/role && \
	$(srcdir)/scripts/make-list $(ROLES) > $@

BUILT_SOURCES += src/role/role-list.h
CLEANFILES += src/role/role-list.h
