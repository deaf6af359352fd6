# Everything runs in .venv, made from the hash-pinned lists in requirements/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check

.PHONY: setup setup-dev setup-bench demo run check format test test-all bench lock clean

setup: $(VENV)/.runtime node_modules/.installed
setup-dev: setup $(VENV)/.test

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements/runtime.txt
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.runtime
	$(PIP) --require-hashes -r requirements/test.txt
	touch $@

$(VENV)/.bench: requirements/bench.txt $(VENV)/.test
	$(PIP) --require-hashes -r requirements/bench.txt
	touch $@

# The report's font comes from npm; nothing of it is kept in the repository.
node_modules/.installed: package-lock.json
	npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	touch $@

demo: setup
	$(BIN)/devicetrail demo

run: setup
	$(BIN)/devicetrail worker

check: setup-dev
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/lint-imports
	$(BIN)/mypy

format: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: setup-dev
	$(BIN)/pytest -n 2 --dist loadgroup -m "not slow"

test-all: setup-dev
	$(BIN)/pytest -n 2 --dist loadgroup

setup-bench: $(VENV)/.bench
bench: setup-bench
	$(BIN)/python -m bench.run

# Renew the pinned lists. Run by hand; the result carries hashes, never addresses.
lock: setup-dev
	for list in runtime test bench ocr; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-annotate --no-header --no-emit-index-url requirements/$$list.in -o requirements/$$list.txt; \
	done

clean:
	rm -rf $(VENV) node_modules demo-data
