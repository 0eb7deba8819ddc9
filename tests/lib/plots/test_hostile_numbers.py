"""Numbers at their ends, dates, years, other cells, and names in every script: drawn, or the reason is told."""

import warnings
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager
from matplotlib.dates import AutoDateLocator
from matplotlib.text import Text

from lib.plots.axes import DATE_TICKS
from lib.plots.figures import Colours, curve, scatter
from lib.plots.finish import fallbacks, finish
from lib.plots.histograms import histograms
from lib.plots.output import save_picture
from lib.tables.columns import read_column
from lib.tables.dates import dates, days, shown
from lib.tables.table import Table
from tests.support.each import each

HOSTILE = {
    "beyond 2**53": [str(2**53 + 3 * n) for n in range(400)],
    "1e18 + k": [str(10**18 + n) for n in range(400)],
    "-1e17 - k": [str(-(10**17) - n) for n in range(400)],
    "one long number": [str(2**53 + 1)] * 400,
    "+-1e308": ["1e308", "-1e308"] * 200,
    "1e-300 to 1e300": ["1e-300", "1e300", "1", "5"] * 100,
    "mostly 1e-300": ["1e-300", "1e-300", "1", "1e300"] * 100,
    "the largest and the smallest": ["1.7976931348623157e308", "5e-324"] * 200,
    "0": ["0", "-0"] * 200,
    "the smallest": [str(5e-324 * n) for n in range(400)],
    "1 + the smallest step": [repr(1 + n * 2.0**-52) for n in range(400)],
    "powers": [f"1e{n}" for n in range(-200, 200)],
}


@pytest.fixture(autouse=True)
def strict():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def bars(axes):
    return [patch.get_height() for patch in axes.patches]


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_all_numbers_are_drawn_or_it_is_reported_why_not(tmp_path, name):
    table = Table.of({name: HOSTILE[name], "n": [str(n) for n in range(400)]})
    figure = histograms(table, [name])
    save_picture(figure, tmp_path / "a.png")
    axes = figure.axes[0]
    drawn = sum(bars(axes))
    column = read_column(table, name)
    assert drawn == column.drawn.sum()
    assert drawn == 400 or "not drawn: " in axes.get_title(loc="left")
    if axes.get_xscale() == "linear":
        left, right = axes.get_xlim()
        assert all(patch.get_width() / (right - left) > 1e-3 for patch in axes.patches)
    for picture in (curve(table, name), scatter(table, name, name, highlight=name)):
        save_picture(picture, tmp_path / "b.png")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "base"), [("mostly 1e-300", 1), ("the largest and the smallest", 1), ("1e-300 to 1e300", 2)]
)
def test_logarithmic_axes_take_them_too(tmp_path, name, base):
    table = Table.of({name: HOSTILE[name][:40], "n": [str(n) for n in range(40)]})
    save_picture(scatter(table, name, "n", log_base=base), tmp_path / "a.png")


def test_long_numbers_are_differences_exactly():
    column = read_column(Table.of({"x": HOSTILE["1e18 + k"]}), "x")
    assert column.values.tolist() == list(range(400))
    assert column.label == "x - 1,000,000,000,000,000,000"
    assert column.with_unit(7) == "1,000,000,000,000,000,007"
    column = read_column(Table.of({"x": HOSTILE["-1e17 - k"]}), "x")
    assert column.label == "x + 100,000,000,000,000,399"
    assert column.with_unit(399) == "-100,000,000,000,000,000"
    # Numbers whose labels differ anyway are drawn as they are.
    assert read_column(Table.of({"x": ["10000000", "20000000"]}), "x").label == "x"
    assert bars(histograms(Table.of({"x": HOSTILE["one long number"]}), ["x"]).axes[0]) == [400]


@each(("name", "what"), [("hz", "pitch"), ("octave", "pitch"), ("medianHz", "value"), ("samples", "value")])
def test_minus_one_is_not_a_number_where_it_means_none(name, what):
    column = read_column(Table.of({name: ["-1", "2", "5", "-1", "3"]}), name)
    assert column.lowest == 2
    assert column.note == f"not drawn: 2 without a {what}"
    assert read_column(Table.of({"x": ["-1", "2", "5"]}), "x").lowest == -1


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels() if label.get_visible() and label.get_text()]


@pytest.mark.slow
def test_years_are_not_thousands():
    years = [str(year) for year in range(1905, 1935)]
    names = ["year", "date", "publicdate", "count"]
    figure = histograms(Table.of(dict.fromkeys(names, years)), names, per_row=4)
    finish(figure)
    for axes in figure.axes[:3]:
        assert "1908" in labels(axes.xaxis)
        assert not any("," in label for label in labels(axes.xaxis))
    assert "1,908" in labels(figure.axes[3].xaxis)


@each("nothing", ["NaN", "NA", "inf", ""])
def test_what_is_no_number_does_not_make_a_column_of_numbers_one_of_text(nothing):
    column = read_column(Table.of({"x": ["1.5", *[nothing] * 9, "2"]}), "x")
    assert column.names is None
    assert column.note == "not drawn: 9 empty"
    assert column.drawn.sum() == 2
    assert read_column(Table.of({"x": ["1.5", *["word"] * 9]}), "x").names == ("word", "1.5")


@each(
    ("cell", "day"),
    [
        ("1970-01-01", 0),
        ("1970-01-02T12:00:00Z", 1.5),
        ("1969-12", -31),
        ("1972", 730),
        (" 1970-01-02 06:00 ", 1.25),
        ("1970-02-30", np.nan),
        ("1970-13-01", np.nan),
        ("12", np.nan),
        ("19700101", np.nan),
        ("", np.nan),
    ],
)
def test_dates_are_days(cell, day):
    assert days(cell) == pytest.approx(day, nan_ok=True)


