"""Which stored frame a clip shows, at which size: by plain loops over the frames and levels of small stores."""

import math
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from lib.composing.clip_frames import ClipFrames
from lib.composing.clip_ranges import ClipRange, last_before, moments, shown
from lib.composing.frame_file import FilmFrames
from lib.composing.mipmaps import level_sizes, pyramid_bytes
from tests.support.each import each


def store(random, clips, aspect):
    """A film's file of clips of random sizes and times, whose bytes are not drawn."""
    sizes = random.integers(1, 40, (clips, 2))
    counts = random.integers(1, 6, clips)
    ms = np.concatenate([np.cumsum(np.append(0, random.integers(1, 90, n - 1))).astype(float) for n in counts])
    lengths = np.repeat([pyramid_bytes(*size) for size in sizes.tolist()], counts)
    offsets = np.cumsum(lengths) - lengths
    data = np.zeros(int(lengths.sum()), np.uint8)
    return FilmFrames(data, sizes, counts, ms, offsets, aspect)


@pytest.mark.parametrize("fit", ["crop", "contain"])
def test_each_clip_shows_its_frame_at_the_level_that_fits(fit):
    random = np.random.default_rng(len(fit))
    films = [store(random, 3, 1.5), store(random, 4, 0.5)]
    places = [(1, 3), None, (0, 0), (1, 0), (0, 2), (0, 1), (1, 1)]
    frames = ClipFrames(films, places, fit)
    assert frames.counts.tolist() == [0 if place is None else films[place[0]].counts[place[1]] for place in places]
    levels_seen = set()
    for _ in range(60):
        clips = random.choice([0, 2, 3, 4, 5, 6], 5)
        ms = random.integers(0, 300, 5) + random.choice([0.0, 0.4, 0.5, 0.6, -0.5], 5)
        box = random.uniform(0, 9, 5), random.uniform(0, 9, 5), random.uniform(1, 40, 5), random.uniform(1, 40, 5)
        blur = random.choice([0.0, 0.5, 2.0], 5)
        drawn = frames.draws(clips, ms, box, (np.ones(5), np.ones(5), np.zeros(5), blur))
        for n, clip in enumerate(clips.tolist()):
            film, which = films[places[clip][0]], places[clip][1]
            x, y, width, height = (float(side[n]) for side in box)
            if fit == "contain":
                across = width if width / film.aspect <= height else height * film.aspect
                x, y = x + (width - across) / 2, y + (height - across / film.aspect) / 2
                width, height = across, across / film.aspect
            found = (drawn.x[n], drawn.y[n], drawn.width[n], drawn.height[n])
            assert found == pytest.approx((x, y, width, height))
            first = int(film.counts[:which].sum())
            times = film.ms[first : first + film.counts[which]]
            # The last frame that begins half a millisecond after the time at most; else the first.
            frame = first + max(int((times <= ms[n] + 0.5).sum()) - 1, 0)
            # The smallest level with a pixel for each of the screen, of which a blur needs fewer.
            levels = level_sizes(*film.sizes[which].tolist())
            wide, high = width / (1 + 2 * blur[n]), height / (1 + 2 * blur[n])
            level = 0
            while level + 1 < len(levels) and levels[level + 1][0] >= wide and levels[level + 1][1] >= high:
                level += 1
            before = sum(3 * w * h for w, h in levels[:level])
            address = film.data.ctypes.data + int(film.offsets[frame]) + before
            assert frames.pixels.ctypes.data + int(drawn.offset[n]) == address
            assert (drawn.columns[n], drawn.rows[n]) == levels[level]
            levels_seen.add(level)
    assert len(levels_seen) >= 4


def test_a_level_of_exactly_the_cell_s_size_fits():
    film = FilmFrames(np.zeros(pyramid_bytes(32, 24), np.uint8), *map(np.array, ([[32, 24]], [1], [0.0], [0])), 4 / 3)
    frames = ClipFrames([film], [(0, 0)], "crop")
    for width, height, size in [
        (16, 12, (16, 12)),
        (16, 12.1, (32, 24)),
        (16.1, 12, (32, 24)),
        (8, 6, (8, 6)),
        (50, 50, (32, 24)),
        (1, 1, (1, 1)),
    ]:
        box = [np.array([float(side)]) for side in (0, 0, width, height)]
        drawn = frames.draws(np.array([0]), np.zeros(1), box, [np.ones(1), np.ones(1), np.zeros(1), np.zeros(1)])
        assert (drawn.columns[0], drawn.rows[0]) == size


def test_without_any_picture_there_is_nothing_to_draw():
    assert ClipFrames([], [None, None], "crop").counts.tolist() == [0, 0]
    assert ClipFrames([], [], "crop").counts.tolist() == []


@pytest.mark.parametrize("step", [40.0, 100 / 3])
def test_the_times_at_which_clips_are_looked_at(step):
    random = np.random.default_rng(5)
    for _ in range(50):
        clips = [
            ClipRange(
                float(random.choice([0, step, 7 * step, 33])) + int(random.integers(0, 99)),
                float(random.choice([0, 0.5, step, 3 * step, 90])),
                8,
                8,
            )
            for _ in range(3)
        ]
        wanted = set()
        for clip in clips:
            wanted.add(clip.start_ms)
            first = math.ceil(clip.start_ms / step)
            wanted |= {n * step for n in range(first, first + math.floor(max(clip.dur_ms, 1) / step) + 1)}
        assert moments(clips, step).tolist() == pytest.approx(sorted(ms + 0.5 for ms in wanted))


def test_the_last_multiple_before_a_frame():
    for ms in np.arange(0, 200, 0.25):
        number = last_before(ms, 40.0)
        # It is seen half a millisecond late.
        assert number * 40 + 0.5 < ms <= (number + 1) * 40 + 0.5


class Film:
    """A film of frames of given beginnings; each lasts to the next, the last one 40 ms."""

    def __init__(self, begins):
        self.begins, self.asked = begins, []

    def frames(self, start, end):
        self.asked.append((start, end))
        ends = [*self.begins[1:], self.begins[-1] + 40]
        for begin, stop in zip(self.begins, ends):
            if stop > start and begin < end:
                yield SimpleNamespace(ms=float(begin), length_ms=float(stop - begin))


@each("seed", range(8))
def test_frames_are_shown_by_the_clips_whose_time_they_are_in(seed):
    random = np.random.default_rng(seed)
    begins = np.cumsum(random.integers(10, 60, 40)).tolist()
    clips = [
        ClipRange(float(random.integers(begins[0], begins[-1])), float(random.choice([0, 1, 50, 200])), 8, 8)
        for _ in range(6)
    ]
    film, found = Film(begins), {n: [] for n in range(len(clips))}
    for frame, end, showing in shown(film, clips):
        assert end > frame.ms
        for n in showing:
            found[n].append(frame.ms)
    stops = [*begins[1:], begins[-1] + 40]
    for n, clip in enumerate(clips):
        last = clip.start_ms + max(clip.dur_ms, 1)
        # A frame that begins half a millisecond late is on time, and so is one that ends then.
        expected = [b for b, stop in zip(begins, stops, strict=True) if stop > clip.start_ms + 0.5 and b + 0.5 < last]
        assert found[n] == expected, n
    # Each part of the film is read once, in order.
    assert all(end < start for (_, end), (start, _) in pairwise(film.asked))
