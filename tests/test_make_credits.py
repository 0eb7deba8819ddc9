"""Credits: who is told, in Markdown and on the screen."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import make_credits
from lib.tables.table import Table, write_table
from lib.text.credits import Credit, credits_of, markdown_of
from lib.text.markdown import Paragraph, Run, parse
from lib.text.title_style import title_style
from lib.video.roll import Roll
from tests.support.scripts import status_of

SAMPLES = {"filename": ["a/one.mp4", "two.wav", "a/one.mp4", "b/one.mp4", "three.mp4"], "start": list("01234")}
MANIFEST = {
    "filename": ["a/one.mp4", "b/one.mp4", "two.wav", "unused.mp4", "x/three.mp4"],
    "title": ["The *First* Film", "The *First* Film", "", "Unused", "Zoo"],
    "creator": ["Ann; Bo", "Ann; Bo", "Cy", "", ""],
    "date": ["1957-01-01T00:00:00Z", "1957-01-01T00:00:00Z", "", "", "1960"],
    "licenseurl": ["http://creativecommons.org/licenses/by-nc/3.0/us/"] * 2
    + ["https://creativecommons.org/publicdomain/zero/1.0/", "", "All rights_reserved"],
    "identifier": ["first_film", "first_film", "", "", "zoo"],
    "url": ["", "", "", "", "https://example.org/zoo?a=1&b=2"],
}


@pytest.fixture
def tables(workplace):
    write_table(Table.of(SAMPLES), "s.csv")
    write_table(Table.of(MANIFEST), "m.csv")
    return ("-in", "s.csv", "-meta", "m.csv")


def main(*words):
    return status_of(make_credits.main, list(words))


def test_the_roll_in_markdown(tables, capsys):
    assert main(*tables, "-out", "c.md", "-heading", "With thanks to #1") == 0
    assert Path("c.md").read_text() == (
        "# With thanks to #1\n\n"
        "**The \\*First\\* Film**  \nAnn; Bo, 1957-01-01  \n"
        "CC BY-NC 3.0: <http://creativecommons.org/licenses/by-nc/3.0/us/>  \n<https://archive.org/details/first_film>"
        "\n\n**two.wav**  \nCy  \nCC0 1.0: <https://creativecommons.org/publicdomain/zero/1.0/>\n\n"
        "**Zoo**  \n1960  \nAll rights_reserved  \n<https://example.org/zoo?a=1&b=2>\n"
    )
    assert capsys.readouterr().out == "c.md: sources: 3\n"


def test_a_table_alone_and_several(tables, capsys):
    write_table(Table.of({"filename": ["four.mp4"], "title": ["Four"]}), "s2.csv")
    assert main("-in", "s*.csv", "-out", "c.md") == 0
    assert capsys.readouterr().out == "c.md: sources: 5\n"
    assert "**Four**\n" in Path("c.md").read_text()


@pytest.mark.parametrize(("count", "more"), [(2, ""), (3, ""), (4, " and 1 more"), (6, " and 3 more")])
def test_what_the_manifest_lacks_is_reported(tables, capsys, count, more):
    write_table(Table.of({"filename": [f"{n}.mp4" for n in range(count)]}), "s.csv")
    assert main(*tables, "-out", "c.md") == 0
    named = ", ".join(f"{n}.mp4" for n in range(min(count, 3)))
    assert capsys.readouterr().out == f"c.md: sources: {count}; nothing known from m.csv of: {named}{more}\n"


def test_a_row_without_a_word_of_its_file_is_not_called_missing(tables, capsys):
    write_table(Table.of({"filename": ["bare.mp4"]}), "s.csv")
    write_table(Table.of({"filename": ["bare.mp4", "b.mp4"], "title": ["", "B"]}), "m.csv")
    assert main(*tables, "-out", "c.md") == 0
    assert capsys.readouterr().out == "c.md: sources: 1; nothing known from m.csv of: bare.mp4\n"


@pytest.mark.parametrize("flag", ["in", "meta"])
def test_a_missing_table_is_reported_with_its_flag(tables, capsys, flag):
    assert main(*tables, f"-{flag}", "gone.csv", "-out", "c.md") == 1
    assert f"gone.csv: there is no such table: check -{flag}" in capsys.readouterr().err
    assert not Path("c.md").exists()


def test_credits_are_not_made_again_and_what_was_edited_stays(tables, capsys):
    assert main(*tables, "-out", "c.md") == 0
    assert main(*tables, "-out", "c.md") == 0
    assert "already exists" in capsys.readouterr().out
    assert main(*tables, "-out", "c.md", "-heading", "Other") == 1
    assert "was made from something else, or with other settings: choose another -out, or give -overwrite" in (
        capsys.readouterr().err
    )
    Path("c.md").write_text("mine")
    assert main(*tables, "-out", "c.md") == 1
    assert Path("c.md").read_text() == "mine"
    assert main(*tables, "-out", "c.md", "-overwrite") == 0
    assert main("-in", "s.csv", "-out", "s.csv", "-overwrite") == 2


def test_a_line_crosses_the_picture_in_twelve_seconds():
    # 1200 rows at 10 pictures a second: 10 rows a picture, and some more for the text's own height.
    usual, faster = (Roll("a", title_style(), 320, 1200, Fraction(10), *more) for more in ((), (6,)))
    assert 121 < usual.frames < 140
    assert faster.frames == pytest.approx(usual.frames / 2, abs=1)


@pytest.mark.slow
def test_it_rolls_from_black_to_black(tables, capsys):
    """320 x 180, 12 pictures a second, 3 s to cross: 5 pixels a picture."""
    size = ("-width", "320", "-height", "180", "-fps", "12", "-seconds", "3", "-res", "2")
    assert main(*tables, "-out", "c.mp4", *size) == 0
    with av.open("c.mp4") as film:
        pictures = [frame.to_ndarray(format="gray") for frame in film.decode(video=0)]
    assert f"pictures: {len(pictures)}" in capsys.readouterr().out
    assert max(pictures[0].max(), pictures[-1].max()) < 25
    middle = [np.argmax(picture.max(axis=1) > 128) for picture in pictures[1:12]]
    assert np.diff([row for row in middle if row]).tolist() == [-5] * (len([row for row in middle if row]) - 1)
    assert max(picture.max() for picture in pictures) > 200


@pytest.mark.slow
@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_a_title_is_shown_as_it_is(title):
    heading, paragraph = parse(markdown_of([Credit(title, title)], title))
    assert heading == Paragraph("h1", (Run(title),))
    assert paragraph.runs == (Run(title, True), Run(f"\n{title}"))


def test_a_name_without_folders_is_found_where_it_is_the_only_one():
    manifest = Table.of({"filename": ["x/a.mp4", "y/a.mp4", "z/b.mp4"], "title": ["A", "A2", "B"]})
    told, unknown = credits_of(["a.mp4", "b.mp4", "y/a.mp4"], manifest)
    assert [credit.title for credit in told] == ["a.mp4", "A2", "B"]
    assert unknown == ["a.mp4"]
