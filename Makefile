# One Makefile for everything. Objects and programs go to $(BUILD); SAN=1 builds the same with ASan and UBSan beside it,
# SAN=fuzz for libFuzzer.
# Every path is relative, so a checkout may lie in a folder with spaces in its name.
SHELL := /bin/bash
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

SAN ?= 0
BUILD ?= build/$(if $(filter 1,$(SAN)),san,$(if $(filter fuzz,$(SAN)),fuzz,plain))
PREFIX ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0
CC := gcc
# As many jobs as there are processors; -j on the command line wins.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif
MAKEFLAGS += --no-print-directory

LIBRARIES := libuv libprotobuf-c libpq openssl libsodium libsystemd libseccomp inih jansson libedit libxml-2.0 libzip pangocairo fontconfig libqpdf
CPPFLAGS += -D_GNU_SOURCE -DCANDOUR_VERSION='"$(VERSION)"' -DCANDOUR_LOCALE_DIR='"$(PREFIX)/share/locale"' -I. -Iproto -I$(BUILD)/gen
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla
HARDENING := -D_FORTIFY_SOURCE=3 -fstack-clash-protection -fstack-protector-strong -fcf-protection=full \
	-ftrivial-auto-var-init=zero -fno-strict-aliasing
ifeq ($(SAN),1)
CFLAGS += -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
	-ftrivial-auto-var-init=zero -fno-strict-aliasing
LDFLAGS += -fsanitize=address,undefined
else ifeq ($(SAN),fuzz)
CC := clang-14
CFLAGS += -O1 -gline-tables-only -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
	-fno-strict-aliasing -fprofile-instr-generate -fcoverage-mapping
LDFLAGS += -fsanitize=address,undefined -fprofile-instr-generate
WARNINGS := -w
else
CFLAGS += -O2 -g $(HARDENING)
LDFLAGS += -pie -Wl,--as-needed,-z,relro,-z,now,-z,noexecstack,-z,nodlopen,-z,separate-code
endif
CFLAGS += -std=c17 -fPIE $(WARNINGS)
# Each step is one short line; V=1 shows the commands.
V ?= 0
step = $(if $(filter 1,$(V)),,@echo '  $(1)  $@' && )
# Mail and letters.
LIBRARIES += libcurl libqrencode

# Expanded when used, so that targets which install the libraries work before they are there.
CPPFLAGS_LIBRARIES = $(eval CPPFLAGS_LIBRARIES := $(shell pkg-config --cflags $(LIBRARIES)))$(CPPFLAGS_LIBRARIES)
LDLIBS = $(eval LDLIBS := $(shell pkg-config --libs $(LIBRARIES)) -lcsv -lm)$(LDLIBS)

