"""Mosaics of sounds that are given by their numbers: what each term of a distance does, the path, and shifts."""

import numpy as np
import pytest

from lib.audio.course import COURSE_SIZE
from lib.audio.mosaic import CONSIDERED, SHIFTED, Places, Settings, _candidates, _considered, make_mosaic
from lib.audio.mosaic_space import CLASS, OCTAVE, Sounds, Space, class_points, octave_points
from lib.audio.weights import parse_weights

RNG = np.random.default_rng(5)


def sounds(midi, loudness=-20.0, durs=200.0, timbres=None):
    midi = np.asarray(midi, float)
    full = np.broadcast_to
    timbres = RNG.normal(size=(len(midi), COURSE_SIZE)) if timbres is None else timbres
    return Sounds(
        timbres, midi, full(np.asarray(loudness, float), midi.shape), full(np.asarray(durs, float), midi.shape)
    )


def made(corpus, target, weights, at=None, **settings):
    count = len(corpus.durs)
    places = Places(settings.pop("files", np.zeros(count, int)), 1000.0 * np.arange(count))
    at = 200.0 * np.arange(len(target.durs)) if at is None else at
    return make_mosaic(corpus, places, target, at, Settings(parse_weights(weights), **settings))


def test_every_other_class_is_about_as_far():
    points = class_points(np.arange(12.0))
    apart = ((points[0] - points[1:]) ** 2).sum(axis=1) / CLASS
    assert np.all((apart > 0.99) & (apart < 1.21))
    assert apart.sum() / 12 == pytest.approx(1)
    assert class_points(np.array([60.0])) == pytest.approx(class_points(np.array([84.0])))
    # No pitch is half of a class from each.
    assert (class_points(np.array([np.nan, 61.3]))[1] ** 2).sum() == pytest.approx(CLASS / 2)
    assert not class_points(np.array([np.nan])).any()


def test_octaves_add_up():
    points = octave_points(np.array([36.0, 48.0, 60.0, 96.0]))
    assert ((points - points[0]) ** 2).sum(axis=1) == pytest.approx([0, OCTAVE, 2 * OCTAVE, 5 * OCTAVE])


def test_terms_are_standardised_over_the_corpus():
    corpus = sounds(np.full(40, np.nan), RNG.normal(-20, 9, 40), RNG.uniform(50, 900, 40))
    for term in ("timbre", "loudness", "dur"):
        points = Space(corpus, parse_weights(f"{term}=1")).points(corpus)
        apart = ((points[:, None] - points[None]) ** 2).sum(axis=2)
        assert apart.mean() == pytest.approx(1, rel=1e-4)
        twice = Space(corpus, parse_weights(f"{term}=4")).points(corpus)
        assert twice == pytest.approx(2 * points)


def test_timbre_counts_more_than_loudness_and_length():
    """Volumes and curves bring a sample to the loudness of the target; one that is too long is cut."""
    timbres = RNG.normal(size=(40, COURSE_SIZE))
    corpus = sounds(np.full(40, np.nan), np.tile([-40.0, -20.0], 20), np.tile([100.0, 800.0], 20), timbres)
    target = sounds(np.full(40, np.nan), np.tile([-20.0, -40.0], 20), np.tile([800.0, 100.0], 20), timbres)
    assert made(corpus, target, "timbre=1&loudness=0.5&dur=0.5").rows.tolist() == list(range(40))


