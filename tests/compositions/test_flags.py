"""The flags that compositions share: what they take."""

import argparse
import importlib

import pytest

from compositions import poster
from compositions._flags import (
    _fitting,
    add_common,
    add_grids,
    column_names,
    composition_names,
    composition_parser,
    ending_of,
    fit_grids,
    frame_pattern,
    frame_range,
)
from lib import cli
from lib.tables.table import concatenate, write_table
from tests.support.each import each
from tests.support.grids import grid_table
from tests.support.scripts import status_of


def parse(*words):
    flags = cli.Parser("A piece.")
    add_common(flags)
    return flags.parse_args(words)


@pytest.mark.parametrize("word", ["0", "0.5", "0.99"])
def test_a_margin_leaves_something_of_a_cell(word):
    assert parse("-margin", word).margin == float(word)


@each("word", ["1", "0.999999", "-0.1", "nan", "wide"])
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
    ending = ending_of(name)
    assert main(["-in", "grid.csv", "-out", f"x{ending}", "-probe", *words]) == 0
    said = capsys.readouterr().out.splitlines()
    assert any("does not fit a grid of 8x8" in line and line.startswith(("-grid0 ", "-grid1 ")) for line in said)
    assert ("samples left out: without a cell in the grid: 1" in " ".join(said)) == (ending == ".mp4")


def views(*words):
    flags = cli.Parser("A piece.")
    add_grids(flags, "128x128", "16x16", "32x32")
    args = flags.parse_args(words)
    notes = fit_grids(args, args.given)
    return args.grid0, args.grid1, len(notes)


@each(
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


@each(
    ("word", "frames"),
    [
        ("1,0", (1, 0)), ("1,1", (1, 1)), ("5,5", (5, 5)), ("5,240", (5, 240)), ("7,0", (7, 0)), (" 2 , 3", (2, 3)),
        ("0,3", None), ("-1,3", None), ("5,4", None), ("1,-1", None), ("1", None), ("1,2,3", None), ("a,b", None),
        ("", None),
    ],
)  # fmt: skip
def test_the_first_and_the_last_picture(word, frames):
    if frames:
        assert frame_range(word) == frames
    else:
        with pytest.raises(argparse.ArgumentTypeError, match="give the first and the last picture"):
            frame_range(word)


@each(
    ("word", "said"),
    [
        ("", ""), ("a.%s.png", ""), ("tmp/%s.PNG", ""), ("a.png", "one %s"), ("%s%s.png", "one %s"),
        ("%s.jpg", "ends in .png"),
        ("%s/a.png", "not of the folder"),
    ],
)  # fmt: skip
def test_names_of_pictures_have_a_place_for_their_number(word, said):
    if said:
        with pytest.raises(argparse.ArgumentTypeError, match=said):
            frame_pattern(word)
    else:
        assert frame_pattern(word) == word


def test_columns_are_joined_by_commas():
    assert column_names("tsne") == ("tsne",)
    assert column_names(" a, b c ,,d") == ("a", "b c", "d")
    for word in ("", " , "):
        with pytest.raises(argparse.ArgumentTypeError, match="name one column or more"):
            column_names(word)


@each("whole", range(1, 20))
def test_a_derived_view_is_even_or_odd_like_its_grid_and_not_too_small(whole):
    for side in range(26):
        made = _fitting(side, whole)
        assert (whole - made) % 2 == 0
        assert min(4, whole) <= made <= whole
        if min(4, whole) <= side <= whole:
            assert made - side == (whole - side) % 2


def test_only_views_that_were_not_given_are_fitted():
    args = argparse.Namespace(grid=(32, 16), grid0=(64, 64), grid1=(8, 8))
    # 64 of 128 are half of the grid.
    assert fit_grids(args, ()) == ["-grid0 16x8, since 64x64 does not fit a grid of 32x16"]
    assert (args.grid0, args.grid1) == ((16, 8), (8, 8))
    args = argparse.Namespace(grid=(32, 16), grid0=(64, 64), grid1=(16, 17))
    assert fit_grids(args, {"grid0"}) == ["-grid1 4x4, since 16x17 does not fit a grid of 32x16"]
    assert args.grid0 == (64, 64)
    args = argparse.Namespace(grid=(32, 16), grid0=(32, 16), grid1=(33, 16))
    assert fit_grids(args, ()) == ["-grid1 8x4, since 33x16 does not fit a grid of 32x16"]


@each(
    ("name", "good", "bad"),
    [
        ("brightr", ("0,1", "1,0"), ("0,1.01", "-0.01,1")),
        ("fa", ("0", "1"), ("1.01", "-0.01")),
        ("blur", ("1", "64"), ("0", "65")),
        ("rvb", ("0", "100"), ("-1", "101")),
    ],
)
def test_the_ends_of_what_a_flag_takes(name, good, bad, capsys):
    for word in good:
        parse(f"-{name}", word)
    for word in bad:
        with pytest.raises(SystemExit):
            parse(f"-{name}", word)
        assert f"-{name}" in capsys.readouterr().err.splitlines()[-1]


@each(
    ("name", "good", "bad"),
    [
        ("maxw", ("0.01", "1"), ("0", "1.01")), ("tyoffset", ("-1", "1"), ("-1.01", "1.01")),
        ("txoffset", ("-1", "1"), ("-1.01", "1.01")), ("res", ("0.01", "100"), ("0", "100.1")),
        ("rr", ("1", "4"), ("0.9", "4.1")),
    ],
)  # fmt: skip
def test_the_ends_of_what_the_poster_takes(name, good, bad, capsys):
    for word in good:
        poster.parser().parse_args(["-in", "t.csv", f"-{name}", word])
    for word in bad:
        with pytest.raises(SystemExit):
            poster.parser().parse_args(["-in", "t.csv", f"-{name}", word])
        assert f"-{name}" in capsys.readouterr().err.splitlines()[-1]


def test_help_begins_with_the_first_line_of_the_docstring():
    said = composition_parser("compositions/waves.py", "The first line.\nAnd more.", "-steps 3").format_help()
    assert "The first line." in said
    assert "And more." not in said
    assert "compositions/waves.py" in said
