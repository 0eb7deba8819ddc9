"""The two query languages, as text and as objects: filters (`samples>500&medianPower>0.5`) and sorts.

A sort is, for example, `power=desc=0.75&clarity=desc`. Only the standard library is imported here, so that command
lines read queries before anything else is loaded; `lib.tables.queries` applies them to tables.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from lib.errors import QueryError

OPERATORS = ("<=", ">=", "!~=", "!=", "~=", "<", ">", "=")
_CONDITION = re.compile(r"\s*(?P<key>[^<>=!~]+?)\s*(?P<op><=|>=|!~=|!=|~=|==|<|>|=)(?P<value>.*)", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
# A condition up to the end of its quoted value.
_TO_QUOTE = re.compile(r'[^<>=!~&]*[<>=!~]+\s*"(?:[^"]|"")*"')
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
DIRECTIONS = ("asc", "desc")
_TURNED = str.maketrans("<>", "><")
NO_OR = 'there is no "or": ask once for each, or say what the rows have in common'
# Quotation marks that are none here; those that word processors and web pages put before a text.
QUOTES = "'‘’‚“”„«»"
_OPENING = "‘‚“„«"
_DASHES = "‐‑‒–—−"
# Queries in other languages: the pattern, and its equivalent here.
_ELSEWHERE = (
    (re.compile("&gt;"), ">"),
    (re.compile("&lt;"), "<"),
    (re.compile("&amp;|&#38;"), "&"),
    (re.compile(f"^[{_OPENING}](.*?)[{QUOTES}]?$", re.DOTALL), r"\1"),
    (re.compile(f"(?<=[<>=~])\\s*[{QUOTES}]([^{QUOTES}&<>=|]*)[{QUOTES}]"), r"\1"),
    (re.compile(f"(?<=[<>=])\\s*[{_DASHES}](?=[\\d.])"), "-"),
    (re.compile(r"^[\s&]+|[\s&]+$|(?<=&)[\s&]+(?=&)"), ""),
    (re.compile(r"\s+(?:and|AND|And)\s+|\s*&&+\s*"), "&"),
    (re.compile(r"\s*[,;]\s*(?=[^<>=!~,;&\"]*[<>=])"), "&"),
    (re.compile(r"=>"), ">="),
    (re.compile(r"=<"), "<="),
    (re.compile(r"<>|><|=!|/="), "!="),
    (re.compile(r"=~"), "~="),
    (re.compile(r"===+"), "="),
    (re.compile("≥|⩾"), ">="),
    (re.compile("≤|⩽"), "<="),
    (re.compile("≠"), "!="),
    (re.compile(r"(!?)(?:~=|==?)\s*(?:\*+([^*&]+)\**|([^*&]+)\*+)(?=\s*(?:&|$))"), r"\1~=\2\3"),
    # 200<hz<400, and 200<hz
    (re.compile(r"(?<![^&])\s*([\d.]+)\s*<(=?)\s*([^<>=!~&]*[^<>=!~&\d.\s][^<>=!~&]*)(?=[<&]|$)"), r"\3>\2\1"),
    (re.compile(r"(?<![^&])\s*([\d.]+)\s*>(=?)\s*([^<>=!~&]*[^<>=!~&\d.\s][^<>=!~&]*)(?=[>&]|$)"), r"\3<\2\1"),
    (re.compile(r"(?<![^&])([^<>=!~&]+?)([<>]=?)([\d.]+)([<>])"), r"\1\2\3&\1\4"),
)
# Sorts in other languages, likewise.
_DOWN, _UP = "descending|down|falling|reverse|desc", "ascending|up|rising|asc"
_SORTS_ELSEWHERE = (
    (re.compile(f"^[{QUOTES}](.*)[{QUOTES}]$"), r"\1"),
    (re.compile(r"^[\s&]+|[\s&]+$"), ""),
    (re.compile(r"\s*;\s*|\s*,\s*(?=[^\W\d])|\s+(?:and|then)\s+", re.IGNORECASE), "&"),
    (re.compile(rf"(?<![^&])({_DOWN}|{_UP})[\s=:]+([^=:&]+)(?=&|$)", re.IGNORECASE), r"\2=\1"),
    (re.compile(rf"[\s:]+(?=(?:{_DOWN}|{_UP})\b)", re.IGNORECASE), "="),
    (re.compile(rf"=(?:{_DOWN})(?=[=&:\s]|$)", re.IGNORECASE), "=desc"),
    (re.compile(rf"=(?:{_UP})(?=[=&:\s]|$)", re.IGNORECASE), "=asc"),
    (re.compile(r"(?<![^&])-([^\W\d][^=&]*)(?=&|$)"), r"\1=desc"),
    (re.compile(r"(=asc|=desc)[=:\s]+(\d*)[.,]?(\d*)\s*%"), lambda m: f"{m[1]}={float(f'{m[2]}.{m[3]}0') / 100:g}"),
    (re.compile(r"(=asc|=desc)[=:\s]+(\d*),(\d+)"), r"\1=\2.\3"),
)
_OR = re.compile(r"\||\s(?:or|OR|Or)\s.*[<>=]", re.DOTALL)


@dataclass(frozen=True)
class Condition:
    """One comparison of a filter: a column, an operator, and the value that its cells are compared with."""

    key: str
    op: str
    value: str

    def __str__(self) -> str:
        value = self.value
        # (A query with a value in unnecessary quotes is the same query.)
        special = value != value.strip() or "&" in value or '"' in value or _wrong(self.op, value)
        return f"{self.key}{self.op}{quoted(value) if special else value}"


def quoted(value: str) -> str:
    """Return a value in quotes, so that it may hold anything."""
    return '"' + value.replace('"', '""') + '"'


@dataclass(frozen=True)
class SortKey:
    """One step of a sort: a column, its direction, and the leading fraction to keep (0-1)."""

    key: str
    descending: bool
    keep: float


@dataclass(frozen=True)
class Filter:
    """Conditions, all of which rows have to meet; none: every row does. text: as it was written."""

    conditions: tuple[Condition, ...] = ()
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.conditions)

    @property
    def columns(self) -> list[str]:
        """The columns that it needs."""
        return [condition.key for condition in self.conditions]


@dataclass(frozen=True)
class Sort:
    """Steps by which rows are sorted, the last one deciding; none: they keep their order. text: as it was written."""

    keys: tuple[SortKey, ...] = ()
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.keys)

    @property
    def columns(self) -> list[str]:
        """The columns that it needs."""
        return [key.key for key in self.keys]


def parse_filter(query: str) -> Filter:
    """Read a filter; QueryError quotes a part that cannot be read. An empty query has no conditions."""
    return Filter(tuple(_conditions(query)), query)


def _conditions(query: str) -> Iterator[Condition]:
    for part in _parts(query):
        match = _CONDITION.fullmatch(part)
        value = match["value"].strip() if match else ""
        in_quotes = _QUOTED.fullmatch(value)
        if not match or match["key"][0] in _OPENING:
            shell = "" if re.search("[<>=]", query) else " (in quotes: the shell takes < > & for itself)"
            raise QueryError(
                f"filter {query!r}: cannot read the part {part!r}: write COLUMN OPERATOR VALUE, with one of "
                f"{' '.join(OPERATORS)}, joined by &, such as samples>500&medianPower>0.5{shell}{_meant(query)}"
            )
        if not in_quotes and (wrong := _wrong(match["op"], value)):
            raise QueryError(f"filter {query!r}: cannot read the part {part!r}: {wrong}{_meant(query)}")
        if is_number(match["key"]) and match["op"][0] in "<>" and value and not is_number(value):
            turned = f"{value}{match['op'].translate(_TURNED)}{match['key']}"
            raise QueryError(f"filter {query!r}: {match['key']!r} is in the place of a column: did you mean {turned}?")
        op = "=" if match["op"] == "==" else match["op"]
        yield Condition(match["key"], op, in_quotes[1].replace('""', '"') if in_quotes else value)


def _parts(query: str) -> list[str]:
    """Return the conditions of a filter, separated by & outside quoted values."""
    if not query.strip():
        return []
    parts, begin = [], 0
    while True:
        opened = _TO_QUOTE.match(query, begin)
        end = query.find("&", opened.end() if opened else begin)
        parts.append(query[begin : end if end >= 0 else len(query)])
        if end < 0:
            return parts
        begin = end + 1


def _wrong(op: str, value: str) -> str:
    """Return why an unquoted value is wrong, or ""."""
    quotes = f"put a value that contains it in double quotes ({quoted(value)})"
    reason = ""
    if not value:
        reason = f"there is no value after {op} (a value with & needs double quotes)" if op in ("~=", "!~=") else ""
    elif _OR.search(value):
        reason = f"{NO_OR}; {quotes}"
    elif operator := re.search("[<>=]+", value):
        reason = f"the value {value!r} contains {operator[0]}; {quotes}"
    elif op in ("=", "==") and value[:1] in ("~", "!"):
        reason = f"the value {value!r} begins with {value[0]}; {quotes}"
    elif op[0] not in "<>" and len(value) > 1 and "*" in (value[0], value[-1]):
        reason = f"the value {value!r} contains a *, which is not a wildcard here; {quotes}"
    elif len(value) > 1 and value[0] in QUOTES and value[-1] in QUOTES:
        reason = f"the value {value!r} is in other quotation marks; {quotes}"
    elif value.startswith('"'):
        reason = f'the value {value!r} has text before or after its quotes, or lacks one; a " within quotes is doubled'
    return reason


def _meant(query: str) -> str:
    """Return the end of a message that shows the right form of the query, or ""."""
    if '"' in query or _OR.search(query):
        return ""
    changed = query
    for pattern, ours in _ELSEWHERE:
        changed = pattern.sub(ours, changed)
    try:
        read = changed != query and list(_conditions(changed))
    except QueryError:
        return ""
    return f". Did you mean {changed}?" if read else ""


def sort_meant(query: str) -> Sort:
    """Return a sort that is written in another way (`power desc`, `-power`, `power=down`), or an empty one."""
    changed = query.strip()
    for pattern, ours in _SORTS_ELSEWHERE:
        changed = pattern.sub(ours, changed)
    try:
        return _sort(changed) if changed != query else Sort()
    except QueryError:
        return Sort()


def parse_sort(query: str) -> Sort:
    """Read a sort; QueryError quotes a part that cannot be read. An empty query has no keys."""
    try:
        return _sort(query)
    except QueryError as error:
        meant = sort_meant(query)
        if not meant:
            raise
        raise QueryError(f"{error.reason}. Did you mean {meant.text}?") from error


def _sort(query: str) -> Sort:
    keys = []
    for part in query.split("&") if query.strip() else []:
        name, *rest = (word.strip() for word in part.split("="))
        direction = rest[0].lower() if rest else "asc"
        fraction = rest[1] if len(rest) > 1 else "1"
        if not name or direction not in DIRECTIONS or len(rest) > 2:
            raise QueryError(
                f"sort {query!r}: cannot read the part {part!r}: write COLUMN, COLUMN=asc, COLUMN=desc or "
                "COLUMN=desc=0.75 (keep the first 75 %), joined by &"
            )
        if not _NUMBER.fullmatch(fraction) or not 0 <= float(fraction) <= 1:
            raise QueryError(f"sort {query!r}: in {part!r} the part to keep is {fraction!r}: give a number from 0 to 1")
        keys.append(SortKey(name, direction == "desc", float(fraction)))
    return Sort(tuple(keys), query)


def is_number(word: str) -> bool:
    """Return whether a filter's value is a number."""
    return _NUMBER.fullmatch(word) is not None and math.isfinite(float(word))


