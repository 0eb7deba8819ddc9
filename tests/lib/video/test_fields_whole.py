"""Frames made whole: which are deinterlaced, woven, left out or passed on; what that makes, against plain filters."""

import itertools
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from lib.video import combing, fields
from lib.video.combing import BOTTOM_MATCHES, NOTHING, TOP_MATCHES, FieldComparison
from lib.video.fields import Fields
from tests.support.each import each


def seen(match=None, plain=True, repeats=False, **kinds):
    """A look at which so much of what moves is of each kind."""
    shares = [0.0] * combing.KINDS
    for name, share in kinds.items():
        shares[getattr(combing, name)] = share
    return FieldComparison(tuple(shares), match, plain and match is not None, repeats)


WHOLE, TOP, MATCH = seen(PROGRESSIVE=1.0), seen(TOP_FIRST=0.4), seen(TOP_MATCHES, TOP_MATCHES=0.8)


class Shown:
    """A frame of which only the number counts, and whether it is flagged."""

    def __init__(self, number, flagged=False):
        self.number, self.interlaced_frame = number, flagged


def number(frame):
    return None if frame is None else frame.number


def made(monkeypatch, looks, flagged=(), them=None, taken=None):
    """What becomes of frames: [(what, ms)], where what is a number, or a word and numbers; looks: of each."""
    them = them or Fields()
    monkeypatch.setattr(fields, "look", lambda before, now, turn=None: looks[now.number])
    monkeypatch.setattr(Fields, "_deinterlaced", lambda self, *some: ("two", *map(number, some)))
    monkeypatch.setattr(
        Fields, "_woven", lambda self, before, now, keep_top: ("woven", before.number, now.number, keep_top)
    )
    monkeypatch.setattr(Fields, "_unflagged", lambda self, frame: ("plain", frame.number))

    def frames():
        for n in range(len(looks)):
            if taken is not None:
                taken.append(n)
            yield Shown(n, n in flagged), 40.0 * n

    return [(one.number if isinstance(one, Shown) else one, ms) for one, ms in them.whole(frames())]


def test_whole_frames_are_passed_on(monkeypatch):
    assert made(monkeypatch, [WHOLE] * 40) == [(n, 40.0 * n) for n in range(40)]
    assert made(monkeypatch, [NOTHING] * 3) == [(n, 40.0 * n) for n in range(3)]
    assert made(monkeypatch, []) == []


def test_flagged_frames_are_deinterlaced_between_their_neighbours(monkeypatch):
    for count in (1, 2, 5, 30):
        expected = [
            (("two", n - 1 if n else None, n, n + 1 if n + 1 < count else None), 40.0 * n) for n in range(count)
        ]
        assert made(monkeypatch, [NOTHING] * count, range(count)) == expected
    found = [one for one, _ in made(monkeypatch, [WHOLE] * 30, {20})]
    assert found == [*range(20), ("two", 19, 20, 21), *range(21, 30)]


@each("count", [3, 11, 12, 13, 40])
def test_interlaced_film_is_deinterlaced_from_its_first_frame(monkeypatch, count):
    found = [one for one, _ in made(monkeypatch, [TOP] * count)]
    assert found == [("two", n - 1 if n else None, n, n + 1 if n + 1 < count else None) for n in range(count)]


