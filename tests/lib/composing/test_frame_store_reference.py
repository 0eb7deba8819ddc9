"""In which size a clip's pictures are stored, and which part of a frame they show, worked out for many shapes."""

import itertools
import json
import math
import zlib
from fractions import Fraction
from types import SimpleNamespace

import numpy as np

from lib.composing import frame_store
from lib.composing.clip_ranges import ClipRange
from lib.composing.frame_file import LARGEST_SIDE, FilmFrames, _stays_inside, open_frames, write_index
from lib.composing.frame_store import FilmJob, store_name
from lib.composing.mipmaps import pyramid_bytes
from tests.support.each import each

FILMS = [(64, 48), (48, 64), (100, 7), (3, 50), (1, 1)]
CELLS = [(16, 12), (64, 48), (200, 30), (5, 90), (1, 1)]


def rounded(number):
    return max(round(number), 1)


@each(("film", "cell"), list(itertools.product(FILMS, CELLS)))
def test_sizes_in_the_store(film, cell):
    shown = SimpleNamespace(width=film[0], height=film[1])

    def stored(fit, shape=0.0):
        return frame_store._fitted(shown, ClipRange(0.0, 1.0, *cell, shape), fit)

    # All of it within the cell, never larger than it is.
    scale = min(Fraction(cell[0], film[0]), Fraction(cell[1], film[1]), 1)
    assert stored("contain") == tuple(max(math.ceil(side * scale), 1) for side in film)
    # As large as the cell, unless the film has fewer pixels there.
    assert stored("warp") == tuple(min(a, b) for a, b in zip(cell, film, strict=True))
    for shape in (0.0, 1.0, 4 / 3, 0.25):
        ratio = shape or cell[0] / cell[1]
        part = min(film[0], film[1] * ratio), min(film[1], film[0] / ratio)
        assert stored("fill", shape) == tuple(rounded(min(a, b)) for a, b in zip(cell, part, strict=True))


class Frame:
    """A frame whose pixels say where they are, in the size that is asked for."""

    def __init__(self, width, height):
        self.width, self.height, self.asked = width, height, []

    def picture(self, width, height):
        self.asked.append(("picture", width, height))
        return np.zeros((height, width, 3), np.uint8)

    def stretched(self, width, height):
        self.asked.append(("stretched", width, height))
        rows, columns = np.mgrid[:height, :width]
        return np.stack([columns, rows, rows], axis=2)


@each(
    ("film", "size", "shape", "whole", "corner"),
    [
        ((64, 48), (16, 12), 0.0, (16, 12), (0, 0)),
        ((128, 48), (16, 12), 0.0, (32, 12), (8, 0)),  # 64 of its 128 columns are shown
        ((64, 96), (16, 12), 0.0, (16, 24), (0, 6)),
        ((64, 48), (16, 12), 8 / 3, (16, 24), (0, 6)),  # the cell is wide at rest: 64 x 24 of it fill the picture
        ((64, 48), (16, 12), 2 / 3, (32, 12), (8, 0)),
        ((64, 48), (1, 12), 4 / 3, (1, 12), (0, 0)),
        ((200, 10), (10, 10), 1.0, (200, 10), (95, 0)),
        ((65, 48), (16, 12), 0.0, (16, 12), (0, 0)),
        ((67, 48), (16, 12), 0.0, (17, 12), (0, 0)),
    ],
)
def test_the_middle_of_a_frame_fills_its_picture(film, size, shape, whole, corner):
    frame = Frame(*film)
    picture = frame_store._picture(frame, *size, shape, "fill")
    assert frame.asked == [("stretched", *whole)]
    assert picture.shape == (size[1], size[0], 3)
    assert picture[0, 0].tolist() == [corner[0], corner[1], corner[1]]
    for fit in ("warp", "contain"):
        frame = Frame(*film)
        assert frame_store._picture(frame, *size, shape, fit).shape == (size[1], size[0], 3)
        assert frame.asked == [("picture", *size)]


def test_each_part_of_a_film_has_a_file(tmp_path):
    names = [store_name(tmp_path, "a.mp4", part) for part in (0, 1, 2)] + [store_name(tmp_path, "b.mp4")]
    stems = [name.rpartition("/")[2].rpartition("\\")[2] for name in names]
    assert len(set(stems)) == 4
    assert all(stem.endswith(".frames") for stem in stems)
    assert stems[1] == stems[0].replace(".frames", "1.frames")


