"""The fingerprints of a table: rows in their order, bad files apart, and only what is new is measured."""

import numpy as np
import pytest

from lib.audio.fingerprints import SIZE, cache_keys, fingerprint
from lib.audio.similarity import table_fingerprints
from lib.errors import MediaError
from lib.io.caches import ArrayCache
from lib.tables.table import Table
from tests.support.media_factory import struck, write_wav

RATE = 22050


def samples(*rows):
    names, starts, lengths = zip(*rows)
    return Table.of({"filename": names, "start": map(str, starts), "dur": map(str, lengths)}, "t.csv")


@pytest.fixture
def folder(workplace):
    for name, hz in (("low.wav", 110), ("high.wav", 1760)):
        write_wav(workplace / name, np.concatenate([struck(hz), struck(hz * 1.5)]), RATE)
    return workplace


def test_rows_keep_their_order_and_bad_files_cost_only_their_rows(folder):
    (folder / "bad.mp3").write_text("not a song")
    table = samples(
        ("low.wav", 300, 300), ("bad.mp3", 0, 9), ("high.wav", 0, 300), ("low.wav", 0, 300), ("no.wav", 1, 9)
    )
    found = table_fingerprints(table, ".", "c.db", 1)
    assert found.good.tolist() == [True, False, True, True, False]
    assert [name for name, _ in found.bad] == ["bad.mp3", "no.wav"]
    for row, (hz, base) in {0: (165, 110), 2: (1760, 1760), 3: (110, 110)}.items():
        sound = np.round(struck(hz) * 32768) / 32768
        assert found.vectors[row] == pytest.approx(fingerprint(sound.astype(np.float32)), abs=0.02), base
    assert not found.vectors[1].any()


def test_only_what_is_new_is_measured(folder):
    few = samples(("low.wav", 0, 300), ("high.wav", 0, 300))
    many = samples(("high.wav", 300, 300), ("low.wav", 0, 300), ("high.wav", 0, 300), ("low.wav", 0, 200))
    fresh = table_fingerprints(many, ".", "other.db", 1)
    assert fresh.cached == 0
    assert table_fingerprints(few, ".", "c.db", 1).cached == 0
    again = table_fingerprints(many, ".", "c.db", 1)
    assert again.cached == 2
    assert again.vectors.tobytes() == fresh.vectors.tobytes()
    assert table_fingerprints(many, ".", "c.db", 2).cached == 4
    # A file that has changed is measured again.
    write_wav(folder / "low.wav", np.concatenate([struck(880), struck(990)]), RATE)
    changed = table_fingerprints(many, ".", "c.db", 1)
    assert changed.cached == 2
    assert (changed.vectors[1] != fresh.vectors[1]).any()


def test_a_row_that_is_there_twice_is_measured_once(folder):
    twice = samples(("low.wav", 0, 300), ("low.wav", 0, 300), ("low.wav", 300, 300))
    found = table_fingerprints(twice, ".", "c.db", 1)
    assert (found.vectors[0] == found.vectors[1]).all()
    assert (found.vectors[0] != found.vectors[2]).any()


@pytest.mark.parametrize("kind", ["timbre", "mfcc", "course"])
def test_samples_without_sound_have_no_vector_and_are_counted(folder, kind):
    # A sample that begins 1 ms before the end has sound, one that begins 1 ms after it has none; nor has length 0.
    length = len(np.concatenate([struck(110), struck(165)])) / RATE * 1000
    rows = [
        ("low.wav", 0, 300),
        ("low.wav", round(length - 1), 50),
        ("low.wav", round(length + 1), 50),
        ("low.wav", 9, 0),
    ]
    table = samples(*rows, ("low.wav", 1234567.5, 100))
    for _ in range(2):  # measured, and from the cache
        found = table_fingerprints(table, ".", "c.db", 1, kind=kind)
        assert found.good.tolist() == [True, True, False, False, False]
        assert found.beyond == [("low.wav", round(length + 1)), ("low.wav", 1234567.5)]
        assert found.empty == 1
        assert np.isfinite(found.vectors).all()
    # A fingerprint of zeros is not kept: 1 ms of sound may have none.
    assert found.cached == int(found.vectors.any(axis=1).sum()) + 3
    first = f"the first: low.wav at {length + 1:.0f} ms"
    assert found.lost() == f", 1 of length 0, 2 that begin after the end of their file ({first})"
    none = table_fingerprints(samples(("low.wav", 1234567.5, 100)), ".", "c.db", 1, kind=kind)
    with pytest.raises(MediaError, match=r"samples can be used, 1 that begin after .* low.wav at 1234567.5 ms"):
        none.check_some("t.csv")


def test_zeros_of_an_earlier_cache_are_measured_again(folder):
    """Earlier versions kept zeros for samples after the end of their file."""
    table = samples(("low.wav", 99999, 100))
    with ArrayCache("c.db", SIZE) as store:
        store.put(cache_keys(".", "low.wav", [(99999.0, 100.0)]), np.zeros((1, SIZE), np.float32))
    assert table_fingerprints(table, ".", "c.db", 1).beyond == [("low.wav", 99999)]


def test_a_damaged_cache_is_reported_once(folder):
    table_fingerprints(samples(("low.wav", 0, 300)), ".", "c.db", 1)
    with open(folder / "c.db", "r+b") as file:  # past the header, which says whose it is
        file.seek(100)
        file.write(b"\xff" * 5000)
    found = table_fingerprints(samples(("low.wav", 0, 300), ("high.wav", 0, 300)), ".", "c.db", 1)
    assert len(found.notes) == 1
    assert "c.db" in found.notes[0]
    assert found.good.all()
    with ArrayCache("c.db", SIZE) as store:
        assert store.note == ""


def test_names_outside_of_the_folder_are_refused_before_anything_is_measured(folder):
    for name in ("../low.wav", "/etc/passwd", ""):
        with pytest.raises(MediaError):
            table_fingerprints(samples(("low.wav", 0, 300), (name, 0, 300)), ".", "c.db", 1)
    assert not (folder / "c.db").exists()


def test_a_cache_knows_the_kinds_apart_and_keeps_both(folder):
    table = samples(("low.wav", 0, 300), ("high.wav", 0, 300), ("high.wav", 300, 300))
    old = table_fingerprints(table, ".", "c.db", 1, kind="mfcc")
    new = table_fingerprints(table, ".", "c.db", 1, kind="timbre")
    assert (old.cached, new.cached) == (0, 0)
    assert (old.vectors.shape, new.vectors.shape) == ((3, 39), (3, 33))
    for kind, first in (("mfcc", old), ("timbre", new)):
        again = table_fingerprints(table, ".", "c.db", 1, kind=kind)
        assert again.cached == 3
        assert again.vectors.tobytes() == first.vectors.tobytes()
