"""The rows of a film's scenes by its cuts, and when tables are made again: without films."""

import math
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lib.errors import NoVideoError, OccupiedError
from lib.parallel.jobs import Outcome
from lib.tables.table import Table, read_table
from lib.video import scene_tables as module
from lib.video.cuts import Cut
from lib.video.film_cuts import FilmCuts
from lib.video.scene_tables import (
    ScenesReport,
    SceneTable,
    SceneTableJob,
    make_scene_tables,
    scene_table,
    strip_name,
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        (tmp_path / name).write_text(name)
    return str(tmp_path)


def rows_of(monkeypatch, folder, cuts, end, strip=0):
    known = FilmCuts(tuple(Cut(*cut) for cut in cuts), frozenset(), end, "broken")
    asked = []
    monkeypatch.setattr(module, "film_cuts", lambda *words: asked.append(words) or known)
    found = scene_table(SceneTableJob(folder, "a.mp4", "adaptive", True, strip, 3))
    assert asked == [(f"{folder}/a.mp4", None, True, 3)]
    assert found.problem == "broken"
    columns = [found.table.text(name) for name in ("filename", "start", "dur", "change", "kind")]
    return [(int(a), int(b), *why) for name, a, b, *why in zip(*columns) if name == "a.mp4"], found


def test_scenes_go_from_cut_to_cut(monkeypatch, folder):
    cuts = [
        (1000.0, 1040.0, 0.5, "cut"), (2000.5, 2000.5, 1.0, "cut"), (2999.9999999, 3000.0000001, 0.123, "cut"),
        (3000.9, 3001.0, 2.0, "fade"), (5000.0, 5500.2, 0.9, "dissolve"),
    ]  # fmt: skip
    rows, found = rows_of(monkeypatch, folder, cuts, 6000.7)
    # The last ms before a cut is left out, where its time may be rounded; a scene without a ms is none.
    assert rows == [
        (0, 999, "0", "start"), (1040, 959, "0.50", "cut"), (2001, 998, "1.00", "cut"), (3001, 1998, "2.00", "fade"),
        (5501, 499, "0.90", "dissolve"),
    ]  # fmt: skip
    assert found.pictures == ()
    assert rows_of(monkeypatch, folder, [], 0.5)[0] == []
    assert rows_of(monkeypatch, folder, [], 1.0)[0] == [(0, 1, "0", "start")]
    assert rows_of(monkeypatch, folder, [(1.0, 1.0, 1.0, "cut")], 2.9999999)[0] == [(1, 2, "1.00", "cut")]


def test_a_picture_of_each_scene_is_as_wide_as_asked(monkeypatch, folder):
    asked = []

    class Film(nullcontext):
        width, height = 720, 405

        def __init__(self, path):
            super().__init__(self)

        def frames(self, ms):
            return iter([SimpleNamespace(picture=lambda *size: asked.append((ms, size)) or np.zeros(0))])

    monkeypatch.setattr(module, "VideoReader", Film)
    _, found = rows_of(monkeypatch, folder, [(1000.0, 1000.0, 0.5, "cut")], 2000.0, strip=160)
    assert asked == [(0, (160, 90)), (1000, (160, 90))]
    assert len(found.pictures) == 2
    Film.height = 1
    asked.clear()
    rows_of(monkeypatch, folder, [], 2000.0, strip=160)
    assert asked == [(0, (160, 1))]


def test_a_sound_has_no_scenes(monkeypatch, folder):
    def silent(*words):
        raise NoVideoError("has no video track")

    monkeypatch.setattr(module, "film_cuts", silent)
    found = scene_table(SceneTableJob(folder, "a.mp4", "adaptive"))
    assert len(found.table) == 0
    assert found.table.columns == ["filename", "start", "dur", "change", "kind"]


def test_the_old_detector_looks_at_all_of_the_film(monkeypatch, folder):
    asked = []

    class Levels:
        end = 9000.0

        def __init__(self, *words):
            asked.append(words[1:])

        def cuts(self, first, last):
            asked.append((first, last))
            return [(100.0, 140.0, 8.25)]

    monkeypatch.setattr(module, "VideoReader", lambda path: nullcontext(SimpleNamespace(problem="old")))
    monkeypatch.setattr("lib.video.mean_detector.FilmLevels", Levels)
    found = scene_table(SceneTableJob(folder, "a.mp4", "mean"))
    assert asked == [([(0.0, math.inf)], 30, (320, 240), 256), (0.0, 9000.0)]
    assert found.table.text("start") == ["0", "140"]
    assert found.table.text("change") == ["0", "8.25"]
    assert found.problem == "old"


def test_a_report_begins_with_nothing():
    report = ScenesReport()
    assert (report.films, report.scenes, report.skipped, report.blind, report.left_out) == (0, 0, 0, 0, 0)
    assert (report.bad, report.partly, report.written) == ([], [], [])
    job = SceneTableJob("", "", "adaptive")
    assert (job.overwrite, job.strip, job.threads) == (False, 0, 1)


def table_of(name, *starts):
    count = len(starts)
    return Table.of({
        "filename": [name] * count, "start": list(map(str, starts)), "dur": ["9"] * count, "change": ["0"] * count,
        "kind": ["start"] * count,
    })  # fmt: skip


MADE = {"a.mp4": (0, 10, 20), "b.mp4": (), "c.mp4": (0,)}


@pytest.fixture
def runs(monkeypatch):
    """What was run: (filenames, threads of each job, threads); films of which nothing is made are in `bad`."""
    done = SimpleNamespace(jobs=[], bad=set(), problem="", asked=[])

    def run_many(work, jobs, threads, where, ready):
        assert work is scene_table
        done.asked.append(([job.filename for job in jobs], [job.threads for job in jobs], threads, ready))
        for n, job in enumerate(jobs):
            done.jobs.append(job.filename)
            if job.filename in done.bad:
                yield Outcome(n, job, None, "cannot be read")
                continue
            pictures = tuple(np.zeros((9, 160, 3), np.uint8) for _ in MADE[job.filename]) if job.strip else ()
            yield Outcome(n, job, SceneTable(table_of(job.filename, *MADE[job.filename]), pictures, done.problem))

    monkeypatch.setattr(module, "run_many", run_many)
    monkeypatch.setattr(module, "worker_count", lambda threads: 7)
    return done


def jobs_of(folder, *names, **words):
    return [SceneTableJob(folder, name, "adaptive", **words) for name in names]


def test_all_films_are_in_one_table(folder, runs):
    jobs = jobs_of(folder, "a.mp4", "b.mp4", "c.mp4")
    report = make_scene_tables(jobs, "out.csv", False, 2)
    assert (report.films, report.scenes, report.blind, report.skipped) == (3, 4, 1, 0)
    assert runs.asked == [(["a.mp4", "b.mp4", "c.mp4"], [1, 1, 1], 2, None)]
    assert read_table("out.csv").text("filename") == ["a.mp4"] * 3 + ["c.mp4"]
    report = make_scene_tables(jobs, "out.csv", False, 2)
    assert (report.films, report.skipped) == (0, 3)
    assert len(runs.jobs) == 3
    assert make_scene_tables(jobs, "out.csv", True, 2).films == 3
    with pytest.raises(OccupiedError, match="was made from other films"):
        make_scene_tables(jobs[:2], "out.csv", False, 2)


def test_a_film_alone_is_searched_in_parts(folder, runs):
    make_scene_tables(jobs_of(folder, "a.mp4"), "out.csv", False, 2)
    assert runs.asked == [(["a.mp4"], [7], 2, None)]


def test_a_table_without_bad_films_is_tried_again(folder, runs):
    jobs = jobs_of(folder, "a.mp4", "b.mp4", "c.mp4")
    runs.bad = {"b.mp4"}
    report = make_scene_tables(jobs, "out.csv", False, 2)
    assert (report.films, report.bad) == (2, [("b.mp4", "cannot be read")])
    runs.bad = set()
    report = make_scene_tables(jobs, "out.csv", False, 2)
    assert report.films == 3
    assert make_scene_tables(jobs, "out.csv", False, 2).skipped == 3


def test_an_edited_table_without_bad_films_stays(folder, runs):
    jobs = jobs_of(folder, "a.mp4", "b.mp4")
    runs.bad = {"b.mp4"}
    make_scene_tables(jobs, "out.csv", False, 2)
    Path("out.csv").write_text(edited := Path("out.csv").read_text().replace("filename", "mynote,filename"))
    with pytest.raises(OccupiedError, match=r"lacks films that could not be read, and was changed since"):
        make_scene_tables(jobs, "out.csv", False, 2)
    assert Path("out.csv").read_text() == edited
    assert make_scene_tables(jobs, "out.csv", True, 2).films == 1


def test_problems_are_told(folder, runs):
    runs.problem = "cut off"
    report = make_scene_tables(jobs_of(folder, "c.mp4", "a.mp4"), "out.csv", False, 2)
    assert report.partly == [("a.mp4", "cut off"), ("c.mp4", "cut off")]


@pytest.mark.parametrize("out", ["out.csv", "%s.csv"])
def test_problems_are_told_again_by_the_run_that_has_nothing_to_do(folder, runs, monkeypatch, out):
    monkeypatch.setenv("MEDIA_TOOLS_CACHE", str(Path(folder) / "cache"))
    runs.problem = "cut off"
    for skipped in (0, 2):
        report = make_scene_tables(jobs_of(folder, "c.mp4", "a.mp4"), out, False, 2)
        assert report.skipped == skipped
        assert report.partly == [("a.mp4", "cut off"), ("c.mp4", "cut off")]


def test_each_film_has_a_table(folder, runs):
    jobs = jobs_of(folder, "a.mp4", "c.mp4")
    report = make_scene_tables(jobs, "%s.csv", False, 2)
    assert (report.films, report.scenes) == (2, 4)
    assert sorted(len(read_table(str(path))) for path in Path(folder).glob("*.csv")) == [1, 3]
    report = make_scene_tables(jobs_of(folder, "a.mp4", "b.mp4", "c.mp4"), "%s.csv", False, 2)
    assert (report.films, report.blind, report.skipped) == (1, 1, 2)


def test_strips_are_beside_their_tables(folder, runs):
    jobs = jobs_of(folder, "a.mp4", "b.mp4", strip=160)
    report = make_scene_tables(jobs, "out.csv", False, 2)
    assert report.written == ["out.png"] == [strip_name("out.csv")]
    assert report.left_out == 0
    assert runs.asked[0][3] is module.compile_pictures
    assert make_scene_tables(jobs, "out.csv", False, 2).skipped == 2
    Path("out.png").unlink()
    assert make_scene_tables(jobs, "out.csv", False, 2).films == 2  # the strip is missing
    # Without pictures there is none.
    report = make_scene_tables(jobs_of(folder, "b.mp4", strip=160), "blind.csv", False, 2)
    assert report.written == []


def test_what_has_to_be_compiled():
    kinds = (("adaptive", 0), ("mean", 0), ("mean", 9))
    plain, old, drawn = (SceneTableJob("", "", kind, strip=strip) for kind, strip in kinds)
    assert module._ready([plain]) is None
    assert module._ready([plain, old]) is module.compile_levels
    assert module._ready([plain, old, drawn]) is module.compile_pictures
