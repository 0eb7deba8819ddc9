"""The screen: one picture of a composition at a time, drawn from the clips' frames."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from lib.composing.clip_frames import ClipFrames
from lib.composing.composition import Composition
from lib.composing.layout import Layout, Picture
from lib.composing.rasterizer import DrawList, Rasterizer
from lib.composing.settings import RenderSettings
from lib.math.dither import dithered
from lib.video.linear import from_linear, light_of_levels

# Constants that separate these random numbers from others of the same seed.
NOISE_SEED, COLOUR_SEED = 2, 3
BRIGHTEST_BOX, DARKEST_BOX = 255, 64


# The part of a picture's duration over which motion is blurred: a camera's shutter of 180 degrees.
SHUTTER = Fraction(1, 2)


def time_of(frame: int, fps: Fraction) -> float:
    """Return the time in ms that picture `frame` (1, 2, ...) shows: the middle of its duration."""
    return float(1000 * (frame - Fraction(1, 2)) / fps)


def times_of(frame: int, fps: Fraction, count: int) -> list[float]:
    """Return the times in ms of the `count` pictures that a blurred one averages: evenly, around its own time."""
    places = [(Fraction(2 * n + 1, 2 * count) - Fraction(1, 2)) * SHUTTER for n in range(count)]
    return [float(1000 * (frame - Fraction(1, 2) + place) / fps) for place in places]


class Screen:
    """Draws a composition. `frames`: the clips' pictures; None: a coloured box for each clip."""

    def __init__(
        self, composition: Composition, settings: RenderSettings, frames: ClipFrames | None, threads: int = 1
    ) -> None:
        self.composition, self.settings, self._frames = composition, settings, frames
        self._rasterizer = Rasterizer(settings.width, settings.height, threads, settings.rough)
        n = len(composition.clips)
        jitter = np.random.default_rng([settings.rand, NOISE_SEED]).uniform(-settings.noise, settings.noise, (2, n))
        self._jitter = jitter if settings.noise else None
        colours = np.random.default_rng([settings.rand, COLOUR_SEED]).integers(DARKEST_BOX, BRIGHTEST_BOX + 1, 3 * n)
        self._colours = colours.astype(np.uint8)
        self._drawable = np.ones(n, bool) if frames is None else frames.counts > 0

    def layout(self, ms: float) -> Layout:
        """Return the composition's layout at a time, with the jitter asked for."""
        layout = self.composition.layout(ms)
        return layout if self._jitter is None else layout.moved(*self._jitter[:, layout.shows])

    def picture(self, frame: int, before: Picture | None = None) -> Picture:
        """Return picture `frame` (1, 2, ...). `before`: the previous one, for trails."""
        times = times_of(frame, self.settings.fps, self.settings.blur)
        if len(times) == 1:
            return self._at(times[0], before)
        light, known = np.zeros((self.settings.height, self.settings.width, 3), np.float32), light_of_levels()
        for ms in times:
            light += known[self._at(ms, before)]
        return dithered(from_linear(light / np.float32(len(times))))

    def _at(self, ms: float, before: Picture | None) -> Picture:
        """Return the picture at a time."""
        layout = self.layout(ms)
        seen = np.flatnonzero(
            layout.on_screen(self.settings.width, self.settings.height) & self._drawable[layout.shows]
        )
        seen = seen[np.lexsort((layout.shows[seen], layout.every("depth")[seen]))]
        clips = layout.shows[seen]
        box = [getattr(layout, name)[seen] for name in ("x", "y", "width", "height")]
        settings = [layout.every(name)[seen] for name in ("alpha", "brightness", "rotation", "blur")]
        if self._frames is None:
            one = np.ones(len(seen), np.int64)
            pixels, draws = self._colours, DrawList(clips * 3, one, one, *box, *settings)
        else:
            pixels = self._frames.pixels
            draws = self._frames.draws(
                clips, self.composition.timeline.phase(ms, self.settings.io)[clips], box, settings
            )
        picture = self._rasterizer.draw(pixels, draws, self._trail(before))
        return self.composition.finish(picture, ms)

    def _trail(self, before: Picture | None) -> Picture | None:
        if before is None or self.settings.fa >= 1.0:
            return None
        return (before * np.float32(1.0 - self.settings.fa)).astype(np.uint8)  # rounded down: trails end in black


def largest_sizes(
    composition: Composition, settings: RenderSettings, frames: int, every: int = 1
) -> npt.NDArray[np.int64]:
    """Return the largest size (columns, rows) of every clip's cell while it is on the screen: int64, (n, 2).

    One of `every` pictures, 1 to `frames`, is examined, and the last. A clip that is never seen is 0 x 0.
    """
    screen = Screen(composition, settings, None)
    largest = np.zeros((2, len(composition.clips)))
    for frame in sorted({*range(1, frames + 1, every), frames}):
        layout = screen.layout(time_of(frame, settings.fps))
        seen = layout.on_screen(settings.width, settings.height)
        clips = layout.shows[seen]
        np.maximum.at(largest[0], clips, layout.width[seen])
        np.maximum.at(largest[1], clips, layout.height[seen])
    return np.ceil(largest.T - 1e-6).astype(np.int64)


def few_sizes(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return sizes (n, 2) rounded up, so that few differ, and clips of one frame share its picture.

    Each side becomes the least that is not smaller among the longest one of all and its halves, quarters, and so on; 0
    stays.
    """
    longest = sizes.max(axis=0, initial=1)
    halvings = np.floor(np.log2(longest / np.maximum(sizes, 1)))
    return np.where(sizes > 0, np.ceil(longest / 2.0**halvings), 0).astype(np.int64)
