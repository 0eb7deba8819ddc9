"""Where the clock of a file begins: at the earliest stamp of its sound and pictures."""

from __future__ import annotations

from fractions import Fraction

import av
import av.container
from av.stream import Stream

from lib.io.ffmpeg import open_media, packets

# Containers whose start ffmpeg's libraries put at the second picture where pictures are reordered and the stamps of
# the first one tell nothing about their order (program streams of soft telecine, NUT).
LATE = frozenset(("mpeg", "nut"))
# The first packets of all streams are among this number of a file's.
PEEKED = 100


def origin_us(path: str, container: av.container.InputContainer) -> int | Fraction | None:
    """Return where the clock of a file begins, in microseconds of its stamps; None: its container does not say.

    path: the file; container: it, open; it is read from only through another opening.
    """
    start = container.start_time
    if start is None or container.format.name not in LATE:
        return start
    first: dict[int, Fraction] = {}
    with open_media(path) as other:
        wanted = [stream for stream in other.streams if stream.type in ("audio", "video")]
        try:
            for packet, _ in zip(packets(other, wanted), range(PEEKED)):
                if packet.pts is not None and packet.size:
                    first.setdefault(packet.stream_index, packet.pts * _us(packet.stream))
                if len(first) == len(wanted):
                    break
        except (av.error.FFmpegError, OSError):
            pass
    earliest = min(first.values(), default=Fraction(start))
    return earliest if start - earliest > 1 else start


def _us(stream: Stream) -> Fraction:
    tick = stream.time_base
    return Fraction(tick.numerator, tick.denominator) * 1_000_000 if tick else Fraction(1)
