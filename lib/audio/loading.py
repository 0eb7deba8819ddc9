"""What a helper loads before it is needed. This module itself loads nothing, so that helpers are soon started."""

from __future__ import annotations


def load_reader() -> None:
    """Load what reads long recordings."""
    import lib.audio.helped_reader  # noqa: F401
