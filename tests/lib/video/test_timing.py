"""The packets of a file on one time line, to the place where the file breaks off."""

import itertools
from contextlib import nullcontext
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace

import av
import pytest

from lib.video import timing
from tests.support.each import each
from tests.support.media_factory import FORMATS, ffmpeg

SOURCES = ("-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=2", "-f", "lavfi", "-i", "sine=duration=2")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    made = str(tmp_path_factory.mktemp("timing") / "a.ts")
    ffmpeg(*SOURCES, *FORMATS["mp4"], "-muxdelay", "0", f"file:{made}")
    return made


@pytest.mark.parametrize("taken", ["video", "audio"])
@pytest.mark.parametrize("leap", [0, 100])
@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("until", [1, 7, 40, 1000])
def test_all_packets_of_a_stream_come_also_where_the_file_breaks_off(path, monkeypatch, taken, leap, broken, until):
    """leap: seconds by which the last packet's stamp is too late, so that the clock waits for what follows it."""

    def breaking(container, streams):
        coming = [packet for packet in itertools.islice(container.demux(streams), until) if packet.size]
        for stamp in ("pts", "dts"):
            setattr(coming[-1], stamp, getattr(coming[-1], stamp) + 90_000 * leap)
        yield from coming
        if broken:
            raise OSError("gone")

    with av.open(path) as film:
        packets = itertools.islice(film.demux(film.streams.video + film.streams.audio), until)
        wanted = [p.size for p in packets if p.stream.type == taken and p.size]
    monkeypatch.setattr(timing, "packets", breaking)
    found = []

    with av.open(path) as film:
        stream = getattr(film.streams, taken)[0]
        coming = timing.timed_packets(film, [stream], timing.shared_clock(film))
        with pytest.raises(OSError, match="gone") if broken else nullcontext():
            found.extend(packet.size for packet in coming)
    assert found == wanted
    assert wanted or until < 40


@dataclass
class Rational:
    """A rational number of PyAV's."""

    numerator: int
    denominator: int


@each(
    ("rational", "fraction"),
    [
        (Fraction(3, 7), Fraction(3, 7)),
        (Rational(30_000, 1001), Fraction(30_000, 1001)),
        (Rational(0, 1), Fraction(5)),
        (Rational(1, 0), Fraction(5)),
        (None, Fraction(5)),
    ],
)
def test_rational_numbers_are_fractions(rational, fraction):
    assert timing.as_fraction(rational, Fraction(5)) == fraction


@each(
    ("base", "rate", "tick", "frame"),
    [
        (Fraction(1, 90_000), Fraction(25), Fraction(1, 90), 40),
        (Rational(1, 1000), Rational(30_000, 1001), Fraction(1), 1001 / 30),
        (None, None, Fraction(1, 1000), 40),  # PyAV's own unit, and 25 frames a second
        (None, Rational(0, 1), Fraction(1, 1000), 40),
        (Fraction(1, 24), Fraction(-25), Fraction(1000, 24), 40),
    ],
)
def test_the_units_of_a_stream(base, rate, tick, frame):
    stream = SimpleNamespace(time_base=base, average_rate=rate)
    assert timing.tick_ms(stream) == tick
    assert timing.usual_ms(stream) == pytest.approx(frame)
    assert timing.usual_ms(SimpleNamespace()) == 40


@each("origin", [Fraction(0), Fraction(1400), Fraction(-100, 3), Fraction(1, 7)])
@each("tick", [Fraction(1, 90), Fraction(1001, 30), Fraction(1000, 44_100)])
def test_times_are_those_of_fractions(tick, origin):
    ticks = timing.Ticks(tick, origin)
    for stamp in (-5, 0, 1, 126_000, 10**12):
        assert ticks.ms(stamp) == float(stamp * tick - origin)
    for ms in (0.0, 39.9, 1000.5):
        stamp = ticks.stamp(ms)  # the last that is not later
        assert stamp * tick - origin <= Fraction(ms) < (stamp + 1) * tick - origin
    first = ticks.from_first([SimpleNamespace(pts=pts) for pts in (None, 77, 50, 99)])
    assert first.ms(50) == 0
    assert first.ms(77) == pytest.approx(float(27 * tick))
    assert ticks.from_first([SimpleNamespace(pts=None)]) is ticks


