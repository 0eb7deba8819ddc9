#!/usr/bin/env python3
"""Waves run through the grid from its middle: each clip is pushed outwards, grows and brightens, and comes back.

Every `-bd` ms a wave begins, and takes `-wd` ms to reach the last clip that is visible when the next begins. Where
docs/compositions.md is silent: distances are counted in cells, angles from twelve o'clock; the first wave is the
softest (0 of the swell), a single one is the loudest; the seeded factor is drawn for every play; audible clips are
drawn from all clips, with a probability in proportion to their nearness to the middle, whether they are ever in a wave
or not; a clip in the very middle stays, since no direction leads away from there.
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

from compositions._flags import add_common, add_grids, composition_parser, make, own_flags, start
from lib.composing.composition import Composition
from lib.composing.layout import Layout, still
from lib.composing.score import score_of
from lib.math.easing import glow, mix, progress, quad, sine

# A short version, on a grid of 16 x 16.
EXAMPLE = "-grid0 16x16 -grid1 8x8 -steps 3 -wd 6000 -bd 4000"
# The meaning of -1 for -maxa and -keep.
MOST_HEARD, ALWAYS_HEARD = 8192, 256
# A clip moves out within half of its length, and comes back within twice that time.
OUT, BACK = 0.5, 1.0
# A play's volume is multiplied by a random factor from here to 1, so that a wave is not even.
SOFTEST = 0.33
# The first tenth of a wave fades in, from a tenth of its volume: otherwise the innermost clips would drown the others.
FADES_IN, FADES_FROM = 0.1, 0.1
# Cells: the visible part of a cell must exceed this, so that rounding adds no row beyond the edge.
NEARLY = 1e-6


def parser() -> cli.Parser:
    """Return the command line."""
    parser = composition_parser(__file__, __doc__, EXAMPLE)
    add_grids(parser, "128x128", "128x128", "32x32")
    parser.flag("translate", 0.8, "distance a clip is pushed, in smaller sides of its cell", kind=cli.real)
    parser.flag("scale", 1.5, "size that a clip grows to, as a factor", kind=cli.at_least_0)
    parser.flag("steps", 8, "number of waves", kind=cli.positive)
    parser.flag("wd", 16000, "time of a wave to the last clip, in ms", kind=cli.positive)
    parser.flag("bd", 12000, "interval between waves, in ms", kind=cli.positive)
    parser.flag("volr", "0.3,0.9", "volume of the softest plays, and of the loudest", kind=cli.pair())
    add_common(parser)
    return parser


class Waves(Composition):
    """See above."""

    heard_of_all = True

    def compose(self, *, translate: float, scale: float, steps: int, wd: int, bd: int, volr: cli.Pair) -> None:
        """Compute which clips play when, and how loud."""
        self.most_heard = MOST_HEARD if self.most_heard < 0 else self.most_heard
        self.always_heard = ALWAYS_HEARD if self.always_heard < 0 else self.always_heard
        self.zoom_begin, self.zoom_length = self.settings.before_ms, float(steps * bd)
        self.scale = scale
        distance = self.clips.distance
        self.peak = mix((self.low, self.high), sine(1.0 - distance / max(distance.max(), NEARLY)))
        away = np.stack([self.clips.from_middle_x, self.clips.from_middle_y]) * np.array(self.cells.pitch)[:, None]
        far = translate * np.minimum(self.cells.w, self.cells.h)
        self.away_x, self.away_y = away / np.maximum(np.hypot(*away), NEARLY) * far
        random = np.random.default_rng(self.settings.seed)
        order = self._outwards()
        clip, ms, volume = [], [], []
        for step in range(steps):
            begin = self.settings.before_ms + step * bd
            # The cells still visible when the next wave begins: outer clips fire last, when the view has closed in.
            firing = order[self._visible(begin + bd)[order]]
            place = np.arange(len(firing)) / len(firing)
            near = 1.0 - sine(distance[firing] / max(distance[firing].max(), NEARLY))
            swell = float(sine(step / (steps - 1))) if steps > 1 else 1.0
            fade = mix((FADES_FROM, 1.0), progress(place, 0.0, FADES_IN))
            clip.append(firing)
            ms.append(begin + wd * place)
            volume.append(near * random.uniform(SOFTEST, 1.0, len(firing)) * swell * fade)
        plays = np.concatenate(clip)
        length = (OUT + BACK) * self.shown_ms[plays]
        loudness = mix(volr, np.concatenate(volume))
        self.score = score_of(self.clips, plays, np.concatenate(ms), length, volume=loudness)
        self.chapters = [(self.settings.before_ms + step * bd, f"Wave {step + 1}") for step in range(steps)]
        self.end_ms = float(max((self.score.ms + length).max(), self.zoom_begin + self.zoom_length))

    def _outwards(self) -> npt.NDArray[np.int64]:
        """Return the clips from the middle outwards, those of one distance clockwise."""
        angle = np.mod(np.arctan2(self.clips.from_middle_x, -self.clips.from_middle_y), 2 * np.pi)
        return np.lexsort((angle, np.round(self.clips.distance, 9)))

    def _visible(self, ms: float) -> npt.NDArray[np.bool_]:
        """Return which clips' cells are, at least in part, on the screen at this time."""
        reach_x, reach_y = (size / self._scale(ms) / 2 + 0.5 - NEARLY for size in self.clips.grid)
        return (np.abs(self.clips.from_middle_x) < reach_x) & (np.abs(self.clips.from_middle_y) < reach_y)

    def _scale(self, ms: float) -> float:
        return self.zoom(float(quad(progress(ms, self.zoom_begin, self.zoom_length))))

    def layout(self, ms: float) -> Layout:
        """Return the layout of the clips: in their cells, or pushed away from the middle and on their way back."""
        push = self.timeline.strongest(ms, lambda n: glow(n, OUT / (OUT + BACK)))
        cells = still(self.cells).moved(push * self.away_x, push * self.away_y).grown(mix((1.0, self.scale), push))
        seen = replace(cells, brightness=mix((self.low, self.peak), push), depth=-self.clips.distance)
        return seen.zoomed(self._scale(ms), self.cells)


def run(args: argparse.Namespace) -> int:
    """Make the film."""
    return make(Waves, args, own_flags(args))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the composition with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(start(__file__))
