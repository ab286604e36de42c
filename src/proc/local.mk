proc_sources = \
	src/proc/fdinfo.c src/proc/fdinfo.h \
	src/proc/holders.c src/proc/holders.h \
	src/proc/maps.c src/proc/maps.h \
	src/proc/names.c src/proc/names.h \
	src/proc/objects.c src/proc/objects.h \
	src/proc/process.c src/proc/process.h \
	src/proc/sysvipc.c src/proc/sysvipc.h
