"""Mixes whose sums are known."""

import math
import threading
import wave

import numpy as np
import pytest

from lib.audio import bus, effects, mixer
from lib.audio.mix_plays import Play
from lib.audio.mixer import MIX_RATE, PEAK, mix, overlapped
from lib.errors import MediaError


def constant(ms, left=0.25, right=0.25):
    return np.tile(np.array([left, right], np.float32), (round(ms * MIX_RATE / 1000), 1))


def noise(ms, seed):
    return (0.1 * np.random.default_rng(seed).standard_normal((round(ms * 48), 2))).astype(np.float32)


def write_wav(path, samples, rate=MIX_RATE):
    """16-bit wav of float samples of shape (frames,) or (frames, channels)."""
    samples = np.atleast_2d(np.asarray(samples).T).T
    with wave.open(str(path), "wb") as out:
        out.setnchannels(samples.shape[1])
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.round(samples * 32768).astype("<i2").tobytes())
    return str(path)


def track(plays, length_ms, **options):
    with mix(plays, length_ms, **options) as result:
        return np.concatenate(list(result.blocks()))


def plain(time_ms, sound, **options):
    """A play without fades but for those of the cut."""
    return Play(time_ms, sound=sound, **({"fade_in": 0.0, "fade_out": 0.0} | options))


def at(ms):
    return round(ms * 48)


def test_two_sounds_sum_where_they_overlap():
    out = track([plain(100, constant(500)), plain(400, constant(400, 0.5, -0.125))], 1000)
    assert out.shape == (48_000, 2)
    # 100-600 the first, 400-800 the second, each with 10 ms of fade at its ends.
    assert out[at(50)].tolist() == [0, 0]
    assert out[at(105)] == pytest.approx([0.125, 0.125])
    assert out[at(300)] == pytest.approx([0.25, 0.25])
    assert out[at(405)] == pytest.approx([0.25 + 0.25, 0.25 - 0.0625])
    assert out[at(500)] == pytest.approx([0.75, 0.125])
    assert out[at(700)] == pytest.approx([0.5, -0.125])
    assert out[at(800)].tolist() == [0, 0]


def test_fades_of_a_play():
    out = track([Play(0, sound=constant(2000)), Play(2500, sound=constant(500))], 3500)
    # 2 s: in over 100 ms, out over 1 s. 0.5 s: in over 50 ms, out over 250 ms.
    assert out[at(50), 0] == pytest.approx(0.125)
    assert out[at(500), 0] == pytest.approx(0.25)
    assert out[at(1500), 0] == pytest.approx(0.125, rel=1e-4)
    assert out[at(2525), 0] == pytest.approx(0.125)
    assert out[at(2875), 0] == pytest.approx(0.125, rel=1e-3)


def test_fade_in_without_a_limit():
    out = track([Play(0, sound=constant(2000), fade_in=0.5, fade_in_most_ms=math.inf, fade_out=0)], 2100)
    assert out[at(500), 0] == pytest.approx(0.125)


def test_level_then_volume():
    tone = np.repeat(
        (0.9 * np.sin(2 * np.pi * 1000 * np.arange(48_000) / MIX_RATE)).astype(np.float32)[:, None], 2, axis=1
    )
    for volume, expected in ((1.0, -16.0), (0.6, -16.0 + 20 * math.log(0.6))):
        out = track([plain(0, tone, level_db=-16, volume=volume)], 1000)
        assert effects.db_of_rms(float(np.sqrt(np.mean(out**2)))) == pytest.approx(expected, abs=0.05)


def test_a_limit_leaves_soft_sounds_alone():
    out = track(
        [plain(0, constant(300, 0.5, 0.5), most_db=-20), plain(500, constant(300, 0.05, 0.05), most_db=-20)], 1000
    )
    # The cut's fades take the RMS of 300 ms to 0.5 * sqrt(280 + 2*10/3) / sqrt(300).
    assert out[at(150), 0] == pytest.approx(0.1 / math.sqrt((280 + 20 / 3) / 300), rel=1e-3)
    assert out[at(650), 0] == pytest.approx(0.05)


