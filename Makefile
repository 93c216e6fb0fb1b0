# Two commands matter: `make solve` designs the flagship, `make test` checks everything. Needs Python >= 3.11.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
INSTANCE ?= instances/hong_kong_cyberport.toml

.PHONY: solve test test-long check bench format reference golden docs pictures clean

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

$(VENV)/.installed-bench: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	@touch $@

$(VENV)/.installed-docs: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	@touch $@

solve: $(VENV)/.installed  ## design the flagship and say where the result is
	$(BIN)/optimizer solve $(INSTANCE)

test: $(VENV)/.installed-test  ## style, types, layers and the test suite: a few minutes on two cores
	$(BIN)/ruff check optimizer tests docs/bench
	$(BIN)/ruff format --check optimizer tests docs/bench
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 -m "not long"

# The official schema of OCDS 1.1 comes with the sources of a package of the standard's makers. Without it its test is skipped.
STANDARD := ocdsextensionregistry-0.7.0
build/standards/release-schema.json: $(VENV)/.installed-test
	@mkdir -p build/standards
	-@$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary ocdsextensionregistry -d build/standards ocdsextensionregistry==0.7.0 && tar -xzf build/standards/$(STANDARD).tar.gz --strip-components=3 -C build/standards $(STANDARD)/tests/fixtures/release-schema.json

test-long: $(VENV)/.installed-test build/standards/release-schema.json  ## long cross-checks: second solver, brute force, all instances
	$(BIN)/python -m pytest -n 2 -m long

check: test test-long  ## everything

# Other versions than the pinned ones: the newest that may be installed, and the lowest that are allowed.
.PHONY: test-newest test-lowest
test-newest:  ## the test suite with the newest versions of other packages
	rm -rf $(VENV)-newest && $(PYTHON) -m venv $(VENV)-newest
	$(VENV)-newest/bin/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	$(VENV)-newest/bin/python -m pytest -n 2 -m "not long"

test-lowest:  ## the test suite with the lowest versions allowed
	rm -rf $(VENV)-lowest && $(PYTHON) -m venv $(VENV)-lowest
	$(VENV)-lowest/bin/python -m pip install --quiet --disable-pip-version-check -c constraints-lowest.txt -e '.[test]'
	$(VENV)-lowest/bin/python -m pytest -n 2 -m "not long"

bench: $(VENV)/.installed-bench  ## measure against other tools and write docs/benchmark.md (half an hour, idle machine); ROWS=1,3 QUICK=1 BEFORE=FOLDER
	$(BIN)/python -m docs.bench $(if $(ROWS),--rows $(ROWS)) $(if $(QUICK),--quick) $(if $(BEFORE),--before $(BEFORE))

format: $(VENV)/.installed-test
	$(BIN)/ruff check --fix optimizer tests docs/bench
	$(BIN)/ruff format optimizer tests docs/bench

golden: $(VENV)/.installed-test  ## rewrite the golden LP files; read the difference before you commit it
	GOLDEN_WRITE=1 $(BIN)/python -m pytest -q tests/golden

reference: $(VENV)/.installed  ## rewrite the kept reference result of the flagship
	rm -rf build/reference && mkdir -p build results/hong_kong_cyberport/reference
	$(BIN)/optimizer solve instances/hong_kong_cyberport.toml --out build/reference
	cd build/reference && cp design.json summary.md procurement.csv provenance.json ../../results/hong_kong_cyberport/reference/

# The gallery is made by the commands it shows. QUICK=1 leaves out the flagship.
docs: $(VENV)/.installed-docs  ## build the documentation site into build/site, offline; fails on a broken link
	rm -rf build/gallery build/site && mkdir -p build/gallery
	$(BIN)/optimizer solve instances/minimal.toml --quiet --out build/gallery/minimal
	$(BIN)/optimizer sweep instances/minimal.toml --quiet --vary phases.only.target_pflops=30:60:10 --vary sites.paper.grid_mw=0.09:0.21:0.04 --results build/gallery/study
	$(if $(QUICK),,$(BIN)/optimizer solve instances/hong_kong_cyberport.toml --quiet --out build/gallery/hong_kong_cyberport)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet

pictures: $(VENV)/.installed  ## photograph the report of a run for docs/: make pictures RUN=results/hong_kong_cyberport/... (needs Chromium); RUN may be the folder of a sweep
	@test -n "$(RUN)" || { echo "Say which run: make pictures RUN=FOLDER (make solve prints one)"; exit 1; }
	$(BIN)/python docs/pictures.py "$(RUN)"

clean:
	rm -rf $(VENV) $(VENV)-newest $(VENV)-lowest build *.egg-info .pytest_cache .mypy_cache .ruff_cache
