"""The score: which clip plays when, how far it is in its play, and how it sounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from lib.composing.clips import Clips
from lib.math.arrays import FloatArray, IntArray
from lib.math.easing import glow, mix, progress

# More than any composition lasts (115 days): clip number x this + ms puts the plays of all clips in one rising
# sequence.
PLAY_KEY_MS = 1e10

# After its last play a clip runs faster or slower by this part, until it is where it would be without plays.
CATCHES_UP = 0.25

# Plays fade out over this part of their length.
FADE_OUT, STRETCHED_FADE_OUT = 0.5, 0.8


@dataclass(frozen=True)
class Score:
    """Plays of clips: arrays of shape (plays,).

    clip: its number; ms: its start; length: how long the clip visibly plays, in ms; volume: its gain is 20 ln(volume)
    dB; sounds: whether it is heard. dur: the audible length of the sample, in ms. stretch: the length that it is
    stretched to, in ms (0: not). backwards: played from its end. pan: -1 (left) to 1 (right), moving to
    `pan_to` (see `lib.audio.mix_plays.Play`).
    """

    clip: IntArray
    ms: FloatArray
    length: FloatArray
    volume: FloatArray
    sounds: npt.NDArray[np.bool_]
    dur: FloatArray
    stretch: FloatArray
    backwards: npt.NDArray[np.bool_]
    pan: FloatArray
    pan_to: FloatArray

    def __len__(self) -> int:
        return len(self.clip)

    @property
    def sound_ends(self) -> FloatArray:
        """The end of the audible part of each play (without its reverberation), in ms; 0 where nothing is heard."""
        return np.where(self.sounds, self.ms + np.where(self.stretch > 0, self.stretch, self.dur), 0.0)


def score_of(
    clips: Clips, clip: npt.ArrayLike, ms: npt.ArrayLike, length: npt.ArrayLike, **more: npt.ArrayLike
) -> Score:
    """Make a score; by default: volume 1, heard, the sample's own `dur`, not stretched, pan by column."""
    clip = np.atleast_1d(np.asarray(clip, np.int64))
    given: dict[str, npt.ArrayLike] = {"volume": 1.0, "sounds": True, "stretch": 0.0, "backwards": False}
    pan = more.get("pan", clips.pan[clip])
    given |= {"dur": clips.dur[clip], "pan": pan, "pan_to": pan, **more}
    given |= {"ms": ms, "length": length}
    kinds = {"sounds": bool, "backwards": bool}
    arrays: dict[str, Any] = {
        name: np.broadcast_to(np.asarray(value, kinds.get(name, float)), clip.shape) for name, value in given.items()
    }
    return Score(clip, **arrays)


def joined(scores: Sequence[Score]) -> Score:
    """Return one score of all plays in these (at least one)."""
    parts = {field.name: np.concatenate([getattr(score, field.name) for score in scores]) for field in fields(Score)}
    return Score(**parts)


def limit_voices(
    score: Score, clips: Clips, most: int, keep: int, outer: bool, seed: int, of_all: bool = False
) -> Score:
    """Return the score with at most `most` different audible clips (below 0: all).

    They are chosen at random, with probabilities in proportion to their nearness to the middle (with `outer`: to the
    edge); the `keep` innermost are always among them. of_all: they are chosen among all clips, whether they would be
    heard or not.
    """
    heard = np.arange(len(clips)) if of_all else np.unique(score.clip[score.sounds & (score.volume > 0)])
    if most < 0 or len(heard) <= most:
        return score
    distance = clips.distance[heard]
    inner = np.argsort(distance, kind="stable")
    kept = inner[: max(min(keep, most), 0)]
    others = inner[len(kept) :]
    far = distance[others] / max(distance.max(), 1.0)
    weight = (far if outer else 1.0 - far) + 1e-9
    chosen = np.random.default_rng([seed, 1]).choice(others, most - len(kept), replace=False, p=weight / weight.sum())
    allowed = np.isin(score.clip, heard[np.concatenate([kept, chosen])])
    return replace(score, sounds=score.sounds & allowed)


