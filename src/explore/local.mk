# Exploration of every interleaving. The header is for anybody's code.
shmdiagincludedir = $(includedir)/shmdiag
shmdiaginclude_HEADERS = src/explore/explore.h

# Models, in the order in which they are listed. Another one is a line here and a file of that
# name, which defines model_NAME with underscores.
MODELS =

explore_sources = src/explore/explore.h
