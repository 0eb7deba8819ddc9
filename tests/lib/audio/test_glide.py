"""A sound that follows its time stamps: a sine is where its delay puts it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lib.audio.glide import Glide
from tests.support.each import each


def glided(sound, marks, pieces, moved=0.0):
    """What comes out of a sound that comes in pieces, which end at these samples."""
    glide = Glide(sound.shape[1], moved)
    for mark in marks:
        glide.mark(*mark)
    return np.concatenate([glide.add(sound[a:b], last=b == len(sound)) for a, b in zip((0, *pieces), pieces)])


@each("pieces", [(2000,), (1, 50, 400, 401, 1500, 2000), tuple(range(100, 2001, 100))])
@each(
    ("marks", "moved"),
    [
        ([(300, 0.0), (800, 12.5), (1200, 12.5), (1500, -3.25)], 0.0),
        ([(500, 7.0), (1000, 7.0)], 7.0),
        ([(400, 0.0), (1000, -20.0)], 0.0),
        ([(600, 100.0)], 0.0),
    ],
)
def test_each_sample_sounds_as_late_as_the_marks_say(marks, moved, pieces):
    places = np.arange(2000)
    sound = np.stack([np.sin(0.05 * places), np.cos(0.11 * places)], axis=1).astype(np.float32)
    out = glided(sound, marks, pieces, moved)
    at, delays = np.array([(0, moved), *marks, (2000, marks[-1][1])]).T
    # Sample n of what comes out, the delay at its beginning left out, is where place + delay = n.
    came = np.interp(np.arange(len(out)) + round(moved), at + delays, at)
    assert len(out) == pytest.approx(2000 + marks[-1][1] - moved, abs=1)
    inner = (came > 20) & (came < 1980)
    expected = np.stack([np.sin(0.05 * came), np.cos(0.11 * came)], axis=1)
    assert_allclose(out[inner], expected[inner], rtol=0, atol=6e-5)


def test_without_a_delay_the_sound_is_unchanged():
    sound = np.random.default_rng(1).standard_normal((500, 1)).astype(np.float32)
    for pieces in ((500,), (1, 30, 500)):
        assert np.array_equal(glided(sound, [(100, 0.0), (200, 0.0)], pieces), sound)
    glide = Glide(1)
    glide.mark(10, 0.0)
    assert glide.add(sound[:100]) is not None
    assert len(glide.add(np.zeros((0, 1), np.float32), last=True)) == 0


def test_a_delay_begins_where_the_sound_without_one_ended():
    sound = np.sin(0.05 * np.arange(1000))[:, None].astype(np.float32)
    glide = Glide(1)
    glide.mark(50, 0.0)
    glide.mark(300, 0.0)
    first = glide.add(sound[:320])
    assert np.array_equal(first, sound[:320])
    glide.mark(600, 30.0)
    rest = glide.add(sound[320:], last=True)
    out = np.concatenate([first, rest])[:, 0]
    came = np.interp(np.arange(len(out)), [0, 300, 630, 1030], [0, 300, 600, 1000])
    assert len(out) == 1030
    # (What was given out before the mark was set stays.)
    assert out[360:980] == pytest.approx(np.sin(0.05 * came[360:980]), abs=6e-5)


def test_a_mark_that_is_not_reached_yet_still_holds():
    sound = np.sin(0.05 * np.arange(1000))[:, None].astype(np.float32)
    glide = Glide(1)
    glide.mark(300, 0.0)
    first = glide.add(sound[:100])
    glide.mark(600, 30.0)
    out = np.concatenate([first, glide.add(sound[100:], last=True)])[:, 0]
    came = np.interp(np.arange(len(out)), [0, 300, 630, 1030], [0, 300, 600, 1000])
    inner = came < 980
    assert out[inner] == pytest.approx(np.sin(0.05 * came[inner]), abs=6e-5)


@each(("share", "error_db"), [(0.1, -90), (0.25, -90), (0.35, -90), (0.4, -90)])
def test_between_samples_high_tones_are_exact_too(share, error_db):
    """share: of the rate. A shift by a third of a sample."""
    phase = 2 * np.pi * share * np.arange(3000)
    sound = np.sin(phase)[:, None].astype(np.float32)
    out = glided(sound, [(3000, 1 / 3)], (3000,), 1 / 3)[:, 0]
    expected = np.sin(2 * np.pi * share * (np.arange(len(out)) - 1 / 3))
    error = np.sqrt(2 * np.mean((out - expected)[100:2900] ** 2))
    assert 20 * np.log10(error) < error_db


@pytest.mark.parametrize("pieces", [(1000,), (101, 400, 1000), tuple(range(50, 1001, 50))])
def test_a_delay_of_more_than_the_sound_itself(pieces):
    sound = np.sin(0.05 * np.arange(1000))[:, None].astype(np.float32)
    out = glided(sound, [(100, 0.0), (110, 5000.0)], pieces)
    assert len(out) == 6000
    assert out[:80, 0] == pytest.approx(sound[:80, 0], abs=1e-6)
    assert out[5130:5970, 0] == pytest.approx(sound[130:970, 0], abs=1e-6)


@pytest.mark.parametrize("pieces", [(1000,), (290, 305, 320, 700, 1000), tuple(range(100, 1001, 100))])
def test_a_sound_that_is_to_be_earlier_than_what_was_given_out_goes_on_where_it_is(pieces):
    sound = np.sin(0.05 * np.arange(1000))[:, None].astype(np.float32)
    out = glided(sound, [(300, 0.0), (310, -50.0), (320, -50.0)], pieces)
    assert len(out) == 950
    assert out[:300, 0] == pytest.approx(sound[:300, 0], abs=1e-6)
    assert out[300:900, 0] == pytest.approx(sound[350:950, 0], abs=1e-6)
