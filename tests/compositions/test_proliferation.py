"""Proliferation: when which clip begins, how bright it is, how much is seen; worked out by hand on small grids."""

import numpy as np
import pytest

from compositions.proliferation import Proliferation
from lib.errors import MissingColumnError
from tests.support.compositions import grid_composition
from tests.support.each import each
from tests.support.grids import composition_of, grid_table

FLAGS = {"bstep": 1000, "kfd": ("tsne", "tsne2"), "mci": 16, "rw": 1, "volr": (0.25, 1.0)}
# The cells of a 4x4 grid, row by row: the four in the middle are samples 5, 6, 9, 10.
MIDDLE = {5, 6, 9, 10}


def four_by_four(tmp_path, table=None, grid0="2x2", **flags):
    return composition_of(Proliferation, tmp_path, table or grid_table(4, 4), "4x4", grid0, "4x4", **{**FLAGS, **flags})


def test_ring_after_ring_from_the_middle(tmp_path):
    score = four_by_four(tmp_path).score
    assert set(score.clip[:4].tolist()) == MIDDLE
    assert set(score.clip[4:].tolist()) == set(range(16)) - MIDDLE
    # Step 1: 4 clips over 4 x 1000 ms from -pad0 on. Step 2: 12 clips over 2000 ms.
    assert score.ms[:4].tolist() == [1000, 2000, 3000, 4000]
    assert score.ms[4:] == pytest.approx(5000 + 2000 / 12 * np.arange(12))


def test_alike_clips_first(tmp_path):
    # The mean of the four in the middle is (5 + 6 + 9 + 10) / 4 = 7.5: distances 2.5, 1.5, 1.5, 2.5.
    score = four_by_four(tmp_path).score
    assert score.clip[:4].tolist() == [6, 9, 5, 10]
    # Of the others 7 and 8 are nearest (0.5), then 4 and 11 (3.5), 3 and 12, ...
    assert score.clip[4:].tolist() == [7, 8, 4, 11, 3, 12, 2, 13, 1, 14, 0, 15]


def test_with_a_wider_reach_alike_clips_of_the_next_ring_come_earlier(tmp_path):
    score = four_by_four(tmp_path, rw=2).score
    # As many as ring 1 has, among rings 1 and 2: nearest to 7.5.
    assert score.clip[:4].tolist() == [7, 8, 6, 9]
    assert sorted(score.clip.tolist()) == list(range(16))


def test_volume_falls_outwards(tmp_path):
    table = grid_table(6, 6)
    score = composition_of(Proliferation, tmp_path, table, "6x6", "2x2", "6x6", **FLAGS).score
    # Three steps: (1 - s)^6 of the range 0.25 to 1 at s = 0, 1/2, 1.
    assert score.volume[:4] == pytest.approx([1] * 4)
    assert score.volume[4:16] == pytest.approx([0.25 + 0.75 / 64] * 12)
    assert score.volume[16:] == pytest.approx([0.25] * 20)


def test_the_limit_applies_to_what_is_heard_but_all_light_up(tmp_path):
    score = four_by_four(tmp_path, mci=500).score
    assert score.sounds[:4].sum() == 4  # 4000 / 500 would be 8
    assert score.sounds[4:].sum() == 4  # 2000 / 500
    assert len(score) == 16
    other = four_by_four(tmp_path, mci=500, rand=2).score
    assert not np.array_equal(score.sounds, other.sounds)


def test_a_clip_is_as_long_as_its_longest_part(tmp_path):
    table = grid_table(2, 2, dur=["200", "5000", "200", "200"], vdur=["200", "300", "7000", "200"])
    score = composition_of(Proliferation, tmp_path, table, "2x2", **FLAGS).score
    length = dict(zip(score.clip.tolist(), score.length.tolist(), strict=True))
    assert (length[1], length[2]) == (5000, 7000)
    assert 1200 <= length[0] <= 1700
    assert 1200 <= length[3] <= 1700
    assert length[0] != length[3]


def test_brightness_rises_in_a_fifth_and_falls_to_half_light(tmp_path):
    composition = four_by_four(tmp_path, brightr=(0.25, 1.0), table=grid_table(4, 4, dur=lambda n: 2000))
    brightness = lambda ms: composition.layout(ms).every("brightness")[6]  # noqa: E731 (the first to play, at 1000 ms)
    want = {0: 0, 1000: 0, 1200: 0.5, 1400: 1, 2200: 0.625, 3000: 0.25, 99000: 0.25}
    for ms, value in want.items():
        assert brightness(float(ms)) == pytest.approx(value, abs=1e-9), ms
    assert composition.layout(0.0).every("brightness").max() == 0


def test_the_view_widens(tmp_path):
    composition = four_by_four(tmp_path)  # of 160 x 90: cells of 40 x 22.5 when all is seen, 80 x 45 when a quarter is
    # The first ring that 2x2 does not hold begins at 5000, as does the last: 55 % of the way from 1000 on is 3200.
    for ms, width in ((0, 80), (3200, 80), (4100, 60), (5000, 40), (99000, 40)):
        layout = composition.layout(float(ms))
        assert set(np.round(layout.width, 9)) == {width}, ms
        assert layout.height[0] == pytest.approx(width * 22.5 / 40)
        # Sample 5 is left above the middle, and touches it.
        assert layout.x[5] + layout.width[5] == pytest.approx(80)
        assert layout.y[5] + layout.height[5] == pytest.approx(45)
    # A quarter of the way of a quadratic ease is an eighth of the way: 2 - 1/8 instead of 2.
    assert composition.layout(3200 + 450.0).width[0] == pytest.approx(40 * 1.875)


def test_no_zoom_where_all_is_seen_from_the_beginning(tmp_path):
    composition = four_by_four(tmp_path, grid0="4x4")
    assert {composition.layout(ms).width[0] for ms in (0.0, 3000.0, 6000.0, 9e5)} == {40.0}


@each(
    ("columns", "rows"), [(2, 2), (4, 2), (2, 6), (3, 3), (5, 4), (1, 1), (8, 1)]
)  # fmt: skip
def test_any_grid_ends_with_every_clip_lit(tmp_path, columns, rows):
    composition = composition_of(Proliferation, tmp_path, grid_table(columns, rows), f"{columns}x{rows}", **FLAGS)
    assert sorted(composition.score.clip.tolist()) == list(range(columns * rows))
    end = composition.layout(composition.end_ms)
    assert end.every("brightness").tolist() == pytest.approx([0.25] * (columns * rows))


def test_clips_that_are_half_seen_at_the_edge_light_up_too(tmp_path):
    composition = composition_of(Proliferation, tmp_path, grid_table(6, 6), "6x6", "3x3", "3x3", **FLAGS)
    assert len(composition.clips) == 16
    assert composition.layout(composition.end_ms).every("brightness").tolist() == pytest.approx([0.25] * 16)


def test_a_table_without_similarity_names_the_column(tmp_path):
    with pytest.raises(MissingColumnError, match=r"no column 'tsne2'; its columns are: filename, start, dur"):
        four_by_four(tmp_path, grid_table(4, 4).select(["filename", "start", "dur", "gridX", "gridY", "tsne"]))
    composition = four_by_four(tmp_path, kfd=("tsne",))
    assert len(composition.score) == 16


def test_lengths_are_at_least_the_shortest_time_and_up_to_half_a_second_more():
    shown = grid_composition(Proliferation, "16x16", dur=1, vdur=1, mcd=1200, **FLAGS).shown_ms
    assert 1200 <= shown.min() < 1210
    assert 1690 < shown.max() <= 1700
    assert shown.mean() == pytest.approx(1450, abs=30)
