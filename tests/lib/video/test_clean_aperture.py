"""The box `clap`, in files put together by the definition of ISO/IEC 14496-12."""

import io
import struct

import pytest

from lib.video.clean_aperture import clean_aperture
from tests.support.each import each


def box(name, *content, long=False, open_end=False):
    data = b"".join(content)
    if long:
        return struct.pack(">I4sQ", 1, name, len(data) + 16) + data
    return struct.pack(">I4s", 0 if open_end else len(data) + 8, name) + data


def clap(columns, rows, right=(0, 1), down=(0, 1)):
    """width, height, horizontal and vertical offset, each over a denominator."""
    return box(b"clap", struct.pack(">4IiIiI", *columns, *rows, *right, *down))


def track(*boxes, kind=b"vide", before=b"", **how):
    handler = box(b"hdlr", bytes(8), kind, bytes(12))
    entry = box(b"avc1", bytes(78), *boxes)
    table = box(b"stbl", before, box(b"stsd", bytes(8), entry))
    return box(b"trak", box(b"tkhd", bytes(84)), box(b"mdia", handler, box(b"minf", box(b"vmhd"), table)), **how)


def part_of(*tracks, size=(720, 576), **how):
    data = (
        box(b"ftyp", b"isom")
        + box(b"mdat", bytes(50), long=True)
        + box(b"moov", box(b"mvhd", bytes(20)), *tracks, **how)
    )
    return clean_aperture(io.BytesIO(data), len(data), *size)


@each(
    ("box", "part"),
    [
        (clap((704, 1), (576, 1)), (8, 0, 704, 576)),
        (clap((700, 1), (560, 1), (-3, 1), (5, 1)), (7, 13, 700, 560)),  # the centre moves left and down
        (clap((1408, 2), (1120, 2), (-6, 2), (10, 2)), (5, 13, 704, 560)),
        (clap((704, 1), (576, 1), (8, 1)), (16, 0, 704, 576)),
        (clap((704, 1), (576, 1), (9, 1)), None),  # beyond the right edge
        (clap((704, 1), (576, 1), (-9, 1)), None),
        (clap((704, 1), (570, 1), (0, 1), (4, 1)), None),
        (clap((704, 1), (570, 1), (0, 1), (-4, 1)), None),
        (clap((721, 1), (576, 1)), None),
        (clap((0, 1), (576, 1)), None),
        (clap((704, 0), (576, 1)), None),
        (clap((704, 1), (576, 0)), None),
        (clap((704, 1), (576, 1), (0, 0)), None),
        (clap((704, 1), (576, 1), (0, 1), (0, 0)), None),
        (b"", None),
    ],
)
def test_the_part_lies_around_the_centre(box, part):
    assert part_of(track(box)) == part


def test_the_first_film_counts():
    sound, film = track(kind=b"soun"), track(clap((704, 1), (576, 1)))
    assert part_of(sound, film) == (8, 0, 704, 576)
    assert part_of(track(), film) is None
    assert part_of(sound) is None
    assert part_of() is None
    assert part_of(box(b"trak"), film) == (8, 0, 704, 576)


def test_other_boxes_are_passed_over_and_lengths_may_be_long_or_open():
    film = track(box(b"colr", b"nclx"), clap((704, 1), (576, 1)), before=box(b"stts", bytes(9)))
    assert part_of(film) == (8, 0, 704, 576)
    assert part_of(film, long=True) == (8, 0, 704, 576)
    assert part_of(film, open_end=True) == (8, 0, 704, 576)
    assert part_of(track(clap((704, 1), (576, 1)), long=True)) == (8, 0, 704, 576)


def test_damaged_boxes_are_errors_or_none():
    with pytest.raises(ValueError, match="without a length"):
        part_of(struct.pack(">I4s", 7, b"trak"))
    with pytest.raises(ValueError, match="no clean aperture"):
        part_of(track(box(b"clap", bytes(20))))
    assert part_of(track(b"\0" * 7)) is None
    assert clean_aperture(io.BytesIO(b""), 0, 9, 9) is None