def test_columns_of_dates():
    assert dates(["1931", "1932", "1933"]) is None
    assert dates(["1931", "1932-01", "x", ""]).tolist()[:2] == [days("1931"), days("1932-01")]
    assert dates(["1931-01-01", "x", "y"]) is None
    assert shown(days("1931-05-01")) == "1931-05-01"


def test_every_span_of_time_has_ticks_and_no_warning():
    begin = datetime(1903, 2, 27)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seconds in np.geomspace(2, 800 * 365.25 * 86400, 150):
            ticks = AutoDateLocator(*DATE_TICKS).tick_values(begin, begin + timedelta(seconds=seconds))
            assert 2 <= len(ticks) <= 9


@pytest.mark.slow
def test_dates_are_an_axis_of_time():
    cells = [f"{year}-07-01T00:00:00Z" for year in range(1905, 1965)]
    table = Table.of({"date": [*cells, "unknown"], "n": [str(n) for n in range(61)]})
    figure = histograms(table, ["date"])
    finish(figure)
    axes = figure.axes[0]
    assert axes.get_title(loc="left") == "date: 60 rows, median 1934-12-30\nnot drawn: 1 empty or no date"
    ticks = labels(axes.xaxis)
    assert {"1910", "1930", "1950"} <= set(ticks)
    assert sum(bars(axes)) == 60
    assert Colours(table, "date").palette == []  # a range of colours, not 60 names
    for picture in (
        scatter(table, "date", "n"),
        scatter(table, "n", "date"),
        scatter(table, "n", "n", highlight="date"),
    ):
        finish(picture)
    assert read_column(Table.of({"date": ["1931-05-01"]}), "date").lowest == days("1931-05-01") - 0.5


# Few and many, short and long ones.
@pytest.mark.slow
@pytest.mark.parametrize(("count", "length"), [(4, 3), (4, 60), (14, 12), (20, 3), (20, 60)])
def test_labels_never_touch(count, length):
    names = [f"{n:02}".ljust(length, "x") for n in range(count)]
    table = Table.of({"name": names * 3, "n": [str(10**6 * n) for n in range(3 * count)]})
    for figure in (
        scatter(table, "name", "n"),
        scatter(table, "n", "name"),
        histograms(table, ["name", "n"], per_row=2, inches=(6, 4)),
    ):
        finish(figure)
        figure.draw_without_rendering()
        for axes in figure.axes:
            for axis, first, last in ((axes.xaxis, "x0", "x1"), (axes.yaxis, "y0", "y1")):
                boxes = [t.get_window_extent() for t in axis.get_ticklabels() if t.get_visible() and t.get_text()]
                boxes.sort(key=lambda box: getattr(box, first))
                for one, next_ in pairwise(boxes):
                    assert getattr(one, last) <= getattr(next_, first) + 0.5


@pytest.fixture
def font(tmp_path, monkeypatch):
    """A font that is installed and has 日 and 本, each a box, and none of the Latin letters."""
    pen = TTGlyphPen(None)
    for move, *place in (("moveTo", 0, 0), ("lineTo", 900, 0), ("lineTo", 900, 900), ("lineTo", 0, 900)):
        getattr(pen, move)(tuple(place))
    pen.closePath()
    glyph = pen.glyph()
    build = FontBuilder(1000, isTTF=True)
    order = [".notdef", "sun", "tree"]
    build.setupGlyphOrder(order)
    build.setupCharacterMap({ord("日"): "sun", ord("本"): "tree"})
    build.setupGlyf(dict.fromkeys(order, glyph))
    build.setupHorizontalMetrics(dict.fromkeys(order, (1000, 0)))
    build.setupHorizontalHeader(ascent=900, descent=-100)
    build.setupNameTable({"familyName": "Two Letters", "styleName": "Regular"})
    build.setupOS2(sTypoAscender=900, usWinAscent=900, usWinDescent=100)
    build.setupPost()
    path = tmp_path / "two.ttf"
    build.save(path)
    entry = font_manager.ttfFontProperty(font_manager.get_font(str(path)))
    usual = [e for e in font_manager.fontManager.ttflist if e.name == "DejaVu Sans"]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [*usual, entry])
    return Path(path)


@pytest.mark.slow
def test_names_get_the_fonts_that_have_their_letters(font, tmp_path):
    assert fallbacks("日本本") == (["Two Letters"], set())
    table = Table.of({"title": ["日本", "日本", "plain"]})
    figure = histograms(table, ["title"])
    assert save_picture(figure, tmp_path / "a.png") == f"picture: {tmp_path / 'a.png'}"
    families = {t.get_text(): t.get_fontfamily() for t in figure.findobj(Text) if t.get_text()}
    assert families["日本"] == ["DejaVu Sans", "Two Letters"]
    assert "Two Letters" not in families["plain"]


@pytest.mark.slow
def test_letters_that_no_font_has_are_one_hint(font, tmp_path):
    table = Table.of({"title": ["ไทย", "日本", "หนัง", "हिन्दी"], "n": list("1234")})
    said = save_picture(scatter(table, "title", "n"), tmp_path / "a.png")
    assert said.startswith(f"picture: {tmp_path / 'a.png'} (no installed font has the letters ")
    assert "日" not in said
    assert said.count("\n") == 0
    assert "Noto" in said
