"""What audio_to_samples.py checks before its work, and says after it."""

from types import SimpleNamespace

import pytest

import audio_to_samples
from lib import cli
from lib.errors import PlaceError, QueryError
from lib.tables.query_language import parse_filter, parse_sort


def args(*words):
    return audio_to_samples.parser().parse_args(["-in", "a.mp3", *words])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-pitched", "0.5"], "argument -pitched: is about notes"),
        (["-filter", "hz>5"], r"argument -filter: there is no column 'hz' \(add -features\)"),
        (["-sort", "note"], r"argument -sort: there is no column 'note' \(add -features\)"),
        (["-filter", "x>5"], "argument -filter: there is no column 'x'; the columns are"),
        (["-features", "-sort", "x"], "argument -sort: there is no column 'x'; the columns are"),
        (["-min", "80", "-max", "79"], "argument -max: 79 is below -min 80"),
    ],
)
def test_values_that_exclude_each_other(words, said):
    with pytest.raises(cli.UsageError, match=said):
        audio_to_samples.check(args(*words))


@pytest.mark.parametrize(
    "words",
    [[], ["-pitched", "0.5", "-features"], ["-features", "-filter", "hz>5&dur>3"],
     ["-filter", "dur>3", "-sort", "start"],
     ["-min", "80", "-max", "80"], ["-min", "80", "-max", "-1"]],
)  # fmt: skip
def test_values_that_go_together(words):
    audio_to_samples.check(args(*words))


def test_the_table_is_not_its_input():
    with pytest.raises(PlaceError):
        audio_to_samples.check(args("-in", "a.csv", "-out", "a.csv"))
    with pytest.raises(QueryError):
        audio_to_samples.check(args("-filter", "dur>long"))


@pytest.mark.parametrize(
    ("done", "soundless", "words", "said"),
    [
        ((0, 0, 0), 0, [], []),
        ((0, 0, 0), 1200, [], ["1,200 left out: no sound by a.mp3"]),
        ((1500, 0, 0), 0, [], ["1,500 shorter than -min 80"]),
        ((0, 1, 0), 0, ["-filter", "dur>9"], ["1 sample left out by -filter dur>9"]),
        ((0, 0, 3), 0, ["-samples", "5"], ["3 samples left out by -samples 5"]),
        ((0, 0, 3), 0, ["-count", "1"], ["3 samples left out by -count 1"]),
        ((0, 0, 3), 0, ["-count", "6", "-samples", "5"], ["3 samples left out by -samples 5 and -count 6"]),
        ((0, 0, 3), 0, ["-sort", "dur=asc=0.5"], ["3 samples left out by -sort dur=asc=0.5"]),
    ],
)
def test_what_is_left_out_and_by_which_flag(done, soundless, words, said):
    report = SimpleNamespace(short=done[0], filtered=done[1], over=done[2])
    assert audio_to_samples.left_out(report, soundless, args(*words)) == said


def test_queries_are_read():
    given = args("-filter", "dur>9", "-sort", "start=desc")
    assert given.filter == parse_filter("dur>9")
    assert given.sort == parse_sort("start=desc")


@pytest.mark.parametrize(("files", "cluster", "threads"), [(1, "", 3), (2, "", 1), (1, "tcp://x:1", 1), (0, "", None)])
def test_a_single_file_keeps_all_workers_busy(monkeypatch, tmp_path, files, cluster, threads):
    from lib.tables import inputs

    names = tuple(f"{n}.mp3" for n in range(files))
    monkeypatch.setattr(inputs, "find_input", lambda spec, folder: inputs.Source("f", (*names, "silent.mp3")))
    monkeypatch.setattr(inputs, "audible", lambda source: list(names))
    jobs, soundless = audio_to_samples.jobs_of(args("-threads", "3", *(["-cluster", cluster] if cluster else [])))
    assert [job.filename for job in jobs] == list(names)
    assert {job.threads for job in jobs} == ({threads} if files else set())
    assert soundless == 1
