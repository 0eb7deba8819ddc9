"""`pytest.approx` of large arrays: it compares number by number, which takes a second for half a million."""

import numpy as np
import pytest

# From this number of numbers on an array is compared as a whole first.
MANY = 50


def compare_arrays_as_a_whole():
    """Let `pytest.approx` compare arrays in one step. What is not equal then, it compares and reports as always."""
    for expected in (np.zeros(1), 0.0):
        kind = type(pytest.approx(expected))
        kind.__eq__ = quickly(kind.__eq__)


def quickly(compare):
    def compared(expected, actual):
        __tracebackhide__ = True
        return all_within(expected, actual) or compare(expected, actual)

    return compared


def all_within(expected, actual):
    """Say whether an array is surely within the tolerance of an `approx` of an array or a number."""
    if not isinstance(actual, np.ndarray) or actual.size < MANY:
        return False
    wanted = np.asarray(expected.expected)
    if {actual.dtype.kind, wanted.dtype.kind} - set("fiu") or wanted.shape not in ((), actual.shape):
        return False
    wanted = wanted.astype(float)
    tolerance = np.full(wanted.shape, 1e-12 if expected.abs is None else float(expected.abs))
    if expected.rel is not None or expected.abs is None:
        tolerance = np.maximum(tolerance, (1e-6 if expected.rel is None else float(expected.rel)) * np.abs(wanted))
    # (Neither infinite numbers nor those that are none are within anything.)
    return bool(np.isfinite(wanted).all() and (np.abs(wanted - actual.astype(float)) <= tolerance).all())
