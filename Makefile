# Everything runs in .venv, which the first `make run` or `make test` makes.
PYTHON ?= python3
VENV := .venv
INSTALL := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# Keep the lines of tests that run side by side apart, where this make can.
SYNC := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
TESTS := test-publish test-unit validate test-tools test-floor lint

.PHONY: help run check-config test $(TESTS) env stop publish wheel submit bench preview capture clean

help: ## Show these commands.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 20

run: $(VENV)/run ## Run the check in this terminal until Ctrl-C. More: make run ARGS=--help
	@exec python tools/run.py $(ARGS)

check-config: $(VENV)/run ## Say what is wrong with a conf.yaml: make check-config CONFIG=PATH
	@$(if $(CONFIG),,$(error CONFIG is missing: make check-config CONFIG=PATH))python tools/configuration.py '$(subst ','\'',$(CONFIG))'

test: $(VENV)/test ## Test everything that needs no Docker.
	@echo 'Testing, two at a time: $(TESTS) ...'
	@$(MAKE) --no-print-directory --jobs=2 $(SYNC) $(TESTS)
	@echo 'All tests passed.'

test-unit: $(VENV)/test ## The check, its assets, and the Flask app, with the newest datadog-checks-base.
	ddev test custom_check -- -m 'not integration and not e2e'

test-floor: $(VENV)/test ## The check and its assets, with the oldest datadog-checks-base that the check allows.
	uv run --quiet --no-project --python 3.12 --resolution lowest-direct \
	  --with-requirements tools/requirements-floor.txt \
	  pytest --quiet $(addprefix custom_check/tests/test_,unit.py assets.py reliability.py)

test-tools: $(VENV)/test ## The tools, and the fleet's files.
	pytest --quiet -m 'not integration' tools/tests deploy/tests

test-publish: $(VENV)/test ## The publishing command, against a stand-in of Datadog's API.
	cd publish && pytest --quiet

lint: $(VENV)/test ## Lint and format, by the rules of integrations-extras.
	ruff check .
	ruff format --check .

validate: $(VENV)/test ## Every validation of ddev for integrations-extras.
	python tools/validate.py

env: $(VENV)/test ## Start the whole exercise in Docker: MySQL, a traced Flask app, an Agent with the check.
	@python tools/environment.py

stop: $(VENV)/test ## Stop what `make env` started.
	@ddev env stop custom_check py3.13

publish: $(VENV)/publish ## Timeboard, monitors, downtimes into an account: make publish ARGS=plan
	@custom-check-publish $(ARGS)

wheel: $(VENV)/test ## Build the wheel that an Agent installs, into dist/.
	@cd custom_check && hatchling build -t wheel -d $(CURDIR)/dist

submit: $(VENV)/test ## Put it into a clone of integrations-extras: make submit EXTRAS=../integrations-extras
	@python tools/submit.py $(if $(EXTRAS),$(EXTRAS),$(error EXTRAS is missing: make submit EXTRAS=../integrations-extras)) $(ARGS)

bench: $(VENV)/test ## Measure the check beside a bare one. Into the README: make bench ARGS=--write
	@python tools/bench.py $(ARGS)

preview: $(VENV)/preview ## Draw the timeboard from tools/recording.jsonl, as custom_check/images/ shows it.
	@python tools/preview.py

capture: $(VENV)/run ## Capture what make run shows, for the README.
	@python tools/capture.py

clean: ## Remove what make made.
	rm -rf $(VENV) dist

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.12 or later is needed: make PYTHON=python3.13 ..." if sys.version_info < (3, 12) else 0)'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run: tools/requirements.txt custom_check/pyproject.toml | $(VENV)/bin/python
	@echo 'Installing the check and its Agent base package into $(VENV) (once, about half a minute) ...' >&2
	@$(INSTALL) -r tools/requirements.txt
	@touch $@

$(VENV)/publish: publish/pyproject.toml | $(VENV)/bin/python
	@echo 'Installing the publishing command into $(VENV) (once) ...' >&2
	@$(INSTALL) --editable ./publish
	@touch $@

$(VENV)/preview: tools/requirements-preview.txt $(VENV)/run
	@$(INSTALL) -r tools/requirements-preview.txt
	@touch $@

$(VENV)/test: tools/requirements-test.txt $(VENV)/run $(VENV)/publish
	@echo 'Installing ddev into $(VENV) (once, about a minute) ...' >&2
	@$(INSTALL) -r tools/requirements-test.txt
	@touch $@
