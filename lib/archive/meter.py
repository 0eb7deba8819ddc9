"""The shared state of all downloads: the progress over their bytes, and the space on the disk."""

from __future__ import annotations

import shutil
import threading
from typing import Protocol

from tqdm import tqdm

from lib.archive.answers import StopRunError
from lib.io.progress import human


class Named(Protocol):
    """A download, by its name in messages."""

    @property
    def name(self) -> str:
        """Its name in the table."""


class Meter:
    """The shared state of all downloads, from any thread: the progress bar, and the space on the disk."""

    def __init__(self, folder: str, progress: tqdm) -> None:
        self._folder = folder
        self._progress = progress
        self._needs: dict[Named, int] = {}
        self._lock = threading.Lock()

    def claim(self, job: Named, needed: int) -> None:
        """Claim `needed` bytes for `job`; StopRunError if they and the other claims exceed the free space."""
        with self._lock:
            self._needs[job] = needed
            free = shutil.disk_usage(self._folder).free
            if needed and sum(self._needs.values()) > free:
                raise self.full(job, f"needs {human(needed)}, but only {human(free)} is free")

    def expect(self, size: int) -> None:
        """Add a file whose size was not known before."""
        with self._lock:
            self._progress.total += size

    def count(self, job: Named, gained: int) -> None:
        """Count received bytes (negative: dropped ones)."""
        with self._lock:
            self._needs[job] = max(self._needs.get(job, 0) - gained, 0)
            self._progress.update(gained)

    def release(self, job: Named) -> None:
        """Give back the rest of a claim."""
        with self._lock:
            self._needs.pop(job, None)

    def full(self, job: Named, detail: str) -> StopRunError:
        """Return the error for a full disk."""
        return StopRunError(
            f"the disk is full ({job.name}: {detail}); what was received is kept: free some space and run the same "
            "command again",
            self._folder,
        )
