"""The shape of a sample in a file of its own: its fades and its level, worked out for squares and sines."""

from pathlib import Path

import numpy as np
import pytest

from lib.errors import MediaError
from lib.io.states import file_state
from lib.pack import sample_files
from lib.pack.sample_files import SampleFile, SampleFilesJob, shaped, write_sample_files
from tests.support.each import each


def square(level, frames=24_000, channels=2):
    signs = np.where(np.arange(frames) // 50 % 2, 1.0, -1.0)
    return (level * signs[:, None] * np.ones(channels)).astype(np.float32)


def inner(sound):
    return sound[5000:-5000]


@pytest.mark.parametrize("lossy", [False, True])
def test_a_sample_is_left_at_its_level_with_short_fades(lossy):
    sound, level, softer = shaped(square(0.5), 48_000, None, lossy)
    assert np.abs(inner(sound)) == pytest.approx(0.5)
    assert level == pytest.approx(-6.02, abs=0.1)
    assert not softer
    # Straight lines over 2 ms, from 0 and to 0.
    assert np.abs(sound[:96, 0]) / 0.5 == pytest.approx(np.arange(96) / 96, abs=1e-6)
    assert np.abs(sound[-96:, 1]) / 0.5 == pytest.approx(np.arange(96)[::-1] / 96, abs=1e-6)
    assert sound.dtype == np.float32


@pytest.mark.parametrize(("own", "wanted"), [(0.5, -20.0), (0.01, -20.0), (0.2, -1.0)])
def test_a_sample_is_brought_to_a_level(own, wanted):
    sound, level, softer = shaped(square(own), 48_000, wanted, False)
    assert np.abs(inner(sound)) == pytest.approx(10 ** (wanted / 20), rel=0.01)
    assert level == pytest.approx(20 * np.log10(own), abs=0.1)
    assert not softer


@pytest.mark.parametrize("lossy", [False, True])
def test_what_would_be_beyond_full_scale_is_lowered_as_a_whole(lossy):
    loud = square(0.01)
    loud[12_000:12_010] = 0.9  # a click, 29 dB over its level
    sound, _, softer = shaped(loud, 48_000, -20.0, lossy)
    assert softer
    peak = np.abs(sound).max()
    assert peak == pytest.approx(10 ** (-1 / 20) if lossy else 1.0)  # a lossy codec adds to it
    assert np.abs(sound[10_000]) == pytest.approx(peak * 0.01 / 0.9, rel=1e-3)
    assert not shaped(loud, 48_000, -40.0, lossy)[2]


def test_silence_and_short_samples():
    sound, level, softer = shaped(np.zeros((100, 1), np.float32), 48_000, -20.0, False)
    assert (sound.any(), level, softer) == (False, -200.0, False)
    short = shaped(square(0.5, 9, 1), 48_000, None, False)[0]
    assert short.shape == (9, 1)
    assert np.abs(short).max() == pytest.approx(0.5)
    assert shaped(square(0.5, 1, 1), 48_000, None, False)[0].shape == (1, 1)


@pytest.fixture
def written(monkeypatch):
    """What is written: (name, sound, rate, pitch, title) of each file."""
    found = []

    def write(part, sound, rate, midi, title):
        found.append((Path(part).name, sound, rate, midi, title))
        Path(part).write_bytes(b"sample")

    monkeypatch.setattr(sample_files, "write_sample", write)
    monkeypatch.setattr(sample_files, "native_format", lambda path: (1000, 2))
    return found


def job_of(folder, *samples, ending=".wav", level_db=None):
    files = tuple(SampleFile(f"{n}{ending}", *sample, 60.5, f"from {n}") for n, sample in enumerate(samples))
    return SampleFilesJob(str(folder), "a.mp4", str(folder), level_db, files)


def sounds_of(monkeypatch, sounds, told=()):
    asked = []

    def ranges(path, rate, channels, spans, notify):
        asked.append((rate, channels, spans))
        for problem in told:
            notify(problem)
        yield from sounds

    monkeypatch.setattr(sample_files, "read_ranges", ranges)
    return asked


def test_each_sample_becomes_a_file_of_its_source_s_format(tmp_path, monkeypatch, written):
    sounds = [(1, np.full((100, 2), 0.5, np.float32)), (0, np.full(50, 0.25, np.float32))]
    asked = sounds_of(monkeypatch, sounds)
    found = write_sample_files(job_of(tmp_path, (1500.0, 50.0), (20.0, 100.0)))
    assert asked == [(1000, 2, [(1500.0, 50.0), (20.0, 100.0)])]
    assert [(rate, midi, title) for _, _, rate, midi, title in written] == [
        (1000, 60.5, "a.mp4 at 0.020 s"), (1000, 60.5, "a.mp4 at 1.500 s"),
    ]  # fmt: skip
    assert [sound.shape for _, sound, *_ in written] == [(100, 2), (50, 1)]
    assert list(found.made) == ["1.wav", "0.wav"]
    # Of 100 frames two at either end are faded in, to 0 and 0.25.
    level = 10 * np.log10((96 * 0.5**2 + 2 * 0.25**2) / 100)
    made_from, state, loud, softer = found.made["1.wav"]
    assert (made_from, softer) == ("from 1", False)
    assert loud == round(level, 3)
    assert state == file_state(str(tmp_path / "1.wav"))
    assert (found.beyond, found.empty, found.problem) == ([], 0, "")


def test_samples_beyond_the_end_and_of_no_length_are_counted(tmp_path, monkeypatch, written):
    nothing = np.zeros((0, 2), np.float32)
    sounds_of(monkeypatch, [(n, nothing) for n in range(4)] + [(4, np.ones((10, 2), np.float32))])
    found = write_sample_files(job_of(tmp_path, (5000.0, 100.0), (0.0, 0.0), (7000.0, 1.0), (9.0, 0.0), (0.0, 10.0)))
    assert (found.beyond, found.empty, list(found.made)) == ([5000, 7000], 2, ["4.wav"])


@pytest.mark.parametrize(("ending", "peak"), [(".wav", 1.0), (".flac", 1.0), (".mp3", 10**-0.05), (".ogg", 10**-0.05)])
def test_what_is_too_loud_leaves_room_for_a_lossy_encoder(tmp_path, monkeypatch, written, ending, peak):
    loud = np.full((100, 1), 0.001, np.float32)
    loud[50] = 0.5
    sounds_of(monkeypatch, [(0, loud)])
    found = write_sample_files(job_of(tmp_path, (0.0, 100.0), ending=ending, level_db=-10.0))
    assert np.abs(written[0][1]).max() == pytest.approx(peak)
    assert found.made[f"0{ending}"][3] is True


def test_where_a_file_breaks_off_is_told_unless_nothing_was_read(tmp_path, monkeypatch, written):
    sound = np.ones((10, 2), np.float32)
    sounds_of(monkeypatch, [(0, sound)], ["breaks off", "and again"])
    assert write_sample_files(job_of(tmp_path, (0.0, 10.0))).problem == "breaks off"
    sounds_of(monkeypatch, [(0, sound[:0])], ["breaks off"])
    with pytest.raises(MediaError, match="breaks off"):
        write_sample_files(job_of(tmp_path, (0.0, 10.0)))
    sounds_of(monkeypatch, [(0, sound[:0])])
    assert write_sample_files(job_of(tmp_path, (0.0, 10.0))).made == {}


@pytest.mark.parametrize(("channels", "wanted"), [(1, 1), (2, 2), (6, 2)])
def test_a_file_has_two_channels_at_most(monkeypatch, channels, wanted):
    closed = []

    class Decoder:
        native_rate, native_channels = 44_100, channels

        def __init__(self, path):
            pass

        def close(self):
            closed.append(1)

    monkeypatch.setattr(sample_files, "Decoder", Decoder)
    assert sample_files.native_format("a.wav") == (44_100, wanted)
    assert closed == [1]


@each(("rate", "frames", "fade"), [(1000, 100, 2), (48_000, 4000, 96), (1000, 3, 1), (100, 10, 0)])
def test_fades_of_two_milliseconds_or_half_of_the_sound(rate, frames, fade):
    sound, _, _ = shaped(np.full((frames, 1), 0.5, np.float32), rate, None, False)
    ramp = np.arange(fade) / max(fade, 1)
    want = np.full(frames, 0.5)
    want[:fade] *= ramp
    want[frames - fade :] *= ramp[::-1]
    assert sound[:, 0] == pytest.approx(want)


def test_numbers_that_are_none_are_silent():
    sound = np.array([[np.nan], [np.inf], [-np.inf], [0.5]], np.float32).repeat(10, axis=0)
    made, _, softer = shaped(sound, 1000, None, False)
    assert made[5:30].tolist() == [[0.0]] * 25
    assert made[33, 0] == 0.5
    assert not softer
    # A peak of just full scale is not beyond it.
    full = np.ones((100, 1), np.float32)
    assert not shaped(full, 100, None, False)[2]
    assert shaped(full * 1.01, 100, None, False)[2]
    assert shaped(full, 100, None, True)[0].max() == 1.0
