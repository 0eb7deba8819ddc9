"""Linear light to a step of 1/32,768: the curve, its inverses, and the sums of each path, in double precision."""

import itertools

import numpy as np
import pytest

from lib.video import linear
from tests.support.light import encoded
from tests.support.light import linear as srgb

LEVELS = np.arange(256)


def test_the_curve_goes_through_black_and_white_and_is_near_that_of_srgb():
    assert linear.to_linear(np.array([0, 255])) == pytest.approx([0, 1], abs=1e-7)
    assert encoded(linear.to_linear(LEVELS)) == pytest.approx(LEVELS, abs=2)
    assert linear.to_linear(LEVELS) == pytest.approx(srgb(LEVELS), abs=0.01)
    assert linear.light_of_levels() == pytest.approx(linear.to_linear(LEVELS), abs=1e-7)


def test_the_inverses_return_the_levels():
    fine = np.arange(0, 255.01, 0.25)
    light = linear.to_linear(fine).astype(np.float32)
    level_of = getattr(linear.level_of, "py_func", linear.level_of)
    assert np.array([level_of(one) for one in light]) == pytest.approx(fine, abs=0.01)
    # (Between levels the table is linear in light: in the darkest colours that is 1/70 of a level beside the curve.)
    assert linear.from_linear(light) == pytest.approx(fine, abs=1 / 70)
    assert linear.from_linear(light[::4]) == pytest.approx(fine[::4], abs=1 / 250)
    # A level counts up to half a level above it.
    table = linear.levels_of_light()
    assert table.shape == (32769,)
    assert table.dtype == np.uint8
    halves = linear.to_linear(np.arange(255) + 0.5)
    for step in (*range(64), *range(64, 32769, 97), 32768):
        assert table[step] == sum(half <= step / 32768 for half in halves)
    assert linear.from_linear(np.array([-0.5, 1.5], np.float32)).tolist() == [0, 255]


def test_levels_are_rounded_from_steps():
    table = linear.levels_of_light()
    steps = np.array([-3, 0, 0.49, 0.51, 100.49, 100.51, 32767.4, 32768, 40000])
    expected = table[[0, 0, 0, 1, 100, 101, 32767, 32768, 32768]]
    assert linear.to_levels((steps / 32768).astype(np.float32)).tolist() == expected.tolist()


def coverage(source, made):
    """Return how much of each source pixel is in each made one, as a share of the latter: shape (made, source)."""
    box = source / made
    return np.array(
        [[max(min((n + 1) * box, m + 1) - max(n * box, m), 0) / box for m in range(source)] for n in range(made)]
    )


def planes(seed, rows, columns, halved, lowered):
    random = np.random.default_rng(seed)
    luma = random.integers(0, 256, (rows, columns), np.uint8)
    blue, red = random.integers(0, 256, (2, rows >> lowered, columns >> halved), np.uint8)
    return luma, blue, red


def light_of(one, halved, lowered, full_range):
    """Return the light of each pixel, by ITU-R BT.709, clipped to what there is between black and white."""
    luma, blue, red = (plane.astype(float) for plane in one)
    blue, red = (np.repeat(np.repeat(p, 1 + lowered, 0), 1 + halved, 1)[: len(luma)] - 128 for p in (blue, red))
    y = luma / 255 if full_range else (luma - 16) / 219
    blue, red = blue / (255 if full_range else 224), red / (255 if full_range else 224)
    r, b = y + 1.5748 * red, y + 1.8556 * blue
    g = (y - 0.2126 * r - 0.0722 * b) / 0.7152
    v = np.stack([r, g, b], -1).clip(0, 1)
    return ((linear.CUBIC * v + linear.SQUARE) * v + linear.LINE) * v


def steps_of(one, halved, lowered, full_range, part, width, height):
    """Return the sums in steps of light, as far as 8 bits hold them: the table of levels is one that counts."""
    counting = (np.arange(32769) % 256).astype(np.uint8)
    out = np.empty((height, width, 3), np.uint8)
    numbers = linear.yuv_numbers("709", full_range)
    linear._shrink((*one, lowered, tuple(numbers)), part, halved, counting, out)
    return out


