#!/usr/bin/env python3
"""The clips of the middle row stretch to the height of the grid, pair by pair, their sound with them, and shrink back.

The rest of their columns moves up or down out of the way. While a clip stretches, its sound repeats, each time
stretched further, and each time it glows. Later all shrink back, in the same order.

Where docs/compositions.md is silent: of an even number of rows the upper one in the middle is the middle row; of an
odd number of columns the one in the middle is a pair by itself; the last repeat rings out; a repeat that is shorter
than the clip's length glows that long.
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
import numpy.typing as npt

from compositions._flags import (
    add_common,
    add_grids,
    composition_parser,
    fraction,
    make,
    own_flags,
    start,
)
from lib.composing.composition import Composition
from lib.composing.layout import Layout, still
from lib.composing.score import PlaybackSettings, Score, score_of
from lib.math.arrays import FloatArray
from lib.math.easing import cubic, mix, progress, quad

# A short version, on a grid of 16 x 16.
EXAMPLE = "-grid0 8x8 -grid1 16x16 -sdur 4000 -stms 3000 -step 1000"
# Shortest interval of repeats: faster ones would be heard as a hum, and not end in time.
SHORTEST_MS = 50.0


def parser() -> cli.Parser:
    """Return the command line."""
    parser = composition_parser(__file__, __doc__, EXAMPLE)
    add_grids(parser, "128x128", "32x32", "128x128")
    parser.flag(
        "volr", "0.25,0.6", "volume of the last repeats of a clip, and of the first of the middle pair", kind=cli.pair()
    )
    parser.flag("sdur", 16384, "time in which a clip stretches, in ms", kind=cli.positive)
    parser.flag("stms", 8192, "length of the last repeat of a clip's sound, in ms", kind=cli.positive)
    parser.flag("step", 2048, "interval between pairs, in ms", kind=cli.not_negative)
    parser.flag("tba", 0.5, "start of the shrinking, as a fraction of the whole", kind=fraction)
    add_common(parser)
    return parser


class Stretch(Composition):
    """See above. stretches, shrinks: when the clips' columns begin to, in ms; `middle`: which clips stretch."""

    def compose(self, *, volr: cli.Pair, sdur: int, stms: int, step: int, tba: float) -> None:
        """Compute when each column stretches and shrinks, and how often its clip repeats."""
        pairs = (self.clips.views[1][0] + 1) // 2
        number = np.floor(np.abs(self.clips.from_middle_x)).astype(np.int64)
        self.stretch_ms, self.begin = float(sdur), self.settings.before_ms
        self.total = (pairs - 1) * step + 2.0 * sdur
        self.moves = number < pairs
        self.stretches = self.begin + number * float(step)
        apart = max(self.total * (1.0 - tba) - sdur, 0.0) / pairs
        shrinks = self.begin + self.total * tba + number * apart
        self.shrinks = np.maximum(shrinks, self.stretches + sdur)
        self.from_middle_row = self.clips.row - (self.clips.grid[1] - 1) // 2
        middle = np.flatnonzero(self.moves & (self.from_middle_row == 0))
        self.score = self._repeats(middle, number[middle] / pairs, stms, volr)
        self.playback = PlaybackSettings(self.settings.level_db, None, reverb=self.settings.reverb)
        self.chapters = [(self.begin, "Out"), (self.begin + self.total * tba, "Back")]
        ends = [self.begin + self.total, (self.shrinks[middle] + sdur).max(initial=0.0)]
        self.end_ms = float(max(*ends, (self.score.ms + self.score.length).max(initial=0.0)))

    def _repeats(self, middle: npt.NDArray[np.int64], outwards: FloatArray, longest: int, volr: cli.Pair) -> Score:
        """Return the plays of the clips in the middle row. outwards: the place of their pair, 0 to 1."""
        first = np.maximum(self.clips.dur[middle], SHORTEST_MS)
        last = np.maximum(first, longest)
        since = np.zeros(len(middle))
        clip, ms, length, stretch, quiet = [], [], [], [], []
        going = np.flatnonzero(since < self.stretch_ms)
        while len(going):
            n = progress(since[going], 0.0, self.stretch_ms)
            long = mix((first[going], last[going]), n)
            clip.append(middle[going])
            ms.append(self.stretches[middle[going]] + since[going])
            length.append(long)
            stretch.append(np.where(long > first[going], long, 0.0))
            quiet.append((1.0 - n) * (1.0 - outwards[going]))
            since[going] += long
            going = going[since[going] < self.stretch_ms]
        return score_of(
            self.clips,
            np.concatenate(clip),
            np.concatenate(ms),
            np.maximum(np.concatenate(length), self.shown_ms[np.concatenate(clip)]),
            volume=mix(volr, np.concatenate(quiet)),
            stretch=np.concatenate(stretch),
        )

    def layout(self, ms: float) -> Layout:
        """Return the layout of the clips: in their cells, those in the middle row on their way to the grid's height and
        back, and those above and below it out of their way."""
        scale = self.zoom(float(cubic(progress(ms, self.begin, self.total / 2.0))))
        there = quad(progress(ms, self.stretches, self.stretch_ms))
        back = quad(progress(ms, self.shrinks, self.stretch_ms))
        whole = self.cells.height + self.cells.pitch[1]
        more = np.where(self.moves, (whole - self.cells.h) * (there - back), 0.0)
        cells = still(self.cells).moved(0.0, more / 2.0 * np.sign(self.from_middle_row))
        taller = np.where(self.from_middle_row == 0, more, 0.0)
        stretched = replace(cells, y=cells.y - taller / 2.0, height=cells.height + taller)
        brightness = self.timeline.glow(ms, self.low, self.high)
        return replace(stretched, brightness=brightness).zoomed(scale, self.cells)


def run(args: argparse.Namespace) -> int:
    """Make the film."""
    return make(Stretch, args, own_flags(args))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the composition with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(start(__file__))
