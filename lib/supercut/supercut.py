"""The plan of a film of samples: what plays, what is seen when, and where in the frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from lib.audio.mix_plays import Play
from lib.errors import MediaError
from lib.math.arrays import IntArray
from lib.supercut.legends import captions
from lib.supercut.settings import FilmSettings
from lib.supercut.shots import Shots, moment, one_by_one, side_by_side, source_ms
from lib.tables.table import Table
from lib.video.planes import RGB, Planes

# The format in which pictures are stored for each codec: that of the encoder, or the nearest of 8 bits.
PIXELS = {"h264": "yuv420p", "h264_444": "yuv444p", "h264_10": "yuv420p", "prores": "yuv422p", "ffv1": RGB}

# Start and length of a sample in its source, in ms, and its caption.
CaptionedSample = tuple[float, float, str]


@dataclass
class Supercut:
    """A planned film of samples: `plays` of the table's `rows`, `length_ms` in all.

    shots: what is seen when; whole, cell: the formats of its pictures, and of those in its cells, of which the upper
    left part is filled, `cell_size` (a frame with odd sides is padded: chroma needs even ones). bad: files that could
    not be used, with the reason; partly: those that could be in part; silent: plays that begin after their file's sound
    ends. Raises MediaError if the frame is too small for its cells.
    """

    rows: Table
    plays: list[Play]
    length_ms: float
    settings: FilmSettings
    shots: Shots = field(init=False)
    whole: Planes = field(init=False)
    cell: Planes = field(init=False)
    cell_size: tuple[int, int] = field(init=False)
    bad: dict[str, str] = field(default_factory=dict)
    partly: dict[str, str] = field(default_factory=dict)
    silent: list[Play] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = self.settings
        arrange = side_by_side if settings.split else one_by_one
        self.shots = arrange(self.plays, self.length_ms, settings.fps, settings.fade_ms)
        width, height, pixels, side = settings.width, settings.height, PIXELS[settings.codec], self.shots.side
        pad = pixels != RGB
        self.whole = Planes(width + pad * (width % 2), height + pad * (height % 2), pixels)
        if side == 1:
            self.cell, self.cell_size = self.whole, (width, height)
        else:
            self.cell_size = max(width // side // 2 * 2, 2), max(height // side // 2 * 2, 2)
            self.cell = Planes(*self.cell_size, pixels)
            if self.cell_size[0] * side > self.whole.width or self.cell_size[1] * side > self.whole.height:
                raise MediaError(f"a picture of {width} x {height} is too small for {side} x {side} cells")

    def place_of(self, cell: int) -> tuple[int, int]:
        """Return the left and the upper edge of a cell, in pixels: even, all cells in the middle of the frame."""
        side, (width, height) = self.shots.side, self.cell_size
        left, top = ((whole - side * part) // 4 * 2 for whole, part in
                     ((self.whole.width, width), (self.whole.height, height)))  # fmt: skip
        return left + cell % side * width, top + cell // side * height

    def lengths(self) -> str:
        """Return the number of pictures and of cells, to be added to a line for the user."""
        side, unseen = self.shots.side, self.shots.unseen
        cells = f", cells: {side}x{side}" if self.settings.split else ""
        soon = f", not seen since others begin in the same picture: {unseen:,}" if unseen else ""
        return f", pictures: {self.shots.count}{cells}{soon}"

    def shown_ms(self) -> list[float]:
        """Return how much of its source each play may show, in ms from its start on.

        That is its sample, or the part of the source without a cut by the table (vstart, vdur).
        """
        shown = [play.dur_ms for play in self.plays]
        if {"vstart", "vdur"} <= set(self.rows.columns):
            ends = self.rows.numbers("vstart") + self.rows.numbers("vdur")
            for n, (play, end) in enumerate(zip(self.plays, ends.tolist())):
                if end > play.start_ms + play.dur_ms:  # (an empty cell is NaN, and not more than any number)
                    shown[n] = end - play.start_ms
        return shown


@dataclass(frozen=True)
class Wanted:
    """The pictures wanted of the sources.

    sources: their files; ms, look: of each source the times in it, rising, and the indices in `looks` of those seen at
    these times. begins: the number of each shot's first picture among all pictures of all shots; source, place: of each
    of those its source, and its index in that source's `ms`.
    """

    sources: Sequence[str]
    ms: Sequence[npt.NDArray[np.float64]]
    look: Sequence[IntArray]
    looks: Sequence[tuple[CaptionedSample, ...]]
    begins: IntArray
    source: IntArray
    place: IntArray


def wanted_by(cut: Supercut) -> Wanted:
    """Return the pictures that a film needs of its sources."""
    texts, shown = captions(cut.settings.caption, cut.rows), cut.shown_ms()
    sources = {path: n for n, path in enumerate(dict.fromkeys(play.path for play in cut.plays))}
    looks: list[dict[CaptionedSample, int]] = [{} for _ in sources]
    lengths = np.array([shot.end - shot.first for shot in cut.shots.shots], np.int64)
    times, of_source, of_look = [], [], []
    for shot in cut.shots.shots:
        play = cut.plays[shot.play]
        source = sources[play.path]
        look = play.start_ms, play.dur_ms, texts[shot.play]
        of_look.append(looks[source].setdefault(look, len(looks[source])))
        of_source.append(source)
        times.append(source_ms(play, shown[shot.play], moment(np.arange(shot.first, shot.end), cut.settings.fps)))
    ms = np.concatenate([np.zeros(0), *times])
    source_of, look_of = (np.repeat(np.array(numbers, np.int64), lengths) for numbers in (of_source, of_look))
    place = np.zeros(len(ms), np.int64)
    all_ms, all_looks = [], []
    by_source = np.argsort(source_of, kind="stable")
    bounds = np.searchsorted(source_of[by_source], np.arange(len(sources) + 1))
    for n in range(len(sources)):
        mine = by_source[bounds[n] : bounds[n + 1]]
        mine = mine[np.lexsort((look_of[mine], ms[mine]))]
        new = np.ones(len(mine), bool)
        new[1:] = (np.diff(ms[mine]) != 0) | (np.diff(look_of[mine]) != 0)
        place[mine] = np.cumsum(new) - 1
        all_ms.append(ms[mine][new])
        all_looks.append(look_of[mine][new])
    begins = np.cumsum(lengths) - lengths
    return Wanted(list(sources), all_ms, all_looks, [tuple(known) for known in looks], begins, source_of, place)
