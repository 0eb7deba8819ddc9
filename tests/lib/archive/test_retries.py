"""Patience: how many tries, how long between them, and which machines get none."""

import pytest
import urllib3

from lib.archive.answers import ArchiveError, StopRunError, TemporaryError
from lib.archive.retries import FEW_RETRIES, RETRIES, Hosts, Retries
from tests.support.each import each


def test_a_machine_fails_repeatedly_from_the_second_time_on():
    hosts = Hosts()
    assert not hosts.is_failing("a")
    hosts.give_up("a", unreachable=False)
    assert (hosts.is_failing("a"), hosts.is_away("a")) == (False, False)
    hosts.give_up("a", unreachable=True)
    assert (hosts.is_failing("a"), hosts.is_away("a")) == (True, False)
    hosts.give_up("a", unreachable=True)
    assert (hosts.is_failing("a"), hosts.is_away("a")) == (True, True)
    hosts.give_up("a", unreachable=False)  # it answered
    assert (hosts.is_failing("a"), hosts.is_away("a")) == (True, False)
    assert (hosts.is_failing("b"), hosts.is_away("b")) == (False, False)


@pytest.mark.parametrize("forgets", [True, False])
def test_a_success_counts_from_zero(forgets):
    hosts = Hosts()
    for host in "ab":
        for _ in range(2):
            hosts.give_up(host, unreachable=True)
    if forgets:
        hosts.forget()
    else:
        hosts.succeed("a")
    assert not hosts.is_failing("a")
    assert not hosts.is_away("a")
    assert hosts.is_failing("b") is hosts.is_away("b") is not forgets
    hosts.give_up("a", unreachable=True)
    assert not hosts.is_failing("a")
    assert not hosts.is_away("a")


class Waits:
    """An archive that notes its pauses."""

    name = "archive.org"

    def __init__(self, retries=RETRIES):
        self.retries, self.hosts = retries, Hosts()
        self.pauses, self.told = [], []

    def notify(self, line):
        self.told.append(line)

    def pause(self, seconds):
        self.pauses.append(seconds)

    def out_of_reach(self, reason):
        return StopRunError(reason)


def give_up(archive, trouble, tries):
    """Wait until it is given up; the pauses in between."""
    retries = Retries(archive)
    for _ in range(tries):
        retries.wait(trouble)
    with pytest.raises((ArchiveError, StopRunError)) as raised:
        retries.wait(trouble)
    return raised.value


@pytest.mark.parametrize(("retries", "pauses"), [(FEW_RETRIES, [0, 2]), (RETRIES, [0, 2, 4, 8, 16, 32, 60, 60])])
def test_pauses_grow_up_to_a_minute(retries, pauses):
    archive = Waits(retries)
    error = give_up(archive, TemporaryError("busy", "h"), len(pauses))
    assert str(error) == f"busy, also after {len(pauses)} more tries"
    assert archive.pauses == pauses
    # From eight seconds on they are told.
    assert archive.told == [f"busy: trying again in {pause} s" for pause in pauses if pause >= 8]
    assert not archive.hosts.is_failing("h")


def test_a_machine_that_fails_repeatedly_is_tried_once_and_then_left_alone_for_a_while():
    archive = Waits()
    for _ in range(2):
        archive.hosts.give_up("h", unreachable=False)
    assert str(give_up(archive, TemporaryError("busy", "h"), 0)) == "busy"
    assert archive.pauses == [4]
    # One that cannot be reached needs no pause.
    give_up(archive, TemporaryError("gone", "h", unreachable=True), 0)
    assert archive.pauses == [4]


def test_a_slow_machine_is_left_for_later_and_not_counted():
    archive = Waits()
    for _ in range(3):
        assert str(give_up(archive, TemporaryError("slow", "h", slow=True), 0)) == "slow"
    assert not archive.hosts.is_failing("h")
    assert archive.pauses == []


def test_the_archive_itself_out_of_reach_ends_the_run():
    archive = Waits(FEW_RETRIES)
    error = give_up(archive, TemporaryError("gone", "archive.org", unreachable=True), RETRIES)
    assert isinstance(error, StopRunError)
    assert "gone, also after 8 more tries" in str(error)
    # Another machine that is away is one of many, and so is the archive that answers.
    for trouble in (TemporaryError("gone", "h", unreachable=True), TemporaryError("busy", "archive.org")):
        assert isinstance(give_up(Waits(FEW_RETRIES), trouble, FEW_RETRIES), ArchiveError)


def test_progress_begins_to_count_again():
    archive = Waits(FEW_RETRIES)
    retries = Retries(archive)
    for _ in range(3):
        retries.wait(TemporaryError("busy", "h"))
        retries.wait(TemporaryError("busy", "h"))
        retries.renew()
    assert archive.pauses == [0, 2] * 3


def asks(after, date=""):
    headers = {"Retry-After": after} | ({"Date": date} if date else {})
    return TemporaryError("busy", "h", urllib3.HTTPResponse(status=503, headers=headers))


NOON = "Mon, 30 Nov 2026 12:00:00 GMT"


@each(
    ("trouble", "pause"),
    [
        (asks("7"), 7), (asks("3600"), 3600), (asks("Mon, 30 Nov 2026 12:00:09 GMT", NOON), 9),
        (asks("Mon, 30 Nov 2026 11:00:00 GMT", NOON), 0), (asks("soon"), 0), (asks(""), 0),
        (TemporaryError("busy", "h", urllib3.HTTPResponse(status=503)), 0),
    ],
)  # fmt: skip
def test_a_pause_is_as_long_as_the_server_asks_for(trouble, pause):
    archive = Waits()
    Retries(archive).wait(trouble)
    assert archive.pauses == [pause]
    assert archive.told == ([f"busy: trying again in {pause} s"] if pause >= 8 else [])


def test_a_short_wish_does_not_shorten_a_pause():
    archive = Waits()
    retries = Retries(archive)
    for _ in range(4):
        retries.wait(asks("3"))
    assert archive.pauses == [3, 3, 4, 8]


def test_a_pause_of_more_than_an_hour_is_left_to_another_run():
    with pytest.raises(ArchiveError, match="h asks to wait 60 minutes: run the same command then"):
        Retries(Waits()).wait(asks("3601"))
    with pytest.raises(ArchiveError, match="h asks to wait 120 minutes"):
        Retries(Waits()).wait(asks("7200"))
