"""Fingerprints are librosa's MFCCs and their deltas, whatever the sample; files are decoded once and cached."""

import os
import warnings

import librosa
import numpy as np
import pytest

from lib.audio.fingerprints import (
    GROUP,
    SIZE,
    FingerprintJob,
    cache_keys,
    file_fingerprints,
    fingerprint,
    fingerprints,
    mel_levels,
)
from lib.audio.ranges import read_audio
from lib.audio.spectra import ANALYSIS_RATE
from lib.errors import MediaError, NoAudioError
from lib.io.caches import ArrayCache
from tests.support.each import each
from tests.support.media_factory import struck, tone, write_wav

RNG = np.random.default_rng(1)
FADING_NOISE = (RNG.standard_normal(9000) * np.exp(-np.arange(9000) / 3000)).astype(np.float32)


def plain(sound):
    """What a user would write with librosa for one sample."""
    sound = sound[:ANALYSIS_RATE]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sounds shorter than a frame
        mel = librosa.feature.melspectrogram(
            y=sound, sr=ANALYSIS_RATE, n_fft=2048, hop_length=512, n_mels=128, pad_mode="reflect"
        )
        # No smallest amplitude: quiet samples have the same 80 dB as loud ones.
        levels = librosa.amplitude_to_db(mel, ref=np.max, amin=1e-30, top_db=80)
        mfcc = librosa.feature.mfcc(S=levels, n_mfcc=13)
        deltas = [librosa.feature.delta(mfcc, width=9, order=order, mode="nearest") for order in (1, 2)]
    values = np.concatenate([part.mean(axis=1) for part in (mfcc, *deltas)])
    return (values - values.mean()) / values.std()


@pytest.mark.slow
@pytest.mark.parametrize(
    "sound",
    [
        struck(440, 0.5),
        struck(3000, 0.09),
        FADING_NOISE,
        FADING_NOISE[::-1].copy(),
        FADING_NOISE * np.float32(1e-4),
        np.concatenate([tone(200, 0.2, ANALYSIS_RATE), tone(1500, 0.3, ANALYSIS_RATE)]),
        RNG.standard_normal(3 * ANALYSIS_RATE).astype(np.float32),
    ],
    ids=["note", "short", "fading", "swelling", "quiet", "two tones", "3 s"],
)
def test_a_fingerprint_is_what_librosa_gives(sound):
    assert fingerprint(sound) == pytest.approx(plain(sound), abs=1e-4)


@pytest.mark.parametrize(
    "samples", [1, 2, 3, 300, 511, 512, 513, 1024, 1025, 2047, 2048, 4096, ANALYSIS_RATE - 1, ANALYSIS_RATE]
)
def test_samples_of_any_length_work(samples):
    # One frame, fewer frames than the deltas are wide, sounds shorter than the mirrored edge.
    sound = np.random.default_rng(samples).standard_normal(samples).astype(np.float32)
    assert fingerprint(sound) == pytest.approx(plain(sound), abs=1e-4)


def test_only_the_first_second_counts():
    sound = RNG.standard_normal(2 * ANALYSIS_RATE).astype(np.float32)
    changed = sound.copy()
    changed[ANALYSIS_RATE:] = 0
    assert (fingerprint(sound) == fingerprint(changed)).all()
    changed[ANALYSIS_RATE - 1] = 9
    assert (fingerprint(sound) != fingerprint(changed)).any()


def test_levels_end_80_below_the_maximum():
    # A whisper after a bang: the second is 120 dB (of power, as 20 log10 counts it 240) weaker.
    sound = np.concatenate([tone(1000, 0.3, ANALYSIS_RATE), 1e-6 * tone(1000, 0.3, ANALYSIS_RATE)])
    levels = mel_levels(sound)
    assert levels.max() == 0
    assert levels.min() == pytest.approx(-80)
    # 40 dB less power are 80 in 20 log10: a tone that is 30 dB weaker stands 60 lower.
    softer = np.concatenate([tone(1000, 0.3, ANALYSIS_RATE), 10**-1.5 * tone(1000, 0.3, ANALYSIS_RATE)])
    assert mel_levels(softer)[-4].max() == pytest.approx(-60, abs=0.5)


def test_a_fingerprint_is_standardised_and_does_not_know_the_level():
    vector = fingerprint(FADING_NOISE)
    assert vector.shape == (SIZE,) == (39,)
    assert vector.mean() == pytest.approx(0, abs=1e-6)
    assert vector.std() == pytest.approx(1, abs=1e-6)
    # A quarter is exact in floating point.
    assert (fingerprint(FADING_NOISE / 4) == vector).all()


def test_a_steady_sound_has_no_deltas():
    # 8 periods in a hop: all frames are alike, and the 26 means of deltas are all the same.
    steady = np.cos(2 * np.pi * 8 / 512 * np.arange(512 * 20 + 1)).astype(np.float32)
    vector = fingerprint(steady)
    assert np.ptp(vector[13:]) < 1e-3
    assert np.ptp(vector[:13]) > 1


