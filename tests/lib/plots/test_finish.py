"""The last touch: which labels are turned or hidden, and which fonts are taken, with labels of given places."""

from types import SimpleNamespace

import pytest
from matplotlib.figure import Figure

from lib.plots import finish
from tests.support.each import each


class Label:
    """A label from one place to another."""

    def __init__(self, begin, end):
        self.span, self.hidden = (begin, end), False

    def set_visible(self, visible):
        self.hidden = not visible


@pytest.fixture
def labels(monkeypatch):
    monkeypatch.setattr(finish, "_labels", lambda axis: axis)
    monkeypatch.setattr(finish, "_span", lambda label, side: label.span)


@each(
    ("spans", "touch"),
    [
        ([], False), ([(0, 10)], False), ([(0, 10), (12, 20)], False), ([(0, 10), (11.9, 20)], True),
        ([(30, 40), (0, 10), (12, 28)], False), ([(30, 40), (0, 10), (12, 29)], True),
    ],
)  # fmt: skip
def test_labels_need_two_pixels_between_them(labels, spans, touch):
    assert finish._overlap([Label(*span) for span in spans], "x") == touch


@each(
    ("spans", "hidden"),
    [
        ([(0, 10), (12, 20), (22, 30)], []), ([(0, 10), (11, 20), (12, 20)], [1]),
        ([(0, 30), (5, 10), (31, 40), (32, 40)], [1, 2]),
        ([(20, 30), (0, 10), (11, 19)], [2]), ([(-50, -40), (-39, -30)], [1]),
    ],
)  # fmt: skip
def test_labels_that_touch_the_one_before_are_hidden(labels, spans, hidden):
    made = [Label(*span) for span in spans]
    finish._thin(made, "x")
    assert [n for n, label in enumerate(made) if label.hidden] == hidden


def test_the_place_of_a_label_is_that_along_its_axis():
    box = SimpleNamespace(x0=1, x1=2, y0=3, y1=4)
    label = SimpleNamespace(get_window_extent=lambda: box)
    assert (finish._span(label, "x"), finish._span(label, "y")) == ((1, 2), (3, 4))


@pytest.mark.parametrize(("wide", "turned"), [(1, 0), (40, 90)])
def test_names_that_do_not_fit_side_by_side_are_turned(wide, turned):
    figure = Figure(figsize=(3, 2))
    axes = figure.subplots()
    axes.set_xticks(range(4), ["x" * wide] * 4)
    axes.set_yticks([0, 0.02], ["a", "b"])
    axes.set_ylim(-1, 1)
    assert finish.finish(figure) == ""
    assert {label.get_rotation() for label in axes.get_xticklabels()} == {turned}
    # (What is hidden is not listed.)
    assert len(axes.get_xticklabels()) == 4
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a"]


@each(("count", "more"), [(1, ""), (6, ""), (7, " ..."), (20, " ...")])
def test_six_letters_without_a_font_are_shown(monkeypatch, count, more):
    letters = [chr(0x4E00 + n) for n in range(count)]
    monkeypatch.setattr(finish, "_give_fonts", lambda figure: set(letters))
    figure = Figure(figsize=(1, 1))
    said = f"no installed font has the letters {' '.join(letters[:6])}{more}: boxes take their place"
    assert finish.finish(figure).startswith(said)
