"""The sounds of a mix before they are added: by the description of a play, step by step."""

import math
import threading

import numpy as np
import pytest

from lib.audio import mix_sounds
from lib.audio.mix_plays import Play
from lib.audio.mix_sounds import moving_gains, ready_sounds
from lib.audio.stretch import stretch
from lib.errors import MediaError
from tests.support.each import each


def noise(frames, seed=1):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (frames, 2)).astype(np.float32)


def made(play, sound, rms=0.25, **how):
    (ready,) = ready_sounds([(play, sound, rms)], how.pop("is_heard", lambda *_: True), how.pop("threads", 1), **how)
    return ready


def pan_worked_out(pan):
    angle = (pan + 1) * math.pi / 4
    return math.sqrt(2) * math.cos(angle), math.sqrt(2) * math.sin(angle)


def gains_worked_out(pan, pan_to, frames):
    """Straight lines between the gains at each 480 frames and at the end; beyond a side a pan comes in at the other."""
    places = sorted({*range(0, frames, 480), frames})
    corners = []
    for place in places:
        at = pan + (pan_to - pan) * place / frames
        while abs(at) > 1 + 1e-9:
            at -= math.copysign(2, at)
        corners.append(pan_worked_out(min(max(at, -1), 1)))
    return np.array([np.interp(np.arange(frames), places, [corner[side] for corner in corners]) for side in (0, 1)]).T


