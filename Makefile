# agentd: build, start, test, install. `make help` lists the targets.

VERSION := $(shell sed -n 's/.*AGENTD_VERSION "\(.*\)"/\1/p' daemon/base/version.h)

CC       ?= cc
PREFIX   ?= /usr/local
SYSCONF  ?= /etc
STATE    ?= /var/lib/agentd
DESTDIR  ?=

# SAN=1 builds with AddressSanitizer and UBSan, into a folder of its own.
SAN      ?=
BUILD    ?= build$(if $(SAN),-san)

# --- flags ---

MACHINE  := $(shell $(CC) -dumpmachine 2>/dev/null)
CLANG    := $(findstring clang,$(shell $(CC) --version 2>/dev/null))

WARN     := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wformat=2 \
            $(if $(CLANG),,-Wno-format-truncation) -Werror
HARDEN   := -fstack-protector-strong -fstack-clash-protection -fPIE \
            $(if $(findstring x86_64,$(MACHINE)),-fcf-protection) \
            $(if $(CLANG),,-ftrivial-auto-var-init=zero)
ifdef SAN
OPTIMIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LINKING  := -fsanitize=address,undefined
else
OPTIMIZE := -O2 -g -D_FORTIFY_SOURCE=$(if $(CLANG),2,3) $(HARDEN)
LINKING  := -pie -Wl,-z,relro,-z,now,-z,noexecstack
endif
CFLAGS   ?=
LDFLAGS  ?=

ALL_CFLAGS  := -std=gnu11 -D_GNU_SOURCE -DWEB_DIR='"$(BUILD)/web"' -DSTATE_DIR='"$(STATE)"' \
               -DCONFIG_FILE='"$(SYSCONF)/agentd/agentd.conf"' -Idaemon $(WARN) $(OPTIMIZE) $(CFLAGS)
ALL_LDFLAGS := $(LINKING) $(LDFLAGS)
LIBS        := -ldaemon -linih -lsqlite3 -lexpat -lunistring -lcmark -lwslay -lcrypt -lssl -lcrypto -lz -lzstd

# `make V=1` shows whole commands.
V   ?=
Q   := $(if $(V),,@)
say  = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

# What is made on the way to another target is made by all CPUs.
PARALLEL  = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))

# --- files ---

SOURCES := $(wildcard daemon/*.c daemon/*/*.c)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
UNITS   := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))

.PHONY: always all help deps test-deps start stop test lint bench bench-http bench-ftp bench-chat fuzz docs install uninstall clean
all: $(BUILD)/agentd

help:
	@echo 'make            build $(BUILD)/agentd'
	@echo 'make start      install what is missing, build, start from etc/agentd.conf'
	@echo 'make stop       stop it'
	@echo 'make test       install what the tests need, build, run all of them (SAN=1: with sanitizers)'
	@echo 'make lint       formatting, include directions, static analysis'
	@echo 'make bench      measure, beside other servers (bench-http, bench-ftp, bench-chat: one door)'
	@echo 'make fuzz       fuzz the parsers (SECONDS=60 each)'
	@echo 'make docs       write etc/agentd.conf and the key list of its man page anew'
	@echo 'make install    to $(PREFIX), $(SYSCONF)/agentd and $(STATE) (DESTDIR, PREFIX, SYSCONF, STATE)'
	@echo 'make uninstall  all but the configuration and what was stored'
	@echo 'make clean      remove what was built; V=1 shows whole commands'

$(BUILD)/agentd: $(OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/%.o: %.c Makefile $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# What browsers load goes into the binary without what is there for its readers.
WEB := $(wildcard daemon/web/*.html daemon/web/*.css daemon/web/*.js daemon/web/*.svg)
$(BUILD)/daemon/web/web.o: $(WEB:daemon/%=$(BUILD)/%)
$(BUILD)/web/%.js: daemon/web/%.js daemon/web/squeeze.awk
	@mkdir -p $(@D)
	$(Q)LC_ALL=C awk -f daemon/web/squeeze.awk $< >$@.new && mv $@.new $@
$(BUILD)/web/%.css: daemon/web/%.css Makefile
	@mkdir -p $(@D)
	$(Q)sed -e 's/^ *//' -e 's| */\*.*\*/$$||' -e 's/ *\([{};,]\) */\1/g' -e 's/: /:/g' -e 's/;}/}/g' -e '/^$$/d' $< | sed -e ':all' -e 'N' -e '$$!b all' -e 's/\([{};,]\)\n/\1/g' >$@.new && mv $@.new $@
$(BUILD)/web/%: daemon/web/%
	@mkdir -p $(@D)
	$(Q)cp $< $@

# Other flags, or folders, make other objects.
$(BUILD)/flags: always
	@mkdir -p $(@D)
	@printf '%s\n' $(CC) $(ALL_CFLAGS) | cmp -s - $@ || printf '%s\n' $(CC) $(ALL_CFLAGS) > $@

-include $(OBJECTS:.o=.d)

# --- what Debian has to bring ---

BUILD_PACKAGES := libdaemon-dev libinih-dev libsqlite3-dev libunistring-dev libcmark-dev libcrypt-dev \
                  libssl-dev zlib1g-dev libzstd-dev libexpat1-dev libwslay-dev
TEST_PACKAGES  := bats libcmocka-dev curl wget lftp tnftp ncftp irssi tmux python3 procps util-linux dash busybox \
                  faketime openssl shellcheck zstd cadaver rclone litmus weechat-headless weechat-plugins \
                  chromium:chromium node:nodejs npm:npm
