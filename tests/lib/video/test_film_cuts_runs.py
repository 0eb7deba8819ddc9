"""The cuts of a film of a frame each second: what is read, in how many parts, what is kept, and when."""

import itertools
import math
import threading
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest

from lib.errors import MediaError
from lib.io import user_cache
from lib.video import film_cuts as module
from lib.video.cuts import Cut
from lib.video.film_cuts import FilmCuts, film_cuts
from lib.video.thumbnails import COLUMNS, ROWS
from tests.support.each import each

# Every seventh second there is a cut.
EVERY = 7


class Film(nullcontext):
    """In place of a VideoReader."""

    seconds, opened, problem = 100, 0, "broken somewhere"
    planes = np.zeros((2 * ROWS, 2 * COLUMNS), np.uint8), *np.zeros((2, ROWS // 2, COLUMNS // 2), np.uint8)

    def __init__(self, path, rough):
        super().__init__(self)
        assert rough
        type(self).opened += 1
        self.end_ms, self.read = math.inf, []

    def frames(self, first, last):
        self.end_ms = math.inf
        for second in range(max(int(first // 1000), 0), self.seconds):
            if second * 1000 >= last:
                return
            yield SimpleNamespace(
                ms=1000.0 * second, thumbnail=lambda *size: self.planes,
                bottom_field=lambda *size: np.zeros((ROWS, COLUMNS), np.uint8),
            )  # fmt: skip
        self.end_ms = 1000.0 * self.seconds


def cuts_up_to(last, first=0):
    return [Cut(1000.0 * n, 1000.0 * n, 1.0, "cut") for n in range(EVERY, last, EVERY) if first <= n]


@pytest.fixture
def looked(tmp_path, monkeypatch):
    """The beginnings of the stretches that are looked at, in s; a path of the film is looked["path"]."""
    seen = []

    def find(film):
        seen.append(round(film.begins[0] / 1000))
        first, last = film.begins[0] / 1000, film.ends[-1] / 1000
        return [cut for cut in cuts_up_to(200) if first < cut.new_ms / 1000 < last]

    monkeypatch.setenv(user_cache.VARIABLE, str(tmp_path / "kept"))
    monkeypatch.setattr(module, "find_cuts", find)
    monkeypatch.setattr(module, "VideoReader", type("Reader", (Film,), {}))
    monkeypatch.setattr(module, "_said_stretches", lambda path: 7)
    (tmp_path / "film").write_text("film")
    return seen


WHOLE = FilmCuts(tuple(cuts_up_to(100)), frozenset(range(7)), 100_000.0, "broken somewhere")


def test_a_film_is_looked_at_once(looked, tmp_path):
    path = str(tmp_path / "film")
    assert film_cuts(path) == WHOLE
    assert looked == [0, 12, 27, 42, 57, 72, 87]
    assert film_cuts(path) == WHOLE
    assert len(looked) == 7
    assert module.VideoReader.opened == 1
    assert film_cuts(path, overwrite=True) == WHOLE
    assert len(looked) == 14
    # Another film of that name is another film.
    (tmp_path / "film").write_text("another film")
    assert film_cuts(path) == WHOLE
    assert len(looked) == 21


def test_windows_are_looked_at_and_added_to_what_is_known(looked, tmp_path):
    path = str(tmp_path / "film")
    found = film_cuts(path, [(31_000, 32_000), (70_000, 74_000)])
    assert looked == [27, 57]
    assert found.stretches == {2, 4}
    assert found.cuts == tuple(cut for cut in WHOLE.cuts if cut.new_ms // 15_000 in (2, 4))
    assert found.end_ms == math.inf
    assert film_cuts(path, [(44_000, 46_000)]).stretches == {2, 3, 4}
    assert looked == [27, 57, 42]
    # Beyond the end, which is then known.
    assert film_cuts(path, [(200_000, 900_000)]).end_ms == 100_000
    assert film_cuts(path, [(200_000, 900_000)]).stretches == {2, 3, 4}
    opened = module.VideoReader.opened
    assert film_cuts(path, [(200_000, 900_000)]).end_ms == 100_000
    assert module.VideoReader.opened == opened
    assert film_cuts(path) == WHOLE
    assert sorted(looked) == [0, 12, 27, 42, 57, 72, 87]


def test_a_file_that_is_not_there_is_not_kept(looked, tmp_path):
    assert film_cuts(str(tmp_path / "gone")) == WHOLE
    assert film_cuts(str(tmp_path / "gone")) == WHOLE
    assert len(looked) == 14
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(("threads", "opened"), [(2, 1 + 2), (3, 1 + 3), (4, 1 + 4), (9, 1 + 4)])
def test_parts_are_searched_at_a_time(looked, tmp_path, threads, opened):
    """A part has two stretches at least, of seven."""
    before = threading.active_count()
    assert film_cuts(str(tmp_path / "film"), threads=threads) == WHOLE
    assert sorted(looked) == [0, 12, 27, 42, 57, 72, 87]
    assert module.VideoReader.opened == opened
    assert threading.active_count() == before


@pytest.mark.parametrize("said", [0, 3, 20])
def test_parts_are_those_of_the_header_whatever_it_says(looked, tmp_path, monkeypatch, said):
    monkeypatch.setattr(module, "_said_stretches", lambda path: said)
    assert film_cuts(str(tmp_path / "film"), threads=2) == WHOLE
    assert sorted(looked) == [0, 12, 27, 42, 57, 72, 87]
    assert module.VideoReader.opened == {0: 1, 3: 1 + 2, 20: 1 + 2}[said]


@pytest.mark.parametrize("threads", [2, 4])
def test_a_fault_in_a_part_ends_all(looked, tmp_path, monkeypatch, threads):
    def broken(film):
        raise MediaError("cannot be read")

    monkeypatch.setattr(module, "find_cuts", broken)
    before = threading.active_count()
    with pytest.raises(MediaError, match="cannot be read"):
        film_cuts(str(tmp_path / "film"), threads=threads)
    assert threading.active_count() == before
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("fault", [KeyboardInterrupt, SystemExit])
def test_what_was_found_before_an_interruption_is_kept(looked, tmp_path, monkeypatch, fault):
    real, path = module.find_cuts, str(tmp_path / "film")

    def interrupted(film):
        if len(looked) == 3:
            raise fault
        return real(film)

    monkeypatch.setattr(module, "find_cuts", interrupted)
    with pytest.raises(fault):
        film_cuts(path)
    monkeypatch.setattr(module, "find_cuts", real)
    assert film_cuts(path) == WHOLE
    assert looked == [0, 12, 27, 42, 57, 72, 87]


@pytest.mark.parametrize(("seconds", "saves"), [(9.0, 1 + 2), (20.0, 1 + 4), (20.5, 1 + 8), (0.0, 1)])
def test_what_is_found_is_kept_now_and_then(looked, tmp_path, monkeypatch, seconds, saves):
    """After more than 20 s; each look at the clock takes some."""
    kept, ticks = [], itertools.count()
    monkeypatch.setattr(module.time, "monotonic", lambda: seconds * next(ticks))
    monkeypatch.setattr(module, "keep", lambda kind, made_from, value: kept.append((kind, value)))
    film_cuts(str(tmp_path / "film"))
    # Of seven stretches and the end. (When it has saved, it looks at the clock once more.)
    looks = [seconds * n for n in range(1, 40)]
    expected, last = 1, 0.0
    for _ in range(8):
        now = looks.pop(0)
        if now - last > 20:
            expected, last = expected + 1, looks.pop(0)
    assert len(kept) == expected == saves
    for _, value in kept[:-1]:
        assert value["end_ms"] is None  # until the whole film was looked at
    assert kept[-1] == ("cuts", module._written(WHOLE))


def test_a_problem_is_told_until_there_is_another(looked, tmp_path):
    path = str(tmp_path / "film")
    assert film_cuts(path, [(0, 1)]).problem == "broken somewhere"
    module.VideoReader.problem = ""
    assert film_cuts(path, [(20_000, 20_001)]).problem == "broken somewhere"
    module.VideoReader.problem = "broken elsewhere"
    assert film_cuts(path).problem == "broken elsewhere"
    module.VideoReader.problem = ""
    assert film_cuts(path, overwrite=True).problem == ""


@each(
    ("duration", "indexed", "stretches"),
    [(None, True, 0), (0, True, 0), (1, True, 1), (15_000_000, True, 1), (15_000_001, True, 2), (10**9, False, 0)],
)
def test_stretches_by_the_header(monkeypatch, duration, indexed, stretches):
    monkeypatch.setattr(module, "open_media", lambda path: nullcontext(SimpleNamespace(duration=duration)))
    monkeypatch.setattr(module, "is_indexed", lambda container: indexed)
    assert module._said_stretches("a") == stretches


def test_a_stretch_begins_where_the_one_before_ends():
    """Each is looked at with two and a half seconds before and after it; an end that is at an edge adds none."""
    for seconds, numbers in ((45, [0, 1, 2]), (46, [0, 1, 2, 3]), (15, [0]), (1, [0])):
        film = type("Short", (Film,), {"seconds": seconds})("a", rough=True)
        found = list(module._looked_at(film, 0, math.inf))
        assert [number for number, _ in found] == numbers
        for number, looks in found:
            assert looks.begins.tolist() == [
                1000 * n for n in range(seconds) if 15 * number - 3.5 < n < 15 * number + 17.5
            ]
            assert looks.ends.tolist() == (looks.begins + 1000).tolist()
