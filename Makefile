PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
# The demo needs a third of what the tests need, so a newcomer waits for that alone.
DEMO_READY := .venv/demo-ready
# An environment of its own: it pins packages that the tests need newer.
CHECKOV := .venv/checkov
# SAM and the AWS CLI, with which users deploy; of its own for the same reason.
SAM := .venv/sam
NODE := .venv/node
# Compiled modules are kept, out of the way, even where the environment says not to write any.
BYTECODE := PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX="$(CURDIR)/.venv/bytecode"
# The functions are tested with each of these, as if Lambda's runtime brought it.
SDKS := .venv/sdks

# Half of the time most tests wait for the embedded cloud, so there are two for each processor.
WORKERS = $(shell $(BIN)/python -c 'import os; print(2 * (os.cpu_count() or 1))')

.PHONY: help demo demo-failure test test-fast test-busy documents fuzz permissions chaos interleavings verify-aws bench \
	storms mutants replay lint checkov format cloud picture pins clean

help: ## Show what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

demo: $(DEMO_READY) ## Watch a flag go off because its alarm fired (ALARM=tag, ALARM=contributor, EXPERIMENT=1: other ways)
	@PYTHONPATH=functions $(BIN)/python -m local.demo $(if $(filter-out 0,$(EXPERIMENT)),experiment,$(or $(ALARM),name))

demo-failure: $(DEMO_READY) ## Watch a rollback fail for want of a permission, and its redrive succeed
	@PYTHONPATH=functions $(BIN)/python -m local.demo failure

cloud: $(DEMO_READY) ## Run the embedded cloud with the stack and demo flags until Ctrl-C
	@PYTHONPATH=functions $(BIN)/python -m local.foreground

test: $(READY) $(SDKS)/ready $(SAM)/ready ## Run all tests
	@if command -v npm >/dev/null; then $(MAKE) --silent $(NODE)/ready; fi
	@$(BYTECODE) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --hypothesis-profile full

test-fast: $(READY) ## Run what takes milliseconds: no cloud, no other engine, few examples
	@$(BYTECODE) HYPOTHESIS_NO_PLUGINS=1 $(BIN)/python -m pytest -n auto --dist worksteal --fast -p no:logging

test-busy: $(READY) $(SDKS)/ready ## Run all tests while a loop spins on every processor (ARGS="-k storm")
	@$(BIN)/python -m tests.busy -n auto --hypothesis-profile full $(ARGS)

documents: $(READY) ## Try the rules of documents and alarms on 10,000 generated ones each
	@$(BIN)/python -m pytest -n auto --hypothesis-profile long --timeout 900 -m documents

fuzz: $(READY) ## Try hostile input without end: writes docs/proof/hostile.md (MINUTES=10 for each of 6 targets)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt atheris \
		|| echo "There is no atheris for this system, so Hypothesis has all the time."
	@PYTHONPATH=functions $(BIN)/python -m proofs.fuzz --minutes $(or $(MINUTES),10)

permissions: $(READY) $(SDKS)/ready $(SAM)/ready ## Take each permission away, and measure what people call: writes docs/proof/permissions.md
	@PYTHONPATH=functions $(BIN)/python -m proofs.permissions $(ONLY)

verify-aws: $(READY) ## Prove it in your AWS account (says what it costs, and asks first): ARGS=--help
	@PYTHONPATH=functions $(BIN)/python -m proofs.aws $(ARGS)

bench: $(READY) ## Measure speed and price beside a single function, and alarm storms
	@PYTHONPATH=functions $(BIN)/python -m proofs.benchmarks

storms: $(READY) ## Blow alarm storms of up to 1,000 alarms in simulated time: writes docs/proof/storms.md
	@PYTHONPATH=functions $(BIN)/python -m proofs.storms

mutants: $(READY) ## Change the functions in one place at a time and show what no test notices (ARGS=functions/notify.py)
	@PYTHONPATH=functions nice $(BIN)/python -m proofs.mutants $(ARGS)

interleavings: $(READY) ## Go through all orders of AWS calls: writes docs/proof/orders.md (ARGS=--help)
	@PYTHONPATH=functions $(BIN)/python -m proofs.interleavings $(ARGS)

chaos: $(READY) ## Roll back while AWS throttles, fails, lags and breaks off: writes docs/proof/faults.md
	@PYTHONPATH=functions $(BIN)/python -m proofs.chaos $(ARGS)

