"""The plan of a film of samples: sizes and places of cells, and which pictures are wanted of which source."""

from fractions import Fraction

import numpy as np
import pytest

from lib.audio.mix_plays import Play
from lib.errors import MediaError
from lib.supercut.settings import FilmSettings
from lib.supercut.shots import moment, source_ms
from lib.supercut.supercut import Supercut, wanted_by
from lib.tables.table import Table
from lib.video.planes import RGB, Planes
from tests.support.each import each


def cut(plays, width=64, height=48, rows=None, length_ms=4000.0, **settings):
    rows = Table.of({"filename": [play.path for play in plays]}) if rows is None else rows
    return Supercut(rows, plays, length_ms, FilmSettings("a.mp4", width, height, Fraction(25), **settings))


def together(count):
    """Plays that sound together."""
    return [Play(10.0 * n, f"{n % 3}.mp4", 100.0 * n, 3000.0) for n in range(count)]


@each(
    ("codec", "size", "pixels", "whole"),
    [
        ("h264", (64, 48), "yuv420p", (64, 48)),
        ("h264", (63, 47), "yuv420p", (64, 48)),
        ("h264_10", (63, 48), "yuv420p", (64, 48)),
        ("h264_444", (64, 47), "yuv444p", (64, 48)),
        ("prores", (1, 1), "yuv422p", (2, 2)),
        ("ffv1", (63, 47), RGB, (63, 47)),
    ],
)
def test_pictures_have_the_format_of_their_codec_and_even_sides(codec, size, pixels, whole):
    made = cut(together(1), *size, codec=codec)
    assert made.whole == made.cell == Planes(*whole, pixels)
    assert made.cell_size == size
    assert made.place_of(0) == (0, 0)


@each(
    ("count", "size", "codec", "cell", "places"),
    [
        (2, (64, 48), "h264", (32, 24), [(0, 0), (32, 0), (0, 24), (32, 24)]),
        (4, (70, 53), "h264", (34, 26), [(0, 0), (34, 0), (0, 26), (34, 26)]),
        (4, (71, 55), "h264", (34, 26), [(2, 2), (36, 2), (2, 28), (36, 28)]),  # padded to 72 x 56
        (5, (100, 50), "h264", (32, 16), [(x, y) for y in (0, 16, 32) for x in (2, 34, 66)]),
        (4, (4, 4), "ffv1", (2, 2), [(0, 0), (2, 0), (0, 2), (2, 2)]),
    ],
)  # fmt: skip
def test_cells_are_even_and_lie_in_the_middle(count, size, codec, cell, places):
    made = cut(together(count), *size, split=True, codec=codec)
    assert made.cell_size == cell
    assert made.cell == Planes(*cell, made.whole.pixels)
    assert [made.place_of(n) for n in range(len(places))] == places
    side = round(len(places) ** 0.5)
    assert made.shots.side == side
    assert made.lengths() == f", pictures: 100, cells: {side}x{side}"


@pytest.mark.parametrize("size", [(3, 64), (64, 3)])
def test_a_frame_may_be_too_small_for_its_cells(size):
    with pytest.raises(MediaError, match=rf"a picture of {size[0]} x {size[1]} is too small for 2 x 2 cells"):
        cut(together(3), *size, split=True, codec="ffv1")


def test_a_high_frame_has_room_for_its_cells():
    assert cut(together(2), 20, 64, split=True).cell_size == (10, 32)
    assert cut(together(2), 64, 20, split=True).cell_size == (32, 10)


def test_a_source_may_be_shown_to_the_next_cut_of_the_table():
    play = Play(0, "a", 1000.0, 200.0)
    assert cut([play], rows=Table.of({"vstart": ["900"], "vdur": ["400"]})).shown_ms() == [300.0]
    plays = [
        Play(0, "a", 1000.0, 200.0),
        Play(300, "a", 1000.0, 200.0),
        Play(600, "b", 0.0, 50.0),
        Play(700, "b", 0.0, 50.0),
    ]
    rows = Table.of({"filename": list("aabb"), "vstart": ["900", "900", "0", ""], "vdur": ["400", "300", "49", "99"]})
    assert cut(plays, rows=rows).shown_ms() == [300.0, 200.0, 50.0, 50.0]
    assert cut(plays, rows=Table.of({"filename": list("aabb"), "vstart": ["9"] * 4})).shown_ms() == [200, 200, 50, 50]


@each("seed", range(4))
@each("split", [False, True])
def test_each_picture_of_each_shot_is_wanted_once_of_its_source(seed, split):
    random = np.random.default_rng(seed)
    plays = [
        Play(float(ms), f"{random.integers(3)}.mp4", float(random.choice([0, 500])), float(random.choice([200, 700])))
        for ms in np.sort(random.integers(0, 3500, 12))
    ]
    rows = Table.of({"filename": [play.path for play in plays], "note": random.choice(["C", "D"], 12).tolist()})
    made = cut(plays, rows=rows, split=split, caption="%note")
    wanted = wanted_by(made)
    assert wanted.sources == list(dict.fromkeys(play.path for play in plays))
    number = 0
    for n, shot in enumerate(made.shots.shots):
        assert wanted.begins[n] == number
        play = plays[shot.play]
        for picture in range(shot.first, shot.end):
            source = int(wanted.source[number])
            assert wanted.sources[source] == play.path
            place = int(wanted.place[number])
            ms = source_ms(play, play.dur_ms, moment(np.array([picture]), Fraction(25)))[0]
            assert wanted.ms[source][place] == ms
            look = wanted.looks[source][wanted.look[source][place]]
            assert look == (play.start_ms, play.dur_ms, rows.text("note")[shot.play])
            number += 1
    assert number == len(wanted.place) == len(wanted.source)
    for ms, look, looks in zip(wanted.ms, wanted.look, wanted.looks, strict=True):
        pairs = list(zip(ms.tolist(), look.tolist(), strict=True))
        assert pairs == sorted(set(pairs))
        assert len(set(looks)) == len(looks)
    # None that nobody wants.
    assert [len(ms) for ms in wanted.ms] == [
        len(set(wanted.place[wanted.source == n].tolist())) for n in range(len(wanted.sources))
    ]
