"""Which channels carry sound, and how they are mixed; of signals whose power is known, at 1000 samples a second."""

import numpy as np
import pytest

from lib.audio.channels import Downmix, Levels, weights_of
from tests.support.each import each

RATE = 1000


def signs(count, seed=1):
    """A noise of power 1: random signs."""
    return np.random.default_rng(seed).choice([-1.0, 1.0], count)


def of_levels(decibels, count=2000):
    """Channels of independent noise at these levels in dBFS (RMS)."""
    return np.stack([10 ** (db / 20) * signs(count, n) for n, db in enumerate(decibels)], axis=1).astype(np.float32)


@each(
    ("names", "carriers", "mono", "stereo"),
    [
        ("FL FR", (0, 1), [[0.5, 0.5]], [[1, 0], [0, 1]]),
        ("FC", (0,), [[1]], [[1], [1]]),
        ("FL FR FC LFE BL BR", (0, 1, 2, 4, 5), [[0.2, 0.2, 0.2, 0, 0.2, 0.2]],
         [[1 / 3, 0, 1 / 3, 0, 1 / 3, 0], [0, 1 / 3, 1 / 3, 0, 0, 1 / 3]]),
        ("FL FR FC LFE BL BR", (2,), [[0, 0, 1, 0, 0, 0]], [[0, 0, 1, 0, 0, 0]] * 2),
        ("FL FR", (0,), [[1, 0]], [[1, 0], [1, 0]]),  # a side without a carrier
        ("a b c", (0, 1, 2), [[1 / 3] * 3], [[0.5, 0, 0.5], [0, 0.5, 0.5]]),  # without names, in pairs
        ("a b c d", (0, 1, 3), [[1 / 3, 1 / 3, 0, 1 / 3]], [[1, 0, 0, 0], [0, 0.5, 0, 0.5]]),
    ],
)  # fmt: skip
def test_shares_of_channels(names, carriers, mono, stereo):
    assert weights_of(names.split(), carriers, 1) == pytest.approx(np.array(mono, float))
    assert weights_of(names.split(), carriers, 2) == pytest.approx(np.array(stereo, float))


@each(
    ("levels", "carriers"),
    [
        ((-20, -30, -49, -10), (0, 1, 2)),  # never the low one
        ((-10, -30, -51, -10), (0, 1)),
        ((-10, -30, -50.4, -10), (0, 1)),
        ((-10, -30, -49.6, -10), (0, 1, 2)),
        ((-20, -30, -51, -10), (0, 1, 2)),  # within 35 dB of the loudest
        ((-60, -94, -96, -10), (0, 1)),  # in a quiet recording as well
        ((-60, -94, -96, -200), (0, 1)),
        ((-200, -200, -200, -10), (0, 1, 2)),
    ],
)
@each("cut", [(), (300,), (1000,), (10, 20, 1700)])
def test_channels_that_carry_sound(levels, carriers, cut):
    sound = of_levels(levels)
    sound[:, np.array(levels) < -150] = 0
    found = Levels(("FL", "FR", "FC", "LFE"), RATE)
    known = [found.add(piece) for piece in np.split(sound, cut)]
    assert known[-1] is (min(levels[:3]) > -50)
    assert found.carriers() == carriers


def test_a_channel_that_is_heard_for_a_second_is_a_carrier():
    sound = of_levels((-20, -70), 5500)
    for first, heard in ((2000, True), (2500, False)):  # (windows begin at whole seconds)
        sound[:, 1] = of_levels((-70,), 5500)[:, 0]
        sound[first : first + 1000, 1] = of_levels((-48 if heard else -49,), 1000)[:, 0]
        levels = Levels(("FL", "FR"), RATE)
        assert levels.add(sound) is heard
        assert levels.carriers() == ((0, 1) if heard else (0,))
    # The last second counts though it is not whole, and a layout of the low channel alone has that.
    levels = Levels(("FL", "FR"), RATE)
    assert not levels.add(of_levels((-20, -40), 400))
    assert levels.carriers() == (0, 1)
    assert Levels(("LFE",), RATE).carriers() == (0,)


def mixed(sound, weights, cut=()):
    mix = Downmix(np.array(weights, float), RATE)
    pieces = np.split(np.asarray(sound, np.float32), cut)
    return np.concatenate([mix.add(piece, last=n == len(cut)) for n, piece in enumerate(pieces)])[:, 0]


def gains(count, *parts):
    """A noise times the gains (one for each channel) of each part, whose length is in samples."""
    return np.concatenate([np.outer(signs(count, 7 + n), part) for n, part in enumerate(parts)])


