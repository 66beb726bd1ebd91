# Two commands matter: `make demo` runs the product, `make test` its tests. Both need Python 3.11+ and nothing else.

PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
CHROMIUM_PATH ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
export CHROMIUM_PATH

BIN := .venv/bin
UV := $(BIN)/uv
# The development set holds the run-time set: once it is there, the demo takes it and removes nothing.
INSTALLED = $(if $(wildcard .venv/.dev),.venv/.dev,.venv/.runtime)

.PHONY: demo demo-reset test test-servers faults isolation bench bench-intelligence lint format schema lock screenshots

demo: $(INSTALLED)
	@exec $(BIN)/cip demo

demo-reset: $(INSTALLED)
	@$(BIN)/cip demo --reset

# The browser tests run by themselves: Playwright's loop leaves no room in its process for the loops of the others.
test: .venv/.dev
ifeq ($(CHROMIUM_PATH)$(CI),true)
	@echo "No Chromium found: install it or set CHROMIUM_PATH, the browser tests must run here." >&2; exit 1
endif
	$(BIN)/pytest -n 2 --ignore=tests/e2e
ifneq ($(CHROMIUM_PATH),)
	$(BIN)/pytest -n 2 tests/e2e
else
	@echo "Left out: the browser tests (tests/e2e), no Chromium found. Install it or set CHROMIUM_PATH."
endif

# These use neither database nor Redis.
WITHOUT_SERVICES := architecture intelligence ui

# The same tests on Debian's PostgreSQL and Redis instead of the embedded ones.
test-servers: .venv/.dev
	CIP_TEST_SERVICES=servers $(BIN)/pytest -n 2 $(addprefix --ignore=tests/,e2e $(WITHOUT_SERVICES))

# What is broken on purpose, with what was measured. CIP_FAULTS_SECONDS=300 makes the history check longer.
faults: .venv/.dev
	$(BIN)/pytest -s tests/faults

# That no tenant sees another's: build/isolation.json says what was tried, and how it ended.
isolation: .venv/.dev
	$(BIN)/python -m tests.isolation.report build/isolation.json

# What it costs, next to the limit and to peers, in one run each. The fan-out's peer needs node and npm.
bench: .venv/.dev
	$(BIN)/python -m tests.benchmarks.ingest
	$(BIN)/python -m tests.benchmarks.cache
	$(BIN)/python -m tests.benchmarks.fanout
	$(BIN)/python -m tests.benchmarks.weights

# Models next to the libraries people use, which are installed into a temporary folder, and on a million customers.
bench-intelligence: .venv/.dev
	$(BIN)/python -m tests.benchmarks.intelligence

lint: .venv/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cip schema --check

format: .venv/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

schema: .venv/.dev
	$(BIN)/cip schema

lock: $(UV)
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra build \
		--output-file requirements/runtime.txt pyproject.toml
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra dev \
		--constraint requirements/runtime.txt --output-file requirements/dev.txt pyproject.toml

screenshots: .venv/.dev
	$(BIN)/python -m tests.e2e.screenshots screenshots

$(UV): requirements/uv.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and none was found, set PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else \
		"Python 3.11 or newer is needed and $(PYTHON) is %d.%d, set PYTHON=/path/to/another" % v[:2])'
	@echo "Making .venv with $(PYTHON) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/.runtime: requirements/runtime.txt pyproject.toml $(UV)
	@echo "Installing what the product needs (requirements/runtime.txt) ..."
	@$(UV) pip sync --python $(BIN)/python --require-hashes requirements/runtime.txt
	@$(UV) pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.txt pyproject.toml $(UV)
	@echo "Installing what the product and its tests need (requirements/dev.txt) ..."
	@$(UV) pip sync --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(UV) pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation --editable .
	@touch $@
