# Everything runs in .venv, made here from the locks; nothing else is needed than python3 (3.11 to 3.13) and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python

.DEFAULT_GOAL := help
.PHONY: conversion-env test-conversion test-metadata release mutants mutants-all help setup setup-lab setup-mining setup-labelling label-studio reproduce paper demo-extend test examples lint format notebooks lab data check generated lock nulls clean

help:  ## show this help
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/core.stamp: requirements-core.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "Python 3.11 to 3.13 is needed; name one with: make PYTHON=python3.12 ..."; exit 1; }
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-core.txt
	touch $@

$(VENV)/paper.stamp: $(VENV)/core.stamp requirements-paper.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-paper.txt
	touch $@

$(VENV)/mining.stamp: $(VENV)/core.stamp requirements-mining.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-mining.txt
	touch $@

$(VENV)/labelling.stamp: $(VENV)/core.stamp requirements-labelling.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-labelling.txt
	touch $@

$(VENV)/dev.stamp: $(VENV)/paper.stamp $(VENV)/mining.stamp $(VENV)/labelling.stamp $(VENV)/conversion.stamp requirements-dev.txt pyproject.toml
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	touch $@

$(VENV)/lab.stamp: $(VENV)/mining.stamp requirements.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

setup: $(VENV)/dev.stamp  ## make the virtual environment with everything the other targets need

setup-lab: $(VENV)/lab.stamp  ## make the virtual environment for the notebooks and labs

setup-mining: $(VENV)/mining.stamp  ## make the virtual environment for mining GitHub (python -m mining fetch ...)

setup-labelling: $(VENV)/labelling.stamp  ## make the virtual environment for labelling issues (python -m labelling ...)

# The heavy environments of python -m conversion. TORCH_INDEX names an index with torch's CPU build, such as PyTorch's own.
TORCH := .venv-conversion-torch
TF := .venv-conversion-tf
TORCH_INDEX ?=
PIP_LOCKED := -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes

$(VENV)/conversion.stamp: $(VENV)/core.stamp requirements-conversion.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-conversion.txt
	touch $@

$(TORCH)/stamp: requirements-conversion-torch.txt requirements-conversion-torch-cpu.txt requirements-conversion-torch-cuda.txt requirements-conversion-torch-trained.txt
	@echo "$(TORCH): 1.4 GB and about 3 minutes with torch's CPU build; 6 GB with its CUDA build, the registry's own on Linux"
	test -x $(TORCH)/bin/python || $(PYTHON) -m venv $(TORCH)
	$(TORCH)/bin/python $(PIP_LOCKED) $(addprefix --extra-index-url ,$(TORCH_INDEX)) -r requirements-conversion-torch-cpu.txt \
		|| echo "no index here has torch's CPU build for this Python and system (TORCH_INDEX names one); taking the registry's"
	$(TORCH)/bin/python $(PIP_LOCKED) -r requirements-conversion-torch.txt
	@# the CPU build requires no library of CUDA, the CUDA build names them
	if $(TORCH)/bin/python -m conversion.torch_lock --needs-cuda; then \
		$(TORCH)/bin/python $(PIP_LOCKED) -r requirements-conversion-torch-cuda.txt; fi
	$(TORCH)/bin/python $(PIP_LOCKED) -r requirements-conversion-torch-trained.txt
	$(TORCH)/bin/python -c 'import torch'
	touch $@

$(TF)/stamp: requirements-conversion-tf.txt requirements-conversion-tf-trained.txt
	@echo "$(TF): 1.8 GB and about 3 minutes"
	test -x $(TF)/bin/python || $(PYTHON) -m venv $(TF)
	$(TF)/bin/python $(PIP_LOCKED) -r requirements-conversion-tf.txt
	$(TF)/bin/python $(PIP_LOCKED) -r requirements-conversion-tf-trained.txt
	$(TF)/bin/python -c 'import tensorflow'
	touch $@

conversion-env: $(VENV)/conversion.stamp $(TORCH)/stamp $(TF)/stamp  ## make the environments that convert models (python -m conversion ...): 3.2 GB

test-conversion: $(VENV)/dev.stamp conversion-env  ## run a small real campaign with planted faults, here and through Dask
	$(RUN) -m pytest -m conversion tests/conversion

# Validators of others, apart: one of them wants an older jsonschema than the tests do.
METADATA := .venv-metadata
$(METADATA)/stamp: requirements-metadata.txt
	test -x $(METADATA)/bin/python || $(PYTHON) -m venv $(METADATA)
	$(METADATA)/bin/python $(PIP_LOCKED) -r requirements-metadata.txt
	touch $@

test-metadata: $(METADATA)/stamp  ## validate CITATION.cff (cffconvert), and read all tables by data/croissant.json (mlcroissant)
	$(METADATA)/bin/python release/acceptance.py

reproduce: $(VENV)/core.stamp  ## recompute every table, figure and printed number; show what holds and what does not
	$(RUN) -m analysis reproduce

paper: $(VENV)/paper.stamp reproduce  ## recompute everything, then typeset the article (paper/article.pdf)
	$(RUN) -m analysis article

test: $(VENV)/dev.stamp  ## run the tests
	$(RUN) -m demo.github_server.schema
	$(RUN) -m pytest -n auto --dist loadgroup

examples: $(VENV)/dev.stamp  ## run the examples in the docstrings (make test runs them, too)
	$(RUN) -m pytest analysis methods datapackage mining demo docs

# Mutation testing, in an environment of its own: what a change touches against a commit, or everything, resumed where it stood.
MUTANTS := .venv-mutants
SINCE ?= main

