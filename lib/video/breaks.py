"""Where the picture of a film could not be read: what was seen of it while it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from lib.audio.wholeness import Promise, told

Break: TypeAlias = tuple[float, str]
"""When the first picture after it begins, in s, and what failed."""

# So many pictures are shown after a beginning, or a jump, before damaged ones count: those before the first keyframe's
# own show what is not in the file any more.
SETTLED = 12
# So many packets that fail at a film's end are more than a mark that no decoder knows.
LOST_AT_END = 3
MISSING = "packets of it are missing, or damaged"


class Breaks:
    """Gathers what fails while a film is decoded."""

    def __init__(self) -> None:
        self.found: set[Break] = set()
        self.ended = False
        """Whether the film was read to its end."""
        self.last = ""
        """What failed the last time."""
        self._is_joined = False
        self.begin()

    def begin(self) -> None:
        """Begin anew at another place of the file."""
        self._shown, self._failed, self._why = 0, 0, ""

    def fails(self, why: str) -> None:
        """Note that a packet could not be decoded."""
        self._failed += 1
        self._why = self.last = why

    def joins(self) -> None:
        """Note that the file was joined of several: where they meet it seems as if packets were missing."""
        if not self._is_joined:
            self._is_joined = True
            self.found = {one for one in self.found if one[1] != MISSING}
            self._failed = 0 if self._why == MISSING else self._failed

    def lacks(self) -> None:
        """Note that the container says that packets are missing."""
        if not self._is_joined:
            self.fails(MISSING)

    def shows(self, ms: float, is_damaged: bool) -> None:
        """Note that a picture was."""
        if self._shown and self._failed:
            self.found.add((ms / 1000, self._why))
        elif is_damaged and self._shown >= SETTLED and self._why != "damaged":
            self.found.add((ms / 1000, "a picture of it is damaged"))
        self._failed, self._why = 0, "damaged" if is_damaged else ""
        self._shown += 1

    def told(self, promise: Promise, end_ms: float) -> str:
        """Return on one line what was wrong with a film; "": nothing.

        end_ms: when its last picture ends, if it was read to there.
        """
        why = None if not self.ended else self._why if self._failed >= LOST_AT_END else ""
        # (Picture and sound need not end together: what the header says of a whole film is no promise.)
        promise = promise if promise.is_cut else replace(promise, seconds=None)
        return told(sorted(self.found), promise, end_ms / 1000, why)
