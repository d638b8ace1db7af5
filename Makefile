# Every target that needs packages makes .venv first. `make` alone lists them.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
MONTH ?= 2026-09
PLATFORM := $(shell uname -s)-$(shell uname -m)
LOCKED := $(shell $(PYTHON) -c 'import sys; print("$(PLATFORM)" == "Linux-x86_64" and sys.version_info[:2] == (3, 11))' 2>/dev/null)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
WHOLE := $(addprefix tests/,$(addsuffix .py,test_browser test_cli test_codebook test_publish test_publish_runs test_report test_schedules test_verify))

.PHONY: help install report test test-parts test-whole check format notebooks bench sample sample-report clean

help:  ## show what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

install: $(STAMP)  ## make .venv with the locked environment

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: $(PYTHON) was not found. Use make PYTHON=/path/to/python."; exit 1; }
	$(PYTHON) -m venv $(VENV)
ifeq ($(LOCKED),True)
	$(BIN)/pip install --quiet --no-deps -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
else
	@echo "The lock is for Python 3.11 on Linux x86-64; installing the newest allowed packages instead (larger: it brings torch)."
	$(BIN)/pip install --quiet -e '.[dev]'
endif
	@touch $(STAMP)

report: $(STAMP)  ## run the monthly report on the synthetic sample into reports/
	$(BIN)/voc report sample --month $(MONTH) --out reports

test: $(STAMP)  ## run every test, doctest and notebook check
	$(MAKE) check
	$(MAKE) --jobs 2 test-parts test-whole

test-parts:  # what each part does; runs beside the next
	$(BIN)/pytest tests src $(addprefix --ignore=,$(WHOLE))

test-whole:  # whole reports, browser, notebooks
	$(BIN)/pytest $(WHOLE)
	$(BIN)/pytest --nbval --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg -o addopts= -W default notebooks

check: $(STAMP)  ## format check, lint and types
	$(BIN)/ruff format --check src tests scripts benchmarks
	$(BIN)/ruff check src tests scripts benchmarks
	$(BIN)/mypy

format: $(STAMP)  ## put the code into its format
	$(BIN)/ruff format src tests scripts benchmarks
	$(BIN)/ruff check --fix src tests scripts benchmarks

notebooks: $(STAMP)  ## run the notebooks in place on the sample and normalise them
	for n in notebooks/*.ipynb; do $(BIN)/jupyter nbconvert --to notebook --execute --inplace $$n || exit 1; done
	$(BIN)/nbstripout --keep-output --keep-count --keep-id notebooks/*.ipynb

sample: $(STAMP)  ## make data/sample afresh (same seed, same files)
	$(BIN)/voc sample data/sample

sample-report: $(STAMP)  ## refresh reports/sample, the report that is kept under git
	$(BIN)/voc report sample --month $(MONTH) --out reports/sample --rediscover

bench: $(STAMP)  ## measure speed against the peers (needs the packages of requirements-bench.lock)
	$(BIN)/python benchmarks/encoder.py
	$(BIN)/python benchmarks/themes.py --parts several
	$(BIN)/python benchmarks/ingest.py
	$(BIN)/python benchmarks/redaction.py
	$(BIN)/python benchmarks/interval_coverage.py

clean:  ## remove .venv and caches; reports stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
