"""Dates in tables, against the calendar of the standard library."""

from datetime import UTC, datetime

import numpy as np
import pytest

from lib.tables.dates import dates, days, shown
from tests.support.each import each


def since(*parts):
    return datetime(*parts, tzinfo=UTC).timestamp() / 86_400


@each(
    ("cell", "expected"),
    [
        ("1931", since(1931, 1, 1)),
        ("1931-05", since(1931, 5, 1)),
        (" 1931-05-17 ", since(1931, 5, 17)),
        ("2000-02-29", since(2000, 2, 29)),
        ("1969-12-31T23:00", since(1969, 12, 31, 23)),
        ("1970-01-01 00:30", since(1970, 1, 1, 0, 30)),
        ("1970-01-01 00:00:09.75", since(1970, 1, 1, 0, 0, 9)),
        ("2024-11-30T13:14:15Z", since(2024, 11, 30, 13, 14, 15)),
        ("2024-11-30T13:14:15 UTC", since(2024, 11, 30, 13, 14, 15)),
        ("2024-11-30T13:14:15+00:00", since(2024, 11, 30, 13, 14, 15)),
        ("2999-12-31", since(2999, 12, 31)),
    ],
)
def test_a_date_is_a_number_of_days(cell, expected):
    assert days(cell) == pytest.approx(expected, abs=1e-9)


@each(
    "cell",
    ["", "0931", "3000", "193", "1931-13", "1931-00", "1931-5", "1931-05-32", "1930-02-30", "1931-05-01T24:00", "1931x",
     "1931-05-01T23:60", "1931-05-01T23:59:60", "1931-05-01T2", "1931-05-01T23:59+01:00", "١٩٣١"],
)  # fmt: skip
def test_what_is_no_date(cell):
    assert np.isnan(days(cell))


def test_a_column_of_dates_has_more_of_them_than_of_others_and_not_only_years():
    assert dates(["1931", "1932-05", ""]) == pytest.approx([since(1931, 1, 1), since(1932, 5, 1), np.nan], nan_ok=True)
    assert dates(["1931", "1932", "1933"]) is None
    assert dates(["1931-01", "x"]) is None  # half of them
    assert dates(["1931-01", "1931-02", "x"]) is not None
    assert dates(["a-b", "1931", "1932"]) is None  # what has a dash is not a date
    assert dates([]) is None
    assert dates(["", ""]) is None


@each("cell", ["1931-05-01", "1970-01-01", "1969-12-31", "2024-02-29"])
def test_days_are_shown_as_a_date(cell):
    assert shown(days(cell)) == cell
    assert shown(days(cell) + 0.99) == cell
