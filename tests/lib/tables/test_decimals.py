"""What the commas in a table's numbers mean, column by column, and group_decimals against find_decimals."""

import numpy as np
import polars as pl

from lib.tables.decimals import (
    all_numbers,
    find_decimals,
    group_decimals,
    no_number,
    unclear_reason,
    with_commas,
    with_points,
    with_points_in,
)
from tests.support.each import each


def frame(**columns):
    return pl.DataFrame({name: cells.split("|") for name, cells in columns.items()}, schema_overrides=None)


def found(semicolons=False, **columns):
    """(columns with decimal commas, unclear ones, whether new numbers get a comma)"""
    decimals = find_decimals(frame(**columns), semicolons)
    return list(decimals.columns), decimals.unclear, decimals.comma


@each(
    ("a", "commas", "unclear", "comma"),
    [
        ("0,5|1|2", ["a"], {}, True),
        ("0,5|NaN|", ["a"], {}, True),
        (" -12,75 |+3,|,5|1,5e3", ["a"], {}, True),
        ("1,2345|7", ["a"], {}, True),  # not in threes
        ("1234,567|7", ["a"], {}, True),
        ("0,123|7", ["a"], {}, True),
        ("1,234|7", [], {"a": (0, "1,234")}, False),  # a little over one, or a thousand
        ("7|-1,234|", [], {"a": (1, "-1,234")}, False),
        ("1,234|0,5", ["a"], {}, True),
        ("0,5|1.5", [], {"a": (0, "0,5")}, False),  # one or the other
        ("1.5|2|0,5", [], {"a": (2, "0,5")}, False),
        ("1,234.5|7", [], {"a": (0, "1,234.5")}, False),  # marks between thousands
        ("7|1.234,5", [], {"a": (1, "1.234,5")}, False),
        ("7|1'234.5", [], {"a": (1, "1'234.5")}, False),
        ("1 234 567|8", [], {"a": (0, "1 234 567")}, False),
        ("1.234.567|8", [], {"a": (0, "1.234.567")}, False),
        ("1.5|2", [], {}, False),
        ("0,5|x", [], {}, False),  # text
        ("a, b|c", [], {}, False),
        ("1,2,3|7", [], {}, False),
        ("|", [], {}, False),
    ],
)
def test_a_column(a, commas, unclear, comma):
    assert found(a=a) == (commas, unclear, comma)


@each(
    ("columns", "commas", "unclear"),
    [
        ({"a": "0,5|1", "b": "1,234|2"}, ["a", "b"], {}),  # one that can be nothing else tells of the others
        ({"a": "5,123|1", "b": "1,234|2"}, [], {"a": (0, "5,123"), "b": (0, "1,234")}),
        ({"a": "0,5|1", "b": "1.234|2"}, ["a"], {"b": (0, "1.234")}),  # a thousand?
        ({"a": "0,5|1", "b": "1.2|2.234"}, ["a"], {}),  # no thousand
        ({"a": "0,5|1", "b": "v1.234|x"}, ["a"], {}),
        ({"a": "0,5|1", "b": "1.234|NaN"}, ["a"], {"b": (0, "1.234")}),
        ({"a": "0,5|1", "b": "2|1.234,5"}, ["a"], {"b": (1, "1.234,5")}),
    ],
)
def test_columns_tell_of_each_other(columns, commas, unclear):
    assert found(**columns) == (commas, unclear, bool(commas))


@each(
    ("a", "comma"),
    [("1|2", True), ("x|y", True), ("1.5|2", False), ("1.5|x", True), ("1.5|NaN", False), ("v1.5|2", True)],
)
def test_a_table_with_semicolons_gets_commas_unless_it_has_points(a, comma):
    assert found(True, a=a) == ([], {}, comma)
    assert found(False, a=a) == ([], {}, False)


def test_what_stands_for_no_number():
    cells = pl.Series(
        ["", " ", "NaN", "nan", "-inf", "Infinity", "N/A", "#N/A", "NA", "na", "#DIV/0!", "0", "x", "n", "#x"]
    )
    assert pl.select(no_number(cells)).to_series().to_list() == [True] * 11 + [False] * 4


def test_commas_become_points():
    table = frame(a="0,5|1", b="1,2|3,4")
    assert with_points(table, ["a"]).to_dict(as_series=False) == {"a": ["0.5", "1"], "b": ["1,2", "3,4"]}
    changed = with_points_in(table, {"b": np.array([False, True])})
    assert changed.to_dict(as_series=False) == {"a": ["0,5", "1"], "b": ["1,2", "3.4"]}


CELLS = ["0,5|1", "1,234|2", "1.5|2", "1,2345|NaN", "x|0,5", "0,5|x", "1.234|2", "|", "3|4", "1,234.5|7", "v1.5|a",
         "1.234|0,5"]  # fmt: skip


