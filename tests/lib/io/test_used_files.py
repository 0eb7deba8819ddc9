"""What the next run knows of the files that it skips: which have changed since, and which were read in part."""

import os

import pytest

from lib.io.used_files import UsedFiles
from tests.support.each import each


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MEDIA_TOOLS_CACHE", str(tmp_path / "cache"))
    for name in "abcd":
        (tmp_path / name).write_text(name)
    return tmp_path


def used(folder, names="abcd", table="t/%s.csv", stage="samples", source="", **noted):
    """Note some files with their problems; return what is known of the others."""
    source = source and str(folder / source)
    with UsedFiles(str(folder / table), stage, str(folder), names, source) as files:
        for name, problem in noted.items():
            files.note(name, problem)
        return files.skipped([])


def test_a_file_that_was_used_has_not_changed_until_it_does(folder):
    assert used(folder) == ([], [])
    assert used(folder, a="", b="cut off", c="cut off") == ([], [])
    assert used(folder) == ([], [("b", "cut off"), ("c", "cut off")])
    (folder / "a").write_text("more")
    os.utime(folder / "c", ns=(5, 5))
    (folder / "d").write_text("more")  # never used
    assert used(folder) == (["a", "c"], [("b", "cut off")])
    os.remove(folder / "b")
    assert used(folder, c="") == (["a"], [])
    assert used(folder) == (["a"], [])
    assert used(folder, "bcd") == ([], [])


def test_a_bad_file_was_not_skipped(folder):
    used(folder, a="cut off", b="cut off")
    with UsedFiles(str(folder / "t/%s.csv"), "samples", str(folder), "ab") as files:
        assert files.skipped([("a", "is missing")]) == ([], [("b", "cut off")])


def test_a_file_that_changes_while_it_is_read_has_changed_since(folder):
    with UsedFiles(str(folder / "t"), "samples", str(folder), "a") as files:
        (folder / "a").write_text("another")
        files.note("a")
    assert used(folder, table="t") == (["a"], [])


def test_each_table_and_stage_has_its_own_and_a_new_table_that_of_its_source(folder):
    used(folder, a="cut off")
    assert used(folder, table="u.csv") == used(folder, stage="durations") == ([], [])
    assert used(folder, table="u.csv", source="t/%s.csv") == ([], [("a", "cut off")])
    assert used(folder, table="u.csv") == ([], [("a", "cut off")])


@each("words", [{"table": "/dev/null"}, {"cache": ""}])
def test_of_a_pipe_and_without_a_folder_nothing_is_kept(tmp_path, monkeypatch, words):
    monkeypatch.setenv("MEDIA_TOOLS_CACHE", words.get("cache", str(tmp_path / "cache")))
    (tmp_path / "a").write_text("a")
    for _ in range(2):
        with UsedFiles(words.get("table", "t.csv"), "samples", str(tmp_path), "a") as files:
            assert files.skipped([]) == ([], [])
            files.note("a", "cut off")


@each("kept", [5, {"a": 5}, {"a": ["x"]}, {"a": [1, 2]}, [["a"]]])
def test_what_is_not_ours_says_nothing(tmp_path, monkeypatch, kept):
    monkeypatch.setattr("lib.io.used_files.recall", lambda kind, key: kept)
    (tmp_path / "a").write_text("a")
    assert UsedFiles("t.csv", "samples", str(tmp_path), ["a", "../no", ""]).skipped([]) == ([], [])
