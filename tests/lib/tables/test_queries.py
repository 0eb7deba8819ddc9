"""Filters and sorts, against a model in plain Python that was written from what the queries are said to mean."""

import math
import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lib.errors import MediaError, QueryError
from lib.tables import queries
from lib.tables.query_language import parse_filter, parse_sort, quoted
from lib.tables.table import Table
from tests.support.each import each


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


NOTHING = re.compile(r"\s*([+-]?(nan|inf|infinity)|#?n/a|na)?\s*", re.IGNORECASE)


def is_column_of_numbers(cells):
    numbers = [number_in(cell) is not None for cell in cells]
    return any(numbers) and all(n or NOTHING.fullmatch(cell) for n, cell in zip(numbers, cells))


def rows_that_meet(cells, operator, value):
    """Compare a column of numbers as numbers, NaN and the like being empty; another as text; None: not comparable."""
    numbers = is_column_of_numbers(cells)
    contains = operator in ("~=", "!~=")
    if numbers and not contains and number_in(value) is None:
        return None
    met = set()
    for row, cell in enumerate(cells):
        if cell == "" or (numbers and number_in(cell) is None):
            good = operator in ("!=", "!~=")
        elif contains:
            good = (value in cell) == (operator == "~=")
        else:
            left, right = (number_in(cell), number_in(value)) if numbers else (cell, value)
            good = {
                "<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right,
                "=": left == right, "!=": left != right,
            }[operator]  # fmt: skip
        if good:
            met.add(row)
    return met


COLUMNS = st.one_of(
    st.lists(st.one_of(NUMBER_CELLS, st.sampled_from(["", "NaN", "NA", "-inf"])), max_size=8),
    st.lists(CELLS, max_size=8),
)


@pytest.mark.slow
@given(COLUMNS, COLUMNS, st.data())
@example(["C#", ""], ["1", ""], None)
@example(["1", "NaN"], ["3", "inf"], None)
def test_a_filter_keeps_the_rows_that_meet_every_condition(first, second, data):
    rows = min(len(first), len(second))
    columns = {"a": first[:rows], "b": second[:rows]}
    conditions = [("a", "!=", "4"), ("b", "<", "2")]
    if data is not None:
        values = st.one_of(CELLS, st.lists(st.sampled_from('a&"|<=> ~,;'), max_size=4).map("".join), NUMBER_CELLS)
        operators = st.sampled_from(OPERATORS)
        conditions = data.draw(st.lists(st.tuples(st.sampled_from(["a", "b"]), operators, values), max_size=3))
    # In double quotes, a value may hold anything.
    query = "&".join(key + operator + quoted(value) for key, operator, value in conditions)
    table = Table.of(columns)
    expected = [rows_that_meet(columns[key], operator, value) for key, operator, value in conditions]
    if None in expected:
        with pytest.raises(QueryError):
            filter_rows(table, query)
    else:
        assert filter_rows(table, query).tolist() == sorted(set(range(rows)).intersection(*expected))


@given(st.lists(st.sampled_from("ab1.<>=~!&|\"' ,"), max_size=6).map("".join), st.sampled_from(OPERATORS))
def test_a_condition_is_shown_as_it_is_read(value, operator):
    read = parse_filter("a" + operator + quoted(value)).conditions
    assert [(c.key, c.op, c.value) for c in read] == [("a", operator, value)]
    assert parse_filter("&".join(map(str, read))).conditions == read


@each(
    ("query", "kept"),
    [
        ("dur>100", ["200", "1e3"]),
        ("dur>=1000", ["1e3"]),
        ("dur=100.0", ["100"]),
        ("dur==100", ["100"]),
        ('dur="100"', ["100"]),
        ("dur!=100", ["99", "200", "1e3", "NaN", ""]),
        ("dur~=0", ["100", "200"]),
        ("dur!~=0", ["99", "1e3", "NaN", ""]),
        ("dur~=Na", []),
        ("dur~=0 or 1", []),
        (" dur > 99 & dur < 1000 ", ["100", "200"]),
        ("", ["99", "100", "200", "1e3", "NaN", ""]),
        ("  ", ["99", "100", "200", "1e3", "NaN", ""]),
    ],
)
def test_filters_by_example(query, kept):
    table = Table.of({"dur": ["99", "100", "200", "1e3", "NaN", ""]})
    assert table.take(filter_rows(table, query)).text("dur") == kept


