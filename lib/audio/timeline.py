"""One clock for all streams of a file that was joined of several: what is added to its stamps, packet by packet.

A stamp that leaps is believed only when the one after it goes on from there, and all streams leap by the same: joined
transport streams, clocks that wrap, recordings that were cut. One that leaps alone is an outlier.
"""

from __future__ import annotations

# A clock that falls back this far (s), or leaps this far ahead, has begun anew. (Stamps of one stream, in the order of
# decoding, never fall; those of joined streams leap by hours.)
FALLS_BACK, LEAPS_AHEAD = 0.1, 10.0
# Two stamps of a stream that follow each other differ from the first's length by this much at most.
JITTER = 0.5


class Timeline:
    """Gives the packets of a file, in its order, what is to be added to their stamps."""

    def __init__(self) -> None:
        self._shift: dict[int, float] = {}  # of each stream
        self._end: dict[int, float] = {}  # where the last packet of each ended, shifted
        self._leapt: dict[int, float] = {}  # a stamp that leapt, and what should follow it
        self._shifts = [0.0]

    def shift(self, stream: int, stamp: float | None, length: float) -> float | None:
        """Return what is to be added to the stamps of a packet (s); None: it is not to be believed.

        stamp: when it is to be decoded, else shown, in the file's own seconds (None: it does not say).
        """
        if stamp is None:
            return self._shift.get(stream, 0.0)
        shift, end = self._shift.get(stream, self._shifts[-1]), self._end.get(stream)
        if end is None or -FALLS_BACK <= stamp + shift - end <= LEAPS_AHEAD:
            self._leapt.pop(stream, None)
        else:
            follows = self._leapt.get(stream)
            self._leapt[stream] = stamp + length
            if follows is None or abs(stamp - follows) > JITTER:
                return None
            shift = self._joined(stamp, end)
            del self._leapt[stream]
        self._shift[stream] = shift
        self._end[stream] = stamp + shift + length
        return shift

    def _joined(self, stamp: float, end: float) -> float:
        """Return the shift of a stream that has begun anew: that of another which has, else one that joins it."""
        latest = self._shifts[-1]
        if abs(stamp + latest - end) <= LEAPS_AHEAD:
            return latest
        self._shifts.append(max(self._end.values()) - stamp)
        return self._shifts[-1]
