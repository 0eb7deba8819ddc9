"""Frames and their fields at the limits: each kind of tile, where tiles lie, the formats, and what is just enough."""

import itertools
import re

import numpy as np
import pytest
from av.video.format import VideoFormat, names
from av.video.frame import VideoFrame

from lib.video import combing
from lib.video.combing import (
    BOTTOM_FIRST,
    BOTTOM_MATCHES,
    EITHER,
    KINDS,
    NOTHING,
    PROGRESSIVE,
    TOP_FIRST,
    TOP_MATCHES,
    UNSURE,
)
from tests.support.each import each

NOISE = 10


def plain(kernel):
    """Return a compiled function as it is written, so that one that it calls can be replaced."""
    return getattr(kernel, "py_func", kernel)


def kind_of(inside, upper, lower):
    """The rules in the order of their importance, in hundredths, which are integers here."""
    worst, best = max(upper, lower), min(upper, lower)
    if 100 * max(inside, best) < 12 * worst or 100 * worst < 12 * inside:
        return EITHER
    if 100 * inside < 50 * best or 100 * inside < 12 * worst:
        return PROGRESSIVE
    if 100 * best < 35 * min(inside, worst):
        return TOP_MATCHES if upper < lower else BOTTOM_MATCHES
    if 100 * best < 50 * worst:
        return TOP_FIRST if upper < lower else BOTTOM_FIRST
    return UNSURE


def test_kinds_of_tiles_whose_fits_are_at_a_limit(monkeypatch):
    rows = np.zeros((17, 16), np.uint8)
    fits, seen = [0, 0, 0, 512, 768], set()
    monkeypatch.setattr(combing, "_tile", lambda *words: tuple(fits))
    values = [0, 11, 12, 13, 34, 35, 36, 49, 50, 51, 99, 100, 101, 200, 300]
    for three in itertools.product(values, repeat=3):
        fits[:3] = [10 * value for value in three]
        moves = max(fits[:3]) - min(fits[:3]) >= 120
        weights, changes = plain(combing._weigh)(rows, rows, 16, NOISE, 120, 0, 1)
        expected = np.zeros(KINDS)
        if moves:
            expected[kind_of(*fits[:3])] = max(fits[:3]) / 256
            seen.add(kind_of(*fits[:3]))
        assert weights.tolist() == expected.tolist(), three
        assert changes.tolist() == ([2, 3] if moves else [0, 0])
    assert seen == set(range(KINDS))


