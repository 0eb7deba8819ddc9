"""Poster: one picture of clips on their way round (see `lib.pieces.flow`), dark in the middle, with a text over it.

Where the description is silent: how dark a clip is depends on where it is shown, not on where its cell is, so that the
middle, where the text stands, is dark with any -radius; clips in the corners of the picture are the brightest. The
clips show the pictures that they would show -io ms after their beginnings.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from lib.composing.composition import Composition
from lib.composing.layout import Layout
from lib.composing.rasterizer import Picture
from lib.composing.score import score_of
from lib.compositions.flow import circled, diagonal
from lib.math.easing import cubic, mix
from lib.tables.table import Table
from lib.text.titles import DEFAULTS, draw_titles, lay_out, read_titles, title_style

STYLE_FLAGS = ("fdir", "font", "res", "align", "color", "bg", "maxw", "tyoffset", "txoffset")


class Poster(Composition):
    """See the module."""

    def compose(self, table: Table, args: argparse.Namespace) -> None:
        """Read the text, and work out where the clips are."""
        self.text = read_titles(args.tfile)
        flags = {name: getattr(args, name) for name in STYLE_FLAGS}
        self.style = title_style(**flags, **{kind: getattr(args, kind) for kind in DEFAULTS})
        lay_out(
            self.text, self.style, args.width, args.height
        )  # here, where a text that is too large costs nothing yet
        self.radius, self.turns, self.bright = args.radius, args.rot + diagonal(self) * args.freq, args.bright
        self.score, self.end_ms = score_of(self.clips, np.zeros(0, np.int64), 0.0, 0.0), 0.0

    def layout(self, ms: float) -> Layout:
        """Return where the clips are, at any time."""
        shown = circled(self, self.radius, self.turns).zoomed(self.zoom(1.0), self.cells)
        if self.bright:
            return replace(shown, brightness=self.high)
        right = (shown.x + shown.width / 2) / self.cells.width - 0.5
        down = (shown.y + shown.height / 2) / self.cells.height - 0.5
        away = np.hypot(right, down) / np.hypot(0.5, 0.5)
        return replace(shown, brightness=mix((self.low, self.high), cubic(away)))

    def finish(self, picture: Picture, ms: float) -> Picture:
        """Return the picture with the text over it."""
        return draw_titles(picture, self.text, self.style)