replay: $(DEMO_READY) ## Replay the dead letters of a stack on AWS: make replay STACK=name
	@$(BIN)/python -m flag_rollback.commands.replay --stack "$(or $(STACK),feature-flag-rollback)" $(ARGS)

lint: $(READY) ## Check style, types, the template and the state machine's definition
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/cfn-lint template.yaml examples/alarms.yaml
	@$(BIN)/python -m tests.engines.definition >.venv/rollback.asl.json
	@$(BIN)/statelint .venv/rollback.asl.json
	@$(BIN)/python -m tests.engines.definition aftercare >.venv/aftercare.asl.json
	@$(BIN)/statelint .venv/aftercare.asl.json
	@if command -v npm >/dev/null; then \
		$(MAKE) --silent $(NODE)/ready && \
		$(NODE)/node_modules/.bin/asl-validator --json-path .venv/rollback.asl.json && \
		$(NODE)/node_modules/.bin/asl-validator --json-path .venv/aftercare.asl.json; \
	elif [ -n "$$REQUIRE_NPM" ]; then echo "make lint needs npm (with Node.js)" >&2; exit 1; \
	else echo "There is no npm, so asl-validator was left out."; fi

checkov: $(READY) $(CHECKOV)/ready ## Look for security faults in the template, and in what SAM makes of it
	@$(BIN)/python -m local.translation $(CHECKOV)/translated.json
	@$(CHECKOV)/bin/checkov --framework cloudformation --skip-download --quiet --compact \
		-f template.yaml -f $(CHECKOV)/translated.json

format: $(READY) ## Lay the code out
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

picture: $(READY) demo ## Bring the pictures of README and docs up to date (needs chromium)
	@$(BIN)/python -m local.workflow_picture
	@chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1200,1240 \
		--screenshot=docs/execution.png "file://$(CURDIR)/pictures/rollback.html" 2>/dev/null

pins: ## Move every pin to the newest version that fits (then run make test)
	$(call move-pins,constraints.txt,'.[dev,fuzz]')
	$(call move-pins,constraints-sam.txt,aws-sam-cli awscli)
	$(call move-pins,constraints-checkov.txt,checkov)

clean: ## Remove what was installed and cached
	rm -rf .venv .mutants .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

# $(1) is the file of the pins, $(2) what is installed to find them.
define move-pins
	@echo "Looking for newer versions for $(1) ..."
	@rm -rf .venv/pins
	@$(PYTHON) -m venv .venv/pins
	@.venv/pins/bin/python -m pip install --quiet --disable-pip-version-check $(2)
	@.venv/pins/bin/python -m pip freeze --exclude feature-flag-rollback | sort -f >$(1)
	@rm -rf .venv/pins
endef

# $(1) is the extra to install. Each package is named as pip comes to it; errors are pip's own.
define set-up
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this one is " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.12 ...")'
	@rm -f $@
	@$(PYTHON) -m venv .venv
	@{ $(BIN)/python -m pip install --disable-pip-version-check --progress-bar off \
		-c constraints.txt -e '.[$(1)]' && touch $@; } | awk ' \
		/^ *Collecting / { sub(/[^A-Za-z0-9._-].*/, "", $$2); print "  " $$2; fflush() } \
		/^Installing collected/ { print "  now installing them ..."; fflush() }'
	@test -e $@
endef

$(DEMO_READY): pyproject.toml constraints.txt
	@echo "Setting up .venv for the demo (once, about half a minute) ..."
	$(call set-up,demo)

$(READY): pyproject.toml constraints.txt
	@echo "Setting up .venv for the tests (once, a few minutes) ..."
	$(call set-up,dev)
	@touch $(DEMO_READY)

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

$(NODE)/ready: linters/package.json linters/package-lock.json | $(READY)
	@rm -rf $(NODE)
	@mkdir -p $(NODE)
	@cp linters/package.json linters/package-lock.json $(NODE)
	@npm ci --prefix $(NODE) --silent --no-audit --no-fund
	@touch $@

$(CHECKOV)/ready: constraints-checkov.txt | $(READY)
	@echo "Setting up $(CHECKOV) (once, about a minute) ..."
	@$(PYTHON) -m venv $(CHECKOV)
	@$(CHECKOV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints-checkov.txt checkov
	@touch $@
