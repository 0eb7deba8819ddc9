"""Pictures on disk: read from many files, of which the latest few are open."""

import builtins
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lib.errors import MediaError
from lib.supercut import pictures
from lib.supercut.pictures import Pictures
from lib.video.planes import RGB, Planes
from tests.support.each import each

SIZE = 6


@pytest.fixture
def files(tmp_path):
    """Five files of four pictures each: picture k of file n has the bytes 10 n + k."""
    for n in range(5):
        (tmp_path / str(n)).write_bytes(b"".join(bytes([10 * n + k] * SIZE) for k in range(4)))
    return [str(tmp_path / str(n)) for n in range(5)]


def test_pictures_are_read_from_any_file_in_any_order(files, monkeypatch):
    monkeypatch.setattr(pictures, "MOST_OPEN", 3)
    opened, real = [], open
    monkeypatch.setattr(
        builtins, "open", lambda path, *more, **how: opened.append(str(path)) or real(path, *more, **how)
    )
    with Pictures(files, SimpleNamespace(count=SIZE)) as them:
        for source, number in [(0, 0), (1, 3), (2, 1), (0, 2), (3, 0), (0, 1), (2, 2), (1, 0), (4, 3), (2, 0)]:
            assert np.array_equal(them.read(source, number), np.full(SIZE, 10 * source + number))
            assert len(them._open) <= 3
    # The fourth closes the one that was read longest ago, the second, and that in turn the fourth.
    assert [files.index(path) for path in opened if path in files] == [0, 1, 2, 3, 1, 4]
    assert len(them._open) == 0


def test_what_is_not_there_is_named(files):
    with Pictures(files, SimpleNamespace(count=SIZE)) as them:
        with pytest.raises(MediaError, match=r"1: is gone or damaged"):
            them.read(1, 4)
        with pytest.raises(MediaError, match="nowhere: cannot be read"):
            Pictures([files[0] + "nowhere"], SimpleNamespace(count=SIZE)).read(0, 0)


