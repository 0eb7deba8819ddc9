"""Mosaics: for each sample of a target the nearest sample of a corpus, as a coherent sequence."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lib.audio.mosaic_space import IN_TUNE, Sounds, Space, class_distances
from lib.audio.weights import Weights
from lib.math.nearest import DECIMALS, nearest, squared
from lib.math.notes import SEMITONES
from lib.math.sequence import NONE, Rules, best_sequence

# Candidates from the corpus for each sample of the target, at least; with a least time between two uses, as many more
# as may be in use during it, up to MOST.
CONSIDERED, MOST = 48, 2048
# Cost, as a distance, of not continuing with the next sample of the file: nearly nothing, unless the next one fits
# equally well.
LEAVING = 0.05
# Cost of a shift by an octave, relative to another pitch class (squared distance).
SHIFTED = 0.25
# Samples of a target, at most, that determine how much louder it is than the corpus.
MOST_LEVELLED = 100


@dataclass(frozen=True)
class Settings:
    """How a mosaic is made. repeat: least seconds before a sample may return; spread: cost of changing the file, as a
    distance; shift: most semitones up or down; threads: of the search."""

    weights: Weights
    repeat: float = 0.0
    spread: float = 0.0
    shift: float = 0.0
    threads: int = 1


@dataclass(frozen=True)
class Mosaic:
    """The sample that plays for each one of the target. rows: of the corpus, int64 (n,); distances: to it, float64;
    shifts: in semitones, float64; early: number of samples that return too early."""

    rows: np.ndarray
    distances: np.ndarray
    shifts: np.ndarray
    early: int


@dataclass(frozen=True)
class Places:
    """Where the samples of a corpus are. files: the number of its file, int64 (n,); starts: ms in it, float64."""

    files: np.ndarray
    starts: np.ndarray

    def follows(self) -> np.ndarray:
        """Return for each sample the row of the next sample of its file, NONE for the last: int64, shape (n,)."""
        order = np.lexsort((self.starts, self.files))
        out = np.full(len(order), NONE, np.int64)
        same = self.files[order[1:]] == self.files[order[:-1]]
        out[order[:-1][same]] = order[1:][same]
        return out


def make_mosaic(corpus: Sounds, places: Places, target: Sounds, at: np.ndarray, settings: Settings) -> Mosaic:
    """Return the mosaic of a target: the sequence of near samples of the corpus with the smallest total distance.

    corpus: one sample or more; at: start of each sample of the target, ms, ascending. LEAVING is added where a sample
    does not follow the previous one in its file, and `spread` where it is of another file.
    """
    space, target = Space(corpus, settings.weights), _levelled(corpus, target, settings)
    rows, costs, shifts = _candidates(space, corpus, target, _considered(len(corpus.durs), at, settings), settings)
    rules = Rules(places.follows(), places.files, LEAVING, settings.spread, 1000 * settings.repeat)
    chosen, early = best_sequence(rows, costs, at, rules)
    steps = np.arange(len(chosen))
    return Mosaic(rows[steps, chosen], costs[steps, chosen], shifts[steps, chosen], early)


def _levelled(corpus: Sounds, target: Sounds, settings: Settings) -> Sounds:
    """Return the target at the level of the corpus: the level of a whole recording does not matter.

    It is moved by the median difference in loudness between its samples and those that are nearest in all other terms:
    by nothing, if it is part of the corpus.
    """
    weights = replace(settings.weights, loudness=0.0)
    if settings.weights.loudness <= 0 or weights.timbre <= 0:  # by pitch and length alone, many are equally near
        return target
    some = target.take(np.unique(np.linspace(0, len(target.durs) - 1, MOST_LEVELLED).astype(np.int64)))
    rows, _, _ = _candidates(Space(corpus, weights), corpus, some, 1, replace(settings, weights=weights))
    louder = np.median(some.loudness - corpus.loudness[rows[:, 0]])
    return replace(target, loudness=target.loudness - louder)


def _considered(count: int, at: np.ndarray, settings: Settings) -> int:
    """Return how many samples of a corpus are candidates: more than can be in use within the time of a repeat."""
    earliest = np.searchsorted(at, at - 1000 * settings.repeat, side="right")
    in_use = int((np.arange(len(at)) - earliest).max(initial=0)) if settings.repeat > 0 else 0
    return min(CONSIDERED + max(in_use, 0), MOST, count)


def _candidates(
    space: Space, corpus: Sounds, target: Sounds, count: int, settings: Settings
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each sample of the target rows of the corpus, the nearest first, their distances and shifts."""
    points, queries = space.points(corpus), space.points(target)
    pitched = ~np.isnan(target.midi)
    rows = np.empty((len(queries), count), np.int64)
    costs, shifts = np.empty(rows.shape), np.zeros(rows.shape)
    rows[~pitched], costs[~pitched] = nearest(points, queries[~pitched], count, settings.threads)
    if pitched.any():
        asked = np.concatenate([queries[pitched], space.pitches(target.midi[pitched])], axis=1)
        whole = np.concatenate([points, space.pitches(corpus.midi)], axis=1)
        found, apart = nearest(whole, asked, count, settings.threads)
        del whole
        rows[pitched], costs[pitched] = _in_tune(found, apart, corpus, target.midi[pitched], settings)
    if settings.shift > 0:
        _shift(space, corpus, target, points, queries, rows, costs, shifts, settings)
    costs = np.maximum(costs + space.as_heard(corpus, target, rows), 0.0).round(DECIMALS)
    order = np.lexsort((rows, costs), axis=1)
    rows, costs, shifts = (np.take_along_axis(values, order, axis=1) for values in (rows, costs, shifts))
    return rows, np.sqrt(costs), shifts


