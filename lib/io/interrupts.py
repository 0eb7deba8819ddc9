"""Ctrl-C while a stage waits."""

from __future__ import annotations

import signal


def let_ctrl_c_end_waits() -> None:
    """Let Ctrl-C end waits for a worker, a thread or a file at once.

    Polars installs a handler when it is loaded, under which waiting calls continue. Call this after that.
    """
    if hasattr(signal, "siginterrupt"):
        signal.siginterrupt(signal.SIGINT, True)
