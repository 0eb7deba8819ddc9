"""The cache: what was saved is there, after a kill too; what is damaged is noticed; what is not ours is not lost."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.errors import MediaError, PlaceError
from lib.io.caches import ArrayCache, remove_cache

ROOT = Path(__file__).parents[3]
LENGTH = 39
# Saves arrays full of 0, 1, 2, ... under NAME0, NAME1, ..., and says after each that it is saved.
WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from lib.io.caches import ArrayCache
with ArrayCache(sys.argv[2], 39) as cache:
    for n in range(int(sys.argv[4])):
        cache.put([f"{sys.argv[3]}{n}"], np.full((1, 39), n, np.float32))
        print(n, flush=True)
"""


def start_writer(path, name, count):
    command = [sys.executable, "-c", WRITER, str(ROOT), str(path), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "new folder" / "cache ♫.db")


def arrays(*values):
    return np.array([np.full(LENGTH, value) for value in values], np.float32)


def saved(path, keys):
    with ArrayCache(path, LENGTH) as cache:
        return {keys[place]: array for place, array in cache.get(keys).items()}, cache.note


def test_what_was_put_is_found_by_its_key(path):
    values = np.random.default_rng(1).standard_normal((3, LENGTH)).astype(np.float32)
    with ArrayCache(path, LENGTH) as cache:
        assert cache.get(["a", "b"]) == {}
        cache.put(["a", "b", "c\n'♫\udcff"], values)
        assert sorted(cache.get(["z", "b", "a", "b"])) == [1, 2, 3]
    found, note = saved(path, ["c\n'♫\udcff", "b", "nothing"])
    assert note == ""
    assert found["b"].tobytes() == values[1].tobytes()
    assert found["c\n'♫\udcff"].tobytes() == values[2].tobytes()
    assert "nothing" not in found
    # No pickle, and no file beside it is left.
    assert Path(path).read_bytes().startswith(b"SQLite format 3\0")
    assert os.listdir(Path(path).parent) == [Path(path).name]


def test_the_last_value_of_a_key_counts_and_many_are_asked_for_at_once(path):
    keys = [f"key {n}" for n in range(2500)]
    with ArrayCache(path, LENGTH) as cache:
        cache.put(keys, arrays(*range(2500)))
        cache.put(["key 7"], arrays(-1))
    found, _ = saved(path, keys)
    assert len(found) == 2500
    assert found["key 7"][0] == -1
    assert found["key 2499"][38] == 2499


def test_arrays_of_another_length_are_refused(path):
    with ArrayCache(path, LENGTH) as cache, pytest.raises(ValueError, match="reshape"):
        cache.put(["a"], np.zeros((1, 5), np.float32))
    with ArrayCache(path, LENGTH) as cache:
        cache.put(["a"], arrays(1))
    with ArrayCache(path, 5) as cache:
        assert cache.get(["a"]) == {}


def test_a_changed_array_is_not_believed(path):
    with ArrayCache(path, LENGTH) as cache:
        cache.put(["a", "b"], arrays(1, 2))
    data = Path(path).read_bytes()
    ones, wrong = arrays(1)[0].tobytes(), arrays(3)[0].tobytes()
    assert data.count(ones) == 1
    Path(path).write_bytes(data.replace(ones, wrong))
    found, _ = saved(path, ["a", "b"])
    assert "a" not in found
    assert found["b"][0] == 2


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_cut_off_cache_is_noticed_and_started_again(path, kept):
    keys = [f"key {n}" for n in range(1000)]
    with ArrayCache(path, LENGTH) as cache:
        cache.put(keys, arrays(*range(1000)))
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[: int(len(data) * kept)])
    with ArrayCache(path, LENGTH) as cache:
        assert "damaged" in cache.note
        assert path in cache.note
        assert "\n" not in cache.note
        assert cache.get(keys) == {}
        cache.put(["a"], arrays(1))
    found, note = saved(path, ["a"])
    assert (len(found), note) == (1, "")


