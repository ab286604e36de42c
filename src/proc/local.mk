proc_sources = \
	src/proc/area-holders.c src/proc/area-holders.h \
	src/proc/areas.c src/proc/areas.h \
	src/proc/fdinfo.c src/proc/fdinfo.h \
	src/proc/holders.c src/proc/holders.h \
	src/proc/maps.c src/proc/maps.h \
	src/proc/names.c src/proc/names.h \
	src/proc/objects.c src/proc/objects.h \
	src/proc/process.c src/proc/process.h \
	src/proc/stat.c src/proc/stat.h \
	src/proc/sysvipc.c src/proc/sysvipc.h \
	src/proc/usable.c src/proc/usable.h \
	src/proc/usage.c src/proc/usage.h
