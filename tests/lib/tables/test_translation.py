"""A plain table in a dialect, read back by Python's own reader of CSV."""

import csv
import io

from lib.tables.dialects import Dialect
from lib.tables.translation import translate
from tests.support.each import each


@each("separator", [",", ";", "\t"])
@each("encoding", ["utf-8", "utf-16-le"])
@each(
    "rows",
    [
        [["a", "0.5"], ["", "é"], ["b", ""]],
        [["a;b", "0.5"], ["c", "1"]],
        [["a\tb", "0.5"], ["c", "1"]],
        [["a, b", "0.5"], ["c", "1"]],
        [["a\nb", "0.5"], ['c"d', "1"]],
    ],
    ids=["plain", "semicolon", "tab", "comma", "quoted"],
)
def test_cells_are_the_same_in_every_dialect(tmp_path, rows, encoding, separator):
    path = tmp_path / "t.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([["x", "y"], *rows])
    translate(str(path), ["x", "y"], Dialect(separator, "\r\n", encoding), {"y"})
    text = path.read_bytes().decode(encoding)
    assert list(csv.reader(io.StringIO(text, newline=""), delimiter=separator)) == [["x", "y"], *rows]
    assert text.replace("\r\n", "").count("\n") == sum(cell.count("\n") for row in rows for cell in row)


def test_decimal_commas_are_in_their_columns_only(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x,y\n0.5,0.5\n1.5,v1.5\n")
    translate(str(path), ["x", "y"], Dialect(";", decimal=","), {"y"})
    assert path.read_text() == "x;y\n0.5;0,5\n1.5;v1.5\n"
