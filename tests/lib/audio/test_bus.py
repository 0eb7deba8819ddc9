"""Tracks in memory and in a file: what is kept is there again, and where there is room for it."""

import shutil
from collections import namedtuple

import numpy as np
import pytest

from lib.audio import bus
from lib.audio.bus import FileBus, MemoryBus, new_bus
from lib.errors import MediaError


@pytest.mark.parametrize("kind", [MemoryBus, FileBus])
def test_a_track_begins_as_silence_and_keeps_its_parts(kind):
    random, track = np.random.default_rng(1), kind(50)
    expected = np.zeros((50, 2), np.float32)
    for first, count in ((0, 7), (45, 5), (3, 20), (49, 1)):
        part = track.part(first, count)
        assert part.dtype == np.float32
        assert np.array_equal(part, expected[first : first + count])
        part += random.normal(size=part.shape).astype(np.float32)
        expected[first : first + count] = part
        track.keep(first, part)
    assert np.array_equal(track.part(0, 50), expected)
    track.close()


Usage = namedtuple("Usage", "free")


@pytest.mark.parametrize(("frames", "free", "kind"), [(1000, 0, MemoryBus), (1001, 24_024, FileBus)])
def test_three_tracks_of_eight_bytes_a_frame_are_in_memory_if_all_have_room(monkeypatch, frames, free, kind):
    monkeypatch.setattr(bus, "BUS_IN_MEMORY", 24_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(free))
    made = new_bus(frames, 3)
    assert type(made) is kind
    assert made.part(frames - 1, 1).tolist() == [[0, 0]]
    made.close()


def test_a_mix_of_6_minutes_is_in_memory():
    # 5.8 minutes at 48 kHz take 2^27 bytes; one frame more does not fit.
    assert type(new_bus(2**24, 1)) is MemoryBus
    made = new_bus(2**23 + 1, 2)
    assert type(made) is FileBus
    made.close()


def test_without_room_on_the_disk_it_says_how_much_is_needed(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(8 * 10**9 - 1))
    with pytest.raises(MediaError, match=r"needs 8\.0 GB of temporary space, but only 8\.0 GB is free"):
        new_bus(5 * 10**8, 2)
