"""Cuts between looks as cuts between frames: which frames are seen, and where between two looks a cut is."""

from fractions import Fraction

import numpy as np

from lib.video import cuts as module
from lib.video.cuts import Cut, find_cuts, look_places
from lib.video.gradual_cuts import CUT, FADE, GradualCut
from lib.video.hard_cuts import HardCut
from lib.video.thumbnails import COLUMNS, ROWS, Thumbnails
from tests.support.each import each


def film_of(lengths, levels=None):
    """Frames of given durations in ms, each of a level."""
    ends = np.cumsum(lengths, dtype=float)
    levels = np.zeros(len(lengths)) if levels is None else np.array(levels)
    luma = np.broadcast_to(levels.astype(np.uint8)[:, None, None], (len(lengths), ROWS, COLUMNS))
    chroma = np.full((len(lengths), 2, ROWS // 2, COLUMNS // 2), 128, np.uint8)
    return Thumbnails(ends - lengths, ends, luma, chroma, luma)


def places_of(lengths):
    """Frames that begin 30 ms and more after the one that was seen last; those that stay for more than 60 ms again."""
    found, now, last = [], Fraction(0), None
    for n, length in enumerate(Fraction(length) for length in lengths):
        if last is None or now - last >= Fraction(2999, 100):
            # Once in 40 ms, rounded (half of it to even).
            found += [n] * (max(round(length / 40), 1) if length > 60 else 1)
            last = now
        now += length
    return found


@each("seed", range(5))
def test_every_film_has_some_25_looks_a_second(seed):
    random = np.random.default_rng(seed)
    for some in ([40], [10, 20, 30], [29, 30, 31, 1], [59, 60, 61, 62], [60, 80, 100, 101, 99, 140], [8, 500, 1000]):
        lengths = random.choice(some, 60).tolist()
        assert look_places(film_of(lengths)).tolist() == places_of(lengths)
    assert look_places(film_of([29.995] * 6)).tolist() == [*range(6)]
    assert look_places(film_of([29.98] * 6)).tolist() == [0, 2, 4]


def found(monkeypatch, film, hard=(), gradual=()):
    monkeypatch.setattr(module, "hard_cuts", lambda looks: list(hard))
    monkeypatch.setattr(module, "gradual_cuts", lambda looks, some: list(gradual))
    monkeypatch.setattr(module, "without_mixed_fields", lambda film, old, new: (old, new))
    return find_cuts(film)


def test_a_cut_is_from_the_end_of_a_frame_to_the_beginning_of_another(monkeypatch):
    film = film_of([40] * 30)
    cuts = found(monkeypatch, film, [HardCut(4, 5, 0.987), HardCut(9, 11, 0.123)], [GradualCut(15, 20, 1.0, FADE)])
    assert cuts == [
        Cut(200.0, 200.0, 0.99, CUT), Cut(400.0, 440.0, 0.12, CUT), Cut(640.0, 800.0, 1.0, FADE),
    ]  # fmt: skip


@each(
    ("old", "new", "kept"),
    [(15, 16, False), (14, 15, False), (13, 14, True), (20, 21, False), (21, 22, True), (14, 21, False)],
)
def test_a_cut_within_a_gradual_one_is_none(monkeypatch, old, new, kept):
    cuts = found(monkeypatch, film_of([40] * 30), [HardCut(old, new, 1.0)], [GradualCut(15, 20, 1.0, FADE)])
    assert [cut.kind for cut in cuts if cut.kind == CUT] == [CUT] * kept
    assert [cut.old_ms for cut in cuts] == sorted(cut.old_ms for cut in cuts)


@each(
    ("levels", "expected"),
    [
        # Of frames between two looks, those beside changes that are two fifths of the largest one, and more.
        ([10, 10, 10, 110, 110], (2, 3)),
        ([10, 60, 60, 160, 160], (0, 3)),  # 50 of 100
        ([10, 50, 50, 150, 150], (0, 3)),  # 40
        ([10, 49, 49, 149, 149], (2, 3)),
        ([10, 110, 110, 150, 150], (0, 3)),
        ([10, 110, 110, 149, 149], (0, 1)),
        ([10, 50, 90, 130, 170], (0, 4)),
        ([10, 10, 10, 10, 110], (3, 4)),
        ([110, 10, 10, 10, 10], (0, 1)),
    ],
)
def test_between_two_looks_a_cut_is_where_frames_change(monkeypatch, levels, expected):
    # Frames of 10 ms: every third is seen, or, here, the fourth.
    lengths, colours = [40] * 3 + [9, 9, 9, 9, 40, 40], [levels[0]] * 3 + levels + [levels[-1]]
    film = film_of(lengths, colours)
    places = look_places(film).tolist()
    assert places == [0, 1, 2, 3, 7, 8]
    (cut,) = found(monkeypatch, film, [HardCut(3, 4, 1.0)])
    old, new = (3 + n for n in expected)
    assert (cut.old_ms, cut.new_ms) == (film.begins[old + 1], film.begins[new])
    # A cut with a look between, and a gradual one, are as they are.
    (cut,) = found(monkeypatch, film, [HardCut(2, 4, 1.0)])
    assert (cut.old_ms, cut.new_ms) == (film.begins[3], film.begins[7])
    (cut,) = found(monkeypatch, film, [], [GradualCut(3, 4, 1.0, FADE)])
    assert (cut.old_ms, cut.new_ms) == (film.begins[4], film.begins[7])


def test_fields_count_for_cuts_and_not_for_fades(monkeypatch):
    film = film_of([40] * 30)
    monkeypatch.setattr(module, "hard_cuts", lambda looks: [HardCut(4, 5, 1.0)])
    monkeypatch.setattr(module, "gradual_cuts", lambda looks, some: [GradualCut(15, 20, 1.0, FADE)])
    monkeypatch.setattr(module, "without_mixed_fields", lambda film, old, new: (old - 1, new + 1))
    assert [(cut.old_ms, cut.new_ms) for cut in find_cuts(film)] == [(160, 240), (640, 800)]
