# Two commands do everything on a machine with Python and make: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps

.PHONY: demo test soak lint types bases bench bench-shipments bench-overhead bench-peers bench-matching docs screens lock coverage clean

demo: .venv/.runtime
	$(BIN)/mi1c demo $(ARGS)

test: .venv/.dev
	$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

# What takes too long for every run: suspended runs killed at every step, the roll-out and the matching engine in its flow,
# on Prefect servers of their own, then the matrix of faults ten times over. Some forty minutes on two processors.
soak: .venv/.dev
	$(BIN)/python -m pytest -m soak
	$(BIN)/python -m pytest tests/matrix -n auto --trials 5000 $(ARGS)

coverage: .venv/.dev
	$(BIN)/python -m pytest -n auto --dist loadgroup --cov --cov-report=term --cov-fail-under=92 $(ARGS)

lint: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/.dev
	$(BIN)/mypy

# Writes docs/bases.md: which exchange works on which base, by the tests; then the same table into both READMEs and the
# manual.
bases: .venv/.dev
	$(BIN)/python -m pytest -n 0 -p tests.profiles.bases_table --bases-table docs/bases.md tests/profiles $(ARGS)
	$(BIN)/python -m docs.tables

bench: .venv/.dev
	$(BIN)/python -m bench.stock $(ARGS)

bench-shipments: .venv/.dev
	$(BIN)/python -m bench.shipments $(ARGS)

bench-overhead: .venv/.dev
	$(BIN)/python -m bench.overhead $(ARGS)

bench-peers: .venv/.dev
	$(BIN)/python -m bench.peers $(ARGS)

bench-matching: .venv/.dev
	$(BIN)/python -m bench.matching $(ARGS)

# Renews the manual's tables from the program, and its pictures from the sandbox and a Prefect server (some minutes).
docs: .venv/.dev
	$(BIN)/python -m docs.tables
	$(BIN)/python -m docs.pictures $(ARGS)

# Renews the screenshots of the workplace's pages in docs/screens: needs Chromium.
screens: .venv/.dev
	$(BIN)/python -m tests.workplace.screens $(ARGS)

# Renews both locks: hashes, no index addresses, Python 3.11 to 3.13, every platform.
lock:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet uv
	.venv-lock/bin/uv pip compile pyproject.toml --extra match $(LOCK_OPTIONS) --output-file requirements.lock $(ARGS)
	.venv-lock/bin/uv pip compile pyproject.toml --extra dev $(LOCK_OPTIONS) --constraint requirements.lock --output-file requirements-dev.lock $(ARGS)

LOCK_OPTIONS := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header

clean:
	rm -rf .venv .venv-lock .mi1c

.venv/.made:
	$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) and 'MI1C needs Python 3.11 to 3.13: make PYTHON=python3.11')"
	$(PYTHON) -m venv .venv
	touch $@

.venv/.runtime: .venv/.made requirements.lock pyproject.toml
	$(PIP_INSTALL) --require-hashes -r requirements.lock
	$(PIP_INSTALL) --no-build-isolation --editable .
	touch $@

.venv/.dev: .venv/.made requirements-dev.lock pyproject.toml
	$(PIP_INSTALL) --require-hashes -r requirements-dev.lock
	$(PIP_INSTALL) --no-build-isolation --editable .
	touch $@ .venv/.runtime
