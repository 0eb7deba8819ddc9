"""The first run compiles the kernels: once, before workers start, and not in each of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from lib.audio import bells, biquads, contrast, features, harmonic, partials
from lib.audio.levels import Levels
from lib.audio.spectra import ANALYSIS_RATE

# Kernels that every file with sound needs; where these are compiled, so are all others.
NEEDED = (biquads.filter_sections, contrast._contrast, harmonic._overlap_add, partials.fundamentals, bells.heard)


def is_compiled(kernel: Any) -> bool:
    """Return whether numba has kept the code of a kernel on disk, made from its source as it is now."""
    function = kernel.py_func
    module = function.__module__.rpartition(".")[2]
    try:
        source = os.stat(function.__code__.co_filename).st_mtime
        kept = Path(kernel.stats.cache_path).glob(f"{module}.{function.__qualname__}-*.nbi")
        return any(path.stat().st_mtime >= source for path in kept)
    except OSError:
        return False


def compile_kernels() -> None:
    """Measure half a second of sound, so that the kernels that this compiles are on disk."""
    if all(map(is_compiled, NEEDED)):
        return
    times = np.arange(ANALYSIS_RATE // 2) / ANALYSIS_RATE
    noise = np.random.default_rng(1).uniform(-0.1, 0.1, len(times)).astype(np.float32)
    tone = (0.3 * np.sin(2 * np.pi * 220 * times)).astype(np.float32)
    # A voice that glides takes another way.
    glide = (0.3 * np.sin(2 * np.pi * (200 * times + 400 * times**2))).astype(np.float32)
    with Levels() as levels:
        levels.add(tone)
    features.measure_all([tone, noise, glide])
