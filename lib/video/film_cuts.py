"""The cuts of a film: found once, stretch by stretch on demand, and saved for all stages."""

from __future__ import annotations

import math
import os
import queue
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from lib.io.ffmpeg import open_media
from lib.io.states import file_state
from lib.io.user_cache import keep, recall
from lib.parallel.helper_processes import Helpers
from lib.video.cuts import Cut, find_cuts
from lib.video.reader import VideoReader
from lib.video.thumbnails import Gatherer, Thumbnails, joined
from lib.video.timing import is_indexed

# Raised when the detector changes: saved cuts are then found again.
VERSION = 6
DETECTOR, KIND = "adaptive", "cuts"
# A film is examined in stretches of this length, each with its surroundings, so that the cuts of a stretch do not
# depend on the others asked for. The evidence for a cut is less than MARGIN_MS away.
STRETCH_MS, MARGIN_MS = 15_000, 2_500
# Interval between saves, in seconds.
SECONDS_BETWEEN_SAVES = 20.0
# Opening a film and seeking in it takes about as long as examining this many stretches.
LEAST_STRETCHES = 2
# From this many stretches on (ten minutes), processes are worth their start. Each gets this many parts or more, so that
# all end at about the same time. No part is longer than this (four minutes): an interrupted run has to repeat it.
WORTH_STRETCHES, PARTS_EACH, MOST_STRETCHES = 40, 3, 16
# No film is longer (100 h): later times are after its end.
LONGEST_MS = 360_000_000


@dataclass(frozen=True)
class FilmCuts:
    """The known cuts of a film.

    cuts: those of the examined stretches, in order; stretches: their numbers, stretch n from n * STRETCH_MS; end_ms:
    the end of the film's last frame (infinite: not reached); problem: where it could not be read ("": nowhere so
    far).
    """

    cuts: tuple[Cut, ...] = ()
    stretches: frozenset[int] = frozenset()
    end_ms: float = math.inf
    problem: str = ""

    def between(self, first_ms: float, last_ms: float) -> list[Cut]:
        """Return the cuts that are not wholly outside of a window."""
        return [cut for cut in self.cuts if cut.new_ms > first_ms and cut.old_ms <= last_ms]


def film_cuts(
    path: str, windows: Sequence[tuple[float, float]] | None = None, overwrite: bool = False, threads: int = 1
) -> FilmCuts:
    """Return the cuts of a film.

    windows: (begin, end) in ms; stretches outside all of them may be skipped; None: the whole film.
    overwrite: ignore the cuts that an earlier run saved; threads: parts of the film searched at a time. The cuts are
    saved at intervals, so that an interrupted run can be continued. Raises MediaError if the film cannot be
    read, NoVideoError if it has no picture.
    """
    made_from = (
        [KIND, DETECTOR, VERSION, STRETCH_MS, os.path.realpath(path), file_state(path)]
        if os.path.exists(path)
        else None
    )
    known = FilmCuts() if overwrite or made_from is None else _read(recall(KIND, made_from))
    wanted = None if windows is None else _stretches_of(windows)
    last = _last_stretch(known.end_ms)
    if wanted is None and last is not None:
        wanted = set(range(last + 1))
    missing = None if wanted is None else {n for n in wanted if last is None or n <= last} - known.stretches
    if missing is not None and not missing:
        return known
    found, saved = known, time.monotonic()

    def keep_for_another_run() -> None:
        # Until the whole film was examined, its end is not saved: an incomplete result would seem complete.
        if made_from is not None:
            keep(KIND, made_from, _written(replace(found, end_ms=known.end_ms)))

    with VideoReader(path, rough=True) as film:
        runs = list(_runs(missing, known.stretches))
        said = _said_stretches(path) if threads > 1 else 0
        with closing(_in_parts(path, runs, threads, said) if said else _one_by_one(film, runs)) as looks:
            try:
                for number, cuts, end_ms, problem in looks:
                    if number is not None and number not in known.stretches:
                        found = _with(found, number, cuts)
                    found = replace(found, end_ms=min(found.end_ms, end_ms), problem=problem or found.problem)
                    if time.monotonic() - saved > SECONDS_BETWEEN_SAVES:
                        keep_for_another_run()
                        saved = time.monotonic()
            except (KeyboardInterrupt, SystemExit):
                keep_for_another_run()
                raise
    if made_from is not None:
        keep(KIND, made_from, _written(found))
    return found


# A stretch (None: only the end) with its cuts, the end of the film (infinite: not reached), and the problem (known with
# the end only).
StretchCuts = tuple[int | None, Sequence[Cut], float, str]


def _one_by_one(film: VideoReader, runs: Sequence[tuple[int, float]]) -> Generator[StretchCuts]:
    """Yield the cuts of stretches in order."""
    for first, after in runs:
        for number, thumbnails in _looked_at(film, first, after):
            yield number, find_cuts(thumbnails), film.end_ms, ""
    yield None, (), film.end_ms, film.problem


