"""Errors that ffmpeg's decoders log without raising them: damage that they pass over."""

from __future__ import annotations

import av.logging

# Errors at more than this share of the packets are due to how a file was made.
MANNER = 1 / 3


class Complaints:
    """The errors that a codec logs while a file is read. codec: ffmpeg's name of it."""

    def __init__(self, codec: str) -> None:
        # From here on errors are counted; nothing is printed. (The last one is part of the text of PyAV's next
        # exception: `lib.io.ffmpeg.reason_of` leaves it out.)
        av.logging.set_level(av.logging.PANIC)
        self._codec = codec
        self._count = av.logging.get_last_error()[0]
        self._packets = 0
        self._places: list[float] = []

    def is_new(self) -> bool:
        """Return whether there was an error since the last call: call it after each packet."""
        self._packets += 1
        count, last = av.logging.get_last_error()
        if count == self._count:
            return False
        self._count = count
        return last is not None and last[1] == self._codec  # (Other files may be read by other threads.)

    def note(self, seconds: float) -> None:
        """Note that there was an error at this time of the file."""
        self._places.append(seconds)

    @property
    def places(self) -> list[float]:
        """Return the times of the errors, in s; none if their number shows that the file was made like that."""
        return self._places if len(self._places) <= MANNER * self._packets else []
