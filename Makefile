# sensorscape: a fresh machine needs python3 (3.11 or later), git and make; everything else is installed into .venv.
#
#   make repro              set up and run the whole study
#   make test               set up and pass the tests (at most 10 minutes on two cores)
#   make test-all           … and the slow ones: faults, several nodes, database servers, browser (at most 45)
#   make lint               style and types
#   make setup TORCH=cpu    the CPU build of torch where pip would take the CUDA build; also with the other targets

PYTHON ?= python3
BIN := .venv/bin
# Local wheels that pip is configured with (PIP_FIND_LINKS or pip.conf) are passed on to uv, which does not read them.
LINKS = $(or $(PIP_FIND_LINKS),$(shell $(PYTHON) -m pip config get global.find-links 2>/dev/null))
INSTALL = UV_FIND_LINKS="$(LINKS)" $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode \
	-c constraints.txt $(if $(TORCH),--torch-backend $(TORCH))
LONG = faults or browser or server or nodes or slow
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := true

.PHONY: help setup repro test test-all lint clean
help:
	@sed -n 's/^#   //p' Makefile

setup: $(BIN)/.run
repro: $(BIN)/.run
	dvc repro
test: $(BIN)/.dev
	pytest -q -n 2 --dist loadgroup -m "not ($(LONG) or gpu)"
test-all: $(BIN)/.all test
	pytest -q -m "($(LONG)) and not gpu"
lint: $(BIN)/.dev
	ruff check .
	ruff format --check .
	mypy

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "sensorscape needs Python 3.11 or later; name one: make PYTHON=python3.12 …" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
$(BIN)/.run: $(BIN)/uv pyproject.toml constraints.txt
	$(INSTALL) -e .
	@touch $@
$(BIN)/.dev: $(BIN)/uv pyproject.toml constraints.txt
	$(INSTALL) -e '.[dev]'
	@touch $@ $(BIN)/.run
$(BIN)/.all: $(BIN)/uv pyproject.toml constraints.txt
	$(INSTALL) -e '.[dev,ray,server]'
	@touch $@ $(BIN)/.dev $(BIN)/.run

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
