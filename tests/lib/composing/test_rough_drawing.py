"""The kernel for a quick look, run as plain Python too: each pixel is the nearest of the clip, by what it covers."""

import math

import numpy as np
import pytest

from lib.composing import rough_drawing
from tests.support.drawn_clips import HEIGHT, WIDTH, pixel_of, some_clips, table
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
            edges = set()
            for off in (-1e-9, 1e-9):  # (between two pixels of the clip either is the nearest)
                i = min(max(math.floor(v * down / height + off), 0), down - 1)
                for also in (-1e-9, 1e-9):
                    edges.add((i, min(max(math.floor(u * across / width + also), 0), across - 1)))
            wants = []
            for at in edges:
                shown = [math.floor(min(level * bright, 255) + 0.5) for level in source[at].tolist()]
                for steps in steps_of(share * alpha):
                    wants.append([a + (b - a) * steps // 256 for a, b in zip(before[row, column].tolist(), shown)])
            assert picture[row, column].tolist() in wants, (clip[1:], row, column)
    return picture


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_each_pixel_with_indices_checked(seed, turned, monkeypatch):
    plain(monkeypatch, rough_drawing)
    check_one_by_one(some_clips(seed, turned, 16), (seed % 2, HEIGHT - seed % 3))


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("seed", range(4, 8))
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
