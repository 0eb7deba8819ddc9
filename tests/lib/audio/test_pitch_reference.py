"""How measurements of frames become the pitch of a sample, by plain Python: with measurements that are drawn."""

import numpy as np
import pytest

from lib.audio import pitch

RANDOM = np.random.default_rng(2)


@pytest.fixture(autouse=True)
def seeded():
    """Draw the same numbers in each test, whatever ran before."""
    RANDOM.bit_generator.state = np.random.default_rng(2).bit_generator.state


def drawn_samples(count, longest):
    """(Start of the steady part, or -1, end) of samples that follow each other; what was found of each so far."""
    bounds = np.cumsum([0, *RANDOM.integers(1, longest, count)])
    starts = bounds[:-1] + RANDOM.integers(0, 20, count)
    starts = np.where((RANDOM.random(count) < 0.2) | (starts >= bounds[1:]), -1, starts)
    out = np.column_stack([
        RANDOM.choice([0, 100, 300.0], count), RANDOM.choice([0.3, 0.5, 0.7, 0.91, 0.92, 0.93], count),
        RANDOM.choice([0.5, 0.87, 0.88, 0.9], count), RANDOM.uniform(0.5, 1, count),
    ])  # fmt: skip
    return bounds, starts, out


def test_gliding_voices_by_brute_force(monkeypatch):
    """At 1000 samples a second: frames of 46, from one and a half of them on."""
    asked, told = {}, {}

    def spectra(joined, starts, ends, frame_bounds, length, sr):
        asked.update(starts=starts.tolist(), ends=ends.tolist(), bounds=frame_bounds.tolist(), length=length)
        # Energies in steps, so that a quarter of the loudest is met exactly.
        made = RANDOM.choice([1.0, 2.0, 4.0], (frame_bounds[-1], 1)) * np.array([[1, 1j]])
        told["energies"] = (np.abs(made) ** 2).sum(axis=1)
        return made, 64

    def measured(power, length, size, sr):
        assert (length, size, sr) == (46, 64, 1000)
        assert power.sum(axis=1) == pytest.approx(told["energies"])
        count = len(power)
        told["frames"] = np.column_stack([
            RANDOM.choice([0, 64.6, 3 / 0.0464, 3 / 0.0464, 64.7, 120], count),
            RANDOM.choice([0.59, 0.6, 0.75, 1.0], count),
            np.zeros((count, 3)),
        ])  # fmt: skip
        return told["frames"]

    monkeypatch.setattr(pitch, "_spectra", spectra)
    monkeypatch.setattr(pitch, "_measured", measured)
    changed = kept = 0
    for _ in range(60):
        bounds, starts, out = drawn_samples(8, 900)
        before = out.copy()
        asked.clear()
        pitch._follow_short_frames(out, np.zeros(bounds[-1]), starts, bounds[1:], 1000)
        chosen = [
            n for n in range(8)
            if starts[n] >= 0 and bounds[n + 1] - starts[n] >= 69 and before[n, 1] < 0.92 and before[n, 2] < 0.88
        ]  # fmt: skip
        if not chosen:
            assert not asked
            assert np.array_equal(out, before)
            continue
        counts = [min(int(2 * (bounds[n + 1] - starts[n]) / 46), 16) for n in chosen]
        assert asked["bounds"] == np.cumsum([0, *counts]).tolist()
        assert (asked["starts"], asked["ends"]) == (starts[chosen].tolist(), bounds[1:][chosen].tolist())
        expected, place = before.copy(), 0
        for n, count in zip(chosen, counts, strict=True):
            rows, energies = told["frames"][place : place + count], told["energies"][place : place + count]
            place += count
            loud = [row for row, energy in zip(rows, energies, strict=True) if energy >= max(energies) / 4]
            voiced = [row for row in loud if row[0] > 0 and row[1] >= 0.6]
            if 2 * len(voiced) < len(loud) or not voiced:
                continue
            mean, middle = sum(row[1] for row in voiced) / len(loud), np.median([row[0] for row in voiced])
            # More periodic by 0.03 than the whole, with three periods in a frame of 46.4 ms.
            if mean > before[n, 1] + 0.03 and middle > 3 / 0.0464:
                expected[n, :2] = middle, mean
        assert out == pytest.approx(expected)
        changed += (out != before).any(axis=1).sum()
        kept += len(chosen)
    assert changed > 10
    assert kept - changed > 60


