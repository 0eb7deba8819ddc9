"""Levels in blocks of 1.5 ms: where attacks rise and sounds end, the same in pieces as in one."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.audio import levels as module
from lib.audio.levels import BLOCK, Attack, Levels
from lib.audio.onsets import METHODS, Detector, begin_of, find_onsets, onset_times
from tests.support.each import each

RATE = 22050


def drums(seed, seconds=2.0, count=6):
    """Noise bursts of any level at known times (ms, 250 apart) over soft hiss."""
    random = np.random.default_rng(seed)
    sound = 0.0003 * random.standard_normal(round(seconds * RATE))
    times = 100 + 250 * np.arange(count) + random.integers(0, 100, count)
    for ms in times:
        first = ms * RATE // 1000
        burst = random.standard_normal(2000) * np.exp(-np.arange(2000) / 300) * random.uniform(0.1, 0.4)
        sound[first : first + 2000] += burst
    return sound.astype(np.float32), times


def pieces_of(sound, cuts):
    edges = [0, *sorted(cuts), len(sound)]
    return [sound[a:b] for a, b in itertools.pairwise(edges)]


def fed(blocks):
    levels = Levels()
    for block in blocks:
        levels.add(block)
    levels.finish()
    return levels


@pytest.mark.slow
@given(seed=st.integers(0, 99), cuts=st.lists(st.integers(0, 2 * RATE), max_size=8), method=st.sampled_from(METHODS))
@settings(max_examples=25, deadline=None)
def test_onsets_and_levels_in_pieces_are_those_in_one(seed, cuts, method):
    sound, _ = drums(seed)
    with Levels() as whole, Levels() as parts:
        one = find_onsets([sound], whole, Detector(method))
        many = find_onsets(pieces_of(sound, cuts), parts, Detector(method))
        np.testing.assert_array_equal(many, one)
        assert parts.count == whole.count == -(-len(sound) // BLOCK)
        np.testing.assert_array_equal(parts.read(0, parts.count), whole.read(0, whole.count))
        assert parts.loudest == whole.loudest
        ends = [(levels.end_of_sound(100, 900, 50), levels.end_of_sound(0, 10**9, 30)) for levels in (whole, parts)]
        assert ends[0] == ends[1]


# What superflux finds by frames of 23 ms is never moved by more than 50 ms: some starts are early.
@pytest.mark.parametrize(("method", "exact"), [("superflux", 0.8), ("fine", 0.9)])
def test_attacks_are_placed_to_the_millisecond(method, exact):
    errors = []
    for seed in range(5):
        sound, times = drums(seed)
        found = onset_times([sound], Detector(method))
        errors += [found[np.abs(found - ms).argmin()] - ms for ms in times]
    # A sample begins some 2 ms before its attack, and not after it; blocks are of 1.5 ms.
    assert np.mean(np.abs(np.array(errors) + 2) <= 2) >= exact
    assert np.mean(np.array(errors) > 0) <= 0.05


def swelling(attack):
    """Return notes of six partials that swell for `attack` s, each while the last one dies away; and their ms."""
    begins = [300, 1000, 1700, 2400]
    y, t = np.zeros(round(3.2 * RATE)), np.arange(round(0.75 * RATE)) / RATE
    shape = np.minimum(t / attack, 1) * np.clip((0.75 - t) / 0.12, 0, 1)
    for hz, ms in zip((392, 523.25, 440, 587.33), begins):
        note = shape * sum(np.sin(2 * np.pi * hz * k * t + k) / k for k in range(1, 7))
        first = ms * RATE // 1000
        y[first : first + len(t)] += note
    return (0.2 * y).astype(np.float32), begins


@each("method", METHODS)
@each("attack", [0.04, 0.06, 0.08])
def test_no_slow_attack_over_a_note_that_fades_is_cut(attack, method):
    sound, begins = swelling(attack)
    found = onset_times([sound], Detector(method))
    late = [found[np.abs(found - ms).argmin()] - ms for ms in begins]
    assert all(-25 <= ms <= 5 for ms in late)


@each(
    ("attack", "raw", "begin"),
    [
        # Block 100 is at 145.1 ms, and a sample begins 2 ms before its attack.
        (Attack(100, 20.0, 6.0), 150.0, 143.1),
        (Attack(100, 20.0, -6.0), 150.0, 143.1),
        (Attack(100, 10.0, 6.0), 150.0, 126.6),  # swells, 6 dB short: 16.5 ms
        (Attack(100, 5.0, 6.0), 145.0, 123.1),  # 30 ms, but 20 at most
        (Attack(100, 5.0, 6.0), 155.0, 130.0),  # no earlier than 25 ms before the frame
        (Attack(100, 0.0, 6.0), 100.0, 92.0),  # the level tells nothing: 12 ms past the frame, less 20
        (Attack(100, 6.0, -6.0), 150.0, 140.1),  # struck, 2 dB short: 3 ms
        (Attack(100, 0.0, -6.0), 100.0, 133.1),  # 12 ms, but 10 at most
        (Attack(100, 20.0, 0.0), 300.0, 250.0),  # never further than 50 ms from the frame
        (Attack(0, 0.0, 0.0), 1.0, 0.0),
    ],
)
def test_what_rises_by_little_begins_earlier(attack, raw, begin):
    assert begin_of(attack, raw) == pytest.approx(begin, abs=0.05)


def test_a_constant_offset_is_silence():
    with fed([np.full(RATE, 0.3, np.float32)]) as levels:
        assert levels.loudest == 0
        assert levels.first_over(30, levels.count) is None


def test_the_end_of_a_sound_is_after_its_last_block(monkeypatch):
    sound = np.zeros(RATE, np.float32)
    sound[3200:6400] = 0.5 * np.sin(2 * np.pi * 440 * np.arange(3200) / RATE)
    sound[9600:9920] = 0.5 * np.sin(2 * np.pi * 440 * np.arange(320) / RATE)
    with fed([sound]) as levels:
        late = levels.end_of_sound(0, levels.count, 40)
        # A group of 10 ms that has begun, three blocks, and the ring of the high-pass: 30 ms at most.
        assert 9920 / BLOCK <= late <= 9920 / BLOCK + 21
        assert 6400 / BLOCK <= levels.end_of_sound(0, 250, 40) <= 6400 / BLOCK + 21
        assert levels.end_of_sound(0, 50, 40) == 0  # nothing sounds there
        monkeypatch.setattr(module, "CHUNK", 16)  # in pieces of 14 blocks
        assert levels.end_of_sound(0, levels.count, 40) == late
        assert levels.first_over(30, levels.count) == pytest.approx(100, abs=7)


def test_levels_wait_in_a_temporary_file(monkeypatch):
    sound, _ = drums(7)
    with fed([sound]) as levels:
        expected = levels.read(0, levels.count)
    monkeypatch.setattr(module, "SPOOL_BYTES", 100)
    with fed([sound]) as levels:
        np.testing.assert_array_equal(levels.read(0, levels.count), expected)
        assert len(levels.read(-5, 3)) == 3


def brute_attack(energy, first, end, silence):
    """Return block and rise of an attack by the definition: means of RISE blocks after and before, then the foot."""
    energy = energy.astype(np.float64) + silence

    def rise(at, width):
        before = [energy[n] if n >= 0 else silence for n in range(at - width, at)]
        return 10 * np.log10(max(energy[at : at + width].mean(), silence) / max(np.mean(before), silence))

    rises = [rise(at, module.RISE) for at in range(first, min(end, len(energy)))]
    at = first + int(np.argmax(rises))
    foot = at
    while foot > max(at - module.FOOT_BLOCKS, 0) and rise(foot - 1, module.FOOT) > module.FOOT_DB:
        foot -= 1
    return min(foot + module.FOOT - 1, at), max(rises)


@each("seed", range(4))
def test_an_attack_is_that_of_its_definition_wherever_it_is_asked_for(seed):
    sound, _ = drums(seed)
    with fed([sound]) as levels:
        sharp = levels.read(0, levels.count)[:, 1]
        silence = module.RISE_FLOOR * float(sharp.max())
        for first in (0, 60, 200, levels.count - 40, 150):  # forwards and back: what was read last is kept
            attack = levels.steepest(first, first + 60)
            start = max(first - 38, 0)
            foot, rise = brute_attack(sharp[start : first + 60 + 44], first - start, first + 60 - start, silence)
            assert attack.block == start + foot
            assert attack.rise == pytest.approx(rise, abs=1e-6)


def slow_attack(energy, first, end, silence):
    """Return (block, rise, growth) of an attack, with the numbers of blocks as they are documented."""
    energy = energy.astype(float) + silence

    def rise(at, width):
        before = [energy[n] if n >= 0 else silence for n in range(at - width, at)]
        return 10 * np.log10(max(energy[at : at + width].mean(), silence) / max(np.mean(before), silence))

    rises = [rise(at, 6) for at in range(first, min(end, len(energy)))]
    at = foot = first + int(np.argmax(rises))
    while foot > max(at - 30, 0) and rise(foot - 1, 8) > 1:
        foot -= 1
    foot = min(foot + 7, at)
    late, soon = energy[foot + 20 : foot + 44], energy[foot + 6 : foot + 12]
    return foot, max(rises), 10 * np.log10(late.mean() / soon.mean()) if len(late) else -np.inf


def test_slow_attacks_begin_where_they_rise_by_a_decibel():
    random = np.random.default_rng(6)
    earlier = 0
    for _ in range(60):
        # Levels that swell over some blocks, at some place, with some noise.
        place, length = random.integers(0, 90), random.integers(1, 60)
        db = np.interp(np.arange(130), [place, place + length, place + length + 30], random.uniform(-60, 0, 3))
        energy = np.stack([np.zeros(130), 10 ** ((db + random.normal(0, 0.3, 130)) / 10)], axis=1).astype(np.float32)
        first, end = sorted(random.integers(0, 130, 2))
        end += first == end
        expected = slow_attack(energy[:, 1], first, end, 1e-6)
        assert module._attack(energy, first, end, 1e-6) == pytest.approx(expected)
        earlier += expected[0] < first
    assert earlier > 3
