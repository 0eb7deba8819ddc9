"""What lies beside the samples of a pack: names, pitches, labels, credits, instruments; and the segments of films."""

from types import SimpleNamespace

import pytest

from lib.pack import pack
from lib.pack.film_segments import FilmSegment
from lib.tables.table import Table

SPANS = {"b.wav": {0: (500.0, 250.0), 2: (0.0, 1.5)}, "a`.wav": {1: (1000.0, 100.0)}}


def table(**more):
    cells = {"filename": ["b.wav", "a`.wav", "b.wav"], "start": ["500", "1000", "0"], "dur": ["250", "100", "1.5"]}
    return Table.of({**cells, **more})


def test_pitches_are_numbers_of_notes_where_there_are_any():
    # A above middle C is note 69, 440 Hz; an octave is 12 notes.
    assert pack._pitches(table(hz=["440", "-1", "220"])) == pytest.approx([69, None, 57])
    assert pack._pitches(table(hz=["", "0", "880"])) == pytest.approx([None, None, 81])
    assert pack._pitches(table()) == [None] * 3


def test_names_say_the_note_and_the_label_if_there_are_any():
    assert pack._names(table(), ".wav") == ["0001_b_250ms.wav", "0002_a_100ms.wav", "0003_b_2ms.wav"]
    assert pack._names(table(hz=["440", "-1", ""], label=["x", "", "y"]), ".mp3") == [
        "0001_b_A4_250ms_x.mp3", "0002_a_100ms.mp3", "0003_b_2ms_y.mp3",
    ]  # fmt: skip
    assert pack._names(table(hz=["0", "0", "0"]), ".wav") == pack._names(table(), ".wav")


def test_labels_are_in_order_of_time_in_seconds():
    names = ["one", "two", "three"]
    assert pack._labels(SPANS["b.wav"], names, [True] * 3) == (
        "0.000000\t0.001500\tthree\n0.500000\t0.750000\tone\n"
    )  # fmt: skip
    assert pack._labels(SPANS["b.wav"], names, [True, True, False]) == "0.500000\t0.750000\tone\n"
    assert pack._labels(SPANS["b.wav"], names, [False] * 3) == ""


def test_credits_list_the_sources_and_what_is_known_of_each():
    told = {"title": ["A `title`", " ", "other"], "date": ["1930", "", "1931"], "note": ["x"] * 3}
    assert pack._credits(table(**told), SPANS, [True] * 3) == (
        "# Sources of these samples\n\n"
        "- `a .wav`: 1 sample\n"
        "- `b.wav`: 2 samples\n"
        "  - title: A  title\n"
        "  - date: 1930\n"
    )
    # Of what was written: not of a file that could not be read, nor of samples after the end of one.
    assert pack._credits(table(**told), SPANS, [False, False, True]) == (
        "# Sources of these samples\n\n- `b.wav`: 1 sample\n  - title: other\n  - date: 1931\n"
    )


def test_instruments_hold_what_was_written():
    record = SimpleNamespace(
        made={"a": ["", "", -20.0, False], "b": ["", "", -10.0, False], "c": ["", "", "-5.5", 1]}
    )  # fmt: skip
    found = pack._instruments(["a", "b", "c", "d"], [60.0, None, 60.0, 61.0], [True, True, True, False], record, False)
    assert list(found) == ["pitched.sfz", "unpitched.sfz"]
    pitched = [line for line in found["pitched.sfz"].splitlines() if "sample=" in line]
    assert [line.rpartition("=")[2] for line in pitched] == ["a", "c"]  # the softest lowest
    assert "sample=b" in found["unpitched.sfz"]
    assert "lokey=0 hikey=127" in found["pitched.sfz"]
    only = pack._instruments(["a"], [60.0], [True], record, True)
    assert only["unpitched.sfz"] == ""
    assert pack._instruments(["b"], [None], [True], record, True)["pitched.sfz"] == ""
    assert pack._instruments(["a"], [60.0], [False], record, True) == {"pitched.sfz": "", "unpitched.sfz": ""}


