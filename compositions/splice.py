#!/usr/bin/env python3
"""The picture is cut into rows of pixels, which slide to the left and right, while two columns play up and down.

Even rows slide to the left, odd ones to the right. They go round `-cycles` times, those in the middle first, and fade
to black. Meanwhile two columns of clips, a quarter in from each side, play up and down in turns, one up while the
other plays down, faster and faster, each clip stretched.

Where docs/compositions.md is silent: the columns are those a quarter in from the sides of the visible part when a loop
(once up, or once down) begins, and they play their rows that are visible then, the left one upwards first; heights are
positions on the screen when the clip begins; a clip that is stretched to less than `-mcd` glows that long; plays that
would begin after the end are left out.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib import cli  # first, for it says which packages are missing

# isort: split
import numpy as np
import numpy.typing as npt

from compositions._flags import add_common, add_grids, composition_parser, make, own_flags, start
from lib.composing.composition import Composition
from lib.composing.layout import Layout, Picture, still
from lib.composing.score import PlaybackSettings, score_of
from lib.math.arrays import FloatArray, IntArray
from lib.math.easing import bell, cubic, mix, progress, quad, quad_bell, sine, when_sine

# A short version, on a grid of 16 x 16.
EXAMPLE = "-grid0 16x16 -grid1 8x8 -crange 12000,18000"
# Parts of a play, however long it is.
FADE_IN, FADE_OUT = 0.2, 0.8
# Lower limits of times and of stretch factors.
LEAST_MS, LEAST_FACTOR = 1.0, 0.01
# Rows: tolerance for rounding at the edge.
NEARLY = 1e-6


def parser() -> cli.Parser:
    """Return the command line."""
    parser = composition_parser(__file__, __doc__, EXAMPLE)
    add_grids(parser, "128x128", "128x128", "32x32")
    parser.flag("volr", "0.25,1.0", "volume at the lower edge, and at the upper edge halfway", kind=cli.pair())
    parser.flag(
        "crange",
        "64000,96000",
        "time of a cycle in the middle, and at the edges, in ms",
        kind=cli.pair(LEAST_MS),
    )
    parser.flag("cycles", 1, "distance that the rows slide, in picture widths", kind=cli.positive)
    parser.flag("cdur", 128, "maximum length of a clip's sound before it is stretched, in ms", kind=cli.positive)
    parser.flag("mstep", 64, "minimum interval between clips of a column, in ms", kind=cli.positive)
    parser.flag(
        "cprange",
        "8000,2000",
        "time of a column's pass, at the beginning and at the end, in ms",
        kind=cli.pair(LEAST_MS),
    )
    parser.flag("rowh", 1, "height of the rows that slide, in pixels", kind=cli.positive)
    parser.flag(
        "srange", "12.0,18.0", "stretch factor of sounds, at the beginning and the end", kind=cli.pair(LEAST_FACTOR)
    )
    add_common(parser)
    return parser


class Splice(Composition):
    """See above."""

    def compose(
        self,
        *,
        volr: cli.Pair,
        crange: cli.Pair,
        cycles: int,
        cdur: int,
        mstep: int,
        cprange: cli.Pair,
        srange: cli.Pair,
        rowh: int = 1,
    ) -> None:
        """Compute which clips play when, how loud, and between which sides they move."""
        self.begin, self.cycles = self.settings.before_ms, cycles
        self.runs, self.row_height = crange, rowh
        self.total = self.cycles * max(self.runs)
        plays = [np.concatenate(part) for part in zip(*self._plays(cprange, mstep))]
        clip, since, side = plays[0].astype(np.int64), plays[1], plays[2]
        n = since / self.total
        dur = np.minimum(self.clips.dur[clip], float(cdur))
        long = dur * mix(srange, sine(n))
        scale = self._scale(since)
        x = 0.5 + self.clips.from_middle_x[clip] / self.clips.grid[0] * scale
        y = 0.5 + self.clips.from_middle_y[clip] / self.clips.grid[1] * scale
        y = np.clip(y, 0.0, 1.0)
        # The left column goes with the rows that slide to the right, and vice versa.
        starts, ends = (2.0 * side * self._ways(now, y) for now in (since, since + long))
        pan = np.mod(2.0 * x + starts, 2.0) - 1.0
        self.score = score_of(
            self.clips,
            clip,
            self.begin + since,
            np.maximum(long, self.settings.least_ms),
            volume=mix(volr, (1.0 - y) * bell(n)),
            dur=dur,
            stretch=long,
            pan=pan,
            pan_to=pan + ends - starts,
        )
        # Rows fade from the middle of their runs on; the shortest runs get there first.
        self.chapters = [(self.begin, "Sliding"), (self.begin + self.cycles * min(self.runs) / 2, "Fading")]
        self.playback = PlaybackSettings(
            self.settings.level_db, None, FADE_IN, math.inf, FADE_OUT, self.settings.reverb
        )
        self.end_ms = float(max(self.begin + self.total, (self.score.ms + self.score.length).max(initial=0.0)))

    def _plays(self, times: cli.Pair, least_step: int) -> Iterator[tuple[IntArray, FloatArray, FloatArray]]:
        """Yield for each loop and column the clips, when they play, in ms, and 1 if they are at the left, else -1."""
        columns, rows = self.clips.grid
        number = np.full((rows, columns), -1)
        number[self.clips.row, self.clips.column] = np.arange(len(self.clips))
        from_middle = np.abs(np.arange(rows) - (rows - 1) / 2)
        begin, upwards = 0.0, True
        while begin < self.total:
            length = max(float(mix(times, sine(begin / self.total))), float(least_step))
            scale = float(self._scale(begin))
            left = math.floor(columns * (0.5 - 0.25 / scale))
            seen = from_middle <= max(rows / scale / 2, 0.5) + NEARLY
            for column, side, up in ((left, 1.0, upwards), (columns - 1 - left, -1.0, not upwards)):
                clips = number[seen, column]
                clips = clips[clips >= 0][:: -1 if up else 1]
                # Where the eased sweep reaches each: slowly at either edge, fast in the middle.
                since = begin + length * when_sine(np.arange(len(clips)) / len(clips))
                chosen = _apart(since[since < self.total], float(least_step))
                yield clips[chosen], since[chosen], np.full(len(chosen), side)
            begin, upwards = begin + length, not upwards

    def _scale(self, since: npt.ArrayLike) -> FloatArray:
        return mix(self.scales, cubic(progress(since, 0.0, self.total)))

    def _run(self, since: npt.ArrayLike, y: FloatArray) -> FloatArray:
        """Return the progress of rows at heights `y`, 0 (the upper edge) to 1, on their run: 0 to 1."""
        return progress(since, 0.0, self.cycles * mix(self.runs, 1.0 - quad_bell(y)))

    def _ways(self, since: npt.ArrayLike, y: FloatArray) -> FloatArray:
        """Return how far rows have slid, in widths of the picture."""
        return self.cycles * quad(self._run(since, y))

    def layout(self, ms: float) -> Layout:
        """Return the layout of the clips: in their cells; the picture is cut into rows when it is finished."""
        brightness = self.timeline.glow(ms, self.low, self.high)
        return replace(still(self.cells), brightness=brightness).zoomed(float(self._scale(ms - self.begin)), self.cells)

    def finish(self, picture: Picture, ms: float) -> Picture:
        """Return the picture with its rows shifted, and fading."""
        from lib.composing.row_shift import slide_rows  # compiled, which takes time to load

        height, width, _ = picture.shape
        row = np.arange(height) // self.row_height
        since, y = ms - self.begin, np.minimum((row + 0.5) * self.row_height / height, 1.0)
        eased = quad(self._run(since, y))
        right = np.where(row % 2, 1.0, -1.0) * (self.cycles * eased) * width
        return slide_rows(picture, right, np.minimum(2.0 * (1.0 - eased), 1.0))


def _apart(times: FloatArray, least: float) -> IntArray:
    """Return the indices of those rising times that are at least `least` after the previous one returned."""
    kept: list[int] = []
    last = -math.inf
    for place, time in enumerate(times.tolist()):
        if time - last >= least - NEARLY:
            kept.append(place)
            last = time
    return np.array(kept, np.int64)


def run(args: argparse.Namespace) -> int:
    """Make the film."""
    return make(Splice, args, own_flags(args))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the composition with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(start(__file__))
