"""Every kind of file gives its sound at the right time and level, whole or in pieces, also when it is damaged."""

import itertools
import os
import random
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.audio import ranges, sound_clock
from lib.audio import reader as decode
from lib.audio.ranges import range_streams, read_audio, read_ranges, sample_range
from lib.audio.reader import AudioReader
from lib.errors import MediaError, NoAudioError
from tests.support.each import each
from tests.support.media_factory import (
    CLICK_SECONDS,
    FORMATS,
    H264,
    click_offsets,
    clicks,
    encode,
    ffmpeg,
    late_film,
    silent_film,
    tone,
    write_wav,
)

RATE = 44100
TIMES = (0.1, 0.35, 0.8, 1.3, 1.42, 1.9)
SECONDS = 2.0
# In seconds.
TOLERANCE = 0.001
EXACT = ("wav", "flac", "avi")
# Films whose sound is in many packets beside a picture, as it is in most.
DAMAGEABLE = {
    "mp4": FORMATS["mp4"],
    "mov": FORMATS["mov"],
    "flac": (),
    "ts": (*H264, "-c:a", "aac"),
    "mkv": (*FORMATS["mkv"], "-cluster_time_limit", "300"),
    "webm": (*FORMATS["webm"], "-cluster_time_limit", "300"),
}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """One file of each format, with a click at each time."""
    folder = tmp_path_factory.mktemp("formats")
    sound = clicks(TIMES, SECONDS, RATE)
    return {ending: encode(folder / f"clicks.{ending}", sound, RATE) for ending in FORMATS}


def rms(sound):
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))


