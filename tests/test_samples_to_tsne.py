"""The stage from its command line: columns, caches, bad files, interruptions; and that the map shows similarity."""

import csv
import io
import os
import re
import signal
import sqlite3
import subprocess
from pathlib import Path

import numpy as np
import pytest

import samples_to_tsne
from tests.support.media_factory import encode, start_script, struck, write_wav
from tests.support.scripts import status_of

RATE = 22050
# Cells that must come out as they went in.
NOTES = ["007", "1e5", "  x ", "two\nlines", 'a "quote"', "", "-0.0", "nan"]
# Partials and decay of a flute, a reed, a bell and a plucked string.
TIMBRES = [
    ((1, 0.1, 0.02), 0.5),
    ((1, 0, 0.8, 0, 0.6, 0, 0.5, 0, 0.4), 1.0),
    ((0.6, 0, 0, 0.9, 0, 0, 0, 1), 8.0),
    (tuple(1 / n for n in range(1, 25)), 5.0),
]


def song(count, seed=1):
    """`count` different notes of 300 ms, one after the other."""
    hertz = 110 * 2 ** (np.random.default_rng(seed).integers(0, 48, count) / 12)
    return np.concatenate([struck(hz) for hz in hertz])


def write_samples(path, files, **columns):
    """Write a table of `count` samples of 300 ms for each (filename, count)."""
    rows = [(name, 300 * n, 300) for name, count in files for n in range(count)]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["filename", "start", "dur", *columns])
        writer.writerows([*row, *cells] for row, *cells in zip(rows, *columns.values()))


def rows(path="s.csv"):
    return list(csv.DictReader(io.StringIO(Path(path).read_bytes().decode(), newline="")))


def column(name, path="s.csv"):
    return [row[name] for row in rows(path)]


def run(*words):
    return samples_to_tsne.main(["-in", "s.csv", "-dir", "media", "-threads", "1", *words])


def error(capsys):
    """The one line on stderr."""
    err = capsys.readouterr().err
    assert err.count("\n") == 1, err
    return err


@pytest.fixture
def folder(workplace):
    """Two songs, and a table of their eight notes."""
    write_wav(workplace / "media/one.wav", song(5), RATE)
    write_wav(workplace / "media/disc 1/two.wav", song(3, 2), RATE)
    write_samples("s.csv", [("one.wav", 5), ("disc 1/two.wav", 3)], note=NOTES)
    return workplace


@pytest.mark.slow
def test_the_column_is_added_in_place_and_the_rest_is_as_it_was(folder, capsys):
    before = rows()
    assert run() == 0
    after = rows()
    assert list(after[0]) == ["filename", "start", "dur", "note", "tsne"]
    assert [{k: v for k, v in row.items() if k != "tsne"} for row in after] == before
    assert all(re.fullmatch(r"-?\d+\.\d{5}", cell) for cell in column("tsne"))
    assert len(set(column("tsne"))) == 8
    assert capsys.readouterr().out == "8 samples -> s.csv: tsne\n"
    # Nothing but what was there: the fingerprints were kept only until the table was written.
    assert sorted(os.listdir()) == ["media", "s.csv"]


@pytest.mark.slow
def test_components_are_columns_and_out_is_another_table(folder):
    before = Path("s.csv").read_bytes()
    assert run("-components", "3", "-prefix", "map", "-out", "new/t.csv") == 0
    assert Path("s.csv").read_bytes() == before
    assert list(rows("new/t.csv")[0]) == ["filename", "start", "dur", "note", "map", "map2", "map3"]
    # A second map of the same samples is added to it; columns of the input are those of the input.
    Path("s.csv").write_bytes(before.replace(b"007", b"008"))
    assert run("-components", "2", "-out", "new/t.csv") == 0
    assert list(rows("new/t.csv")[0]) == ["filename", "start", "dur", "note", "map", "map2", "map3", "tsne", "tsne2"]
    assert column("note", "new/t.csv")[0] == "008"


@pytest.mark.slow
def test_columns_that_exist_are_kept_unless_overwritten(folder, capsys):
    write_samples("s.csv", [("one.wav", 5)], tsne=["a", "b", "", "1", "2"])
    before = Path("s.csv").read_bytes()
    state = os.stat("s.csv").st_mtime_ns
    assert run() == 0
    assert "already" in capsys.readouterr().out
    assert (Path("s.csv").read_bytes(), os.stat("s.csv").st_mtime_ns) == (before, state)
    # Half a map is not completed with half of another.
    assert run("-components", "2") == 1
    assert "tsne but not all of tsne, tsne2" in error(capsys)
    assert Path("s.csv").read_bytes() == before
    assert run("-components", "2", "-overwrite") == 0
    assert all(re.fullmatch(r"-?\d+\.\d{5}", cell) for name in ("tsne", "tsne2") for cell in column(name))


