"""compositions/poster.py from its command line: pictures read back, and what can be wrong."""

import importlib
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib.tables.table import write_table
from tests.support.grids import grid_table
from tests.support.media_factory import ROOT, film

RED, GREEN = (220, 30, 30), (30, 200, 40)
SMALL = ("-width", "64", "-height", "48", "-radius", "0", "-margin", "0", "-bright")


def main(*words):
    return importlib.import_module("compositions.poster").main([*SMALL, *map(str, words)])


def table_words(folder, grid, first=None, last=None):
    columns, rows = (int(word) for word in grid.split("x"))
    names = [f"film {n % 2}.mp4" for n in range(columns * rows)]
    write_table(grid_table(columns, rows, start=lambda n: 0).with_columns({"filename": names}), "grid.csv")
    return ("-in", "grid.csv", "-dir", folder, "-grid", grid, "-grid0", first or grid, "-grid1", last or grid)


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    for n, colour in enumerate((RED, GREEN)):
        film(folder / f"film {n}.mp4", [colour] * 20, rate=10)
    return folder


@pytest.fixture
def words(films, workplace):
    Path("text.md").write_text("# I")
    return (*table_words(films, "2x2"), "-tfile", "text.md")


def picture(path):
    with Image.open(path) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB")).astype(int)


def test_a_picture_that_is_not_named_replaces_nothing_of_someones(words, workplace, capsys):
    words = (*words, "-res", "8")
    Path("a.png").write_text("mine")
    for more in ((), ("-overwrite",)):
        assert main(*words, "-debug", "-out", "a.mp4", *more) == 1
        assert "a.png: already exists, and was not made by this tool: choose another -out\n" in capsys.readouterr().err
        assert Path("a.png").read_text() == "mine"
    assert main(*words, "-debug", "-out", "b.mp4") == 0
    assert main(*words, "-debug", "-out", "b.mp4") == 0  # its own
    Path("b.png").write_text("mine")
    assert main(*words, "-debug", "-out", "b.mp4") == 1
    assert "b.png: was changed since it was made" in capsys.readouterr().err
    assert Path("b.png").read_text() == "mine"
    assert main(*words, "-debug", "-out", "a.png") == 0  # named


def test_films_are_read_back_with_the_text_over_them(words, workplace, capsys):
    assert main(*words, "-out", "out/a b.png", "-res", "8", "-bg", "#00000000", "-color", "#0000FF") == 0
    made = picture("out/a b.png")
    assert made.shape == (48, 64, 3)
    for x, y, colour in ((4, 4, RED), (60, 4, GREEN), (4, 44, RED), (60, 44, GREEN)):
        assert np.abs(made[y, x] - colour).max() <= 10
    assert (made[20:28, 28:36] == [0, 0, 255]).all(axis=2).any()
    assert capsys.readouterr().out == "out/a b.png: 64 x 48, clips: 4\n"
    assert sorted(os.listdir()) == ["grid.csv", "out", "text.md", "tmp"]
    assert os.listdir("out") == ["a b.png"]
    assert not list(Path("tmp").rglob(".scratch*"))


def test_a_name_of_a_film_becomes_one_of_a_picture(words, workplace):
    assert main(*words) == 0
    assert [name for name in os.listdir("output") if not name.startswith(".")] == ["sample.png"]


def test_the_middle_is_dark(words, workplace):
    bright = ("-out", "bright.png", "-res", "0.1")
    assert main(*words, *bright) == 0
    without = [word for word in SMALL if word != "-bright"]
    dark = importlib.import_module("compositions.poster").main([*without, *map(str, words), "-out", "dark.png"])
    assert dark == 0
    assert picture("dark.png")[4, 4, 0] < 0.8 * picture("bright.png")[4, 4, 0]


def test_the_same_from_a_cache_and_with_more_threads(words, workplace):
    assert main(*words, "-out", "1.png", "-cache") == 0
    kept = {path: path.stat().st_mtime_ns for path in Path("tmp/cache/sample/poster").iterdir()}
    assert len(kept) >= 3
    assert main(*words, "-out", "2.png", "-cache", "-threads", "2", "-color", "#FFFFFF") == 0
    assert Path("1.png").read_bytes() == Path("2.png").read_bytes()
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_the_text_that_ships(films, workplace):
    words = (*table_words(films, "4x4", "4x4", "2x2"), "-tfile", ROOT / "titles" / "main.md")
    assert main(*words, "-width", "320", "-height", "180", "-out", "a.png", "-debug") == 0
    assert (picture("a.png") == 255).all(axis=2).sum() > 100


def test_probe_writes_nothing(words, workplace, capsys):
    assert main(*words, "-probe") == 0
    assert capsys.readouterr().out == "64 x 48, clips: 4\n"
    assert sorted(os.listdir()) == ["grid.csv", "text.md"]


@pytest.mark.slow
@pytest.mark.parametrize("grids", [("5x3", "2x2", "5x3"), ("3x3", "3x3", "1x1"), ("1x1", "1x1", "1x1")], ids=" ".join)
def test_any_grid(grids, films, workplace):
    Path("text.md").write_text("- a list")
    assert main(*table_words(films, *grids), "-tfile", "text.md", "-out", "a.png") == 0
    assert picture("a.png").max() > 100


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("-tfile", "none.md"), "none.md: the text cannot be read"),
        (("-tfile", "grid.csv", "-res", "90"), "make it shorter, or smaller"),
        (("-font", "None.ttf"), "None.ttf"),
        (("-grid", "4x4"), "fills 4 of the 16 cells"),
        (("-dir", "nowhere"), "nowhere: there is no such folder: check -dir"),
    ],
)
def test_one_clear_line(words, workplace, capsys, flags, message):
    assert main(*words, "-out", "a.png", *flags) == 1
    assert message in capsys.readouterr().err.splitlines()[-1]
    assert not Path("a.png").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("-cluster", "teapot://x:1"), "is not the address of a Dask scheduler"),
        (("-radius", "x"), "argument -radius"),
        (("-rot", "nan"), "argument -rot"),
        (("-res", "inf"), "argument -res"),
        (("-res", "0"), "argument -res"),
        (("-maxw", "1.1"), "argument -maxw"),
        (("-tyoffset", "-2"), "argument -tyoffset"),
        (("-width", "0"), "argument -width"),
        (("-out", "a.jpg"), "argument -out"),
        (("-ao",), "argument -ao: this is a picture"),
        (("-align", "up"), "argument -align"),
        (("-color", "reddish"), "reddish: give a colour"),
        (("-bg", "#12"), "#12: give a colour"),
        (("-h1", "size=big"), "size=big: size is 'big'"),
        (("-table", "colour=3"), "'colour=3' is not a setting"),
        (("-brightr", "2,1"), "2,1: give numbers"),
    ],
)
def test_wrong_usage(words, workplace, capsys, flags, message):
    with pytest.raises(SystemExit) as ended:
        main(*words, "-out", "a.png", *flags)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
    assert not Path("a.png").exists()
