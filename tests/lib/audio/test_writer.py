"""Every extension, there and back; and what goes wrong while a file is written."""

import os
import stat
import wave
from fractions import Fraction

import av
import numpy as np
import pytest

from lib.audio import writer
from lib.audio.ranges import read_audio
from lib.audio.writer import FORMATS, check_target, write_audio
from lib.errors import MediaError
from lib.io import encoder
from tests.support.each import each

RATE = 48_000
# One frame of the codec: by how much the length of a lossy file may differ.
FRAME = {".mp3": 1152, ".ogg": 1024, ".m4a": 1024, ".wav": 0, ".flac": 0}
# Largest difference from the source: half a step of 16 bit, a step of 24; lossy codecs keep a tone of 0.5 within 0.03.
EXACT = {".wav": 0.51 / 2**15, ".flac": 1.01 / 2**23}


def tone(seconds=1.5, amplitude=0.5):
    t = np.arange(round(seconds * RATE)) / RATE
    return (amplitude * np.stack([np.sin(2 * np.pi * 440 * t), np.sin(2 * np.pi * 1000 * t)], axis=1)).astype(
        np.float32
    )


def write(target, sound, pieces=7):
    return write_audio(target, lambda: np.array_split(sound, pieces), RATE, len(sound))


@pytest.mark.parametrize("ending", sorted(FORMATS))
def test_there_and_back(tmp_path, ending):
    target = tmp_path / f"new folder/out{ending.upper()}"
    sound = tone()
    assert write(target, sound) == 1.0
    back = read_audio(str(target), RATE, 2)
    assert abs(len(back) - len(sound)) <= FRAME[ending]
    middle = slice(RATE // 4, RATE)
    assert np.abs(back[middle] - sound[middle]).max() < EXACT.get(ending, 0.03)
    with av.open(str(target)) as container:
        stream = container.streams.audio[0]
        assert (stream.rate, stream.channels) == (RATE, 2)
        length = Fraction(container.duration, av.time_base)
        assert abs(length - Fraction(3, 2)) <= Fraction(max(FRAME[ending], 1), RATE)
        assert not {"date", "encoder", "creation_time"} & {key.lower() for key in container.metadata}
    assert os.listdir(target.parent) == [target.name]


@pytest.mark.parametrize("ending", sorted(FORMATS))
def test_same_sound_same_bytes(tmp_path, ending):
    sound = tone(0.5)
    write(tmp_path / f"a{ending}", sound, 3)
    write(tmp_path / f"b{ending}", sound, 11)
    assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()


def test_wav_is_16_bit_and_rounded(tmp_path):
    sound = np.zeros((100, 2), np.float32)
    sound[1], sound[2], sound[3] = 0.5, (-1.0, 1.0), 0.7 / 32768
    write(tmp_path / "a.wav", sound)
    with wave.open(str(tmp_path / "a.wav")) as back:
        assert (back.getsampwidth(), back.getnframes(), back.getframerate()) == (2, 100, RATE)
        values = np.frombuffer(back.readframes(100), "<i2").reshape(-1, 2)
    assert values[:4].tolist() == [[0, 0], [16384, 16384], [-32768, 32767], [1, 1]]


@pytest.mark.parametrize("ending", [".mp3", ".ogg", ".m4a"])
def test_what_is_heard_is_never_beyond_full_scale(tmp_path, ending):
    # Clipped white noise just below full scale: the codecs raise it by 3 to 9 dB.
    sound = np.clip(np.random.default_rng(1).standard_normal((RATE, 2)), -1, 1).astype(np.float32) * np.float32(0.9)
    gain = write(tmp_path / f"a{ending}", sound)
    back = read_audio(str(tmp_path / f"a{ending}"), RATE, 2)
    assert gain < 0.9
    assert 0.7 < np.abs(back).max() <= 1.0


@each("name", ["-out.mp3", "100%d %s.mp3", "two\nlines.mp3", "quo'te\".m4a", "http:x.ogg", "♪ 🎹.flac"])
def test_any_name(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    write(name, tone(0.2))
    assert os.listdir(".") == [name]
    assert len(read_audio(f"./{name}", RATE, 2)) > 9600 - 1152


@each("name", ["out.xyz", "out", "out.mp4", ".mp3"])
def test_unknown_endings(tmp_path, name):
    for refuse in (check_target, lambda target: write(target, tone(0.1))):
        with pytest.raises(MediaError, match=r"\.mp3, \.wav, \.flac, \.ogg, \.m4a"):
            refuse(tmp_path / name)
    assert os.listdir(tmp_path) == []


def test_nothing_to_write(tmp_path):
    with pytest.raises(MediaError, match="0 s long"):
        write(tmp_path / "a.wav", tone(0))
    assert os.listdir(tmp_path) == []


def test_impossible_folders(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MediaError, match="the folder cannot be created"):
        check_target(tmp_path / "file/below/out.mp3")
    (tmp_path / "folder.mp3").mkdir()
    with pytest.raises(MediaError, match="is a folder"):
        check_target(tmp_path / "folder.mp3")


def fake_ffmpeg(tmp_path, script):
    path = tmp_path / "ffmpeg"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_a_failing_encoder_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "out/a.mp3"
    write(target, tone(0.2))
    old = target.read_bytes()
    exe = fake_ffmpeg(tmp_path, "echo '[aost#0:0/mp3 @ 0x55f2] [x] No space left on device' >&2; exit 1")
    monkeypatch.setattr(encoder, "ffmpeg_exe", lambda: exe)
    with pytest.raises(MediaError, match=r"a\.mp3: cannot be written \(No space left on device\)"):
        write(target, tone(20.0))
    assert target.read_bytes() == old
    assert os.listdir(target.parent) == ["a.mp3"]


def test_an_encoder_that_stops_reading_is_an_error_even_if_it_says_all_is_well(tmp_path, monkeypatch):
    exe = fake_ffmpeg(tmp_path, "exit 0")
    monkeypatch.setattr(encoder, "ffmpeg_exe", lambda: exe)
    with pytest.raises(MediaError, match="cannot be written"):
        write(tmp_path / "a.mp3", tone(20.0))


def test_interrupted_nothing_is_left(tmp_path, monkeypatch):
    started = []
    real = encoder.subprocess.Popen
    monkeypatch.setattr(encoder.subprocess, "Popen", lambda *a, **k: started.append(real(*a, **k)) or started[-1])

    def interrupted():
        yield tone(1.0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_audio(tmp_path / "a.mp3", interrupted, RATE, 2 * RATE)
    assert [process.poll() is not None for process in started] == [True]
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("quick", "looks"), [(True, 0), (False, 1)])
def test_what_is_for_a_quick_look_is_not_decoded(tmp_path, monkeypatch, quick, looks):
    looked = []
    monkeypatch.setattr(writer, "_peak", lambda path, rate: looked.append(path) or 0.5)
    sound = tone(0.2)
    write_audio(tmp_path / "out.m4a", lambda: [sound], RATE, len(sound), quick=quick)
    assert len(looked) == looks


def test_progress_is_in_seconds(tmp_path, monkeypatch):
    class Bar(list):
        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        update = list.append

    bars = []
    monkeypatch.setattr(writer, "bar", lambda total, task, unit: bars.append((total, unit, Bar())) or bars[-1][-1])
    write(tmp_path / "a.wav", tone(2.5), 5)
    assert bars == [(2, "s", [0.5] * 5)]
