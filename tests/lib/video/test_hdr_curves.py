"""The curves of HDR, formula by formula: SMPTE ST 2084, ITU-R BT.2100 and BT.2087, and Reinhard's shoulder."""

import numpy as np
import pytest

from lib.video.hdr import HLG, LUMA_2020, PQ, TO_709, light_of, to_sdr
from tests.support.each import each

# x and y of red, green and blue, and of white (D65).
BT_2020, BT_709 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
D65 = (0.3127, 0.3290)


def to_xyz(primaries):
    columns, white = (np.array([(x / y, 1, (1 - x - y) / y) for x, y in points]).T for points in (primaries, [D65]))
    return columns * np.linalg.solve(columns, white).T


def test_the_matrix_and_the_weights_are_those_of_the_primaries_to_four_digits():
    exact = np.linalg.solve(to_xyz(BT_709), to_xyz(BT_2020))
    assert np.abs(TO_709 - exact).max() < 6e-5
    assert np.abs(LUMA_2020 - to_xyz(BT_2020)[1]).max() < 6e-5
    assert TO_709.sum(axis=1) == pytest.approx([1, 1, 1], abs=2e-4)


def test_all_signals_of_pq():
    signal = np.arange(65536) / 65535
    power = signal ** (1 / 78.84375)
    nits = 10_000 * (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125)
    table = light_of(PQ)
    assert (table.shape, table.dtype) == ((65536,), np.float32)
    np.testing.assert_allclose(table, nits, rtol=1e-5, atol=1e-7)
    assert (table[0], table[-1]) == (0, 10_000)


def test_all_signals_of_hlg():
    signal = np.arange(65536) / 65535
    light = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    table = light_of(HLG)
    assert (table.shape, table.dtype) == ((65536,), np.float32)
    np.testing.assert_allclose(table, light, rtol=1e-5)
    assert np.abs(np.diff(table)).max() < 1e-4  # without a step in the middle


def pressed(light):
    """Up to a half as it is; above by Reinhard's curve (2002), for which the peak of 1000 nits is white."""
    peak = (1.18 * 1000 / 203 - 0.5) / 0.5
    over = (light - 0.5) / 0.5
    return light if light <= 0.5 else min(0.5 + 0.5 * over * (1 + over / peak**2) / (1 + over), 1)


@each("nits", [0, 1, 50, 86.0, 86.1, 100, 150, 203, 400, 700, 999, 1000, 1001, 3000, 10_000])
def test_greys_are_pressed_by_the_curve(nits):
    found = to_sdr(np.full((2, 3), nits, np.float32), PQ)
    assert found == pytest.approx(np.full((2, 3), pressed(1.18 * nits / 203)), abs=3e-4)  # (that of the matrix)
    assert found.dtype == np.float32
    assert found.max() <= 1


@each("seed", range(3))
@each("transfer", [PQ, HLG])
def test_colours_are_pressed_by_their_brightest_channel(seed, transfer):
    random = np.random.default_rng(seed)
    light = random.uniform(0, 1, (40, 3)) ** 2 * (1 if transfer == HLG else 2000)
    light[0], light[1] = 0, 1e-9
    found = to_sdr(light.astype(np.float32), transfer)
    for stored, made in zip(light, found, strict=True):
        colour = stored
        if transfer == HLG:  # of the scene: on a screen of 1000 nits, raised by its luma
            luma = max(float(stored @ [0.2627, 0.6780, 0.0593]), 1e-6)
            colour = 1000 * luma**0.2 * stored
        relative = 1.18 / 203 * colour
        brightest = max(relative.max(), 1e-6)
        expected = np.clip(TO_709.astype(float) @ (relative * pressed(brightest) / brightest), 0, 1)
        assert made == pytest.approx(expected, abs=1e-5)
