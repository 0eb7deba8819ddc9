"""The typesetting of titles: sizes, spaces, fonts and colours of each kind of text, from the queries of the flags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import ImageColor

from lib.errors import MediaError
from lib.text.typesetting import Face

ROOT: Final = Path(__file__).parents[2]
FONTS: Final = ROOT / "titles" / "fonts"
REGULAR: Final = "OpenSans-Regular.ttf"
BOLD: Final = "OpenSans-Bold.ttf"
ALIGNS: Final = ("left", "center", "right")


# Defaults of a style query. A margin is in units of the size, as is lineHeight; see `TextStyle`.
DEFAULTS: Final = {
    "h1": "size=110&margin=0.3&lineHeight=1.15&letterWidth=1.1",
    "h2": "size=56&margin=0.6&lineHeight=1.25&letterWidth=1.05",
    "h3": "size=40&margin=0.7&lineHeight=1.3&letterWidth=1",
    "pg": "size=36&margin=0.7&lineHeight=1.45&letterWidth=1",
    "li": "size=36&margin=0.2&lineHeight=1.45&letterWidth=1",
    "table": "size=32&margin=0.7&lineHeight=1.5&letterWidth=1",
    "col": "size=32&margin=1.5&lineHeight=1.5&letterWidth=1",
}

# Text that is drawn this much larger has 16 times as many pixels; more makes no visible difference.
MOST_FINE: Final = 4.0

# Set in bold.
_HEADS: Final = ("h1", "h2", "h3", "col")

_LARGEST: Final = {"size": 10_000.0, "margin": 100.0, "lineHeight": 100.0, "letterWidth": 100.0}


@dataclass(frozen=True)
class TextStyle:
    """The style of one kind of text.

    size: in pixels of a picture of 1920 x 1080 (see `HEIGHT`); margin: the least space above and below, in sizes (of
    two that meet, the larger counts), for `col` between columns; line_height: from one line to the next, in sizes;
    spread: the factor on every letter's advance; regular, bold: font files.
    """

    size: float
    margin: float
    line_height: float
    spread: float
    regular: Path
    bold: Path

    def faces(self, scale: float) -> tuple[Face, Face]:
        """Return the faces of its plain and its bold text; the included fonts replace letters that the files lack."""
        pixels = self.size * scale
        return (
            Face((self.regular, FONTS / REGULAR), pixels, self.spread),
            Face((self.bold, FONTS / BOLD), pixels, self.spread),
        )


@dataclass(frozen=True)
class TitleStyle:
    """The style of a whole text: see `title_style`."""

    text: Mapping[str, TextStyle]
    res: float
    fine: float
    align: str
    color: tuple[int, int, int, int]
    background: tuple[int, int, int, int]
    most_width: float
    right: float
    down: float


def title_style(
    *,
    fdir: str = "",
    font: str = "",
    res: float = 1.0,
    rr: float = 1.0,
    align: str = "center",
    color: str = "#FFFFFF",
    bg: str = "#000000",
    maxw: float = 0.9,
    tyoffset: float = -0.02,
    txoffset: float = 0.0,
    **queries: str,
) -> TitleStyle:
    """Return the style of a whole text; MediaError says what is wrong.

    fdir, font: folder and file of the font (empty: the included ones; headings are then bold, as they are if a file
    with Bold in place of Regular in its name lies beside the font). res: factor on all sizes. rr: factor by which
    the text is drawn larger, and then reduced, so that letters are placed more finely. align: of the lines in a
    column as wide as maxw (a fraction of the picture) in its middle, moved by txoffset and tyoffset (fractions of width
    and height). color: of the text; bg: of a soft shadow behind it, which keeps it readable over a picture
    (transparent, such as #00000000, for none). queries: h1, h2, h3, pg, li (list items), table, col (the heads of its
    columns, and the space between these) as `size=72&margin=0.3&lineHeight=1.2&letterWidth=1.2&font=Some.ttf`, see
    `TextStyle`; missing settings are those in `DEFAULTS`.
    """
    if not 1.0 <= rr <= MOST_FINE:
        raise MediaError(f"rr {rr:g}: give a number from 1 to {MOST_FINE:g}")
    for name, value, least, most in (("res", res, 0.0, 100.0), ("maxw", maxw, 0.0, 1.0)):
        if not least < value <= most:
            raise MediaError(f"{name} {value:g}: give a number above {least:g}, up to {most:g}")
    for name, value in (("tyoffset", tyoffset), ("txoffset", txoffset)):
        if not -1.0 <= value <= 1.0:
            raise MediaError(f"{name} {value:g}: give a fraction of the picture, from -1 to 1")
    if align not in ALIGNS:
        raise MediaError(f"align {align}: give one of {', '.join(ALIGNS)}")
    unknown = sorted(set(queries) - set(DEFAULTS))
    if unknown:
        raise MediaError(f"{unknown[0]}: there is no such text: choose one of {', '.join(DEFAULTS)}")
    folder = Path(fdir) if fdir else FONTS
    text = {kind: _text_style(kind, queries.get(kind, ""), folder, font) for kind in DEFAULTS}
    return TitleStyle(text, res, rr, align, color_of(color), color_of(bg), maxw, txoffset, tyoffset)


def _text_style(kind: str, query: str, folder: Path, font: str) -> TextStyle:
    """Read the query of one kind of text, over its defaults."""
    given = settings_of(DEFAULTS[kind]) | settings_of(query)
    name = given.get("font") or font or REGULAR
    regular, bold = folder / name, folder / name.replace("Regular", "Bold")
    if not bold.is_file():
        bold = regular
    if kind in _HEADS and "font" not in given:
        regular = bold
    size, margin, line_height, spread = (float(given[key]) for key in _LARGEST)
    return TextStyle(size, margin, line_height, spread, regular, bold)


def settings_of(query: str) -> dict[str, str]:
    """Return the settings of a style query such as `size=72&margin=0.3` as they are; MediaError if one is wrong."""
    given: dict[str, str] = {}
    for part in query.split("&") if query.strip() else []:
        key, _, value = (word.strip() for word in part.partition("="))
        if key not in (*_LARGEST, "font"):
            raise MediaError(f"{query}: {part!r} is not a setting: choose one of {', '.join(_LARGEST)}, font")
        if key != "font" and not _in_range(key, value):
            least = "0 or more" if key == "margin" else "above 0"
            raise MediaError(f"{query}: {key} is {value!r}: give a number, {least}, up to {_LARGEST[key]:g}")
        given[key] = value
    return given


def _in_range(key: str, value: str) -> bool:
    try:
        number = float(value)
    except ValueError:
        return False
    return 0 < number <= _LARGEST[key] or (key == "margin" and number == 0)


def color_of(name: str) -> tuple[int, int, int, int]:
    """Return red, green, blue and opacity, 0 to 255, of a colour such as #FFCC00 or white; MediaError for others."""
    try:
        red, green, blue, *opacity = ImageColor.getrgb(name)
    except ValueError as error:
        raise MediaError(f"{name}: give a colour, such as #FFCC00 or white") from error
    return red, green, blue, (opacity[0] if opacity else 255)
