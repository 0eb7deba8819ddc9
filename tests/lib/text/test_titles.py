"""Titles: where the ink is, against the measures of the font (Open Sans: 2048 units, capitals 1462, H 1511 wide)."""

import math
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager

from lib.errors import MediaError
from lib.text.title_style import DEFAULTS, FONTS, title_style
from lib.text.titles import draw_titles, lay_out, lay_out_roll, read_titles
from lib.text.typesetting import MISSING, characters_of, installed
from tests.support.each import each

ROOT = Path(__file__).parents[3]
OTHER_FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"
CAPITALS, H_ADVANCE = 1462 / 2048, 1511 / 2048
CLEAR = "#00000000"
EVEN = "size=100&margin=0&lineHeight=1&letterWidth=1"


def black(width=1920, height=1080):
    return np.zeros((height, width, 3), np.uint8)


def draw(text, width=1920, height=1080, **flags):
    return draw_titles(black(width, height), text, title_style(**({"bg": CLEAR, "tyoffset": 0.0} | flags)))


def bright(picture):
    """Where a colour is above 127: its highest bit is set."""
    return (picture[..., 0] | picture[..., 1] | picture[..., 2]) > 127


def box(picture):
    """left, top, right, bottom of what is bright, the last two exclusive."""
    rows, columns = (np.flatnonzero(bright(picture).any(axis=axis)) for axis in (1, 0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def bands(picture):
    """(first, end) of every run of rows with ink."""
    inked = np.diff(bright(picture).any(axis=1).astype(int), prepend=0, append=0)
    return list(zip(np.flatnonzero(inked > 0).tolist(), np.flatnonzero(inked < 0).tolist()))


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["H", "# Hello", "Some words", "one\n\ntwo, with more\n\n# three", "- a\n- b", "- a\n- Hello"]
)
def test_text_is_in_the_middle(text):
    left, top, right, bottom = box(draw(text))
    assert (left + right) / 2 == pytest.approx(960, abs=3)
    assert (top + bottom) / 2 == pytest.approx(540, abs=1.5)


def test_text_that_is_drawn_larger_and_reduced_is_placed_more_finely():
    """Its inked box is centred in whole pixels, 4 times smaller ones with rr 4: where is its centre of mass?"""

    def off_centre(rr):
        furthest = 0.0
        for width, height in ((64, 36), (65, 37), (66, 38), (67, 39)):
            ink = draw("H", width, height, res=4.0, rr=rr)[..., 0].astype(float)
            across, down = (ink.sum(axis=axis) @ (np.arange(side) + 0.5) / ink.sum()
                            for axis, side in ((0, width), (1, height)))  # fmt: skip
            furthest = max(furthest, abs(across - width / 2), abs(down - height / 2))
        return furthest

    assert off_centre(1.0) > 0.25
    assert off_centre(4.0) < 0.125 + 0.05
    with pytest.raises(MediaError, match="rr 5: give a number from 1 to 4"):
        title_style(rr=5.0)


@pytest.mark.slow
def test_offsets_move_it():
    middle = box(draw("HHH"))
    left, top, right, bottom = box(draw("HHH", txoffset=0.25, tyoffset=-0.25))
    assert (left - middle[0], right - middle[2]) == pytest.approx((480, 480), abs=1)
    assert (top - middle[1], bottom - middle[3]) == pytest.approx((-270, -270), abs=1)


@pytest.mark.slow
@pytest.mark.parametrize("offset", [-1.0, 1.0])
def test_nothing_is_moved_out_of_the_picture(offset):
    still, moved = draw("HHH"), draw("HHH", txoffset=offset, tyoffset=offset)
    left, top, right, bottom = box(moved)
    assert (right - left, bottom - top) == tuple(np.subtract(box(still)[2:], box(still)[:2]))
    # (An H begins and ends a tenth of its size, 36, from where its place does.)
    assert (left, top) == pytest.approx((3.5, 0), abs=1) or offset > 0
    assert (right, bottom) == pytest.approx((1916.5, 1080), abs=1) or offset < 0


@pytest.mark.slow
@pytest.mark.parametrize("res", [0.5, 1.0, 2.0])
def test_capitals_are_as_high_as_asked(res):
    _, top, _, bottom = box(draw("H", pg="size=200", res=res))
    assert bottom - top == pytest.approx(200 * CAPITALS * res, abs=1.5)


@pytest.mark.slow
def test_sizes_grow_with_the_picture():
    # What counts is the largest frame of 16:9 that fits into it: 960 x 540 in the last three.
    for width, height, frame in (
        (1920, 1080, 1080),
        (480, 270, 270),
        (960, 540, 540),
        (1920, 540, 540),
        (960, 960, 540),
    ):
        _, top, _, bottom = box(draw("H", width, height, pg="size=400"))
        assert bottom - top == pytest.approx(400 * CAPITALS * frame / 1080, abs=1.5)


@pytest.mark.slow
def test_lines_and_margins():
    (a, _), (b, _), (c, _), (d, _) = bands(
        draw("H<br>H\n\nH\n\n## H", pg="size=100&margin=0.3&lineHeight=1.5", h2=EVEN)
    )
    assert b - a == pytest.approx(150, abs=1)
    # The margins of neighbours are not added up: the larger one is left.
    assert c - b == pytest.approx(150 + 30, abs=1)
    # Half of 1.5 below, half of 1.0 above, in lines whose letters are in their middle.
    assert d - c == pytest.approx(75 + 30 + 50, abs=1)


@pytest.mark.slow
def test_letters_are_spread():
    one = lay_out("HHH", title_style(pg="size=100"), 1920, 1080)
    spread = lay_out("HHH", title_style(pg="size=100&letterWidth=2"), 1920, 1080)
    assert [piece.text for piece in one] == ["HHH"]
    assert [piece.text for piece in spread] == ["H", "H", "H"]
    assert np.diff([piece.x for piece in spread]) == pytest.approx([200 * H_ADVANCE] * 2, abs=1)
    # The space after the last letter is not part of the line.
    left, _, right, _ = box(draw("HHH", pg="size=100&letterWidth=2"))
    assert (left + right) / 2 == pytest.approx(960, abs=1.5)
    assert right - left == pytest.approx(4 * 100 * H_ADVANCE + (1511 - 2 * 201) / 2048 * 100, abs=2)


def test_lines_are_as_wide_as_allowed():
    text = "H H H H H H H H H H H H H H H H H H H H H H H H"
    picture = draw(text, maxw=0.5, pg="size=100")
    left, _, right, _ = box(picture)
    assert left >= 480 - 1
    assert right <= 1440 + 1
    # An H and a space are (1511 + 532) / 2048 x 100 = 99.8 wide: nine and a last H fit into 960, a tenth does not.
    assert [piece.text.count("H") for piece in lay_out(text, title_style(maxw=0.5, pg="size=100"), 1920, 1080)] == [
        9, 9, 6,
    ]  # fmt: skip


def test_a_long_word_is_broken():
    placed = lay_out("a " + "H" * 30, title_style(maxw=0.5, pg="size=100"), 1920, 1080)
    # 960 / 73.8 = 13.01
    assert [piece.text for piece in placed] == ["a", "H" * 13, "H" * 13, "H" * 4]


@pytest.mark.slow
@pytest.mark.parametrize(("align", "expected"), [("left", 192), ("right", 1728)])
def test_alignment(align, expected):
    left, _, right, _ = box(draw("HHHHHH<br>H", maxw=0.8, align=align, pg="size=100"))
    bearing = 201 / 2048 * 100
    assert (left - bearing if align == "left" else right + bearing) == pytest.approx(expected, abs=1.5)
    placed = lay_out("HHHHHH<br>H", title_style(maxw=0.8, align=align, pg="size=100"), 1920, 1080)
    shift = placed[1].x - placed[0].x
    assert shift == pytest.approx(0 if align == "left" else 500 * H_ADVANCE, abs=1)


def test_lists_hang_and_are_numbered():
    placed = lay_out("8. one\n9. twotwotwo words\n10. three\n    - inner", title_style(maxw=0.15), 1920, 1080)
    x = {piece.text: piece.x for piece in placed}
    assert list(x) == ["8.", "one", "9.", "twotwotwo", "words", "10.", "three", "\u2022", "inner"]
    assert x["one"] == x["twotwotwo"] == x["words"] == x["three"] < x["inner"]
    assert x["8."] == x["9."] > x["10."]
    assert x["8."] < x["one"]


def test_tables_have_columns():
    text = "| Name | Count |\n|---|--:|\n| Hill | 7 |\n| Hi | 1234 |\n"
    style = title_style(table="size=50&lineHeight=2", col="size=50&lineHeight=1&margin=2")
    placed = {piece.text: piece for piece in lay_out(text, style, 1920, 1080)}
    assert list(placed) == ["Name", "Count", "Hill", "7", "Hi", "1234"]
    assert placed["Name"].x == placed["Hill"].x == placed["Hi"].x
    ends = [placed[word].x + placed[word].font.getlength(word) for word in ("Count", "7", "1234")]
    assert ends == pytest.approx([ends[0]] * 3, abs=0.1)
    # The heads are bold; the widest of the first column and two sizes of space are before the second.
    assert placed["Name"].font.getname() == ("Open Sans", "Bold")
    assert placed["Hill"].font.getname() == ("Open Sans", "Regular")
    assert placed["Count"].x - placed["Name"].x == pytest.approx(placed["Name"].font.getlength("Name") + 100, abs=1)
    assert placed["Hi"].y - placed["Hill"].y == pytest.approx(100, abs=0.1)
    assert placed["Hill"].y - placed["Name"].y == pytest.approx(75, abs=1)


def test_a_wide_table_is_broken_into_its_columns():
    text = "| a | b |\n|---|---|\n| H | " + "many words " * 20 + "|\n"
    left, _, right, _ = box(draw(text, maxw=0.6, table="size=60", col="size=60&margin=1"))
    assert left >= 384 - 1
    assert right <= 1536 + 1
    placed = lay_out(text, title_style(maxw=0.6), 1920, 1080)
    assert len({piece.y for piece in placed}) > 3


def test_bold_words():
    placed = lay_out("plain **bold** plain", title_style(), 1920, 1080)
    assert [(piece.text, piece.font.getname()[1]) for piece in placed] == [
        ("plain ", "Regular"), ("bold ", "Bold"), ("plain", "Regular"),
    ]  # fmt: skip


def test_colours():
    picture = draw("# HHH", color="#FF8000")
    inked = picture[picture.max(axis=2) > 250]
    assert len(inked) > 1000
    assert (np.abs(inked - [255, 128, 0]).max(axis=1) <= 1).mean() > 0.9


def test_the_shadow_is_around_the_letters_only():
    grey = np.full((540, 960, 3), 200, np.uint8)
    style = title_style(bg="#004000", tyoffset=0.0, pg="size=200")
    out = draw_titles(grey, "HH", style)
    clear = draw_titles(grey, "HH", title_style(bg=CLEAR, tyoffset=0.0, pg="size=200"))
    left, top, _, _ = box(np.where(clear == 255, 255, 0).astype(np.uint8))
    assert out[top + 20, left - 2].tolist() == pytest.approx([0, 64, 0], abs=60)
    assert np.array_equal(out[: top - 20], grey[: top - 20])
    assert np.array_equal(out[:, : left - 20], grey[:, : left - 20])
    assert np.array_equal(clear[:, : left - 2], grey[:, : left - 2])
    # The letters themselves are not darkened.
    assert out[top + 20, left + 6].tolist() == [255, 255, 255]


@each("text", ["", " \n", "---", "<!-- nothing -->"])
def test_nothing_to_say_leaves_the_picture(text):
    picture = np.random.default_rng(0).integers(0, 256, (90, 160, 3), np.uint8)
    out = draw_titles(picture, text, title_style())
    assert np.array_equal(out, picture)
    assert not np.shares_memory(out, picture)


def test_the_picture_is_left_as_it_is():
    picture = black(320, 180)
    assert draw_titles(picture, "Hello", title_style()).any()
    assert not picture.any()


def test_every_alphabet_that_we_ship():
    for name in ("OpenSans-Regular.ttf", "OpenSans-Bold.ttf"):
        shapes = characters_of(FONTS / name)
        assert (
            set(map(ord, "Grüße, żółć, İstanbul, Αθήνα, Ελλάδα, Москва, Київ, \u2022\u2013\u201c" + MISSING)) <= shapes
        )
    assert sum(path.stat().st_size for path in FONTS.iterdir()) < 1.5e6
    assert "SIL Open Font License" in (FONTS / "OFL.txt").read_text()


@pytest.mark.slow
def test_characters_that_no_font_has_are_marked(monkeypatch):
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [])
    installed.cache_clear()
    assert np.array_equal(draw("a \u6f22 b \U0001f600"), draw(f"a {MISSING} b {MISSING}"))
    assert np.array_equal(draw("a\u200bb\u202e c\ufe0f"), draw("ab c"))


