"""The steps before a pitch is found: frames, their power, and where a sound is steady, in plain NumPy."""

import numpy as np
import pytest

from lib.audio import pitch
from tests.support.each import each

RANDOM = np.random.default_rng(21)


def joined(*parts):
    """Sounds one after the other, float32, and where each begins and ends."""
    return np.concatenate(parts).astype(np.float32), np.cumsum([0, *map(len, parts)])


@pytest.mark.parametrize(("block", "level", "attack"), [(100, 0.5, 0), (70, 0.1, 40), (100, 0.5, 5000)])
def test_the_steady_part_begins_with_the_first_loud_block(block, level, attack):
    swelling = np.linspace(0, 1, 1000) * np.sin(np.arange(1000))
    parts = [swelling, np.zeros(500), RANDOM.normal(0, 1, 640), np.ones(3), swelling[::-1]]
    sound, bounds = joined(*parts)
    expected = []
    for begin, part in zip(bounds[:-1], parts, strict=True):
        blocks = [part[k : k + block] for k in range(0, len(part) - block + 1, block)] or [part]
        powers = np.array([(np.float32(one).astype(float) ** 2).sum() for one in blocks])
        if len(part) < 64 or not powers.max() > 0:
            expected.append(-1)
            continue
        first = int(np.argmax(powers >= powers.max() * level)) * block
        # The attack, but no more than its share of what is left.
        expected.append(begin + first + min(attack, int((len(part) - first) * 0.2)))
    assert pitch._steady_starts(sound, bounds, block, level, attack).tolist() == expected


def test_frames_are_spread_evenly_windowed_and_without_dc():
    parts = [RANDOM.normal(3, 1, 300), RANDOM.normal(0, 0.01, 100), RANDOM.normal(0, 1, 90)]
    sound, bounds = joined(*parts)
    window = np.hanning(82)[1:-1].astype(np.float32)
    frame_bounds = np.array([0, 5, 6, 8])
    found = pitch._windowed_frames(sound, bounds[:-1], bounds[1:], frame_bounds, window)
    for n, part in enumerate(parts):
        count = frame_bounds[n + 1] - frame_bounds[n]
        for k in range(count):
            first = (len(part) - 80) * k // max(count - 1, 1)
            frame = part[first : first + 80] / np.abs(part).max()
            assert found[frame_bounds[n] + k] == pytest.approx((frame - frame.mean()) * window, abs=1e-5)


def test_power_is_pooled_by_amplitude():
    spectra = (RANDOM.normal(0, 1, (5, 40)) + 1j * RANDOM.normal(0, 1, (5, 40))).astype(np.complex64)
    spectra[1] *= 5
    spectra[2] = 0
    found = pitch._pooled_power(spectra, np.array([0, 3, 5]))
    for n, (first, end) in enumerate([(0, 3), (3, 5)]):
        power = np.abs(spectra[first:end].astype(complex)) ** 2
        energies = power.sum(axis=1)
        heard = energies > 0
        expected = (power[heard] / np.sqrt(energies[heard] * energies.max())[:, None]).sum(axis=0)
        assert found[n] == pytest.approx(expected, rel=1e-4)


def test_the_window_its_autocorrelation_and_the_gain():
    window, overlap, gain = pitch._window(200, 512, 8000)
    hann = np.hanning(202)[1:-1]
    assert window == pytest.approx(hann, abs=1e-6)
    plain = np.array([(hann[: 200 - lag] * hann[lag:]).sum() for lag in range(200)]) / (hann**2).sum()
    assert overlap[:200] == pytest.approx(np.maximum(plain, 0.02), abs=1e-6)
    hz = np.arange(257) * 8000 / 512
    expected = np.where(hz < 20, 0, 1 / (1 + (hz / 1000) ** 2))
    assert gain == pytest.approx(expected, abs=1e-6)


@each(
    ("centre", "half", "hiss", "has"),
    [
        (7000, 150, 0, True),
        (7000, 150, 0.004, True),
        (7000, 150, 0.05, False),
        (2000, 100, 0, False),
        (12_500, 100, 0, False),
    ],
)
def test_the_middle_of_a_narrow_high_band(centre, half, hiss, has):
    hz = np.arange(3000) * 5.0
    power = np.where(np.abs(hz - centre) <= half, 1.0, hiss)
    found = pitch._middle_of_band(power, 5.0)
    assert found == pytest.approx(centre if has else 0, abs=200 if has else 0)


def asked_for(monkeypatch, y, sr=22050):
    """[(length of the frames, their number)] of each transform that measures a sound."""
    asked, real = [], pitch._spectra

    def spectra(joined, starts, ends, frame_bounds, length, sr):
        asked.append((int(length), int(frame_bounds[-1])))
        return real(joined, starts, ends, frame_bounds, length, sr)

    monkeypatch.setattr(pitch, "_spectra", spectra)
    pitch.estimate_hz(y.astype(np.float32), sr)
    return asked


@each(
    ("samples", "length", "count"),
    [
        # Without a fifth of it, or 30 ms (662 samples), in whole steps of 128 samples if it has one.
        (64, 52, 1),
        (200, 128, 1),
        (511, 384, 1),
        (3000, 2304, 1),
        # 186 ms at most: as many as overlap by half, if a step is left, and six at most.
        (4800, 4096, 1),
        (5000, 4096, 2),
        (10_000, 4096, 4),
        (20_000, 4096, 6),
    ],
)
def test_frames_overlap_by_half(monkeypatch, samples, length, count):
    y = np.sign(np.sin(2 * np.pi * 441 / 22050 * np.arange(samples) + 0.1))
    assert asked_for(monkeypatch, y)[0] == (length, count)


@each(("samples", "count"), [(1534, None), (1535, 3), (5000, 9), (8000, 15), (10_000, 16)])
def test_what_glides_is_followed_in_short_frames(monkeypatch, samples, count):
    # From one and a half of 46 ms (1023 samples) on; twice as many as fit, and 16 at most.
    t = np.arange(samples) / 22050
    phase = 2 * np.pi * 300 * np.cumsum(2 ** (3 * np.sin(2 * np.pi * 9 * t))) / 22050
    y = sum(np.sin(k * phase) / k for k in range(1, 6))
    assert asked_for(monkeypatch, y)[1:] == ([] if count is None else [(1023, count)])


def test_a_sound_begins_with_loud_blocks_of_5_ms(monkeypatch):
    asked, real = [], pitch._steady_starts

    def starts(joined, bounds, block, level, attack):
        asked.append((block, round(10 * np.log10(level), 6), attack))
        return real(joined, bounds, block, level, attack)

    monkeypatch.setattr(pitch, "_steady_starts", starts)
    t = np.arange(1500) / 22050
    pitch.estimate_hz(np.sin(2 * np.pi * 300 * 2 ** (40 * t) * t).astype(np.float32))
    # Within 12 dB of the loudest, and 30 ms later; for what glides at once; within 20 dB for low sounds.
    assert asked == [(110, -12, 662), (110, -12, 0), (110, -20, 0)]
