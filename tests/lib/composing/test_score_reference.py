"""A score's state at any moment, clip by clip and play by play; and where clips are in their grid."""

import math

import numpy as np
import pytest

from lib.composing.score import PlaybackSettings, Score, Timeline, joined, limit_voices, score_of
from lib.math.easing import glow
from lib.tables.table import write_table
from tests.support.each import each
from tests.support.grids import clips_of, grid_table


def clips_in(tmp_path, grid, first=None, last=None, **columns):
    across, down = map(int, grid.split("x"))
    write_table(grid_table(across, down, **columns), tmp_path / "grid.csv")
    return clips_of(tmp_path / "grid.csv", grid, first, last)


@pytest.fixture
def clips(tmp_path):
    return clips_in(tmp_path, "4x2", vdur=lambda n: 50 + 30 * n)


def scored(clips, seed, plays=24):
    random = np.random.default_rng(seed)
    return score_of(
        clips, random.integers(0, 7, plays), random.integers(0, 60, plays) * 10, random.choice([0, 30, 200], plays)
    )  # clip 7 never plays


@pytest.mark.parametrize("seed", range(5))
def test_the_state_of_each_clip_against_its_plays(clips, seed):
    score = scored(clips, seed)
    timeline = Timeline(score, clips)
    for ms in [-1.0, 0.0, *np.arange(5, 900, 45.0), *score.ms[:4], *(score.ms + score.length)[:4], 5000.0]:
        begun, start, length = timeline.current(ms)
        played, progress = timeline.played(ms)
        _, number = timeline.latest(ms)
        places = timeline.phase(ms, 13.0)
        bright = timeline.glow(ms, 0.25, 0.75)
        for clip in range(8):
            mine = [n for n in range(len(score)) if score.clip[n] == clip and score.ms[n] <= ms]
            assert begun[clip] == played[clip] == bool(mine)
            at = int(clips.vdur[clip])
            strongest = 0.0
            if mine:
                last = max(mine, key=lambda n: (score.ms[n], n))
                assert number[clip] == last
                assert (start[clip], length[clip]) == (score.ms[last], score.length[last])
                gone = ms - score.ms[last]
                want = min(gone / score.length[last], 1) if score.length[last] else 1
                assert progress[clip] == pytest.approx(want)
                for n in mine:
                    if score.length[n] and ms < score.ms[n] + score.length[n]:
                        strongest = max(strongest, float(glow((ms - score.ms[n]) / score.length[n])))
            else:
                gone = ms + 13.0
                assert progress[clip] == 0
            assert bright[clip] == pytest.approx(0.25 + 0.5 * strongest)
            everything = [n for n in range(len(score)) if score.clip[n] == clip]
            if mine:
                # After its last play it catches up, by a quarter, with where it would be without any.
                over = max(score.ms[n] + score.length[n] for n in everything)
                if ms > over:
                    behind = (score.ms[last] + 13.0 + at) % (2 * at) - at
                    most = (ms - over) / 4
                    gone += min(max(behind, -most), most)
            place = gone % (2 * at)
            assert places[clip] == pytest.approx(min(place, 2 * at - place))


def test_a_single_play_is_that_of_its_clip_alone(clips):
    begun, start, length = Timeline(score_of(clips, [2], [100], [10]), clips).current(150.0)
    assert begun.tolist() == [n == 2 for n in range(8)]
    assert (start[2], length[2]) == (100, 10)


def test_plays_of_one_time_are_in_the_order_of_the_score(clips):
    timeline = Timeline(score_of(clips, [2, 2, 2], [100, 100, 0], [10, 20, 30]), clips)
    assert timeline.latest(100.0)[1][2] == 1
    assert timeline.current(100.0)[2][2] == 20


@each(("keep", "most"), [(0, 3), (2, 3), (5, 3), (-1, 2), (1, 0), (0, 7), (0, -1)])
@each("outer", [False, True])
def test_who_is_heard(tmp_path, keep, most, outer):
    clips = clips_in(tmp_path, "3x3")
    random = np.random.default_rng(2)
    clip = np.concatenate([np.arange(7), random.integers(0, 7, 8)])  # clips 7 and 8 never play
    score = score_of(clips, clip, np.arange(15), 10, volume=np.where(clip == 6, 0, 1), sounds=clip != 5)
    allowed = set()
    for seed in range(40):
        limited = limit_voices(score, clips, most, keep, outer, seed)
        heard = set(limited.clip[limited.sounds & (limited.volume > 0)].tolist())
        can_be = set(range(5))
        if most < 0 or most >= 5:
            assert heard == can_be
            continue
        assert len(heard) == most
        assert heard <= can_be
        # The innermost: the middle, then the four beside it, in order.
        inner = [4, 1, 3, 0, 2][: max(min(keep, most), 0)]
        assert heard >= set(inner)
        allowed |= heard
        assert np.array_equal(limit_voices(score, clips, most, keep, outer, seed).sounds, limited.sounds)
        # What is not heard is in the score, silent.
        assert np.array_equal(limited.ms, score.ms)
    if 0 <= most < 5 and most > keep:
        # Those that are furthest away have no chance, or with `outer` the one in the middle, unless it is kept.
        assert allowed == ({0, 1, 2, 3} | ({4} if keep > 0 else set()) if outer else {1, 3, 4})


