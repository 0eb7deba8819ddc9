"""The report of a collection, and tables of collections whose files are only described."""

import json
from types import SimpleNamespace

import pytest

from lib.audio import collection
from lib.audio.collection import SamplesReport, make_tables
from lib.audio.samples import SampleJob, SampleTableResult
from lib.errors import MediaError, OccupiedError
from lib.tables.table import Table
from tests.support.each import each


def test_each_file_is_counted():
    report = SamplesReport()
    # (rows, all samples, those that meet the filter, those that are too short)
    for counts in ((3, 9, 5, 2), (0, 0, 0, 0), (0, 0, 0, 4), (0, 6, 0, 0)):
        report.count(*counts)
    assert (report.files, report.samples, report.silent) == (4, 3, 1)
    assert (report.short, report.filtered, report.over) == (6, 10, 2)


@each(
    ("report", "said"),
    [
        (SamplesReport(1, 1), "1 sample of 1 file -> o"),
        (SamplesReport(2, 3000), "3,000 samples of 2 files -> o"),
        (SamplesReport(2, 5, silent=1), "5 samples of 2 files, 1 without any sound to cut -> o"),
        (SamplesReport(2, 5, skipped=3), "5 samples of 2 files, 3 files already done -> o"),
        (SamplesReport(2, 5, bad=[("a", "x")]), "5 samples of 2 files, 1 bad file -> o"),
        (SamplesReport(2, 5, partly=[("a", "x"), ("b", "y")]), "5 samples of 2 files, 2 files read in part -> o"),
        (SamplesReport(0, 0, bad=[("a", "x")]), "0 samples of 0 files, 1 bad file: no table is written"),
        (SamplesReport(0, 0, skipped=1, bad=[("a", "x")]),
         "0 samples of 0 files, 1 file already done, 1 bad file -> o"),
        (SamplesReport(0, 0), "0 samples of 0 files -> o"),
    ],
)  # fmt: skip
def test_one_line_says_what_was_done(report, said):
    assert report.summary("o") == said
    assert report.summary("o", ["more"]) == said.replace(": no", ", more: no").replace(" ->", ", more ->")


@pytest.fixture
def making(monkeypatch, tmp_path):
    """Make tables of files with these numbers of samples (or errors) in the test's folder; note what is measured."""
    measured = []

    def making(counts, out="t.csv", overwrite=False, count=-1, features=False, **how):
        jobs = [SampleJob(str(tmp_path), name, 80, 1000, features, **how) for name in counts]
        for name in counts:
            (tmp_path / name).write_bytes(b"RIFF")
        measured.clear()

        def made(job):
            measured.append(job.filename)
            found = counts[job.filename]
            if isinstance(found, Exception):
                raise found
            rows = found if job.most < 0 else min(found, job.most)
            cells = {
                name: [job.filename if name == "filename" else str(n) for n in range(rows)] for name in job.columns
            }
            return SampleTableResult(Table.of(cells, job.filename), "odd" if found == 7 else "", found, found, 0)

        def run(work, jobs, threads, where, prepare):
            assert (threads, where) == (3, None)
            for job in jobs:
                outcome = SimpleNamespace(job=job, result=None, is_unwritten=False, bad=lambda name: (name, "bad"))
                try:
                    outcome.result = work(job)
                except MediaError:
                    pass
                yield outcome

        monkeypatch.setattr(collection, "sample_table_of", made)
        monkeypatch.setattr(collection, "run_many", run)
        return make_tables(jobs, str(tmp_path / out), overwrite, 3, count=count)

    making.measured = measured
    return making


def rows(path):
    return path.read_text().splitlines()[1:]


