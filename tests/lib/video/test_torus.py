"""Layouts on a torus: what moves out at one edge of a rectangle comes in at the other."""

from dataclasses import replace

import numpy as np
import pytest

from lib.composing.composition import Composition
from lib.composing.layout import Layout, still
from lib.composing.score import score_of
from lib.composing.screen import Look, Screen, largest_sizes
from tests.support.grids import grid_table, piece_of


def boxes(*corners, size=(20.0, 10.0), **more):
    x, y = np.array(corners, float).T
    return Layout(x, y, np.full(len(x), size[0]), np.full(len(x), size[1]), **more)


def rows(layout):
    return {(int(c), float(x), float(y)) for c, x, y in zip(layout.shows, layout.x, layout.y)}


def test_what_is_inside_stays():
    assert rows(boxes((0, 0), (80, 40), (30, 20)).wrapped(0, 0, 100, 50)) == {(0, 0, 0), (1, 80, 40), (2, 30, 20)}


def test_what_is_outside_comes_in_from_the_other_side_however_far_it_is():
    layout = boxes((110, 5), (-95, 5), (30, 260), (30, -235)).wrapped(0, 0, 100, 50)
    assert rows(layout) == {(0, 10, 5), (1, 5, 5), (2, 30, 10), (3, 30, 15)}


def test_what_is_partly_outside_is_seen_at_both_edges():
    layout = boxes((-5, 20), (84, 20), (30, -2), (30, 44)).wrapped(0, 0, 100, 50)
    assert rows(layout) == {
        *((0, -5, 20), (0, 95, 20), (1, 84, 20), (1, -16, 20)),
        *((2, 30, -2), (2, 30, 48), (3, 30, 44), (3, 30, -6)),
    }


def test_in_a_corner_it_is_seen_four_times():
    layout = boxes((-5, 46), (30, 20), brightness=np.array([0.3, 0.9]), depth=2.0).wrapped(0, 0, 100, 50)
    corner = {(0, x, y) for x in (-5, 95) for y in (46 - 50, 46)}
    assert rows(layout) == {*corner, (1, 30, 20)}
    assert layout.every("brightness").tolist() == [0.3, 0.9, 0.3, 0.3, 0.3]
    assert set(layout.every("depth")) == {2.0}


def test_a_turned_clip_reaches_as_far_as_its_corners():
    # Its middle is 11 from the edge, its half width 10, its half diagonal 11.2.
    layout = boxes((1, 20), rotation=30.0).wrapped(0, 0, 100, 50)
    assert rows(layout) == {(0, 1, 20), (0, 101, 20)}


class Rolling(Composition):
    """A grid that rolls to the right for ever, by a pixel every 10 ms."""

    def compose(self, table, args):
        self.score = score_of(self.clips, [], [], [])
        self.end_ms = 1000.0

    def layout(self, ms):
        layout = replace(still(self.cells), brightness=np.linspace(0.5, 1, len(self.clips)))
        return layout.moved(ms / 10, 0).wrapped(0, 0, self.cells.width, self.cells.height)


def test_a_rolling_picture_is_the_first_one_rolled(tmp_path):
    piece = piece_of(Rolling, tmp_path, grid_table(4, 3), "4x3")
    screen = Screen(piece, Look(160, 90, 100), None)
    first = screen.picture(1).astype(int)
    assert first.std() > 20
    for frame in (2, 18, 21, 40, 41, 160, 161, 200):
        # (To a step of rounding.)
        assert np.abs(screen.picture(frame) - np.roll(first, frame - 1, axis=1)).max() <= 1, frame
    # Half a pixel further: no gap where it wraps.
    halves = Screen(piece, Look(160, 90, 200), None).picture(41)
    assert halves.min(axis=(0, 2)).min() > 0
    assert largest_sizes(piece, Look(160, 90, 100), 50).tolist() == [[40, 30]] * 12


def test_jitter_moves_a_clip_and_what_is_seen_of_it_at_the_other_edge_alike(tmp_path):
    piece = piece_of(Rolling, tmp_path, grid_table(2, 1), "2x1")
    layout = Screen(piece, Look(160, 90, 10, noise=3.0), None).layout(100.0)
    assert layout.shows.tolist() == [0, 1, 1]
    assert layout.x[1] - layout.x[2] == pytest.approx(160)
