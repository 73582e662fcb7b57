# vitrion: `make run` does the main job to a report, `make test` tests everything.
BUILD ?= build
JOBS ?= $(shell nproc)
OUT ?= glass
FUZZ_SECONDS ?= 300
SANITIZE_ROOMS ?= base core numeric neighbor io analysis potential structure
# Compile by batches of files: half the time for a whole build, more than that for one file.
UNITY ?= ON
CONFIGURE = cmake -S . -G Ninja -DVITRION_UNITY=$(UNITY) $(if $(VERBOSE),,--log-level=WARNING)
empty :=
space := $(empty) $(empty)
RECIPE ?= recipes/li3ps4-glass.yaml
export LC_ALL = C.UTF-8

.PHONY: run build test bench format lint sanitize fuzz docs clean packages

## run: install what is missing, build, run the recipe (or go on with it), end with the report's path
run: build
	@if [ -e $(OUT)/resolved.yaml ]; then $(BUILD)/vitrion resume $(OUT); \
	else $(BUILD)/vitrion run $(RECIPE) -o $(OUT); fi

## build: the program, $(BUILD)/vitrion
build:
	@tools/install-packages packages
	@$(CONFIGURE) -B $(BUILD) -DVITRION_TESTS=OFF
	@cmake --build $(BUILD) -j $(JOBS)

## test: unit, physics, format, command-line, browser and lint tests
test:
	@tools/install-packages packages packages-test
	@$(CONFIGURE) -B $(BUILD) -DVITRION_TESTS=ON
	@cmake --build $(BUILD) -j $(JOBS)
	@ctest --test-dir $(BUILD) -j $(JOBS) --output-on-failure $(CTEST_FLAGS)

## bench: speed, alone and beside peers (not a test)
bench:
	@tools/install-packages packages packages-test packages-bench
	@$(CONFIGURE) -B build-bench -DVITRION_TESTS=OFF -DVITRION_BENCH=ON
	@cmake --build build-bench -j $(JOBS)
	@bench/run build-bench

## format: lay out the sources as .clang-format says
format:
	@tools/install-packages packages-test
	@git ls-files 'src/*.[ch]pp' 'tests/*.[ch]pp' 'bench/*.[ch]pp' | xargs clang-format -i

## lint: what the compiler does not see
lint:
	@tools/install-packages packages packages-test
	@$(CONFIGURE) -B build-lint -DVITRION_TESTS=ON -DVITRION_UNITY=OFF -DVITRION_PRECOMPILE=OFF
	@git ls-files 'src/*.cpp' | xargs -P $(JOBS) -n 8 clang-tidy -p build-lint --quiet

## sanitize: unit tests of the rooms that parse and count, under ASan and UBSan
sanitize:
	@tools/install-packages packages packages-test
	@$(CONFIGURE) -B build-sanitize -DVITRION_TESTS=ON -DVITRION_SANITIZE=address,undefined -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_FLAGS=-O1
	@cmake --build build-sanitize -j $(JOBS) --target $(addprefix test_,$(SANITIZE_ROOMS))
	@ctest --test-dir build-sanitize -j $(JOBS) --output-on-failure -R '^($(subst $(space),|,$(SANITIZE_ROOMS)))\.' $(CTEST_FLAGS)

## fuzz: the readers under libFuzzer and the sanitizers, for FUZZ_SECONDS
fuzz:
	@tools/install-packages packages packages-fuzz
	@$(CONFIGURE) -B build-fuzz -DCMAKE_CXX_COMPILER=clang++ -DVITRION_TESTS=OFF -DVITRION_FUZZ=ON -DVITRION_PRECOMPILE=OFF -DVITRION_SANITIZE=address,undefined,fuzzer-no-link -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_FLAGS=-O1
	@cmake --build build-fuzz -j $(JOBS) --target fuzz_formats
	@mkdir -p build-fuzz/corpus
	@cd build-fuzz && ./fuzz_formats corpus -max_len=20000 -timeout=10 -rss_limit_mb=2048 -max_total_time=$(FUZZ_SECONDS)

## docs: the manual's reference pages, from what the program says of itself
docs: build
	@docs/make $(BUILD)/vitrion

clean:
	rm -rf build build-bench build-sanitize build-fuzz build-lint
