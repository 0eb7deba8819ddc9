"""Compilation of kernels for pictures of films: once, before workers start, instead of once in each worker.

Their modules are imported when it is known that they are needed.
"""

from __future__ import annotations

import numpy as np
from av import VideoFrame

from lib.io.kernel_cache import is_compiled
from lib.io.progress import watch_compiler

# Pixels of a test picture's side.
SIZE = 64


def _frame(pixels: str) -> VideoFrame:
    frame = VideoFrame(SIZE, SIZE, pixels)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    return frame


def compile_reading() -> None:
    """Compile the kernel that every film needs whose frames are read, unless it is on disk."""
    from lib.video import combing

    watch_compiler()
    if not is_compiled(combing._weigh):
        combing.look(_frame("yuv420p"), _frame("yuv420p"))


def compile_levels() -> None:
    """Compile the kernels of the detector `mean`, unless they are on disk."""
    from lib.video import mean_detector

    compile_reading()
    if not is_compiled(mean_detector.hsv_mean):
        mean_detector.hsv_mean(np.zeros((SIZE, SIZE, 3), np.uint8))


def compile_pictures() -> None:
    """Compile the kernels for pictures smaller than their frames, unless they are on disk."""
    from lib.video import linear
    from lib.video.scaling import Scaler, Turn

    compile_reading()
    if not (is_compiled(linear._shrink) and is_compiled(linear._mean_light)):
        for pixels in ("yuv420p", "rgb24"):
            Scaler().picture(_frame(pixels), (0, 0, SIZE, SIZE), Turn(), SIZE // 2, SIZE // 2)
