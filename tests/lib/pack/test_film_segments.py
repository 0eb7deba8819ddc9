"""Segments of films: which frames, at which rate, with which sound; with films and encoders that only note it."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from lib.errors import NoAudioError, NoVideoError
from lib.pack import film_segments
from lib.pack.film_segments import FilmSegment, SegmentsJob, write_segments


class Film:
    """A film of a second, whose frames are numbered by the millisecond at which they are asked for."""

    width, height, end_ms, problem = 6, 4, 1000.0, "a problem"

    def __init__(self, rate):
        self.rate, self.asked = rate, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def frames(self, begin, end):
        assert begin == end
        self.asked.append(begin)
        yield SimpleNamespace(picture=lambda width, height: np.full((height, width, 3), 7, np.uint8))


@pytest.fixture
def written(monkeypatch, tmp_path):
    """What the encoders are given: (name, size, rate, number of frames, quality, sound), and how many frames came."""
    found = []

    class Writer:
        def __init__(self, target, size, fps, count, quality, pixels, sound):
            (tmp_path / target).write_bytes(b"film")
            self.entry = [target.rpartition("/")[2], size, fps, count, quality, sound, 0]
            found.append(self.entry)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def write(self, data):
            assert data.nbytes == 6 * 4 * 3
            self.entry[-1] += 1

    monkeypatch.setattr(film_segments, "VideoWriter", Writer)
    monkeypatch.setattr(film_segments, "_sounds", lambda path, segments, scratch: {"b.mp4": "b.wav"})
    return found


def job_of(tmp_path, *segments):
    return SegmentsJob(
        str(tmp_path), "f.mp4", str(tmp_path), tuple(FilmSegment(*segment, "made") for segment in segments)
    )


@pytest.mark.parametrize(
    ("rate", "fps"),
    [
        (Fraction(24_000, 1001), Fraction(24_000, 1001)),
        (30, 30),
        (None, 25),
        (0, 25),
        (120, 120),
        (121, 25),
        (1000, 25),
    ],
)
def test_segments_have_the_rate_of_their_film(monkeypatch, tmp_path, written, rate, fps):
    film = Film(rate)
    monkeypatch.setattr(film_segments, "VideoReader", lambda path: film)
    found = write_segments(job_of(tmp_path, ("b.mp4", 500.0, 200.0), ("a.mp4", 0.0, 0.0)))
    # In the film's order; one frame at least, else as many as there are in its time.
    count = max(round(Fraction(200) * fps / 1000), 1)
    assert written == [
        ["a.mp4", (6, 4), fps, 1, "high", "", 1], ["b.mp4", (6, 4), fps, count, "high", "b.wav", count],
    ]  # fmt: skip
    middles = [500 + float((n + Fraction(1, 2)) * 1000 / fps) for n in range(count)]
    assert film.asked == pytest.approx([0, float(500 / Fraction(fps)), 500, *middles])
    assert list(found.made) == ["a.mp4", "b.mp4"]
    assert [entry[0] for entry in found.made.values()] == ["made"] * 2
    assert (found.problem, found.beyond) == ("a problem", [])


def test_what_begins_after_the_end_is_no_segment(monkeypatch, tmp_path, written):
    monkeypatch.setattr(film_segments, "VideoReader", lambda path: Film(25))
    found = write_segments(job_of(tmp_path, ("a.mp4", 999.0, 40.0), ("b.mp4", 1000.0, 40.0), ("c.mp4", 2000.0, 40.0)))
    assert found.beyond == [1000, 2000]
    assert list(found.made) == ["a.mp4"]


def test_a_file_without_a_picture_has_no_segments(monkeypatch, tmp_path, written):
    def none(path):
        raise NoVideoError("has no picture")

    monkeypatch.setattr(film_segments, "VideoReader", none)
    assert write_segments(job_of(tmp_path, ("a.mp4", 0.0, 40.0))).made == {}


def test_the_sound_of_each_segment_is_a_file(monkeypatch, tmp_path):
    asked = []

    def ranges(path, rate, channels, wanted):
        asked.append((path, rate, channels, wanted))
        yield 1, np.full((960, 2), 0.25, np.float32)
        yield 0, np.zeros((0, 2), np.float32)
        yield 2, np.full((96, 2), 0.5, np.float32)

    monkeypatch.setattr(film_segments, "read_ranges", ranges)
    segments = tuple(FilmSegment(name, start, 20.0, "") for name, start in (("a", 0.0), ("b", 100.0), ("c", 200.0)))
    found = film_segments._sounds("f.mp4", segments, str(tmp_path))
    assert asked == [("f.mp4", 48_000, 2, [(0.0, 20.0), (100.0, 20.0), (200.0, 20.0)])]
    assert sorted(found) == ["b", "c"]
    data = (tmp_path / "1.wav").read_bytes()
    assert found["b"] == str(tmp_path / "1.wav")
    # 960 frames of two channels of 24 bits.
    assert data.count(b"data") >= 1
    begin = data.index(b"data") + 8
    values = [int.from_bytes(data[begin + n : begin + n + 3], "little", signed=True) for n in range(0, 960 * 6, 3)]
    assert values[960] == values[961] == pytest.approx(0.25 * (2**23 - 1), abs=2)
    assert values[0] == 0  # it fades in

    def silent(*_):
        raise NoAudioError("has no sound")
        yield

    monkeypatch.setattr(film_segments, "read_ranges", silent)
    assert film_segments._sounds("f.mp4", segments, str(tmp_path)) == {}
