"""Patience with the archive: tries with growing pauses, their end, and the machines that fail repeatedly."""

from __future__ import annotations

import threading
from collections import Counter
from email.utils import mktime_tz, parsedate_tz
from typing import Protocol

import urllib3
from urllib3.util.retry import Retry

from lib.archive.answers import ArchiveError, StopRunError, TemporaryError

# Tries after the first one; with the pauses below a server may be away for about three minutes. In a first round, after
# which failures are tried again, there are fewer.
RETRIES, FEW_RETRIES = 8, 2
# Urllib3 pauses 0, 2, 4, 8, ... times this many seconds, at most PAUSE_CAP.
PAUSE_FACTOR, PAUSE_CAP = 1.0, 60.0
# If a server asks (Retry-After) for a longer pause than this, the request is left to a later run.
LONGEST_WAIT = 3600.0
# Pauses from this length on are reported to the user: the script would seem to hang.
TOLD_PAUSE = 8.0
# A machine with this many failed requests in a row gets one try for each further one, with a pause in seconds
# after it; one that cannot be reached gets none.
MOST_GIVEN_UP, PAUSE_BETWEEN = 2, 4.0


class Hosts:
    """The number of consecutive requests given up on each machine, from any thread."""

    def __init__(self) -> None:
        self._failed: Counter[str] = Counter()
        self._unreachable: Counter[str] = Counter()
        self._lock = threading.Lock()

    def give_up(self, host: str, unreachable: bool) -> None:
        """Count a request that was given up."""
        with self._lock:
            self._failed[host] += 1
            self._unreachable[host] = self._unreachable[host] + 1 if unreachable else 0

    def succeed(self, host: str) -> None:
        """Count from zero again: a request succeeded."""
        with self._lock:
            self._failed[host] = self._unreachable[host] = 0

    def forget(self) -> None:
        """Give every machine another chance."""
        with self._lock:
            self._failed.clear()
            self._unreachable.clear()

    def is_failing(self, host: str) -> bool:
        """Return whether a machine fails repeatedly."""
        return self._failed[host] >= MOST_GIVEN_UP

    def is_away(self, host: str) -> bool:
        """Return whether a machine repeatedly cannot be reached."""
        return self._unreachable[host] >= MOST_GIVEN_UP


class Waiting(Protocol):
    """The part of an archive that tries need: `lib.archive.client.Archive`."""

    name: str
    retries: int
    hosts: Hosts

    def notify(self, line: str, /) -> None:
        """Tell the user."""

    def pause(self, seconds: float) -> None:
        """Wait."""

    def out_of_reach(self, reason: str) -> StopRunError:
        """Return the error for an archive that cannot be reached."""


class Retries:
    """The tries of one request or one download: growing pauses, at least as long as the server asks for, and an end."""

    def __init__(self, archive: Waiting) -> None:
        self._archive = archive
        self.renew()

    def renew(self) -> None:
        """Count from the start again: there was progress."""
        self._made = 0
        self._retry = Retry(total=RETRIES + 1, backoff_factor=PAUSE_FACTOR, backoff_max=PAUSE_CAP)

    def wait(self, trouble: TemporaryError) -> None:
        """Pause before the next try. Raises ArchiveError after the last one, StopRunError if the archive itself cannot
        be reached."""
        archive = self._archive
        away = trouble.unreachable and trouble.host == archive.name
        failing = archive.hosts.is_failing(trouble.host)
        most = RETRIES if away else 0 if failing or trouble.slow else archive.retries
        if self._made >= most:
            again = f", also after {self._made} more tries" if self._made else ""
            if away:
                raise archive.out_of_reach(f"{trouble}{again}") from trouble
            if not trouble.slow:
                archive.hosts.give_up(trouble.host, trouble.unreachable)
            if failing and not trouble.unreachable:
                archive.pause(PAUSE_BETWEEN)
            raise ArchiveError(f"{trouble}{again}") from trouble
        self._made += 1
        broken = None if trouble.answer else urllib3.exceptions.ProtocolError(str(trouble))
        self._retry = self._retry.increment("GET", response=trouble.answer, error=broken)
        wanted = self._wanted(trouble)
        if wanted > LONGEST_WAIT:
            raise ArchiveError(f"{trouble.host} asks to wait {wanted / 60:.0f} minutes: run the same command then")
        pause = max(wanted, self._retry.get_backoff_time())
        if pause >= TOLD_PAUSE:
            archive.notify(f"{trouble}: trying again in {pause:.0f} s")
        archive.pause(pause)

    def _wanted(self, trouble: TemporaryError) -> float:
        """Return the seconds that the server asks for (Retry-After: seconds, or a date by the server's clock)."""
        if not trouble.answer:
            return 0.0
        then, now = (parsedate_tz(trouble.answer.headers.get(name, "")) for name in ("Retry-After", "Date"))
        if then and now:
            return max(0.0, float(mktime_tz(then) - mktime_tz(now)))
        try:
            return self._retry.get_retry_after(trouble.answer) or 0.0
        except urllib3.exceptions.InvalidHeader:
            return 0.0
