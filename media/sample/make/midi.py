"""A small writer of standard MIDI files (format 0: one track)."""

from __future__ import annotations

from pathlib import Path

from make.score import PlayedNote

# 500 ticks to the quarter note and 500,000 microseconds to the quarter note: one tick is one millisecond.
TICKS_PER_QUARTER = 500
MICROSECONDS_PER_QUARTER = 500_000
DRUM_CHANNEL = 9
CONTROL_PAN = 10


def _variable_length(value: int) -> bytes:
    """A MIDI variable-length quantity: seven bits a byte, the high bit set on all but the last."""
    data = [value & 0x7F]
    while value := value >> 7:
        data.append(0x80 | value & 0x7F)
    return bytes(reversed(data))


def write_midi(path: Path, notes: list[PlayedNote], end: int) -> None:
    """Writes notes as a MIDI file that lasts `end` ms."""
    # (time, order at that time, bytes): a note that ends is let go before the same key is struck again.
    events: list[tuple[int, int, bytes]] = [(0, 0, b"\xff\x51\x03" + MICROSECONDS_PER_QUARTER.to_bytes(3, "big"))]
    for part in dict.fromkeys(note.part for note in notes):
        if part.channel != DRUM_CHANNEL:
            events.append((0, 0, bytes([0xC0 | part.channel, part.program])))
        events.append((0, 0, bytes([0xB0 | part.channel, CONTROL_PAN, part.pan])))
    for note in notes:
        events.append((note.start + note.dur, 1, bytes([0x80 | note.part.channel, note.midi, 0])))
        events.append((note.start, 2, bytes([0x90 | note.part.channel, note.midi, note.velocity])))
    events.sort(key=lambda event: event[:2])
    events.append((end, 3, b"\xff\x2f\x00"))
    track, now = bytearray(), 0
    for time, _, data in events:
        track += _variable_length(time - now) + data
        now = time
    header = b"MThd" + (6).to_bytes(4, "big") + (0).to_bytes(2, "big") + (1).to_bytes(2, "big")
    header += TICKS_PER_QUARTER.to_bytes(2, "big")
    path.write_bytes(header + b"MTrk" + len(track).to_bytes(4, "big") + bytes(track))
