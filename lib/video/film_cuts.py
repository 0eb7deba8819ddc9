"""The cuts of a film: found once, stretch by stretch as they are asked for, and kept for all stages."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lib.io.states import file_state
from lib.io.user_cache import keep, recall
from lib.video.cuts import Cut, find_cuts
from lib.video.reader import VideoReader
from lib.video.thumbnails import Gatherer, Thumbnails, joined

# Raised when other cuts are found: those that were kept are found again.
VERSION = 1
DETECTOR, KIND = "adaptive", "cuts"
# A film is looked at in stretches of this length, each with what is around it, so that the cuts of a stretch do not
# depend on which others are asked for. What tells a cut is less than MARGIN_MS away.
STRETCH_MS, MARGIN_MS = 15_000, 2_500
# No film is longer (100 h): what is asked for beyond is after its end.
LONGEST_MS = 360_000_000


@dataclass(frozen=True)
class FilmCuts:
    """What is known of a film's cuts.

    cuts: those of the stretches that were looked at, in order; stretches: their numbers, stretch n from n * STRETCH_MS;
    end_ms: when the film's last frame ends (infinite: that was not reached).
    """

    cuts: tuple[Cut, ...] = ()
    stretches: frozenset[int] = frozenset()
    end_ms: float = math.inf

    def between(self, first_ms: float, last_ms: float) -> list[Cut]:
        """Return the cuts that are not wholly outside of a window."""
        return [cut for cut in self.cuts if cut.new_ms > first_ms and cut.old_ms <= last_ms]


def film_cuts(path: str, windows: Sequence[tuple[float, float]] | None = None, anew: bool = False) -> FilmCuts:
    """Return the cuts of a film.

    windows: (begin, end) in ms; stretches that none of them touches may not be looked at; None: the whole film. anew:
    do not take those that an earlier run has kept. Raises MediaError if the film cannot be read, NoVideoError if it
    has no picture.
    """
    made_from = (
        [KIND, DETECTOR, VERSION, STRETCH_MS, os.path.realpath(path), file_state(path)]
        if os.path.exists(path)
        else None
    )
    known = FilmCuts() if anew or made_from is None else _read(recall(KIND, made_from))
    wanted = None if windows is None else _stretches_of(windows)
    last = _last_stretch(known.end_ms)
    if wanted is None and last is not None:
        wanted = set(range(last + 1))
    missing = None if wanted is None else {n for n in wanted if last is None or n <= last} - known.stretches
    if missing is not None and not missing:
        return known
    with VideoReader(path, rough=True) as film:
        found = known
        for first, after in _runs(missing):
            for number, thumbnails in _looked_at(film, first, after):
                if number not in known.stretches:
                    found = _with(found, number, find_cuts(thumbnails))
        found = replace(found, end_ms=min(found.end_ms, film.end_ms))
    if made_from is not None:
        keep(KIND, made_from, _written(found))
    return found


def _stretches_of(windows: Iterable[tuple[float, float]]) -> set[int]:
    numbers: set[int] = set()
    for begin, end in windows:
        first, last = (int(min(max(ms, 0), LONGEST_MS) // STRETCH_MS) for ms in (begin, end))
        numbers.update(range(first, last + 1))
    return numbers


def _last_stretch(end_ms: float) -> int | None:
    return None if math.isinf(end_ms) else max(math.ceil(end_ms / STRETCH_MS) - 1, 0)


def _runs(numbers: set[int] | None) -> Iterator[tuple[int, float]]:
    """Yield (first, the one after the last) of stretches that follow each other; of all: to infinity."""
    if numbers is None:
        yield 0, math.inf
        return
    for first in sorted(number for number in numbers if number - 1 not in numbers):
        after = first
        while after in numbers:
            after += 1
        yield first, after


def _looked_at(film: VideoReader, first: int, after: float) -> Iterator[tuple[int, Thumbnails]]:
    """Yield the stretches from `first` up to `after`, each with what is around it; fewer if the film ends."""
    begin = max(first * STRETCH_MS - MARGIN_MS, 0)
    gatherer, before = Gatherer(), None
    number = first
    for frame in film.frames(begin, after * STRETCH_MS + MARGIN_MS):
        while number < after and frame.ms >= (number + 1) * STRETCH_MS + MARGIN_MS:
            before = _joined(before, gatherer.taken(frame.ms))
            yield number, _around(before, number)
            number += 1
            before = before.between(number * STRETCH_MS - MARGIN_MS, math.inf)
        gatherer.add(frame)
    end = film.end_ms
    before = _joined(before, gatherer.taken(end if math.isfinite(end) else after * STRETCH_MS + MARGIN_MS))
    while number < after and number * STRETCH_MS < end:
        yield number, _around(before, number)
        number += 1


def _joined(before: Thumbnails | None, now: Thumbnails) -> Thumbnails:
    return now if before is None else joined(before, now)


def _around(film: Thumbnails, number: int) -> Thumbnails:
    return film.between(number * STRETCH_MS - MARGIN_MS, (number + 1) * STRETCH_MS + MARGIN_MS)


def _with(known: FilmCuts, number: int, found: Sequence[Cut]) -> FilmCuts:
    """Add what was found in a stretch; a cut at its edge may be known from its neighbour."""
    begin, end = number * STRETCH_MS, (number + 1) * STRETCH_MS
    cuts = list(known.cuts)
    for cut in found:
        touches = (cut.new_ms > begin and cut.old_ms < end) or begin <= cut.old_ms < end
        if touches and not any(cut.old_ms <= other.new_ms and other.old_ms <= cut.new_ms for other in cuts):
            cuts.append(cut)
    cuts.sort(key=lambda cut: cut.old_ms)
    return FilmCuts(tuple(cuts), known.stretches | {number}, known.end_ms)


def _written(found: FilmCuts) -> dict[str, Any]:
    """Return it as a JSON value."""
    cuts = [[cut.old_ms, cut.new_ms, cut.change, cut.kind] for cut in found.cuts]
    end = None if math.isinf(found.end_ms) else found.end_ms
    return {"cuts": cuts, "stretches": sorted(found.stretches), "end_ms": end}


def _read(value: object) -> FilmCuts:
    """Return what `_written` wrote; nothing known if it is something else."""
    if not isinstance(value, dict):
        return FilmCuts()
    try:
        cuts = tuple(Cut(float(old), float(new), float(change), str(kind)) for old, new, change, kind in value["cuts"])
        stretches = frozenset(int(number) for number in value["stretches"])
        end = math.inf if value["end_ms"] is None else float(value["end_ms"])
    except (KeyError, TypeError, ValueError):
        return FilmCuts()
    return FilmCuts(cuts, stretches, end)
