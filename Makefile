# Every command of the project is a verb here; CI runs the same ones. `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEPLOYED := .venv-deployed
STAMP := $(VENV)/.ready
CODE := functions local tests
DEPLOYMENT = BIN="$(CURDIR)/$(BIN)" infra/deploy.sh

export PYTHONDONTWRITEBYTECODE := 1

.DEFAULT_GOAL := help

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(STAMP) ## prepare .venv with the dropcast command in it

$(STAMP): pyproject.toml functions/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "dropcast needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Say make PYTHON=python3.13"; exit 1; }
	@echo "preparing $(VENV) (once; a minute or so) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint functions/requirements.txt --editable '.[local,dev]'
	@touch $@

# The deployed packages alone, in an environment of their own: what a test loads every entry point with.
$(DEPLOYED)/.ready: functions/requirements.txt
	@$(PYTHON) -m venv $(DEPLOYED)
	@$(DEPLOYED)/bin/python -m pip install --quiet --disable-pip-version-check -r functions/requirements.txt
	@touch $@

demo: setup ## hear the main example: one conversation in, one episode out
	@$(BIN)/dropcast demo

test: setup $(DEPLOYED)/.ready lint types imports ## lint, types, architecture checks and all tests
	@$(BIN)/pytest -n auto --dist worksteal -q

lint: setup ## style of the code
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/ruff check $(CODE)

types: setup ## mypy, strict
	@$(BIN)/mypy

imports: setup ## imports point one way
	@$(BIN)/lint-imports

format: setup ## rewrite the code in our style
	@$(BIN)/ruff check --fix-only $(CODE)
	@$(BIN)/ruff format $(CODE)

planted: setup ## plant bugs one by one, and show which test catches which
	@$(BIN)/python tests/planted/plant.py
	@$(BIN)/python tests/planted/infra.py

bench: setup ## measure what we claim, each as a ratio within one run
	@$(BIN)/python -m pytest tests/benchmarks -q -s -p no:xdist --timeout 1800 -o addopts= --import-mode=importlib

package: setup ## compile what is deployed, and build the command line's wheel: build/
	@PYTHONPYCACHEPREFIX=build/compiled $(BIN)/python -m compileall -q -f functions
	@rm -rf build/lib build/bdist.*
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir build .
	@ls build/*.whl

infra-check: setup ## check infra/ as far as the tools of this machine can
	@BIN=$(CURDIR)/$(BIN) infra/check.sh

deploy: setup ## deploy to Google Cloud, and hear that it works: PROJECT=my-project REGION=europe-west1
	@$(DEPLOYMENT) deploy

plan: ## show what a deployment would change, and keep the plan
	@$(DEPLOYMENT) plan

apply: ## apply the plan that was kept
	@$(DEPLOYMENT) apply

release: ## apply the plan that was kept, if TAG says that this is a release
	@if [ -n "$(TAG)" ]; then $(DEPLOYMENT) apply; else echo "no tag: the plan is not applied"; fi

destroy: ## take a deployment back, if uploads and episodes are empty
	@$(DEPLOYMENT) destroy

api-keys: ## show the keys of a deployment's API
	@$(DEPLOYMENT) api-keys

lock: ## pin what is deployed, from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --no-header \
	  --no-annotate --no-emit-index-url --no-emit-find-links --output-file functions/requirements.txt

clean: ## remove everything that make has made
	rm -rf $(VENV) $(DEPLOYED) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

.PHONY: help setup demo test lint types imports format planted bench package infra-check deploy plan apply release
.PHONY: destroy api-keys lock clean
