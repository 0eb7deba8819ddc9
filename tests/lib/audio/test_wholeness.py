"""What is said about a file that is not whole, and the length that an mp3's first frame states."""

import io
from types import SimpleNamespace

from lib.audio.wholeness import Promise, _counted_seconds, brief, problem_of
from tests.support.each import each


@each(
    ("damage", "promise", "seconds", "why", "said"),
    [
        ([], Promise(), 5, "", ""),
        ([], Promise(5.09), 5, "", ""),  # up to 0.1 s may be rounding
        ([], Promise(5.11), 5, "", "read up to 5 s of 5.11: the file is cut off there"),
        ([], Promise(5.11, damage="bad sums"), 5, "", "read up to 5 s of 5.11: bad sums"),
        ([], Promise(5.11, damage="bad sums"), 5, "no data", "read up to 5 s of 5.11: no data"),
        ([], Promise(), 5, "no data", "read up to 5 s: no data"),
        ([], Promise(5.05), 5, "no data", ""),  # all of it was read
        ([], Promise(4.95), 5, "no data", ""),
        ([], Promise(4.85), 5, "no data", "read up to 5 s: no data"),
        ([], Promise(5.05, is_cut=True), 5, "no data", "read up to 5 s: no data"),
        ([], Promise(None, is_cut=True), 5.126, "", "read up to 5.13 s: the file is cut off there"),
        ([], Promise(9.0, is_cut=True), 5, None, ""),  # it was not read to its end
        ([], Promise(damage="bad sums"), 5, None, ""),
        ([], Promise(damage="bad sums"), 5, "", "damaged: bad sums"),
        ([(1.5, "noise")], Promise(), 5, "", "damaged at 1.5 s, and read after that: noise"),
        ([(1.5, "noise"), (2, "x")], Promise(), 5, None,
         "damaged at 1.5 s and in 1 more place, and read after that: noise"),
        ([(1.5, "noise"), (2, "x"), (3, "y")], Promise(damage="z"), 5, "",
         "damaged at 1.5 s and in 2 more places, and read after that: noise"),
        ([(1.5, "noise")], Promise(9.0), 5, "", "read up to 5 s of 9: the file is cut off there"),
    ],
)  # fmt: skip
def test_what_was_wrong_is_said_on_one_line(damage, promise, seconds, why, said):
    assert problem_of(damage, promise, seconds, why) == said


@each(("seconds", "shown"), [(0, "0"), (1.5, "1.5"), (100, "100"), (2.004, "2"), (0.126, "0.13")])
def test_seconds_are_brief(seconds, shown):
    assert brief(seconds) == shown


def tag(size, footer=False):
    lengths = bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127])
    return b"ID3\4\0" + bytes([0x10 if footer else 0]) + lengths + bytes(size) + (bytes(10) if footer else b"")


def stream(rate=44_100, size=1152):
    return SimpleNamespace(codec_context=SimpleNamespace(sample_rate=rate, frame_size=size))


HEAD = b"\xff\xfb\x90\0" + bytes(32)


@each(
    "tags",
    [b"", tag(300), tag(5000) + tag(20, footer=True), tag(0), tag(20) + tag(5000), tag(20, footer=True) + tag(5000)],
)
@each(
    ("frame", "count"),
    [
        (b"Xing\0\0\0\1" + (1000).to_bytes(4, "big"), 1000),
        (b"Info\0\0\0\7" + (70_000).to_bytes(4, "big"), 70_000),
        (b"Xing\0\0\0\2" + (1000).to_bytes(4, "big"), None),  # it does not count frames
        (b"VBRI\0\1\0\0\0\0\0\0\0\0" + (1000).to_bytes(4, "big"), 1000),
        (b"LAME" + bytes(20), None),
        (b"Info\0\0\0\1\0\0\0\1", 1),
        (b"Xing", None),
    ],
)
def test_the_first_frame_of_an_mp3_counts_the_others(tags, frame, count):
    found = _counted_seconds(io.BytesIO(tags + HEAD + frame + (bytes(20) if len(frame) > 4 else b"")), stream())
    # But for what may be padding: 2646 samples.
    assert found == (None if count is None else max(count * 1152 - 2646, 0) / 44_100)


def test_frames_of_other_lengths_and_rates():
    data = HEAD + b"Xing\0\0\0\1" + (1000).to_bytes(4, "big")
    assert _counted_seconds(io.BytesIO(data), stream(22_050, 576)) == (576_000 - 2646) / 22_050
    assert _counted_seconds(io.BytesIO(data), stream(48_000, 0)) == (1_152_000 - 2646) / 48_000
    assert _counted_seconds(io.BytesIO(data), stream(0)) is None
    assert _counted_seconds(io.BytesIO(bytes(4200) + data), stream()) is None  # too far from the beginning


def test_tags_of_megabytes_and_of_other_flags_are_passed_over():
    frame = HEAD + b"Xing\0\0\0\1" + (1000).to_bytes(4, "big")
    odd = bytearray(tag(20))
    odd[5] = 0x61
    for tags in (tag((1 << 21) + 5), bytes(odd) + tag(5000)):
        assert _counted_seconds(io.BytesIO(tags + frame), stream()) == (1_152_000 - 2646) / 44_100


def test_a_tenth_of_a_second_is_rounding():
    assert problem_of([], Promise(0.1), 0.0, "no data") == ""
    assert problem_of([], Promise(0.1), 0.0, "") == ""
