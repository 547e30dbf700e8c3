# Everything runs in .venv, which the first command that needs it creates.
PYTHON ?= python3
VENV := .venv
# ddev pins packages that the sandbox needs newer.
DDEV := $(VENV)/ddev
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# Install requirements, $(2), into an environment, $(1). uv takes a tenth of the time; pip is the fallback where only pip
# is configured with the index of this machine.
install = uv pip install --quiet --python $(1)/bin/python --requirement $(2) 2>/dev/null || \
  $(1)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $(2)
# The check that `run`, `test`, `test-unit`, `test-docker`, `validate`, and `wheel` are for.
CHECK := custom_check
TESTS := test-sandbox test-unit test-publish test-tools test-flask test-oldest validate lint
# For another check, only its own tests.
TESTED := $(if $(filter custom_check,$(CHECK)),$(TESTS),test-unit validate)
# The longest comes first.
DOCKER_TESTS := $(if $(filter custom_check,$(CHECK)),test-pipeline test-agent test-image,test-agent)
LOGGED := $(TESTS) $(DOCKER_TESTS) test-browser test-clients
LOG = $(VENV)/$(CHECK)-$*.log
# A browser for `make test-browser`.
CHROMIUM ?= $(or $(shell command -v chromium),$(shell command -v google-chrome),$(shell command -v chromium-browser))
export CHROMIUM
# pytest would write a folder `__pycache__` beside this file, which ddev takes for an integration.
test-%: export PYTHONDONTWRITEBYTECODE = 1

.PHONY: help run check-config test $(TESTS) $(LOGGED:%=log-%) test-docker $(DOCKER_TESTS) test-browser test-clients format new start env stop prove rehearse publish wheel submit maintainer bench capture pictures clean

help: ## Show these commands.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 20

run: $(VENV)/run ## Run the check, and show the whole pipeline in a browser, until Ctrl-C. Options: make run ARGS=--help
	@CHECK='$(CHECK)' exec python -m tools.run $(ARGS)

check-config: $(VENV)/run ## Show what is wrong with a conf.yaml: make check-config CONFIG=conf.yaml
	@python -m tools.check_config '$(subst ','\'',$(or $(CONFIG),$(error CONFIG is missing: make check-config CONFIG=conf.yaml)))'

test: $(VENV)/test ## Run all tests that need no Docker, two at a time.
	@$(MAKE) --no-print-directory --jobs=2 $(TESTED:%=log-%)
	@echo 'All tests passed.'

# One line at the start, one at the end; the whole output only when something failed. The tutorial's test runs another
# check's tests meanwhile.
$(LOGGED:%=log-%): log-%: $(VENV)/test
	@echo '$* ...'
	@$(MAKE) --no-print-directory $* >$(LOG) 2>&1 || { cat $(LOG); echo '$* failed.'; exit 1; }
	@echo "$*: $$({ grep passed $(LOG) || cat $(LOG); } | tail -n 1)"

test-unit: $(VENV)/test ## Test the check and its assets with the newest datadog-checks-base.
	ddev test $(CHECK) -- -qqq --color=no --ignore=tests/test_bench.py -m 'not integration and not e2e'

test-oldest: $(VENV)/test ## Test the check and its assets with the oldest datadog-checks-base that it supports.
	uv run --quiet --no-project --python 3.12 --resolution lowest-direct \
	  --with-requirements tools/requirements-oldest.txt \
	  pytest --quiet -W ignore::SyntaxWarning $(addprefix custom_check/tests/test_,unit.py assets.py reliability.py)

test-tools: $(VENV)/test ## Test the tools, the Helm values, the wheel, and the documents.
	pytest --quiet -m 'not integration and not browser' tools/tests deploy/tests tests

test-publish: $(VENV)/test ## Test the publishing command against the sandbox.
	cd publish && pytest --quiet

