"""Markdown as blocks."""

from lib.text.markdown import BULLET, Item, Paragraph, Run, Table, parse
from tests.support.each import each


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


@each("text", ["one  \ntwo", "one\\\ntwo", "one<br>two", "one<BR />two"])
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


@each("text", ["", "\n \n", "---\n", "<!-- a remark -->\n", "#\n", "- \n", "[x]: http://y\n"])
def test_what_shows_nothing_is_left_out(text):
    assert parse(text) == []


def test_bold_words_come_and_go_and_may_be_bold_twice():
    (paragraph,) = parse("**a** b **c __d__ e** f **g**")
    assert paragraph.runs == (
        Run("a", True), Run(" b "), Run("c d e", True), Run(" f "), Run("g", True),
    )  # fmt: skip


@each(("marks", "kind"), [("#", "h1"), ("##", "h2"), ("###", "h3"), ("####", "h3"), ("######", "h3")])
def test_headings_have_three_levels(marks, kind):
    assert parse(f"{marks} a\n\nb") == [Paragraph(kind, (Run("a"),)), Paragraph("pg", (Run("b"),))]


def test_numbers_go_on_from_the_first_in_each_list():
    found = parse("7) a\n8) b\n   1. c\n   1. d\n\n   more\n9) e\n\n- f\n- g")
    assert [(item.marker, item.depth, item.runs[0].text) for item in found] == [
        ("7)", 0, "a"), ("8)", 0, "b"), ("1.", 1, "c"), ("2.", 1, "d"), ("", 0, "more"), ("9)", 0, "e"),
        ("\u2022", 0, "f"), ("\u2022", 0, "g"),
    ]  # fmt: skip


def test_columns_without_an_alignment_begin_at_the_left():
    (table,) = parse("| a | b | c | d |\n|---|:--|:-:|--:|\n| 1 | **2** | | 4 |")
    assert table.aligns == ("left", "left", "center", "right")
    assert table.rows == (
        ((Run("a"),), (Run("b"),), (Run("c"),), (Run("d"),)), ((Run("1"),), (Run("2", True),), (), (Run("4"),)),
    )  # fmt: skip
