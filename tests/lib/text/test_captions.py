"""Captions: in their corner, readable over anything, and never more than their lines."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from lib.text.captions import _letters, caption_planes, draw_caption
from lib.text.title_style import FONTS, REGULAR
from lib.video.planes import Planes
from tests.support.each import each


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


@each("size", [(2, 2), (9, 16), (64, 4), (90, 160)])
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


@pytest.mark.parametrize("height", [100, 360, 540])
def test_letters_have_the_size_and_the_places_of_their_lines(height):
    size, margin, width = max(height / 27, 11), max(height / 30, 5.5), height
    font = ImageFont.truetype(str(FONTS / REGULAR), size)
    text = "HHHHHHHH " * 40
    top, ink, shade = _letters(text, width, height)
    rows = np.flatnonzero(ink[..., 0].max(axis=1) > 0.5) + top
    ends = [*rows[:-1][np.diff(rows) > 1], rows[-1]]
    begins = [rows[0], *rows[1:][np.diff(rows) > 1]]
    # Three lines, each 1.35 sizes below the one before; the last one's descenders end at the margin.
    base = height - margin - font.getmetrics()[1]
    assert ends == pytest.approx([base - 2.7 * size - 1, base - 1.35 * size - 1, base - 1], abs=1)
    letter = Image.new("L", (99, 99))
    ImageDraw.Draw(letter).text((9, 70), "H", fill=255, font=font, anchor="ls")
    above, left = np.argwhere(np.asarray(letter) > 127).min(axis=0) - (70, 9)
    assert np.array(ends) - begins == pytest.approx([-above - 1] * 3, abs=1)
    columns = np.flatnonzero(ink[..., 0].max(axis=0) > 0.5)
    assert columns[0] == pytest.approx(margin + left, abs=1)
    assert width - margin - font.getlength("HHHHHHHH ") < columns[-1] < width - margin
    # Above the lines is room for their shadow.
    assert top == int(height - margin - 3 * 1.35 * size - 0.35 * size)
    blurred = Image.fromarray(np.round(255 * ink[..., 0]).astype(np.uint8)).filter(
        ImageFilter.GaussianBlur(0.175 * size)
    )
    assert shade[..., 0] == pytest.approx(np.minimum(2.5 / 255 * np.asarray(blurred), 0.85), abs=1e-5)
    assert _letters("MMWMM", 540, 540)[2].max() == pytest.approx(0.85)


@pytest.mark.parametrize(("across", "down"), [(1, 1), (2, 1), (2, 2)])
def test_light_and_colour_under_letters(across, down):
    random, width, height = np.random.default_rng(1), 64, 36
    # (The planes are larger than the picture in them.)
    luma = random.integers(16, 236, (40, 68), np.uint8)
    chroma = random.integers(16, 241, (2, 40 // down, 68 // across), np.uint8)
    planes = [luma.copy(), *(plane.copy() for plane in chroma)]
    caption_planes(planes, width, height, "X y")
    top, ink, shade = _letters("X y", width, height)
    assert ink.max() > 0.8
    left = np.ones((40, 68))
    left[top:height, :width] = ((1 - ink) * (1 - shade))[..., 0]
    white = np.zeros((40, 68))
    white[top:height, :width] = ink[..., 0]
    assert planes[0] == pytest.approx(16 + (luma - 16.0) * left + 219 * white, abs=0.51)
    # Of pixels that share their colour, the mean; a row of chroma that begins above the caption stays.
    left[: -(-top // down) * down] = 1
    shared = left.reshape(40 // down, down, 68 // across, across).mean(axis=(1, 3))
    for plane, before in zip(planes[1:], chroma, strict=True):
        assert plane == pytest.approx(128 + (before - 128.0) * shared, abs=0.51)


def test_a_caption_is_mixed_with_what_is_below_it():
    picture = np.random.default_rng(2).integers(0, 256, (90, 160, 3), np.uint8)
    top, ink, shade = _letters("Title", 160, 90)
    expected = picture.astype(float)
    expected[top:] = expected[top:] * (1 - shade) * (1 - ink) + 255 * ink
    assert draw_caption(picture, "Title") == pytest.approx(expected, abs=0.51)


@each("height", [60, 150, 170, 296, 300, 1000, 2997])
@each("lines", [1, 2, 3, 4])
def test_a_caption_takes_its_lines_the_margin_and_the_reach_of_its_shadow(height, lines):
    size, margin = max(height / 27, 11), max(height / 30, 5.5)
    # Letters as wide as the picture less both margins: a line each.
    font = ImageFont.truetype(str(FONTS / REGULAR), size)
    width = int(font.getlength("HHHH") + 2 * margin) + 1
    top, ink, shade = _letters("HHHH " * lines, width, height)
    count = min(lines, 3)
    assert top == max(int(height - margin - (1.35 * count + 0.35) * size), 0)
    assert ink.shape == shade.shape == (height - top, width, 1)
    drawn = Image.new("L", (width, height - top))
    for n in range(count):
        base = height - top - margin - font.getmetrics()[1] - 1.35 * size * (count - 1 - n)
        ImageDraw.Draw(drawn).text((margin, base), "HHHH", fill=255, font=font, anchor="ls")
    assert np.array_equal(np.round(255 * ink[..., 0]).astype(np.uint8), np.asarray(drawn))


def test_a_line_ends_at_the_margin():
    height = 300
    size, margin = height / 27, height / 30
    font = ImageFont.truetype(str(FONTS / REGULAR), size)
    for text, room in (("HHHH H", 1.5 * margin), ("HHHH H", 2 * margin + 1)):
        top, *_ = _letters(text, int(font.getlength(text) + room), height)
        lines = 1 if room > 2 * margin else 2
        assert top == int(height - margin - (1.35 * lines + 0.35) * size)


def test_a_caption_larger_than_its_picture_begins_at_its_top():
    top, ink, _ = _letters("X", 40, 9)
    assert (top, len(ink)) == (0, 9)
