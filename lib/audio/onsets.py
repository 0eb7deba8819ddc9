"""Where sounds begin: SuperFlux onset strength and peak picking, block by block, as librosa finds them on a whole file.

Each onset found in frames is then placed in time: where the level rises most steeply, and earlier if it rises slowly.

Source: S. Böck and G. Widmer, "Maximum filter vibrato suppression for onset detection", DAFx 2013; peak picking:
S. Böck, F. Krebs and M. Schedl, "Evaluating the online capabilities of onset detection methods", ISMIR 2012, in the
form that librosa gives it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache

import numpy as np

from lib.audio import fine_onsets
from lib.audio.band_levels import BandLevels, Bands, BandSource, decibels
from lib.audio.levels import BLOCK_MS, LEAD_MS, Attack, Levels
from lib.audio.mel_scale import mel_bank
from lib.audio.spectra import ANALYSIS_RATE, FFT, HOP
from lib.parallel.ahead import read_ahead

# 24 per octave, the paper's number; the bands above half the rate are empty, and count.
MEL_BANDS = 138
MEL_LOWEST, MEL_HIGHEST = 27.5, 16000.0
# Frames between a band and the one it is compared with.
LAG = 2
# How far, in bands, a vibrato may move a partial without counting as new energy.
MAXIMUM_BANDS = 3
RANGE_DB = 80.0
# Delay of the strength in frames: the lag, and the half window that centring adds.
DELAY = LAG + FFT // (2 * HOP)
# Peak picking, in frames of 23 ms (librosa's defaults at this rate and hop): a peak is the highest of the frames before
# it, and above the mean of those before and after by a share of the strength's range.
BEFORE_MAXIMUM = int(0.03 * ANALYSIS_RATE / HOP)
BEFORE_MEAN = int(0.10 * ANALYSIS_RATE / HOP)
AFTER_MEAN = int(0.10 * ANALYSIS_RATE / HOP) + 1
OVER_MEAN = 0.07
# Frames after a peak without another.
WAIT = int(0.03 * ANALYSIS_RATE / HOP)
MS_PER_FRAME = HOP * 1000 / ANALYSIS_RATE
# Refinement in time: an attack is searched for from this long before the backtracked frame to this long past the peak,
# and SEARCHED_MS past the backtracked frame at most. A start never moves further than FURTHEST_MS from that frame.
EARLIER_MS, LATER_MS, SEARCHED_MS, FURTHEST_MS = 25.0, 23.0, 75.0, 50.0
# An attack that rises by less than this (dB, of Attack.rise) has begun before it shows, masked by the sound before it:
# its sample begins earlier, by some ms for each missing dB, up to a maximum. A sound that swells after the attack
# (Attack.growth) is bowed or blown; one that fades was struck, and lacks less. Chosen, like the rest of this paragraph,
# on the half `tune` of benchmarks/onset_material.py.
SWELLS_DB = -0.5
SWELLING, STRUCK = (16.0, 2.75, 20.0), (8.0, 1.5, 10.0)
# This moves no start to more than EARLY_MS before its frame. A sound that swells from almost no rise begins soon after
# its frame.
EARLY_MS, FAINT_RISE_DB, FAINT_MS = 25.0, 4.0, 12.0
# A strength that never exceeds this (dB, the mean over the bands) is that of a decaying sound without an onset: in it,
# a peak stands out by at least this share. Music, speech and drums reach 5 to 45.
LEAST_RANGE_DB = 10.0
# Of onsets nearer than this the first one counts: they are one attack, found twice.
APART_MS = 30.0
# A file's first 10 ms are sound, not hiss, if they are within this of its loudest 10 ms.
SOUND_DB = 30.0
# This near to the start, the frames see the sound mirrored: an onset there counts, besides the first sound, only if the
# level rises by this much.
BLIND_MS, CERTAIN_RISE_DB = 150.0, 6.0
METHODS = ("superflux", "fine")
# Half an hour of mel bands is held in memory; more goes to a temporary file.
SPOOL_BYTES = 64 << 20


@cache
def mel_filters() -> np.ndarray:
    """Return the mel filter bank of the onset strength, float32, shape (MEL_BANDS, BINS)."""
    return mel_bank(ANALYSIS_RATE, FFT, MEL_BANDS, MEL_LOWEST, MEL_HIGHEST)  # the bands above half the rate are empty


@cache
def _bands() -> Bands:
    """Return the bands of the onset strength, without those above half the rate."""
    filters = mel_filters()
    return Bands(filters[filters.any(axis=1)], FFT, HOP, np.float32)


def onset_strength(blocks: Iterable[np.ndarray], source: BandSource | None = None) -> np.ndarray:
    """Return the onset strength of a mono signal at ANALYSIS_RATE, given in blocks: float32, one value per frame.

    Levels are relative to the loudest mel band of the whole signal and end 80 dB below it, so they are known only at
    the end: until then they wait in memory, or in a temporary file when there are many.
    """
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        levels = BandLevels(spool, _bands(), source or BandSource())
        levels.take(blocks)
        spool.seek(0)
        parts = list(_strength_parts(spool, len(_bands().bank), float(decibels(np.float32(levels.loudest)))))
    strength = np.concatenate([np.zeros(DELAY, np.float32), *parts])
    return strength[: levels.frames]


def _strength_parts(spool: tempfile.SpooledTemporaryFile, bands: int, loudest_db: float) -> Iterator[np.ndarray]:
    """Yield the mean rise over LAG frames, read back in blocks that overlap by LAG frames."""
    row = bands * 4
    before = np.zeros((0, bands), np.float32)
    while data := spool.read(row * 16384):
        levels = np.frombuffer(data, np.float32).reshape(-1, bands)
        levels = np.concatenate([before, np.maximum(levels - np.float32(loudest_db), np.float32(-RANGE_DB))])
        before = levels[-LAG:]
        if len(levels) > LAG:
            # (The empty bands above lie at the floor, below which there is nothing.)
            earlier = levels[:-LAG]
            reference = earlier.copy()
            for shift in range(1, MAXIMUM_BANDS // 2 + 1):
                np.maximum(reference[:, shift:], earlier[:, :-shift], out=reference[:, shift:])
                np.maximum(reference[:, :-shift], earlier[:, shift:], out=reference[:, :-shift])
            rise = np.maximum(0.0, levels[LAG:] - reference)
            yield rise.sum(axis=1, dtype=np.float32) / np.float32(MEL_BANDS)


def _peaks(level: np.ndarray, over_mean: float) -> np.ndarray:
    """Return the frames of the peaks of a strength scaled to 0-1, `over_mean` above their surroundings."""
    frames = np.arange(len(level))
    earlier = [np.concatenate([level[:1].repeat(n), level[:-n]]) for n in range(1, BEFORE_MAXIMUM + 1)]
    highest = np.max([level, *earlier], axis=0)
    first = np.maximum(frames - BEFORE_MEAN, 0)
    end = np.minimum(frames + AFTER_MEAN, len(level))
    sums = np.concatenate([[0.0], np.cumsum(level, dtype=np.float64)])
    mean = (sums[end] - sums[first]) / (end - first)
    kept: list[int] = []
    for frame in np.flatnonzero((level == highest) & (level >= mean + over_mean)).tolist():
        if not kept or frame > kept[-1] + WAIT:
            kept.append(frame)
    return np.array(kept, np.int64)


def pick_rises(
    strength: np.ndarray, sensitivity: float = 1.0, least_range: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the frames at which sounds begin and those of their peaks (int64, one of each per peak).

    A beginning is the peak moved back to the dip before it. sensitivity: 2 finds peaks half as high, 0.5 only those
    twice as high; least_range: of the strength, a share of which a peak has to stand out.
    """
    if not len(strength) or strength.max() == strength.min():
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    level = strength - strength.min()
    level /= max(level.max(), least_range) + np.finfo(level.dtype).tiny
    dips = 1 + np.flatnonzero((level[1:-1] <= level[:-2]) & (level[1:-1] < level[2:]))
    dips = np.unique(np.concatenate([[0], dips]))
    peaks = _peaks(level, OVER_MEAN / sensitivity)
    return dips[np.searchsorted(dips, peaks, side="right") - 1], peaks


