"""Flow: every clip circles the middle of its cell, counter-clockwise, so that currents run through the grid.

How far along its circle a clip is depends on its diagonal, so that neighbours follow one another. The circles grow out
of the resting grid, are largest halfway, and close again; so does the light, which is brightest halfway between the
middle and the rim. The brightest clips play, drawn out, one after the other in the order of their likeness.

Where the description is silent: a circle begins at three o'clock; a clip's moment is when the middle of its play is
heard if a play is as long as a rotation, and its volume is that of its moment; time 0 is after -pad0; if there are
fewer clips than -ctp, they share the whole time; a distance is one from the grid's middle, in cells.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from lib.cli.compositions import pair
from lib.composing.composition import Composition
from lib.composing.layout import Layout, still
from lib.composing.score import PlaybackSettings, level, score_of
from lib.errors import MediaError
from lib.math.arrays import FloatArray
from lib.math.easing import bell, mix, progress, quad
from lib.tables.table import Table

LEAST_PAD1_MS = 6000
"""Drawn out sounds need some time to fade away in their reverberation."""
FADE_IN, FADE_OUT = 0.1, 0.9
"""Parts of a play, however long it is."""
ORDERS = ("stsne", "tsne")
"""The clips play in the order of the first of these columns that the table has."""


class Flow(Composition):
    """See the module."""

    def compose(self, table: Table, args: argparse.Namespace) -> None:
        """Work out which clips play when, and how loud."""
        self.begin, self.rotation_ms, self.total = float(args.pad0), float(args.rdur), float(args.rot * args.rdur)
        self.frequencies, self.radius = pair(args.freq, "freq", -math.inf), args.radius
        distance = self.clips.distance
        self.light = bell(distance / max(distance.max(), 1.0))
        likeness = self._likeness(table, args.input)
        playing = np.argsort(-self.light, kind="stable")[: args.ctp]
        playing = playing[np.argsort(likeness[playing], kind="stable")]
        step = max(self.total - args.pdur, 0.0) / max(len(playing), 1)
        moment = step * np.arange(len(playing))
        swell = bell(moment / self.total)
        place = np.mod(self.turns(moment, playing), 1.0)
        self.score = score_of(
            self.clips,
            playing,
            self.begin + np.maximum(moment - self.rotation_ms / 2, 0.0),
            float(args.pdur),
            volume=mix(pair(args.volr, "volr"), bell(place)) * swell,
            stretch=float(args.pdur),
        )
        self.playback = PlaybackSettings(level(args.mdb), None, FADE_IN, math.inf, FADE_OUT, args.rvb)
        sounds_until = max(self.begin + self.total, float(self.score.sound_ends.max(initial=0.0)))
        self.end_ms = sounds_until + max(LEAST_PAD1_MS - args.pad1, 0)

    @staticmethod
    def _likeness(table: Table, path: str) -> FloatArray:
        """Return the numbers that the clips play in the order of."""
        for name in ORDERS:
            if name in table.columns:
                return table.all_numbers(name)
        raise MediaError(
            "there is no column 'stsne', nor 'tsne', to play the clips in the order of: "
            "samples_to_tsne.py -prefix stsne makes the first, samples_to_tsne.py the second",
            path,
        )

    def turns(self, since: npt.ArrayLike, clips: npt.NDArray[np.int64] | slice = slice(None)) -> FloatArray:
        """Return how many times clips have gone round their circles, so many ms after the beginning."""
        frequency = mix(self.frequencies, bell(progress(since, 0.0, self.total)))
        return np.asarray(since, np.float64) / self.rotation_ms + diagonal(self)[clips] * frequency

    def layout(self, ms: float) -> Layout:
        """Return where the clips are: on their circles."""
        since = float(np.clip(ms - self.begin, 0.0, self.total))
        n = progress(since, 0.0, self.total)
        swell = float(bell(n))
        brightness = mix((self.low, self.high), swell * self.light)
        circling = circled(self, self.radius * swell, self.turns(since))
        return replace(circling, brightness=brightness).zoomed(self.zoom(float(quad(n))), self.cells)


def diagonal(composition: Composition) -> FloatArray:
    """Return on which diagonal of the grid each clip is: 0 at the left lower corner, 1 at the right upper one."""
    columns, rows = composition.clips.grid
    return (rows - 1 - composition.clips.row + composition.clips.column) / max(columns + rows - 2, 1)


def circled(composition: Composition, radius: float, turns: FloatArray) -> Layout:
    """Return the clips after so many turns, counter-clockwise, around their cells' middles: `radius` cells' heights."""
    angle, reach = 2.0 * np.pi * turns, radius * composition.cells.h
    return still(composition.cells).moved(reach * np.cos(angle), -reach * np.sin(angle))
