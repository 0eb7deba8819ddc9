"""The course of a spectrum from mel powers by plain Python, and the shares of its parts."""

import math

import numpy as np
import pytest

from lib.audio.course import COURSE_SIZE, PARTS, course, part_shares
from lib.audio.mel import mel_power
from lib.audio.timbre import sounding
from tests.support.each import each


@each("samples", [400, 1500, 3000, 6000, 9000])
def test_courses_by_brute_force(samples):
    random = np.random.default_rng(samples)
    places = np.arange(samples)
    sound = np.sin(0.05 * places * (1 + places / samples)) + random.choice([0.001, 0.1]) * random.normal(size=samples)
    sound = (sound * np.exp(-places / 3000)).astype(np.float32)
    power = mel_power(sounding(sound)).astype(float)
    bands = power.shape[1]
    assert COURSE_SIZE == 3 * bands / 4 == PARTS * bands / 4
    least = power.max() / 1e8
    frames = []
    for row in power.tolist():
        floored = [max(value, least) for value in row]
        levels = [max(10 * math.log10(value / sum(floored)), -45) for value in floored]
        frames.append([sum(levels[k : k + 4]) / 4 for k in range(0, bands, 4)])
    expected, part = [], None
    # The first four frames, the next eight, and the rest; what is not there is as the part before it.
    for begin, end in ((0, 4), (4, 12), (12, None)):
        part = np.mean(frames[begin:end], axis=0) if frames[begin:end] else part
        expected += part.tolist()
    assert course(sound) == pytest.approx(np.array(expected), abs=2e-3)


def test_shares_of_parts_by_brute_force():
    frame_ms = 512 / 22.05
    durs = [0.0, 1.0, frame_ms, 3 * frame_ms, 4 * frame_ms, 5.5 * frame_ms, 12 * frame_ms, 20 * frame_ms, 90_000.0]
    found = part_shares(np.array(durs))
    for dur, shares in zip(durs, found, strict=True):
        frames = max(dur / frame_ms, 1)
        assert shares == pytest.approx(
            np.array([min(frames, 4), min(max(frames - 4, 0), 8), max(frames - 12, 0)]) / frames
        )
