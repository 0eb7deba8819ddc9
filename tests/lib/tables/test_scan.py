"""Many tables scanned at once: against the csv module, table by table."""

import csv
import io

import numpy as np

from lib.tables.scan import last_row_end, row_ends, scan, without
from tests.support.each import each

CELLS = ["", "a", "1.5", '"b"', '"c,d"', '"e\nf"', '"g""h"', '"i;j"', '"k\r\nl"', "m;n"]
BAD_CELLS = ['a"b', '"a"b', "a\rb", "a,b"]


def plain_reading(text, separator, width):
    """Whether a table is in order, and its rows: by reading each character."""
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    good = all(len(row) == width for row in rows)
    inside = False
    for n, letter in enumerate(text):
        before, after = text[n - 1] if n else "\n", text[n + 1] if n + 1 < len(text) else "\n"
        if letter == '"':
            inside = not inside
            good &= before in ("\n", separator, '"') if inside else after in ("\n", "\r", separator, '"')
        elif letter == "\r" and not inside:
            good &= after == "\n"
    return good, len(rows)


@each("separator", [",", ";"])
@each("seed", range(6))
def test_tables_are_found_to_be_in_order_one_by_one(separator, seed):
    random = np.random.default_rng(seed)
    texts, kinds = [], set()
    for _ in range(60):
        ending = random.choice(["\n", "\r\n"])
        cells = [*CELLS, *BAD_CELLS] if random.random() < 0.3 else CELLS[: random.integers(1, 11)]
        rows = [
            separator.join(random.choice(cells, random.choice([3, 3, 3, 3, 3, 3, 3, 3, 2, 4])))
            for _ in range(random.integers(0, 5))
        ]
        text = "".join(row + ending for row in rows)
        texts.append(text if text.count('"') % 2 == 0 else "")
    data = "".join(texts).encode()
    ends = np.cumsum([len(text) for text in texts])
    found = scan(data, ends, separator, 3)
    for n, text in enumerate(texts):
        good, rows = plain_reading(text, separator, 3)
        assert found.good[n] == good, text
        if good:
            assert found.counts[n] == rows
        kinds.add((good, rows > 0))
    assert kinds >= {(True, True), (True, False), (False, True)}
    # Of good tables, without the carriage returns that end rows, only line breaks are left.
    whole = [text for n, text in enumerate(texts) if found.good[n]]
    again = scan("".join(whole).encode(), np.cumsum([len(text) for text in whole]), separator, 3)
    left = without("".join(whole).encode(), again.returns).decode()
    rows = list(csv.reader(io.StringIO("".join(whole), newline=""), delimiter=separator))
    assert list(csv.reader(io.StringIO(left, newline=""), delimiter=separator)) == rows
    assert left.replace("k\r\nl", "").count("\r") == 0


def test_rows_end_at_line_breaks_outside_of_quotes():
    assert row_ends(b'a,"b\nc"\nd\n\n"e""\n",f\ng').tolist() == [8, 10, 11, 20]
    assert row_ends(b"").tolist() == []
    assert without(b"abcdef", np.array([0, 3])) == b"bcef"
    assert without(b"abc", np.array([], int)) == b"abc"


def test_the_last_line_break_that_ends_a_row():
    data = b'\na,"b\nc\n"\nd\n\n"e""\n",f\ng'
    for end in range(len(data) + 1):
        assert last_row_end(data[:end]) == max(row_ends(data[:end]).tolist(), default=0)
