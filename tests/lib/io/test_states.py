"""States of files and digests."""

import hashlib
import json
import os

import pytest

from lib.io.states import bytes_digest, digest, file_state, is_changed, text_digest


def test_digests_are_the_first_digits_of_sha256():
    whole = hashlib.sha256(b"abc").hexdigest()
    assert bytes_digest([b"a", b"", b"bc"]) == text_digest("abc") == whole[:32]
    assert bytes_digest([b"abc"], 8) == text_digest("abc", 8) == whole[:8]
    assert bytes_digest([b"abc"], 64) == whole
    assert text_digest("\udcff") == hashlib.sha256(b"\xff").hexdigest()[:32]
    value = {"b": 1, "a": [True, None]}
    assert digest(value) == digest({"a": [True, None], "b": 1}) == text_digest(json.dumps(value, sort_keys=True))
    assert digest(value) != digest({"b": 2, "a": [True, None]})


def test_the_state_of_a_file_is_its_size_and_its_time(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"12345")
    os.utime(path, ns=(0, 1_234_567_890_123_456_789))
    assert file_state(str(path)) == f"5-{os.stat(path).st_mtime_ns}"


def test_a_file_is_changed_if_it_is_the_one_that_was_read_and_has_other_bytes(tmp_path):
    path, other = tmp_path / "x", tmp_path / "y"
    path.write_bytes(b"one")
    other.write_bytes(b"two")
    os.link(path, tmp_path / "z")
    state = bytes_digest([b"one"])
    assert not is_changed(path, path, state)
    assert not is_changed(path, path, "")
    assert not is_changed(other, path, state)  # another file
    assert not is_changed(tmp_path / "gone", path, state)
    assert not is_changed(path, tmp_path / "gone", state)
    assert not is_changed(tmp_path, tmp_path, state)
    path.write_bytes(b"two")
    assert is_changed(path, path, state)
    assert is_changed(tmp_path / "z", path, state)
    assert not is_changed(path, path, "")


@pytest.mark.parametrize("missing", ["x", "y"])
def test_what_is_not_there_is_not_changed(tmp_path, missing):
    assert not is_changed(tmp_path / missing, tmp_path / "x", "0" * 32)
