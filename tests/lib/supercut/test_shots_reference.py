"""Shots worked out again: what is seen in each picture, by plain loops over pictures and plays."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from lib.audio.mix_plays import Play
from lib.supercut.shots import (
    FilmShot,
    Shots,
    first_picture,
    length_of,
    moment,
    most_together,
    one_by_one,
    side_by_side,
    source_ms,
)
from tests.support.each import each

FPS = Fraction(25)  # pictures of 40 ms


def plays(*spans, shift=0.0):
    return [Play(time, "a", 1000.0, dur, shift=shift) for time, dur in spans]


def of(found):
    return [(s.play, s.cell, s.first, s.end, s.fade_in, s.fade_out) for s in found.shots]


def test_the_opacity_of_each_picture():
    # A fade over n pictures is half a part further in the middle of each.
    assert [FilmShot(0, 0, 4, 10).opacity(n) for n in (4, 9)] == [1, 1]
    assert [FilmShot(0, 0, 4, 10, fade_in=4).opacity(n) for n in range(4, 10)] == [1 / 8, 3 / 8, 5 / 8, 7 / 8, 1, 1]
    assert [FilmShot(0, 0, 4, 10, fade_out=4).opacity(n) for n in range(4, 10)] == [1, 1, 7 / 8, 5 / 8, 3 / 8, 1 / 8]
    assert FilmShot(0, 0, 4, 6, 2, 2).opacity(4) == FilmShot(0, 0, 4, 6, 2, 2).opacity(5) == 0.25
    assert (FilmShot(0, 0, 1, 2).fade_in, FilmShot(0, 0, 1, 2).fade_out) == (0, 0)
    assert (Shots((), 3).side, Shots((), 3).unseen) == (1, 0)


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(24_000, 1001), Fraction(12)])
def test_the_middles_of_pictures_and_the_first_that_shows_a_time(fps):
    middles = [(n + Fraction(1, 2)) * 1000 / fps for n in range(2000)]
    assert moment(np.arange(2000), fps) == pytest.approx([float(ms) for ms in middles])
    # The first picture whose middle is not before the time: tried at each middle, a little before and after.
    for n in (0, 1, 2, 700, 1998):
        assert first_picture(float(middles[n]), fps) == n
        assert first_picture(float(middles[n]) - 0.01, fps) == n
        assert first_picture(float(middles[n]) + 0.01, fps) == n + 1
    assert first_picture(-500.0, fps) == 0


def test_a_millionth_of_a_picture_is_rounding():
    # 40 ms a picture: 0.9 and 1.2 millionths of one beyond the middle of picture 3.
    assert [first_picture(140 + 40e-6 * part, FPS) for part in (0.9, 1.2)] == [3, 4]
    for arrange in (one_by_one, side_by_side):
        assert [arrange([], 400 + 40e-6 * part, FPS, 0).count for part in (0, 0.9, 1.2)] == [10, 10, 11]
        assert arrange([], 3_600_000.0, FPS, 0).count == 90_000


def test_a_play_at_a_higher_pitch_is_shorter_and_runs_faster():
    assert [length_of(play) for play in plays((0, 600), shift=12.0) + plays((0, 600), shift=-12.0)] == [300, 1200]
    play = Play(100.0, "a", 5000.0, 400.0, shift=12.0)
    assert source_ms(play, 400.0, np.array([50, 100, 150, 299, 300, 1000.0])).tolist() == [
        5000.5, 5000.5, 5100.5, 5398.5, 5399.5, 5399.5,
    ]  # fmt: skip
    # At least its first picture is seen.
    assert source_ms(play, 0.5, np.array([100.0, 500.0])).tolist() == [5000.5, 5000.5]


def test_dissolves_last_as_long_as_asked_or_as_the_shot():
    found = one_by_one(plays((0, 400), (400, 80), (480, 400)), 1000, FPS, 100)
    # 2.5 pictures; the second shot has two. What is beneath goes on until that has appeared, in whole pictures.
    assert of(found) == [(0, 0, 0, 12, 2.5, 0), (1, 0, 10, 15, 2, 0), (2, 0, 12, 25, 2.5, 2.5)]
    assert (found.side, found.count, found.unseen) == (1, 25, 0)
    found = one_by_one(plays((880, 50), (960, 40)), 1000, FPS, 400)
    # At the end of the film there is no room for more.
    assert of(found) == [(0, 0, 22, 25, 2, 0), (1, 0, 24, 25, 1, 1)]


@each(("time", "is_seen"), [(959, True), (980, True), (981, False), (2000, False)])
def test_what_begins_after_the_last_picture_is_not_seen(time, is_seen):
    found = one_by_one(plays((0, 100), (time, 100)), 1000, FPS, 0)
    assert [s.play for s in found.shots] == ([0, 1] if is_seen else [0])
    assert found.unseen == (not is_seen)
    side = side_by_side(plays((0, 100), (time, 100)), 1000, FPS, 0)
    assert (len(side.shots), side.unseen) == (1 + is_seen, not is_seen)


def test_of_three_in_one_picture_the_third_is_too_late():
    found = one_by_one(plays((0, 10), (1, 10), (2, 10), (80, 10)), 400, FPS, 0)
    assert [(s.play, s.first) for s in found.shots] == [(0, 0), (1, 1), (3, 2)]
    assert found.unseen == 1


def seen_again(spans, length):
    """Return what is seen in each picture of a film without fades: numbers of plays, from the description."""
    count = math.ceil(length / 40)
    begins = [math.ceil(ms / 40 - 0.5) for ms, _ in spans]
    ends = [math.ceil((ms + dur) / 40 - 0.5) for ms, dur in spans]
    seen = []
    for n, begin in enumerate(begins):
        following = begins[n + 1] if n + 1 < len(begins) else count
        pictures = [n] * (following - begin)
        now = max(ends[n], begin + 1)
        if following - now >= 12.5:  # half a second
            for earlier in range(n - 1, -1, -1):
                until = min(ends[earlier], following)
                if until - now >= 12.5:
                    pictures[now - begin :] = [earlier] * (following - now)
                    now = until
        seen += pictures
    return seen


@each("seed", range(30))
def test_what_goes_on_is_seen_again(seed):
    random = np.random.default_rng(seed)
    begins = np.cumsum(random.integers(1, 60, 8)) * 40.0 - 40.0 * random.integers(0, 2)
    begins -= begins[0]
    spans = [(ms, float(random.choice([0.5, 3, 8, 20, 60, 150]) * 40 - random.integers(0, 13))) for ms in begins]
    length = begins[-1] + float(random.integers(2, 60) * 40)
    found = one_by_one(plays(*spans), length, FPS, 0)
    pictures = [shots[-1][1].play for shots in found.by_picture()]
    assert pictures == seen_again(spans, length)


@pytest.mark.parametrize(("left", "again"), [(12, False), (13, True)])
def test_half_a_second_must_be_left(left, again):
    # 12.5 pictures. At 25.0 per second no number of pictures is just that; at 24 twelve are.
    found = one_by_one(plays((0, 40.0 * (50 + left)), (400, 1600)), 4000, FPS, 0)
    assert [(s.play, s.first) for s in found.shots] == [(0, 0), (1, 10)] + [(0, 50)] * again


@pytest.mark.parametrize(("left", "again"), [(11, False), (12, True)])
def test_exactly_half_a_second_is_enough(left, again):
    tick = 1000 / 24
    found = one_by_one(plays((0, tick * (48 + left)), (10 * tick, 38 * tick)), 100 * tick, Fraction(24), 0)
    assert [(s.play, s.first) for s in found.shots] == [(0, 0), (1, 10)] + [(0, 48)] * again
    # So it is for the time until the next one begins.
    found = one_by_one(
        plays((0, 99 * tick), (10 * tick, 38 * tick), (tick * (48 + left), tick)), 100 * tick, Fraction(24), 0
    )
    assert (0, 48) in [(s.play, s.first) for s in found.shots] or not again
    assert [s.first for s in found.shots if s.play == 0] == ([0, 48] if again else [0]) + [49 + left] * (
        51 - left >= 12
    )


@pytest.mark.parametrize(("left", "again"), [(1999, False), (2000, True)])
def test_half_a_second_of_very_many_pictures(left, again):
    tick = 1000 / 4000
    found = one_by_one(plays((0, tick * (48 + left)), (10 * tick, 38 * tick)), 9000 * tick, Fraction(4000), 0)
    assert [s.first for s in found.shots] == [0, 10] + [48] * again


def test_the_cell_that_has_been_empty_for_longest():
    # Four at once; the first ends as the fifth begins, the others before.
    spans = [(0, 400), (40, 160), (80, 120), (120, 80), (400, 100), (410, 100), (440, 90)]
    found = side_by_side(plays(*spans), 1000, FPS, 0)
    assert [(s.play, s.cell) for s in found.shots] == [(0, 0), (1, 1), (2, 2), (3, 3), (4, 0), (5, 1), (6, 2)]


def test_the_picture_is_divided_for_the_most_that_sound_together():
    assert most_together([]) == 0
    assert most_together([(0, 0, 5), (1, 5, 9)]) == 1  # one ends as the other begins
    assert most_together([(0, 0, 6), (1, 5, 9)]) == 2
    random = np.random.default_rng(3)
    for _ in range(20):
        spans = sorted(
            (int(a), int(a) + int(b)) for a, b in zip(random.integers(0, 30, 9), random.integers(1, 12, 9), strict=True)
        )
        most = max(sum(a <= n < b for a, b in spans) for n in range(50))
        assert most_together([(n, a, b) for n, (a, b) in enumerate(spans)]) == most


@each("seed", range(20))
def test_the_cell_of_each(seed):
    random = np.random.default_rng(seed)
    spans = [
        (40.0 * int(a), 40.0 * int(b))
        for a, b in zip(random.integers(0, 60, 12), random.integers(1, 40, 12), strict=True)
    ]
    found = side_by_side(plays(*spans), 2400, FPS, 200)
    order = sorted(range(12), key=lambda n: spans[n][0])
    begins = [round(ms / 40) for ms, _ in spans]
    ends = [min(max(begins[n] + round(spans[n][1] / 40), begins[n] + 2), 60) for n in range(12)]
    together = max(sum(begins[n] <= picture < ends[n] for n in range(12)) for picture in range(60))
    side = min(side for side in (1, 2, 3, 4) if side * side >= together)
    assert (found.side, found.count) == (side, 60)
    cells = [[0, -1, None] for _ in range(side * side)]  # free from, begun, who
    want = []
    for n in order:
        if begins[n] >= ends[n]:
            continue
        free = [cell for cell in range(side * side) if cells[cell][0] <= begins[n]]
        cell = min(free, key=lambda c: (cells[c][1], c))
        cells[cell] = [ends[n], begins[n], n]
        fade = min(5, (ends[n] - begins[n]) / 2)
        want.append((n, cell, begins[n], ends[n], fade, fade))
    assert of(found) == want


def test_of_more_than_sixteen_the_one_that_began_first_makes_room():
    spans = [(40.0 * n, 4000.0) for n in range(18)]
    found = side_by_side(plays(*spans), 2000, FPS, 0)
    assert found.side == 4
    assert [(s.play, s.cell, s.first, s.end) for s in found.shots] == [
        (0, 0, 0, 16), (1, 1, 1, 17), *((n, n, n, 50) for n in range(2, 16)), (16, 0, 16, 50), (17, 1, 17, 50),
    ]  # fmt: skip
    found = side_by_side(plays(*((40.0 * n, 4000.0) for n in range(30))), 2000, FPS, 0)
    assert [s.cell for s in found.shots] == [*range(16), *range(14)]
    # One that would be seen in no picture is not counted as seen.
    found = side_by_side(plays(*[(0.0, 4000.0)] * 17), 2000, FPS, 0)
    assert (len(found.shots), found.unseen) == (16, 1)


def test_the_shots_of_each_picture_lie_in_order():
    shots = [FilmShot(0, 0, 0, 3), FilmShot(1, 0, 1, 2), FilmShot(2, 0, 1, 5), FilmShot(3, 0, 4, 6)]
    found = [list(seen) for seen in Shots(tuple(shots), 7).by_picture()]
    assert found == [
        [(n, shot) for n, shot in enumerate(shots) if shot.first <= picture < shot.end] for picture in range(7)
    ]
    assert list(Shots((replace(shots[0], end=9),), 2).by_picture()) == [[(0, replace(shots[0], end=9))]] * 2
