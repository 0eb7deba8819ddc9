#!/usr/bin/env python3
"""Rings of clips turn around the middle, one after the other; a clip that reaches three o'clock sounds and flashes.

Each ring begins later than the one inside it, turns clockwise cell by cell, then back, and stays; it becomes softer
and softer on its way. Rings begin at different places within the beat, so that together they make a denser and denser
rhythm.

Where docs/compositions.md is silent: in a grid that is not square a ring is still a rectangle, one cell
narrower and lower on each side than the one around it, and three o'clock is the middle of its right side. The cell
(or row of cells) in the middle of an odd grid stays. If the number of rings is odd, each turns half a beat longer, so
that it turns back from a cell. In a grid with an odd number of rows a clip flashes when it arrives at three o'clock,
in the others halfway between the two cells there. The places in a beat go 0, 1/2, 1/4, 3/4, 1/8, 5/8, 3/8, 7/8, ...
(van der Corput's sequence).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib import cli  # first, for it says which packages are missing

# isort: split
import numpy as np

from compositions._flags import (
    add_common,
    add_grids,
    composition_parser,
    halvings,
    make,
    own_flags,
    start,
)
from lib.composing.composition import Composition
from lib.composing.layout import Layout, still
from lib.composing.score import joined, score_of
from lib.errors import MediaError
from lib.math.arrays import FloatArray
from lib.math.easing import cubic, mix, progress, quad, sine

# A short version, on a grid of 16 x 16.
EXAMPLE = "-grid0 4x4 -grid1 16x16 -beat 512 -roffset 2"
# The view begins to widen at this fraction of the time from the beginning to the start of the first ring outside of it.
ZOOM_BEGINS = 0.8


def parser() -> cli.Parser:
    """Return the command line."""
    parser = composition_parser(__file__, __doc__, EXAMPLE)
    add_grids(parser, "128x128", "32x32", "64x64")
    parser.flag("beat", 1024, "length of a beat in ms; rings turn by one cell a beat", kind=cli.positive)
    parser.flag("bdivision", 4, "halvings of a beat: rings begin at 2^BDIVISION places in it", kind=halvings)
    parser.flag("roffset", 4, "interval between the starts of the first two rings, in beats", kind=cli.not_negative)
    parser.flag("volr", "0.25,1.0", "volume of a ring when it ends, and when it begins", kind=cli.pair())
    add_common(parser)
    return parser


class Orbits(Composition):
    """See above. `ring`: each clip's, 1 is the innermost, 0: it stays; `starts`: of each ring, in ms."""

    def compose(self, *, beat: int, bdivision: int, roffset: int, volr: cli.Pair) -> None:
        """Compute the rings, when they turn, and which clips pass three o'clock when."""
        columns, rows = self.clips.part
        rings = min(columns, rows) // 2
        if rings == 0:
            given = ", ".join(f"-grid{n} {view[0]}x{view[1]}" for n, view in enumerate(self.clips.views))
            raise MediaError(f"{given}: orbits need two columns and two rows or more")
        first, last = (min(view) // 2 for view in self.clips.views)
        self.half = (max(last, 1) + 1) // 2
        self.beat = float(beat)
        self.starts = self.settings.before_ms + self.beat * _first_beats(rings, max(last, 1), roffset, 2**bdivision)
        column, row = self.clips.column - self.clips.column.min(), self.clips.row - self.clips.row.min()
        inset = np.minimum(np.minimum(column, columns - 1 - column), np.minimum(row, rows - 1 - row))
        self.ring = np.maximum(rings - inset, 0)
        # Width and height of a ring in steps: one fewer than its cells there.
        self.wide, self.tall = columns - 1 - 2 * inset, rows - 1 - 2 * inset
        self.column, self.row = column - inset, row - inset
        left = (self.column == 0) & (self.row > 0)
        below = (self.row == self.tall) & ~left
        # The distance of a clip from the left upper corner in cells, clockwise.
        self.begins = np.where(left, 2 * self.wide + 2 * self.tall - self.row, self.column + self.row)
        self.begins = np.where(below, 2 * self.wide + self.tall - self.column, self.begins)
        self._set_score(rings, volr)
        self.chapters = [(float(self.starts[ring]), f"Ring {ring}") for ring in range(1, rings + 1)]
        begin = self.starts[min(first + 1, rings)] - self.settings.before_ms
        self.zoom_begin = self.settings.before_ms + ZOOM_BEGINS * begin
        self.zoom_length = float(self.starts[rings] - self.zoom_begin)
        still_from = float(self.starts[rings] + 2 * self.half * self.beat)
        self.end_ms = max(still_from, float((self.score.ms + self.score.length).max()))

    def _set_score(self, rings: int, volr: cli.Pair) -> None:
        """Score the clips: in each beat one clip of a ring passes three o'clock."""
        step = np.arange(1, self.half + 1)
        parts = []
        for ring in range(1, rings + 1):
            clips = np.flatnonzero(self.ring == ring)
            wide, high = int(self.wide[clips[0]]), int(self.tall[clips[0]])
            clips = clips[np.argsort(self.begins[clips])]
            right = wide + high / 2
            arrives = 1.0 if high % 2 == 0 else 0.5
            forth = np.mod(int(np.ceil(right)) - step, len(clips))
            back = np.mod(int(np.floor(right)) - self.half + step, len(clips))
            beats = np.concatenate([step, self.half + step]) - 1.0 + arrives
            clip = clips[np.concatenate([forth, back])]
            volume = mix(volr, 1.0 - sine(beats / (2 * self.half)))
            when = self.starts[ring] + self.beat * beats
            parts.append(score_of(self.clips, clip, when, self.shown_ms[clip], volume=volume, pan=0.0))
        self.score = joined(parts)

    def layout(self, ms: float) -> Layout:
        """Return the layout of the clips on their way around, forth or back."""
        beats = np.clip((ms - self.starts) / self.beat, 0.0, 2.0 * self.half)
        turned = np.minimum(beats, 2.0 * self.half - beats)
        turned = np.floor(turned) + cubic(turned - np.floor(turned))
        wide, high = self.wide, self.tall
        place = np.mod(self.begins + turned[self.ring], np.maximum(2 * (wide + high), 1))
        x = np.clip(place, 0, wide) - np.clip(place - wide - high, 0, wide)
        y = np.clip(place - wide, 0, high) - np.clip(place - 2 * wide - high, 0, high)
        turns = self.ring > 0
        across, down = (np.where(turns, to - was, 0.0) for to, was in ((x, self.column), (y, self.row)))
        layout = still(self.cells).moved(across * self.cells.pitch[0], down * self.cells.pitch[1])
        flash = self.timeline.strongest(ms, lambda n: 1.0 - n)
        scale = self.zoom(float(quad(progress(ms, self.zoom_begin, self.zoom_length))))
        return replace(layout, brightness=mix((self.low, self.high), flash)).zoomed(scale, self.cells)


def _first_beats(rings: int, seen: int, offset: int, places: int) -> FloatArray:
    """Return the beat in which each ring begins, and its place in it; ring 1 at index 1.

    seen: the rings at the end; over the first half of them the offsets ease from `offset` beats to one.
    """
    ring = np.arange(1, rings + 1)
    offsets = np.round(mix((offset, 1.0), sine(progress(ring - 1, 0.0, seen / 2))))
    whole = np.concatenate([[0.0], np.cumsum(offsets)[:-1]])
    return np.concatenate([[0.0], whole + [_corput((n - 1) % places) for n in ring.tolist()]])


def _corput(n: int) -> float:
    """Return the binary digits of n mirrored at the point: 0, 1/2, 1/4, 3/4, 1/8, ..."""
    digits = f"{n:b}"[::-1]
    return int(digits, 2) / 2 ** len(digits)


def run(args: argparse.Namespace) -> int:
    """Make the film."""
    return make(Orbits, args, own_flags(args))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the composition with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(start(__file__))
