"""Targets of mosaics whose sound is given block by block: grains, what is heard of a sample, what is left out."""

import os
from types import SimpleNamespace

import numpy as np
import pytest

from lib.audio import mosaic_target
from lib.audio.features import Features
from lib.audio.mosaic_target import heard_of, left_out_seconds, target_job, target_samples
from lib.audio.samples import SampleJob
from lib.errors import MediaError, NoAudioError
from lib.tables.table import Table
from tests.support.each import each

RATE = 22_050
BLOCK = 220  # samples of 10 ms, in whole ones


@pytest.fixture
def reading(monkeypatch):
    """Let a file have this sound, in blocks of these sizes."""

    def reading(sound, sizes=(1000,), problem=""):
        ends = [*np.cumsum(np.resize(sizes, len(sound) // min(sizes) + 1)).tolist()]
        reader = SimpleNamespace(problem=problem, blocks=lambda: (part for part in np.split(sound, ends) if len(part)))

        class Reader:
            def __init__(self, path, rate):
                assert rate == RATE

            def __enter__(self):
                return reader

            def __exit__(self, *_):
                pass

        monkeypatch.setattr(mosaic_target, "AudioReader", Reader)

    return reading


def test_a_target_is_made_with_the_usual_settings(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF")
    # Samples of 80 ms to a second, with features.
    assert target_job(str(path), "fine", 3) == SampleJob(
        str(tmp_path), "a.wav", 80, 1000, True, threads=3, onsets="fine"
    )
    (tmp_path / "b.wav").write_bytes(b"RIFF")
    with pytest.raises(MediaError, match="2 media files"):
        target_job(str(tmp_path), "fine", 3)
    table = tmp_path / "t.csv"
    table.write_text("filename\na.wav\n")
    with pytest.raises(MediaError, match="is a table"):
        target_job(str(table), "fine", 3)


@each("samples", [2205, 2206, 5513, 9000, 22_050])
@each("grain", [50, 75, 101])
def test_grains_begin_half_a_grain_after_each_other_in_two_passes(reading, monkeypatch, samples, grain):
    sound = (0.25 + np.random.default_rng(1).normal(0, 0.1, samples)).astype(np.float32)
    reading(sound, (700, 300), problem="odd")
    starts = [n * grain / 2 for n in range(1000) if n * grain / 2 < samples * 1000 / RATE]
    starts = [round(start) for start in starts]
    asked, helping = [], []
    # Levels in LUFS, by their order: those 60 dB below the loudest, or of silence, are none.
    lufs = {start: [-20.0, -80.0, -79.9, -50.0, -70.0, -69.9, -80.1][n % 7] for n, start in enumerate(starts)}

    def measured(path, wide, known, spans, helpers, found):
        asked.extend(spans)
        assert known.level == pytest.approx(float(sound.astype(float).mean()), rel=1e-6)
        assert list(zip(known.starts.tolist(), known.lengths.tolist(), strict=True)) == spans
        assert (known.problem, known.wide, wide) == ("odd", None, None)
        return [Features(1.0, 440.0, 2.0, "A", 4, lufs[start], 0.5) for start, _ in spans]

    class Helpers:
        def __init__(self, count):
            helping.append(count)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(mosaic_target, "measured", measured)
    monkeypatch.setattr(mosaic_target, "Helpers", Helpers)
    table, problem = target_samples(SampleJob("dir", "a.wav", 80, 1000, True, threads=4), grain)
    assert problem == "odd"
    assert asked == [(start, grain) for start in starts[::2]] + [(start, grain) for start in starts[1::2]]
    assert helping == [3]
    heard = [start for start in starts if lufs[start] > -70]
    assert table.text("start") == list(map(str, heard))
    assert set(table.text("filename")) == {"a.wav"}
    assert set(table.text("dur")) == {str(grain)}
    assert table.text("loudness") == [f"{lufs[start]:.2f}" for start in heard]
    # Of a loud target, what is 60 dB below the loudest.
    lufs.update({start: [0.0, -59.9, -60.0, -65.0, -30.0][n % 5] for n, start in enumerate(starts)})
    table, _ = target_samples(SampleJob("dir", "a.wav", 80, 1000, True, threads=4), grain)
    assert table.text("start") == [str(start) for start in starts if lufs[start] > -60]
    lufs.update(dict.fromkeys(starts, -70.0))
    with pytest.raises(NoAudioError, match="only silence"):
        target_samples(SampleJob("dir", "a.wav", 80, 1000, True), grain)


def table_of(spans):
    starts, durs = zip(*spans)
    return Table.of({"filename": ["t.wav"] * len(spans), "start": map(str, starts), "dur": map(str, durs)}, "t.csv")


def test_a_sample_is_heard_to_its_last_block_within_20_db_by_brute_force(monkeypatch):
    random = np.random.default_rng(2)
    sounds, spans = [], []
    for count in (0, 1, 219, 220, 221, 1000, 5000, 5000, 5000):
        levels = np.repeat(10 ** (random.uniform(-40, 0, count // BLOCK + 1) / 20), BLOCK)[:count]
        sounds.append((levels * random.choice([-1, 1], count)).astype(np.float32))
        spans.append((100 * len(spans), int(random.choice([round(count * 1000 / RATE), 70]))))
    sounds.append(np.zeros(900, np.float32))
    spans.append((5, 40))
    curves = []

    def read_ranges(path, rate, channels, ranges):
        assert (os.path.basename(path), rate, channels, ranges) == ("t.wav", RATE, 1, spans)
        return enumerate(sounds)

    monkeypatch.setattr(mosaic_target, "read_ranges", read_ranges)
    monkeypatch.setattr(mosaic_target, "level_curve", lambda sound, rate: curves.append(sound) or len(curves))
    found = heard_of("dir", table_of(spans))
    for n, (sound, (_, dur)) in enumerate(zip(sounds, spans, strict=True)):
        energies = [float((sound[k : k + BLOCK].astype(float) ** 2).sum()) for k in range(0, len(sound), BLOCK)]
        loud = [k for k, energy in enumerate(energies) if energy > max(energies) / 100]
        heard = min(dur, (loud[-1] + 1) * 10) if loud else dur
        assert found.lengths[n] == heard
        assert np.array_equal(curves[n], sound[: max(round(heard * 22.05), 1)])
    assert found.curves == list(range(1, 11))


@pytest.mark.parametrize("sizes", [(1000,), (220,), (37, 501)])
def test_what_is_left_out_by_brute_force(reading, sizes):
    random = np.random.default_rng(sum(sizes))
    block_ms = 220 / 22.05
    for _ in range(20):
        count = int(random.integers(0, 60)) * BLOCK + int(random.integers(0, 220))
        levels = 10 ** (random.choice([-60, -31, -29, -10, 0], count // BLOCK + 1) / 20)
        noise = random.choice([-1.0, 1.0], count)
        noise[1::2] = -noise[::2][: len(noise[1::2])]  # pairs, so that a block's mean is exactly 0
        sound = (0.125 + np.repeat(levels, BLOCK)[:count] * noise).astype(np.float32)
        reading(sound, sizes)
        spans = [(int(random.integers(0, 600)), int(random.integers(0, 120))) for _ in range(4)]
        whole = count // BLOCK
        power = [float(sound[k * BLOCK : (k + 1) * BLOCK].astype(float).var()) for k in range(whole)]
        left = [
            k for k in range(whole)
            if power[k] > max(power) / 1000
            and not any((k + 1) * block_ms > start // block_ms * block_ms + 1e-6 and k * block_ms < start + dur - 1e-9
                        for start, dur in spans)
        ]  # fmt: skip
        found = left_out_seconds("dir", table_of(spans))
        assert found == pytest.approx(len(left) * block_ms / 1000)


@each(("grain", "is_cut"), [(-1, False), (0, False), (1, True), (2, True)])
def test_a_grain_may_be_as_short_as_a_millisecond(monkeypatch, grain, is_cut):
    table = table_of([(0, 9)])
    monkeypatch.setattr(mosaic_target, "_grains", lambda job, length: (table, f"grains of {length}"))
    monkeypatch.setattr(mosaic_target, "sample_table_of", lambda job: SimpleNamespace(table=table, problem="onsets"))
    found = target_samples(SampleJob("dir", "t.wav", 80, 1000, True), grain)
    assert found == (table, f"grains of {grain}" if is_cut else "onsets")
