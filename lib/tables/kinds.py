"""The kind of a column's cells: numbers, notes, or text. Queries compare and sort accordingly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from lib.math.notes import NO_NOTE, note_step
from lib.tables.decimals import no_number
from lib.tables.table import Table, as_numbers

UNITS = {
    "hz": "Hz", "medianHz": "Hz", "clarity": "dB", "medianClarity": "dB",
    "start": "ms", "dur": "ms", "medianDur": "ms", "vstart": "ms", "vdur": "ms", "duration": "s",
}  # fmt: skip
# Columns of other stages that hold numbers without a unit.
OTHER_NUMBERS = frozenset({
    "power", "octave", "loudness", "pitched", "samples", "medianPower", "hasAudio", "hasVideo", "tsne", "tsne2",
    "tsne3", "gridX", "gridY", "cluster", "classProb",
})  # fmt: skip
NOTE_COLUMN = "note"
# In these columns this number means that there is no pitch.
NO_PITCH_COLUMNS = ("hz", "octave")
NO_PITCH = -1.0
# The place of "no pitch" among notes, which are steps from 0.
NO_STEP = -1.0


@dataclass(frozen=True)
class Kinds:
    """The kind and value of each cell of a column: polars Series, one value per row.

    values: numbers, or steps of notes above C (NO_STEP: none), float64, null elsewhere; numeric, notes, worded: whether
    the cell's column holds numbers, notes, or text (one of these for each row); filled: whether the cell is not empty:
    in a column of numbers, NaN, NA and inf count as empty.
    """

    values: pl.Series
    numeric: pl.Series
    notes: pl.Series
    worded: pl.Series
    filled: pl.Series

    def unpitched(self, key: str) -> pl.Series:
        """Return which cells of the column `key` mean that there is no pitch."""
        none = self.notes & (self.values == NO_STEP)
        return (none | (self.numeric & (self.values == NO_PITCH)) if key in NO_PITCH_COLUMNS else none).fill_null(False)


def kinds_of(cells: pl.Series, key: str, groups: np.ndarray | None = None) -> Kinds:
    """Return the kinds of the cells of the column `key`; with `groups` (numbers from 0), each is a separate column.

    A column holds numbers if all its filled cells are numbers (and there are any), and notes if that is its name and it
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


def words_among_numbers(cells: pl.Series, kinds: Kinds, groups: np.ndarray | None = None) -> np.ndarray:
    """Return which cells are words in a column that holds numbers too (bool); with `groups`, in each group by itself.

    Such a column is damaged, as by a spreadsheet that makes a date of 26.5. NaN and its like are no words.
    """
    if not kinds.worded.any():
        return np.zeros(len(cells), bool)
    numbers = kinds.values.is_not_null().to_numpy()
    words = (kinds.worded & kinds.values.is_null() & ~pl.select(no_number(cells)).to_series()).to_numpy()
    if groups is None:
        return words & numbers.any()
    return words & (np.bincount(groups, weights=numbers) > 0)[groups]


def words_of(table: Table, name: str) -> np.ndarray:
    """Return the rows (0-based) whose cell is neither a number nor stands for a missing one."""
    words = np.isnan(table.numbers(name)) & ~pl.select(no_number(table.frame[name])).to_series().to_numpy()
    return np.flatnonzero(words)


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
    """Return notes as steps above C, NO_STEP for "-", null for other text."""
    names = cells.unique()
    steps = [NO_STEP if name.strip() == NO_NOTE else note_step(name.strip()) for name in names]
    return cells.replace_strict(names, pl.Series(steps, dtype=pl.Float64), return_dtype=pl.Float64)
