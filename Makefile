# Needs Python 3.11 or newer, pip and make; everything else goes into $(VENV).
.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
TEST_JOBS ?= 2
BIN := $(VENV)/bin
RUN := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
NOTEBOOKS := $(VENV)/.installed-notebooks
BENCH_VENV ?= .venv-bench
BENCH := $(BENCH_VENV)/.installed
SCALE_VENV ?= .venv-scale
SCALE := $(SCALE_VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL := $(PIP) install --require-hashes --only-binary=:all:

.PHONY: notebooks notebooks-test notebooks-html notebooks-strip
.PHONY: help ingest status report speakers doctor test test-integration test-scale test-long eval train lint types check format docs \
	golden sample bench lock audit audit-lock clean

help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  ARGS=… is handed on, as in: make ingest ARGS='--model large-v3-turbo'"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; name another by PYTHON=") if sys.version_info < (3, 11) else None'
	@echo "setting up $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(RUN): requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing what bansou needs (a minute or two, once) …"
	@$(INSTALL) -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements-dev.lock $(RUN)
	@echo "installing what the tests need …"
	@$(INSTALL) -r requirements-dev.lock
	@touch $@

$(NOTEBOOKS): requirements-notebooks.lock $(RUN)
	@echo "installing JupyterLab and the plots …"
	@$(INSTALL) -r requirements-notebooks.lock
	@touch $@

ingest: $(RUN) ## Turn new files under data/raw/ into tables under data/processed/
	@$(BIN)/bansou ingest $(ARGS)

status: $(RUN) ## Show episodes and stages: what is stale, and why
	@$(BIN)/bansou status $(ARGS)

report: $(RUN) ## Make a site of all episodes to read, hear and search in a browser
	@$(BIN)/bansou report --all $(ARGS)

# TORCH_INDEX: an index with PyTorch's build for the CPU alone, a tenth of the size; the usual one where not given.
TORCH_INDEX ?=

speakers: $(RUN) ## Install what tells the speakers of audio apart (PyTorch: some hundred MB)
	@echo "installing what tells speakers apart (PyTorch is large) …"
	@$(PIP) install $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) 'torch>=2.8,<3'
	@$(PIP) install --no-build-isolation -e '.[speakers]'

doctor: $(RUN) ## Say what is installed, which model is used, and whether it runs
	@$(BIN)/bansou doctor $(ARGS)

notebooks: $(NOTEBOOKS) ## Open the notebooks in JupyterLab
	@$(BIN)/jupyter lab --notebook-dir=. --LabApp.default_url=/lab/tree/notebooks $(ARGS)

notebooks-test: $(DEV) $(NOTEBOOKS) ingest ## Run all notebooks top to bottom, on data/, on richer data and on none
	$(BIN)/python -m pytest -m notebooks tests/notebooks $(ARGS)

notebooks-html: $(NOTEBOOKS) ingest ## Run the notebooks on data/ and write them to docs/notebooks/ as HTML
	$(BIN)/python docs/make_notebooks.py $(ARGS)

