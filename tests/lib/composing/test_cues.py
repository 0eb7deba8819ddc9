"""The cues of a film: the plays of a score that are heard or seen in an excerpt."""

import numpy as np
import pytest

from lib.composing.cues import cues_of
from lib.composing.score import score_of
from lib.tables.table import write_table
from tests.support.grids import clips_of, grid_table


@pytest.fixture
def clips(tmp_path):
    """Four clips of 200 ms, number n from 100 n ms on, whose films begin 7 ms earlier and last 300 ms."""
    table = grid_table(2, 2, vstart=lambda n: 100 * n - 7 if n else 0, vdur=lambda n: 300)
    write_table(table, tmp_path / "grid.csv")
    return clips_of(tmp_path / "grid.csv", "2x2")


def told(score, clips, begin=0.0, length=1000.0):
    return [(cue.ms, cue.length_ms, cue.start_ms, cue.volume, cue.cell) for cue in cues_of(score, clips, begin, length)]


def test_what_is_heard_and_what_is_only_seen(clips):
    score = score_of(clips, [0, 1, 2, 3], [0, 100, 250, 400], 500, sounds=[1, 0, 1, 1], volume=[1, 1, 0, 0.5])
    assert told(score, clips) == [
        (0, 200, 0, 1, (0, 0)),
        (100, 500, 93, 0, (1, 0)),  # seen for 500 ms, from where its film begins
        (250, 500, 193, 0, (0, 1)),  # volume 0 is not heard
        (400, 200, 300, 0.5, (1, 1)),
    ]
    assert {cue.filename for cue in cues_of(score, clips, 0, 1000)} == {"film.mp4"}
    assert told(score_of(clips, [1], [5], 500, dur=[0]), clips) == [(5, 500, 93, 0, (1, 0))]


def test_plays_that_began_before_are_cut_and_what_comes_later_is_left_out(clips):
    score = score_of(clips, [1, 1, 1, 1, 1], [799, 800, 801, 1199, 1200], 500)
    found = told(score, clips, 1000, 200)
    assert found == [(0, 1, 299, 1, (1, 0)), (199, 200, 100, 1, (1, 0))]
    assert told(score_of(clips, [2], [950], 500, sounds=[0]), clips, 1000, 200) == [(0, 450, 193, 0, (0, 1))]


def test_sound_that_is_stretched_or_played_backwards(clips):
    # 200 ms drawn out to 800: 100 ms later it is 25 ms further.
    score = score_of(clips, [1, 1], [0, 0], 500, stretch=[800, 0], backwards=[0, 1])
    assert told(score, clips, 100) == [(0, 700, 125, 1, (1, 0)), (0, 100, 100, 1, (1, 0))]
    assert np.isclose(told(score, clips)[0][1], 800)
    seen = score_of(clips, [1], [0], 500, stretch=[800], sounds=[0])
    assert told(seen, clips, 100) == [(0, 400, 93, 0, (1, 0))]
