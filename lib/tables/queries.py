"""Filters and sorts, applied to tables. The languages themselves are in `lib.tables.query_language`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import polars as pl

from lib.tables.query_language import Condition, Filter, Sort, SortKey, is_number
from lib.tables.table import Table, as_numbers

NO_FILTER, NO_SORT = Filter(), Sort()
Key = TypeVar("Key", Condition, SortKey)


def _known(table: Table, keys: Sequence[Key], optional: bool) -> list[Key]:
    """Return the keys whose columns are there; unless `optional`, a missing one is an error."""
    if not optional:
        table.require(*(k.key for k in keys))
    return [k for k in keys if k.key in table.columns]


def _compare(left: pl.Expr, op: str, right: float | str) -> pl.Expr:
    comparisons = {"<": left.lt, ">": left.gt, "<=": left.le, ">=": left.ge, "=": left.eq, "!=": left.ne}
    return comparisons[op](pl.lit(right))


def _condition_mask(table: Table, condition: Condition) -> pl.Series:
    cells = table.frame[condition.key]
    column = pl.lit(cells)
    if cells.dtype == pl.Float64:  # read as numbers, none of them empty, because the value is a number
        return pl.select(_compare(column, condition.op, float(condition.value))).to_series()
    if condition.op in ("~=", "!~="):
        contains = column.str.contains(condition.value, literal=True)
        met = ~contains if condition.op == "!~=" else contains
    else:
        met = _compare(column, condition.op, condition.value)
        if is_number(condition.value):
            number = pl.lit(as_numbers(cells))
            met = (
                pl.when(number.is_not_null())
                .then(_compare(number, condition.op, float(condition.value)))
                .otherwise(met)
            )
    if not condition.op.startswith("!"):
        met = met & (column != "")
    else:
        met = met | (column == "")
    return pl.select(met).to_series()


def filter_rows(table: Table, query: Filter, optional: bool = False) -> np.ndarray:
    """Return the indices (int64, ascending) of the rows that meet the filter.

    Both sides numeric are compared as numbers, else as text; an empty cell meets only `!=` and `!~=`. A condition on a
    column that the table lacks raises MediaError, or is left out if `optional` (the query is a flag's default).
    """
    mask = np.ones(len(table), bool)
    for condition in _known(table, query.conditions, optional):
        mask &= _condition_mask(table, condition).to_numpy()
    return np.flatnonzero(mask)


def _order(cells: pl.Series, descending: bool) -> np.ndarray:
    """Return the stable order of one column: numbers by value, then text; turned round if descending; empty last."""
    if cells.dtype == pl.Float64:
        return _order_of_numbers(cells.to_numpy(), descending)
    frame = pl.DataFrame({"text": cells, "number": as_numbers(cells)})
    by = frame.select(
        empty=pl.col("text") == "",
        worded=pl.when(pl.col("text") == "").then(False).otherwise(pl.col("number").is_null()),
        number=pl.col("number"),
        text=pl.when(pl.col("number").is_null()).then(pl.col("text")),
        row=pl.int_range(pl.len()),
    )
    down = [False, descending, descending, descending]
    return by.sort("empty", "worded", "number", "text", descending=down, maintain_order=True)["row"].to_numpy()


def _order_of_numbers(values: np.ndarray, descending: bool) -> np.ndarray:
    """Return the stable order of numbers without NaN.

    NumPy's vectorised sorts are not stable. Two of them, the second of the ranks (ties share one) with the rows behind
    the comma, as it were, are several times as fast as one that is.
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
    come last, whatever the direction. Unknown columns: as in `filter_rows`. With `groups` (a whole number from 0 for
    each row) every group is sorted and cut for itself, one group after the other; `at_least` may differ by group.
    """
    if groups is not None:  # small whole numbers are sorted by their digits, which is quick
        groups = groups.astype(np.min_scalar_type(groups.max(initial=0)))
    rows = np.arange(len(table)) if groups is None else np.argsort(groups, kind="stable")
    for key in _known(table, query.keys, optional):
        rows = rows[_order(table.frame[key.key].gather(rows), key.descending)]
        if groups is None:
            rows = rows[: max(_leading(len(rows), key.keep), int(at_least))]
        else:
            rows = rows[np.argsort(groups[rows], kind="stable")]
            counts = np.bincount(groups[rows], minlength=np.size(at_least))
            most = np.maximum([_leading(count, key.keep) for count in counts.tolist()], at_least)
            rows = first_of_each(rows, groups, most)
    return rows


def _leading(count: int, fraction: float) -> int:
    # Rounded up (with a guard against 0.29 * 100 = 28.999...): a fraction above 0 never leaves nothing.
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
