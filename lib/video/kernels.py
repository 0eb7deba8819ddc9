"""What the first run compiles for pictures of films: once, before workers start, and not in each of them."""

from __future__ import annotations

import numpy as np
from av import VideoFrame

from lib.io.kernel_cache import is_compiled
from lib.video import combing, linear, mean_detector
from lib.video.scaling import Scaler, Turn

NEEDED = (combing._weigh, linear._shrink, linear._mean_light, mean_detector.hsv_mean)
SIZE = 64  # pixels


def compile_pictures() -> None:
    """Look at two small frames and shrink them, so that the kernels that this compiles are on disk."""
    if all(map(is_compiled, NEEDED)):
        return
    scaler, whole = Scaler(), (0, 0, SIZE, SIZE)
    for pixels in ("yuv420p", "rgb24"):
        frame = VideoFrame(SIZE, SIZE, pixels)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        combing.look(frame, frame)
        picture = scaler.picture(frame, whole, Turn(), SIZE // 2, SIZE // 2)
    mean_detector.hsv_mean(np.ascontiguousarray(picture))
