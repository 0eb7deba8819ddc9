"""Work in a thread beside other work."""

import threading

import pytest

from lib.errors import MediaError
from lib.parallel.beside import Beside, until


def test_the_result_is_there_when_it_is_asked_for():
    go = threading.Event()
    with Beside(lambda stop: go.wait() and 7) as work:
        go.set()
        assert work.result() == 7


def test_what_is_raised_is_raised_where_it_is_asked_for():
    def fails(stop):
        raise KeyError("gone")

    with Beside(fails) as work, pytest.raises(KeyError, match="gone"):
        work.result()


def test_what_was_raised_can_be_asked_for_without_waiting():
    go = threading.Event()

    def fails(stop):
        go.wait(10)
        raise KeyError("gone")

    with Beside(fails) as work:
        work.check()  # nothing yet
        go.set()
        with pytest.raises(KeyError, match="gone"):
            work.result()
        with pytest.raises(KeyError, match="gone"):
            work.check()


def test_items_end_when_they_are_no_longer_wanted():
    stop = threading.Event()
    items = until(stop, iter("abc"))
    assert [next(items), next(items)] == ["a", "b"]
    stop.set()
    with pytest.raises(MediaError, match="no longer needed"):
        next(items)
    assert list(until(None, "abc")) == ["a", "b", "c"]


def test_who_leaves_asks_it_to_stop_and_waits():
    ended = []

    def waits(stop):
        assert stop.wait(10)
        ended.append(True)

    with pytest.raises(ZeroDivisionError), Beside(waits):
        raise ZeroDivisionError
    assert ended == [True]
