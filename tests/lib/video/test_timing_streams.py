"""Which streams are the film and the sound, and how the packets of each go onto the clock, on made-up containers."""

from contextlib import nullcontext
from fractions import Fraction
from types import SimpleNamespace

import pytest
from av.codec.context import Flags
from av.format import Flags as FormatFlags
from av.stream import Disposition

from lib.errors import NoVideoError
from lib.video import timing
from tests.support.each import each


class Streams(list):
    def __init__(self, streams, best=None):
        super().__init__(streams)
        self.best = lambda kind: best
        self.video = [stream for stream in streams if stream.type == "video"]


def stream(kind="video", index=0, disposition=Disposition(0), frames=9, base=Fraction(1, 1000), rate=25, codec=True):  # noqa: B008
    return SimpleNamespace(
        type=kind, index=index, disposition=disposition, frames=frames, time_base=base, average_rate=Fraction(rate),
        codec_context=SimpleNamespace(flags=0) if codec else None,
    )  # fmt: skip


def container(streams, name="mov,mp4", best=None, flags=0):
    return SimpleNamespace(streams=Streams(streams, best), format=SimpleNamespace(name=name, flags=flags))


COVER, CHAPTER = Disposition.attached_pic, Disposition.timed_thumbnails


def test_the_film_is_the_best_stream_that_is_no_still():
    one, two, cover = stream(index=0), stream(index=1), stream(index=2, disposition=COVER | Disposition.default)
    assert timing.film_stream(container([one, two, cover], best=two)) is two
    assert timing.film_stream(container([cover, one, two], best=cover)) is one
    assert timing.film_stream(container([one, two])) is one
    for found in (one, two):
        found.codec_context.flags = 0
        assert timing.film_stream(container([found])).codec_context.flags & Flags.unaligned
    assert timing.film_stream(container([stream(codec=False)])).codec_context is None
    for only in ([], [cover], [stream("audio")], [stream(disposition=CHAPTER)]):
        with pytest.raises(NoVideoError):
            timing.film_stream(container(only))


def test_a_gif_of_one_picture_is_a_still():
    for frames, name, is_film in ((1, "gif", False), (2, "gif", True), (0, "gif", True), (1, "mov", True)):
        streams = [stream(frames=frames)]
        assert timing.media_streams(container(streams, name)) == (streams if is_film else [])


def test_streams_of_sound_and_moving_pictures():
    streams = [
        stream("audio"),
        stream(),
        stream("subtitle"),
        stream(disposition=COVER),
        stream("data"),
        stream("audio"),
    ]
    assert timing.media_streams(container(streams)) == [streams[0], streams[1], streams[5]]


@each(
    ("name", "indexed"),
    [("mov,mp4,m4a,3gp,3g2,mj2", True), ("matroska,webm", True), ("mpegts", False), ("avi", False), ("webm", False)],
)
def test_containers_with_an_index(name, indexed):
    assert timing.is_indexed(container([], name)) is indexed


def test_files_that_are_joined_end_to_end_are_those_whose_stamps_may_leap():
    joined = FormatFlags.ts_discont.value
    for flags, joins in ((0, False), (joined, True), (~joined, False), (-1, True)):
        assert timing.shared_clock(container([], flags=flags))._joins is joins


def packet(index=0, pts=0, dts=0, duration=40, size=5, key=False, discard=False):
    return SimpleNamespace(
        stream_index=index, pts=pts, dts=dts, duration=duration, size=size, is_keyframe=key, is_discard=discard
    )


class Clock:
    """Notes what it is told, and holds the packets back by one; each is shifted by a number of ms."""

    def __init__(self, shift=0.0):
        self.told, self.held, self.shift = [], [], shift

    def add(self, item, *words):
        self.told.append(words)
        ready, self.held = self.held, [(item, self.shift)]
        return ready

    def end(self):
        ready, self.held = self.held, []
        return ready