def test_pan_moves_a_sound():
    out = track([plain(0, constant(300), pan=-1), plain(500, constant(300), pan=0.5)], 1000)
    assert out[at(150)] == pytest.approx([0.25 * math.sqrt(2), 0], abs=1e-7)
    assert out[at(650)] == pytest.approx([0.25 * 0.541196, 0.25 * 1.306563], rel=1e-5)


def test_backwards():
    ramp = np.repeat(np.linspace(0, 0.5, 48_000, dtype=np.float32)[:, None], 2, axis=1)
    out = track([plain(0, ramp, backwards=True)], 1100)
    assert out[at(250), 0] == pytest.approx(0.375, abs=1e-4)
    assert out[at(750), 0] == pytest.approx(0.125, abs=1e-4)


def test_volume_0_is_silence():
    assert not track([plain(0, constant(300), volume=0)], 500).any()


def test_a_given_sound_is_left_as_it_is():
    sound = constant(300)
    track([plain(0, sound, level_db=-6)], 500)
    assert np.array_equal(sound, constant(300))


def test_what_lies_outside_is_not_heard():
    out = track([plain(-200, constant(300)), plain(900, constant(300)), plain(5000, constant(300))], 1000)
    assert out.shape == (48_000, 2)
    assert out[at(50), 0] == pytest.approx(0.25)
    assert out[at(95), 0] == pytest.approx(0.125, rel=1e-2)
    assert out[at(950), 0] == pytest.approx(0.25)


def test_the_end_is_faded():
    out = track([plain(0, constant(2000))], 1000)
    assert out[at(989), 0] == pytest.approx(0.25)
    assert out[at(995), 0] == pytest.approx(0.125, rel=1e-2)
    assert out[-1, 0] == 0


def test_nothing_to_play_is_silence():
    out = track([], 1234.5)
    assert out.shape == (59_256, 2)
    assert not out.any()


def test_reverb_of_the_sum_is_the_sum_of_the_reverbs():
    sounds = [noise(300, seed) for seed in range(12)]
    times = [100 * n for n in range(12)]
    plays = [Play(t, sound=s, level_db=-16, volume=0.6, reverb=80) for t, s in zip(times, sounds, strict=True)]
    together = track(plays, 3000)
    alone = sum(track([play], 3000).astype(float) for play in plays)
    assert np.abs(together).max() < PEAK
    assert np.abs(together - alone).max() < 4e-6


def test_every_level_of_reverb_is_its_own():
    plays = [
        Play(0, sound=noise(300, 1), reverb=80),
        Play(200, sound=noise(300, 2)),
        Play(300, sound=noise(300, 3), reverb=30),
    ]
    together = track(plays, 2000)
    alone = sum(track([play], 2000).astype(float) for play in plays)
    assert np.abs(together - alone).max() < 4e-6
    assert not track([plays[1]], 2000)[at(500) :].any()


def test_too_loud_gets_one_gain_over_all():
    plays = [plain(0, constant(300)), *(plain(500, constant(300)) for _ in range(40))]
    with mix(plays, 1000) as result:
        out = np.concatenate(list(result.blocks()))
        assert result.gain == pytest.approx(PEAK / 10)
    assert out[at(650), 0] == pytest.approx(PEAK)
    assert out[at(150), 0] == pytest.approx(PEAK / 40)
    assert np.abs(out).max() <= PEAK * (1 + 1e-6)


def test_gain_over_the_whole():
    assert track([plain(0, constant(300))], 500, gain_db=-20)[at(150), 0] == pytest.approx(0.025)
    assert track([plain(0, constant(300))], 500, gain_db=40)[at(150), 0] == pytest.approx(PEAK)


def test_louder_than_numbers_go():
    with pytest.raises(MediaError, match="the mix overflows"):
        mix([plain(0, constant(300), volume=1e30)], 500)