@pytest.mark.slow
def test_append_0_writes_only_what_is_missing(folder, capsys):
    assert run("-out", "t.csv", "-append", "0") == 0
    made = Path("t.csv").read_bytes()
    assert run("-out", "t.csv", "-append", "0", "-overwrite", "-prefix", "other") == 0
    assert Path("t.csv").read_bytes() == made
    assert "nothing to do" in capsys.readouterr().out
    assert run("-out", "t.csv", "-prefix", "other") == 0
    assert "other" in rows("t.csv")[0]
    # The input itself is not such an -out.
    assert run("-append", "0") == 0
    assert len(column("tsne")) == 8


@pytest.mark.slow
def test_the_same_bytes_on_every_run_and_with_any_threads(folder):
    write_wav(folder / "media/silent.wav", np.zeros(RATE * 3), RATE)
    write_samples("s.csv", [("one.wav", 5), ("silent.wav", 10), ("disc 1/two.wav", 3)])
    for out, words in {"a": [], "b": [], "c": ["-threads", "2", "-cache", "c.db"], "d": ["-cache", "c.db"]}.items():
        assert run("-out", f"{out}.csv", "-components", "2", *words) == 0
    assert len({Path(f"{out}.csv").read_bytes() for out in "abcd"}) == 1


@pytest.mark.slow
def test_similarity_is_laid_out(workplace):
    rng = np.random.default_rng(3)
    kinds = rng.permutation(np.repeat(np.arange(4), 40))
    time = np.arange(round(0.3 * RATE)) / RATE
    notes = []
    for kind in kinds:
        partials, decay = TIMBRES[kind]
        hz = 220 * 2 ** (rng.integers(0, 24) / 12)
        wave = sum(a * np.sin(2 * np.pi * k * hz * time) for k, a in enumerate(partials, 1) if k * hz < 10000)
        notes.append(0.1 * wave * np.minimum(1, time / 0.003) * np.exp(-decay * time))
    write_wav("media/band.wav", np.concatenate(notes), RATE)
    write_samples("s.csv", [("band.wav", 160)])
    assert run() == 0
    in_order = kinds[np.argsort(np.array(column("tsne"), float), kind="stable")]
    assert (in_order[1:] == in_order[:-1]).mean() >= 0.8


@pytest.mark.slow
def test_bad_files_leave_their_rows_empty_and_are_listed(folder, capsys):
    (folder / "media/text.mp3").write_text("not a song")
    files = [("one.wav", 2), ("text.mp3", 1), ("missing\n♫.wav", 1), ("disc 1/two.wav", 3)]
    write_samples("s.csv", files)
    assert run("-components", "2") == 0
    assert [bool(cell) for cell in column("tsne")] == [bool(c) for c in column("tsne2")]
    assert [bool(cell) for cell in column("tsne")] == [True, True, False, False, True, True, True]
    said = capsys.readouterr()
    assert "2 files could not be used" in said.err
    assert "text.mp3" in said.err
    assert "missing\\n♫.wav" in said.err
    assert said.out.startswith("5 samples")
    assert run("-components", "2", "-overwrite", "-strict") == 1
    assert len(rows()) == 7


def test_samples_after_the_end_of_their_file_have_no_place_and_are_counted(folder, capsys):
    with open("s.csv", "a", encoding="utf-8") as file:
        file.write("one.wav,1e6,100,-\ndisc 1/two.wav,1234567,100,-\n")
    assert run() == 0
    assert [bool(cell) for cell in column("tsne")] == [True] * 8 + [False] * 2
    said = "8 samples, 2 that begin after the end of their file (the first: one.wav at 1000000 ms) have no place -> "
    assert capsys.readouterr().out.startswith(said)


