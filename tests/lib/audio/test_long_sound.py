"""A sound in a file on disk is the one in memory."""

import numpy as np
import pytest

from lib.audio import long_sound
from lib.audio.bus import MemoryBus
from lib.audio.effects import cut
from lib.audio.ending import fade_end
from lib.audio.long_sound import LongSound
from tests.support.each import each


@each("steady", [False, True])
@each("fade", [0, 7, 100])
@each("frames", [0, 1, 60])
def test_it_is_cut_as_a_short_one_is(monkeypatch, frames, fade, steady):
    monkeypatch.setattr(long_sound, "BLOCK", 16)
    sound = np.random.default_rng(4).uniform(-0.5, 0.9, (frames, 2)).astype(np.float32)
    expected = sound - (sound.mean(axis=0) if steady and frames else np.float32(0))
    level = cut(expected, fade)
    with LongSound(np.array_split(sound, [3, 3, 20]), fade, steady) as long:
        assert long.frames == frames
        assert long.rms == pytest.approx(level, abs=1e-6)
        for first, count in [(0, frames), (0, 5), (2, 30), (40, 100), (frames, 9), (59, 1)]:
            part = expected[first : first + count]
            assert long.part(first, count) == pytest.approx(part, abs=1e-6)
            assert long.part(first, count, backwards=True) == pytest.approx(
                expected[::-1][first : first + count], abs=1e-6
            )


@each(
    ("loud", "gain", "fades"),
    [
        (0.5, 1.0, 40),  # something sounds in the last ten frames: the last forty fade
        (0.0005, 1.0, 10),  # below -60 dB nothing is heard
        (0.0005, 4.0, 40),
        (0.5, 0.001, 10),
        (0.0, 1.0, 10),
    ],
)
def test_a_track_fades_over_the_longer_time_if_it_would_end_in_a_sound(loud, gain, fades):
    bus = MemoryBus(100)
    track = bus.part(0, 100)
    track[:] = 1e-9
    track[:92] = 0.7
    track[:90, 1] = -0.7
    track[90:] = loud
    track[95:, 0] = -loud
    before = track.copy()
    fade_end(bus, 100, 10, 40, gain)
    line = np.concatenate([np.ones(100 - fades), np.arange(fades)[::-1] / fades])
    assert bus.part(0, 100) == pytest.approx(before * line[:, None], abs=1e-7)


def test_a_short_track_fades_over_half_of_it_at_most():
    for length, short, long, fades in [(30, 4, 40, 15), (30, 20, 40, 20), (9, 4, 40, 4), (30, 0, 0, 0)]:
        bus = MemoryBus(length)
        bus.part(0, length)[:] = 0.5
        fade_end(bus, length, short, long, 1.0)
        line = np.concatenate([np.ones(length - fades), np.arange(fades)[::-1] / max(fades, 1)])
        assert bus.part(0, length)[:, 1] == pytest.approx(0.5 * line)
