"""Sound that real files break: stamps, joins, chains, headers, channels, breaks. Judged against what was put in."""

import itertools
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from lib.audio import channels
from lib.audio.ranges import range_streams, read_audio, read_ranges
from lib.audio.reader import AudioReader
from lib.audio.riff import read_header
from lib.video.probe import probe
from tests.support import sound_lab as lab
from tests.support.media_factory import FORMATS, H264, encode, tone, write_wav

pytestmark = pytest.mark.slow

RATE = 22050
CLUSTERS = ("-c:a", "pcm_s16le", "-cluster_time_limit", "1000", "-cluster_size_limit", "2000000")


def problem_of(path):
    with AudioReader(str(path), RATE) as reader:
        for _ in reader.blocks():
            pass
        return reader.problem


def times(path):
    return lab.beep_times(read_audio(str(path), RATE), RATE)


# Stamps


@pytest.mark.parametrize("moves", [{60: 30000}, {60: -2000}, {60: 30000, 61: 30000, 62: 30000}, {100: 25000}])
def test_stamps_that_leap_and_come_back_move_nothing(tmp_path, moves):
    path = lab.moved_blocks(encode(tmp_path / "x.mka", lab.beeps(6), 44100, CLUSTERS), moves)
    np.testing.assert_allclose(times(path), range(6), atol=0.002)
    assert len(read_audio(path, RATE)) == pytest.approx(6 * RATE, abs=2)


@pytest.mark.parametrize("seconds", [30, -3, -0.3])
def test_an_outlier_in_a_transport_stream_moves_nothing(tmp_path, seconds):
    plain = encode(tmp_path / "x.ts", lab.beeps(6), 44100, (*H264, "-c:a", "mp2"))
    expected = times(plain)
    np.testing.assert_allclose(times(lab.moved_packets(plain, 257, {10: seconds})), expected, atol=0.002)


@pytest.mark.parametrize(("factor", "most"), [(1.01, 0.025), (0.99, 0.025), (1.002, 0.012), (1.0, 0.001)])
def test_sound_follows_stamps_that_run_slow_or_fast(tmp_path, factor, most):
    source = encode(tmp_path / "plain.mka", lab.beeps(9), 44100, ("-c:a", "pcm_s16le"))
    path = lab.restamped(source, tmp_path / "x.mka", lambda kind, number, time: time * factor)
    off = times(path) - factor * np.arange(9)
    assert np.abs(off).max() <= most
    assert np.abs(off[5:]).max() <= 0.012


def test_a_hole_is_silence_and_an_overlap_is_left_out(tmp_path):
    source = encode(tmp_path / "plain.mka", lab.beeps(6), 44100, ("-c:a", "pcm_s16le"))
    late = lab.restamped(source, tmp_path / "late.mka", lambda kind, number, time: time + 2 * (time > 2.5))
    np.testing.assert_allclose(times(late), [0, 1, 2, 5, 6, 7], atol=0.002)
    path = encode(tmp_path / "x.mka", lab.beeps(6), 44100, CLUSTERS)
    early = lab.moved_blocks(path, {n: -500 for n in range(27, 999)})  # from 2.5 s on
    np.testing.assert_allclose(times(early), [0, 1, 2, 2.5, 3.5, 4.5], atol=0.002)


def test_joined_films_begin_together(tmp_path):
    """The sound of the first is longer than its picture by 0.629 s: the second begins after the longer of both."""
    one = lab.film_and_sound(tmp_path / "one.ts", 3, 3.629)
    two = lab.film_and_sound(tmp_path / "two.ts", 3, 3)
    first, second = times(one), times(two)
    found = times(lab.joined(tmp_path / "both.ts", one, two, two))
    starts = found[len(first)] - second[0], found[len(first) + 3] - second[0]
    assert starts[0] == pytest.approx(3.629, abs=0.06)
    assert starts[1] - starts[0] == pytest.approx(3.0, abs=0.06)


# Chains


@pytest.mark.parametrize("codec", ["libvorbis", "libopus", "flac"])
def test_links_of_an_ogg_of_other_rates_and_channels_are_all_read(tmp_path, codec):
    kinds = (
        [(44100, 2, 440), (22050, 1, 660), (48000, 2, 880)]
        if codec != "libopus"
        else [(48000, 2, 440), (48000, 1, 880)]
    )
    parts = []
    for rate, count, hz in kinds:
        sound = np.repeat(tone(hz, 0.5, rate)[:, None], count, axis=1)
        parts.append(encode(tmp_path / f"{hz}.ogg", sound, rate, ("-c:a", codec)))
    sound = read_audio(lab.joined(tmp_path / "x.ogg", *parts), RATE)
    assert len(sound) / RATE == pytest.approx(0.5 * len(kinds), abs=0.03)
    for n, (_, _, hz) in enumerate(kinds):
        middle = sound[round((0.5 * n + 0.15) * RATE) : round((0.5 * n + 0.35) * RATE)]
        assert lab.hertz(middle, RATE) == pytest.approx(hz, abs=6)
        assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


