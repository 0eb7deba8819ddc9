"""Letters into words, words into lines: fonts, substitutes for missing letters, and wrapping."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path

from matplotlib.ft2font import FT2Font
from PIL import ImageFont
from PIL.ImageFont import FreeTypeFont

from lib.errors import MediaError
from lib.text.markdown import Run

FONT_ENDINGS = (".ttf", ".otf", ".ttc")
MOST_NAMED = 8
# FreeType allows no more than twice this, and no picture is large enough for these.
LARGEST_PIXELS = 30_000.0
# Stands for a character that no font has.
MISSING = "\ufffd"
# Control characters, joiners and marks of order, and halves of characters.
SHAPELESS = ("Cc", "Cf", "Cs")
# Variation selectors of the previous character (mostly emoji): fonts for text have one shape.
VARIATIONS = range(0xFE00, 0xFE10)


@dataclass(frozen=True)
class Letter:
    """A character with its accents, and its font and spread."""

    text: str
    font: FreeTypeFont
    spread: float


@dataclass(frozen=True)
class Face:
    """A typeface: font files in order of preference, size in pixels, and the factor on every advance."""

    files: tuple[Path, ...]
    pixels: float
    spread: float = 1.0

    @property
    def font(self) -> FreeTypeFont:
        """The font of the first choice."""
        return load_font(self.files[0], self.pixels)

    def letter(self, text: str) -> Letter:
        """Return a character with its accents in the first font that has them; if none has, a replacement sign."""
        for file in self.files:
            if all(ord(c) in characters_of(file) for c in text):
                return Letter(text, load_font(file, self.pixels), self.spread)
        return Letter(MISSING, self.font, self.spread) if text == MISSING else self.letter(MISSING)


@dataclass(frozen=True)
class PlacedText:
    """Text of one font in one line, `x` pixels from its beginning."""

    x: float
    text: str
    font: FreeTypeFont


@dataclass(frozen=True)
class Line:
    """A line of text: its parts, from its beginning on, and its width in pixels."""

    parts: tuple[PlacedText, ...]
    width: float


@lru_cache(maxsize=256)
def load_font(file: Path, pixels: float) -> FreeTypeFont:
    """Return a font in a size; MediaError if the file is not a font, or missing (then it lists the existing ones)."""
    if not file.is_file():
        there = sorted(p.name for p in file.parent.glob("*") if p.suffix.lower() in FONT_ENDINGS)
        more = ", ..." if len(there) > MOST_NAMED else ""
        raise MediaError(
            f"{file}: there is no such font; "
            + (f"this folder has {', '.join(there[:MOST_NAMED])}{more}" if there else "this folder has none")
        )
    try:
        return ImageFont.truetype(file, min(max(pixels, 1.0), LARGEST_PIXELS))
    except (OSError, ValueError) as error:
        raise MediaError(f"this font cannot be read ({error}): give a .ttf or .otf file", file) from error


@cache
def characters_of(file: Path) -> frozenset[int]:
    """Return the code points of the characters with shapes in a font file."""
    load_font(file, 16.0)  # which reports errors
    try:
        return frozenset(FT2Font(str(file)).get_charmap())
    except (OSError, RuntimeError) as error:
        raise MediaError(f"this font cannot be read ({error}): give a .ttf or .otf file", file) from error


def letters(runs: Iterable[Run], regular: Face, bold: Face) -> list[Letter]:
    """Return the letters of `runs`, each with its font; a line break is a letter "\\n".

    Installed fonts are used for those that the faces lack. White space is a space each; characters without a shape
    (controls, joiners, marks of direction) are left out.
    """
    runs = list(runs)
    extra = tuple(map(Path, installed(frozenset(lacking(runs, regular, bold)))))
    regular, bold = (replace(face, files=(*face.files, *extra)) for face in (regular, bold))
    found: list[Letter] = []
    for run in runs:
        face = bold if run.bold else regular
        for text in _clusters(run.text):
            found.append(Letter(text, face.font, face.spread) if text.isspace() else face.letter(text))
    return found


def lacking(runs: Iterable[Run], regular: Face, bold: Face) -> set[str]:
    """Return the characters that the faces of `runs` lack, with their accents."""
    texts = {(run.bold, text) for run in runs for text in _clusters(run.text) if not text.isspace() and text != MISSING}
    faces = {True: bold, False: regular}
    return {c for is_bold, text in texts if faces[is_bold].letter(text).text == MISSING for c in text}


@lru_cache(maxsize=64)
def installed(needed: frozenset[str]) -> tuple[str, ...]:
    """Return the files of installed fonts that have these characters, as far as any has."""
    if not needed:
        return ()
    from lib.text.fonts import fallbacks  # which reads the list of fonts

    return tuple(fallbacks(sorted(needed))[0])


def _clusters(text: str) -> Iterator[str]:
    """Yield the characters, each with the accents that follow it."""
    cluster = ""
    for c in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(c)
        if ord(c) in VARIATIONS:
            continue
        if cluster and kind.startswith("M") and cluster != "\n":
            cluster += c
            continue
        if cluster:
            yield cluster
        white = c != "\n" and c.isspace() and c != "\u00a0"
        cluster = " " if white else "" if kind in SHAPELESS and c != "\n" else c
    if cluster:
        yield cluster


def wrap(text: Sequence[Letter], width: float) -> list[Line]:
    """Break `text` into lines of at most `width` pixels: at spaces, and within words that are longer than a line.

    A letter that is wider gets a separate line.
    """
    lines: list[Line] = []
    for is_break, paragraph in groupby(text, lambda letter: letter.text == "\n"):
        if is_break:
            lines += [Line((), 0.0)] * (len(list(paragraph)) - (1 if lines else 0))
        else:
            lines += _wrapped(_words(list(paragraph)), width)
    return lines


def _words(text: Sequence[Letter]) -> list[list[Letter]]:
    return [list(word) for is_space, word in groupby(text, lambda letter: letter.text == " ") if not is_space]


def _wrapped(words: Sequence[list[Letter]], width: float) -> Iterator[Line]:
    line: list[Letter] = []
    for word in words:
        longer = [*line, Letter(" ", line[-1].font, line[-1].spread), *word] if line else word
        if _width(longer) <= width:
            line = longer
            continue
        if line:
            yield _set(line)
        line = word
        while len(line) > 1 and _width(line) > width:
            fits = _fitting(line, width)
            yield _set(line[:fits])
            line = line[fits:]
    if line:
        yield _set(line)


def _fitting(text: Sequence[Letter], width: float) -> int:
    """Return how many letters fit into `width`, at least one, by bisection (width grows with their number)."""
    fits, too_many = 1, len(text)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if _width(text[:middle]) <= width:
            fits = middle
        else:
            too_many = middle
    return fits


def _runs(text: Sequence[Letter]) -> Iterator[tuple[FreeTypeFont, float, list[str]]]:
    for (font, spread), run in groupby(text, lambda letter: (letter.font, letter.spread)):
        yield font, spread, [letter.text for letter in run]


def _width(text: Sequence[Letter]) -> float:
    width = sum(_advance(font, spread, run) for font, spread, run in _runs(text))
    last = text[-1]
    return width - (last.spread - 1.0) * last.font.getlength(last.text)  # the last letter has no spread after it


def _advance(font: FreeTypeFont, spread: float, text: Sequence[str]) -> float:
    length = font.getlength("".join(text))
    return length if spread == 1.0 else length + (spread - 1.0) * sum(font.getlength(letter) for letter in text)


def _set(text: Sequence[Letter]) -> Line:
    """Place the letters of a line: a run as a whole, or letter by letter if they are spread."""
    parts: list[PlacedText] = []
    x = 0.0
    for font, spread, run in _runs(text):
        if spread == 1.0:
            parts.append(PlacedText(x, "".join(run), font))
        else:
            parts += [PlacedText(x + _advance(font, spread, run[:n]), letter, font) for n, letter in enumerate(run)]
        x += _advance(font, spread, run)
    return Line(tuple(parts), _width(text))
