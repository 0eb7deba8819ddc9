"""High dynamic range, by the values that ITU-R BT.2100, BT.2408 and SMPTE ST 2084 name, and by chromaticities."""

import numpy as np
import pytest

from lib.video.hdr import HLG, PQ, light_of, to_sdr
from tests.support.each import each
from tests.support.light import encoded

# x and y of red, green and blue, and of white (D65).
BT_2020, BT_709 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
D65 = (0.3127, 0.3290)


def to_xyz(primaries):
    """The matrix from linear RGB of these primaries to CIE XYZ."""
    columns, white = (np.array([(x / y, 1, (1 - x - y) / y) for x, y in points]).T for points in (primaries, [D65]))
    return columns * np.linalg.solve(columns, white).T


def wide(rgb):
    """Linear RGB of BT.709 as that of BT.2020."""
    return np.asarray(np.linalg.solve(to_xyz(BT_2020), to_xyz(BT_709) @ np.array(rgb, float)), np.float32)


@each("nits", [0.0, 0.01, 1.0, 100.0, 203.0, 1000.0, 10_000.0])
def test_signals_of_pq(nits):
    # The inverse, with the constants as ST 2084 prints them.
    power = (nits / 10_000) ** 0.1593017578125
    signal = ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
    assert np.interp(signal, np.linspace(0, 1, 65536), light_of(PQ)) == pytest.approx(nits, rel=1e-4, abs=1e-6)
    assert light_of(PQ)[round(0.5081 * 65535)] == pytest.approx(100, rel=1e-2)


@each(("signal", "light"), [(0.0, 0.0), (0.25, 1 / 48), (0.5, 1 / 12), (0.75, 0.26496), (1.0, 1.0)])
def test_signals_of_hlg(signal, light):
    assert light_of(HLG)[round(signal * 65535)] == pytest.approx(light, rel=1e-3, abs=1e-9)


def test_the_white_of_a_page_leaves_room_for_brighter_lights():
    white = to_sdr(np.full((1, 3), 203, np.float32), PQ)
    assert encoded(white) == pytest.approx(np.full((1, 3), 230), abs=1)
    # 75 % of HLG is the same light, on a screen of 1000 nits.
    hlg = np.full((1, 3), light_of(HLG)[round(0.75 * 65535)])
    assert to_sdr(hlg, HLG) == pytest.approx(white, abs=2e-3)
    assert to_sdr(np.ones((1, 3), np.float32), HLG) == pytest.approx(np.ones((1, 3)), abs=2e-3)
    lights = to_sdr(np.linspace(0, 1000, 51, dtype=np.float32)[:, None].repeat(3, 1), PQ)[:, 1]
    assert (np.diff(lights) > 0).all()
    assert lights[-1] == pytest.approx(1, abs=1e-3)
    assert to_sdr(np.full((1, 3), 4000, np.float32), PQ) == pytest.approx(np.ones((1, 3)), abs=1e-3)


@each("rgb", [(1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0.2, 0.9, 0.5)])
def test_dim_colours_keep_their_light_and_colour(rgb):
    # Up to the knee, light is multiplied by 1.18: 80 nits of a page's 203 are 0.465.
    found = to_sdr(80 * wide(rgb), PQ)
    assert found == pytest.approx(1.18 * 80 / 203 * np.array(rgb), abs=2e-3)


def test_bright_colours_are_dimmed_without_a_change_of_hue():
    whole = wide((1, 0.5, 0.25))
    found = to_sdr(np.stack([60 * whole, 200 * whole]), PQ)
    assert found[1] / found[1, 0] == pytest.approx(found[0] / found[0, 0], abs=5e-3)
    # By as much as white whose light is that of the brightest channel.
    brightest = to_sdr(np.full((1, 3), 200 * whole.max(), np.float32), PQ)[0, 0]
    assert wide(found[1]).max() == pytest.approx(brightest, abs=5e-3)


def test_the_scene_s_light_of_hlg_is_raised_by_the_screen():
    # BT.2100: 1000 nits times luma^0.2 times the colour; of a grey, luma is the grey itself.
    scene = 0.1 * wide((1, 0.2, 0.2))
    luma = scene @ np.array([0.2627, 0.6780, 0.0593])
    screen = 1000 * luma**0.2 * scene
    assert to_sdr(scene, HLG) == pytest.approx(to_sdr(np.asarray(screen, np.float32), PQ), abs=1e-4)
    assert to_sdr(np.zeros((1, 3), np.float32), HLG).tolist() == [[0, 0, 0]]
