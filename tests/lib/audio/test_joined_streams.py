"""Transport streams that were joined of recordings with other sound: another codec, another rate."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from lib.audio.frame_headers import codec_of
from lib.audio.packet_stamps import Counted
from lib.audio.ranges import read_audio
from lib.video.probe import probe
from tests.support import sound_lab as lab
from tests.support.each import each
from tests.support.media_factory import encode

RATE = 48000
SOUNDS = {
    "aac 48": ("aac", 48000, 2),
    "aac 32": ("aac", 32000, 1),
    "mp2 48": ("mp2", 48000, 2),
    "mp2 44": ("mp2", 44100, 1),
    "mp3 44": ("libmp3lame", 44100, 2),
    "ac3 48": ("ac3", 48000, 2),
    "eac3 44": ("eac3", 44100, 1),
}
PAIRS = [
    ("aac 48", "aac 32"),
    ("mp2 48", "mp2 44"),
    ("mp2 48", "ac3 48"),
    ("ac3 48", "mp2 44"),
    ("aac 48", "mp3 44"),
    ("mp3 44", "eac3 44"),
    ("eac3 44", "aac 32"),
]


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Return 2.7 s of each sound, with a beep at each second."""
    folder = tmp_path_factory.mktemp("recordings")
    made = {}
    for name, (codec, rate, channels) in SOUNDS.items():
        sound = lab.beeps(2.7, rate, channels)
        made[name] = encode(folder / f"{name}.ts", sound, rate, ("-c:a", codec, "-b:a", "128k"))
    return made


@pytest.mark.parametrize("pair", PAIRS, ids=" then ".join)
def test_each_recording_is_heard_at_its_own_rate(tmp_path, recordings, pair):
    one, two = (recordings[name] for name in pair)
    both = lab.joined(tmp_path / "both.ts", one, two)
    first, second = (read_audio(path, RATE) for path in (one, two))
    found = read_audio(both, RATE)
    # (ffmpeg's demuxer loses the last frame of ac3 where another codec follows: 35 ms.)
    assert len(found) == pytest.approx(len(first) + len(second), abs=0.036 * RATE)
    assert probe(both).duration == pytest.approx(len(found) / RATE, abs=0.002)
    assert probe(both).problem == ""
    times = lab.beep_times(found, RATE)
    np.testing.assert_allclose(times[:3], lab.beep_times(first, RATE), atol=0.002)
    alone = lab.beep_times(second, RATE) + len(first) / RATE
    np.testing.assert_allclose(times[3:], alone, atol=0.036)
    np.testing.assert_allclose(np.diff(times[3:]), 1.0, atol=0.015)
    loud = [np.abs(found[round(t * RATE) : round((t + 0.05) * RATE)]).max() for t in times]
    assert loud == pytest.approx([0.5] * 6, rel=0.15)


@each(
    ("head", "codec"),
    [
        ("fff14c8020 1ffc00", "aac"),
        ("fffde4c400000000", "mp3"),
        ("fffb50c400000000", "mp3"),
        ("0b7755be1040 0000", "ac3"),
        ("0b7701bf3f86 0000", "eac3"),
        ("7ffe8001fc3c7df0", "dca"),
        ("0000000000000000", ""),
        ("47000000", ""),
    ],
)
def test_a_codec_is_known_by_the_header_of_its_frames(head, codec):
    assert codec_of(bytes.fromhex(head)) == codec


def test_stamps_that_were_counted_on_by_a_wrong_length_are_found():
    """Three frames share a stamp; the demuxer counts on by 20 ms, and they sound 24 ms."""
    counted, stamp, found = Counted(), 0, []
    for n in range(9):
        stamp = stamp + 20 if n % 3 else 72 * (n // 3)
        packet = SimpleNamespace(pts=stamp, duration=20, time_base=Fraction(1, 1000))
        found.append(counted.add(packet, 0.024))
    assert found == [False, True, True] * 3
    counted = Counted()
    for n in range(6):  # lengths that are right
        assert not counted.add(SimpleNamespace(pts=24 * n, duration=24, time_base=Fraction(1, 1000)), 0.024)
    assert not counted.add(SimpleNamespace(pts=None, duration=24, time_base=Fraction(1, 1000)), 0.024)
