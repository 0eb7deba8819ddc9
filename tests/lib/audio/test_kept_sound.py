"""The sound of a file that is kept: what was added comes back, from memory or from a file, or nothing is kept."""

import numpy as np

from lib.audio import kept_sound
from lib.audio.kept_sound import KeptSound
from tests.support.each import each

RATE = 22050
SOUND = np.arange(3 * RATE, dtype=np.float32)


def kept(sizes):
    sound = KeptSound()
    for block in np.split(SOUND, np.cumsum(sizes)):
        sound.add(block)
    return sound


def ranges(sound, spans):
    return [np.concatenate([np.zeros(0, np.float32), *blocks]) for blocks in sound.streams(spans)]


@each("in_memory", [RATE, 1 << 30])
@each("at_a_time", [100, RATE])
def test_ranges_are_those_of_the_sound_in_any_order(monkeypatch, in_memory, at_a_time):
    monkeypatch.setattr(kept_sound, "SPOOL_BYTES", in_memory)
    monkeypatch.setattr(kept_sound, "BLOCK", at_a_time)
    with kept([1, 5000, RATE]) as sound:
        assert sound.is_whole
        # 20 ms are 441 samples.
        found = ranges(sound, [(2000, 20), (0, 3000), (2980, 100), (3000, 100), (20, 0)])
    expected = [SOUND[44100:44541], SOUND, SOUND[-441:], SOUND[:0], SOUND[:0]]
    assert [part.tolist() for part in found] == [part.tolist() for part in expected]


def test_a_sound_that_is_too_long_is_not_kept(monkeypatch):
    monkeypatch.setattr(kept_sound, "KEPT_SECONDS", 3)
    assert kept([100]).is_whole
    monkeypatch.setattr(kept_sound, "KEPT_SECONDS", 2.9)
    assert not kept([100]).is_whole


def test_a_full_disk_is_no_error(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with kept([100]) as sound:
        assert sound.is_whole
        monkeypatch.setattr(sound._spool, "write", full)
        sound.add(SOUND)
        assert not sound.is_whole
        sound.add(SOUND)
