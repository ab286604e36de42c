proto_sources = \
	src/proto/wire.c src/proto/wire.h \
	src/proto/abi.c src/proto/abi.h \
	src/proto/area.c src/proto/area.h \
	src/proto/area-object.c \
	src/proto/conn-socket.c src/proto/conn-socket.h \
	src/proto/conn-ledger.c src/proto/conn-ledger.h \
	src/proto/conn-store.c src/proto/conn-store.h \
	src/proto/conn-listener.c src/proto/conn-listener.h \
	src/proto/conn-writer.c src/proto/conn-writer.h \
	src/proto/conn-reader.c src/proto/conn-reader.h
