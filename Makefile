# Everything runs in .venv, which the first command that needs it creates.
PYTHON ?= python3
VENV := .venv
INSTALL := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
TESTS := test-unit test-publish test-tools test-oldest validate lint

.PHONY: help run check-config test $(TESTS) $(TESTS:%=log-%) test-docker format env stop publish wheel submit bench capture clean

help: ## Show these commands.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 20

run: $(VENV)/run ## Run the check in this terminal until Ctrl-C. Options: make run ARGS=--help
	@exec python tools/run.py $(ARGS)

check-config: $(VENV)/run ## Show what is wrong with a conf.yaml: make check-config CONFIG=conf.yaml
	@python tools/configuration.py '$(subst ','\'',$(or $(CONFIG),$(error CONFIG is missing: make check-config CONFIG=conf.yaml)))'

test: $(VENV)/test ## Run all tests that need no Docker, two at a time.
	@$(MAKE) --no-print-directory --jobs=2 $(TESTS:%=log-%)
	@echo 'All tests passed.'

# One line at the start, one at the end; the whole output only when something failed.
$(TESTS:%=log-%): log-%:
	@echo '$* ...'
	@$(MAKE) --no-print-directory $* >$(VENV)/$*.log 2>&1 || { cat $(VENV)/$*.log; echo '$* failed.'; exit 1; }
	@echo "$*: $$(tail -n 1 $(VENV)/$*.log)"

test-unit: $(VENV)/test ## Test the check, its assets, and the Flask app, with the newest datadog-checks-base.
	ddev test custom_check -- -qqq --color=no --ignore=tests/test_bench.py -m 'not integration and not e2e'

test-oldest: $(VENV)/test ## Test the check and its assets with the oldest datadog-checks-base that it supports.
	uv run --quiet --no-project --python 3.12 --resolution lowest-direct \
	  --with-requirements tools/requirements-oldest.txt \
	  pytest --quiet -W ignore::SyntaxWarning $(addprefix custom_check/tests/test_,unit.py assets.py reliability.py)

test-tools: $(VENV)/test ## Test the tools, the Helm values, the wheel, and the documents.
	pytest --quiet -m 'not integration' tools/tests deploy/tests tests

test-publish: $(VENV)/test ## Test the publishing command against a stand-in of Datadog's API.
	cd publish && pytest --quiet

lint: $(VENV)/test ## Check format, style, and types.
	ruff check .
	ruff format --check .
	mypy

validate: $(VENV)/test ## Run every ddev validation that applies to integrations-extras.
	python tools/validate.py

test-docker: $(VENV)/test ## Test the Agent image and the whole exercise in Docker.
	docker info >/dev/null
	pytest --quiet -m integration deploy/tests
	ddev test custom_check -- -qqq -m integration
	ddev env start --dev --hide-help custom_check py3.13
	trap 'ddev env stop custom_check py3.13' EXIT INT TERM; ddev env test custom_check py3.13 -- -qqq

format: $(VENV)/test ## Format the code, and fix what ruff can fix.
	ruff check --fix .
	ruff format .

env: $(VENV)/test ## Start the whole exercise in Docker: MySQL, a traced Flask app, an Agent with the check.
	@python tools/environment.py

stop: $(VENV)/test ## Stop what `make env` started.
	@ddev env stop custom_check py3.13

publish: $(VENV)/publish ## Publish the timeboard, monitors, and downtimes to an account: make publish ARGS=plan
	@custom-check-publish $(ARGS)

wheel: $(VENV)/bin/python ## Build the wheel that an Agent installs, as the only one in dist/.
	@rm -f dist/*.whl
	$(VENV)/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist ./custom_check

submit: $(VENV)/test ## Copy custom_check/ to a clone of integrations-extras: make submit EXTRAS=../integrations-extras
	@python tools/submit.py '$(subst ','\'',$(or $(EXTRAS),$(error EXTRAS is missing: make submit EXTRAS=../integrations-extras)))' $(ARGS)

bench: $(VENV)/test ## Measure the cost of the check. To update README.md: make bench ARGS=--write
	@python tools/bench.py $(ARGS)

capture: $(VENV)/run ## Draw the output of make run as docs/make-run.svg.
	@python tools/capture.py

clean: ## Remove .venv and dist.
	rm -rf $(VENV) dist

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.12 or later is needed: make PYTHON=python3.13 ..." if sys.version_info < (3, 12) else 0)'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run: tools/requirements.txt custom_check/pyproject.toml | $(VENV)/bin/python
	@echo 'Installing the check and its base package into $(VENV) (once, about half a minute) ...' >&2
	@$(INSTALL) -r tools/requirements.txt
	@touch $@

$(VENV)/publish: publish/pyproject.toml | $(VENV)/bin/python
	@echo 'Installing the publishing command into $(VENV) (once) ...' >&2
	@$(INSTALL) --editable ./publish
	@touch $@

$(VENV)/test: tools/requirements-test.txt $(VENV)/run $(VENV)/publish
	@echo 'Installing ddev into $(VENV) (once, about a minute) ...' >&2
	@$(INSTALL) -r tools/requirements-test.txt
	@touch $@
