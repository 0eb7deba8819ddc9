"""Damage of a film's picture, event by event: packets that fail, pictures, and a decoder's complaints."""

from types import SimpleNamespace

import pytest

from lib.audio.wholeness import Promise
from lib.video import breaks
from lib.video.breaks import DAMAGED, MISSING, Breaks


class Complaints:
    """What a decoder logs: `new` whether there is some since the last time."""

    def __init__(self, codec):
        self.codec, self.new, self.places = codec, False, []

    def is_new(self):
        return self.new

    def note(self, seconds):
        self.places.append(seconds)


@pytest.fixture
def it(monkeypatch):
    monkeypatch.setattr(breaks, "Complaints", Complaints)
    return Breaks()


def shown(it, count, first=0):
    for n in range(count):
        it.shows(40.0 * (first + n), False)


def problem(monkeypatch, it, promise=None, end_ms=9000):
    """What is made of it: the breaks, the promise, the end in seconds, and why it ends there."""
    told = []
    monkeypatch.setattr(breaks, "problem_of", lambda *words: told.append(words) or "told")
    assert it.problem(promise or Promise(), end_ms) == "told"
    return told[0]


def test_a_packet_that_fails_between_pictures_is_a_break_at_the_next_one(it):
    it.fails("early")  # before the first picture
    it.shows(0.0, False)
    it.shows(40.0, False)
    assert it.found == set()
    assert it.last == "early"
    it.fails("first")
    it.fails("second")
    it.shows(1500.0, False)
    assert it.found == {(1.5, "second")}
    assert it.last == "second"
    it.shows(1540.0, False)
    assert it.found == {(1.5, "second")}


@pytest.mark.parametrize(("before", "counts"), [(0, False), (1, False), (11, False), (12, True), (13, True)])
def test_a_damaged_picture_counts_after_twelve(it, before, counts):
    shown(it, before)
    it.shows(2000.0, True)
    assert it.found == ({(2.0, DAMAGED)} if counts else set())


def test_damaged_pictures_in_a_row_are_one_break(it):
    shown(it, 12)
    for ms, is_damaged in ((500.0, True), (540.0, True), (580.0, False), (620.0, False), (660.0, True), (700.0, True)):
        it.shows(ms, is_damaged)
    assert it.found == {(0.5, DAMAGED), (0.66, DAMAGED)}
    it.fails("why")
    it.shows(740.0, True)  # the packet that failed says more
    assert it.found == {(0.5, DAMAGED), (0.66, DAMAGED), (0.74, "why")}
    it.shows(780.0, True)
    it.shows(820.0, False)
    assert len(it.found) == 3


def test_damaged_pictures_are_counted_among_the_twelve(it):
    it.shows(0.0, True)
    it.shows(40.0, True)
    shown(it, 10, 2)
    assert it.found == set()
    it.shows(480.0, True)
    assert it.found == {(0.48, DAMAGED)}


def test_after_a_jump_all_begins_anew(it):
    shown(it, 20)
    it.fails("before the jump")
    it.begin()
    it.shows(5000.0, False)
    it.shows(5040.0, True)
    assert it.found == set()
    shown(it, 10, 200)
    it.shows(9000.0, True)
    assert it.found == {(9.0, DAMAGED)}


@pytest.mark.parametrize(("fails", "why"), [(0, ""), (2, ""), (3, "why"), (4, "why")])
def test_three_failures_at_the_end_are_a_loss(monkeypatch, it, fails, why):
    shown(it, 3)
    for _ in range(fails):
        it.fails("why")
    it.ended = True
    assert problem(monkeypatch, it)[3] == why
    it.ended = False
    assert problem(monkeypatch, it)[3] is None
    it.ended = True
    it.shows(9000.0, False)
    assert problem(monkeypatch, it)[3] == ""


@pytest.mark.parametrize(
    ("read", "size", "lost"),
    [(0, 100, True), (89, 100, True), (90, 100, False), (100, 100, False), (0, 0, False), (0, -1, False)],
)
def test_a_file_that_stops_before_nine_tenths_has_lost_something(monkeypatch, it, read, size, lost):
    it.ended = True
    it.look(SimpleNamespace(pos=read - 10, size=10, pts=1, dts=1), None)
    it.look(SimpleNamespace(pos=None, size=5, pts=1, dts=1), None)
    it.look(None, None)
    shown(it, 1)
    it.stops("broken off", size)
    assert it.last == "broken off"
    assert problem(monkeypatch, it)[3] == ("broken off" if lost else "")
    # The failures before it are counted, too.
    it.fails("and")
    it.fails("so on")
    assert problem(monkeypatch, it)[3] == "so on"


def test_many_failures_are_not_made_few_by_an_early_end(monkeypatch, it):
    it.ended = True
    for _ in range(5):
        it.fails("why")
    it.stops("broken off", 100)
    it.joins()
    assert problem(monkeypatch, it)[3] == "broken off"


def test_packets_are_missing_unless_files_were_joined(monkeypatch, it):
    shown(it, 2)
    it.lacks()
    it.shows(1000.0, False)
    it.fails("other")
    it.shows(2000.0, False)
    it.lacks()
    it.lacks()
    it.lacks()
    assert it.found == {(1.0, MISSING), (2.0, "other")}
    it.ended = True
    assert problem(monkeypatch, it)[3] == MISSING
    it.joins()
    assert it.found == {(2.0, "other")}
    assert problem(monkeypatch, it)[3] == ""
    for _ in range(3):
        it.lacks()
    it.shows(3000.0, False)
    assert it.found == {(2.0, "other")}
    assert it.last == MISSING  # of before
    it.joins()
    assert it.found == {(2.0, "other")}


@pytest.mark.parametrize(
    ("before", "jumped", "noted"), [(0, False, False), (1, False, True), (11, True, False), (12, True, True)]
)
def test_complaints_count_from_the_first_picture_or_some_after_a_jump(it, before, jumped, noted):
    it.watch("h264")
    if jumped:
        shown(it, 1)
        it.begin()
    else:
        it.begin()  # nothing was shown: no jump
    shown(it, before)
    complaints, ticks = it._complaints, SimpleNamespace(ms=lambda stamp: 10.0 * stamp)
    assert complaints.codec == "h264"
    packet = SimpleNamespace(pos=None, size=1, pts=300, dts=200)
    it.look(packet, ticks)
    assert complaints.places == []
    complaints.new = True
    it.look(None, ticks)
    assert complaints.places == []
    it.look(packet, ticks)
    assert complaints.places == ([3.0] if noted else [])
    packet.pts = None
    it.look(packet, ticks)
    assert complaints.places == ([3.0, 2.0] if noted else [])
    packet.dts = None
    it.look(packet, ticks)
    assert len(complaints.places) == (2 if noted else 0)


def test_what_was_wrong_in_order(monkeypatch, it):
    it._complaints.places = [7.0, 3.0, 7.0]
    found, _, end, why = problem(monkeypatch, it, end_ms=2500)
    assert (found, end, why) == ([(3.0, DAMAGED), (7.0, DAMAGED)], 2.5, None)
    it.found = {(5.0, "b"), (1.0, "a")}
    assert problem(monkeypatch, it)[0] == [(1.0, "a"), (5.0, "b")]
    # The length of a whole film promises nothing of its picture.
    for promise, kept in ((Promise(seconds=9.0), None), (Promise(seconds=9.0, is_cut=True), 9.0)):
        assert problem(monkeypatch, it, promise)[1].seconds == kept
