"""Arrays come from a helper as it sent them, in their order, and an end of the helper is noticed."""

import threading
import time
from concurrent.futures import Future
from multiprocessing import Pipe
from multiprocessing.shared_memory import SharedMemory

import numpy as np
import pytest

from lib.errors import MediaError
from lib.parallel import stream
from lib.parallel.stream import HelperDiedError, Sender, Stream, serve

SLOT, SLOTS = 64, 3


@pytest.fixture(autouse=True)
def small_slots(monkeypatch):
    monkeypatch.setattr(stream, "SLOT_BYTES", SLOT)
    monkeypatch.setattr(stream, "SLOTS", SLOTS)
    monkeypatch.setattr(stream, "LOOK_EVERY", 0.01)


class Elsewhere:
    """A helper in a thread: the same two ends of a connection, the same memory."""

    def __init__(self, function, job=None, dies=False):
        self.here, self.there = Pipe()
        self.future, self.names = Future(), []
        self.function, self.job, self.dies = function, job, dies

    def give(self, name):
        self.names.append(name)
        if self.dies:
            self.future.set_exception(RuntimeError)
        else:
            threading.Thread(target=self.work, args=(name,), daemon=True).start()
        return self.future

    def work(self, name):
        try:
            self.future.set_result(serve(self.there, name, self.function, self.job))
        except BaseException as error:
            self.future.set_exception(error)


def sent(arrays, heads=()):
    """Return what comes of arrays that are sent with these heads."""

    def function(job, wanted, sender):
        for head, array in zip(heads or range(len(job)), job):
            sender.send(head, array)

    helper = Elsewhere(function, arrays)
    coming = Stream(helper.here, helper.give)
    try:
        coming.begin(0)
        return list(coming)
    finally:
        coming.close()


@pytest.mark.parametrize("kind", ["<f4", "<f2", "<f8", "|u1", "<i8"])
def test_arrays_of_every_size_come_as_they_were_sent(kind):
    size = np.dtype(kind).itemsize
    # None, one, up to one slot, just more, all slots, more than there are slots, and many times as many.
    lengths = [
        0,
        1,
        SLOT // size - 1,
        SLOT // size,
        SLOT // size + 1,
        SLOT * SLOTS // size,
        SLOT * 20 // size + 1,
        0,
        3,
    ]
    arrays = [np.arange(7, 7 + n).astype(kind) for n in lengths]
    found = sent(arrays)
    assert [head for head, _ in found] == list(range(len(lengths)))
    for (_, array), expected in zip(found, arrays, strict=True):
        assert array.dtype == expected.dtype
        assert array.tolist() == expected.tolist()
        assert array.flags.writeable


def test_arrays_of_several_dimensions_come_as_a_row():
    square = np.arange(12.0).reshape(3, 4)
    ((_, found),) = sent([square.T])
    assert found.tolist() == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]


def test_what_was_taken_is_not_changed_by_what_comes_later():
    arrays = [np.full(SLOT // 4, n, np.float32) for n in range(4 * SLOTS)]
    assert [set(array.tolist()) for _, array in sent(arrays)] == [{float(n)} for n in range(4 * SLOTS)]


def test_the_head_is_anything_that_can_be_sent():
    heads = [None, "block", ("levels", 3), {"a": 1.5}]
    assert [head for head, _ in sent([np.zeros(40)] * 4, heads)] == heads


def test_the_helper_is_told_what_is_wanted():
    def function(job, wanted, sender):
        sender.send(None, np.arange(*wanted))

    helper = Elsewhere(function)
    coming = Stream(helper.here, helper.give)
    coming.begin((3, 6))
    assert [array.tolist() for _, array in coming] == [[3, 4, 5]]
    coming.close()


def test_it_is_ready_when_the_helper_has_started_and_not_before():
    helper = Elsewhere(lambda job, wanted, sender: None)
    coming = Stream(helper.here, lambda name: helper.future)
    assert not coming.is_ready
    threading.Thread(target=helper.work, args=(coming._memory.name,), daemon=True).start()
    assert helper.here.poll(60)
    assert coming.is_ready
    coming.begin(0)
    assert list(coming) == []
    coming.close()


def test_the_sender_knows_how_many_slots_wait():
    here, there = Pipe()
    memory = SharedMemory(create=True, size=SLOT * SLOTS)
    sender = Sender(there, memory)
    assert sender.waiting == 0
    sender.send("a", np.zeros(SLOT, np.uint8))
    assert sender.waiting == 1
    sender.send("b", np.zeros(SLOT + 1, np.uint8))
    assert sender.waiting == 3
    here.send_bytes(b"")
    here.send_bytes(b"")
    assert sender.waiting == 1
    memory.close()
    memory.unlink()


def test_a_helper_that_takes_its_time_is_waited_for():
    def function(job, wanted, sender):
        for n in range(2):
            time.sleep(0.05)  # longer than between two looks
            sender.send(n, np.zeros(n))

    helper = Elsewhere(function)
    coming = Stream(helper.here, helper.give)
    coming.begin(0)
    assert [(head, len(array)) for head, array in coming] == [(0, 0), (1, 1)]
    coming.close()
    while helper.there.poll():  # nothing is sent to it but that its arrays were read
        assert helper.there.recv_bytes() == b""


@pytest.mark.parametrize("count", [0, 2])
def test_an_error_of_the_helper_is_raised_here_after_what_it_sent(count):
    def function(job, wanted, sender):
        for n in range(count):
            sender.send(n, np.zeros(1))
        raise MediaError("is damaged", "a.wav")

    helper = Elsewhere(function)
    coming = Stream(helper.here, helper.give)
    coming.begin(0)
    found = []
    with pytest.raises(MediaError, match=r"a\.wav: is damaged"):
        found.extend(head for head, _ in coming)
    assert found == list(range(count))
    coming.close()


def test_a_helper_that_died_is_noticed():
    helper = Elsewhere(None, dies=True)
    helper.there.send_bytes(b"")
    coming = Stream(helper.here, helper.give)
    coming.begin(0)
    with pytest.raises(HelperDiedError):
        next(iter(coming))
    coming.close()


def test_a_helper_that_cannot_be_had_is_one_that_died():
    helper = Elsewhere(None)
    helper.there.send_bytes(b"")
    coming = Stream(helper.here, lambda name: None)
    coming.begin(0)
    with pytest.raises(HelperDiedError):
        next(iter(coming))
    coming.close()


def test_nothing_is_made_that_is_not_wanted():
    called = []
    helper = Elsewhere(lambda *a: called.append(a))
    coming = Stream(helper.here, helper.give)
    coming.close()
    assert helper.future.result(60) is None
    assert called == []


@pytest.mark.parametrize("fails", [False, True])
def test_the_memory_is_freed(fails):
    helper = Elsewhere(lambda job, wanted, sender: sender.send(0, np.zeros(3)))

    def give(name):
        helper.give(name)
        if fails:
            raise KeyboardInterrupt
        return helper.future

    if fails:
        with pytest.raises(KeyboardInterrupt):
            Stream(helper.here, give)
    else:
        coming = Stream(helper.here, give)
        coming.begin(0)
        assert len(list(coming)) == 1
        coming.close()
    with pytest.raises(FileNotFoundError):
        SharedMemory(helper.names[0])
