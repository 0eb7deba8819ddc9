"""Stamps: a file is fresh while it is there, as it was, and made from the same."""

import pytest

from lib.io.stamps import is_fresh, put_stamp


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
