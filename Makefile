# Everything runs in .venv, made here from the locks; nothing else is needed than python3 (3.11 to 3.13) and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python

.DEFAULT_GOAL := help
.PHONY: help setup setup-mining setup-labelling reproduce test examples lint format notebooks lab data check generated lock nulls clean

help:  ## show this help
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/core.stamp: requirements-core.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "Python 3.11 to 3.13 is needed; name one with: make PYTHON=python3.12 ..."; exit 1; }
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-core.txt
	touch $@

$(VENV)/mining.stamp: $(VENV)/core.stamp requirements-mining.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-mining.txt
	touch $@

$(VENV)/labelling.stamp: $(VENV)/core.stamp requirements-labelling.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-labelling.txt
	touch $@

$(VENV)/dev.stamp: $(VENV)/mining.stamp $(VENV)/labelling.stamp requirements-dev.txt pyproject.toml
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	touch $@

$(VENV)/lab.stamp: $(VENV)/mining.stamp requirements.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

setup: $(VENV)/dev.stamp  ## make the virtual environment with everything the other targets need

setup-mining: $(VENV)/mining.stamp  ## make the virtual environment for mining GitHub (python -m mining fetch ...)

setup-labelling: $(VENV)/labelling.stamp  ## make the virtual environment for labelling issues (python -m labelling ...)

reproduce: $(VENV)/core.stamp  ## recompute every table, figure and printed number; show what holds and what does not
	$(RUN) -m analysis reproduce

test: $(VENV)/dev.stamp  ## run the tests
	$(RUN) -m tests.github_server.schema
	$(RUN) -m pytest -n auto --dist loadgroup

examples: $(VENV)/dev.stamp  ## run the examples in the docstrings (make test runs them, too)
	$(RUN) -m pytest analysis methods datapackage mining docs

lint: $(VENV)/dev.stamp  ## check style (ruff) and types (mypy, strict)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

format: $(VENV)/dev.stamp  ## rewrite the code in the project's style
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

notebooks: $(VENV)/dev.stamp  ## execute all notebooks again and store their outputs
	$(RUN) notebooks/execute.py

lab: $(VENV)/lab.stamp  ## open the notebooks in JupyterLab
	$(RUN) -m jupyterlab notebooks

data: $(VENV)/core.stamp  ## import the published archive again: make data ARCHIVE=path/to/issta24-onnx-artifact
	@test -n "$(ARCHIVE)" || { echo "name the archive's clone: make data ARCHIVE=path/to/issta24-onnx-artifact"; exit 2; }
	$(RUN) -m mining import-archive "$(ARCHIVE)"
	$(RUN) -m analysis describe

check: $(VENV)/dev.stamp  ## recompute everything and compare it with what is stored: descriptor, report, figures, notebooks
	$(RUN) -m analysis validate
	$(RUN) -m analysis check
	$(RUN) -m docs.architecture --check
	$(RUN) -m docs.faults --check
	$(RUN) -m docs.schemas --check
	$(RUN) -m teaching --check
	$(RUN) -m teaching.lab_notebooks --check
	$(RUN) notebooks/execute.py --check

nulls: $(VENV)/core.stamp  ## draw the null distributions of RQ3's specifications again, where failures or operator sets changed (minutes)
	$(RUN) -m analysis multiverse --keep

generated: $(VENV)/dev.stamp  ## regenerate everything generated: descriptor, dictionary, tables, figures, report, README, docs, notebooks
	$(RUN) -m analysis describe
	$(RUN) -m analysis reproduce
	$(RUN) -m docs.architecture
	$(RUN) -m docs.faults
	$(RUN) -m docs.schemas
	$(RUN) -m teaching
	$(RUN) -m teaching.lab_notebooks
	$(RUN) notebooks/execute.py

UV_COMPILE := uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header --no-emit-index-url
lock:  ## pin all dependencies again (needs uv)
	$(UV_COMPILE) requirements-core.in -o requirements-core.txt
	$(UV_COMPILE) -c requirements-core.txt requirements-mining.in -o requirements-mining.txt
	$(UV_COMPILE) -c requirements-core.txt -c requirements-mining.txt requirements-labelling.in -o requirements-labelling.txt
	$(UV_COMPILE) -c requirements-core.txt -c requirements-mining.txt -c requirements-labelling.txt requirements.in -o requirements.txt
	$(UV_COMPILE) -c requirements.txt requirements-dev.in -o requirements-dev.txt

clean:  ## remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