def level(sound):
    """Return the RMS of the middle, away from what resampling does at the ends."""
    return rms(sound[len(sound) // 4 : -len(sound) // 4])


# Times


@pytest.mark.slow
@pytest.mark.parametrize("rate", [22050, 44100, 48000])
@pytest.mark.parametrize("ending", FORMATS)
def test_clicks_are_where_they_were_put_in_every_format(recorded, ending, rate):
    sound = read_audio(recorded[ending], rate)
    assert sound.dtype == np.float32
    assert np.abs(click_offsets(sound, TIMES, rate)).max() <= TOLERANCE
    # A codec may fill its last packet up (1024 samples of AAC), and no more than that.
    assert SECONDS - 0.002 <= len(sound) / rate <= SECONDS + 0.024


@pytest.mark.slow
@pytest.mark.parametrize("ending", EXACT)
def test_what_is_not_compressed_with_loss_comes_back_sample_for_sample(recorded, ending):
    expected = np.round(clicks(TIMES, SECONDS, RATE) * 32768) / 32768
    np.testing.assert_allclose(read_audio(recorded[ending], RATE), expected, atol=1.01 / 32768)


@pytest.mark.slow
@pytest.mark.parametrize("late", [0.03, 0.07, 0.5])
@pytest.mark.parametrize("ending", ["mp4", "mkv", "mov", "webm"])
def test_a_track_that_starts_late_is_preceded_by_silence(tmp_path, ending, late):
    """Sound and picture share one clock: what is heard at 0.35 s of the track is at 0.35 + late in the film."""
    sound = read_audio(late_film(tmp_path / f"late.{ending}", clicks(TIMES, SECONDS, RATE), late), RATE)
    assert np.abs(click_offsets(sound, [time + late for time in TIMES], RATE)).max() <= 0.002
    assert np.abs(sound[: round((late + TIMES[0] - 0.06) * RATE)]).max() < 0.01


def test_the_clock_is_that_of_the_film_when_the_picture_starts_late(tmp_path):
    options = (*H264, "-c:a", "aac", "-output_ts_offset", "5")
    path = encode(tmp_path / "offset.mkv", clicks(TIMES, SECONDS, RATE), RATE, options)
    assert np.abs(click_offsets(read_audio(path, RATE), TIMES, RATE)).max() <= TOLERANCE


# Levels


@each("kind", ["u8", "s16", "s24", "s32", "f32", "f64"])
def test_every_kind_of_sample_has_its_level(tmp_path, kind):
    wave = tone(440, 0.5, RATE, 0.5)
    sound = read_audio(write_wav(tmp_path / "x.wav", wave, RATE, kind), RATE)
    step = {"u8": 1 / 128, "s16": 1 / 32768}.get(kind, 1e-6)
    np.testing.assert_allclose(sound, wave, atol=step)
    assert abs(sound.mean()) < 1e-4


@each("kind", ["u8", "s16", "s24", "s32"])
def test_the_loudest_sample_is_full_scale(tmp_path, kind):
    sound = read_audio(write_wav(tmp_path / "x.wav", [-1.0] * 100 + [0.0] * 100, 8000, kind), 8000)
    assert set(sound.tolist()) == {-1.0, 0.0}


@pytest.mark.parametrize("kind", ["f32", "f64"])
def test_what_is_not_a_number_is_silent(tmp_path, kind, recwarn):
    wave = tone(440, 0.2, RATE).astype(np.float64)
    wave[[10, 20, 30]] = np.nan, np.inf, -np.inf
    if kind == "f64":
        wave[40] = 1e300  # a number in the file, but none that float32 can hold
    sound = read_audio(write_wav(tmp_path / "x.wav", wave, RATE, kind), RATE)
    expected = np.where(np.abs(wave) <= 1, wave, 0)
    np.testing.assert_allclose(sound, expected, atol=1e-6)
    assert np.isfinite(read_audio(tmp_path / "x.wav", 22050)).all()
    assert len(recwarn) == 0


def test_floats_above_full_scale_stay_as_they_are(tmp_path):
    wave = tone(440, 0.2, RATE, 3.0)
    np.testing.assert_array_equal(read_audio(write_wav(tmp_path / "x.wav", wave, RATE, "f32"), RATE), wave)


@each("rate", [8000, 11025, 44100, 96000, 192000])
def test_a_tone_keeps_pitch_level_and_length_at_every_rate(tmp_path, rate):
    sound = read_audio(write_wav(tmp_path / "x.wav", tone(1000, 1.0, rate, 0.5), rate, "f32"), 22050)
    assert abs(len(sound) - 22050) <= 1
    assert level(sound) == pytest.approx(0.5 / np.sqrt(2), rel=0.005)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert np.argmax(spectrum) == pytest.approx(1000, abs=1)


def test_what_the_lower_rate_cannot_hold_is_gone_and_not_folded_back(tmp_path):
    path = write_wav(tmp_path / "x.wav", tone(20_000, 1.0, 192_000, 0.5), 192_000, "f32")
    assert level(read_audio(path, 22050)) < 1e-4
    assert level(read_audio(path, 48000)) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


def test_dc_stays_what_it_is(tmp_path):
    path = write_wav(tmp_path / "x.wav", np.full(RATE, 0.25), RATE, "f32")
    sound = read_audio(path, 22050)
    np.testing.assert_allclose(sound[200:-200], 0.25, atol=1e-4)


def surround(amplitudes):
    """Return six channels, each with a tone of its own and a level of its own."""
    return np.stack([tone(200 * (n + 1), 0.5, 48000, a) for n, a in enumerate(amplitudes)], axis=1)


@pytest.mark.parametrize("ending", ["wav", "flac", "mkv"])
def test_mono_is_the_mean_of_all_channels_but_the_low_one(tmp_path, ending):
    channels = surround((0.6, 0.5, 0.4, 0.3, 0.2, 0.1))
    if ending == "wav":
        path = write_wav(tmp_path / "x.wav", channels, 48000, "f32")
    else:
        path = encode(tmp_path / f"x.{ending}", channels, 48000, ("-channel_layout", "5.1", "-c:a", "flac"))
    mono = read_audio(path, 48000)
    assert mono.ndim == 1
    np.testing.assert_allclose(mono, channels[:, [0, 1, 2, 4, 5]].mean(axis=1), atol=2e-4)


def test_a_surround_recording_of_one_sound_is_as_loud_as_the_sound(tmp_path):
    """FFmpeg's own mix of 5.1 to mono would be several times as loud."""
    wave = tone(440, 0.5, 48000, 0.5)
    path = write_wav(tmp_path / "x.wav", np.stack([wave] * 6, axis=1), 48000, "f32")
    np.testing.assert_allclose(read_audio(path, 48000), wave, atol=1e-6)
    np.testing.assert_allclose(read_audio(path, 48000, 2), np.stack([wave, wave], axis=1), atol=1e-6)


def test_stereo_of_surround_is_the_mean_of_each_side_and_the_middle(tmp_path):
    channels = surround((0.6, 0.5, 0.4, 0.3, 0.2, 0.1))  # left, right, centre, low, back left, back right
    stereo = read_audio(write_wav(tmp_path / "x.wav", channels, 48000, "f32"), 48000, 2)
    np.testing.assert_allclose(stereo[:, 0], channels[:, [0, 2, 4]].mean(axis=1), atol=1e-6)
    np.testing.assert_allclose(stereo[:, 1], channels[:, [1, 2, 5]].mean(axis=1), atol=1e-6)


@each("count", [7, 8, 9, 16, 24])
def test_any_number_of_channels_in_planes_is_read(tmp_path, count):
    """PyAV itself reads beyond the list of a frame's planes from 8 channels on, and may crash."""
    amplitudes = [0.9 - 0.03 * n for n in range(count)]
    channels = np.stack([tone(100 * (n + 1), 0.3, 48000, a) for n, a in enumerate(amplitudes)], axis=1)
    path = encode(tmp_path / "x.mka", channels, 48000, ("-c:a", "wavpack"))
    with av.open(path) as container:
        frame = next(container.decode(audio=0))
        assert frame.format.is_planar
        assert frame.layout.nb_channels == count
        heard = [n for n, channel in enumerate(frame.layout.channels) if channel.name not in ("LFE", "LFE2")]
    np.testing.assert_allclose(read_audio(path, 48000), channels[:, heard].mean(axis=1), atol=1e-6)


def test_stereo_and_mono_of_each_other(tmp_path):
    left, right = tone(440, 0.3, RATE, 0.5), tone(660, 0.3, RATE, 0.3)
    both = write_wav(tmp_path / "stereo.wav", np.stack([left, right], axis=1), RATE, "f32")
    one = write_wav(tmp_path / "mono.wav", left, RATE, "f32")
    np.testing.assert_allclose(read_audio(both, RATE), (left + right) / 2, atol=1e-7)
    np.testing.assert_array_equal(read_audio(both, RATE, 2), np.stack([left, right], axis=1))
    np.testing.assert_array_equal(read_audio(one, RATE, 2), np.stack([left, left], axis=1))


@pytest.mark.parametrize("other", [-1.0, -0.8, -1.25])
def test_of_channels_that_cancel_the_louder_one_is_heard(tmp_path, other):
    wave = tone(440, 0.3, RATE, 0.4)
    path = write_wav(tmp_path / "x.wav", np.stack([wave, other * wave], axis=1), RATE, "f32")
    np.testing.assert_allclose(read_audio(path, RATE), (wave if other >= -1.0 else other * wave), atol=1e-6)


# Pieces


@pytest.mark.parametrize("block", [0.2, 1.3, 20.0])
def test_where_channels_begin_to_cancel_does_not_depend_on_the_blocks(tmp_path, monkeypatch, block):
    """Each second is mixed as a whole."""
    wave = tone(440, 2.5)
    other = np.where(np.arange(len(wave)) < 44100, wave, -0.9 * wave)
    other[2 * 44100 :] = 0
    path = write_wav(tmp_path / "a.wav", np.stack([wave, other], axis=1))
    monkeypatch.setattr(decode, "BLOCK_SECONDS", block)
    monkeypatch.setattr(sound_clock, "SEGMENT", 0.1)
    sound = read_audio(path, 44100)
    for first, share in ((0, 1.0), (44100, 1.0), (2 * 44100, 0.5)):  # the mean, the louder one, the mean
        assert level(sound[first + 4410 : first + 17640]) == pytest.approx(share * level(wave), rel=0.01)


@pytest.mark.parametrize("ending", ["wav", "mp3", "mp4", "opus"])
@pytest.mark.parametrize("channels", [1, 2])
def test_ranges_are_slices_of_the_whole(recorded, ending, channels):
    rate = 22050
    whole = read_audio(recorded[ending], rate, channels)
    end = len(whole) * 1000 / rate
    # In disorder, one inside another, the same twice, empty, over the end, and after it.
    ranges = [(500, 300), (0, 10), (550, 20), (500, 300), (0, end + 100), (1000, 0), (end - 50, 200), (end + 10, 50)]
    ranges += [(123.4, 56.7), (0, 1e9)]
    found = dict(read_ranges(recorded[ending], rate, channels, ranges))
    assert sorted(found) == list(range(len(ranges)))
    for index, (start, dur) in enumerate(ranges):
        first, count = sample_range(start, dur, rate)
        np.testing.assert_array_equal(found[index], whole[first : first + count])
        assert found[index].ndim == channels


@given(data=st.data(), block=st.integers(1, 30))
def test_ranges_are_slices_of_the_whole_however_the_blocks_fall(data, block):
    """Blocks of any size, against slices of what they hold."""
    whole = np.arange(100, dtype=np.float32)
    spans = data.draw(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), max_size=8))

    class Blocks:
        def __init__(self, *arguments):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *arguments):
            pass

        def blocks(self):
            return (whole[n : n + block] for n in range(0, len(whole), block))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranges, "AudioReader", Blocks)
        found = list(read_ranges("x", 1000, 1, spans))
    assert sorted(index for index, _ in found) == list(range(len(spans)))
    for index, sound in found:
        first, count = spans[index]
        np.testing.assert_array_equal(sound, whole[first : first + count])
    ends = [sum(spans[index]) for index, _ in found if sum(spans[index]) <= len(whole)]
    assert ends == sorted(ends)


