"""The kernels of the rasterizer, run as plain Python too: each pixel against the description of what it shows.

Plain Python checks indices, and takes other limits: so the work in blocks is tried on pictures of a few pixels.
"""

import math

import numpy as np
import pytest

from lib.composing import drawing
from lib.video.linear import to_linear
from tests.support.drawn_clips import HEIGHT, WIDTH, pixel_of, some_clips, table
from tests.support.each import each
from tests.support.kernels import plain

# Half a level is rounded away; the curve as a formula is within 1/100 of a level.
NEAR = 0.5 + 0.02
LEVELS = np.linspace(0, 255, 20_001)
LIGHT = to_linear(LEVELS)


def level_of(light):
    return np.interp(light, LIGHT, LEVELS)


def shares_of(position, size, count, blur):
    """Return {pixel: share} of a box of 1 to 2 pixels about a place, in pixels of the screen from the edge."""
    box = min(max(count / size * (1 + 2 * blur), 1), 2)
    low = position * count / size - box / 2
    found = {}
    for pixel in range(math.floor(low), math.ceil(low + box)):
        share = (min(low + box, pixel + 1) - max(low, pixel)) / box
        inside = min(max(pixel, 0), count - 1)
        found[inside] = found.get(inside, 0) + share
    return found


def drawn(state, behind, rows, clip, screen=(HEIGHT, WIDTH)):
    """Return the picture, in fractions of levels, and what is covered, after a clip is laid over a state of both."""
    picture, cover = (array.astype(float) for array in state)
    source, *_, alpha, bright, _, blur = clip
    down, across, _ = source.shape
    light = to_linear(source)
    for row in range(*rows):
        for column in range(screen[1]):
            u, v, width, height, share = pixel_of(clip, row, column)
            if share <= 0:
                continue
            mean = sum(
                a * b * light[i, j]
                for i, a in shares_of(v, height, down, blur).items()
                for j, b in shares_of(u, width, across, blur).items()
            )
            colour = np.minimum(level_of(mean) * bright, 255)
            if share >= 1 - 1e-6:
                picture[row, column] = alpha * colour + (1 - alpha) * picture[row, column]
                cover[row, column] = 255
                continue
            taken = cover[row, column] / 255
            fills = min(share, 1 - taken)
            now, free = picture[row, column], behind[row, column]
            beneath = (now - (1 - taken) * free) / taken if taken else now
            now = now + alpha * fills * (colour - free) + alpha * (share - fills) * (colour - beneath)
            picture[row, column], cover[row, column] = np.clip(now, 0, 255), (taken + fills) * 255
    return picture, cover


def check_one_by_one(draw, clips, rows=(0, HEIGHT), seed=0, screen=(HEIGHT, WIDTH)):
    """Lay one clip after the other over noise, and hold each step against its description."""
    behind = np.random.default_rng(seed).integers(0, 256, (*screen, 3), dtype=np.uint8)
    picture, cover = behind.copy(), np.zeros(screen, np.uint8)
    for clip in clips:
        want, covered = drawn((picture, cover), behind, rows, clip, screen)
        draw(picture, behind, cover, *rows, *table([clip]))
        assert np.abs(picture - want).max() <= NEAR, clip[1:]
        assert np.abs(cover - covered).max() <= NEAR, clip[1:]
    return picture


@each("turned", [False, True])
@each("light", [1, 30, 50, 70, 4096])
def test_each_pixel_of_each_clip_with_indices_checked(light, turned, monkeypatch):
    plain(monkeypatch, drawing)
    monkeypatch.setattr(drawing, "LIGHT", light)
    check_one_by_one(drawing.draw, some_clips(light, turned, 8), (light % 2, HEIGHT - light % 4))


@pytest.mark.parametrize("angle", [0.0, 0.5])
def test_what_is_not_there_changes_and_covers_nothing(angle, monkeypatch):
    plain(monkeypatch, drawing)
    source = np.full((2, 3, 3), 200, np.uint8)
    behind = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    for x, y, width, height, alpha in (
        *((1, 2, *size, 1) for size in ((0, 2), (-1, 2), (2, 0), (2, -1), (0, 0), (1e-30, 2), (2, 1e-30))),
        *((1.25, 2.25, *size, 1) for size in ((0, 2), (2, 0), (-1, 3), (-1, -1))),
        *((1, 2, 3, 2, alpha) for alpha in (0, -1)),
        *((*place, 3, 2, 1) for place in ((-8, 2), (WIDTH + 4, 2), (2, -8), (2, HEIGHT + 4), (-9, -9), (20, 20))),
        *((*place, 3, 2, 1) for place in ((-3, 2), (WIDTH, 2), (2, -1), (2, HEIGHT - 1)) if angle == 0),
        *((*place, 3, 2, 1) for place in ((-3, -1), (WIDTH, -1), (-3, HEIGHT - 1), (WIDTH, HEIGHT)) if angle == 0),
    ):
        picture, cover = behind.copy(), np.full((HEIGHT, WIDTH), 7, np.uint8)
        drawing.draw(picture, behind, cover, 1, HEIGHT - 1, *table([(source, x, y, width, height, alpha, 1, angle, 0)]))
        assert np.array_equal(picture, behind), (x, y, width, height, alpha)
        assert (cover == 7).all(), (x, y, width, height, alpha)


@each("turned", [False, True])
@each("seed", range(8))
def test_each_pixel_of_each_clip(seed, turned):
    check_one_by_one(drawing.draw, some_clips(seed, turned), seed=seed)


@pytest.mark.parametrize("angle", [0.0, math.pi])
def test_a_pixel_that_is_covered_whole_becomes_the_exact_mean_whatever_lies_there(angle):
    # Half of what is dark, 0 exactly: odd levels end in a half, which is rounded up.
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    dark = (np.ones((16, 16, 3), np.uint8), 0, 0, 16, 16, 0.5, 0, angle, 0)
    for taken in range(0, 256, 15):
        picture, cover = levels.copy(), np.full((16, 16), taken, np.uint8)
        drawing.draw(picture, levels[::-1].copy(), cover, 0, 16, *table([dark]))
        assert np.array_equal(picture, (levels.astype(int) + 1) // 2)
        assert (cover == 255).all()


@each("angle", [0.0, math.pi])
@each(("missing", "level"), [(0.9e-6, 128), (1.1e-6, 127), (1.4e-6, 127)])
def test_from_a_millionth_less_than_a_pixel_on_it_is_whole(missing, level, angle):
    # Half of 255 over 0 is 127.5, which is rounded up; what is less is rounded down.
    white = np.full((1, 1, 3), 200, np.uint8)
    for size in ((1 - missing, 1), (1, 1 - missing)):
        picture, cover = np.zeros((1, 1, 3), np.uint8), np.zeros((1, 1), np.uint8)
        x, y = ((1 - part) / 2 for part in size)
        drawing.draw(picture, picture.copy(), cover, 0, 1, *table([(white, x, y, *size, 0.5, 2, angle, 0)]))
        assert picture.tolist() == [[[level] * 3]]


@pytest.mark.parametrize("angle", [0.0, 1e-300])
def test_a_millionth_less_than_a_pixel_is_whole(angle):
    white = np.full((1, 1, 3), 200, np.uint8)
    for size in ((1 - 1e-6, 1), (1, 1 - 1e-6)):
        picture, cover = np.zeros((1, 1, 3), np.uint8), np.zeros((1, 1), np.uint8)
        drawing.draw(picture, picture.copy(), cover, 0, 1, *table([(white, 0, 0, *size, 0.5, 2, angle, 0)]))
        assert picture.tolist() == [[[128] * 3]]
