# Two commands do everything on a fresh machine with Python 3.10+, Node 20+ and make:
#   make demo    sets up and does the main job on examples/
#   make test    sets up and runs the fast tests, lints and type checks of Python and TypeScript
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
export UV_LINK_MODE := copy
# A person's Python keeps compiled modules. Where that is switched off, each process that a test or a
# benchmark starts compiles all it imports: a second for the server, several for mlflow and dspy.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup client demo test test-python test-client test-editors screenshots test-matrix test-scale lint lock clean bench bench-docs survey parity recall soak package package-all editor

help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# --- Setting up -------------------------------------------------------------------------------

$(VENV)/.ready: tests/requirements.lock pyproject.toml
	@echo "Setting up the Python environment in $(VENV) (half a minute the first time) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r tests/requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

vscode-client/node_modules/.ready: vscode-client/package-lock.json
	@echo "Installing the extension's build tools (half a minute the first time) ..."
	@cd vscode-client && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

setup: $(VENV)/.ready ## Creates the Python environment

client: vscode-client/node_modules/.ready ## Installs the extension's build tools

lock: $(VENV)/.ready ## Resolves the locked Python versions anew
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.10 --all-extras --group dev \
		pyproject.toml --output-file tests/requirements.lock --custom-compile-command "make lock"
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.10 --all-extras --group dev \
		--group scale --constraint tests/requirements.lock \
		pyproject.toml --output-file tests/scale.lock --custom-compile-command "make lock"

# --- The main job -----------------------------------------------------------------------------

demo: setup ## Sets up and does the main job on examples/
	@$(BIN)/python tests/demo/main_job.py

# --- Tests ------------------------------------------------------------------------------------

test: lint test-client test-python ## Sets up and runs everything that is fast

test-python: setup
	$(BIN)/python -m pytest -n 2 -m "not editors and not matrix and not scale and not campaign"

test-client: client
	cd vscode-client && npm run --silent typecheck && npm run --silent lint && npm test --silent

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

screenshots: ## Puts the pictures of the last `make test-editors` into the documents
	cp build/screenshots/hover.png build/screenshots/logged.png docs/images
	cp build/screenshots/hover.png build/screenshots/logged.png vscode-client/images/readme

test-matrix: setup ## Runs the flavor's tests on the oldest and the newest releases of dspy and mlflow, or on RELEASE="dspy==3.1.3 mlflow==3.8.1"
	RELEASE="$(RELEASE)" $(BIN)/python -m pytest -s -m matrix tests/flavor

test-scale: .venvs/scale/.ready ## Runs the flavor on Spark, PostgreSQL and S3, and a server under load (installs them)
	.venvs/scale/bin/python -m pytest -m scale tests/flavor

.venvs/scale/.ready: $(VENV)/.ready tests/scale.lock
	@command -v java > /dev/null || { apt-get -qq update && apt-get -qq install -y default-jre-headless; }
	@ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1 || command -v initdb > /dev/null || \
		{ apt-get -qq update && apt-get -qq install -y postgresql; }
	@echo "Setting up Spark and an object store in .venvs/scale (two minutes the first time) ..."
	@test -x .venvs/scale/bin/python || $(BIN)/python -m venv .venvs/scale
	@$(BIN)/uv pip install --quiet --python .venvs/scale/bin/python -r tests/scale.lock
	@$(BIN)/uv pip install --quiet --python .venvs/scale/bin/python --no-deps --editable .
	@touch $@

test-editors: setup client ## Runs the tests in real editors (installs them first)
	@# On a busy machine a browser may starve: what failed is tried once more, and counts then.
	$(BIN)/python -m pytest tests/editors -m editors || $(BIN)/python -m pytest tests/editors -m editors --last-failed

# --- The extension ----------------------------------------------------------------------------

package: setup client ## Builds the extension for this machine (or TARGET=darwin-arm64 ...): vscode-client/dist/*.vsix
	$(BIN)/python vscode-client/scripts/bundle.py $(if $(TARGET),--target $(TARGET))
	cd vscode-client && npm run --silent package

package-all: setup client ## Builds the extension for every platform
	@# One after the other: they share the folder that is packed.
	@for target in $$($(BIN)/python vscode-client/scripts/bundle.py --list); do \
		$(MAKE) --no-print-directory package TARGET=$$target || exit 1; \
	done

editor: setup client ## Opens real VS Code in a browser on 127.0.0.1 with the extension and examples/
	$(BIN)/python tests/editors/open_editor.py

clean: ## Removes what was built, not the environments
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		vscode-client/out vscode-client/dist vscode-client/bundled

# --- Campaigns: minutes, seeded, repeatable ---------------------------------------------------

parity: setup ## Compares the reader with the real dspy: N=100000 SEED=1
	$(BIN)/python tests/parity/compare.py --count $(or $(N),100000) --seed $(or $(SEED),1)

recall: setup ## Measures how many seeded mistakes are found, per diagnostic
	$(BIN)/python tests/recall/measure.py

survey: setup ## Holds every error found in dspy, gepa and mlflow against the list of right ones
	$(BIN)/python -m pytest -n 2 -m campaign tests/realworld

soak: setup ## Attacks everything and prints figures: SEED=1 SCALE=1 ONLY=sessions,kills; KEEP=1 writes docs/reliability.md
	$(BIN)/python tests/soak/soak.py --seed $(or $(SEED),1) --scale $(or $(SCALE),1) --only "$(ONLY)" $(if $(KEEP),--keep)

# --- Measuring --------------------------------------------------------------------------------

bench: setup $(if $(ONLY)$(QUICK),,package-all) ## Measures speed beside the peers (a quarter of an hour on a quiet machine): prints a table, keeps the JSON, writes the documents' tables
	$(BIN)/python tests/benchmarks/run.py $(if $(QUICK),--quick) $(foreach part,$(ONLY),--only $(part))
	@$(MAKE) --no-print-directory bench-docs

bench-docs: setup ## Writes the tables of README.md and docs/ from the kept figures
	$(BIN)/python tests/benchmarks/report.py
