"""The kernel for a quick look, run as plain Python too: each pixel is the nearest of the clip, by what it covers."""

import math

import numpy as np
import pytest

from lib.composing import rough_drawing
from tests.support.drawn_clips import HEIGHT, WIDTH, pixel_of, some_clips, table
from tests.support.each import each
from tests.support.kernels import plain


def steps_of(share):
    """Return the steps, of 256, of a share: two where rounding decides."""
    if share >= 1 - 1e-6:
        return {256}
    return {math.floor(share * 256 - 1e-7), math.floor(share * 256 + 1e-7)}


def check_one_by_one(clips, rows=(0, HEIGHT), screen=(HEIGHT, WIDTH)):
    picture = np.random.default_rng(len(clips)).integers(0, 256, (*screen, 3), dtype=np.uint8)
    for clip in clips:
        before = picture.copy()
        rough_drawing.draw(picture, None, None, *rows, *table([clip]))
        source, *_, alpha, bright, _, _ = clip
        down, across, _ = source.shape
        for row, column in np.ndindex(screen):
            u, v, width, height, share = pixel_of(clip, row, column)
            if share <= 0 or not rows[0] <= row < rows[1]:
                assert np.array_equal(picture[row, column], before[row, column])
                continue
            # Where all of the pixel is covered, alpha alone decides, exactly.
            is_inside = min(u, v, width - u, height - v) >= 0.5 + 1e-9
            many = {256 if alpha >= 1 else math.floor(alpha * 256)} if is_inside else steps_of(share * alpha)
            edges = set()
            for off in (-1e-9, 1e-9):  # (between two pixels of the clip either is the nearest)
                i = min(max(math.floor(v * down / height + off), 0), down - 1)
                for also in (-1e-9, 1e-9):
                    edges.add((i, min(max(math.floor(u * across / width + also), 0), across - 1)))
            wants = []
            for at in edges:
                shown = [math.floor(min(level * bright, 255) + 0.5) for level in source[at].tolist()]
                for steps in many:
                    wants.append([a + (b - a) * steps // 256 for a, b in zip(before[row, column].tolist(), shown)])
            assert picture[row, column].tolist() in wants, (clip[1:], row, column)
    return picture


@each("turned", [False, True])
@each("seed", range(4))
def test_each_pixel_with_indices_checked(seed, turned, monkeypatch):
    plain(monkeypatch, rough_drawing)
    check_one_by_one(some_clips(seed, turned, 16), (seed % 2, HEIGHT - seed % 3))


@each("turned", [False, True])
@each("seed", range(4, 8))
def test_each_pixel(seed, turned):
    check_one_by_one(some_clips(seed, turned))


def test_many_clips_are_drawn_in_order(monkeypatch):
    clips = some_clips(11, False, 8) + some_clips(12, True, 8)
    one_by_one, together = (np.zeros((HEIGHT, WIDTH, 3), np.uint8) for _ in range(2))
    plain(monkeypatch, rough_drawing)
    for clip in clips:
        rough_drawing.draw(one_by_one, None, None, 0, HEIGHT, *table([clip]))
    rough_drawing.draw(together, None, None, 0, HEIGHT, *table(clips))
    assert np.array_equal(one_by_one, together)


def test_a_clip_within_one_column_is_laid_over_it_once():
    white = np.full((4, 1, 3), 255, np.uint8)
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    rough_drawing.draw(picture, None, None, 0, HEIGHT, *table([(white, 2.25, 1, 0.5, 4, 1, 1, 0, 0)]))
    assert picture[1:5, 2].tolist() == [[127] * 3] * 4
    assert picture.sum() == 4 * 3 * 127


@pytest.mark.parametrize("angle", [0.0, 0.5])
def test_what_is_not_there_changes_nothing(angle, monkeypatch):
    plain(monkeypatch, rough_drawing)
    before = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    source = np.full((2, 3, 3), 200, np.uint8)
    for x, y, width, height, alpha in (
        *((1, 2, *size, 1) for size in ((0, 2), (-1, 2), (2, 0), (2, -1), (0, 0), (1e-30, 2), (2, 1e-30))),
        *((1.25, 2.25, *size, 1) for size in ((0, 2), (2, 0), (-1, 3), (-1, -1))),
        *((1, 2, 3, 2, alpha) for alpha in (0, -1)),
        *((*place, 3, 2, 1) for place in ((-30, 2), (WIDTH + 40, 2), (2, -8), (2, HEIGHT + 4), (-30, -9), (50, 20))),
        *((*place, 3, 2, 1) for place in ((-3, 2), (WIDTH, 2), (2, -1), (2, HEIGHT - 1)) if angle == 0),
    ):
        picture = before.copy()
        look = (source, x, y, width, height, alpha, 1, angle, 0)
        rough_drawing.draw(picture, None, None, 1, HEIGHT - 1, *table([look]))
        assert np.array_equal(picture, before), look[1:]


def level_of_white(x, y, width, height, angle=0.0):
    """Return the levels of a picture of 3 x 3 pixels with a white clip in it."""
    picture, white = np.zeros((3, 3, 3), np.uint8), np.full((3, 3, 3), 255, np.uint8)
    rough_drawing.draw(picture, None, None, 0, 3, *table([(white, x, y, width, height, 1, 1, angle, 0)]))
    return picture[..., 0]


@pytest.mark.parametrize("angle", [0.0, 1e-300])
def test_a_millionth_less_than_a_pixel_is_whole(angle):
    assert level_of_white(0, 0, 1 - 1e-6, 1, angle)[0, 0] == 255
    assert level_of_white(0, 0, 1, 1 - 1e-6, angle)[0, 0] == 255


@pytest.mark.parametrize(("missing", "level"), [(0.9e-6, 255), (1.1e-6, 254), (1.4e-6, 254)])
def test_from_a_millionth_less_than_a_pixel_on_it_is_whole(missing, level):
    for angle in (0.0, 1e-300):
        assert level_of_white(0, 0, 1 - missing, 1, angle)[0, 0] == level
        assert level_of_white(0, 0, 1, 1 - missing, angle)[0, 0] == level
    # At each of its edges.
    assert level_of_white(0, 0, 3 - missing, 1)[0].tolist() == [255, 255, level]
    assert level_of_white(missing, 0, 3 - missing, 1)[0].tolist() == [level, 255, 255]
    assert level_of_white(0, 0, 1, 3 - missing)[:, 0].tolist() == [255, 255, level]
    assert level_of_white(0, missing, 1, 3 - missing)[:, 0].tolist() == [level, 255, 255]
