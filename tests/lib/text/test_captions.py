"""Captions: in their corner, readable over anything, and never more than their lines."""

import numpy as np
import pytest

from lib.text.captions import caption_planes, draw_caption
from lib.video.planes import Planes


def changed(picture, text):
    """Return the rows and columns that a caption has changed, as (first, last) each."""
    rows, columns = np.nonzero((draw_caption(picture, text) != picture).any(axis=2))
    return (rows.min(), rows.max()), (columns.min(), columns.max())


@pytest.mark.parametrize("level", [0, 128, 255])
def test_letters_are_at_the_lower_left_and_stand_out(level):
    picture = np.full((180, 320, 3), level, np.uint8)
    out = draw_caption(picture, "C4 film.mp4")
    (top, bottom), (left, right) = changed(picture, "C4 film.mp4")
    assert 140 < top < bottom < 180
    assert left < 16
    assert right < 160
    part = out[top : bottom + 1, left : right + 1].astype(int)
    assert part.max() > 235
    assert part.min() < 130


def test_no_text_leaves_the_picture():
    picture = np.zeros((36, 64, 3), np.uint8)
    assert draw_caption(picture, "  ") is picture


@pytest.mark.parametrize("size", [(2, 2), (9, 16), (64, 4), (90, 160)])
def test_long_texts_and_small_pictures(size):
    picture = np.zeros((*size, 3), np.uint8)
    assert draw_caption(picture, "a very long name of a file " * 40 + "ж漢\u0301").shape == picture.shape


@pytest.mark.slow
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p", "yuv444p"])
def test_a_caption_on_planes_is_that_on_a_picture(pixels):
    kind = Planes(320, 180, pixels)
    picture = np.full((180, 320, 3), (200, 60, 30), np.uint8)
    made = kind.made_of(picture)
    caption_planes(list(kind.of(made)), 320, 180, "C4 film.mp4")
    wanted = kind.made_of(draw_caption(picture, "C4 film.mp4"))
    assert np.abs(made.astype(int) - wanted).max() <= 3
    assert not np.array_equal(made, kind.made_of(picture))
