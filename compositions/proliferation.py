#!/usr/bin/env python3
"""Clips light up one after the other, from the middle of the grid outwards, ring after ring, while the view widens.

All clips are dark at first. In step s as many clips play as ring s has, similar ones first, chosen from those of the
rings up to s that have not played (`-rw`: some rings further). Each brightens, and falls back to half-light.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib import cli  # first, for it says which packages are missing

# isort: split
import numpy as np

from compositions._flags import (
    add_common,
    add_grids,
    column_names,
    composition_parser,
    make,
    own_flags,
    start,
)
from lib.composing.clips import seen_of
from lib.composing.composition import Composition
from lib.composing.layout import Layout, still
from lib.composing.score import score_of
from lib.math.arrays import FloatArray
from lib.math.easing import RISE, mix, progress, quad, sine

# A short version, on a grid of 16 x 16.
EXAMPLE = "-grid0 4x4 -grid1 16x16"
# The first step lasts this many times -bstep.
FIRST_STEPS = 4
# Steepness of the decrease of volume outwards.
FADE_POWER = 6
# The view begins to widen at this fraction of the time from the beginning to the first ring outside of it.
ZOOM_BEGINS = 0.55


def parser() -> cli.Parser:
    """Return the command line."""
    parser = composition_parser(__file__, __doc__, EXAMPLE)
    add_grids(parser, "128x128", "16x16", "128x128")
    parser.flag("bstep", 4096, "length of the steps, in ms: step s lasts 4 x BSTEP / s", kind=cli.positive)
    parser.flag("mci", 16, "minimum interval between audible clips, in ms", kind=cli.positive)
    parser.flag("rw", 1, "reach of each step, in rings beyond those before it", kind=cli.positive)
    parser.flag(
        "kfd",
        "tsne,tsne2",
        "columns that order the clips of a step by similarity",
        kind=column_names,
    )
    parser.flag("volr", "0.25,1.0", "volume of the last step, and of the first", kind=cli.pair())
    parser.flag("cscale", 1.1, "accepted for old command lines; no effect", kind=cli.real)
    add_common(parser)
    return parser


class Proliferation(Composition):
    """See above. `ring_ms`: when each ring's step begins."""

    def compose(self, *, bstep: int, kfd: tuple[str, ...], mci: int, rw: int, volr: cli.Pair) -> None:
        """Work out which clip plays when."""
        random = np.random.default_rng(self.settings.seed)
        steps = max(max(seen_of(self.clips.views[1], self.clips.grid)) // 2, 1)
        ring = self.clips.ring
        difference = self._difference(kfd)
        begin = self.settings.before_ms
        free = np.ones(len(self.clips), bool)
        clip, ms, volume, sounds, self.ring_ms = [], [], [], [], []
        for step in range(1, steps + 1):
            length = FIRST_STEPS * bstep / step
            reachable = np.flatnonzero(free & (ring <= step - 1 + rw))
            chosen = reachable[np.argsort(difference[reachable], kind="stable")][: np.count_nonzero(ring == step)]
            free[chosen] = False
            heard = np.zeros(len(chosen), bool)
            heard[random.permutation(len(chosen))[: int(length / mci)]] = True
            near = (1.0 - (step - 1) / (steps - 1)) ** FADE_POWER if steps > 1 else 1.0
            clip.append(chosen)
            ms.append(begin + length * np.arange(len(chosen)) / max(len(chosen), 1))
            volume.append(np.full(len(chosen), mix(volr, near)))
            sounds.append(heard)
            self.ring_ms.append(begin)
            begin += length
        plays = np.concatenate(clip)
        lengths = self.shown_ms[plays]
        self.score = score_of(
            self.clips, plays, np.concatenate(ms), lengths, volume=np.concatenate(volume), sounds=np.concatenate(sounds)
        )
        self.chapters = [(ms, f"Ring {ring}") for ring, ms in enumerate(self.ring_ms, 1)]
        self._set_zoom()
        self.end_ms = float(max((self.score.ms + lengths).max(), self.zoom_end))

    def _difference(self, names: tuple[str, ...]) -> FloatArray:
        """Return the distance of each clip from the mean of the innermost ring."""
        self.table.require(*names)
        values = np.stack([self.table.all_numbers(name) for name in names], axis=1)
        return np.linalg.norm(values - values[self.clips.ring == 1].mean(axis=0), axis=1)

    def _set_zoom(self) -> None:
        """Return the scale: the view widens towards the first ring that does not fit, until the last ring begins."""
        held = self.clips.views[0][0] // 2
        first_outside = self.ring_ms[min(held, len(self.ring_ms) - 1)]
        self.zoom_begin = self.settings.before_ms + ZOOM_BEGINS * (first_outside - self.settings.before_ms)
        self.zoom_end = max(self.ring_ms[-1], self.zoom_begin)

    def layout(self, ms: float) -> Layout:
        """Return the layout of the clips: each in its cell, seen from further and further away."""
        begun, n = self.timeline.played(ms)
        rises, falls = sine(n / RISE) * self.high, mix((self.low, self.high), sine((1.0 - n) / (1.0 - RISE)))
        brightness = np.where(begun, np.where(n < RISE, rises, falls), 0.0)
        scale = self.zoom(float(quad(progress(ms, self.zoom_begin, self.zoom_end - self.zoom_begin))))
        cells = still(self.cells)
        return Layout(cells.x, cells.y, cells.width, cells.height, brightness=brightness).zoomed(scale, self.cells)


def run(args: argparse.Namespace) -> int:
    """Make the film."""
    return make(Proliferation, args, own_flags(args))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the composition with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(start(__file__))