def test_frames_are_asked_for_as_they_are_needed(monkeypatch):
    """At the beginning until three are whole; later one by one; in doubt twelve ahead."""
    taken, them = [], Fields()
    monkeypatch.setattr(Fields, "_deinterlaced", lambda self, *some: ("two", *map(number, some)))
    looks = {n: WHOLE for n in range(200)}
    monkeypatch.setattr(fields, "look", lambda before, now, turn=None: looks[now.number])

    def frames(first):
        for n in range(first, 200):
            taken.append(n)
            yield Shown(n), 40.0 * n

    coming = them.whole(frames(0))
    next(coming)
    assert taken == [0, 1, 2, 3, 4]  # (the last one shows that the film goes on)
    for n in range(1, 8):
        next(coming)
        assert len(taken) == max(5, n + 1)
    taken.clear()
    again = them.whole(frames(10))  # after a jump
    next(again)
    assert taken == [10]
    looks[12] = seen(TOP_FIRST=0.11)  # some doubt, which remains
    looks |= dict.fromkeys(range(13, 40), seen(TOP_FIRST=0.02))
    next(again)
    assert taken == [10, 11]
    next(again)
    assert taken == [*range(10, 24)]
    # What it has learnt stays.
    calm = Fields()
    calm._orders.holds, calm._orders._sides, calm._begun = True, [2.0, 0.0], True
    taken.clear()
    assert next(calm.whole(frames(50)))[0] == ("two", None, 50, 51)
    assert taken == [50, 51]


def pulled_down(count, keep=TOP_MATCHES):
    """Five frames of four: two of them hold halves, of which the second repeats one."""
    looks = []
    for n in range(count):
        halves = seen(keep, repeats=n % 5 == 3, **{"TOP_MATCHES" if keep == TOP_MATCHES else "BOTTOM_MATCHES": 0.8})
        looks.append(halves if n % 5 in (2, 3) else WHOLE)
    return looks


@pytest.mark.parametrize("keep", [TOP_MATCHES, BOTTOM_MATCHES])
def test_telecined_film_is_restored(monkeypatch, keep):
    count = 60
    found = made(monkeypatch, pulled_down(count, keep), flagged={n for n in range(count) if n % 5 == 4})
    expected = []
    for n in range(count):
        if n % 5 == 2:
            expected.append((("woven", n - 1, n, keep == TOP_MATCHES), 40.0 * n))
        elif n % 5 != 3:
            expected.append((("plain", n) if n % 5 == 4 else n, 40.0 * n))
    # It is known to be telecined once enough of it was seen; before that frames are as they come.
    assert found[-36:] == expected[-36:]


def test_a_match_without_a_frame_before_it_is_as_it_is(monkeypatch):
    them = Fields()
    them._matches.holds, them._matches._sides, them._begun = True, [2.0, 0.0], True
    monkeypatch.setattr(fields, "look", lambda before, now, turn=None: MATCH)
    assert made(monkeypatch, [MATCH] * 3, them=them) == [
        (0, 0.0), (("woven", 0, 1, True), 40.0), (("woven", 1, 2, True), 80.0),
    ]  # fmt: skip
    # Evidence for fields that is more than half as strong: it is interlaced.
    them._orders.holds, them._orders._sides = True, [1.1, 0.0]
    assert not them._is_telecined()
    them._orders._sides = [0.99, 0.0]
    assert them._is_telecined()


# What the filters make


def frame_of(n, kind="yuv420p", width=64, height=48, flagged=False):
    """Two moments of a picture that moves, the top field first."""
    random = np.random.default_rng(5)
    strip = np.kron(random.integers(40, 216, (height // 4, 60)), np.ones((4, 4), int))
    rows = np.empty((height, width), np.uint8)
    rows[0::2], rows[1::2] = strip[0::2, 6 * n : 6 * n + width], strip[1::2, 6 * n + 3 : 6 * n + 3 + width]
    frame = VideoFrame(width, height, kind)
    for k, plane in enumerate(frame.planes):
        own = rows if k == 0 else rows[: plane.height, : plane.width]
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: own.shape[0], : own.shape[1]] = own
    frame.pts, frame.time_base = n, Fraction(1, 25)
    if flagged:
        frame = flag(frame)
    frame.colorspace, frame.color_range = 5, 2
    return frame


def graph_of(frame, name, words):
    graph = av.filter.Graph()
    first = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 25))
    for one, two in itertools.pairwise((first, graph.add(name, words), graph.add("buffersink"))):
        one.link_to(two)
    graph.configure()
    return graph


