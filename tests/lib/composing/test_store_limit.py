"""The cache of clips' pictures is bounded: what was used longest ago goes first, and only files of the store go."""

import os
import time

import pytest

from lib.composing.store_limit import HOLDS, IN_USE, limit_store
from lib.io.owners import claim_folder

NAMES = ("0a", "1b", "2c", "3d")


@pytest.fixture
def folder(tmp_path):
    """Four files of 100 bytes in two folders of the store, 0a used longest ago, 3d half an hour ago."""
    now = time.time()
    for n, name in enumerate(NAMES):
        place = tmp_path / ("one" if n % 2 else "two") / "waves"
        claim_folder(place, HOLDS)
        path = place / f"{name}.frames"
        path.write_bytes(bytes(100))
        used = now - 1800 if n == 3 else now - IN_USE - 1000 + 10 * n
        os.utime(path, (used, used))
    return tmp_path


def left(folder):
    return sorted(path.stem for path in folder.rglob("*.frames"))


@pytest.mark.parametrize(
    ("most", "stay"),
    [(400, ["0a", "1b", "2c", "3d"]), (399, ["1b", "2c", "3d"]), (200, ["2c", "3d"]), (0, ["3d"])],
)
def test_what_was_used_longest_ago_goes_first_and_nothing_that_may_be_in_use(folder, most, stay):
    limit_store(folder, [], most)
    assert left(folder) == stay


def test_files_of_this_run_stay_and_count_as_used(folder):
    mine = str(folder / "two" / "waves" / "0a.frames")
    limit_store(folder, [mine], 150)
    assert left(folder) == ["0a", "3d"]
    assert time.time() - os.stat(mine).st_mtime < 60


def test_files_of_others_are_neither_counted_nor_removed(folder):
    foreign = folder / "mine" / "waves"
    foreign.mkdir(parents=True)
    for path in (foreign / "4e.frames", folder / "one" / "waves" / "notes.frames", folder / "5f.frames"):
        path.write_bytes(bytes(1000))
        os.utime(path, (1e9, 1e9))
    limit_store(folder, [], 400)
    assert left(folder) == sorted([*NAMES, "4e", "5f", "notes"])
