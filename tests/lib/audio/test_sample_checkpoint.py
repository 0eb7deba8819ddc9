"""A long file whose work is broken off: what was done is not done again, and the table is that of one run."""

import itertools
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from lib.audio import band_levels, features, kept_sound, measuring, samples, spectra
from lib.audio.collection import is_begun, make_tables
from lib.audio.kept_sound import KeptSound
from lib.audio.sample_checkpoint import FoundSamples, Measurements
from lib.audio.samples import SampleJob, sample_table_of
from lib.parallel.helper_processes import Helpers
from lib.tables import parts
from lib.tables.parts import Checkpoint
from tests.support.media_factory import notes, write_wav

RATE, SECONDS, STEP = 22050, 20, 0.25
# Frames of an STFT that make a batch, and in SECONDS, by method.
BATCH = 256
FRAMES = {"superflux": 1 + SECONDS * RATE // 512, "fine": 1 + SECONDS * RATE // 220}


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """20 s of notes, four a second."""
    folder = tmp_path_factory.mktemp("recording")
    times = np.arange(0.1, SECONDS - 0.3, STEP)
    write_wav(folder / "long.wav", notes(times, 220.0 * 2 ** (np.arange(len(times)) % 24 / 12), SECONDS), RATE)
    return str(folder)


@pytest.fixture
def quick(monkeypatch, workplace):
    """A chunk is kept after each batch of frames, and of eight samples."""
    monkeypatch.setattr(parts, "SECONDS_BETWEEN_CHUNKS", 0.0)
    in_small_parts(monkeypatch)


def in_small_parts(monkeypatch):
    monkeypatch.setattr(measuring, "GROUP", 8)
    for module in (spectra, band_levels):
        monkeypatch.setattr(module, "BATCH", BATCH)


def job(folder, **settings):
    return SampleJob(folder, "long.wav", **({"shortest": 80, "longest": 1000, "features": True} | settings))


def table(folder, **settings):
    make_tables([job(folder, **settings)], "out/table.csv", overwrite=False, threads=1)
    return Path("out/table.csv").read_bytes()


def broken_off(monkeypatch, saves, folder, **settings):
    """Run until this number of pieces is saved, then interrupt as Ctrl-C does; return whether that happened."""
    left = itertools.count(1)
    save = Checkpoint.save

    def counted(self, *args):
        save(self, *args)
        if next(left) == saves:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "save", counted)
        try:
            table(folder, **settings)
        except KeyboardInterrupt:
            return True
    return False


def work(monkeypatch, run):
    """Return (frames whose spectra were computed, samples that were measured) in a run, and its result."""
    frames, measured = [], []
    compute, measure = band_levels.power_of, features._measure_batch

    def computed(*piece):
        frames.append(len(found := compute(*piece)))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(band_levels, "power_of", computed)
        patch.setattr(features, "_measure_batch", lambda batch: measured.append(len(batch)) or measure(batch))
        result = run()
    return sum(frames), sum(measured), result


@pytest.fixture(scope="module")
def at_once(recording, tmp_path_factory):
    """The work on the recording in one run, by method: frames, samples, table."""
    done, here = {}, os.getcwd()
    with pytest.MonkeyPatch.context() as patch:
        in_small_parts(patch)
        os.chdir(tmp_path_factory.mktemp("at_once"))
        for onsets in FRAMES:
            done[onsets] = work(patch, lambda onsets=onsets: table(recording, onsets=onsets))
            os.remove("out/table.csv")
        os.chdir(here)
    return done


@pytest.fixture
def whole(at_once, quick):
    """The same, for a test that keeps pieces."""
    return at_once


@pytest.mark.slow
@pytest.mark.parametrize("onsets", FRAMES)
@pytest.mark.parametrize(("saves", "batches", "groups"), [(1, 1, 0), (3, 3, 0), (None, 0, 2)])
def test_a_run_continues_from_the_last_piece(recording, whole, monkeypatch, onsets, saves, batches, groups):
    frames, measured, expected = whole[onsets]
    assert frames == FRAMES[onsets]
    # None: all batches, what was found, and two groups of samples.
    count = saves or frames // BATCH + 1 + groups
    assert broken_off(monkeypatch, count, recording, onsets=onsets)
    assert not os.path.exists("out/table.csv")
    again = work(monkeypatch, lambda: table(recording, onsets=onsets))
    assert again[0] == (frames - batches * BATCH if saves else 0)
    assert again[1] == measured - groups * 8
    assert again[2] == expected
    assert not list(Path("out").glob(".*.parts"))


@pytest.mark.slow
@pytest.mark.parametrize(("where", "done"), [("bands", 2), ("measured", 16), ("nothing", 0)])
def test_what_is_not_saved_yet_is_saved_when_ctrl_c_comes(recording, at_once, workplace, monkeypatch, where, done):
    """Long before a chunk is due: nothing of it is done again, and the line about it says what is true."""
    in_small_parts(monkeypatch)
    module, name = (features, "_measure_batch") if where == "measured" else (band_levels, "power_of")
    compute, calls = getattr(module, name), itertools.count()

    def until(batch, *more):
        if next(calls) * (8 if where == "measured" else 1) >= done:
            raise KeyboardInterrupt
        return compute(batch, *more)

    with monkeypatch.context() as patch:
        patch.setattr(module, name, until)
        with pytest.raises(KeyboardInterrupt):
            table(recording)
    assert is_begun([job(recording)], "out/table.csv") == (done > 0)
    frames, measured, expected = at_once["superflux"]
    again = work(monkeypatch, lambda: table(recording))
    assert again[0] == {"bands": frames - 2 * BATCH, "measured": 0, "nothing": frames}[where]
    saved = measured - again[1]  # but the group that is under way
    assert saved in ((done, done - 8) if where == "measured" else (0,))
    assert again[2] == expected
    assert not list(Path("out").glob(".*.parts"))
    assert is_begun([job(recording)], "out/table.csv")


