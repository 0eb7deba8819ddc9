# Two commands do everything: `make demo` and `make test`. Another Python: `make test PYTHON=python3.13`.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
PIP := $(RUN) -m pip install --disable-pip-version-check --quiet --only-binary :all:
SORTED := output/sonata_sorted_by_hz.mp3
CLIPS := tmp/explorer.csv

.PHONY: demo explorer test lint bench gallery clean

demo: $(VENV)/installed
	$(RUN) sort_audio.py -in "media/sample/sonata.mp3" -sort "hz=asc" -out "$(SORTED)"
	@echo "Done. Listen to $(SORTED): the sonata, sorted from its lowest note to its highest."

explorer: $(VENV)/installed
	$(RUN) audio_to_samples.py -in "media/sample/film_*.mp4" -features -out "$(CLIPS)" -threads 2
	$(RUN) samples_to_tsne.py -in "$(CLIPS)" -dir "media/sample/" -components 2
	$(RUN) samples_to_grid.py -in "$(CLIPS)" -grid "24x24"
	$(RUN) samples_to_explorer.py -in "$(CLIPS)" -dir "media/sample/" -title "Sample films" -out "output/explorer/" -threads 2

test: $(VENV)/installed-dev lint
	$(RUN) -m pytest -n auto

lint: $(VENV)/installed-dev
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

gallery: $(VENV)/installed
	$(RUN) docs/make_gallery.py

bench: $(VENV)/installed-dev
	$(RUN) -m benchmarks

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis

# One environment; it is made anew when another Python is asked for.
$(VENV)/python-$(VERSION):
	@test -n "$(VERSION)" || { echo "$(PYTHON) is not here: install Python 3.11 or newer, or say make PYTHON=..."; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/installed: requirements.txt $(VENV)/python-$(VERSION)
	$(PIP) -r requirements.txt
	touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	$(PIP) -r requirements-dev.txt
	touch $@