test-sandbox: $(VENV)/test ## Test the sandbox, and run its scenarios.
	datadog-sandbox rehearse sandbox/scenarios/*.yaml >$(VENV)/scenarios.log || { cat $(VENV)/scenarios.log; exit 1; }
	cd sandbox && pytest --quiet

test-flask: $(VENV)/test ## Test the Flask app and its traces, without Docker.
	uv run --quiet --no-project --python 3.13 --with-requirements environment/tests/requirements.txt \
	  pytest --quiet environment/tests/test_flask_app.py

test-browser: $(VENV)/test ## Test the pages of the sandbox in Chromium.
	@test -n "$(CHROMIUM)" || { echo 'Chromium is not installed, or not in PATH. Or name it: make test-browser CHROMIUM=/path' >&2; exit 1; }
	cd sandbox && pytest --quiet -m browser tests/browser
	pytest --quiet -m browser tools/tests

test-clients: $(VENV)/test ## Test the sandbox with clients for Node, where Node is installed.
	@if ! command -v npm >/dev/null; then echo 'Node is not installed: its clients are not tested.'; exit 0; fi; \
	npm ci --silent --no-fund --no-audit --prefix sandbox/tests/clients/node && \
	cd sandbox && pytest --quiet -m node tests/clients

lint: $(VENV)/test ## Check format, style, and types.
	ruff check .
	ruff format --check .
	mypy

validate: $(VENV)/test ## Run every ddev validation that applies to integrations-extras.
	python -m tools.validate $(CHECK)

test-docker: $(DOCKER_TESTS:%=log-%) ## Test the Agent image, the check in an Agent, and the whole pipeline in Docker.

test-agent: $(VENV)/test ## Test the check in an Agent that ddev starts.
	trap 'exit 1' INT TERM; trap 'ddev env stop $(CHECK) py3.13' EXIT; \
	ddev env start --dev --hide-help $(CHECK) py3.13 && ddev env test $(CHECK) py3.13 -- -qqq --color=no

test-image: $(VENV)/test ## Test the Agent image, and the part of the tutorial that needs Docker.
	docker info >/dev/null
	pytest --quiet -m integration deploy/tests tests

test-pipeline: $(VENV)/test ## Test the whole pipeline, from the check to a mail.
	trap 'exit 1' INT TERM; trap 'python -m tools.environment stop' EXIT; python -m tools.environment start && \
	uv run --quiet --no-project --python 3.13 --with-requirements environment/tests/requirements.txt \
	  pytest --quiet --durations=5 -m pipeline environment/tests

format: $(VENV)/test ## Format the code, and fix what ruff can fix.
	ruff check --fix .
	ruff format .

new: $(VENV)/test ## Make a new integration next to this one: make new NAME=my_check. To take it back: ARGS=--undo
	@python -m tools.new $(ARGS) -- '$(subst ','\'',$(or $(NAME),$(error NAME is missing: make new NAME=my_check)))'

start: $(VENV)/run ## Start the whole exercise in Docker: MySQL, a traced Flask app, an Agent, and the sandbox.
	@python -m tools.environment start

env: start ## The same as make start.

stop: $(VENV)/run ## Stop what `make start` started, and remove it.
	@python -m tools.environment stop

prove: $(VENV)/run ## Prove hop by hop that the pipeline of `make start` works.
	@python -m tools.environment prove -- $(ARGS)

rehearse: $(VENV)/run ## Rehearse scenarios: make rehearse ARGS=sandbox/scenarios/my_metric.yaml
	@datadog-sandbox rehearse $(or $(ARGS),sandbox/scenarios/*.yaml)

publish: $(VENV)/run ## Publish the timeboard, monitors, and downtimes to an account: make publish ARGS=plan
	@custom-check-publish $(ARGS)

wheel: $(VENV)/bin/python ## Build the wheel that an Agent installs, as the only one in dist/.
	@rm -f dist/*.whl
	@$(VENV)/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist ./$(CHECK)
	@echo "Built $$(ls dist/*.whl)"

submit: $(VENV)/test ## Copy custom_check/ to a clone of integrations-extras: make submit EXTRAS=../integrations-extras
	@python -m tools.submit '$(subst ','\'',$(or $(EXTRAS),$(error EXTRAS is missing: make submit EXTRAS=../integrations-extras)))' $(ARGS)

maintainer: $(VENV)/run ## Write the author of custom_check/manifest.json to the other files that name one.
	@python -m tools.maintainer

bench: $(VENV)/test ## Measure the cost of the check. To update docs/costs.md: make bench ARGS=--write
	@python -m tools.bench $(ARGS)

capture: $(VENV)/run ## Draw the output of make run as docs/make-run.svg.
	@python -m tools.capture

pictures: $(VENV)/test ## Take the pictures of the timeboard: make pictures URL=http://127.0.0.1:4500
	@python -m tools.pictures '$(or $(URL),$(error URL is missing: make pictures URL=http://127.0.0.1:4500))'

clean: ## Remove .venv and dist.
	rm -rf $(VENV) dist

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.12 or later is needed: make PYTHON=python3.13 ..." if sys.version_info < (3, 12) else 0)'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/bin/uv: | $(VENV)/bin/python
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/run: tools/requirements.txt custom_check/pyproject.toml publish/pyproject.toml sandbox/pyproject.toml | $(VENV)/bin/uv
	@echo 'Installing the check, its base package, and the sandbox into $(VENV) (once, about a minute) ...' >&2
	@$(call install,$(VENV),tools/requirements.txt)
	@touch $@

$(VENV)/test: tools/requirements-test.txt $(VENV)/run $(DDEV)/installed
	@echo 'Installing what the tests need into $(VENV) (once, some seconds) ...' >&2
	@$(call install,$(VENV),tools/requirements-test.txt)
	@touch $@

# The Python that ddev needs is downloaded where it is missing.
$(DDEV)/installed: tools/requirements-ddev.txt | $(VENV)/bin/uv
	@echo 'Installing ddev into $(DDEV) (once, about half a minute) ...' >&2
	@uv venv --quiet --seed --allow-existing --python 3.13 $(DDEV)
	@$(call install,$(DDEV),tools/requirements-ddev.txt)
	@ln -sf ../ddev/bin/ddev $(VENV)/bin/ddev
	@touch $@