def test_if_all_files_are_bad_nothing_is_written(folder, capsys):
    before = Path("s.csv").read_bytes()
    assert run("-dir", "elsewhere") == 1
    said = capsys.readouterr().err
    assert said.splitlines()[-1].endswith("elsewhere: there is no such folder: check -dir")
    assert Path("s.csv").read_bytes() == before
    assert sorted(os.listdir()) == ["media", "s.csv"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "words", "said", "status"),
    [
        ("filename,start\na.wav,1\n", [], "no column 'dur'; its columns are: filename, start", 1),
        ("filename,start,dur\n", [], "no samples", 1),
        ("", [], "empty", 1),
        ("filename,start,dur\none.wav,soon,5\n", [], "line 2: start is 'soon'", 1),
        ("filename,start,dur\none.wav,5,-5\n", [], "line 2: dur is -5", 1),
        ("filename,start,dur\n../one.wav,0,5\n", [], "../one.wav: refused", 1),
        ("filename,start,dur\n/etc/hosts,0,5\n", [], "/etc/hosts: refused", 1),
        ("filename,start,dur\none.wav,0,5\n", ["-prefix", ""], "-prefix", 2),
        ("filename,start,dur\none.wav,0,5\n", ["-prefix", "start", "-overwrite"], "-prefix: 'start'", 2),
        ("filename,start,dur\none.wav,0,5\n", ["-out", "media"], "media: is a folder", 1),
        ("filename,start,dur\none.wav,0,5\n", ["-out", "s.csv/t.csv"], "s.csv", 1),
        ("filename,start,dur\none.wav,0,5\n", ["-cache", "s.csv"], "s.csv: is an input", 1),
        ("filename,start,dur\none.wav,0,5\n", ["-cache", "media"], "media: is a folder", 1),
        ("filename,start,dur\none.wav,0,5\n", ["-in", "nothing.csv"], "nothing.csv: there is no such table", 1),
    ],
)
def test_what_cannot_be_done_is_one_line(folder, capsys, table, words, said, status):
    Path("s.csv").write_text(table)
    assert status_of(run, *words) == status
    assert said in error(capsys)
    assert Path("s.csv").read_text() == table
    assert sorted(os.listdir()) == ["media", "s.csv"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [["-components", "4"], ["-components", "0"], ["-rate", "0"], ["-angle", "2"], ["-angle", "x"], ["-engine", "pca"],
     ["-fingerprint", "a,,b"], ["-threads", "0"]],
)  # fmt: skip
def test_wrong_usage(folder, capsys, words):
    with pytest.raises(SystemExit) as ended:
        run(*words)
    assert ended.value.code == 2
    assert words[0] in capsys.readouterr().err


def test_an_engine_that_is_not_installed_says_how_before_anything_is_done(folder, capsys, monkeypatch):
    monkeypatch.setattr("lib.math.engines.find_spec", lambda name: None)
    assert run("-engine", "multicore", "-in", "nothing.csv") == 1
    assert "pip install MulticoreTSNE" in error(capsys)


def test_umap_that_is_not_installed_says_how(folder, capsys, monkeypatch):
    monkeypatch.setattr("lib.math.engines.find_spec", lambda name: None)
    assert run("-engine", "umap") == 1
    assert "python -m pip install umap-learn" in error(capsys)


@pytest.mark.slow
def test_fingerprints_of_another_kind_make_another_map_and_are_distinguished(folder, capsys):
    assert run() == 0
    timbre = column("tsne")
    assert run("-fingerprint", "mfcc") == 1
    assert "fingerprint timbre, not mfcc" in error(capsys)
    assert run("-fingerprint", "mfcc", "-overwrite") == 0
    assert column("tsne") != timbre
    assert run("-overwrite") == 0
    assert column("tsne") == timbre


@pytest.mark.slow
def test_vectors_from_elsewhere(folder, capsys):
    assert run("-fingerprint", "start,dur", "-prefix", "place") == 0
    firsts = [float(cell) for cell in column("place")]
    assert firsts[0] == firsts[5] or abs(firsts[0] - firsts[5]) < abs(firsts[0] - firsts[4])
    np.savez("v.npz", filename=["one.wav"] * 4, start=[0, 300, 600, 900], dur=[300] * 4, vectors=np.eye(4))
    assert run("-fingerprint", "v.npz", "-prefix", "net") == 0
    assert "4 without a vector have no place" in capsys.readouterr().out
    assert [bool(cell) for cell in column("net")] == [True] * 4 + [False] * 4
    assert run("-fingerprint", "power", "-prefix", "p") == 1
    assert "no column 'power'" in error(capsys)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["opentsne", "sklearn"])
def test_other_engines_lay_out_too(folder, engine):
    assert run("-engine", engine, "-components", "2", "-angle", "0.5", "-rate", "200") == 0
    assert len(set(zip(column("tsne"), column("tsne2"), strict=True))) == 8


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_handful_of_samples(folder, count):
    write_samples("s.csv", [("one.wav", count)])
    assert run("-components", "2") == 0
    assert len(set(zip(column("tsne"), column("tsne2"), strict=True))) == count


