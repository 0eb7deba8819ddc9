"""Means in linear light, by the formula of IEC 61966-2-1 (sRGB): what shrinking is held against."""

import numpy as np


def linear(levels):
    """Return the light, 0 to 1, of levels from 0 to 255."""
    v = np.asarray(levels, float) / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def encoded(light):
    """Return the levels, 0 to 255, of light from 0 to 1."""
    light = np.asarray(light, float)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def mean_level(levels, axis=None):
    """Return the level of the mean light."""
    return encoded(linear(levels).mean(axis=axis))
