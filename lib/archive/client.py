"""The Internet Archive over HTTP: its search, the files of an item, and their contents from any byte on.

The search is the scrape interface (https://archive.org/help/aboutsearch.htm, "scraping API"): unlike the paged search
it does not stop at 10,000 results. This is the one module that speaks to the archive; it writes nothing.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from lib.archive.answers import (
    ArchiveError,
    ArchiveFile,
    Page,
    QueryError,
    RefusedError,
    StoppedError,
    StopRunError,
    TemporaryError,
    listed_files,
    never_connected,
    reason_of,
    status_line,
    user_agent,
)
from lib.archive.retries import FEW_RETRIES, RETRIES, Hosts, Retries
from lib.errors import MediaError
from lib.io.formats import counted

# Seconds: to connect, and of silence within an answer. The archive fetches some items from slow disks first, and a
# search of a large collection takes minutes.
TIMEOUT, SEARCH_TIMEOUT = (20.0, 60.0), (20.0, 300.0)
# A body slower than this, in bytes per second over this many seconds, is given up for now.
SLOWEST, WINDOW = 1000.0, 60.0
RETRIED = frozenset({429, 500, 502, 503, 504})
REFUSALS = frozenset({401, 403, 404, 410, 451})
# The scrape interface refuses fewer than 100 results a page, and more than 10,000.
SMALLEST_PAGE, LARGEST_PAGE = 100, 10_000
# The default page size: with long descriptions, larger pages take long.
USUAL_PAGE = 1000
# Number of times an empty page in the middle of a search is requested again.
EMPTY_PAGES = 2
CHUNK = 1 << 16


class _Session(requests.Session):
    """A session that sends nothing to machines that could not be reached repeatedly, even by a redirect."""

    def __init__(self, hosts: Hosts) -> None:
        super().__init__()
        self._hosts = hosts

    def send(self, request: requests.PreparedRequest, **settings: Any) -> requests.Response:
        """Send a request, or the next one of a chain of redirects."""
        host = urlsplit(request.url or "").netloc
        if self._hosts.is_away(str(host)):
            raise TemporaryError(f"its server {host} cannot be reached", str(host), unreachable=True)
        return super().send(request, **settings)


class Archive:
    """A connection to an archive at `host` (a URL), shared by `workers` threads. Use it in a `with`.

    `notify` is called with one line of news for the user (a long pause, a changing search).
    """

    def __init__(self, host: str, workers: int = 1, notify: Callable[[str], None] = lambda line: None) -> None:
        try:
            right = urlsplit(host).scheme in ("http", "https") and urlsplit(host).netloc
        except ValueError:
            right = False
        if not right:
            raise MediaError("is not the address of a server: give one such as https://archive.org", host)
        self.host = host.rstrip("/")
        self.name = urlsplit(self.host).netloc.lower()
        self.notify = notify
        self.stop = threading.Event()
        self.hosts = Hosts()
        self.retries = RETRIES
        self._answered = False
        self._session = _Session(self.hosts)
        self._session.headers["User-Agent"] = user_agent()
        for scheme in ("http://", "https://"):  # Retries are counted here, since they must cover the bodies too
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=max(workers, 1), max_retries=0))

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop.set()
        self._session.close()

    @contextmanager
    def first_round(self) -> Iterator[None]:
        """Limit the tries within: failures are put last, and then every machine gets another chance."""
        self.retries = FEW_RETRIES
        try:
            yield
        finally:
            self.retries = RETRIES
            self.hosts.forget()

    def search(
        self,
        query: str,
        fields: Sequence[str],
        sort: str,
        limit: int = -1,
        page_size: int = USUAL_PAGE,
        known: Set[str] = frozenset(),
        cursor: str = "",
    ) -> Iterator[Page]:
        """Yield the pages of a search until it ends or there are `limit` items (-1: all), without duplicates.

        query: in the archive's syntax; fields: those returned besides `identifier`; sort: such as
        "downloads desc"; page_size: items per request; known, cursor: identifiers found already, and where to continue
        (empty: from the start). If a server ignores the cursor beside a count, it is asked without the count.
        Raises QueryError if the archive refuses the search, ArchiveError if it ignores the cursor altogether: the
        search would never end.
        """
        known = set(known)
        wanted = page_size if limit < 0 else min(page_size, limit)
        count, empty = min(max(wanted, SMALLEST_PAGE), LARGEST_PAGE), 0
        while True:
            question: dict[str, str | int] = {"q": query, "fields": ",".join(dict.fromkeys(["identifier", *fields]))}
            question |= {k: v for k, v in (("count", count), ("sorts", sort), ("cursor", cursor)) if v}
            page = self._page(question)
            again = bool(cursor and page.cursor and page.items) and all(i["identifier"] in known for i in page.items)
            if again and count:
                count = 0
                continue
            if again:
                raise ArchiveError(
                    f"the search went back to {page.items[0]['identifier']!r} after {counted(len(known), 'item')}: "
                    "this server ignores the cursor and cannot give more than one page; ask for fewer items",
                    self.host,
                )
            if not page.items and page.cursor and page.total > len(known) and empty < EMPTY_PAGES:
                empty += 1
                self.pause(2.0 * empty)
                continue
            unique = {item["identifier"]: item for item in page.items if item["identifier"] not in known}
            known |= unique.keys()
            ended = not page.cursor or not page.items or 0 <= limit <= len(known)
            yield Page(list(unique.values()), page.cursor, page.total)
            if ended:
                return
            cursor = page.cursor

    def _page(self, question: Mapping[str, str | int]) -> Page:
        answer = self._json(f"{self.host}/services/search/v1/scrape", question, SEARCH_TIMEOUT)
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

    def files(self, identifier: str) -> list[ArchiveFile]:
        """Return the public files of an item in the archive's order.

        Raises RefusedError if the archive does not show the item, ArchiveError if its answer is incomplete now.
        """
        return listed_files(identifier, self._json(f"{self.host}/metadata/{quote(identifier, safe='')}"))

    def body(self, identifier: str, name: str, start: int = 0, version: str = "") -> requests.Response:
        """Return the answer to a request for a file from byte `start` on, whatever its status; close it after use.

        version: the one to continue (see `version_of`); for another one the server sends everything, if it knows of
        versions. The body is not read yet: see `chunks`. Raises TemporaryError or ArchiveError.
        """
        # Ranges and checksums are those of the stored bytes, so nothing may compress them on the way.
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers |= {"Range": f"bytes={start}-"} | ({"If-Range": version} if version else {})
        return self._ask(f"{self.host}/download/{quote(identifier, safe='')}/{quote(name)}", headers=headers)

    def chunks(self, response: requests.Response, decode: bool = False) -> Iterator[bytes]:
        """Yield the body's bytes as they come; decode: unpacked.

        Raises TemporaryError if the connection breaks or is almost idle, StoppedError if the run ends.
        """
        host = urlsplit(response.url).netloc
        begun, came = time.monotonic(), 0
        while True:
            if self.stop.is_set():
                raise StoppedError
            try:
                chunk = response.raw.read1(CHUNK, decode_content=decode)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                raise TemporaryError(f"the connection broke ({reason_of(error)})", host) from error
            if not chunk:
                self.hosts.succeed(host)
                return
            yield chunk
            came += len(chunk)
            seconds = time.monotonic() - begun
            if seconds >= WINDOW:
                if came < SLOWEST * seconds:
                    raise TemporaryError(f"{host} sends only {came / seconds:.0f} bytes a second", host, slow=True)
                begun, came = time.monotonic(), 0

    def pause(self, seconds: float) -> None:
        """Wait; raises StoppedError if the run ends meanwhile."""
        if self.stop.wait(seconds):
            raise StoppedError

    def _json(
        self, url: str, params: Mapping[str, str | int] | None = None, timeout: tuple[float, float] | None = None
    ) -> dict[str, Any]:
        """Return the JSON object at `url`, with patience."""
        retries = Retries(self)
        while True:
            try:
                with self._ask(url, params, timeout=timeout) as response:
                    text = b"".join(self.chunks(response, decode=True))
                break
            except TemporaryError as trouble:
                retries.wait(trouble)
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            answer = None
        if response.status_code in REFUSALS:
            raise RefusedError(f"answers {status_line(response)} to {response.url}", self.host)
        if isinstance(answer, dict) and answer.get("error"):
            raise QueryError(f"the archive answers: {answer['error']}", self.host)
        if response.status_code != requests.codes.ok:
            raise ArchiveError(f"answers {status_line(response)} to {response.url}", self.host)
        if not isinstance(answer, dict):
            page = "a web page" if text.lstrip()[:1] == b"<" else "something else"
            raise ArchiveError(
                f"answers with {page} where the archive answers with JSON: is the address right, and does this network "
                "want a log-in?",
                self.host,
            )
        return answer

    def _ask(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: tuple[float, float] | None = None,
    ) -> requests.Response:
        """Send one request. Raises TemporaryError if a later one may be answered."""
        if self.stop.is_set():
            raise StoppedError
        try:
            response = self._session.get(url, params=params, headers=headers, stream=True, timeout=timeout or TIMEOUT)
        except (requests.ConnectionError, requests.Timeout) as error:
            # Data come from other machines (redirects): only if the host itself is away are all items affected.
            asked = str(urlsplit(str(error.request.url)).netloc) if error.request is not None else ""
            unreachable = never_connected(error)
            if unreachable and asked == self.name and not self._answered:
                raise self.out_of_reach(reason_of(error)) from error
            raise TemporaryError(f"no connection ({reason_of(error)})", asked, unreachable=unreachable) from error
        except requests.RequestException as error:
            raise ArchiveError(f"cannot be requested ({reason_of(error)})", url) from error
        self._answered = True
        if response.status_code in RETRIED:
            response.close()
            host = str(urlsplit(response.url).netloc)
            raise TemporaryError(f"the archive answers {status_line(response)}", host, response.raw)
        return response

    def out_of_reach(self, reason: str) -> StopRunError:
        """Return the error for an archive that cannot be reached."""
        again = "check the network and the address, then run it again"
        return StopRunError(f"cannot be reached ({reason}): {again}", self.host)
