"""Features: against values worked out by hand, and librosa sample by sample."""

import tracemalloc

import librosa
import numpy as np
import pytest

from lib.audio import contrast, features
from lib.audio.features import Features, measure_all, measure_stream
from lib.audio.ranges import read_audio
from tests.support.each import each

RATE = 22050


def tone(hz, seconds=0.5, amplitude=0.5, harmonics=1):
    time = np.arange(round(seconds * RATE)) / RATE
    return sum(amplitude / n * np.sin(2 * np.pi * n * hz * time) for n in range(1, harmonics + 1)).astype(np.float32)


def noise(seconds=0.5, seed=0):
    return (0.3 * np.random.default_rng(seed).standard_normal(round(seconds * RATE))).astype(np.float32)


def plain_power(y):
    rms = np.sqrt((np.abs(librosa.stft(y, pad_mode="reflect")) ** 2).mean(axis=0))
    return np.average(rms, weights=np.arange(len(rms), 0, -1) ** 2)


def plain_contrast(y):
    separated = librosa.decompose.hpss(librosa.stft(y, pad_mode="reflect"), margin=4)[0]
    magnitude = np.abs(librosa.stft(librosa.istft(separated, length=len(y)), pad_mode="reflect"))
    frequencies = librosa.fft_frequencies(sr=RATE)
    pitched = magnitude[(frequencies >= 150) & (frequencies <= 4000)]
    frame = (pitched**2).sum(axis=0).argmax()
    return librosa.feature.spectral_contrast(S=magnitude, sr=RATE)[:, frame].mean()


def test_power_of_one_frame_is_its_rms_over_the_bins():
    # 500 samples have one frame. By Parseval, the sum of |S|² over all 2048 bins is 2048 · Σ(w·y)².
    y = noise()[:500]
    windowed = np.pad(y, 1024, mode="reflect")[:2048] * np.hanning(2049)[:-1]
    spectrum = np.fft.fft(windowed)
    half = (2048 * (windowed**2).sum() + abs(spectrum[0]) ** 2 + abs(spectrum[1024]) ** 2) / 2
    assert measure_all([y])[0].power == pytest.approx(np.sqrt(half / 1025), rel=1e-5)


def test_power_weighs_the_attack():
    # Two frames of RMS 1 and 3: weights 4 and 1.
    assert features.power_of(np.array([1.0, 3.0])) == pytest.approx((4 * 1 + 1 * 3) / 5)
    loud_first = noise() * np.linspace(1, 0, RATE // 2, dtype=np.float32)
    first, last = measure_all([loud_first, loud_first[::-1].copy()])
    assert first.power > 1.5 * last.power


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.08, 0.2, 1.0])
def test_power_is_that_of_librosas_spectrum_and_grows_with_amplitude(seconds):
    y = tone(440, seconds, harmonics=5)
    ours, double = measure_all([y, 2 * y])
    assert ours.power == pytest.approx(plain_power(y), rel=1e-4)
    assert double.power == pytest.approx(2 * ours.power, rel=1e-5)


@each(("hz", "note", "octave"), [(440.0, "A", 4), (261.63, "C", 4), (554.37, "C#", 5), (110.0, "A", 2)])
def test_a_tone_has_its_hz_and_note(hz, note, octave):
    measured = measure_all([tone(hz, harmonics=6)])[0]
    assert measured.hz == pytest.approx(hz, rel=0.005)
    assert (measured.note, measured.octave) == (note, octave)


def test_what_is_not_periodic_has_its_lowest_spectral_peak():
    frame = np.full(1025, 0.01)
    frame[60], frame[59], frame[61] = 1.0, 0.5, 0.5  # 60 · 22050 / 2048 Hz
    frame[100] = 5.0
    frame[10] = 9.0  # 108 Hz: below the range
    assert features.lowest_peak(frame) == pytest.approx(60 * RATE / 2048)
    frame[72] = 2.0  # higher, and nearer than 18 bins: the one at 60 belongs to it
    assert features.lowest_peak(frame) == pytest.approx(72 * RATE / 2048, rel=0.01)
    assert features.lowest_peak(np.zeros(1025)) == features.NO_HZ


def test_contrast_of_known_bands():
    # Each octave band has a tenth of its bins at 1 and the others at 0.001: 30 dB (magnitudes, 10 log10) in every band.
    frame = np.full(1025, 0.001)
    frame[::5] = 1.0
    assert contrast.contrast_of(frame) == pytest.approx(30.0, abs=1e-5)
    assert contrast.contrast_of(np.zeros(1025)) == 0.0
    assert contrast.contrast_of(np.full(1025, 7.0)) == pytest.approx(0.0)


def test_a_band_without_content_does_not_count():
    # The lower bands hold 1 and 0.001 (30 dB), the two highest nothing at all: the mean is that of the lower ones.
    frame = np.zeros(1025)
    end = contrast.contrast_bands()[5][0]
    frame[:end] = 0.001
    frame[:end:5] = 1.0
    assert contrast.contrast_of(frame) == pytest.approx(30, abs=1e-5)


