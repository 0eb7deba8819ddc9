"""Ctrl-C while a stage waits."""

from __future__ import annotations

import signal


def let_ctrl_c_end_waits() -> None:
    """Let Ctrl-C end what waits for a worker, a thread or a file, at once.

    Polars puts in its own handler as it is loaded, which lets calls that wait go on. To be called after that.
    """
    if hasattr(signal, "siginterrupt"):
        signal.siginterrupt(signal.SIGINT, True)