@each(
    ("query", "kept"),
    [
        ("name>100", ["99", "x", "Rock & Roll.wav", 'a "b"']),  # text is compared with text, letter by letter
        ("name=100.0", []),
        ("name=", []),
        ("name!=", ["99", "100", "x", "Rock & Roll.wav", 'a "b"', ""]),
        ('name=""', []),
        ('name="Rock & Roll.wav"', ["Rock & Roll.wav"]),
        ('name="Rock & Roll.wav"&name>=R', ["Rock & Roll.wav"]),
        ('name>=R & name = "Rock & Roll.wav" ', ["Rock & Roll.wav"]),
        ('name~="""b"""', ['a "b"']),
        ('name~="b"', ['a "b"']),
        ("name~=& Roll", None),
        ('name~="& Roll"', ["Rock & Roll.wav"]),
        ('name~=a "b"', ['a "b"']),
    ],
)
def test_filters_of_text_by_example(query, kept):
    table = Table.of({"name": ["99", "100", "x", "Rock & Roll.wav", 'a "b"', ""]})
    if kept is None:
        with pytest.raises(QueryError, match="'name~=': there is no value after ~="):
            filter_rows(table, query)
    else:
        assert table.take(filter_rows(table, query)).text("name") == kept


# What is not a query here, what is meant, and what the message says of it.
NOBODY_MEANT = [
    ("power>1|hz>100", 'there is no "or"'),
    ("power>1 or hz>100", 'there is no "or"'),
    ("power=1|2", 'there is no "or"'),
    ("note=A|B", 'there is no "or"'),
    ("power>1,hz>100", "Did you mean power>1&hz>100?"),
    ("power>1;hz>100", "Did you mean power>1&hz>100?"),
    ("power>1 and hz>9", "Did you mean power>1&hz>9?"),
    ("power>1 AND hz>9 and dur>5", "Did you mean power>1&hz>9&dur>5?"),
    ("power>1&&hz>9", "Did you mean power>1&hz>9?"),
    ("dur=>100", "Did you mean dur>=100?"),
    ("dur=<100", "Did you mean dur<=100?"),
    ("power<>2.0", "Did you mean power!=2.0?"),
    ("power=!2", "Did you mean power!=2?"),
    ("power≥2", "Did you mean power>=2?"),
    ("note=*#", "Did you mean note~=#?"),
    ("note!=C*&power>1", "Did you mean note!~=C&power>1?"),
    ("note~=*C*", "contains a *, which is not a wildcard here; put a value that contains it in double quotes"),
    ("note~=", "there is no value after ~="),
    ("power>1&note!~=", "there is no value after !~="),
    ("power>1e999", "'1e999' is not a number"),
    ("power≠2&hz≤9", "Did you mean power!=2&hz<=9?"),
    ("200<hz<400", "Did you mean hz>200&hz<400?"),
    ("dur>5&400>=hz>200", "Did you mean dur>5&hz<=400&hz>200?"),
    ("hz>200<=400&dur>5", "Did you mean hz>200&hz<=400&dur>5?"),
    ("note=~C", "Did you mean note~=C?"),
    ("note===C", "Did you mean note=C?"),
    ("1<power<2", "the value 'power<2' contains <"),
    (
        "power>1&filename=a=b",
        "the value 'a=b' contains =; put a value that contains it in double quotes (\"a=b\")",
    ),
    ('filename="a" b', "text before or after its quotes"),
    ('filename="a', "lacks one"),
    ("power>0,5", "did you mean power>0.5?"),
    ("power>=,5", "did you mean power>=.5?"),
    ("hz>1,234", "did you mean hz>1.234 or hz>1234?"),
    ("hz>1,234,567", "did you mean hz>1234567?"),
    ("hz>1.234,5", "did you mean hz>1234.5?"),
    ("hz>1,234.5", "did you mean hz>1234.5?"),
    ("hz>1 000", "did you mean hz>1000?"),
    ("hz>2kHz", "did you mean hz>2000?"),
    ("dur>100ms", "did you mean dur>100?"),
    ("dur>1,5 s", "did you mean dur>1500?"),
    ("dur>2 minutes", "did you mean dur>120000?"),
    ("dur>2 furlongs", "give one, such as dur>100"),
    ("power>1k", "did you mean power>1000?"),
    ("power>0.5%", "did you mean power>0.5?"),
    ("dur>long", "give one, such as dur>100"),
    ("dur>", "give one, such as dur>100"),
    ("dur!=", "give one, such as dur!=100"),
    ("power<inf", "power is a column of numbers, and 'inf' is not a number"),
    ('power="x"', "power is a column of numbers, and 'x' is not a number"),
    ("power>“1”", "Did you mean power>1?"),
    ("“power>1”", "Did you mean power>1?"),
    ("„power>1&hz>9“", "Did you mean power>1&hz>9?"),
    ("“power", "such as samples>500&medianPower>0.5 (in quotes: the shell takes < > & for itself)"),
    ("filename=“a.wav”", 'in other quotation marks; put a value that contains it in double quotes ("“a.wav”")'),
    ("filename='a.wav'&power>1", "Did you mean filename=a.wav&power>1?"),
    ("filename='a=b.wav'", "the value"),
    ("power>−1", "did you mean power>-1?"),
    ("power>１", "did you mean power>1?"),
    ("power&gt;1&amp;hz&lt;9", "Did you mean power>1&hz<9?"),
    ("power>1 & & hz>9", "Did you mean power>1&hz>9?"),
    ("power", "such as samples>500&medianPower>0.5 (in quotes: the shell takes < > & for itself)"),
    ("1<power", "'1' is in the place of a column: did you mean power>1?"),
    ("0.5>=power", "did you mean power<=0.5?"),
    ("power>1&", "Did you mean power>1?"),
    ("note=H", "'H' is not a note"),
    ("note='C#'", "Did you mean note=C#?"),
    ("note=C4", "did you mean note=C&octave=4?"),
    ("note=Bb-1", "did you mean note=Bb&octave=-1?"),
    ("note>C4", "'C4' is not a note: give one of"),
    ("note=C4x", "'C4x' is not a note: give one of"),
    ("note>4", "'4' is not a note"),
]


