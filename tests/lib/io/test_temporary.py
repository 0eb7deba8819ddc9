"""Temporary names: new ones, those of killed runs, and those that only look like ours."""

import os
import re
import subprocess
import sys

import pytest

from lib.io import temporary
from lib.io.temporary import (
    _check,
    _new_name,
    host_name,
    is_untouched,
    remove_abandoned,
    shortened,
    temporary_file,
    temporary_folder,
)


def test_names_are_short_and_plain():
    assert shortened("a b/\u00e4.-_9") == "a_b__.-_9"
    assert shortened("x" * 41) == "x" * 40
    assert shortened("x" * 40) == "x" * 40


def test_a_new_file_is_beside_its_target_and_goes(tmp_path):
    target = tmp_path / "my film.longending"
    with temporary_file(target) as path:
        assert path.parent == tmp_path
        assert re.fullmatch(
            rf"\.my_film\.[0-9a-f]{{16}}\.{re.escape(host_name())}-{os.getpid()}\.part\.longend", path.name
        )
        assert path.stat().st_size == 0
        assert is_untouched(path)
        path.write_bytes(b"x")
        assert not is_untouched(path)
        path.write_bytes(b"")
        assert not is_untouched(path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyError), temporary_file(target) as path:
        raise KeyError
    with temporary_file(target) as path:
        path.rename(target)
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(("taken", "fails"), [(1, False), (99, False), (100, True)])
def test_other_names_are_tried_if_one_is_taken(tmp_path, monkeypatch, taken, fails):
    names = iter([f"n{min(count, taken)}" for count in range(101)])
    for n in range(taken):
        (tmp_path / f"n{n}").write_text("mine")
    monkeypatch.setattr(temporary, "_new_name", lambda *words: next(names))
    if fails:
        with pytest.raises(FileExistsError), temporary_file(tmp_path / "x"):
            pass
    else:
        with temporary_file(tmp_path / "x") as path:
            assert path.name == f"n{taken}"
    # What was there is still there.
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {f"n{n}": "mine" for n in range(taken)}


def test_a_new_folder_goes_with_its_files(tmp_path, monkeypatch):
    with temporary_folder(tmp_path) as name:
        assert os.listdir(tmp_path) == [os.path.basename(name)]
        assert os.stat(name).st_mode & 0o777 == 0o700
        with open(os.path.join(name, "x"), "w"):
            pass
    assert os.listdir(tmp_path) == []
    (tmp_path / "taken").mkdir()
    monkeypatch.setattr(temporary, "_new_name", lambda *words: "taken")
    with pytest.raises(FileExistsError), temporary_folder(tmp_path):
        pass
    assert os.listdir(tmp_path) == ["taken"]


HERE = host_name()


@pytest.fixture(scope="module")
def dead():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_only_names_of_ended_processes_here_are_removed(tmp_path, dead, monkeypatch):
    monkeypatch.setattr(temporary, "process_lives", lambda pid: pid != dead)

    def name(kept="film", random="0123abcd", check=None, host=HERE, pid=dead, kind="part", ending=".mp4"):
        return f".{kept}.{random}{check or _check(kept, random)}.{host}-{pid}.{kind}{ending}"

    ours = [name(), name(ending=""), name(kept=""), name(kept="k" * 40), name(random="f" * 8)]
    others = [
        name(pid=os.getpid()), name(host="elsewhere"), name(check="00000000"), name(kept="k" * 41), name(kind="parts"),
        name(kind="other"), name()[1:], name(random="0123ABCD", check=_check("film", "0123ABCD")), name(pid="x"),
    ]  # fmt: skip
    for each in (*ours, *others):
        (tmp_path / each).touch()
    folders = [name(kind="scratch", ending=""), name(kind="scratch", kept="a", pid=os.getpid(), ending="")]
    for folder in folders:
        (tmp_path / folder / "in").mkdir(parents=True)
    remove_abandoned(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted([*others, folders[1]])
    # What cannot be removed is left.
    (tmp_path / name()).mkdir()
    remove_abandoned(tmp_path)
    assert (tmp_path / name()).is_dir()


def test_a_new_name_is_known_as_ours():
    for kind, ending in (("part", ".mp4"), ("scratch", ""), ("part", "")):
        match = temporary._NAME.fullmatch(_new_name("film", kind, ending))
        assert match is not None
        assert match["check"] == _check(match["kept"], match["random"])
        assert (match["host"], match["pid"], match["kind"]) == (host_name(), str(os.getpid()), kind)
