"""Which clips are seen, and where they are on a torus, clip by clip."""

import itertools
import math

import numpy as np
import pytest

from lib.composing.layout import Layout
from tests.support.each import each

WIDTH, HEIGHT = 10, 6


def layout_of(rows, **more):
    x, y, width, height, *_ = np.array(rows, float).T
    return Layout(x, y, width, height, **more)


def test_what_reaches_into_the_screen_is_seen():
    # At each of its edges: beyond it, just within it, and where sides or opacity are none.
    places = (-3, -2.5, -2, -1.5, 0, 3, 9.5, 10, 12)
    downs = (-3, -2, -0.5, 0, 5.5, 6, 7)
    rows = list(itertools.product(places, downs, (0.5, 2, 0, -1), (0.5, 2, 0, -1)))
    seen = layout_of(rows).on_screen(WIDTH, HEIGHT)
    want = [x < WIDTH and x + w > 0 and y < HEIGHT and y + h > 0 and w > 0 and h > 0 for x, y, w, h in rows]
    assert seen.tolist() == want
    some = [row for row, is_seen in zip(rows, want, strict=True) if is_seen][:4]
    assert layout_of(some, alpha=np.array([0, 1e-9, 1, -1])).on_screen(WIDTH, HEIGHT).tolist() == [0, 1, 1, 0]
    assert not layout_of(some, alpha=0.0).on_screen(WIDTH, HEIGHT).any()


def test_a_turned_clip_reaches_as_far_as_its_corners():
    # 3 x 4: its corners are 2.5 from its middle, in some direction.
    middles = list(itertools.product((-2.6, -2.5, -2.4, 5, 12.4, 12.5, 12.6), (-2.6, -2.5, -2.4, 3, 8.4, 8.5, 8.6)))
    rows = [(x - 1.5, y - 2, 3, 4) for x, y in middles]
    for turn in (1.0, -90.0):
        seen = layout_of(rows, rotation=turn).on_screen(WIDTH, HEIGHT)
        assert seen.tolist() == [-2.5 < x < 12.5 and -2.5 < y < 8.5 for x, y in middles]
    # Of two that lie in one place, only the one that is turned reaches so far.
    two = layout_of([(-3.2, 0, 3, 4)] * 2, rotation=np.array([0, 30]))
    assert two.on_screen(WIDTH, HEIGHT).tolist() == [False, True]


@each(("left", "top"), [(0, 0), (3, -2), (-7, 5)])
@each("turned", [False, True])
def test_a_clip_at_the_edge_of_a_torus_is_shown_at_the_opposite_one_too(left, top, turned):
    random = np.random.default_rng(left + 10)
    rows = [(*random.integers(-60, 60, 2) / 2, *random.choice([1, 2, 3, 4], 2)) for _ in range(40)]
    rotation = np.where(np.arange(40) % 2, 45.0, 0.0) if turned else 0.0
    wide, high = 12, 8
    found = layout_of(rows, rotation=rotation, brightness=np.arange(40.0)).wrapped(left, top, wide, high)
    want = []
    for n, (x, y, width, height) in enumerate(rows):
        middle = (x + width / 2 - left) % wide, (y + height / 2 - top) % high
        reach = [math.hypot(width, height) / 2] * 2 if turned and n % 2 else [width / 2, height / 2]
        copies = []
        for at, far, size in zip(middle, reach, (wide, high), strict=True):
            copies.append([at, *([at + size] if at - far < 0 else []), *([at - size] if at + far > size else [])])
        want += [(n, left + a - width / 2, top + b - height / 2, width, height) for a, b in itertools.product(*copies)]
    columns = (found.shows, found.x, found.y, found.width, found.height)
    assert np.array(sorted(zip(*(column.tolist() for column in columns)))) == pytest.approx(np.array(sorted(want)))
    # Each is first where it is itself, and looks as it did.
    assert found.shows[:40].tolist() == list(range(40))
    assert found.every("brightness").tolist() == found.shows.tolist()
    assert found.every("rotation").tolist() == [45.0 if turned and n % 2 else 0.0 for n in found.shows]


def test_clips_of_a_torus_may_be_shown_by_others():
    found = layout_of([(5, 1, 1, 1), (0, 1, 2, 1)], clip=np.array([7, 3])).wrapped(0, 0, 6, 4)
    assert found.shows.tolist() == [7, 3]
    found = layout_of([(5.5, 1, 1, 1), (0, 1, 2, 1)], clip=np.array([7, 3])).wrapped(0, 0, 6, 4)
    assert sorted(zip(found.shows.tolist(), found.x.tolist(), strict=True)) == [(3, 0), (7, -0.5), (7, 5.5)]
