"""What the pictures show, asked of the figures themselves."""

from functools import cache

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.colors import to_hex, to_rgb

from lib.errors import MediaError
from lib.math.notes import hz_to_note
from lib.plots.axes import OTHER_COLOUR, plain, short
from lib.plots.confusion import confusion_lines, confusion_picture
from lib.plots.figures import COLOURS, MOST_CURVE_POINTS, MOST_POINTS, curve, scatter
from lib.plots.histograms import bin_edges, histograms
from lib.tables.columns import read_column
from lib.tables.table import Table
from tests.support.each import each

COLUMNS = ["power", "dur", "clarity", "hz", "note", "octave"]


@cache
def samples(count, files=40):
    """A table of samples as the stages make them."""
    random = np.random.default_rng(count)
    hz = np.round(np.exp(random.normal(5.8, 0.8, count)), 2)
    notes = [hz_to_note(value) for value in hz]
    return Table.of(
        {
            "filename": [f"film {n}.mp4" for n in random.integers(0, files, count)],
            "dur": [str(n) for n in random.integers(80, 1001, count)],
            "power": [f"{v:.2f}" for v in random.lognormal(0, 1.5, count) + 0.01],
            "hz": [f"{v:.2f}" for v in hz],
            "clarity": [f"{v:.2f}" for v in random.normal(20, 5, count)],
            "note": [note for note, _ in notes],
            "octave": [str(octave) for _, octave in notes],
        }
    )


def drawn(figure):
    """Draw a figure, as saving it does, and return its axes and the words in it."""
    FigureCanvasAgg(figure).draw()
    words = " | ".join(t.get_text() for t in figure.findobj(lambda a: hasattr(a, "get_text")) if t.get_text())
    return figure.axes, words


def overlaps(axes):
    """Pairs of labels of an axis that lie over each other."""
    renderer = axes.figure.canvas.get_renderer()
    found = []
    for axis in (axes.xaxis, axes.yaxis):
        boxes = [t.get_window_extent(renderer) for t in axis.get_ticklabels() if t.get_text() and t.get_visible()]
        low, high = axis.get_view_interval()
        places = [p for p, t in zip(axis.get_ticklocs(), axis.get_ticklabels()) if t.get_text()]
        inside = [box for box, place in zip(boxes, places) if min(low, high) <= place <= max(low, high)]
        found += [(a, b) for n, a in enumerate(inside) for b in inside[n + 1 :] if a.overlaps(b)]
    return found


def test_three_histograms_stand_side_by_side():
    table = Table.of({f"c{n}": ["1", "2", "4"] for n in range(4)})
    figure = histograms(table, table.columns)
    figure.draw_without_rendering()
    rows = [round(axes.get_position().y0, 3) for axes in figure.axes]
    assert rows[0] == rows[1] == rows[2] > rows[3]


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 5, 3000, 30_000])
def test_histograms_show_every_row_once(count):
    table = samples(count)
    axes, words = drawn(histograms(table, COLUMNS))
    assert len(axes) == 6
    for ax, name in zip(axes, COLUMNS, strict=True):
        heights = [patch.get_height() for patch in ax.patches]
        shown = count - (table.text(name).count("-1") if name == "octave" else 0)  # -1: there is no pitch
        assert sum(heights) == shown, name
        assert len(heights) <= 50
        assert not overlaps(ax)
        assert ax.get_ylabel() == "rows"
        assert f"{name}: {shown:,} row" in words
    assert [ax.get_xlabel() for ax in axes] == ["power (RMS)", "dur (ms)", "clarity (dB)", "hz (Hz)", "note", "octave"]


@pytest.mark.slow
def test_a_histogram_of_hz_is_logarithmic_and_one_of_notes_in_the_order_of_pitch():
    axes, _ = drawn(histograms(samples(3000), COLUMNS))
    assert [ax.get_xscale() for ax in axes] == ["log", "linear", "linear", "log", "linear", "linear"]
    assert [t.get_text() for t in axes[4].get_xticklabels()][:4] == ["C", "C#", "D", "D#"]


def test_the_median_is_marked():
    axes, words = drawn(histograms(Table.of({"dur": ["100", "300", "900"]}), ["dur"]))
    assert "dur: 3 rows, median 300 ms" in words
    assert axes[0].lines[0].get_xdata()[0] == 300


def test_few_rows_have_few_bars_and_integers_one_each():
    few = read_column(Table.of({"x": [str(v) for v in (1.5, 2.25, 9.125, 4.0625, 5.03125)]}), "x")
    assert len(bin_edges(few, 50)) - 1 == 5
    octaves = read_column(Table.of({"octave": [str(n % 9) for n in range(1000)]}), "octave")
    assert bin_edges(octaves, 50).tolist() == [n - 0.5 for n in range(10)]
    assert len(bin_edges(octaves, 4)) - 1 <= 4


