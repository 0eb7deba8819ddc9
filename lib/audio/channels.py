"""From the channels of a file to one or two: which of them carry sound, and how they are mixed.

A channel that is silent throughout does not count: old films have their sound on one side. That a channel is silent is
known only at the end of a file; that it is not, as soon as it is heard: `Levels` says when there is nothing more to
learn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEFT = frozenset(("FL", "BL", "SL", "FLC", "TFL", "TBL", "TSL", "WL", "SDL", "DL", "BFL", "SSL", "TTL"))
RIGHT = frozenset(("FR", "BR", "SR", "FRC", "TFR", "TBR", "TSR", "WR", "SDR", "DR", "BFR", "SSR", "TTR"))
# Low-frequency effects, not voices: players without such a speaker leave them out.
LOW = frozenset(("LFE", "LFE2"))
# Levels are judged over windows of this many seconds.
WINDOW_SECONDS = 1.0
# A channel that reaches this level (RMS over a window, -50 dBFS) is heard: hiss and hum are below it.
HEARD = 10.0 ** (-50 / 20)
# In a quiet recording that never reaches it: within this of the loudest channel, over the whole file (-35 dB).
LEAST_SHARE = 10.0 ** (-35 / 10)
# Channels cancel if the power of their mean is below this share of the power that uncorrelated ones would give: for
# two equal ones at a correlation of -0.9.
CANCELLED = 0.1
# A channel that was substituted stays until another is louder by this factor in power (6 dB).
MUCH_LOUDER = 4.0
# The mix changes over this many seconds, so that it does not click.
RAMP_SECONDS = 0.01
# The last window of a sound is judged alone if it is this long at least, or the only one.
SHORTEST_WINDOW = 0.25


def _mix(values: np.ndarray, weights: np.ndarray, out: np.ndarray) -> None:
    """Mix values (samples, channels) into out (samples, outputs)."""
    for o in range(out.shape[1]):
        used = np.flatnonzero(weights[o])
        column = values[:, used[0]] * weights[o, used[0]]
        for c in used[1:]:
            column += values[:, c] * weights[o, c]
        out[:, o] = column


def _powers(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the power of each channel of values (samples, channels), and of each mix of them, about its mean."""
    from lib.audio.sample_kernels import judged_sums

    sums = judged_sums(values, weights)
    total, squares = sums[:, :-1] / max(sums[0, -1], 1)
    power = np.maximum(squares - total * total, 0.0)
    return power[: values.shape[1]], power[values.shape[1] :]


class Levels:
    """Finds out which channels of a layout carry sound. names: ffmpeg's names of them; rate: Hz."""

    def __init__(self, names: Sequence[str], rate: int) -> None:
        self._ears = np.array([name not in LOW for name in names])
        if not self._ears.any():
            self._ears[:] = True
        self._heard = ~self._ears
        self._energy = np.zeros(len(names))
        self._window = max(round(WINDOW_SECONDS * rate), 1)
        self._rest = np.zeros((0, len(names)), np.float32)

    def add(self, values: np.ndarray) -> bool:
        """Listen to values (samples, channels), float32; return whether all channels are known to carry sound."""
        first = 0
        if len(self._rest):
            first = min(self._window - len(self._rest), len(values))
            self._rest = np.concatenate([self._rest, values[:first]])
            if len(self._rest) < self._window:
                return False
            self._judge(self._rest)
        while not self._heard.all() and first + self._window <= len(values):
            self._judge(values[first : first + self._window])
            first += self._window
        self._rest = values[first:][: self._window].copy()
        return bool(self._heard.all())

    def _judge(self, window: np.ndarray) -> None:
        powers, _ = _powers(window, np.zeros((0, window.shape[1])))
        self._energy += powers * len(window)
        self._heard |= powers >= HEARD * HEARD

    def carriers(self) -> tuple[int, ...]:
        """Return the channels that carry sound, as far as is known; all (but LFE) of a silent file."""
        if len(self._rest):
            self._judge(self._rest)
            self._rest = self._rest[:0]
        energy = np.where(self._ears, self._energy, 0.0)
        heard = self._ears & (self._heard | (energy >= LEAST_SHARE * energy.max()) & (energy > 0.0))
        return tuple(np.flatnonzero(heard if heard.any() else self._ears).tolist())


