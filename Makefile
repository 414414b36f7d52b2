# make run    console and API on http://127.0.0.1:6006
# make test   all tests
# make check  format, lint, types, tests
# make bench  how fast it is, compared with what was recorded: five minutes on two cores

HOST ?= 127.0.0.1
PORT ?= 6006
MODEL ?= auto
WORKERS ?= logical
PYTHON ?= python3
# What was compiled once is not compiled again, whatever the environment says.
export PYTHONDONTWRITEBYTECODE :=

VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.requirements
DEV_STAMP := $(VENV)/.requirements-dev
# The exit status of pytest where ARGS choose no test.
NONE := 5
BENCH := build/benchmarks/quick
APT_PACKAGES := espeak-ng chromium fonts-noto-cjk fonts-noto-color-emoji

.PHONY: run test check format fuzz demo-checkpoint demo-eval system-packages bench bench-measure bench-record pictures clean

run: $(RUN_STAMP)
	@echo "==> serving on http://$(HOST):$(PORT)   (Ctrl+C ends)"
	$(BIN)/python app.py --host $(HOST) --port $(PORT) --model $(MODEL)

# Those that measure time, or keep all cores busy, run by themselves. It fails where one of both does, or both found none.
test: $(DEV_STAMP) system-packages
	@echo "==> running tests, one a core"
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --maxprocesses 4 --dist worksteal --alone never $(ARGS); beside=$$?; \
	echo "==> running those that measure time or keep all cores busy, one by one"; \
	$(BIN)/python -m pytest --alone only $(ARGS); alone=$$?; \
	case $$beside-$$alone in 0-0 | 0-$(NONE) | $(NONE)-0) ;; *) exit 1 ;; esac

check: $(DEV_STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(MAKE) test

format: $(DEV_STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Ten thousand broken files to a real server: ten minutes. ARGS="--first 4711 --files 1" sends one of them again.
fuzz: $(DEV_STAMP)
	$(BIN)/python -m benchmarks.fuzz $(ARGS)

# Every tab of the console, as the README shows it.
pictures: $(DEV_STAMP) system-packages
	$(BIN)/python -m tests.browser.pictures

# The bundled demo checkpoint, from nothing but this repository and espeak-ng; resumes where it was interrupted.
demo-checkpoint: $(DEV_STAMP) system-packages
	$(BIN)/python -m training.demo.tokens
	$(BIN)/python -m training.demo.corpus
	$(BIN)/python -m training.demo.train
	$(BIN)/python -m training.demo.export
	$(BIN)/python -m training.demo.samples
	$(MAKE) demo-eval

demo-eval: $(DEV_STAMP) system-packages
	$(BIN)/python -m training.demo.evaluate

# Quick versions of all benchmarks; fails when a ratio is much worse than benchmarks/baseline.json has it.
bench: bench-measure
	$(BIN)/python -m benchmarks.baseline compare $(BENCH)

bench-record: bench-measure
	$(BIN)/python -m benchmarks.baseline record $(BENCH)

bench-measure: $(DEV_STAMP)
	rm -rf $(BENCH)
	for benchmark in engine http long startup; do \
		$(BIN)/python -m benchmarks.$$benchmark --quick --json $(BENCH)/$$benchmark.json || exit 1; done

$(VENV)/bin/python:
	@echo "==> making $(VENV)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(RUN_STAMP): requirements.txt | $(VENV)/bin/python
	@echo "==> installing requirements.txt (torch first: some minutes the first time)"
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	@touch $@

$(DEV_STAMP): requirements-dev.txt requirements.txt | $(VENV)/bin/python
	@echo "==> installing requirements-dev.txt"
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	@touch $@ $(RUN_STAMP)

# Tests that need one of these are skipped, by name, where it is missing.
system-packages:
	@missing=""; for package in $(APT_PACKAGES); do \
		dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q "install ok" || missing="$$missing $$package"; done; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "==> apt-get install$$missing"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else echo "==> some tests will be skipped. For all of them: sudo apt-get install$$missing"; fi

clean:
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache
