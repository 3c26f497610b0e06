# One command each: make route, test, check. Needs only make, pip and Python 3.11 or newer.
#
#   make route                      route a few sample prompts, with no key and no server
#   make route PROMPT="6 * 7?"      route this one
#   make test ARGS="-k ledger"      what follows goes to pytest
#   make test PYTHON=python3.12 VENV=.venv312

PYTHON ?= python3
VENV ?= .venv
UV ?= uv
ARGS ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --require-virtualenv

# A stamp names what was installed: where, from which lock, with which packages. There is never one
# that is out of date, since every install removes them all first.
key = $(shell { echo '$(CURDIR)'; cat requirements/$(1).txt pyproject.toml; } | cksum | tr ' ' -)
RUN := $(VENV)/.run-$(call key,run)
DEV := $(VENV)/.dev-$(call key,dev)

# A prompt keeps its dollars: make does not expand it.
override export PROMPT := $(value PROMPT)
export LANGGRAPH_STRICT_MSGPACK = true
export LANGSMITH_TRACING = false
export PYRIGHT_PYTHON_IGNORE_WARNINGS = 1

.DEFAULT_GOAL := help
.PHONY: help route test lint format types package check lock links clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

route: $(RUN) ## route sample prompts, or PROMPT="…"
	@BIN=$(BIN) scripts/route $(if $(PROMPT),"$$PROMPT")

test: $(DEV) ## run the tests
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

lint: $(DEV) ## look for faults and for unformatted code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(DEV) ## mend what `lint` can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(DEV) ## check the types, twice
	$(BIN)/python -m mypy
	$(BIN)/python -m pyright --project .typecheck --pythonpath $(BIN)/python

package: $(DEV) ## build the sdist and the wheel into dist/
	rm -rf build dist
	$(BIN)/python -m build --no-isolation --outdir dist .

check: lint types test package ## all of the above

lock: ## compile requirements/*.txt from pyproject.toml anew
	$(UV) pip compile $(LOCK) --extra draw --group build -o requirements/run.txt pyproject.toml
	$(UV) pip compile $(LOCK) --all-extras --group dev -c requirements/run.txt \
	    -o requirements/dev.txt pyproject.toml

LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-emit-find-links --custom-compile-command "make lock"

links: ## lay the links by which the type checkers see one package
	scripts/links

clean: ## remove what was built
	rm -rf $(VENV) build dist *.egg-info htmlcov .coverage .coverage.* \
	    .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# `make route` then `make test` add to the same environment; dev.txt holds every pin of run.txt.
$(RUN):
	@PYTHON='$(PYTHON)' VENV='$(VENV)' scripts/venv run
	@touch $@

$(DEV):
	@PYTHON='$(PYTHON)' VENV='$(VENV)' scripts/venv dev
	@touch $@ $(RUN)