def test_files_are_read_once_each(tmp_path, monkeypatch):
    one = write_wav(tmp_path / "b.wav", np.repeat([0.25, 0.5, 0.125], 48_000))
    other = write_wav(tmp_path / "a.wav", np.full((24_000, 2), [0.125, -0.25]))
    plays = [
        Play(0, one, 1000, 500, fade_in=0, fade_out=0),
        Play(1000, other, 0, 400, fade_in=0, fade_out=0),
        Play(2000, one, 0, 500, fade_in=0, fade_out=0),
        Play(2000, one, 1000, 500, fade_in=0, fade_out=0),
    ]
    opened = []
    real = mixer.read_ranges
    monkeypatch.setattr(mixer, "read_ranges", lambda path, *rest: opened.append(path) or real(path, *rest))
    out = track(plays, 3000)
    assert opened == [other, one]
    assert out[at(250)] == pytest.approx([0.5, 0.5])
    assert out[at(1200)] == pytest.approx([0.125, -0.25])
    assert out[at(2250)] == pytest.approx([0.75, 0.75])


def test_past_the_end_of_a_file(tmp_path):
    path = write_wav(tmp_path / "a.wav", np.full(24_000, 0.25))
    late, cut = Play(0, path, 900, 300), Play(500, path, 400, 300, fade_in=0, fade_out=0)
    with mix([late, cut], 1000) as result:
        out = np.concatenate(list(result.blocks()))
        assert result.silent == [late]
        assert result.bad == []
    assert not out[: at(500)].any()
    assert out[at(550), 0] == pytest.approx(0.25)
    assert out[at(595), 0] == pytest.approx(0.125, rel=1e-2)
    assert not out[at(600) :].any()


def test_bad_files_are_listed_and_the_others_heard(tmp_path):
    good = write_wav(tmp_path / "good.wav", np.full(24_000, 0.25))
    (tmp_path / "text.wav").write_text("this is not sound")
    missing, text = str(tmp_path / "missing.wav"), str(tmp_path / "text.wav")
    with mix([Play(0, missing, 0, 300), Play(0, text, 0, 300), Play(0, good, 0, 300)], 500) as result:
        out = np.concatenate(list(result.blocks()))
        assert [path for path, _ in result.bad] == [missing, text]
    assert out[at(100), 0] == pytest.approx(0.25)


@pytest.mark.slow
def test_the_same_plays_give_the_same_bytes(tmp_path):
    paths = [write_wav(tmp_path / f"{n}.wav", noise(2000, n)) for n in range(3)]
    plays = [Play(31 * n, paths[n % 3], 17 * n, 200, level_db=-16, reverb=80) for n in range(60)]
    assert track(plays, 3000).tobytes() == track(plays, 3000).tobytes()


def test_a_long_mix_in_a_file_is_the_same(tmp_path, monkeypatch):
    plays = [Play(31 * n, sound=noise(400, n), level_db=-16, reverb=(0, 80)[n % 2]) for n in range(60)]
    in_memory = track(plays, 12_000)
    monkeypatch.setattr(bus, "BUS_IN_MEMORY", 0)
    monkeypatch.setattr(mixer.tempfile, "tempdir", str(tmp_path))
    assert track(plays, 12_000).tobytes() == in_memory.tobytes()
    assert list(tmp_path.iterdir()) == []


def test_no_room_for_a_long_mix():
    with pytest.raises(MediaError, match=r"needs \d+\.\d GB .* TMPDIR"):
        mix([plain(0, constant(100))], 1e14)


@pytest.mark.parametrize("fault", [{"volume": -1.0}, {"reverb": 200.0}])
def test_settings_out_of_range(fault):
    with pytest.raises(MediaError):
        mix([plain(0, constant(100), **fault)], 500)


def test_overlapped_times():
    # Steps: min(128, half the length): 50, 128, 128, 20.
    assert overlapped([100, 256, 1000, 40], 128, 0.5, 500) == ([500, 550, 678, 806], 826)
    assert overlapped([], 128, 0.5, 500) == ([], 500)


@pytest.mark.parametrize("stage", ["_add", "_finish"])
def test_a_mix_that_is_no_longer_wanted_ends(stage, monkeypatch):
    stop, done, real = threading.Event(), [], getattr(mixer, stage)

    def stopped(*about):
        done.append(1)
        stop.set()
        return real(*about)

    monkeypatch.setattr(mixer, stage, stopped)
    with pytest.raises(MediaError, match="no longer needed"):
        mix([plain(n, constant(50)) for n in range(5)], 1000, stop=stop)
    assert len(done) == 1
