"""Stamps: a file is fresh while it is there, as it was, and made from the same."""

import os
from pathlib import Path

import pytest

from lib.errors import OccupiedError
from lib.io.files import atomic_path
from lib.io.kept_table import KeptTable
from lib.io.stamps import check_free, is_fresh, put_stamp


@pytest.mark.parametrize("name", ["sound.mp3", "50%s.mp3", "a\n'\" %d.mp3"])
def test_a_file_is_fresh_until_it_changes_or_goes(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"one")
    assert not is_fresh(path, "this")
    put_stamp(path, "this")
    assert is_fresh(path, "this")
    assert not is_fresh(path, "that")
    path.write_bytes(b"another")
    assert not is_fresh(path, "this")
    put_stamp(path, "this")
    path.unlink()
    assert not is_fresh(path, "this")


def test_a_row_of_files_is_fresh_while_it_is_made_from_the_same(tmp_path):
    pattern = tmp_path / "frame.%s.png"
    assert not is_fresh(pattern, "this")
    put_stamp(pattern, "this")
    (tmp_path / "frame.01.png").write_bytes(b"picture")
    assert is_fresh(pattern, "this")
    assert not is_fresh(pattern, "that")


@pytest.mark.parametrize("seconds", [-86_400, 0, 5_000_000_000])
def test_a_clock_that_is_wrong_makes_nothing_fresh_or_stale(tmp_path, seconds):
    """Times before 1970 and in the future, and a file that is older than before: times are compared, not ordered."""
    media, table = tmp_path / "song.wav", tmp_path / "song.csv"

    def kept():
        return KeptTable(str(table), str(media), [("song.wav", str(media))], 1)

    for path in (media, table):
        path.write_bytes(b"one")
        os.utime(path, (seconds, seconds))
    put_stamp(table, "this")
    assert is_fresh(table, "this")
    os.utime(table, (seconds - 1, seconds - 1))
    assert not is_fresh(table, "this")
    first = kept()
    first.begin(overwrite=True)
    with atomic_path(table) as part:
        Path(part).write_bytes(b"one")
        os.utime(part, (seconds, seconds))
    kept().begin(overwrite=False)
    assert table.exists()
    os.utime(media, (seconds - 1, seconds - 1))
    kept().begin(overwrite=False)
    assert not table.exists()


def test_another_owners_result_is_not_free_unless_it_is_to_be_replaced(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("made")
    put_stamp(path, "inputs", "one")
    check_free(path, "one")
    for owner in ("", "two"):
        with pytest.raises(OccupiedError, match="was made for another result"):
            check_free(path, owner)
        check_free(path, owner, overwrite=True)
    path.write_text("changed since")
    with pytest.raises(OccupiedError, match="was changed since it was made"):
        check_free(path, "one")
