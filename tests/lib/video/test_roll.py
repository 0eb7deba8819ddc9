"""A text that rolls: by whole pixels, from below the picture to above it, as fast as a line is to cross it."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose
from PIL import Image, ImageDraw

from lib.text.title_style import title_style
from lib.text.titles import lay_out_roll
from lib.video.roll import CROSSING_SECONDS, Roll, card
from tests.support.each import each

TEXT = "# Head\n\nA line of text\n\nAnother one, below\n\n- and\n- a list\n\nof gjpqy, which hang down\n"


@each(
    ("width", "height", "fps", "seconds", "step"),
    [(160, 90, 24, 2, 2), (160, 90, 25, 0.6, 6), (96, 54, Fraction(30_000, 1001), 12, 1), (160, 90, 24, 2.5, 2),
     (64, 37, 5, 1, 7)],
)  # fmt: skip
def test_each_picture_is_the_text_further_up(width, height, fps, seconds, step):
    style = title_style()
    roll = Roll(TEXT, style, width, height, Fraction(fps), seconds)
    pictures = list(roll.pictures())
    placed, length = lay_out_roll(TEXT, style, width, height)
    # From where it is below the picture until it is above it.
    assert len(pictures) == roll.frames
    assert (roll.frames - 2) * step < height + length <= (roll.frames - 1) * step
    # All of the text at once, with room above and below.
    strip = Image.new("L", (width, int(length) + 2 * height + 2 * step))
    for piece in placed:
        ImageDraw.Draw(strip).text((piece.x, piece.y + height), piece.text, fill=255, font=piece.font, anchor="ls")
    whole = np.asarray(strip)
    for n, picture in enumerate(pictures):
        assert picture.shape == (height, width, 3)
        assert picture.dtype == np.uint8
        shown = whole[n * step : n * step + height]
        assert (picture == shown[..., None]).all(), n
    assert not pictures[0].any()
    assert not pictures[-1].any()
    assert sum(picture.any() for picture in pictures) > len(pictures) / 2


def test_a_line_crosses_the_picture_in_twelve_seconds():
    assert CROSSING_SECONDS == 12
    usual, stated = (Roll("A", title_style(), 160, 900, Fraction(25), *more) for more in ((), (12.0,)))
    assert usual.frames == stated.frames
    assert usual.frames == pytest.approx(300, abs=20)


def test_colour_and_opacity_are_those_of_the_style():
    white = list(Roll("# A", title_style(), 80, 45, Fraction(5), 1).pictures())
    style = title_style(color="#c86432")
    (red, green, blue), opacity = style.color[:3], style.color[3]
    assert (red, green, blue, opacity) == (200, 100, 50, 255)
    for plain, picture in zip(white, Roll("# A", style, 80, 45, Fraction(5), 1).pictures(), strict=True):
        for channel, level in enumerate((200, 100, 50)):
            assert_allclose(picture[..., channel], plain[..., 0].astype(float) * level / 255, rtol=0, atol=0.51)


def test_a_card_is_the_text_on_black():
    made = card("# A", title_style(), 96, 54)
    assert made.shape == (54, 96, 3)
    assert made.any()
    assert not made[:5].any()
    assert not made[-5:].any()
    rows = np.flatnonzero(made.any(axis=(1, 2)))
    columns = np.flatnonzero(made.any(axis=(0, 2)))
    assert (rows[0] + rows[-1]) / 2 == pytest.approx(26.5, abs=4)
    assert (columns[0] + columns[-1]) / 2 == pytest.approx(47.5, abs=1.5)
