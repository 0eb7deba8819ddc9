"""The parts of a sequence joined, against whole arrays: pictures that are known, and sounds of numbers."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lib.math.dither import dithered
from lib.video import sequence_streams
from lib.video.sequence_streams import Part, begins_of, joined_pictures, joined_sound, pictures_of, sound_frames
from tests.support.each import each


@pytest.mark.parametrize(
    ("parts", "begins"),
    [
        ([], [0]),
        ([Part("a", 10)], [0, 10]),
        ([Part("a", 10), Part("b", 20, 4), Part("c", 5, 1), Part("d", 7)], [0, 6, 25, 30, 37]),
    ],
)
def test_parts_begin_where_their_fades_do(parts, begins):
    assert begins_of(parts) == begins


@each(("pictures", "fps", "frames"), [(0, 25, 0), (1, 25, 1920), (3, 30, 4800), (1, 29, 1655)])
def test_sound_lasts_as_long_as_its_pictures(pictures, fps, frames):
    assert sound_frames(pictures, Fraction(fps)) == frames
    assert sound_frames(1001, Fraction(30_000, 1001)) == round(1001 * 1001 * 1.6)


def still(level, size=(4, 2)):
    return np.full((size[1], size[0], 3), level, np.uint8)


def test_pictures_are_blended_where_parts_overlap():
    parts = [
        Part("", 5, stills=still(40)),
        Part("", 7, 3, still(200)),
        Part("", 4, 2, still(100)),
        Part("", 2, 0, still(9)),
    ]
    found = [picture.astype(int) for picture in joined_pictures(parts, (4, 2), Fraction(25))]
    shares = {3: (0.5, 1.5, 2.5), 2: (0.5, 1.5)}
    fades = [[40 + (200 - 40) * n / 3 for n in shares[3]], [200 - 100 * n / 2 for n in shares[2]]]
    expected = [40] * 2 + fades[0] + [200] * 2 + fades[1] + [100] * 2 + [9] * 2
    assert len(found) == begins_of(parts)[-1] == len(expected)
    for picture, level in zip(found, expected, strict=True):
        assert picture == pytest.approx(np.full((2, 4, 3), level), abs=1)
        assert picture.mean() == pytest.approx(level, abs=0.5)
    # Where nothing is blended the picture is as it was.
    assert all((found[n] == expected[n]).all() for n in (0, 1, 5, 6, 9, 10, 11, 12))
    half = np.float32(0.5)
    one, two = still(40).astype(np.float32), still(200).astype(np.float32)
    assert (found[3] == dithered(one * half + two * half)).all()


class Reader:
    """A film of frames that begin at given ms and are as bright as their numbers."""

    width, height = 8, 6

    def __init__(self, begins, asked):
        self.begins, self.asked = begins, asked

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.asked.append("closed")

    def frames(self):
        for n, ms in enumerate(self.begins):
            yield SimpleNamespace(ms=ms, picture=lambda width, height, n=n: self.drawn(n, width, height))

    def drawn(self, n, width, height):
        self.asked.append(n)
        return np.full((height, width, 3), n + 1, np.uint8)


@each(
    ("begins", "fps", "count", "shown"),
    [
        ([0, 40, 80], 25, 5, [0, 1, 2, 2, 2]),
        # What is on the screen in the middle of each picture: at 20, 60, 100 ms, and so on.
        ([0, 20, 60, 61, 99, 101], 25, 3, [1, 2, 4]),
        ([0, 20.01, 59], 25, 2, [0, 2]),
        ([0, 100], 50, 7, [0, 0, 0, 0, 0, 1, 1]),
        ([0], 25, 2, [0, 0]),
        ([0, 10, 20, 30, 40, 50, 60], Fraction(30_000, 1001), 2, [1, 5]),
    ],
)
def test_the_picture_on_the_screen_is_shown_at_any_rate(monkeypatch, begins, fps, count, shown):
    asked = []
    monkeypatch.setattr(
        sequence_streams, "VideoReader", lambda path, fields: asked.append((path, fields)) or Reader(begins, asked)
    )
    found = list(pictures_of(Part("a.mp4", count), (8, 6), Fraction(fps)))
    assert [int(picture[0, 0, 0]) - 1 for picture in found] == shown
    # Each is scaled once.
    assert asked == [("a.mp4", False), *dict.fromkeys(shown), "closed"]


@each(
    ("size", "box"),
    [
        ((8, 6), (0, 0, 8, 6)),
        ((16, 12), (0, 0, 16, 12)),
        ((20, 12), (2, 0, 16, 12)),
        ((8, 20), (0, 7, 8, 6)),
        ((5, 9), (0, 2, 5, 4)),  # 3.75 rows are four
        ((100, 1), (49, 0, 1, 1)),
    ],
)
def test_pictures_are_fitted_into_the_middle(monkeypatch, size, box):
    monkeypatch.setattr(sequence_streams, "VideoReader", lambda path, fields: Reader([0], []))
    (picture,) = pictures_of(Part("a.mp4", 1), size, Fraction(25))
    left, top, width, height = box
    expected = np.zeros((size[1], size[0], 3))
    expected[top : top + height, left : left + width] = 1
    assert (picture == expected).all()


@pytest.mark.parametrize("block", [700, 1920, 10**6])
def test_sounds_are_crossfaded_by_equal_power(monkeypatch, block):
    fps = Fraction(25)
    random = np.random.default_rng(block)
    parts = [Part("0", 5, 0, gain=0.5), Part("1", 7, 3), Part("2", 4, 2, gain=2.0), Part("3", 2)]
    whole = [random.uniform(-1, 1, (1920 * part.frames, 2)).astype(np.float32) for part in parts]

    def sound(part, length):
        assert length == 1920 * part.frames
        for first in range(0, length, block):
            yield whole[int(part.film)][first : first + block]

    monkeypatch.setattr(sequence_streams, "_sound", sound)
    found = np.concatenate(list(joined_sound(parts, fps)))
    expected = np.zeros((1920 * begins_of(parts)[-1], 2))
    for n, (part, begin) in enumerate(zip(parts, begins_of(parts)[:-1], strict=True)):
        curve = np.full(len(whole[n]), part.gain)
        after = 1920 * parts[n + 1].fade if n + 1 < len(parts) else 0
        for length, place, of in ((1920 * part.fade, 0, np.sin), (after, len(curve) - after, np.cos)):
            curve[place : place + length] *= of((np.arange(length) + 0.5) / max(length, 1) * np.pi / 2)
        expected[1920 * begin : 1920 * begin + len(curve)] += whole[n] * curve[:, None]
    assert found.dtype == np.float32
    assert_allclose(found, expected, rtol=0, atol=1e-6)


@each(
    ("heard", "lengths", "length", "loud"),
    [(True, [300, 300], 450, 450), (True, [300, 300], 600, 600), (True, [100, 20], 400_000, 120), (True, [], 5, 0),
     (False, [300], 200_000, 0), (True, [300], 0, 0)],
)  # fmt: skip
def test_a_sound_is_cut_or_continued_with_silence(monkeypatch, heard, lengths, length, loud):
    asked = []

    class Sound(Reader):
        def blocks(self):
            for size in lengths:
                yield np.ones((size, 2), np.float32)

    monkeypatch.setattr(sequence_streams, "AudioReader", lambda *words: asked.append(words) or Sound([], []))
    blocks = list(sequence_streams._sound(Part("a.wav", 1, heard=heard), length))
    found = np.concatenate([*blocks, np.zeros((0, 2))])
    assert len(found) == length
    assert (found[:loud] == 1).all()
    assert not found[loud:].any()
    assert all(0 < len(block) <= 1 << 17 for block in blocks)
    assert asked == ([("a.wav", 48_000, 2)] if heard else [])


@each("fps", [Fraction(25), Fraction(30_000, 1001), Fraction(24_000, 1001), Fraction(7, 3)])
def test_the_last_part_is_faded_in_too_at_any_rate(monkeypatch, fps):
    asked = []

    def sound(part, length):
        asked.append(length)
        yield np.ones((length, 2), np.float32)

    monkeypatch.setattr(sequence_streams, "_sound", sound)
    parts = [Part("0", 7), Part("1", 8, 3), Part("2", 5, 2)]
    found = np.concatenate(list(joined_sound(parts, fps)))
    begins = begins_of(parts)
    assert begins == [0, 4, 10, 15]
    assert len(found) == sound_frames(15, fps)
    # Each begins at the frame of its first picture, and the last one ends with the last picture.
    marks = [sound_frames(begin, fps) for begin in begins]
    assert asked == [sound_frames(7, fps), sound_frames(8, fps), marks[3] - marks[2]]
    expected = np.ones(len(found))
    for n in (1, 2):
        overlap = marks[n - 1] + asked[n - 1] - marks[n]
        angle = (np.arange(overlap) + 0.5) / overlap * np.pi / 2
        expected[marks[n] : marks[n] + overlap] = np.sin(angle) + np.cos(angle)
    np.testing.assert_allclose(found[:, 0], expected, atol=1e-6)


def test_the_last_part_is_blended_too():
    parts = [Part("", 5, stills=still(40)), Part("", 7, 3, still(200))]
    found = [picture.mean() for picture in joined_pictures(parts, (4, 2), Fraction(25))]
    assert len(found) == 9
    assert found == pytest.approx([40, 40, 40 + 160 / 6, 120, 200 - 160 / 6, *[200] * 4], abs=1)
