"""From files to tables: where samples are cut, that memory is bounded for nothing, and what becomes of each file."""

import dataclasses
import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.audio import collection, kept_sound, measuring
from lib.audio import reader as decode
from lib.audio.collection import SamplesReport, make_tables
from lib.audio.samples import SampleJob, cut_at_onsets, sample_table, spread
from lib.errors import MediaError
from lib.tables.query_language import parse_filter, parse_sort
from lib.tables.table import read_table
from tests.support.each import each
from tests.support.media_factory import clicks, encode, notes, write_wav

RATE = 22050
SETTINGS = {"shortest": 80, "longest": 1000, "features": False}


def job(filename, folder="media", **settings):
    return SampleJob(folder, filename, **(SETTINGS | settings))


@pytest.fixture
def media(workplace):
    for n in range(3):
        write_wav(f"media/{n}.wav", notes((0.3, 0.8 + 0.1 * n), (440, 330), 1.5), RATE)
    return workplace


# Cutting and choosing


@given(
    st.lists(st.integers(0, 5000), max_size=12, unique=True).map(sorted),
    st.integers(0, 2000),
    st.integers(0, 400),
    st.one_of(st.just(-1), st.integers(1, 1500)),
)
def test_samples_run_from_onset_to_onset(onsets, tail, shortest, longest):
    end = (onsets[-1] if onsets else 0) + tail
    starts, lengths = cut_at_onsets(np.array(onsets, np.int64), end, shortest, longest)
    expected = []
    for start, following in pairwise([*onsets, end]):
        length = following - start if longest == -1 else min(following - start, longest)
        if length >= shortest and length > 0:
            expected.append((start, length))
    assert list(zip(starts.tolist(), lengths.tolist(), strict=True)) == expected


@given(st.integers(0, 200), st.one_of(st.just(-1), st.integers(1, 250)))
def test_a_spread_takes_as_many_as_are_asked_for_evenly(count, most):
    chosen = spread(count, most).tolist()
    assert len(chosen) == (count if most == -1 else min(count, most))
    assert chosen == sorted(set(chosen))
    assert all(0 <= n < count for n in chosen)
    steps = [b - a for a, b in pairwise([*chosen, count])]
    assert not steps or max(steps) - min(steps) <= 1


# One file


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["wav", "mp3"])
@pytest.mark.parametrize(
    "more", [{}, {"longest": -1}, {"filter": parse_filter("hz>400"), "most": 2}, {"sort": parse_sort("power=desc")}]
)
def test_a_file_read_in_pieces_gives_the_same_table_as_in_one(workplace, monkeypatch, ending, more):
    sound = notes(np.arange(0.2, 5.6, 0.3), 220 * 2 ** (np.arange(18) / 6), 6.0)
    name = Path(write_wav("x.wav", sound, RATE) if ending == "wav" else encode("x.mp3", sound, RATE)).name
    task = job(name, "", **({"features": True} | more))
    whole = sample_table(task)
    assert len(whole) == {"filter": 2}.get(next(iter(more), ""), 18)
    # As if it were ten hours long: no more than a second is kept, blocks are short, a few samples measured at a time.
    monkeypatch.setattr(kept_sound, "KEPT_SECONDS", 1)
    monkeypatch.setattr(measuring, "GROUP", 3)
    monkeypatch.setattr(decode, "BLOCK_SECONDS", 0.25)
    assert sample_table(task).frame.equals(whole.frame)


def test_a_file_is_not_held_when_it_is_long(workplace, monkeypatch):
    """At no time do more blocks live than are worked on."""
    write_wav("x.wav", notes(np.arange(0.2, 19, 0.5), [440.0] * 38, 20.0), RATE)
    monkeypatch.setattr(kept_sound, "KEPT_SECONDS", 2)
    monkeypatch.setattr(decode, "BLOCK_SECONDS", 0.5)
    alive = {"now": 0, "most": 0}

    class Counted(np.ndarray):
        def __array_finalize__(self, other):
            if other is not None and type(other) is np.ndarray:
                self.counted = True
                alive["now"] += len(self)
                alive["most"] = max(alive["most"], alive["now"])

        def __del__(self):
            if getattr(self, "counted", False):
                alive["now"] -= len(self)

    real = decode.AudioReader.blocks
    monkeypatch.setattr(decode.AudioReader, "blocks", lambda self: (block.view(Counted) for block in real(self)))
    assert len(sample_table(job("x.wav", ""))) == 38
    assert RATE < alive["most"] <= 4 * RATE


