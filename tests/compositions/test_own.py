"""The composition of docs/compositions.md: copied from the page, run, and looked at."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from lib.tables.table import write_table
from tests import test_compositions as of_any
from tests.support.compositions import PAGE
from tests.support.grids import grid_table
from tests.support.media_factory import ROOT, film

films, words = of_any.films, of_any.words
GREY = (200, 200, 200)


def the_code():
    (block,) = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.M | re.S)
    return block


@pytest.fixture
def checkout(tmp_path):
    """A copy of the project with the page's composition in it."""
    folder = tmp_path / "my tools"
    (folder / "compositions").mkdir(parents=True)
    (folder / "lib").symlink_to(ROOT / "lib")
    for name in ("_flags.py", "_settings.py"):
        (folder / "compositions" / name).symlink_to(ROOT / "compositions" / name)
    (folder / "compositions" / "curtain.py").write_text(the_code(), encoding="utf-8")
    film(folder / "grey.mp4", [GREY] * 10, rate=10)
    table = grid_table(4, 2, filename="grey.mp4", start=lambda n: 0, vdur=lambda n: 1000)
    write_table(table, folder / "grid.csv")
    return folder


def run(checkout, *words):
    command = [sys.executable, "compositions/curtain.py", *words]
    # The kernels of this copy would be compiled for two small pictures.
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=120, env=environment)


def test_it_is_short():
    lines = [
        line for line in the_code().splitlines() if line.strip() and not line.startswith(("import", "from", "#", '"'))
    ]
    assert len(lines) <= 36


def test_it_passes_what_make_lint_asks(checkout):
    """Its own types: that the rest of the project is used with the right ones is seen when it is run."""
    file, ours = "compositions/curtain.py", str(ROOT / "pyproject.toml")
    for words in (("ruff", "check", "--config", ours), ("ruff", "format", "--check", "--config", ours),
                  ("mypy", "--config-file", ours, "--follow-imports", "skip", "--cache-dir", os.devnull)):  # fmt: skip
        made = subprocess.run([sys.executable, "-m", *words, file], cwd=checkout, capture_output=True, text=True)
        assert made.returncode == 0, made.stdout + made.stderr


@pytest.fixture
def curtain(checkout, monkeypatch):
    """The name of the page's composition, which can be imported."""
    monkeypatch.syspath_prepend(checkout)
    monkeypatch.setattr(of_any, "OWN", ["curtain"])
    yield "curtain"
    del sys.modules["compositions.curtain"]


@pytest.mark.parametrize(("columns", "rows", "views"), of_any.GRIDS[2:4], ids=str)
def test_it_passes_what_is_asked_of_any_grid(curtain, tmp_path, columns, rows, views):
    of_any.test_any_grid(curtain, columns, rows, views, tmp_path)
    of_any.test_its_flags_are_the_parameters_of_its_composition(curtain)


@pytest.mark.slow
def test_it_passes_what_is_asked_of_any_film(curtain, films, words, workplace, tmp_path, capsys):
    of_any.test_a_film_as_long_as_it_says(curtain, words, workplace, tmp_path, capsys)
    of_any.test_threads_do_not_matter_and_one_picture_alone_is_the_same(curtain, tmp_path)


@pytest.mark.slow
def test_it_is_played_and_seen(checkout):
    grid = ("-grid", "4x2", "-grid0", "4x2", "-grid1", "4x2", "-step", "1000", "-margin", "0", "-brightr", "0.25,1.0")
    size = ("-width", "80", "-height", "40", "-fps", "25", "-mcd", "0", "-vo", "-out", "a.mp4")
    made = run(checkout, "-in", "grid.csv", "-dir", ".", *grid, *size, "-outframe", "f/%s.png", "-frange", "55,56",
               "-threads", "2")  # fmt: skip
    assert made.returncode == 0, made.stderr  # also the workers have found its class
    # 1000 ms of silence, 3000 from the first column to the last, 1000 of its glow, 3000 more: 8 s of 25 pictures.
    with Image.open(checkout / "f" / "055.png") as image:
        seen = np.asarray(image.convert("RGB")).astype(int)
    # At 2200 ms the second column is at its brightest, half a cell (10 pixels) further down, the first has come back.
    for x in (10, 50, 70):
        assert np.abs(seen[10, x] - 50).max() <= 6
    assert np.abs(seen[15, 30] - 200).max() <= 6
    assert seen[5, 30].max() <= 6
    assert sorted(path.name for path in (checkout / "f").glob("[0-9]*.png")) == ["055.png", "056.png"]


def test_its_help_names_its_flags(checkout):
    told = run(checkout, "-h").stdout
    assert "Column after column plays" in told
    assert "interval between columns, in ms (default: 250)" in " ".join(told.split())
    assert "python compositions/curtain.py" in told
