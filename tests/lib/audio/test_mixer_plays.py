"""What a play can do besides sounding: be stretched, turned round, faded by fractions, and move between the sides."""

import math
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lib.audio import bus, effects, mix_plays, mix_sounds, mixer
from lib.audio.mix_plays import Play
from lib.audio.mixer import MIX_RATE, mix
from lib.audio.stretch import faded, stretch
from lib.errors import MediaError
from tests.support.each import each
from tests.support.media_factory import write_wav

LONG = math.inf


def track(plays, length_ms, **options):
    with mix(plays, length_ms, **options) as result:
        return np.concatenate(list(result.blocks()))


def steady(time_ms, ms, **options):
    """A play of a steady 0.25 in both channels, without fades but for those of the cut."""
    sound = np.full((round(ms * 48), 2), 0.25, np.float32)
    return Play(time_ms, sound=sound, **({"fade_in": 0.0, "fade_out": 0.0} | options))


def noise(ms, seed=0):
    return (0.1 * np.random.default_rng(seed).standard_normal((round(ms * 48), 2))).astype(np.float32)


def rms(sound):
    return math.sqrt(np.mean(np.square(sound, dtype=float)))


def at(ms):
    return round(ms * 48)


@pytest.mark.parametrize(
    ("fade_in", "fade_out", "heard"),
    [
        (0.1, 0.9, {50: 0.5, 100: 1.0, 325: 0.75, 550: 0.5, 775: 0.25}),
        (0.2, 0.8, {100: 0.5, 200: 1.0, 400: 0.75, 600: 0.5, 800: 0.25}),
        (0.0, 0.8, {100: 1.0, 200: 1.0, 400: 0.75, 600: 0.5, 800: 0.25}),
    ],
)
def test_fades_as_fractions(fade_in, fade_out, heard):
    out = track([steady(0, 1000, fade_in=fade_in, fade_in_most_ms=LONG, fade_out=fade_out)], 1100)
    assert out[[at(ms) for ms in heard], 0] == pytest.approx([0.25 * gain for gain in heard.values()], abs=1e-3)
    assert out[[0, at(1000) - 1], 0].tolist() == [0, 0]


def test_fades_are_those_of_what_is_heard_backwards():
    play = steady(0, 1000, fade_in=0.1, fade_in_most_ms=LONG, fade_out=0.9, backwards=True)
    assert track([play], 1100)[[at(50), at(550)], 0] == pytest.approx([0.125, 0.125], abs=1e-3)


@pytest.mark.parametrize("options", [{}, {"level_db": -20}, {"pan": 0.25, "backwards": True}])
def test_a_long_sound_is_heard_as_a_short_one(tmp_path, monkeypatch, options):
    path = write_wav(tmp_path / "a.wav", noise(400), MIX_RATE)
    play = Play(100, path, 50, 300, volume=0.5, reverb=0, **options)
    short = track([play], 500)
    assert short.any()
    for module in (mix_plays, mixer):
        monkeypatch.setattr(module, "LONGEST_HELD", 0.1)
    assert_allclose(track([play], 500), short, rtol=0, atol=1e-6)


def test_a_stretched_play_is_as_long_and_as_loud_as_asked(tmp_path):
    path = write_wav(tmp_path / "a.wav", noise(2000), MIX_RATE)
    play = Play(
        1000, path, 500, 1250, level_db=-20, volume=0.5, stretch_ms=8000, seed=3, fade_in=0, fade_out=0, reverb=0
    )
    out = track([play], 10_000)
    assert not out[: at(1000)].any()
    assert not out[at(9000) :].any()
    assert np.abs(out[at(1010) : at(1020)]).max() > 0
    assert np.abs(out[at(8970) : at(8985)]).max() > 0
    expected = -20 + 20 * math.log(0.5)
    # The last windows, of 0.25 s of 1.25 s, run over the end.
    assert effects.db_of_rms(rms(out[at(1500) : at(1000 + 6400)])) == pytest.approx(expected, abs=0.2)


def test_a_stretched_play_is_its_cut_stretched(tmp_path):
    whole = noise(2000).round(3)
    path = write_wav(tmp_path / "a.wav", whole, MIX_RATE, "f32")
    out = track([Play(0, path, 500, 300, stretch_ms=2000, seed=3, fade_in=0, fade_out=0)], 2100)
    clip = whole[at(500) : at(800)].copy()
    effects.cut(clip, 480)
    expected = stretch(clip, at(2000), 3)
    assert np.abs(out[at(10) : at(1990)] - expected[at(10) : at(1990)]).max() < 1e-6
    # Its own ends are faded over 10 ms, or they would click.
    assert out[at(5)] == pytest.approx(expected[at(5)] / 2, abs=1e-4)
    assert out[[0, at(2000) - 1]].tolist() == [[0, 0], [0, 0]]


