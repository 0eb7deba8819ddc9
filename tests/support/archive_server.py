"""A real HTTP server on loopback that answers as the Internet Archive does, and misbehaves on demand.

    with ArchiveServer() as server:
        server.add("film-1", {"film-1.mp4": Path("film.mp4")}, title="A film", subject=["home", "movies"])
        download_metadata.main(["-host", server.host, ...])

Search (`/services/search/v1/scrape`), `/metadata/ID`, and `/download/ID/NAME`, which redirects to `/items/ID/NAME`.
`server.fault(path, ...)` makes the next requests for a path (unquoted, without its query) go wrong, one fault each.
`server.seen` holds every request; `server.wait_for(path, count)` waits until `count` requests for a path have come in.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

# Seconds after which a waiting test fails.
LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request; what is not set stays as it should be."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    cut_after: int = -1  # bytes of the body, then the connection breaks
    hold_after: int = -1  # bytes of the body, then nothing more comes until `release`
    no_ranges: bool = False  # answers 200 with all of it
    no_length: bool = False  # ends the body by closing the connection
    no_version: bool = False  # no ETag and no Last-Modified, and If-Range means nothing
    deaf: bool = False  # If-Range means nothing
    delay: float = 0.0  # seconds before the answer
    drip: float = 0.0  # seconds between two bytes of the body


@dataclass(frozen=True)
class Seen:
    """A request: its path as it was sent, the path unquoted and without its query, the query, the headers."""

    sent: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class Item:
    """An item: its metadata fields, its files, and how the list of files differs from what they are."""

    fields: dict[str, Any]
    files: dict[str, bytes]
    listed: dict[str, dict[str, Any] | None]
    dark: bool = False


class ArchiveServer(ThreadingHTTPServer):
    """The server; serves while in its `with`."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.host = f"http://127.0.0.1:{self.server_address[1]}"
        self.items: dict[str, Item] = {}
        self.seen: list[Seen] = []
        self.ignores_cursor = False
        self.ignores_cursor_with_count = False
        self.nodes: dict[str, str] = {}  # by identifier: the address of the machine that has its files
        self.always: dict[str, Fault] = {}  # by path: what goes wrong with every request
        self.total: Callable[[int], int] = lambda offset: -1  # what a page from `offset` on says (-1: the truth)
        self._faults: dict[str, list[Fault]] = {}
        self._changed = threading.Condition()
        self._released = threading.Event()
        self._connections: set[socket.socket] = set()

    def __enter__(self) -> ArchiveServer:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.release()
        self.shutdown()
        self.server_close()
        for connection in list(self._connections):  # those kept alive would be served on
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a connection."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def close_request(self, request: Any) -> None:
        """Give a connection back."""
        self._connections.discard(request)
        super().close_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that were killed."""

    def add(
        self,
        identifier: str,
        files: dict[str, bytes | Path] | None = None,
        *,
        listed: dict[str, dict[str, Any] | None] | None = None,
        dark: bool = False,
        **fields: Any,
    ) -> None:
        """Add an item. listed: by file name, what its entry in the list of files says instead (a value of None: it
        lacks that key; None for the whole: the file is not listed); dark: the item has no list of files."""
        contents = {n: c.read_bytes() if isinstance(c, Path) else c for n, c in (files or {}).items()}
        fields = {"identifier": identifier, "collection": "films", **fields}
        self.items[identifier] = Item(fields, contents, listed or {}, dark)

    def fault(self, path: str, *faults: Fault) -> None:
        """Make the next requests for `path` go wrong, one after the other."""
        self._faults.setdefault(path, []).extend(faults)

    def next_fault(self, path: str) -> Fault:
        """Return the fault of a request."""
        with self._changed:
            waiting = self._faults.get(path)
            return waiting.pop(0) if waiting else self.always.get(path, Fault())

    def note(self, seen: Seen) -> None:
        """Record a request."""
        with self._changed:
            self.seen.append(seen)
            self._changed.notify_all()

    def asked(self, path: str) -> list[Seen]:
        """Return the requests whose path begins with `path`."""
        return [seen for seen in list(self.seen) if seen.path.startswith(path)]

    def wait_for(self, path: str, count: int = 1) -> None:
        """Wait until `count` requests have come whose path begins with `path`."""
        self.wait_until(lambda: len(self.asked(path)) >= count)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds, on the server or elsewhere."""
        with self._changed:
            for _ in range(int(LONGEST_WAIT / 0.005)):
                if condition():
                    return
                self._changed.wait(0.005)
        raise AssertionError("waited in vain")

    def release(self) -> None:
        """Let answers that are held go on."""
        self._released.set()

    def hold(self) -> None:
        """Wait for `release`."""
        self._released.wait(LONGEST_WAIT)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: ArchiveServer

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path, query = unquote(parts.path), dict(parse_qsl(parts.query))
        self.server.note(Seen(self.path, path, query, {k.title(): v for k, v in self.headers.items()}))
        fault = self.server.next_fault(path)
        if path == "/services/search/v1/scrape":
            self.answer_json(self.search(query), fault)
        elif match := re.fullmatch(r"/metadata/([^/]+)", path):
            self.answer_json(metadata(self.server.items.get(match[1])), fault)
        elif match := re.fullmatch(r"/download/([^/]+)/(.+)", path, re.DOTALL):
            if fault.status:
                self.send(fault.status, fault.headers, fault.body or b"", fault)
            else:
                location = (
                    f"{self.server.nodes.get(match[1], self.server.host)}/items/{quote(match[1])}/{quote(match[2])}"
                )
                self.send(302, {"Location": location}, b"", fault)
        elif match := re.fullmatch(r"/items/([^/]+)/(.+)", path, re.DOTALL):
            self.answer_body(match[1], match[2], fault)
        else:
            self.send(404, {}, b"no such page", fault)

    def answer_json(self, answer: object, fault: Fault) -> None:
        body = json.dumps(answer).encode() if fault.body is None else fault.body
        self.send(fault.status or 200, {"Content-Type": "application/json"} | fault.headers, body, fault)

    def answer_body(self, identifier: str, name: str, fault: Fault) -> None:
        item = self.server.items.get(identifier)
        if item is None or name not in item.files:
            self.send(404, {}, b"not found", fault)
            return
        body = item.files[name] if fault.body is None else fault.body
        headers = {"Content-Type": "video/mp4", "Accept-Ranges": "bytes"}
        version = {} if fault.no_version else {"ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"'}
        headers |= version
        span = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        other = self.headers.get("If-Range", "") not in ("", *version.values())
        if other and not (fault.deaf or fault.no_version):
            span = None
        status = 200
        if span and not fault.no_ranges:
            start = int(span[1])
            if start >= len(body):
                status, headers["Content-Range"], body = 416, f"bytes */{len(body)}", b""
            else:
                status, headers["Content-Range"] = 206, f"bytes {start}-{len(body) - 1}/{len(body)}"
                body = body[start:]
        self.send(fault.status or status, headers | fault.headers, body, fault)

    def send(self, status: int, headers: dict[str, str], body: bytes, fault: Fault) -> None:
        time.sleep(fault.delay)
        self.send_response_only(status)
        ending = {"Connection": "close"} if fault.no_length else {"Content-Length": str(len(body))}
        for name, value in ({"Date": self.date_time_string()} | ending | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if fault.drip:
            for byte in body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(fault.drip)
            return
        if fault.hold_after >= 0:
            self.wfile.write(body[: fault.hold_after])
            self.wfile.flush()
            self.server.hold()
            body = body[fault.hold_after :]
        if fault.cut_after >= 0:
            self.wfile.write(body[: fault.cut_after])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.wfile.write(body)

    def search(self, query: dict[str, str]) -> dict[str, Any]:
        count = int(query.get("count", 100))
        if count < 100:
            return {"error": "[RANGE_EXCEPTION] count must be at least 100", "errorType": "RangeException"}
        if query.get("q", "").count("(") != query.get("q", "").count(")"):
            return {"error": "the query could not be parsed", "errorType": "QueryException"}
        ignored = self.server.ignores_cursor or (self.server.ignores_cursor_with_count and "count" in query)
        cursor = "" if ignored else query.get("cursor", "")
        if cursor and not re.fullmatch(r"at-\d+", cursor):
            return {"error": "the cursor is not valid", "errorType": "CursorException"}
        offset = int(cursor.removeprefix("at-") or 0)
        found = self.found(query.get("q", ""), query.get("sorts", ""))
        names = query.get("fields", "identifier").split(",")
        page = [{n: item[n] for n in names if n in item} for item in found[offset : offset + count]]
        total = self.server.total(offset)
        answer = {"items": page, "count": len(page), "total": len(found) if total < 0 else total}
        return answer | ({"cursor": f"at-{offset + count}"} if offset + count < len(found) else {})

    def found(self, query: str, sorts: str) -> list[dict[str, Any]]:
        """Return the fields of the items of `collection:(NAME)` (of all without it), sorted."""
        collection = re.search(r"collection:\(([^)]*)\)", query)
        items: Iterable[dict[str, Any]] = (item.fields for item in self.server.items.values())
        found = sorted(
            (item for item in items if not collection or item["collection"] == collection[1]),
            key=lambda item: item["identifier"],
        )
        for sort in reversed(sorts.split(",") if sorts else []):
            key, _, direction = sort.partition(" ")
            found.sort(key=lambda item, key=key: item.get(key, 0), reverse=direction == "desc")
        return found


def metadata(item: Item | None) -> dict[str, Any]:
    """Return what `/metadata/ID` answers."""
    if item is None:
        return {}
    if item.dark:
        return {"is_dark": True, "metadata": item.fields}
    files = []
    for name, content in item.files.items():
        md5, sha1 = hashlib.md5(content).hexdigest(), hashlib.sha1(content).hexdigest()
        entry = {"name": name, "source": "original", "size": str(len(content)), "md5": md5, "sha1": sha1}
        differs = item.listed.get(name, {})
        if differs is not None:
            files.append({k: v for k, v in (entry | differs).items() if v is not None})
    return {"metadata": item.fields, "files": files, "files_count": len(files)}