def told_of(monkeypatch, coming, streams, wanted=None, name="mpegts", shift=0.0, broken=False):
    """What the clock is told of packets, which streams are read, and the packets that come out."""
    asked = []

    def packets(container, watched):
        asked.extend(watched)
        yield from coming
        if broken:
            raise OSError("gone")

    monkeypatch.setattr(timing, "packets", packets)
    clock, found = Clock(shift), []
    reading = timing.timed_packets(container(streams, name), wanted or streams, clock)
    with pytest.raises(OSError, match="gone") if broken else nullcontext():
        found.extend(reading)
    return clock.told, asked, found


VIDEO, AUDIO = stream(base=Fraction(1, 100)), stream("audio", 1, base=Fraction(1, 50))


def test_what_the_clock_is_told_of_a_packet(monkeypatch):
    coming = [
        packet(0, 7, 5, 4, key=True), packet(0, 7, None, 0), packet(0, None, 5, 4), packet(0, None, None, 4),
        packet(1, 3, 2, 0), packet(1, 3, 2, 5), packet(0, 7, 5, 4, discard=True),
    ]  # fmt: skip
    told, _, _ = told_of(monkeypatch, coming, [VIDEO, AUDIO])
    # Stream, the stamp of decoding (else that of showing), length, that of showing, all in ms; whether it is a key.
    assert told == [
        (0, 50, 40, 70, True), (0, 70, 40, 70, False), (0, 50, 40, None, False), (0, None, 40, None, False),
        (1, 40, 0, 60, False), (1, 40, 100, 60, False), (0, None, 0, None, False),
    ]  # fmt: skip


def test_marks_of_the_end_are_no_packets(monkeypatch):
    coming = [packet(size=0, dts=None), packet(size=0, dts=3), packet(size=1, dts=None)]
    _, _, found = told_of(monkeypatch, coming, [VIDEO, AUDIO])
    assert found == coming[1:]


@pytest.mark.parametrize("broken", [False, True])
def test_only_wanted_packets_come_out_and_all_are_looked_at(monkeypatch, broken):
    coming = [packet(0), packet(1), packet(0), packet(1)]
    for wanted, expected in (([VIDEO], [coming[0], coming[2]]), ([AUDIO], [coming[1], coming[3]])):
        _, asked, found = told_of(monkeypatch, coming, [VIDEO, AUDIO], wanted, broken=broken)
        assert found == expected
        assert asked == [VIDEO, AUDIO]
    # Of a container with an index only those.
    _, asked, _ = told_of(monkeypatch, [packet(0)], [VIDEO, AUDIO], [VIDEO], "mov,mp4", broken=broken)
    assert asked == [VIDEO]


@each("broken", [False, True])
@each(("shift", "stamps"), [(0.0, [(7, 5)]), (100.0, [(17, 15)]), (-14.0, [(6, 4)]), (None, [(None, None)])])
def test_packets_are_shifted_also_the_last_ones(monkeypatch, shift, stamps, broken):
    coming = [packet(0, 7, 5), packet(0, 7, 5), packet(0, 7, 5)]
    _, _, found = told_of(monkeypatch, coming, [VIDEO, AUDIO], shift=shift, broken=broken)
    assert [(one.pts, one.dts) for one in found] == stamps * 3


# Whose stamps are the better ones


class Packet:
    def __init__(self, pts, dts=0, frames=(), data=b""):
        self.pts, self.dts, self.frames, self.data = pts, dts, frames, data

    def __bytes__(self):
        return self.data


def decoded(monkeypatch, shown, depth=2, fault=None, is_video=True, packets=None):
    """A film whose frames come out with these stamps, one for each packet, which is two frames behind."""
    context = SimpleNamespace(
        reorder_depth=depth, thread_type="", decode=lambda packet: [SimpleNamespace(pts=pts) for pts in packet.frames]
    )
    film = SimpleNamespace(codec_context=context, average_rate=Fraction(25), time_base=Fraction(1, 1000))
    monkeypatch.setattr(timing, "VideoStream", SimpleNamespace if is_video else Packet)
    monkeypatch.setattr(timing, "open_media", lambda path: nullcontext(SimpleNamespace(streams=[None, film])))

    def coming(container, stream):
        for n, pts in enumerate(shown):
            if fault is not None and n == fault:
                raise OSError("gone")
            yield Packet(40 * n, *(packets or (40 * n - 30,)), frames=[] if pts is None else [pts])

    monkeypatch.setattr(timing, "packets", coming)
    return context