class Timeline:
    """The plays of a score by clip: the state of each clip at a moment."""

    def __init__(self, score: Score, clips: Clips) -> None:
        order = np.lexsort((score.ms, score.clip))
        self._order = order
        self._ms, self._length = score.ms[order], score.length[order]
        self._keys = score.clip[order] * PLAY_KEY_MS + self._ms
        every = np.arange(len(clips))
        self._base = every * PLAY_KEY_MS
        counts = np.bincount(score.clip, minlength=len(clips))
        self._first = np.cumsum(counts) - counts
        self._last_end = np.full(len(clips), -np.inf)
        np.maximum.at(self._last_end, score.clip, score.ms + score.length)
        self._vdur = clips.vdur
        # The greatest number of simultaneous plays of one clip: those that begin before one of them ends.
        until = np.searchsorted(self._keys, self._keys + self._length, side="left")
        self._together = int((until - np.arange(len(order))).max(initial=1))

    def _latest(self, ms: float) -> tuple[npt.NDArray[np.bool_], IntArray]:
        """Return for each clip whether it has begun to play, and the index of its latest play (0 if it has not)."""
        if len(self._keys) == 0:
            none = np.zeros(len(self._base), np.int64)
            return none.astype(bool), none
        latest = np.searchsorted(self._keys, self._base + ms, side="right") - 1
        begun = latest >= self._first
        return begun, np.where(begun, latest, 0)

    def latest(self, ms: float) -> tuple[npt.NDArray[np.bool_], IntArray]:
        """Return for each clip whether it has begun to play, and the number of its latest play in the score."""
        begun, place = self._latest(ms)
        return begun, self._order[place] if len(self._order) else place

    def current(self, ms: float) -> tuple[npt.NDArray[np.bool_], FloatArray, FloatArray]:
        """Return for each clip whether it has begun to play, and the start and length of its latest play."""
        begun, place = self._latest(ms)
        if len(self._keys) == 0:
            return begun, np.zeros(len(begun)), np.zeros(len(begun))
        return begun, self._ms[place], self._length[place]

    def played(self, ms: float) -> tuple[npt.NDArray[np.bool_], FloatArray]:
        """Return for each clip whether it has begun to play, and the progress of its latest play, 0 to 1."""
        begun, begin, length = self.current(ms)
        return begun, np.where(begun, progress(ms, begin, length), 0.0)

    def strongest(self, ms: float, shape: Callable[[FloatArray], FloatArray]) -> FloatArray:
        """Return for each clip the greatest `shape` over its current plays; 0 if there is none.

        shape: from the progress of a play, 0 to 1, to a strength, 0 or more. So a clip that plays again before its last
        play is over does not jump.
        """
        strength = np.zeros(len(self._base))
        begun, latest = self._latest(ms)
        playing = np.flatnonzero(begun & (ms < self._last_end))  # few, where the plays of one clip overlap
        for earlier in range(self._together if len(playing) else 0):
            place = latest[playing] - earlier
            is_own = place >= self._first[playing]
            place = np.where(is_own, place, 0)
            n = progress(ms, self._ms[place], self._length[place])
            now = np.where(is_own & (n < 1.0), shape(n), 0.0)
            strength[playing] = np.maximum(strength[playing], now)
        return strength

    def glow(self, ms: float, low: float, high: float) -> FloatArray:
        """Return the brightness of clips that glow in each of their plays, and are at `low` otherwise."""
        return mix((low, high), self.strongest(ms, glow))

    def phase(self, ms: float, offset_ms: float) -> FloatArray:
        """Return the position in its video that each clip shows, in ms from its beginning.

        It runs forwards and backwards, from the beginning of the current play; before the first play, and after the
        last one, as if it had begun at -offset_ms. It does not jump after the last play: it runs faster or slower, by
        `CATCHES_UP`, until it has caught up.
        """
        begun, begin, _ = self.current(ms)
        since = np.where(begun, ms - begin, ms + offset_ms)
        over = begun & (ms > self._last_end)
        behind = np.mod(begin + offset_ms + self._vdur, 2.0 * self._vdur) - self._vdur
        most = CATCHES_UP * np.where(over, ms - self._last_end, 0.0)
        there_and_back = np.mod(since + np.clip(behind, -most, most), 2.0 * self._vdur)
        return np.minimum(there_and_back, 2.0 * self._vdur - there_and_back)


@dataclass(frozen=True)
class PlaybackSettings:
    """How plays sound: levelled to `level_db`, or lowered to `most_db` (dBFS RMS; None: neither); faded in over
    the fraction `fade_in` of their length, at most `fade_in_most_ms`, and out over `fade_out` (None: over the last
    half, where stretched over the last four fifths)."""

    level_db: float | None = None
    most_db: float | None = None
    fade_in: float = 0.1
    fade_in_most_ms: float = 100.0
    fade_out: float | None = None
    reverb: float = 0.0

    def fades_out(self, stretched: bool) -> float:
        """Return the fraction of its length over which a play fades out."""
        if self.fade_out is not None:
            return self.fade_out
        return STRETCHED_FADE_OUT if stretched else FADE_OUT
