"""The segments of a table's samples: which rows are filled, from what, and what is kept of each film."""

import dataclasses
from types import SimpleNamespace

import pytest

from lib.errors import MediaError
from lib.parallel.jobs import Outcome
from lib.tables.parts import Parts
from lib.tables.table import Table
from lib.video import vsamples as module
from lib.video.scenes import SceneSettings, Segments
from lib.video.vsamples import VsamplesReport, find_vsamples

NAMES = ("vstart", "vdur")


def table(**more):
    return Table.of({
        "filename": ["a.mp4", "b.mp4", "a.mp4", "s.wav", "a.mp4"], "start": ["0", "100", "200.5", "300", "900"],
        "dur": ["50", "60", "70", "80.25", "90"], **more,
    })  # fmt: skip


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """What was run; `bad`: films that cannot be read; `problem`: of all others."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.mp4", "b.mp4", "s.wav"):
        (tmp_path / name).write_text(name)
    done = SimpleNamespace(asked=[], bad=set(), problem="", spans=[])

    def segments(job):
        if job.filename == "s.wav":
            return Segments(has_video=False)
        spans = tuple((int(start) + 1, int(length) + 5) for start, length in job.spans)
        beyond = tuple(n for n, (start, _) in enumerate(job.spans) if start == 900)
        return Segments(spans, True, beyond, done.problem)

    def run_many(work, jobs, threads, where, ready):
        assert work is module.scene_segments
        done.asked.append(([job.filename for job in jobs], [job.threads for job in jobs], threads, ready))
        done.spans += [job.spans for job in jobs]
        for n, job in enumerate(jobs):
            bad = job.filename in done.bad
            yield Outcome(n, job, None, "cannot be read") if bad else Outcome(n, job, segments(job))

    monkeypatch.setattr(module, "run_many", run_many)
    monkeypatch.setattr(module, "worker_count", lambda threads: 6)
    return done


def filled(own, overwrite=False, settings=None):
    return find_vsamples(own, "", NAMES, settings or SceneSettings(), Parts("out.csv"), overwrite, 2)


def test_the_next_run_knows_what_it_skips(runs, tmp_path, monkeypatch):
    """Films that could be read only in part, and one that has changed since: also if the table gets another name."""
    monkeypatch.setenv("MEDIA_TOOLS_CACHE", str(tmp_path / "cache"))
    runs.problem = "read up to 1 s of 2"
    how = (SceneSettings(), Parts("out.csv"), False, 2, "")
    first = find_vsamples(table(), "", NAMES, *how, "out.csv")
    assert (first.partly, first.changed) == ([("a.mp4", runs.problem), ("b.mp4", runs.problem)], [])
    done = table(vstart=first.starts, vdur=first.lengths)
    (tmp_path / "b.mp4").write_text("another film")
    for out in ("out.csv", "new.csv"):
        again = find_vsamples(dataclasses.replace(done, path="out.csv"), "", NAMES, *how, out)
        assert (again.kept, again.partly, again.changed) == (5, [("a.mp4", runs.problem)], ["b.mp4"])
    assert find_vsamples(done, "", NAMES, *how, "third.csv").changed == []
    assert len(runs.asked[0][0]) == 3


def test_a_report_begins_with_nothing():
    report = VsamplesReport([], [])
    assert (report.found, report.blind, report.kept, report.beyond, report.bad, report.partly) == (0, 0, 0, [], [], [])


def test_each_row_has_its_segment_and_sounds_keep_their_own(runs):
    runs.problem = "cut off"
    report = filled(table())
    assert report.starts == ["1", "101", "201", "300", "901"]
    assert report.lengths == ["55", "65", "75", "80.25", "95"]
    assert (report.found, report.blind, report.kept) == (4, 1, 0)
    assert report.beyond == [("a.mp4", 900.0)]
    assert report.partly == [("a.mp4", "cut off"), ("b.mp4", "cut off")]
    # Each film once; of several films each on one worker.
    assert runs.asked == [(["a.mp4", "b.mp4", "s.wav"], [1, 1, 1], 2, None)]
    assert runs.spans[0] == ((0.0, 50.0), (200.5, 70.0), (900.0, 90.0))


def test_rows_that_have_both_cells_are_kept(runs):
    own = table(vstart=["7", "8", "", "9", "10"], vdur=["1", "", "2", "3", "4"])
    report = filled(own)
    assert report.starts == ["7", "101", "201", "9", "10"]
    assert report.lengths == ["1", "65", "75", "3", "4"]
    assert (report.found, report.blind, report.kept) == (2, 0, 3)
    assert runs.asked[0][:2] == (["a.mp4", "b.mp4"], [1, 1])
    report = filled(own, overwrite=True)
    assert report.starts == ["1", "101", "201", "300", "901"]
    assert report.kept == 0


def test_one_film_has_all_workers(runs):
    own = table(vstart=["", "8", "", "9", ""], vdur=["", "1", "", "2", ""])
    filled(own)
    assert runs.asked == [(["a.mp4"], [6], 2, None)]


def test_what_was_found_is_not_looked_for_again(runs):
    runs.bad, runs.problem = {"b.mp4"}, "cut off"
    report = filled(table())
    assert report.bad == [("b.mp4", "cannot be read")]
    assert report.starts == ["1", "", "201", "300", "901"]
    runs.bad = set()
    runs.asked.clear()
    again = filled(table())
    assert [names for names, *_ in runs.asked] == [["b.mp4"]]
    assert again.starts == ["1", "101", "201", "300", "901"]
    assert again.lengths == ["55", "65", "75", "80.25", "95"]
    assert (again.found, again.blind, again.beyond) == (4, 1, [("a.mp4", 900.0)])
    assert again.partly == [("a.mp4", "cut off"), ("b.mp4", "cut off")]
    # With other settings it is; whether known cuts are found again makes no difference to what is found.
    runs.asked.clear()
    filled(table(), settings=SceneSettings(overwrite=True))
    assert runs.asked[0][0] == []
    filled(table(), settings=SceneSettings(shortest_ms=300))
    assert len(runs.asked[1][0]) == 3


def test_the_parts_of_a_film_alone_are_not_kept(runs):
    own = Table.of({"filename": ["a.mp4"], "start": ["0"], "dur": ["5"]})
    for _ in range(2):
        filled(own)
    assert [names for names, *_ in runs.asked] == [["a.mp4"]] * 2


def test_the_old_detector_is_compiled_first(runs):
    filled(table(), settings=SceneSettings(detector="mean"))
    assert runs.asked[0][3] is module.compile_levels


def test_parts_that_are_not_ours_are_not_used(runs):
    parts, job = Parts("out.csv"), SimpleNamespace(spans=((0.0, 1.0), (5.0, 1.0)))
    columns = {"start": ["1", "2"], "dur": ["3", "4"], "after": ["0", "1"], "problem": ["p", "p"]}
    good = Segments(((1, 3), (2, 4)), True, (1,), "p")
    for changed, expected in (
        ({}, good), ({"start": ["x", "2"]}, None), ({"after": None}, None), ({"problem": None}, None),
    ):  # fmt: skip
        cells = {name: cell for name, cell in (columns | changed).items() if cell is not None}
        parts.save(["key"], Table.of(cells))
        assert module._load(parts, ["key"], job) == expected
    parts.save(["key"], Table.of({name: cells[:1] for name, cells in columns.items()}))
    assert module._load(parts, ["key"], job) is None  # of other samples
    assert module._load(parts, ["another"], job) is None
    for segments in (good, Segments(has_video=False), Segments(((5, 6), (7, 8)))):
        module._save(parts, ["key"], segments)
        assert module._load(parts, ["key"], job) == segments


def test_none_of_the_files_is_there(runs):
    with pytest.raises(MediaError):
        filled(Table.of({"filename": ["gone.mp4"], "start": ["0"], "dur": ["5"]}))
