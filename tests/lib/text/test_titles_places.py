"""Where each part of a text is set: all places worked out again, block by block, from the font's measures."""

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from lib.errors import MediaError
from lib.text.markdown import Run
from lib.text.title_style import BOLD, FONTS, REGULAR, title_style
from lib.text.titles import _shared, draw_titles, lay_out, lay_out_roll, read_titles
from lib.text.typesetting import MISSING, Face, letters, wrap
from tests.support.each import each

# Size, margin and line height, in pixels and sizes; and the factor on each letter's advance.
STYLES = {
    "h1": (90, 0.5, 1.25, 1.0),
    "h2": (50, 0.25, 1.5, 1.5),
    "pg": (40, 0.75, 1.5, 1.0),
    "li": (32, 0.25, 1.25, 1.0),
    "table": (30, 1.0, 2.0, 1.0),
    "col": (36, 1.5, 1.5, 1.0),
}
QUERIES = {
    kind: f"size={size}&margin={margin}&lineHeight={line}&letterWidth={spread}"
    for kind, (size, margin, line, spread) in STYLES.items()
}
PARAGRAPH = "one of many words that are set in several lines, as wide as the column is"
TEXT = f"""# Head

{PARAGRAPH}

## Wide

- item
- another item
  - within
- last

word

| a | middle | b |
|:--|:-:|--:|
| longer | x | y |
| z | wide one | w w |

end"""


class Setter:
    """Sets the same blocks in the simplest way."""

    def __init__(self, width, height, align, res, most):
        self.scale = res * min(height, width * 9 / 16) / 1080
        self.width, self.align, self.room = width, {"left": 0, "center": 1, "right": 2}[align], width * most
        self.y, self.margin, self.found = 0.0, 0.0, []

    def font(self, kind):
        return ImageFont.truetype(str(FONTS / (BOLD if kind in ("h1", "h2", "col") else REGULAR)), self.size(kind))

    def size(self, kind):
        return STYLES[kind][0] * self.scale

    def width_of(self, kind, text):
        spread, font = STYLES[kind][3], self.font(kind)
        return font.getlength(text) + sum((spread - 1) * font.getlength(letter) for letter in text[:-1])

    def left(self, width):
        return (self.width - self.room) / 2 + (self.room - width) * self.align / 2

    def skip(self, kind):
        margin = STYLES[kind][1] * self.size(kind)
        self.y += max(margin, self.margin)
        self.margin = margin

    def put(self, kind, x, text):
        up, down = self.font(kind).getmetrics()
        base = self.y + STYLES[kind][2] * self.size(kind) / 2 + (up - down) / 2
        if STYLES[kind][3] == 1:
            self.found.append((x, base, text))
            return
        for n, letter in enumerate(text):
            before = text[:n]
            extra = sum((STYLES[kind][3] - 1) * self.font(kind).getlength(one) for one in before)
            self.found.append((x + self.font(kind).getlength(before) + extra, base, letter))

    def feed(self, kind):
        self.y += STYLES[kind][2] * self.size(kind)

    def block(self, kind, text):
        self.skip(kind)
        words, lines = text.split(), [""]
        for word in words:
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.width_of(kind, longer) > self.room:
                lines.append(word)
            else:
                lines[-1] = longer
        for line in lines:
            self.put(kind, self.left(self.width_of(kind, line)), line)
            self.feed(kind)

    def list_of(self, items):
        gap = 0.45 * self.size("li")
        hang = self.width_of("li", "\u2022") + gap
        left = self.left(max(hang * (depth + 1) + self.width_of("li", text) for depth, text in items))
        for depth, text in items:
            self.skip("li")
            begin = left + hang * (depth + 1)
            self.put("li", begin - hang, "\u2022")
            self.put("li", begin, text)
            self.feed("li")

    def table(self, rows, places):
        kinds = ["col", *["table"] * (len(rows) - 1)]
        gap = 1.5 * self.size("col")
        widths = [max(self.width_of(kind, row[n]) for kind, row in zip(kinds, rows)) for n in range(3)]
        left = self.left(sum(widths) + 2 * gap)
        self.skip("table")
        for kind, row in zip(kinds, rows):
            for n, text in enumerate(row):
                begin = left + sum(widths[:n]) + n * gap
                self.put(kind, begin + (widths[n] - self.width_of(kind, text)) * places[n] / 2, text)
            self.feed(kind)

    def whole(self):
        self.block("h1", "Head")
        self.block("pg", PARAGRAPH)
        self.block("h2", "Wide")
        self.list_of([(0, "item"), (0, "another item"), (1, "within"), (0, "last")])
        self.block("pg", "word")
        self.table([("a", "middle", "b"), ("longer", "x", "y"), ("z", "wide one", "w w")], (0, 1, 2))
        self.block("pg", "end")
        return self.found


