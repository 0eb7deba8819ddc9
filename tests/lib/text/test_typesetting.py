"""Fonts: which is taken for a letter, in which size, and what is said of those that are not there."""

from pathlib import Path

import matplotlib as mpl
import pytest

from lib.errors import MediaError
from lib.text.markdown import Run
from lib.text.title_style import FONTS, REGULAR
from lib.text.typesetting import MISSING, Face, letters, load_font, wrap
from tests.support.each import each

OURS = FONTS / REGULAR
# It has the letters of English, and neither accents nor others.
PLAIN = Path(mpl.get_data_path()) / "fonts" / "ttf" / "cmr10.ttf"


def names(*found):
    return [letter.font.getname()[0] for letter in found]


def test_a_letter_is_of_the_first_font_that_has_it_and_its_accents():
    face = Face((PLAIN, OURS), 20.0)
    found = [face.letter(text) for text in ("x", "x\u0301", "\u0436", "\u6f22")]
    assert [letter.text for letter in found] == ["x", "x\u0301", "\u0436", MISSING]
    assert names(*found) == ["cmr10", "Open Sans", "Open Sans", "Open Sans"]
    # Where none has even that sign, it is written in the first.
    alone = Face((PLAIN,), 20.0)
    found = [alone.letter("\u6f22"), alone.letter(MISSING)]
    assert [letter.text for letter in found] == [MISSING] * 2
    assert names(*found) == ["cmr10"] * 2


def test_letters_are_not_spread_unless_that_is_said():
    face = Face((OURS,), 20.0)
    assert face.spread == 1.0
    (line,) = wrap(letters([Run("HHH")], face, face), 1e9)
    assert line.width == face.font.getlength("HHH")
    assert [part.text for part in line.parts] == ["HHH"]
    # A space between bold and plain words has the font of the word before it.
    bold = Face((PLAIN,), 20.0)
    (line,) = wrap(letters([Run("a "), Run("b", True)], face, bold), 1e9)
    assert [(part.text, part.font.getname()[0]) for part in line.parts] == [("a ", "Open Sans"), ("b", "cmr10")]
    assert line.parts[1].x == face.font.getlength("a ")


@each(("pixels", "size"), [(0.25, 1), (1.0, 1), (1.25, 1.25), (12.5, 12.5), (30_000.0, 30_000), (40_000.0, 30_000)])
def test_sizes_are_those_that_fonts_can_have(pixels, size):
    assert load_font(OURS, pixels).size == size


@each("count", [0, 1, 8, 9, 12])
def test_a_missing_font_lists_eight_that_are_there(tmp_path, count):
    known = [f"{n:02d}.{('ttf', 'OTF', 'ttc')[n % 3]}" for n in range(count)]
    for name in (*known, "a.txt", "b.woff"):
        (tmp_path / name).write_text("")
    with pytest.raises(MediaError) as error:
        load_font(tmp_path / "none.ttf", 12.0)
    listed = ", ".join(known[:8]) + (", ..." if count > 8 else "")
    said = f"this folder has {listed}" if count else "this folder has none"
    assert str(error.value) == f"{tmp_path / 'none.ttf'}: there is no such font; {said}"