@each(("query", "said"), NOBODY_MEANT)
def test_a_query_that_nobody_meant_does_not_run(query, said):
    columns = {"power": "0.4", "hz": "440", "dur": "99", "note": "A", "octave": "4", "filename": "a.wav"}
    with pytest.raises(QueryError) as failure:
        filter_rows(Table.of({name: [cell, ""] for name, cell in columns.items()}), query)
    assert said in str(failure.value)
    assert str(failure.value).startswith("filter ")
    meant = re.search(r"[Dd]id you mean (\S+)\?", str(failure.value))
    if meant:  # what is shown does run
        filter_rows(Table.of({name: [cell, ""] for name, cell in columns.items()}), meant[1])


NOTES = ["G", "-", "C", "", "Bb", "F#", "A#", "Cb", "b", "E#", "F"]


@each(
    ("query", "kept"),
    [
        ("note=Bb", ["Bb", "A#"]),
        ("note=A#", ["Bb", "A#"]),
        ("note=B", ["Cb", "b"]),
        ("note=Cb", ["Cb", "b"]),
        ("note=Fb", []),
        ("note=f", ["E#", "F"]),
        ("note>F", ["G", "Bb", "F#", "A#", "Cb", "b"]),
        ("note<=E#", ["C", "E#", "F"]),
        ("note=-", ["-"]),
        ("note<-", []),
        ("note!=-", ["G", "C", "", "Bb", "F#", "A#", "Cb", "b", "E#", "F"]),
        ("note~=#", ["F#", "A#", "E#"]),
    ],
)
def test_notes_compare_by_pitch(query, kept):
    table = Table.of({"note": NOTES})
    assert table.take(filter_rows(table, query)).text("note") == kept


