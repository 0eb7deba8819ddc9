"""Pictures on disk: read from many files, of which the latest few are open."""

import builtins
from types import SimpleNamespace

import numpy as np
import pytest

from lib.errors import MediaError
from lib.supercut import pictures
from lib.supercut.pictures import Pictures

SIZE = 6


@pytest.fixture
def files(tmp_path):
    """Five files of four pictures each: picture k of file n has the bytes 10 n + k."""
    for n in range(5):
        (tmp_path / str(n)).write_bytes(b"".join(bytes([10 * n + k] * SIZE) for k in range(4)))
    return [str(tmp_path / str(n)) for n in range(5)]


def test_pictures_are_read_from_any_file_in_any_order(files, monkeypatch):
    monkeypatch.setattr(pictures, "MOST_OPEN", 3)
    opened, real = [], open
    monkeypatch.setattr(
        builtins, "open", lambda path, *more, **how: opened.append(str(path)) or real(path, *more, **how)
    )
    with Pictures(files, SimpleNamespace(count=SIZE)) as them:
        for source, number in [(0, 0), (1, 3), (2, 1), (0, 2), (3, 0), (0, 1), (2, 2), (1, 0), (4, 3), (2, 0)]:
            assert np.array_equal(them.read(source, number), np.full(SIZE, 10 * source + number))
            assert len(them._open) <= 3
    # The fourth closes the one that was read longest ago, the second, and that in turn the fourth.
    assert [files.index(path) for path in opened if path in files] == [0, 1, 2, 3, 1, 4]
    assert len(them._open) == 0


def test_what_is_not_there_is_named(files):
    with Pictures(files, SimpleNamespace(count=SIZE)) as them:
        with pytest.raises(MediaError, match=r"1: is gone or damaged"):
            them.read(1, 4)
        with pytest.raises(MediaError, match="nowhere: cannot be read"):
            Pictures([files[0] + "nowhere"], SimpleNamespace(count=SIZE)).read(0, 0)