def test_workers_within_a_file_do_not_change_its_table(workplace):
    write_wav("x.wav", notes(np.arange(0.2, 5.6, 0.3), 220 * 2 ** (np.arange(18) / 6), 6.0), RATE)
    one = sample_table(job("x.wav", "", features=True, threads=1))
    assert sample_table(job("x.wav", "", features=True, threads=3)).frame.equals(one.frame)


def test_a_query_of_a_column_that_is_not_measured_is_reported(media):
    with pytest.raises(MediaError, match=r"0\.wav: has no column 'hz'; its columns are: filename, start, dur"):
        sample_table(job("0.wav", filter=parse_filter("hz>1")))


# Many files


def test_what_became_of_each_file_is_counted(media):
    write_wav("media/silent.wav", np.zeros(RATE), RATE)
    Path("media/broken.wav").write_text("no sound")
    names = ["0.wav", "1.wav", "silent.wav", "broken.wav", "missing.wav"]
    done = make_tables([job(name) for name in names], "out.csv", overwrite=False, threads=1)
    assert (done.files, done.samples, done.silent, done.skipped) == (3, 4, 1, 0)
    assert [name for name, _ in done.bad] == ["broken.wav", "missing.wav"]
    again = make_tables([job(name) for name in names], "out.csv", overwrite=False, threads=1)
    assert again.skipped == 2
    assert [name for name, _ in again.bad] == ["broken.wav", "missing.wav"]


@each(
    ("done", "line"),
    [
        (SamplesReport(1, 1), "1 sample of 1 file -> o"),
        (SamplesReport(2, 0, 2), "0 samples of 2 files, 2 without any sound to cut -> o"),
        (SamplesReport(0, 0, 0, 3), "nothing to do: 3 files already done -> o"),
        (SamplesReport(bad=[("x", "y")]), "0 samples of 0 files, 1 bad file: no table is written"),
        (SamplesReport(skipped=1, bad=[("x", "y")]), "0 samples of 0 files, 1 file already done, 1 bad file -> o"),
        (SamplesReport(5, 9, 1, 1, [("x", "y")]),
         "9 samples of 5 files, 1 without any sound to cut, 1 file already done, 1 bad file -> o"),
    ],
)  # fmt: skip
def test_the_summary_says_what_was_done(done, line):
    assert done.summary("o") == line


def test_the_rows_stand_in_the_order_of_the_files_whoever_is_done_first(media, monkeypatch):
    real = collection.run_many
    monkeypatch.setattr(collection, "run_many", lambda *arguments: reversed(list(real(*arguments))))
    make_tables([job(f"{n}.wav") for n in (1, 0, 2)], "out.csv", overwrite=False, threads=1)
    assert list(dict.fromkeys(read_table("out.csv").text("filename"))) == ["1.wav", "0.wav", "2.wav"]


def test_no_jobs_give_an_empty_table(workplace):
    done = make_tables([], "out.csv", overwrite=False, threads=1)
    assert done.summary("o") == "0 samples of 0 files -> o"
    assert Path("out.csv").read_text() == "filename,start,dur\n"


@pytest.mark.parametrize("out", ["out.csv", "%s.csv"])
def test_a_full_disk_is_reported_and_the_old_table_stays(media, monkeypatch, out):
    jobs = [job(f"{n}.wav") for n in range(3)]
    make_tables(jobs, out, overwrite=False, threads=1)
    before = {name: Path(name).read_bytes() for name in os.listdir() if name.endswith(".csv")}

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    if out == "out.csv":
        with pytest.raises(MediaError, match="cannot be written"):
            make_tables(jobs, out, overwrite=True, threads=1)
    else:
        done = make_tables(jobs, out, overwrite=True, threads=1)
        assert [(name, "No space left on device" in reason) for name, reason in done.bad] == [
            (f"{n}.wav", True) for n in range(3)
        ]
    assert {name: Path(name).read_bytes() for name in os.listdir() if name.endswith(".csv")} == before


