"""Folders of our own have a mark; what is in others, and what only looks like ours, stays."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lib.errors import MediaError, PlaceError
from lib.io import owners
from lib.io.files import atomic_path, check_outputs, scratch_folder
from lib.io.owners import MARK, check_folder, claim_folder, hold_folder, is_our_folder, remove_folder
from lib.io.stamps import check_free, free_path, is_stamped, put_stamp, stamp_path


def dead_process():
    done = subprocess.Popen([sys.executable, "-S", "-c", ""])
    done.wait()
    return done.pid


def test_a_folder_is_claimed_when_it_is_new_or_empty(tmp_path):
    for name in ("new/deep", "empty"):
        folder = tmp_path / name
        if name == "empty":
            folder.mkdir()
            (folder / ".DS_Store").write_bytes(b"")  # systems put this anywhere
        claim_folder(folder)
        assert is_our_folder(folder)
        claim_folder(folder)
        (folder / "part").write_text("ours")
        check_folder(folder)


@pytest.mark.parametrize("name", ["diary", MARK])
def test_a_folder_with_someones_files_is_refused(tmp_path, name, monkeypatch):
    """Also if one of them has the mark's name."""
    monkeypatch.setattr(owners, "PATIENCE", 0.05)
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / name).write_text("mine")
    for call in (check_folder, claim_folder):
        with pytest.raises(PlaceError, match="f: is a folder with files that this tool did not put there"):
            call(tmp_path / "f")
    remove_folder(tmp_path / "f", re.compile(".*"))
    assert (tmp_path / "f" / name).read_text() == "mine"


def test_a_folder_that_holds_something_else_is_refused(tmp_path):
    for name, holds in (("pack", "samples as files"), ("old", "")):  # earlier versions did not tell
        claim_folder(tmp_path / name, holds)
        (tmp_path / name / "one.wav").write_text("ours")
        claim_folder(tmp_path / name, holds)
        assert is_our_folder(tmp_path / name)
    for call in (check_folder, claim_folder):
        with pytest.raises(PlaceError, match="pack: holds samples as files, which this tool made"):
            call(tmp_path / "pack", "a page")
        call(tmp_path / "old", "a page")
    remove_folder(tmp_path / "pack", re.compile("nothing"))
    assert is_our_folder(tmp_path / "pack", "samples as files")
    assert not is_our_folder(tmp_path / "pack", "a page")
    (tmp_path / "pack" / MARK).write_text((tmp_path / "pack" / MARK).read_text() + "mine")
    assert not is_our_folder(tmp_path / "pack")


def test_one_run_at_a_time_holds_a_folder(tmp_path):
    folder = tmp_path / "pieces"
    claim_folder(folder)
    with hold_folder(folder, re.compile("[ab]")):
        with pytest.raises(MediaError, match="another run is writing here"), hold_folder(folder):
            pass
        (folder / "a").touch()
    assert not folder.exists()
    with pytest.raises(MediaError, match="another run is writing here"), hold_folder(folder):
        pass
    claim_folder(folder)
    (folder / "a").touch()
    with pytest.raises(KeyError), hold_folder(folder, re.compile("a")):
        raise KeyError
    assert (folder / "a").exists()
    with hold_folder(folder):
        pass
    assert (folder / "a").exists()


def test_a_mark_that_is_a_link_is_none(tmp_path):
    claim_folder(tmp_path / "ours")
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / MARK).symlink_to(tmp_path / "ours" / MARK)
    assert not is_our_folder(tmp_path / "f")


def test_what_only_looks_abandoned_is_not_removed(tmp_path):
    """The checksum in the name is wrong: whoever wrote this, it was not this tool."""
    host = socket.gethostname().split(".")[0]
    pid = dead_process()
    mine = [f".song.0123456789abcdef.{host}-{pid}.part.mp3", f".scratch.{host}-{pid}"]
    (tmp_path / mine[0]).write_text("mine")
    (tmp_path / mine[1]).mkdir()
    (tmp_path / mine[1] / "diary").write_text("mine")
    with atomic_path(tmp_path / "t.csv") as part:
        Path(part).write_text("x")
    with scratch_folder(tmp_path) as scratch:
        assert os.path.basename(scratch) not in mine
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*mine, "t.csv"])
    assert (tmp_path / mine[1] / "diary").read_text() == "mine"


def test_temporary_names_cannot_be_foreseen_and_are_new_files(tmp_path):
    names = set()
    for _ in range(50):
        with atomic_path(tmp_path / "t.csv") as part:
            assert os.lstat(part).st_size == 0
            names.add(part)
            Path(part).write_text("x")
    assert len(names) == 50


def test_a_link_is_followed_for_a_named_file_only(tmp_path):
    (tmp_path / "diary").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "diary")
    with atomic_path(tmp_path / "link", follow=False) as part:
        Path(part).write_text("ours")
    assert (tmp_path / "diary").read_text() == "mine"
    assert not (tmp_path / "link").is_symlink()


def test_an_input_is_known_under_all_its_names(tmp_path):
    song = tmp_path / "song.wav"
    song.write_bytes(b"x")
    (tmp_path / "soft").symlink_to(song)
    os.link(song, tmp_path / "hard")
    for name in ("song.wav", "soft", "hard", "../" + tmp_path.name + "/song.wav"):
        with pytest.raises(PlaceError, match="is an input, which would be replaced"):
            check_outputs([str(tmp_path / name)], [str(song)])
    with pytest.raises(PlaceError):
        check_outputs([str(song)], [str(tmp_path / "soft")])
    check_outputs([str(tmp_path / "other.wav")], [str(song), str(tmp_path / "gone.wav")])


def test_a_file_is_free_for_its_owner_alone(tmp_path):
    path = tmp_path / "p.png"
    check_free(path, "a")
    path.write_bytes(b"1")
    assert free_path(path, "a") == str(tmp_path / "p-2.png")
    put_stamp(path, "", "a")
    assert is_stamped(path, "a")
    assert free_path(path, "a") == str(path)
    assert free_path(path, "b") == str(tmp_path / "p-2.png")
    path.write_bytes(b"22")  # someone has edited it
    assert free_path(path, "a") == str(tmp_path / "p-2.png")


def test_someones_file_in_the_place_of_a_stamp_stays(tmp_path):
    path = tmp_path / "p.png"
    path.write_bytes(b"1")
    stamp_path(path).write_text("mine")
    with pytest.raises(PlaceError, match="was not made by this tool"):
        put_stamp(path, "", "a")
    assert stamp_path(path).read_text() == "mine"