@pytest.mark.parametrize("ending", ["wav", "mp3", "mkv"])
def test_how_blocks_are_cut_does_not_change_what_is_in_them(recorded, ending, monkeypatch):
    """The resampler's filter reaches over the cuts, which are where drift is measured."""
    monkeypatch.setattr(sound_clock, "SEGMENT", 0.05)
    whole = read_audio(recorded[ending], 22050)
    monkeypatch.setattr(decode, "BLOCK_SECONDS", 0.05)
    with AudioReader(recorded[ending], 22050) as reader:
        blocks = list(reader.blocks())
    assert len(blocks) > 20
    assert all(len(block) and block.flags.c_contiguous for block in blocks)
    np.testing.assert_array_equal(np.concatenate(blocks), whole)


def test_a_range_alone_and_a_start_without_an_end(recorded):
    whole = read_audio(recorded["flac"], RATE)
    np.testing.assert_array_equal(read_audio(recorded["flac"], RATE, start_ms=500), whole[22050:])
    np.testing.assert_array_equal(read_audio(recorded["flac"], RATE, start_ms=500, dur_ms=100), whole[22050:26460])
    assert len(read_audio(recorded["flac"], RATE, start_ms=9000)) == 0
    assert read_audio(recorded["flac"], RATE, 2, start_ms=9000, dur_ms=10).shape == (0, 2)


