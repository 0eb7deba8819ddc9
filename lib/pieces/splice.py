"""Splice: the finished picture is sliced, even rows of pixels slide to the left, odd ones to the right.

They go round -cycles times, those in the middle first, and fade to black. Meanwhile two columns of clips, a quarter in
from each side, play up and down in turns, the one up while the other is down, faster and faster, each clip drawn out.

Where the description is silent: the columns are those that are a quarter in from the sides of what is seen when a loop
(once up, or once down) begins, and play their rows that are seen then, the left one upwards first; heights are places
on the screen when the clip begins; a row darkens along a sine; a clip that is drawn out for less than -mcd glows that
long; what would begin after the end is left out.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from lib.cli.compositions import pair
from lib.composing.composition import Composition
from lib.composing.layout import Layout, still
from lib.composing.rasterizer import Picture
from lib.composing.row_shift import slide_rows
from lib.composing.score import PlaybackSettings, level, score_of
from lib.math.arrays import FloatArray, IntArray
from lib.math.easing import bell, cubic, mix, progress, quad, sine
from lib.tables.table import Table

FADE_IN, FADE_OUT = 0.2, 0.8
"""Parts of a play, however long it is."""
LEAST_MS, LEAST_FACTOR = 1.0, 0.01
"""No time and no stretching is less than this."""
NEARLY = 1e-6
"""Rows: what rounding may hide of a row at the edge."""


class Splice(Composition):
    """See the module."""

    def compose(self, table: Table, args: argparse.Namespace) -> None:
        """Work out which clips play when, how loud, and between which sides they move."""
        self.begin, self.cycles = float(args.pad0), args.cycles
        self.runs = pair(args.crange, "crange", LEAST_MS)
        self.total = self.cycles * max(self.runs)
        plays = [np.concatenate(part) for part in zip(*self._plays(args))]
        clip, since, side = plays[0].astype(np.int64), plays[1], plays[2]
        n = since / self.total
        dur = np.minimum(self.clips.dur[clip], float(args.cdur))
        long = dur * mix(pair(args.srange, "srange", LEAST_FACTOR), sine(n))
        scale = self._scale(since)
        x = 0.5 + self.clips.from_middle_x[clip] / self.clips.grid[0] * scale
        y = 0.5 + self.clips.from_middle_y[clip] / self.clips.grid[1] * scale
        y = np.clip(y, 0.0, 1.0)
        # The left column goes with the rows that slide to the right, and the other way round.
        starts, ends = (2.0 * side * self._ways(now, y) for now in (since, since + long))
        pan = np.mod(2.0 * x + starts, 2.0) - 1.0
        self.score = score_of(
            self.clips,
            clip,
            self.begin + since,
            np.maximum(long, args.mcd),
            volume=mix(pair(args.volr, "volr"), (1.0 - y) * bell(n)),
            dur=dur,
            stretch=long,
            pan=pan,
            pan_to=pan + ends - starts,
        )
        self.playback = PlaybackSettings(level(args.mdb), None, FADE_IN, math.inf, FADE_OUT, args.rvb)
        self.end_ms = float(max(self.begin + self.total, (self.score.ms + self.score.length).max(initial=0.0)))

    def _plays(self, args: argparse.Namespace) -> Iterator[tuple[IntArray, FloatArray, FloatArray]]:
        """Yield for each loop and column the clips, when they play, in ms, and 1 if they are at the left, else -1."""
        times = pair(args.cprange, "cprange", LEAST_MS)
        columns, rows = self.clips.grid
        number = np.full((rows, columns), -1)
        number[self.clips.row, self.clips.column] = np.arange(len(self.clips))
        from_middle = np.abs(np.arange(rows) - (rows - 1) / 2)
        begin, upwards = 0.0, True
        while begin < self.total:
            length = max(float(mix(times, sine(begin / self.total))), float(args.mstep))
            scale = float(self._scale(begin))
            left = math.floor(columns * (0.5 - 0.25 / scale))
            seen = from_middle <= max(rows / scale / 2, 0.5) + NEARLY
            for column, side, up in ((left, 1.0, upwards), (columns - 1 - left, -1.0, not upwards)):
                clips = number[seen, column]
                clips = clips[clips >= 0][:: -1 if up else 1]
                every = max(math.ceil(args.mstep * len(clips) / length), 1)
                since = begin + length * np.arange(len(clips)) / max(len(clips), 1)
                chosen = slice(None, np.count_nonzero(since < self.total), every)
                yield clips[chosen], since[chosen], np.full(len(clips[chosen]), side)
            begin, upwards = begin + length, not upwards

    def _scale(self, since: npt.ArrayLike) -> FloatArray:
        return mix(self.scales, cubic(progress(since, 0.0, self.total)))

    def _run(self, since: npt.ArrayLike, y: FloatArray) -> FloatArray:
        """Return how far rows at heights `y`, 0 (the upper edge) to 1, are on their run: 0 to 1."""
        return progress(since, 0.0, self.cycles * mix(self.runs, 1.0 - bell(y)))

    def _ways(self, since: npt.ArrayLike, y: FloatArray) -> FloatArray:
        """Return how far rows have slid, in widths of the picture."""
        return self.cycles * quad(self._run(since, y))

    def layout(self, ms: float) -> Layout:
        """Return where the clips are: in their cells; the picture is sliced when it is finished."""
        brightness = self.timeline.glow(ms, self.low, self.high)
        return replace(still(self.cells), brightness=brightness).zoomed(float(self._scale(ms - self.begin)), self.cells)

    def finish(self, picture: Picture, ms: float) -> Picture:
        """Return the picture with its rows slid, and fading."""
        height, width, _ = picture.shape
        row = np.arange(height)
        since, y = ms - self.begin, (row + 0.5) / height
        right = np.where(row % 2, 1.0, -1.0) * self._ways(since, y) * width
        return slide_rows(picture, right, sine(2.0 * (1.0 - self._run(since, y))))
