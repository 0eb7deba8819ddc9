"""The first run compiles the kernels: once, before workers start, instead of once in each worker."""

from __future__ import annotations

import numpy as np

from lib.audio import bells, biquads, clearness, contrast, features, harmonic, levels, mel, partials
from lib.audio.fingerprints import fingerprint
from lib.audio.spectra import ANALYSIS_RATE
from lib.io.kernel_cache import is_compiled
from lib.io.progress import watch_compiler

# Kernels that every file with sound needs; if these are compiled, all others are.
NEEDED = (
    biquads.filter_sections, contrast._contrast, harmonic._overlap_add, partials.fundamentals, bells.heard,
    clearness.clearnesses, levels._sounds_until,
)  # fmt: skip


def compile_kernels() -> None:
    """Measure half a second of sound, so that the kernels that this compiles are on disk."""
    watch_compiler()
    if all(map(is_compiled, NEEDED)):
        return
    times = np.arange(ANALYSIS_RATE // 2) / ANALYSIS_RATE
    noise = np.random.default_rng(1).uniform(-0.1, 0.1, len(times)).astype(np.float32)
    tone = (0.3 * np.sin(2 * np.pi * 220 * times)).astype(np.float32)
    # A gliding voice uses other kernels.
    glide = (0.3 * np.sin(2 * np.pi * (200 * times + 400 * times**2))).astype(np.float32)
    with levels.Levels() as heard:
        heard.add(tone)
        heard.finish()
        heard.steepest(0, heard.count)
        heard.end_of_sound(0, heard.count, 50.0)
    features.measure_all([tone, noise, glide])


def compile_fingerprints() -> None:
    """Measure the fingerprint of a noise, so that the kernels that this compiles are on disk."""
    watch_compiler()
    if not is_compiled(mel._mel_power):
        fingerprint(np.random.default_rng(1).uniform(-0.1, 0.1, ANALYSIS_RATE // 10).astype(np.float32))
