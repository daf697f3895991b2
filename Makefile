# The words of this house. `make help` lists them.

SHELL := /bin/bash
PYTHON ?= python3
ORG ?= party
PORT ?= 8000
BENCH_ROWS ?= 1000000
OP ?= list
SCOPE ?= national
ROWS ?= 100000

VENV := .venv
STAMP := $(VENV)/.installed

# Without its caches pytest compiles every plugin anew, in each worker.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test lint fix sure bench bench-bulk bench-load bench-quick profile migration pins

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(STAMP) ## the API with a demo organisation on 127.0.0.1; ORG=party or alliance, PORT=8000
	@exec $(VENV)/bin/rollbook demo --org $(ORG) --port $(PORT)

demo-reset: $(STAMP) ## throw a demo organisation away, to start over; ORG=party or alliance
	@exec $(VENV)/bin/rollbook demo-reset --org $(ORG)

test: $(STAMP) ## the tests; ARGS="tests/core -k postcode" for some of them
	@exec $(VENV)/bin/pytest -n 3 --dist loadfile $(ARGS)

lint: $(STAMP) ## style, types, directions of import, and the API's description (needs npm)
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	scripts/lint-openapi

fix: $(STAMP) ## mend what ruff can mend
	$(VENV)/bin/ruff check --fix
	$(VENV)/bin/ruff format

sure: lint test ## every proof: lint, test, then the long ones
	$(VENV)/bin/pytest -n 2 --dist loadfile -m slow $(ARGS)

bench: $(STAMP) ## measure against a bare handler, and growth, some twenty minutes; BENCH_ROWS=1000000, ARGS for the benchmark
	@exec $(VENV)/bin/python -m benchmarks.requests --rows $(BENCH_ROWS) --report benchmarks/REPORT.md $(ARGS)

bench-bulk: $(STAMP) ## measure import and export against what is written by hand; BENCH_ROWS=1000000, ARGS for the benchmark
	@exec $(VENV)/bin/python -m benchmarks.bulk --rows $(BENCH_ROWS) --report benchmarks/REPORT.md $(ARGS)

bench-load: $(STAMP) ## what it bears: 500 clients, slow ones, a database that goes away; some twelve minutes, ARGS for the benchmark
	@exec $(VENV)/bin/python -m benchmarks.endure --clients 500 --workers 2 --seconds 300 --report benchmarks/REPORT.md $(ARGS)

bench-quick: $(STAMP) ## the same with ten thousand members, for a first look; writes no report
	@exec $(VENV)/bin/python -m benchmarks.requests --rows 10000 --rounds 2 --seconds 0.3 $(ARGS)

profile: $(STAMP) ## where the time of an operation goes; OP=list, SCOPE=leaf, region or national, ROWS=100000
	@exec $(VENV)/bin/python -m benchmarks.requests.profiling $(OP) --scope $(SCOPE) --rows $(ROWS) $(ARGS)

migration: $(STAMP) ## a new migration, from what differs between models and database; NAME=disputes_add_deadline
	@if [ -z "$(NAME)" ]; then echo "Say which: make migration NAME=disputes_add_deadline" >&2; exit 2; fi
	@exec $(VENV)/bin/rollbook db revision $(NAME)

# The files stay free of an index address, so that they serve behind any mirror.
RESOLVE = $(VENV)/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --no-header $(ARGS)

pins: $(STAMP) ## pin what pyproject.toml asks for, keeping the versions that fit; ARGS=--upgrade for the newest
	$(RESOLVE) --output-file requirements.txt
	$(RESOLVE) --extra dev --output-file requirements-dev.txt

$(STAMP): requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Rollbook needs Python 3.11 or newer, and '$(PYTHON)' is not: make PYTHON=/path/to/python3.11 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@if [ ! -x $(VENV)/bin/python ] || [ ! -x $(VENV)/bin/pip ]; then echo "Making $(VENV)"; $(PYTHON) -m venv $(VENV); fi
	@set -o pipefail; echo "Installing $$(grep -c == requirements-dev.txt) pinned packages, a minute or so the first time"; \
	  $(VENV)/bin/pip install --disable-pip-version-check --no-input --progress-bar off \
	    --require-hashes -r requirements-dev.txt \
	  | awk '/^Collecting/ {n++; if (n % 10 == 0) {printf "  %d …\n", n; fflush()}} /^Installing/ {print "  unpacking …"; fflush()}'
	@$(VENV)/bin/pip install --disable-pip-version-check --no-input --quiet --no-deps --no-build-isolation -e .
	@touch $@
