"""Long numbers that differ in their last digits: they are drawn as differences, which a float64 can hold."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

# From this size on, numbers that differ by less than this share are drawn as differences from the smallest one.
LONG, NEARLY_EQUAL = 1e7, 1e-4


def offset_of(values: np.ndarray, cells: Sequence[str]) -> Decimal:
    """Return the offset of long numbers that differ in their last digits only, 0 for others.

    values: of the cells, float64, NaN for those that are not drawn.
    """
    known = values[np.isfinite(values)]
    if not len(known) or np.abs(known).min() < LONG:
        return Decimal(0)
    if known.max() - known.min() >= NEARLY_EQUAL * np.abs(known).max():
        return Decimal(0)
    return min(Decimal(cells[row].strip()) for row in np.flatnonzero(np.isfinite(values)).tolist())


def differences(values: np.ndarray, cells: Sequence[str], offset: Decimal) -> np.ndarray:
    """Return numbers less an offset, exact even where a float64 is not: 1e18 + 1 differs from 1e18."""
    out = np.full(len(values), np.nan)
    for row in np.flatnonzero(np.isfinite(values)).tolist():
        out[row] = float(Decimal(cells[row].strip()) - offset)
    return out
