# Everything runs in .venv, which the first `make run` or `make test` makes.
PYTHON ?= python3
VENV := .venv
INSTALL := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# ddev adds colour of its own, even where nobody sees it.
export DDEV_NO_DYNAMIC := 1

.PHONY: help run test env stop unit floor lint validate tools wheel submit bench clean

help: ## Show these commands.
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 16

run: $(VENV)/run ## Run the check in this terminal until Ctrl-C. More: make run ARGS=--help
	@exec python tools/run.py $(ARGS)

test: unit floor lint validate tools ## Test everything that needs no Docker.
	@echo 'All tests passed.'

env: $(VENV)/test ## Start the whole exercise in Docker: MySQL, a traced Flask app, an Agent with the check.
	@python tools/environment.py

stop: $(VENV)/test ## Stop what `make env` started.
	@ddev env stop custom_check py3.13

unit: $(VENV)/test ## Unit tests, with the newest datadog-checks-base.
	ddev test custom_check -- -m 'not integration and not e2e'

floor: $(VENV)/test ## Unit tests, with the oldest datadog-checks-base that the check allows.
	uv run --quiet --no-project --python 3.12 --resolution lowest-direct \
	  --with-requirements tools/requirements-floor.txt pytest --quiet $(addprefix custom_check/tests/test_,unit.py assets.py reliability.py)

lint: $(VENV)/test ## Lint and format, by the rules of integrations-extras.
	ruff check .
	ruff format --check .

validate: $(VENV)/test ## Every validation of ddev for integrations-extras.
	python tools/validate.py

tools: $(VENV)/test ## Tests of the tools in this repository.
	pytest --quiet tools/tests

wheel: $(VENV)/test ## Build the wheel that an Agent installs, into dist/.
	@cd custom_check && hatchling build -t wheel -d $(CURDIR)/dist

submit: $(VENV)/test ## Put it into a clone of integrations-extras: make submit EXTRAS=../integrations-extras
	@python tools/submit.py $(if $(EXTRAS),$(EXTRAS),$(error EXTRAS is missing: make submit EXTRAS=../integrations-extras)) $(ARGS)

bench: $(VENV)/test ## Measure the check beside a bare one. Into the README: make bench ARGS=--write
	@python tools/bench.py $(ARGS)

clean: ## Remove what make made.
	rm -rf $(VENV) dist

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.12 or later is needed: make PYTHON=python3.13 ..." if sys.version_info < (3, 12) else 0)'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run: tools/requirements.txt custom_check/pyproject.toml | $(VENV)/bin/python
	@echo 'Installing the check and its Agent base package into $(VENV) (once, about half a minute) ...' >&2
	@$(INSTALL) -r tools/requirements.txt
	@touch $@

$(VENV)/test: tools/requirements-test.txt $(VENV)/run
	@echo 'Installing ddev into $(VENV) (once, about a minute) ...' >&2
	@$(INSTALL) -r tools/requirements-test.txt
	@touch $@
