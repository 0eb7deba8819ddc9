"""The fields of frames: rows of one parity, whatever the format, without change."""

import numpy as np
import pytest
from av.video.frame import VideoFrame

from lib.video.one_field import BOTTOM, TOP, OneField
from lib.video.scaling import Scaler
from lib.video.thumbnails import COLUMNS, HIGH, ROWS, WIDE, Gatherer
from tests.support.each import each


def rows_of(frame, plane=0, item=np.uint8):
    """Return the rows of a plane of a frame, without what pads them."""
    one = frame.planes[plane]
    wide = one.line_size // np.dtype(item).itemsize
    return np.frombuffer(one, item)[: wide * one.height].reshape(one.height, wide)[:, : one.width]


def random_frame(pixels, width=96, height=50, seed=1):
    rgb = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return VideoFrame.from_ndarray(rgb, "rgb24").reformat(format=pixels)


@each(("pixels", "item"), [("yuv420p", "u1"), ("yuv422p10le", "<u2"), ("gray", "u1"), ("nv12", "u1")])
@each("height", [48, 50, 51])
def test_a_field_is_every_second_row(pixels, item, height):
    frame = random_frame(pixels, height=height)
    whole = rows_of(frame, item=item)
    for side, first in ((TOP, 0), (BOTTOM, 1)):
        field = OneField(side)
        for _ in range(2):  # one graph for all frames of a kind
            found = rows_of(field.of(frame), item=item)
            np.testing.assert_array_equal(found, whole[first::2])


def test_frames_of_other_sizes_and_too_small_ones():
    field = OneField(TOP)
    for height in (48, 32, 10, 48):
        frame = random_frame("yuv420p", height=height)
        assert field.of(frame).height == (height if height < 16 else height // 2)


def test_a_thumbnail_shows_one_field_and_the_other_one_apart():
    height, width = 144, 192
    picture = np.empty((height, width, 3), np.uint8)
    picture[0::2], picture[1::2] = 60, 200
    frame = VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")
    top, bottom = rows_of(frame)[0, 0], rows_of(frame)[1, 0]
    scaler = Scaler()
    luma, u, v = scaler.thumbnail(frame, WIDE, HIGH)
    assert (luma.shape, u.shape, v.shape) == ((HIGH, WIDE), (HIGH // 4, WIDE // 4), (HIGH // 4, WIDE // 4))
    assert np.ptp(luma) <= 1
    assert abs(int(luma[0, 0]) - int(top)) <= 1
    other = scaler.bottom_field(frame, COLUMNS, ROWS)
    assert other.shape == (ROWS, COLUMNS)
    assert np.ptp(other) <= 1
    assert abs(int(other[0, 0]) - int(bottom)) <= 1


class Shown:
    """A frame with a picture as its top field, and even brightness as its bottom field."""

    def __init__(self, number, picture, bottom):
        self.ms, self._picture, self._bottom = 40.0 * number, picture, bottom
        self.seen = 0

    def thumbnail(self, width, height):
        chroma = np.full((height // 4, width // 4), 128, np.uint8)
        return self._picture, chroma, chroma

    def bottom_field(self, width, height):
        self.seen += 1
        return np.full((height, width), self._bottom, np.uint8)


def test_bottom_fields_are_seen_where_frames_change():
    random = np.random.default_rng(2)
    one, two = random.integers(20, 200, (2, HIGH, WIDE), np.uint8)
    # Brightness is not a change, and neither is a little noise.
    tops = [one, one + 30, one, one + random.integers(0, 9, one.shape, np.uint8), one, two, two + 9, two]
    frames = [Shown(n, top, n) for n, top in enumerate(tops)]
    gatherer = Gatherer()
    for frame in frames:
        gatherer.add(frame)
    found = gatherer.taken(320)
    # Those of the two frames at the change, and that of the last one.
    assert [frame.seen for frame in frames] == [0, 0, 0, 0, 1, 1, 0, 1]
    for n in range(8):
        np.testing.assert_array_equal(found.bottom[n], n if frames[n].seen else found.luma[n])
    assert len(gatherer.taken(320)) == 0


@pytest.mark.parametrize(("share", "seen"), [(0.4, False), (0.6, True)])
def test_a_change_is_over_half_of_the_variance(share, seen):
    # Stripes and bars, which have nothing in common: one turns into the other until the change has that share of the
    # variance, which stays.
    stripes = np.where(np.arange(HIGH) // 6 % 2, 40.0, -40.0)[:, None] + np.zeros(WIDE)
    bars = np.where(np.arange(WIDE) // 6 % 2, 40.0, -40.0) + np.zeros((HIGH, 1))
    angle = 2 * np.arcsin(np.sqrt(share / 4))
    tops = [128 + stripes, 128 + np.cos(angle) * stripes + np.sin(angle) * bars]
    frames = [Shown(n, np.clip(top, 0, 255).astype(np.uint8), n) for n, top in enumerate(tops)]
    gatherer = Gatherer()
    for frame in frames:
        gatherer.add(frame)
    assert [frame.seen for frame in frames] == [int(seen)] * 2