def _in_parts(path: str, runs: Sequence[tuple[int, float]], threads: int, said: int) -> Generator[StretchCuts]:
    """Yield the cuts of stretches as they are found, in several parts of the film at a time.

    said: number of stretches by the film's header, at least 1. Much of a film is searched in processes, the rest in
    threads, which wait for each other now and then, but need no start.
    """
    total = sum(max(min(after, said) - first, 0) for first, after in runs)
    is_short = total < WORTH_STRETCHES
    share = math.ceil(total / threads) if is_short else min(math.ceil(total / (threads * PARTS_EACH)), MOST_STRETCHES)
    parts = [part for first, after in runs for part in _split(first, after, max(share, LEAST_STRETCHES), said)]
    if is_short:
        yield from _in_threads(path, parts, threads)
        return
    with Helpers(threads - 1) as helpers:
        for looks in helpers.map(_looks, [(path, *part) for part in parts]):
            yield from looks


def _looks(part: tuple[str, int, float]) -> list[StretchCuts]:
    path, first, after = part
    with VideoReader(path, rough=True) as film:
        return list(_one_by_one(film, [(first, after)]))


def _in_threads(path: str, parts: Sequence[tuple[int, float]], threads: int) -> Generator[StretchCuts]:
    done: queue.SimpleQueue[StretchCuts | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()

    def look(part: tuple[int, float]) -> None:
        try:
            with VideoReader(path, rough=True) as film, closing(_one_by_one(film, [part])) as looks:
                for one in looks:
                    done.put(one)
                    if stop.is_set():
                        return
            done.put(None)
        except BaseException as error:
            done.put(error)

    coming = iter(parts)
    workers: list[threading.Thread] = []

    def begin() -> None:
        part = next(coming, None)
        if part is not None:
            workers.append(threading.Thread(target=look, args=(part,), daemon=True))
            workers[-1].start()

    try:
        for _ in range(threads):
            begin()
        left = len(parts)
        while left:
            one = done.get()
            if isinstance(one, BaseException):
                raise one
            if one is None:
                left -= 1
                begin()
            else:
                yield one
    finally:
        stop.set()
        for worker in workers:
            worker.join()


def _said_stretches(path: str) -> int:
    """Return the number of stretches of a film by its header; 0: it does not say, or seeking is not possible."""
    with open_media(path) as container:
        return math.ceil((container.duration or 0) / 1000 / STRETCH_MS) if is_indexed(container) else 0


def _split(first: int, after: float, share: int, count: int) -> Iterator[tuple[int, float]]:
    """Yield parts of a run, `share` stretches each; the last one extends to the run's end, whatever the header says."""
    while first + share < min(after, count):
        yield first, first + share
        first += share
    yield first, after


def _stretches_of(windows: Iterable[tuple[float, float]]) -> set[int]:
    numbers: set[int] = set()
    for begin, end in windows:
        first, last = (int(min(max(ms, 0), LONGEST_MS) // STRETCH_MS) for ms in (begin, end))
        numbers.update(range(first, last + 1))
    return numbers


def _last_stretch(end_ms: float) -> int | None:
    return None if math.isinf(end_ms) else max(math.ceil(end_ms / STRETCH_MS) - 1, 0)


def _runs(numbers: set[int] | None, known: frozenset[int]) -> Iterator[tuple[int, float]]:
    """Yield (first, end) of consecutive stretches; of all but `known`: to infinity."""
    if numbers is None:
        last = max(known, default=-1)
        yield from _runs(set(range(last)) - known, known)
        yield last + 1, math.inf
        return
    for first in sorted(number for number in numbers if number - 1 not in numbers):
        after = first
        while after in numbers:
            after += 1
        yield first, after


def _looked_at(film: VideoReader, first: int, after: float) -> Iterator[tuple[int, Thumbnails]]:
    """Yield the stretches from `first` up to `after`, each with its surroundings; fewer if the film ends."""
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
    """Add the cuts found in a stretch; a cut at its edge may be known from its neighbour."""
    begin, end = number * STRETCH_MS, (number + 1) * STRETCH_MS
    cuts = list(known.cuts)
    for cut in found:
        touches = (cut.new_ms > begin and cut.old_ms < end) or begin <= cut.old_ms < end
        if touches and not any(cut.old_ms <= other.new_ms and other.old_ms <= cut.new_ms for other in cuts):
            cuts.append(cut)
    cuts.sort(key=lambda cut: cut.old_ms)
    return replace(known, cuts=tuple(cuts), stretches=known.stretches | {number})


def _written(found: FilmCuts) -> dict[str, Any]:
    """Return the known cuts as a JSON value."""
    cuts = [[cut.old_ms, cut.new_ms, cut.change, cut.kind] for cut in found.cuts]
    end = None if math.isinf(found.end_ms) else found.end_ms
    return {"cuts": cuts, "stretches": sorted(found.stretches), "end_ms": end, "problem": found.problem}


def _read(value: object) -> FilmCuts:
    """Return the known cuts that `_written` wrote; none from any other value."""
    if not isinstance(value, dict):
        return FilmCuts()
    try:
        cuts = tuple(Cut(float(old), float(new), float(change), str(kind)) for old, new, change, kind in value["cuts"])
        stretches = frozenset(int(number) for number in value["stretches"])
        end = math.inf if value["end_ms"] is None else float(value["end_ms"])
    except (KeyError, TypeError, ValueError):
        return FilmCuts()
    return FilmCuts(cuts, stretches, end, str(value.get("problem", "")))
