"""Sound of rarer kinds: joined flac, unusable stamps, or steps at the end, headers that count in other units."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from lib.audio.ranges import read_audio
from lib.audio.reader import AudioReader
from lib.audio.sound_clock import SoundClock, Stamped
from lib.errors import MediaError
from lib.video.probe import probe
from tests.support import sound_lab as lab
from tests.support.each import each
from tests.support.media_factory import encode, tone

RATE = 22050


def heard(path):
    """Return a file's sound and what was wrong with it."""
    with AudioReader(str(path), RATE) as reader:
        return np.concatenate(list(reader.blocks())), reader.problem


def test_joined_flacs_of_other_rates_are_read_one_after_the_other(tmp_path):
    parts = [
        encode(tmp_path / f"{hz}.flac", np.repeat(tone(hz, 0.7, rate)[:, None], channels, axis=1), rate)
        for hz, rate, channels in ((440, 48000, 2), (660, 44100, 1), (880, 22050, 2))
    ]
    both = lab.joined(tmp_path / "x.flac", *parts)
    sound, problem = heard(both)
    assert problem == ""
    assert len(sound) == pytest.approx(2.1 * RATE, abs=2)
    assert probe(both).duration == pytest.approx(2.1, abs=1e-3)
    thirds = [sound[round(n * 0.7 * RATE) :][RATE // 10 : RATE // 2] for n in range(3)]
    assert [lab.hertz(part, RATE) for part in thirds] == pytest.approx([440, 660, 880], abs=6)


@pytest.mark.parametrize("rate", [0.0, 1.32, 0.7])
def test_stamps_that_no_clock_could_give_move_nothing(rate):
    clock = SoundClock()
    placed = []
    for n in range(500):
        placed += clock.add(Stamped(0.02 * n * rate, 0.02, n > 0, n))
    placed += clock.end()
    assert [one.item for one in placed] == list(range(500))
    assert {one.mark for one in placed} <= {None, 0.0}
    assert placed[-1].end == pytest.approx(10.0)


def test_stamps_of_a_fast_recorder_are_followed():
    clock = SoundClock()
    marks = [one.mark for n in range(500) for one in clock.add(Stamped(0.02 * n * 1.06, 0.02, n > 0, n))]
    assert max(mark for mark in marks if mark is not None) == pytest.approx(10 * 0.06, abs=0.1)


@pytest.mark.parametrize("seconds", [3.0, -2.0])
def test_sound_whose_stamps_step_in_the_last_second_is_read_to_its_end(tmp_path, seconds):
    path = lab.film_and_sound(tmp_path / "x.ts", 2.0, 2.0, 48000, ("-c:a", "mp2", "-pes_payload_size", "0"))
    whole, _ = heard(path)
    sound, problem = heard(lab.moved_packets(path, 0x101, dict.fromkeys(range(60, 100), seconds)))
    assert problem == ""
    assert np.abs(sound[-RATE // 4 :]).max() == pytest.approx(np.abs(whole[-RATE // 4 :]).max(), abs=0.01)
    assert len(sound) == pytest.approx(len(whole) + max(seconds, 0) * RATE, abs=0.05 * RATE)


# Headers whose number of samples or bytes a second means something else.
COUNTS = {
    "yamaha.wav": (44100, ("-c:a", "adpcm_yamaha")),
    "low.mp3": (8000, ("-c:a", "libmp3lame")),
    "gsm.aiff": (8000, None),
}


@pytest.mark.parametrize("name", COUNTS)
def test_headers_that_count_otherwise_promise_nothing(tmp_path, name):
    rate, options = COUNTS[name]
    path = str(tmp_path / name)
    if options is None:
        soundfile.write(path, tone(440, 1.6, rate), rate, "GSM610", format="AIFF")
    else:
        encode(path, np.repeat(tone(440, 1.6, rate)[:, None], 2, axis=1), rate, options)
    sound, problem = heard(path)
    assert (problem, probe(path).problem) == ("", "")
    assert len(sound) == pytest.approx(1.6 * RATE, abs=0.1 * RATE)
    lab.cut(path)
    assert heard(path)[1].startswith("read up to ")


@each(("form", "kind"), [("NIST", "PCM_16"), ("NIST", "ULAW"), ("PVF", "PCM_16"), ("AVR", "PCM_16")])
def test_containers_of_speech_and_of_old_systems_are_read(tmp_path, form, kind):
    path, rate = str(tmp_path / f"x.{form.lower()}"), 8000
    soundfile.write(path, tone(440, 0.5, rate), rate, kind, format=form)
    expected, _ = soundfile.read(path, dtype="float32")
    np.testing.assert_allclose(read_audio(path, rate), expected, atol=1e-4)


@pytest.mark.parametrize(("ending", "options"), [("gsm", None), ("mlp", ("-c:a", "mlp", "-strict", "-2"))])
def test_bare_streams_without_a_container_are_read(tmp_path, ending, options):
    path = str(tmp_path / f"x.{ending}")
    if options is None:
        soundfile.write(path, tone(440, 0.5, 8000), 8000, "GSM610", format="RAW")
    else:
        encode(path, tone(440, 0.5, 48000), 48000, options)
    sound, _ = heard(path)
    assert len(sound) == pytest.approx(0.5 * RATE, abs=0.03 * RATE)
    assert lab.hertz(sound[RATE // 10 :], RATE) == pytest.approx(440, abs=6)


def test_a_playlist_is_still_no_media(tmp_path):
    for name, text in (("x.m3u8", "#EXTM3U\n#EXTINF:1,\nx.ts\n"), ("x.txt", "ffconcat version 1.0\nfile x.ts\n")):
        Path(tmp_path / name).write_text(text)
        with pytest.raises(MediaError):
            read_audio(str(tmp_path / name), RATE)