def test_short_low_sounds_by_brute_force(monkeypatch):
    """Those of less than 5.5 periods of 26 Hz are compared with themselves, from 20 dB below their loudest on."""
    calls = []

    def low_pitch(y, sr, known, rings, steady):
        calls.append((y.tolist(), sr, known, rings, steady))
        return (0.9, 0.8) if len(calls) % 3 else (0.0, 0.0)

    def swelling(joined, bounds, block, level, attack):
        assert (block, attack) == (5, 0)
        assert level == pytest.approx(0.01)
        return np.where(bounds[:-1] % 2, bounds[:-1], bounds[:-1] + 1)

    monkeypatch.setattr(pitch, "low_pitch", low_pitch)
    monkeypatch.setattr(pitch, "_steady_starts", swelling)
    limit = int(5.5 * 1000 / 26)
    for _ in range(20):
        bounds, starts, out = drawn_samples(7, 2 * limit)
        starts[0], bounds[1] = bounds[0], bounds[0] + limit - RANDOM.integers(0, 2)  # just as long, or one less
        bounds[2:] = np.maximum(bounds[2:], bounds[1] + 30)
        before, joined = out.copy(), RANDOM.normal(size=bounds[-1])
        calls.clear()
        pitch._compare_periods(out, joined, starts, bounds, 1000)
        expected, count = before.copy(), 0
        for n in range(7):
            if starts[n] < 0 or bounds[n + 1] - starts[n] >= limit:
                continue
            begin = bounds[n] if bounds[n] % 2 else bounds[n] + 1
            assert calls[count] == (
                joined[begin : bounds[n + 1]].tolist(), 1000, before[n, 0], before[n, 2] >= 0.88,
                bounds[n + 1] - starts[n],
            )  # fmt: skip
            count += 1
            if count % 3:
                expected[n, :2] = 0.9, 0.8
        assert len(calls) == count
        assert np.array_equal(out, expected)