@pytest.mark.slow
def test_a_stretched_play_is_levelled_then_faded_then_stretched():
    sound, options = noise(300), {"fade_in": 0.2, "fade_in_most_ms": 30, "fade_out": 0.8, "stretch_ms": 4000, "seed": 3}
    for backwards in (False, True):
        out = track([Play(0, sound=sound, level_db=-30, backwards=backwards, **options)], 4100)
        clip = sound.copy()
        gain = 10 ** (-30 / 20) / effects.cut(clip, 480)
        clip = clip[::-1] if backwards else clip
        # Not more than 30 ms in; out over the last 240, what is heard last last.
        want = gain * stretch(faded(clip, 30 * 48, 240 * 48), at(4000), 3)
        assert_allclose(out[at(10) : at(3990)], want[at(10) : at(3990)], rtol=0, atol=1e-6)


def test_a_faded_play_begins_and_ends_in_silence():
    plays = [
        Play(100, sound=noise(300, seed), level_db=-16, stretch_ms=stretch_ms, fade_in=0.1, fade_out=0.8)
        for seed, stretch_ms in enumerate((None, 300, 1234.5, 8000))
    ]
    for play, ms in zip(plays, (300, 300, 1234.5, 8000), strict=True):
        out = track([play], 9000)
        first, last = np.flatnonzero(out.any(axis=1))[[0, -1]]
        assert abs(first - at(100)) <= 2
        assert abs(last - at(100 + ms)) <= 3
        assert np.abs(out[[first, last]]).max() < 10 ** (-60 / 20)


def test_any_number_of_threads_gives_the_same_mix():
    length = (None, 300.0, None, 700.0, None, None, 0.0, 250.0)
    plays = [
        Play(97 * n - 400, sound=noise(200, n), stretch_ms=length[n % 8], seed=n, pan_to=(None, 0.5)[n % 2])
        for n in range(24)
    ]
    with mix(plays, 1500) as alone, mix(plays, 1500, threads=3) as together:
        assert b"".join(map(bytes, alone.blocks())) == b"".join(map(bytes, together.blocks()))
    with pytest.raises(MediaError, match="cannot be stretched to -1 ms"):
        mix([*plays, Play(0, sound=noise(100), stretch_ms=-1)], 1500, threads=3)


def test_a_stretched_play_backwards():
    loud_then_soft = np.concatenate([noise(500, 1), 0.01 * noise(500, 2)])
    play = Play(0, sound=loud_then_soft, stretch_ms=8000, fade_in=0, fade_out=0, seed=1)
    back = Play(0, sound=loud_then_soft, stretch_ms=8000, fade_in=0, fade_out=0, seed=1, backwards=True)
    forwards, backwards = track([play], 8100)[: at(8000)], track([back], 8100)[: at(8000)]
    assert rms(forwards[: at(2000)]) == pytest.approx(0.1, rel=0.1)
    # Windows that begin in the first quarter are all in the soft half.
    assert rms(backwards[: at(1900)]) < 0.05 * rms(backwards[at(5000) : at(6000)])


def test_a_seed_is_one_sound_whatever_else_is_played(tmp_path):
    path = write_wav(tmp_path / "a.wav", noise(2000), MIX_RATE)

    def play(time_ms, seed):
        return Play(time_ms, path, 500, 300, stretch_ms=500, seed=seed, fade_in=0, fade_out=0)

    alone = track([play(0, 5)], 600)
    for plays in ([play(1000, 4), play(0, 5)], [play(0, 5), play(1000, 6), play(1500, 7)]):
        assert np.array_equal(track(plays, 2500)[: at(550)], alone[: at(550)])
    assert np.array_equal(track([play(1000, 5)], 2500)[at(1000) : at(1500)], alone[: at(500)])
    assert rms(track([play(0, 6)], 600) - alone) > rms(alone)