@pytest.mark.slow
def test_long_names_lie_on_their_side_and_the_rest_is_other():
    axes, _ = drawn(histograms(samples(3000), ["filename"], per_row=1, inches=(10, 4)))
    names = [t.get_text() for t in axes[0].get_yticklabels()]
    assert names[-1].startswith("other (")
    assert len(names) <= 21
    assert not overlaps(axes[0])
    assert sum(patch.get_width() for patch in axes[0].patches) == 3000


def bars_of(axes):
    """Of each colour: the lengths of its bars, in order of their places, and where they begin."""
    upright = axes.get_ylabel() == "rows"
    found = {}
    for container in axes.containers:
        for bar in container:
            length, begin = (bar.get_height(), bar.get_y()) if upright else (bar.get_width(), bar.get_x())
            found.setdefault(to_hex(bar.get_facecolor()), []).append((length, begin))
    return found


def test_colours_share_the_bars_out_by_their_rows():
    table = Table.of({
        "n": ["1", "1", "2", "2", "2", "9", ""], "kind": ["b", "a", "a", "a", "", "b", "a"],
        "long name": ["kick drum", "kick drum", "snare drum", "snare drum", "snare drum", "kick drum", "kick drum"],
    })  # fmt: skip
    figure = histograms(table, ["n", "long name"], highlight="kind")
    numbers, names = figure.axes
    # Integers from 1 to 9: one bar each. "a" has 1, 2 and 2 of the rows with a number; without a kind is a 2.
    assert bars_of(numbers) == {
        COLOURS[0]: [(1, 0), (2, 0), *[(0, 0)] * 7], COLOURS[1]: [(1, 1), (0, 2), *[(0, 0)] * 6, (1, 0)],
        OTHER_COLOUR: [(0, 2), (1, 2), *[(0, 0)] * 6, (0, 1)],
    }  # fmt: skip
    assert bars_of(names) == {
        COLOURS[0]: [(2, 0), (2, 0)], COLOURS[1]: [(2, 2), (0, 2)], OTHER_COLOUR: [(0, 4), (1, 2)],
    }  # fmt: skip
    assert [text.get_text() for text in names.get_legend().get_texts()] == ["a (4)", "b (2)"]
    assert numbers.get_legend() is None
    assert (numbers.get_ylim(), names.get_xlim()) == ((0, 1.05 * 3), (0, 1.05 * 4))


def test_a_range_of_numbers_colours_bars_in_five_parts():
    table = Table.of({"n": ["1"] * 50, "hz": [str(value) for value in range(100, 150)]})
    (axes,) = histograms(table, ["n"], highlight="hz").axes
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts == [f"{low:.10g} to {low + 9.8:.10g} (10)" for low in (100, 109.8, 119.6, 129.4, 139.2)]
    lengths = [[bar for bar in bars if bar[0]] for bars in bars_of(axes).values()]
    assert lengths == [*([(10, 10 * n)] for n in range(5)), []]


def test_histograms_stand_side_by_side_as_many_as_are_wanted():
    figure = histograms(samples(5), COLUMNS, per_row=4, inches=(10, 5))
    assert figure.get_size_inches().tolist() == [10, 5]
    assert [ax.get_subplotspec().get_geometry()[:2] for ax in figure.axes] == [(2, 4)] * 6


def test_odd_names_are_drawn_as_they_are():
    cells = ["$x_1$", "a\nb", "\N{BIRD}" * 99, "%s", "\\frac"]
    _, words = drawn(histograms(Table.of({"$a$": cells}), ["$a$"]))
    assert "$x_1$" in words
    assert "a b" in words
    _, words = drawn(scatter(Table.of({"x": list("12345"), "$a$": cells}), "x", "x", 0, "$a$"))
    assert r"\$x_1\$ (1)" in words  # in a legend the sign must be escaped
    assert len(short("x" * 99)) <= 35


@pytest.mark.slow
def test_nothing_to_draw_is_reported():
    empty = Table.of({"a": ["", ""], "b": ["", ""]})
    for figure in (histograms(empty, ["a"]), scatter(empty, "a", "b"), curve(empty, "a")):
        _, words = drawn(figure)
        assert "nothing to draw" in words
        assert "2 empty" in words


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 5, 3000, MOST_POINTS])
def test_a_scatter_has_a_point_for_each_row(count):
    axes, words = drawn(scatter(samples(count), "power", "hz"))
    [points] = [c for c in axes[0].collections if isinstance(c, PathCollection)]
    assert len(points.get_offsets()) == count
    assert f"hz over power: {count:,} row" in words
    assert (axes[0].get_xlabel(), axes[0].get_ylabel()) == ("power (RMS)", "hz (Hz)")
    assert not overlaps(axes[0])


