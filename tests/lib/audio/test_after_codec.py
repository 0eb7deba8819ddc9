"""True peaks after a lossy codec: where it raises them they are turned down, and the loudness stays."""

from pathlib import Path

import numpy as np
import pytest

from lib.audio.after_codec import below_peak
from lib.audio.limiter import brought_to
from lib.audio.programme import HIGHEST_PEAK_DB, measure
from lib.audio.ranges import read_audio
from lib.audio.writer import write_audio

RATE, SECONDS = 48_000, 8
SONATA = Path(__file__).resolve().parents[3] / "media" / "sample" / "sonata.mp3"
HIGHEST = 10 ** (HIGHEST_PEAK_DB / 20)


@pytest.fixture(scope="module")
def sound():
    return read_audio(str(SONATA), RATE, 2, dur_ms=1000 * SECONDS)


def coded(folder, blocks, ending):
    """Loudness and true peak of a sound as it is heard from a file."""
    path = folder / f"o{ending}"
    write_audio(path, blocks, RATE, SECONDS * RATE, float("inf"))
    return measure([read_audio(str(path), RATE, 2)], RATE)


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".m4a", ".mp3"])
def test_a_piano_at_minus_14_lufs_has_no_peak_above_what_it_may(tmp_path, sound, ending):
    limited = brought_to(lambda: [sound], RATE, -14.0)
    if ending == ".m4a":  # (what it is about: AAC raises this one by a dB and a half)
        assert coded(tmp_path, limited, ending)[1] > HIGHEST
    with below_peak(limited, RATE, len(sound), ending) as blocks:
        assert sum(map(len, blocks())) == len(sound)
        loudness, peak = coded(tmp_path, blocks, ending)
    assert peak <= HIGHEST
    assert loudness == pytest.approx(-14.0, abs=0.3)


@pytest.mark.slow
def test_what_is_low_enough_is_left_as_it_is(sound):
    soft = sound * np.float32(0.1)
    with below_peak(lambda: [soft], RATE, len(soft), ".m4a") as blocks:
        (made,) = blocks()
    assert made is soft