def test_damage_within_is_noticed_and_started_again(path):
    keys = [f"key {n}" for n in range(1000)]
    with ArrayCache(path, LENGTH) as cache:
        cache.put(keys, arrays(*range(1000)))
    data = bytearray(Path(path).read_bytes())
    data[4096 : len(data) // 2] = bytes(len(data) // 2 - 4096)
    Path(path).write_bytes(data)
    # Unchecked, it is noticed where it is read.
    with ArrayCache(path, LENGTH, check=False) as cache:
        assert cache.note == ""
        assert cache.get(keys) == {}
        assert "damaged" in cache.note
        cache.put(["a"], arrays(1))
        assert len(cache.get(["a"])) == 1
    Path(path).write_bytes(data)
    with ArrayCache(path, LENGTH) as cache:
        assert "damaged" in cache.note


def test_a_cache_of_another_version_is_started_again(path):
    with ArrayCache(path, LENGTH) as cache:
        cache.put(["a"], arrays(1))
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with ArrayCache(path, LENGTH) as cache:
        assert "version" in cache.note
        assert cache.get(["a"]) == {}


@pytest.mark.parametrize("content", ["a pickle", "another database"])
def test_what_is_not_a_cache_is_refused_and_stays(tmp_path, content):
    path = str(tmp_path / "x.db")
    if content == "a pickle":
        Path(path).write_bytes(b"\x80\x04\x95 not read")
    else:
        database = sqlite3.connect(path)
        database.execute("CREATE TABLE precious (thing)")
        database.commit()
        database.close()
    before = Path(path).read_bytes()
    remove_cache(path)
    assert Path(path).read_bytes() == before
    with pytest.raises(PlaceError, match="is not a cache of this tool"):
        ArrayCache(path, LENGTH)
    assert os.listdir(tmp_path) == ["x.db"]
    assert Path(path).read_bytes() == before


@pytest.mark.parametrize("ending", ["-journal", "-wal", "-shm"])
def test_someones_file_where_sqlite_would_put_its_own_stays(path, ending):
    with ArrayCache(path, LENGTH) as cache:
        cache.put(["a"], arrays(1))
    Path(path + ending).write_bytes(b"a diary")
    with pytest.raises(PlaceError, match=f"{ending}: already exists"):
        ArrayCache(path, LENGTH)
    remove_cache(path)
    assert Path(path + ending).read_bytes() == b"a diary"


def test_a_cache_is_removed(path):
    with ArrayCache(path, LENGTH) as cache:
        cache.put(["a"], arrays(1))
    Path(f"{path}-journal").write_bytes(b"")
    remove_cache(path)
    assert os.listdir(Path(path).parent) == []
    remove_cache(path)


@pytest.mark.parametrize("name", [".", "folder/", "file/cache.db"])
def test_places_where_no_cache_can_be(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    with pytest.raises(MediaError, match=r"file|folder"):
        ArrayCache(name, LENGTH)
    if name == ".":
        with pytest.raises(MediaError, match="folder"):
            remove_cache(name)


def test_a_cache_that_is_taken_away_stops_nothing(path):
    with ArrayCache(path, LENGTH) as cache:
        cache.put(["a"], arrays(1))
        os.unlink(path)
        cache.put(["b"], arrays(2))
        assert "without it" in cache.note
        cache.put(["c"], arrays(3))


def test_what_was_saved_survives_a_kill(path):
    writer = start_writer(path, "key ", 1_000_000)
    told = [int(writer.stdout.readline()) for _ in range(50)]
    writer.send_signal(signal.SIGKILL)
    rest, _ = writer.communicate(timeout=60)
    told += [int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    found, note = saved(path, [f"key {n}" for n in told])
    assert note == ""
    assert [found[f"key {n}"][0] for n in told] == told


@pytest.mark.slow
def test_two_runs_share_a_cache(path):
    writers = [start_writer(path, name, 60) for name in "ab"]
    for writer in writers:
        _, complaint = writer.communicate(timeout=60)
        assert (writer.returncode, complaint) == (0, "")
    keys = [f"{name}{n}" for name in "ab" for n in range(60)]
    found, note = saved(path, keys)
    assert note == ""
    assert {key: int(array[0]) for key, array in found.items()} == {key: int(key[1:]) for key in keys}


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The bytes of a good cache of twenty arrays, and these."""
    path = tmp_path_factory.mktemp("good") / "c.db"
    arrays = {f"key {n}": np.arange(4, dtype=np.float32) + n for n in range(20)}
    with ArrayCache(str(path), 4) as cache:
        cache.put(list(arrays), np.stack(list(arrays.values())))
    return path.read_bytes(), arrays


@pytest.mark.slow
@given(st.data(), st.booleans())
def test_no_damage_does_more_than_lose_what_was_there(good, tmp_path_factory, data, check):
    """Bytes changed, cut off, put in: what is found is what was saved, and what is saved then is found."""
    content, arrays = good
    raw = bytearray(content)
    for _ in range(data.draw(st.integers(0, 6))):
        place = data.draw(st.integers(0, len(raw)))
        end = data.draw(st.one_of(st.just(place), st.just(len(raw)), st.integers(place, min(place + 60, len(raw)))))
        raw[place:end] = data.draw(st.one_of(st.binary(max_size=20), st.just(b"\xff" * (end - place))))
    folder = tmp_path_factory.mktemp("damaged")
    path = folder / "c.db"
    path.write_bytes(raw)
    try:
        with ArrayCache(str(path), 4, check) as cache:
            for place, array in cache.get(list(arrays)).items():
                np.testing.assert_array_equal(array, arrays[f"key {place}"])
            cache.put(["new"], np.full((1, 4), 7, np.float32))
            found = cache.get(["new"])
            assert cache.note or bytes(raw) == content or found
    except PlaceError:  # its beginning no longer says that it is ours: it stays
        assert bytes(raw[:72]) != content[:72]
        assert path.read_bytes() == raw
    for old in folder.iterdir():
        old.unlink()
    folder.rmdir()
