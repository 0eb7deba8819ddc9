"""Poster: where clips are, how bright, and the text; worked out by hand on small grids."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compositions.poster import Poster
from lib.errors import MediaError
from lib.text.title_style import title_style
from tests.support.compositions import check_everything, grid_composition, middles, same
from tests.support.media_factory import ROOT

FLAGS = {"radius": 1.0, "freq": 1.0, "rot": 0.5, "bright": False}
STYLE = {"fdir": "", "font": "", "res": 1.0, "rr": 1.0, "align": "center", "color": "#FFFFFF", "bg": "#000000",
         "maxw": 0.9, "tyoffset": 0.0, "txoffset": 0.0, "h1": "", "h2": "", "h3": "", "pg": "", "li": "", "col": "",
         "table": ""}  # fmt: skip


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.md"
    path.write_text("# II")
    return str(path)


def poster(text, grid="4x4", grid0=None, grid1=None, **flags):
    style = title_style(**{name: flags.pop(name, default) for name, default in STYLE.items()})
    return grid_composition(Poster, grid, grid0, grid1, **{**FLAGS, "tfile": text, "style": style, **flags})


def test_clips_are_on_their_way_round(text):
    # Cells of 40 x 22.5. Half a turn for the left lower corner, half a turn more for the left upper one.
    rest, composition = middles(poster(text, radius=0.0).layout(0.0)), poster(text)
    shown = middles(composition.layout(0.0)) - rest
    assert shown[[12, 0, 15, 3]] == pytest.approx(np.array([[-22.5, 0], [22.5, 0], [22.5, 0], [-22.5, 0]]))
    # A sixth of a turn back for each step to the right: 120 degrees, counter-clockwise.
    assert shown[13] == pytest.approx(22.5 * np.array([-0.5, -np.sqrt(0.75)]))
    assert same(composition.layout(0.0), composition.layout(7777.0))


def test_the_text_that_we_ship_is_found_from_any_folder_unless_one_is_there(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert poster("titles/main.md").text == (ROOT / "titles" / "main.md").read_text("utf-8")
    (tmp_path / "titles").mkdir()
    (tmp_path / "titles" / "main.md").write_text("# mine")
    assert poster("titles/main.md").text == "# mine"
    with pytest.raises(MediaError, match=r"titles/other\.md"):
        poster("titles/other.md")


def test_it_is_seen_as_close_as_grid1_says(text):
    layout = poster(text, "4x4", "4x4", "2x2").layout(0.0)
    assert layout.width == pytest.approx([80] * 16)
    assert middles(layout)[12] == pytest.approx([80 + 2 * (-2.5 - 80), 45 + 2 * (78.75 - 45)])


def test_dark_in_the_middle(text):
    bright = poster(text, radius=0.0, brightr=(0.2, 1.0)).layout(0.0).every("brightness")
    # 3/8 of width and height away from the middle, or 1/8, along a cubic ease.
    assert bright[[0, 3, 12, 15]] == pytest.approx([0.2 + 0.8 * (1 - 4 * (1 - 0.375 * 2**0.5) ** 3)] * 4)
    assert bright[[5, 6, 9, 10]] == pytest.approx([0.2 + 0.8 * 4 * (0.125 * 2**0.5) ** 3] * 4)
    # Where it is shown matters: clip 12 is half a cell further left.
    moved = poster(text, brightr=(0.2, 1.0)).layout(0.0).every("brightness")
    away = np.hypot(0.5 + 2.5 / 160, 0.375)
    assert moved[12] == pytest.approx(0.2 + 0.8 * (1 - 4 * (1 - away) ** 3))
    assert set(poster(text, bright=True, brightr=(0.2, 0.9)).layout(0.0).every("brightness")) == {0.9}


def test_the_text_is_set_over_it(text):
    grey = np.full((90, 160, 3), 128, np.uint8)
    finished = poster(text, res=3.0).finish(grey, 0.0)
    assert (finished[45] == 255).any()
    assert finished[45].min() < 128  # the shadow
    assert np.array_equal(finished[:5], grey[:5])
    assert (poster(text, res=3.0, color="#FF0000").finish(grey, 0.0)[45] == [255, 0, 0]).all(axis=1).any()


def test_what_cannot_be_set_is_reported_before_the_work(text, tmp_path):
    with pytest.raises(MediaError, match=r"make it shorter, or smaller \(all its sizes are multiplied by 90 now\)"):
        poster(text, res=90.0)
    with pytest.raises(MediaError, match="align middle: give one of"):
        poster(text, align="middle")
    with pytest.raises(MediaError, match=r"none\.md: the text cannot be read"):
        poster(str(tmp_path / "none.md"))


@pytest.mark.slow
@settings(max_examples=25)
@given(
    grids=st.sampled_from(["1x1", "2x2", "3x3", "4x2", "5x4", "1x3"]),
    small=st.booleans(),
    flags=st.fixed_dictionaries(
        {
            **{"radius": st.floats(-9, 9), "freq": st.floats(-9, 9), "rot": st.floats(-9, 9), "bright": st.booleans()},
            **{"brightr": st.sampled_from([(0, 1), (0.8, 0.3)]), "margin": st.sampled_from([0.0, 0.1, 0.9])},
        }
    ),
)
def test_whatever_the_flags(grids, small, flags):
    composition = poster(str(ROOT / "titles" / "main.md"), grids, grids, "1x1" if small else grids, **flags)
    assert len(composition.score) == 0
    check_everything(composition, [0.0, 1.0], [0, 1])
