"""Thumbnails as they are gathered: four pixels to one, when frames end, and whose bottom fields are seen."""

import numpy as np
import pytest

from lib.video.thumbnails import (
    CHROMA_COLUMNS,
    CHROMA_ROWS,
    COLUMNS,
    HIGH,
    ROWS,
    WIDE,
    Gatherer,
    Thumbnails,
    joined,
)


class Shown:
    """A frame whose planes are known; its bottom field is its number everywhere."""

    def __init__(self, number, luma, ms):
        self.number, self.luma, self.ms, self.asked = number, luma, ms, 0
        self.chroma = np.array([np.full((CHROMA_ROWS, CHROMA_COLUMNS), 3 * number), self._blue(number)], np.uint8)

    def _blue(self, number):
        return np.add.outer(np.arange(CHROMA_ROWS), np.arange(CHROMA_COLUMNS)) + number

    def thumbnail(self, width, height):
        assert (width, height) == (WIDE, HIGH)
        return self.luma, *self.chroma

    def bottom_field(self, width, height):
        assert (width, height) == (COLUMNS, ROWS)
        self.asked += 1
        return np.full((ROWS, COLUMNS), self.number, np.uint8)


def gathered(pictures, times=None, end=None):
    frames = [Shown(n, luma, 40.0 * n if times is None else times[n]) for n, luma in enumerate(pictures)]
    gatherer = Gatherer()
    for frame in frames:
        gatherer.add(frame)
    return frames, gatherer.taken(40.0 * len(frames) if end is None else end), gatherer


def test_sizes():
    assert (WIDE, HIGH, COLUMNS, ROWS, CHROMA_COLUMNS, CHROMA_ROWS) == (96, 72, 48, 36, 24, 18)


def test_four_pixels_make_one():
    random = np.random.default_rng(1)
    pictures = random.integers(0, 256, (5, HIGH, WIDE), np.uint8)
    pictures[0] = np.arange(HIGH * WIDE).reshape(HIGH, WIDE) % 4
    pictures[1] = 255
    frames, found, _ = gathered(pictures)
    sums = pictures.astype(int).reshape(5, ROWS, 2, COLUMNS, 2).sum(axis=(2, 4))
    assert found.luma.tolist() == ((sums + 2) // 4).tolist()  # rounded, half a level up
    assert found.chroma.tolist() == [frame.chroma.tolist() for frame in frames]
    assert (found.luma.dtype, found.chroma.dtype, found.bottom.dtype) == (np.uint8,) * 3


def test_each_frame_lasts_until_the_next_one_and_the_last_to_the_end():
    pictures = np.zeros((3, HIGH, WIDE), np.uint8)
    _, found, gatherer = gathered(pictures, [5.0, 45.0, 125.0], 165.0)
    assert found.begins.tolist() == [5, 45, 125]
    assert found.ends.tolist() == [45, 125, 165]
    _, found, _ = gathered(pictures, [5.0, 45.0, 125.0], 100.0)
    assert found.ends.tolist() == [45, 125, 125]  # no frame ends before it begins
    # It starts over.
    empty = gatherer.taken(200.0)
    assert (len(empty), empty.ends.shape, empty.luma.shape) == (0, (0,), (0, ROWS, COLUMNS))
    assert empty.chroma.shape == (0, 2, CHROMA_ROWS, CHROMA_COLUMNS)
    gatherer.add(Shown(9, pictures[0], 240.0))
    assert gatherer.taken(280.0).begins.tolist() == [240]


def expected_bottoms(pictures):
    """Frames that differ from the one before by over half of their variance, and those before these; and the last."""
    seen = [picture[::6, ::6].astype(float).ravel() for picture in pictures]
    seen = [one - one.mean() for one in seen]
    wanted = {len(pictures) - 1}
    for n in range(1, len(pictures)):
        if ((seen[n] - seen[n - 1]) ** 2).sum() > 0.5 * (seen[n] ** 2).sum():
            wanted |= {n - 1, n}
    return wanted


@pytest.mark.parametrize("seed", range(3))
def test_the_bottom_fields_of_frames_that_change_are_seen_once(seed):
    random = np.random.default_rng(seed)
    pictures = [random.integers(0, 256, (HIGH, WIDE), np.uint8)]
    for n in range(1, 40):
        share = random.choice([0.0, 0.1, 0.2, 0.25, 0.3, 1.0])
        changed = random.integers(0, 256, (HIGH, WIDE)) * share + pictures[-1] * (1 - share)
        pictures.append(pictures[-1] if n % 7 == 3 else changed.astype(np.uint8))
    frames, found, _ = gathered(pictures)
    wanted = expected_bottoms(pictures)
    assert 5 < len(wanted) < 36
    for n, frame in enumerate(frames):
        assert frame.asked == (n in wanted), n
        assert (found.bottom[n] == (n if n in wanted else found.luma[n])).all()


def test_a_change_of_brightness_or_of_exactly_half_is_none():
    one = np.zeros((HIGH, WIDE), np.uint8)
    one[:, ::12] = 100
    brighter = one + 90
    frames, _, _ = gathered([one, brighter, brighter])
    assert [frame.asked for frame in frames] == [0, 0, 1]
    # A frame of one colour after another, without any variance, has not changed.
    frames, _, _ = gathered([one * 0 + 9, one * 0 + 90, one * 0])
    assert [frame.asked for frame in frames] == [0, 0, 1]


def thumbnails(times):
    count = len(times) - 1
    of = np.arange(count, dtype=np.uint8)
    luma = np.broadcast_to(of[:, None, None], (count, ROWS, COLUMNS))
    chroma = np.broadcast_to(of[:, None, None, None], (count, 2, CHROMA_ROWS, CHROMA_COLUMNS))
    return Thumbnails(np.array(times[:-1], float), np.array(times[1:], float), luma, chroma, luma + np.uint8(100))


def test_frames_on_the_screen_between_two_times():
    film = thumbnails([0, 40, 80, 120, 160])
    for first, last, places in [(0, 160, [0, 1, 2, 3]), (40, 80, [1]), (39, 81, [0, 1, 2]), (40, 40, []), (79, 80, [1]),
                                (159, 900, [3]), (160, 900, []), (-5, 1, [0]), (-5, 0, [])]:  # fmt: skip
        found = film.between(first, last)
        assert found.begins.tolist() == [40 * n for n in places]
        assert found.ends.tolist() == [40 * n + 40 for n in places]
        assert found.luma[:, 0, 0].tolist() == found.chroma[:, 1, 2, 3].tolist() == places
        assert found.bottom[:, 5, 5].tolist() == [100 + n for n in places]


def test_stretches_are_joined_in_order():
    one, two = thumbnails([0, 40, 80]), thumbnails([80, 120])
    both = joined(one, two)
    assert len(both) == 3
    assert (both.begins.tolist(), both.ends.tolist()) == ([0, 40, 80], [40, 80, 120])
    assert both.luma[:, 0, 0].tolist() == both.chroma[:, 0, 0, 0].tolist() == [0, 1, 0]
    assert both.bottom[:, 0, 0].tolist() == [100, 101, 100]
