"""Filters and sorts, against a model in plain Python that was written from what the queries are said to mean."""

import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lib.errors import MediaError
from lib.tables import queries
from lib.tables.query_language import parse_filter, parse_sort
from lib.tables.table import Table


def filter_rows(table, query, **how):
    return queries.filter_rows(table, parse_filter(query), **how)


def sort_rows(table, query, **how):
    return queries.sort_rows(table, parse_sort(query), **how)


def select(table, wanted="", order="", most=-1):
    return queries.select(table, parse_filter(wanted), parse_sort(order), most)


OPERATORS = ["<=", ">=", "!=", "!~=", "~=", "<", ">", "="]
NUMBERS = ["0", "00", "-0.0", "1", "01", "1.0", "+1", "-1", ".5", "0.50", "1e1", "10", "9"]
TEXTS = ["a", "B", "b", "ab", "10a", "C#", "-", "nan", "inf", "1,5", "\N{BIRD}", "a b", "x=y"]
NUMBER_CELLS = st.one_of(st.sampled_from(NUMBERS), st.floats(-100, 100).map(str), st.integers(-9, 9).map(str))
CELLS = st.one_of(st.just(""), NUMBER_CELLS, st.sampled_from(TEXTS), st.sampled_from([" 1 ", " a"]))


def number_in(text):
    """Return the number that a text is, or None."""
    stripped = text.strip(" ")
    return float(stripped) if re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", stripped) else None


def meets(cell, operator, value):
    """Both sides numeric: compared as numbers, else as text; ~= is contains; an empty cell meets only != and !~=."""
    if cell == "":
        return operator in ("!=", "!~=")
    if operator in ("~=", "!~="):
        return (value in cell) == (operator == "~=")
    left, right = number_in(cell), number_in(value)
    if left is None or right is None:
        left, right = cell, value
    return {
        "<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right,
        "=": left == right, "!=": left != right,
    }[operator]  # fmt: skip


@given(st.lists(st.tuples(CELLS, CELLS), max_size=8), st.data())
@example([("C#", "1"), ("", "")], None)
def test_a_filter_keeps_the_rows_that_meet_every_condition(rows, data):
    conditions = [("a", "=", "C#"), ("b", "<", "2")]
    if data is not None:
        # A value may hold anything but the & that joins conditions; blanks around it do not count.
        values = CELLS.map(str.strip)
        operators = st.sampled_from(OPERATORS)
        conditions = data.draw(st.lists(st.tuples(st.sampled_from(["a", "b"]), operators, values), max_size=3))
        # "<" before a value that begins with "=" is "<=", and so on: such a value cannot be written.
        conditions = [(k, o, v) for k, o, v in conditions if not v.startswith("=")]
    query = "&".join(f"{key}{operator}{value}" for key, operator, value in conditions)
    table = Table.of({"a": [a for a, _ in rows], "b": [b for _, b in rows]})
    expected = [
        n for n, row in enumerate(rows) if all(meets(row["ab".index(key)], o, value) for key, o, value in conditions)
    ]
    assert filter_rows(table, query).tolist() == expected


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("dur>100", ["200", "1e3", "x"]),  # text is compared with text: "x" comes after "100"
        ("dur>=1000", ["1e3", "x"]),
        ("dur=100.0", ["100"]),
        ("dur==100", ["100"]),
        ("dur!=100", ["99", "200", "1e3", "x", ""]),
        ("dur~=0", ["100", "200"]),
        ("dur!~=0", ["99", "1e3", "x", ""]),
        ("dur=", []),
        ("dur!=", ["99", "100", "200", "1e3", "x", ""]),
        (" dur > 99 & dur < 1000 ", ["100", "200"]),
        ("", ["99", "100", "200", "1e3", "x", ""]),
        ("  ", ["99", "100", "200", "1e3", "x", ""]),
    ],
)
def test_filters_by_example(query, kept):
    table = Table.of({"dur": ["99", "100", "200", "1e3", "x", ""]})
    assert table.take(filter_rows(table, query)).text("dur") == kept


