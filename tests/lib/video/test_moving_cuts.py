"""Cuts within pans, beside scenes of a few frames, between the fields of frames: on pictures as they are compared."""

import numpy as np
import pytest

from lib.video.alignment import unlike_moved
from lib.video.cuts import find_cuts
from lib.video.profiles import Profiles
from lib.video.thumbnails import COLUMNS, ROWS, Thumbnails
from tests.support.cut_lab import smooth

FRAME_MS = 40


def cuts_of(pictures):
    """The cuts of grey pictures, shape (n, 2 * ROWS, 2 * COLUMNS), as (old scene's last frame + 1, new one's first)."""
    fields = np.asarray(pictures, float).reshape(-1, ROWS, 2, COLUMNS, 2).mean(axis=4)
    top, bottom = np.clip(fields, 0, 255).round().astype(np.uint8).transpose(2, 0, 1, 3)
    begins = FRAME_MS * np.arange(len(top), dtype=float)
    chroma = np.full((len(top), 2, ROWS // 2, COLUMNS // 2), 128, np.uint8)
    film = Thumbnails(begins, begins + FRAME_MS, top, chroma, bottom)
    return [(round(cut.old_ms / FRAME_MS), round(cut.new_ms / FRAME_MS)) for cut in find_cuts(film)]


def texture(random, wide=2000, low=60, high=190):
    """A long strip of one texture everywhere: each part of it holds what all others do."""
    return low + (high - low) * np.kron(random.random((2 * ROWS // 6, wide // 8)), np.ones((6, 8)))


def pan(strip, count, speed, first=0, field=0.5):
    """Frames of two fields each, of which the second is half a step on; field 0: of one."""
    found = np.empty((count, 2 * ROWS, 2 * COLUMNS))
    for n in range(count):
        for rows, late in ((slice(0, None, 2), 0), (slice(1, None, 2), field)):
            left = first + round((n + late) * speed)
            found[n, rows] = strip[rows, left : left + 2 * COLUMNS]
    return found


@pytest.mark.parametrize("speed", [9, 13, -11])
def test_a_cut_from_one_texture_to_another_within_a_pan(speed):
    random = np.random.default_rng(11)
    first = 0 if speed > 0 else 1200
    parts = [pan(texture(random), 40, speed, first, field=0) for _ in range(3)]
    assert cuts_of(np.concatenate(parts)) == [(40, 40), (80, 80)]


def test_a_cut_between_two_fields_within_a_pan():
    random = np.random.default_rng(12)
    one, two = (pan(texture(random), 40, 12) for _ in range(2))
    one[-1, 1::2] = two[0, 1::2]
    assert cuts_of(np.concatenate([one, two])) == [(39, 40)]


@pytest.mark.parametrize("side", ["old", "new"])
def test_a_field_of_the_other_scene_is_left_out_whichever_comes_first(side):
    random = np.random.default_rng(17)
    one, two = (pan(texture(random), 40, 2, field=0) for _ in range(2))
    if side == "old":
        one[-1, 1::2] = two[0, 1::2]
    else:
        two[0, 1::2] = one[-1, 1::2]
    assert cuts_of(np.concatenate([one, two])) == [(39, 40) if side == "old" else (40, 41)]


def test_fields_of_two_moments_are_of_one_scene():
    random = np.random.default_rng(18)
    one, two = (pan(texture(random), 40, 12) for _ in range(2))
    assert cuts_of(np.concatenate([one, two])) == [(40, 40)]


def street(random):
    """A long strip of one texture, brighter here and there from top to bottom, as sky, houses and pavement are."""
    return texture(random, low=20, high=110) + np.kron(random.uniform(0, 120, (2 * ROWS // 9, 1)), np.ones((9, 2000)))


def blurred(strip, left, step):
    """What is seen of a strip that moves by `step` columns while a frame is exposed."""
    return np.mean([strip[:, left + n : left + n + 2 * COLUMNS] for n in range(0, step, 2)], axis=0)


@pytest.mark.parametrize("seed", [12, 55])
def test_a_blurred_pan_that_begins_and_ends_at_once_has_no_cuts(seed):
    random = np.random.default_rng(seed)
    strip = street(random)
    places = [0] * 20 + [60 * n for n in range(10)] + [600] * 20
    film = np.array([blurred(strip, p, 60 if 20 <= n < 30 else 2) for n, p in enumerate(places)])
    assert cuts_of(film + random.normal(0, 1, film.shape)) == []


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_a_frame_blended_of_two_scenes_in_a_fast_pan_is_of_neither(share):
    random = np.random.default_rng(20)
    one, two = (pan(street(random), 30, 24, field=0) for _ in range(2))
    film = np.concatenate([one, [one[-1] * (1 - share) + two[0] * share], two[1:]])
    assert cuts_of(film + random.normal(0, 6, film.shape)) == [(30, 31)]


def test_something_that_lights_up_in_a_dark_picture_is_not_a_cut():
    random = np.random.default_rng(21)
    night = 25 + 12 * np.kron(random.random((2 * ROWS // 3, 2 * COLUMNS // 3)), np.ones((3, 3)))
    lit = night.copy()
    lit[10:20, 60:74] = 230
    film = np.array([night] * 30 + [lit] * 30) + random.normal(0, 0.5, (60, *night.shape))
    assert cuts_of(film) == []
    # Another town.
    other = 25 + 12 * np.kron(random.random((2 * ROWS // 3, 2 * COLUMNS // 3)), np.ones((3, 3)))
    film[30:] += other - night
    assert cuts_of(film) == [(30, 30)]


def test_pans_of_any_speed_have_no_cuts():
    random = np.random.default_rng(13)
    for speed in (1, 5, 14, 25):
        assert cuts_of(pan(texture(random), 60, speed, field=0.5)) == []


def test_a_brighter_scene_of_a_few_frames_is_not_an_explosion():
    random = np.random.default_rng(14)
    one, two = (pan(texture(random, high=high), 60, 0.5, field=0) for high in (110, 220))
    film = one.copy()
    film[26:34] = two[26:34]
    assert cuts_of(film) == [(26, 26), (34, 34)]
    # Light that falls on the same scene for as long.
    spot = 120 * smooth(random, 2 * ROWS, 2 * COLUMNS, 2) + 30
    film = one.copy()
    film[26:34] += spot * np.linspace(1, 0.4, 8)[:, None, None]
    assert cuts_of(film) == []


def test_a_flash_within_a_pan_is_looked_through():
    film = pan(texture(np.random.default_rng(15)), 60, 10, field=0)
    film[30:32] = np.clip(film[30:32] + 150, 0, 255)
    assert cuts_of(film) == []


def test_profiles_change_with_the_scene_and_not_with_a_pan():
    random = np.random.default_rng(22)
    one, two = (random.uniform(20, 230, (ROWS, 1)) + random.normal(0, 5, (ROWS, 400)) for _ in range(2))
    places = [0, 30, 60, 90, 120, 150]
    luma = np.array([scene[:, p : p + COLUMNS] for scene in (one, two) for p in places]).clip(0, 255).astype(np.uint8)
    profiles = Profiles(luma, np.full((12, 2, ROWS // 2, COLUMNS // 2), 128, np.uint8))
    old, new = np.array([5, 2]), np.array([6, 3])
    within = [(old - 1, old), (old - 2, old - 1), (new, new + 1), (new + 1, new + 2)]
    leads, levels = profiles.leads((old, new), within)
    rows = luma.astype(float).mean(axis=2)

    def change(a, b):  # of all values; those of chroma do not change
        return np.sqrt(((rows[a] - rows[b]) ** 2).sum() / (ROWS + 2 * (ROWS // 2)))

    assert levels == pytest.approx([change(5, 6), change(2, 3)], rel=1e-4)
    assert leads[0] == pytest.approx(
        change(5, 6) / max(change(4, 5), change(3, 4), change(6, 7), change(7, 8)), rel=1e-3
    )
    assert leads[0] > 20
    assert leads[1] < 2


def test_profiles_tell_the_share_of_another_scene_in_a_pan():
    random = np.random.default_rng(23)
    one, two = (random.uniform(20, 230, (ROWS, 1)) + random.normal(0, 20, (ROWS, 400)) for _ in range(2))
    mixed = 0.6 * one[:, 80 : 80 + COLUMNS] + 0.4 * two[:, 200 : 200 + COLUMNS]
    luma = [one[:, :COLUMNS], one[:, 40 : 40 + COLUMNS], mixed, two[:, 240 : 240 + COLUMNS]]
    profiles = Profiles(np.array(luma).clip(0, 255).astype(np.uint8), np.full((4, 2, 18, 24), 128, np.uint8))
    share, usual, explained = profiles.shares(2, 1, 0, 3)
    assert share == pytest.approx(0.4, abs=0.03)
    assert usual < 0.05
    assert explained > 0.95


def test_pictures_are_moved_to_where_they_fit():
    random = np.random.default_rng(16)
    whole = np.kron(random.normal(0, 30, (25, 35)), np.ones((2, 2)))
    pictures = np.array([whole[10:40, 10:50], whole[4:34, 20:60], random.normal(0, 30, (30, 40))])
    pictures -= pictures.mean(axis=(1, 2), keepdims=True)
    one, two = np.array([0, 1, 0, 2]), np.array([1, 0, 2, 2])
    found = unlike_moved(pictures, np.zeros(3), one, two)
    assert found[[0, 1, 3]] == pytest.approx(0, abs=1e-3)

    def correlation(down, across):
        rows, columns = 30 - abs(down), 40 - abs(across)
        a = pictures[0][max(0, -down) :, max(0, -across) :][:rows, :columns]
        b = pictures[2][max(0, down) :, max(0, across) :][:rows, :columns]
        return np.corrcoef(a.ravel(), b.ravel())[0, 1]

    best = max(correlation(down, across) for down in range(-10, 11) for across in range(-16, 17))
    assert found[2] == pytest.approx(1 - best, abs=1e-3)
    assert len(unlike_moved(pictures, np.zeros(3), one[:0], two[:0])) == 0


@pytest.mark.parametrize("seed", [13, 64, 126])
def test_a_scene_of_a_few_large_shapes_is_not_a_picture_that_comes_back_moved(seed):
    random = np.random.default_rng(seed)
    scenes = [110 + 60 * (2 * smooth(random, 2 * ROWS, 2 * COLUMNS, 2) - 1) for _ in range(2)]
    # One fits the other where they overlap, as large shapes do; they are two scenes all the same.
    flat = np.array([scene - scene.mean() for scene in scenes])
    assert 0.05 < unlike_moved(flat, np.ones(2), np.array([0]), np.array([1]))[0] < 0.2
    assert cuts_of(np.repeat(scenes, 40, axis=0)) == [(40, 40)]


def test_each_pair_of_looks_is_moved_once(monkeypatch):
    from lib.video import frame_similarity

    random = np.random.default_rng(5)
    luma = random.integers(0, 255, (30, ROWS, COLUMNS), np.uint8)
    begins = FRAME_MS * np.arange(30.0)
    looks = frame_similarity.FrameSimilarity(
        Thumbnails(begins, begins + FRAME_MS, luma, np.full((30, 2, ROWS // 2, COLUMNS // 2), 128, np.uint8), luma)
    )
    compared = []

    def compare(pictures, noise, one, two):
        compared.extend(zip(one.tolist(), two.tolist(), strict=True))
        return unlike_moved(pictures, noise, one, two)

    monkeypatch.setattr(frame_similarity, "unlike_moved", compare)
    one, two = np.array([3, 7, 3, 9, 4]), np.array([4, 5, 4, 9, 3])
    for _ in range(2):
        found = looks.moved(one, two)
        np.testing.assert_array_equal(found, unlike_moved(looks._detail, looks._noise, one, two)[[0, 1, 0, 3, 0]])
    assert sorted(compared) == [(3, 4), (5, 7), (9, 9)]
