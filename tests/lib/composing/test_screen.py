"""The screen: what a layout becomes, trails, jitter, depth; and how large every clip ever is."""

from dataclasses import replace

import numpy as np
import pytest

from lib.composing.composition import Composition
from lib.composing.layout import still
from lib.composing.rasterizer import DrawList
from lib.composing.score import score_of
from lib.composing.screen import Screen, few_sizes, largest_sizes, time_of, times_of
from lib.composing.settings import RenderSettings
from lib.video.linear import to_linear
from tests.support.grids import composition_of, grid_table

SETTINGS = RenderSettings(160, 90, 10)


class Sliding(Composition):
    """Two clips side by side, which slide to the right by their width every 100 ms; the first grows tenfold."""

    def compose(self):
        self.score = score_of(self.clips, [], [], [])
        self.end_ms = 1000.0

    def layout(self, ms):
        cells = still(self.cells).moved(0.8 * ms - 80, 0)
        return replace(cells.grown(np.array([1 + 9 * ms / 1000, 1])), depth=np.array([1, 0]))


@pytest.fixture
def composition(tmp_path):
    return composition_of(Sliding, tmp_path, grid_table(2, 1), "2x1")


def colours_of(composition):
    return Screen(composition, SETTINGS, None)._colours.reshape(2, 3)


def test_boxes_are_where_the_layout_has_them(composition):
    picture = Screen(composition, replace(SETTINGS, fps=5), None).picture(1)  # at 100 ms, before it slides
    first, second = colours_of(composition)
    assert picture[45, 120].tolist() == second.tolist()
    # The first is 1.9 times as wide: it reaches from 40 - 76 to 40 + 76, above the second.
    assert picture[45, 114].tolist() == first.tolist()
    assert picture[45, 117].tolist() == second.tolist()


def test_sizes_are_rounded_up_to_halves_of_the_largest():
    given = np.array([[100, 50], [51, 25], [50, 26], [13, 1], [12, 0], [0, 0]])
    # Halves of 100: 50, 25, 12.5 (13); of 50: 25, 12.5, 6.25, 3.125, 1.5625 (2), and 0.78 is less than 1.
    assert few_sizes(given).tolist() == [[100, 50], [100, 25], [50, 50], [25, 2], [13, 0], [0, 0]]
    many = np.random.default_rng(0).integers(1, 2000, (500, 2))
    assert (few_sizes(many) >= many).all()
    assert (few_sizes(many) < 2 * many + 2).all()
    assert few_sizes(np.zeros((3, 2), np.int64)).tolist() == [[0, 0]] * 3