@pytest.mark.parametrize("features", [False, True])
@pytest.mark.parametrize("names", [["a"], ["a", "b", "c"]])
def test_one_table_for_all(making, tmp_path, names, features):
    counts = {name: 2 + n for n, name in enumerate(names)}
    report = making(counts, features=features)
    assert (report.files, report.samples, report.skipped) == (len(names), sum(counts.values()), 0)
    lines = (tmp_path / "t.csv").read_text().splitlines()
    assert lines[0].split(",")[:3] == ["filename", "start", "dur"]
    assert (len(lines[0].split(",")) == 10) is features
    assert [line.split(",")[0] for line in lines[1:]] == [name for name in names for _ in range(counts[name])]
    # Once more nothing is measured; one that is new is added.
    report = making(counts, features=features)
    assert (report.files, report.skipped, making.measured) == (0, len(names), [])
    report = making({"d": 1, **counts}, features=features)
    assert (report.files, report.skipped, making.measured) == (1, len(names), ["d"])
    assert rows(tmp_path / "t.csv")[0].startswith("d,")
    making({"d": 1, **counts}, features=features, overwrite=True)
    assert making.measured == ["d", *names]


def test_a_table_of_other_files_columns_or_kinds_is_not_lost(making, tmp_path):
    making({"a": 2, "b": 1})
    with pytest.raises(OccupiedError, match=r"samples of other files \(b\)"):
        making({"a": 2})
    with pytest.raises(OccupiedError, match=r"samples of other files \(a, \.\.\.\)"):
        making({"c": 2})
    # With features the table is another; without, those would be lost.
    making({"a": 2}, out="f.csv", features=True)
    with pytest.raises(OccupiedError, match="features yes, not no"):
        making({"a": 2, "c": 1}, out="f.csv")
    assert making({"a": 2}, out="f.csv").skipped == 1
    other = tmp_path / "o.csv"
    for text, said in (
        ("x,y\n1,2\n", "not a table of samples"),
        ("filename,start,dur,mine\na,0,9,7\n", "columns that would be lost: mine"),
    ):
        other.write_text(text)
        with pytest.raises(OccupiedError, match=said):
            making({"a": 2}, out="o.csv", features=True)
        assert other.read_text() == text
    other.write_text("filename,start,dur,power\na,0,9,7\n")
    making({"a": 2}, out="o.csv", features=True)
    assert len(rows(other)) == 2


def test_bad_files_cost_only_their_own_samples(making, tmp_path):
    report = making({"c": 7, "a": MediaError("x"), "b": 7, "d": MediaError("y")})
    assert (report.bad, report.partly) == ([("a", "bad"), ("d", "bad")], [("b", "odd"), ("c", "odd")])
    assert len(rows(tmp_path / "t.csv")) == 14
    report = making({"a": MediaError("x")}, out="n.csv")
    assert "no table is written" in report.summary("n")
    assert not (tmp_path / "n.csv").exists()
    assert making({}, out="e.csv").files == 0
    assert (tmp_path / "e.csv").read_text().startswith("filename,start,dur")


def test_a_table_for_each(making, tmp_path):
    report = making({"a": 2, "b": 7, "c": MediaError("x")}, out="s/%s.csv")
    assert (report.files, report.samples, report.bad, report.partly) == (2, 9, [("c", "bad")], [("b", "odd")])
    assert len(rows(tmp_path / "s/a.csv")) == 2
    assert not (tmp_path / "s/c.csv").exists()
    report = making({"a": 2, "b": 7, "c": 1}, out="s/%s.csv")
    assert (report.files, report.skipped, making.measured) == (1, 2, ["c"])
    making({"a": 2, "b": 7}, out="s/%s.csv", features=True)  # columns that are missing
    assert making.measured == ["a", "b"]
    making({"a": 2, "b": 7}, out="s/%s.csv", features=True, overwrite=True)
    assert making.measured == ["a", "b"]
    (tmp_path / "s/b.csv").write_text("mine")
    with pytest.raises(OccupiedError, match="not a table of samples"):
        making({"a": 2, "b": 7}, out="s/%s.csv")


def test_tables_of_other_settings_are_kept_unless_overwritten(making, tmp_path):
    making({"a": 2}, most=5)
    with pytest.raises(OccupiedError, match="samples 5, not none"):
        making({"a": 2})
    making({"a": 2}, overwrite=True)
    assert making({"a": 2}).skipped == 1
    with pytest.raises(OccupiedError, match="count none, not 4"):
        making({"a": 2}, count=4)
    assert not [json.loads(path.read_text()) for path in tmp_path.glob(".*.settings")]