@each(
    ("pair", "channel"),
    [
        ((1, 1), None),
        ((1, -0.5), None),
        ((1, -0.6), None),  # their mean has 0.118 of the power of uncorrelated ones
        ((1, -0.7), 0),  # 0.06 of it
        ((-0.7, 1), 1),
        ((1, -1), 0),
    ],
)
def test_where_channels_cancel_the_loudest_takes_their_place(pair, channel):
    sound = gains(1000, pair)
    expected = sound.mean(axis=1) if channel is None else sound[:, channel]
    assert mixed(sound, [[0.5, 0.5]]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("cut", [(), (1, 999, 1000, 1500), (2500,)])
def test_the_mix_changes_over_ten_milliseconds(cut):
    sound = gains(1000, (1, 1), (1, -0.9), (1, -0.9), (1, 0.8))
    expected = sound.mean(axis=1)
    expected[1000:3000] = sound[1000:3000, 0]
    share = np.arange(10) / 10
    expected[1000:1010] = (1 - share) * sound[1000:1010].mean(axis=1) + share * sound[1000:1010, 0]
    expected[3000:3010] = (1 - share) * sound[3000:3010, 0] + share * sound[3000:3010].mean(axis=1)
    assert mixed(sound, [[0.5, 0.5]], cut) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("louder", "channel"), [(0.95, 1), (1.05, 0)])
def test_a_channel_stays_until_another_is_louder_by_6_db(louder, channel):
    sound = gains(1000, (0.5, -1, 0.5), (louder, -0.5, 0.5 - louder))
    found = mixed(sound, [[1 / 3] * 3])
    assert found[:1000] == pytest.approx(sound[:1000, 1], abs=1e-6)
    assert found[1010:] == pytest.approx(sound[1010:, channel], abs=1e-6)


@pytest.mark.parametrize(("rest", "judged"), [(249, False), (250, True)])
def test_a_short_rest_is_mixed_as_before(rest, judged):
    sound = gains(1000, (1, 1), (1, -1))[: 1000 + rest]
    found = mixed(sound, [[0.5, 0.5]])
    assert found[1010:] == pytest.approx(sound[1010:, 0] if judged else 0 * sound[1010:, 0], abs=1e-6)
    # But if it is all there is.
    assert mixed(sound[1000:], [[0.5, 0.5]]) == pytest.approx(sound[1000:, 0], abs=1e-6)


def test_single_channels_are_copied():
    sound = of_levels((-6, -12, -20), 50)
    mix = Downmix(np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]), RATE)
    assert mix.add(sound) is sound
    mix = Downmix(np.array([[0, 0, 1.0], [1, 0, 0]]), RATE)
    assert np.array_equal(mix.add(sound), sound[:, [2, 0]])


def test_of_a_quiet_recording_the_power_of_all_of_it_counts():
    # Over 2100 samples: the second channel sounds in the last hundred, 33 dB below the first; 46 in all.
    sound = of_levels((-60, -93), 2100)
    sound[:2000, 1] = 0
    levels = Levels(("FL", "FR"), RATE)
    levels.add(sound)
    assert levels.carriers() == (0,)


def test_a_second_of_one_sample_is_complete():
    mix = Downmix(np.array([[0.5, 0.5]]), 1)
    assert len(mix.add(np.ones((3, 2), np.float32))) == 3


@each("before", [0, 1, 2])
@each(("louder", "changes"), [(2.0, False), (2.01, True), (1.5, False)])
def test_whichever_channel_is_heard_another_has_to_be_louder_by_more_than_6_db(before, louder, changes):
    # (Of alternating signs powers are exact.)
    other, third = (before + 1) % 3, (before + 2) % 3
    sound = np.zeros((2000, 3))
    sound[:1000, [before, other, third]] = 1.0, -0.5, -0.5
    sound[1000:, [before, other, third]] = -0.5, 0.5 * louder, 0.5 - 0.5 * louder
    sound *= np.tile([1.0, -1.0], 1000)[:, None]
    found = mixed(sound, [[1 / 3] * 3])
    assert found[:1000] == pytest.approx(sound[:1000, before], abs=1e-6)
    assert found[1010:] == pytest.approx(sound[1010:, other if changes else before], abs=1e-6)


def test_a_single_channel_beside_a_mean_is_itself():
    sound = gains(1000, (1, 0.5, 0.25)).astype(np.float32)
    out = Downmix(np.array([[1.0, 0, 0], [0, 0.5, 0.5]]), RATE).add(sound, last=True)
    assert out == pytest.approx(np.stack([sound[:, 0], sound[:, 1:].mean(axis=1)], axis=1))
