"""Numbers with a decimal comma, as spreadsheets in half of the world write them.

Tables hold numbers with a point; a column whose filled cells are all numbers with a comma is converted on reading, and
back on writing. `1,234` may be a little over one, or over a thousand: it is a decimal only if another number in the
same table, such as 0,5, could be nothing else. Numbers with marks between thousands are not converted, nor is
a column in which some numbers have a comma and others a point. Both are reported where the column is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

# What spreadsheets and programs write for a missing number (#DIV/0!), or nothing.
_NONE = r"^\s*(?:(?i:[+-]?(?:nan|inf|infinity)|#?n/a|na)|#[A-Z0-9/!?]+)?\s*$"
# Number of cells that are checked before all others are.
FEW = 100
_EXPONENT = r"(?:[eE][+-]?[0-9]+)?"
# With a comma, or an integer.
_COMMA = rf"^\s*[+-]?(?:[0-9]+,?[0-9]*|,[0-9]+){_EXPONENT}\s*$"
_POINT = rf"^\s*[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+){_EXPONENT}\s*$"
_WHOLE = r"^\s*[+-]?[0-9]+\s*$"
# A comma that may also separate thousands.
_EITHER_COMMA = r"^\s*[+-]?[1-9][0-9]{0,2},[0-9]{3}\s*$"
_EITHER_POINT = r"^\s*[+-]?[1-9][0-9]{0,2}\.[0-9]{3}\s*$"
# Marks between thousands (apostrophes and spaces too), and optionally another one before decimals.
_SPACES = "['’ \u00a0\u2009\u202f]"
_GROUPED = (
    r"^\s*[+-]?[0-9]{1,3}(?:(?:,[0-9]{3})+(?:\.[0-9]+)?|(?:\.[0-9]{3})+,[0-9]+|(?:\.[0-9]{3}){2,}"
    rf"|(?:{_SPACES}[0-9]{{3}})+(?:[.,][0-9]+)?)\s*$"
)


@dataclass(frozen=True)
class Decimals:
    """The meaning of the commas in a table.

    columns: those with decimal commas; unclear: column -> (row, cell) of a number that is ambiguous, has a mark between
    thousands, or a comma beside others with a point; comma: whether new numbers get a comma.
    """

    columns: tuple[str, ...]
    unclear: dict[str, tuple[int, str]]
    comma: bool


def no_number(cells: pl.Series | pl.Expr) -> pl.Expr:
    """Return which cells stand for a missing number: empty, NaN, NA, inf."""
    return _expression(cells).str.contains(_NONE)


def _expression(cells: pl.Series | pl.Expr) -> pl.Expr:
    return pl.lit(cells) if isinstance(cells, pl.Series) else cells


def find_decimals(frame: pl.DataFrame, semicolons: bool) -> Decimals:
    """Find out what the commas in a table's numbers mean; semicolons: they separate its cells.

    A table with semicolons and without numbers with a point comes from a spreadsheet that writes commas: it gets them.
    """
    commas: list[str] = []
    unclear: dict[str, tuple[int, str]] = {}
    evident = False
    for cells in frame:
        if cells.str.contains(",", literal=True).any() and _with_comma(cells).all():
            commas.append(cells.name)
            evident = evident or not _either(cells).all()
        elif (place := _first_irregular(cells)) is not None:
            unclear[cells.name] = place, cells[place]
    if not evident:
        for name in commas:
            place = int(frame[name].str.contains(",", literal=True).arg_true()[0])
            unclear[name] = place, frame[name][place]
        return Decimals((), unclear, semicolons and not any(_has_points(cells) for cells in frame))
    for cells in frame:
        points = cells.str.contains(".", literal=True)
        if points.any() and cells.name not in unclear:
            either = pl.select(pl.lit(cells).str.contains(_EITHER_POINT)).to_series()
            others = pl.select(pl.lit(cells).str.contains(_WHOLE) | no_number(cells)).to_series()
            if (either | others).all() and either.any():
                place = int(either.arg_true()[0])
                unclear[cells.name] = place, cells[place]
    return Decimals(tuple(commas), unclear, comma=True)


def _with_comma(cells: pl.Series) -> pl.Series:
    """Return which cells are integers, numbers with a comma, or stand for a missing number."""
    numbers = cells.str.contains(_COMMA)
    return numbers if numbers.all() else numbers | pl.select(no_number(cells)).to_series()


def _either(cells: pl.Series) -> pl.Series:
    """Return which cells have a comma that may separate thousands, or none."""
    return pl.select(
        ~pl.lit(cells).str.contains(",", literal=True) | pl.lit(cells).str.contains(_EITHER_COMMA)
    ).to_series()


def _grouped(cells: pl.Series) -> pl.Series:
    """Return which cells are numbers with marks between thousands."""
    return cells.str.contains(_GROUPED)


def _written_anyhow(cells: pl.Series) -> pl.Series:
    """Return which cells are numbers, or stand for none, in any of the ways in which people write them."""
    column = pl.lit(cells)
    numbers = column.str.contains(_COMMA) | column.str.contains(_POINT) | column.str.contains(_GROUPED)
    return pl.select(numbers | no_number(column)).to_series()


def _first_irregular(cells: pl.Series) -> int | None:
    """Return the first row of a column of numbers that is not written as the others are; None if all are alike.

    That is a number with marks between thousands, or one with a comma beside others with a point.
    """
    if (
        not _written_anyhow(cells.head(FEW)).all()
        or cells.str.strip_chars().cast(pl.Float64, strict=False).null_count() == 0
    ):
        return None
    if not _written_anyhow(cells).all():
        return None
    grouped = _grouped(cells) & ~cells.str.contains(_COMMA)
    odd = grouped if grouped.any() else cells.str.contains(",", literal=True)
    return int(odd.arg_true()[0]) if odd.any() else None


def _has_points(cells: pl.Series) -> bool:
    """Return whether a column has numbers with a decimal point."""
    if not cells.str.contains(".", literal=True).any():
        return False
    column = pl.lit(cells)
    points = column.str.contains(_POINT)
    return bool(pl.select((points | column.str.contains(_WHOLE) | no_number(column)).all() & points.any()).item())


def with_points(frame: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    """Return a table in which these columns have points, not commas."""
    return frame.with_columns(pl.col(name).str.replace(",", ".", literal=True) for name in columns)


def group_decimals(frame: pl.DataFrame, owners: np.ndarray, tables: int) -> dict[str, np.ndarray] | None:
    """Return which rows have decimal commas, for each column with some; `owners`: the table of each row.

    The equivalent of `find_decimals` for one table; None if a number in any of them is ambiguous.
    """
    commas: dict[str, np.ndarray] = {}
    evident = np.zeros(tables, bool)
    for cells in frame:
        if _are_plain_numbers(cells):
            continue
        has = cells.str.contains(",", literal=True)
        if not has.any():
            if _first_irregular(cells) is not None:
                return None
            continue
        comma = _with_comma(cells).to_numpy()
        some = _some(has.to_numpy(), owners, tables)
        numbers = some & ~_some(~comma, owners, tables)
        if _any_is_written_anyhow(cells, some & ~numbers, owners):
            return None
        if (numbers & ~evident).any():
            evident |= numbers & _some(~_either(cells).to_numpy(), owners, tables)
        commas[cells.name] = numbers
    if any((numbers & ~evident).any() for numbers in commas.values()):
        return None
    for cells in frame:
        if (
            evident.any()
            and not (cells.name in commas and commas[cells.name].all())
            and _any(cells, ".")
            and cells.str.strip_chars().cast(pl.Float64, strict=False).is_not_null().any()
        ):
            column = pl.lit(cells)
            either = pl.select(column.str.contains(_EITHER_POINT)).to_series().to_numpy()
            others = pl.select(column.str.contains(_WHOLE) | no_number(column)).to_series().to_numpy()
            if (evident & _some(either, owners, tables) & ~_some(~(either | others), owners, tables)).any():
                return None
    return {name: numbers[owners] for name, numbers in commas.items() if numbers.any()}


def _are_plain_numbers(cells: pl.Series) -> bool:
    """Return whether all cells are numbers as programs write them."""
    return all(part.cast(pl.Float64, strict=False).null_count() == 0 for part in (cells.head(FEW), cells))


def _any_is_written_anyhow(cells: pl.Series, tables: np.ndarray, owners: np.ndarray) -> bool:
    """Return whether all cells of one of these tables (bool, shape (tables,)) are numbers, or stand for none."""
    if not tables.any():
        return False
    # Mostly the first cell of each, a name or a word, tells.
    firsts = np.flatnonzero((np.diff(owners, prepend=-1) > 0) & tables[owners])
    possible = np.zeros_like(tables)
    possible[owners[firsts]] = _written_anyhow(cells.gather(firsts)).to_numpy()
    if not possible.any():
        return False
    anyhow = _written_anyhow(cells).to_numpy()
    return bool((possible & ~_some(~anyhow, owners, len(tables))).any())


def _some(rows: np.ndarray, owners: np.ndarray, tables: int) -> np.ndarray:
    """Return for each table whether any of its rows is true."""
    return np.bincount(owners[rows], minlength=tables) > 0


def with_points_in(frame: pl.DataFrame, where: Mapping[str, np.ndarray]) -> pl.DataFrame:
    """Return a table with points, not commas, in these rows of columns."""
    return frame.with_columns(
        pl.when(pl.lit(pl.Series(rows))).then(pl.col(name).str.replace(",", ".", literal=True)).otherwise(pl.col(name))
        for name, rows in where.items()
    )


def with_commas(frame: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    """Return a table in which the numbers of these columns have commas, at least one of them unambiguous.

    If none is (12,345 and 1,500), they get another 0 (12,3450): otherwise they could not be read again.
    """
    points = {name: _points(frame[name]) for name in columns if name in frame.columns}
    points = {name: rows for name, rows in points.items() if rows.any()}
    evident = any(_is_clear(frame[name].filter(rows)) for name, rows in points.items())
    changed = []
    for name, rows in points.items():
        column = pl.col(name)
        if not evident:
            either = column.str.contains(_EITHER_POINT)
            column = pl.when(either).then(column.str.replace(r"(\.[0-9]{3})", "${1}0")).otherwise(column)
        comma = column.str.replace(".", ",", literal=True)
        changed.append((comma if rows.all() else pl.when(pl.lit(rows)).then(comma).otherwise(column)).alias(name))
    return frame.with_columns(changed)


def _points(cells: pl.Series) -> pl.Series:
    """Return which cells are numbers with a decimal point."""
    return cells.str.contains(_POINT)


def _is_clear(numbers: pl.Series) -> bool:
    """Return whether a number with a decimal point among these is unambiguous."""
    few = numbers.head(FEW)
    return not few.str.contains(_EITHER_POINT).all() or not numbers.str.contains(_EITHER_POINT).all()


def _any(cells: pl.Series, part: str) -> bool:
    return bool(cells.str.contains(part, literal=True).any())


def all_numbers(cells: pl.Series) -> bool:
    """Return whether each filled cell of a column is a number, with a point if it has decimals."""
    column = pl.lit(cells)
    number = column.str.contains(_POINT) | column.str.contains(_WHOLE) | no_number(column)
    return bool(pl.select(number.all()).item())


def unclear_reason(name: str, cell: str) -> str:
    """Return the message about an ambiguous number."""
    number = cell.strip()
    mark = "," if "," in number else "."
    if re.match(_EITHER_COMMA, number) or re.match(_EITHER_POINT, number):
        meanings = f"{number.replace(',', '.')} or {number.replace(mark, '')}"
        return f"{name} is {number!r}, which could mean {meanings}: write it without {mark!r}, or with other decimals"
    if re.match(_COMMA, number):
        return f"{name} is {number!r}, beside numbers with a point: write {number.replace(',', '.')}"
    last = max(number.rfind(","), number.rfind("."))
    kinds = len(set(re.sub(_SPACES, " ", number)) & set(",. "))
    decimals = number[last:].replace(",", ".") if last >= 0 and kinds > 1 else ""
    whole = re.sub(f"{_SPACES}|[,.]", "", number[:last] if decimals else number)
    return f"{name} is {number!r}, with marks between thousands: write {whole}{decimals}"
