"""Where the picture of a film could not be read: failures noted while decoding."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from av.packet import Packet

from lib.audio.wholeness import Promise, problem_of
from lib.io.complaints import Complaints
from lib.video.timing import Ticks

Break: TypeAlias = tuple[float, str]
"""When the first picture after it begins, in s, and what failed."""

# Number of pictures after a start or a jump before damaged ones count: pictures that precede the first keyframe's own
# refer to frames that are not in the file.
SETTLED = 12
# From this number of failing packets at a film's end on, they are more than a mark unknown to decoders.
LOST_AT_END = 3
# A file that cannot be read on before this share of its bytes has lost something; near its end, it may have ended.
NEARLY_ALL = 0.9
MISSING = "packets of it are missing, or damaged"
DAMAGED = "a picture of it is damaged"


class Breaks:
    """Gathers what fails while a film is decoded."""

    def __init__(self) -> None:
        self.found: set[Break] = set()
        self.ended = False
        """Whether the film was read to its end."""
        self.last = ""
        """What failed the last time."""
        self._is_joined, self._jumped, self._read = False, False, 0
        self._shown = 0
        self.watch("")
        self.begin()

    def begin(self) -> None:
        """Start at the file's beginning, or again at another place."""
        self._jumped |= bool(self._shown)
        self._shown, self._failed, self._why = 0, 0, ""

    def fails(self, why: str) -> None:
        """Note that a packet could not be decoded."""
        self._failed += 1
        self._why = self.last = why

    def stops(self, why: str, size: int) -> None:
        """Note that the container could not be read on. size: its bytes (0 or less: unknown)."""
        self.fails(why)
        if self._read < NEARLY_ALL * size:
            self._failed = max(self._failed, LOST_AT_END)

    def joins(self) -> None:
        """Note that the file was joined from several: packets seem to be missing where they meet."""
        if not self._is_joined:
            self._is_joined = True
            self.found = {one for one in self.found if one[1] != MISSING}
            self._failed = 0 if self._why == MISSING else self._failed

    def lacks(self) -> None:
        """Note that packets are missing according to the container."""
        if not self._is_joined:
            self.fails(MISSING)

    def shows(self, ms: float, is_damaged: bool) -> None:
        """Note that a picture was decoded."""
        if not (self._failed or self._why or is_damaged):
            self._shown += 1
            return
        if self._shown and self._failed:
            self.found.add((ms / 1000, self._why))
        elif is_damaged and self._shown >= SETTLED and self._why != "damaged":
            self.found.add((ms / 1000, DAMAGED))
        self._failed, self._why = 0, "damaged" if is_damaged else ""
        self._shown += 1

    def watch(self, codec: str) -> None:
        """Take note of errors that a decoder logs and passes over. codec: ffmpeg's name of it."""
        self._complaints = Complaints(codec)

    def look(self, packet: Packet | None, ticks: Ticks) -> None:
        """Note such errors since the last look, as ones of decoding a packet (None: of the decoder's last frames).

        Errors before the first picture, or just after a jump, are not a sign of damage.
        """
        if packet is not None and packet.pos is not None:
            self._read = packet.pos + packet.size
        if self._complaints.is_new() and packet is not None and self._shown >= (SETTLED if self._jumped else 1):
            stamp = packet.dts if packet.pts is None else packet.pts
            if stamp is not None:
                self._complaints.note(ticks.ms(stamp) / 1000)

    def problem(self, promise: Promise, end_ms: float) -> str:
        """Return on one line what was wrong with a film; "": nothing.

        end_ms: the end of its last picture, if it was read to there.
        """
        why = None if not self.ended else self._why if self._failed >= LOST_AT_END else ""
        # (Picture and sound need not end together: the header's length of a whole film promises nothing.)
        promise = promise if promise.is_cut or promise.damage else replace(promise, seconds=None)
        found = self.found or {(seconds, DAMAGED) for seconds in self._complaints.places}
        return problem_of(sorted(found), promise, end_ms / 1000, why)