# Damage


def damaged(path, place, size):
    """Overwrite bytes of a file, at a part of its length, with noise."""
    data = bytearray(Path(path).read_bytes())
    first = round(len(data) * place)
    data[first : first + size] = random.Random(1).randbytes(size)
    Path(path).write_bytes(data)


def broken_off(path):
    """Leave three quarters of a file; return its path."""
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[: len(data) * 3 // 4])
    return path


@pytest.mark.slow
@pytest.mark.parametrize("ending", DAMAGEABLE)
def test_damage_in_the_middle_keeps_later_times_right(tmp_path, ending):
    rng = np.random.default_rng(1)
    times = np.arange(0.1, 6, 0.2)
    sound = clicks(times, 6.0, RATE) + rng.normal(0, 0.02, 6 * RATE).astype(np.float32)
    whole = Path(encode(tmp_path / f"whole.{ending}", sound, RATE, DAMAGEABLE[ending]))
    before = click_offsets(read_audio(str(whole), RATE), times, RATE)

    @each("size", [40, 400, 2000])
    def has_right_times(size):
        path = tmp_path / f"{size}.{ending}"
        path.write_bytes(whole.read_bytes())
        damaged(path, 0.45, size)
        after = read_audio(str(path), RATE)
        assert len(after) / RATE == pytest.approx(6.0, abs=0.06)
        # Of the thirty clicks the first ten are whole, and the last ten come when they came before.
        for some in (slice(0, 10), slice(-10, None)):
            assert np.abs(click_offsets(after, times[some], RATE) - before[some]).max() <= TOLERANCE
        assert np.abs(click_offsets(after, times[-10:], RATE)).max() <= (0.025 if ending == "ts" else TOLERANCE)

    has_right_times()


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["wav", "flac", "mp3", "ogg", "avi", "mkv", "webm", "mp4"])
def test_a_file_that_breaks_off_gives_what_is_there(tmp_path, ending):
    options = FORMATS[ending]
    if ending == "mp4":
        options += ("-movflags", "+faststart")  # its index is in front, else there is nothing to be read
    rng = np.random.default_rng(2)
    sound = clicks(TIMES, SECONDS, RATE) + rng.normal(0, 0.02, round(SECONDS * RATE)).astype(np.float32)
    found = read_audio(broken_off(encode(tmp_path / f"x.{ending}", sound, RATE, options)), RATE)
    assert 0.4 * SECONDS <= len(found) / RATE <= 0.95 * SECONDS
    assert np.abs(click_offsets(found, TIMES[:2], RATE)).max() <= TOLERANCE


