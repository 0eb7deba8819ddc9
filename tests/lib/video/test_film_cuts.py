"""The stretches of a film: which are looked at, in which parts, and whose cuts are whose."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from lib.video import film_cuts as module
from lib.video.cuts import Cut
from lib.video.film_cuts import FilmCuts
from lib.video.thumbnails import COLUMNS, ROWS
from tests.support.each import each


@each(
    ("windows", "numbers"),
    [
        ([], set()),
        ([(0, 14_999)], {0}),
        ([(0, 15_000)], {0, 1}),
        ([(-500, 10), (29_999, 60_000)], {0, 1, 2, 3, 4}),
        ([(math.inf, math.inf)], {24_000}),
        ([(14_999.9, 15_000)], {0, 1}),
    ],
)
def test_the_stretches_of_windows(windows, numbers):
    assert module._stretches_of(windows) == numbers


@each(
    ("numbers", "known", "runs"),
    [
        ({0, 1, 2, 5, 7, 8}, (), [(0, 3), (5, 6), (7, 9)]),
        (set(), (), []),
        (None, (), [(0, math.inf)]),
        (None, (0, 1), [(2, math.inf)]),
        (None, (1, 4), [(0, 1), (2, 4), (5, math.inf)]),
    ],
)
def test_runs_of_stretches(numbers, known, runs):
    assert list(module._runs(numbers, frozenset(known))) == runs


@each(
    ("run", "parts"),
    [
        ((0, 10, 4, 100), [(0, 4), (4, 8), (8, 10)]),
        ((0, 8, 4, 100), [(0, 4), (4, 8)]),
        ((3, math.inf, 4, 12), [(3, 7), (7, 11), (11, math.inf)]),  # the header says 12
        ((3, math.inf, 4, 11), [(3, 7), (7, math.inf)]),
        ((5, 6, 4, 100), [(5, 6)]),
    ],
)
def test_a_run_is_split_into_parts(run, parts):
    assert list(module._split(*run)) == parts


@each(("end", "last"), [(math.inf, None), (0, 0), (1, 0), (15_000, 0), (15_001, 1), (30_000, 1)])
def test_the_last_stretch(end, last):
    assert module._last_stretch(end) == last


def cut(old, new, change=0.5):
    return Cut(old, new, change, "cut")


@each(
    ("old", "new", "known", "mine"),
    [
        (14_960, 15_000, [], False),  # before the stretch from 15 s to 30 s
        (14_960, 15_001, [], True),
        (15_000, 15_000, [], True),
        (29_960, 30_040, [], True),
        (30_000, 30_040, [], False),
        (29_999, 29_999, [], True),
        (20_000, 20_040, [cut(20_040, 20_080)], False),  # known, from a neighbour
        (20_000, 20_040, [cut(20_041, 20_080)], True),
        (20_000, 20_040, [cut(19_900, 20_000)], False),
        (20_000, 20_040, [cut(19_900, 19_999)], True),
    ],
)
def test_a_cut_is_of_the_stretch_that_it_touches(old, new, known, mine):
    found = module._with(FilmCuts(tuple(known), frozenset([0])), 1, [cut(old, new)])
    assert found.stretches == {0, 1}
    assert found.cuts == tuple(sorted([*known, *([cut(old, new)] if mine else [])], key=lambda cut: cut.old_ms))


def test_cuts_between_two_times():
    cuts = FilmCuts((cut(100, 140), cut(200, 240), cut(300, 340)))
    for (first, last), found in {(140, 200): (200,), (139, 199): (100,), (0, 99): (), (220, 320): (200, 300)}.items():
        assert tuple(cut.old_ms for cut in cuts.between(first, last)) == found


@pytest.mark.parametrize("end", [math.inf, 61_000.0])
def test_what_is_written_is_read(end):
    cuts = FilmCuts((cut(100.5, 140.25, 0.75), Cut(200, 300, 1.0, "fade")), frozenset([3, 0, 1]), end, "broken")
    written = module._written(cuts)
    assert written == {
        "cuts": [[100.5, 140.25, 0.75, "cut"], [200, 300, 1.0, "fade"]], "stretches": [0, 1, 3],
        "end_ms": None if math.isinf(end) else end, "problem": "broken",
    }  # fmt: skip
    assert module._read(written) == cuts
    for wrong in (None, [], "x", {}, written | {"cuts": [[1, 2]]}, written | {"stretches": ["x"]}):
        assert module._read(wrong) == FilmCuts()


class Film:
    """A film of a frame each second, which tells what it is asked for."""

    def __init__(self, seconds):
        self.seconds, self.end_ms, self.asked = seconds, math.inf, []

    def frames(self, first, last):
        self.asked.append((first, last))
        for second in range(max(int(first // 1000), 0), self.seconds):
            if second * 1000 >= last:
                return
            planes = np.zeros((2 * ROWS, 2 * COLUMNS), np.uint8), *np.zeros((2, ROWS // 2, COLUMNS // 2), np.uint8)
            yield SimpleNamespace(
                ms=1000.0 * second, thumbnail=lambda *size, planes=planes: planes,
                bottom_field=lambda *size: np.zeros((ROWS, COLUMNS), np.uint8),
            )  # fmt: skip
        self.end_ms = 1000.0 * self.seconds


@each(
    ("seconds", "first", "after", "stretches"),
    [
        (100, 1, 3, {1: (12, 33), 2: (27, 47.5)}),  # no further than that is read
        (40, 0, math.inf, {0: (0, 18), 1: (12, 33), 2: (27, 40)}),
        (30, 1, 9, {1: (12, 30)}),
        (31, 1, 9, {1: (12, 31), 2: (27, 31)}),
        (5, 0, 1, {0: (0, 5)}),
    ],
)
def test_stretches_come_with_their_surroundings(seconds, first, after, stretches):
    film = Film(seconds)
    found = {number: looks for number, looks in module._looked_at(film, first, after)}
    assert film.asked == [(max(first * 15_000 - 2500, 0), after * 15_000 + 2500)]
    # From the frame that is on the screen 2.5 s before to the one 2.5 s after.
    seen = {number: (looks.begins[0] / 1000, looks.ends[-1] / 1000) for number, looks in found.items()}
    assert seen == stretches
    for looks in found.values():
        assert (np.diff(looks.begins) == 1000).all()
        assert (looks.ends[:-1] == looks.begins[1:]).all()


@pytest.fixture
def asked(monkeypatch):
    """The parts that are searched, and where: in threads, or by helpers."""
    found = {}

    class Helpers:
        def __init__(self, count):
            found["helpers"] = count

        def __enter__(self):
            return self

        def __exit__(self, *error):
            found["ended"] = True

        def map(self, function, jobs):
            assert function is module._looks
            found["parts"] = jobs
            return ([("look", first)] for _, first, _ in jobs)

    def in_threads(path, parts, threads):
        found.update(threads=threads, parts=[(path, *part) for part in parts])
        return iter([("look", first) for first, _ in parts])

    monkeypatch.setattr(module, "Helpers", Helpers)
    monkeypatch.setattr(module, "_in_threads", in_threads)
    return found


@pytest.mark.parametrize(
    ("runs", "said", "threads", "sizes"),
    [
        ([(0, math.inf)], 39, 2, [20, 19]),  # less than ten minutes
        ([(0, math.inf)], 3, 2, [2, 1]),
        ([(0, 2), (5, 6)], 40, 2, [2, 1]),
        ([(0, math.inf)], 40, 2, [7] * 5 + [5]),  # three for each process
        ([(0, math.inf)], 48, 3, [6] * 8),
        ([(0, math.inf)], 1000, 2, [16] * 62 + [8]),  # of four minutes at most
        ([(0, 30), (60, 80)], 100, 2, [9, 9, 9, 3, 9, 9, 2]),
        ([(90, 140)], 100, 2, [5, 5]),  # the header says that the film ends in it
    ],
)
def test_the_parts_of_a_film_are_about_equal_and_not_long(asked, runs, said, threads, sizes):
    looks = list(module._in_parts("a.mp4", runs, threads, said))
    parts = asked["parts"]
    assert looks == [("look", first) for _, first, _ in parts]
    assert {path for path, _, _ in parts} == {"a.mp4"}
    assert [min(after, said) - first for _, first, after in parts] == sizes
    # Together they are the runs: each from the end of the one before, and to where the run ends.
    ends = {first: after for _, first, after in parts}
    for first, after in runs:
        end = first
        while end in ends:
            end = ends[end]
        assert end == after
    total = sum(sizes)
    assert asked.get("threads", 0) == (threads if total < 40 else 0)
    assert asked.get("helpers", 0) == (threads - 1 if total >= 40 else 0)
    assert asked.get("ended", False) == (total >= 40)


@pytest.mark.slow
def test_helper_processes_find_the_same_cuts(sample_media, monkeypatch):
    film = str(sample_media / "film_string_quartet.mp4")
    alone = module.film_cuts(film, overwrite=True)
    monkeypatch.setattr(module, "WORTH_STRETCHES", 1)
    monkeypatch.setattr(module, "MOST_STRETCHES", 1)
    assert module.film_cuts(film, overwrite=True, threads=2) == alone
    assert alone.stretches == {0, 1, 2}
    assert len(alone.cuts) > 0
