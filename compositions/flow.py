#!/usr/bin/env python3
"""Every clip circles its place, a little later than its neighbour: currents grow out of the grid, and calm down.

The position of a clip on its circle depends on its diagonal, so that neighbours follow one another. The circles grow
out of the resting grid, are largest halfway, and close again; so does the light, which is brightest halfway between
the middle and the rim. The brightest clips play, stretched, one after the other in the order of their similarity.

Where docs/compositions.md is silent: a clip's moment is when the middle of its play is heard if a play is as long as a
rotation, and its volume is that of its moment; time 0 is after `-pad0`; fewer clips than `-ctp` share the whole
time.
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

from compositions._flags import add_common, add_grids, composition_parser, make, own_flags, start
from lib.composing.composition import Composition
from lib.composing.layout import Layout, circled
from lib.composing.score import PlaybackSettings, score_of
from lib.errors import MediaError
from lib.math.arrays import FloatArray
from lib.math.easing import bell, mix, progress, quad

# A short version, on a grid of 16 x 16.
EXAMPLE = "-grid0 16x16 -grid1 16x16 -rot 3 -rdur 6000 -radius 2 -ctp 64 -pdur 4000"
# Cells from the middle, and from the inscribed circle inwards, within which all is dark.
DARK = 0.5
# Stretched sounds need some time to fade away in their reverberation.
LEAST_PAD1_MS = 6000
# Parts of a play, however long it is.
FADE_IN, FADE_OUT = 0.1, 0.9
# The clips play in the order of the first of these columns in the table.
ORDERS = ("stsne", "tsne")


def parser() -> cli.Parser:
    """Return the command line."""
    parser = composition_parser(__file__, __doc__, EXAMPLE)
    add_grids(parser, "128x128", "128x128", "128x128")
    parser.flag("volr", "0.4,0.6", "volume at the beginning of a rotation, and halfway through it", kind=cli.pair())
    parser.flag("radius", 4.0, "radius of the largest circles, in heights of a cell", kind=cli.real)
    parser.flag(
        "freq",
        "2.0,2.0",
        "turns between opposite corners: with small circles, with the largest",
        kind=cli.pair(-math.inf),
    )
    parser.flag("rdur", 8000, "time of one rotation, in ms", kind=cli.positive)
    parser.flag("rot", 8, "number of rotations", kind=cli.positive)
    parser.flag("ctp", 512, "number of audible clips: the brightest", kind=cli.positive)
    parser.flag("pdur", 8000, "length that each audible clip is stretched to, in ms", kind=cli.positive)
    add_common(parser)
    return parser


class Flow(Composition):
    """See above."""

    def compose(
        self, *, volr: cli.Pair, radius: float, freq: cli.Pair, rdur: int, rot: int, ctp: int, pdur: int
    ) -> None:
        """Compute which clips play when, and how loud."""
        self.begin, self.rotation_ms, self.total = self.settings.before_ms, float(rdur), float(rot * rdur)
        self.frequencies, self.radius = freq, radius
        # Dark from the inscribed circle on, so that edges and corners are, and in the very middle.
        self.light = bell(progress(self.clips.distance, DARK, min(self.clips.grid) / 2 - 2 * DARK))
        order = self._order()
        playing = np.argsort(-self.light, kind="stable")[:ctp]
        playing = playing[np.argsort(order[playing], kind="stable")]
        step = max(self.total - pdur, 0.0) / len(playing)
        moment = step * np.arange(len(playing))
        swell = bell(moment / self.total)
        place = np.mod(moment / self.rotation_ms, 1.0)
        self.score = score_of(
            self.clips,
            playing,
            self.begin + np.maximum(moment - self.rotation_ms / 2, 0.0),
            float(pdur),
            volume=mix(volr, bell(place)) * swell,
            stretch=float(pdur),
        )
        self.playback = PlaybackSettings(
            self.settings.level_db, None, FADE_IN, math.inf, FADE_OUT, self.settings.reverb
        )
        self.chapters = [(self.begin + number * rdur, f"Rotation {number + 1}") for number in range(rot)]
        sounds_until = max(self.begin + self.total, float(self.score.sound_ends.max(initial=0.0)))
        self.end_ms = sounds_until + max(LEAST_PAD1_MS - self.settings.after_ms, 0)

    def _order(self) -> FloatArray:
        """Return the numbers by whose order the clips play."""
        for name in ORDERS:
            if name in self.table.columns:
                return self.table.all_numbers(name)
        raise MediaError(
            "there is no column 'stsne' or 'tsne' for the order of the clips: "
            "samples_to_tsne.py -prefix stsne makes the first, samples_to_tsne.py the second",
            self.table.path,
        )

    def turns(self, since: float) -> FloatArray:
        """Return the positions of clips on their circles, in turns counter-clockwise from three o'clock, `since` ms
        after the beginning."""
        frequency = mix(self.frequencies, bell(progress(since, 0.0, self.total)))
        return since / self.rotation_ms - self.clips.diagonal * frequency

    def layout(self, ms: float) -> Layout:
        """Return the layout of the clips: on their circles."""
        since = float(np.clip(ms - self.begin, 0.0, self.total))
        n = progress(since, 0.0, self.total)
        swell = float(bell(n))
        brightness = mix((self.low, self.high), swell * self.light)
        circling = circled(self.cells, self.radius * swell, self.turns(since))
        return replace(circling, brightness=brightness).zoomed(self.zoom(float(quad(n))), self.cells)


def run(args: argparse.Namespace) -> int:
    """Make the film."""
    return make(Flow, args, own_flags(args))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the composition with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(start(__file__))