notebooks-strip: $(NOTEBOOKS) ## Take the outputs out of the notebooks, as before a commit
	$(BIN)/nbstripout notebooks/*.ipynb

test: $(DEV) ## Run the tests (a few minutes)
	$(BIN)/python -m pytest -n $(TEST_JOBS) -m "not integration and not long and not notebooks" $(ARGS)

test-integration: $(DEV) ## Run the slower tests, with whole runs of the command
	$(BIN)/python -m pytest -m integration $(ARGS)

# An environment of its own: what speaks S3 and gs:// there wants older versions than the rest.
$(SCALE): requirements-scale.lock | $(DEV)
	@echo "installing Ray and servers of S3 and gs:// for tests into $(SCALE_VENV) …"
	@$(BIN)/python -m venv --clear $(SCALE_VENV)
	@$(SCALE_VENV)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes \
		--only-binary=:all: -r requirements-scale.lock
	@$(SCALE_VENV)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps \
		--no-build-isolation -e .
	@touch $@

test-scale: $(SCALE) ## Run whole runs over a Ray cluster, S3 and gs:// on this machine
	$(SCALE_VENV)/bin/python -m pytest tests/scale/test_ray.py tests/scale/test_gs.py \
		tests/scale/test_compact.py::test_duckdb_reads_the_glob_as_before $(ARGS)

test-long: $(DEV) ## Run the kill, fuzz and scale tests (by the hour)
	$(BIN)/python -m pytest -m long $(ARGS)

eval: $(DEV) ## Score the language stages on held-out sentences; fails where a score fell
	$(BIN)/python training/check_scores.py $(ARGS)

train: $(DEV) ## Train the models of the language stages anew (minutes)
	$(BIN)/python training/requests/train.py $(ARGS)
	$(BIN)/python training/tags/train.py $(ARGS)
	$(BIN)/python training/segments/train.py $(ARGS)
	$(BIN)/python training/cards/train.py $(ARGS)
	$(BIN)/python training/links/train.py $(ARGS)
	$(BIN)/python training/trust/train.py $(ARGS)
	$(BIN)/python training/repairs/train.py $(ARGS)

lint: $(DEV) ## Check style and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(DEV) ## Check types
	$(BIN)/mypy

check: lint types test ## Everything to run before a commit

format: $(DEV) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(DEV) ## Write docs/tables.md anew from the schema, and the plots' images
	$(BIN)/python docs/make_tables.py
	$(BIN)/python -m tests.report.make_images

golden: $(DEV) ## Write tests/golden/ anew
	$(BIN)/python tests/golden/regenerate.py

sample: ## Synthesise the sample episode anew (installs the voices into .venv-voices)
	$(PYTHON) -m venv .venv-voices
	.venv-voices/bin/python -m pip install --quiet -r tests/sample/requirements.txt
	.venv-voices/bin/python -m pip install --quiet --no-deps pyopenjtalk-plus==0.4.1.post10 sudachipy==0.7.0
	.venv-voices/bin/python tests/sample/make_audio.py

$(BENCH): benchmarks/requirements.txt | $(BIN)/python
	@echo "installing what the benchmarks compare with …"
	@$(PYTHON) -m venv $(BENCH_VENV)
	@$(BENCH_VENV)/bin/python -m pip --disable-pip-version-check --quiet install -r benchmarks/requirements.txt
	@touch $@

bench: $(RUN) $(BENCH) ## Measure all and write docs/benchmarks.md (an hour; --quick: minutes)
	$(BIN)/python benchmarks/run.py --bench-venv $(BENCH_VENV) $(ARGS)

lock: $(DEV) ## Resolve the locks anew
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --extra build -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --extra build --extra dev --extra plots -c requirements.lock \
		-o requirements-dev.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --extra build --extra notebooks -c requirements-dev.lock \
		-o requirements-notebooks.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --extra build --extra dev --extra scale -o requirements-scale.lock \
		pyproject.toml

# Exit code 3 of the script: nobody could be asked. It says so, and that is no reason to stop.
audit: $(VENV)-audit/.installed ## Ask whether the locked packages have known vulnerabilities
	@$(VENV)-audit/bin/python .ci/audit.py requirements.lock requirements-dev.lock requirements-notebooks.lock $(ARGS) \
		|| test $$? -eq 3

$(VENV)-audit/.installed: requirements-audit.lock
	@$(PYTHON) -m venv $(VENV)-audit
	@$(VENV)-audit/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes \
		--only-binary=:all: -r requirements-audit.lock
	@touch $@

audit-lock: $(DEV)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make audit-lock" -o requirements-audit.lock .ci/requirements-audit.in

clean: ## Remove the environment and caches (never data/)
	rm -rf $(VENV) $(VENV)-audit .venv-voices $(BENCH_VENV) $(SCALE_VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
