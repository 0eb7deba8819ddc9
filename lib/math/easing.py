"""Easing: curves of progress from 0 to 1. All take numbers or arrays and clamp them to 0-1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lib.math.arrays import FloatArray

# The rising part of a glow, as a fraction of its length.
RISE = 0.2


def progress(now: npt.ArrayLike, begin: npt.ArrayLike, length: npt.ArrayLike) -> FloatArray:
    """Return the progress of `now` from `begin` over `length`, 0 to 1; with length 0 it is 1 from `begin` on.

    >>> float(progress(150.0, 100.0, 200.0))
    0.25
    """
    gone, whole = np.broadcast_arrays(np.subtract(now, begin, dtype=np.float64), np.asarray(length, np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, np.clip(gone / whole, 0.0, 1.0), (gone >= 0).astype(np.float64))


def sine(n: npt.ArrayLike) -> FloatArray:
    """Ease in and out along a sine: (sin((n + 1.5) pi) + 1) / 2."""
    return (np.sin((np.clip(n, 0.0, 1.0) + 1.5) * np.pi) + 1.0) / 2.0


def bell(n: npt.ArrayLike) -> FloatArray:
    """Rise from 0 to 1 at the middle and fall to 0 again, along a sine."""
    return (np.sin((2.0 * np.clip(n, 0.0, 1.0) + 1.5) * np.pi) + 1.0) / 2.0


def quad(n: npt.ArrayLike) -> FloatArray:
    """Ease in and out quadratically."""
    clamped = np.clip(n, 0.0, 1.0)
    return np.where(clamped < 0.5, 2.0 * clamped**2, 1.0 - 2.0 * (1.0 - clamped) ** 2)


def quad_bell(n: npt.ArrayLike) -> FloatArray:
    """Rise from 0 to 1 at the middle and fall to 0 again, along two quadratic eases back to back."""
    return quad(1.0 - np.abs(2.0 * np.clip(n, 0.0, 1.0) - 1.0))


def when_sine(n: npt.ArrayLike) -> FloatArray:
    """Return when `sine` is at `n`: its inverse.

    >>> round(float(when_sine(0.25)), 6)
    0.333333
    """
    return np.arccos(1.0 - 2.0 * np.clip(n, 0.0, 1.0)) / np.pi


def cubic(n: npt.ArrayLike) -> FloatArray:
    """Ease in and out cubically."""
    clamped = np.clip(n, 0.0, 1.0)
    return np.where(clamped < 0.5, 4.0 * clamped**3, 1.0 - 4.0 * (1.0 - clamped) ** 3)


def mix(ends: tuple[npt.ArrayLike, npt.ArrayLike], n: npt.ArrayLike) -> FloatArray:
    """Return the value at `n` between two ends: the first at 0, the second at 1.

    >>> float(mix((10.0, 20.0), 0.25))
    12.5
    """
    first, last = np.asarray(ends[0], np.float64), np.asarray(ends[1], np.float64)
    return first + (last - first) * np.asarray(n, np.float64)


def glow(n: npt.ArrayLike, rise: float = RISE) -> FloatArray:
    """Rise from 0 to 1 within `rise` (the first fifth), fall back to 0 over the rest, both along a sine."""
    n = np.asarray(n, np.float64)
    return np.where(n < rise, sine(n / rise), sine((1.0 - n) / (1.0 - rise)))