@each("align", ["left", "center", "right"])
@each(("width", "height", "res", "most"), [(1920, 1080, 1.0, 0.4), (960, 1080, 1.5, 0.9), (1920, 540, 0.75, 0.3)])
def test_every_piece_is_where_it_should_be(width, height, res, most, align):
    style = title_style(align=align, res=res, maxw=most, txoffset=0.125, tyoffset=0.0, **QUERIES)
    setter = Setter(width, height, align, res, most)
    want = setter.whole()
    placed, end = lay_out_roll(TEXT, style, width, height)
    assert [part.text.strip() for part in placed] == [text for _, _, text in want]
    assert [part.x for part in placed] == pytest.approx([x + width / 8 for x, _, _ in want], abs=0.02)
    # All is a whole pixel of the largest picture further down, for what reaches above its line.
    down = math.ceil(setter.scale)
    assert [part.y for part in placed] == pytest.approx([y + down for _, y, _ in want], abs=0.02)
    assert end == pytest.approx(setter.y + down)


@each(("right", "down"), [(0.0, 0.0), (0.05, -0.05), (1.0, 1.0), (-1.0, -1.0)])
def test_what_is_inked_is_in_the_middle_or_moved_within_the_picture(right, down):
    style = title_style(align="left", maxw=0.4, txoffset=right, tyoffset=down, **QUERIES)
    placed = lay_out(TEXT, style, 1920, 1080)
    setter = Setter(1920, 1080, "left", 1.0, 0.4)
    want = setter.whole()
    boxes = [(x, y, *part.font.getbbox(part.text, anchor="ls")) for (x, y, _), part in zip(want, placed, strict=True)]
    left, above = min(x + box[0] for x, _, *box in boxes), min(y + box[1] for _, y, *box in boxes)
    end, below = max(x + box[2] for x, _, *box in boxes), max(y + box[3] for _, y, *box in boxes)
    across = min(max(right * 1920, -left), 1920 - end)
    upright = min(max((0.5 + down) * 1080 - (above + below) / 2, -above), 1080 - below)
    assert [part.x for part in placed] == pytest.approx([x + across for x, _, _ in want], abs=0.02)
    assert [part.y for part in placed] == pytest.approx([y + upright for _, y, _ in want], abs=0.02)


PLAIN = Face((FONTS / REGULAR,), 20.0)


def lines_of(text, width, face=PLAIN):
    return ["".join(part.text for part in line.parts) for line in wrap(letters([Run(text)], face, face), width)]


@pytest.mark.parametrize("spread", [1.0, 1.5])
def test_lines_are_broken_where_they_would_be_too_wide(spread):
    face = Face((FONTS / REGULAR,), 20.0, spread)
    own = face.font.getlength

    def wide(text):
        return own(text) + (spread - 1) * sum(map(own, text[:-1]))

    text = "aa bbb cccc d"
    for width, want in (
        (wide(text), [text]),
        (wide(text) - 0.01, ["aa bbb cccc", "d"]),
        (wide("aa bbb"), ["aa bbb", "cccc d"]),
        (
            wide("aa bbb") - 0.01,
            ["aa", "bbb", "cccc d"] if wide("cccc d") < wide("aa bbb") else ["aa", "bbb", "cccc", "d"],
        ),
        (wide("ccc"), ["aa", "bb", "b", "ccc", "c d"]),
        (wide("c"), ["a", "a", "b", "b", "b", "c", "c", "c", "c", "d"]),
        (0.0, list("aabbbccccd")),
    ):
        assert lines_of(text, width, face) == want, width
    # What is left of a word that is broken may just fit.
    assert lines_of("cccccc", wide("ccc"), face) == ["ccc", "ccc"]
    for line in wrap(letters([Run(text)], face, face), math.inf):
        assert line.width == pytest.approx(wide(text))


@each(
    ("text", "lines"),
    [
        ("a\nb", ["a", "b"]), ("a\n\nb", ["a", "", "b"]), ("\na", ["", "a"]), ("\n\na", ["", "", "a"]), ("a\n", ["a"]),
        ("a\n\n\n", ["a", "", ""]), ("  a   b ", ["a b"]), ("a\tb\u2003c", ["a b c"]), ("a\u00a0b", ["a\u00a0b"]),
        ("", []), (" ", []),
    ],
)  # fmt: skip
def test_line_breaks_and_white_space(text, lines):
    assert lines_of(text, 1e9) == lines