@each(
    ("height", "width"),
    [(17, 16), (18, 31), (33, 32), (34, 33), (300, 20), (20, 300), (225, 224), (226, 239), (64, 90)],
)
def test_tiles_lie_evenly_from_edge_to_edge(monkeypatch, height, width):
    places = []
    monkeypatch.setattr(
        combing, "_tile", lambda before, now, top, left, noise: places.append((top, left)) or (0, 0, 0, 0, 0)
    )
    rows = np.zeros((height, width + 5), np.uint8)  # with padding, which is not a picture
    down, across = min((height - 1) // 16, 14), min(width // 16, 14)
    for first, step in ((0, 1), (0, 4), (3, 4), (1, 2)):
        places.clear()
        plain(combing._weigh)(rows, rows, width, NOISE, 256, first, step)
        expected = []
        for i in range(down):
            # From the upper edge to the lower one (of which a row is left for the comparison), on an even row.
            top = (height - 1 - 16) * i // (down - 1) // 2 * 2 if down > 1 else 0
            for k in range(across):
                if k % step == (first + i) % step:
                    expected.append((top, (width - 16) * k // (across - 1) if across > 1 else 0))
        assert places == expected
        assert all(top % 2 == 0 and top + 17 <= height and left + 16 <= width for top, left in places)


def frame(rows, kind="gray"):
    made = VideoFrame(rows.shape[1], rows.shape[0], kind)
    plane = made.planes[0]
    out = np.frombuffer(plane, rows.dtype).reshape(-1, plane.line_size // rows.dtype.itemsize)
    out[: rows.shape[0], : rows.shape[1]] = rows
    return made


def test_planar_formats_have_the_bits_that_ffmpeg_says():
    expected = {}
    for name in filter(re.compile(r"(yuv[aj]?4\d\dp|gray|gbra?p)(\d+le)?").fullmatch, names):
        kind = VideoFormat(name)
        (first,) = (part for part in kind.components if part.plane == 0)
        if first.bits <= 16:
            expected[name] = first.bits
    expected |= {name: 8 for name in ("nv12", "nv16", "nv24")}
    # (Some combinations of the table no build of ffmpeg has.)
    assert {name: bits for name, bits in combing.DEPTHS.items() if name in names} == expected


@each("name", sorted(combing.PACKED))
def test_packed_formats_show_their_green_or_luma(name):
    random = np.random.default_rng(2)
    rgb = random.integers(0, 256, (20, 30, 3), np.uint8)
    if name in ("yuyv422", "uyvy422"):
        luma = random.integers(0, 256, (20, 30), np.uint8)
        made = VideoFrame(30, 20, "yuv422p")
        for plane, values in zip(made.planes, (luma, luma[:, ::2] // 2, luma[:, 1::2] // 3), strict=True):
            np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, : values.shape[1]] = values
        made = made.reformat(format=name)
    else:
        luma, made = rgb[..., 1], VideoFrame.from_ndarray(rgb, "rgb24").reformat(format=name)
    found, bits = combing.luma(made)
    assert bits == 8
    assert found.shape == (20, 30)
    assert found.tolist() == luma.tolist()


def weights(**kinds):
    out = np.zeros(KINDS)
    for name, share in kinds.items():
        out[getattr(combing, name)] = share
    return out


@each(
    ("found", "changes", "expected"),
    [
        ({"UNSURE": 0.05}, (0, 0), (None, False, False)),  # just enough moves
        ({"TOP_MATCHES": 0.5, "BOTTOM_MATCHES": 0.5}, (0, 0), (BOTTOM_MATCHES, False, True)),
        ({"TOP_MATCHES": 0.4, "UNSURE": 0.6}, (1, 1), (None, False, False)),
        ({"TOP_MATCHES": 0.5, "UNSURE": 0.5}, (1, 1), (TOP_MATCHES, False, False)),
        ({"TOP_MATCHES": 0.75, "PROGRESSIVE": 0.25}, (1, 1), (TOP_MATCHES, False, False)),
        ({"TOP_MATCHES": 0.5, "PROGRESSIVE": 0.5}, (1, 1), (None, False, False)),
        ({"TOP_MATCHES": 0.25, "PROGRESSIVE": 0.25, "EITHER": 0.5}, (1, 1), (None, False, False)),
        ({"TOP_MATCHES": 0.4375, "PROGRESSIVE": 0.0625, "EITHER": 0.5}, (1, 1), (TOP_MATCHES, True, False)),
        ({"TOP_MATCHES": 0.4375, "PROGRESSIVE": 0.125, "EITHER": 0.4375}, (1, 1), (TOP_MATCHES, True, False)),
        ({"TOP_MATCHES": 0.375, "PROGRESSIVE": 0.125, "EITHER": 0.5}, (1, 1), (TOP_MATCHES, False, False)),
        ({"BOTTOM_MATCHES": 2.0}, (0, 0.2), (BOTTOM_MATCHES, True, False)),
        ({"BOTTOM_MATCHES": 2.0}, (1, 0.19), (BOTTOM_MATCHES, True, True)),
        ({"TOP_MATCHES": 0.05}, (1, 1), (TOP_MATCHES, True, False)),  # what tells is just enough
        ({"TOP_MATCHES": 0.5, "EITHER": 9.5}, (1, 1), (TOP_MATCHES, True, False)),
    ],
)
def test_shares_that_are_just_enough(monkeypatch, found, changes, expected):
    whole = weights(**found)
    monkeypatch.setattr(combing, "_weigh", lambda *words: (whole, np.array(changes, float)))
    one = frame(np.zeros((20, 16), np.uint8))
    seen = combing.look(one, one)
    assert seen[1:] == expected
    assert seen.shares == pytest.approx(tuple(whole / whole.sum()))


def test_a_glance_that_is_just_enough(monkeypatch):
    asked, glance = [], weights(PROGRESSIVE=1.0, EITHER=0.5, UNSURE=0.4, TOP_FIRST=0.1)
    monkeypatch.setattr(combing, "_weigh", lambda *words: asked.append(words[5:]) or (glance, np.ones(2)))
    wide, narrow = (frame(np.zeros((20, width), np.uint8)) for width in (128, 127))
    assert combing.look(wide, wide, 7).shares == pytest.approx(tuple(glance / 2))
    assert asked == [(3, 4)]
    asked.clear()
    combing.look(narrow, narrow, 7)
    assert asked == [(0, 1)]
    asked.clear()
    glance[:] = weights(UNSURE=0.05)
    assert combing.look(wide, wide, 4) is not NOTHING
    assert asked == [(0, 4)]
    combing.look(wide, wide)
    assert asked == [(0, 4), (0, 1)]


@each(
    ("found", "expected"),
    [
        ({"UNSURE": 0.79}, NOTHING),  # 0.05 levels of 256 are 0.8 of 4096
        ({"TOP_MATCHES": 0.79, "EITHER": 9.0}, None),
        ({"TOP_MATCHES": 0.81, "EITHER": 9.0}, TOP_MATCHES),
    ],
)
@each("turn", [None, 3])
def test_deep_frames_are_compared_row_by_row(monkeypatch, found, expected, turn):
    asked = []
    monkeypatch.setattr(combing, "_weigh", lambda *words: asked.append(words) or (weights(**found), np.ones(2)))
    random = np.random.default_rng(4)
    rows = [random.integers(0, 4096, (20, 128)).astype("<u2") for _ in range(2)]
    seen = combing.look(*(frame(one, "gray12le") for one in rows), turn)
    assert (seen is NOTHING) if expected is NOTHING else (seen.match == expected)
    for before, now, *words in asked:
        assert before[:, :128].tolist() == rows[0].tolist()
        assert now[:, :128].tolist() == rows[1].tolist()
        assert words[:3] == [128, 160, 4096]
    assert len(asked) == (1 if turn is None or expected is NOTHING else 2)


def test_frames_of_which_one_cannot_be_read_are_not_compared(monkeypatch):
    one = frame(np.zeros((20, 16), np.uint8))
    for readable in ((True, False), (False, True)):
        answers = iter(readable)
        monkeypatch.setattr(
            combing, "luma", lambda frame, answers=answers: (np.zeros((20, 16), np.uint8), 8) if next(answers) else None
        )
        assert combing.look(one, one) is NOTHING


def test_frames_of_the_least_size_and_of_one_plane():
    assert combing.luma(frame(np.zeros((17, 16), np.uint8)))[0].shape[0] == 17
    for size in ((16, 16), (17, 15)):
        assert combing.luma(frame(np.zeros(size, np.uint8))) is None
    deep = np.arange(17 * 16, dtype="<u2").reshape(17, 16) * 3
    found, bits = combing.luma(frame(deep, "gray10le"))
    assert (bits, found.dtype, found[:, :16].tolist()) == (10, np.uint16, deep.tolist())
