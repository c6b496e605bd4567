# Two commands do everything on a fresh machine with Python 3.10+, Node 20+ and make:
#   make demo    sets up and does the main job on examples/
#   make test    sets up and runs all fast tests, lints and type checks
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
export UV_LINK_MODE := copy

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-python lint types lock clean

help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/.ready: tests/requirements.lock pyproject.toml
	@echo "Setting up the Python environment in $(VENV) (half a minute the first time) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r tests/requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

setup: $(VENV)/.ready ## Creates the Python environment

lock: ## Resolves the locked versions anew
	$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --all-extras --group dev pyproject.toml --output-file tests/requirements.lock --custom-compile-command "make lock" --upgrade
