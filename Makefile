PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
# An environment of its own: it pins packages that the tests need newer.
CHECKOV := .venv/checkov
# SAM and the AWS CLI, with which users deploy; of its own for the same reason.
SAM := .venv/sam
ASL_VALIDATOR := .venv/asl-validator
# The functions are tested with each of these, as if Lambda's runtime brought it.
SDKS := .venv/sdks

.PHONY: help demo demo-failure test test-fast documents permissions chaos verify-aws bench replay \
	lint checkov format cloud picture clean

help: ## Show what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

demo: $(READY) ## Watch a flag go off because a metric breached (EXPERIMENT=1: one that an experiment shows)
	@PYTHONPATH=functions $(BIN)/python -m local.demo $(if $(filter-out 0,$(EXPERIMENT)),experiment,rollback)

demo-failure: $(READY) ## Watch a rollback fail for want of a permission, and its redrive succeed
	@PYTHONPATH=functions $(BIN)/python -m local.demo failure

cloud: $(READY) ## Run the embedded cloud with the stack and demo flags until Ctrl-C
	@PYTHONPATH=functions $(BIN)/python -m local.foreground

test: $(READY) $(SDKS)/ready $(SAM)/ready ## Run all tests
	@$(BIN)/python -m pytest -n auto --hypothesis-profile full

test-fast: $(READY) ## Run the tests that need no cloud
	@$(BIN)/python -m pytest -n auto -m "not cloud and not stepfunctions_local"

documents: $(READY) ## Try the rules of documents and alarms on 10,000 generated ones each
	@$(BIN)/python -m pytest -n auto --hypothesis-profile long --timeout 900 -m documents

permissions: $(READY) $(SDKS)/ready ## Take each permission out of the template and show the test that fails
	@PYTHONPATH=functions $(BIN)/python -m proofs.permissions $(ONLY)

verify-aws: $(READY) ## Prove it in your AWS account (says what it costs, and asks first): ARGS=--help
	@PYTHONPATH=functions $(BIN)/python -m proofs.aws $(ARGS)

bench: $(READY) ## Measure speed and price beside a single function, and alarm storms
	@PYTHONPATH=functions $(BIN)/python -m proofs.benchmarks

chaos: $(READY) ## Roll back while AWS throttles, fails, lags and breaks off: a table (MARKDOWN=1 for a README)
	@PYTHONPATH=functions $(BIN)/python -m proofs.chaos $(if $(MARKDOWN),--markdown)

replay: $(READY) ## Replay the dead letters of a stack on AWS: make replay STACK=name
	@$(BIN)/python -m flag_rollback.commands.replay --stack "$(or $(STACK),feature-flag-rollback)"

lint: $(READY) ## Check style, types, the template and the state machine's definition
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/cfn-lint template.yaml
	@$(BIN)/python -m tests.engines.definition >.venv/rollback.asl.json
	@$(BIN)/statelint .venv/rollback.asl.json
	@if command -v npm >/dev/null; then \
		$(MAKE) --silent $(ASL_VALIDATOR)/ready && \
		$(ASL_VALIDATOR)/node_modules/.bin/asl-validator --json-path .venv/rollback.asl.json; \
	elif [ -n "$$REQUIRE_NPM" ]; then echo "make lint needs npm (with Node.js)" >&2; exit 1; \
	else echo "There is no npm, so asl-validator was left out."; fi

checkov: $(READY) $(CHECKOV)/ready ## Look for security faults in the template, and in what SAM makes of it
	@$(BIN)/python -m local.translation $(CHECKOV)/translated.json
	@$(CHECKOV)/bin/checkov --framework cloudformation --skip-download --quiet --compact \
		-f template.yaml -f $(CHECKOV)/translated.json

format: $(READY) ## Lay the code out
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

picture: $(READY) ## Bring the README's picture of the workflow up to date
	@$(BIN)/python -m local.workflow_picture

clean: ## Remove what was installed and cached
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this one is " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.12 ...")'
	@echo "Setting up .venv (once, a few minutes) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

$(SDKS)/ready: constraints-sdks.txt | $(READY)
	@echo "Fetching older and newer SDKs (once, about 20 seconds) ..."
	@rm -rf $(SDKS)
	@for sdk in $$(cat constraints-sdks.txt); do \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
			--target "$(SDKS)/$${sdk#botocore==}" "$$sdk" || exit 1; \
	done
	@touch $@

$(SAM)/ready: constraints-sam.txt | $(READY)
	@echo "Setting up $(SAM) (once, about a minute) ..."
	@$(PYTHON) -m venv $(SAM)
	@$(SAM)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints-sam.txt \
		aws-sam-cli awscli
	@touch $@

$(ASL_VALIDATOR)/ready: linters/package.json linters/package-lock.json | $(READY)
	@rm -rf $(ASL_VALIDATOR)
	@mkdir -p $(ASL_VALIDATOR)
	@cp linters/package.json linters/package-lock.json $(ASL_VALIDATOR)
	@npm ci --prefix $(ASL_VALIDATOR) --silent --no-audit --no-fund
	@touch $@

$(CHECKOV)/ready: constraints-checkov.txt | $(READY)
	@echo "Setting up $(CHECKOV) (once, about a minute) ..."
	@$(PYTHON) -m venv $(CHECKOV)
	@$(CHECKOV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints-checkov.txt checkov
	@touch $@