LINT_PACKAGES  := clang-format cppcheck shellcheck mandoc dash busybox python3
BENCH_PACKAGES := wrk nginx-light lighttpd lighttpd-mod-openssl curl lftp python3 python3-pyftpdlib \
                  libident procps util-linux
FUZZ_PACKAGES  := clang libclang-rt-14-dev

deps:
	@sh tests/packages.sh $(BUILD_PACKAGES)
test-deps:
	@sh tests/packages.sh $(BUILD_PACKAGES) $(TEST_PACKAGES)
	@BUILD=$(BUILD) sh tests/npm.sh

# --- use ---

start: deps
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@if ctl/agentctl status 2>/dev/null; then \
	    echo; echo '  It ran already; ctl/agentctl restart starts what was built just now.'; \
	else ctl/agentctl start; fi
stop:
	@ctl/agentctl stop

# --- checks ---

test: test-deps
	@$(MAKE) --no-print-directory $(PARALLEL) all $(UNITS)
	@BUILD=$(BUILD) tests/run.sh

# A test runs once: to optimize it takes longer. It takes out of the archive what it needs, not all.
QUICK := -O0 -U_FORTIFY_SOURCE
$(BUILD)/agentd.a: $(filter-out $(BUILD)/daemon/main.o,$(OBJECTS))
	@rm -f $@
	$(Q)$(AR) rcsT $@ $^

$(BUILD)/tests/unit/%: tests/unit/%.c tests/unit/check.h tests/unit/with_store.h $(BUILD)/agentd.a
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) $(QUICK) -Itests/unit $(ALL_LDFLAGS) -o $@ $(filter-out %.h,$^) $(LIBS) -lcmocka

lint:
	@sh tests/packages.sh $(BUILD_PACKAGES) $(LINT_PACKAGES)
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@BUILD=$(BUILD) tests/lint/run.sh

bench:
	@sh tests/packages.sh $(BUILD_PACKAGES) $(BENCH_PACKAGES)
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@BUILD=$(BUILD) tests/bench/run.sh
bench-http:
	@BENCH='http tls' $(MAKE) --no-print-directory $(PARALLEL) bench
bench-ftp:
	@BENCH=ftp $(MAKE) --no-print-directory $(PARALLEL) bench
bench-chat:
	@BENCH='chat chatload' $(MAKE) --no-print-directory $(PARALLEL) bench

SECONDS ?= 60
fuzz:
	@sh tests/packages.sh $(BUILD_PACKAGES) $(FUZZ_PACKAGES)
	@SECONDS_EACH=$(SECONDS) tests/fuzz/run.sh

docs: all
	@$(BUILD)/agentd -x config sample > etc/agentd.conf.new && mv etc/agentd.conf.new etc/agentd.conf
	@$(BUILD)/agentd -x config man > $(BUILD)/keys.mdoc
	@sed -e '/^\.\\" KEYS BEGIN/,/^\.\\" KEYS END/{/^\.\\" KEYS BEGIN/{p;r $(BUILD)/keys.mdoc' -e '};/^\.\\" KEYS END/p;d}' \
	    etc/agentd.conf.5 > etc/agentd.conf.5.new && mv etc/agentd.conf.5.new etc/agentd.conf.5

# --- installing ---

install: all
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(SYSCONF)/agentd $(DESTDIR)$(STATE) \
	    $(DESTDIR)$(PREFIX)/share/man/man5 $(DESTDIR)$(PREFIX)/share/man/man8 \
	    $(DESTDIR)$(PREFIX)/share/doc/agentd
	install -m 755 $(BUILD)/agentd ctl/agentctl $(DESTDIR)$(PREFIX)/sbin/
	test -e $(DESTDIR)$(SYSCONF)/agentd/agentd.conf || \
	    install -m 644 etc/agentd.conf $(DESTDIR)$(SYSCONF)/agentd/agentd.conf
	install -m 644 etc/agentd.conf.5 $(DESTDIR)$(PREFIX)/share/man/man5/
	install -m 644 ctl/agentctl.8 ctl/agentd.8 $(DESTDIR)$(PREFIX)/share/man/man8/
	install -m 644 README.md LICENSE $(DESTDIR)$(PREFIX)/share/doc/agentd/
	for file in init/*; do \
	    sed -e 's|/usr/local/sbin|$(PREFIX)/sbin|g' -e 's|/etc/agentd|$(SYSCONF)/agentd|g' \
	        -e 's|/var/lib/agentd|$(STATE)|g' $$file \
	        > $(DESTDIR)$(PREFIX)/share/doc/agentd/$${file#init/}; \
	done
	@echo 'Installed. Service files for systemd, sysvinit and OpenRC, and one for logrotate, are in'
	@echo '$(PREFIX)/share/doc/agentd. Give it a user: useradd --system --home $(STATE) agentd,'
	@echo 'chown agentd: $(STATE), and set [agentd] user in $(SYSCONF)/agentd/agentd.conf.'

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/agentd $(DESTDIR)$(PREFIX)/sbin/agentctl \
	    $(DESTDIR)$(PREFIX)/share/man/man5/agentd.conf.5 \
	    $(DESTDIR)$(PREFIX)/share/man/man8/agentctl.8 $(DESTDIR)$(PREFIX)/share/man/man8/agentd.8
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/agentd
	@echo '$(SYSCONF)/agentd and $(STATE) are yours, and stay.'

clean:
	rm -rf build build-*