def test_a_film_whose_index_is_cut_off_is_reported(tmp_path):
    path = broken_off(encode(tmp_path / "x.mp4", clicks(TIMES, SECONDS, RATE), RATE))
    with pytest.raises(MediaError, match="is not media that can be read"):
        read_audio(path, RATE)


@pytest.fixture(scope="module")
def small_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    return folder, {
        ending: Path(encode(folder / f"whole.{ending}", tone(440, 0.3), RATE)).read_bytes()
        for ending in ("wav", "flac", "mp3", "ogg", "m4a", "avi", "mkv")
    }


@pytest.mark.slow
@given(st.data())
def test_no_damage_does_more_than_a_media_error(small_files, data):
    """Bytes anywhere, the header too."""
    folder, files = small_files
    ending = data.draw(st.sampled_from(sorted(files)))
    spoilt = bytearray(files[ending])
    for _ in range(data.draw(st.integers(1, 3))):
        first = data.draw(st.integers(0, len(spoilt) - 1))
        noise = random.Random(first).randbytes(data.draw(st.sampled_from([1, 8, 64, 512])))
        spoilt[first : first + len(noise)] = noise
    path = folder / f"spoilt.{ending}"
    path.write_bytes(spoilt)
    try:
        sound = read_audio(str(path), 22050)
    except MediaError:
        sound = np.zeros(0, np.float32)
    assert np.isfinite(sound).all()


# What is not sound


def test_a_film_without_sound_and_a_track_without_any_are_distinguished_from_broken_files(tmp_path):
    with pytest.raises(NoAudioError, match="has no audio track"):
        read_audio(silent_film(tmp_path / "x.mp4"), 22050)
    with pytest.raises(NoAudioError, match="has an audio track without sound"):
        read_audio(write_wav(tmp_path / "x.wav", [], RATE), 22050)


def test_sound_of_an_unknown_kind_is_reported(tmp_path):
    """Ogg Vorbis in a wav is a kind of its own (0x674F), which ffmpeg has no decoder for."""
    kind = struct.pack("<HHIIHH", 0x674F, 1, 44100, 11025, 1, 16)
    body = b"WAVEfmt " + struct.pack("<I", len(kind)) + kind + b"data" + struct.pack("<I", 4000) + bytes(4000)
    (tmp_path / "ogg.wav").write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    with pytest.raises(MediaError, match="its sound cannot be decoded"):
        list(AudioReader(str(tmp_path / "ogg.wav"), 22050).blocks())


