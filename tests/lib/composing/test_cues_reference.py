"""Cues again, play by play."""

import numpy as np
import pytest

from lib.composing.cues import cues_of
from lib.composing.score import score_of
from lib.tables.table import write_table
from tests.support.each import each
from tests.support.grids import clips_of, grid_table


@each("seed", range(6))
def test_the_plays_of_an_excerpt_with_times_from_its_beginning(tmp_path, seed):
    write_table(grid_table(3, 2, vstart=lambda n: 1000 + n, vdur=lambda n: 70 + n), tmp_path / "grid.csv")
    clips = clips_of(tmp_path / "grid.csv", "3x2")
    random = np.random.default_rng(seed)
    count = 40
    score = score_of(
        clips, random.integers(0, 6, count), random.integers(0, 60, count) * 10.0, random.choice([0, 50, 120], count),
        volume=random.choice([0, 0.5], count, p=[0.2, 0.8]), sounds=random.choice([False, True], count, p=[0.2, 0.8]),
        dur=random.choice([0, 0.5, 100], count, p=[0.1, 0.1, 0.8]), stretch=random.choice([0, 0.5, 400], count),
        backwards=random.choice([False, True], count),
    )  # fmt: skip
    begin, length = 200.0, 250.0
    want = []
    for n in range(count):
        clip = score.clip[n]
        is_heard = score.sounds[n] and score.volume[n] > 0 and score.dur[n] > 0
        source = score.dur[n] if is_heard else clips.vdur[clip]
        long = (score.stretch[n] or source) if is_heard else score.length[n]
        start, end = score.ms[n] - begin, score.ms[n] - begin + long
        if end <= 0 or start >= length:
            continue
        from_start = clips.start[clip] if is_heard else clips.vstart[clip]
        if start < 0 and is_heard and not score.backwards[n]:
            from_start += -start * source / long  # slower, if it is stretched
        want.append((max(start, 0), end - max(start, 0), from_start, score.volume[n] if is_heard else 0))
    found = cues_of(score, clips, begin, length)
    assert np.array([(cue.ms, cue.length_ms, cue.start_ms, cue.volume) for cue in found]) == pytest.approx(
        np.array(want)
    )
    assert {cue.filename for cue in found} == {"film.mp4"}
    assert 10 < len(found) < count