def test_notes_sort_by_pitch_and_no_pitch_comes_last_but_for_empty_cells():
    table = Table.of({"note": NOTES})
    up = ["C", "E#", "F", "F#", "G", "Bb", "A#", "Cb", "b"]
    assert table.take(sort_rows(table, "note")).text("note") == [*up, "-", ""]
    down = ["Cb", "b", "Bb", "A#", "G", "F#", "E#", "F", "C"]
    assert table.take(sort_rows(table, "note=desc")).text("note") == [*down, "-", ""]
    words = Table.of({"note": ["b", "hello", "C"]})
    assert words.take(sort_rows(words, "note")).text("note") == ["C", "b", "hello"]
    assert filter_rows(words, "note>H").tolist() == [0, 1]


@pytest.mark.parametrize("name", ["hz", "octave"])
def test_no_pitch_sorts_last_and_is_not_low(name):
    table = Table.of({name: ["3", "-1", "", "-1.00", "NaN", "1", "0"], "row": list("abcdefg")})
    assert table.take(sort_rows(table, name)).text("row") == list("gfabdce")
    assert table.take(sort_rows(table, f"{name}=desc")).text("row") == list("afgbdce")
    for query, kept in (("<2", "fg"), ("<=1", "fg"), (">=0", "afg"), ("=-1", "bd"), ("!=-1", "acefg"), (">-2", "abdfg"),
                        ("<0", "bd"), ("<=-1", "bd"), ("<=0", "g"), ("<0.5", "g")):  # fmt: skip
        assert table.take(filter_rows(table, name + query)).text("row") == list(kept), query
    # Elsewhere -1 is a number like any other.
    assert filter_rows(Table.of({"pan": ["-1", "0"]}), "pan<1").tolist() == [0, 1]


def test_what_is_not_a_number_sorts_last_in_a_column_of_numbers():
    table = Table.of({"power": ["2", "NaN", "10", "inf", "NA", "", "1"]})
    assert table.take(sort_rows(table, "power=desc")).text("power") == ["10", "2", "1", "NaN", "inf", "NA", ""]
    assert table.take(sort_rows(table, "power")).text("power") == ["1", "2", "10", "NaN", "inf", "NA", ""]


@each("query", ["power", "power=desc", "own&power=desc=0.5", "power=asc=1"])
def test_a_word_among_the_numbers_of_a_stage_is_not_sorted_as_the_largest(query):
    table = Table.of({"power": ["6.24", "NA", "26. Mai", "x", "9.19"], "own": ["6", "", "26. Mai", "x", "9"]}, "t.csv")
    with pytest.raises(MediaError, match=re.escape("t.csv: line 4: power is '26. Mai', not a number")):
        sort_rows(table, query)
    assert sort_rows(table.take([4, 0, 1]), "power").tolist() == [1, 0, 2]
    assert sort_rows(table.take([3, 2, 1]), "power").tolist() == [1, 2, 0]  # a column of text
    assert sort_rows(table, "own=desc").tolist() == [3, 2, 4, 0, 1]


