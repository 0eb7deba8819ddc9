"""Where pictures go."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure
from PIL import Image

from lib.errors import MediaError
from lib.plots import output as plots
from lib.plots.output import has_display, save_picture, show_or_save, show_sorted
from lib.tables.table import Table
from tests.support.each import each

TABLE = Table.of({"hz": ["300", "100", "200"]})


def figure():
    made = Figure(figsize=(4, 3))
    made.subplots().plot([1, 2])
    return made


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ending", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF"), ("PNG", b"\x89PNG")]
)
def test_a_picture_is_saved_as_its_name_ends_and_always_the_same(workplace, ending, begins):
    assert save_picture(figure(), f"deep/er/x.{ending}") == f"picture: deep/er/x.{ending}"
    first = (workplace / f"deep/er/x.{ending}").read_bytes()
    assert first.startswith(begins)
    save_picture(figure(), f"y.{ending}")
    assert (workplace / f"y.{ending}").read_bytes() == first
    assert b"202" not in first.split(b"stream")[0]  # no date


@each("name", ["x.gif", "x", "x.", ".png"])
def test_other_endings_are_an_error(workplace, name):
    with pytest.raises(MediaError, match="png, svg, pdf"):
        save_picture(figure(), name)
    assert not list(workplace.iterdir())


@pytest.mark.slow
def test_without_a_display_a_picture_is_saved(workplace, monkeypatch):
    monkeypatch.setattr(plots, "has_display", lambda: False)
    assert show_sorted(TABLE, "hz", "output/x.png", "t.csv") == "picture: output/x.png"
    with Image.open("output/x.png") as picture:
        assert picture.size == (1200, 800)


def test_with_a_display_it_is_shown_and_not_saved(workplace, monkeypatch):
    shown = []
    monkeypatch.setattr(plots, "has_display", lambda: True)
    monkeypatch.setattr(plt, "show", lambda: shown.extend(plt.get_fignums()))
    assert "shown" in show_or_save(figure(), "output/x.png", "t.csv")
    assert len(shown) == 1
    assert not list(workplace.iterdir())
    plt.close("all")


def test_a_backend_that_only_draws_into_files_is_not_a_display():
    plt.switch_backend("agg")
    assert not has_display()
