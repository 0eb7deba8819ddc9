"""Mixes of drawn plays by plain sums, from files that are only arrays; and what is said of those that are bad."""

import math

import numpy as np
import pytest

from lib.audio import effects, mix_plays, mixer
from lib.audio.bus import MemoryBus
from lib.audio.effects import Reverb
from lib.audio.ending import fade_end
from lib.audio.mix_plays import Play
from lib.audio.mix_sounds import moving_gains
from lib.audio.mixer import mix
from lib.errors import MediaError
from tests.support.each import each

RANDOM = np.random.default_rng(3)
FILES = {name: RANDOM.uniform(-0.3, 0.4, (4000, 2)).astype(np.float32) for name in ("a", "b")}


def frames_of(ms):
    return math.floor(ms * 48 + 0.5)


def cut_of(name, start_ms, dur_ms):
    first, count = round(start_ms * 48), round(dur_ms * 48)
    return FILES[name][first : first + count]


@pytest.fixture
def reading(monkeypatch):
    """Read FILES; bad is one that cannot be read, odd one that can be in part. Blocks are of 700 frames."""

    def read_ranges(path, rate, channels, ranges, notify):
        assert (rate, channels) == (48_000, 2)
        if path == "bad":
            raise MediaError("cannot be read", path)
        for n, (start, dur) in enumerate(ranges):
            yield n, cut_of("a" if path == "odd" else path, start, dur).copy()
        if path == "odd":
            notify("ends early")

    def range_streams(path, rate, channels, ranges, notify):
        for _, sound in read_ranges(path, rate, channels, ranges, notify):
            yield iter([sound[n : n + 300] for n in range(0, len(sound), 300)])

    monkeypatch.setattr(mixer, "read_ranges", read_ranges)
    monkeypatch.setattr(mixer, "range_streams", range_streams)
    monkeypatch.setattr(mixer, "BLOCK", 700)
    monkeypatch.setattr(Reverb, "TAIL", 9600)  # 200 ms, to be quicker


