PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: help demo demo-failure test test-fast bench chaos replay lint format cloud picture clean

help: ## Show what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

demo: $(READY) ## Watch a flag go off because a metric breached
	@PYTHONPATH=functions $(BIN)/python -m local.demo rollback

demo-failure: $(READY) ## Watch a rollback fail for want of a permission, and its redrive succeed
	@PYTHONPATH=functions $(BIN)/python -m local.demo failure

cloud: $(READY) ## Run the embedded cloud with the stack and demo flags until Ctrl-C
	@PYTHONPATH=functions $(BIN)/python -m local.foreground

test: $(READY) ## Run all tests
	@$(BIN)/python -m pytest -n auto

test-fast: $(READY) ## Run the tests that need no cloud
	@$(BIN)/python -m pytest -n auto -m "not cloud and not stepfunctions_local"

bench: $(READY) ## Measure alarm storms of 1, 10, 50 and 100 alarms
	@PYTHONPATH=functions $(BIN)/python -m benchmarks.storm

chaos: $(READY) ## Roll back while AWS throttles, fails, lags and breaks off: a table (MARKDOWN=1 for a README)
	@PYTHONPATH=functions $(BIN)/python -m tests.chaos $(if $(MARKDOWN),--markdown)

replay: $(READY) ## Replay the dead letters of a stack on AWS: make replay STACK=name
	@$(BIN)/python -m flag_rollback.replay --stack "$(or $(STACK),feature-flag-rollback)"

lint: $(READY) ## Check style, types and the template
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/cfn-lint template.yaml

format: $(READY) ## Lay the code out
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

picture: $(READY) ## Bring the README's picture of the workflow up to date
	@$(BIN)/python -m local.workflow_picture

clean: ## Remove what was installed and cached
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this one is " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.12 ...")'
	@echo "Setting up .venv (once, about a minute) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
