"""Work in a thread beside other work."""

import threading

import pytest

from lib.parallel.beside import Beside


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


def test_who_leaves_asks_it_to_stop_and_waits():
    ended = []

    def waits(stop):
        assert stop.wait(10)
        ended.append(True)

    with pytest.raises(ZeroDivisionError), Beside(waits):
        raise ZeroDivisionError
    assert ended == [True]
