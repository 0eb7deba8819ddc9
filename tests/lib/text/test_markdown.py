"""Markdown as blocks."""

import pytest

from lib.text.markdown import BULLET, Item, Paragraph, Run, Table, parse


def plain(text):
    return (Run(text),)


def test_headings_and_paragraphs():
    text = "# One\n\n## Two\n\n### Three\n\n##### Five\n\nSome text\non two lines.\n"
    assert parse(text) == [
        Paragraph("h1", plain("One")),
        Paragraph("h2", plain("Two")),
        Paragraph("h3", plain("Three")),
        Paragraph("h3", plain("Five")),
        Paragraph("pg", plain("Some text on two lines.")),
    ]


def test_words_in_a_line():
    text = "A *slanted* **bold *both*** `code` [link](http://x) ![a **picture**](x.png) &amp; \\* <i>tag</i>"
    assert parse(text) == [
        Paragraph(
            "pg", (Run("A slanted "), Run("bold both", bold=True), Run(" code link a picture & * tag"))
        )
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["one  \ntwo", "one\\\ntwo", "one<br>two", "one<BR />two"])
def test_line_breaks(text):
    assert parse(text) == [Paragraph("pg", plain("one\ntwo"))]


def test_lists():
    text = "- one\n- two\n  1. inner\n  2. more\n\n  again\n- \n- # last\n\nafter\n\n0) zero\n1) one\n"
    assert parse(text) == [
        Item(plain("one"), BULLET, 0),
        Item(plain("two"), BULLET, 0),
        Item(plain("inner"), "1.", 1),
        Item(plain("more"), "2.", 1),
        Item(plain("again"), "", 0),
        Item(plain("last"), BULLET, 0),
        Paragraph("pg", plain("after")),
        Item(plain("zero"), "0)", 0),
        Item(plain("one"), "1)", 0),
    ]


def test_tables():
    text = "| a | b | c |\n|---|--:|:-:|\n| 1 | **2** | |\n| x |\n\nafter"
    assert parse(text) == [
        Table(
            (
                (plain("a"), plain("b"), plain("c")),
                (plain("1"), (Run("2", bold=True),), ()),
                (plain("x"), (), ()),
            ),
            ("left", "right", "center"),
        ),
        Paragraph("pg", plain("after")),
    ]


def test_code_and_quotations_are_paragraphs():
    assert parse("```\na  b\n c\n```\n\n> quoted\n") == [
        Paragraph("pg", plain("a  b\n c")),
        Paragraph("pg", plain("quoted")),
    ]


@pytest.mark.parametrize("text", ["", "\n \n", "---\n", "<!-- a remark -->\n", "#\n", "- \n", "[x]: http://y\n"])
def test_what_shows_nothing_is_left_out(text):
    assert parse(text) == []