@pytest.mark.slow
def test_only_what_is_new_is_measured(folder, capsys):
    assert run("-cache", "tmp/c.db", "-out", "a.csv") == 0
    write_samples("s.csv", [("disc 1/two.wav", 2), ("one.wav", 4)])
    assert run("-cache", "tmp/c.db", "-out", "b.csv", "-threads", "2") == 0
    assert "6 samples (6 fingerprints from the cache)" in capsys.readouterr().out
    write_wav("media/one.wav", song(5, 9), RATE)
    assert run("-cache", "tmp/c.db", "-out", "c.csv") == 0
    assert "6 samples (2 fingerprints from the cache)" in capsys.readouterr().out
    assert run("-cache", "tmp/c.db", "-out", "d.csv", "-rcache") == 0
    assert "6 samples ->" in capsys.readouterr().out
    assert Path("c.csv").read_bytes() == Path("d.csv").read_bytes()
    assert Path("b.csv").read_bytes() != Path("c.csv").read_bytes()
    assert Path("tmp/c.db").read_bytes().startswith(b"SQLite format 3")


def test_a_damaged_or_foreign_cache_is_reported_in_one_line(folder, capsys):
    assert run("-cache", "c.db", "-out", "a.csv") == 0
    Path("c.db").write_bytes(Path("c.db").read_bytes()[:5000])
    capsys.readouterr()
    assert run("-cache", "c.db", "-out", "b.csv") == 0
    assert "c.db: the cache was damaged and is replaced" in error(capsys)
    Path("c.db").write_bytes(b"\x80\x04\x95precious")
    assert run("-cache", "c.db", "-out", "c.csv", "-rcache") == 1
    assert "c.db: already exists, and is not a cache of this tool: choose another -cache" in error(capsys)
    assert Path("c.db").read_bytes() == b"\x80\x04\x95precious"
    assert not Path("c.csv").exists()
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()


def test_names_of_every_kind(workplace):
    names = ["it's 100%s.wav", "-in.wav", 'a "b", c.flac', "♫ ünï/ü\nü.wav", "film.mkv"]
    for n, name in enumerate(names):
        encode(_parent(f"media/{name}"), song(2, n), RATE)
    write_samples("s.csv", [(name, 2) for name in names])
    assert run("-strict") == 0
    assert "" not in column("tsne")
    assert column("filename") == [name for name in names for _ in range(2)]


def _parent(path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    return path


@pytest.mark.slow
@pytest.mark.parametrize(("components", "words"), [("1", []), ("2", []), ("3", []), ("2", ["-in", "one.csv"])])
def test_a_picture_is_saved_where_there_is_no_display(folder, capsys, monkeypatch, components, words):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    write_samples("one.csv", [("one.wav", 5)])
    assert run("-components", components, "-plot", *words) == 0
    (picture,) = (path.name for path in Path("output").glob("*.*") if not path.name.startswith("."))
    assert f"picture: output/{picture}" in capsys.readouterr().out
    assert Path("output", picture).read_bytes().startswith(b"\x89PNG")
    # The map that is there already can be looked at again.
    os.remove(Path("output", picture))
    assert run("-components", components, "-plot", *words) == 0
    assert [path.name for path in Path("output").iterdir() if not path.name.startswith(".")] == [picture]


def _saved(cache):
    """How many fingerprints another process has saved so far."""
    if not os.path.exists(cache):
        return 0
    database = sqlite3.connect(f"file:{cache}?mode=ro", uri=True, timeout=60)
    try:
        return database.execute("SELECT count(*) FROM arrays").fetchone()[0]
    except sqlite3.OperationalError:  # not made yet
        return 0
    finally:
        database.close()


@pytest.mark.slow
@pytest.mark.parametrize(("threads", "how"), [("1", signal.SIGINT), ("2", signal.SIGINT), ("1", signal.SIGKILL)])
def test_an_interrupted_run_leaves_the_table_and_continues_from_there(workplace, threads, how, capsys):
    # Two files, so that with two threads there are two processes.
    for name in ("a.wav", "b.wav"):
        write_wav(f"media/{name}", np.tile(song(20), 6), RATE, "u8")
    write_samples("s.csv", [("a.wav", 120), ("b.wav", 120)])
    before = Path("s.csv").read_bytes()
    command = ("samples_to_tsne.py", "-in", "s.csv", "-dir", "media", "-threads", threads)
    running = start_script(*command, folder=workplace)
    while not _saved(".s.csv.fingerprints"):
        try:
            running.wait(0.01)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail(running.stderr.read())
    os.killpg(running.pid, how)
    _, complaint = running.communicate(timeout=60)
    assert running.returncode == (130 if how == signal.SIGINT else -how)
    if how == signal.SIGINT:
        assert complaint.count("\n") == 1
        assert "interrupted; measured fingerprints are kept" in complaint
    assert Path("s.csv").read_bytes() == before
    kept = _saved(".s.csv.fingerprints")
    assert kept > 0
    assert run() == 0
    # Equal notes have equal fingerprints, but each row is measured for itself.
    assert capsys.readouterr() == (f"240 samples ({kept} fingerprints from the cache) -> s.csv: tsne\n", "")
    assert sorted(os.listdir()) == ["media", "s.csv"]
