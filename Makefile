# Every command of the house. `make` alone prints this list.
VENV := .venv
PYTHON := $(VENV)/bin/python
# One per core, at most eight: each has database servers of its own.
TEST_WORKERS ?= logical
ARGS ?=
MAKEFLAGS += --no-print-directory
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# The Python of .venv, or else the first from 3.11 on that can make a virtual environment.
find_python = for python in $(PYTHON) python3.11 python3 python3.12 python3.13 python3.14; do \
	"$$python" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; done; \
	[ -n "$$python" ] || { echo 'Python 3.11 or newer with venv is needed (Debian: apt-get install python3 python3-venv).' >&2; exit 1; }

pytest = $(PYTHON) -m pytest -n $(TEST_WORKERS) --maxprocesses 8 --dist worksteal -ra $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev setup-tracing run test test-all check check-static format bench bench-short chaos upgrade-trial demo lock messages migration screenshots release clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## virtual environment, pinned packages, front-end libraries, translations
	@$(find_python); "$$python" scripts/environment.py requirements.txt
	@$(PYTHON) scripts/assets.py
	@$(PYTHON) scripts/translations.py

setup-dev: ## the same, with what tests and checks need
	@$(find_python); "$$python" scripts/environment.py requirements-dev.txt
	@$(PYTHON) scripts/assets.py
	@$(PYTHON) scripts/translations.py

setup-tracing: ## the same as setup, with what OTEL_EXPORTER_OTLP_ENDPOINT needs
	@$(find_python); "$$python" scripts/environment.py requirements-tracing.txt
	@$(PYTHON) scripts/assets.py
	@$(PYTHON) scripts/translations.py

run: setup ## serve web and worker until Ctrl-C; PORT, HOST, DATA_DIR, DATABASE_URL are read
	@exec $(PYTHON) -m consent_service run

test: setup-dev ## all tests; says what was skipped and why (ARGS='-k deadline' for some)
	@$(pytest)

test-all: setup-dev ## all tests with the full counts: long fuzzing, thousands of tamperings and kills
	@KELISIM_FULL=1 $(pytest)

check: check-static ## what must be green before a change lands: static checks, then tests
	@$(pytest)

check-static: setup-dev ## format, lint, types and import contracts
	@echo 'ruff format'; $(PYTHON) -m ruff format --check .
	@echo 'ruff check'; $(PYTHON) -m ruff check .
	@echo 'mypy'; $(PYTHON) -m mypy
	@echo 'lint-imports'; $(PYTHON) $(VENV)/bin/lint-imports >$(VENV)/lint-imports.txt || { cat $(VENV)/lint-imports.txt; exit 1; }

format: setup-dev ## rewrite the code in the house format
	@$(PYTHON) -m ruff format .
	@$(PYTHON) -m ruff check --fix .

bench: setup-dev ## the benchmark; one JSON document on its last line (ARGS=--write: docs/performance.md too)
	@$(PYTHON) scripts/bench.py $(ARGS)

bench-short: setup-dev ## the hot requests alone on PostgreSQL, in less than two minutes
	@$(PYTHON) scripts/bench.py --short --database postgresql $(ARGS)

chaos: setup-dev ## kill processes 200 times and bring about faults under load; a table of what was lost (nothing)
	@$(PYTHON) scripts/chaos.py $(ARGS)

upgrade-trial: setup-dev ## bring a database of a million consents to this release while the one before serves on it; a table of what went wrong (nothing)
	@$(PYTHON) scripts/upgrade_trial.py $(ARGS)

demo: setup ## tell the life of one consent at each operator, through the real API, on a moved clock
	@$(PYTHON) -m consent_service demo $(ARGS)

lock: ## pin the requirements again with hashes (ARGS=--upgrade for newer releases)
	@$(find_python); "$$python" scripts/lock.py $(ARGS)

messages: setup-dev ## bring the message catalogues up to date with the pages; new ones wait for their words
	@$(PYTHON) scripts/messages.py

migration: setup-dev ## a new numbered migration: make migration m='add recipients'
	@test -n '$(m)' || { echo "Say what it does: make migration m='add recipients'" >&2; exit 1; }
	@last=$$(ls migrations/versions | sed -n 's/^0*\([0-9][0-9]*\)_.*\.py$$/\1/p' | sort -n | tail -n 1); \
		$(PYTHON) -m alembic revision --rev-id "$$(printf '%04d' $$(( $${last:-0} + 1 )))" -m '$(m)'

screenshots: setup-dev ## pictures of the dashboard for the documentation
	@$(PYTHON) scripts/screenshots.py $(ARGS)

release: ## source, bills of materials and digests in dist/, after an audit of what is pinned
	@$(find_python); "$$python" scripts/release.py $(ARGS)

clean: ## remove everything that can be made again; data in DATA_DIR stays
	@rm -rf $(VENV) dist node_modules consent_service/pages/static/vendor
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find consent_service scripts migrations tests \( -name '__pycache__' -o -name '*.mo' \) -prune -exec rm -rf {} +
