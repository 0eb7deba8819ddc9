#!/usr/bin/env python3
"""A few clips play as a loop; then rows and columns slide past each other and bring new ones; last, all slide back.

`-count` times the clips in the middle play as a loop. In between rows slide sideways (after the first, third, ...
loop) or columns up and down (after the second, fourth, ...), round a torus: the part of the grid that the larger of
`-grid0` and `-grid1` holds, so that a clip that is partly out at one edge is seen at the other. After the last loop
all slides are undone, the last one first.

Where docs/compositions.md is silent: the first row (column) slides to the right (down), the next the other way. The
loop goes through the middle columns from left to right, from the upper middle row and the lower one in turn (an odd
grid has one middle row), through as many columns as are seen at least, and begins loud. All clips of a
loop play stretched together while it slides away, and again, backwards, while that is undone. A sound comes from the
column in which its clip is seen then.
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
from lib.composing.score import PlaybackSettings, joined, score_of
from lib.math.arrays import FloatArray, IntArray
from lib.math.easing import cubic, mix, progress, sine

# A short version, on a grid of 16 x 16.
EXAMPLE = "-grid0 8x8 -grid1 4x4 -count 2 -bps 4 -beat 1024 -transition 2048 -mos 3"
# Length of a stretched sound, in transitions: it is still heard when the next loop begins.
STRETCH = 1.25
# The view zooms over this part of the shuffling time.
ZOOM = 0.5


def parser() -> cli.Parser:
    """Return the command line."""
    parser = composition_parser(__file__, __doc__, EXAMPLE)
    add_grids(parser, "128x128", "64x64", "32x32")
    parser.flag("count", 5, "number of shuffles", kind=cli.positive)
    parser.flag("bps", 8, "beats per shuffle", kind=cli.positive)
    parser.flag("beat", 2048, "length of a beat in ms", kind=cli.positive)
    parser.flag("bdivision", 3, "halvings of a beat: 2^BDIVISION clips in a loop", kind=halvings)
    parser.flag("transition", 4096, "time of a slide between two loops, in ms", kind=cli.positive)
    parser.flag("mos", 8, "maximum slide, in cells: of the rows and columns in the middle", kind=cli.positive)
    parser.flag("volr", "0.5,0.75", "volume of soft plays, and of loud ones", kind=cli.pair())
    add_common(parser)
    return parser


class Shuffle(Composition):
    """See above. `offsets`: how many cells (right, down) each clip has moved after 0, 1, ... slides."""

    def compose(
        self, *, count: int, bps: int, beat: int, bdivision: int, transition: int, mos: int, volr: cli.Pair
    ) -> None:
        """Compute the slides, and which clip plays when."""
        self.playback = PlaybackSettings(level_db=self.settings.level_db, reverb=self.settings.reverb)
        self.transition = float(transition)
        loop_ms = float(bps * beat)
        shuffles: FloatArray = self.settings.before_ms + np.arange(float(count)) * (loop_ms + self.transition)
        over = float(shuffles[-1] + loop_ms)
        self.slides = shuffles[:-1] + loop_ms
        self.undone = over + np.arange(count - 1)[::-1] * self.transition
        self.zoom_begin, self.zoom_length = self.settings.before_ms, ZOOM * (over - self.settings.before_ms)
        self._set_offsets(count - 1, mos)
        self._set_score(shuffles, bps, beat, 2**bdivision, volr)
        self.chapters = [(ms, f"Shuffle {number}") for number, ms in enumerate(shuffles.tolist(), 1)] + [(over, "Back")]
        self.end_ms = float(max((self.score.ms + self.score.length).max(), over + self.transition * len(self.slides)))

    def _set_offsets(self, slides: int, most: int) -> None:
        first, last = self.clips.views
        self.least_seen = min(first[0], last[0]), min(first[1], last[1])
        self.corner = np.array([self.clips.column.min(), self.clips.row.min()])
        torus = np.array(self.clips.part)[:, None]
        start = np.stack([self.clips.column, self.clips.row]) - self.corner[:, None]
        moves = [_moves(self.clips.part[axis], self.least_seen[axis], most) for axis in (0, 1)]
        offsets = [np.zeros_like(start)]
        for slide in range(slides):
            along = slide % 2  # rows slide sideways first
            strip = np.mod(start + offsets[-1], torus)[1 - along]
            moved = offsets[-1].copy()
            moved[along] += moves[1 - along][strip]
            offsets.append(moved)
        self.offsets = np.stack(offsets)
        self.places = np.mod(start + self.offsets, torus)

    def _loop(self, slides: int, divisions: int) -> IntArray:
        """Return the clips that play as a loop after a number of slides."""
        columns, rows = self.clips.part
        count = min(divisions, self.least_seen[0])
        number = np.empty((rows, columns), np.int64)
        number[self.places[slides, 1], self.places[slides, 0]] = np.arange(len(self.clips))
        middle = np.array([(rows - 1) // 2, rows // 2])
        return number[middle[np.arange(count) % 2], (columns - count) // 2 + np.arange(count)]

    def _set_score(self, shuffles: FloatArray, beats: int, beat: int, divisions: int, volr: cli.Pair) -> None:
        low, high = volr
        turn = np.arange(beats * divisions)
        long = STRETCH * self.transition
        parts = []
        for slides, begin in enumerate(shuffles):
            loop = self._loop(slides, divisions)
            clip, loud = loop[turn % len(loop)], np.where(turn % 2, low, high)
            when, pan = begin + turn * beat / divisions, self._pan(slides, clip)
            parts.append(score_of(self.clips, clip, when, self.shown_ms[clip], volume=loud, pan=pan))
            if slides < len(self.slides):
                slow = {"volume": low, "stretch": long}
                forth, back = self._pan(slides, loop), self._pan(slides + 1, loop)
                parts.append(score_of(self.clips, loop, self.slides[slides], long, pan=forth, **slow))
                parts.append(score_of(self.clips, loop, self.undone[slides], long, pan=back, backwards=True, **slow))
        self.score = joined(parts)

    def _pan(self, slides: int, clip: IntArray) -> FloatArray:
        """Return the positions, between left (-1) and right (1), of clips after a number of slides."""
        reach = max((self.clips.part[0] - 1) / 2, 0.5)
        return self.places[slides, 0, clip] / reach - 1.0 if self.clips.part[0] > 1 else np.zeros(len(clip))

    def layout(self, ms: float) -> Layout:
        """Return the layout of the clips: in the cells that they have slid to, or on their way."""
        forth, back = (sine(progress(ms, begins, self.transition)).sum() for begins in (self.slides, self.undone))
        slides = int(forth - back)
        after = min(slides + 1, len(self.slides))
        offset = mix((self.offsets[slides], self.offsets[after]), forth - back - slides)
        across, down = self.cells.pitch
        layout = still(self.cells).moved(offset[0] * across, offset[1] * down)
        layout = replace(layout, brightness=self.timeline.glow(ms, self.low, self.high))
        left, top = self.corner * (across, down)
        layout = layout.wrapped(left, top, self.clips.part[0] * across, self.clips.part[1] * down)
        scale = self.zoom(float(cubic(progress(ms, self.zoom_begin, self.zoom_length))))
        return layout.zoomed(scale, self.cells)


def _moves(strips: int, seen: int, most: int) -> IntArray:
    """Return the slide of each row (or column) in cells: neighbours in opposite directions, those in
    the middle by `most`, those at the edge of the `seen` ones in the middle (and beyond) by one."""
    away = np.abs(np.arange(strips) - (strips - 1) / 2)
    cells = mix((most, 1.0), sine(progress(away, away.min(), (seen - 1) / 2 - away.min())))
    return np.round(cells).astype(np.int64) * np.where(np.arange(strips) % 2, -1, 1)


def run(args: argparse.Namespace) -> int:
    """Make the film."""
    return make(Shuffle, args, own_flags(args))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the composition with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(start(__file__))
