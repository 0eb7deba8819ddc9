"""Waves: from the middle outwards one clip after the other is pushed away, grows and brightens, and comes back.

Every `-bd` ms a wave begins, and takes `-wd` ms to reach the last clip that is visible then. Where the description is
silent: a clip's length is that of its sound, at least `-mcd`; distances are counted in cells, angles from twelve
o'clock; the first wave is the softest (it has 0 of the swell), an only one the loudest; the seeded factor is drawn for
every play; a clip in the very middle stays where it is, since no way leads away from there.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from lib.cli.compositions import pair
from lib.composing.composition import Composition
from lib.composing.layout import Layout, still
from lib.composing.score import score_of
from lib.math.easing import glow, mix, progress, quad, sine
from lib.tables.table import Table

MOST_HEARD, ALWAYS_HEARD = 8192, 256
"""What -maxa and -keep of -1 mean."""
OUT, BACK = 0.5, 1.0
"""A clip moves out within half of its length, and comes back within twice that."""
SOFTEST = 0.33
"""A play's volume is multiplied by something from here to 1, so that a wave is not even."""
FADES_IN, FADES_FROM = 0.1, 0.1
"""The first tenth of a wave fades in, from a tenth of its volume: else the innermost clips would drown the others."""
NEARLY = 1e-6
"""Cells. What is seen of a cell must be more than this, so that rounding shows no row beyond the edge."""


class Waves(Composition):
    """See the module."""

    def compose(self, table: Table, args: argparse.Namespace) -> None:
        """Work out which clips fire when, and how loud."""
        self.most_heard = MOST_HEARD if args.maxa < 0 else args.maxa
        self.always_heard = ALWAYS_HEARD if args.keep < 0 else args.keep
        self.zoom_begin, self.zoom_length = float(args.pad0), float(args.steps * args.bd)
        self.scale = args.scale
        distance = self.clips.distance
        self.peak = mix((self.low, self.high), sine(1.0 - distance / max(distance.max(), NEARLY)))
        away = np.stack([self.clips.from_middle_x, self.clips.from_middle_y]) * np.array(self.cells.pitch)[:, None]
        far = args.translate * np.minimum(self.cells.w, self.cells.h)
        self.away_x, self.away_y = away / np.maximum(np.hypot(*away), NEARLY) * far
        random = np.random.default_rng(args.rand)
        order = self._outwards()
        clip, ms, volume = [], [], []
        for step in range(args.steps):
            begin = float(args.pad0 + step * args.bd)
            firing = order[self._visible(begin)[order]]
            place = np.arange(len(firing)) / len(firing)
            near = 1.0 - sine(distance[firing] / max(distance[firing].max(), NEARLY))
            swell = float(sine(step / (args.steps - 1))) if args.steps > 1 else 1.0
            fade = mix((FADES_FROM, 1.0), progress(place, 0.0, FADES_IN))
            clip.append(firing)
            ms.append(begin + args.wd * place)
            volume.append(near * random.uniform(SOFTEST, 1.0, len(firing)) * swell * fade)
        plays = np.concatenate(clip)
        length = (OUT + BACK) * self.shown_ms[plays]
        loudness = mix(pair(args.volr, "volr"), np.concatenate(volume))
        self.score = score_of(self.clips, plays, np.concatenate(ms), length, volume=loudness)
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
        """Return where the clips are: in their cells, or pushed away from the middle and on their way back."""
        push = self.timeline.strongest(ms, lambda n: glow(n, OUT / (OUT + BACK)))
        cells = still(self.cells).moved(push * self.away_x, push * self.away_y).grown(mix((1.0, self.scale), push))
        seen = replace(cells, brightness=mix((self.low, self.peak), push), depth=-self.clips.distance)
        return seen.zoomed(self._scale(ms), self.cells)