def test_contains_takes_its_value_as_it_is():
    table = Table.of({"name": ["a.b", "axb", "a*b", "[a]", "a$", "(", "A.B"]})
    for value, kept in ((".", ["a.b", "A.B"]), ("*", ["a*b"]), ("[a]", ["[a]"]), ("$", ["a$"]), ("(", ["("])):
        assert table.take(filter_rows(table, f"name~={value}")).text("name") == kept


@pytest.mark.parametrize("part", ["dur", "dur 5", ">5", "", " ", "dur~5", "!5", "=", "dur!5"])
@pytest.mark.parametrize("query", ["{}&power>1", "power>1&{}", "power>1&{}&hz<5"])
def test_a_condition_that_cannot_be_read_is_pointed_at(query, part):
    with pytest.raises(MediaError) as failure:
        parse_filter(query.format(part))
    assert str(failure.value).startswith(f"filter {query.format(part)!r}: cannot read the part {part!r}: ")


def keys(rows):
    return st.lists(
        st.tuples(
            st.sampled_from(["n", "t"]),
            st.sampled_from(["", "=asc", "=desc", "=DESC", " = asc "]),
            st.sampled_from([None, "0", "0.25", "0.3", ".5", "1", "1.0", "0.999"]),
        ),
        max_size=3,
    )


def sorted_by_the_model(columns, query_keys, at_least):
    """Sort by each key in turn, each time cut to the leading fraction, never below `at_least`; empty cells last."""
    rows = list(range(len(columns["n"])))
    for key, direction, keep in query_keys:
        filled = [row for row in rows if columns[key][row] != ""]
        empty = [row for row in rows if columns[key][row] == ""]
        value = number_in if key == "n" else str
        descending = "desc" in direction.lower()
        # Python's sort keeps equal rows in order in both directions.
        filled.sort(key=lambda row, key=key, value=value: value(columns[key][row]), reverse=descending)
        rows = filled + empty
        if keep is not None:
            # Hundredths of whole counts, so that 0.3 of 10 is 3 and not 3.0000000000000004 rounded up to 4.
            count = math.ceil(round(len(rows) * round(float(keep) * 1000)) / 1000)
            rows = rows[: max(count, at_least)]
    return rows


@given(
    st.lists(st.tuples(st.one_of(st.just(""), NUMBER_CELLS), st.sampled_from(["", *TEXTS])), max_size=12),
    keys(None),
    st.sampled_from([0, 0, 2, 5, 100]),
)
@example([("3", "a"), ("", "b"), ("1", ""), ("2", "a")] * 3, [("n", "=desc", "0.75"), ("t", "", None)], 0)
@example([("0", "a"), ("-0.0", "b"), ("0.0", "c")], [("n", "=desc", None)], 0)
def test_a_sort_applies_its_keys_from_left_to_right(rows, query_keys, at_least):
    columns = {"n": [n for n, _ in rows], "t": [t for _, t in rows]}
    parts = []
    for key, direction, keep in query_keys:
        parts.append(key + (direction or ("=asc" if keep else "")) + (f"={keep}" if keep else ""))
    expected = sorted_by_the_model(columns, query_keys, at_least)
    assert sort_rows(Table.of(columns), "&".join(parts), at_least=at_least).tolist() == expected


def test_the_recipe_of_the_documentation():
    """power=desc=0.75&clarity=desc: the most powerful 75 %, then by clarity."""
    table = Table.of({"power": ["1", "10", "2", "9"], "clarity": ["9", "5", "7", "8"]})
    assert sort_rows(table, "power=desc=0.75&clarity=desc").tolist() == [3, 2, 1]


