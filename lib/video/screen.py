"""The screen: one picture of a composition at a time, drawn from the clips' frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.video.composition import Composition
from lib.video.frame_store import ClipFrames
from lib.video.layout import Layout
from lib.video.renderer import Draws, Picture, Renderer

NOISE_SEED, COLOUR_SEED = 2, 3
"""What sets these random numbers apart from others of the same seed."""
BRIGHTEST_BOX, DARKEST_BOX = 255, 64


@dataclass(frozen=True)
class Look:
    """What all pictures share: size in pixels, pictures per second, and the flags of these names."""

    width: int
    height: int
    fps: int
    noise: float = 0.0
    fa: float = 1.0
    io: int = 0
    rand: int = 1


def time_of(frame: int, fps: int) -> float:
    """Return the time in ms that picture `frame` (1, 2, ...) shows."""
    return 1000.0 * frame / fps


class Screen:
    """Draws a composition. `frames`: the clips' pictures; None: a coloured box for each clip."""

    def __init__(self, piece: Composition, look: Look, frames: ClipFrames | None, threads: int = 1) -> None:
        self.piece, self.look, self._frames = piece, look, frames
        self._renderer = Renderer(look.width, look.height, threads)
        n = len(piece.clips)
        jitter = np.random.default_rng([look.rand, NOISE_SEED]).uniform(-look.noise, look.noise, (2, n))
        self._jitter = jitter if look.noise else None
        colours = np.random.default_rng([look.rand, COLOUR_SEED]).integers(DARKEST_BOX, BRIGHTEST_BOX + 1, 3 * n)
        self._colours = colours.astype(np.uint8)
        self._drawable = np.ones(n, bool) if frames is None else frames.counts > 0

    def layout(self, ms: float) -> Layout:
        """Return the composition's layout at a time, with the jitter that was asked for."""
        layout = self.piece.layout(ms)
        return layout if self._jitter is None else layout.moved(*self._jitter[:, layout.shows])

    def picture(self, frame: int, before: Picture | None = None) -> Picture:
        """Return picture `frame` (1, 2, ...). `before`: the one before it, which matters for trails."""
        ms = time_of(frame, self.look.fps)
        layout = self.layout(ms)
        seen = np.flatnonzero(layout.on_screen(self.look.width, self.look.height) & self._drawable[layout.shows])
        seen = seen[np.lexsort((layout.shows[seen], layout.every("depth")[seen]))]
        clips = layout.shows[seen]
        box = [getattr(layout, name)[seen] for name in ("x", "y", "width", "height")]
        look = [layout.every(name)[seen] for name in ("alpha", "brightness", "rotation", "blur")]
        if self._frames is None:
            one = np.ones(len(seen), np.int64)
            pixels, draws = self._colours, Draws(clips * 3, one, one, *box, *look)
        else:
            pixels = self._frames.pixels
            draws = self._frames.draws(clips, self.piece.timeline.phase(ms, self.look.io)[clips], box, look)
        picture = self._renderer.draw(pixels, draws, self._trail(before))
        return self.piece.finish(picture, ms)

    def _trail(self, before: Picture | None) -> Picture | None:
        if before is None or self.look.fa >= 1.0:
            return None
        return (before * np.float32(1.0 - self.look.fa)).astype(np.uint8)  # rounded down: trails end in black


def largest_sizes(piece: Composition, look: Look, frames: int) -> npt.NDArray[np.int64]:
    """Return the largest size (columns, rows) of every clip's cell while it is on the screen: int64, (n, 2).

    It looks at every picture, 1 to `frames`. A clip that is never seen is 0 x 0.
    """
    screen = Screen(piece, look, None)
    largest = np.zeros((2, len(piece.clips)))
    for frame in range(1, frames + 1):
        layout = screen.layout(time_of(frame, look.fps))
        seen = layout.on_screen(look.width, look.height)
        clips = layout.shows[seen]
        np.maximum.at(largest[0], clips, layout.width[seen])
        np.maximum.at(largest[1], clips, layout.height[seen])
    return np.ceil(largest.T - 1e-6).astype(np.int64)