def test_trails_are_the_picture_before_times_1_less_fa(composition):
    screen = Screen(composition, replace(SETTINGS, fa=0.5), None)
    first = screen.picture(2)
    second = screen.picture(3, first)
    bare = Screen(composition, SETTINGS, None).picture(3)
    free = ~bare.any(axis=2)
    assert free[45, 20]
    assert np.array_equal(second[free], first[free] // 2)
    assert first[free].any()
    assert np.array_equal(second[45, 120:], bare[45, 120:])


def test_jitter_is_the_same_for_a_seed_and_within_its_bounds(composition):
    plain = Screen(composition, SETTINGS, None).layout(100.0)
    one, same, other = (
        Screen(composition, replace(SETTINGS, noise=5.0, rand=n), None).layout(100.0) for n in (1, 1, 2)
    )
    assert np.array_equal(one.x, same.x)
    assert not np.array_equal(one.x, other.x)
    assert 0 < np.abs(one.x - plain.x).max() <= 5
    assert 0 < np.abs(one.y - plain.y).max() <= 5


def test_the_largest_size_while_it_is_on_the_screen(composition):
    sizes = largest_sizes(composition, SETTINGS, 10)
    # The second is off the screen (160 wide) from 200 ms on, and never grows; the first at 1000 ms would be 10 times as
    # wide, and reaches back into the screen (its left edge is at 720 + 40 - 400).
    assert sizes[1].tolist() == [80, 90]
    reach = [ms for ms in range(50, 1050, 100) if 0.8 * ms - 80 + 40 - 40 * (1 + 9 * ms / 1000) < 160]
    widest = 80 * (1 + 9 * max(reach) / 1000)
    assert sizes[0].tolist() == [np.ceil(widest), np.ceil(widest * 90 / 80)]
    away = largest_sizes(nothing_seen(composition), SETTINGS, 10)
    assert away.tolist() == [[0, 0], [0, 0]]


def nothing_seen(composition):
    composition.layout = lambda ms: still(composition.cells).moved(1000, 0)
    return composition


def test_motion_blur_is_the_mean_light_of_pictures_over_half_of_the_time(composition):
    """At 10 pictures a second the second is seen from 100 to 200 ms: of four, at 131.25, 143.75, 156.25 and 168.75."""
    assert times_of(2, 10, 4) == [131.25, 143.75, 156.25, 168.75]
    assert times_of(2, 10, 1) == [time_of(2, 10)] == [150.0]
    blurred = Screen(composition, replace(SETTINGS, blur=4), None).picture(2)
    screen = Screen(composition, SETTINGS, None)
    parts = np.stack([to_linear(screen._at(ms, None)) for ms in times_of(2, 10, 4)]).mean(axis=0)
    assert np.abs(to_linear(blurred) - parts).max() < 0.01
    assert not np.array_equal(blurred, screen.picture(2))


def test_what_does_not_move_is_not_changed_by_motion_blur(composition):
    still_one = nothing_seen(composition)
    plain, blurred = (Screen(still_one, replace(SETTINGS, blur=n), None).picture(2) for n in (1, 5))
    assert np.array_equal(plain, blurred)


def test_boxes_are_of_all_colours_that_are_not_too_dark(tmp_path):
    many = composition_of(Many, tmp_path, grid_table(40, 30), "40x30")
    colours = Screen(many, SETTINGS, None)._colours
    assert (len(colours), colours.min(), colours.max()) == (3600, 64, 255)


class Many(Composition):
    """Clips that stay."""

    def compose(self):
        self.score, self.end_ms = score_of(self.clips, [], [], []), 0.0

    def layout(self, ms):
        return still(self.cells)


class Stored:
    """The frames of clips, as many as are said; what is asked of them is noted, and nothing is drawn."""

    def __init__(self, counts):
        self.counts, self.pixels, self.asked = np.array(counts), np.zeros(3, np.uint8), []

    def draws(self, clips, ms, box, look):
        self.asked.append(
            (clips.tolist(), ms.tolist(), [side.tolist() for side in box], [one.tolist() for one in look])
        )
        nothing, none = np.zeros(0), np.zeros(0, np.int64)
        return DrawList(none, none, none, *[nothing] * 8)


class Tilted(Many):
    """Six clips in a row; the first is off the screen, and those further to the right lie lower."""

    def layout(self, ms):
        moved = still(self.cells).moved(np.array([-999, 0, 0, 0, 0, 0]), 0)
        return replace(moved, depth=-np.arange(6.0), alpha=np.array([1, 1, 1, 1, 0, 1]), blur=0.25, rotation=ms)


def test_only_clips_that_have_pictures_and_are_seen_are_drawn_the_lowest_first(tmp_path):
    tilted = composition_of(Tilted, tmp_path, grid_table(6, 1, vdur=lambda n: 1000), "6x1")
    stored = Stored([1, 0, 1, 2, 1, 1])
    made = Screen(tilted, replace(SETTINGS, io=30.0), stored).picture(2)
    assert not made.any()
    ((clips, ms, box, look),) = stored.asked
    assert clips == [5, 3, 2]
    # Picture 2 of 10 a second is that of 150 ms; clips without plays run from the offset on.
    assert ms == [180.0] * 3
    assert box[0] == pytest.approx([160 / 6 * n for n in clips])
    assert box[2] == pytest.approx([160 / 6] * 3)
    assert look == [[1] * 3, [1] * 3, [150.0] * 3, [0.25] * 3]


def test_a_seed_gives_the_same_jitter_and_colours_in_every_version(composition):
    """Films that are continued after an update: NumPy's generators of [seed, 2] and [seed, 3]."""
    for seed in (0, 7):
        screen = Screen(composition, replace(SETTINGS, noise=5, rand=seed), None)
        jitter = np.random.Generator(np.random.PCG64([seed, 2])).random((2, 2)) * 10 - 5
        assert screen._jitter == pytest.approx(jitter)
        levels = np.random.Generator(np.random.PCG64([seed, 3])).integers(64, 255, 6, endpoint=True)
        assert screen._colours.tolist() == levels.tolist()
