# Two commands do everything: `make demo` and `make test`. Both make .venv first. Outside this folder only two things
# change: compiled kernels and pip's downloads go to the user's cache, and on a Debian that lacks them python3-venv and
# (for the tests of pages) chromium are installed, where that is allowed.

PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help demo test verify lint kernels format bench examples clean

help:
	@echo "make demo      install into .venv, train on a small real table, print the metrics, write model and pictures"
	@echo "make test      install what the tests need; lint, types, import rules, tests"
	@echo "make verify    the long form of the tests: whole products of cases, mutants, many generated tables"
	@echo "make lint      ruff, pyright, import-linter"
	@echo "make format    let ruff format"
	@echo "make bench     the benchmarks (minutes; PyTorch is compared if it is installed)"
	@echo "make examples  the text's network for |x|, and under- and overfitting by width, as pictures"

# A Debian without ensurepip lacks only python3-venv; it is added where that is allowed.
$(BIN)/python:
	$(PYTHON) -m venv .venv || { rm -rf .venv; apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv .venv; }

.venv/installed: $(BIN)/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/installed-for-tests: $(BIN)/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ .venv/installed

# Debian's Chromium, for the tests of the pages; playwright's own download is not wanted. It is added where that is
# allowed (root, apt-get); elsewhere the browser tests are skipped, and say why.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD = 1
.venv/chromium: .venv/installed-for-tests
	@if test -x /usr/bin/chromium; then touch $@; \
	elif test "$$(id -u)" = 0 && command -v apt-get > /dev/null; then \
	    apt-get update -qq && apt-get install -y -qq chromium && touch $@ \
	    || echo "Chromium could not be installed: the browser tests will be skipped."; \
	else echo "There is no /usr/bin/chromium, and only root may add it: the browser tests will be skipped."; fi

demo: .venv/installed
	@mkdir -p demo-output
	$(BIN)/pellucid train examples/energy_efficiency.csv --target heating_load --target cooling_load \
	    --model demo-output/energy.safetensors --curves demo-output/energy.png
	@echo "Once more from the saved model, on the whole table: most of its rows were trained on, so these metrics are"
	@echo "better than those of the test rows above, which are the honest ones."
	$(BIN)/pellucid evaluate demo-output/energy.safetensors examples/energy_efficiency.csv
	$(BIN)/pellucid train examples/breast_cancer.csv --target diagnosis \
	    --model demo-output/cancer.safetensors --curves demo-output/cancer.png
	$(BIN)/pellucid predict demo-output/cancer.safetensors examples/breast_cancer.csv --probabilities \
	    --out demo-output/cancer-predictions.csv

lint: .venv/installed-for-tests
	$(BIN)/ruff check src tests benchmarks examples docs
	$(BIN)/ruff format --check src tests benchmarks examples docs
	$(BIN)/pyright
	$(BIN)/lint-imports

# Beside the lint, and once: else both processes of pytest begin by compiling the same kernels at the same time.
kernels: .venv/installed-for-tests
	$(BIN)/python tests/engines/compile_kernels.py

test: .venv/chromium
	$(MAKE) --jobs 2 lint kernels
	$(BIN)/pytest -n 2 -m "not verify"

verify: .venv/chromium
	$(MAKE) --jobs 2 lint kernels
	$(BIN)/pytest -n 2

format: .venv/installed-for-tests
	$(BIN)/ruff check --fix src tests benchmarks examples docs
	$(BIN)/ruff format src tests benchmarks examples docs

bench: .venv/installed-for-tests
	for question in benchmarks/*.py; do $(BIN)/python $$question || exit 1; done

examples: .venv/installed
	for example in examples/*.py; do $(BIN)/python $$example || exit 1; done

clean:
	rm -rf .venv demo-output build dist
