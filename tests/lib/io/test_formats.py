"""Numbers as people read them."""

from lib.io.formats import aligned, hours
from tests.support.each import each


@each(
    ("seconds", "text"),
    [
        (0, "0:00:00"),
        (59.4, "0:00:59"),
        (59.6, "0:01:00"),
        (3723.4, "1:02:03"),
        (3599.7, "1:00:00"),
        (360_000, "100:00:00"),
    ],
)
def test_hours(seconds, text):
    assert hours(seconds) == text


def test_columns_are_aligned():
    rows = [["", "a", "bcd"], ["long", "12", "3"], ["x", "-", ""]]
    assert aligned(rows) == ["       a  bcd", "long  12    3", "x      -"]
