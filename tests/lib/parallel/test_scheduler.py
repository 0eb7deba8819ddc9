"""Whether a scheduler greets: servers of our own that say the right thing, another, or nothing."""

import contextlib
import socket
import threading
import time

import pytest

from lib.errors import MediaError
from lib.parallel import scheduler
from lib.parallel.scheduler import find_scheduler, hear_greeting, nobody, within
from tests.support.each import each


@contextlib.contextmanager
def server(*pieces, stays=False):
    """Sends these pieces to whoever connects; yields its address."""
    done = threading.Event()

    def serve():
        connection, _ = listening.accept()
        with connection:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(0.002)
            if stays:
                done.wait(60)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        done.set()
        thread.join(60)


def length(value):
    return value.to_bytes(8, "little")


@each("scheme", ["", "tcp://", "TCP://"])
@each(("pieces", "good"), [
    ((length(1),), True), ((length(1 << 16), b"hello"), True), ((length(300)[:3], length(300)[3:]), True),
    ((length(0),), False), ((length((1 << 16) + 1),), False), ((b"HTTP/1.1 400",), False), ((), False),
    ((b"\1\0\0",), False),
])  # fmt: skip
def test_a_scheduler_says_the_length_of_its_greeting(scheme, pieces, good):
    with server(*pieces) as address:
        if good:
            find_scheduler(scheme + address)
        else:
            with pytest.raises(MediaError, match="no Dask scheduler answers there"):
                find_scheduler(f"{scheme}{address}/")


def test_a_silent_program_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(scheduler, "GREETING", 0.02)
    for pieces in ((), (b"\1\0",)):
        with server(*pieces, stays=True) as address, pytest.raises(OSError, match="nothing answers"):
            hear_greeting(address)


@pytest.mark.parametrize("address", ["tls://nowhere:1", "ucx://x", "ws://x:1"])
def test_other_kinds_are_not_checked(address):
    hear_greeting(address)


def test_a_closed_port_is_reported_with_its_reason():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(MediaError, match="Connection refused") as raised:
        find_scheduler(f"127.0.0.1:{port}")
    assert raised.value.file == f"127.0.0.1:{port}"


def test_work_ends_within_its_time():
    assert within(60, lambda: 5) == 5
    with pytest.raises(KeyError):
        within(60, lambda: {}["x"])
    ended = threading.Event()
    with pytest.raises(TimeoutError, match=r"no answer within 0\.01 s"):
        within(0.01, lambda: ended.wait(60))
    ended.set()


def test_the_innermost_reason_is_told():
    outer, inner = RuntimeError("outer"), OSError(5, "inner")
    outer.__cause__ = inner
    assert "(inner)" in str(nobody("x", outer))
    outer.__cause__ = ValueError("no reason")
    assert "(outer)" in str(nobody("x", outer))