def test_cover_art_is_not_sound_and_does_not_hide_it(tmp_path):
    sound = clicks(TIMES, SECONDS, RATE)
    film = silent_film(tmp_path / "picture.mp4", 0.1)
    ffmpeg("-i", film, "-frames:v", "1", str(tmp_path / "cover.png"))
    plain = encode(tmp_path / "plain.mp3", sound, RATE)
    ffmpeg("-i", plain, "-i", str(tmp_path / "cover.png"), "-map", "0", "-map", "1", "-c", "copy",
           "-disposition:v", "attached_pic", str(tmp_path / "art.mp3"))  # fmt: skip
    np.testing.assert_array_equal(read_audio(str(tmp_path / "art.mp3"), RATE), read_audio(plain, RATE))


@pytest.mark.parametrize("name", ["text.mp3", "empty.wav", "missing.wav"])
def test_what_is_not_media_is_reported(tmp_path, name):
    (tmp_path / "text.mp3").write_text("these are the words of a song, and not its sound\n" * 100)
    (tmp_path / "empty.wav").touch()
    with pytest.raises(MediaError) as failure:
        read_audio(str(tmp_path / name), 22050)
    assert not isinstance(failure.value, NoAudioError)
    assert "\n" not in str(failure.value)


# Small and odd


@each("samples", [1, 2, 100, 1323])
@each("rate", [22050, 44100])
def test_the_shortest_files_are_read(tmp_path, samples, rate):
    wave = tone(440, 0.03, RATE)[:samples] + 0.1
    sound = read_audio(write_wav(tmp_path / "x.wav", wave, RATE, "f32"), rate)
    assert abs(len(sound) - samples * rate / RATE) <= 1
    if rate == RATE:
        np.testing.assert_array_equal(sound, wave.astype(np.float32))


def test_a_file_that_is_shorter_than_a_sample_at_the_new_rate_is_read(tmp_path):
    path = write_wav(tmp_path / "x.wav", [0.5], 192_000, "f32")
    assert len(read_audio(path, 8000)) <= 1
    assert len(read_audio(path, 8000, start_ms=0, dur_ms=10)) <= 1
    assert read_audio(path, 8000, 2).shape[1] == 2


def test_thirty_milliseconds_of_every_format(tmp_path):
    wave = tone(1000, 0.03, RATE)
    for ending in ("flac", "mp3", "ogg", "m4a", "opus"):
        sound = read_audio(encode(tmp_path / f"x.{ending}", wave, RATE), RATE)
        assert 0.029 <= len(sound) / RATE <= 0.055, ending
        assert rms(sound[: len(wave)]) == pytest.approx(0.5 / np.sqrt(2), rel=0.1), ending


def test_names_that_are_not_utf8_can_be_read(tmp_path):
    plain = write_wav(tmp_path / "x.wav", tone(440, 0.1, RATE), RATE)
    odd = os.fsdecode(bytes(tmp_path) + b"/caf\xe9 \xff.wav")
    Path(odd).write_bytes(Path(plain).read_bytes())
    np.testing.assert_array_equal(read_audio(odd, RATE), read_audio(plain, RATE))


def test_a_rate_that_changes_in_the_middle_is_followed(tmp_path):
    """Two mp3 files joined, as people do: 44.1 kHz, then 22.05 kHz."""
    one = encode(tmp_path / "one.mp3", tone(440, 1.0, 44100), 44100, ("-write_xing", "0"))
    two = encode(tmp_path / "two.mp3", tone(440, 1.0, 22050), 22050, ("-write_xing", "0"))
    (tmp_path / "both.mp3").write_bytes(Path(one).read_bytes() + Path(two).read_bytes())
    sound = read_audio(str(tmp_path / "both.mp3"), 48000)
    assert len(sound) / 48000 == pytest.approx(2.0, abs=0.2)
    for middle in (0.5, 1.6):
        piece = sound[round((middle - 0.25) * 48000) : round((middle + 0.25) * 48000)]
        assert np.argmax(np.abs(np.fft.rfft(piece * np.hanning(len(piece))))) * 2 == pytest.approx(440, abs=4)