@each(
    "sound",
    [np.zeros(0), np.zeros(1), np.zeros(5000), np.full(3000, np.nan), np.full(3000, 3e38), [np.inf, *np.zeros(99)]],
    ids=["empty", "one zero", "silence", "NaN", "overflow", "infinity"],
)
def test_what_has_no_fingerprint_is_zeros(sound):
    assert not fingerprint(np.asarray(sound, np.float32)).any()


def test_threads_and_company_change_nothing():
    sounds = [RNG.standard_normal(n).astype(np.float32) for n in RNG.integers(1, 20000, 21)]
    alone = np.stack([fingerprint(sound) for sound in sounds])
    for threads in (1, 2, 5, 50):
        assert fingerprints(sounds, threads).tobytes() == alone.tobytes()
    assert fingerprints([]).shape == (0, SIZE)


@pytest.fixture
def song(tmp_path):
    sound = RNG.standard_normal(ANALYSIS_RATE * 4) * 0.1
    return write_wav(tmp_path / "song.wav", sound, ANALYSIS_RATE)


def test_samples_of_a_file_in_any_order(song, tmp_path):
    spans = ((2500.0, 300.0), (0.0, 100.0), (0.0, 4000.0), (2500.0, 300.0), (3900.0, 500.0), (9000.0, 200.0))
    found = file_fingerprints(FingerprintJob(str(tmp_path), "song.wav", spans))
    whole = read_audio(song, ANALYSIS_RATE)
    ms = ANALYSIS_RATE / 1000
    for row, (start, length) in enumerate(spans[:5]):
        sound = whole[round(start * ms) : round(start * ms) + round(length * ms)]
        assert (found.vectors[row] == fingerprint(sound)).all()
    assert np.isnan(found.vectors[5]).all()  # after the end: no sound
    assert found.note == ""
    assert len(file_fingerprints(FingerprintJob(str(tmp_path), "song.wav", ())).vectors) == 0


def test_what_is_measured_is_in_the_cache(song, tmp_path):
    cache = str(tmp_path / "cache.db")
    spans = tuple((float(n * 5), 60.0) for n in range(GROUP + 5))
    found = file_fingerprints(FingerprintJob(str(tmp_path), "song.wav", spans, cache, threads=2))
    with ArrayCache(cache, SIZE) as store:
        kept = store.get(cache_keys(str(tmp_path), "song.wav", spans))
    assert np.stack([kept[n] for n in range(len(spans))]).tobytes() == found.vectors.tobytes()


def test_keys_hold_all_that_a_fingerprint_is_made_from(song, tmp_path):
    def keys(*spans, name="song.wav"):
        return cache_keys(str(tmp_path), name, spans)

    (old,) = keys((100, 200))
    assert keys((100, 200)) == [old]
    assert keys((100, 200), (100, 201), (101, 200))[0] == old
    assert len(set(keys((100, 200), (100, 201), (101, 200), (100.5, 200)))) == 4
    # Only the first second counts.
    assert len(set(keys((0, 1000), (0, 1001), (0, 5000)))) == 1
    (tmp_path / "copy.wav").write_bytes((tmp_path / "song.wav").read_bytes())
    stat = os.stat(song)
    os.utime(tmp_path / "copy.wav", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert keys((100, 200), name="copy.wav") != [old]
    # Other content of the same name, size and time.
    data = bytearray((tmp_path / "song.wav").read_bytes())
    data[-1] ^= 1
    (tmp_path / "song.wav").write_bytes(data)
    os.utime(song, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert keys((100, 200)) != [old]
    assert keys((100, 200), name="nothing.wav") == []


def test_a_file_that_cannot_be_read_says_so(tmp_path):
    (tmp_path / "text.mp3").write_text("not a song")
    with pytest.raises(MediaError):
        file_fingerprints(FingerprintJob(str(tmp_path), "text.mp3", ((0.0, 100.0),), str(tmp_path / "c.db")))
    with pytest.raises(MediaError):
        file_fingerprints(FingerprintJob(str(tmp_path), "missing.mp3", ((0.0, 100.0),), str(tmp_path / "c.db")))
    write_wav(tmp_path / "empty.wav", np.zeros(0), ANALYSIS_RATE)
    with pytest.raises(NoAudioError):
        file_fingerprints(FingerprintJob(str(tmp_path), "empty.wav", ((0.0, 100.0),)))


def test_a_pipe_is_not_a_recording_and_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    assert cache_keys(str(tmp_path), "pipe.wav", [(0.0, 100.0)]) == []
    with pytest.raises(MediaError, match="is not a file"):
        file_fingerprints(FingerprintJob(str(tmp_path), "pipe.wav", ((0.0, 100.0),), str(tmp_path / "c.db"), 1))
