"""A composition: a score (which clip plays when) and a layout (where each clip is), both functions of time.

Only NumPy is imported here, and by the modules imported here, so that a composition's -h answers at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from lib.composing.clips import Cells, Clips, cells_of
from lib.composing.layout import Layout, Picture
from lib.composing.score import PlaybackSettings, Score, Timeline
from lib.composing.settings import CompositionSettings
from lib.math.arrays import FloatArray
from lib.math.easing import mix

if TYPE_CHECKING:
    from lib.tables.table import Table


# Clips shorter than the shortest time are shown up to this much longer than it, so that they do not all end together;
# and a constant that separates these random numbers from others of the same seed.
LONGER_MS, LENGTH_SEED = 500.0, 4


class Composition(ABC):
    """A subclass sets `score` and `end_ms` (when the layout last changes) in `compose`, and defines the layout.

    The layout must not depend on earlier calls, so that any picture can be made alone, in any process: the composition
    is pickled, so that its class has to be found in a module. Available in `compose`:

    clips, cells: the clips, and their cells while all of the grid is seen; table: their rows (gone after `compose`);
    settings: common to all compositions; low, high: brightness at rest, and of playing clips; scales:
    of the whole, in the first view and the last; shown_ms: what the compositions call a clip's length, shape (n,):
    the longest of its sound, its picture and the shortest time (up to LONGER_MS more, at random); playback: how plays
    sound (loud samples are brought down); most_heard, always_heard: see CompositionSettings; heard_of_all: those
    are chosen among all clips, also those that never play; chapters: (ms, title) of its parts; cells_digest: of the
    table's cells that were used.
    """

    score: Score
    end_ms: float
    cells_digest: str = ""
    heard_of_all: bool = False

    def __init__(self, clips: Clips, table: Table, settings: CompositionSettings, **flags: Any) -> None:
        self.clips: Clips = clips
        self.settings: CompositionSettings = settings
        self.cells: Cells = cells_of(clips, settings.width, settings.height, settings.margin)
        self.low, self.high = settings.brightness
        first, last = clips.views
        self.scales = clips.grid[0] / first[0], clips.grid[0] / last[0]
        self.playback = PlaybackSettings(most_db=settings.most_db, reverb=settings.reverb)
        self.shown_ms = _lengths(clips, settings)
        self.most_heard, self.always_heard = settings.most_heard, settings.always_heard
        self.chapters: list[tuple[float, str]] = []
        self.table = table
        self.compose(**flags)
        del self.table  # thousands of rows of text that no picture needs
        self.timeline = Timeline(self.score, clips)

    @abstractmethod
    def compose(self, *args: Any, **flags: Any) -> None:
        """Set `score` and `end_ms`, and whatever else the layout needs. A subclass names its flags as parameters."""

    @abstractmethod
    def layout(self, ms: float) -> Layout:
        """Return the layout of the clips at this time, on the screen (after the zoom)."""

    def finish(self, picture: Picture, ms: float) -> Picture:
        """Return the final picture: the drawn one, unless a composition changes it further."""
        return picture

    def zoom(self, n: float) -> float:
        """Return the scale of the whole at `n` (0 to 1) between the first view and the last."""
        return float(mix(self.scales, n))


def _lengths(clips: Clips, settings: CompositionSettings) -> FloatArray:
    """Return the length of each clip for its glow and movement, in ms."""
    random = np.random.default_rng([settings.seed, LENGTH_SEED])
    shortest = settings.least_ms + random.uniform(0.0, LONGER_MS, len(clips))
    return np.maximum(np.maximum(clips.dur, clips.vdur), shortest)