def test_groups_of_words_and_of_numbers_are_sorted_and_one_of_both_is_not():
    table = Table.of({"cluster": ["b", "a", "2", "10"]})
    assert sort_rows(table, "cluster", groups=np.array([0, 0, 1, 1])).tolist() == [1, 0, 2, 3]
    with pytest.raises(MediaError, match="line 2: cluster is 'b'"):
        sort_rows(table, "cluster", groups=np.array([1, 0, 1, 1]))


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(0, 3), CELLS), max_size=12), st.sampled_from(["a<2", "a!=1", "a~=1", "a=desc"]))
def test_each_group_of_rows_is_compared_and_sorted_as_a_table_of_its_own(rows, query):
    groups = np.array([group for group, _ in rows], np.int64)
    table = Table.of({"a": [cell for _, cell in rows]})
    chosen = (sort_rows if "desc" in query else filter_rows)(table, query, groups=groups)
    expected = []
    for group in range(4):
        own = np.flatnonzero(groups == group)
        expected += own[(sort_rows if "desc" in query else filter_rows)(table.take(own), query)].tolist()
    assert chosen.tolist() == (expected if "desc" in query else sorted(expected))


def test_contains_takes_its_value_as_it_is():
    table = Table.of({"name": ["a.b", "axb", "a*b", "[a]", "a$", "(", "A.B"]})
    for value, kept in ((".", ["a.b", "A.B"]), ("*", ["a*b"]), ("[a]", ["[a]"]), ("$", ["a$"]), ("(", ["("])):
        assert table.take(filter_rows(table, f"name~={value}")).text("name") == kept


@each("part", ["dur", "dur 5", ">5", "", " ", "dur~5", "!5", "=", "dur!5"])
@each("query", ["{}&power>1", "power>1&{}", "power>1&{}&hz<5"])
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


@pytest.mark.slow
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


@each(("count", "fraction", "kept"), [(100, 0.29, 29), (100, 0.07, 7), (10, 0.3, 3), (3, 0.01, 1), (7, 0, 0)])
def test_a_fraction_is_rounded_up_and_not_by_rounding_errors(count, fraction, kept):
    table = Table.of({"a": [str(n) for n in range(count)]})
    assert sort_rows(table, f"a=asc={fraction}").tolist() == list(range(kept))


def test_numbers_come_before_text_and_empty_cells_last_in_both_directions():
    table = Table.of({"a": ["b", "", "10", "a", "9", ""]})
    assert table.take(sort_rows(table, "a")).text("a") == ["9", "10", "a", "b", "", ""]
    assert table.take(sort_rows(table, "a=desc")).text("a") == ["b", "a", "10", "9", "", ""]


@each("part", ["=asc", "dur=up", "dur=asc=0.5=1", "", " ", "dur=asc=2", "dur=asc=-0.1", "dur=asc=x",
                                  "dur=", "dur=asc=", "dur=asc=nan", "dur=0.5"])  # fmt: skip
@each("query", ["{}&power=desc", "power=desc&{}"])
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
ODD_CELLS = ("", "NA", "1", "-0", "1e400", "nan", "x", "\u0663", "1_0", "0x1", " 2 ", "inf")


@given(
    st.one_of(st.lists(st.sampled_from(WORDS), max_size=12).map("".join), st.text(max_size=20)),
    st.lists(st.sampled_from(ODD_CELLS), max_size=4),
    st.sampled_from([filter_rows, sort_rows]),
)
def test_any_query_chooses_rows_or_is_refused(query, cells, use):
    table = Table.of({"a": cells, "b": cells[::-1], "hz": cells})
    try:
        rows = use(table, query.replace("b", "hz")).tolist()
    except MediaError:
        return
    assert set(rows) <= set(range(len(cells)))
    assert len(set(rows)) == len(rows)
    if use is filter_rows:
        assert rows == sorted(rows)


@each("op", ["<", "<=", ">", ">="])
def test_a_known_column_of_numbers_with_a_word_in_it_is_not_compared_as_text(op):
    table = Table.of({"hz": ["99.5", "", "2,509,81", "300"], "own": ["99.5", "", "x", "300"]}, "t.csv")
    with pytest.raises(MediaError, match=re.escape("t.csv: line 4: hz is '2,509,81', not a number")):
        filter_rows(table, f"hz{op}200")
    with pytest.raises(QueryError, match=re.escape("'200Hz' is not a number: did you mean hz" + op + "200?")):
        filter_rows(table, f"hz{op}200Hz")
    assert filter_rows(table, "hz=300").tolist() == [3]
    assert filter_rows(table, "hz!~=,").tolist() == [0, 1, 3]
    assert filter_rows(table, "own>2").tolist() == [0, 2, 3]


