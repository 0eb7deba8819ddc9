"""Proliferation: the clips in the middle begin, and ring after ring lights up around them while the view widens.

All clips are dark at first. In step s as many clips as ring s has play, alike ones first, chosen among those of the
rings up to s that have not played (`-rw`: some rings further). Each brightens, and falls back to half-light.
"""

from __future__ import annotations

import argparse

import numpy as np

from lib.cli.compositions import pair
from lib.composing.clips import seen_of
from lib.composing.composition import Composition
from lib.composing.layout import Layout, still
from lib.composing.score import score_of
from lib.errors import MediaError
from lib.math.arrays import FloatArray
from lib.math.easing import RISE, mix, progress, quad, sine
from lib.tables.table import Table

FIRST_STEPS = 4
"""The first step lasts this many times -bstep."""
LONGER_MS = 500
"""A clip plays up to this much longer than -mcd, so that those that began together do not end together."""
FADE_POWER = 6
"""How steeply the volume falls outwards."""
ZOOM_BEGINS = 0.55
"""The view begins to widen so far between the beginning and the first ring that it does not hold."""


class Proliferation(Composition):
    """See the module. `ring_ms`: when each ring's step begins."""

    def compose(self, table: Table, args: argparse.Namespace) -> None:
        """Work out which clip plays when."""
        random = np.random.default_rng(args.rand)
        steps = max(max(seen_of(self.clips.views[1], self.clips.grid)) // 2, 1)
        ring = self.clips.ring
        likeness = self._likeness(table, args.kfd)
        low, high = pair(args.volr, "volr")
        begin = float(args.pad0)
        free = np.ones(len(self.clips), bool)
        clip, ms, volume, sounds, self.ring_ms = [], [], [], [], []
        for step in range(1, steps + 1):
            length = FIRST_STEPS * args.bstep / step
            reachable = np.flatnonzero(free & (ring <= step - 1 + args.rw))
            chosen = reachable[np.argsort(likeness[reachable], kind="stable")][: np.count_nonzero(ring == step)]
            free[chosen] = False
            heard = np.zeros(len(chosen), bool)
            heard[random.permutation(len(chosen))[: int(length / args.mci)]] = True
            near = (1.0 - (step - 1) / (steps - 1)) ** FADE_POWER if steps > 1 else 1.0
            clip.append(chosen)
            ms.append(begin + length * np.arange(len(chosen)) / max(len(chosen), 1))
            volume.append(np.full(len(chosen), mix((low, high), near)))
            sounds.append(heard)
            self.ring_ms.append(begin)
            begin += length
        plays = np.concatenate(clip)
        shown = args.mcd + random.uniform(0.0, LONGER_MS, len(self.clips))
        length = np.maximum(np.maximum(self.clips.dur, self.clips.vdur), shown)[plays]
        self.score = score_of(
            self.clips, plays, np.concatenate(ms), length, volume=np.concatenate(volume), sounds=np.concatenate(sounds)
        )
        self._set_zoom(args)
        self.end_ms = float(max((self.score.ms + length).max(), self.zoom_end))

    def _likeness(self, table: Table, names: str) -> FloatArray:
        """Return how far each clip is from the mean of the innermost ring."""
        columns = [name.strip() for name in names.split(",") if name.strip()]
        if not columns:
            raise MediaError("-kfd: name the columns that say how alike clips are, such as tsne,tsne2")
        table.require(*columns, hint="samples_to_tsne.py -components 2 makes tsne and tsne2; or name others with -kfd")
        values = np.stack([table.all_numbers(name) for name in columns], axis=1)
        return np.linalg.norm(values - values[self.clips.ring == 1].mean(axis=0), axis=1)

    def _set_zoom(self, args: argparse.Namespace) -> None:
        """The view widens on the way to the first ring that does not fit, until the last ring begins."""
        held = self.clips.views[0][0] // 2
        first_outside = self.ring_ms[min(held, len(self.ring_ms) - 1)]
        self.zoom_begin = args.pad0 + ZOOM_BEGINS * (first_outside - args.pad0)
        self.zoom_end = max(self.ring_ms[-1], self.zoom_begin)

    def layout(self, ms: float) -> Layout:
        """Return where the clips are: each in its cell, seen from ever further away."""
        begun, n = self.timeline.played(ms)
        rises, falls = sine(n / RISE) * self.high, mix((self.low, self.high), sine((1.0 - n) / (1.0 - RISE)))
        brightness = np.where(begun, np.where(n < RISE, rises, falls), 0.0)
        scale = self.zoom(float(quad(progress(ms, self.zoom_begin, self.zoom_end - self.zoom_begin))))
        cells = still(self.cells)
        return Layout(cells.x, cells.y, cells.width, cells.height, brightness=brightness).zoomed(scale, self.cells)
