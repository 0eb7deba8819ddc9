#!/usr/bin/env python3
"""The grid slides upwards and from side to side, ever faster, and clips fall out of its middle and return.

A clip that comes near the middle of the picture fires: it sounds, brightens, is thrown down and against the
motion, and returns to its place. In the first half the grid gains speed, in the second it loses it, and at the end all
clips are where they were. The torus is the part of the grid that the larger of `-grid0` and `-grid1` holds, so that
with equal ones all of it is visible, and a clip that is partly out at one edge is visible at the opposite one too.

Where docs/compositions.md is silent: a pass is over when the clip leaves the area around the middle, or enters
at the other side of the torus; a pass that is nearest at the very beginning or end, where nothing moves, does not
count.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib import cli  # first, for it says which packages are missing

# isort: split
import numpy as np
import numpy.typing as npt

from compositions._flags import add_common, add_grids, composition_parser, make, own_flags, start
from lib.composing.composition import Composition
from lib.composing.layout import Layout, still
from lib.composing.score import score_of
from lib.math.arrays import FloatArray, IntArray
from lib.math.easing import bell, glow, mix, progress

# A short version, on a grid of 16 x 16.
EXAMPLE = "-grid0 16x16 -grid1 8x8 -duration 24 -maxcd 4 -waves 2 -prad 3"
# The largest swing is the root of this x -maxcd.
SWING = 1 / 16
# Lengths of a clip for which it is away: at the beginning and end, and in the middle of the whole.
LENGTHS = 1.5, 2.0
# It is thrown within this part of that time, and returns over the rest.
THROWN = 0.5
# Lengths of a clip between one touch and the next.
RESTS = 2.0
# The touched area is a square about the middle: (radius + this) / 2 cells to each side. A clip in its corners is
# further away than one at its sides, and is affected less.
WIDER = 2.0
SHORTEST_MS = 1000.0
# From this part of the greatest speed on, a clip has its full volume, and is thrown the full distance.
LOUD_SPEED = 0.5
# It is thrown down twice as far as sideways.
DOWN = 2.0
# The nearest moment is searched for in steps in which the grid moves no further than this.
STEP_CELLS = 0.05
FEWEST_STEPS = 100


def parser() -> cli.Parser:
    """Return the command line."""
    parser = composition_parser(__file__, __doc__, EXAMPLE)
    add_grids(parser, "128x128", "128x128", "32x32")
    parser.flag("maxcd", 16, "swing of the grid: at its widest a quarter of this, in cells", kind=cli.not_negative)
    parser.flag("waves", 4, "number of swings in each half", kind=cli.not_negative)
    parser.flag("gridc", 2, "number of full vertical cycles of the grid", kind=cli.not_negative)
    parser.flag("duration", 180, "time in which the grid moves, in seconds", kind=cli.positive)
    parser.flag(
        "translate", 0.5, "throw of a clip: this many of its heights sideways, twice as many down", kind=cli.real
    )
    parser.flag("rotate", 12.0, "turn of a clip, in degrees", kind=cli.real)
    parser.flag("prad", 8.0, "radius around the middle within which clips are thrown, in cells", kind=cli.at_least_0)
    parser.flag(
        "volr", "0.25,0.8", "minimum volume (far or slow clips) and maximum (near and fast ones)", kind=cli.pair()
    )
    parser.flag("dpdur", 1000, "silence at the beginning, in ms", kind=cli.not_negative)
    add_common(parser)
    return parser


class Falling(Composition):
    """See above."""

    def compose(
        self,
        *,
        maxcd: int,
        waves: int,
        gridc: int,
        duration: int,
        translate: float,
        rotate: float,
        prad: float,
        volr: cli.Pair,
        dpdur: int,
    ) -> None:
        """Compute which clips are touched when, and how far they are thrown."""
        self.begin, self.duration = self.settings.before_ms, 1000.0 * duration
        self.swing, self.waves, self.turns = maxcd, waves, gridc
        fastest = 2.0 * abs(self.turns) * self.clips.part[1] + np.pi * abs(self.waves * self.swing)
        steps = max(min(math.ceil(fastest / STEP_CELLS), int(self.duration)), FEWEST_STEPS)
        n = np.arange(steps + 1) / steps
        sideways, upwards = self.slide(n)
        clip, step, distance = self._passes(sideways, upwards, prad)
        speed = np.gradient(sideways)
        greatest = float(np.abs(speed).max())
        speed = np.clip(speed / (LOUD_SPEED * greatest), -1.0, 1.0) if greatest > 0 else speed
        length = np.maximum(mix(LENGTHS, bell(n[step])) * self.shown_ms[clip], SHORTEST_MS)
        ms = self.begin + self.duration * n[step]
        free = _rested(clip, ms, RESTS * self.shown_ms[clip])
        clip, step, ms, length = clip[free], step[free], ms[free], length[free]
        near = 1.0 - distance[free] / max(prad, STEP_CELLS)
        volume = mix(volr, near * np.abs(speed[step]))
        sounds = ms >= self.begin + dpdur
        self.score = score_of(self.clips, clip, ms, length, volume=volume, sounds=sounds)
        self.chapters = [(self.begin, "Forth"), (self.begin + self.duration / 2, "Back")]
        self.end_ms = float(max((ms + length).max(initial=0.0), self.begin + self.duration))
        far = translate * self.cells.h[clip] * bell(n[step])
        throws = far * near * -speed[step], far * near * DOWN, rotate * bell(n[step]) * speed[step], near
        # (aside, down, turn, nearness) of each play; the last column is for clips that have not played.
        self.throws = np.concatenate([np.stack(throws), np.zeros((4, 1))], axis=1)

    def slide(self, n: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return how many cells the grid has moved to the right, and upwards, at `n` (0 to 1) of the whole."""
        n = np.asarray(n, np.float64)
        first = n < 0.5
        x = np.where(first, 2.0 * n, 2.0 * (1.0 - n))
        swing = self.swing * np.sqrt(x * SWING) * np.sin(2 * np.pi * self.waves * x)
        climb = self.turns / 2 * x**2
        return np.where(first, swing, -swing), np.where(first, climb, self.turns - climb) * self.clips.part[1]

    def _passes(
        self, sideways: FloatArray, upwards: FloatArray, radius: float
    ) -> tuple[IntArray, IntArray, FloatArray]:
        """Return the passes of clips by the middle: clip, the step at which it is nearest, and its distance (cells)."""
        side = (round(radius) + WIDER) / 2
        columns, rows = self.clips.part
        first_column, first_row = int(self.clips.column.min()), int(self.clips.row.min())
        number = np.empty((rows, columns), np.int64)
        number[self.clips.row - first_row, self.clips.column - first_column] = np.arange(len(self.clips))
        from_left = np.arange(columns) + first_column - (self.clips.grid[0] - 1) / 2
        from_top = np.arange(rows) + first_row - (self.clips.grid[1] - 1) / 2
        best, best_step = np.full((rows, columns), np.inf), np.zeros((rows, columns), np.int64)
        found: list[tuple[IntArray, IntArray, FloatArray]] = []

        def over(cells: npt.NDArray[np.bool_]) -> None:
            """Record the ended passes of these clips whose nearest moment lies between the beginning and the end."""
            kept = cells & np.isfinite(best) & (best_step > 0) & (best_step < len(sideways) - 1)
            found.append((number[kept], best_step[kept], np.sqrt(best[kept])))
            best[cells] = np.inf

        before_x, before_y = from_left, from_top
        for step in range(len(sideways)):
            x = np.mod(from_left + sideways[step] + columns / 2, columns) - columns / 2
            y = np.mod(from_top - upwards[step] + rows / 2, rows) - rows / 2
            away = (x**2)[None, :] + (y**2)[:, None]
            entered = (np.abs(x - before_x) > columns / 2)[None, :] | (np.abs(y - before_y) > rows / 2)[:, None]
            touched = (away < radius**2) & (np.abs(x) <= side)[None, :] & (np.abs(y) <= side)[:, None]
            ended = (best < np.inf) & (entered | ~touched)
            if ended.any():
                over(ended)
            nearer = (away < best) & touched
            best[nearer] = away[nearer]
            best_step[nearer] = step
            before_x, before_y = x, y
        over(best < np.inf)
        clip, steps, distance = (np.concatenate(part) for part in zip(*found))
        return clip, steps, distance

    def layout(self, ms: float) -> Layout:
        """Return the layout of the clips: moved with the grid, or thrown out of it and on their way back."""
        begun, play = self.timeline.latest(ms)
        aside, down, turn, near = self.throws[:, np.where(begun, play, -1)] * glow(self.timeline.played(ms)[1], THROWN)
        sideways, upwards = self.slide(progress(ms, self.begin, self.duration))
        across, high = self.cells.pitch
        layout = still(self.cells).moved(sideways * across + aside, -upwards * high + down)
        layout = replace(layout, brightness=mix((self.low, self.high), near), rotation=turn)
        columns, rows = self.clips.part
        left, top = self.clips.column.min() * across, self.clips.row.min() * high
        return layout.wrapped(left, top, columns * across, rows * high).zoomed(self.scales[1], self.cells)


def _rested(clip: IntArray, ms: FloatArray, rest: FloatArray) -> IntArray:
    """Return the plays, in order of time, that begin at least `rest` ms after the previous one of their clip."""
    free_at: dict[int, float] = {}
    kept = []
    for play in np.argsort(ms, kind="stable").tolist():
        if ms[play] >= free_at.get(int(clip[play]), -math.inf):
            free_at[int(clip[play])] = float(ms[play] + rest[play])
            kept.append(play)
    return np.array(kept, np.int64)


def run(args: argparse.Namespace) -> int:
    """Make the film."""
    return make(Falling, args, own_flags(args))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the composition with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(start(__file__))
