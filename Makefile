# One Makefile for everything. Objects and programs go to $(BUILD); SAN=1 builds the same with ASan and UBSan beside it.
# Every path is relative, so a checkout may lie in a folder with spaces in its name.
SHELL := /bin/bash
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

SAN ?= 0
BUILD ?= $(if $(filter 1,$(SAN)),build/san,build/plain)
PREFIX ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0
CC := gcc

LIBRARIES := libuv libprotobuf-c libpq openssl libsodium libsystemd inih jansson libedit
CPPFLAGS += -D_GNU_SOURCE -DCANDOUR_VERSION='"$(VERSION)"' -I. -Iproto -I$(BUILD)/gen
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla
HARDENING := -D_FORTIFY_SOURCE=3 -fstack-clash-protection -fstack-protector-strong -fcf-protection=full \
	-ftrivial-auto-var-init=zero -fno-strict-aliasing
ifeq ($(SAN),1)
CFLAGS += -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
	-ftrivial-auto-var-init=zero -fno-strict-aliasing
LDFLAGS += -fsanitize=address,undefined
else
CFLAGS += -O2 -g $(HARDENING)
LDFLAGS += -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,nodlopen,-z,separate-code
endif
CFLAGS += -std=c17 -fPIE $(WARNINGS)
# Expanded when used, so that targets which install the libraries work before they are there.
CPPFLAGS_LIBRARIES = $(eval CPPFLAGS_LIBRARIES := $(shell pkg-config --cflags $(LIBRARIES)))$(CPPFLAGS_LIBRARIES)
LDLIBS = $(eval LDLIBS := $(shell pkg-config --libs $(LIBRARIES)) -lcsv)$(LDLIBS)

# Rooms. A room is a folder; its library holds every source below it.
sources = $(sort $(wildcard $(addsuffix /*.c,$(1))))
PROTO_SRC := $(call sources,proto)
REPORT_SRC := $(call sources,daemon/report)
DAEMON_SRC := $(filter-out daemon/main.c,$(call sources,daemon daemon/core daemon/desk daemon/ballot daemon/clerk))
CLIENT_SRC := $(filter-out client/main.c,$(call sources,client client/render))
SUPPORT_SRC := $(call sources,tests/support)
UNIT_SRC := $(call sources,tests/unit)
E2E_SRC := $(call sources,tests/e2e)
QUERIES := $(sort $(wildcard sql/queries/*/*.sql))
MIGRATIONS := $(sort $(wildcard sql/migrations/*/*.sql))

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
PROTO_OBJ := $(call objects,$(PROTO_SRC)) $(BUILD)/gen/candour.pb-c.o
REPORT_OBJ := $(call objects,$(REPORT_SRC))
DAEMON_OBJ := $(call objects,$(DAEMON_SRC)) $(BUILD)/gen/sql.o
CLIENT_OBJ := $(call objects,$(CLIENT_SRC)) $(BUILD)/gen/vault.pb-c.o
SUPPORT_OBJ := $(call objects,$(SUPPORT_SRC))
LIBPROTO := $(BUILD)/libproto.a
LIBREPORT := $(BUILD)/libreport.a
LIBDAEMON := $(BUILD)/libdaemon.a
LIBCLIENT := $(BUILD)/libclient.a
LIBSUPPORT := $(BUILD)/libsupport.a
UNIT_BIN := $(patsubst %.c,$(BUILD)/%,$(UNIT_SRC))
E2E_BIN := $(patsubst %.c,$(BUILD)/%,$(E2E_SRC))
PROGRAMS := $(BUILD)/candourd $(BUILD)/candour

.PHONY: all
all: $(PROGRAMS)

# ---------------------------------------------------------------- generated
GENERATED := $(BUILD)/gen/candour.pb-c.h $(BUILD)/gen/vault.pb-c.h $(BUILD)/gen/sql.h
$(BUILD)/gen/candour.pb-c.c $(BUILD)/gen/candour.pb-c.h &: proto/candour.proto
	@mkdir -p $(BUILD)/gen
	protoc-c --proto_path=proto --c_out=$(BUILD)/gen $<
$(BUILD)/gen/vault.pb-c.c $(BUILD)/gen/vault.pb-c.h &: client/vault.proto
	@mkdir -p $(BUILD)/gen
	protoc-c --proto_path=client --c_out=$(BUILD)/gen $<
$(BUILD)/gen/sql.c $(BUILD)/gen/sql.h &: sql/embed.sh $(QUERIES) $(MIGRATIONS) sql/migrations/desk sql/migrations/ballot \
		$(sort $(dir $(QUERIES)))
	@mkdir -p $(BUILD)/gen
	sh sql/embed.sh $(BUILD)/gen
$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(CC) $(CPPFLAGS) $(CPPFLAGS_LIBRARIES) $(filter-out -Wconversion -Wshadow,$(CFLAGS)) -MMD -MP -c -o $@ $<

# ---------------------------------------------------------------- compiled
$(BUILD)/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CPPFLAGS_LIBRARIES) $(CFLAGS) -MMD -MP -c -o $@ $<

define archive
	@rm -f $@
	ar crs $@ $^
endef
$(LIBPROTO): $(PROTO_OBJ); $(archive)
$(LIBREPORT): $(REPORT_OBJ); $(archive)
$(LIBDAEMON): $(DAEMON_OBJ); $(archive)
$(LIBCLIENT): $(CLIENT_OBJ); $(archive)
$(LIBSUPPORT): $(SUPPORT_OBJ); $(archive)

$(BUILD)/candourd: $(BUILD)/daemon/main.o $(LIBDAEMON) $(LIBREPORT) $(LIBPROTO)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/candour: $(BUILD)/client/main.o $(LIBCLIENT) $(LIBPROTO)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# A unit test is named after the room and the module it tests: tests/unit/proto_frame.c, daemon_arena.c, client_vault.c.
UNIT_LIBS = $(if $(findstring unit/proto_,$@),,$(if $(findstring unit/report_,$@),$(LIBREPORT),$(if \
	$(findstring unit/client_,$@),$(LIBCLIENT),$(LIBDAEMON) $(LIBREPORT)))) $(LIBPROTO)
.SECONDEXPANSION:
$(UNIT_BIN): $(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $$(UNIT_LIBS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka
# End-to-end tests use the client's own code and the sandbox that starts the servers.
$(E2E_BIN): $(BUILD)/tests/e2e/%: $(BUILD)/tests/e2e/%.o $(LIBSUPPORT) $(LIBCLIENT) $(LIBPROTO)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

-include $(shell [ -d $(BUILD) ] && find $(BUILD) -name '*.d')

.PHONY: clean
clean:
	rm -rf build