@pytest.mark.parametrize(("ending", "codec"), [("aac", "aac"), ("mp3", "libmp3lame"), ("mp2", "mp2"), ("ac3", "ac3")])
def test_bare_streams_that_change_rate_and_channels_are_read_to_the_end(tmp_path, ending, codec):
    options = ("-c:a", codec, *(("-write_xing", "0") if ending == "mp3" else ()))
    one = encode(tmp_path / f"one.{ending}", np.repeat(tone(440, 1.0)[:, None], 2, axis=1), 44100, options)
    rate = 32000 if ending == "ac3" else 22050
    two = encode(tmp_path / f"two.{ending}", tone(880, 1.0, rate), rate, options)
    both = lab.joined(tmp_path / f"x.{ending}", one, two)
    sound = read_audio(both, RATE)
    assert len(sound) == pytest.approx(len(lab.decoded(both, RATE)), abs=0.03 * RATE)
    assert len(sound) >= 1.95 * RATE
    assert lab.hertz(sound[-RATE // 2 : -RATE // 10], RATE) == pytest.approx(880, abs=6)
    assert probe(both).duration == pytest.approx(len(sound) / RATE, abs=0.001)


# Headers


@pytest.mark.parametrize(
    ("form", "order"), [("WAV", "FILE"), ("WAV", "BIG"), ("WAVEX", "FILE"), ("RF64", "FILE"), ("W64", "FILE")]
)
def test_the_wav_family_has_the_samples_that_libsndfile_reads(tmp_path, form, order):
    sound = np.stack([tone(440, 0.2), tone(660, 0.2, amplitude=0.3)], axis=1)
    tried = 0
    for kind in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW", "IMA_ADPCM"):
        if not soundfile.check_format(form, kind, order):
            continue
        path = str(tmp_path / f"{kind}.wav")
        soundfile.write(path, sound, 44100, kind, order, form)
        expected, rate = soundfile.read(path, dtype="float32")
        np.testing.assert_allclose(read_audio(path, rate, 2), expected, atol=1e-6, err_msg=kind)
        tried += 1
    assert tried >= 8


@pytest.mark.parametrize("extensible", [True, False])
@pytest.mark.parametrize("stored", [8, 16, 24, 32])
def test_fewer_valid_bits_than_stored_ones(tmp_path, stored, extensible):
    rng = np.random.default_rng(stored)
    for valid in range(max(stored - 12, 1) if extensible else stored - 7, stored + 1):
        values = rng.integers(-(2 ** (valid - 1)), 2 ** (valid - 1), (500, 2))
        expected = lab.wave_of_bits(tmp_path / "x.wav", values, stored, valid, extensible)
        np.testing.assert_allclose(read_audio(str(tmp_path / "x.wav"), 44100, 2), expected, atol=1e-7)
        if extensible:
            theirs = soundfile.read(tmp_path / "x.wav", always_2d=True)[0]
            np.testing.assert_allclose(theirs, expected, atol=1e-7)


def test_a_wav_beyond_four_gib_whose_size_wrapped_is_read_whole(tmp_path):
    """A sparse file: silence but for a tone at its beginning, and one after 4 GiB."""
    path, rate = tmp_path / "x.wav", 192_000
    block = 8 * 2
    data = (1 << 32) + rate * block  # one second more than fits
    mark = np.full((rate // 100, 8), 16384, "<i2").tobytes()
    head = struct.pack("<HHIIHH", 1, 8, rate, rate * block, block, 16)
    with open(path, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", (data + 36) % (1 << 32)) + b"WAVEfmt " + struct.pack("<I", 16) + head)
        file.write(b"data" + struct.pack("<I", data % (1 << 32)))
        file.seek(44 + data - len(mark))
        file.write(mark)
    wave = read_header(str(path))
    assert wave is not None
    assert wave.wrapped
    assert wave.seconds == pytest.approx(data / (rate * block))


# Channels


def test_a_side_that_is_silent_is_not_a_channel(tmp_path):
    wave = tone(440, 2.0, 44100, 0.4)
    path = write_wav(tmp_path / "x.wav", np.stack([wave, np.zeros_like(wave)], axis=1), 44100, "f32")
    np.testing.assert_allclose(read_audio(path, 44100), wave, atol=1e-6)
    np.testing.assert_allclose(read_audio(path, 44100, 2), np.stack([wave, wave], axis=1), atol=1e-6)


@pytest.mark.parametrize("waits", [True, False])
def test_a_side_that_is_heard_late_is_a_channel_from_the_beginning(tmp_path, waits, monkeypatch):
    """Known from what waits, or, where that would be too much, by listening ahead."""
    from lib.audio import decoding

    monkeypatch.setattr(decoding, "WAITING_BYTES", decoding.WAITING_BYTES if waits else 100_000)
    left, right = tone(440, 6.0, 44100, 0.4), tone(660, 6.0, 44100, 0.4)
    right[: 5 * 44100] = 0.0
    path = write_wav(tmp_path / "x.wav", np.stack([left, right], axis=1), 44100, "f32")
    np.testing.assert_allclose(read_audio(path, 44100, start_ms=0, dur_ms=100), left[:4410] / 2, atol=1e-6)
    np.testing.assert_allclose(read_audio(path, 44100), (left + right) / 2, atol=1e-6)


def test_speech_in_the_centre_alone_is_as_loud_as_it_is(tmp_path):
    wave = tone(440, 1.0, 48000, 0.4)
    sound = np.zeros((len(wave), 6), np.float32)
    sound[:, 2], sound[:, 3] = wave, tone(40, 1.0, 48000, 0.9)
    path = write_wav(tmp_path / "x.wav", sound, 48000, "f32")
    np.testing.assert_allclose(read_audio(path, 48000), wave, atol=1e-6)
    np.testing.assert_allclose(read_audio(path, 48000, 2), np.stack([wave, wave], axis=1), atol=1e-6)


def test_channels_of_which_nothing_says_where_they_are_come_in_pairs(tmp_path):
    sound = np.zeros((4410, 24))
    sound[:, 0], sound[:, 3] = tone(440, 0.1), tone(660, 0.1)
    soundfile.write(tmp_path / "x.wav", sound, 44100, "FLOAT", format="WAV")
    stereo = read_audio(str(tmp_path / "x.wav"), 44100, 2)
    np.testing.assert_allclose(stereo, sound[:, [0, 3]], atol=1e-6)


def test_channels_that_cancel_for_a_while_are_heard_all_the_time(tmp_path):
    left = tone(441, 6.0, 44100, 0.4)
    right = left.copy()
    right[2 * 44100 : 4 * 44100] *= -1
    path = write_wav(tmp_path / "x.wav", np.stack([left, right], axis=1), 44100, "f32")
    found = read_audio(path, 44100)
    for second in (2, 4):  # where it changes there is a ramp of 10 ms
        found[second * 44100 :][:500] = left[second * 44100 :][:500]
    np.testing.assert_allclose(found, left, atol=1e-4)


@pytest.mark.parametrize("count", [2, 6])
def test_pieces_are_those_of_the_whole_whatever_the_channels(tmp_path, count):
    rng = np.random.default_rng(5)
    sound = rng.normal(0, 0.1, (44100 * 4, count))
    sound[:, 1] = -sound[:, 0]
    path = write_wav(tmp_path / "x.wav", sound, 44100, "f32")
    for outputs in (1, 2):
        whole = read_audio(path, RATE, outputs)
        spans = [(0, 500), (900, 300), (1300, 2000), (3990, 900)]
        pieces = dict(read_ranges(path, RATE, outputs, spans))
        streams = [np.concatenate(list(blocks)) for blocks in range_streams(path, RATE, outputs, spans)]
        for n, (start, dur) in enumerate(spans):
            expected = whole[round(start * RATE / 1000) :][: round(dur * RATE / 1000)]
            np.testing.assert_array_equal(pieces[n], expected)
            np.testing.assert_array_equal(streams[n], expected)
    assert channels.CANCELLED < 1


# Breaks


@pytest.mark.parametrize(
    ("ending", "more"),
    [("wav", ()), ("flac", ()), ("mp3", ()), ("ogg", ()), ("m4a", ("-movflags", "+faststart")), ("mkv", ()),
     ("avi", ()), ("mov", ("-movflags", "+faststart")), ("webm", ()), ("aiff", ()), ("w64", ())],
)  # fmt: skip
def test_a_file_that_was_cut_off_is_reported(tmp_path, ending, more):
    rng = np.random.default_rng(2)
    sound = tone(440, 3.0) + rng.normal(0, 0.02, 3 * 44100).astype(np.float32)
    path = encode(tmp_path / f"x.{ending}", sound, 44100, (*FORMATS.get(ending, ()), *more))
    assert problem_of(path) == ""
    lab.cut(path)
    seconds = len(read_audio(path, RATE)) / RATE
    assert 0.5 < seconds < 2.0
    told = problem_of(path)
    assert told.startswith("read up to ")
    assert float(told.split()[3]) == pytest.approx(seconds, abs=0.02)
    notes = []
    assert len(list(read_ranges(path, RATE, 1, [(0, 100)], notes.append))) == 1
    if ending in ("wav", "ogg", "m4a", "mkv", "avi", "mov", "webm", "w64"):
        assert notes == [told]


def test_damage_in_the_middle_is_reported(tmp_path):
    rng = np.random.default_rng(3)
    sound = tone(440, 3.0) + rng.normal(0, 0.05, 3 * 44100).astype(np.float32)
    path = Path(encode(tmp_path / "x.m4a", sound, 44100, ("-c:a", "aac")))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2000] = rng.bytes(2000)
    path.write_bytes(data)
    assert problem_of(path).startswith("damaged at 1.")
    assert len(read_audio(str(path), RATE)) == pytest.approx(3 * RATE, abs=0.05 * RATE)


FLAC_DAMAGE = {
    "one byte": lambda data, middle: data[:middle] + bytes([data[middle] ^ 0x5A]) + data[middle + 1 :],
    "a stretch of zeros": lambda data, middle: data[:middle] + bytes(3000) + data[middle + 3000 :],
    "a stretch that is missing": lambda data, middle: data[:middle] + data[middle + 5000 :],
}


@pytest.mark.parametrize("kind", [*FLAC_DAMAGE, "none"])
def test_damage_within_a_flac_is_reported(tmp_path, kind):
    rng = np.random.default_rng(4)
    sound = tone(440, 3.0) + rng.normal(0, 0.05, 3 * 44100).astype(np.float32)
    path = Path(encode(tmp_path / "x.flac", sound, 44100, ()))
    data = path.read_bytes()
    if kind != "none":
        path.write_bytes(FLAC_DAMAGE[kind](data, len(data) // 2))
    assert problem_of(path)[:13] == ("" if kind == "none" else "damaged at 1.")
    read = read_audio(str(path), 44100)
    assert len(read) == pytest.approx(3 * 44100, abs=10)
    assert np.abs(read[:44100] - sound[:44100]).max() < 1e-3
    assert np.abs(read[-44100:] - sound[-44100:]).max() < 1e-3


BARE = {"mp3": ("-c:a", "libmp3lame", "-write_xing", "0"), "mp2": (), "ac3": (), "ts": ("-c:a", "mp2")}


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        *itertools.product(BARE, ["whole", "cut", "damaged"]),
        *itertools.product(["mp3", "mp2", "ac3"], ["tagged", "padded"]),
    ],
)
def test_streams_of_frames_that_tell_their_lengths(tmp_path, ending, kind):
    rng = np.random.default_rng(6)
    path = Path(encode(tmp_path / f"x.{ending}", rng.normal(0, 0.1, 2 * 44100).astype(np.float32), 44100, BARE[ending]))
    data, middle = path.read_bytes(), path.stat().st_size // 2
    changed = {
        "whole": data,
        "cut": data[: middle | 1],
        "damaged": data[:middle] + rng.bytes(2000) + data[middle + 2000 :],
        "tagged": data + b"TAG" + bytes(125),
        "padded": data + bytes(1000),
    }
    path.write_bytes(changed[kind])
    told, found = problem_of(path), probe(str(path))
    assert told.split(" ")[0] == {"whole": "", "cut": "read", "damaged": "damaged", "tagged": "", "padded": ""}[kind]
    if told:
        assert float(told.split(" ")[3 if kind == "cut" else 2]) == pytest.approx(1, abs=0.05)
    assert found.problem == told
    assert found.duration == pytest.approx(len(read_audio(str(path), RATE)) / RATE, abs=0.002)


def test_joined_mp3s_with_tags_and_pictures_are_whole(tmp_path):
    rng = np.random.default_rng(7)
    path = Path(encode(tmp_path / "x.mp3", rng.normal(0, 0.1, 44100).astype(np.float32), 44100, ()))
    tag = b"ID3\x03\0\0" + bytes([0, 0, 40, 0]) + rng.bytes(40 << 7)
    joined = tmp_path / "joined.mp3"
    joined.write_bytes((tag + path.read_bytes()) * 3)
    assert problem_of(joined) == ""
    assert len(read_audio(str(joined), 44100)) / 44100 == pytest.approx(3, abs=0.2)


@pytest.mark.parametrize("codec", ["libvorbis", "libopus", "flac"])
def test_damage_within_an_ogg_is_reported_by_the_sums_of_its_pages(tmp_path, codec):
    rng = np.random.default_rng(8)
    sound = rng.normal(0, 0.1, 3 * 48000).astype(np.float32)
    path = Path(encode(tmp_path / "x.ogg", sound, 48000, ("-c:a", codec, "-page_duration", "200000")))
    assert (problem_of(path), probe(str(path)).problem) == ("", "")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert problem_of(path).startswith("damaged: pages with a wrong checksum")
    assert probe(str(path)).problem == problem_of(path)


@pytest.mark.parametrize(("ending", "codec"), [("m4a", "aac"), ("mp4", "alac"), ("mov", "aac"), ("wma", "wmav2")])
def test_a_sound_ends_where_ffmpeg_ends_it_in_all_stages(tmp_path, ending, codec):
    path = encode(tmp_path / f"x.{ending}", tone(440, 1.3), 44100, ("-c:a", codec))
    seconds = len(read_audio(path, 44100)) / 44100
    assert probe(path).duration == pytest.approx(seconds, abs=0.001)
    if ending != "wma":  # whose stamps begin late
        assert seconds == pytest.approx(len(lab.decoded(path, 44100)) / 44100, abs=1e-4)


@pytest.mark.parametrize("dc", [0.1, -0.3])
def test_a_steady_voltage_counts_neither_as_power_nor_as_level(tmp_path, monkeypatch, dc):
    import audio_to_samples
    import features_to_audio
    from lib.tables.table import read_table

    monkeypatch.chdir(tmp_path)
    steps = np.arange(RATE) % (RATE // 4) / RATE
    sound = (0.02 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE) * np.exp(-8 * steps)).astype(np.float32)
    powers, levels = [], []
    for name, offset in (("plain", 0), ("dc", dc)):
        write_wav(tmp_path / f"{name}.wav", sound + np.float32(offset), RATE)
        table = f"{name}.csv"
        assert audio_to_samples.main(["-in", f"{name}.wav", "-out", table, "-features"]) == 0
        assert features_to_audio.main(["-in", table, "-dir", ".", "-out", f"{name} mix.wav", "-mdb", "-20"]) == 0
        powers.append(read_table(table).numbers("power").tolist())
        mixed = read_audio(f"{name} mix.wav", RATE)
        levels.append(20 * np.log10(np.sqrt(np.mean(mixed.astype(float) ** 2))))
    assert len(powers[0]) == 4
    assert powers[1] == pytest.approx(powers[0], abs=0.02)
    assert levels[1] == pytest.approx(levels[0], abs=1.0)  # it was 23 dB off


TAGS = {
    "tags": b"TAG" + bytes(125),
    "a page": b"<!-- written behind the file by a server that reported an error in the middle -->\n",
    "ones": b"\xff" * 777,
}


@pytest.mark.parametrize("ending", ["ogg", "opus", "wv", "mp3", "flac"])
def test_what_follows_a_whole_sound_is_not_reported(tmp_path, ending):
    rng = np.random.default_rng(9)
    pages = "-page_duration", "200000"
    options = {"wv": ("-c:a", "wavpack"), "ogg": ("-c:a", "libvorbis", *pages), "opus": ("-c:a", "libopus", *pages)}
    path = Path(
        encode(tmp_path / f"x.{ending}", rng.normal(0, 0.1, 48000).astype(np.float32), 48000, options.get(ending, ()))
    )
    data = path.read_bytes()
    for more in TAGS.values():
        path.write_bytes(data + more)
        assert (problem_of(path), probe(str(path)).problem) == ("", "")
    path.write_bytes(data[: len(data) * 3 // 5 | 1])
    assert problem_of(path).startswith("read up to ")


def test_an_mp3_whose_second_tag_has_the_word_info_in_it_is_whole(tmp_path):
    rng = np.random.default_rng(10)
    path = Path(encode(tmp_path / "x.mp3", rng.normal(0, 0.1, 44100).astype(np.float32), 44100, ()))
    text = b"\0an Info:abcdzzzzzzzz"
    tag = b"ID3\x04\0\0" + bytes([0, 0, 0, 10 + len(text)]) + b"TIT2" + bytes([0, 0, 0, len(text), 0, 0]) + text
    footer = b"3DI" + tag[3:10]
    data = path.read_bytes()
    for tags in (tag + tag, tag[:5] + b"\x10" + tag[6:] + footer[:2] + footer[2:5] + b"\x10" + footer[6:] + tag):
        path.write_bytes(tags + data)
        assert (problem_of(path), probe(str(path)).problem) == ("", "")
