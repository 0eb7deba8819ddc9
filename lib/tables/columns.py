"""Columns prepared for drawing: numbers or categories, their unit, and the best scale."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import polars as pl

from lib.math.notes import NAMES, NO_NOTE
from lib.tables import dates
from lib.tables.decimals import no_number
from lib.tables.kinds import NOTE_COLUMN, UNITS, words_of
from lib.tables.long_numbers import LONG, differences, offset_of
from lib.tables.query_language import is_number
from lib.tables.table import Table

# Quantities without a unit.
MEASURES = {"power": "RMS", "medianPower": "RMS"}
# Longer times are easier to read in larger units, from ten of them on. In seconds.
LARGER_UNITS = (("h", 3600.0), ("min", 60.0))
SECONDS = {"ms": 0.001, "s": 1.0}
ENOUGH_OF_A_UNIT = 10.0
# All but the outermost values: a single outlier decides nothing.
WHOLE_SPAN = (0.01, 0.99)
# Frequencies are perceived logarithmically: such a column has a logarithmic axis if its values span a decade. Others
# only if, in addition, the median lies so low that a linear axis would squeeze half of the values together at its
# beginning.
DECADE = 10.0
LOW_MEDIAN = 0.1
# Values beyond this multiple of the span are not drawn: they would squeeze the others together.
FAR_OUT = 10.0
# Zeros (nothing measured) may be left out of a logarithmic axis; in a column with more of them they mean something.
MOST_NOT_POSITIVE = 0.1
# Largest number of decimals; the bins of a histogram are multiples of the last one.
MOST_DECIMALS = 3
# Larger numbers cannot be drawn: their products overflow. Nor can a smaller span: an axis has no ticks for it.
LARGEST, SMALLEST = 1e150, 1e-280
# Meanings of -1: no value.
NO_PITCH, NONE = "without a pitch", "without a value"
NOTHING_IS_MINUS_1 = {
    "hz": NO_PITCH, "octave": NO_PITCH, "samples": NONE, "medianPower": NONE, "medianHz": NONE, "medianClarity": NONE,
    "medianDur": NONE,
}  # fmt: skip
# Columns of years, also of dates of which only the years are known: 1905, not 1,905.
YEARS = re.compile(r"(.*[_ ])?year|.*Year|.*date|.*Date")
# Number of categories with their own name on an axis; the rest is "other".
MOST_CATEGORIES = 20
REST = "other ("


@dataclass(frozen=True)
class Column:
    """A column to draw.

    values: float64, shape (rows,): numbers (less the `offset`), days since 1970 (`is_date`), or the positions of
    categories on their axis; NaN: nothing to draw. names: of the categories, None for numbers. counts:
    rows of each category. base: of the logarithmic scale, 0 for a linear one. lowest, highest: the ends of the axis.
    note: the rows that are not drawn, and why ("": none). unit: of the values ("" for none). step: the step in which
    they are given, 0 if it is fine.
    """

    name: str
    values: np.ndarray
    names: tuple[str, ...] | None = None
    counts: tuple[int, ...] = ()
    base: float = 0.0
    lowest: float = 0.0
    highest: float = 1.0
    note: str = ""
    unit: str = ""
    step: float = 0.0
    offset: Decimal = Decimal(0)
    is_date: bool = False

    @property
    def label(self) -> str:
        """The column's name with its unit."""
        unit = self.unit or MEASURES.get(self.name)
        name = f"{self.name} - {self.offset:,f}" if self.offset > 0 else self.name
        name = f"{self.name} + {-self.offset:,f}" if self.offset < 0 else name
        return f"{name} ({unit})" if unit else name

    def shown(self, value: float) -> str:
        """Return a value of the axis as text: 20,000, 0.05, 1e+09, 1905, 1931-05-01."""
        if self.is_date:
            return dates.shown(value)
        if YEARS.fullmatch(self.name) and abs(value) < LONG:
            return f"{value:.10g}"
        return plain(value)

    def with_unit(self, value: float) -> str:
        """Return a value as in the table, with its unit: a median, rounded to four digits."""
        if self.is_date or YEARS.fullmatch(self.name):
            return self.shown(value)
        if self.offset:
            whole = self.offset + Decimal(value)
            return f"{whole.quantize(Decimal(1)) if self.step == 1 else whole:,f} {self.unit}".rstrip()
        return f"{plain(float(f'{value:.4g}'))} {self.unit}".rstrip()

    @property
    def drawn(self) -> np.ndarray:
        """The rows with a value within the axis: bool, shape (rows,)."""
        return (self.values >= self.lowest) & (self.values <= self.highest)

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Return values as distances along the axis: themselves, or their logarithms."""
        return np.log(values) if self.base else values

    def edges(self, most: int) -> np.ndarray:
        """Return the edges of at most `most` bins: equally wide on the axis, but at least one step of the numbers wide.

        Values lie within their bins, not on the edges: otherwise every other bin might hold more steps than its
        neighbours.
        """
        ends = self.spread(np.array([self.lowest, self.highest], float))
        places = np.linspace(ends[0], ends[1], most + 1)
        edges = np.exp(places) if self.base else places
        if not self.step:
            edges[0], edges[-1] = self.lowest, self.highest
            return np.unique(edges)
        first, last = round(self.lowest / self.step), round(self.highest / self.step)
        if self.base:
            steps = np.round(edges / self.step) + 0.5
            steps[0], steps[-1] = first - 0.5, last + 0.5
            return np.unique(steps) * self.step
        width = -(-(last - first + 1) // most)
        return (first - 0.5 + width * np.arange(-(-(last - first + 1) // width) + 1)) * self.step


def read_column(table: Table, name: str, log_base: int = 0, most: int = MOST_CATEGORIES) -> Column:
    """Return a column to draw: text if most of its cells are (`most` categories of it), else numbers.

    log_base: 0: a logarithmic axis where the values span decades; 1: a natural one; from 2 on: one of that base,
    wherever the values allow. Raises MediaError if there is no such column.
    """
    values = table.numbers(name).copy()
    cells = table.frame[name]
    filled = int((cells != "").sum())
    if cells.dtype == pl.String:
        filled = len(cells.filter(~pl.select(no_number(cells)).to_series()))
    numbers = int(np.isfinite(values).sum())
    if name == NOTE_COLUMN or numbers * 2 < filled:
        days = None if name == NOTE_COLUMN else dates.dates(table.text(name))
        return categories(table, name, most) if days is None else _of_dates(name, days)
    notes = []
    if numbers < len(values):
        words = words_of(table, name)
        if len(values) - numbers > len(words):
            notes.append(f"{len(values) - numbers - len(words):,} empty")
        if len(words):
            notes.append(f"{len(words):,} not a number (line {table.line(int(words[0]))})")
    nothing = NOTHING_IS_MINUS_1.get(name)
    if nothing and (none := int((values == -1).sum())):
        values[values == -1] = np.nan
        notes.append(f"{none:,} {nothing}")
    if too_large := int((np.abs(values) > LARGEST).sum()):
        values[np.abs(values) > LARGEST] = np.nan
        notes.append(f"{too_large:,} beyond {LARGEST:g}")
    offset = offset_of(values, table.text(name))
    if offset:
        values = differences(values, table.text(name), offset)
    unit, factor = _unit(name, values)
    step = _step(values) if factor == 1 else 0.0
    values *= factor
    base = _base(name, values, log_base)
    if base and (low := int((values <= 0).sum())):
        values[values <= 0] = np.nan
        notes.append(f"{low:,} of 0 or less")
    lowest, highest = _ends(values[np.isfinite(values)], bool(base))
    if not base and 0 < highest - lowest < SMALLEST:
        notes.append(f"{int(np.isfinite(values).sum()):,} nearer to each other than {SMALLEST:g}")
        values[:], lowest, highest = np.nan, 0.0, 1.0
    if beyond := int(((values < lowest) | (values > highest)).sum()):
        notes.append(f"{beyond:,} outliers")
    return Column(
        name,
        values,
        base=base,
        lowest=lowest,
        highest=highest,
        note=_not_drawn(notes),
        unit=unit,
        step=step,
        offset=offset * Decimal(factor),
    )


def plain(value: float) -> str:
    """Return a number as the label of an axis: 20,000, 0.05, 1e+09."""
    return f"{value:,.10g}" if value == 0 or 1e-3 <= abs(value) < LONG else f"{value:g}"


def _of_dates(name: str, values: np.ndarray) -> Column:
    wrong = int(np.isnan(values).sum())
    known = values[np.isfinite(values)]
    lowest, highest = float(known.min()), float(known.max())
    if lowest == highest:
        lowest, highest = lowest - 0.5, highest + 0.5
    note = _not_drawn([f"{wrong:,} empty or no date"] if wrong else [])
    return Column(name, values, lowest=lowest, highest=highest, note=note, is_date=True)


def _unit(name: str, values: np.ndarray) -> tuple[str, float]:
    """Return the unit in which a column is easiest to read, and the factor that converts its values to it."""
    unit = UNITS.get(name, "")
    if unit in SECONDS and np.isfinite(values).any():
        seconds = float(np.nanquantile(values, WHOLE_SPAN[1], method="nearest")) * SECONDS[unit]
        for larger, length in LARGER_UNITS:
            if seconds >= ENOUGH_OF_A_UNIT * length:
                return larger, SECONDS[unit] / length
    return unit, 1.0


def _step(values: np.ndarray) -> float:
    """Return the step in which numbers are given: 1 for integers, 0.01 for two decimals; 0 if it is finer."""
    present = values[np.isfinite(values)]
    largest = float(np.abs(present).max(initial=0.0))
    for decimals in range(MOST_DECIMALS + 1):
        if not len(present) or largest >= 2**52 / 10**decimals:
            break
        scaled = present * 10**decimals
        vanishes = (np.round(scaled) == 0) & (present != 0)  # 1e-300 is not a multiple of 1
        if np.allclose(scaled, np.round(scaled), rtol=0, atol=1e-6) and not vanishes.any():
            return 10.0**-decimals
    return 0.0


def _not_drawn(notes: list[str]) -> str:
    return f"not drawn: {', '.join(notes)}" if notes else ""


def _base(name: str, values: np.ndarray, log_base: int) -> float:
    """Return the base of the logarithmic scale, 0 for a linear one."""
    positive = values[values > 0]
    if not len(positive) or len(positive) < (1 - MOST_NOT_POSITIVE) * np.isfinite(values).sum():
        return 0.0
    if log_base:
        return math.e if log_base == 1 else float(log_base)
    low, middle, high = np.quantile(positive, [WHOLE_SPAN[0], 0.5, WHOLE_SPAN[1]], method="nearest")
    pressed = UNITS.get(name) == "Hz" or middle - low < LOW_MEDIAN * (high - low)
    return 10.0 if high >= DECADE * low and pressed else 0.0


def _ends(values: np.ndarray, logarithmic: bool) -> tuple[float, float]:
    """Return the ends of an axis: the extreme values, except for outliers."""
    if not len(values):
        return 0.0, 1.0
    lowest, highest = float(values.min()), float(values.max())
    low, high = (float(q) for q in np.quantile(values, WHOLE_SPAN, method="nearest"))
    if not logarithmic and high > low:
        reach = FAR_OUT * (high - low)
        near = values[(values >= low - reach) & (values <= high + reach)]
        lowest, highest = float(near.min()), float(near.max())
    if lowest == highest:
        # Half of the smallest positive number is 0.
        return (lowest / 2 or lowest, highest * 2) if logarithmic else (lowest - 0.5, highest + 0.5)
    return lowest, highest


def is_rest(category: str) -> bool:
    """Return whether this is the name of the rest in `categories`."""
    return category.startswith(REST)


def categories(table: Table, name: str, most: int) -> Column:
    """Return a column as categories: notes in the order of their pitch, other text by how often it occurs.

    The `most` most frequent ones have a name (numbers among themselves in rising order); the rest, if any, is the last:
    "other". Empty cells are not drawn.
    """
    cells = table.text(name)
    counter = Counter(cells)
    empty = counter.pop("", 0)
    ranked = sorted(counter, key=lambda cell: (-counter[cell], cell))
    if name == NOTE_COLUMN and set(ranked) <= {*NAMES, NO_NOTE}:
        named = [*NAMES, *([NO_NOTE] if counter[NO_NOTE] else [])]
    else:
        named = ranked[:most]
        if all(is_number(cell) for cell in named):
            named.sort(key=float)
    rest = len(ranked) - len(set(named) & set(ranked))
    places = {cell: float(place) for place, cell in enumerate(named)}
    values = np.array([places.get(cell, float(len(named)) if cell else math.nan) for cell in cells])
    counts = [counter[cell] for cell in named]
    labels = list(named)
    if rest:
        labels.append(f"{REST}{rest:,} names)")
        counts.append(sum(counter.values()) - sum(counts))
    note = _not_drawn([f"{empty:,} empty"] if empty else [])
    return Column(name, values, tuple(labels), tuple(counts), lowest=-0.5, highest=len(labels) - 0.5, note=note)
