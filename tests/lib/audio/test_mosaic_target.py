"""The target of a mosaic: for how long it sounds outside its samples, known from how it was made."""

import numpy as np
import pytest

from lib.audio.mosaic_target import left_out_seconds
from lib.tables.table import Table
from tests.support.media_factory import tone, write_wav

RATE = 22050


@pytest.fixture
def target(tmp_path):
    """A file that sounds from 0.5 to 3.5 s and from 4 to 4.2 s, with hiss 50 dB below, and an offset."""
    sound = np.random.default_rng(5).normal(0, 0.5 * 10 ** (-50 / 20), 5 * RATE)
    for begin, seconds in ((0.5, 3.0), (4.0, 0.2)):
        first = round(begin * RATE)
        note = tone(440, seconds, RATE)
        sound[first : first + len(note)] += 0.5 * note / np.abs(note).max()
    write_wav(tmp_path / "t.wav", (0.2 + sound).astype(np.float32), RATE)
    return tmp_path


@pytest.mark.parametrize(
    ("samples", "seconds"),
    [
        ([(500, 1000), (4000, 200)], 2.0),  # the long sound goes on for two seconds
        ([(500, 1000)], 2.2),  # and what no sample has counts too
        ([(500, 3000), (4000, 200)], 0.0),
        ([(0, 1000), (500, 1000), (1000, 1000), (1500, 1000), (2000, 1000), (2500, 1000), (3900, 1000)], 0.0),
    ],
)
def test_how_long_a_target_sounds_outside_its_samples(target, samples, seconds):
    starts, durs = zip(*samples)
    table = Table.of({"filename": ["t.wav"] * len(starts), "start": map(str, starts), "dur": map(str, durs)}, "t")
    assert left_out_seconds(str(target), table) == pytest.approx(seconds, abs=0.025)


def test_a_silent_target_has_nothing_to_leave_out(tmp_path):
    write_wav(tmp_path / "t.wav", np.zeros(RATE, np.float32), RATE)
    assert left_out_seconds(str(tmp_path), Table.of({"filename": ["t.wav"], "start": ["0"], "dur": ["80"]}, "t")) == 0