def test_our_font_stands_in_for_what_another_lacks():
    assert ord("Я") not in characters_of(OTHER_FONTS / "cmr10.ttf")
    other = lay_out("AЯ", title_style(fdir=str(OTHER_FONTS), font="cmr10.ttf"), 1920, 1080)
    assert [(piece.text, piece.font.getname()[0]) for piece in other] == [("A", "cmr10"), ("Я", "Open Sans")]


@pytest.mark.slow
def test_accents_that_are_characters_of_their_own():
    assert np.array_equal(draw("a\u0301e\u0308"), draw("áë"))
    # This one has the letter with its accent, but no such accent by itself.
    assert 0x301 not in characters_of(OTHER_FONTS / "STIXGeneralItalic.ttf")
    (piece,) = lay_out("a\u0301", title_style(fdir=str(OTHER_FONTS), font="STIXGeneralItalic.ttf"), 1920, 1080)
    assert (piece.text, piece.font.getname()[0]) == ("á", "STIXGeneral")


def test_a_font_of_ones_own():
    flags = {"fdir": str(OTHER_FONTS), "font": "DejaVuSerif.ttf", "h2": "font=DejaVuSansMono.ttf"}
    placed = lay_out("# A\n\n## B\n\n### C", title_style(**flags), 1920, 1080)
    assert [piece.font.getname()[0] for piece in placed] == ["DejaVu Serif", "DejaVu Sans Mono", "DejaVu Serif"]


