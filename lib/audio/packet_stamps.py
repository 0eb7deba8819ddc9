"""Packets of sound before decoding: which of their time stamps can be trusted, and which packets are not sound."""

from __future__ import annotations

from collections.abc import Iterator

import av.packet

from lib.audio.sound_clock import FALLS_BACK, LASTS_SECONDS, SMALLEST_GAP

# Packets that do not state their length wait in this number at most.
MOST_HELD = 200
# A packet's length is wrong if it is off by more than this share of its sound's.
WRONG_LENGTH = 0.02


def without_outliers(coming: Iterator[av.packet.Packet], mine: int) -> Iterator[tuple[av.packet.Packet, bool]]:
    """Yield packets, and whether their stamps can be trusted: not those of sound that leap, and are back at once.

    One stamp of a transport stream covers many frames.
    """
    held: list[av.packet.Packet] = []
    expected, length = 0.0, 0.0
    begun = False
    for packet in coming:
        order = packet.pts if packet.dts is None else packet.dts
        if packet.stream_index != mine or order is None or not packet.time_base:
            if held and packet.stream_index == mine and packet.size:  # it stays behind those that wait
                held.append(packet)
                continue
            if packet.stream_index == mine:  # the end: after it nothing can be decoded
                for one in held:
                    yield one, True
                held = []
            yield packet, True
            continue
        stamp, lasts = float(order * packet.time_base), float((packet.duration or 0) * packet.time_base)
        stays = not begun or abs(stamp - expected - length) <= SMALLEST_GAP
        begun = True
        if not stays and not held and abs(stamp - expected) < FALLS_BACK:  # a step, perhaps a real one
            stays, expected = True, stamp
        if not stays and length < LASTS_SECONDS and len(held) < MOST_HELD:
            held.append(packet)
            length += lasts
            continue
        for one in held:
            yield one, not stays
        yield packet, True
        held, length, expected = [], 0.0, stamp + lasts
    for one in held:
        yield one, True


class Counted:
    """Finds stamps that a demuxer counted on from the packet before, by a length that is not that of its sound.

    In transport streams several frames share a stamp; where the rate changes, the next of them are counted by the old.
    """

    def __init__(self) -> None:
        self._next: int | None = None
        self._is_wrong = False

    def add(self, packet: av.packet.Packet, seconds: float) -> bool:
        """Return whether a packet's stamp is of this kind. seconds: the length of the sound that it was decoded to."""
        if packet.pts is None or not packet.duration or not packet.time_base:
            return False
        counted = self._is_wrong and packet.pts == self._next
        self._next = packet.pts + packet.duration
        self._is_wrong = abs(float(packet.duration * packet.time_base) - seconds) > WRONG_LENGTH * seconds
        return counted


def is_no_sound(packet: av.packet.Packet) -> bool:
    """Return whether a packet of a bare stream is not a frame by its first bytes, but tags or junk at the end."""
    head = bytes(packet)[:2]
    return len(head) < 2 or not ((head[0] == 0xFF and head[1] & 0xE0 == 0xE0) or head == b"\x0b\x77")