RISING = [0, 40, 80]


@each(
    ("first", "shown", "late"),
    [
        (RISING, [0, 80, 40], 80 - 30),  # out of order at the third packet, whose stamps are 30 apart
        ([0, None, 40, 80], [0, 80, 40], 50),
        (RISING, [None, 0, 80, 40], 50),
        (RISING, [0, 40, 80], None),
        (RISING, [0, 40, 40], None),  # equal is in order
        ([0, 80, 40], [0, 80, 40], None),  # those of packets do not rise
        ([0, 40], [0, 80, 40], None),  # too few to tell
        ([0, 40, None], [0, 80, 40], None),
        (RISING, [], None),
    ],
)
def test_films_whose_packets_have_the_stamps_of_decoding(monkeypatch, first, shown, late):
    context = decoded(monkeypatch, shown)
    assert timing.lateness("a.avi", 1, first) == late
    assert timing.lateness("a.avi", 1, first) == late
    assert context.thread_type == (
        "NONE" if len([p for p in first if p is not None]) > 2 and first != [0, 80, 40] else ""
    )


def test_what_else_is_not_late(monkeypatch):
    decoded(monkeypatch, [0, 80, 40], depth=0)
    assert timing.lateness("a.avi", 1, RISING) is None
    decoded(monkeypatch, [0, 80, 40], is_video=False)
    assert timing.lateness("a.avi", 1, RISING) is None
    for fault, late in ((2, None), (3, 50)):
        decoded(monkeypatch, [0, 80, 40, 120], fault=fault)
        assert timing.lateness("a.avi", 1, RISING) == late
    # A film is not shown before it is decoded.
    decoded(monkeypatch, [0, 80, 40], packets=(-50,))
    assert timing.lateness("a.avi", 1, RISING) == 0
    # As far as 33 packets.
    for behind, late in ((31, 50), (32, 50), (33, None)):
        shown = [40 * n for n in range(behind)] + [0]
        decoded(monkeypatch, shown)
        assert timing.lateness("a.avi", 1, RISING) == late


@each(
    ("codec", "extra", "data", "packed"),
    [
        ("mpeg4", b"", b"DivX503b1393p", True),
        ("mpeg4", b"DivX501Build477p", b"", True),
        ("mpeg4", b"", b"x" * 4083 + b"DivX503b1393p", True),
        ("mpeg4", b"", b"x" * 4084 + b"DivX503b1393p", False),
        ("mpeg4", b"", b"DivX503b1393", False),
        ("mpeg4", b"", b"Lavc58", False),
        ("h264", b"", b"DivX503b1393p", False),
        ("mpeg4", None, b"", False),
    ],
)
@each(("late", "name"), [(None, "avi"), (30, "avi"), (30, "mxf"), (0, "mxf")])
def test_the_better_stamps_of_a_film(monkeypatch, codec, extra, data, packed, late, name):
    asked = []
    monkeypatch.setattr(timing, "lateness", lambda path, index, first: asked.append((path, index, first)) or late)
    film = SimpleNamespace(index=3, codec_context=SimpleNamespace(name=codec, extradata=extra))
    first = [Packet(5, data=data), Packet(9, data=b"DivX503b1393p")]
    found = timing.stamps_of("a", container([], name), film, first)
    early = 30 if late == 30 and name == "mxf" and not packed else 0
    assert found.by_dts is (packed or late is not None)
    assert found._early == early
    assert asked == ([] if packed else [("a", 3, [5, 9])])


def test_stamps_of_decoding_are_those_of_showing_unless_said():
    shown = SimpleNamespace(pts=7, dts=10)
    assert timing.FrameStamps().of(shown) == 7
    assert timing.FrameStamps(True).of(shown) == 10
    assert timing.FrameStamps().by_dts is False
