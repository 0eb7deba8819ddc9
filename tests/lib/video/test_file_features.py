"""The lengths of files in their manifest: which rows are measured, what is written, and when it is saved."""

import itertools
from types import SimpleNamespace

import pytest

from lib.errors import MediaError
from lib.parallel.jobs import Outcome
from lib.tables.table import Table, read_table, write_table
from lib.video import file_features as module
from lib.video.file_features import FileFeaturesReport, add_file_features
from lib.video.probe import Probe

PROBES = {
    "a.mp4": Probe(12.34567, True, True), "b.wav": Probe(0.5, True, False, "cut off"), "c.mp4": Probe(7.0, False, True),
}  # fmt: skip


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in PROBES:
        (tmp_path / name).write_text(name)
    done = SimpleNamespace(asked=[], began=0)

    def run_many(work, jobs, threads, where, *more):
        assert work is module._probe_file
        done.asked.append(([(job.filename, job.fast) for job in jobs], threads))
        for n, job in enumerate(jobs):
            found = PROBES.get(job.filename)
            yield Outcome(n, job, found) if found else Outcome(n, job, None, "is not there")

    monkeypatch.setattr(module, "run_many", run_many)
    return done


def measured(runs, columns, overwrite=False, fast=False, key="duration"):
    write_table(Table.of(columns), "list.csv")

    def begin():
        runs.began += 1

    report = add_file_features("list.csv", "", "filename", key, fast, overwrite, 3, begin=begin)
    return report, read_table("list.csv")


def test_a_report_begins_with_nothing():
    report = FileFeaturesReport()
    assert (report.files, report.skipped, report.incomplete, report.seconds, report.bad, report.partly) == (
        0,
        0,
        0,
        0,
        [],
        [],
    )


def test_every_file_is_measured_once(runs):
    report, table = measured(runs, {"filename": ["a.mp4", "gone.mp4", "b.wav", "a.mp4", "c.mp4"]}, fast=True)
    assert runs.asked == [([("a.mp4", True), ("gone.mp4", True), ("b.wav", True), ("c.mp4", True)], 3)]
    assert table.text("duration") == ["12.346", "0", "0.500", "12.346", "7.000"]
    assert table.text("hasAudio") == ["1", "0", "1", "1", "0"]
    assert table.text("hasVideo") == ["1", "0", "0", "1", "1"]
    assert (report.files, report.skipped, report.incomplete) == (3, 0, 0)
    assert report.seconds == pytest.approx(12.34567 + 0.5 + 7)
    assert report.bad == [("gone.mp4", "is not there")]
    assert report.partly == [("b.wav", "cut off")]
    assert runs.began == 1


def test_rows_that_have_a_length_are_kept(runs):
    columns = {
        "filename": ["a.mp4", "b.wav", "c.mp4", "a.mp4"], "len": ["3", "0", "", "5"], "hasAudio": ["1", "1", "", ""],
        "hasVideo": ["", "1", "", "1"],
    }  # fmt: skip
    report, table = measured(runs, columns, key="len")
    assert [name for name, _ in runs.asked[0][0]] == ["b.wav", "c.mp4"]
    assert table.text("len") == ["3", "0.500", "7.000", "5"]
    assert table.text("hasAudio") == ["1", "1", "0", ""]
    assert table.text("hasVideo") == ["", "0", "1", "1"]
    assert (report.files, report.skipped, report.incomplete) == (2, 2, 2)
    report, table = measured(runs, columns, overwrite=True, key="len")
    assert (report.files, report.skipped, report.incomplete) == (3, 0, 0)
    assert table.text("len") == ["12.346", "0.500", "7.000", "12.346"]


def test_a_table_in_which_nothing_is_missing_is_not_written(runs):
    columns = {"filename": ["a.mp4"], "duration": ["3"], "hasAudio": ["1"], "hasVideo": ["1"]}
    report, table = measured(runs, columns)
    assert (report.skipped, report.incomplete, runs.began) == (1, 0, 0)
    assert table.text("duration") == ["3"]


def test_a_row_without_a_name_is_told_by_its_line(runs):
    report, _ = measured(runs, {"filename": ["a.mp4", ""], "more": ["1", "2"]})
    assert report.bad == [("line 3", "is not there")]


@pytest.mark.parametrize(
    ("filename", "duration"), [("duration", "duration"), ("filename", "hasAudio"), ("hasVideo", "d")]
)
def test_columns_have_to_be_four(runs, filename, duration):
    write_table(Table.of({name: ["a.mp4"] for name in ("filename", "duration", "hasVideo")}), "list.csv")
    with pytest.raises(MediaError, match="give different columns"):
        add_file_features("list.csv", "", filename, duration, False, False, 1)


@pytest.mark.parametrize(("seconds", "saves"), [(1.5, 1), (5.0, 2), (5.5, 3), (3.0, 2)])
def test_what_is_measured_is_saved_now_and_then(runs, monkeypatch, seconds, saves):
    """After more than five seconds; each look at the clock takes some."""
    ticks, written = itertools.count(), []
    write_table(Table.of({"filename": [*PROBES]}), "list.csv")
    real = module.write_table
    monkeypatch.setattr(module.time, "monotonic", lambda: seconds * next(ticks))
    monkeypatch.setattr(module, "write_table", lambda table, path: written.append(path) or real(table, path))
    add_file_features("list.csv", "", "filename", "duration", False, False, 1)
    # Three files, and the end if something has changed since.
    now, last, expected, changed = 0.0, 0.0, 0, False
    for _ in range(3):
        now, changed = now + seconds, True
        if now - last > 5:
            expected, now, changed = expected + 1, now + seconds, False
            last = now
    expected += changed
    assert len(written) == expected == saves


def test_what_was_measured_before_a_fault_is_saved(runs, monkeypatch):
    real = module.run_many

    def interrupted(*words):
        yield from itertools.islice(real(*words), 2)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "run_many", interrupted)
    with pytest.raises(KeyboardInterrupt):
        measured(runs, {"filename": [*PROBES]})
    assert read_table("list.csv").text("duration") == ["12.346", "0.500", ""]


def test_workers_of_a_cluster_see_the_folder_and_the_files(tmp_path):
    jobs = [module._FileJob("folder", "a.mp4", False), module._FileJob("folder", "../../out.mp4", False)]
    seen = list(module._seen(jobs))
    assert seen.count("folder") == 2
    assert any(place.endswith("a.mp4") for place in seen)