@each(("rate", "said"), [(1, True), (999, True), (1000, False), (8000, False)])
def test_a_rate_that_no_recorder_has_is_reported(tmp_path, rate, said):
    """A minute of sound would be read as a month of it."""
    path = Path(write_wav(tmp_path / "x.wav", tone(50, 1.0, 8000), 8000))
    data = path.read_bytes()
    place = data.index(b"fmt ") + 12
    path.write_bytes(data[:place] + struct.pack("<II", rate, 2 * rate) + data[place + 8 :])
    if said:
        with pytest.raises(MediaError, match=f"by its header it has {rate} samples per second"):
            read_audio(str(path), 8000)
    else:
        assert len(read_audio(str(path), 8000)) == pytest.approx(8000 * 8000 / rate, abs=2)


def test_holes_do_not_make_days_of_silence(tmp_path, monkeypatch):
    """Pieces of 0.1 s, a second from one to the next: the holes are filled while there are not too many of them."""
    path = str(tmp_path / "x.mkv")
    with av.open(path, "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8000, layout="mono")
        for second in range(6):
            frame = av.AudioFrame.from_ndarray(np.full((1, 800), 9000, np.int16), "s16", "mono")
            frame.sample_rate, frame.time_base, frame.pts = 8000, Fraction(1, 8000), 8000 * second
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    assert len(read_audio(path, 8000)) == 8000 * 5 + 800
    monkeypatch.setattr(sound_clock, "MOST_SILENCE", 2.0)
    sound = read_audio(path, 8000)
    assert len(sound) == 6 * 800 + 2 * 7200  # two holes of 0.9 s
    assert np.count_nonzero(sound) == 6 * 800


@pytest.mark.parametrize(("what", "shortest", "longest"), [("cut", 20, 31), ("grown", 60, 60), ("gone", 60, 60)])
def test_a_file_that_changes_while_it_is_read_ends_somewhere(tmp_path, what, shortest, longest):
    """A recording of a minute is cut to half, continued with noise, or removed when a third of it is read."""
    path = Path(write_wav(tmp_path / "x.wav", tone(440, 60.0, 8000), 8000))
    seconds = 0.0
    with AudioReader(str(path), 8000) as reader:
        for block in reader.blocks():
            if not seconds:
                if what == "cut":
                    os.truncate(path, 30 * 8000 * 2)
                elif what == "grown":
                    with open(path, "ab") as file:
                        file.write(random.Random(1).randbytes(10 * 8000 * 2))
                else:
                    path.unlink()
            seconds += len(block) / 8000
    assert shortest <= seconds <= longest


def test_the_click_finder_finds_a_click_that_is_off():
    """The tests above would notice: two milliseconds are seen as two milliseconds."""
    sound = clicks([0.502], 1.0, 48000)
    assert click_offsets(sound, [0.5], 48000)[0] == pytest.approx(0.002, abs=0.0001)
    assert CLICK_SECONDS <= 0.002


def test_streams_of_ranges_that_meet_are_whole_though_rounding_makes_them_overlap(tmp_path):
    sound = np.random.default_rng(5).uniform(-0.5, 0.5, 22050 * 3)
    write_wav(tmp_path / "a.wav", sound, 22050)
    path, spans = str(tmp_path / "a.wav"), [(97, 251), (348, 249), (597, 250), (847, 151), (998, 1500)]
    rounded = [sample_range(*span, 22050) for span in spans]
    assert any(first + count > after for (first, count), (after, _) in itertools.pairwise(rounded))
    whole = read_audio(path, 22050)
    found = [np.concatenate(list(blocks)) for blocks in range_streams(path, 22050, 1, spans)]
    for (first, count), stream in zip(rounded, found, strict=True):
        assert np.array_equal(stream, whole[first : first + count])
