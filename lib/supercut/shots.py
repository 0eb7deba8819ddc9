"""The shots of a film: every sample from one picture of the film to another, in the whole frame or a cell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from lib.audio.mix_plays import Play
from lib.audio.shift import shift_factor

Times = npt.NDArray[np.float64]

# Tables give whole milliseconds: a frame that begins this little later than asked for is the right one.
LATE_MS = 0.5

# Pictures by which a sample may be delayed, so that each of many short ones is seen.
LATEST = 1

# Minimum number of pictures for which a sample with its own cell is visible.
LEAST = 2

# A sample that was covered is seen again, once what covered it has ended, if it sounds for this much longer.
BACK_MS = 500.0

# Cells across, and down, of a frame that several samples share.
SIDES = (1, 2, 3, 4)


@dataclass(frozen=True)
class FilmShot:
    """Play number `play` as a shot: from picture `first` (0, 1, ...) to before `end`, in cell `cell`.

    fade_in, fade_out: pictures over which it appears, and disappears at its end (0: at once).
    """

    play: int
    cell: int
    first: int
    end: int
    fade_in: float = 0.0
    fade_out: float = 0.0

    def opacity(self, picture: int) -> float:
        """Return its opacity in a picture, above 0 up to 1."""
        begun = (picture - self.first + 0.5) / self.fade_in if self.fade_in else 1.0
        left = (self.end - picture - 0.5) / self.fade_out if self.fade_out else 1.0
        return min(begun, left, 1.0)


@dataclass(frozen=True)
class Shots:
    """All shots. count: number of the film's pictures; side: cells across and down; unseen: plays that follow others so
    closely that there is no picture for them."""

    shots: tuple[FilmShot, ...]
    count: int
    side: int = 1
    unseen: int = 0

    def by_picture(self) -> Iterator[list[tuple[int, FilmShot]]]:
        """Yield for each picture of the film its shots, (number, shot), the lowest first."""
        active: list[tuple[int, FilmShot]] = []
        coming = 0
        for picture in range(self.count):
            while coming < len(self.shots) and self.shots[coming].first <= picture:
                active.append((coming, self.shots[coming]))
                coming += 1
            active = [entry for entry in active if entry[1].end > picture]
            yield active


def moment(pictures: npt.NDArray[np.int64], fps: Fraction) -> Times:
    """Return the times in ms that pictures 0, 1, ... of a film show: the middle of its duration."""
    return (2 * pictures + 1) * (500 * fps.denominator) / fps.numerator


def first_picture(ms: float, fps: Fraction) -> int:
    """Return the first picture that shows a play beginning at this time: at most half a picture away."""
    return max(math.ceil(ms * float(fps) / 1000 - 0.5 - 1e-6), 0)


def length_of(play: Play) -> float:
    """Return for how long a play sounds, in ms."""
    return play.dur_ms / shift_factor(play.shift)


def source_ms(play: Play, shown_ms: float, ms: Times) -> Times:
    """Return the times in its file that a play shows at times of the film, in ms.

    shown_ms: how much of its file may be seen, from its start on; after that the last picture stays. A play at a higher
    pitch is seen faster, as it is heard.
    """
    gone = (ms - play.time_ms) * shift_factor(play.shift)
    return play.start_ms + np.clip(gone, 0.0, max(shown_ms - 1.0, 0.0)) + LATE_MS


def one_by_one(plays: Sequence[Play], length_ms: float, fps: Fraction, fade_ms: float) -> Shots:
    """Return the shots of a film that shows the latest play, in the whole frame.

    Each is seen until the next one, and dissolves into it over `fade_ms`, or its length if that is less. If it ends
    while earlier ones go on, the latest of these is seen again, unless less than `BACK_MS` of it are left.
    """
    count = math.ceil(length_ms * float(fps) / 1000 - 1e-6)
    fade = fade_ms * float(fps) / 1000
    order = sorted(range(len(plays)), key=lambda n: plays[n].time_ms)
    begun: list[tuple[int, int]] = []
    free = 0
    for n in order:
        wanted = first_picture(plays[n].time_ms, fps)
        first = max(wanted, free)
        if first <= wanted + LATEST and first < count:
            begun.append((n, first))
            free = first + 1
    seen = _seen_again(begun, plays, fps, count)
    ends = [first for _, first in seen[1:]] + [count]
    shots = [
        FilmShot(n, 0, first, end, min(fade, end - first), 0.0)
        for (n, first), end in zip(seen, ends)
    ]  # fmt: skip
    for k, after in enumerate(shots[1:]):  # it stays below the next one until that has appeared
        shots[k] = replace(shots[k], end=min(shots[k].end + math.ceil(after.fade_in), count))
    if shots:
        shots[-1] = replace(shots[-1], fade_out=min(fade, shots[-1].end - shots[-1].first))
    return Shots(tuple(shots), count, 1, len(plays) - len(begun))


def _seen_again(
    begun: Sequence[tuple[int, int]], plays: Sequence[Play], fps: Fraction, count: int
) -> list[tuple[int, int]]:
    """Return plays with their first pictures, (number, first), and those between them that are seen again."""
    least = BACK_MS * float(fps) / 1000
    ends = {n: first_picture(plays[n].time_ms + length_of(plays[n]), fps) for n, _ in begun}
    seen: list[tuple[int, int]] = []
    sounding: list[int] = []
    for k, (n, first) in enumerate(begun):
        seen.append((n, first))
        now, following = max(ends[n], first + 1), begun[k + 1][1] if k + 1 < len(begun) else count
        if following - now >= least:
            sounding = [earlier for earlier in sounding if ends[earlier] > now]
            for earlier in reversed(sounding):
                until = min(ends[earlier], following)
                if until - now >= least:
                    seen.append((earlier, now))
                    now = until
        sounding.append(n)
    return seen


def side_by_side(plays: Sequence[Play], length_ms: float, fps: Fraction, fade_ms: float) -> Shots:
    """Return the shots of a film in which simultaneous plays share the frame, in 4, 9 or 16 cells.

    There are as many cells as the largest number of simultaneous samples needs; a sample is seen while it sounds, in
    the cell that has been empty for longest, or in that of the one that began first.
    """
    count = math.ceil(length_ms * float(fps) / 1000 - 1e-6)
    fade = fade_ms * float(fps) / 1000
    spans = []
    for n in sorted(range(len(plays)), key=lambda n: plays[n].time_ms):
        first = first_picture(plays[n].time_ms, fps)
        end = min(max(first_picture(plays[n].time_ms + length_of(plays[n]), fps), first + LEAST), count)
        if first < end:
            spans.append((n, first, end))
    side = next((side for side in SIDES if side * side >= most_together(spans)), SIDES[-1])
    free_from, begun = [0] * side**2, [-1] * side**2
    last: list[int | None] = [None] * side**2
    shots: list[FilmShot] = []
    for n, first, end in spans:
        free = [cell for cell in range(side**2) if free_from[cell] <= first]
        cell = min(free or range(side**2), key=lambda c: (begun[c], c))
        before = last[cell]
        if not free and before is not None:  # the one that began first makes room
            shots[before] = replace(shots[before], end=first)
        free_from[cell], begun[cell], last[cell] = end, first, len(shots)
        shots.append(FilmShot(n, cell, first, end))
    seen = [shot for shot in shots if shot.end > shot.first]
    faded = [
        replace(s, fade_in=min(fade, (s.end - s.first) / 2), fade_out=min(fade, (s.end - s.first) / 2)) for s in seen
    ]
    return Shots(tuple(faded), count, side, len(plays) - len(seen))


def most_together(spans: Sequence[tuple[int, int, int]]) -> int:
    """Return the largest number of simultaneous spans, each (number, first, end), in order of `first`."""
    changes = sorted([(first, 1) for _, first, _ in spans] + [(end, -1) for _, _, end in spans])
    most = now = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most
