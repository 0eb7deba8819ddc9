"""What a frame is made of: the fits of its fields by brute force, and the rules that decide."""

import numpy as np
import pytest
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
    FieldComparison,
    alike,
    look,
    luma,
)
from tests.support.each import each


def outside(middle, one, two, noise):
    """How far twice a row lies outside of what is between two others, beyond noise: the sum."""
    return np.maximum(np.abs(2 * middle - one - two) - np.abs(one - two) - noise, 0).sum()


def fits(before, now, top, left, noise):
    """How badly T1 B1, T1 B0 and T0 B1 fit in a tile, and how much T1 and B1 differ from T0 and B0."""
    old, new = (rows[top : top + 17, left : left + 16].astype(int) for rows in (before, now))
    a, odd, b = new[:-1:2], new[1::2], new[2::2]
    old_a, old_odd, old_b = old[:-1:2], old[1::2], old[2::2]
    return (
        outside(odd, a, b, noise), outside(old_odd, a, b, noise), outside(odd, old_a, old_b, noise),
        np.maximum(np.abs(a + b - old_a - old_b) - noise, 0).sum(),
        np.maximum(2 * np.abs(odd - old_odd) - noise, 0).sum(),
    )  # fmt: skip


def kind_of(inside, upper, lower):
    worst, best = max(upper, lower), min(upper, lower)
    if max(inside, best) < 0.12 * worst or worst < 0.12 * inside:
        return EITHER
    if inside < 0.5 * best or inside < 0.12 * worst:
        return PROGRESSIVE
    if best < 0.35 * min(inside, worst):
        return TOP_MATCHES if upper < lower else BOTTOM_MATCHES
    if best < 0.5 * worst:
        return TOP_FIRST if upper < lower else BOTTOM_FIRST
    return UNSURE