@pytest.mark.parametrize("name", ["../media/0.wav", "/etc/passwd", "a/../../0.wav"])
def test_nothing_is_made_when_a_name_leaves_the_folder(media, name):
    with pytest.raises(MediaError, match="refused"):
        make_tables([job("0.wav"), job(name)], "new/%s.csv", overwrite=False, threads=1)
    assert not os.path.exists("new")


@pytest.mark.parametrize("out", ["media/0.wav", "./media/1.wav", "media/%s", "link/%s"])
def test_a_table_never_replaces_a_recording(media, out):
    os.symlink("media", "link")
    before = Path("media/0.wav").read_bytes()
    with pytest.raises(MediaError, match="is an input, which would be replaced"):
        make_tables([job(f"{n}.wav") for n in range(3)], out, overwrite=True, threads=1)
    assert Path("media/0.wav").read_bytes() == before


# A number in all


@pytest.fixture
def six(workplace):
    """Six files with 1, 2, 5, 6, 6 and 6 clicks: 26 samples."""
    os.mkdir("clicks")
    for n, count in enumerate([1, 2, 5, 6, 6, 6]):
        write_wav(f"clicks/{n}.wav", clicks([0.3 * (place + 1) for place in range(count)], 0.3 * (count + 1)))
    return [SampleJob("clicks", f"{n}.wav", 80, -1, False, trim=0) for n in range(6)]


def numbers_of(out):
    names = read_table(out).text("filename") if "%s" not in out else []
    counts = [len(read_table(out.replace("%s", f"{n}.wav"))) for n in range(6)] if not names else []
    return counts or [names.count(f"{n}.wav") for n in range(6)]


@pytest.mark.slow
@pytest.mark.parametrize("out", ["out.csv", "tables/%s.csv"])
@pytest.mark.parametrize(
    ("count", "wanted"),
    [
        (30, [1, 2, 5, 6, 6, 6]),  # more than there are: all
        (26, [1, 2, 5, 6, 6, 6]),
        (20, [1, 2, 4, 5, 4, 4]),  # 3 and 1 too few of the first two are made up for by the others
        (12, [1, 2, 2, 3, 2, 2]),
        (3, [1, 0, 1, 0, 1, 0]),  # fewer than there are files
        (1, [1, 0, 0, 0, 0, 0]),
    ],
)
def test_a_count_is_met_as_long_as_there_are_enough(six, out, count, wanted):
    done = make_tables(six, out, overwrite=False, threads=1, count=count)
    made = numbers_of(out)
    assert (sum(made), sorted(made)) == (min(count, 26), sorted(wanted))
    assert made[:2] == wanted[:2]
    assert (done.samples, done.over, done.files) == (sum(made), 26 - sum(made), 6)
    again = make_tables(six, out, overwrite=False, threads=1, count=count)
    assert (again.skipped, again.files, numbers_of(out)) == (6, 0, made)
    assert not [name for name in os.listdir() if "parts" in name or "shares" in name]
    with pytest.raises(MediaError, match=rf"made with other settings \(count {count}, not none\)"):
        make_tables(six, out, overwrite=False, threads=1)


def test_a_count_of_the_first_by_a_sort_and_of_those_that_meet_a_filter(six):
    jobs = [dataclasses.replace(job, filter=parse_filter("start>700"), sort=parse_sort("start=desc")) for job in six]
    done = make_tables(jobs, "out.csv", overwrite=False, threads=1, count=8)
    assert numbers_of("out.csv") == [0, 0, 2, 2, 2, 2]
    table = read_table("out.csv")
    for name in ("2.wav", "3.wav"):
        starts = [
            float(ms) for ms, file in zip(table.text("start"), table.text("filename"), strict=True) if file == name
        ]
        assert starts == sorted(starts, reverse=True)
        assert starts[0] == pytest.approx(1500 if name == "2.wav" else 1800, abs=60)
    # Clicks at 900 ms and later meet the filter: 3, 4, 4 and 4, of which 8 are wanted.
    assert (done.filtered, done.over) == (26 - 15, 15 - 8)


def test_tables_of_files_wait_beside_the_table_or_in_its_folder():
    assert collection._parts_of("t/all.csv") == "t/all.csv"
    assert collection._parts_of("t/%s.csv") == os.path.join("t", "shares")
    assert collection._parts_of("%s.csv") == "shares"