@dataclass(frozen=True)
class Detector:
    """How onsets are found.

    method: `superflux`, or `fine` for what is soft or quick; sensitivity: 1 as tuned, 2 finds rises half as large.
    """

    method: str = METHODS[0]
    sensitivity: float = 1.0

    @property
    def bands(self) -> Callable[[], Bands]:
        """The function that returns the bands whose levels it compares."""
        return fine_onsets.bands if self.method == "fine" else _bands

    def spans(self, blocks: Iterable[np.ndarray], source: BandSource | None = None) -> np.ndarray:
        """Return the range in time (ms) of each attack, and its time by frames: shape (onsets, 3), ascending."""
        if self.method == "fine":
            return fine_onsets.spans(blocks, self.sensitivity, source)
        begins, peaks = pick_rises(onset_strength(blocks, source), self.sensitivity, LEAST_RANGE_DB)
        raw = begins * MS_PER_FRAME
        last = np.minimum(peaks * MS_PER_FRAME + LATER_MS, raw + SEARCHED_MS)
        return np.stack([raw - EARLIER_MS, last, raw], axis=1)


def _first_sound(levels: Levels, before: float | None) -> float | None:
    """Return where a file's first sound begins (ms), if it does before the first onset found, at `before` ms."""
    at = levels.first_over(SOUND_DB, levels.count if before is None else round(before / BLOCK_MS))
    if at is None:
        return None
    if at == 0:
        return 0.0
    attack = levels.steepest(at - round(FURTHEST_MS / BLOCK_MS), at + round(10 / BLOCK_MS))
    return max(attack.block * BLOCK_MS - LEAD_MS, 0.0)


