"""Stretch: pair after pair, from the middle outwards, the clips of the middle row stretch to the height of the picture.

The rest of their columns moves up or down out of the way. While a clip stretches its sound repeats, each time drawn out
further, and each time it glows. Later all shrink back, in the same order.

Where the description is silent: the frame that a clip fills is what is seen of the grid at that moment; of an even
number of rows the upper one in the middle is the middle row; of an odd number of columns the one in the middle is a
pair by itself; a repeat is as long as the clip is stretched when it begins (both in parts of their ways), and the last
one rings out; a repeat that is shorter than -mcd glows that long.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from lib.cli.compositions import pair
from lib.composing.composition import Composition
from lib.composing.layout import Layout, still
from lib.composing.score import PlaybackSettings, Score, level, score_of
from lib.math.arrays import FloatArray
from lib.math.easing import cubic, mix, progress, quad
from lib.tables.table import Table

SHORTEST_MS = 50.0
"""Repeats do not follow each other faster: they would be heard as a hum, and not be over in time."""


class Stretch(Composition):
    """See the module. stretches, shrinks: when the clips' columns begin to, in ms; `middle`: which clips stretch."""

    def compose(self, table: Table, args: argparse.Namespace) -> None:
        """Work out when which column stretches and shrinks, and how often its clip repeats."""
        pairs = (self.clips.views[1][0] + 1) // 2
        number = np.floor(np.abs(self.clips.from_middle_x)).astype(np.int64)
        self.stretch_ms, self.begin = float(args.sdur), float(args.pad0)
        self.total = (pairs - 1) * args.step + 2.0 * args.sdur
        self.moves = number < pairs
        self.stretches = self.begin + number * float(args.step)
        apart = max(self.total * (1.0 - args.tba) - args.sdur, 0.0) / pairs
        shrinks = self.begin + self.total * args.tba + number * apart
        self.shrinks = np.maximum(shrinks, self.stretches + args.sdur)
        self.from_middle_row = self.clips.row - (self.clips.grid[1] - 1) // 2
        middle = np.flatnonzero(self.moves & (self.from_middle_row == 0))
        self.score = self._repeats(middle, number[middle] / pairs, args)
        self.playback = PlaybackSettings(level(args.mdb), None, reverb=args.rvb)
        ends = [self.begin + self.total, (self.shrinks[middle] + args.sdur).max(initial=0.0)]
        self.end_ms = float(max(*ends, (self.score.ms + self.score.length).max(initial=0.0)))

    def _repeats(self, middle: npt.NDArray[np.int64], outwards: FloatArray, args: argparse.Namespace) -> Score:
        """Return the plays of the clips in the middle row. outwards: which pair they are, 0 to 1."""
        first = np.maximum(self.clips.dur[middle], SHORTEST_MS)
        last = np.maximum(first, args.stms)
        since = np.zeros(len(middle))
        clip, ms, length, stretch, quiet = [], [], [], [], []
        going = np.flatnonzero(since < args.sdur)
        while len(going):
            n = progress(since[going], 0.0, args.sdur)
            long = mix((first[going], last[going]), quad(n))
            clip.append(middle[going])
            ms.append(self.stretches[middle[going]] + since[going])
            length.append(long)
            stretch.append(np.where(long > first[going], long, 0.0))
            quiet.append((1.0 - n) * (1.0 - outwards[going]))
            since[going] += long
            going = going[since[going] < args.sdur]
        return score_of(
            self.clips,
            np.concatenate(clip),
            np.concatenate(ms),
            np.maximum(np.concatenate(length), args.mcd),
            volume=mix(pair(args.volr, "volr"), np.concatenate(quiet)),
            stretch=np.concatenate(stretch),
        )

    def layout(self, ms: float) -> Layout:
        """Return where the clips are: in their cells, in the middle row on their way to the picture's height and back,
        and above and below it out of their way."""
        scale = self.zoom(float(cubic(progress(ms, self.begin, self.total / 2.0))))
        there = quad(progress(ms, self.stretches, self.stretch_ms))
        back = quad(progress(ms, self.shrinks, self.stretch_ms))
        whole = self.cells.height / scale + self.cells.pitch[1]
        more = np.where(self.moves, (whole - self.cells.h) * (there - back), 0.0)
        cells = still(self.cells).moved(0.0, more / 2.0 * np.sign(self.from_middle_row))
        taller = np.where(self.from_middle_row == 0, more, 0.0)
        stretched = replace(cells, y=cells.y - taller / 2.0, height=cells.height + taller)
        brightness = self.timeline.glow(ms, self.low, self.high)
        return replace(stretched, brightness=brightness).zoomed(scale, self.cells)
