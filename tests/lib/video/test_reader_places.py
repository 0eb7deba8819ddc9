"""Reading on, jumping and going back: on a reader of frames that are made up, without a file."""

import math
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from lib.audio.wholeness import Promise
from lib.errors import MediaError
from lib.io.clock import last_length
from lib.video import reader as module
from lib.video.jumps import FAR_AHEAD
from lib.video.reader import VideoReader
from lib.video.scaling import Turn
from tests.support.each import each


def shown(ms, key=True):
    return SimpleNamespace(ms=float(ms), length_ms=math.nan, raw=SimpleNamespace(key_frame=key))


class Film(VideoReader):
    """A reader of frames that begin at these ms. `seeks`: where a seek to some ms leads: to the frame from there on."""

    def __init__(self, times, usual=40.0, keys=None, seeks=None, ticks=40, woven=False, in_order=True):
        self.times, self.keys, self.seeks = times, keys, seeks or (lambda ms: 0.0)
        self.sought, self.opened, self.worth = [], 0, []
        self.breaks = SimpleNamespace(begin=lambda: None)
        self._usual, self._ticks = usual, SimpleNamespace(tick=Fraction(1))
        self._last_ticks, self._last_is_woven, self._ends_in_order = ticks, woven, in_order
        self._far, self._misses, self._jumps, self._stream = FAR_AHEAD, 0, True, None
        self._from = 0.0
        self._open()

    def close(self):
        pass

    def _open(self):
        self.opened += 1
        self._from = 0.0
        self._start_reading()
        self._first_ms = -math.inf if self._now is None else self._now.ms

    def _decoded(self):
        for ms in self.times:
            if ms >= self._from:
                yield shown(ms, self.keys is None or ms in self.keys)

    def _seek(self, ms):
        self.sought.append(ms)
        place = self.seeks(ms)
        if place is None:
            self._now = None
            return
        self._from = place
        self._start_reading()


def begins(frames):
    return [frame.ms for frame in frames]


@each(
    ("ticks", "woven", "in_order", "times", "usual", "length"),
    [
        (40, False, True, [0, 40, 80], 40, 40),
        (0, False, True, [0, 40, 80], 33, 33),
        (90, False, True, [0, 40, 80], 40, 90),
        (90, False, False, [0, 40, 80], 40, 40),  # no more than a usual frame, or than the one before
        (90, False, False, [0, 60], 40, 60),
        (30, False, False, [0, 40], 40, 30),
        (20, True, True, [0, 40, 80], 40, 40),  # the length of one field
        (20, True, True, [0, 40], 20, 40),
        (20, True, True, [0, 41], 20, 20),
        (20, True, True, [0], 40, 40),
        (20, True, True, [0], 41, 20),
        (20, False, True, [0, 40], 40, 20),
    ],
)
def test_frames_stay_until_the_next_and_the_last_as_long_as_it_says(ticks, woven, in_order, times, usual, length):
    film = Film(times, float(usual), ticks=ticks, woven=woven, in_order=in_order)
    assert math.isinf(film.end_ms) == (len(times) > 1)
    found = list(film.frames())
    assert [frame.length_ms for frame in found[:-1]] == np.diff(times).tolist()
    gap = times[-1] - times[-2] if len(times) > 1 else 0.0
    own = 2 * ticks if woven and abs(2 * ticks - max(gap, usual)) < 1 else ticks
    assert found[-1].length_ms == last_length(own, usual, gap, in_order) == length
    assert film.end_ms == times[-1] + length


def no_jump(monkeypatch, film):
    monkeypatch.setattr(
        module, "is_worth_a_jump", lambda stream, ticks, here, ms, far: film.worth.append((here, ms, far)) or False
    )


def test_frames_from_the_one_on_the_screen_to_the_last_that_begins_before(monkeypatch):
    times = [10, 50, 90, 130, 170]
    film = Film(times)
    no_jump(monkeypatch, film)
    for first, last, expected in [
        (0, 200, times), (10, 11, [10]), (49, 51, [10, 50]), (50, 50, [50]), (51, 90, [50]), (129.9, 131, [90, 130]),
        (170, 999, [170]), (900, 999, [170]), (-5, 0, [10]), (60, math.inf, [50, 90, 130, 170]),
    ]:  # fmt: skip
        assert begins(film.frames(first, last)) == expected
    # Without anything said, all.
    assert begins(film.frames()) == times
    assert [where[:2] for where in film.worth[:2]] == [(50, 0), (50, 10)]