def test_steady_parts_by_brute_force(monkeypatch):
    """At 1000 Hz: frames of 128 samples at most (186 ms, in steps of 128), or all of a shorter sound."""
    asked, knocked = {}, []

    def spectra(joined, starts, ends, frame_bounds, length, sr):
        asked[int(length)] = list(zip(starts.tolist(), ends.tolist(), np.diff(frame_bounds).tolist(), strict=True))
        return np.full((frame_bounds[-1], 1), float(length)), 100 + int(length)

    def measured(power, length, size, sr):
        assert (size, sr) == (100 + length, 1000)
        return np.array([[RANDOM.choice([0, 200.0]), 0.1, 0.2, 0.3, RANDOM.choice([0, 50.0])] for _ in power])

    def knocks(y, low, strong, sr):
        knocked.append((y.tolist(), low, strong, sr))
        return len(knocked) % 2 == 0

    def power_of(found, bounds):
        return np.array([[float(n)] for n in range(len(bounds) - 1)])

    monkeypatch.setattr(pitch, "_spectra", spectra)
    monkeypatch.setattr(pitch, "_pooled_power", power_of)
    monkeypatch.setattr(pitch, "_measured", lambda *given: told.append(measured(*given)) or told[-1])
    monkeypatch.setattr(pitch, "knocks", knocks)
    monkeypatch.setattr(pitch, "_middle_of_band", lambda power, step: 5000 + power[0] + step)
    for _ in range(30):
        bounds, starts, out = drawn_samples(9, 600)
        joined, told = RANDOM.normal(size=bounds[-1]), []
        asked.clear()
        knocked.clear()
        expected, count = out.copy(), 0
        pitch._pool_long_frames(out, joined, starts, bounds[1:], 1000)
        lengths = {}
        for n in range(9):
            if starts[n] >= 0:
                lengths.setdefault(min(int(bounds[n + 1] - starts[n]), 128), []).append(n)
        assert sorted(asked) == sorted(lengths)
        for (length, rows), found in zip(sorted(lengths.items()), told, strict=True):
            for place, n in enumerate(rows):
                spare = bounds[n + 1] - starts[n] - length
                # One frame, or as many as overlap by half, six at most.
                frames = 1 if spare < 128 else min(1 + -(-2 * spare // length), 6)
                assert asked[length][place] == (starts[n], bounds[n + 1], frames)
                hz, *rest, replaced = found[place]
                if replaced:
                    assert knocked[count] == (joined[starts[n] : bounds[n + 1]].tolist(), hz, replaced, 1000)
                    count += 1
                    hz = hz if count % 2 else replaced
                expected[n] = [hz or 5000 + place + 1000 / (100 + length), *rest]
        assert len(knocked) == count
        assert out == pytest.approx(expected)


@pytest.mark.parametrize("step", [5.0, 11.0])
def test_the_middle_of_a_band_by_brute_force(step):
    found = 0
    for _ in range(150):
        power = RANDOM.uniform(0, 1, 1500) * RANDOM.choice([1e-5, 2e-4, 1e-3])
        centre, width = RANDOM.integers(300, 1450), RANDOM.integers(1, 200)
        power[max(centre - width, 0) : centre + width] += RANDOM.uniform(0, 1)
        sums, half = np.cumsum(power).tolist(), power.sum() / 2
        middle = next(n for n in range(1500) if sums[n] >= half)
        low, high = int(middle / 2**0.2), min(int(middle * 2**0.2), 1499)
        inside = 4000 <= middle * step <= 12_000 and sums[high] - sums[low] >= 0.75 * sums[-1]
        assert pitch._middle_of_band(power, step) == (middle * step if inside else 0)
        found += inside
    assert 10 < found < 140


def test_how_pitched_counts_how_clear_it_is(monkeypatch):
    monkeypatch.setattr(pitch, "_pool_long_frames", lambda out, *_: out.__setitem__(..., [[220, 0.95, 0.5, 0.5]] * 2))
    monkeypatch.setattr(pitch, "_compare_periods", lambda *_: None)
    monkeypatch.setattr(pitch, "_follow_short_frames", lambda *_: pytest.fail("all are steady"))
    found = pitch.pitches_of([np.ones(100, np.float32), np.ones(50, np.float32)])
    assert found.tolist() == [[220, 0.475]] * 2
    followed = []
    monkeypatch.setattr(
        pitch, "_pool_long_frames", lambda out, *_: out.__setitem__(..., [[220, 0.95, 0, 1], [1, 0.9, 0, 1]])
    )
    monkeypatch.setattr(pitch, "_follow_short_frames", lambda *given: followed.append(given))
    pitch.pitches_of([np.ones(100, np.float32), np.ones(50, np.float32)])
    assert len(followed) == 1


@pytest.mark.parametrize(
    ("length", "sr"), [(128, 22_050), (4096, 22_050), (52, 22_050), (1023, 22_050), (8192, 44_100)]
)
def test_transforms_hold_a_frame_and_its_longest_lag(length, sr):
    """Which is that of 26 Hz, and two more for the maximum; or four fifths of the frame."""
    size, lags = pitch._sizes(length, sr)
    assert lags == min(sr // 26 + 3, 4 * length // 5)
    assert size >= length + lags
    assert size % 2 == 0
    assert size < 1.2 * (length + lags) + 8
    # Real transforms are quick for products of 2, 3 and 5 (or one less, if that is odd).
    assert any(2**40 * 3**30 * 5**20 % least == 0 for least in (size, size - 1))


def test_a_band_at_the_limits():
    def middle(*places):
        power = np.zeros(3000)
        for place, value in places:
            power[place] += value
        return pitch._middle_of_band(power, 5.0)

    for hz, found in ((3995, 0), (4000, 4000), (12_000, 12_000), (12_005, 0)):
        assert middle((hz // 5, 1.0)) == found
    # Three quarters of the power within a fifth of an octave are enough; what is in the last bin counts.
    assert middle((1000, 3.0), (1, 1.0)) == middle((1000, 3.0), (2999, 1.0)) == 5000
    assert middle((1000, 3.0), (1, 1.001)) == middle((1000, 3.0), (2999, 1.001)) == 0


def test_less_than_20_hz_does_not_count():
    gain = pitch._window(200, 2048, 8000)[2]
    hz = np.arange(1025) * 8000 / 2048
    assert gain == pytest.approx(np.where(hz < 20, 0, 1 / (1 + (hz / 1000) ** 2)), abs=1e-6)


def test_what_is_left_of_dc_is_silence():
    spectra = np.zeros((3, 40), np.complex64)
    spectra[0] = 1e-6 + 1e-6j  # of a power of 80 times 1e-12: less than 1600 times that
    spectra[1], spectra[2] = 1, 4e-6 + 8e-6j  # two times 1600 times that
    found = pitch._pooled_power(spectra, np.array([0, 1, 3]))
    assert not found[0].any()
    assert found[1] == pytest.approx(np.full(40, 1 / 40 + 80e-12 / np.sqrt(40 * 3200e-12)), rel=1e-4)


def test_at_a_low_rate_a_block_has_one_sample(monkeypatch):
    blocks, real = [], pitch._steady_starts
    monkeypatch.setattr(pitch, "_steady_starts", lambda *given: blocks.append(given[2]) or real(*given))
    monkeypatch.setattr(pitch, "low_pitch", lambda *_: (0.0, 0.0))
    pitch._compare_periods(np.zeros((1, 4)), np.ones(70, np.float32), np.array([0]), np.array([0, 20]), 200)
    assert blocks == [1]


def test_sounds_have_the_rate_of_the_analysis_unless_it_is_said():
    y = np.sin(0.1 * np.arange(400)).astype(np.float32)
    assert pitch.estimate_hz(y) == pitch.estimate_hz(y, 22_050) == pitch.pitches_of([y])[0, 0] > 0
    assert pitch.estimate_hz(y, 44_100) == pytest.approx(2 * pitch.estimate_hz(y), rel=0.01)