# Units that are understood, by the unit of the column, as multiples of it.
_SECONDS = {"ms": 0.001, "msec": 0.001, "s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "h": 3600.0,
            "hour": 3600.0}  # fmt: skip
UNITS_OF = {
    "ms": {unit: 1000 * seconds for unit, seconds in _SECONDS.items()},
    "s": _SECONDS,
    "Hz": {"hz": 1.0, "khz": 1000.0, "k": 1000.0},
}
_WITH_UNIT = re.compile(r"(?P<number>[+-]?[\d.,]*\d)\s*(?P<unit>[^\d\s.,]*)", re.ASCII)


def number_meant(condition: Condition, unit: str) -> str:
    """Return the likely intended forms of a condition that compares numbers with something else, or "".

    unit: of the column. `power>0,5` is power>0.5; `dur>1.5s` is dur>1500; `hz>1,234` may be either of two.
    """
    plain = re.sub(f"[{_DASHES}]", "-", unicodedata.normalize("NFKC", condition.value))
    match = _WITH_UNIT.fullmatch(re.sub(f"[\\s_{QUOTES}]", "", plain))
    if not match:
        return ""
    number, given = match["number"], match["unit"].lower()
    known = {"": 1.0} | UNITS_OF.get(unit, {given: 1.0, "k": 1000.0})
    factor = known.get(given) or known.get(given.removesuffix("s"))
    if factor is None:  # an unknown unit
        return ""
    forms = [number]
    if "," in number:
        forms = [number.replace(",", ".")]
        if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", number):
            forms += [number.replace(",", "")]
        elif "." in number:  # 1.234,5 or 1,234.5: the last mark is the decimal one
            mark = max(",.", key=number.rfind)
            whole, _, decimals = number.rpartition(mark)
            forms = [re.sub("[,.]", "", whole) + "." + decimals]
    read = [form if factor == 1 else f"{float(form) * factor:g}" for form in forms if is_number(form)]
    return " or ".join(f"{condition.key}{condition.op}{form}" for form in read)
