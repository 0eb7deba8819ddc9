"""Items that are made ahead of who takes them, in a thread."""

import threading
import time

import pytest

from lib.parallel.ahead import Ahead, read_ahead


def counted(made, last=10, error=None):
    """Yield 0, 1, ... and note what was made, in which thread, and that it was closed."""
    try:
        for n in range(last):
            made.append((n, threading.current_thread() is threading.main_thread()))
            yield n
        if error:
            raise error
    finally:
        made.append("closed")


def settled(made, count):
    """Wait until this number was made, then a moment more; return the number made."""
    deadline = time.monotonic() + 5
    while len(made) < count and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(0.02)
    return len(made)


def test_items_come_in_order_from_another_thread():
    made = []
    with Ahead(counted(made)) as coming:
        assert list(coming) == list(range(10))
        assert list(coming) == []
    assert made == [*((n, False) for n in range(10)), "closed"]


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_are_made_ahead_than_wanted(most):
    made = []
    with Ahead(counted(made), most) as coming:
        assert settled(made, most) == most
        assert next(coming) == 0
        assert settled(made, most + 1) == most + 1
    assert made[-1] == "closed"
    assert next(coming, None) is None


def test_an_error_comes_in_the_place_of_its_item_and_again():
    with Ahead(counted([], 2, ValueError("damaged"))) as coming:
        assert [next(coming), next(coming)] == [0, 1]
        for _ in range(2):
            with pytest.raises(ValueError, match="damaged"):
                next(coming)


@pytest.mark.parametrize("threads", [1, 2])
def test_what_is_left_is_closed_in_time(threads):
    made = []
    coming = read_ahead(counted(made), threads)
    assert next(coming) == 0
    coming.close()
    assert made[-1] == "closed"
    assert len(made) <= 4


def test_one_thread_makes_nothing_ahead():
    made = []
    coming = read_ahead(counted(made), 1)
    assert next(coming) == 0
    assert made == [(0, True)]
