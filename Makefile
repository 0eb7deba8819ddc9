# Two commands do everything: `make demo` and `make test`. Another Python: `make test PYTHON=python3.13`, and beside
# the first environment: `make test PYTHON=python3.13 VENV=.venv-3.13`.
VENV ?= .venv
ifeq ($(OS),Windows_NT)
  PYTHON ?= python
  RUN := $(VENV)/Scripts/python
else
  PYTHON ?= python3
  RUN := $(VENV)/bin/python
endif
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
# The releases that were tested together; a Python without such a list gets the newest that the requirements allow.
TESTED := $(wildcard constraints/$(VERSION).txt)
PIP := $(RUN) -m pip install --disable-pip-version-check --quiet --only-binary :all:
SORTED := output/sonata_sorted_by_hz.mp3
CLIPS := tmp/explorer.csv
SYSTEMS := linux darwin win32

.PHONY: demo explorer test quick selection lint ruff page types versions coverage mutants stress bench gallery constraints clean

demo: $(VENV)/installed
	$(RUN) sort_audio.py -in "media/sample/sonata.mp3" -sort "hz=asc" -out "$(SORTED)"
	@echo "Done. Listen to $(SORTED): the sonata, sorted from its lowest note to its highest."

explorer: $(VENV)/installed
	$(RUN) audio_to_samples.py -in "media/sample/film_*.mp4" -features -out "$(CLIPS)" -threads 2
	$(RUN) samples_to_tsne.py -in "$(CLIPS)" -dir "media/sample/" -components 2
	$(RUN) samples_to_grid.py -in "$(CLIPS)" -grid auto
	$(RUN) samples_to_explorer.py -in "$(CLIPS)" -dir "media/sample/" -title "Sample films" -out "output/explorer/" -threads 2

# All tests.
test: $(VENV)/installed-dev lint
	$(RUN) -m pytest -n auto --dist worksteal

# All tests but those marked slow.
quick: $(VENV)/installed-dev
	$(RUN) -m pytest -n auto --dist worksteal -m "not slow"

lint: ruff page
	@$(MAKE) --no-print-directory -j3 types

ruff: $(VENV)/installed-dev
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

# The page's linter, and a check of accessibility for its tests, where npm is. The page itself needs nothing of it.
NPM := $(VENV)/npm
page: $(NPM)/installed
	@if test -f $(NPM)/installed; then $(NPM)/node_modules/.bin/eslint -c tests/npm/eslint.config.mjs explorer; fi

$(NPM)/installed: tests/npm/package.json $(VENV)/installed
	@mkdir -p $(NPM) && cp tests/npm/package.json $(NPM)
	@if ! npm --version >/dev/null 2>&1; then echo "npm is not installed: the page's code is not linted"; \
	elif npm install --prefix $(NPM) --silent --no-audit --no-fund --fetch-retries=0 --fetch-timeout=20000; then touch $@; \
	else echo "npm cannot install eslint: the page's code is not linted"; fi

# What the code would do on each system; each has its own cache. Campaigns and benchmarks are for Linux.
types: $(SYSTEMS:%=types-%)
types-linux: WHAT = lib compositions scrapers $(wildcard *.py) benchmarks tests/stress
types-%: $(VENV)/installed-dev
	$(RUN) -m mypy --platform $* --cache-dir .mypy_cache/$* $(WHAT)

# Lint, types and a selection of quick tests with each other Python that is installed here. The stubs that mypy reads
# differ between Pythons, not between systems: one system is enough.
SELECTION := tests/lib/audio/test_reader.py tests/lib/cli tests/lib/errors tests/lib/io tests/lib/math tests/lib/tables tests/lib/video tests/test_rooms.py tests/test_get_file_features.py tests/test_samples_subset.py
selection: $(VENV)/installed-dev
	$(RUN) -m pytest -n auto --dist worksteal -m "not slow" $(wildcard $(SELECTION))

versions:
	@for version in 3.11 3.12 3.13 3.14; do \
	  for python in "python$$version" "$$HOME/.pyenv/versions/$$version".*/bin/python; do \
	    if test "$$version" != "$(VERSION)" && "$$python" -c pass 2>/dev/null; then \
	      echo "Python $$version: $$python"; \
	      $(MAKE) --no-print-directory ruff types-linux selection PYTHON="$$python" VENV=".venv-$$version" || exit 1; \
	      break; \
	    fi; \
	  done; \
	done

# Branch coverage of lib and compositions, and which test reaches which line (for mutants).
coverage: $(VENV)/installed-dev
	$(RUN) -m pytest -n auto --dist worksteal --cov --cov-context=test --cov-report=term --cov-fail-under=92

# 150 changes of the code, one at a time: does a test notice? `make mutants SEED=2` chooses others.
SEED ?= 1
mutants: $(VENV)/installed-dev
	@test -f .coverage || $(MAKE) --no-print-directory coverage
	$(RUN) -m tests.stress.mutants -seed $(SEED)

# Broken media, kills, full disks, files of someone's, a failing archive, the recipes on whole files: for hours.
stress: $(VENV)/installed-dev
	$(RUN) -m pytest tests/test_docs.py --whole-media
	$(RUN) -m tests.stress.broken_media
	$(RUN) -m tests.stress.kill
	$(RUN) -m tests.stress.trouble
	$(RUN) -m tests.stress.foreign
	$(RUN) -m tests.stress.archive
	$(RUN) -m tests.stress.tables
	$(RUN) -m tests.stress.cuts
	$(RUN) -m tests.stress.soak
	$(RUN) -m pytest -n auto --dist worksteal --hypothesis-profile=search -m "not slow"

gallery: $(VENV)/installed
	$(RUN) docs/make_gallery.py

bench: $(VENV)/installed-dev
	$(RUN) -m benchmarks

# The newest releases, as the tested set of this Python. Run `make test` with them before they are committed.
constraints:
	rm -rf $(VENV)-newest
	$(PYTHON) -m venv $(VENV)-newest
	$(MAKE) $(VENV)-newest/installed-dev VENV=$(VENV)-newest TESTED=
	$(VENV)-newest/bin/python -m pip freeze > constraints/$(VERSION).txt
	rm -rf $(VENV)-newest

clean:
	rm -rf .venv .venv-* .pytest_cache .ruff_cache .mypy_cache .hypothesis .coverage*

# One environment; it is made again when another Python is asked for.
$(VENV)/python-$(VERSION):
	@test -n "$(VERSION)" || { echo "$(PYTHON) is not here: install Python 3.11 or newer, or say make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "needs Python 3.11 or newer, and $(PYTHON) is $(VERSION): say make PYTHON=..."; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/installed: requirements.txt $(TESTED) $(VENV)/python-$(VERSION)
	$(PIP) -r requirements.txt $(TESTED:%=-c %)
	touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	$(PIP) -r requirements-dev.txt $(TESTED:%=-c %)
	touch $@
