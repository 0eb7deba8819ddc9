"""Pictures moved to where they fit: every shift by itself, in double precision."""

import numpy as np
import pytest

from lib.video.alignment import _quick, unlike_moved
from lib.video.mean_detector import RUN, FilmLevels, _joined, cut_places, hsv_mean
from tests.support.each import each


def unlike(one, two, noise):
    """1 - the best correlation of the overlap of two pictures, by any shift of up to 36 % down and 42 % across."""
    rows, columns = one.shape
    best = -np.inf
    for down in range(-int(0.36 * rows), int(0.36 * rows) + 1):
        for across in range(-int(0.42 * columns), int(0.42 * columns) + 1):
            a = one[max(-down, 0) : rows - max(down, 0), max(-across, 0) : columns - max(across, 0)]
            b = two[max(down, 0) : rows - max(-down, 0), max(across, 0) : columns - max(-across, 0)]
            product = (a * b).mean() - a.mean() * b.mean() + noise
            best = max(best, product / np.sqrt((a.var() + noise) * (b.var() + noise)))
    return max(1 - best, 0)


def test_the_best_of_all_shifts_by_brute_force():
    random = np.random.default_rng(3)
    whole = random.normal(0, 20, (40, 50))
    pictures = np.array([
        whole[:17, :22], whole[4:21, 3:25], whole[10:27, 9:31], random.normal(0, 20, (17, 22)),
        np.zeros((17, 22)), whole[:17, :22] + random.normal(0, 10, (17, 22)),
    ])  # fmt: skip
    pictures -= pictures.mean(axis=(1, 2), keepdims=True)
    noise = np.array([1.0, 4.0, 1.0, 2.0, 1.0, 9.0])
    one, two = np.array([0, 0, 1, 0, 0, 5, 2, 3]), np.array([0, 1, 2, 3, 4, 0, 0, 1])
    expected = [unlike(pictures[a], pictures[b], max(noise[a], noise[b])) for a, b in zip(one, two, strict=True)]
    assert unlike_moved(pictures, noise, one, two) == pytest.approx(expected, abs=1e-3)
    assert expected[1] < 0.02 < expected[3]
    assert len(unlike_moved(pictures, noise, one[:0], two[:0])) == 0


def test_lengths_with_fast_transforms():
    assert [_quick(n) for n in (1, 2, 7, 11, 13, 17, 31, 61, 121, 241)] == [1, 2, 8, 12, 15, 18, 32, 64, 125, 243]


# The detector `mean`


def test_a_change_is_a_cut_if_it_is_large_and_stands_out():
    levels = np.full(40, 100.0)
    assert cut_places(levels).tolist() == []
    assert cut_places(levels[:1]).tolist() == []
    levels[20:] += 60
    assert cut_places(levels).tolist() == [19]
    levels[30:] -= 60
    assert cut_places(levels).tolist() == [19, 29]


@each("pixels", [1, RUN - 1, RUN, RUN + 1, 2 * RUN + 3])
def test_the_kernel_reads_no_further_than_its_picture(pixels):
    """Compiled code does not check where it reads, plain Python does: both read all pixels, and no others."""
    colours = np.random.default_rng(pixels).integers(0, 256, (1, pixels, 3), np.uint8)
    level = hsv_mean(colours)
    assert hsv_mean.py_func(colours) == pytest.approx(level, abs=1e-4)
    means = [hsv_mean(colours[:, n : n + 1]) for n in range(pixels)]
    assert level == pytest.approx(np.mean(means), abs=1e-9)


def test_windows_are_joined_where_they_overlap_or_touch():
    assert _joined([(5, 7), (0, 2), (2, 3), (6, 6.5), (7.5, 9)]) == [(0, 3), (5, 7), (7.5, 9)]
    assert _joined([]) == []


class Film:
    """A film of 25 pictures a second, black and white in turn, which tells what is asked for."""

    end_ms = 4000.0

    def __init__(self, cuts):
        self.cuts, self.asked = cuts, []

    def frames(self, first, last):
        self.asked.append((first, last))
        for n in range(100):
            if first - 40 < 40 * n < last:
                level = sum(40 * n >= cut for cut in self.cuts) % 2 * 255
                picture = np.full((4, 4, 3), level, np.uint8)
                yield type("Frame", (), {"ms": 40.0 * n, "picture": lambda self, *size, picture=picture: picture})()


def test_a_cut_is_where_the_frame_after_the_old_scene_begins():
    film = Film([1000, 2520])
    levels = FilmLevels(film, [(500, 1500), (2000, 3000)], 10, (4, 4), 256)
    assert film.asked == [(500, 1501), (2000, 3001)]
    assert levels.end == 4000
    # Looks every 100 ms: the last black one shows the frame of 880 ms, the first white one that of 1000 ms.
    assert levels.cuts(500, 1500) == [(920, 1000, 85.0)]
    assert levels.cuts(2000, 3000) == [(2520, 2600, 85.0)]
    assert levels.segment(500, 1500) == (500, 919 - 500)
    assert levels.segment(2000, 3000) == (2000, 2519 - 2000)
    assert levels.cuts(1100, 1500) == []
