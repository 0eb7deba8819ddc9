"""Tables of samples: what rows mean, and which columns a second run keeps."""

import pytest

from lib.errors import MediaError
from lib.tables.sample_rows import read_samples, sample_spans
from lib.tables.table import Table, write_table
from tests.support.each import each


def samples(*rows):
    names, starts, lengths = zip(*rows)
    return Table.of({"filename": names, "start": map(str, starts), "dur": map(str, lengths)}, "t.csv")


def test_rows_are_gathered_by_file():
    spans = sample_spans(samples(("a.wav", 0, 10), ("b.wav", 5, 6.5), ("a.wav", 7, 0)))
    assert spans == {"a.wav": {0: (0, 10), 2: (7, 0)}, "b.wav": {1: (5, 6.5)}}


@each(
    ("row", "said"),
    [
        (("a.wav", -5, 10), "line 3: start is -5"),
        (("a.wav", 5, -1), "line 3: dur is -1"),
        (("a.wav", "x", 10), "line 3: start is 'x'"),
        (("a.wav", "", 10), "line 3: start is ''"),
        (("", 5, 10), "t.csv: line 3 has no filename"),
        (("../a.wav", 5, 10), "t.csv: line 3: ../a.wav: refused: outside the media folder"),
    ],
)
def test_rows_that_cannot_be_meant(row, said):
    with pytest.raises(MediaError, match=said):
        sample_spans(samples(("a.wav", 0, 10), row))


def test_the_output_keeps_its_maps_while_the_samples_are_the_same(workplace):
    table = samples(("a.wav", 0, 10), ("b.wav", 5, 10))
    write_table(table.with_columns({"power": ["1", "2"]}), "in.csv")
    write_table(table.with_columns({"power": ["8", "9"], "map": ["3.5", "x"]}), "out.csv")
    read = read_samples("in.csv", "out.csv")
    assert read.columns == ["filename", "start", "dur", "power", "map"]
    assert read.text("power") == ["1", "2"]
    assert read.text("map") == ["3.5", "x"]
    write_table(samples(("a.wav", 0, 10), ("b.wav", 6, 10)), "in.csv")
    assert read_samples("in.csv", "out.csv").columns == ["filename", "start", "dur"]
    assert read_samples("in.csv", "in.csv").columns == ["filename", "start", "dur"]