def test_where_the_samples_are_is_saved_once_finding_them_took_some_seconds(monkeypatch, workplace):
    now = iter([100.0, 104.9, 105.1])
    monkeypatch.setattr(parts.time, "monotonic", lambda: next(now))
    kept = Checkpoint("out/table.csv", "x")
    assert [kept.is_long, kept.is_long] == [False, True]


@pytest.mark.slow
@pytest.mark.parametrize("damage", [b"x", None])
def test_damaged_pieces_are_made_again(recording, whole, monkeypatch, damage):
    assert broken_off(monkeypatch, FRAMES["superflux"] // BATCH + 3, recording)
    (folder,) = Path("out").glob(".*.parts")
    pieces = list(folder.glob("*.piece"))
    assert len(pieces) == 3  # what was found, and two groups of samples: the bands are of no more use
    for path in pieces:
        path.write_bytes(path.read_bytes()[:-1] + b"?" if damage is None else damage)
    assert table(recording) == whole["superflux"][2]


@pytest.mark.slow
@pytest.mark.parametrize("change", [{"sensitivity": 2.0}, {"trim": 0.0}])
def test_pieces_of_other_settings_are_not_used(recording, quick, monkeypatch, change):
    expected = table(recording, **change)
    os.remove("out/table.csv")
    for path in Path("out").glob(".*.settings"):
        path.unlink()
    assert broken_off(monkeypatch, FRAMES["superflux"] // BATCH + 3, recording)
    assert table(recording, **change) == expected


def test_pieces_of_a_file_that_was_changed_are_not_used(recording, quick, monkeypatch, tmp_path):
    sound = notes([0.2, 0.7], [440.0, 330.0], 13)
    write_wav("long.wav", notes([0.3], [220.0], 13), RATE)
    assert broken_off(monkeypatch, 2, str(tmp_path))
    write_wav("long.wav", sound, RATE)
    found = table(str(tmp_path))
    os.remove("out/table.csv")
    assert table(str(tmp_path)) == found
    assert found.count(b"long.wav") == 2


def test_short_files_keep_nothing(recording, workplace, monkeypatch):
    assert not broken_off(monkeypatch, 1, recording)


@pytest.mark.slow
def test_a_full_disk_costs_the_pieces_only(recording, whole, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parts, "atomic_path", full)
    assert table(recording) == whole["superflux"][2]


def test_what_waits_to_be_kept_is_bounded(recording, quick, monkeypatch):
    monkeypatch.setattr(parts, "SECONDS_BETWEEN_CHUNKS", 1e9)
    monkeypatch.setattr(band_levels, "MOST_WAITING", 1)
    assert broken_off(monkeypatch, 3, recording)


@pytest.mark.slow
@pytest.mark.parametrize(("onsets", "kept_seconds"), [("superflux", 1200), ("fine", 10)])
def test_several_threads_give_the_same_table_kept_or_read_twice(recording, monkeypatch, onsets, kept_seconds):
    monkeypatch.setattr(kept_sound, "KEPT_SECONDS", kept_seconds)
    in_small_parts(monkeypatch)
    before = threading.active_count()
    one, three = (sample_table_of(job(recording, onsets=onsets, threads=threads)) for threads in (1, 3))
    assert one.total == three.total > 60
    assert one.table.frame.equals(three.table.frame)
    assert threading.active_count() == before


@pytest.mark.slow
def test_processes_give_the_same_table(recording, whole, monkeypatch):
    monkeypatch.setattr(measuring, "WORTH_SECONDS", 1)
    monkeypatch.setattr(samples, "WORTH_SECONDS", 1)
    assert table(recording, threads=2) == whole["superflux"][2]


class Asked(Helpers):
    """Helpers that say what they are asked for, and do none of it."""

    def start(self, *_):
        self.asked = ["start"]

    def map(self, function, jobs):
        self.asked.append("map")
        return map(function, jobs)


@pytest.mark.parametrize(("worth", "count", "asked"), [(31, 2, []), (30, 2, ["start", "map"]), (30, 0, ["map"])])
def test_processes_measure_where_they_are_worth_their_start(monkeypatch, worth, count, asked):
    found = FoundSamples(np.array([0]), np.array([0]), 0.0, "", None)
    monkeypatch.setattr(measuring, "WORTH_SECONDS", worth)
    with KeptSound() as sound, Asked(count) as helpers:
        helpers.asked = []
        sound.add(np.zeros(RATE, np.float32))
        spans = [(1000 * n, 1000) for n in range(30)]
        values = measuring.measured("", sound, found, spans, helpers, Measurements(spans, None))
    assert helpers.asked == asked
    assert [value.power for value in values] == [0.0] * 30


def test_the_threads_end_when_the_work_is_interrupted(recording, monkeypatch):
    monkeypatch.setattr(measuring, "GROUP", 16)
    before = threading.active_count()
    for broken in (band_levels, "power_of"), (features, "_measure_batch"):
        with monkeypatch.context() as patch:
            patch.setattr(*broken, broken_at_once)
            with pytest.raises(KeyboardInterrupt):
                sample_table_of(job(recording, threads=2))
        assert threading.active_count() == before


def broken_at_once(*_):
    raise KeyboardInterrupt
