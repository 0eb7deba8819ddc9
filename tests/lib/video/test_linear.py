"""Shrinking in linear light: each pixel is the mean of its area, worked out with overlaps in double precision."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.video.linear import mean_light, shrink_rgb, shrink_yuv, yuv_numbers
from tests.support.each import each
from tests.support.light import encoded, linear

LIGHT = np.linspace(0, 1, 256, dtype=np.float32)


def overlaps(source, made):
    """Return the share of each source pixel in each made one, shape (made, source): each row adds up to 1."""
    edges = np.arange(made + 1)[:, None] * source / made
    covered = np.clip(np.arange(source)[None] + 1 - edges[:-1], 0, 1)
    covered = np.minimum(covered, np.clip(edges[1:] - np.arange(source)[None], 0, 1))
    return covered / covered.sum(axis=1, keepdims=True)


def test_means_of_whole_pixels():
    picture = np.zeros((2, 4, 3), np.uint8)
    picture[0, :, 1] = 0, 51, 102, 153
    picture[1, :, 1] = 51, 102, 153, 204
    made = mean_light(picture, (0, 0, 4, 2), LIGHT, 2, 1)
    assert made[0, :, 1] == pytest.approx([0.2, 0.6], abs=1e-6)
    assert not made[:, :, [0, 2]].any()
    assert mean_light(picture, (1, 1, 2, 1), LIGHT, 1, 1)[0, 0, 1] == pytest.approx(0.5, abs=1e-6)


@given(st.integers(1, 17), st.integers(1, 17), st.data())
def test_each_pixel_is_the_mean_of_its_area(columns, rows, data):
    width, height = data.draw(st.integers(1, columns)), data.draw(st.integers(1, rows))
    left, top = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3))
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    picture = random.integers(0, 256, (top + rows + 2, left + columns + 2, 3), np.uint8)
    part = picture[top : top + rows, left : left + columns] / 255
    wanted = np.einsum("yr,xc,rcn->yxn", overlaps(rows, height), overlaps(columns, width), part)
    made = mean_light(picture, (left, top, columns, rows), LIGHT, width, height)
    assert made.shape == wanted.shape
    assert np.abs(made - wanted).max() <= 1e-5


def test_half_black_half_white_is_no_middle_grey():
    """The mean of the light, not of the levels: 188 of 255 by the curve of sRGB."""
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[::2] = 255
    wanted = encoded(linear([0, 255]).mean())
    assert shrink_rgb(picture, (0, 0, 8, 8), 2, 2) == pytest.approx(np.full((2, 2, 3), wanted), abs=2)


def matrix_of(kr, kb, full_range):
    """Return the matrix from R, G, B (0 to 1) to Y, U, V as stored, and the levels of black: as ITU-R BT.601 says."""
    luma = np.array([kr, 1 - kr - kb, kb])
    blue, red = (np.array([0, 0, 1]) - luma) / (2 - 2 * kb), (np.array([1, 0, 0]) - luma) / (2 - 2 * kr)
    scales = (255, 255, 255) if full_range else (219, 224, 224)
    return np.array([luma, blue, red]) * np.array(scales)[:, None], np.array([0 if full_range else 16, 128, 128])


STANDARDS = {"601": (0.299, 0.114), "709": (0.2126, 0.0722), "2020": (0.2627, 0.0593), "240": (0.212, 0.087),
             "fcc": (0.30, 0.11)}  # fmt: skip


@each("full_range", [False, True])
@each("matrix", STANDARDS)
def test_the_numbers_of_a_matrix_invert_it(matrix, full_range):
    gain, offset, to_red, blue_green, red_green, to_blue = yuv_numbers(matrix, full_range).tolist()
    ours = np.array([[gain, 0, to_red], [gain, blue_green, red_green], [gain, to_blue, 0]])
    forward, black = matrix_of(*STANDARDS[matrix], full_range)
    assert ours @ forward == pytest.approx(np.eye(3), abs=1e-5)
    assert offset == pytest.approx(-black[0] * gain)


@each(
    ("part", "width", "height"),
    [
        ((0, 0, 9, 7), 9, 7),
        ((2, 2, 12, 9), 5, 4),
        ((3, 1, 24, 20), 4, 3),  # pairs do not begin at an odd column
        ((0, 0, 15, 12), 4, 6),
        ((2, 1, 16, 13), 4, 3),  # four columns to one: in pairs
        ((2, 1, 22, 24), 4, 3),
        ((0, 3, 24, 11), 4, 2),  # six columns, but not six rows: all pixels
        ((2, 3, 24, 18), 4, 3),  # six of both: every other pixel
        ((0, 0, 26, 25), 3, 2),
    ],
)
@each(("halved", "lowered"), [(False, False), (True, False), (True, True)])
def test_planes_are_shrunk_to_the_mean_light_of_each_area(part, width, height, halved, lowered):
    random = np.random.default_rng(width)
    rows, columns = 28, 30
    luma = random.integers(0, 256, (rows, columns), np.uint8)
    blue, red = random.integers(60, 196, (2, rows >> lowered, columns >> halved), np.uint8)
    left, top, across, down = part
    found = shrink_yuv((luma, blue, red), halved, lowered, yuv_numbers("709", False), part, width, height)
    wide = [np.repeat(np.repeat(plane, 1 + lowered, 0), 1 + halved, 1) for plane in (blue, red)]
    forward, black = matrix_of(*STANDARDS["709"], False)
    light = linear(255 * (np.linalg.inv(forward) @ (np.stack([luma, *wide], -1) - black)[..., None])[..., 0].clip(0, 1))
    light = light[top : top + down, left : left + across]
    if halved and left % 2 == 0 and across >= 4 * width:  # a pair is parted between two areas as a whole
        pairs = light.reshape(down, -1, 2, 3)
        # Of narrow ones, one pixel counts, and in the next row of the film the other.
        narrow = across >= 6 * width and down >= 6 * height
        one = pairs[np.arange(down), :, np.arange(top, top + down) & 1] if narrow else pairs.mean(2)
        light = np.repeat(one, 2, 1)
    wanted = np.einsum("yr,xc,rcn->yxn", overlaps(down, height), overlaps(across, width), light)
    assert found == pytest.approx(encoded(wanted), abs=2.5)