@each(
    ("text", "found"),
    [
        ("e\u0301x", "\u00e9|x"), ("x\u0301y", "x\u0301|y"), ("a\u200bb", "a|b"), ("a\u0000b", "a|b"),
        ("a\n\u0301b", "a|\n|\u0301|b"), ("a\ufe00b\ufe0fc", "a|b|c"), ("a\ufdffb\ufe10", "a|\ufdff|b|\ufe10"),
        ("x\u0301\u0308", "x\u0301\u0308"), ("\ud800a", "a"), ("\u200d\u0301a", "\u0301|a"), ("a\nb", "a|\n|b"),
    ],
)  # fmt: skip
def test_letters_carry_their_accents_and_what_has_no_shape_is_left_out(text, found):
    # (The font has these accents; of other signs it shows that it has none.)
    has = {*range(128), 0xE9, 0x301, 0x308}
    want = [one if has.issuperset(map(ord, one)) else MISSING for one in found.split("|")]
    assert [one.text for one in letters([Run(text)], PLAIN, PLAIN)] == want


@each(("size", "res"), [((240, 135), 2.0), ((160, 200), 3.0), ((300, 90), 1.5)])
@each(("color", "ground"), [("#FF8020", "#203040C0"), ("#10F0A080", "#00000000")])
def test_letters_and_their_shadow_are_laid_over_the_picture(size, res, color, ground):
    width, height = size
    picture = np.random.default_rng(1).integers(60, 200, (height, width, 3), np.uint8)
    style = title_style(res=res, color=color, bg=ground, pg="size=80")
    layer = Image.new("L", size)
    for part in lay_out("Hg", style, width, height):
        ImageDraw.Draw(layer).text((part.x, part.y), part.text, fill=255, font=part.font, anchor="ls")
    # A shadow of 14 pixels of a picture of 1920 x 1080: twice the radius of the blur; three times as dark.
    blurred = layer.filter(ImageFilter.GaussianBlur(7 * res * min(height, width * 9 / 16) / 1080))
    want = picture.astype(float)
    for mask, name in ((3.0 * np.asarray(blurred, float), ground), (np.asarray(layer, float), color)):
        rgb = [int(name[n : n + 2], 16) for n in (1, 3, 5)]
        opacity = int(name[7:] or "FF", 16) / 255
        part = np.minimum(mask / 255, 1)[..., None] * opacity
        want += (np.array(rgb) - want) * part
    made = draw_titles(picture, "Hg", style)
    assert np.abs(made - want).max() <= 1.01  # (it is dithered)
    assert not np.array_equal(made, picture)


@pytest.mark.parametrize("rr", [1.0, 2.0, 2.5])
def test_text_is_drawn_larger_and_reduced_to_means(rr):
    width, height = 120, 68
    style = title_style(res=4.0, rr=rr, bg="#00000000", pg="size=80")
    large = round(width * rr), round(height * rr)
    layer = Image.new("L", large)
    for part in lay_out("Hg", style, *large):
        ImageDraw.Draw(layer).text((part.x, part.y), part.text, fill=255, font=part.font, anchor="ls")
    want = np.asarray(layer.resize((width, height), Image.Resampling.BOX), float)
    made = draw_titles(np.zeros((height, width, 3), np.uint8), "Hg", style)
    assert np.abs(made[..., 0] - want).max() <= 1.01


def test_the_text_of_a_poster_has_ten_thousand_characters_at_most(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("x" * 10_000)
    assert len(read_titles(str(path))) == 10_000
    path.write_text("x" * 10_001)
    with pytest.raises(MediaError, match="10001 characters are too many for a poster: give at most 10000"):
        read_titles(str(path))
    assert len(read_titles(str(path), None)) == 10_001
    with pytest.raises(MediaError, match="give at most 3"):
        read_titles(str(path), 3)


def test_line_breaks_of_all_systems_are_one(tmp_path, monkeypatch):
    (tmp_path / "a.md").write_bytes(b"a\r\nb\rc\nd")
    assert read_titles(str(tmp_path / "a.md")) == "a\nb\nc\nd"
    # The included text is found anywhere, unless there is one of that name.
    monkeypatch.chdir(tmp_path)
    assert read_titles("titles/main.md").startswith("#")
    (tmp_path / "titles").mkdir()
    (tmp_path / "titles/main.md").write_text("mine")
    assert read_titles("titles/main.md") == "mine"


@each(
    ("room", "widths"),
    [(100, [10, 20, 30]), (60, [10, 20, 30]), (59, [10, 20, 29]), (45, [10, 17.5, 17.5]), (30, [10, 10, 10]),
     (27, [9, 9, 9]), (0, [0, 0, 0])],
)  # fmt: skip
def test_wide_columns_share_what_the_narrow_ones_leave(room, widths):
    assert _shared([10, 20, 30], room) == pytest.approx(widths)
    assert _shared([30, 10, 20], room) == pytest.approx([widths[2], widths[0], widths[1]])
