"""Markdown as blocks to set over a picture: headings, paragraphs, lists and tables, of plain and bold words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

BULLET = "\u2022"
# Smaller headings look like the smallest.
HEADING_LEVELS = 3
_LINE_BREAK = re.compile(r"<br\b", re.IGNORECASE)


@dataclass(frozen=True)
class Run:
    """Some text in one weight; line breaks in it are the author's."""

    text: str
    bold: bool = False


Runs = tuple[Run, ...]


@dataclass(frozen=True)
class Paragraph:
    """A heading (`kind` "h1", "h2", "h3") or a paragraph ("pg")."""

    kind: str
    runs: Runs


@dataclass(frozen=True)
class Item:
    """One paragraph of a list's item.

    marker: the text before it ("" for the item's further ones); depth: 0, and 1 more in each list within a list.
    """

    runs: Runs
    marker: str
    depth: int


@dataclass(frozen=True)
class Table:
    """Rows of cells, the first of them the heads; `aligns`: "left", "center" or "right" for each column."""

    rows: tuple[tuple[Runs, ...], ...]
    aligns: tuple[str, ...]


Block = Paragraph | Item | Table


def parse(text: str) -> list[Block]:
    """Read CommonMark with tables (https://spec.commonmark.org, by markdown-it-py) into blocks, in order.

    Headings below the third level become third ones. Code and quotations are paragraphs; links are their text, pictures
    their descriptions; rules and HTML are left out, except <br>, which breaks a line. Empty blocks are left out.
    """
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    reader = _Reader()
    for token in tokens:
        reader.take(token)
    return reader.blocks


class _Reader:
    """Makes blocks from markdown-it's tokens, which come in the order of the text and open and close their contents."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._kind = "pg"
        self._lists: list[int | None] = []  # of every list that we are in: its next number, None for bullets
        self._marker = ""
        self._rows: list[list[Runs]] | None = None  # of the table that we are in
        self._aligns: list[str] = []

    def take(self, token: Token) -> None:
        """Take the next token."""
        match token.type:
            case "heading_open":
                self._kind = f"h{min(int(token.tag[1:]), HEADING_LEVELS)}"
            case "heading_close":
                self._kind = "pg"
            case "bullet_list_open":
                self._lists.append(None)
            case "ordered_list_open":
                self._lists.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
            case "list_item_open":
                self._marker = self._next_marker(token.markup)
            case "list_item_close":
                self._marker = ""
            case "fence" | "code_block":
                self._add((Run(token.content.rstrip("\n")),))
            case "inline" if self._rows is None:
                self._add(_runs(token.children or ()))
            case _:
                self._take_of_table(token)

    def _take_of_table(self, token: Token) -> None:
        if token.type == "table_open":
            self._rows, self._aligns = [], []
        elif self._rows is None:
            return
        elif token.type == "tr_open":
            self._rows.append([])
        elif token.type == "th_open":
            self._aligns.append(str(token.attrs.get("style", "left")).rpartition(":")[2])
        elif token.type == "inline":
            self._rows[-1].append(_runs(token.children or ()))
        elif token.type == "table_close":
            self.blocks.append(Table(tuple(map(tuple, self._rows)), tuple(self._aligns)))
            self._rows = None

    def _next_marker(self, closing: str) -> str:
        number = self._lists[-1]
        if number is None:
            return BULLET
        self._lists[-1] = number + 1
        return f"{number}{closing}"

    def _add(self, runs: Runs) -> None:
        if not any(run.text.strip() for run in runs):
            return
        if self._lists:
            self.blocks.append(Item(runs, self._marker, len(self._lists) - 1))
            self._marker = ""
        else:
            self.blocks.append(Paragraph(self._kind, runs))


def _runs(tokens: Iterable[Token]) -> Runs:
    """Return the text of inline tokens; neighbours of one weight are one run."""
    runs: list[Run] = []
    bold = 0
    for token in tokens:
        bold += {"strong_open": 1, "strong_close": -1}.get(token.type, 0)
        text = _text(token)
        if text and runs and runs[-1].bold == (bold > 0):
            runs[-1] = Run(runs[-1].text + text, bold > 0)
        elif text:
            runs.append(Run(text, bold > 0))
    return tuple(runs)


def _text(token: Token) -> str:
    if token.type in ("text", "code_inline"):
        return token.content
    if token.type == "image":
        return "".join(_text(child) for child in token.children or ())
    if token.type == "softbreak":
        return " "
    return (
        "\n" if token.type == "hardbreak" or (token.type == "html_inline" and _LINE_BREAK.match(token.content)) else ""
    )
