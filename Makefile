# Everything runs in .venv, which the first command makes. Only Python >= 3.11 and make are needed.

PYTHON ?= python3
DATA ?= digits
PYTEST_ARGS ?= -n auto --maxprocesses 4

VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.core
DEV := $(VENV)/.dev
BENCH := $(VENV)/.bench
DOCS := $(VENV)/.docs

# An empty TORCH_LOGS makes `import torch` fail.
ifeq ($(TORCH_LOGS),)
unexport TORCH_LOGS
endif

.DEFAULT_GOAL := help
.PHONY: help study test check bench figures notebooks docs clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

study: $(CORE)  ## Run the NN-Mass study (DATA=digits, or mnist from TOPOGRAPH_DATA)
	$(BIN)/python analyses/nn_mass/run.py --data $(DATA)

test: check  ## Run everything that must hold
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(DEV)  ## Check format, style, types and the layers of the package
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(BENCH)  ## Measure the speed against the named peers
	$(BIN)/python benchmarks/run.py

figures: $(CORE)  ## Draw the study's figures again from its table
	$(BIN)/python analyses/nn_mass/figures.py

notebooks: $(DEV)  ## Execute the notebooks in place
	$(BIN)/python notebooks/execute.py

docs: $(DOCS)  ## Write the documentation as web pages into out/docs
	$(BIN)/sphinx-build -q -W -b html docs out/docs

clean:  ## Remove the environment, outputs and caches
	rm -rf $(VENV) out build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "topograph needs Python 3.11 or newer. Received: $$($(PYTHON) --version 2>&1)." \
	        "Name another one: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	    echo "$(PYTHON) cannot make a virtual environment; install its venv module." >&2; exit 1; }

$(CORE): pyproject.toml constraints.txt | $(BIN)/pip
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(DEV): pyproject.toml constraints.txt | $(BIN)/pip
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(CORE) $@

$(BENCH): pyproject.toml constraints.txt | $(BIN)/pip
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[bench]'
	@touch $(CORE) $@

$(DOCS): pyproject.toml constraints.txt | $(BIN)/pip
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[docs]'
	@touch $(CORE) $@
