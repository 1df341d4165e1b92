# SPDX-License-Identifier: Apache-2.0
# A front for meson and ninja. `make` leaves build/podgate; see CONTRIBUTING.md for the rest.

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 60
MESON_OPTIONS ?=
export FUZZ_SECONDS

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@scripts/bootstrap --check build
	@meson setup $(BUILD) -Dwerror=true -Dprefix=$(PREFIX) $(MESON_OPTIONS)

# Whatever a machine lacks is installed first; where nothing is missing this is a moment's look.
bootstrap-%:
	@scripts/bootstrap $*

run: bootstrap-run
	@$(MAKE) --no-print-directory all
	@scripts/demo $(BUILD)/podgate

test: bootstrap-test
	@scripts/test

e2e: all
	@scripts/test e2e real

lint: bootstrap-lint
	@$(MAKE) --no-print-directory all
	@scripts/lint $(BUILD)

fuzz: bootstrap-fuzz
	@scripts/fuzz

bench: bootstrap-bench
	@$(MAKE) --no-print-directory all
	@ninja -C $(BUILD) podgate-bench podgate-bench-serve podgate-bench-api podgate-bench-webhook podgate-bench-reviews podgate-bench-durable podgate-bench-rbac >/dev/null
	@bench/run $(BUILD)

format:
	@scripts/format

check-layers:
	@scripts/check-layers

install: all
	@meson configure $(BUILD) -Dprefix=$(PREFIX)
	@ninja -C $(BUILD) >/dev/null
	@meson install -C $(BUILD) --no-rebuild --quiet $(if $(DESTDIR),--destdir "$(abspath $(DESTDIR))")

clean:
	@rm -rf $(BUILD) build-clang build-fuzz build-sanitize build-threads

help:
	@echo 'make               build/podgate'
	@echo 'make run           install what is missing, build, play examples/ in a rehearsal cluster'
	@echo 'make test          install what is missing, build and run every test'
	@echo 'make e2e           the tests that run the built program, and beside a real kube-apiserver'
	@echo 'make bench         figures against the budgets, build/bench.json'
	@echo 'make lint          clang-tidy, formatting, layers'
	@echo 'make fuzz          every fuzz target for FUZZ_SECONDS seconds (default 60)'
	@echo 'make install       into PREFIX (default /usr/local), under DESTDIR when given'
	@echo 'make format        clang-format over the sources'
	@echo 'make check-layers  who includes whom, against the table of rooms'
	@echo 'make clean         remove the build folders'

.PHONY: all run test bench e2e lint fuzz format check-layers install clean help