# Rooms. A room is a folder; its library holds every source below it.
sources = $(sort $(wildcard $(addsuffix /*.c,$(1))))
PROTO_SRC := $(call sources,proto)
REPORT_SRC := $(call sources,daemon/report)
DAEMON_SRC := $(filter-out daemon/main.c,$(call sources,daemon daemon/core daemon/desk daemon/ballot daemon/clerk))
CLIENT_SRC := $(filter-out client/main.c client/pdf_main.c,$(call sources,client client/render))
SUPPORT_SRC := $(call sources,tests/support)
UNIT_SRC := $(call sources,tests/unit)
E2E_SRC := $(call sources,tests/e2e)
ATTACK_SRC := $(call sources,tests/attack)
FAULTS_SRC := $(call sources,tests/faults)
QUERIES := $(sort $(wildcard sql/queries/*/*.sql))
MIGRATIONS := $(sort $(wildcard sql/migrations/*/*.sql))

DAEMON_SRC += $(call sources,daemon/mail daemon/postman)

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
PROGRAMS := $(BUILD)/candourd $(BUILD)/candour $(BUILD)/candour-pdf
ATTACK := $(BUILD)/tests/attack/attack
TALLY := $(patsubst %,$(BUILD)/tests/faults/%,tally memory hostile timing)
NTH := $(BUILD)/tests/faults/nth.so
CRASH := $(BUILD)/tests/e2e/crash
PACKAGE_BIN := $(patsubst %.c,$(BUILD)/%,$(call sources,tests/package))
# One po/LANGUAGE.po is all a language needs.
CATALOGUES := $(patsubst po/%.po,$(BUILD)/locale/%/LC_MESSAGES/candour.mo,$(sort $(wildcard po/*.po)))

.PHONY: all
all: $(PROGRAMS) $(CATALOGUES)
	@:

# ---------------------------------------------------------------- needed to build
TOOLS := $(BUILD)/tools
$(TOOLS):
	@missing=; \
	for tool in $(CC) pkg-config protoc-c msgfmt; do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	for library in $(LIBRARIES); do pkg-config --exists $$library 2>/dev/null || missing="$$missing $$library"; done; \
	echo '#include <csv.h>' | $(CC) -E -o /dev/null - 2>/dev/null || missing="$$missing libcsv"; \
	if [ -n "$$missing" ]; then \
		echo "Candour cannot be built yet. Missing:$$missing." >&2; \
		echo "Install what is missing with: deploy/dependencies.sh build" >&2; \
		exit 1; \
	fi
	@mkdir -p $(@D) && touch $@

# ---------------------------------------------------------------- generated
GENERATED := $(BUILD)/gen/candour.pb-c.h $(BUILD)/gen/vault.pb-c.h $(BUILD)/gen/sql.h
$(BUILD)/gen/candour.pb-c.c $(BUILD)/gen/candour.pb-c.h &: proto/candour.proto | $(TOOLS)
	@mkdir -p $(BUILD)/gen
	$(call step,GEN)protoc-c --proto_path=proto --c_out=$(BUILD)/gen $<
$(BUILD)/gen/vault.pb-c.c $(BUILD)/gen/vault.pb-c.h &: client/vault.proto | $(TOOLS)
	@mkdir -p $(BUILD)/gen
	$(call step,GEN)protoc-c --proto_path=client --c_out=$(BUILD)/gen $<
$(BUILD)/gen/sql.c $(BUILD)/gen/sql.h &: sql/embed.sh $(QUERIES) $(MIGRATIONS) sql/migrations/desk sql/migrations/ballot \
		$(sort $(dir $(QUERIES))) | $(TOOLS)
	@mkdir -p $(BUILD)/gen
	$(call step,GEN)sh sql/embed.sh "$$(cd $(BUILD)/gen && pwd)"
TEMPLATES := $(sort $(wildcard daemon/mail/templates/*.txt daemon/mail/templates/*/*.txt))
DAEMON_OBJ += $(BUILD)/gen/templates.o
$(BUILD)/gen/templates.c: daemon/mail/embed.sh $(TEMPLATES) $(sort $(dir $(TEMPLATES)))
	@mkdir -p $(BUILD)/gen
	$(call step,GEN)sh daemon/mail/embed.sh $@ $(TEMPLATES)
$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(call step,CC)$(CC) $(CPPFLAGS) $(CPPFLAGS_LIBRARIES) $(filter-out -Wconversion -Wshadow,$(CFLAGS)) -MMD -MP -c -o $@ $<

$(BUILD)/locale/%/LC_MESSAGES/candour.mo: po/%.po | $(TOOLS)
	@mkdir -p $(@D)
	$(call step,MSG)msgfmt --check -o $@ $<

# Brings the catalogues up to date with the texts of the sources; what is new in them waits to be translated.
.PHONY: po
po:
	@mkdir -p $(BUILD)/gen
	@po/extract.sh >$(BUILD)/gen/candour.pot
	@for catalogue in po/*.po; do \
		msgmerge --quiet --update --backup=none --no-fuzzy-matching --no-location $$catalogue $(BUILD)/gen/candour.pot && \
			echo "$$catalogue: $$(LC_ALL=C msgfmt --statistics -o /dev/null $$catalogue 2>&1)" || exit 1; \
	done

# ---------------------------------------------------------------- compiled
$(BUILD)/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(call step,CC)$(CC) $(CPPFLAGS) $(CPPFLAGS_LIBRARIES) $(CFLAGS) -MMD -MP -c -o $@ $<

define archive
	$(call step,AR)rm -f $@ && ar crs $@ $^
endef
$(LIBPROTO): $(PROTO_OBJ); $(archive)
$(LIBREPORT): $(REPORT_OBJ); $(archive)
$(LIBDAEMON): $(DAEMON_OBJ); $(archive)
$(LIBCLIENT): $(CLIENT_OBJ); $(archive)
$(LIBSUPPORT): $(SUPPORT_OBJ); $(archive)

$(BUILD)/candourd: $(BUILD)/daemon/main.o $(LIBDAEMON) $(LIBREPORT) $(LIBPROTO)
	$(call step,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/candour: $(BUILD)/client/main.o $(LIBCLIENT) $(LIBPROTO)
	$(call step,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/candour-pdf: $(BUILD)/client/pdf_main.o $(LIBCLIENT) $(LIBPROTO)
	$(call step,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# A unit test is named after the room and the module it tests: tests/unit/proto_frame.c, daemon_arena.c, client_vault.c.
UNIT_LIBS = $(if $(findstring unit/proto_,$@),,$(if $(findstring unit/report_,$@),$(LIBREPORT),$(if \
	$(findstring unit/client_,$@),$(LIBSUPPORT) $(LIBCLIENT),$(LIBDAEMON) $(LIBREPORT)))) $(LIBPROTO)
.SECONDEXPANSION:
$(UNIT_BIN): $(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $$(UNIT_LIBS)
	$(call step,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka
# End-to-end tests use the client's own code and the sandbox that starts the servers.
$(E2E_BIN): $(BUILD)/tests/e2e/%: $(BUILD)/tests/e2e/%.o $(LIBSUPPORT) $(LIBCLIENT) $(LIBPROTO)
	$(call step,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

# The sample reports as files, for the browser and for looking at.
SAMPLES := $(BUILD)/tests/browser/samples
$(SAMPLES): $(SAMPLES).o $(LIBSUPPORT) $(LIBCLIENT) $(LIBPROTO)
	$(call step,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# The attack's clients see a live round in simulated time (tests/attack/people.c).
$(ATTACK): $(call objects,$(ATTACK_SRC)) $(LIBSUPPORT) $(LIBCLIENT) $(LIBPROTO)
	$(call step,LD)$(CC) $(CFLAGS) $(LDFLAGS) -Wl,--wrap=trust_newest,--wrap=trust_clock,--wrap=output_sentence,--wrap=fsync -o $@ $^ $(LDLIBS) -lcmocka

# The set checker of tests/faults and what goes with it; what is loaded into a server to make it fail.
FAULTS_OBJ := $(filter-out $(TALLY:=.o),$(call objects,$(FAULTS_SRC)))
$(TALLY): %: %.o $(FAULTS_OBJ) $(LIBSUPPORT) $(LIBCLIENT) $(LIBPROTO)
	$(call step,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

$(NTH): tests/faults/nth/nth.c tests/faults/nth/nth.h
	$(call step,LD)mkdir -p $(@D) && $(CC) -D_GNU_SOURCE -std=c17 -O2 $(WARNINGS) -fPIC -shared -o $@ $<

-include $(shell [ -d $(BUILD) ] && find $(BUILD) -name '*.d')

# ---------------------------------------------------------------- run
# The sandbox and the tests take the programs of this build.
export CANDOUR_BUILD := $(BUILD)

.PHONY: demo run
demo run:
	@deploy/dependencies.sh build run
	@$(MAKE) all
	@deploy/sandbox.sh $(if $(filter demo,$@),deploy/demo.sh)

# ---------------------------------------------------------------- check
LINTS := $(sort $(wildcard tests/lint/*.sh))
FAULTS := $(filter-out tests/faults/lib.sh,$(sort $(wildcard tests/faults/*.sh)))
# A sanitizer keeps freed memory, to tell who uses it, so nothing is looked for in there.
E2E := $(if $(filter 1,$(SAN)),$(filter-out %/memory,$(E2E_BIN)),$(E2E_BIN)) \
	$(filter-out tests/e2e/lib%.sh,$(sort $(wildcard tests/e2e/*.sh))) \
	$(if $(filter 1,$(SAN)),tests/faults/hostile.sh,$(filter-out tests/faults/timing.sh,$(FAULTS)))
.PHONY: check check-lint check-unit check-e2e check-browser
check-lint: $(GENERATED)
	@BUILD=$(BUILD) tests/run.sh $(LINTS)
# Unit tests that need PostgreSQL find it by the usual PGHOST and so on.
check-unit: $(UNIT_BIN) $(CATALOGUES)
	@deploy/sandbox.sh --database-only tests/run.sh $(UNIT_BIN)
# Each has a sandbox of its own and mostly waits, so there is one for each processor at a time.
# What only check-package runs is built here, so that it always builds.
check-e2e: all $(E2E_BIN) $(ATTACK) $(TALLY) $(NTH) $(PACKAGE_BIN)
	@printf '%s\n' $(E2E) | xargs -d '\n' -n 1 -P "$$(nproc)" tests/run.sh

# The reports as HTML, in Chromium.
check-browser: $(SAMPLES)
	@tests/run.sh tests/browser/check.sh

# Everything, plain and with sanitizers. Whatever fails, the rest still runs, and the last line counts it all. A part
# that ends without having counted, because it could not be built or started, is one failure.
RESULTS := build/results
CHECKS := check-lint.0 check-unit.0 check-e2e.0 check-browser.0 check-unit.1 check-e2e.1 check-fuzz.0
check:
	@deploy/dependencies.sh build run check fuzz
	@mkdir -p build && : >$(RESULTS)
	@for part in $(CHECKS); do \
		target=$${part%.*} san=$${part#*.}; \
		echo "== $$target, $$([ $$san = 0 ] && echo plain || echo sanitized)"; \
		before=$$(wc -l <$(RESULTS)); \
		$(MAKE) SAN=$$san BUILD=build/$$([ $$san = 0 ] && echo plain || echo san) \
			CANDOUR_RESULTS=$(RESULTS) $$target && continue; \
		[ $$? -lt 128 ] || exit 1; \
		[ $$(wc -l <$(RESULTS)) -gt $$before ] || echo '0 1' >>$(RESULTS); \
	done
	@tests/run.sh --total $(RESULTS)

# ---------------------------------------------------------------- install
SHARE = "$(DESTDIR)$(PREFIX)/share/candour"
DOC = "$(DESTDIR)$(PREFIX)/share/doc/candour"
UNITS = "$(DESTDIR)$(PREFIX)/lib/systemd/system"
USER_UNITS = "$(DESTDIR)$(PREFIX)/lib/systemd/user"
copy = install -m 644 -D -t $(2) $(1)
# Manual pages, and what shells complete; Debian's zsh looks for the packages' in a folder of their own.
MANUALS := $(BUILD)/man/candour.1 $(BUILD)/man/candourd.conf.5 docs/candour-pdf.1 docs/candourd.8 docs/candour-backup.8
COMPLETIONS := $(BUILD)/completion/candour $(BUILD)/completion/_candour
ZSH = $(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
$(BUILD)/man/candour.1: $(BUILD)/candour
	$(call step,GEN)mkdir -p $(@D) && $< manual >$@
$(BUILD)/man/candourd.conf.5: $(BUILD)/candourd docs/candourd.conf.awk
	$(call step,GEN)mkdir -p $(@D) && $< example | awk -f docs/candourd.conf.awk >$@
$(BUILD)/completion/candour: $(BUILD)/candour
	$(call step,GEN)mkdir -p $(@D) && $< completion bash >$@
$(BUILD)/completion/_candour: $(BUILD)/candour
	$(call step,GEN)mkdir -p $(@D) && $< completion zsh >$@
.PHONY: install
install: all $(MANUALS) $(COMPLETIONS)
	install -D -m 755 -t "$(DESTDIR)$(PREFIX)/bin" $(BUILD)/candour $(BUILD)/candour-pdf
	install -D -m 755 -t "$(DESTDIR)$(PREFIX)/sbin" $(BUILD)/candourd
	$(foreach file,$(CATALOGUES), \
		install -D -m 644 $(file) "$(DESTDIR)$(PREFIX)/share/locale/$(patsubst $(BUILD)/locale/%,%,$(file))" &&) true
	install -d $(UNITS)
	$(foreach file,$(wildcard systemd/*.service systemd/*.socket systemd/*.target systemd/*.timer), \
		sed 's,/usr/local/,$(PREFIX)/,g' $(file) >$(UNITS)/$(notdir $(file)) &&) true
	install -d $(USER_UNITS)
	$(foreach file,$(wildcard systemd/user/*), \
		sed 's,/usr/local/,$(PREFIX)/,g' $(file) >$(USER_UNITS)/$(notdir $(file)) &&) true
	$(foreach file,$(wildcard systemd/*sysusers*), \
		install -D -m 644 $(file) "$(DESTDIR)$(PREFIX)/lib/sysusers.d/candour.conf" &&) true
	$(foreach file,$(wildcard systemd/*tmpfiles*), \
		install -D -m 644 $(file) "$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/candour.conf" &&) true
	$(call copy,$(BUILD)/completion/candour,"$(DESTDIR)$(PREFIX)/share/bash-completion/completions")
	$(call copy,$(BUILD)/completion/_candour,"$(DESTDIR)$(PREFIX)/share/zsh/$(ZSH)")
	$(foreach file,$(MANUALS), \
		install -D -m 644 -t "$(DESTDIR)$(PREFIX)/share/man/man$(subst .,,$(suffix $(file)))" $(file) &&) true
	$(call copy,$(wildcard docs/*.md README.md NEWS.md LICENSE proto/PROTOCOL.md deploy/*.example),$(DOC))
	$(call copy,$(wildcard frameworks/*.csv),$(SHARE)/frameworks)
	$(call copy,$(wildcard tests/e2e/json_schemas/*.json),$(SHARE)/schemas)
	$(call copy,sql/roles.sql,$(SHARE))
	install -m 644 deploy/candourd.conf.example $(SHARE)/candourd.conf
	install -m 644 deploy/postgresql.conf $(SHARE)/postgresql.conf
	install -m 755 deploy/backup.sh "$(DESTDIR)$(PREFIX)/sbin/candour-backup"

.PHONY: clean
clean:
	rm -rf build

# ---------------------------------------------------------------- packages
# candour-server and candour for Debian 12, in $(BUILD)/deb.
.PHONY: deb
deb:
	@deploy/dependencies.sh build package
	@deploy/deb.sh $(VERSION) $(BUILD)/deb

# The packages on fresh machines with systemd: installed, used, upgraded, lost, restored, removed. As root, some minutes.
$(PACKAGE_BIN): %: %.o $(LIBCLIENT) $(LIBPROTO)
	$(call step,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
.PHONY: check-package
check-package:
	@deploy/dependencies.sh build package
	@$(MAKE) $(PACKAGE_BIN)
	@tests/package/check.sh

# ---------------------------------------------------------------- attack
# Many rounds, ten to twenty minutes; prints how many ballots an attacker finds the writer of. check-e2e has one round.
.PHONY: check-attack
check-attack:
	@deploy/dependencies.sh build run check
	@$(MAKE) $(PROGRAMS) $(ATTACK)
	@deploy/sandbox.sh $(ATTACK)

# ---------------------------------------------------------------- bench
# How fast it is, beside what people would use instead (tests/bench/README.md); BENCH="NAME..." runs only these.
# Programs, tools that scripts use, and code that they share.
BENCH_SRC := $(call sources,tests/bench tests/bench/tools)
BENCH_BIN := $(patsubst %.c,$(BUILD)/%,$(BENCH_SRC))
LIBBENCH := $(BUILD)/libbench.a
$(LIBBENCH): $(call objects,$(call sources,tests/bench/lib)); $(archive)
BENCH_LIBS = $(if $(findstring bench/daemon_,$@),$(LIBDAEMON) $(LIBREPORT),$(LIBSUPPORT) $(LIBCLIENT)) $(LIBPROTO)
$(BENCH_BIN): $(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(LIBBENCH) $$(BENCH_LIBS)
	$(call step,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka
# Batches of ballots without connections and receipts.
$(BUILD)/tests/bench/daemon_storage: LDFLAGS += -Wl,--wrap=box_cast_reply,--wrap=crypto_sign_message
.PHONY: bench
bench:
	@deploy/dependencies.sh build run bench
	@$(MAKE) all $(BENCH_BIN)
	@tests/bench/run.sh $(BENCH)

# ---------------------------------------------------------------- fuzz
# Inputs made by libFuzzer (tests/fuzz); SECONDS of processor time in all, shared by the targets. What grows and what is
# found stays in build/fuzz/fuzz. fuzz-corpus writes the inputs anew that the targets begin with.
FUZZ_TARGETS := agreed ballot client conn gate manifest report table tls
FUZZ := $(patsubst %,$(BUILD)/fuzz/%,$(FUZZ_TARGETS))
FUZZ_CORPUS := $(BUILD)/fuzz/corpus
comma := ,
.SECONDARY: $(patsubst $(BUILD)/fuzz/%,$(BUILD)/tests/fuzz/%.o,$(FUZZ) $(FUZZ_CORPUS))
FUZZ_DAEMON := $(patsubst %,$(BUILD)/fuzz/%,conn gate table tls)
SECONDS ?= 60
$(BUILD)/fuzz/conn $(BUILD)/fuzz/gate: $(call objects,tests/fuzz/doors.c tests/fuzz/stand_in_tls.c tests/fuzz/stand_in_db.c)
$(FUZZ_CORPUS): $(LIBSUPPORT)
$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $$(if $$(filter $$@,$(FUZZ_DAEMON)),$(LIBDAEMON) $(LIBREPORT)) $(LIBCLIENT) \
	$(LIBPROTO) $(BUILD)/fuzz/protobuf-c.o
	$(call step,LD)mkdir -p $(@D) && $(CC) $(CFLAGS) $(if $(filter %/corpus,$@),,-fsanitize=fuzzer) $(LDFLAGS) \
		$(if $(filter %/client %/corpus,$@),-Wl$(comma)--wrap=clock_now) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS) -lcmocka
$(BUILD)/fuzz/protobuf-c.o: tests/fuzz/protobuf.sh
	$(call step,CC)mkdir -p $(@D) && tests/fuzz/protobuf.sh $@ $(CC)
.PHONY: fuzz fuzz-run fuzz-corpus check-fuzz
fuzz fuzz-corpus:
	@deploy/dependencies.sh build fuzz
	@$(MAKE) SAN=fuzz BUILD=build/fuzz $(if $(filter fuzz,$@),fuzz-run,build/fuzz/fuzz/corpus)
	@$(if $(filter fuzz,$@),,rm -rf tests/fuzz/corpus && LLVM_PROFILE_FILE=/dev/null build/fuzz/fuzz/corpus tests/fuzz/corpus)
fuzz-run: $(FUZZ)
	@tests/fuzz/run.sh $(SECONDS) $(FUZZ)
check-fuzz:
	@$(MAKE) SAN=fuzz BUILD=build/fuzz fuzz-run

# ---------------------------------------------------------------- scanners
# What sslscan and testssl.sh say of both doors.
.PHONY: check-tls check-valgrind
check-tls:
	@deploy/dependencies.sh build run tls
	@$(MAKE) all
	@deploy/sandbox.sh tests/tls/scan.sh
# The unit tests, and the daemon through a whole round, under valgrind; about half an hour.
check-valgrind:
	@deploy/dependencies.sh build run check valgrind
	@$(MAKE) all $(UNIT_BIN)
	@tests/valgrind.sh $(UNIT_BIN)

# ---------------------------------------------------------------- faults
# Everything that can break is broken while raters cast (tests/faults/README.md). check-e2e has a little of each.
.PHONY: check-faults
check-faults:
	@deploy/dependencies.sh build run check faults
	@$(MAKE) $(PROGRAMS) $(TALLY) $(NTH) $(CRASH)
	@FAULTS_ALL=yes tests/run.sh $(FAULTS) $(CRASH) tests/e2e/clerk.sh

# ---------------------------------------------------------------- high availability
# Three database hosts and two Candour hosts in network namespaces, broken TIMES times in each way. Needs root.
TIMES := 1
.PHONY: ha-demo
ha-demo:
	@deploy/dependencies.sh build run check ha
	@$(MAKE) $(PROGRAMS) $(TALLY)
	@deploy/ha/demo.sh $(TIMES)

# ---------------------------------------------------------------- reference
# The report engine's figures, worked out with R as well. RECORD=1 writes the table that check-unit compares with.
REFERENCE_OBJ := $(call objects,$(call sources,tests/reference))
REFERENCE := $(BUILD)/tests/reference/print
$(REFERENCE): $(REFERENCE_OBJ) $(LIBREPORT) $(LIBPROTO)
	$(call step,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
.PHONY: check-reference
check-reference:
	@deploy/dependencies.sh build reference
	@$(MAKE) $(REFERENCE)
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && $(REFERENCE) "$$folder" && \
		Rscript --vanilla tests/reference/reference.R "$$folder" tests/unit/report_reference.h $(if $(RECORD),--record)