$(MUTANTS)/stamp: requirements-dev.txt requirements-mutants.txt
	test -x $(MUTANTS)/bin/python || $(PYTHON) -m venv $(MUTANTS)
	$(MUTANTS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt -r requirements-mutants.txt
	$(MUTANTS)/bin/python -m demo.github_server.schema
	touch $@

mutants: $(MUTANTS)/stamp  ## plant slips in the modules that differ from SINCE (default: main); the tests must notice (minutes)
	$(MUTANTS)/bin/python -m benchmarks.mutants --since $(SINCE)

mutants-all: $(MUTANTS)/stamp  ## plant slips everywhere (hours; a run that was stopped goes on)
	$(MUTANTS)/bin/python -m benchmarks.mutants

lint: $(VENV)/dev.stamp  ## check style (ruff) and types (mypy, strict)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

format: $(VENV)/dev.stamp  ## rewrite the code in the project's style
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

notebooks: $(VENV)/dev.stamp  ## execute all notebooks again and store their outputs
	$(RUN) -m notebooks.execute

lab: $(VENV)/lab.stamp  ## open the notebooks in JupyterLab
	$(RUN) -m jupyterlab notebooks

data: $(VENV)/core.stamp  ## import the published archive again: make data ARCHIVE=path/to/issta24-onnx-artifact
	@test -n "$(ARCHIVE)" || { echo "name the archive's clone: make data ARCHIVE=path/to/issta24-onnx-artifact"; exit 2; }
	$(RUN) -m mining import-archive "$(ARCHIVE)"
	$(RUN) -m analysis describe

check: $(VENV)/dev.stamp  ## recompute everything and compare it with what is stored: descriptor, report, figures, notebooks
	$(RUN) -m analysis validate
	$(RUN) -m analysis check
	$(RUN) -m analysis article --check
	$(RUN) -m release metadata --check
	$(RUN) -m docs.architecture --check
	$(RUN) -m docs.faults --check
	$(RUN) -m docs.attribution --check
	$(RUN) -m docs.schemas --check
	$(RUN) -m teaching --check
	$(RUN) -m teaching.lab_notebooks --check
	$(RUN) -m notebooks.execute --check

release: check  ## build the archive for a repository with a DOI from the last commit: dist/NAME-VERSION.tar.gz
	$(RUN) -m release archive

nulls: $(VENV)/core.stamp  ## draw the null distributions of RQ3 and RQ4 again, where failures, operator sets or campaigns' graphs changed (minutes)
	$(RUN) -m analysis multiverse --keep
	$(RUN) -m analysis sequences --keep

generated: $(VENV)/dev.stamp  ## regenerate everything generated: descriptor, dictionary, tables, figures, report, README, docs, notebooks
	$(RUN) -m analysis describe
	$(RUN) -m release metadata
	$(RUN) -m analysis reproduce
	$(RUN) -m analysis article
	$(RUN) -m docs.architecture
	$(RUN) -m docs.faults
	$(RUN) -m docs.attribution
	$(RUN) -m docs.schemas
	$(RUN) -m teaching
	$(RUN) -m teaching.lab_notebooks
	$(RUN) -m notebooks.execute

demo-extend: $(VENV)/dev.stamp  ## extend the dataset with invented issues, from a stand-in for GitHub to a report on two samples; no token, offline
	$(RUN) -m demo

label-studio: $(VENV)/dev.stamp  ## label invented issues in a real Label Studio and keep its exports: make label-studio LABEL_STUDIO=path/to/label-studio
	@test -n "$(LABEL_STUDIO)" || { echo "install it into an environment of its own (pip install label-studio), then: make label-studio LABEL_STUDIO=ENV/bin/label-studio"; exit 2; }
	$(RUN) -m tests.labelling.label_studio_round_trip "$(LABEL_STUDIO)"

UV_COMPILE := uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header --no-emit-index-url
lock:  ## pin all dependencies again (needs uv)
	$(UV_COMPILE) requirements-core.in -o requirements-core.txt
	$(UV_COMPILE) -c requirements-core.txt requirements-paper.in -o requirements-paper.txt
	$(UV_COMPILE) requirements-metadata.in -o requirements-metadata.txt
	$(UV_COMPILE) -c requirements-core.txt requirements-mining.in -o requirements-mining.txt
	$(UV_COMPILE) -c requirements-core.txt -c requirements-mining.txt requirements-labelling.in -o requirements-labelling.txt
	$(UV_COMPILE) -c requirements-core.txt -c requirements-mining.txt -c requirements-labelling.txt requirements.in -o requirements.txt
	$(UV_COMPILE) -c requirements.txt requirements-conversion.in -o requirements-conversion.txt
	$(UV_COMPILE) -c requirements.txt -c requirements-conversion.txt requirements-dev.in -o requirements-dev.txt
	$(UV_COMPILE) -c requirements-dev.txt requirements-mutants.in -o requirements-mutants.txt
	$(UV_COMPILE) requirements-conversion-torch.in -o $(TORCH).lock
	$(RUN) -m conversion.torch_lock $(TORCH).lock requirements-conversion-torch.in requirements-conversion-torch.txt requirements-conversion-torch-cpu.txt requirements-conversion-torch-cuda.txt
	rm $(TORCH).lock
	$(UV_COMPILE) requirements-conversion-tf.in -o requirements-conversion-tf.txt
	$(UV_COMPILE) --no-deps requirements-conversion-torch-trained.in -o requirements-conversion-torch-trained.txt
	$(UV_COMPILE) --no-deps requirements-conversion-tf-trained.in -o requirements-conversion-tf-trained.txt

clean:  ## remove the virtual environment and caches
	rm -rf $(VENV) $(TORCH) $(TF) $(METADATA) $(MUTANTS) .mutants .pytest_cache .mypy_cache .ruff_cache .hypothesis
