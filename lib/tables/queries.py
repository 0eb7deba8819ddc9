"""Filters and sorts, applied to tables. The languages themselves are in `lib.tables.query_language`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import polars as pl

from lib.errors import MediaError, QueryError
from lib.io.formats import counted
from lib.math.notes import NAMES, NO_NOTE, note_step
from lib.tables.decimals import no_number
from lib.tables.kinds import (
    NO_PITCH,
    NO_PITCH_COLUMNS,
    NO_STEP,
    OTHER_NUMBERS,
    UNITS,
    Kinds,
    kinds_of,
    words_among_numbers,
)
from lib.tables.query_language import QUOTES, Condition, Filter, Sort, SortKey, is_number, number_meant
from lib.tables.table import Table

# These compare text, whatever the column holds.
TEXT_OPERATORS = ("~=", "!~=")
NO_FILTER, NO_SORT = Filter(), Sort()
Key = TypeVar("Key", Condition, SortKey)


class NoNumberError(MediaError):
    """A cell of a column of numbers holds something else: `row`: its row in the table; `what`: the cell."""

    def __init__(self, reason: str, file: object, row: int, what: str) -> None:
        super().__init__(reason, file)
        self.args = (*self.args, row, what)  # all of them, so that it can be sent from one process to another
        self.row, self.what = row, what


def _of_numbers(key: str) -> bool:
    """Return whether a column is one that the stages fill with numbers."""
    return key in UNITS or key in OTHER_NUMBERS


def _no_number(table: Table, key: str, row: int) -> NoNumberError:
    what = f"{key} is {table.frame[key][row]!r}, not a number"
    return NoNumberError(f"line {table.line(row)}: {what}", table.path, row, what)


def _known(table: Table, keys: Sequence[Key], optional: bool) -> list[Key]:
    """Return the keys whose columns exist; unless `optional`, a missing one is an error."""
    if not optional:
        table.require(*(k.key for k in keys))
    known = [k for k in keys if k.key in table.columns]
    for key in known:
        if not isinstance(key, Condition) or key.op not in TEXT_OPERATORS:
            table.check_clear(key.key)
    return known


def _compare(left: pl.Expr, op: str, right: float | str) -> pl.Expr:
    comparisons = {"<": left.lt, ">": left.gt, "<=": left.le, ">=": left.ge, "=": left.eq, "!=": left.ne}
    return comparisons[op](pl.lit(right))


def _condition_mask(table: Table, condition: Condition, groups: np.ndarray | None) -> pl.Series:
    key, op, value = condition.key, condition.op, condition.value
    cells = table.frame[key]
    kinds = kinds_of(cells, key, groups)
    if op in ("~=", "!~="):
        column, filled = pl.lit(cells.cast(pl.String)), pl.lit(kinds.filled)
        contains = column.str.contains(value, literal=True)
        return pl.select(~(contains & filled) if op == "!~=" else contains & filled).to_series()
    given = kinds.filled
    if kinds.worded.any() and _of_numbers(key) and op not in ("=", "!="):
        if not is_number(value.strip()):
            raise _not_a_number(condition)
        missing = pl.select(no_number(cells)).to_series()
        words = kinds.worded & ~missing & kinds.values.is_null()
        if words.any():
            raise _no_number(table, key, int(words.arg_true()[0]))
        given = given & ~missing  # a column without any number, of which some cells are NA
    met = pl.lit(cells.cast(pl.String)) if kinds.worded.any() else None
    met = _compare(met, op, value) if met is not None else pl.lit(False)
    if kinds.numeric.any():
        if not is_number(value.strip()):
            raise _not_a_number(condition)
        number = pl.lit(kinds.values)
        compared = _compare(number, op, float(value))
        if key in NO_PITCH_COLUMNS and op in ("<", "<=") and (float(value) > 0 or (op, float(value)) == ("<=", 0)):
            compared &= number != NO_PITCH  # no pitch is not a low pitch
        met = pl.when(pl.lit(kinds.numeric)).then(compared).otherwise(met)
    if kinds.notes.any():
        met = pl.when(pl.lit(kinds.notes)).then(_compare_notes(kinds, condition)).otherwise(met)
    met = pl.when(pl.lit(given)).then(met).otherwise(op == "!=")
    return pl.select(met).to_series()


def _compare_notes(kinds: Kinds, condition: Condition) -> pl.Expr:
    """Return which notes meet a condition; no note ("-") is equal to itself, and neither above nor below any other."""
    step = None if condition.value == NO_NOTE else note_step(condition.value)
    if step is None and condition.value != NO_NOTE:
        raise _not_a_note(condition)
    compared = _compare(pl.lit(kinds.values), condition.op, float(NO_STEP if step is None else step))
    if condition.op in ("=", "!="):
        return compared
    return compared & (pl.lit(kinds.values) != NO_STEP) & pl.lit(step is not None)


def _not_a_note(condition: Condition) -> QueryError:
    meant, names = condition.value.strip(QUOTES), ", ".join(NAMES)
    note = meant.rstrip("-0123456789")
    octave = meant[len(note) :]
    help_ = f"give one of {names} (or a flat, such as Bb), or {NO_NOTE} for no pitch"
    if note_step(meant) is not None:
        help_ = f"did you mean {condition.key}{condition.op}{meant}?"
    elif note_step(note) is not None and is_number(octave) and condition.op == "=":
        help_ = f"did you mean {condition.key}={note}&octave={octave}?"
    return QueryError(f"filter {str(condition)!r}: {condition.value!r} is not a note: {help_}")


def _not_a_number(condition: Condition) -> QueryError:
    meant = number_meant(condition, UNITS.get(condition.key, ""))
    what = f"{condition.key} is a column of numbers, and {condition.value!r} is not a number"
    help_ = f"did you mean {meant}?" if meant else f"give one, such as {condition.key}{condition.op}100"
    return QueryError(f"filter {str(condition)!r}: {what}: {help_}")


def filter_rows(table: Table, query: Filter, optional: bool = False, groups: np.ndarray | None = None) -> np.ndarray:
    """Return the indices (int64, ascending) of the rows that meet the filter.

    Columns of numbers are compared as numbers, notes by their pitch, others as text; an empty cell meets only `!=` and
    `!~=`. A condition on a column that the table lacks raises MediaError, or is left out if `optional` (the query is a
    flag's default). With `groups` (an integer from 0 for each row) each group is a separate table. Raises QueryError if
    a value cannot be compared with its column.
    """
    mask = np.ones(len(table), bool)
    for condition in _known(table, query.conditions, optional):
        mask &= _condition_mask(table, condition, groups).to_numpy()
    return np.flatnonzero(mask)


def _order(table: Table, rows: np.ndarray, by: SortKey, groups: np.ndarray | None) -> np.ndarray:
    """Return the stable order of these rows by one column: numbers (notes) by value, then text; or reversed.

    No pitch comes after all others, in either direction, and empty cells after that. Raises NoNumberError if a column
    that the stages fill with numbers holds a word among them: it would be sorted as the largest of all.
    """
    key, descending = by.key, by.descending
    cells = table.frame[key].gather(rows)
    if cells.dtype == pl.Float64 and key not in NO_PITCH_COLUMNS:
        return _order_of_numbers(cells.to_numpy(), descending)
    kinds = kinds_of(cells, key, groups)
    if _of_numbers(key) and (words := words_among_numbers(cells, kinds, groups)).any():
        raise _no_number(table, key, int(rows[words].min()))
    columns = pl.DataFrame({"value": kinds.values, "filled": kinds.filled, "text": cells.cast(pl.String),
                            "unpitched": kinds.unpitched(key)})  # fmt: skip
    columns = columns.select(
        empty=~pl.col("filled"),
        unpitched=pl.col("unpitched"),
        worded=pl.col("filled") & pl.col("value").is_null(),
        number=pl.when(pl.col("filled") & ~pl.col("unpitched")).then(pl.col("value")),
        text=pl.when(pl.col("filled") & pl.col("value").is_null()).then(pl.col("text")),
        row=pl.int_range(pl.len()),
    )
    down = [False, False, descending, descending, descending]
    keys = ["empty", "unpitched", "worded", "number", "text"]
    return columns.sort(keys, descending=down, maintain_order=True)["row"].to_numpy()


def _order_of_numbers(values: np.ndarray, descending: bool) -> np.ndarray:
    """Return the stable order of numbers without NaN.

    NumPy's vectorised sorts are not stable. Two of them, the second of the ranks (ties share one) with the rows as
    fractions, are several times as fast as a stable one.
    """
    count = len(values)
    order = np.argsort(values)
    ranks = np.empty(count, np.int64)
    ranks[order] = np.cumsum(np.diff(values[order], prepend=values[order[:1]]) != 0)
    if descending:
        ranks = ranks.max(initial=0) - ranks
    keys = ranks * count + np.arange(count)
    keys.sort()
    return keys % max(count, 1)


def sort_rows(
    table: Table,
    query: Sort,
    at_least: int | np.ndarray = 0,
    optional: bool = False,
    groups: np.ndarray | None = None,
) -> np.ndarray:
    """Return the row indices (int64) in sorted order, after each step cut to its leading fraction.

    A cut never leaves fewer than `at_least` rows (the number that a limit asks for). Sorting is stable and empty cells
    come last, in either direction. Unknown columns: as in `filter_rows`. Raises NoNumberError for a word among the
    numbers of a stage's column. With `groups` (an integer from 0 for each row)
    every group is sorted and cut separately, one group after the other; `at_least` may differ by group.
    """
    if groups is not None:  # small integers are sorted by their digits, which is fast
        groups = groups.astype(np.min_scalar_type(groups.max(initial=0)))
    rows = np.arange(len(table)) if groups is None else np.argsort(groups, kind="stable")
    for key in _known(table, query.keys, optional):
        own = None if groups is None else groups[rows]
        rows = rows[_order(table, rows, key, own)]
        if groups is None:
            rows = rows[: max(_leading(len(rows), key.keep), int(at_least))]
        else:
            rows = rows[np.argsort(groups[rows], kind="stable")]
            counts = np.bincount(groups[rows], minlength=np.size(at_least))
            most = np.maximum([_leading(count, key.keep) for count in counts.tolist()], at_least)
            rows = first_of_each(rows, groups, most)
    return rows


def _leading(count: int, fraction: float) -> int:
    # Rounded up (with a guard against 0.29 * 100 = 28.999...): a fraction above 0 leaves at least one.
    return math.ceil(count * fraction - 1e-9)


def first_of_each(rows: np.ndarray, groups: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Return the first `most` (a number for each group) of each group's rows; `rows` come group after group."""
    mine = groups[rows]
    counts = np.bincount(mine)
    places = np.arange(len(rows)) - (np.cumsum(counts) - counts)[mine]
    return rows[places < most[mine]]


def select(table: Table, wanted: Filter = NO_FILTER, order: Sort = NO_SORT, most: int = -1) -> Table:
    """Return the table filtered, then sorted, then cut to `most` rows (-1: all)."""
    if wanted:
        table = table.take(filter_rows(table, wanted))
    if order:
        table = table.take(sort_rows(table, order, at_least=max(most, 0)))
    return table.take(np.arange(min(most, len(table)))) if most >= 0 else table


def check_any(chosen: int, table: Table, wanted: Filter = NO_FILTER, order: Sort = NO_SORT) -> None:
    """Raise MediaError if a filter and a sort have chosen no row of a table; it says which of them."""
    rows = counted(len(table), "row")
    if not len(table):
        raise MediaError("the table has no rows", table.path)
    if not chosen and not len(filter_rows(table, wanted)):
        raise MediaError(f"none of {rows} meets the filter {wanted.text}", table.path)
    if not chosen:
        raise MediaError(f"the sort {order.text} keeps none of {rows}", table.path)