def test_a_stream_begins_where_its_file_does_or_less_than_a_microsecond_beside(monkeypatch):
    monkeypatch.setattr(timing, "origin_us", lambda path, container: 33_367)
    for start, base, origin in [
        (1, Fraction(1001, 30_000), Fraction(1001, 30)),  # what rounds to that
        (33_366, Fraction(1, 10**6), Fraction(33_367, 1000)),  # a microsecond earlier: not the same
        (None, Fraction(1, 1000), Fraction(33_367, 1000)),
        (0, Fraction(1, 1000), Fraction(33_367, 1000)),
    ]:
        ticks = timing.ticks_of("a.mp4", None, SimpleNamespace(start_time=start, time_base=base))
        assert ticks.ms(0) == float(-origin)
    monkeypatch.setattr(timing, "origin_us", lambda path, container: None)
    assert timing.ticks_of("a.mp4", None, SimpleNamespace(start_time=9, time_base=Fraction(1, 10))).ms(9) == 900


@each("broken", [None, 0, 5, 32, 40])
def test_the_first_packets_are_32_at_most(broken):
    def coming():
        for n in range(50):
            if n == broken:
                raise OSError("gone")
            yield n

    first, every = timing.first_packets(coming())
    end = 50 if broken is None else broken
    assert first == list(range(min(end, 32)))
    found = []
    with nullcontext() if broken is None else pytest.raises(OSError, match="gone"):
        found.extend(every)
    assert found == list(range(end))


@each(
    ("shift", "pts", "dts", "moved"),
    [(None, 5, 3, (None, None)), (0.0, 5, 3, (5, 3)), (100.0, 5, None, (9005, None)), (-0.4, None, 99, (None, 63))],
)
def test_packets_are_moved_by_whole_ticks(shift, pts, dts, moved):
    packet = SimpleNamespace(pts=pts, dts=dts, stream_index=2)
    assert timing._moved(packet, shift, {2: Fraction(1, 90)}) is packet
    assert (packet.pts, packet.dts) == moved


@each(
    ("stamps", "early", "found"),
    [
        # In order: those of packets.
        ([(10, 0), (20, 10), (30, 20), (40, 30), (50, 40)], 0, [10, 20, 30, 40, 50]),
        ([(10, 0), (None, 10), (30, 20), (None, None)], 3, [10, 7, 30, None]),
        # Three more out of order than of decoding: those, from there on.
        ([(10, 0), (9, 10), (8, 20), (7, 30), (20, 40)], 0, [10, 9, 8, 30, 40]),
        ([(10, 0), (9, 10), (8, 20), (7, 30), (20, 40)], 5, [10, 9, 8, 25, 35]),
        ([(10, 0), (10, 10), (10, 20), (10, 30)], 0, [10, 10, 10, 30]),
        ([(10, 0), (9, 0), (8, 0), (7, 0), (6, 10), (5, 20)], 0, [10, 9, 8, 7, 6, 5]),
        ([(10, 0), (9, 0), (8, 10), (7, 20), (6, 30)], 0, [10, 9, 8, 7, 30]),
    ],
)
def test_stamps_of_packets_out_of_order_give_way_to_those_of_decoding(stamps, early, found):
    chosen = timing.FrameStamps(early=early)
    assert [chosen.of(SimpleNamespace(pts=pts, dts=dts)) for pts, dts in stamps] == found
    by_dts = timing.FrameStamps(True, early)
    assert [by_dts.of(SimpleNamespace(pts=p, dts=d)) for p, d in stamps] == [
        d if d is None else d - early for _, d in stamps
    ]


def test_a_jump_back_is_not_out_of_order():
    chosen = timing.FrameStamps()
    for n in range(9):
        chosen.restart()
        assert chosen.of(SimpleNamespace(pts=90 - n, dts=10 * n)) == 90 - n
    assert not chosen.by_dts
