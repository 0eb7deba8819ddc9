"""What is said of a column that is there under another name."""

from lib.tables.spelling import meant_by
from tests.support.each import each


@each(
    ("name", "said"),
    [
        ("“power", " (it has 'power': the names must be the same)"),
        ("“dur”", " (it has 'dur': the names must be the same)"),
        ("Median Power", " (it has 'medianPower': the names must be the same)"),
        ("power dur", " (columns are joined by commas: power,dur)"),
        ("power;dur", " (in a sort: power&dur; elsewhere columns are joined by commas)"),
        ("power volume", ""),
        ("volume", ""),
    ],
)
def test_a_column_is_named_as_it_is_meant(name, said):
    assert meant_by(name, ["power", "dur", "medianPower"]) == said
