"""A journal survives kills, and is one process's at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.errors import MediaError
from lib.io.journal import Journal
from tests.support.each import each

ENTRIES = [{"item": "ü\n日本", "files": ["a", None]}, [1, 2.5], "text"]


def test_entries_come_back(tmp_path: Path) -> None:
    with Journal(tmp_path / "new" / ".j") as journal:
        for entry in ENTRIES:
            journal.append(entry)
    with Journal(tmp_path / "new" / ".j") as journal:
        assert journal.entries == ENTRIES


@pytest.mark.parametrize("torn", [b'{"item": "b', b'"whole but for its line break"', b"7\xff\n8\n"])
def test_a_line_that_was_cut_off_is_dropped(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "j"
    path.write_bytes(b'"a"\n' + torn)
    with Journal(path) as journal:
        assert journal.entries == ["a"]
        journal.append("b")
    assert path.read_bytes() == b'"a"\n"b"\n'


@each("cut", [b"", b"{", b'{"', b'{"ite', b'{"item', b'{"item": "a', b'{"size": 1'])
def test_a_first_line_that_was_cut_off_is_ours(tmp_path: Path, cut: bytes) -> None:
    (tmp_path / "j").write_bytes(cut)
    with Journal(tmp_path / "j", "item", "size") as journal:
        assert journal.entries == []
    assert (tmp_path / "j").read_bytes() == b""


@pytest.mark.parametrize("entry", [{"item": 1}, {"size": 2, "other": 3}, {"item": 1, "size": 2}])
def test_one_of_the_keys_is_enough(tmp_path: Path, entry: dict) -> None:
    with Journal(tmp_path / "j", "item", "size") as journal:
        journal.append(entry)
    with Journal(tmp_path / "j", "item", "size") as journal:
        assert journal.entries == [entry]


@each("other", [b"notes", b"[", b'{"name', b"{\"items': 1", b'["item"]\n', b'{"name": 1}\n', b"notes\n", b'"item"\n'])
def test_what_begins_otherwise_is_someones(tmp_path: Path, other: bytes) -> None:
    (tmp_path / "j").write_bytes(other)
    with pytest.raises(MediaError, match="not made by"):
        Journal(tmp_path / "j", "item", "size")
    assert (tmp_path / "j").read_bytes() == other


def test_restart_replaces_all(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.append("old")
        journal.restart("new", "newer")
        journal.append("newest")
        assert journal.entries == ["new", "newer", "newest"]
        with pytest.raises(MediaError, match="another run is writing here"):
            Journal(tmp_path / "j")
    assert (tmp_path / "j").read_text() == '"new"\n"newer"\n"newest"\n'
    assert [p.name for p in tmp_path.iterdir()] == ["j"]


def test_held_by_one_at_a_time(tmp_path: Path) -> None:
    with Journal(tmp_path / "j"), pytest.raises(MediaError, match="another run is writing here: wait until it ends"):
        Journal(tmp_path / "j")
    with Journal(tmp_path / "j") as journal:
        assert journal.entries == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(MediaError, match="the folder cannot be created"):
        Journal(tmp_path / "file" / "j")
    with pytest.raises(MediaError, match=r"cannot be written .Is a directory."):
        Journal(tmp_path / "folder")