def pair(seed, height, width):
    """Two frames of smooth pictures: parts still, moved, interlaced in both orders, and telecined in both ways."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (height // 6 + 4, width // 6 + 4))
    whole = np.kron(small, np.ones((6, 6), int))
    t = [whole[k : k + height, k : k + width] for k in (0, 2, 4, 6)]
    before, now = t[0].copy(), t[1].copy()
    for column in range(0, width, 32):
        part, how = np.s_[:, column : column + 32], random.integers(0, 7)
        fields = [(0, 0, 1, 1), (0, 1, 2, 3), (1, 0, 3, 2), (0, 1, 1, 2), (1, 0, 2, 1), (0, 0, 0, 0), (0, 1, 1, 1)][how]
        before[part][0::2], before[part][1::2] = t[fields[0]][part][0::2], t[fields[1]][part][1::2]
        now[part][0::2], now[part][1::2] = t[fields[2]][part][0::2], t[fields[3]][part][1::2]
    return tuple((frame + random.integers(0, 4, frame.shape)).clip(0, 255).astype(np.uint8) for frame in (before, now))


@pytest.mark.parametrize("seed", range(3))
def test_fits_of_a_tile_are_those_of_their_definition(seed):
    before, now = pair(seed, 40, 64)
    for top, left in [(0, 0), (6, 11), (22, 48)]:
        assert combing._tile(before, now, top, left, 10) == fits(before, now, top, left, 10)


@each(("height", "width"), [(17, 16), (50, 70), (300, 400), (230, 60)])
@each(("first", "step"), [(0, 1), (0, 4), (3, 4)])
def test_what_moves_is_weighed_by_its_kind(height, width, first, step):
    seen = np.zeros(KINDS)
    for seed in range(4):
        before, now = pair(seed, height, width)
        across, down = min(width // 16, 14), min((height - 1) // 16, 14)
        weights, changes, examined = np.zeros(KINDS), np.zeros(2), 0
        for i in range(down):
            top = (height - 17) * i // max(down - 1, 1) // 2 * 2  # tiles lie evenly, from an even row on
            for k in range(across):
                if (k - first - i) % step:
                    continue
                examined += 1
                inside, upper, lower, *changed = fits(before, now, top, (width - 16) * k // max(across - 1, 1), 10)
                if max(inside, upper, lower) - min(inside, upper, lower) >= 256:
                    weights[kind_of(inside, upper, lower)] += max(inside, upper, lower)
                    changes += changed
        found = combing._weigh(before, now, width, 10, 256.0, first, step)
        assert found[0] == pytest.approx(weights / max(examined, 1) / 256)
        assert found[1] == pytest.approx(changes / max(examined, 1) / 256)
        seen += weights > 0
    assert width < 200 or (seen[[PROGRESSIVE, TOP_FIRST, BOTTOM_FIRST, EITHER]] > 0).all()


def frame(rows, kind="gray"):
    made = VideoFrame(rows.shape[1], rows.shape[0], kind)
    plane = made.planes[0]
    out = np.frombuffer(plane, rows.dtype).reshape(-1, plane.line_size // rows.dtype.itemsize)
    out[: rows.shape[0], : rows.shape[1]] = rows
    return made


FRAME = frame(np.zeros((48, 64), np.uint8))
WIDE = frame(np.zeros((48, 128), np.uint8))


def weights(**kinds):
    out = np.zeros(KINDS)
    for name, share in kinds.items():
        out[getattr(combing, name)] = share
    return out


@each(
    ("found", "changes", "expected"),
    [
        ({}, (0, 0), NOTHING),
        ({"PROGRESSIVE": 0.049}, (0, 0), NOTHING),
        ({"PROGRESSIVE": 0.2}, (1, 1), (None, False, False)),
        ({"TOP_MATCHES": 0.8, "UNSURE": 0.2}, (1, 1), (TOP_MATCHES, True, False)),
        ({"BOTTOM_MATCHES": 0.8, "UNSURE": 0.2}, (1, 1), (BOTTOM_MATCHES, True, False)),
        ({"TOP_MATCHES": 0.39, "UNSURE": 0.61}, (1, 1), (None, False, False)),  # two fifths of what moves
        ({"TOP_MATCHES": 0.41, "UNSURE": 0.59}, (1, 1), (TOP_MATCHES, False, False)),
        ({"TOP_MATCHES": 0.49, "PROGRESSIVE": 0.2, "UNSURE": 0.31}, (1, 1), (TOP_MATCHES, False, False)),
        ({"TOP_MATCHES": 0.51, "PROGRESSIVE": 0.2, "UNSURE": 0.29}, (1, 1), (TOP_MATCHES, True, False)),
        ({"TOP_MATCHES": 0.6, "PROGRESSIVE": 0.24, "UNSURE": 0.16}, (1, 1), (TOP_MATCHES, True, False)),
        ({"TOP_MATCHES": 0.6, "PROGRESSIVE": 0.26, "UNSURE": 0.14}, (1, 1), (TOP_MATCHES, False, False)),
        ({"TOP_MATCHES": 0.45, "PROGRESSIVE": 0.46, "UNSURE": 0.09}, (1, 1), (None, False, False)),  # more is whole
        ({"TOP_MATCHES": 0.25, "EITHER": 0.5, "UNSURE": 0.25}, (1, 1), (TOP_MATCHES, False, False)),  # half of the rest
        ({"TOP_MATCHES": 0.04, "EITHER": 0.96}, (1, 1), (None, False, False)),  # in which nothing moves
        ({"TOP_MATCHES": 1.0}, (0.09, 1), (TOP_MATCHES, True, True)),  # the field was shown before
        ({"TOP_MATCHES": 1.0}, (0.11, 0), (TOP_MATCHES, True, False)),
        ({"BOTTOM_MATCHES": 1.0}, (1, 0.09), (BOTTOM_MATCHES, True, True)),
        ({"BOTTOM_MATCHES": 1.0}, (0, 0.11), (BOTTOM_MATCHES, True, False)),
    ],
)
def test_what_a_frame_looks_like(monkeypatch, found, changes, expected):
    asked = []
    whole = weights(**found)
    monkeypatch.setattr(combing, "_weigh", lambda *words: asked.append(words[2:]) or (whole, np.array(changes, float)))
    seen = look(FRAME, FRAME)
    if expected is NOTHING:
        assert seen is NOTHING
    else:
        assert seen[1:] == expected
        assert seen.shares == pytest.approx(tuple(whole / whole.sum()))
    assert asked == [(64, 10, 256.0, 0, 1)]


@pytest.mark.parametrize(
    ("found", "enough"),
    [({"PROGRESSIVE": 0.9, "EITHER": 0.03, "UNSURE": 0.03, "TOP_FIRST": 0.04}, True),
     ({"PROGRESSIVE": 0.9, "EITHER": 0.02, "UNSURE": 0.02, "TOP_FIRST": 0.06}, False),
     ({"TOP_FIRST": 0.04}, True)],
)  # fmt: skip
def test_a_glance_is_enough_where_it_shows_no_fields(monkeypatch, found, enough):
    asked = []
    whole = weights(**found)
    monkeypatch.setattr(combing, "_weigh", lambda *words: asked.append(words[2:]) or (whole, np.ones(2)))
    seen = look(WIDE, WIDE, turn=6)
    assert asked == [(128, 10, 256.0, 2, 4)] + ([] if enough else [(128, 10, 256.0, 0, 1)])
    assert (seen is NOTHING) == (len(found) == 1)
    asked.clear()
    look(FRAME, FRAME, turn=6)  # small frames are looked at
    assert asked == [(64, 10, 256.0, 0, 1)]


@each(
    ("kind", "item", "bits", "place"),
    [("gray", "u1", 8, 0), ("yuv420p", "u1", 8, 0), ("gray10le", "<u2", 10, 0), ("yuv422p12le", "<u2", 12, 0)],
)
def test_luma_is_the_first_plane(kind, item, bits, place):
    rows = np.random.default_rng(1).integers(0, 1 << bits, (20, 30)).astype(item)
    found, said = luma(frame(rows, kind))
    assert said == bits
    assert np.array_equal(found[:, :30], rows)


@pytest.mark.parametrize(("kind", "pixel"), [("rgb24", 3), ("bgra", 4), ("argb", 4)])
def test_the_green_of_rgb_stands_for_luma(kind, pixel):
    rgb = np.random.default_rng(2).integers(0, 256, (20, 30, 3), np.uint8)
    made = VideoFrame.from_ndarray(rgb, "rgb24").reformat(format=kind)
    found, bits = luma(made)
    assert (bits, made.format.padded_bits_per_pixel) == (8, 8 * pixel)
    assert np.array_equal(found, rgb[..., 1])


def test_other_and_small_frames_are_not_compared():
    assert luma(frame(np.zeros((16, 30), np.uint8))) is None
    assert luma(frame(np.zeros((17, 15), np.uint8))) is None
    assert luma(frame(np.zeros((17, 16), np.uint8))) is not None
    assert luma(VideoFrame(32, 32, "pal8")) is None
    assert look(FRAME, WIDE) is NOTHING
    assert not alike(FRAME, WIDE)
    assert not alike(FRAME, VideoFrame(64, 48, "yuv420p"))
    assert alike(FRAME, VideoFrame(64, 48, "gray"))
    assert FieldComparison().shares is None


def test_deep_levels_are_weighed_as_shallow_ones(monkeypatch):
    asked = []
    monkeypatch.setattr(combing, "_weigh", lambda *words: asked.append(words[2:]) or (weights(UNSURE=0.79), np.ones(2)))
    deep = frame(np.zeros((48, 64), "<u2"), "gray12le")
    assert look(deep, deep) is NOTHING  # 0.05 levels of 256 are 0.8 of 4096
    assert asked == [(64, 160, 4096.0, 0, 1)]
    monkeypatch.setattr(combing, "_weigh", lambda *words: (weights(UNSURE=0.81), np.ones(2)))
    assert look(deep, deep).shares is not None