@pytest.mark.parametrize(
    ("count", "fraction", "kept"), [(100, 0.29, 29), (100, 0.07, 7), (10, 0.3, 3), (3, 0.01, 1), (7, 0, 0)]
)
def test_a_fraction_is_rounded_up_and_not_by_rounding_errors(count, fraction, kept):
    table = Table.of({"a": [str(n) for n in range(count)]})
    assert sort_rows(table, f"a=asc={fraction}").tolist() == list(range(kept))


def test_numbers_come_before_text_and_empty_cells_last_in_both_directions():
    table = Table.of({"a": ["b", "", "10", "a", "9", ""]})
    assert table.take(sort_rows(table, "a")).text("a") == ["9", "10", "a", "b", "", ""]
    assert table.take(sort_rows(table, "a=desc")).text("a") == ["b", "a", "10", "9", "", ""]


@pytest.mark.parametrize("part", ["=asc", "dur=up", "dur=asc=0.5=1", "", " ", "dur=asc=2", "dur=asc=-0.1", "dur=asc=x",
                                  "dur=", "dur=asc=", "dur=asc=nan", "dur=0.5"])  # fmt: skip
@pytest.mark.parametrize("query", ["{}&power=desc", "power=desc&{}"])
def test_a_sort_that_cannot_be_read_is_pointed_at(query, part):
    with pytest.raises(MediaError) as failure:
        parse_sort(query.format(part))
    assert str(failure.value).startswith(f"sort {query.format(part)!r}: ")
    assert repr(part) in str(failure.value)


@pytest.mark.parametrize("use", [filter_rows, sort_rows])
def test_an_unknown_column_is_an_error_unless_the_query_is_a_default(use):
    table = Table.of({"a": ["2", "1"], "b": ["1", "2"]}, "t.csv")
    query = "c>1&a<2" if use is filter_rows else "c=desc=0&a"
    with pytest.raises(MediaError) as failure:
        use(table, query)
    assert str(failure.value) == "t.csv: has no column 'c'; its columns are: a, b"
    assert use(table, query, optional=True).tolist() == ([1] if use is filter_rows else [1, 0])


def test_filter_sort_and_limit_together():
    table = Table.of({"a": [str(n) for n in range(10)]})
    # Of 2..9 the largest quarter would be 2 rows, but 3 are asked for.
    assert select(table, "a>1", "a=desc=0.25", 3).text("a") == ["9", "8", "7"]
    assert select(table, "a>1", "a=desc=0.5", 3).text("a") == ["9", "8", "7"]
    assert select(table, "", "", 2).text("a") == ["0", "1"]
    assert select(table, "a>8").text("a") == ["9"]
    assert select(table, "a>99", "a", 5).text("a") == []


def test_queries_on_a_table_of_no_rows():
    table = Table.of({"a": []})
    assert filter_rows(table, "a>1&a!=x").tolist() == []
    assert sort_rows(table, "a=desc=0.5&a").tolist() == []


WORDS = ("a", "b", " ", "<", ">", "=", "!", "~", "&", "1", "-", "0.5", "asc", "desc", "nan", "inf", "1e999", "\n",
         "\ud800", "%s", "(", "*", "=desc=", "=asc=", "9" * 400)  # fmt: skip
ODD_CELLS = ("", "1", "-0", "1e400", "nan", "x", "\u0663", "1_0", "0x1", " 2 ", "inf")


@given(
    st.one_of(st.lists(st.sampled_from(WORDS), max_size=12).map("".join), st.text(max_size=20)),
    st.lists(st.sampled_from(ODD_CELLS), max_size=4),
    st.sampled_from([filter_rows, sort_rows]),
)
def test_any_query_chooses_rows_or_is_refused(query, cells, use):
    table = Table.of({"a": cells, "b": cells[::-1]})
    try:
        rows = use(table, query).tolist()
    except MediaError:
        return
    assert set(rows) <= set(range(len(cells)))
    assert len(set(rows)) == len(rows)
    if use is filter_rows:
        assert rows == sorted(rows)
