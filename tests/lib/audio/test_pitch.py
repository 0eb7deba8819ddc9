import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.audio.pitch import estimate_hz, pitches_of
from tests.support.each import each

RATE = 22050


def tone(partials, ms=300, rate=RATE, seed=1):
    """Sum of sines: {hz: amplitude}, with phases of their own, float32."""
    t = np.arange(round(ms * rate / 1000)) / rate
    phases = np.random.default_rng(seed).uniform(0, 2 * np.pi, len(partials))
    y = sum(a * np.sin(2 * np.pi * hz * t + p) for (hz, a), p in zip(partials.items(), phases) if hz < rate / 2)
    return np.asarray(y, dtype=np.float32)


def sawtooth(hz, ms=300, rate=RATE):
    return tone({k * hz: 1 / k for k in range(1, 200) if k * hz < 10000}, ms, rate)


def cents(found, wanted):
    return 1200 * math.log2(found / wanted) if found > 0 else -math.inf


def noise(ms, seed, rate=RATE):
    return np.random.default_rng(seed).standard_normal(round(ms * rate / 1000)).astype(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize("hz", [41.2, 55.0, 98.0, 110.3, 220.0, 440.0, 1000.0, 1975.53, 2637.0, 4186.01, 4950.0])
def test_a_sine_has_its_frequency(hz):
    assert abs(cents(estimate_hz(tone({hz: 0.3})), hz)) < 2


@each(("hz", "octaves", "rate"), [(5300.0, 0.1, 22), (7900.0, 0.12, 38), (9100.0, 0.06, 14)])
@each("seconds", [0.15, 0.6])
def test_a_high_trill_has_a_frequency_within_it(hz, octaves, rate, seconds):
    t = np.arange(round(seconds * RATE)) / RATE
    trill = hz * 2 ** (octaves * np.sin(2 * np.pi * rate * t))
    y = np.sin(2 * np.pi * np.cumsum(trill) / RATE) * np.hanning(len(t))
    y += np.random.default_rng(3).standard_normal(len(t)) * 0.02
    assert trill.min() <= estimate_hz(y.astype(np.float32)) <= trill.max()


def test_a_band_of_hiss_is_no_trill():
    hiss = np.fft.rfft(noise(400, 4))
    hz = np.fft.rfftfreq(2 * len(hiss) - 2, 1 / RATE)
    assert estimate_hz(np.fft.irfft(hiss * ((hz > 5000) & (hz < 9000))).astype(np.float32)) == 0.0


def test_a_small_bell_of_beating_pairs_keeps_its_lowest_mode():
    """Short frames, in which its modes are not apart, do not decide."""
    partials = {1.0: 1.0, 2.75: 0.5, 2.76: 0.4, 3.02: 1.0, 3.03: 0.6, 5.4: 0.8, 6.03: 0.2}
    y = tone({1397 * ratio: level for ratio, level in partials.items()}, 700)
    y += noise(700, 2) * np.exp(-np.arange(len(y)) / 400) * 0.5
    assert abs(cents(estimate_hz(y), 1397)) < 20


@each("hz", [27.5, 30.87, 65.41, 130.8, 261.63, 523.25, 1046.5, 2093.0, 4186.01])
@each("ms", [150, 600])
def test_a_sawtooth_has_its_fundamental_from_a0_to_c8(hz, ms):
    assert abs(cents(estimate_hz(sawtooth(hz, ms)), hz)) < 5


@each("hz", [49.0, 82.41, 196.0, 440.0, 1318.5])
def test_80_ms_are_enough_for_all_but_the_lowest_notes(hz):
    assert abs(cents(estimate_hz(sawtooth(hz, 80)), hz)) < 5


@each("hz", [27.5, 30.87, 36.71, 43.65])
@each("ms", [100, 125])
def test_three_periods_of_a_bass_with_a_faint_fundamental_have_its_note(hz, ms):
    # As of a piano: the third to the eighth partial are the loudest, and stiffness makes them sharp.
    levels = {1: -26, 2: -12, 3: -3, 4: 0, 5: -2, 6: -3, 7: -6, 8: -6, 9: -12, 10: -12}
    partials = {k * hz * math.sqrt(1 + 1e-4 * k * k): 10 ** (db / 20) for k, db in levels.items()}
    found = [estimate_hz(tone(partials, ms, seed=seed)) for seed in range(8)]
    assert max(abs(cents(f, hz)) for f in found) < 50


def bass(hz, gain, seed):
    """A bass of a faint fundamental, whose frequency (Hz) and gain (dB) are those of each moment: float32."""
    phase = 2 * np.pi * np.cumsum(hz) / RATE
    levels = {1: -26, 2: -12, 3: -3, 4: 0, 5: -2, 6: -3, 7: -6, 8: -6, 9: -12, 10: -12}
    begins = np.random.default_rng(seed).uniform(0, 2 * np.pi, len(levels))
    y = sum(10 ** (db / 20) * np.sin(k * phase + begin) for (k, db), begin in zip(levels.items(), begins))
    return np.asarray(y * 10 ** (gain / 20), np.float32)


@each(("hz", "bent"), [(27.5, 2.0), (30.87, 2.0), (30.87, -1.5), (41.2, -1.5)])
def test_a_string_that_slides_to_its_note_has_the_note_of_its_end(hz, bent):
    t = np.arange(round(0.09 * RATE)) / RATE
    slide = hz * 2 ** (bent / 12 * np.exp(-t / 0.035))  # less than a sixth of a semitone is left at the end
    found = [estimate_hz(bass(slide, 0.0, seed)) for seed in range(8)]
    assert max(abs(cents(f, hz)) for f in found) < 50


@each("hz", [27.5, 30.87, 34.65, 41.2])
def test_a_bass_that_swells_until_it_ends_has_its_note(hz):
    # From 20 dB below: for two fifths of its 90 ms it is more than 12 dB below its loudest.
    t = np.arange(round(0.09 * RATE)) / RATE
    found = [estimate_hz(bass(np.full(len(t), hz), 20 * (t / t[-1] - 1), seed)) for seed in range(8)]
    assert max(abs(cents(f, hz)) for f in found) < 50


@each("seed", range(4))
def test_a_reed_whose_tube_resonates_has_the_note_of_its_pulses(seed):
    # 35 pulses a second, each of which lets 500 Hz ring for a while: the loudest partials are the 13th to the 16th.
    t = np.arange(2205)
    bursts = [np.where(t >= at, np.sin(2 * np.pi * 500 * (t - at) / RATE) * np.exp(np.minimum((at - t) / 147, 0)), 0)
              for at in range(0, 2205, 636)]  # fmt: skip
    y = np.sum(bursts, axis=0) + 0.01 * noise(100, seed)
    assert abs(cents(estimate_hz(y.astype(np.float32)), RATE / 636)) < 20


@pytest.mark.parametrize("ms", [90, 110])
def test_a_short_bell_is_not_as_low_as_the_time_at_which_its_partials_meet(ms):
    # A free bar: 1, 2.757 and 5.4. At 38 Hz these are nearly the 8th, 22nd and 43rd partial.
    t = np.arange(round(ms * RATE / 1000))
    modes = enumerate({300: 1.0, 827: 0.7, 1620: 0.5}.items())
    y = sum(level * np.sin(2 * np.pi * hz * t / RATE + n) for n, (hz, level) in modes) * np.exp(-t / 2000)
    assert abs(cents(estimate_hz(y.astype(np.float32)), 300)) < 20


@each("hz", [61.7, 110.0, 220.0, 440.0])
def test_a_missing_fundamental_is_found(hz):
    assert abs(cents(estimate_hz(tone({k * hz: 1 / k for k in range(2, 10)})), hz)) < 5


@each("hz", [41.2, 65.4, 116.5, 233.1])
def test_a_faint_fundamental_is_not_taken_for_its_octave(hz):
    # Partials as of a double bass's lowest string: 27, 0, 11, 1 and 10 dB below the strongest.
    levels = {1: -27, 2: 0, 3: -11, 4: -1, 5: -10, 6: -27, 7: -13}
    assert abs(cents(estimate_hz(tone({k * hz: 10 ** (db / 20) for k, db in levels.items()})), hz)) < 5


@pytest.mark.parametrize("hz", [110.0, 330.0, 880.0])
def test_a_hollow_sound_of_odd_partials_is_not_taken_for_its_twelfth(hz):
    assert abs(cents(estimate_hz(tone({k * hz: 1 / k for k in (1, 3, 5, 7, 9)})), hz)) < 5


@pytest.mark.parametrize("hz", [27.5, 41.2, 65.4])
def test_stiff_strings_have_the_note_of_their_first_partial(hz):
    # f_k = k f sqrt(1 + B k^2), B as of a piano's bass: the sixteenth partial is half a semitone sharp.
    partials = {k * hz * math.sqrt(1 + 3e-4 * k * k): 1 / k for k in range(1, 30)}
    assert abs(cents(estimate_hz(tone(partials, 400)), hz)) < 25


@pytest.mark.parametrize("hz", [659.3, 1046.5, 2093.0])
def test_struck_bars_sound_at_their_lowest_partial(hz):
    # A free uniform bar: 1, 2.756, 5.404 and 8.933.
    bar = {hz: 1.0, 2.756 * hz: 0.5, 5.404 * hz: 0.3, 8.933 * hz: 0.1}
    assert abs(cents(estimate_hz(tone(bar)), hz)) < 5


@pytest.mark.parametrize("hz", [261.6, 349.2, 523.3])
def test_a_tubular_bell_sounds_at_its_strike_note(hz):
    # The fourth, fifth and sixth modes of a free tube, near 2, 3 and 4 times a note at which nothing vibrates.
    bell = {0.62 * hz: 0.1, 1.22 * hz: 0.15, 2.0 * hz: 0.4, 2.93 * hz: 0.9, 4.02 * hz: 1.0, 5.24 * hz: 0.5}
    assert abs(cents(estimate_hz(tone(bell, 600)), hz)) < 60


def test_vibrato_has_the_pitch_in_its_middle():
    # 5.5 Hz, 40 cents to either side of 440 Hz, over 600 ms.
    t = np.arange(round(0.6 * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(440 * 2 ** (40 / 1200 * np.sin(2 * np.pi * 5.5 * t))) / RATE
    y = sum(np.sin(k * phase) / k for k in range(1, 9)).astype(np.float32)
    assert abs(cents(estimate_hz(y), 440)) < 25


@each("seed", range(5))
@each("hz", [98.0, 220.0, 880.0])
def test_noise_20_db_below_changes_nothing(hz, seed):
    y = sawtooth(hz, 150)
    noisy = y + noise(150, seed) * np.sqrt(np.mean(y**2)) * 0.1
    assert abs(cents(estimate_hz(noisy), hz)) < 15


@pytest.mark.parametrize("before_ms", [0, 60, 250])
def test_what_fades_before_the_note_does_not_count(before_ms):
    before = sawtooth(277.18, before_ms) * 0.15  # 16 dB below
    assert abs(cents(estimate_hz(np.concatenate([before, sawtooth(196.0, 100)])), 196.0)) < 5


def test_a_short_note_counts_more_than_the_long_fainter_one_before_it():
    before = sawtooth(370.0, 120) * 0.2  # 14 dB below
    assert abs(cents(estimate_hz(np.concatenate([before, sawtooth(523.25, 60)])), 523.25)) < 5


@pytest.mark.slow
def test_the_whole_of_a_long_sample_counts():
    assert abs(cents(estimate_hz(np.concatenate([noise(250, 5), sawtooth(196.0, 750)])), 196.0)) < 5


def test_two_partials_without_a_common_period_are_periodic_enough():
    # As a plate's: 2.4 is nearly half a turn off at the period of the lower one.
    assert abs(cents(estimate_hz(tone({698.5: 1.0, 2.4 * 698.5: 0.9})), 698.5)) < 5


@each("hz", [5200.0, 6000.0, 6570.0, 8000.0, 9500.0, 10500.0])
def test_whistles_above_the_piano_have_their_frequency(hz):
    assert abs(cents(estimate_hz(tone({hz: 1.0})), hz)) < 2
    assert abs(cents(estimate_hz(tone({hz: 1.0}) + noise(300, 6) * 0.03), hz)) < 2


@each(("hz", "wanted"), [(11500.0, 11500.0), (11950.0, 11950.0), (12600.0, 0.0), (15000.0, 0.0)])
def test_a_higher_rate_reaches_12_khz(hz, wanted):
    assert estimate_hz(tone({hz: 1.0}, rate=44100), 44100) == pytest.approx(wanted, rel=1e-3)


@each("middle", [700.0, 2500.0, 6000.0, 7500.0])
@each("octaves", [-0.2, 0.2])
def test_a_chirp_has_a_frequency_that_it_passes(middle, octaves):
    t = np.arange(round(0.12 * RATE)) / RATE
    swept = middle * 2 ** (octaves * (t / t[-1] - 0.5))
    y = np.sin(2 * np.pi * np.cumsum(swept) / RATE) * np.hanning(len(t)) + noise(120, 3) * 0.02
    assert swept.min() < estimate_hz(y.astype(np.float32)) < swept.max()


@each("hz", [100.0, 180.0, 300.0])
@each("octaves", [-0.7, 0.7])
def test_a_voice_that_glides_has_the_pitch_in_its_middle(hz, octaves):
    t = np.arange(round(0.4 * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(hz * 2 ** (octaves * (t / t[-1] - 0.5))) / RATE
    y = sum(np.sin(k * phase) / k for k in range(1, 16)).astype(np.float32)
    assert abs(cents(estimate_hz(y), hz)) < 100


def struck(note_hz, modes, ms=500, seed=1):
    """Modal synthesis: {ratio to the note: dB}, decaying, with the click of the stroke and a quiet room."""
    t = np.arange(round(ms * RATE / 1000)) / RATE
    random = np.random.default_rng(seed)
    y = np.zeros(len(t))
    for ratio, db in modes.items():
        if ratio * note_hz < 10500:
            phase = random.uniform(0, 2 * np.pi)
            y += 10 ** (db / 20) * np.exp(-t / 0.5) * np.sin(2 * np.pi * ratio * note_hz * t + phase)
    y += random.standard_normal(len(t)) * (0.3 * np.exp(-t / 0.004) + 0.003)
    return y.astype(np.float32)


# Fletcher and Rossing, "The Physics of Musical Instruments": modes over the note that is heard, dB.
CHURCH_BELL = {0.5: -8, 1.0: -8, 1.2: -4, 1.5: -14, 2.0: 0, 2.5: -12, 2.61: -12, 3.0: -5, 4.0: -8, 5.33: -14}
HAND_BELL = {1.0: 0, 3.0: -6, 4.5: -20, 5.4: -14, 7.8: -22}
TUBE = {0.62: -20, 1.21: -10, 2.0: -4, 2.98: 0, 4.15: -3, 5.45: -8, 6.94: -14}
FAINT_BAR = {1.0: -9, 2.756: 0, 5.404: -8, 8.933: -18}
FAINT_TUBE = {0.62: -25, 1.22: -24, 2.0: -24, 3.0: 0, 4.15: -10, 5.46: -18, 6.96: -27}
OLD_BELL = {0.51: -6, 0.96: -15, 1.18: 0, 1.52: -21, 1.98: 0, 2.53: -15, 2.64: -13, 2.99: -18, 4.14: -11}
HALF_HEARD_BELL = {1.0: -12, 2.91: -4, 3.2: 0}
DESK_BELL = {1.0: -14, 2.9: -10, 3.2: 0, 5.6: -8, 6.3: -14}


@each("seed", range(3))
@each(
    ("modes", "hz"),
    [(CHURCH_BELL, 233.1), (CHURCH_BELL, 440.0), (HAND_BELL, 523.3), (HAND_BELL, 1568.0), (TUBE, 311.1), (TUBE, 466.2),
     (FAINT_BAR, 880.0), (FAINT_BAR, 1319.0), (DESK_BELL, 1046.5), (DESK_BELL, 1864.7), (FAINT_TUBE, 554.4),
     (OLD_BELL, 523.3), (HALF_HEARD_BELL, 1976.0)],
)  # fmt: skip
def test_bells_and_bars_have_the_note_that_is_heard(modes, hz, seed):
    assert abs(cents(estimate_hz(struck(hz, modes, seed=seed)), hz)) < 30


def pitched(y):
    return pitches_of([np.asarray(y, np.float32)])[0, 1]


@each("hz", [41.2, 110.0, 440.0, 3000.0, 9000.0])
def test_tones_are_pitched(hz):
    assert pitched(sawtooth(hz)) > 0.95
    assert pitched(tone({hz: 1.0}, 120)) > 0.95


@each("modes", [CHURCH_BELL, HAND_BELL, TUBE, FAINT_BAR, DESK_BELL])
def test_bells_are_pitched(modes):
    assert pitched(struck(523.3, modes)) > 0.65


@each("ms", [100, 300, 1000])
@each("decay", [0.02, 0.2, 5.0])
def test_bursts_of_noise_are_not_pitched(ms, decay):
    y = noise(ms, 2) * np.exp(-np.arange(round(ms * 22.05)) / RATE / decay)
    assert pitched(y) < 0.5
    assert pitched(np.diff(y)) < 0.6  # a hat
    assert pitched(np.diff(np.diff(y))) < 0.7


def test_a_snare_is_less_pitched_than_its_shell_alone():
    t = np.arange(round(0.25 * RATE)) / RATE
    shell = np.sin(2 * np.pi * 190 * t) * np.exp(-t / 0.08)
    wires = noise(250, 4)[: len(t)] * np.exp(-t / 0.1)
    assert pitched(shell) > 0.9
    assert 0.7 > pitched(shell + wires) > pitched(wires)


def test_a_snare_that_rings_is_less_pitched_than_a_bell_that_is_as_tonal():
    t = np.arange(round(0.4 * RATE)) / RATE
    ring = sum(np.sin(2 * np.pi * hz * t) for hz in (187, 251, 334)) * np.exp(-t / 0.3)
    wires = noise(400, 4)[: len(t)] * 0.25 * np.exp(-t / 0.3)
    assert pitched(ring + wires) < 0.9 * pitched(ring)
    # A periodic sound keeps its own beside the same noise.
    assert pitched(sawtooth(187, 400) + 0.2 * wires) > 0.95


def test_silence_is_not_pitched():
    assert pitched(np.zeros(4000)) == 0.0
    assert pitched(np.full(4000, 0.5)) == 0.0
    assert pitches_of([]).shape == (0, 2)


@pytest.mark.parametrize("hz", [130.8, 261.6, 523.3])
def test_a_high_partial_that_is_not_a_multiple_does_not_pull_the_note(hz):
    # A celesta's plate, at once after the stroke: little resonance at the note yet, and a ring near its fourteenth.
    assert abs(cents(estimate_hz(tone({hz: 1.0, 13.7 * hz: 0.3}, 100)), hz)) < 5


@pytest.mark.parametrize("chord", [(261.63, 329.63, 392.0), (110.0, 261.63, 659.26), (146.83, 220.0)])
def test_a_chord_has_one_of_its_notes_or_their_common_root(chord):
    y = sum(sawtooth(hz, 400) for hz in chord)
    found = estimate_hz(y)
    names = {round(12 * math.log2(hz / 440)) % 12 for hz in chord}
    assert round(12 * math.log2(found / 440)) % 12 in names


@each("ms", [80, 100, 200, 600])
@each("seed", range(8))
def test_white_noise_is_not_periodic(ms, seed):
    assert estimate_hz(noise(ms, seed)) == 0.0


@each("seed", range(8))
def test_hiss_is_not_periodic(seed):
    # As of an s: noise without its lower half.
    spectrum = np.fft.rfft(noise(150, seed))
    spectrum[: len(spectrum) // 2] = 0
    assert estimate_hz(np.fft.irfft(spectrum).astype(np.float32)) == 0.0


@each(
    "y",
    [
        np.zeros(0),
        np.ones(1),
        np.array([0.5, -0.5] * 10),
        np.zeros(5000),
        np.full(5000, 0.25),
        np.full(64, -1.0),
        np.linspace(0, 1, 3000),
        np.eye(1, 5000, 2000)[0],  # a click
        np.eye(1, 64, 5)[0],
    ],
    ids=["empty", "one", "short", "silence", "DC", "short DC", "ramp", "click", "short click"],
)
def test_what_has_no_period_has_no_frequency(y):
    assert estimate_hz(y.astype(np.float32)) == 0.0


def test_samples_of_a_few_periods_have_a_frequency_in_range_or_none():
    found = {length: estimate_hz(sawtooth(440.0)[:length]) for length in range(1, 700, 7)}
    assert {length: hz for length, hz in found.items() if hz and not 26.0 <= hz <= 12000.0} == {}
    assert found[1] == 0.0


def test_dc_changes_nothing():
    y = sawtooth(330.0)
    assert estimate_hz(y + np.float32(3)) == pytest.approx(estimate_hz(y), rel=1e-4)


@each("gain", [1e-20, 1e-6, 100.0, 1e20])
def test_the_level_changes_nothing(gain):
    y = sawtooth(330.0)
    assert estimate_hz(y * np.float32(gain)) == pytest.approx(estimate_hz(y), rel=1e-5)


@each("rate", [8000, 16000, 44100, 96000])
def test_other_rates_give_the_same(rate):
    assert abs(cents(estimate_hz(sawtooth(392.0, 250, rate), rate), 392.0)) < 5


def test_a_batch_gives_each_sample_its_own_in_order():
    wanted = [0.0, 98.0, 0.0, 1318.5, 49.0, 0.0, 440.0, 98.0]
    samples = [
        np.zeros(3000, np.float32),
        sawtooth(98.0, 150),
        noise(150, 4),
        sawtooth(1318.5, 90),
        sawtooth(49.0, 900),
        np.zeros(0, np.float32),
        sawtooth(440.0, 300),
        sawtooth(98.0, 150),
    ]
    found = pitches_of(samples)[:, 0]
    assert found.shape == (8,)
    assert found == pytest.approx(wanted, rel=3e-3)
    assert found == pytest.approx([estimate_hz(y) for y in samples], rel=1e-5)


def test_no_samples_have_no_frequencies():
    assert len(pitches_of([])) == 0


def test_threads_give_the_same_results():
    samples = [sawtooth(50.0 * 1.1**k, 100 + 20 * k) + noise(100 + 20 * k, k)[: round((100 + 20 * k) * 22.05)] * 0.1
               for k in range(30)]  # fmt: skip
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(estimate_hz, samples)) == [estimate_hz(y) for y in samples]


@pytest.mark.slow
@given(
    hz=st.floats(math.log2(60), math.log2(2000)).map(lambda octaves: 2**octaves),
    slope=st.floats(0.0, 2.0),
    ms=st.integers(100, 700),
    seed=st.integers(0, 99),
)
def test_sounds_whose_partials_fade_have_their_fundamental(hz, slope, ms, seed):
    y = tone({k * hz: k**-slope for k in range(1, 12)}, ms, seed=seed)
    assert abs(cents(estimate_hz(y), hz)) < 20
