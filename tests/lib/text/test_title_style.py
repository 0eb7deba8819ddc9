"""Styles of titles: what is allowed, what is assumed, and where fonts come from."""

import pytest

from lib.errors import MediaError
from lib.text.title_style import FONTS, MOST_FINE, color_of, settings_of, title_style
from tests.support.each import each


def test_what_is_assumed():
    style = title_style()
    assert (style.res, style.fine, style.align, style.most_width, style.right, style.down) == (
        1.0, 1.0, "center", 0.9, 0.0, -0.02,
    )  # fmt: skip
    assert (style.color, style.background) == ((255, 255, 255, 255), (0, 0, 0, 255))
    sizes = {kind: (text.size, text.margin, text.line_height, text.spread) for kind, text in style.text.items()}
    assert sizes == {
        "h1": (110, 0.3, 1.15, 1.1), "h2": (56, 0.6, 1.25, 1.05), "h3": (40, 0.7, 1.3, 1), "pg": (36, 0.7, 1.45, 1),
        "li": (36, 0.2, 1.45, 1), "table": (32, 0.7, 1.5, 1), "col": (32, 1.5, 1.5, 1),
    }  # fmt: skip
    heads = {kind for kind, text in style.text.items() if text.regular == FONTS / "OpenSans-Bold.ttf"}
    assert heads == {"h1", "h2", "h3", "col"}
    assert all(text.bold == FONTS / "OpenSans-Bold.ttf" for text in style.text.values())
    plain, bold = style.text["pg"].faces(0.5)
    assert (plain.pixels, plain.spread, bold.pixels) == (18, 1, 18)


@each(
    ("name", "good", "bad"),
    [
        ("rr", (1.0, 2.5, 4.0), (0.99, 4.01)),
        ("res", (0.01, 100.0), (0.0, -1.0, 100.1)),
        ("maxw", (0.01, 1.0), (0.0, 1.01)),
        ("tyoffset", (-1.0, 1.0), (-1.01, 1.01)),
        ("txoffset", (-1.0, 1.0), (-1.01, 1.01)),
        ("align", ("left", "center", "right"), ("up", "")),
        ("pg", ("", "margin=0", "size=10000&margin=100&lineHeight=100&letterWidth=100"), ("size=0", "size=10001")),
        ("li", ("margin=0", "lineHeight=0.1"), ("margin=-0.1", "margin=100.1", "lineHeight=0", "lineHeight=101")),
        ("h1", ("letterWidth=2",), ("letterWidth=0", "letterWidth=101", "size=x", "colour=3", "size")),
        ("h4", (), ("",)),
        ("color", ("#123", "white", "#11223344"), ("#12", "nocolour")),
    ],
)  # fmt: skip
def test_what_is_allowed(name, good, bad):
    for value in good:
        title_style(**{name: value})
    for value in bad:
        with pytest.raises(MediaError, match=f"{value:g}" if isinstance(value, float) else value or name):
            title_style(**{name: value})
    assert MOST_FINE == 4


def test_settings_are_those_of_a_query():
    assert settings_of(" ") == {}
    assert settings_of("size=72& margin = 0.3 &font=A.ttf") == {"size": "72", "margin": "0.3", "font": "A.ttf"}
    style = title_style(pg="size=72&lineHeight=2", li="letterWidth=1.5")
    assert (style.text["pg"].size, style.text["pg"].line_height, style.text["pg"].margin) == (72, 2, 0.7)
    assert (style.text["li"].spread, style.text["li"].size) == (1.5, 36)


@each(
    ("name", "colour"),
    [
        ("#FFCC00", (255, 204, 0, 255)),
        ("#01020304", (1, 2, 3, 4)),
        ("white", (255, 255, 255, 255)),
        ("#00000000", (0,) * 4),
    ],
)
def test_colours(name, colour):
    assert color_of(name) == colour


def test_fonts_of_a_folder_are_bold_where_there_is_a_bold_one(tmp_path):
    for name in ("A-Regular.ttf", "A-Bold.ttf", "B-Regular.ttf"):
        (tmp_path / name).write_bytes(b"")
    style = title_style(fdir=str(tmp_path), font="A-Regular.ttf", h2="font=B-Regular.ttf", li="font=B-Regular.ttf")
    names = {kind: (text.regular.name, text.bold.name) for kind, text in style.text.items()}
    assert names["pg"] == ("A-Regular.ttf", "A-Bold.ttf")
    assert names["h1"] == ("A-Bold.ttf", "A-Bold.ttf")
    assert names["h2"] == names["li"] == ("B-Regular.ttf", "B-Regular.ttf")