def begin_of(attack: Attack, raw: float) -> float:
    """Return where the sample of an attack begins (ms); raw: its time by frames, from which it stays FURTHEST_MS."""
    begin = attack.block * BLOCK_MS - LEAD_MS
    swells = attack.growth > SWELLS_DB
    if swells and attack.rise < FAINT_RISE_DB:
        begin = min(begin, raw + FAINT_MS)
    full, per_db, most = SWELLING if swells else STRUCK
    lead = min(per_db * max(full - attack.rise, 0.0), most)
    begin = min(begin, max(begin - lead, raw - EARLY_MS))
    return min(max(begin, raw - FURTHEST_MS, 0.0), raw + FURTHEST_MS)


def find_onsets(
    blocks: Iterable[np.ndarray], levels: Levels, detector: Detector = Detector(), source: BandSource | None = None,
    threads: int = 1,
) -> np.ndarray:  # fmt: skip
    """Return the onsets of a mono signal at ANALYSIS_RATE that comes in blocks, in whole ms (int64, ascending).

    levels: gets the blocks, and can be queried afterwards. Each onset is LEAD_MS before the steepest rise, or
    earlier if that is slow (`begin_of`); a sound that has begun before the first of them is an onset too, at 0 if the
    first 10 ms are sound. source: what else is known of the signal. threads: with several, blocks are taken, and their
    levels made, ahead in a thread of their own, with the same result.
    """

    def passing() -> Iterator[np.ndarray]:
        for block in blocks:
            levels.add(block)
            yield block

    with closing(read_ahead(passing(), threads)) as heard:
        spans = detector.spans(heard, source)
    levels.finish()
    placed = []
    for first, last, raw in spans.tolist():
        attack = levels.steepest(round(first / BLOCK_MS), round(last / BLOCK_MS) + 1)
        placed.append((begin_of(attack, raw), attack.rise))
    sound = _first_sound(levels, placed[0][0] if placed else None)
    if sound is not None:
        others = [(ms, rise) for ms, rise in placed if ms > sound + BLIND_MS or rise >= CERTAIN_RISE_DB]
        placed = [(sound, float("inf")), *others]
    onsets: list[float] = []
    for ms, _ in sorted(placed):
        if not onsets or ms - onsets[-1] >= APART_MS:
            onsets.append(ms)
    return np.unique(np.round(onsets).astype(np.int64))


def onset_times(blocks: Iterable[np.ndarray], detector: Detector = Detector()) -> np.ndarray:
    """Return the onsets as `find_onsets`, for callers without need of levels."""
    with Levels() as levels:
        return find_onsets(blocks, levels, detector)
