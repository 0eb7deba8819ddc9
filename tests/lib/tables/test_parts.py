"""What a broken-off stage has done so far is found again, and never taken for something else."""

import os

import pytest

from lib.errors import MediaError
from lib.tables.parts import Parts
from lib.tables.table import Table
from tests.support.each import each


def test_a_part_is_found_again_by_what_it_was_made_from(tmp_path):
    made_from = [{"min": 80, "name": "a \N{BIRD}\n.mp3"}, "12-34"]
    Parts(tmp_path / "out.csv").save(made_from, Table.of({"a": ["1", ""], "b": ["x", '"']}))
    found = Parts(tmp_path / "out.csv").load([{"name": "a \N{BIRD}\n.mp3", "min": 80}, "12-34"])
    assert (found.text("a"), found.text("b")) == (["1", ""], ["x", '"'])


@each("other", [[{"min": 81}, "12-34"], [{"min": 80}, "12-35"], [{"min": "80"}, "12-34"], []])
def test_a_part_made_from_something_else_is_not_taken(tmp_path, other):
    parts = Parts(tmp_path / "out.csv")
    parts.save([{"min": 80}, "12-34"], Table.of({"a": ["1"]}))
    assert parts.load(other) is None
    assert Parts(tmp_path / "other.csv").load([{"min": 80}, "12-34"]) is None


def test_an_empty_part_is_a_part(tmp_path):
    parts = Parts(tmp_path / "out.csv")
    parts.save("silent", Table.of({"filename": [], "start": []}))
    assert parts.load("silent").columns == ["filename", "start"]
    assert len(parts.load("silent")) == 0


@each("damage", [b"", b'a\n"1', b"\xff\xfe\0", b"a,b\n1,2,3\n"])
def test_a_damaged_part_is_made_again(tmp_path, damage):
    parts = Parts(tmp_path / "out.csv")
    parts.save("x", Table.of({"a": ["1"]}))
    (folder,) = [entry for entry in tmp_path.iterdir() if entry.is_dir()]
    (file,) = folder.glob("*.csv")
    file.write_bytes(damage)
    assert parts.load("x") is None
    parts.save("x", Table.of({"a": ["2"]}))
    assert parts.load("x").text("a") == ["2"]


def test_parts_go_with_the_work(tmp_path):
    parts = Parts(tmp_path / "new/out.csv")
    parts.remove()
    assert os.listdir(tmp_path) == []
    parts.save("x", Table.of({"a": ["1"]}))
    parts.save("y", Table.of({"a": ["1"]}))
    assert parts.load("y") is not None
    parts.remove()
    assert os.listdir(tmp_path / "new") == []
    assert parts.load("x") is None


@each("name", ["x" * 251 + ".csv", "\N{CJK UNIFIED IDEOGRAPH-4E00}" * 83 + ".csv", "-.csv", "%s.csv"])
def test_names_of_any_length_have_parts(tmp_path, name):
    parts = Parts(tmp_path / name)
    parts.save("x", Table.of({"a": ["1"]}))
    assert parts.load("x").text("a") == ["1"]
    other = Parts(tmp_path / f"{name[:80]}2.csv")
    assert other.load("x") is None
    other.remove()
    assert parts.load("x") is not None


def test_the_name_of_a_file_that_is_not_utf8_can_be_what_a_part_is_made_from(tmp_path):
    parts = Parts(tmp_path / "out.csv")
    parts.save(["bad \udcff.wav"], Table.of({"a": ["1"]}))
    assert parts.load(["bad \udcff.wav"]).text("a") == ["1"]
    assert parts.load(["bad \udcfe.wav"]) is None


def test_a_folder_that_cannot_be_made_is_reported(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(MediaError, match="the folder cannot be created"):
        Parts(tmp_path / "file/out.csv").save("x", Table.of({"a": ["1"]}))


def test_a_folder_of_someones_is_refused_and_stays(tmp_path):
    parts = Parts(tmp_path / "out.csv")
    parts.save("x", Table.of({"a": ["1"]}))
    (folder,) = tmp_path.iterdir()
    (part,) = folder.glob("*.csv")
    parts.remove()
    folder.mkdir()
    (folder / part.name).write_text("a\n1\n")
    with pytest.raises(MediaError, match="is a folder with files that this tool did not put there"):
        parts.check()
    with pytest.raises(MediaError, match="is a folder with files that this tool did not put there"):
        parts.save("x", Table.of({"a": ["2"]}))
    assert parts.load("x") is None
    parts.remove()
    assert (folder / part.name).read_text() == "a\n1\n"


def test_what_someone_puts_among_the_parts_stays(tmp_path):
    parts = Parts(tmp_path / "out.csv")
    parts.save("x", Table.of({"a": ["1"]}))
    (folder,) = tmp_path.iterdir()
    (folder / "notes.csv").write_text("mine")
    parts.remove()
    assert (folder / "notes.csv").read_text() == "mine"
    assert parts.load("x") is None
    parts.save("x", Table.of({"a": ["2"]}))
    assert parts.load("x").text("a") == ["2"]


def test_two_runs_at_once_do_not_take_each_others_parts_away(tmp_path, monkeypatch):
    """The other run ends, and tidies up, while this one is writing a part."""
    from lib.io import files

    replace, others = os.replace, [Parts(tmp_path / "out.csv")]

    def late(*words):
        if others:
            others.pop().remove()
        replace(*words)

    monkeypatch.setattr(files.os, "replace", late)
    parts = Parts(tmp_path / "out.csv")
    parts.save("x", Table.of({"a": ["1"]}))
    assert others == []
    assert parts.load("x").text("a") == ["1"]
