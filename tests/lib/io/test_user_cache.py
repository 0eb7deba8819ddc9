"""The user's folder for results that can be made again."""

import json
from pathlib import Path

import pytest

from lib.io import user_cache
from lib.io.states import digest
from lib.io.user_cache import cache_folder, keep, recall


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("MEDIA_TOOLS_CACHE", str(tmp_path / "c"))
    return tmp_path / "c"


def test_what_was_saved_is_recalled(folder):
    assert recall("cuts", {"a": 1}) is None
    keep("cuts", {"a": 1}, [1, None])
    assert recall("cuts", {"a": 1}) == [1, None]
    assert recall("cuts", {"a": 2}) is None
    assert recall("other", {"a": 1}) is None
    assert [path.relative_to(folder) for path in folder.rglob("*.json")] == [Path("cuts") / f"{digest({'a': 1})}.json"]


@pytest.mark.parametrize("text", ["", "{", "[1]", "3", '{"value": 1}', '{"made_from": 2, "value": 1}', "[" * 100_000])
def test_what_is_damaged_is_made_again(folder, text):
    keep("cuts", 1, 5)
    (path,) = folder.rglob("*.json")
    path.write_text(text)
    assert recall("cuts", 1) is None
    keep("cuts", 1, 6)
    assert recall("cuts", 1) == 6
    assert json.loads(path.read_text()) == {"made_from": 1, "value": 6}


def test_a_folder_that_is_not_ours_keeps_nothing(folder):
    folder.write_text("a file")
    keep("cuts", 1, 5)
    assert recall("cuts", 1) is None


def test_the_folder_is_the_one_that_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("MEDIA_TOOLS_CACHE", "")
    assert cache_folder() is None
    keep("cuts", 1, 5)
    assert recall("cuts", 1) is None
    monkeypatch.delenv("MEDIA_TOOLS_CACHE")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for system, variable, own in [
        ("linux", "XDG_CACHE_HOME", tmp_path / ".cache"),
        ("win32", "LOCALAPPDATA", tmp_path / "AppData" / "Local"),
        ("darwin", "", tmp_path / "Library" / "Caches"),
    ]:
        monkeypatch.setattr(user_cache.sys, "platform", system)
        for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
            monkeypatch.delenv(name, raising=False)
        assert cache_folder() == own / "media-tools"
        if variable:
            monkeypatch.setenv(variable, str(tmp_path / "x"))
            assert cache_folder() == tmp_path / "x" / "media-tools"


def test_without_a_home_nothing_is_kept(monkeypatch):
    def none():
        raise RuntimeError

    monkeypatch.delenv("MEDIA_TOOLS_CACHE", raising=False)
    monkeypatch.setattr(Path, "home", none)
    assert cache_folder() is None
