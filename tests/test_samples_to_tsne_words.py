"""The pictures of maps, clusters and grids: which columns they show, in which colours."""

import pytest

import samples_to_clusters
import samples_to_grid
import samples_to_tsne
from lib.math.grid import Layout
from lib.plots import figures, grid, histograms, output
from lib.tables.table import Table


@pytest.fixture
def shown(monkeypatch):
    """What is drawn, and where it goes."""
    seen = {}

    def scatter(table, x, y, highlight, down):
        seen.update(axes=(x, y), colours=highlight, down=down)
        return "figure"

    def grid_picture(table, cells, width, height, colours):
        seen.update(size=(width, height), colours=colours)
        return "figure"

    monkeypatch.setattr(figures, "scatter", scatter)
    monkeypatch.setattr(grid, "grid_picture", grid_picture)
    monkeypatch.setattr(histograms, "histograms", lambda table, names: seen.update(names=names))
    monkeypatch.setattr(output, "show_or_save", lambda figure, target, out: seen.update(target=target) or "line")
    monkeypatch.setattr(output, "show_sorted", lambda table, name, target, out: seen.update(name=name, target=target))
    return seen


def table(*files, **columns):
    count = len(files)
    return Table.of({"filename": files, "start": ["1"] * count, **{name: ["1"] * count for name in columns}})


MAPS = [
    (("t",), ("a", "b"), {}, "", {"name": "t"}),
    (("t", "t2"), ("a", "b"), {}, "", {"axes": ("t", "t2"), "colours": "filename", "down": True}),
    (("t", "t2"), ("a", "a"), {"hz": 1}, "", {"axes": ("t", "t2"), "colours": "hz", "down": True}),
    (("t", "t2"), ("a", "a"), {}, "", {"axes": ("t", "t2"), "colours": "start", "down": True}),
    (("t", "t2", "t3"), ("a", "b"), {}, "", {"axes": ("t", "t2"), "colours": "t3", "down": True}),
    (("t", "t2", "t3"), ("a", "b"), {}, "own", {"axes": ("t", "t2"), "colours": "own", "down": True}),
]


@pytest.mark.parametrize(("names", "files", "columns", "color", "wanted"), MAPS)
def test_the_picture_of_a_map(shown, names, files, columns, color, wanted):
    samples_to_tsne.picture(table(*files, **columns), names, "x/y.csv", color)
    assert shown == wanted | {"target": "output/y_t.png"}


@pytest.mark.parametrize(("columns", "color", "wanted"), [
    ({"tsne": 1, "tsne2": 1}, "", {"axes": ("tsne", "tsne2"), "colours": "c", "down": True}),
    ({"tsne": 1, "tsne2": 1}, "own", {"axes": ("tsne", "tsne2"), "colours": "own", "down": True}),
    ({"tsne": 1}, "", {"names": ["c"]}),
])  # fmt: skip
def test_the_picture_of_clusters(shown, columns, color, wanted):
    samples_to_clusters.picture(table("a", "b", **columns), ["c", "cName"], "x/y.csv", color)
    assert shown == wanted | {"target": "output/y_c.png"}


@pytest.mark.parametrize(
    ("given", "color", "colours"),
    [(table("a", "b"), "", "filename"), (table("a", "a"), "", "start"), (table("a", "a", hz=1), "", "hz"),
     (table("a", "b", hz=1), "own", "own"), (Table.of({"x": ["1", "2"], "y": ["3", "4"]}), "", "x")],
)  # fmt: skip
def test_the_picture_of_a_grid(shown, given, color, colours):
    samples_to_grid.picture(given, Layout(None, None, 0.0), (2, 1), "x/y.csv", color)
    assert shown == {"size": (2, 1), "colours": colours, "target": "output/y_grid.png"}
