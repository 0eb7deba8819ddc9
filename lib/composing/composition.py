"""What a composition is: a score (which clip plays when) and a layout (where each clip is), both functions of time."""

from __future__ import annotations

import argparse
from abc import ABC, abstractmethod

import numpy as np

from lib.cli.compositions import pair
from lib.composing.clips import Cells, Clips, cells_of
from lib.composing.layout import Layout
from lib.composing.rasterizer import Picture
from lib.composing.score import PlaybackSettings, Score, Timeline, level
from lib.math.easing import mix
from lib.tables.table import Table


class Composition(ABC):
    """A piece: subclasses set `score` and `end_ms` (when the layout changes last), and say what the layout is.

    It must not depend on what was asked before, so that any picture can be made alone, in any process.
    """

    score: Score
    end_ms: float

    def __init__(self, clips: Clips, table: Table, args: argparse.Namespace) -> None:
        self.clips: Clips = clips
        self.cells: Cells = cells_of(clips, args.width, args.height, args.margin)
        self.low, self.high = pair(args.brightr, "brightr", 0.0, 1.0)
        first, last = clips.views
        self.scales = clips.grid[0] / first[0], clips.grid[0] / last[0]
        # Loud samples are brought down; pieces that level all of them set `level_db` instead.
        self.playback = PlaybackSettings(most_db=level(args.maxdb), reverb=args.rvb)
        # What the pieces call a clip's length: that of its sound, and long enough to be seen.
        self.shown_ms = np.maximum(clips.dur, float(args.mcd))
        self.most_heard, self.always_heard = args.maxa, args.keep
        self.compose(table, args)
        self.timeline = Timeline(self.score, clips)

    @abstractmethod
    def compose(self, table: Table, args: argparse.Namespace) -> None:
        """Set `score` and `end_ms`, and whatever else the layout needs."""

    @abstractmethod
    def layout(self, ms: float) -> Layout:
        """Return where and how the clips are at this time, on the screen (after the zoom)."""

    def finish(self, picture: Picture, ms: float) -> Picture:
        """Return the picture as it is to be shown: what has been drawn, unless a piece does more with it."""
        return picture

    def zoom(self, n: float) -> float:
        """Return the scale of the whole at `n` (0 to 1) on its way from -grid0 to -grid1."""
        return float(mix(self.scales, n))