def test_the_segment_of_a_film_is_its_own_part_or_that_of_the_sound(tmp_path):
    names = ["0001_b.wav", "0002_a.wav", "0003_b.wav"]

    def segments(**more):
        jobs = pack._segments(table(**more), str(tmp_path), "out", names, SPANS)
        assert [job.filename for job in jobs] == ["b.wav", "a`.wav"]
        return [(segment.name, segment.start_ms, segment.dur_ms) for job in jobs for segment in job.segments]

    assert segments() == [("0001_b.mp4", 500, 250), ("0003_b.mp4", 0, 1.5), ("0002_a.mp4", 1000, 100)]
    # Each number for itself; none is below 0.
    assert segments(vstart=["400", "", "-7"], vdur=["", "80", "0"]) == [
        ("0001_b.mp4", 400, 250), ("0003_b.mp4", 0, 0), ("0002_a.mp4", 1000, 80),
    ]  # fmt: skip
    assert segments(vdur=["1", "2", "3"]) == [("0001_b.mp4", 500, 1), ("0003_b.mp4", 0, 3), ("0002_a.mp4", 1000, 2)]


def test_a_segment_is_made_again_if_anything_that_it_is_made_from_changes(tmp_path, monkeypatch):
    def made(spans=SPANS, names=("x.wav", "y.wav", "z.wav"), **more):
        jobs = pack._segments(table(**more), str(tmp_path), "out", names, spans)
        return [segment.made_from for job in jobs for segment in job.segments]

    first = made()
    assert len(set(first)) == 3
    assert made() == made(names=("a.wav", "b.wav", "c.wav")) == first
    assert [a == b for a, b in zip(made(vstart=["1", "", ""]), first, strict=True)] == [False, True, True]
    assert [a == b for a, b in zip(made(vdur=["", "1", ""]), first, strict=True)] == [True, True, False]
    (tmp_path / "b.wav").write_bytes(b"now it is there")
    assert [a == b for a, b in zip(made(), first, strict=True)] == [False, False, True]
    monkeypatch.setattr(pack, "VERSION", pack.VERSION + 1)
    assert not set(made()) & set(first)


@pytest.mark.parametrize(("problem", "known"), [("", False), ("breaks off", False), ("breaks off", True)])
def test_what_becomes_of_segments(monkeypatch, problem, known):
    """One is there and right, one has changed, one is made from something else, one is new."""
    made = {name: [f"from {name}", "state"] for name in ("right", "changed", "stale")}
    record = SimpleNamespace(made=dict(made), added=[])
    record.is_unchanged = lambda name: name in record.made and name != "changed"
    record.add = record.added.append
    report = pack.PackReport(partly=[("f", "before")] if known else [])
    segments = tuple(
        FilmSegment(name, 0.0, 1.0, f"from {name if name != 'stale' else 'else'}") for name in (*made, "new")
    )
    asked = []

    def run(work, jobs, threads, ready):
        for job in jobs:
            asked.append([segment.name for segment in job.segments])
            result = SimpleNamespace(made={segment.name: [] for segment in job.segments}, problem=problem)
            yield SimpleNamespace(job=job, result=result)

    monkeypatch.setattr(pack, "run_many", run)
    job = pack.SegmentsJob("folder", "f", "out", segments)
    for overwrite, want in ((False, ["changed", "stale", "new"]), (True, ["right", "changed", "stale", "new"])):
        record.made, asked[:] = dict(made), []
        record.added.clear()
        report.films = 0
        report.partly = [("f", "before")] if known else []
        pack._write_films([job], record, report, 1, overwrite)
        assert asked == [want]
        assert set(record.made) == {"right"} - set(want)  # until they are written
        assert [list(entry) for entry in record.added] == [want]
        assert report.films == len(want)
        assert report.partly == ([("f", "before")] if known else [("f", problem)] if problem else [])
