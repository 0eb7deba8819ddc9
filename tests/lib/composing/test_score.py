"""The score and its timeline: which play is current, what glows, what shows, who is heard."""

import numpy as np
import pytest

from lib.composing.score import PlaybackSettings, Timeline, limit_voices, score_of
from lib.composing.sounds import sounds_of
from lib.tables.table import write_table
from tests.support.grids import clips_of, grid_table


@pytest.fixture
def clips(tmp_path):
    write_table(grid_table(3, 2, vdur=lambda n: 100), tmp_path / "grid.csv")
    return clips_of(tmp_path / "grid.csv", "3x2", dir="media")


def test_the_latest_play_is_the_current_one(clips):
    timeline = Timeline(score_of(clips, [1, 1, 4], [500, 100, 300], [50, 60, 70]), clips)
    begun, begin, length = timeline.current(499.0)
    assert begun.tolist() == [False, True, False, False, True, False]
    assert (begin[1], length[1], begin[4]) == (100, 60, 300)
    begun, begin, length = timeline.current(500.0)
    assert (begin[1], length[1]) == (500, 50)
    assert not timeline.current(99.9)[0].any()


def test_glow(clips):
    timeline = Timeline(score_of(clips, [2], [1000], [100]), clips)
    for ms, want in ((0, 0.25), (1000, 0.25), (1010, 0.625), (1020, 1), (1060, 0.625), (1100, 0.25), (9000, 0.25)):
        assert timeline.glow(ms, 0.25, 1.0)[2] == pytest.approx(want), ms
        assert timeline.glow(ms, 0.25, 1.0)[1] == 0.25


def test_phase_runs_forwards_and_backwards(clips):
    timeline = Timeline(score_of(clips, [0, 0], [1000, 1250], [100, 300]), clips)
    # Before the first play: as if it had begun at -offset; the clip's video is 100 ms long.
    assert timeline.phase(30.0, 0)[0] == 30
    assert timeline.phase(130.0, 0)[0] == 70
    assert timeline.phase(130.0, 25)[0] == pytest.approx(45)
    # In a play, and between two: from its beginning.
    assert timeline.phase(1000.0, 25)[0] == 0
    assert timeline.phase(1130.0, 25)[0] == pytest.approx(70)
    assert timeline.phase(1240.0, 25)[0] == pytest.approx(40)
    assert timeline.phase(1250.0, 25)[0] == 0
    # After the last, which ends at 1550 (300 ms after it began, at the end of the video): it runs on, a quarter faster,
    # and from 1850 on it is at (1850 + 25) mod 200 = 75, where it would be without a play.
    assert timeline.phase(1550.0, 25)[0] == pytest.approx(100)
    assert timeline.phase(1570.0, 25)[0] == pytest.approx(75)
    assert timeline.phase(1850.0, 25)[0] == pytest.approx(75)
    assert timeline.phase(5010.0, 25)[0] == pytest.approx(35)


@pytest.mark.parametrize("offset", [0.0, 25.0, 99.0, 100.0, 163.0, -40.0, 12_345.6])
def test_a_clip_does_not_jump_when_its_last_play_ends(clips, offset):
    timeline = Timeline(score_of(clips, [0, 0], [1000, 1250], [100, 330]), clips)
    places = [timeline.phase(ms, offset)[0] for ms in np.arange(1250.0, 2600.0, 1.0)]
    assert np.abs(np.diff(places)).max() <= 1.25 + 1e-9
    caught_up = 1580 + 100 / 0.25
    assert timeline.phase(caught_up, offset)[0] == pytest.approx(100 - abs(100 - (caught_up + offset) % 200))


def test_no_plays_at_all(clips):
    timeline = Timeline(score_of(clips, [], [], []), clips)
    assert timeline.phase(30.0, 0).tolist() == [30] * 6
    assert timeline.glow(30.0, 0.5, 1).tolist() == [0.5] * 6


def test_the_number_of_different_clips_heard_is_limited(clips):
    score = score_of(clips, [0, 1, 2, 3, 4, 5, 1], np.arange(7) * 100, 50)
    inner, outer = {1, 4}, {0, 2, 3, 5}
    heard = lambda s: set(s.clip[s.sounds].tolist())  # noqa: E731
    assert heard(limit_voices(score, clips, -1, -1, False, 1)) == inner | outer
    assert limit_voices(score, clips, 6, 0, False, 1) is score
    for seed in range(10):
        assert len(heard(limit_voices(score, clips, 3, 0, False, seed))) == 3
        assert inner < heard(limit_voices(score, clips, 3, 2, False, seed))
    counts = {outward: 0 for outward in (False, True)}
    for outward in counts:
        for seed in range(200):
            counts[outward] += len(heard(limit_voices(score, clips, 2, 0, outward, seed)) & inner)
    # Two of six, drawn evenly: 2/3 of an inner one on average.
    assert counts[False] / 200 > 0.8
    assert counts[True] / 200 < 0.5
    assert np.array_equal(limit_voices(score, clips, 0, 5, False, 1).sounds, np.zeros(7, bool))


def test_what_the_mixer_gets(clips):
    score = score_of(clips, [0, 5, 3], [2000, 3000, 10], 50, volume=[0.5, 1, 0], sounds=[True, True, True])
    first, second = sounds_of(score, clips, PlaybackSettings(most_db=-16.0, reverb=80), begin_ms=500.0)
    assert (first.time_ms, first.start_ms, first.dur_ms, first.volume, first.pan) == (1500, 0, 200, 0.5, -1)
    assert (second.time_ms, second.start_ms, second.pan, second.most_db, second.level_db) == (2500, 500, 1, -16, None)
    assert (second.path, second.reverb, second.fade_out, second.fade_in_most_ms) == ("media/film.mp4", 80, 0.5, 100)
    assert (second.stretch_ms, second.pan_to, second.backwards) == (None, None, False)
    score = score_of(clips, [2], [0], 50, stretch=8000, pan=0.5, pan_to=1.5, backwards=True)
    (play,) = sounds_of(score, clips, PlaybackSettings())
    assert (play.stretch_ms, play.pan, play.pan_to, play.backwards) == (8000, 0.5, 1.5, True)
    assert score.sound_ends.tolist() == [8000]
