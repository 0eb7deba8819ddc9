"""A name is held by one run at a time, however runs come and go; someone's file in the place of ours stays."""

import os
import subprocess
import sys
import threading

import pytest

from lib.errors import MediaError, PlaceError
from lib.io.holds import hold_name, hold_path, keep_hold, release_holds

HOLDS = """
import sys, time
from lib.io.holds import hold_name

with hold_name(sys.argv[1]):
    print(flush=True)
    time.sleep(60)
"""


def test_a_name_is_held_by_one_run_and_nothing_is_left(tmp_path):
    names = [tmp_path / "new" / name for name in ("f.%s.png", "g.%s.png")]
    with hold_name(names[0]):
        with pytest.raises(MediaError, match="another run is writing here"), hold_name(names[0]):
            pass
        with hold_name(names[1]):  # in the same folder
            pass
    with pytest.raises(KeyError), hold_name(names[0]):
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_a_name_is_kept_until_the_run_ends(tmp_path):
    table, link = tmp_path / "t.csv", tmp_path / "link.csv"
    table.write_text("a")
    link.symlink_to(table)
    try:
        for _ in range(2):  # a stage within a stage
            keep_hold(str(link))
        with pytest.raises(MediaError, match="another run is writing here"), hold_name(table):
            pass
    finally:
        release_holds()
    with hold_name(table), pytest.raises(MediaError) as error:
        keep_hold(str(link))
    assert error.value.file == str(link)
    assert sorted(tmp_path.iterdir()) == [link, table]


def test_nothing_is_held_where_nothing_is_written(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    ends = os.pipe()  # as of >(command), or of /dev/stdout
    for name in ("pipe", ".", "../", f"/dev/fd/{ends[1]}"):
        keep_hold(tmp_path / name)
    release_holds()
    for end in ends:
        os.close(end)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_the_folder_stays_if_something_was_written(tmp_path):
    with hold_name(tmp_path / "new" / "deep" / "f"):
        (tmp_path / "new" / "f").write_text("a")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["f"]


@pytest.mark.slow
def test_a_killed_run_holds_nothing(tmp_path):
    name = tmp_path / "f.%s.png"
    other = subprocess.Popen([sys.executable, "-c", HOLDS, str(name)], stdout=subprocess.PIPE)
    other.stdout.readline()
    with pytest.raises(MediaError, match="another run is writing here"), hold_name(name):
        pass
    other.kill()
    other.wait()
    other.stdout.close()
    assert hold_path(name).exists()
    with hold_name(name):
        pass
    assert not hold_path(name).exists()


def test_of_many_runs_one_at_a_time_is_in_the_block(tmp_path):
    inside, most, entered = [0], [0], [0]

    def run():
        for _ in range(100):
            try:
                with hold_name(tmp_path / "f"):
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                    entered[0] += 1
                    inside[0] -= 1
            except MediaError:
                pass

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 1
    assert entered[0] >= 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["file", "link", "folder"])
def test_someones_file_in_the_place_of_ours_stays(tmp_path, kind):
    place, mine = hold_path(tmp_path / "f"), tmp_path / "mine"
    mine.write_text("mine")
    if kind == "file":
        place.write_text("mine")
    elif kind == "link":
        place.symlink_to(mine)
    else:
        place.mkdir()
    before = place.lstat()
    with pytest.raises(PlaceError, match="was not made by this tool"), hold_name(tmp_path / "f"):
        pass
    assert place.lstat() == before
    assert mine.read_text() == "mine"


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PlaceError, match="the folder cannot be created"), hold_name(tmp_path / "file" / "f"):
        pass
