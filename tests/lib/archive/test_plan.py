"""Which files a table's rows want, and which of them cannot be there together."""

import os

import pytest

from lib.archive.answers import ArchiveFile
from lib.archive.plan import LONGEST_NAME, RECORD, NameKeys, WantedFile, plan_files
from tests.support.each import each


def plan(rows, out, source=""):
    """The names wanted, and the impossible ones with their reasons."""
    found = plan_files([item for item, _ in rows], [name for _, name in rows], str(out), source)
    return [(w.item, w.name) for w in found.wanted], {label: reason for _, _, label, reason in found.impossible}


def test_each_file_once(tmp_path):
    rows = [("a", "x.mp4"), ("b", "y/x.mp4"), ("a", "x.mp4"), ("a", "./x.mp4"), ("c", "y/z.mp4")]
    assert plan(rows, tmp_path) == ([rows[0], rows[1], rows[4]], {})


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ([("a", "a/x"), ("b", "b/y")], [("x", "a/x"), ("y", "b/y")]),  # all in folders of their items
        ([("a", "a/x"), ("b", "y")], [("a/x", "x"), ("y", "y")]),
        ([("a", "x")], [("x", "x")]),
    ],
)
def test_the_likelier_name_in_the_item_comes_first(tmp_path, rows, names):
    found = plan_files([item for item, _ in rows], [name for _, name in rows], str(tmp_path)).wanted
    assert [file.names for file in found] == names


def test_a_file_among_those_of_its_item():
    file = WantedFile("a", "a/x", ("x", "a/x"))
    one, other = ArchiveFile("x"), ArchiveFile("a/x")
    assert file.among({"a/x": other, "x": one}) == one
    assert file.among({"a/x": other}) == other
    assert file.among({"y": one}) is None
    assert WantedFile("a", "x").among({"x": one}) == one
    assert (file.label, WantedFile("a", "x").label, WantedFile("a", "ab/x").label) == ("a/x", "a/x", "a/ab/x")


def test_names_that_clash(tmp_path):
    rows = [
        ("a", "x"),
        ("b", "x"),
        ("c", "x/y"),
        ("d", "m/n/o"),
        ("e", "m"),
        ("f", "m/n"),
        ("g", "m/n/o/p"),
        ("h", "m/q"),
    ]
    wanted, impossible = plan(rows, tmp_path)
    assert wanted == [("a", "x"), ("d", "m/n/o"), ("h", "m/q")]
    assert impossible == {
        "b/x": "clash: item a offers the same name; download one of them into another folder",
        "c/x/y": "clash: a/x has the name of a folder that this file needs",
        "e/m": "clash: d/m/n/o needs a folder of this name",
        "f/m/n": "clash: d/m/n/o needs a folder of this name",
        "g/m/n/o/p": "clash: d/m/n/o has the name of a folder that this file needs",
    }


def test_rows_without_a_name(tmp_path):
    wanted, impossible = plan([("a", ""), ("", "x"), ("b", "y"), (" ", " "), ("c", "  ")], tmp_path)
    assert wanted == [("b", "y")]
    assert impossible == {
        "line 2": "the row has no filename", "line 3": "the row has no identifier",
        "line 5": "the row has no identifier", "line 6": "the row has no filename",
    }  # fmt: skip


@each(
    ("name", "said"),
    [
        ("../x", "leads out of the folder"), ("x/../../y", "leads out of the folder"), ("x/", "no name for a file"),
        (".", "no name for a file"), ("x/..", "no name for a file"), (RECORD, "no name for a file"),
        (f"x/{RECORD}", "no name for a file"), ("n" * (LONGEST_NAME + 1), "a name of over 255 bytes"),
        ("\u00e9" * 128, "a name of over 255 bytes"), ("x/" + "n" * 256 + "/y", "a name of over 255 bytes"),
    ],
)  # fmt: skip
def test_refused_names(tmp_path, name, said):
    wanted, impossible = plan([("a", name), ("b", "z")], tmp_path)
    assert wanted == [("b", "z")]
    assert said in impossible[f"a/{name}"]


@each("name", ["n" * 255, "\u00e9" * 127, "x/y/../z", f"{RECORD}/x", "..x"])
def test_names_that_are_just_possible(tmp_path, name):
    assert plan([("a", name)], tmp_path) == ([("a", name)], {})


def test_what_is_in_the_way_on_the_disk(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    rows = [("a", "folder"), ("a", "folder/x"), ("a", "file/x"), ("a", "file/x/y"), ("a", "file"), ("a", "t.csv")]
    wanted, impossible = plan(rows, tmp_path, str(tmp_path / "t.csv"))
    assert wanted == [("a", "folder/x"), ("a", "file")]
    assert impossible == {
        "a/folder": "there is a folder of this name",
        "a/file/x": "there is a file in the place of its folder file",
        "a/file/x/y": "there is a file in the place of its folder file",
        "a/t.csv": "refused: it would replace the table that lists it",
    }


def test_names_that_are_one_file_where_case_does_not_count(tmp_path):
    accents = ("e\u0301", "\u00e9")
    keys = NameKeys(str(tmp_path))
    assert keys.of("A") != keys.of("a")
    assert keys.of(accents[0]) != keys.of(accents[1])
    (tmp_path / RECORD.upper()).touch()  # as if the record were found by this name
    keys = NameKeys(str(tmp_path))
    assert keys.of("A/b") == keys.of("a/./B")
    assert keys.of(accents[0]) == keys.of(accents[1])
    assert keys.of("a") != keys.of("b")
    assert keys.of("../x") == os.path.normpath("../x")