def sound_of(play):
    """The sound of a play as it is added, with its fades and gains; a file's, if it is levelled, without DC."""
    sound = (cut_of(play.path, play.start_ms, play.dur_ms) if play.sound is None else play.sound).copy()
    levelled = play.level_db is not None or play.most_db is not None
    if levelled and play.sound is None:
        sound -= sound.mean(axis=0)
    fade, count = min(480, len(sound) // 2), len(sound)
    frame = np.arange(count)
    sound = sound * np.minimum(np.minimum(frame, frame[::-1]) / max(fade, 1) if fade else 1, 1)[:, None]
    rms = math.sqrt((sound.astype(float) ** 2).mean())
    gain = 10 ** math.log(play.volume) if play.volume else 0
    if play.level_db is not None:
        gain *= 10 ** (play.level_db / 20) / rms
    elif play.most_db is not None:
        gain *= min(10 ** (play.most_db / 20) / rms, 1)
    if play.backwards:
        sound = sound[::-1]
    fade_in, fade_out = round(min(play.fade_in * count, play.fade_in_most_ms * 48)), round(play.fade_out * count)
    fades = np.minimum(frame / max(fade_in, 1), 1) * np.minimum((count - 1 - frame) / max(fade_out, 1), 1)
    pans = effects.pan_gains(play.pan) if play.pan_to is None else moving_gains(play.pan, play.pan_to, count)
    return gain * sound * fades[:, None] * pans


def mixed(plays, length_ms, gain_db=0.0, rings_out=False):
    frames = frames_of(length_ms)
    lead = Reverb.TAIL if any(play.time_ms < 0 for play in plays) else 0
    total = np.zeros((lead + frames, 2))
    for amount in sorted({play.reverb for play in plays}):
        track = np.zeros((lead + frames, 2), np.float32)
        for play in plays:
            if play.reverb != amount:
                continue
            sound, begin = sound_of(play), lead + frames_of(play.time_ms)
            # What lies before the mix is heard in its reverberation only.
            first, end = max(begin, 0 if amount else lead), min(begin + len(sound), len(track))
            if first < end:
                track[first:end] += sound[first - begin : end - begin]
        if amount:
            Reverb(amount).process(track)
        total += track
    fade = min(480, frames)
    if lead:
        total *= np.clip((np.arange(len(total)) - lead) / fade, 0, 1)[:, None]
    peak = np.abs(total).max()
    gain = min(10 ** (gain_db / 20), 10 ** (-1 / 20) / peak if peak else math.inf)
    bus = MemoryBus(len(total))
    bus.part(0, len(total))[:] = total
    fade_end(bus, len(total), fade, 48_000 if rings_out else 0, gain)
    return bus.part(lead, frames) * gain, gain


def drawn(random, reverbs=(0,), earliest=0):
    how = {
        "volume": random.choice([0, 0.5, 1, 2.0]), "pan": random.uniform(-1, 1),
        "backwards": bool(random.random() < 0.5),
        "pan_to": random.choice([None, 0.5, -1.5]), "level_db": random.choice([None, None, -20]),
        "most_db": random.choice([None, None, -12]), "fade_in": random.choice([0, 0.1, 0.4]),
        "fade_in_most_ms": random.choice([2, 100]), "fade_out": random.choice([0, 0.5]),
        "reverb": float(random.choice(reverbs)),
    }  # fmt: skip
    time = round(float(random.choice([0, random.uniform(earliest, 90)], p=[0.15, 0.85])), 1)
    if random.random() < 0.3:
        return Play(time, sound=random.uniform(-0.2, 0.2, (random.integers(1, 3000), 2)).astype(np.float32), **how)
    place = round(float(random.uniform(0, 60)), 1), float(random.choice([3, 20, 50]))
    return Play(time, str(random.choice(["a", "b"])), *place, **how)


def track(result):
    with result as made:
        return np.concatenate([np.zeros((0, 2), np.float32), *made.blocks()])


@each("long", [False, True])
@each(("reverbs", "earliest"), [((0,), 0), ((0, 30), 0), ((0, 80, 30), -60)])
def test_mixes_by_brute_force(reading, monkeypatch, long, reverbs, earliest):
    """long: sounds of more than 10 ms are mixed from a temporary file."""
    if long:
        for module in (mixer, mix_plays):
            monkeypatch.setattr(module, "LONGEST_HELD", 0.01)
    random = np.random.default_rng(len(reverbs))
    softer = 0
    for n in range(12):
        plays = [drawn(random, reverbs, earliest) for _ in range(random.integers(1, 7))]
        length = float(random.choice([0.5, 14.6, 60, 100, 201 / 48]))
        how = {"gain_db": float(random.choice([0, -6, 30])), "rings_out": bool(n % 2)}
        expected, gain = mixed(plays, length, **how)
        result = mix(plays, length, **how)
        assert result.frames == frames_of(length)
        assert result.gain == pytest.approx(gain, rel=1e-4)
        blocks = track(result)
        np.testing.assert_allclose(blocks, expected, atol=3e-5 * max(gain, 1))
        softer += gain < 10 ** (how["gain_db"] / 20)
        assert not result.bad + result.partly + result.silent
    assert softer


@pytest.mark.parametrize("long", [False, True])
def test_what_cannot_be_read_is_reported(reading, monkeypatch, long):
    if long:
        for module in (mixer, mix_plays):
            monkeypatch.setattr(module, "LONGEST_HELD", 0.01)
    late = [Play(0, "a", 200, 50), Play(9, "a", 200, 50)]
    empty, good = Play(0, "a", 200, 0), Play(10, "odd", 5, 50)
    plays = [
        Play(0, "bad", 0, 50),
        *late,
        empty,
        good,
        Play(3, "bad", 0, 50),
        Play(5, "bad", 9, 40),
        Play(5, "bad", 9, 4),
    ]
    plays += [Play(50, "odd", 5, 0.0)]
    result = mix(plays, 80)
    assert result.bad == [("bad", "cannot be read")]
    assert result.partly == [("odd", "ends early")]
    assert sorted(result.silent, key=lambda play: play.time_ms) == late
    alone = track(mix([Play(10, "a", 5, 50)], 80))
    assert np.array_equal(track(result), alone)


def test_blocks_end_with_the_mix(reading):
    for frames in (0, 1, 699, 700, 701, 1400):
        result = mix([], frames / 48)
        assert [len(block) for block in result.blocks()] == [700] * (frames // 700) + [frames % 700] * (
            frames % 700 > 0
        )
        assert not track(result).any()


def test_plays_of_one_place_are_read_once(reading, monkeypatch):
    asked, real = [], mixer.read_ranges
    monkeypatch.setattr(mixer, "read_ranges", lambda *given: asked.append(given[3]) or real(*given))
    plays = [Play(0, "b", 7, 20), Play(0, "a", 9, 20), Play(5, "b", 7, 20), Play(9, "b", 3, 20), Play(9, "b", 7, 10)]
    mix(plays, 50).__exit__(None, None, None)
    assert asked == [[(9, 20)], [(3, 20), (7, 10), (7, 20)]]


def test_a_mix_of_more_than_numbers_hold_is_an_error(reading):
    with pytest.raises(MediaError, match="overflows"):
        mix([Play(0, "a", 0, 50, volume=1e30)], 60, gain_db=100)
    # 10^20 and 10^290: each of them is a number.
    with pytest.raises(MediaError, match="overflows"):
        mix([Play(0, "a", 0, 50, volume=math.exp(20))], 60, gain_db=5800)


@each(("durs", "most", "part", "times"), [
    ([300, 80, 120], 100, 0.5, [7, 107, 147, 207]), ([300, 80, 120], 1000, 1, [7, 307, 387, 507]), ([], 5, 1, [7]),
    ([300, 80], 50, 2, [7, 57, 107]),
])  # fmt: skip
def test_sounds_in_sequence(durs, most, part, times):
    assert mixer.overlapped(durs, most, part, 7) == (times[:-1], times[-1])


def test_without_plays_there_is_silence_at_its_own_level(reading):
    assert mix([], 10).gain == 1
