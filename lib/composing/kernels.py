"""Compilation of kernels for compositions: once, before workers start, instead of once in each worker."""

from __future__ import annotations

import numpy as np

from lib.composing import clip_frames, drawing, mipmaps, rasterizer
from lib.io.kernel_cache import is_compiled
from lib.io.progress import watch_compiler
from lib.video.kernels import compile_pictures


def compile_frames() -> None:
    """Compile the kernels for the frames of clips, unless they are on disk."""
    compile_pictures()
    if not is_compiled(mipmaps._reduce):
        mipmaps.pyramid(np.zeros((64, 64, 3), np.uint8))


def compile_drawing() -> None:
    """Draw a clip, so that the kernels that this compiles are on disk."""
    watch_compiler()
    if is_compiled(drawing.draw) and is_compiled(clip_frames._choose):
        return
    place, number = np.zeros(1, np.int64), np.ones(1)
    draws = rasterizer.DrawList(place, place + 2, place + 2, *[number] * 8)
    with rasterizer.Rasterizer(8, 8) as screen:
        screen.draw(np.zeros(12, np.uint8), draws)
    none = [np.zeros(0)] * 4
    clip_frames.ClipFrames([], [], "fill").draws(np.zeros(0, np.int64), np.zeros(0), none, none)
