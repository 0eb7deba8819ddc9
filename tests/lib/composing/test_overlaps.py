"""Plays of one clip that go on at once: the strongest counts."""

import numpy as np
import pytest

from lib.composing.score import PlaybackSettings, Timeline, joined, score_of
from lib.composing.sounds import sounds_of
from lib.tables.table import write_table
from tests.support.grids import clips_of, grid_table


@pytest.fixture
def clips(tmp_path):
    write_table(grid_table(3, 1), tmp_path / "grid.csv")
    return clips_of(tmp_path / "grid.csv", "3x1")


def tent(n):
    return 1 - abs(2 * n - 1)


def test_the_strongest_of_those_that_continue(clips):
    # Clip 1: 0 to 1000, 300 to 400, 350 to 450; out of order in the score.
    timeline = Timeline(score_of(clips, [1, 1, 2, 1], [350, 0, 5000, 300], [100, 1000, 100, 100]), clips)
    for ms, want in ((0, 0), (250, 0.5), (320, 0.64), (345, 0.9), (351, 0.98), (385, 0.77), (395, 0.9), (500, 1)):
        assert timeline.strongest(float(ms), tent).tolist() == pytest.approx([0, want, 0]), ms
    assert timeline.strongest(1000.0, tent).tolist() == [0, 0, 0]


def test_against_each_play_on_its_own(clips):
    random = np.random.default_rng(5)
    clip, ms, length = random.integers(0, 3, 60), random.integers(0, 500, 60), random.integers(0, 300, 60)
    timeline = Timeline(score_of(clips, clip, ms, length), clips)
    for now in range(-10, 810, 7):
        want = np.zeros(3)
        for c, begin, long in zip(clip, ms, length, strict=True):
            if begin <= now < begin + long:
                want[c] = max(want[c], tent((now - begin) / long))
        assert timeline.strongest(float(now), tent) == pytest.approx(want), now


def test_a_shape_that_begins_at_its_highest_counts_at_once_and_not_before(clips):
    timeline = Timeline(score_of(clips, [0], [100], [50]), clips)
    fall = lambda n: 1 - n  # noqa: E731
    assert [timeline.strongest(ms, fall)[0] for ms in (99.0, 100.0, 125.0, 150.0)] == [0, 1, 0.5, 0]


def test_the_number_of_the_latest_play(clips):
    timeline = Timeline(score_of(clips, [1, 0, 1], [500, 200, 100], 10), clips)
    begun, play = timeline.latest(300.0)
    assert begun.tolist() == [True, True, False]
    assert play[:2].tolist() == [1, 2]
    assert timeline.latest(500.0)[1][1] == 0
    assert not Timeline(score_of(clips, [], [], []), clips).latest(0.0)[0].any()
    assert Timeline(score_of(clips, [], [], []), clips).strongest(0.0, tent).tolist() == [0, 0, 0]


def test_scores_are_joined_in_order(clips):
    one, other = score_of(clips, [1, 0], [500, 200], 10, volume=[0.5, 1]), score_of(clips, [2], [7], 10, stretch=900)
    score = joined([one, other])
    assert score.clip.tolist() == [1, 0, 2]
    assert score.ms.tolist() == [500, 200, 7]
    assert score.volume.tolist() == [0.5, 1, 1]
    assert score.stretch.tolist() == [0, 0, 900]


def test_stretched_sounds_fade_out_for_longer_unless_the_composition_says_how_long(clips):
    score = score_of(clips, [1, 0], [0, 0], 10, stretch=[0, 900])
    fades = lambda playback: [play.fade_out for play in sounds_of(score, clips, playback)]  # noqa: E731
    assert fades(PlaybackSettings()) == [0.5, 0.8]
    assert fades(PlaybackSettings(fade_out=0.9)) == [0.9, 0.9]