@pytest.mark.slow
def test_many_points_are_a_density():
    axes, words = drawn(scatter(samples(MOST_POINTS + 1), "power", "hz"))
    assert not [c for c in axes[0].collections if isinstance(c, PathCollection)]
    [mesh] = [c for c in axes[0].collections if isinstance(c, QuadMesh)]
    assert mesh.get_array().sum() == MOST_POINTS + 1
    assert "rows in each cell" in words
    assert (axes[0].get_xscale(), axes[0].get_yscale()) == ("log", "log")


@pytest.mark.slow
@pytest.mark.parametrize(("log", "scale"), [(0, "linear"), (1, "log"), (2, "log"), (10, "log")])
def test_logarithmic_axes_are_asked_for_by_their_base(log, scale):
    axes, _ = drawn(scatter(samples(500), "dur", "clarity", log))
    assert axes[0].get_xscale() == axes[0].get_yscale() == scale
    if log == 2:
        assert [t.get_text() for t in axes[0].get_xticklabels() if t.get_text() in ("128", "256", "512")]


@pytest.mark.slow
@pytest.mark.parametrize("count", [500, 30_000])
def test_colours_have_a_legend_of_a_dozen_names_and_other(count):
    axes, words = drawn(scatter(samples(count), "power", "hz", 0, "filename"))
    labels = [text.get_text() for text in axes[0].get_legend().get_texts()]
    assert len(labels) == 13
    assert labels[-1].startswith("other (28 names)")
    shown = sum(int(label.rsplit("(", 1)[1].rstrip(")").replace(",", "")) for label in labels)
    assert shown == count
    assert "coloured by filename" in words


def test_colours_of_notes_come_in_the_order_of_pitch_without_those_that_do_not_occur():
    table = Table.of({"x": list("123"), "note": ["B", "D", "-"]})
    axes, _ = drawn(scatter(table, "x", "x", 0, "note"))
    assert [t.get_text() for t in axes[0].get_legend().get_texts()] == ["D (1)", "B (1)", "- (1)"]


@pytest.mark.slow
@pytest.mark.parametrize("count", [500, 30_000])
def test_many_numbers_have_a_range_of_colours(count):
    axes, _ = drawn(scatter(samples(count), "dur", "clarity", 0, "hz"))
    assert axes[0].get_legend() is None
    assert axes[1].get_ylabel() == "hz (Hz)"
    assert axes[1].get_yscale() == "log"


@pytest.mark.slow
def test_the_density_of_categories_shows_the_most_frequent_one():
    # Two clouds that hardly touch: the left one is all a, the right one b.
    random = np.random.default_rng(1)
    x = np.concatenate([random.normal(-5, 1, 15_000), random.normal(5, 1, 15_000)])
    table = Table.of(
        {"x": [f"{v:.4f}" for v in x], "y": [f"{v:.4f}" for v in x[::-1]], "k": ["a"] * 15_000 + ["b"] * 15_000}
    )
    axes, _ = drawn(scatter(table, "x", "y", 0, "k"))
    [mesh] = [c for c in axes[0].collections if isinstance(c, QuadMesh)]
    cells = mesh.get_array().reshape(-1, mesh.get_array().shape[-2], 4)
    half = cells.shape[1] // 2
    shades = [np.unique(side[side[..., 3] > 0][:, :3], axis=0) for side in (cells[:, :half], cells[:, half:])]
    assert [shade.tolist() for shade in shades] == [[list(to_rgb(COLOURS[0]))], [list(to_rgb(COLOURS[1]))]]


def test_a_curve_rises():
    table = Table.of({"hz": ["300", "", "100", "200"]})
    axes, words = drawn(curve(table, "hz"))
    x, y = axes[0].lines[0].get_data()
    assert y.tolist() == [100, 200, 300]
    assert x.tolist() == [1, 2, 3]
    assert "hz: 3 rows" in words


