"""The Internet Archive over HTTP: its search, the files of an item, and their bodies from any byte on.

The search is the scrape interface (https://archive.org/help/aboutsearch.htm, "scraping API"): unlike the paged search
it does not stop at 10,000 results. This is the one module that speaks to the archive; it writes nothing.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Any
from urllib.parse import quote, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from lib.archive.answers import (
    ArchiveError,
    ArchiveFile,
    Page,
    RefusedError,
    StoppedError,
    StopRunError,
    TryAgainError,
    checksum,
    never_connected,
    reason_of,
    size_of,
    status_line,
)
from lib.errors import MediaError

USER_AGENT = f"media-tools/0.1 (scripts for collections of audio and video) {requests.utils.default_user_agent()}"
# Seconds: to connect, and of silence within an answer. The archive fetches some items from slow disks first.
TIMEOUT = (20, 60)
# Tries after the first one; with the pauses below a server may be away for about three minutes.
RETRIES = 8
# Urllib3 pauses 0, 2, 4, 8, ... times this many seconds, at most PAUSE_CAP.
PAUSE_FACTOR, PAUSE_CAP = 1.0, 60.0
# A server that asks (Retry-After) for a longer pause than this is better asked again another time.
LONGEST_WAIT = 3600.0
# Pauses from this length on are told to the user: the script would seem to hang.
TOLD_PAUSE = 8.0
# So many questions in a row given up on mean that the archive is away, not that single items are broken.
MOST_GIVEN_UP = 5
RETRIED = frozenset({429, 500, 502, 503, 504})
# The scrape interface refuses fewer than 100 results a page, and with long descriptions over 1,000 take long.
SMALLEST_PAGE, LARGEST_PAGE = 100, 1000
CHUNK = 1 << 16


class Archive:
    """A connection to an archive at `host` (a URL), shared by `workers` threads. Use it in a `with`.

    `notify` is called with one line for what a user should know while it happens (a long pause, a changing search).
    """

    def __init__(self, host: str, workers: int = 1, notify: Callable[[str], None] = lambda line: None) -> None:
        try:
            right = urlsplit(host).scheme in ("http", "https") and urlsplit(host).netloc
        except ValueError:
            right = False
        if not right:
            raise MediaError("is not the address of a server: give one such as https://archive.org", host)
        self.host = host.rstrip("/")
        self.notify = notify
        self.stop = threading.Event()
        self._answered = False
        self._given_up = 0
        self._session = requests.Session()
        self._session.headers["User-Agent"] = USER_AGENT
        for scheme in ("http://", "https://"):  # Retries are counted here, since they must cover the bodies too
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=max(workers, 1), max_retries=0))

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop.set()
        self._session.close()

    def search(
        self, query: str, fields: Sequence[str], sort: str, rows: int, known: Set[str] = frozenset(), cursor: str = ""
    ) -> Iterator[Page]:
        """Yield the pages of a search until it ends or there are `rows` items (-1: all), without doubled items.

        query: in the archive's syntax; fields: which ones the items have besides `identifier`; sort: such as
        "downloads desc"; known, cursor: identifiers that are there already, and where to go on (empty: from the start).
        Raises RefusedError if the archive refuses the search, ArchiveError if it ignores the cursor and begins anew,
        which would go on for ever.
        """
        known = set(known)
        count = LARGEST_PAGE if rows < 0 else min(max(rows, SMALLEST_PAGE), LARGEST_PAGE)
        while True:
            question: dict[str, str | int] = {
                "q": query,
                "fields": ",".join(dict.fromkeys(["identifier", *fields])),
                "count": count,
            }
            question |= {k: v for k, v in (("sorts", sort), ("cursor", cursor)) if v}
            page = self._page(question)
            if page.items and page.items[0]["identifier"] in known:
                raise ArchiveError(
                    f"the search went back to {page.items[0]['identifier']!r} after {len(known)} items: "
                    "this server ignores the cursor and cannot give more than one page; ask for fewer items",
                    self.host,
                )
            unique = {item["identifier"]: item for item in page.items if item["identifier"] not in known}
            known |= unique.keys()
            ended = not page.cursor or not page.items or 0 <= rows <= len(known)
            yield Page(list(unique.values()), page.cursor, page.total)
            if ended:
                return
            cursor = page.cursor

    def _page(self, question: Mapping[str, str | int]) -> Page:
        answer = self._json(f"{self.host}/services/search/v1/scrape", question)
        items, total = answer.get("items"), answer.get("total") or 0
        try:
            if not isinstance(items, list) or any(not item["identifier"] for item in items):
                raise ValueError
            return Page(
                [item | {"identifier": str(item["identifier"])} for item in items],
                # Half a character, which JSON can hold, could not be sent back.
                str(answer.get("cursor") or "").encode("utf-8", "replace").decode("utf-8"),
                int(total),
            )
        except (KeyError, TypeError, ValueError, OverflowError):
            raise ArchiveError(
                "does not answer a search as the archive does (no list of items): is it the address of an archive?",
                self.host,
            ) from None

    def files(self, identifier: str) -> list[ArchiveFile] | None:
        """Return the public files of an item in the archive's order; None if the archive does not show the item.

        Raises ArchiveError if it gives no usable answer.
        """
        listed = self._json(f"{self.host}/metadata/{quote(identifier, safe='')}").get("files")
        if not isinstance(listed, list):  # a dark item, or one that is not there (any more)
            return None
        named = [f for f in listed if isinstance(f, dict) and f.get("name")]
        return [
            ArchiveFile(str(f["name"]), size_of(f.get("size")), checksum(f.get("md5"), 32), checksum(f.get("sha1"), 40))
            for f in named
            if str(f.get("private")).lower() != "true"
        ]

    def body(self, identifier: str, name: str, start: int = 0) -> requests.Response:
        """Return the answer to a request for a file from byte `start` on, whatever its status; close it after use.

        Its body is not read yet: see `chunks`. Raises TryAgainError for a passing trouble, ArchiveError for a lasting
        one.
        """
        # Ranges and checksums are those of the bytes as they are kept, so nothing may pack them on the way.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        response = self._ask(f"{self.host}/download/{quote(identifier, safe='')}/{quote(name)}", headers=headers)
        self._given_up = 0
        return response

    def chunks(self, response: requests.Response) -> Iterator[bytes]:
        """Yield the body's bytes as they come.

        Raises TryAgainError if the connection breaks, StoppedError if the run ends.
        """
        pieces = response.raw.stream(CHUNK, decode_content=False)
        while True:
            if self.stop.is_set():
                raise StoppedError
            try:
                piece = next(pieces, None)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                raise TryAgainError(f"the connection broke ({reason_of(error)})") from error
            if piece is None:
                return
            yield piece

    def pause(self, seconds: float) -> None:
        """Wait; raises StoppedError if the run ends meanwhile."""
        if self.stop.wait(seconds):
            raise StoppedError

    def patience(self) -> Patience:
        """Return a new count of tries for one question or one download."""
        return Patience(self)

    def _json(self, url: str, params: Mapping[str, str | int] | None = None) -> dict[str, Any]:
        """Return the JSON object at `url`, patiently."""
        patience = self.patience()
        while True:
            try:
                with self._ask(url, params) as response:
                    text = b"".join(self._decoded(response))
                break
            except TryAgainError as trouble:
                patience.wait(trouble)
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            answer = None
        if isinstance(answer, dict) and answer.get("error"):
            raise RefusedError(f"the archive answers: {answer['error']}", self.host)
        if response.status_code != requests.codes.ok:
            raise ArchiveError(f"answers {status_line(response)} to {response.url}", self.host)
        if not isinstance(answer, dict):
            page = "a web page" if text.lstrip()[:1] == b"<" else "something else"
            raise self.gave_up(
                f"answers with {page} where the archive answers with JSON: is the address right, and does this network "
                "want a log-in?",
                self.host,
            )
        self._given_up = 0
        return answer

    def _decoded(self, response: requests.Response) -> Iterator[bytes]:
        try:
            yield from response.iter_content(CHUNK)
        except (requests.RequestException, OSError) as error:
            raise TryAgainError(f"the connection broke ({reason_of(error)})") from error

    def _ask(
        self, url: str, params: Mapping[str, str | int] | None = None, headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        """Send one request. Raises TryAgainError where a later one may be answered."""
        if self.stop.is_set():
            raise StoppedError
        try:
            response = self._session.get(url, params=params, headers=headers, stream=True, timeout=TIMEOUT)
        except (requests.ConnectionError, requests.Timeout) as error:
            # Data come from other machines (redirects): only the host itself being away concerns all items.
            asked = urlsplit(str(error.request.url)).netloc if error.request is not None else ""
            unreachable = asked == urlsplit(self.host).netloc.lower() and never_connected(error)
            if unreachable and not self._answered:
                raise self._out_of_reach(reason_of(error)) from error
            raise TryAgainError(f"no connection ({reason_of(error)})", unreachable=unreachable) from error
        except requests.RequestException as error:
            raise ArchiveError(f"cannot be asked for ({reason_of(error)})", url) from error
        self._answered = True
        if response.status_code in RETRIED:
            response.close()
            raise TryAgainError(f"the archive answers {status_line(response)}", response.raw)
        return response

    def _out_of_reach(self, reason: str) -> StopRunError:
        again = "check the network and the address, then run it again"
        return StopRunError(f"cannot be reached ({reason}): {again}", self.host)

    def gave_up(self, reason: str, about: str = "", unreachable: bool = False) -> MediaError:
        """Return the error to raise for a question that got no answer: for this one, or if it is the same with all.

        about: the address that it is about, if it is another than who asked knows.
        """
        self._given_up += 1
        if unreachable:
            return self._out_of_reach(reason)
        if self._given_up >= MOST_GIVEN_UP:
            return StopRunError(f"{reason}, again and again: run the same command later, it goes on from here", about)
        return ArchiveError(reason, about)


class Patience:
    """The tries of one question: pauses that grow, as long as the server asks for, and an end."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.renew()

    def renew(self) -> None:
        """Count from the start again: there was progress."""
        self._retry = Retry(total=RETRIES, backoff_factor=PAUSE_FACTOR, backoff_max=PAUSE_CAP)

    def wait(self, trouble: TryAgainError) -> None:
        """Pause before the next try; raises ArchiveError or StopRunError if there have been enough."""
        try:
            broken = None if trouble.answer else urllib3.exceptions.ProtocolError(str(trouble))
            self._retry = self._retry.increment("GET", response=trouble.answer, error=broken)
        except urllib3.exceptions.MaxRetryError:
            reason = f"{trouble}, also after {RETRIES} more tries"
            raise self._archive.gave_up(reason, unreachable=trouble.unreachable) from trouble
        wanted = self._wanted(trouble)
        if wanted > LONGEST_WAIT:
            raise StopRunError(
                f"asks to wait {wanted / 60:.0f} minutes: run the same command again then", self._archive.host
            ) from trouble
        pause = max(wanted, self._retry.get_backoff_time())
        if pause >= TOLD_PAUSE:
            self._archive.notify(f"{trouble}: trying again in {pause:.0f} s")
        self._archive.pause(pause)

    def _wanted(self, trouble: TryAgainError) -> float:
        """Return the seconds that the server asks for (Retry-After: seconds, or a date)."""
        try:
            return self._retry.get_retry_after(trouble.answer) or 0.0 if trouble.answer else 0.0
        except urllib3.exceptions.InvalidHeader:
            return 0.0
