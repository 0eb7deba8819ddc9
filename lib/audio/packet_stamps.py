"""Packets of sound before decoding: which of their time stamps can be trusted, and which packets are not sound."""

from __future__ import annotations

from collections.abc import Iterator

import av.packet

from lib.audio.sound_clock import FALLS_BACK, LASTS_SECONDS, SMALLEST_GAP


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
            if packet.stream_index == mine and not packet.size:  # the end: after it nothing can be decoded
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
        if not stays and length < LASTS_SECONDS:
            held.append(packet)
            length += lasts
            continue
        for one in held:
            yield one, not stays
        yield packet, True
        held, length, expected = [], 0.0, stamp + lasts
    for one in held:
        yield one, True


def is_no_sound(packet: av.packet.Packet) -> bool:
    """Return whether a packet of a bare stream is not a frame by its first bytes, but tags or junk at the end."""
    head = bytes(packet)[:2]
    return len(head) < 2 or not ((head[0] == 0xFF and head[1] & 0xE0 == 0xE0) or head == b"\x0b\x77")
