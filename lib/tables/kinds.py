"""What the cells of a column are: numbers, notes, or text. Queries compare and sort by that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from lib.math.notes import NO_NOTE, note_step
from lib.tables.decimals import no_number
from lib.tables.table import as_numbers

UNITS = {
    "hz": "Hz", "medianHz": "Hz", "clarity": "dB", "medianClarity": "dB",
    "start": "ms", "dur": "ms", "medianDur": "ms", "vstart": "ms", "vdur": "ms", "duration": "s",
}  # fmt: skip
NOTE_COLUMN = "note"
# In these columns this number says that there is no pitch.
NO_PITCH_COLUMNS = ("hz", "octave")
NO_PITCH = -1.0
# Where no pitch stands among notes, which are steps from 0.
NO_STEP = -1.0


@dataclass(frozen=True)
class Kinds:
    """What each cell of a column is: polars Series, one value per row.

    values: numbers, or steps of notes above C (NO_STEP: none), float64, null elsewhere; numeric, notes, worded: whether
    the cell's column is one of numbers, of notes, or of text (one of these for each row); filled: whether there is
    something in the cell: in a column of numbers NaN, NA and inf are nothing.
    """

    values: pl.Series
    numeric: pl.Series
    notes: pl.Series
    worded: pl.Series
    filled: pl.Series

    def unpitched(self, key: str) -> pl.Series:
        """Return which cells of the column `key` say that there is no pitch."""
        none = self.notes & (self.values == NO_STEP)
        return (none | (self.numeric & (self.values == NO_PITCH)) if key in NO_PITCH_COLUMNS else none).fill_null(False)


def kinds_of(cells: pl.Series, key: str, groups: np.ndarray | None = None) -> Kinds:
    """Return what the cells of the column `key` are; with `groups` (numbers from 0), each group is a separate column.

    A column is one of numbers if all its filled cells are (and there are any), and one of notes if it is called so and
    holds nothing else.
    """
    rows = len(cells)
    if cells.dtype == pl.Float64:  # read as numbers, none of them empty
        yes, no = _all(rows, True), _all(rows, False)
        return Kinds(cells, yes, no, no, yes)
    values, none = as_numbers(cells), pl.select(no_number(cells)).to_series()
    filled = cells != ""
    numeric = _whole_groups(values.is_not_null() | none, values.is_not_null(), groups)
    notes = _all(rows, False)
    if key == NOTE_COLUMN:
        steps = _steps(cells)
        notes = _whole_groups(steps.is_not_null() | ~filled, steps.is_not_null(), groups)
        numeric = numeric & ~notes
        values = pl.select(pl.when(pl.lit(notes)).then(pl.lit(steps)).otherwise(pl.lit(values))).to_series()
    filled = pl.select(
        pl.when(pl.lit(numeric)).then(pl.lit(values).is_not_null()).otherwise(pl.lit(filled))
    ).to_series()
    return Kinds(values, numeric, notes, ~(numeric | notes), filled)


def _all(rows: int, value: bool) -> pl.Series:
    return pl.Series(np.full(rows, value))


def _whole_groups(fits: pl.Series, counts: pl.Series, groups: np.ndarray | None) -> pl.Series:
    """Return for each row whether all rows of its group fit, and one of them counts."""
    if groups is None:
        return _all(len(fits), bool(fits.all() and counts.any()))
    found = np.bincount(groups, weights=~fits.to_numpy()) == 0
    found &= np.bincount(groups, weights=counts.to_numpy()) > 0
    return pl.Series(found[groups])


def _steps(cells: pl.Series) -> pl.Series:
    """Return notes as steps above C, NO_STEP for "-", null for what is no note."""
    names = cells.unique()
    steps = [NO_STEP if name.strip() == NO_NOTE else note_step(name.strip()) for name in names]
    return cells.replace_strict(names, pl.Series(steps, dtype=pl.Float64), return_dtype=pl.Float64)
