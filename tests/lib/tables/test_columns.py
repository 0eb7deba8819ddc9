"""How columns are drawn: as numbers or as categories, on which scale, in which unit, in which bins."""

import math

import numpy as np
import pytest

from lib.errors import MediaError
from lib.tables.columns import _step, categories, is_rest, plain, read_column
from lib.tables.table import Table
from tests.support.each import each


def column(name, cells, **how):
    return read_column(Table.of({name: [str(cell) for cell in cells]}), name, **how)


SPREAD = np.linspace(1, 1000, 500)
PITCHES = np.geomspace(40, 4000, 500)


@each(
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
    assert drawn.note == "not drawn: 2 empty, 1 not a number (line 3), 1 without a pitch, 2 of 0 or less"
    far = column("x", [*range(1000), 10**9, -(10**9)])
    assert far.note == "not drawn: 2 outliers"
    assert (far.lowest, far.highest) == (0, 999)
    assert column("x", range(10)).note == ""


@each(
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


@each(
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


@each(
    ("cells", "ends", "outliers"),
    [
        # Of 102 values the second and the second last are the span: ten times that beyond them is drawn.
        ([*range(101), 1090], (0, 1090), 0),
        ([*range(101), 1091], (0, 100), 1),
        ([-990, *range(101)], (-990, 100), 0),
        ([-991, *range(101)], (0, 100), 1),
    ],
)
def test_outliers_are_ten_spans_away(cells, ends, outliers):
    drawn = column("x", cells)
    assert (drawn.lowest, drawn.highest) == ends
    assert drawn.note == ("not drawn: 1 outliers" if outliers else "")


@each(
    ("name", "cells", "base"),
    [
        ("power", [1] * 50 + [10.9] + [101] * 50, 10),  # half of the values lie in the first tenth
        ("power", [1] * 50 + [11.1] + [101] * 50, 0),
        ("hz", [100] * 51 + [1000] * 50, 10),  # a decade
        ("hz", [100] * 51 + [999] * 50, 0),
        ("hz", [0] * 10 + [100] * 45 + [1000] * 45, 10),  # a tenth of zeros
        ("hz", [0] * 11 + [100] * 45 + [1000] * 44, 0),
        ("hz", [0] * 5, 0),
    ],
)
def test_edges_of_what_calls_for_a_logarithmic_axis(name, cells, base):
    assert column(name, cells).base == base


@each(
    ("name", "value", "unit", "factor"),
    [
        ("duration", 599, "s", 1), ("duration", 600, "min", 1 / 60), ("duration", 35_999, "min", 1 / 60),
        ("duration", 36_000, "h", 1 / 3600), ("dur", 599_999, "ms", 1), ("start", 600_000, "min", 1 / 60_000),
        ("vstart", 36_000_000, "h", 1 / 3_600_000), ("hz", 99_999, "Hz", 1),
    ],
)  # fmt: skip
def test_times_are_in_minutes_and_hours_from_ten_of_them_on(name, value, unit, factor):
    # (The longest in a hundred decides nothing.)
    drawn = column(name, [value] * 198 + [value * 9])
    assert drawn.unit == unit
    assert drawn.values[:198] == pytest.approx([value * factor] * 198)


@each(
    ("name", "why"),
    [("hz", "without a pitch"), ("octave", "without a pitch"),
     *((name, "without a value") for name in ("samples", "medianPower", "medianHz", "medianClarity", "medianDur")),
     ("x", "")],
)  # fmt: skip
def test_minus_one_is_no_value_in_some_columns(name, why):
    drawn = column(name, [-1, 5, 7, -1])
    assert drawn.note == (f"not drawn: 2 {why}" if why else "")
    assert drawn.drawn.tolist() == ([False, True, True, False] if why else [True] * 4)


def test_numbers_that_are_too_large_or_too_close_are_not_drawn():
    assert column("x", ["1e150", "0", "-1e150"]).note == ""
    drawn = column("x", ["1.1e150", "0", "-1.1e150"])
    assert drawn.note == "not drawn: 2 beyond 1e+150"
    assert drawn.drawn.tolist() == [False, True, False]
    assert column("x", ["0", "2e-280"]).note == ""
    assert column("x", ["-1e-279", "1.05e-279"]).note == ""
    close = column("x", ["0", "0.5e-280"])
    assert close.note == "not drawn: 2 nearer to each other than 1e-280"
    assert (close.lowest, close.highest, close.drawn.any()) == (0, 1, False)


@each(
    ("name", "shown"),
    [("year", "1905"), ("release_year", "1905"), ("of year", "1905"), ("bornYear", "1905"), ("date", "1905"),
     ("uploadDate", "1905"), ("years", "1,905"), ("x", "1,905")],
)  # fmt: skip
def test_years_have_no_comma(name, shown):
    drawn = column(name, [1900, 1905, 1910])
    assert drawn.shown(1905.0) == drawn.with_unit(1905.0) == shown


@each(
    ("value", "text"),
    [(0, "0"), (20_000, "20,000"), (0.05, "0.05"), (1e9, "1e+09"), (-1234.5, "-1,234.5"), (0.001, "0.001"),
     (0.00123456789, "0.00123456789"), (0.00098765432, "0.000987654"), (999_999.25, "999,999.25")],
)  # fmt: skip
def test_numbers_as_labels(value, text):
    assert plain(value) == text


@each(
    ("cells", "step"),
    [([1, 2, 5], 1), (["1.5", "2"], 0.1), (["1.25", "2"], 0.01), (["1.125"], 0.001), (["1.0625"], 0),
     (["1e-300", "2"], 0), (["4503599627370495", "1"], 1), (["4503599627370496", "1"], 0), ([], 0)],
)  # fmt: skip
def test_the_step_of_numbers(cells, step):
    assert _step(np.array(cells, float)) == pytest.approx(step)


def test_medians_have_four_digits_and_a_unit():
    drawn = column("hz", [440, 441, 442])
    assert [drawn.with_unit(value) for value in (440.1234, 12_345.6, 0.5)] == ["440.1 Hz", "12,350 Hz", "0.5 Hz"]
    assert column("x", [1, 2]).with_unit(1.5) == "1.5"
    assert (column("power", [1, 2]).label, column("medianPower", [1, 2]).label) == ("power (RMS)", "medianPower (RMS)")
