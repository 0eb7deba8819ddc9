"""The balance of evidence for interlaced and for telecined film, by its definition."""

import numpy as np
import pytest
from av.video.frame import VideoFrame

from lib.video import combing, fields
from lib.video.combing import NOTHING, TOP_MATCHES, FieldComparison
from lib.video.fields import Balance, Fields
from tests.support.each import each


@each("seed", range(6))
def test_evidence_adds_up_fades_and_is_held_until_little_is_left(seed):
    random = np.random.default_rng(seed)
    balance, sides, holds = Balance(0.4), [0.0, 0.0], False
    changes = 0
    for n in range(400):
        # For one, for none, for the other, for both.
        one, two = random.uniform(0, 0.6, 2) * [(1, 0.02), (0, 0), (0.02, 1), (0.2, 0.2)][n // 40 % 4]
        balance.add(one, two)
        # At most 0.4 of a frame, at most 2 in all; contrary evidence counts four times.
        sides = [min(0.95 * side + min(share, 0.4), 2.0) for side, share in zip(sides, (one, two), strict=True)]
        value = max(sides) - 4 * min(sides)
        changes += holds != (value > (0.3 if holds else 0.9))
        holds = value > (0.3 if holds else 0.9)
        assert balance.value == pytest.approx(value)
        assert (balance.holds, balance.first) == (holds, sides[0] >= sides[1])
    assert changes > 3


@each(
    ("shares", "holds"),
    [
        ([(0.3, 0.02)] * 3, True),
        ([(0.02, 0.3)] * 3, True),
        ([(0.26, 0.0), (0.24, 0.0)], True),  # a quarter, on average
        ([(0.24, 0.0), (0.25, 0.0)], False),
        ([(0.3, 0.04)], False),  # the other order has a tenth of it at most
        ([(0.4, 0.0), (0.4, 0.1)], False),
        ([], False),
    ],
)
def test_a_few_looks_decide_for_a_film_that_has_no_more(shares, holds):
    balance = Balance(0.4)
    balance.add_all(shares)
    assert balance.holds is holds
    balance.holds = True
    balance.add_all(shares)
    assert balance.holds  # it is not taken back


def test_without_evidence_nothing_holds():
    balance = Balance(0.6)
    assert (balance.holds, balance.value, balance.first) == (False, 0.0, True)


# Which frames are looked at


def seen(**kinds):
    """A look at which so much of what moves is of each kind."""
    shares = [0.0] * combing.KINDS
    for name, share in kinds.items():
        shares[getattr(combing, name)] = share
    return FieldComparison(tuple(shares))


def looked_at(monkeypatch, count, what):
    """[(number, turn)] of the frames that are looked at; what: what each look like."""
    asked = []

    def look(before, now, turn=None):
        assert before == now - 1
        asked.append((now, turn))
        return what(now)

    monkeypatch.setattr(fields, "look", look)
    them = Fields()
    found = list(them._looked_at((n, 40.0 * n) for n in range(count)))
    assert [(frame, ms) for frame, ms, _ in found] == [(n, 40.0 * n) for n in range(count)]
    return asked, them


def test_after_24_looks_at_whole_frames_every_fourth_frame_is_looked_at(monkeypatch):
    asked, them = looked_at(monkeypatch, 300, lambda n: seen(PROGRESSIVE=1.0))
    # After 72 looks, every eighth. Glances take turns.
    assert asked == [
        *((n, None) for n in range(1, 25)), *((n, n // 4) for n in range(28, 217, 4)),
        *((n, n // 8) for n in range(224, 300, 8)),
    ]  # fmt: skip
    assert them.is_calm
    them._flagged = True
    assert not them.is_calm


def test_after_24_looks_without_motion_too_until_there_is_some(monkeypatch):
    asked, them = looked_at(monkeypatch, 300, lambda n: NOTHING)
    # (The first frame has none before it, and counts.)
    assert asked == [
        *((n, None) for n in range(1, 24)), *((n, n // 4) for n in range(24, 213, 4)),
        *((n, n // 8) for n in range(216, 300, 8)),
    ]  # fmt: skip
    assert not them.is_calm
    asked, _ = looked_at(monkeypatch, 70, lambda n: seen(PROGRESSIVE=1.0) if n == 28 else NOTHING)
    assert [n for n, _ in asked] == [*range(1, 24), 24, *range(28, 53), *range(56, 70, 4)]


def test_a_doubt_has_every_frame_looked_at_until_it_is_gone_and_six_more(monkeypatch):
    asked, _ = looked_at(monkeypatch, 120, lambda n: seen(TOP_FIRST=0.4) if n == 40 else seen(PROGRESSIVE=1.0))
    # 0.4 is below 0.1 after 28 frames, at 5 % each: then six looks.
    assert [n for n, _ in asked] == [*range(1, 25), *range(28, 41, 4), *range(41, 74), *range(76, 120, 4)]
    assert dict(asked)[50] is None


def test_matches_count_where_they_are_plain(monkeypatch):
    plain = seen(TOP_MATCHES=0.5)._replace(match=TOP_MATCHES, plain=True)
    _, them = looked_at(monkeypatch, 10, lambda n: plain)
    assert them._is_telecined()
    assert them._parity() == "auto"
    _, them = looked_at(monkeypatch, 10, lambda n: plain._replace(plain=False))
    assert not them._is_telecined()
    # Interlaced film matches now and then: evidence twice as strong is needed.
    both = seen(TOP_MATCHES=0.35, BOTTOM_FIRST=0.2)._replace(match=TOP_MATCHES, plain=True)
    _, them = looked_at(monkeypatch, 40, lambda n: both)
    assert not them._is_telecined()
    assert them._parity() == "bff"
    _, them = looked_at(monkeypatch, 40, lambda n: seen(TOP_FIRST=0.3))
    assert them._parity() == "tff"


@each(
    ("looks", "taken"),
    [
        ([seen(PROGRESSIVE=1.0)] * 30, 4),  # (one more shows that the film goes on)
        ([NOTHING, seen(PROGRESSIVE=1.0), NOTHING, seen(PROGRESSIVE=0.5, EITHER=0.41), seen(PROGRESSIVE=0.91)] * 9, 6),
        ([seen(PROGRESSIVE=0.89)] * 30, 12),
        ([seen(PROGRESSIVE=1.0)] * 2 + [seen(UNSURE=1.0)] + [seen(PROGRESSIVE=1.0)] * 30, 7),
        ([NOTHING] * 30, 12),
        ([NOTHING] * 7, 7),
    ],
)
def test_a_film_begins_when_three_moving_frames_are_whole(looks, taken):
    coming = iter([(n, 0.0, found) for n, found in enumerate(looks)])
    assert len(Fields()._beginning(coming)) == taken
    assert len(list(coming)) == len(looks) - taken


def test_a_film_of_a_few_frames_is_decided_by_all_of_them():
    them = Fields()
    them._beginning(iter([(n, 0.0, seen(TOP_FIRST=0.3)) for n in range(4)]))
    assert them._parity() == "tff"
    them = Fields()
    them._beginning(iter([(n, 0.0, seen(TOP_FIRST=0.2)) for n in range(4)]))
    assert them._parity() == "auto"


@each("keep_top", [True, False])
@each("kind", ["gray", "yuv420p"])
def test_two_frames_are_woven_row_by_row(kind, keep_top):
    random = np.random.default_rng(8)
    frames = []
    for _ in range(2):
        frame = VideoFrame(64, 32, kind)
        for plane in frame.planes:
            plane.update(random.integers(0, 256, plane.buffer_size, np.uint8).tobytes())
        frames.append(frame)
    before, now = frames
    now.colorspace, now.color_range = 5, 2
    whole = Fields()._woven(before, now, keep_top)
    assert (whole.colorspace, whole.color_range) == (5, 2)
    for planes in zip(whole.planes, before.planes, now.planes, strict=True):
        made, old, new = (
            np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width] for plane in planes
        )
        even, odd = (new, old) if keep_top else (old, new)
        assert np.array_equal(made[0::2], even[0::2])
        assert np.array_equal(made[1::2], odd[1::2])