def test_plays_of_one_place_do_not_disturb_each_other(tmp_path):
    whole = noise(1000).round(3)
    path = write_wav(tmp_path / "a.wav", whole, MIX_RATE, "f32")
    plain = Play(0, path, 200, 300, fade_in=0, fade_out=0)
    plays = [
        Play(400, path, 200, 300, stretch_ms=600, pan=-1, pan_to=1),
        Play(400, path, 200, 300, pan_to=0.5),
        plain,
    ]
    assert np.array_equal(track(plays, 1200)[: at(390)], track([plain], 1200)[: at(390)])


def test_a_stretched_play_past_the_end_of_its_file(tmp_path):
    path = write_wav(tmp_path / "a.wav", noise(1400), MIX_RATE)
    late = Play(0, path, 1900, 300, stretch_ms=2000)
    cut = Play(3000, path, 400, 3000, stretch_ms=2000, fade_in=0, fade_out=0)
    with mix([late, cut], 6000) as result:
        out = np.concatenate(list(result.blocks()))
        assert result.silent == [late]
    assert not out[: at(3000)].any()
    assert rms(out[at(3100) : at(4500)]) == pytest.approx(0.1, rel=0.1)
    assert not out[at(5000) :].any()


def test_what_is_not_heard_is_not_stretched(monkeypatch):
    stretched = []
    monkeypatch.setattr(mix_sounds, "stretch", lambda *given: stretched.append(given) or stretch(*given))
    plays = [
        Play(0, sound=noise(300), stretch_ms=1000, volume=0),
        Play(-1000, sound=noise(300), stretch_ms=1000),
        Play(2000, sound=noise(300), stretch_ms=1000),
        Play(0, sound=noise(300), stretch_ms=0),
        Play(0, sound=np.zeros((0, 2), np.float32), stretch_ms=1000),
        Play(-500, sound=noise(300), stretch_ms=1000, seed=4),
    ]
    assert track(plays, 2000)[: at(490)].any()
    assert [seed for _, _, seed in stretched] == [4]


@pytest.mark.slow
def test_stretched_plays_are_not_held_all_at_once():
    plays = [Play(20 * n, sound=noise(300, n), stretch_ms=4000, seed=n) for n in range(100)]
    track(plays[:1], 6000)
    tracemalloc.start()
    with mix(plays, 6000):
        peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # All of them are 150 MB; the track is 2.3, one is 1.5 (and has a copy or two on its way), what is at work 5.
    assert peak < 20e6


@pytest.mark.parametrize("stretch_ms", [-1, math.nan, math.inf])
def test_impossible_lengths_are_refused(stretch_ms):
    with pytest.raises(MediaError, match="stretched to"):
        mix([steady(0, 100, stretch_ms=stretch_ms)], 500)


def gains(pan):
    return [0.25 * gain for gain in effects.pan_gains(pan)]


