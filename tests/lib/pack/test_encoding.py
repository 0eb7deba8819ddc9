"""One sample as a file: the bytes of a wav chunk by chunk, and the rates of formats."""

import struct

import numpy as np
import pytest

from lib.audio.reader import AudioReader
from lib.pack import encoding
from lib.pack.encoding import rate_for, wav_bytes, write_sample
from tests.support.each import each


def chunks_of(data):
    """{name: content} of the chunks from the beginning of some, each padded to an even length."""
    found, place = {}, 0
    while place < len(data):
        name, length = data[place : place + 4], struct.unpack("<I", data[place + 4 : place + 8])[0]
        found[name] = data[place + 8 : place + 8 + length]
        place += 8 + length + length % 2
    assert place == len(data)
    return found


@each("channels", [1, 2])
@each("count", [0, 1, 7])
def test_a_wav_holds_24_bits_a_cue_and_a_title(channels, count):
    sound = np.random.default_rng(1).uniform(-1.2, 1.2, (count, channels)).astype(np.float32)
    data = wav_bytes(sound, 44_100, None, "a.wav at 1.500 s: ж")
    assert (data[:4], data[8:12]) == (b"RIFF", b"WAVE")
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    chunks = chunks_of(data[12:])
    assert list(chunks) == [b"fmt ", b"data", b"cue ", b"LIST"]
    assert struct.unpack("<HHIIHH", chunks[b"fmt "]) == (
        1, channels, 44_100, 44_100 * 3 * channels, 3 * channels, 24,
    )  # fmt: skip
    body = chunks[b"data"]
    values = [int.from_bytes(body[n : n + 3], "little", signed=True) for n in range(0, len(body), 3)]
    expected = np.clip(sound.astype(float), -1, 1).ravel() * (2**23 - 1)
    assert values == pytest.approx(expected.tolist(), abs=0.51)
    assert struct.unpack("<III4sIII", chunks[b"cue "]) == (1, 1, 0, b"data", 0, 0, 0)
    assert chunks[b"LIST"][:4] == b"adtl"
    assert chunks_of(chunks[b"LIST"][4:]) == {b"labl": struct.pack("<I", 1) + "a.wav at 1.500 s: ж".encode() + b"\0"}


@each(
    ("midi", "key", "fraction"),
    [(60.0, 60, 0), (60.25, 60, 1 << 30), (60.999999999999, 60, 2**32 - 1), (0.5, 0, 1 << 31), (-2.5, 0, 0),
     (127.5, 127, 1 << 31), (128.0, 127, 0), (128.5, 127, 0), (130.25, 127, 0)],
)  # fmt: skip
def test_a_pitched_wav_tells_samplers_its_key(midi, key, fraction):
    chunks = chunks_of(wav_bytes(np.zeros((4, 1), np.float32), 48_000, midi, "")[12:])
    assert list(chunks) == [b"fmt ", b"data", b"smpl", b"cue ", b"LIST"]
    maker, product, period, note, cents, *rest = struct.unpack("<9I", chunks[b"smpl"])
    assert (maker, product, period, note, rest) == (0, 0, 20_833, key, [0, 0, 0, 0])
    assert cents == pytest.approx(fraction, abs=1e4)  # (60.999999999999 is not exact)


@each(
    ("ending", "rate", "expected"),
    [(".wav", 12_345, 12_345), (".flac", 96_000, 96_000), (".ogg", 8_001, 8_001), (".mp3", 44_100, 44_100),
     (".mp3", 8_000, 8_000), (".mp3", 7_000, 8_000), (".mp3", 22_051, 24_000), (".mp3", 48_001, 48_000),
     (".mp3", 96_000, 48_000)],
)  # fmt: skip
def test_the_rate_of_a_format(ending, rate, expected):
    assert rate_for(ending, rate) == expected


@pytest.mark.parametrize(
    ("ending", "rate", "error"), [(".wav", 22_050, 1e-6), (".flac", 22_050, 1e-6), (".mp3", 22_000, 0.02)]
)
def test_files_hold_the_sound(tmp_path, ending, rate, error):
    sound = 0.4 * np.sin(2 * np.pi * 440 / rate * np.arange(rate // 4))
    path = tmp_path / f"a{ending}"
    write_sample(str(path), np.stack([sound, -0.5 * sound], axis=1).astype(np.float32), rate, 69.0, "a")
    with AudioReader(str(path), rate, 2) as reader:
        found = np.concatenate(list(reader.blocks()))
    assert len(found) == pytest.approx(len(sound), abs=1 if ending != ".mp3" else 2000)
    if ending != ".mp3":
        assert found[:, 0] == pytest.approx(sound[: len(found)], abs=error)
        assert found[:, 1] == pytest.approx(-0.5 * sound[: len(found)], abs=error)
    else:
        middle = found[len(found) // 4 : len(found) // 2]
        assert np.sqrt((middle**2).mean(axis=0)) == pytest.approx([0.4 / 2**0.5, 0.2 / 2**0.5], abs=error)


def test_mp3_has_the_rates_of_mpeg_1_2_and_2_5():
    # ISO/IEC 11172-3: 32, 44.1 and 48 kHz; 13818-3: halves of these; and a quarter, by Fraunhofer.
    rates = sorted(rate // part for rate in (32_000, 44_100, 48_000) for part in (1, 2, 4))
    assert [rate_for(".mp3", rate) for rate in rates] == rates
    assert [rate_for(".mp3", rate - 1) for rate in rates] == rates
    assert [rate_for(".mp3", rate + 1) for rate in rates] == [*rates[1:], 48_000]


def test_sound_is_resampled_where_a_format_has_no_such_rate(monkeypatch):
    given = []
    monkeypatch.setattr(encoding, "_encode", lambda path, sound, rate, *how: given.append((len(sound), rate, how)))
    sound = np.zeros((2200, 1), np.float32)
    write_sample("a.mp3", sound, 22_000, None, "")
    write_sample("a.mp3", sound, 22_050, None, "")
    write_sample("a.FLAC", sound, 22_000, None, "")
    assert [(count, rate) for count, rate, _ in given] == [(2205, 22_050), (2200, 22_050), (2200, 22_000)]
    assert [how[:3] for *_, how in given] == [("mp3", "libmp3lame", "fltp")] * 2 + [("flac", "flac", "s32")]
    assert given[0][2][3] == {"b": "256000"}


@pytest.mark.parametrize("channels", [1, 2])
def test_ogg_is_encoded_from_floats(monkeypatch, channels):
    asked = []

    class Encoder:
        def __init__(self, path, words):
            asked.append(words)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def write(self, data):
            asked.append(bytes(data))

    monkeypatch.setattr(encoding, "Encoder", Encoder)
    sound = np.arange(6, dtype=np.float64).reshape(-1, channels)
    write_sample("a.ogg", sound, 8000, 60.0, "")
    words, data = asked
    assert words[:8] == ["-f", "f32le", "-ar", "8000", "-ac", str(channels), "-i", "pipe:0"]
    assert np.frombuffer(data, "<f4").tolist() == list(range(6))


def test_what_is_beyond_full_scale_is_full_scale(tmp_path):
    path = str(tmp_path / "a.flac")
    write_sample(path, np.array([[1.2], [-1.2], [0.5]], np.float32).repeat(2000, axis=0), 8000, None, "")
    with AudioReader(path, 8000) as reader:
        found = np.concatenate(list(reader.blocks())).reshape(-1)
    assert found[[1000, 3000, 5000]] == pytest.approx([1, -1, 0.5], abs=1e-6)