def flag(frame):
    graph = graph_of(frame, "setfield", "tff")
    graph.push(frame)
    return graph.pull()


def planes(frame):
    return [
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width].tolist()
        for plane in frame.planes
    ]


def filtered(frames, name, words):
    """What a filter of ffmpeg makes of all frames together."""
    graph = graph_of(frames[0], name, words)
    for frame in frames:
        graph.push(frame)
    graph.push(None)
    found = []
    while True:
        try:
            found.append(planes(graph.pull()))
        except av.error.EOFError:
            return found


def of_order(top):
    them = Fields()
    them._orders.holds, them._orders._sides = True, [2.0, 0.0] if top else [0.0, 2.0]
    return them


@each("top", [True, False])
@each("kind", ["yuv420p", "gray"])
def test_frames_are_deinterlaced_as_by_one_filter_over_the_film(top, kind):
    frames = [frame_of(n, kind) for n in range(6)]
    parity = "tff" if top else "bff"
    expected = filtered(frames, "bwdif", f"mode=send_frame:parity={parity}:deint=all")
    assert expected[2] != planes(frames[2])
    around = [None, *frames, None]
    them = of_order(top)
    for n in range(6):
        found = them._deinterlaced(around[n], frames[n], around[n + 2])
        assert planes(found) == expected[n]
        assert (found.colorspace, found.color_range) == (5, 2)
        # The same without the ones before.
        assert planes(of_order(top)._deinterlaced(around[n], frames[n], around[n + 2])) == expected[n]
    # After a jump, and from the beginning again.
    for n in (4, 1, 2, 5, 0, 3):
        assert planes(them._deinterlaced(around[n], frames[n], around[n + 2])) == expected[n]


def test_a_frame_alone_is_interpolated_from_itself():
    frame = frame_of(3)
    (expected,) = filtered([frame], "estdif", "mode=frame:parity=tff:deint=all")
    other = frame_of(3, width=32)
    for before, after in ((None, None), (other, None), (None, other), (other, other)):
        assert planes(of_order(True)._deinterlaced(before, frame, after)) == expected


def test_neighbours_of_another_size_do_not_count():
    frames = [frame_of(n) for n in range(3)]
    other = frame_of(0, width=32)
    words = "bwdif", "mode=send_frame:parity=tff:deint=all"
    them = of_order(True)
    assert planes(them._deinterlaced(other, frames[1], frames[2])) == filtered(frames[1:], *words)[0]
    assert planes(them._deinterlaced(frames[0], frames[1], other)) == filtered(frames[:2], *words)[1]
    small = [frame_of(n, width=32) for n in range(3)]
    expected = filtered(small, *words)
    for n in range(3):
        found = them._deinterlaced(small[n - 1] if n else None, small[n], small[n + 1] if n < 2 else None)
        assert planes(found) == expected[n]
    # Another order of fields, learnt in between.
    them._orders._sides = [0.0, 2.0]
    assert (
        planes(them._deinterlaced(frames[0], frames[1], frames[2]))
        == filtered(frames, "bwdif", "mode=send_frame:parity=bff:deint=all")[1]
    )


def test_a_flag_is_taken_away():
    them = Fields()
    for kind, width in (("yuv420p", 64), ("gray", 64), ("yuv420p", 32), ("yuv420p", 64)):
        for n in range(3):
            frame = frame_of(n, kind, width, flagged=True)
            found = them._unflagged(frame)
            assert not found.interlaced_frame
            assert planes(found) == planes(frame)
            assert (found.colorspace, found.color_range) == (5, 2)


def test_calm_is_what_was_long_whole():
    them = Fields()
    assert not them.is_calm
    for calm, flagged, is_calm in ((23, False, False), (24, False, True), (25, False, True), (24, True, False)):
        them._calm, them._flagged = calm, flagged
        assert them.is_calm is is_calm