@pytest.mark.slow
def test_contrast_bands_are_librosas():
    rng = np.random.default_rng(0)
    magnitude = rng.random((1025, 30)) + 0.01
    expected = librosa.feature.spectral_contrast(S=magnitude, sr=RATE).mean(axis=0)
    ours = [contrast.contrast_of(frame) for frame in magnitude.T]
    np.testing.assert_allclose(ours, expected, rtol=1e-5)


@pytest.mark.slow
def test_clarity_stays_on_the_scale_of_the_plain_way_and_does_not_hang_on_rounding():
    sounds = [tone(330, 0.4, harmonics=8) * np.exp(-np.arange(8820) / 4000).astype(np.float32) + noise(0.4, n) * 0.02
              for n in range(6)]  # fmt: skip
    ours = [m.clarity for m in measure_all(sounds)]
    np.testing.assert_allclose(ours, [plain_contrast(y) for y in sounds], atol=4.0)
    shaken = [
        y + np.float32(2e-6) * np.random.default_rng(9).standard_normal(len(y)).astype(np.float32) for y in sounds
    ]
    np.testing.assert_allclose(ours, [m.clarity for m in measure_all(shaken)], atol=0.3)


def test_clarity_ranks_clean_notes_above_speech_above_noise(sample_media):
    speech = read_audio(str(sample_media / "speech.mp3"), RATE)
    words = [speech[n : n + RATE // 3] for n in range(RATE, 10 * RATE, RATE)]
    medians = [
        np.median([m.clarity for m in measure_all(sounds)])
        for sounds in (
            [tone(hz, 0.4, harmonics=n) for n, hz in enumerate((196, 262, 330, 440), 1)],
            words,
            [noise(0.4, n) for n in range(5)],
        )
    ]
    assert medians[0] > medians[1] > medians[2]


def test_silence_has_no_pitch_and_dc_no_note():
    nothing = Features(0.0, -1.0, 0.0, "-", -1)
    assert measure_all([np.zeros(5000, np.float32), np.zeros(0, np.float32)]) == [nothing, nothing]
    steady = measure_all([np.full(5000, 0.5, np.float32)])[0]
    assert np.isfinite([steady.power, steady.hz, steady.clarity]).all()


@pytest.mark.slow
def test_measuring_does_not_depend_on_threads_or_company():
    sounds = [
        tone(100 + 7 * n, 0.08 + 0.01 * n) + noise(0.08 + 0.01 * n, n)[: len(tone(100, 0.08 + 0.01 * n))]
        for n in range(60)
    ]
    alone = [measure_all([y])[0] for y in sounds]
    assert measure_all(sounds) == measure_all(sounds, threads=2)
    for ours, single in zip(measure_all(sounds), alone, strict=True):
        assert ours.hz == single.hz
        assert ours.power == pytest.approx(single.power, rel=1e-6)
        assert ours.clarity == pytest.approx(single.clarity, abs=0.01)


@pytest.mark.slow
def test_a_sample_of_minutes_is_measured_by_its_beginning_but_its_power_by_all():
    y = np.concatenate([tone(440, 11.0), np.zeros(11 * RATE, np.float32)])
    measured = measure_all([y])[0]
    assert measured.power == pytest.approx(plain_power(y), rel=1e-3)
    assert measured.note == "A"


@each("length", [1, 2, 30, 661])
def test_a_sample_of_a_few_values_is_measured_too(length):
    measured = measure_all([noise()[:length]])[0]
    assert np.isfinite([measured.power, measured.hz, measured.clarity]).all()
    assert measured.power > 0


@each(("size", "count"), [(1, 1), (5, 2), (5, 5), (200, 10)])
def test_the_means_of_the_extremes_are_those_of_the_sorted_values(size, count):
    orders = np.random.default_rng(size).permutation(size), np.arange(size), np.arange(size)[::-1] // 2
    for values in np.array(orders, np.float32):
        ordered = np.sort(np.maximum(values, 1.5))
        found = contrast._means_of_extremes(values, 1.5, count)
        assert found == pytest.approx((ordered[:count].mean(), ordered[-count:].mean()), abs=1e-12)


@pytest.mark.slow
def test_a_long_sample_in_one_piece_is_measured_in_parts():
    def peak_of(seconds):
        sound = tone(440, seconds)
        tracemalloc.start()
        try:
            found = measure_stream(iter([sound]))
            return found, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    measure_stream(iter([tone(440, 11)]))  # loads the kernels, which tracing slows down
    (_, short), (found, long) = peak_of(22), peak_of(52)
    assert found.hz == pytest.approx(440, rel=1e-3)
    # The spectra of 30 s more would take 40 MB; what grows is a number for each frame.
    assert long < short + 4e6
