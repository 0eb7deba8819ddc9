"""The two query languages, as text and as objects: filters (`samples>500&medianPower>0.5`) and sorts.

A sort is such as `power=desc=0.75&clarity=desc`. Only the standard library is imported here, so that command lines read
queries before anything else is loaded; `lib.tables.queries` applies them to tables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lib.errors import MediaError

OPERATORS = ("<=", ">=", "!~=", "!=", "~=", "<", ">", "=")
_CONDITION = re.compile(r"\s*(?P<key>[^<>=!~]+?)\s*(?P<op><=|>=|!~=|!=|~=|==|<|>|=)(?P<value>.*)", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
DIRECTIONS = ("asc", "desc")


@dataclass(frozen=True)
class Condition:
    """One comparison of a filter: a column, an operator, and what its cells are compared with."""

    key: str
    op: str
    value: str

    def __str__(self) -> str:
        return f"{self.key}{self.op}{self.value}"


@dataclass(frozen=True)
class SortKey:
    """One step of a sort: a column, its direction, and the leading fraction that is kept (0-1)."""

    key: str
    descending: bool
    keep: float


@dataclass(frozen=True)
class Filter:
    """Conditions that rows have to meet, all of them; none: every row does. text: as it was written."""

    conditions: tuple[Condition, ...] = ()
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.conditions)

    @property
    def columns(self) -> list[str]:
        """The columns that it looks at."""
        return [condition.key for condition in self.conditions]


@dataclass(frozen=True)
class Sort:
    """Steps by which rows are put in order, the last one deciding; none: they stay. text: as it was written."""

    keys: tuple[SortKey, ...] = ()
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.keys)

    @property
    def columns(self) -> list[str]:
        """The columns that it looks at."""
        return [key.key for key in self.keys]


def parse_filter(query: str) -> Filter:
    """Read a filter; MediaError points at a part that cannot be read. An empty query has no conditions."""
    conditions = []
    for part in query.split("&") if query.strip() else []:
        match = _CONDITION.fullmatch(part)
        if not match:
            raise MediaError(
                f"filter {query!r}: cannot read the part {part!r}: it wants COLUMN OPERATOR VALUE, "
                f"with one of {' '.join(OPERATORS)}, joined by &, such as samples>500&medianPower>0.5"
            )
        op = "=" if match["op"] == "==" else match["op"]
        conditions.append(Condition(match["key"], op, match["value"].strip()))
    return Filter(tuple(conditions), query)


def parse_sort(query: str) -> Sort:
    """Read a sort; MediaError points at a part that cannot be read. An empty query has no keys."""
    keys = []
    for part in query.split("&") if query.strip() else []:
        name, *rest = (word.strip() for word in part.split("="))
        direction = rest[0].lower() if rest else "asc"
        fraction = rest[1] if len(rest) > 1 else "1"
        if not name or direction not in DIRECTIONS or len(rest) > 2:
            raise MediaError(
                f"sort {query!r}: cannot read the part {part!r}: it wants COLUMN, COLUMN=asc, COLUMN=desc or "
                "COLUMN=desc=0.75 (keep the first 75 %), joined by &"
            )
        if not _NUMBER.fullmatch(fraction) or not 0 <= float(fraction) <= 1:
            raise MediaError(f"sort {query!r}: in {part!r} the part to keep is {fraction!r}: give a number from 0 to 1")
        keys.append(SortKey(name, direction == "desc", float(fraction)))
    return Sort(tuple(keys), query)


def is_number(word: str) -> bool:
    """Say whether a filter's value is compared as a number."""
    return _NUMBER.fullmatch(word) is not None
