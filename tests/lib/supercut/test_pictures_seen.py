"""Which frame of a film each time shows, with which caption, once each; and what of a file's other end is kept."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import lib.audio.ranges
import lib.video.spectrogram
from lib.errors import MediaError, NoAudioError, NoVideoError
from lib.supercut import pictures
from lib.supercut.pictures import Pictures, SourceJob, extract, open_pictures
from lib.text.captions import caption_planes, draw_caption
from lib.video.planes import RGB, Planes


class Film:
    """A film whose frames begin at some times and are as long as they are until the next one, or less."""

    def __init__(self, frames, problem=""):
        self.all = [SimpleNamespace(ms=ms, length_ms=length, number=n) for n, (ms, length) in enumerate(frames)]
        self.problem, self.asked, self.expected, self.closed = problem, [], None, 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed += 1

    def expect(self, ms):
        self.expected = ms.tolist()

    def frames(self, ms):
        self.asked.append(ms)
        yield self.at(ms)

    def at(self, ms):
        return max((frame for frame in self.all if frame.ms <= ms), key=lambda frame: frame.ms, default=self.all[0])


def job_of(tmp_path, ms, look, looks, kind=None, size=(4, 2)):
    source = tmp_path / "a.mp4"
    source.write_bytes(b"film")
    kind = kind or Planes(*size, RGB)
    return SourceJob(
        str(source), str(tmp_path / "kept"), np.array(ms, float), np.array(look, np.int64), looks, kind, *size, "crop"
    )


@pytest.fixture
def shown(monkeypatch):
    """Films are read as they are put in here; a frame is drawn in its number."""
    films = {}

    def opened(source, crop_bars=False):
        assert crop_bars  # what is seen of a film is its picture, without its bars
        return films["film"]

    monkeypatch.setattr(pictures, "VideoReader", opened)
    monkeypatch.setattr(
        pictures, "shown_as", lambda frame, job: np.full(job.kind.count, frame.number, np.uint8)
    )  # fmt: skip
    monkeypatch.setattr(pictures, "_captioned", lambda picture, caption, job: picture + 100 * len(caption))
    return films


@pytest.mark.parametrize("seed", range(12))
def test_each_time_shows_the_frame_that_is_there_with_its_caption(shown, tmp_path, seed):
    random = np.random.default_rng(seed)
    begins = np.cumsum(random.integers(1, 5, 8)) * 10.0
    lengths = np.minimum(np.diff(begins, append=begins[-1] + 30), random.choice([10.0, 40.0], 8))
    film = shown["film"] = Film(zip(begins, lengths, strict=True), "a problem" * (seed % 2))
    ms = np.sort(random.integers(0, 20, 30)) * 10.0
    looks = ((0.0, 1.0, ""), (5.0, 1.0, "x"), (9.0, 1.0, ""))
    look = random.integers(0, 3, 30)
    job = job_of(tmp_path, ms, look, looks)
    extract(job)
    assert (film.expected, film.closed) == (ms.tolist(), 1)
    kept = open_pictures(job)
    assert kept.problem == "a problem" * (seed % 2)
    want = [film.at(time).number + 100 * len(looks[n][2]) for time, n in zip(ms, look, strict=True)]
    with Pictures([job.target], job.kind) as them:
        assert [set(them.read(0, int(n)).tolist()) for n in kept.which] == [{number} for number in want]
    # Each once, in the order in which they are first needed; and a frame is looked for once.
    of_frames = [(film.at(time).number, looks[n][2]) for time, n in zip(ms, look, strict=True)]
    order = sorted(dict.fromkeys(of_frames), key=lambda one: (one[0], of_frames.index(one)))
    assert [order[n] for n in kept.which] == of_frames
    until, asked = -1.0, []
    for time in ms:
        if time >= until:
            asked.append(time)
            until = film.at(time).ms + film.at(time).length_ms
    assert film.asked == asked


def test_a_film_that_nobody_wants_has_no_pictures(shown, tmp_path):
    shown["film"] = Film([(0.0, 40.0)])
    job = job_of(tmp_path, [], [], ())
    extract(job)
    assert open_pictures(job).which.tolist() == []


def test_a_source_that_is_gone_is_named_by_the_system(tmp_path):
    job = job_of(tmp_path, [0.0], [0], ((0.0, 1.0, ""),))
    Path(job.source).unlink()
    with pytest.raises(MediaError, match=r"cannot be read \(No such file or directory\)"):
        extract(job)
    assert not Path(job.target).exists()


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(shown, tmp_path):
    shown["film"] = Film([(0.0, 40.0)])
    job = job_of(tmp_path, [0.0], [0], ((0.0, 1.0, ""),))
    (tmp_path / "mine").write_bytes(b"mine")
    Path(job.target).symlink_to(tmp_path / "mine")
    extract(job)
    assert (tmp_path / "mine").read_bytes() == b"mine"
    assert not Path(job.target).is_symlink()


@pytest.fixture
def heard(monkeypatch):
    """A source without a picture, whose sound is as long as it is asked for, in frames of one channel."""
    asked = []

    def no_video(source, crop_bars):
        raise NoVideoError("has no picture")

    def ranges(source, rate, channels, spans, notify):
        asked.append((rate, channels, spans))
        notify("breaks off")
        notify("and again")
        for n in reversed(range(len(spans))):
            yield n, np.full((round(spans[n][1]), channels), 50 + n, np.float32)

    def drawn(sound, rate, width, height):
        assert (sound.ndim, rate) == (1, 22_050)
        return np.full((height, width, 3), sound[0], np.uint8)

    monkeypatch.setattr(pictures, "VideoReader", no_video)
    monkeypatch.setattr(lib.audio.ranges, "read_ranges", ranges)
    monkeypatch.setattr(lib.video.spectrogram, "spectrogram", drawn)
    return asked


def test_a_sound_is_shown_as_a_spectrogram_of_each_sample(heard, tmp_path):
    looks = ((0.0, 30.0, ""), (50.0, 40.0, " "), (50.0, 20.0, ""))
    job = job_of(tmp_path, [0.0, 10.0, 50.0, 60.0, 70.0], [0, 0, 1, 2, 1], looks, Planes(6, 4, RGB), (5, 3))
    extract(job)
    # In the order in which they are first seen; what is wrong is told once.
    assert heard == [(22_050, 1, [(0.0, 30.0), (50.0, 40.0), (50.0, 20.0)])]
    kept = open_pictures(job)
    assert kept.problem == "breaks off"
    with Pictures([job.target], job.kind) as them:
        made = [them.read(0, int(n)).reshape(4, 6, 3) for n in kept.which]
    for picture, level in zip(made, (50, 50, 51, 52, 51), strict=True):
        want = np.zeros((4, 6, 3), np.uint8)
        want[:3, :5] = level
        assert np.array_equal(picture, want)


def test_a_file_with_neither_sound_nor_picture_is_none(heard, tmp_path, monkeypatch):
    def silent(*_):
        raise NoAudioError("has no sound")

    monkeypatch.setattr(lib.audio.ranges, "read_ranges", silent)
    with pytest.raises(NoVideoError, match="has neither sound nor picture"):
        extract(job_of(tmp_path, [0.0], [0], ((0.0, 1.0, ""),)))


@pytest.mark.parametrize(("pixels", "padded"), [(RGB, (64, 36)), ("yuv420p", (66, 38))])
def test_a_caption_is_drawn_on_the_picture(pixels, padded):
    kind = Planes(*padded, pixels)
    job = SimpleNamespace(kind=kind, width=64, height=36)
    picture = np.full(kind.count, 90, np.uint8)
    for nothing in ("", "  "):
        assert pictures._captioned(picture, nothing, job) is picture
    made = pictures._captioned(picture, "Title", job)
    assert (picture == 90).all()
    if pixels == RGB:
        want = draw_caption(np.full((36, 64, 3), 90, np.uint8), "Title").reshape(-1)
        assert np.array_equal(made, want)
    else:
        want = picture.copy()
        caption_planes(list(kind.of(want)), 64, 36, "Title")
        assert np.array_equal(made, want)
        assert not np.array_equal(made, picture)
