cli_sources = \
	src/cli/command.c src/cli/command.h \
	src/cli/data.c src/cli/data.h
