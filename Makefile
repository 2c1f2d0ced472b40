# Two commands: `make run` starts Okno with demo data, `make test` proves it.
# Python 3.11 or newer and make are all that a machine needs beforehand.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Compiled once, not at each start: that is half of the time until Okno answers.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-long check bench frontend lock pictures wheel clean

run: $(VENV)/run.stamp frontend  ## install, set up, load the demo on first start, serve
	@$(BIN)/okno demo
	@exec $(BIN)/okno serve

test: $(VENV)/dev.stamp frontend  ## walls, then the suite on both databases; or ROOM=desk
	@sh tools/install_test_tools.sh
	@$(BIN)/python tools/test.py $(if $(ROOM),--room $(ROOM))

test-long: $(VENV)/dev.stamp frontend  ## the large n; hours; results go to docs/
	@sh tools/install_test_tools.sh
	@OKNO_TEST_LONG=1 $(BIN)/python tools/test.py

check: $(VENV)/dev.stamp frontend  ## lint, types, architecture, docs
	@$(BIN)/python tools/test.py --check

bench: $(VENV)/dev.stamp frontend  ## ratios in one run
	@sh tools/install_test_tools.sh
	@$(BIN)/python -m bench

frontend: $(VENV)/run.stamp  ## build the front end when its sources changed
	@$(BIN)/python tools/build_frontend.py

$(VENV)/uv.stamp: requirements/installer.lock
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -q --require-hashes -r requirements/installer.lock
	@touch $@

# uv is quick; where it cannot reach an index that pip knows of, pip does the same.
$(VENV)/run.stamp: $(VENV)/uv.stamp requirements/run.lock pyproject.toml
	@echo "Installing what Okno needs ..."
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/run.lock \
		|| $(BIN)/pip install -q --require-hashes -r requirements/run.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e . \
		|| $(BIN)/pip install -q --no-deps -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.lock
	@echo "Installing what the tests need ..."
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/dev.lock \
		|| $(BIN)/pip install -q --require-hashes -r requirements/dev.lock
	@touch $@

lock: $(VENV)/uv.stamp  ## pin all dependencies anew, with hashes and without addresses
	@for part in run dev; do extra=$$([ $$part = dev ] && echo "--extra dev"); \
	$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --python-version 3.11 $$extra pyproject.toml -o requirements/$$part.lock; done

wheel: $(VENV)/dev.stamp frontend  ## the package, with the built front end in it
	@$(BIN)/python -m build --wheel -o dist .

pictures: $(VENV)/dev.stamp frontend  ## the pictures of the README, from the running product
	@$(BIN)/python tools/pictures.py

clean:
	rm -rf $(VENV) frontend/node_modules okno/console/static/okno dist build