def test_tables_together_are_as_each_by_itself():
    random = np.random.default_rng(5)
    several = unclear = 0
    for _ in range(24):
        tables = [frame(**{name: str(random.choice(CELLS)) for name in "ab"}) for _ in range(random.integers(1, 4))]
        gap = int(random.integers(1, 3))  # with 2, each is followed by a table without rows
        owners = np.repeat(np.arange(len(tables)) * gap, 2)
        together = group_decimals(pl.concat(tables), owners, len(tables) * gap)
        each = [find_decimals(table, False) for table in tables]
        if together is None:
            unclear += 1
            assert any(one.unclear for one in each)
            continue
        for name in "ab":
            rows = together.get(name, np.zeros(len(owners), bool))
            assert rows.tolist() == [name in each[owner // gap].columns for owner in owners]
        assert not any(one.unclear for one in each)
        several += bool(together)
    assert min(several, unclear) > 2


@each(
    ("cell", "said"),
    [
        ("1,234", "could mean 1.234 or 1234: write it without ','"),
        ("1.234", "could mean 1.234 or 1234: write it without '.'"),
        (" 0,5 ", "is '0,5', beside numbers with a point: write 0.5"),
        ("1234,5", "beside numbers with a point: write 1234.5"),
        ("1,234.5", "with marks between thousands: write 1234.5"),
        ("1.234,5", "with marks between thousands: write 1234.5"),
        ("1 234,5", "write 1234.5"),
        ("1'234.5", "write 1234.5"),
        ("1.234.567", "write 1234567"),
        ("1,234,567", "write 1234567"),
        ("1 234 567", "write 1234567"),
        ("1\u202f234", "write 1234"),
        ("-1,234", "could mean -1.234 or -1234"),
    ],
)
def test_the_message_about_a_number_that_is_not_clear(cell, said):
    assert unclear_reason("x", cell).startswith(f"x is {cell.strip()!r}")
    assert said in unclear_reason("x", cell)


def commas(cells, *others):
    columns = {"a": cells.split("|"), **{f"b{n}": other.split("|") for n, other in enumerate(others)}}
    out = with_commas(pl.DataFrame(columns), [*columns, "none"])
    return ["|".join(out[name].to_list()) for name in columns]


@each(
    ("given", "written"),
    [
        (["1.5|2|x.y|"], ["1,5|2|x.y|"]),
        (["12.345|1.500|7"], ["12,3450|1,5000|7"]),  # else they could mean thousands
        (["12.345|0.5"], ["12,345|0,5"]),
        (["12.345|7", "0.25|1"], ["12,345|7", "0,25|1"]),
        (["12.345|7", "1.500|1"], ["12,3450|7", "1,5000|1"]),
        (["1234.567|7"], ["1234,567|7"]),
        (["1|2"], ["1|2"]),
        (["v1.5|x"], ["v1.5|x"]),
        (["-1.5e3|.5|5."], ["-1,5e3|,5|5,"]),
    ],
)
def test_points_become_commas_of_which_one_is_clear(given, written):
    assert commas(*given) == written
    # They are read as they were meant.
    frame = pl.DataFrame({str(n): cells.split("|") for n, cells in enumerate(written)})
    assert set(find_decimals(frame, True).unclear) == set()


@each(
    ("cells", "numbers"),
    [
        (["1", "2.5", ""], True),
        (["1", "NaN"], True),
        (["1", "x"], False),
        (["1,5"], False),
        ([], True),
        (["-1e3"], False),
        (["-1.0e3"], True),
    ],
)
def test_a_column_of_numbers_with_points(cells, numbers):
    assert all_numbers(pl.Series(cells, dtype=pl.String)) is numbers


def test_a_number_far_down_counts_too():
    plain = ["1.5"] * 150
    assert find_decimals(pl.DataFrame({"a": [*plain, "0,5"]}), False).unclear == {"a": (150, "0,5")}
    assert find_decimals(pl.DataFrame({"a": [*plain, "0,5", "x"]}), False).unclear == {}
    assert find_decimals(pl.DataFrame({"a": ["1.234"] * 150 + ["1.5"]}), True).comma is False
    assert group_decimals(pl.DataFrame({"a": [*plain, "0,5"]}), np.zeros(151, int), 1) is None
    owners = np.repeat([0, 1], [150, 1])
    assert list(group_decimals(pl.DataFrame({"a": [*plain, "0,5"]}), owners, 2)) == ["a"]
    values = with_commas(pl.DataFrame({"a": ["1.234"] * 150 + ["1.5"]}), ["a"])["a"].to_list()
    assert values == ["1,234"] * 150 + ["1,5"]
    values = with_commas(pl.DataFrame({"a": ["1.234"] * 150}), ["a"])["a"].to_list()
    assert values == ["1,2340"] * 150
