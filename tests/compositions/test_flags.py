"""The flags that compositions share: what they take."""

import importlib

import pytest

from compositions._flags import add_common, add_grids, composition_names, fit_grids
from lib import cli
from lib.tables.table import concatenate, write_table
from tests.support.grids import grid_table
from tests.support.scripts import status_of


def parse(*words):
    flags = cli.Parser("A piece.")
    add_common(flags)
    return flags.parse_args(words)


@pytest.mark.parametrize("word", ["0", "0.5", "0.99"])
def test_a_margin_leaves_something_of_a_cell(word):
    assert parse("-margin", word).margin == float(word)


@pytest.mark.parametrize("word", ["1", "0.999999", "-0.1", "nan", "wide"])
def test_a_margin_that_leaves_nothing_is_refused(word, capsys):
    with pytest.raises(SystemExit) as exit_:
        parse("-margin", word)
    assert exit_.value.code == 2
    assert "-margin" in capsys.readouterr().err.splitlines()[-1]


@pytest.fixture
def grid_of_8(workplace):
    """A table of samples on a grid of 8x8, and one sample without a cell; there are no media: lengths need none."""
    table = grid_table(8, 8)
    first = table.take([0]).with_columns({"gridX": [""], "gridY": [""]})
    write_table(concatenate([table, first]), "grid.csv")


@pytest.mark.slow
@pytest.mark.parametrize("words", [("-grid", "8x8"), ()], ids=["-grid alone", "no grid"])
@pytest.mark.parametrize("name", composition_names())
def test_small_grids_need_no_further_flags(grid_of_8, capsys, name, words):
    main = importlib.import_module(f"compositions.{name}").main
    out = "x.png" if name == "poster" else "x.mp4"
    assert main(["-in", "grid.csv", "-out", out, "-probe", *words]) == 0
    said = capsys.readouterr().out.splitlines()
    assert any("does not fit a grid of 8x8" in line and line.startswith(("-grid0 ", "-grid1 ")) for line in said)
    assert ("samples left out: without a cell in the grid: 1" in " ".join(said)) == (name != "poster")


def views(*words):
    flags = cli.Parser("A piece.")
    add_grids(flags, "128x128", "16x16", "32x32")
    args = flags.parse_args(words)
    notes = fit_grids(args, args.given)
    return args.grid0, args.grid1, len(notes)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ((), ((16, 16), (32, 32), 0)),
        (("-grid", "64x64"), ((16, 16), (32, 32), 0)),
        (("-grid", "24x24"), ((16, 16), (6, 6), 1)),  # a quarter of it
        (("-grid", "8x8"), ((4, 4), (4, 4), 2)),
        (("-grid", "7x9"), ((5, 5), (5, 5), 2)),  # in the middle of an odd grid
        (("-grid", "2x2"), ((2, 2), (2, 2), 2)),
        (("-grid", "1x3"), ((1, 3), (1, 3), 2)),
        (("-grid", "200x8"), ((26, 4), (50, 4), 2)),  # 25 columns of 200 are not in the middle: one more
        (("-grid", "8x8", "-grid0", "2x2"), ((2, 2), (4, 4), 1)),
        (("-grid", "8x8", "-grid0", "9x9"), ((9, 9), (4, 4), 1)),  # refused later, as what was asked for
    ],
)
def test_views_that_were_not_given_fit_the_grid(words, wanted):
    assert views(*words) == wanted


def test_a_view_that_was_given_and_does_not_fit_is_wrong_usage(grid_of_8, capsys):
    main = importlib.import_module("compositions.waves").main
    assert status_of(main, ["-in", "grid.csv", "-probe", "-grid0", "9x9"]) == 2
    assert "-grid0: 9x9 is larger than -grid, 8x8" in capsys.readouterr().err