@pytest.mark.parametrize("cells", [["", ""], ["NA", ""], ["NaN", "inf"]])
def test_a_known_column_of_numbers_without_any_meets_nothing(cells):
    table = Table.of({"power": cells})
    for query in ("power>5", "power<5", "power>=0", "power<=0"):
        assert filter_rows(table, query).tolist() == []
    assert filter_rows(table, "power>5", groups=np.array([0, 1])).tolist() == []


# Sorts in other languages, and what is meant.
SORTS = [
    ("power desc", "power=desc"),
    ("“power=desc”", "power=desc"),
    ("“power=desc&hz=desc”", "power=desc&hz=desc"),
    ("power=down", "power=desc"),
    ("power=DESCENDING&hz=up", "power=desc&hz=asc"),
    ("desc=power", "power=desc"),
    ("-power", "power=desc"),
    ("power,hz", "power&hz"),
    ("power=desc; hz=asc", "power=desc&hz=asc"),
    ("power desc then hz", "power=desc&hz"),
    ("power=desc=50%", "power=desc=0.5"),
    ("power=desc=12,5 %", "power=desc=0.125"),
    ("power=desc=0,5&hz", "power=desc=0.5&hz"),
]


@each(("query", "meant"), SORTS)
def test_a_sort_in_another_language_is_answered_with_ours(query, meant):
    table = Table.of({"power": ["1"], "hz": ["2"]})
    with pytest.raises(MediaError) as failure:
        sort_rows(table, query)
    assert f"Did you mean {meant}?" in str(failure.value) or f"(in a sort: {meant}" in str(failure.value)
    assert sort_rows(table, meant).tolist() == [0]


@each("name", ["power desc", "-power", "power,hz", "desc"])
def test_a_column_may_be_called_like_a_sort_in_another_language(name):
    table = Table.of({name: ["1", "2"]})
    assert sort_rows(table, f"{name}=desc").tolist() == [1, 0]


@each("query", ["power=highest", "power=desc=50", "power=desc=x", "=desc"])
def test_nothing_is_advised_where_it_is_not_known_what_a_sort_means(query):
    with pytest.raises(QueryError) as failure:
        parse_sort(query)
    assert "Did you mean" not in str(failure.value)


@each("descending", [False, True])
@each("count", [0, 1, 2, 300])
def test_the_order_of_numbers_is_that_of_a_stable_sort(count, descending):
    for seed in range(4):
        values = np.random.default_rng(seed).integers(-5, 6, count) / 4  # many are equal
        expected = sorted(range(count), key=lambda n: -values[n] if descending else values[n])
        assert queries._order_of_numbers(values, descending).tolist() == expected


def test_the_first_of_each_group():
    groups = np.array([2, 0, 0, 1, 2, 2, 0, 2])
    rows = np.array([1, 6, 2, 3, 7, 0, 4, 5])  # group after group
    kept_of = {(1, 1, 1): [1, 3, 7], (2, 0, 3): [1, 6, 7, 0, 4], (9, 9, 9): rows.tolist(), (0, 0, 0): []}
    for most, kept in kept_of.items():
        assert queries.first_of_each(rows, groups, np.array(most)).tolist() == kept


@each(
    ("count", "fraction", "leading"),
    [(100, 0.29, 29), (10, 0.01, 1), (10, 0.0, 0), (10, 1.0, 10), (3, 0.34, 2), (0, 0.5, 0)],
)
def test_a_leading_fraction_is_rounded_up(count, fraction, leading):
    assert queries._leading(count, fraction) == leading