def test_it_begins_again_only_for_earlier_frames(monkeypatch):
    film = Film([0, 40, 80, 120])
    no_jump(monkeypatch, film)
    assert begins(film.frames(40, 90)) == [40, 80]
    assert begins(film.frames(80, 90)) == [80]
    assert film.opened == 1
    assert begins(film.frames(79, 80)) == [40]
    assert film.opened == 2
    # Before the first frame that is the first.
    assert begins(film.frames(0, 1)) == [0]
    assert film.opened == 3
    assert begins(film.frames(-9, -8)) == [0]
    assert film.opened == 3
    film.times = []
    next(film.frames(40))
    with pytest.raises(MediaError, match="has changed while it was read"):
        next(film.frames(0))


TIMES = list(range(0, 100_000, 100))


@each(
    ("seeks", "sought", "misses"),
    [
        (lambda ms: ms - 500, [50_000], 0),
        (lambda ms: ms + 300, [50_000, 50_000 - 300 - 1000], 0),  # shown after it: the one before
        (lambda ms: ms + 20, [50_000, 50_000 - 100 - 1000], 0),
        (lambda ms: ms + 3000, [50_000, 50_000 - 3000 - 1000], 0),
        (lambda ms: 53_000, [50_000, 46_000, 46_000 - 3000 - 1000], 1),
        (lambda ms: None, [50_000], 1),
    ],
)
def test_a_jump_goes_to_a_keyframe_before_the_place(monkeypatch, seeks, sought, misses):
    film = Film(TIMES, seeks=seeks)
    monkeypatch.setattr(module, "is_worth_a_jump", lambda stream, ticks, here, ms, far: ms - here > 20_000)
    assert begins(film.frames(50_000, 50_150)) == [50_000, 50_100]
    assert film.sought == [pytest.approx(ms, abs=100) for ms in sought]
    assert (film._misses, film._jumps) == (misses, True)
    assert film.opened == 1 + misses


def test_a_keyframe_that_is_none_is_not_believed_and_after_three_misses_none_is_asked_for(monkeypatch):
    film = Film(TIMES, keys={0, 100}, seeks=lambda ms: ms)
    monkeypatch.setattr(module, "is_worth_a_jump", lambda *words: True)
    for n in (1, 2, 3):
        assert begins(film.frames(9000 * n, 9000 * n + 1)) == [9000 * n]
        assert (film._misses, film._jumps, film.opened) == (n, n < 3, n + 1)
    sought = len(film.sought)
    assert begins(film.frames(60_000, 60_001)) == [60_000]
    assert len(film.sought) == sought


def test_a_jump_that_was_in_vain_makes_the_next_ones_rarer(monkeypatch):
    film = Film(TIMES, seeks=lambda ms: 5000)
    monkeypatch.setattr(module, "is_worth_a_jump", lambda *words: True)
    list(film.frames(4000, 4001))
    assert film._far == FAR_AHEAD
    list(film.frames(30_000, 30_001))
    list(film.frames(60_000, 60_001))
    assert film._far == 2 * FAR_AHEAD


def test_what_is_shown_of_a_frame():
    film = Film([0])
    film._size, film._film_part, film.turn = (64, 48), (2, 4, 60, 40), Turn()
    for size, part in (((64, 48), (2, 4, 60, 40)), ((32, 48), (0, 0, 32, 48)), ((64, 24), (0, 0, 64, 24))):
        assert film.part_of(SimpleNamespace(width=size[0], height=size[1])) == part


@pytest.mark.parametrize(("jumps", "cut", "rule"), [(True, False, "rule"), (False, False, None), (True, True, None)])
def test_frames_are_left_out_only_of_whole_films_that_can_be_jumped_in(monkeypatch, jumps, cut, rule):
    film = Film([0])
    film.path, film._container, film._jumps = "a", None, jumps
    monkeypatch.setattr(module, "expected", lambda times, stream, usual: "rule")
    monkeypatch.setattr(module, "promise_of", lambda *words: Promise(is_cut=cut))
    film.expect(np.zeros(1))
    assert film._expected == rule


def test_a_film_that_is_cut_off_is_read_to_its_end_for_its_problem(monkeypatch):
    for cut, ended in ((True, False), (False, False), (False, True)):
        film = Film([0, 40, 80])
        film.path, film._container = "a", None
        film.breaks = SimpleNamespace(ended=ended, problem=lambda promise, end: (promise.damage, end))
        monkeypatch.setattr(module, "promise_of", lambda *words, cut=cut: Promise(is_cut=cut))
        monkeypatch.setattr(module, "with_structure", lambda path, promise: Promise(damage="structure"))
        assert film.problem == ("structure" if ended else "", 120 if cut else math.inf)
