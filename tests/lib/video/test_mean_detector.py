"""The detector of mean colour: its levels pixel by pixel, its cuts by their rule, and the film between windows."""

import colorsys
import itertools
from dataclasses import dataclass

import numpy as np
import pytest

from lib.video.mean_detector import FilmLevels, cut_places, hsv_mean
from tests.support.each import each

STEPS = 16


def level(red, green, blue):
    """The sum of hue, saturation and value, 0 to 765, by the standard library."""
    return 255 * sum(colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255))


SOME = [0, 1, 63, 127, 128, 254, 255]


def test_each_pixel_counts_in_steps_of_a_sixteenth():
    for colour in itertools.product(SOME, repeat=3):
        found = 3 * STEPS * hsv_mean(np.array([[colour]], np.uint8))
        assert found == pytest.approx(round(found), abs=1e-9)
        assert round(found) / STEPS == pytest.approx(level(*colour), abs=0.5 / STEPS + 1e-4)


@each("pixels", [1, 2, 1023, 1024, 1025, 2048, 2049])
def test_a_picture_s_level_is_the_mean_of_its_pixels(pixels):
    picture = np.random.default_rng(pixels).choice(np.array(SOME, np.uint8), (1, pixels, 3))
    colours, counts = np.unique(picture[0], axis=0, return_counts=True)
    sums = [
        round(3 * STEPS * hsv_mean(one.reshape(1, 1, 3))) * n for one, n in zip(colours, counts.tolist(), strict=True)
    ]
    assert hsv_mean(picture) == sum(sums) / (3 * STEPS * pixels)
    assert hsv_mean(picture.reshape(pixels, 1, 3)) == hsv_mean(picture)


def test_a_change_has_to_exceed_its_limit_and_to_stand_out_by_three_deviations():
    # One change of eleven is the root of ten standard deviations from the mean.
    for change, cut in ((7.0, []), (8.0, [4]), (16.0, [4])):
        levels = np.array([0.0] * 5 + [change] * 7)
        assert cut_places(levels).tolist() == cut
        assert cut_places(-levels).tolist() == cut
    for levels in ([], [3.0], [3.0, 90.0]):
        assert cut_places(np.array(levels)).tolist() == []


@dataclass
class Shown:
    ms: float
    grey: int

    def picture(self, width, height):
        return np.full((height, width, 3), self.grey, np.uint8)


class Film:
    """A film of grey frames that begin at some ms; it notes what was asked for."""

    def __init__(self, begins, greys, end_ms):
        self.shown, self.end_ms, self.asked = [Shown(*one) for one in zip(begins, greys)], end_ms, []

    def frames(self, first_ms, last_ms):
        self.asked.append((first_ms, last_ms))
        on = max([n for n, frame in enumerate(self.shown) if frame.ms <= first_ms] or [0])
        for frame in self.shown[on:]:
            if frame.ms >= last_ms and frame is not self.shown[on]:
                return
            yield frame


def film_of(lengths, greys, end=None):
    begins = np.cumsum([0.0, *lengths])
    return Film(begins[:-1].tolist(), greys, float(begins[-1]) if end is None else end)


def test_windows_that_overlap_or_touch_are_read_once():
    film = film_of([10] * 50, [30] * 50)
    levels = FilmLevels(film, [(300, 350), (0, 40), (100, 140), (140, 150), (20, 60), (310, 320)], 25, (4, 3), 256)
    assert film.asked == [(0, 61), (100, 151), (300, 351)]
    assert levels.end == 500


def cuts_of(film, start, end, fps):
    """Looks at even steps and at the end; where the level leaps, from the old frame's end to the new look's frame."""

    def on(ms):
        return max([n for n, frame in enumerate(film.shown) if frame.ms <= ms + 1e-6] or [0])

    looks, n = [], 0
    while start + 1000 * n / fps < end:
        looks.append(on(start + 1000 * n / fps))
        n += 1
    if on(end) > looks[-1]:
        looks.append(on(end))
    greys = [film.shown[look].grey / 3 for look in looks]
    changes = np.abs(np.diff(greys))
    found = []
    for n, change in enumerate(changes.tolist()):
        if change > 7 and changes.std() and abs(change - changes.mean()) >= 3 * changes.std():
            found.append((film.shown[looks[n] + 1].ms, film.shown[looks[n + 1]].ms, change))
    return found


@each("fps", [25, 30, 60])
@each("length", [20, 40, 125])
def test_cuts_lie_between_the_looks_that_show_them(fps, length):
    greys = [30] * 20 + [90] * 15 + [30] * 14 + [210] * 1 + [0] * 1
    film = film_of([length] * len(greys), greys)
    levels = FilmLevels(film, [(0, film.end_ms)], fps, (4, 3), 256)
    found = 0
    for start, last in [(0, 30), (15, 40), (30, 45), (36, 51), (0, 51), (20, 50), (34, 50), (3, 4)]:
        begin, end = start * length + 5.0, min(last * length, film.end_ms)
        expected = cuts_of(film, begin, end, fps)
        cuts = levels.cuts(begin, end)
        assert [cut[:2] for cut in cuts] == [cut[:2] for cut in expected]
        assert [cut[2] for cut in cuts] == pytest.approx([cut[2] for cut in expected], abs=0.05)
        assert all(type(value) is float for cut in cuts for value in cut)
        found += len(cuts)
    assert found


def test_a_segment_ends_before_a_cut_and_with_the_film():
    film = film_of([40] * 50, [30] * 30 + [120] * 20)
    levels = FilmLevels(film, [(0, 5000)], 25, (4, 3), 256)
    assert levels.segment(100, 1900) == (100, 1099)
    assert levels.segment(1000, 1900) == (1200, 700)
    assert levels.segment(1300, 9000) == (1300, 700)
    shorter = FilmLevels(film, [(0, 5000)], 25, (4, 3), 200)
    assert shorter.segment(1000, 1900) == (1000, 199)


def test_a_window_before_the_first_frame_shows_the_first():
    film = Film([50, 90], [30, 30], 130.0)
    assert FilmLevels(film, [(0, 130)], 25, (4, 3), 20).cuts(0, 130) == []