@each(
    ("flags", "said"),
    [
        ({"h1": "colour=3"}, "colour=3: 'colour=3' is not a setting: choose one of size, margin"),
        ({"pg": "size=big"}, "size=big: size is 'big'"),
        ({"li": "size=0"}, "size=0: size is '0': give a number, above 0"),
        ({"li": "size=nan"}, "size is 'nan'"),
        ({"col": "size=12&margin=-1"}, "margin is '-1': give a number, 0 or more"),
        ({"table": "lineHeight"}, "lineHeight is ''"),
        ({"h3": "size=1e9"}, "up to 10000"),
        ({"align": "middle"}, "align middle: give one of left, center, right"),
        ({"color": "blurple"}, "blurple: give a colour"),
        ({"bg": "#12"}, "#12: give a colour"),
        ({"maxw": 0.0}, "maxw 0"),
        ({"maxw": math.nan}, "maxw nan"),
        ({"res": -1.0}, "res -1"),
        ({"tyoffset": 2.0}, "tyoffset 2"),
        ({"h4": "size=12"}, "h4: there is no such text"),
    ],
)
def test_what_is_wrong_is_named(flags, said):
    with pytest.raises(MediaError) as error:
        title_style(**flags)
    assert said in str(error.value)


def test_every_default_is_a_whole_style():
    for kind, query in DEFAULTS.items():
        assert [part.partition("=")[0] for part in query.split("&")] == ["size", "margin", "lineHeight", "letterWidth"]
        assert title_style(**{kind: query}) == title_style()