@each("frames", [1, 479, 480, 481, 960, 2000])
@each(
    ("pan", "pan_to"),
    [
        (-1, 1),
        (0.5, 1.5),
        (-0.25, -1.25),
        (0, 4),
        (1, 1),
        (0.9, 3.1),
        (-5, 2),
        (0.3, 1.0000000001),
        (0.3, 1.0000000012),
    ],
)
def test_a_moving_pan_by_brute_force(pan, pan_to, frames):
    expected = gains_worked_out(pan, pan_to, frames)
    found = moving_gains(pan, pan_to, frames)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-5)
    for first, count in ((0, 1), (frames // 2, None), (frames // 3, frames // 4), (0, None)):
        end = frames if count is None else first + count
        found = moving_gains(pan, pan_to, frames, first, count)
        np.testing.assert_allclose(found, expected[first:end], atol=1e-5)


@pytest.mark.parametrize(("pan", "pan_to"), [(math.nan, 0), (0, math.inf), (-math.inf, 0)])
def test_a_pan_that_is_no_number_is_refused(pan, pan_to):
    with pytest.raises(MediaError, match="cannot move from pan"):
        moving_gains(pan, pan_to, 10)


@each(
    ("how", "gain"),
    [
        ({}, 1),
        ({"volume": 0.5}, 10 ** math.log(0.5)),  # 20 ln(volume) dB
        ({"level_db": -20}, 0.1 / 0.25),
        ({"most_db": -20, "volume": 2}, 0.4 * 10 ** math.log(2)),
        ({"most_db": -6}, 1),
        ({"level_db": -6, "most_db": -20}, 0.4),
    ],
)
def test_a_plain_play_has_its_gain_and_its_fades(how, gain):
    play, sound = Play(0, fade_in=0.2, fade_out=0.4, pan=0.5, **how), noise(1000)
    ready = made(play, sound)
    assert ready.play is play
    assert np.array_equal(ready.sound, sound)
    assert ready.gains == pytest.approx([gain * side for side in pan_worked_out(0.5)])
    assert (ready.fades, ready.backwards) == ((200, 400), False)
    assert made(Play(0, backwards=True), sound).backwards


def test_what_is_not_heard_is_none():
    asked = []
    sound = noise(960)
    assert made(Play(0), sound, is_heard=lambda play, frames: asked.append(frames)) is None
    assert made(Play(0, stretch_ms=100), sound, is_heard=lambda play, frames: asked.append(frames)) is None
    assert made(Play(0, stretch_ms=100), sound[:0], is_heard=lambda play, frames: asked.append(frames)) is None
    assert made(Play(0, shift=12), sound, is_heard=lambda play, frames: asked.append(frames)) is None
    assert asked == [960, 4800, 0, 480]
    assert made(Play(0, volume=0), sound) is None


@pytest.mark.parametrize("stretch_ms", [0.0, 0.5])
def test_a_sound_may_be_stretched_to_nothing(stretch_ms):
    asked = []
    made(Play(0, stretch_ms=stretch_ms), noise(100), is_heard=lambda play, frames: asked.append(frames))
    assert asked == [stretch_ms * 48]


@pytest.mark.parametrize("stretch_ms", [-0.1, math.inf, math.nan])
def test_a_length_that_cannot_be_is_refused(stretch_ms):
    with pytest.raises(MediaError, match="cannot be stretched"):
        made(Play(0, stretch_ms=stretch_ms), noise(100))


def test_gains_along_a_sound_are_each_for_50_ms():
    sound = np.ones((9600, 2), np.float32)
    ready = made(Play(0, curve=(-20.0, -20.0, 0.0, 0.0)), sound)
    assert ready.sound[[0, 1200, 8400, 9599]] == pytest.approx(np.array([[0.1] * 2, [0.1] * 2, [1] * 2, [1] * 2]))
    assert (sound == 1).all()


@pytest.mark.parametrize("backwards", [False, True])
def test_a_moving_pan_is_part_of_the_sound_also_backwards(backwards):
    sound = noise(2000)
    ready = made(Play(0, pan=-0.5, pan_to=0.75, volume=0.5, backwards=backwards), sound)
    gains = gains_worked_out(-0.5, 0.75, 2000)
    # It is turned round when it is added, and so are its gains.
    np.testing.assert_allclose(ready.sound, sound * (gains[::-1] if backwards else gains), atol=1e-5)
    assert ready.gains == pytest.approx([10 ** math.log(0.5)] * 2)


@pytest.mark.parametrize("backwards", [False, True])
def test_what_is_stretched_is_faded_before_and_turned_round(backwards):
    sound = noise(4800)
    ready = made(Play(0, stretch_ms=300, seed=5, fade_in=0.1, fade_out=0.5, backwards=backwards), sound)
    # A straight line in, and one to the power of 2.5 out.
    fades = np.minimum(np.arange(4800) / 480, 1) * np.minimum((4799 - np.arange(4800)) / 2400, 1) ** 2.5
    faded = (sound[::-1] if backwards else sound) * fades[:, None].astype(np.float32)
    expected = stretch(faded.astype(np.float32), 14_400, 5)
    ends = np.minimum(np.minimum(np.arange(14_400), np.arange(14_400)[::-1]) / 480, 1)
    assert np.abs(ready.sound - expected * ends[:, None]).max() < 1e-5
    assert (ready.fades, ready.backwards) == ((0, 0), False)


def test_a_rough_mix_is_stretched_roughly(monkeypatch):
    asked = []
    for name in ("stretch", "stretch_roughly"):
        monkeypatch.setattr(
            mix_sounds, name, lambda sound, frames, seed, name=name: asked.append((name, frames)) or noise(frames)
        )
    made(Play(0, stretch_ms=10), noise(100))
    made(Play(0, stretch_ms=10), noise(100), rough=False)
    made(Play(0, stretch_ms=10), noise(100), rough=True)
    assert asked == [("stretch", 480), ("stretch", 480), ("stretch_roughly", 480)]


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_plays_stay_in_order_and_no_more_are_held_than_there_are_threads(threads):
    plays = [Play(n, stretch_ms=30.0 if n % 3 else None) for n in range(12)]
    taken = []

    def coming():
        for play in plays:
            taken.append(play)
            yield play, noise(200), 0.25

    for n, ready in enumerate(ready_sounds(coming(), lambda *_: True, threads)):
        assert ready.play is plays[n]
        assert len(taken) <= n + 1 + (threads if threads > 1 else 0)
    assert len(taken) == 12


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_only_what_is_stretched_is_made_in_other_threads(monkeypatch, threads):
    made = []
    monkeypatch.setattr(
        mix_sounds, "stretch", lambda sound, frames, seed: made.append(threading.current_thread()) or noise(frames)
    )
    monkeypatch.setattr(
        mix_sounds, "shifted", lambda sound, shift: sound if shift else made.append(threading.current_thread()) or sound
    )
    taken = []

    def coming(stretched):
        for n in range(9):
            taken.append(n)
            yield Play(n, stretch_ms=10.0 if stretched else None, shift=float(stretched)), noise(100), 0.25

    here = threading.current_thread()
    assert len(list(ready_sounds(coming(False), lambda *_: True, threads))) == 9
    assert made == [here] * 9
    made.clear()
    taken.clear()
    ready = ready_sounds(coming(True), lambda *_: True, threads)
    assert next(ready).play.time_ms == 0
    assert len(taken) == (threads + 1 if threads > 1 else 1)
    assert [one.play.time_ms for one in ready] == list(range(1, 9))
    assert (here in made) == (threads == 1)
