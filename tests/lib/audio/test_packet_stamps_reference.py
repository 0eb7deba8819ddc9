"""Stamps that can be trusted, compared with a reference that sees all at once; lengths that are not the sound's."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from lib.audio.packet_stamps import Counted, without_outliers
from tests.support.each import each

MINE = 1
BASE = Fraction(1, 1024)


def packet(pts, duration=128, stream=MINE, dts=None, size=9, base=BASE):
    return SimpleNamespace(pts=pts, dts=dts, duration=duration, stream_index=stream, size=size, time_base=base)


def stamp_of(packet):
    order = packet.dts if packet.dts is not None else packet.pts
    return None if order is None or not packet.time_base else float(order * packet.time_base)


def trusted(packets):
    """(Packet, whether its stamp can be trusted), in order.

    What leaps by a second or more waits until a second of sound, or 200 packets, have passed; if one is then back
    within 50 ms of where it was to be, those that waited were wrong.
    """
    out, n, expected = [], 0, None
    while n < len(packets):
        one, stamp = packets[n], stamp_of(packets[n])
        n += 1
        if one.stream_index != MINE or stamp is None:
            out.append((one, True))
            continue
        lasts = float((one.duration or 0) * one.time_base)
        if expected is None or abs(stamp - expected) < 1 or abs(stamp - expected) <= 0.05:
            out.append((one, True))
            expected = stamp + lasts
            continue
        held, passed = [one], lasts
        while n < len(packets):
            other, stamp = packets[n], stamp_of(packets[n])
            n += 1
            if other.stream_index != MINE:
                out.append((other, True))
            elif stamp is None and other.size:
                held.append(other)
            elif stamp is None:
                n -= 1
                break
            else:
                back = abs(stamp - expected - passed) <= 0.05
                if back or passed >= 1 or len(held) >= 200:
                    out += [(one, not back) for one in held] + [(other, True)]
                    expected, held = stamp + float((other.duration or 0) * BASE), []
                    break
                held.append(other)
                passed += float((other.duration or 0) * BASE)
        out += [(one, True) for one in held]
    return out


LEAPS = [-5000, -1025, -1024, -1023, -52, -51, 51, 52, 300, 1023, 1024, 1025, 2000, 90_000]


def drawn(seed):
    random = np.random.default_rng(seed)
    at, leap, leaps, out = int(random.choice([0, 5000])), 0, 0, []
    lengths = random.choice([64, 128, 256]) if seed % 2 else None
    few = random.choice([0.05, 0.15])
    for _ in range(random.integers(1, 50)):
        duration = int(lengths or random.choice([0, 0, 128, 512]))
        if random.random() < few:
            at += int(random.choice(LEAPS))
        leaps -= 1
        if leaps < 0 and random.random() < few:
            leap, leaps = int(random.choice(LEAPS)), int(random.integers(1, 12))
        stamp = at + (leap if leaps > 0 else 0)
        kind = random.random()
        if kind < 0.15:
            out.append(packet(stamp, duration, stream=0))
        elif kind < 0.2:
            out.append(packet(None, duration))
        elif kind < 0.25:
            out.append(packet(stamp, duration, base=None))
        elif kind < 0.35:
            out.append(packet(stamp + 7777, duration, dts=stamp))  # decoded before it is shown
        else:
            out.append(packet(stamp, duration))
        at += duration or 128
    if random.random() < 0.5:
        out.append(packet(None, 0, size=0))  # the end
    return out


def test_what_can_be_trusted_by_brute_force():
    wrong = 0
    for seed in range(500):
        packets = drawn(seed)
        found = list(without_outliers(iter(packets), MINE))
        expected = trusted(packets)
        assert [(packets.index(one), good) for one, good in found] == [
            (packets.index(one), good) for one, good in expected
        ], seed
        wrong += sum(not good for _, good in found)
    assert wrong > 60


@pytest.mark.parametrize("count", [199, 200, 201])
def test_two_hundred_packets_without_a_length_wait_for_one_that_is_back(count):
    packets = [packet(0, 128), *(packet(90_000 + n, 0) for n in range(count)), packet(128, 128)]
    found = [good for _, good in without_outliers(iter(packets), MINE)]
    assert found == [True, *([count > 200] * count), True]


@each(
    ("packets", "counted"),
    [
        # (pts, duration, seconds of sound): the second is where the first, whose length is wrong, ends.
        ([(0, 1024, 0.5), (1024, 1024, 1.0)], [False, True]),
        ([(0, 1024, 1.0), (1024, 1024, 1.0)], [False, False]),
        ([(0, 1024, 0.5), (1025, 1024, 1.0)], [False, False]),
        ([(0, 1024, 0.5), (1023, 1024, 1.0)], [False, False]),
        ([(0, 1024, 0.5), (1024, 1024, 0.5), (2048, 1024, 1.0), (3072, 1024, 1.0)], [False, True, True, False]),
        ([(0, 1024, 0.5), (None, 1024, 1.0), (1024, 1024, 1.0)], [False, False, True]),
        ([(0, 1024, 0.5), (1024, 0, 1.0), (1024, 1024, 1.0)], [False, False, True]),
        ([(0, 1024, 0.5), (1024, None, 1.0)], [False, False]),
        # More than two hundredths of the sound's length are too much.
        ([(0, 1024, 1.0303), (1024, 1024, 1.0)], [False, True]),
        ([(0, 1024, 0.9804), (1024, 1024, 1.0)], [False, False]),
        ([(0, 1024, 0.9803), (1024, 1024, 1.0)], [False, True]),
        ([(0, 1024, 1.0204), (1024, 1024, 1.0)], [False, False]),
        ([(0, 1024, 1.0205), (1024, 1024, 1.0)], [False, True]),
        ([(0, 1024, 0.0), (1024, 1024, 1.0)], [False, True]),
    ],
)
def test_stamps_that_were_counted_on_by_a_wrong_length(packets, counted):
    for begin in (0, 4096):
        one = Counted()
        found = [
            one.add(packet(None if pts is None else pts + begin, duration), seconds)
            for pts, duration, seconds in packets
        ]
        assert found == counted


def test_without_a_unit_of_time_nothing_is_counted():
    one = Counted()
    assert not one.add(packet(0, 1024, base=None), 0.5)
    assert not one.add(packet(0, 1024), 0.5)
    assert not one.add(packet(1024, 1024, base=None), 0.5)
    assert one.add(packet(1024, 1024), 0.5)
