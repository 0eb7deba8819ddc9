"""Axes: which ticks a column has, how they are written, and how long names are; and pictures of confusions."""

import math

import numpy as np
import pytest
from matplotlib.colors import to_hex

from lib.plots.axes import new_figure, set_axis, set_title, short
from lib.plots.confusion import confusion_lines, confusion_picture
from lib.tables.columns import Column
from tests.support.each import each


def axis_of(low, high, side="x", **more):
    axes = new_figure((4, 3)).subplots()
    set_axis(axes, side, Column("n", np.array([low, high], float), lowest=low, highest=high, **more))
    (axes.set_xlim if side == "x" else axes.set_ylim)(low, high)
    return axes.xaxis if side == "x" else axes.yaxis


def ticks_of(axis):
    low, high = sorted(axis.get_view_interval())
    return [tick for tick in axis.get_majorticklocs().tolist() if low * 0.999 <= tick <= high * 1.001]


@each("side", ["x", "y"])
@each(
    ("low", "high", "ticks"),
    [
        (1, 10, [1, 2, 5, 10]), (1, 999, [1, 2, 5, 10, 20, 50, 100, 200, 500]),
        (1, 1001, [1, 3, 10, 30, 100, 300, 1000]), (1, 9999, [1, 3, 10, 30, 100, 300, 1000, 3000]),
        (1, 10_000, [1, 10, 100, 1000, 10_000]),
    ],
)  # fmt: skip
def test_ticks_of_decades(low, high, ticks, side):
    axis = axis_of(low, high, side, base=10.0)
    assert ticks_of(axis) == pytest.approx(ticks)
    assert axis.get_scale() == "log"
    assert not axis.get_minorticklocs().size


def test_within_a_decade_or_two_powers_ticks_are_evenly_spaced():
    for high, base in ((19, 10.0), (7.9, 2.0), (14, math.e)):
        low = 2
        ticks = ticks_of(axis_of(low, high, base=base))
        assert np.diff(ticks) == pytest.approx([ticks[1] - ticks[0]] * (len(ticks) - 1))
        assert 4 <= len(ticks) <= 9
    ticks = ticks_of(axis_of(2, 8.1, base=2.0))
    assert ticks == pytest.approx([2, 4, 8])
    assert len(ticks_of(axis_of(1, 2**12, base=2.0))) <= 8


def test_powers_of_e_are_written_as_such_where_there_are_two():
    shown = axis_of(1, math.e**2, base=math.e).get_major_formatter()
    assert [shown(value, 0) for value in (math.e, math.e**2, 1)] == ["$e^{1}$", "$e^{2}$", "$e^{0}$"]
    shown = axis_of(1, math.e**1.99, base=math.e).get_major_formatter()
    assert shown(2.5, 0) == "2.5"
    shown = axis_of(1, 1000, base=10.0).get_major_formatter()
    assert [shown(value, 0) for value in (0, -1, math.inf, 1000, 0.05)] == ["", "", "", "1,000", "0.05"]


@each(
    ("low", "high", "step", "ticks"),
    [(0, 8, 1.0, list(range(9))), (3.5, 4.5, 1.0, [4]), (0, 2, 1.0, [0, 1, 2]), (0, 2, 0.5, np.arange(9) / 4)],
)
def test_integers_have_ticks_at_integers(low, high, step, ticks):
    axis = axis_of(low, high, step=step)
    assert ticks_of(axis) == pytest.approx(list(ticks))
    assert axis.get_scale() == "linear"


def test_an_axis_has_eight_intervals_at_most():
    counts = [len(ticks_of(axis_of(0, high, step=step))) for high in (8, 9, 10, 16, 17, 24, 40) for step in (1.0, 0.0)]
    assert max(counts) == 9


@each("days", [2, 20, 200, 2000, 20_000])
def test_dates_have_three_to_eight_ticks(days):
    ticks = ticks_of(axis_of(10_000, 10_000 + days, is_date=True))
    assert 2 <= len(ticks) <= 9


def test_categories_have_their_names_as_they_are():
    axis = axis_of(-0.5, 1.5, "y", names=("$a$", "x" * 40))
    assert axis.get_ticklocs().tolist() == [0, 1]
    assert [label.get_text() for label in axis.get_ticklabels()] == ["$a$", "x" * 15 + "..." + "x" * 15]
    assert not any(label.get_parse_math() for label in axis.get_ticklabels())
    assert not axis.label.get_parse_math()


@each(
    ("name", "label"),
    [("x" * 32, "x" * 32), ("a" * 20 + "b" * 13, "a" * 15 + "..." + "aa" + "b" * 13),
     ("a\tb\u200b", "a b "), ("", "")],
)  # fmt: skip
def test_long_names_are_cut_in_their_middle(name, label):
    assert short(name) == label


def test_a_title_and_its_note_are_two_lines():
    axes = new_figure((4, 3)).subplots()
    set_title(axes, "$a$", "")
    assert axes.get_title(loc="left") == "$a$"
    set_title(axes, "a", "b")
    assert axes.get_title(loc="left") == "a\nb"
    assert not axes._left_title.get_parse_math()


COUNTS = np.array([[3, 1, 0], [2, 2, 0], [0, 0, 0]])


def test_a_confusion_is_shown_by_shares_of_the_true_class():
    figure = confusion_picture(["kick", "snare", "hat"], COUNTS, "title")
    assert figure.get_size_inches().tolist() == [3 + 3 * 0.5 + 1, 3 + 3 * 0.5]
    (axes,) = figure.axes
    (image,) = axes.images
    assert image.get_array().tolist() == [[0.75, 0.25, 0], [0.5, 0.5, 0], [0, 0, 0]]
    assert image.get_clim() == (0, 1)
    texts = {text.get_position(): (text.get_text(), to_hex(text.get_color())) for text in axes.texts}
    white, black = "#ffffff", "#000000"
    assert texts == {(0, 0): ("3", white), (1, 0): ("1", black), (0, 1): ("2", black), (1, 1): ("2", black)}
    assert {(text.get_ha(), text.get_va()) for text in axes.texts} == {("center", "center")}
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("predicted", "true", "title")
    assert axes.get_xticks().tolist() == axes.get_yticks().tolist() == [0, 1, 2]
    assert {label.get_rotation() for label in axes.get_xticklabels()} == {90}
    (many,) = confusion_picture(["x"], np.array([[1234]]), "").axes
    assert many.texts[0].get_text() == "1,234"


def test_a_confusion_in_words_names_the_most_frequent_mistakes_first():
    counts = np.array([[1200, 3, 3, 1000], [0, 0, 0, 5], [0, 0, 7, 0], [0, 0, 0, 0]])
    assert confusion_lines(["a", "c", "b", "d"], counts) == [
        "  a: 1,200 of 2,206; taken for d (1,000), b (3), c (3)",
        "  c: 0 of 5; taken for d (5)",
        "  b: 7 of 7",
        "  d: 0 of 0",
    ]