def test_a_missing_font_says_which_there_are(tmp_path):
    with pytest.raises(
        MediaError, match=r"Nowhere\.ttf: there is no such font; this folder has OpenSans-Bold\.ttf, Open"
    ):
        lay_out("x", title_style(font="Nowhere.ttf"), 320, 180)
    with pytest.raises(MediaError, match=r"OpenSans-Regular\.ttf: there is no such font; this folder has none"):
        lay_out("x", title_style(fdir=str(tmp_path)), 320, 180)


def test_a_file_that_is_not_a_font(tmp_path):
    (tmp_path / "a.ttf").write_text("this is not a font")
    with pytest.raises(MediaError, match=r"a\.ttf: this font cannot be read"):
        lay_out("x", title_style(fdir=str(tmp_path), font="a.ttf"), 320, 180)


@pytest.mark.parametrize("text", ["word\n\n" * 100, "# W"])
def test_text_that_does_not_fit_is_an_error(text):
    with pytest.raises(MediaError, match="make it shorter, or smaller"):
        lay_out(text, title_style(h1="size=10000", pg="size=10000", res=100), 1920, 1080)
    with pytest.raises(MediaError, match=r"the text is \d+ x \d+ pixels large, and the picture 300 x 400"):
        lay_out(text, title_style(h1="size=3000"), 300, 400)


