"""The samples of a mosaic's target: how long each is heard, grains, and what no sample reaches."""

import numpy as np
import pytest

from lib.audio.mosaic_target import heard_of, left_out_seconds, target_job, target_samples
from lib.errors import MediaError, NoAudioError
from lib.tables.table import Table, write_table
from tests.support.media_factory import tone, write_wav

RATE = 22050


def noise(ms, level=0.3, seed=1):
    """Random signs: a noise whose power is the same in every block."""
    return level * np.random.default_rng(seed).choice([-1.0, 1.0], round(RATE * ms / 1000))


def of(tmp_path, sound, *rows):
    write_wav(tmp_path / "a.wav", sound, RATE)
    table = Table.of(
        {"filename": ["a.wav"] * len(rows), "start": [str(s) for s, _ in rows], "dur": [str(d) for _, d in rows]}
    )
    return heard_of(str(tmp_path), table)


def test_a_sample_is_heard_until_it_is_20_db_below_its_peak(tmp_path):
    # Blocks of 10 ms (220 samples), at these levels: the last within 20 dB counts.
    levels = [0.5] * 10 + [0.3] * 5 + [0.055] * 5 + [0.045] * 20
    sound = np.concatenate([level * noise(220 * 1000 / RATE, 1.0, n) for n, level in enumerate(levels)])
    heard = of(tmp_path, sound, (0, 400), (0, 150), (0, 95), (0, 4000))
    assert heard.lengths.tolist() == [200, 150, 95, 200]
    assert [len(curve) for curve in heard.curves] == [4, 3, 2, 4]  # one level each 50 ms
    silent = of(tmp_path, np.zeros(RATE), (0, 300), (100, 50))
    assert silent.lengths.tolist() == [300, 50]


def test_grains_overlap_by_half_and_silent_ones_are_left_out(tmp_path):
    sound = np.concatenate([noise(500), np.zeros(RATE // 2), noise(500, 0.2, 2)])
    write_wav(tmp_path / "a.wav", sound, RATE)
    table, problem = target_samples(target_job(str(tmp_path / "a.wav"), "superflux", 1), grain=100)
    assert problem == ""
    starts = [int(start) for start in table.text("start")]
    # Every 50 ms; those that lie wholly in the silence (500 to 1000 ms) are none.
    assert starts == [50 * n for n in range(30) if not 500 <= 50 * n <= 900]
    assert set(table.text("dur")) == {"100"}
    assert set(table.text("filename")) == {"a.wav"}


def test_a_target_is_one_recording_with_sound(tmp_path):
    for name in "ab":
        write_wav(tmp_path / f"{name}.wav", np.zeros(RATE), RATE)
    with pytest.raises(MediaError, match="2 media files: the target is one recording"):
        target_job(str(tmp_path / "*.wav"), "superflux", 1)
    write_table(Table.of({"filename": ["a.wav"]}), tmp_path / "t.csv")
    with pytest.raises(MediaError, match="is a table"):
        target_job(str(tmp_path / "t.csv"), "superflux", 1)
    with pytest.raises(NoAudioError, match="only silence"):
        target_samples(target_job(str(tmp_path / "a.wav"), "superflux", 1), grain=100)


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


@pytest.mark.parametrize(("level_db", "seconds"), [(-29.4, 0.5), (-30.6, 0.0)])
def test_what_is_30_db_below_the_loudest_is_not_left_out(tmp_path, level_db, seconds):
    sound = np.zeros(2 * RATE, np.float32)
    note = tone(440, 0.5, RATE)
    sound[: len(note)] = note
    sound[RATE : RATE + len(note)] = note * 10 ** (level_db / 20)
    write_wav(tmp_path / "t.wav", sound, RATE)
    table = Table.of({"filename": ["t.wav"], "start": ["0"], "dur": ["600"]}, "t")
    assert left_out_seconds(str(tmp_path), table) == pytest.approx(seconds, abs=0.025)
