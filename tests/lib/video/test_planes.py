"""Planes of luma and chroma: the colours that they mean, and what is laid over what."""

import numpy as np
import pytest

from lib.video.planes import CHROMA, RGB, Planes, blend
from lib.video.writer import planes_of
from tests.support.each import each

# BT.709, limited range: Y = 16 + 219 (0.2126 R + 0.7152 G + 0.0722 B) / 255, and so on.
COLOURS = {(0, 0, 0): (16, 128, 128), (255, 255, 255): (235, 128, 128), (255, 0, 0): (63, 102, 240),
           (0, 255, 0): (173, 42, 26), (0, 0, 255): (32, 240, 118)}  # fmt: skip
KINDS = (*CHROMA, RGB)


def flat(kind, colour):
    return kind.made_of(np.full((kind.height, kind.width, 3), colour, np.uint8))


@each("pixels", CHROMA)
@each("colour", COLOURS)
def test_colours_are_those_of_hdtv(pixels, colour):
    kind = Planes(16, 8, pixels)
    picture = flat(kind, colour)
    assert picture.size == kind.count
    for plane, value in zip(kind.of(picture), COLOURS[colour], strict=True):
        assert np.abs(plane.astype(int) - value).max() <= 1


@pytest.mark.parametrize("pixels", CHROMA)
def test_chroma_is_that_of_the_mean_of_its_pixels(pixels):
    kind, (across, down) = Planes(38, 6, pixels), CHROMA[pixels]
    rgb = np.random.default_rng(0).integers(0, 256, (6, 38, 3), dtype=np.uint8)
    luma, *chroma = kind.of(kind.made_of(rgb[:, ::-1]))
    parts = rgb[:, ::-1].reshape(6 // down, down, 38 // across, across, 3).mean(axis=(1, 3))
    shares = np.array([0.2126, 0.7152, 0.0722])
    assert np.abs(luma - (16 + 219 / 255 * (rgb[:, ::-1] @ shares))).max() <= 0.51
    for plane, colour, share in zip(chroma, (2, 0), (0.0722, 0.2126), strict=True):
        difference = (parts[..., colour] - parts @ shares) / (2 * (1 - share))
        assert np.abs(plane - (128 + 224 / 255 * difference)).max() <= 0.51


def test_the_format_that_an_encoder_takes():
    assert planes_of("h264", (64, 36)).pixels == "yuv420p"
    assert planes_of("h264_444", (64, 36)).pixels == "yuv444p"
    # What has more bits, or is padded, is made of RGB by the encoder.
    assert {planes_of(codec, (64, 36)).pixels for codec in ("h264_10", "prores", "ffv1")} == {RGB}
    assert planes_of("h264", (63, 36)).pixels == RGB


@each("pixels", KINDS)
def test_black_is_black(pixels):
    kind = Planes(16, 8, pixels)
    assert np.array_equal(kind.black(), flat(kind, (0, 0, 0)))


@each("pixels", KINDS)
def test_a_part_is_covered_and_the_rest_stays(pixels):
    whole, small = Planes(16, 8, pixels), Planes(4, 2, pixels)
    picture = whole.black()
    whole.lay(picture, flat(small, (255, 255, 255)), small, 8, 4, 1.0)
    there = np.zeros((8, 16, 3), np.uint8)
    there[4:6, 8:12] = 255
    first = next(whole.of(whole.made_of(there)))
    assert np.array_equal(next(whole.of(picture)), first)


def test_half_way_between():
    assert blend(np.array([0, 10, 255], np.uint8), np.array([255, 20, 255], np.uint8), 128).tolist() == [128, 15, 255]
    kind = Planes(4, 4, RGB)
    picture = kind.black()
    kind.lay(picture, flat(kind, (200, 100, 0)), kind, 0, 0, 0.5)
    assert picture[:3].tolist() == [100, 50, 0]
