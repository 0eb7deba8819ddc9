"""Signals that are held back take effect at the end, once."""

import signal
import threading

import pytest

from lib.io.interrupts import HeldSignals, let_ctrl_c_end_waits


@pytest.fixture
def came():
    """What arrives, while handlers of our own are installed."""
    seen = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda number, _: seen.append(number))
    yield seen
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_for_the_last_end(came, number):
    held, ours = HeldSignals(), signal.getsignal(number)
    held.begin()
    held.begin()
    signal.raise_signal(number)
    assert came == []
    held.end()
    assert came == []
    signal.raise_signal(number)
    held.end()
    assert came == [number]  # the second is part of the first
    assert signal.getsignal(number) is ours
    signal.raise_signal(number)
    assert came == [number] * 2
    held.end()  # one too many
    assert came == [number] * 2
    held.begin()
    signal.raise_signal(number)
    assert came == [number] * 2
    held.end()
    assert came == [number] * 3


def test_of_two_signals_the_first_counts(came):
    held = HeldSignals()
    held.begin()
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGINT)
    held.end()
    assert came == [signal.SIGTERM]


def test_a_signal_that_is_ignored_stays_ignored(came):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    held = HeldSignals()
    held.begin()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    signal.raise_signal(signal.SIGINT)
    held.end()
    assert came == []
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_other_threads_hold_nothing(came):
    held, ours = HeldSignals(), signal.getsignal(signal.SIGINT)

    def work():
        held.begin()
        let_ctrl_c_end_waits()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGINT) is ours
    held.begin()
    thread = threading.Thread(target=held.end)
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGINT) is not ours
    held.end()
    assert signal.getsignal(signal.SIGINT) is ours


@pytest.mark.skipif(not hasattr(signal, "siginterrupt"), reason="not of this system")
def test_waits_end_at_ctrl_c(monkeypatch):
    asked = []
    monkeypatch.setattr(signal, "siginterrupt", lambda *words: asked.append(words))
    let_ctrl_c_end_waits()
    assert asked == [(signal.SIGINT, True)]