@pytest.mark.slow
def test_a_long_curve_keeps_its_ends():
    table = samples(500_000 // 10)
    axes, _ = drawn(curve(table, "power"))
    x, y = axes[0].lines[0].get_data()
    assert (y[0], y[-1]) == (table.numbers("power").min(), table.numbers("power").max())
    assert (np.diff(y) >= 0).all()
    assert x[-1] == 50_000


def test_a_thinned_curve_has_every_nth_value_and_the_last():
    count = 3 * MOST_CURVE_POINTS + 2
    table = Table.of({"hz": [str(n) for n in reversed(range(1, count + 1))]})
    axes, words = drawn(curve(table, "hz"))
    x, y = axes[0].lines[0].get_data()
    assert x.tolist() == y.tolist() == sorted({*range(1, count + 1, 3), count})
    assert f"hz: {count:,} rows" in words


@pytest.mark.parametrize("order", ["", "power=desc"])
def test_a_highlighted_curve_has_a_coloured_dot_for_each_row(order):
    table = Table.of({"hz": ["300", "", "100", "200"], "note": ["D", "E", "A", "D"]})
    axes, words = drawn(curve(table, "hz", highlight="note", order=order))
    rows = [("300", 1), ("100", 3), ("200", 4)] if order else [("100", 1), ("200", 2), ("300", 3)]
    dots = [d for d in axes[0].collections if isinstance(d, PathCollection)]
    found = {tuple(place): colour for d in dots for place, colour in _dots_of(d)}
    assert set(found) == {(float(rank), float(hz)) for hz, rank in rows}
    colour = {hz: found[float(rank), float(hz)] for hz, rank in rows}
    assert colour["300"] == colour["200"] != colour["100"]
    assert "hz, coloured by note: 3 rows" in words


def test_a_highlight_without_values_colours_nothing_and_the_title_says_so():
    table = Table.of({"a": ["1", "2", "3"], "b": ["1", "5", "2"], "c": ["", "", ""]})
    axes, words = drawn(scatter(table, "a", "b", highlight="c"))
    (dots,) = [d for d in axes[0].collections if isinstance(d, PathCollection)]
    assert len(dots.get_offsets()) == 3
    assert "b over a, not coloured: c is empty: 3 rows" in words


def _dots_of(dots):
    """Return the places of a collection's dots with their colours."""
    places = dots.get_offsets().tolist()
    colours = [tuple(colour) for colour in dots.get_facecolors()]
    return list(zip(places, colours * len(places) if len(colours) == 1 else colours))


def test_a_curve_in_another_order_follows_the_rows():
    table = Table.of({"hz": ["300", "100", "200"]})
    axes, words = drawn(curve(table, "hz", order="power=desc"))
    assert axes[0].lines[0].get_ydata().tolist() == [300, 100, 200]
    assert "rows in the order of power=desc" in words


def test_a_missing_column_is_named():
    for draw in (lambda: histograms(samples(5), ["x"]), lambda: scatter(samples(5), "hz", "power", 0, "x")):
        with pytest.raises(MediaError, match="no column 'x'; its columns are: filename"):
            draw()


@each(
    ("value", "text"), [(0, "0"), (20_000, "20,000"), (0.05, "0.05"), (-1.5, "-1.5"), (1e9, "1e+09"), (1e-5, "1e-05")]
)
def test_numbers_are_plain(value, text):
    assert plain(value) == text


def test_a_map_lies_as_on_the_grid():
    """Its second column runs downwards, as rows of a grid do."""
    table = Table.of({"x": ["0", "1", "2"], "y": ["0", "5", "9"]})
    bottom, top = scatter(table, "x", "y", down=True).axes[0].get_ylim()
    assert bottom > 9
    assert top < 0


def test_confusions_tell_a_class_that_is_a_number_from_its_count():
    counts = np.array([[22, 0, 2], [1, 20, 3], [0, 0, 5]])
    told = ["  1: 22 of 24; taken for 3 (2)", "  2: 20 of 24; taken for 3 (3), 1 (1)", "  3: 5 of 5"]
    assert confusion_lines(["1", "2", "3"], counts) == told


@pytest.mark.parametrize("classes", [2, 7])
def test_a_confusion_has_half_an_inch_for_each_class_and_three_around(classes):
    counts = np.eye(classes, dtype=int) * 9
    counts[0, 1], counts[1, 0] = 9, 10
    picture = confusion_picture([f"class {n}" for n in range(classes)], counts, "title")
    side = 3 + classes / 2
    assert tuple(picture.get_size_inches()) == (side + 1, side)
    texts = {(text.get_position(), text.get_text(), text.get_color()) for text in picture.axes[0].texts}
    # Of the true class across: half is black on pale, more is white on dark.
    assert texts >= {((0, 0), "9", "black"), ((1, 0), "9", "black"), ((0, 1), "10", "white"), ((1, 1), "9", "black")}
    assert len(texts) == classes + 2