def test_what_comes_after_the_end_of_a_sample_does_not_count():
    timbres = np.zeros((6, COURSE_SIZE))
    timbres[1:, : COURSE_SIZE // 3] = 4.0  # they begin otherwise than the target
    timbres[0, -COURSE_SIZE // 3 :] = 20.0  # this one ends otherwise
    corpus = sounds(np.full(6, np.nan), timbres=timbres)
    target = sounds(np.full(2, np.nan), durs=[80.0, 900.0], timbres=np.zeros((2, COURSE_SIZE)))
    assert made(corpus, target, "timbre=1").rows.tolist() == [0, 1]


def test_the_difference_heard_is_the_mean_of_all_bands_while_the_sample_lasts():
    timbres = RNG.normal(size=(9, COURSE_SIZE))
    corpus = sounds(np.full(9, np.nan), timbres=timbres)
    # 186 ms: eight frames, of which the first part has four.
    target = sounds(np.full(1, np.nan), durs=8 * 512 / 22.05, timbres=timbres[3:4] / 2)
    space = Space(corpus, parse_weights("timbre=3"))
    rows = np.array([[0, 5]])
    straight = ((space.points(corpus)[rows[0]] - space.points(target)) ** 2).sum(axis=1)
    apart = np.abs(timbres[rows[0]] - timbres[3] / 2).reshape(2, 3, -1)[:, :2].mean(axis=(1, 2))
    scale = 2 * timbres.var(axis=0).sum()  # the mean square over pairs
    wanted = 3 * np.pi / 2 * COURSE_SIZE * apart**2 / scale
    assert straight + space.as_heard(corpus, target, rows)[0] == pytest.approx(wanted)


def test_a_target_from_the_corpus_is_itself():
    corpus = sounds(RNG.uniform(40, 90, 60), RNG.normal(-20, 5, 60), RNG.uniform(80, 900, 60))
    rows = RNG.permutation(60)[:30]
    found = made(corpus, corpus.take(rows), "timbre=1&pitch=2&loudness=0.5&dur=0.5")
    assert found.rows.tolist() == rows.tolist()
    assert not found.distances.any()


def test_the_right_note_wins_over_the_right_timbre():
    timbres = RNG.normal(size=(24, COURSE_SIZE))
    corpus = sounds(np.arange(48.0, 72.0), timbres=timbres)
    # Each target has the timbre of the sample a semitone above.
    target = sounds(np.arange(48.0, 71.0), timbres=timbres[1:])
    assert made(corpus, target, "timbre=1&pitch=2").rows.tolist() == list(range(23))
    assert made(corpus, target, "timbre=1").rows.tolist() == list(range(1, 24))


@pytest.mark.parametrize(("midi", "row"), [(60.19, 1), (59.81, 1), (60.21, 0)])
def test_cents_do_not_count_between_sounds_in_tune(midi, row):
    """The second sample has the timbre of the target, the first its exact pitch."""
    timbres = RNG.normal(size=(3, COURSE_SIZE))
    corpus = sounds([60.0, midi, 72.0], timbres=timbres)
    target = sounds([60.0], timbres=timbres[1:2])
    found = made(corpus, target, "timbre=1&pitch=50")
    assert found.rows.tolist() == [row]
    # Of the distance of two pitches in tune only the height is left: 2 for each octave, times the weight's root.
    assert (found.distances[0] == pytest.approx(2 * abs(midi - 60) / 12 * 50**0.5, abs=1e-5)) == (row == 1)


def test_where_the_target_has_no_pitch_that_of_the_corpus_does_not_count():
    timbres = RNG.normal(size=(6, COURSE_SIZE))
    corpus = sounds([40, 50, 60, 70, np.nan, 90], timbres=timbres)
    target = sounds(np.full(6, np.nan), timbres=timbres)
    assert made(corpus, target, "timbre=1&pitch=50").rows.tolist() == list(range(6))


def test_a_pitched_sample_is_better_than_one_without_pitch_if_the_note_is_right():
    corpus = sounds([np.nan, 60, 67], timbres=np.ones((3, COURSE_SIZE)))
    assert made(corpus, sounds([60.1, 66.0, 48.0]), "pitch=1", repeat=0).rows[[0, 2]].tolist() == [1, 1]


def test_without_a_pitch_in_the_corpus_pitch_tells_nothing():
    corpus = sounds(np.full(4, np.nan), [-10, -20, -30, -40])
    target = sounds([60, 62, 64, 65], [-40, -30, -20, -10])
    assert made(corpus, target, "pitch=2&loudness=1").rows.tolist() == [3, 2, 1, 0]


@pytest.mark.parametrize("louder", [-30.0, 0.0, 12.0])
def test_the_level_of_a_recording_does_not_count(louder):
    """Each sample has a twin of the same timbre that is 10 dB softer: the target's own dynamics choose between them."""
    timbres = RNG.normal(size=(20, COURSE_SIZE))
    corpus = sounds(np.full(40, 60.0), np.repeat([-20.0, -30.0], 20), timbres=np.concatenate([timbres, timbres]))
    played = np.where(np.arange(20) % 3 == 0, -30.0, -20.0)
    target = sounds(np.full(20, 60.0), played + louder, timbres=timbres)
    wanted = np.arange(20) + 20 * (played == -30.0)
    assert made(corpus, target, "timbre=1&pitch=2&loudness=0.5").rows.tolist() == wanted.tolist()
    # Without timbre levels are what they are.
    soft = made(corpus, sounds(np.full(20, 60.0), np.full(20, -60.0)), "pitch=2&loudness=1").rows
    assert (soft >= 20).all()


def test_a_file_runs_on_where_its_next_sample_fits_as_well():
    # Two files with the same sounds: rows 0 to 3 and 4 to 7.
    timbres = np.tile(RNG.normal(size=(4, COURSE_SIZE)), (2, 1))
    corpus = sounds(np.full(8, np.nan), timbres=timbres)
    target = sounds(np.full(4, np.nan), timbres=timbres[:4])
    files = np.repeat([0, 1], 4)
    rows = made(corpus, target, "timbre=1", files=files).rows
    assert len(set(files[rows].tolist())) == 1
    assert (rows % 4).tolist() == [0, 1, 2, 3]


def test_a_spread_keeps_to_a_file():
    loudness = np.array([-10.0, -20.0, -30.0, -14.0, -24.0, -34.0])
    corpus = sounds(np.full(6, np.nan), loudness)
    target = sounds(np.full(4, np.nan), [-10, -24, -30, -14])
    files = np.repeat([0, 1], 3)
    assert made(corpus, target, "loudness=1", files=files).rows.tolist() == [0, 4, 2, 3]
    assert set(made(corpus, target, "loudness=1", files=files, spread=5).rows.tolist()) <= {0, 1, 2}


def test_no_sample_returns_within_the_time_of_repeat():
    corpus, target = sounds(np.full(80, np.nan)), sounds(np.full(60, np.nan), timbres=np.ones((60, COURSE_SIZE)))
    found = made(corpus, target, "timbre=1", repeat=12.0)
    assert found.early == 0
    assert len(set(found.rows.tolist())) == 60
    few = made(corpus.take(np.arange(5)), target, "timbre=1", repeat=12.0)
    assert few.early == 55
    assert np.bincount(few.rows).tolist() == [12] * 5


def test_as_many_are_considered_as_can_be_in_use():
    at = np.arange(0, 10_000, 100.0)
    settings = Settings(parse_weights("timbre=1"), repeat=1.0)
    # In the second before each there are 9 others, from 900 ms before on.
    assert _considered(10_000, at, settings) == CONSIDERED + 9
    assert _considered(30, at, settings) == 30
    assert _considered(10_000, at, Settings(parse_weights("timbre=1"))) == CONSIDERED


def test_a_shift_brings_the_best_timbre_to_the_note():
    timbres = RNG.normal(size=(3, COURSE_SIZE))
    corpus = sounds([50, 60.25, 71], timbres=timbres)
    target = sounds([55, 59, 90, np.nan], timbres=timbres[[0, 1, 2, 0]])
    found = made(corpus, target, "timbre=1&pitch=2", shift=7)
    assert found.rows.tolist() == [0, 1, 2, 0]
    # As far as it is allowed; none, where there is no pitch to reach.
    assert found.shifts.tolist() == [5, -1.25, 7, 0]
    assert not made(corpus, target, "timbre=1&pitch=2").shifts.any()


def test_a_shift_that_rounds_to_none_has_no_sign():
    found = made(sounds([60.002]), sounds([60.0]), "pitch=1", shift=1)
    assert [str(shift) for shift in found.shifts] == ["0.0"]


def best_three(costs):
    """The rows of the three least costs {row: cost}; of equal ones the first come first."""
    return sorted(costs, key=lambda row: (costs[row], row))[:3]


def test_what_is_shifted_is_the_nearest_within_reach_by_brute_force():
    """Of each sample the three nearest, and the three nearest within the reach of a shift, whatever their pitch."""
    random, weights = np.random.default_rng(6), parse_weights("dur=1&pitch=2")
    shifted = unpitched = out_of_reach = 0
    for _ in range(8):
        corpus = sounds(
            np.where(random.random(12) < 0.2, np.nan, random.uniform(40, 62, 12)), durs=random.random(12) * 500 + 50
        )
        # Of three notes, within a semitone each, and without a pitch
        midi = np.append(random.choice(random.integers(45, 75, 3), 12) + random.uniform(0, 1, 12), [np.nan] * 2)
        midi[0] = np.floor(midi[0]) + 0.05
        corpus.midi[0] = midi[0] - random.uniform(1.9, 2.2)  # just within or beyond the reach of a shift by 2
        target = sounds(midi, durs=random.random(14) * 500 + 50)
        space = Space(corpus, weights)
        found = _candidates(space, corpus, target, 3, Settings(weights, shift=2.0))
        points, pitches = space.points(corpus), space.pitches(corpus.midi)
        for n in range(14):
            plain = np.square(points - space.points(target)[n]).sum(axis=1)
            if np.isnan(midi[n]):
                costs, shifts = dict(enumerate(plain)), np.zeros(12)
                unpitched += 1
            else:
                whole = plain + np.square(pitches - space.pitches(midi[n : n + 1])).sum(axis=1)
                low, high = np.floor(midi[n]) - 2, np.floor(midi[n]) + 3
                near = {row: plain[row] for row in range(12) if low <= corpus.midi[row] < high}
                out_of_reach += not near
                shifts = np.nan_to_num(np.clip(midi[n] - corpus.midi, -2, 2)).round(2)
                at = np.square(space.pitches(corpus.midi + shifts) - space.pitches(midi[n : n + 1])).sum(axis=1)
                cost = plain + at + 2 * SHIFTED * np.abs(shifts) / 12
                costs = {row: cost[row] for row in {*best_three(dict(enumerate(whole))), *best_three(near)}}
            rows = best_three(costs)
            assert found[0][n].tolist() == rows
            assert found[1][n] == pytest.approx(np.sqrt([costs[row] for row in rows]), abs=1e-4)
            assert found[2][n] == pytest.approx(shifts[rows])
            shifted += np.count_nonzero(shifts[rows])
    assert min(shifted, unpitched, out_of_reach) >= 12


@pytest.mark.slow
def test_threads_do_not_change_it():
    corpus, target = sounds(RNG.uniform(50, 70, 200)), sounds(RNG.uniform(55, 65, 40))
    one = made(corpus, target, "timbre=1&pitch=2", shift=3)
    four = made(corpus, target, "timbre=1&pitch=2", shift=3, threads=4)
    assert one.rows.tolist() == four.rows.tolist()
    assert one.distances.tolist() == four.distances.tolist()