def test_reading(tmp_path):
    path = tmp_path / "a b.md"
    path.write_bytes(b"\xef\xbb\xbf# Gr\xc3\xbc\xc3\x9fe\r\n")
    assert draw(read_titles(str(path))).any()
    assert read_titles(str(path)).startswith("# Grüße")


def test_what_cannot_be_read(tmp_path):
    with pytest.raises(MediaError, match=r"none\.md: the text cannot be read \(No such file"):
        read_titles(str(tmp_path / "none.md"))
    (tmp_path / "latin.md").write_bytes(b"Gr\xfc\xdfe")
    with pytest.raises(MediaError, match=r"latin\.md: this is not UTF-8"):
        read_titles(str(tmp_path / "latin.md"))
    (tmp_path / "long.md").write_text("x" * 10_001)
    with pytest.raises(MediaError, match=r"long\.md: 10001 characters"):
        read_titles(str(tmp_path / "long.md"))


@pytest.mark.slow
@pytest.mark.parametrize("size", [(320, 180), (1920, 1080), (1080, 1080), (1080, 1920)])
def test_our_own_text_fits(size):
    text = read_titles(str(ROOT / "titles" / "main.md"))
    left, top, right, bottom = box(draw(text, *size, tyoffset=-0.02))
    assert 0 < left < right < size[0]
    assert (top + bottom) / 2 == pytest.approx(0.48 * size[1], abs=2)


@pytest.mark.slow
@given(st.text(max_size=60), st.sampled_from(["left", "center", "right"]), st.floats(-1, 1))
def test_any_text_is_set_within_the_picture(text, align, offset):
    style = title_style(align=align, txoffset=offset, res=0.5, bg=CLEAR)
    placed = lay_out(text, style, 400, 900)
    for piece in placed:
        left, top, right, bottom = piece.font.getbbox(piece.text, anchor="ls")
        assert -1e-6 <= piece.x + left <= piece.x + right <= 400 + 1e-6
        assert -1e-6 <= piece.y + top <= piece.y + bottom <= 900 + 1e-6


WHOLE = """# Head

A paragraph

## Second

- one
  - deeper
- two

1. first

| a | b |
|:--|--:|
| c | dd |
| e | f |

end"""


@each("align", ["left", "center", "right"])
@each("factor", [0.5, 2.0])
def test_every_measure_grows_with_the_picture(align, factor):
    style = title_style(align=align)
    plain, other = lay_out(WHOLE, style, 1920, 1080), lay_out(WHOLE, style, round(1920 * factor), round(1080 * factor))
    assert [piece.text for piece in other] == [piece.text for piece in plain]
    places, others = (np.array([(piece.x, piece.y) for piece in pieces]) for pieces in (plain, other))
    assert others == pytest.approx(places * factor, abs=3 * max(factor, 1))
    roll, end = lay_out_roll(WHOLE, style, 1920, 1080)
    larger, larger_end = lay_out_roll(WHOLE, style, round(1920 * factor), round(1080 * factor))
    assert larger_end == pytest.approx(end * factor, abs=3 * max(factor, 1))
    others = np.array([(piece.x, piece.y) for piece in larger])
    assert others == pytest.approx(np.array([(piece.x, piece.y) for piece in roll]) * factor, abs=3 * max(factor, 1))