LEFTS_AND_TOPS = [(0, 0), (1, 0), (2, 1), (3, 2), (4, 3)]
SIZES = [
    (1, 1, 1, 1), (5, 5, 5, 5), (7, 6, 3, 4), (8, 4, 2, 2), (8, 8, 3, 3), (7, 8, 2, 2), (12, 9, 2, 2), (12, 12, 2, 2),
    (11, 12, 2, 2), (12, 11, 2, 2), (14, 13, 2, 2), (13, 13, 2, 1), (6, 6, 1, 1), (4, 3, 1, 3), (9, 12, 2, 1),
    (16, 10, 3, 3), (18, 18, 3, 3),
]  # fmt: skip


@pytest.mark.parametrize(("halved", "lowered", "full_range"), [(0, 0, 0), (1, 0, 1), (1, 1, 0)])
def test_each_sum_is_right_to_a_step(halved, lowered, full_range):
    tried = set()
    for seed, ((left, top), (across, down, width, height)) in enumerate(itertools.product(LEFTS_AND_TOPS, SIZES)):
        one = planes(seed, 24, 24, halved, lowered)
        part = (left, top, across, down)
        light = light_of(one, halved, lowered, full_range)[top : top + down, left : left + across]
        # From an even column on, chroma with half the columns is summed in pairs if four and more make one; one of
        # each pair is read, in a checkerboard, where six and more rows do as well.
        paired = halved and left % 2 == 0 and across >= 4 * width
        sparse = paired and across >= 6 * width and down >= 6 * height
        if paired:
            light = light[:, : across // 2 * 2].reshape(down, across // 2, 2, 3)
            light = light[np.arange(down), :, np.arange(top, top + down) % 2] if sparse else light.mean(2)
        tried.add((bool(paired), bool(sparse)))
        wanted = np.einsum("yr,xc,rcn->yxn", coverage(down, height), coverage(light.shape[1], width), light)
        found = steps_of(one, bool(halved), bool(lowered), bool(full_range), part, width, height)
        apart = (found.astype(float) - wanted * 32768 + 128) % 256 - 128
        assert np.abs(apart).max() < 0.6, (part, width, height)
    assert len(tried) == (3 if halved else 1)


def test_black_is_no_step_and_white_all_of_them():
    one = planes(1, 12, 12, False, False)
    one[0][:6], one[0][6:], one[1][:], one[2][:] = 16, 235, 128, 128
    for width in (1, 2, 5, 12):
        found = steps_of(one, False, False, False, (0, 0, 12, 12), width, 2)
        assert (found == 0).all()  # (32,768 is 0 in eight bits, and so is 0)
        assert (steps_of(one, False, False, False, (0, 3, 12, 6), width, 1) == 16384 % 256).all()


def test_light_below_black_and_above_white_is_that_of_black_and_white():
    one = planes(1, 8, 8, False, False)
    one[0][:], one[1][:], one[2][:] = 235, 128, 128
    one[0][:4] = 16
    numbers = linear.yuv_numbers("709", False)
    found = linear.shrink_yuv(one, False, False, numbers, (0, 0, 8, 8), 2, 4)
    assert found[:, :, 0].tolist() == [[0, 0], [0, 0], [255, 255], [255, 255]]
    one[0][:4], one[0][4:] = 0, 255
    assert linear.shrink_yuv(one, False, False, numbers, (0, 0, 8, 8), 2, 4).tolist() == found.tolist()


@pytest.mark.parametrize("left", [0, 1, 2])
def test_means_of_a_part_of_a_picture(left):
    random = np.random.default_rng(left)
    picture = random.integers(0, 256, (11, 12, 3), np.uint8)
    light = random.uniform(0, 1, 256).astype(np.float32)
    for columns, rows, width, height in [(7, 6, 3, 4), (8, 9, 2, 9), (5, 5, 5, 1), (1, 1, 1, 1), (9, 4, 4, 3)]:
        part = light[picture[2 : 2 + rows, left : left + columns]].astype(float)
        wanted = np.einsum("yr,xc,rcn->yxn", coverage(rows, height), coverage(columns, width), part)
        found = linear.mean_light(picture, (left, 2, columns, rows), light, width, height)
        assert found.shape == (height, width, 3)
        assert found == pytest.approx(wanted, abs=2e-6)