@pytest.mark.parametrize(("across", "down"), [(1, 1), (2, 1), (2, 2)])
def test_the_middle_of_a_plane_is_laid_over_the_middle_at_even_pixels(across, down):
    random = np.random.default_rng(across + down)
    for _ in range(80):
        (height, width), (rows, columns) = random.integers(1, 12, (2, 2))
        source = random.integers(1, 256, (rows, columns), np.uint8)
        target = np.zeros((height, width), np.uint8)
        pictures._lay(target, source, across, down)
        expected = np.zeros((height, width), np.uint8)

        def begin(more, less, step):
            """Half of what is left over, in pixels, down to an even one, in samples."""
            half = (more - less) * step / 2
            return int(half // 2 * 2 / step)

        up, left = (
            begin(max(height, rows), min(height, rows), down),
            begin(max(width, columns), min(width, columns), across),
        )
        for row in range(min(height, rows)):
            for column in range(min(width, columns)):
                own = row + up * (height > rows), column + left * (width > columns)
                other = row + up * (height <= rows), column + left * (width <= columns)
                expected[own] = source[other]
        assert (target == expected).all()


class Shown:
    """A frame that is drawn as its size says."""

    def __init__(self, width, height, has_planes):
        self.width, self.height, self.has_planes, self.asked = width, height, has_planes, []

    def stretched(self, width, height):
        self.asked.append((width, height))
        return np.full((height, width, 3), 200, np.uint8)

    def planes(self, width, height, pixels):
        self.asked.append((width, height, pixels))
        if not self.has_planes:
            return None
        return tuple(np.full((-(-height // n), -(-width // n)), 100 + n, np.uint8) for n in (1, 2, 2))


@each(
    ("frame", "fit", "whole", "box"),
    [
        ((64, 48), "contain", (64, 48), (0, 0, 64, 48)),
        ((128, 48), "contain", (64, 24), (0, 12, 64, 36)),
        ((128, 48), "crop", (128, 48), (0, 0, 64, 48)),
        ((32, 48), "contain", (32, 48), (16, 0, 48, 48)),
        ((32, 48), "crop", (64, 96), (0, 0, 64, 48)),
        ((1000, 1), "contain", (64, 1), (0, 22, 64, 23)),
        ((62, 48), "contain", (62, 48), (0, 0, 62, 48)),
    ],
)
@each("pixels", [RGB, "yuv420p"])
def test_frames_are_fitted_or_cropped(frame, fit, whole, box, pixels):
    left, top, right, bottom = box
    for has_planes in (False, True):
        kind = Planes(64, 48, pixels)
        shown = Shown(*frame, has_planes)
        job = SimpleNamespace(kind=kind, width=64, height=48, fit=fit)
        made = pictures.shown_as(shown, job)
        assert made.shape == (kind.count,)
        if pixels == RGB or not has_planes:
            canvas = np.zeros((48, 64, 3), np.uint8)
            canvas[top:bottom, left:right] = 200
            assert (made == kind.padded(canvas)).all()
            assert shown.asked[-1] == whole
        else:
            assert shown.asked == [(*whole, pixels)]
            luma = np.full((48, 64), 16)
            luma[top:bottom, left:right] = 101
            made_luma, *made_chroma = kind.of(made)
            assert (made_luma == luma).all()
            for plane in made_chroma:
                chroma = np.full((24, 32), 128)
                chroma[top // 2 : -(-bottom // 2), left // 2 : right // 2] = 102
                assert (plane == chroma).all()
    # A smaller picture than its room goes through RGB.
    shown = Shown(*frame, True)
    room = Planes(80, 60, pixels)
    pictures.shown_as(shown, SimpleNamespace(kind=room, width=64, height=48, fit=fit))
    assert shown.asked == [whole]


def test_a_frame_of_one_column_stays_one():
    shown = Shown(1, 1000, False)
    pictures.shown_as(shown, SimpleNamespace(kind=Planes(64, 48, RGB), width=64, height=48, fit="contain"))
    assert shown.asked == [(1, 48)]


@pytest.fixture
def job(tmp_path):
    source = tmp_path / "a.mp4"
    source.write_bytes(b"film")
    words = {
        "ms": np.array([0.0, 40.0, 80.0]),
        "look": np.array([0, 0, 1]),
        "looks": ((0.0, 80.0, ""), (80.0, 40.0, "x")),
    }
    return pictures.SourceJob(
        str(source), str(tmp_path / "kept"), kind=Planes(4, 2, RGB), width=4, height=2, fit="crop", **words
    )


def keep(job, problem=""):
    """Write the file of a job: two pictures, the first of which is seen twice."""

    def seen(job, notify):
        yield np.full(24, 7, np.uint8), "", [0, 2]
        yield np.full(24, 9, np.uint8), "", [1]
        if problem:
            notify(problem)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "_seen", seen)
        pictures.extract(job)


@pytest.mark.parametrize("problem", ["", "breaks off after 1 s", "of \udcff"])
def test_what_was_kept_is_read_again(job, problem):
    assert pictures.open_pictures(job) is None
    keep(job, problem)
    kept = pictures.open_pictures(job)
    assert (kept.which.tolist(), kept.problem) == ([0, 1, 0], problem)
    with Pictures([job.target], job.kind) as them:
        assert [them.read(0, n).tolist() for n in range(2)] == [[7] * 24, [9] * 24]


CHANGES = {"fit": "contain", "width": 3, "height": 1, "ms": np.array([0.0, 40.0, 81.0]), "look": np.array([0, 1, 1]),
           "looks": ((0.0, 80.0, ""), (80.0, 40.0, "y")), "kind": Planes(4, 4, RGB)}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_kept_of_other_settings_is_stale(job, name):
    keep(job)
    assert pictures.open_pictures(replace(job, **{name: CHANGES[name]})) is None
    assert pictures.open_pictures(job)


def test_what_was_kept_of_another_film_or_version_is_stale(job, monkeypatch):
    keep(job)
    monkeypatch.setattr(pictures, "VERSION", pictures.VERSION + 1)
    assert pictures.open_pictures(job) is None
    monkeypatch.undo()
    (Path(job.source)).write_bytes(b"another film")
    assert pictures.open_pictures(job) is None


def test_a_damaged_file_is_made_again(job):
    keep(job, "problem")
    whole = Path(job.target).read_bytes()
    trailer = len(whole) - pictures.TRAILER.size
    for damaged in (
        whole[:-1], whole[1:], b"", whole[:10], whole + b"x", b"x" + whole,
        whole[:trailer] + b"X" + whole[trailer + 1 :],  # the mark
        whole[:trailer] + b"x" + whole[trailer:],
        whole[:48] + (2).to_bytes(8, "little") + whole[56:],  # a third of two pictures
        whole[:48] + (-1).to_bytes(8, "little", signed=True) + whole[56:],
    ):  # fmt: skip
        Path(job.target).write_bytes(damaged)
        assert pictures.open_pictures(job) is None
    mark, begin, *more = pictures.TRAILER.unpack(whole[trailer:])
    Path(job.target).write_bytes(b"x" + whole[:trailer] + pictures.TRAILER.pack(mark, begin + 1, *more))
    assert pictures.open_pictures(job) is None
    Path(job.target).write_bytes(whole[:48] + (1).to_bytes(8, "little") + whole[56:])
    assert pictures.open_pictures(job).which.tolist() == [1, 1, 0]