def _in_tune(
    rows: np.ndarray, costs: np.ndarray, corpus: Sounds, midi: np.ndarray, settings: Settings
) -> tuple[np.ndarray, np.ndarray]:
    """Return candidates and their costs, the nearest first: where two sounds are in tune, cents do not count."""
    semitones = corpus.midi[rows] - midi[:, None]
    tuned = np.abs(semitones) <= IN_TUNE
    saved = np.where(tuned, settings.weights.pitch * class_distances(semitones), 0.0)
    costs = np.maximum(costs - saved, 0.0).round(DECIMALS)
    order = np.lexsort((rows, costs), axis=1)
    return np.take_along_axis(rows, order, axis=1), np.take_along_axis(costs, order, axis=1)


def _shift(
    space: Space, corpus: Sounds, target: Sounds, points: np.ndarray, queries: np.ndarray, rows: np.ndarray,
    costs: np.ndarray, shifts: np.ndarray, settings: Settings,
) -> None:  # fmt: skip
    """Add candidates that are shifted to the pitch of the target, where they come nearer (in place).

    Apart from candidates without a shift these are, for all targets of one semitone, the nearest of the corpus within
    the reach of a shift, whatever their pitch.
    """
    count = rows.shape[1]
    in_tune = np.flatnonzero(~np.isnan(corpus.midi))
    in_tune = in_tune[np.argsort(corpus.midi[in_tune], kind="stable")]
    notes = np.floor(target.midi)
    for note in np.unique(notes[~np.isnan(notes)]):
        mine = np.flatnonzero(notes == note)
        reach = note - settings.shift, note + 1 + settings.shift
        first, end = np.searchsorted(corpus.midi[in_tune], reach)
        near = np.sort(in_tune[first:end])
        found = np.zeros((len(mine), 0), np.int64)
        if len(near):
            found = near[nearest(points[near], queries[mine], min(count, len(near)), settings.threads)[0]]
        for target_row, others in zip(mine, found):
            candidates = np.union1d(rows[target_row], others)
            midi = target.midi[target_row]
            shift = np.clip(midi - corpus.midi[candidates], -settings.shift, settings.shift).round(2)
            shift = np.nan_to_num(shift) + 0.0
            pitches = space.pitches(corpus.midi[candidates] + shift)
            cost = squared(points[candidates], queries[target_row])
            cost += squared(pitches, space.pitches(np.array([midi]))[0])
            cost += settings.weights.pitch * SHIFTED * np.abs(shift) / SEMITONES
            best = np.lexsort((candidates, cost))[:count]
            rows[target_row], costs[target_row], shifts[target_row] = candidates[best], cost[best], shift[best]
