"""Intermediate results for a long file, saved before its table is done, for another run of the same command."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lib.audio.features import Features
from lib.io.states import digest, file_state
from lib.tables.parts import Checkpoint

# Raised when samples are found or measured differently: saved results are then made again.
VERSION = 1
FOUND, MEASURED = "found", "measured"


@dataclass(frozen=True)
class FoundSamples:
    """The samples of a file, and properties of its whole sound.

    starts, lengths: int64, ms; level: the mean of the sound; problem: where it could not be read; wide: the power of
    the sound before it was resampled to the rate of the analysis, from `WideReader` (None: nothing above that);
    short: how many samples were dropped because they are too short.
    """

    starts: np.ndarray
    lengths: np.ndarray
    level: float
    problem: str
    wide: np.ndarray | None
    short: int = 0


def checkpoint(target: str, path: str, settings: object) -> Checkpoint | None:
    """Return where intermediate results for one file are saved, among the parts of an output; None: nowhere."""
    if not target or not os.path.exists(path):
        return None
    return Checkpoint(target, [VERSION, file_state(path), settings])


def keep_found(kept: Checkpoint, found: FoundSamples) -> None:
    """Save where the samples of a file are."""
    data = io.BytesIO()
    text = np.frombuffer(found.problem.encode("utf-8", "surrogateescape"), np.uint8)
    wide = [] if found.wide is None else [found.wide]
    np.savez(
        data,
        found.starts,
        found.lengths,
        np.float64(found.level),
        np.int64(found.short),
        text,
        *wide,
        allow_pickle=False,
    )
    kept.save(FOUND, data.getvalue())


def recall_found(kept: Checkpoint | None) -> FoundSamples | None:
    """Return what an earlier run found, or None."""
    data = kept.load(FOUND) if kept is not None else None
    if data is None:
        return None
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            starts, lengths, level, short, text, *wide = (arrays[f"arr_{n}"] for n in range(len(arrays.files)))
            problem = text.tobytes().decode("utf-8", "surrogateescape")
            return FoundSamples(starts, lengths, float(level), problem, wide[0] if wide else None, int(short))
    except (ValueError, KeyError, OSError, zipfile.BadZipFile):  # of another version
        return None


class Measurements:
    """The features of a file's samples in their order, and which of them lie above the analysed range; both grow.

    spans: (start, length) in ms of each. Results that an earlier run saved for the same spans are loaded.
    """

    def __init__(self, spans: Sequence[tuple[int, int]], kept: Checkpoint | None) -> None:
        self.values: list[Features] = []
        self.above: list[int] = []
        self._kept, self._series, self._first = kept, [MEASURED, digest([list(map(int, span)) for span in spans])], 0
        for place, data in kept.chunks(self._series) if kept is not None else ():
            rows, above = json.loads(data)
            if place == len(self.values):
                self.values += [Features(*row) for row in rows]
                self.above += above
        self._first = len(self.values)
        if kept is not None:
            kept.unsaved[MEASURED] = self.save

    def add(self, values: Sequence[Features], above: Sequence[int]) -> None:
        """Add the next samples; above: the indices, among all, of those that lie above."""
        self.above += above  # first: an interrupt may come in between
        self.values += values
        if self._kept is not None and self._kept.is_due:
            self.save()

    def save(self) -> None:
        """Save those that are not saved yet."""
        after = len(self.values)
        if self._kept is not None and after > self._first:
            rows = [list(vars(value).values()) for value in self.values[self._first : after]]
            told = [n for n in self.above if self._first <= n < after]
            self._kept.save(self._series, json.dumps([rows, told]).encode(), self._first, after)
            self._first = after