def test_those_far_away_are_chosen_less_or_more_often(tmp_path):
    # Distances 0 to 3, of which the furthest has no chance; with `outer` the middle has none.
    clips = clips_in(tmp_path, "7x1")
    score = score_of(clips, range(7), range(7), 10)
    counts = {}
    for outer in (False, True):
        found = np.zeros(7)
        for seed in range(300):
            found += np.isin(np.arange(7), (kept := limit_voices(score, clips, 1, 0, outer, seed)).clip[kept.sounds])
        counts[outer] = found / 300
    near = np.array([0, 1, 2, 3, 2, 1, 0]) / 9
    far = np.array([3, 2, 1, 0, 1, 2, 3]) / 12
    assert counts[False] == pytest.approx(near, abs=0.09)
    assert counts[True] == pytest.approx(far, abs=0.09)


def test_voices_may_be_chosen_among_all_clips(tmp_path):
    clips = clips_in(tmp_path, "3x1")
    score = score_of(clips, [0], [0], 10)
    assert limit_voices(score, clips, 1, 1, False, 1).sounds.all()
    # The innermost of all is another one, which never plays.
    assert not limit_voices(score, clips, 1, 1, False, 1, of_all=True).sounds.any()
    assert limit_voices(score, clips, 3, 0, False, 1, of_all=True) is score


def test_what_a_score_assumes(clips):
    score = score_of(clips, [3, 0], [5, 6], [7, 8])
    assert [getattr(score, name).tolist() for name in ("volume", "sounds", "dur", "stretch", "backwards")] == [
        [1, 1], [True, True], [200, 200], [0, 0], [False, False],
    ]  # fmt: skip
    assert score.pan.tolist() == score.pan_to.tolist() == [1, -1]
    assert score_of(clips, 2, 3.0, 4.0, pan=0.25).pan_to.tolist() == [0.25]
    both = joined([score, score_of(clips, 2, 3.0, 4.0, stretch=900.0)])
    assert both.sound_ends.tolist() == [205, 206, 903]
    assert score_of(clips, [1], [5], [9], sounds=False).sound_ends.tolist() == [0]
    assert score_of(clips, [1], [5], [9], stretch=0.5).sound_ends.tolist() == [5.5]
    assert isinstance(both, Score)
    assert len(both) == 3


def test_how_long_plays_fade_out():
    usual = PlaybackSettings()
    assert (usual.fades_out(False), usual.fades_out(True)) == (0.5, 0.8)
    assert (usual.level_db, usual.most_db, usual.fade_in, usual.fade_in_most_ms, usual.reverb) == (
        None,
        None,
        0.1,
        100,
        0,
    )
    assert [PlaybackSettings(fade_out=0.0).fades_out(stretched) for stretched in (False, True)] == [0, 0]


@each("grids", [("5x4", "5x4", "5x4"), ("6x3", "2x2", "4x1"), ("1x4", "1x4", "1x2"), ("7x7", "3x3", "5x1")])
def test_where_clips_are_from_the_middle(tmp_path, grids):
    clips = clips_in(tmp_path, *grids)
    across, down = map(int, grids[0].split("x"))
    for n in range(len(clips)):
        x, y = clips.column[n] - (across - 1) / 2, clips.row[n] - (down - 1) / 2
        assert (clips.from_middle_x[n], clips.from_middle_y[n]) == (x, y)
        assert clips.distance[n] == pytest.approx(math.hypot(x, y))
        assert clips.ring[n] == max(math.ceil(max(abs(x), abs(y))), 1)
        # Diagonals are counted from the left lower corner.
        assert clips.diagonal[n] == pytest.approx(
            (clips.column[n] + across - 1 - clips.row[n]) / max(across + down - 2, 1)
        )  # fmt: skip
        half = (clips.part[0] - 1) / 2
        assert clips.pan[n] == pytest.approx(x / half if half else 0)
