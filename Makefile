PYTHON := $(CURDIR)/.venv/bin/python
UV ?= $(PYTHON) -m uv
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command 'make lock'
PYTEST_ARGS ?=
BENCH_ARGS ?=
ORACLE_CASES ?= 20000
MUTANTS_ARGS ?=
EXAMPLES ?= 100

.PHONY: help setup check test format lock settings patterns bench oracle mutants schemathesis

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Set up .venv with what the tests and checks need
	@./housestaff setup

check: setup ## Check lint, format, types and import directions, as CI does
	cd backend && $(PYTHON) -m ruff check .
	cd backend && $(PYTHON) -m ruff format --check .
	cd backend && $(PYTHON) -m mypy --strict app tests
	cd backend && $(PYTHON) -c 'from importlinter.cli import lint_imports_command as run; run()'

test: setup ## Run all tests; PYTEST_ARGS are pytest's options
	./housestaff test $(PYTEST_ARGS)

format: setup ## Format the code and apply safe lint fixes
	cd backend && $(PYTHON) -m ruff check --fix .
	cd backend && $(PYTHON) -m ruff format .

lock: setup ## Pin all packages again, with hashes, after a change in pyproject.toml
	cd backend && $(LOCK) pyproject.toml --output-file requirements.txt
	cd backend && $(LOCK) pyproject.toml --group dev --constraint requirements.txt \
		--output-file requirements-dev.txt

schemathesis: setup ## Try the whole interface with EXAMPLES examples of each operation
	cd backend && PYTHONPATH=. $(PYTHON) -m tests.api.schemathesis_run $(EXAMPLES)

settings: setup ## Write docs/settings.md from the code
	cd backend && PYTHONPATH=. $(PYTHON) tools/settings_page.py

patterns: setup ## Set the lines of the links in docs/patterns.md again
	cd backend && PYTHONPATH=. $(PYTHON) tools/pattern_links.py

bench: setup ## Run the benchmarks and print their tables; BENCH_ARGS are suites and options
	cd backend && PYTHONPATH=. $(PYTHON) -m benchmarks $(BENCH_ARGS)

oracle: setup ## Compare the duty-hour verifier with its oracle on ORACLE_CASES random cases
	cd backend && PYTHONPATH=. $(PYTHON) -m tests.scheduling.acgme.oracle_run $(ORACLE_CASES)

mutants: setup ## Change the duty-hour rules in one place at a time and see that a test notices
	cd backend && PYTHONPATH=. $(PYTHON) -u -m tests.scheduling.acgme.mutants $(MUTANTS_ARGS)
