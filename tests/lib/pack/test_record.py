"""The record of a pack: whose a file is, what may be replaced, and what is removed."""

import os
import re

import pytest

from lib.errors import OccupiedError
from lib.io.owners import claim_folder
from lib.io.stamps import CHANGED, FOREIGN
from lib.io.states import file_state
from lib.pack.pack import HOLDS
from lib.pack.record import Record


@pytest.fixture
def folder(tmp_path):
    claim_folder(str(tmp_path / "pack"), HOLDS)
    return tmp_path / "pack"


def made(folder, *names):
    """Write files, and return what a record says of them."""
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(name)
    return {name: ["from", file_state(str(folder / name))] for name in names}


def test_what_was_noted_is_known_to_the_next_run(folder):
    with Record(str(folder)) as record:
        assert (record.settings, record.made) == (None, {})
        record.begin({"level": -20}, ["a", "b", "c"])
        record.add(made(folder, "a"))
        record.add(made(folder, "b"))
    with Record(str(folder)) as record:
        assert record.settings == {"level": -20}
        assert sorted(record.made) == ["a", "b"]
        assert record.is_unchanged("a")
        record.begin({"level": None}, ["d"])
    with Record(str(folder)) as record:
        assert (record.settings, sorted(record.made)) == ({"level": None}, ["a", "b"])


def test_a_file_is_ours_as_long_as_nobody_changes_it(folder):
    with Record(str(folder)) as record:
        record.begin({}, ["a", "deep/b", "gone", "linked"])
        record.add(made(folder, "a", "deep/b", "gone", "linked"))
        (folder / "gone").unlink()
        (folder / "linked").rename(folder / "moved")
        os.symlink("moved", folder / "linked")
        assert record.path("deep/b") == os.path.join(str(folder), "deep", "b")
        assert [record.is_unchanged(name) for name in ("a", "deep/b", "gone", "linked", "moved")] == [1, 1, 0, 0, 0]
        (folder / "a").write_text("mine now")
        assert not record.is_unchanged("a")


def test_what_is_in_the_place_of_a_file_that_is_to_be_written(folder):
    with Record(str(folder)) as record:
        record.begin({}, ["planned", "linked", "folder", "kept"])
        record.add(made(folder, "kept", "changed"))
    (folder / "changed").write_text("mine now")
    made(folder, "planned", "foreign", "target")
    os.symlink("target", folder / "linked")
    (folder / "folder").mkdir()
    with Record(str(folder)) as record:
        record.check(["kept", "planned", "not there"])
        for name, said in (("changed", CHANGED), ("foreign", FOREIGN), ("linked", FOREIGN), ("folder", FOREIGN)):
            with pytest.raises(OccupiedError, match=re.escape(said)) as error:
                record.check(["kept", name])
            assert error.value.file == str(folder / name)


def test_what_is_not_among_the_files_is_removed_if_it_is_ours(folder):
    with Record(str(folder)) as record:
        record.begin({"x": 1}, [])
        record.add(made(folder, "a", "b", "c", "d"))
        made(folder, "foreign")
        (folder / "c").write_text("mine now")
        assert record.remove_others(["a"]) == ["b", "d"]
        assert sorted(record.made) == ["a"]
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) == ["a", "c", "foreign"]
    with Record(str(folder)) as record:
        assert (record.settings, sorted(record.made)) == ({"x": 1}, ["a"])
