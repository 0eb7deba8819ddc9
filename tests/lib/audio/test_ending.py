"""The end of a track: a long fade where it would cut off sound, else a short one."""

import numpy as np
import pytest

from lib.audio.bus import FileBus, MemoryBus
from lib.audio.ending import AUDIBLE, fade_end
from tests.support.each import each


def ended(track, length, short, long, gain=1.0, kind=MemoryBus):
    bus = kind(len(track))
    bus.keep(0, track)
    bus.part(0, len(track))[:] = track
    fade_end(bus, length, short, long, gain)
    out = bus.part(0, len(track)).copy()
    bus.close()
    return out


def lines(length, frames):
    """1, and in the last frames down to 0 at the last one."""
    return [1.0] * (length - frames) + [(frames - 1 - n) / frames for n in range(frames)]


@each("kind", [MemoryBus, FileBus])
@each(
    ("length", "short", "long", "frames"),
    [(100, 4, 20, 20), (100, 4, 50, 50), (100, 4, 51, 50), (101, 4, 80, 50), (30, 20, 25, 20)],
)
def test_the_end_of_a_loud_track_fades_for_long_but_at_most_half_of_it(kind, length, short, long, frames):
    track = np.ones((length, 2), np.float32)
    found = ended(track, length, short, long, kind=kind)
    for channel in range(2):
        assert found[:, channel].tolist() == pytest.approx(lines(length, frames))


def test_60_db_below_full_scale_is_audible():
    assert pytest.approx(0.001) == AUDIBLE


@each(
    ("place", "level", "gain", "frames"),
    [
        (-1, 0.0011, 1.0, 20),
        (-1, -0.0011, 1.0, 20),
        (-4, 0.0011, 1.0, 20),
        (-5, 0.9, 1.0, 4),  # before the last four: it has faded by itself
        (-1, 0.0009, 1.0, 4),
        (-1, 0.0009, 2.0, 20),
        (-1, 0.1, 0.005, 4),
    ],
)
def test_only_the_last_frames_say_whether_sound_is_cut_off(place, level, gain, frames):
    track = np.full((100, 2), 1e-5, np.float32)
    track[place, 1] = level
    expected = track[:, 0] * lines(100, frames)
    assert ended(track, 100, 4, 20, gain)[:, 0] == pytest.approx(expected)


def test_without_fades_nothing_changes():
    assert ended(np.ones((100, 2), np.float32), 100, 0, 0).all()
    assert ended(np.ones((1, 2), np.float32), 0, 0, 9).all()
