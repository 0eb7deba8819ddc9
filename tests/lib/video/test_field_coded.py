"""Interlaced film that is coded field by field, in RGB, or very short."""

from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from lib.video import combing
from lib.video.fields import Fields
from lib.video.probe import probe
from lib.video.reader import VideoReader
from tests.support import field_pictures
from tests.support import film_lab as lab
from tests.support.each import each

FRAME = 40.0


def in_one_packet(source, target):
    """Copy a film coded in fields, with both fields of a frame in one packet; return its path."""
    with av.open(source) as old, av.open(target, "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        fields = [bytes(packet) for packet in old.demux(video=0) if packet.size]
        for n in range(0, len(fields), 2):
            packet = av.Packet(fields[n] + fields[n + 1])
            packet.stream, packet.time_base, packet.is_keyframe = stream, Fraction(1, 50), True
            packet.pts, packet.dts, packet.duration = n, n, 2
            new.mux_one(packet)
    return target


def made(folder, kind, count, bottom_first):
    path = str(folder / kind)
    frames = field_pictures.pictures(count, bottom_first)
    if kind.startswith("paff"):
        raw = field_pictures.paff(folder / "raw.h264", frames, bottom_first)
        return raw if kind.endswith("h264") else in_one_packet(raw, path)
    raw = field_pictures.mpeg2_fields(folder / "raw.m2v", frames, bottom_first)
    if kind.endswith("mpg"):
        lab.run("-i", raw, "-c", "copy", path)
    return raw if kind.endswith("m2v") else path


@pytest.mark.parametrize("kind", ["paff.h264", "paff.mkv", "paff.ts", "fields.m2v", "fields.mpg"])
@pytest.mark.parametrize(("count", "bottom_first"), [(5, False), (2, True)])
def test_frames_of_two_field_pictures(tmp_path, kind, count, bottom_first):
    path = made(tmp_path, kind, count, bottom_first)
    with VideoReader(path) as it:
        ours = [(frame.ms, frame.picture(it.width, it.height)) for frame in it.frames()]
    assert [lab.number_of(picture) for _, picture in ours] == list(range(count))
    assert [ms for ms, _ in ours] == pytest.approx([FRAME * n for n in range(count)], abs=1)
    theirs = lab.reference(path, "bwdif=mode=send_frame")
    assert len(theirs) == count
    combed = np.mean([lab.comb_energy(picture) for picture in field_pictures.pictures(count, bottom_first)])
    energy = np.mean([lab.comb_energy(picture) for _, picture in ours])
    assert energy < np.mean([lab.comb_energy(picture) for _, picture in theirs]) + 0.1 < combed / 10
    assert it.end_ms == pytest.approx(FRAME * count, abs=1)
    assert probe(path).duration * 1000 == pytest.approx(FRAME * count, abs=1)


def test_a_single_interlaced_frame_is_not_combed(tmp_path):
    # (bwdif interpolates from the frames beside it: ffmpeg leaves a single one as it is.)
    path = field_pictures.paff(tmp_path / "one.h264", field_pictures.pictures(1))
    with VideoReader(path) as it:
        (frame,) = it.frames()
        picture = frame.picture(it.width, it.height)
    assert lab.number_of(picture) == 0
    assert lab.comb_energy(field_pictures.pictures(1)[0]) > 10
    assert lab.comb_energy(picture) < 0.5
    assert max(lab.corner_errors(picture).values()) <= 12


def test_a_single_picture_begins_at_0(tmp_path):
    # ffmpeg finds no start of such a file: it has a single stamp, half a second after the clock's zero.
    path = lab.make(tmp_path / "one.mpg", [lab.picture(0)], ["-c:v", "mpeg2video", "-q:v", "2"])
    with av.open(path) as container:
        assert container.start_time is None
        assert next(container.decode(video=0)).time == pytest.approx(0.5)
    with VideoReader(path) as it:
        assert [frame.ms for frame in it.frames()] == [0.0]
    assert it.end_ms == pytest.approx(FRAME) == probe(path).duration * 1000


def band(shift, later=0):
    """Return 96 rows of upright stripes, moved by `shift` columns, in the odd rows by `later` more, as RGB."""
    luma = np.empty((96, 128), np.uint8)
    for parity in (0, 1):
        luma[parity::2] = (np.arange(128) + shift + parity * later) // 16 % 2 * 160 + 40
    return np.repeat(luma[:, :, None], 3, axis=2)


def frames(pictures, pixels="yuv420p"):
    return [VideoFrame.from_ndarray(picture, "rgb24").reformat(format=pixels) for picture in pictures]


def whole(some):
    """Return the frames that Fields makes of some."""
    return [frame for frame, _ in Fields().whole((frame, FRAME * n) for n, frame in enumerate(some))]


@each("count", [2, 3, 5])
@each("later", [3, -3, 0])
def test_short_films_without_flags(count, later):
    some = frames(band(6 * n, later) for n in range(count))
    found = whole(some)
    assert len(found) == count
    assert [one is other for one, other in zip(found, some, strict=True)] == [later == 0] * count


@each("pixels", ["gbrp", *combing.PACKED])
def test_fields_are_found_in_every_layout_of_pixels(pixels):
    one, two = frames([band(0, 3), band(6, 3)], pixels)
    shares = combing.look(one, two).shares
    assert shares is not None
    assert shares == pytest.approx(combing.look(*frames([band(0, 3), band(6, 3)], "yuv444p")).shares, abs=0.02)
    assert shares[combing.TOP_FIRST] > 0.9