def test_pan_moves_evenly():
    out = track([steady(0, 1000, pan=-1, pan_to=1)], 1000)
    for ms in (100, 250, 500, 750, 900):
        assert out[at(ms)] == pytest.approx(gains(-1 + ms / 500), abs=1e-4)
    power = np.square(out[at(10) : at(990)], dtype=float).sum(axis=1)
    assert power == pytest.approx(2 * 0.25**2, rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("pan", [-1.0, 0.3, 1.0])
def test_a_pan_that_moves_nowhere_stands(pan):
    still, moving = (track([steady(0, 500, pan=pan, pan_to=pan_to)], 500) for pan_to in (None, pan))
    assert_allclose(moving, still, rtol=0, atol=1e-7)


@each(("begin", "end"), [(0.5, 1.5), (-0.5, -1.5), (0.0, 4.0), (-0.3, 1.0), (0.3, -1.0)])
def test_pan_wraps_at_the_sides(begin, end):
    out = track([steady(0, 1000, pan=begin, pan_to=end)], 1000).astype(float)
    for ms in range(20, 990, 10):
        pan = begin + (end - begin) * ms / 1000
        from_side = abs(abs(pan) % 2 - 1)
        if from_side > abs(end - begin) * 0.011:
            assert out[at(ms)] == pytest.approx(gains((pan + 1) % 2 - 1), abs=1e-3)
    # Over 10 ms, not at once: no step is larger than the way from one side to the other in 480 frames.
    assert np.abs(np.diff(out[at(10) : at(990)], axis=0)).max() <= 0.25 * math.sqrt(2) / 480 * 1.01


@each("side", [-1.0, 1.0, -math.nextafter(1.0, 2.0), math.nextafter(1.0, 2.0)])
@each("ms", [1000, 1003])
def test_a_side_is_reached_and_not_left(side, ms):
    # (The least number beyond a side is what rounding makes of the side.)
    out = track([steady(0, ms, pan=-0.3 * side, pan_to=side)], ms + 100)
    near, far = out[at(ms) - 3, ::-1] if side > 0 else out[at(ms) - 3]
    assert near > 0
    assert abs(far) < near * 1e-3


def test_a_moving_pan_of_a_play_backwards():
    rising = np.repeat(np.linspace(0, 0.5, 48_000, dtype=np.float32)[:, None], 2, axis=1)
    play = Play(0, sound=rising, pan=-1, pan_to=0, fade_in=0, fade_out=0, backwards=True)
    out = track([play], 1000)
    # A quarter on: the sound is at three quarters of its ramp, the pan at -0.75.
    assert out[at(250)] == pytest.approx([0.375 / 0.25 * gain for gain in gains(-0.75)], abs=1e-3)


def test_a_pan_of_a_stretched_play_moves_over_what_is_heard():
    sound = noise(300)
    sound[:, 1] = sound[:, 0]
    out = track([Play(0, sound=sound, stretch_ms=3000, pan=-1, pan_to=1, fade_in=0, fade_out=0)], 3000)
    for ms in (500, 1500, 2250):
        left, right = (rms(out[at(ms - 20) : at(ms + 20), channel]) for channel in (0, 1))
        angle = (-1 + ms / 1500 + 1) * math.pi / 4
        assert math.atan2(right, left) == pytest.approx(angle, abs=0.01)


def test_impossible_pans_are_refused():
    with pytest.raises(MediaError, match="pan"):
        mix([steady(0, 100, pan_to=math.nan)], 500)


@pytest.mark.slow
def test_thousands_of_overlapping_ranges_share_memory(tmp_path):
    whole = noise(5000).round(3)
    path = write_wav(tmp_path / "a.wav", whole, MIX_RATE, "f32")
    plays = [Play(n, path, n, 500, fade_in=0, fade_out=0, volume=0.8) for n in range(1, 3001)]
    mix(plays[:1], 100).__exit__(None, None, None)
    tracemalloc.start()
    with mix(plays, 4000) as result:
        peak = tracemalloc.get_traced_memory()[1]
        out = np.concatenate(list(result.blocks())) / result.gain
    tracemalloc.stop()
    # One copy of each would be 576 MB; the file is 2 MB.
    assert peak < 40e6
    # A range that begins at n ms sounds at n ms: all lie over the same place of the file, but for their faded ends.
    assert np.abs(out[at(2000)] - whole[at(2000)] * effects.gain_of_volume(0.8) * 490).max() < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("in_memory", [True, False])
def test_an_excerpt_sounds_as_that_part_of_the_whole(in_memory, monkeypatch):
    if not in_memory:
        monkeypatch.setattr(bus, "BUS_IN_MEMORY", 0)
    rest = {"fade_in": 0.1, "fade_out": 0.5, "reverb": 80}
    begins = (0, 100, 700, 1500, 4000)
    plays = [Play(begin, sound=noise(300, seed), **rest) for seed, begin in enumerate(begins)]
    later = [Play(begin - 1600, sound=noise(300, seed), **rest) for seed, begin in enumerate(begins)]
    whole = track(plays, 4500)
    excerpt = track(later, 2000)
    assert len(excerpt) == at(2000)
    # At 1.6 s the fourth one sounds, and the third one's reverberation; both ends are faded over 10 ms.
    inner = slice(at(10), at(1990))
    assert_allclose(excerpt[inner], whole[at(1600) : at(3600)][inner], rtol=0, atol=1e-6)
    assert np.abs(excerpt[inner]).max() > 0.01
    assert excerpt[at(5)] == pytest.approx(whole[at(1605)] / 2, abs=1e-6)
    assert excerpt[0].tolist() == [0, 0]


def test_only_the_reverberation_of_what_is_over_is_heard():
    play = {"sound": noise(300), "fade_in": 0.0, "fade_out": 0.0}
    assert np.abs(track([Play(-500, reverb=80, **play)], 100)).max() > 1e-3
    assert not track([Play(-500, reverb=0, **play)], 100).any()
    assert not track([Play(-3600, reverb=80, **play)], 100).any()
    with mix([Play(-500, reverb=80, **play)], 0.001) as none:
        assert list(none.blocks()) == []
