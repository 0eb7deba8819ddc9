"""How columns are drawn: as numbers or as categories, on which scale, in which unit, in which bins."""

import math

import numpy as np
import pytest

from lib.errors import MediaError
from lib.tables.columns import categories, is_rest, read_column
from lib.tables.table import Table


def column(name, cells, **how):
    return read_column(Table.of({name: [str(cell) for cell in cells]}), name, **how)


SPREAD = np.linspace(1, 1000, 500)
PITCHES = np.geomspace(40, 4000, 500)


@pytest.mark.parametrize(
    ("name", "values", "base"),
    [
        ("hz", PITCHES, 10),
        ("medianHz", PITCHES, 10),
        ("hz", np.linspace(100, 3000, 500), 10),  # even if evenly
        ("hz", np.linspace(300, 900, 500), 0),  # within a decade
        ("power", np.geomspace(0.01, 100, 500), 10),  # pressed together at the beginning of a linear axis
        ("start", SPREAD, 0),  # over decades, but evenly
        ("tsne", np.linspace(-50, 50, 500), 0),
        ("octave", np.arange(500) % 8 - 1, 0),
    ],
)
def test_a_logarithmic_axis_where_values_call_for_it(name, values, base):
    assert column(name, values).base == base


@pytest.mark.parametrize(("log", "base"), [(1, math.e), (2, 2), (10, 10)])
def test_a_logarithmic_axis_where_it_is_asked_for(log, base):
    assert column("dur", SPREAD, log_base=log).base == base
    assert column("tsne", np.linspace(-50, 50, 99), log_base=log).base == 0  # it cannot have one


def test_what_is_not_drawn_is_reported():
    cells = ["", "x", "nan", *PITCHES, "0", "0", "-1"]
    drawn = column("hz", cells)
    assert drawn.drawn.tolist() == [False] * 3 + [True] * len(PITCHES) + [False] * 3
    assert drawn.note == "not drawn: 3 empty or not a number, 1 without a pitch, 2 of 0 or less"
    far = column("x", [*range(1000), 10**9, -(10**9)])
    assert far.note == "not drawn: 2 outliers"
    assert (far.lowest, far.highest) == (0, 999)
    assert column("x", range(10)).note == ""


@pytest.mark.parametrize(
    ("name", "values", "label", "highest"),
    [
        ("dur", [80, 1000], "dur (ms)", 1000),
        ("start", [0, 1_200_000], "start (min)", 20),
        ("start", [0, 72_000_000], "start (h)", 20),
        ("duration", [0, 300], "duration (s)", 300),
        ("duration", [0, 6000], "duration (min)", 100),
        ("clarity", [1, 30], "clarity (dB)", 30),
        ("medianHz", [100, 200], "medianHz (Hz)", 200),
        ("samples", [100, 200], "samples", 200),
    ],
)
def test_units_are_those_that_are_read_most_easily(name, values, label, highest):
    drawn = column(name, values)
    assert drawn.label == label
    assert drawn.highest == pytest.approx(highest)


def test_bins_hold_the_same_number_of_steps_each():
    whole = column("dur", range(80, 1001))
    counts, _ = np.histogram(whole.values, whole.edges(50))
    assert set(counts[:-1].tolist()) == {19}  # 921 numbers in bins of 19
    hundredths = column("x", [f"{n / 100:.2f}" for n in range(1, 1000)])
    counts, _ = np.histogram(hundredths.values, hundredths.edges(50))
    assert set(counts[:-1].tolist()) == {20}


@pytest.mark.parametrize("cells", [range(10, 5000), [f"{n / 100:.2f}" for n in range(1, 5000)], PITCHES])
def test_bins_of_a_logarithmic_axis_hold_all_values_and_no_more_than_their_share_of_it(cells):
    drawn = column("hz", cells, log_base=10)
    edges = drawn.edges(50)
    counts, _ = np.histogram(drawn.values, edges)
    assert len(edges) <= 51
    assert counts.sum() == len(drawn.values)
    assert (np.diff(edges) > 0).all()
    # Not narrower than a step; above that, all as wide as each other.
    assert (np.diff(edges) >= 0.99 * drawn.step).all()
    wide = np.diff(np.log(edges))[np.diff(edges) > 10 * drawn.step]
    assert wide.max() < 1.4 * wide.min()


@pytest.mark.parametrize(
    ("cells", "log_base", "ends"),
    [
        (["5"], 0, (4.5, 5.5)),
        (["5", "5"], 0, (4.5, 5.5)),
        (["0.25"], 0, (-0.25, 0.75)),
        (["0"], 0, (-0.5, 0.5)),
        (["440.1234"], 0, (439.6234, 440.6234)),
        (["440", "440"], 2, (220, 880)),  # an octave to each side
    ],
)
def test_one_value_has_an_axis_around_it(cells, log_base, ends):
    drawn = column("x", cells, log_base=log_base)
    assert (drawn.lowest, drawn.highest) == pytest.approx(ends)
    for most in (1, 7):
        edges = drawn.edges(most)
        assert len(edges) <= most + 1
        assert edges[0] < float(cells[0]) < edges[-1]
        assert float(cells[0]) not in edges
        assert max(np.histogram(drawn.values, edges)[0]) == len(cells)


def test_text_is_ranked_by_how_often_it_occurs_and_the_rest_is_other():
    cells = ["b"] * 3 + ["a"] * 3 + ["c"] * 5 + ["d", "e", "e", ""]
    drawn = categories(Table.of({"x": cells}), "x", 3)
    assert drawn.names == ("c", "a", "b", "other (2 names)")
    assert drawn.counts == (5, 3, 3, 3)
    assert drawn.values.tolist()[:3] == [2, 2, 2]
    assert drawn.values.tolist()[-4:-1] == [3, 3, 3]
    assert math.isnan(drawn.values[-1])
    assert drawn.note == "not drawn: 1 empty"
    assert [is_rest(name) for name in drawn.names] == [False, False, False, True]


def test_notes_come_in_the_order_of_their_pitch():
    drawn = read_column(Table.of({"note": ["B", "A#", "-", "C", "C"]}), "note")
    assert drawn.names == ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B", "-")
    assert drawn.counts == (2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1)
    assert drawn.values.tolist() == [11, 10, 12, 0, 0]


def test_a_few_numbers_as_categories_come_in_rising_order():
    drawn = categories(Table.of({"octave": ["10", "9", "9", "-1"]}), "octave", 12)
    assert drawn.names == ("-1", "9", "10")


def test_a_column_is_text_if_most_of_its_cells_are():
    assert column("x", ["1", "a", "b"]).names == ("1", "a", "b")
    assert column("x", ["1", "2", "b"]).names is None
    assert column("x", ["", ""]).names is None


def test_a_missing_column_is_named():
    with pytest.raises(MediaError, match="no column 'y'; its columns are: x"):
        read_column(Table.of({"x": ["1"]}), "y")
