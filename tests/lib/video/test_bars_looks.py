"""Black bars at their limits, and the frames that are looked at for them."""

import numpy as np
import pytest
from av.video.frame import VideoFrame

from lib.video import bars
from lib.video.bars import picture_part, within_bars
from tests.support.each import each

WHOLE = (0, 0, 1, 1)


class Packet:
    def __init__(self, *frames):
        self.frames = frames

    def decode(self):
        return self.frames


@each(("before", "seen"), [(0, True), (1, True), (119, True), (120, False), (200, False)])
def test_120_packets_are_decoded_for_a_frame(monkeypatch, before, seen):
    frame, taken = VideoFrame(8, 6, "gray"), []

    def packets(container, stream):
        for n in range(before):
            taken.append(n)
            yield Packet(*["no picture"] * (n % 2))
        taken.append(before)
        yield Packet("no picture", frame, VideoFrame(8, 6, "gray"))

    monkeypatch.setattr(bars, "packets", packets)
    assert bars._first_frame(None, None) is (frame if seen else None)
    assert len(taken) <= 121


def test_a_place_that_cannot_be_read_is_passed_over(monkeypatch):
    sought = []

    class Container:
        start_time, duration = 0, 1600

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def seek(self, place):
            sought.append(place)
            if len(sought) == 3:
                raise OSError("gone")

    shown = VideoFrame(8, 6, "gray")
    np.frombuffer(shown.planes[0], np.uint8)[:] = 77

    def first(container, stream):
        if len(sought) == 5:
            raise ValueError("damaged")
        return shown

    monkeypatch.setattr(bars, "open_media", lambda path: Container())
    monkeypatch.setattr(bars, "film_stream", lambda container: None)
    monkeypatch.setattr(bars, "_first_frame", first)
    found = list(bars._looks("a.mp4", (8, 6)))
    assert len(sought) == 16
    assert len(found) == 14
    assert all(picture.shape == (6, 8, 3) and (picture == 77).all() for picture in found)
    for size in ((8, 7), (9, 6)):
        sought.clear()
        assert list(bars._looks("a.mp4", size)) == []


def frame(rows, columns, level=200, height=100, width=100, black=0):
    out = np.full((height, width, 3), black, np.uint8)
    out[rows[0] : rows[1], columns[0] : columns[1]] = level
    return out


@each(
    ("picture", "part"),
    [
        (frame((10, 90), (0, 100), 48), (0, 0.1, 1, 0.9)),  # just bright enough to tell
        (frame((10, 90), (0, 100), 47), WHOLE),
        (frame((10, 90), (0, 100), black=24), (0, 0.1, 1, 0.9)),
        (frame((10, 90), (0, 100), black=25), WHOLE),
        (frame((40, 60), (0, 100)), (0, 0.4, 1, 0.6)),  # a fifth is left
        (frame((41, 60), (0, 100)), WHOLE),
        (frame((0, 100), (40, 60)), (0.4, 0, 0.6, 1)),
        (frame((0, 100), (40, 59)), WHOLE),
        (frame((1, 99), (1, 99)), (0.01, 0.01, 0.99, 0.99)),
        (frame((1, 199), (1, 199), height=200, width=200), WHOLE),
        (frame((2, 199), (1, 198), height=200, width=200), (0, 0.01, 0.99, 1)),
        (frame((1, 198), (2, 199), height=200, width=200), (0.01, 0, 1, 0.99)),
    ],
)
def test_limits_of_bars(picture, part):
    for count, found in ((2, WHOLE), (3, part), (4, part)):
        assert picture_part([picture] * count) == pytest.approx(found)


def test_the_hundredth_of_a_picture_that_is_brightest_tells_whether_it_is_dark():
    for pixels, found in ((90, WHOLE), (110, (0, 0.1, 1, 0.9))):
        dark = frame((10, 90), (0, 100), 40)
        dark.reshape(-1, 3)[1000 : 1000 + pixels] = 60
        assert picture_part([dark] * 3) == pytest.approx(found)


def test_rows_and_columns_with_hardly_anything_bright_are_black():
    for count, first in ((2, 0.1), (3, 0.05)):  # more than two of a hundred
        across, down = frame((10, 100), (0, 100)), frame((0, 100), (10, 100))
        across[5, :count], down[:count, 5] = 255, 255
        assert picture_part([across] * 3) == pytest.approx((0, first, 1, 1))
        assert picture_part([down] * 3) == pytest.approx((first, 0, 1, 1))
    # Bright in few places only: no picture at all.
    speckled = np.zeros((300, 300, 3), np.uint8)
    speckled[::60, ::60] = 255
    speckled[:20, :5] = 255
    assert picture_part([speckled] * 3) == WHOLE


@each(
    ("shown", "part", "found"),
    [
        ((0.11, 0.21, 0.89, 0.79), (0, 0, 100, 100), (12, 22, 76, 56)),
        ((0.1, 0.2, 0.9, 0.8), (0, 0, 100, 100), (10, 20, 80, 60)),
        ((0, 0, 1, 1), (3, 5, 91, 83), (3, 5, 91, 83)),
        ((0.1, 0, 1, 0.9), (3, 5, 91, 83), (3 + 10, 5, 81, 74)),
        ((0, 0.1, 0.9, 1), (3, 5, 91, 83), (3, 5 + 10, 80, 73)),
        ((0.001, 0.001, 0.999, 0.999), (0, 0, 50, 50), (2, 2, 46, 46)),
    ],
)
def test_parts_between_bars_in_even_numbers(monkeypatch, shown, part, found):
    seen = []
    whole = np.arange(110 * 100 * 3, dtype=np.uint32).reshape(110, 100, 3)
    monkeypatch.setattr(bars, "_looks", lambda path, size: [whole])
    monkeypatch.setattr(bars, "picture_part", lambda looks: seen.extend(looks) or shown)
    assert within_bars("a", part, (100, 110)) == found
    left, top, columns, rows = part
    assert seen[0].tolist() == whole[top : top + rows, left : left + columns].tolist()
