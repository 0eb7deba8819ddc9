"""High dynamic range (PQ and HLG, ITU-R BT.2100) brought down to what an ordinary screen shows."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

Light = npt.NDArray[np.float32]

# ffmpeg's numbers of the transfer characteristics (ITU-T H.273).
PQ, HLG = 16, 18
# White of a page, and of ordinary film, within HDR (ITU-R BT.2408), and the brightest graded light, in nits.
WHITE_NITS, PEAK_NITS = 203.0, 1000.0
# Light up to KNEE keeps its proportions; brighter light is compressed, up to the peak, by Reinhard's curve (2002). GAIN
# puts the white of a page at 230 of 255 levels, so that there is room for lights above it.
KNEE, GAIN = 0.5, 1.18
# Steps of the tables: samples are 16 bits wide, of which 12 are used at most.
TABLE = 1 << 16
# Rows of the matrix from the primaries of BT.2020 to those of BT.709, in linear light (ITU-R BT.2087).
TO_709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32)
LUMA_2020 = np.array([0.2627, 0.6780, 0.0593], np.float32)
# Of HLG on a screen of PEAK_NITS
SYSTEM_GAMMA = 1.2


@cache
def light_of(transfer: int) -> Light:
    """Return the light of 16-bit samples: nits for PQ; for HLG that of the scene, 0 to 1."""
    signal = np.arange(TABLE) / (TABLE - 1)
    if transfer == PQ:
        m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 4096 * 128, 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
        power = signal ** (1 / m2)
        return (10_000 * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)).astype(np.float32)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12).astype(np.float32)


def to_sdr(light: Light, transfer: int) -> Light:
    """Return light as of `light_of`, BT.2020, shape (..., 3), as linear light of BT.709, 0 to 1."""
    if transfer == HLG:
        luma = np.maximum(light @ LUMA_2020, 1e-6)[..., None]
        light = PEAK_NITS * luma ** (SYSTEM_GAMMA - 1) * light
    relative = GAIN / WHITE_NITS * light
    brightest = np.maximum(relative.max(axis=-1, keepdims=True), 1e-6)
    pressed = relative * (_pressed(brightest) / brightest)
    return np.clip(pressed @ TO_709.T, 0, 1)


def _pressed(light: Light) -> Light:
    over = np.maximum((light - KNEE) / (1 - KNEE), 0)
    peak = (GAIN * PEAK_NITS / WHITE_NITS - KNEE) / (1 - KNEE)
    shoulder = KNEE + (1 - KNEE) * over * (1 + over / peak**2) / (1 + over)
    return np.where(light <= KNEE, light, np.minimum(shoulder, 1))
