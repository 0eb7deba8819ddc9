"""Questions about levels by plain Python, of energies that are given block by block."""

import math

import numpy as np
import pytest

from lib.audio import levels as module
from lib.audio.levels import Attack, Levels


def given(energies):
    """Levels whose blocks have these energies (of the sound, of its differences)."""
    levels = Levels()
    squares = np.repeat(np.array(energies, float).reshape(-1, 2).T, 32, axis=1)
    for first in range(0, squares.shape[1], 7 * 32):
        levels._put(squares[:, first : first + 7 * 32])
    levels.finish()
    return levels


def drawn(random, count):
    """Powers of two, so that means and limits are exact, some of them 0."""
    return np.where(random.random((count, 2)) < 0.1, 0, 2.0 ** random.integers(-12, 3, (count, 2)))


def groups_of(energies, first=0):
    """(First block, mean of the sound) of each seven blocks; the last may be fewer."""
    parts = [(n, energies[n : n + 7]) for n in range(first, len(energies), 7)]
    return [(n, sum(part) / len(part)) for n, part in parts]


@pytest.mark.parametrize("pieces", [[3000], [1, 31, 33, 700, 2235], [224, 448, 2328]])
def test_energies_are_those_of_a_high_pass_and_of_differences(pieces):
    sound = np.random.default_rng(1).normal(0.2, 0.3, 3000).astype(np.float32)
    levels = Levels()
    for end in np.cumsum(pieces):
        levels.add(sound[end - pieces[list(np.cumsum(pieces)).index(end)] : end])
        levels.add(sound[:0])
    levels.finish()
    x = sound.astype(float)
    pole, y = 1 - 2 * math.pi * 20 / 22_050, [0.0]  # one pole at 20 Hz; a constant from the first sample on is silence
    for n in range(1, 3000):
        y.append(x[n] - x[n - 1] + pole * y[-1])
    d = [0.0, *(x[1:] - x[:-1])]
    expected = [
        [sum(v * v for v in values[n : n + 32]) / 32 for values in (y, d)] for n in range(0, 3000, 32)
    ]  # (the last block is filled with silence)
    assert levels.count == 94
    found = levels.read(0, 94)
    assert found.dtype == np.float32
    assert found == pytest.approx(np.array(expected), rel=1e-4)
    assert levels.loudest == pytest.approx(max(mean for _, mean in groups_of([one for one, _ in expected])), rel=1e-4)


def test_what_is_read_is_what_was_put_wherever_it_is(monkeypatch):
    random = np.random.default_rng(2)
    energies = drawn(random, 100)
    for chunk in (1 << 16, 5):
        monkeypatch.setattr(module, "CHUNK", chunk)
        levels = given(energies)
        for _ in range(100):
            first, end = random.integers(-20, 130, 2).tolist()
            low, high = max(first, 0), min(max(end, 0), 100)
            assert levels.read(first, end).tolist() == energies[low : max(high, low)].tolist(), (first, end)


@pytest.mark.parametrize("chunk", [1 << 16, 16, 8])
def test_first_and_last_of_what_is_loud_by_brute_force(monkeypatch, chunk):
    # (With pieces of 14, or of 7 blocks.)
    monkeypatch.setattr(module, "CHUNK", chunk)
    random = np.random.default_rng(chunk)
    none = 0
    for _ in range(60):
        count = int(random.integers(1, 60))
        energies = drawn(random, count)
        energies[random.random(count) < 0.3] = 0
        energies[7:14] = random.choice([0.5, 4])  # a whole group, the loudest
        levels = given(energies)
        sound = energies[:, 0].tolist()
        loudest = float(np.float32(max(mean for _, mean in groups_of(sound))))
        assert levels.loudest == loudest
        for below in (0.0, 10 * math.log10(2), 10.0, 30.0, -3.0):
            first, end = int(random.integers(0, count)), int(random.integers(0, count + 9))
            over = [n for n, mean in groups_of(sound[:end]) if mean >= loudest * 10 ** (-below / 10)]
            assert levels.first_over(below, end) == (over[0] if over and loudest else None)
            if below < 0:
                continue
            end = min(end, count)
            here = groups_of(sound[:end], first)
            peak = max((mean for _, mean in here), default=0)
            last = [n + 7 for n, mean in here if mean >= peak * 10 ** (-below / 10)]
            # Three blocks more, but not beyond the end; silence has none.
            assert levels.end_of_sound(first, end, below) == (min(last[-1] + 3, end) if peak and last else first)
            none += not peak
    assert none > 10


def attack_worked_out(energies, first, end):
    """The steepest rise over six blocks, of the differences over a millionth of the highest, moved back to its foot."""
    first = max(first, 0)
    silence = 1e-6 * max(sharp for _, sharp in energies)
    if first >= len(energies) or not silence:
        return Attack(first, 0.0)
    sharp = [value + silence for _, value in energies]

    def rise(at, width):
        after = sharp[at : at + width]
        before = [sharp[n] if n >= 0 else silence for n in range(at - width, at)]
        return 10 * math.log10(sum(after) / len(after) / (sum(before) / width))

    rises = [(rise(at, 6), -at) for at in range(first, min(max(end, first + 1), len(sharp)))]
    foot = at = -max(rises)[1]
    while foot > max(at - 30, 0) and rise(foot - 1, 8) > 1:
        foot -= 1
    foot = min(foot + 7, at)
    late, soon = sharp[foot + 20 : foot + 44], sharp[foot + 6 : foot + 12]
    growth = 10 * math.log10(sum(late) / len(late) / (sum(soon) / len(soon))) if late else -math.inf
    return Attack(foot, max(rises)[0], growth)


def test_attacks_by_brute_force():
    random = np.random.default_rng(3)
    early = 0
    for _ in range(150):
        count = int(random.integers(1, 120))
        slopes = random.choice([0, 0, 0.3, 1.2, 2, -1], count).cumsum()
        energies = np.repeat((10 ** (slopes / 10) * random.uniform(0.9, 1.1, count))[:, None], 2, axis=1)
        energies[:, 0] = 1.0
        energies[: int(random.integers(0, 3)) * 9, 1] *= random.choice([1e-7, 1e-3])
        levels = given(energies)
        for _ in range(4):
            first = int(random.integers(-5, count + 5))
            end = max(first, 0) + int(random.integers(1, 50))
            found, expected = levels.steepest(first, end), attack_worked_out(np.float32(energies).tolist(), first, end)
            assert found.block == expected.block
            assert (found.rise, found.growth) == pytest.approx((expected.rise, expected.growth), abs=1e-6)
            early += found.block < first
    assert early > 20
    silent = given(np.array([[1.0, 0.0]] * 50))
    assert silent.steepest(5, 20) == Attack(5, 0.0)
    assert silent.steepest(5, 20).growth == 0
    assert silent.steepest(-5, 20) == Attack(0, 0.0)
