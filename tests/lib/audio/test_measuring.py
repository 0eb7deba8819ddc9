"""How samples are measured in groups: which are together, and what is subtracted from them."""

from types import SimpleNamespace

import numpy as np
import pytest

from lib.audio import measuring
from lib.audio.features import Features
from lib.audio.measuring import _groups, _steady, measured
from lib.audio.sample_checkpoint import FoundSamples, Measurements
from tests.support.each import each


def groups_worked_out(lengths):
    """128 samples, or five minutes, at a time; longer ones alone."""
    out, here = [], []
    for length in lengths:
        if length > 300_000:
            out += [(len(here), False)] * bool(here) + [(1, True)]
            here = []
            continue
        if len(here) == 128 or sum(here) + length > 300_000:
            out.append((len(here), False))
            here = []
        here.append(length)
    return out + [(len(here), False)] * bool(here)


def test_groups_by_brute_force():
    random = np.random.default_rng(1)
    for _ in range(60):
        usual = [[100], [100, 1000], [100_000, 50_000], [1000, 300_000, 300_001]][random.integers(0, 4)]
        lengths = random.choice(usual, random.integers(0, 300)).tolist()
        assert list(_groups([(0, length) for length in lengths])) == groups_worked_out(lengths)


@each(
    ("mean", "subtracted"),
    [(0.0, False), (0.99e-4, False), (1e-4, True), (-1e-4, True), (-0.99e-4, False), (0.25, True)],
)
def test_the_mean_of_a_file_is_subtracted_if_it_shows(mean, subtracted):
    sound = np.array([0.5, -0.25, 0.125], np.float32)
    assert _steady(sound, mean) == pytest.approx(sound - np.float32(mean if subtracted else 0))
    assert len(_steady(sound[:0], mean)) == 0


@each(("off", "silent"), [(0, True), (60, True), (70, False), (-70, False)])
def test_what_is_nothing_but_the_mean_is_silence(off, silent):
    """Up to a millionth of it, 67 of the smallest steps of a 32-bit number just below a power of two, is rounding."""
    sound = np.full(10, 64.0)
    sound[3] += off * 2.0**-20
    found = _steady(sound, 64.0)
    assert found[3] == (0 if silent else off * 2.0**-20)
    assert not np.delete(found, 3).any()


def test_samples_are_measured_without_the_mean_and_those_above_once_more(monkeypatch):
    sounds = [np.full(100, 0.5 + 0.1 * n, np.float32) * np.resize([1, -1], 100) + np.float32(0.25) for n in range(5)]
    asked = []

    def measure_all(samples, threads):
        asked.append((len(samples), threads))
        return [Features(float(y.max()), 1.0, 0.0, "A", 4) for y in samples]

    monkeypatch.setattr(measuring, "measure_all", measure_all)
    monkeypatch.setattr(
        measuring, "measure_stream", lambda blocks: Features(float(max(b.max() for b in blocks)), 2, 0, "B", 4)
    )
    monkeypatch.setattr(measuring, "lies_above", lambda wide, start, y: start in (10, 30))
    monkeypatch.setattr(
        measuring, "pitches_above", lambda path, spans: ((n, 100.0 * (n + 1), 0.5) for n in range(len(spans)))
    )
    spans = [(0, 9), (10, 9), (20, 300_001), (30, 9), (40, 9)]
    monkeypatch.setattr(
        measuring,
        "range_streams",
        lambda path, rate, channels, left: (iter([y[:60], y[60:]]) for y in sounds[-len(left) :]),
    )
    helpers = SimpleNamespace(count=0)  # (few samples are measured here)
    for wide in (None, np.ones(9)):
        asked.clear()
        found = FoundSamples(np.zeros(5), np.zeros(5), 0.25, "", wide)
        values = measured(
            "a.wav", None, found, spans[:2] + spans[3:], helpers, Measurements(spans[:2] + spans[3:], None)
        )
        assert [round(value.power, 5) for value in values] == [0.6, 0.7, 0.8, 0.9]
        above = [] if wide is None else [1, 2]
        assert [value.hz for value in values] == [100.0 * (above.index(n) + 1) if n in above else 1 for n in range(4)]
        assert asked == [(4, 1)]
    # With five minutes in one of them: that as it is read, the others by the helpers.
    asked.clear()
    helping = SimpleNamespace(count=3, are_missing=False, map=map)
    found = FoundSamples(np.zeros(5), np.zeros(5), 0.25, "", None)
    values = measured("a.wav", None, found, spans, helping, Measurements(spans, None))
    assert [(round(value.power, 5), value.note) for value in values] == [
        (0.5, "A"), (0.6, "A"), (0.7, "B"), (0.8, "A"), (0.9, "A"),
    ]  # fmt: skip
    assert asked == [(2, 1), (2, 1)]
    # What was measured before is not measured again.
    done = Measurements(spans[:2], None)
    done.add([Features(9.0, 1.0, 0.0, "A", 4)], [])
    assert measured("a", None, found, spans[:2], helpers, done)[0].power == 9
    assert asked[-1] == (1, 1)
