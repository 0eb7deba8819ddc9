"""The kinds of cells: numbers, notes or text, of a whole column or of each group."""

import numpy as np
import polars as pl

from lib.tables.kinds import NO_STEP, kinds_of
from tests.support.each import each


def of(cells, key="x", groups=None):
    return kinds_of(pl.Series(cells, dtype=pl.String), key, groups if groups is None else np.array(groups))


def marks(kinds):
    """One letter for each cell: n a number, s a step of a note, w a word; capital if it is not empty."""
    out = ""
    for number, note, word, filled in zip(kinds.numeric, kinds.notes, kinds.worded, kinds.filled):
        assert number + note + word == 1
        letter = "n" if number else "s" if note else "w"
        out += letter.upper() if filled else letter
    return out


@each(
    ("cells", "kinds", "values"),
    [
        (["1", "-2.5", " 3 "], "NNN", [1, -2.5, 3]),
        (["1", ""], "Nn", [1, None]),
        (["1", "NaN", "NA", "inf"], "Nnnn", [1, None, None, None]),
        (["1", "x"], "WW", [1, None]),
        (["", ""], "ww", [None, None]),
        (["NaN", ""], "Ww", [None, None]),
        ([], "", []),
    ],
)
def test_a_column_is_of_numbers_if_all_filled_cells_are(cells, kinds, values):
    found = of(cells)
    assert marks(found) == kinds
    assert found.values.to_list() == values


@each(
    ("cells", "kinds", "values"),
    [
        (["C", "Bb", " D# ", "-"], "SSSS", [0, 10, 3, NO_STEP]),
        (["C", ""], "Ss", [0, None]),
        (["", ""], "ww", [None, None]),
        (["C", "H"], "WW", [None, None]),
        (["1", "2"], "NN", [1, 2]),
        (["1", "C"], "WW", [1, None]),
    ],
)
def test_the_column_of_notes_holds_notes(cells, kinds, values):
    found = of(cells, "note")
    assert marks(found) == kinds
    assert found.values.to_list() == values
    assert marks(of(["C", "D"])) == "WW"  # another one does not


def test_groups_are_columns_of_their_own():
    found = of(["1", "x", "", "2", "y", "NA", ""], groups=[0, 1, 0, 2, 2, 3, 0])
    assert marks(found) == "NWnWWWn"
    found = of(["C", "1", "", "D", "x", "2", ""], "note", [0, 1, 0, 2, 2, 1, 4])
    assert marks(found) == "SNsWWNw"


def test_numbers_that_were_read_as_such_are_filled():
    found = kinds_of(pl.Series([1.5, -1.0]), "hz")
    assert marks(found) == "NN"
    assert found.unpitched("hz").to_list() == [False, True]


@each(
    ("key", "cells", "unpitched"),
    [
        ("hz", ["-1", "0", "-1.0", "", "440", "-2"], [True, False, True, False, False, False]),
        ("octave", ["-1", "4"], [True, False]),
        ("power", ["-1", "4"], [False, False]),
        ("note", ["-", "C", ""], [True, False, False]),
        ("hz", ["-1", "x"], [False, False]),
    ],
)
def test_cells_without_a_pitch(key, cells, unpitched):
    assert of(cells, key).unpitched(key).to_list() == unpitched