def test_a_file_depends_on_the_film_its_clips_and_how_they_fill_their_cells(tmp_path):
    film = tmp_path / "a.mp4"
    film.write_bytes(b"film")
    clip = ClipRange(1.0, 2.0, 3, 4, 1.5)
    others = [
        (2.0, 2.0, 3, 4, 1.5),
        (1.0, 3.0, 3, 4, 1.5),
        (1.0, 2.0, 4, 4, 1.5),
        (1.0, 2.0, 3, 3, 1.5),
        (1.0, 2.0, 3, 4),
    ]
    wanted = [((clip,), {}), ((clip, clip), {}), *(((ClipRange(*other),), {}) for other in others)]
    wanted += [((clip,), {"crop_bars": True}), ((clip,), {"step_ms": 80.0}), ((clip,), {"step_ms": 40.0})]
    wanted += [((clip,), {"fit": "warp"})]
    made = [
        json.dumps(FilmJob(str(film), "target", clips, **{"fit": "fill", **more}).made_from()) for clips, more in wanted
    ]  # fmt: skip
    assert len(set(made)) == len(made)
    film.write_bytes(b"other")
    assert json.dumps(FilmJob(str(film), "target", (clip,), "fill").made_from()) not in made


def kept(tmp_path, aspect=1.5, **change):
    """Write a file of the store by hand, with two clips of two frames and one: 2 x 1 and 1 x 1 pixels."""
    target = tmp_path / "x.frames"
    data = bytes(range(18))  # 6 bytes for each of the first clip's, 3 for the other's, and 3 that nobody shows
    about = {"made_from": {"n": 1}, "bytes": len(data), "checksum": 0, "aspect": aspect, **change}
    with open(target, "wb") as file:
        file.write(data)
        write_index(file, len(data), about, [(2, 1), (1, 1)], [[(0.0, 0), (40.0, 6)], [(0.0, 12)]])
    return str(target)


def test_what_was_written_is_read(tmp_path):
    found = open_frames(kept(tmp_path, problem="breaks off"), {"n": 1})
    assert found.sizes.tolist() == [[2, 1], [1, 1]]
    assert (found.counts.tolist(), found.ms.tolist(), found.offsets.tolist()) == ([2, 1], [0, 40, 0], [0, 6, 12])
    assert (found.data.tolist(), found.aspect, found.problem) == (list(range(18)), 1.5, "breaks off")
    assert open_frames(kept(tmp_path), None).problem == ""


@each(
    "change",
    [{"made_from": {"n": 2}}, {"bytes": 17}, {"aspect": 0}, {"aspect": -1}, {"aspect": math.inf}, {"aspect": None}],
)
def test_what_was_made_from_something_else_or_is_strange_is_none(tmp_path, change):
    assert open_frames(kept(tmp_path, **change), {"n": 1}) is None
    assert open_frames(kept(tmp_path), {"n": 1}) is not None


def test_pictures_are_checked_if_that_is_wanted(tmp_path):
    assert open_frames(kept(tmp_path), None, verify=True) is None
    assert open_frames(kept(tmp_path, checksum=zlib.crc32(bytes(range(18)))), None, verify=True) is not None


def test_an_index_leads_to_no_byte_beyond_the_pictures():
    size = pyramid_bytes(4, 3)

    def stays(offsets, data=2 * size, sizes=((4, 3),), counts=(2,), ms=(0.0, 40.0), aspect=1.5):
        arrays = (np.array(sizes), np.array(counts), np.array(ms, float), np.array(offsets))
        return _stays_inside(FilmFrames(np.zeros(data, np.uint8), *arrays, aspect))

    assert stays([0, size])
    assert stays([size, 0])
    assert not stays([0, size + 1])
    assert not stays([-1, size])
    assert not stays([0, size], data=2 * size - 1)
    assert not stays([0, size], counts=(1,))
    assert not stays([0, size], counts=(3,))
    assert not stays([0, size], counts=(0,))
    assert not stays([0, size], ms=(0.0, math.nan))
    assert not stays([0, size], ms=(0.0, math.inf))
    assert not stays([0, size], sizes=((0, 3),))
    assert not stays([0, size], sizes=((4, 0),))
    assert not stays([0, size], sizes=((LARGEST_SIDE + 1, 1),))
    assert stays([0, 0], data=pyramid_bytes(LARGEST_SIDE, 1), sizes=((LARGEST_SIDE, 1),))
    assert LARGEST_SIDE == 65_536
    # Two clips: each has the size of its own pictures.
    small = pyramid_bytes(1, 1)
    two = {"sizes": ((4, 3), (1, 1)), "counts": (1, 1)}
    assert stays([0, size], data=size + small, **two)
    assert not stays([small, 0], data=size + small - 1, **two)
    assert stays([small, 0], data=size + small, **two)
    assert stays([], data=0, sizes=np.zeros((0, 2), int), counts=np.zeros(0, int), ms=())