def weights_of(names: Sequence[str], carriers: Sequence[int], channels: int) -> np.ndarray:
    """Return the share of each native channel in each output: float64, shape (channels, len(names)).

    channels: 1, the mean of the carriers, in which the centre counts as one speaker; 2, the mean of each side's and of
    the middle's. A side without a carrier gets that of the other. Channels without names come in pairs: left, right,
    and so on.
    """
    groups = [list(carriers)] * channels
    if channels == 2:
        known = any(name in LEFT or name in RIGHT for name in names)
        sides = [_side(name) if known else n % 2 for n, name in enumerate(names)]
        if not known and len(names) % 2:
            sides[-1] = -1
        groups = [[n for n in carriers if sides[n] in (side, -1)] for side in (0, 1)]
        groups = [group or list(carriers) for group in groups]
    out = np.zeros((channels, len(names)))
    for row, group in zip(out, groups):
        row[group] = 1.0 / len(group)
    return out


def _side(name: str) -> int:
    return 0 if name in LEFT else 1 if name in RIGHT else -1


class Downmix:
    """Mixes a sound that comes in blocks; how they are cut does not change what comes out.

    weights: as `weights_of` gives them; rate: Hz. Where channels cancel in a mean, the loudest of them takes its place.
    """

    def __init__(self, weights: np.ndarray, rate: int) -> None:
        self._weights, self._now = weights, weights
        self._loudest = [-1] * len(weights)
        self._groups = [np.flatnonzero(row) for row in weights]
        # Outputs that are one channel each are copied.
        self._copied = [int(group[0]) for group in self._groups] if all(len(g) == 1 for g in self._groups) else None
        self._window = max(round(WINDOW_SECONDS * rate), 1)
        self._ramp = round(RAMP_SECONDS * rate)
        self._shortest = round(SHORTEST_WINDOW * rate)
        self._rest = np.zeros((0, weights.shape[1]), np.float32)
        self._begun = False

    def add(self, values: np.ndarray, last: bool = False) -> np.ndarray:
        """Return the mix of what is complete of values (samples, channels): float32, shape (n, outputs)."""
        if self._copied is not None:
            return values if self._copied == list(range(values.shape[1])) else values[:, self._copied]
        if len(self._rest):
            values = np.concatenate([self._rest, values])
        count = len(values) if last else len(values) // self._window * self._window
        out = np.empty((count, len(self._weights)), np.float32)
        for first in range(0, count, self._window):
            window = values[first : first + self._window]
            weights = self._now
            if len(window) >= min(self._window, self._shortest) or not self._begun:
                weights = self._judged(window)
            made = out[first : first + self._window]
            _mix(window, weights.astype(np.float32), made)
            if self._begun and weights is not self._now:
                self._change(window[: self._ramp], made[: self._ramp])
            self._now, self._begun = weights, True
        self._rest = values[count:].copy("F")
        return out

    def _change(self, window: np.ndarray, made: np.ndarray) -> None:
        """Let the mix so far go over into the one that was `made` of the same beginning of a window."""
        old = np.empty_like(made)
        _mix(window, self._now.astype(np.float32), old)
        share = (np.arange(len(made)) / max(self._ramp, 1)).astype(np.float32)[:, None]
        made += (1 - share) * (old - made)

    def _judged(self, window: np.ndarray) -> np.ndarray:
        """Return the weights for a window: those of the mean, but for outputs in which channels cancel."""
        powers, results = _powers(window, self._weights)
        weights = self._weights
        for o, group in enumerate(self._groups):
            if results[o] >= CANCELLED * powers[group].sum() / len(group) ** 2:
                self._loudest[o] = -1
                continue
            loudest, before = int(group[np.argmax(powers[group])]), self._loudest[o]
            if before < 0 or powers[loudest] > MUCH_LOUDER * powers[before]:
                self._loudest[o] = loudest
            weights = weights.copy()
            weights[o] = 0.0
            weights[o, self._loudest[o]] = 1.0
        return weights
