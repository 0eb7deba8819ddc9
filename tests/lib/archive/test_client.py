"""The archive's answers, good and bad, and the patience with it."""

from __future__ import annotations

import email.utils
import io
import json
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from lib import __version__
from lib.archive import client as client_module
from lib.archive.answers import (
    ArchiveError,
    ArchiveFile,
    DarkError,
    Page,
    QueryError,
    RefusedError,
    StoppedError,
    StopRunError,
    TemporaryError,
)
from lib.archive.client import Archive
from lib.archive.retries import Retries
from lib.archive.search import Query, as_text, choose
from lib.errors import MediaError
from tests.support.archive_server import ArchiveServer, Fault
from tests.support.each import each

SCRAPE = "/services/search/v1/scrape"
HTML = b"<!DOCTYPE html><title>Log in to the hotel network</title>"
# 8 more tries after the first: 0, 2, 4, ... doubled each time, at most 60.
ALL_PAUSES = [0, 2, 4, 8, 16, 32, 60, 60]


@pytest.fixture
def server() -> Iterator[ArchiveServer]:
    with ArchiveServer() as running:
        yield running


@pytest.fixture
def archive(server: ArchiveServer, pauses: list[float]) -> Iterator[Archive]:
    with Archive(server.host, 2) as connected:
        yield connected


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses are written down instead of waited for."""
    waited: list[float] = []
    monkeypatch.setattr(Archive, "pause", lambda self, seconds: waited.append(seconds))
    return waited


def identifiers(pages: Iterator[Page]) -> list[str]:
    return [item["identifier"] for page in pages for item in page.items]


def test_search_of_12000_items_gives_each_once_in_order(server: ArchiveServer, archive: Archive) -> None:
    for n in range(12_000):
        server.add(f"item-{n * 7919 % 12_000:05}", downloads=n * 31 % 12_000)
    found = list(archive.search("collection:(films)", ["downloads", "title"], "downloads desc", -1))
    items = [item for page in found for item in page.items]
    assert [item["downloads"] for item in items] == list(range(11_999, -1, -1))
    assert len({item["identifier"] for item in items}) == 12_000
    assert len(server.seen) == 12  # 1,000 a page
    assert {page.total for page in found} == {12_000}
    assert [page.cursor for page in found][-2:] == ["at-11000", ""]


def test_search_sends_what_was_asked(server: ArchiveServer, archive: Archive) -> None:
    server.add("a b&c", title="T", subject=["x", "y"])
    query = 'collection:(films) AND title:"a & b" #1 100%'
    (page,) = archive.search(query, ["title", "identifier", "subject"], "publicdate asc", -1)
    assert server.seen[0].query == {
        "q": query, "fields": "identifier,title,subject", "sorts": "publicdate asc", "count": "1000",
    }  # fmt: skip
    assert page.items == [{"identifier": "a b&c", "title": "T", "subject": ["x", "y"]}]
    assert server.seen[0].headers["User-Agent"].startswith("media-tools/")


@pytest.mark.parametrize(("rows", "count", "requests"), [(5, 100, 1), (250, 250, 1), (1500, 1000, 2), (-1, 1000, 3)])
def test_search_asks_for_no_more_pages_than_needed(
    server: ArchiveServer, archive: Archive, rows: int, count: int, requests: int
) -> None:
    for n in range(2500):
        server.add(f"{n:05}")
    found = identifiers(archive.search("", [], "", rows))
    assert found[: rows if rows > 0 else None] == [f"{n:05}" for n in range(rows if rows > 0 else 2500)]
    assert [seen.query["count"] for seen in server.seen] == [str(count)] * requests


def test_search_continues_from_a_cursor(server: ArchiveServer, archive: Archive) -> None:
    for n in range(2500):
        server.add(f"{n:05}")
    known = {f"{n:05}" for n in range(1000)}
    assert identifiers(archive.search("", [], "", known=known, cursor="at-1000")) == [
        f"{n:05}" for n in range(1000, 2500)
    ]


def test_server_that_ignores_the_cursor_is_found_out(server: ArchiveServer, archive: Archive) -> None:
    for n in range(1200):
        server.add(f"{n:05}")
    server.ignores_cursor = True
    pages = archive.search("", [], "", -1)
    assert len(next(pages).items) == 1000
    with pytest.raises(ArchiveError, match="'00000' after 1,000 items: this server ignores the cursor"):
        next(pages)
    assert [seen.query.get("count") for seen in server.seen] == ["1000", "1000", None]


def test_server_that_ignores_the_cursor_beside_a_count_is_asked_without_one(
    server: ArchiveServer, archive: Archive
) -> None:
    for n in range(450):
        server.add(f"{n:05}")
    server.ignores_cursor_with_count = True
    assert identifiers(archive.search("", [], "", page_size=200)) == [f"{n:05}" for n in range(450)]
    asked = [(seen.query.get("count"), seen.query.get("cursor")) for seen in server.seen]
    assert asked == [("200", None), ("200", "at-200"), (None, "at-200"), (None, "at-300"), (None, "at-400")]


@pytest.mark.parametrize(("size", "count"), [(1, 100), (100, 100), (700, 700), (10_000, 10_000), (99_999, 10_000)])
def test_the_size_of_a_page_is_one_that_the_archive_takes(
    server: ArchiveServer, archive: Archive, size: int, count: int
) -> None:
    list(archive.search("", [], "", page_size=size))
    assert server.seen[0].query["count"] == str(count)


def test_an_empty_page_in_the_middle_is_asked_for_again(
    server: ArchiveServer, archive: Archive, pauses: list[float]
) -> None:
    for n in range(250):
        server.add(f"{n:05}")
    server.fault(SCRAPE, Fault(), Fault(body=b'{"items": [], "total": 250, "cursor": "at-100"}'))
    assert len(identifiers(archive.search("", [], "", page_size=100))) == 250
    assert pauses == [2.0]


@pytest.mark.parametrize("total", [lambda offset: offset, lambda offset: 10_000 - offset, lambda offset: 0])
def test_a_total_that_moves_ends_nothing_early(server: ArchiveServer, archive: Archive, total: Any) -> None:
    for n in range(250):
        server.add(f"{n:05}")
    server.total = total
    assert len(identifiers(archive.search("", [], "", page_size=100))) == 250


def test_an_item_that_moves_to_the_next_page_is_not_doubled(server: ArchiveServer, archive: Archive) -> None:
    pages = [["a", "b"], ["c", "a", "d", "d"]]
    for n, page in enumerate(pages):
        answer = {"items": [{"identifier": i} for i in page], "total": 4} | ({} if n else {"cursor": "at-2"})
        server.fault(SCRAPE, Fault(body=json.dumps(answer).encode()))
    assert identifiers(archive.search("", [], "", -1)) == ["a", "b", "c", "d"]


def test_an_empty_page_ends_the_search(server: ArchiveServer, archive: Archive) -> None:
    server.fault(SCRAPE, *[Fault(body=b'{"items": [], "total": 3, "cursor": "at-100"}')] * 3)
    assert identifiers(archive.search("", [], "", -1)) == []
    assert len(server.seen) == 3


def test_error_in_an_answer_of_status_200(archive: Archive) -> None:
    with pytest.raises(QueryError, match="the archive answers: the query could not be parsed"):
        list(archive.search("title:(", [], "", -1))


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            Fault(body=HTML, headers={"Content-Type": "text/html"}),
            "a web page where .* is the address right",
        ),
        (Fault(body=b"", headers={}), "answers with something else where"),
        (Fault(body=b"[1, 2]"), "answers with something else where"),
        (Fault(body=b'{"hits": 3}'), "does not answer a search as the archive does"),
        (Fault(body=b'{"items": [{"title": "x"}], "total": 1}'), "does not answer a search as the archive does"),
        (Fault(body=b'{"items": [], "total": "many"}'), "does not answer a search as the archive does"),
        (Fault(status=404, body=HTML), "answers 404 Not Found to http"),
        (Fault(status=400, body=b'{"error": "bad sort"}'), "the archive answers: bad sort"),
    ],
)
def test_unusable_answers_are_one_line_and_not_asked_for_again(
    server: ArchiveServer, archive: Archive, pauses: list[float], fault: Fault, message: str
) -> None:
    server.fault(SCRAPE, fault)
    with pytest.raises(ArchiveError, match=message) as error:
        list(archive.search("", [], "", -1))
    assert "\n" not in str(error.value)
    assert (len(server.seen), pauses) == (1, [])


def test_files_as_listed(server: ArchiveServer, archive: Archive) -> None:
    content = {
        "a.mp4": b"12345",
        "disc 1/#2 100% ?ü日本.mp4": b"",
        "../../etc/evil.mp4": b"1",
        "no size.mp4": b"123",
        "text size.mp4": b"123",
        "negative.mp4": b"1",
        "bare.mp4": b"1",
        "private.mp4": b"1234",
        "not private.mp4": b"12",
    }
    nothing = dict.fromkeys(["size", "md5", "sha1"])
    server.add("x y", content, listed={
        "no size.mp4": {"size": None}, "text size.mp4": {"size": "unknown"}, "negative.mp4": {"size": "-1"},
        "bare.mp4": nothing, "private.mp4": {"private": "true"}, "not private.mp4": {"private": "false", "md5": "?"},
    })  # fmt: skip
    files = archive.files("x y")
    assert [(f.name, f.size) for f in files] == [
        ("a.mp4", 5), ("disc 1/#2 100% ?ü日本.mp4", 0), ("../../etc/evil.mp4", 1), ("no size.mp4", None),
        ("text size.mp4", None), ("negative.mp4", None), ("bare.mp4", None), ("not private.mp4", 2),
    ]  # fmt: skip
    # md5 and sha1 of "12345", from md5sum and sha1sum
    assert files[0].md5 == "827ccb0eea8a706c4c34a16891f84e7b"
    assert files[0].sha1 == "8cb2237d0679ca88db6464eac60da96345513964"
    assert files[6] == ArchiveFile("bare.mp4", source="original")
    assert files[7].md5 == ""  # what is not an MD5 cannot be held against the file
    assert server.seen[0].sent == "/metadata/x%20y"


def test_redirects_that_lead_nowhere(server: ArchiveServer, archive: Archive, pauses: list[float]) -> None:
    round_and_round = Fault(status=302, headers={"Location": "/download/x/a.mp4"})
    server.fault("/download/x/a.mp4", *[round_and_round] * 40)
    with pytest.raises(ArchiveError, match=r"cannot be requested .Exceeded 30 redirects"):
        archive.body("x", "a.mp4")
    server.fault("/download/x/b.mp4", Fault(status=302, headers={"Location": "file:///etc/passwd"}))
    with pytest.raises(ArchiveError, match="cannot be requested"):
        archive.body("x", "b.mp4")
    assert pauses == []


def test_dark_and_missing_items_are_refused(server: ArchiveServer, archive: Archive) -> None:
    server.add("dark", {"a.mp4": b"1"}, dark=True)
    server.add("empty")
    with pytest.raises(DarkError, match="the archive keeps this item dark"):
        archive.files("dark")
    with pytest.raises(RefusedError, match=r"the archive does not have this item"):
        archive.files("no such item")
    assert archive.files("empty") == []


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"metadata": {"title": "x"}, "servers_unavailable": True, "files": []}, "servers .* are not available"),
        ({"metadata": {"title": "x"}, "servers_unavailable": "true"}, "servers .* are not available"),
        ({"workable_servers": [], "files": [{"name": "x.mp4"}]}, "servers .* are not available"),
        ({"metadata": {"title": "x"}}, "lists no files, or not all"),
        ({"metadata": {"title": "x"}, "files": None}, "lists no files, or not all"),
        ({"files": [], "files_count": 2}, "lists no files, or not all"),
        ({"files": [{"name": "x.mp4"}], "files_count": "2"}, "lists no files, or not all"),
    ],
)
def test_an_outage_is_not_a_lack_of_files(server: ArchiveServer, archive: Archive, answer: dict, message: str) -> None:
    server.fault("/metadata/x", Fault(body=json.dumps(answer).encode()))
    with pytest.raises(ArchiveError, match=message) as error:
        archive.files("x")
    assert not isinstance(error.value, RefusedError)


@pytest.mark.parametrize("status", [401, 403, 404, 410, 451])
def test_a_refusal_is_distinguished_from_an_outage(server: ArchiveServer, archive: Archive, status: int) -> None:
    server.fault("/metadata/x", Fault(status=status, body=b'{"error": "no"}'))
    with pytest.raises(RefusedError, match=f"answers {status} "):
        archive.files("x")


def test_a_checksum_that_cannot_be_is_not_taken(server: ArchiveServer, archive: Archive) -> None:
    """The list of files is one of the files: it cannot hold its own size and checksum."""
    server.add("x", {"x_files.xml": b"list", "y_files.xml": b"another", "x_meta.xml": b"meta"})
    known = {file.name: (file.size, file.has_checksum) for file in archive.files("x")}
    assert known == {"x_files.xml": (None, False), "y_files.xml": (7, True), "x_meta.xml": (4, True)}


def test_odd_lists_of_files(server: ArchiveServer, archive: Archive) -> None:
    server.fault("/metadata/x", Fault(body=b'{"files": [{"size": "3"}, "a.mp4", null, {"name": "b.mp4", "size": 7}]}'))
    assert archive.files("x") == [ArchiveFile("b.mp4", 7)]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_passing_trouble_is_tried_again(
    server: ArchiveServer, archive: Archive, pauses: list[float], status: int
) -> None:
    server.add("x", {"a.mp4": b"1"})
    server.fault("/metadata/x", Fault(status=status), Fault(status=status), Fault(status=status))
    files = archive.files("x")
    assert [f.name for f in files] == ["a.mp4"]
    assert pauses == ALL_PAUSES[:3]


def test_pauses_grow_to_a_cap_and_end(server: ArchiveServer, archive: Archive, pauses: list[float]) -> None:
    server.fault("/metadata/x", *[Fault(status=503)] * 20)
    with pytest.raises(ArchiveError, match="answers 503 Service Unavailable, also after 8 more tries"):
        archive.files("x")
    assert pauses == ALL_PAUSES
    assert len(server.seen) == 9


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_in_seconds(server: ArchiveServer, archive: Archive, pauses: list[float], status: int) -> None:
    lines: list[str] = []
    archive.notify = lines.append
    server.add("x")
    server.fault("/metadata/x", Fault(status=status, headers={"Retry-After": "17"}))
    archive.files("x")
    assert pauses == [17]
    assert "trying again in 17 s" in lines[0]


def test_retry_after_as_a_date(server: ArchiveServer, archive: Archive, pauses: list[float]) -> None:
    date = email.utils.formatdate(time.time() + 100, usegmt=True)
    past = email.utils.formatdate(time.time() - 100, usegmt=True)
    server.add("x")
    server.fault("/metadata/x", *(Fault(status=503, headers={"Retry-After": d}) for d in (date, past, "soon")))
    archive.files("x")
    assert 60 < pauses[0] <= 100
    assert pauses[1:] == ALL_PAUSES[1:3]


def test_a_date_to_wait_for_is_by_the_clock_of_the_server(
    server: ArchiveServer, archive: Archive, pauses: list[float]
) -> None:
    now, then = (email.utils.formatdate(time.time() + 86400 + n, usegmt=True) for n in (0, 17))
    server.add("x")
    server.fault("/metadata/x", Fault(status=503, headers={"Date": now, "Retry-After": then}))
    archive.files("x")
    assert pauses == [17]


def test_too_long_a_wait_is_for_another_run(server: ArchiveServer, archive: Archive, pauses: list[float]) -> None:
    server.fault("/metadata/x", Fault(status=503, headers={"Retry-After": "7200"}))
    with pytest.raises(ArchiveError, match=r"127.0.0.1:\d+ asks to wait 120 minutes"):
        archive.files("x")
    assert pauses == []


def test_broken_answers_are_asked_for_again(server: ArchiveServer, archive: Archive, pauses: list[float]) -> None:
    server.add("x", {"a.mp4": b"1"})
    server.fault("/metadata/x", Fault(cut_after=0), Fault(cut_after=20))
    assert [f.name for f in archive.files("x")] == ["a.mp4"]
    assert pauses == ALL_PAUSES[:2]


def test_a_machine_that_fails_again_and_again_gets_one_try(
    server: ArchiveServer, archive: Archive, pauses: list[float]
) -> None:
    tries = []
    for n in range(4):
        server.fault(f"/metadata/{n}", *[Fault(status=503)] * 20)
        with pytest.raises(ArchiveError, match="503"):
            archive.files(str(n))
        tries.append(len(server.asked(f"/metadata/{n}")))
    assert tries == [9, 9, 1, 1]
    assert pauses == [*ALL_PAUSES, *ALL_PAUSES, 4.0, 4.0]
    server.add("well", {"a.mp4": b"1"})
    archive.files("well")  # a sign of life
    server.fault("/metadata/4", *[Fault(status=503)] * 20)
    with pytest.raises(ArchiveError, match="also after 8 more tries"):
        archive.files("4")


def test_a_first_round_tries_little_and_gives_machines_another_chance(server: ArchiveServer, archive: Archive) -> None:
    for n in range(3):
        server.fault(f"/metadata/{n}", *[Fault(status=500)] * 40)
    with archive.first_round():
        for n in range(3):
            with pytest.raises(ArchiveError):
                archive.files(str(n))
    assert [len(server.asked(f"/metadata/{n}")) for n in range(3)] == [3, 3, 1]
    with pytest.raises(ArchiveError, match="also after 8 more tries"):
        archive.files("2")


def test_a_dead_machine_is_left_alone_and_the_others_are_not(server: ArchiveServer, archive: Archive) -> None:
    dead = f"http://127.0.0.1:{closed_port()}"
    for n in range(5):
        server.nodes[f"dead-{n}"] = dead
        server.add(f"dead-{n}", {"a.mp4": b"1"})
    server.add("good", {"a.mp4": b"1"})
    said = []
    for n in range(5):
        retries = Retries(archive)
        with pytest.raises(ArchiveError) as error:  # noqa: PT012 - as a download does
            while True:
                try:
                    archive.body(f"dead-{n}", "a.mp4")
                except TemporaryError as trouble:
                    retries.wait(trouble)
        said.append(str(error.value))
    assert said[:2] == ["no connection (Connection refused), also after 8 more tries"] * 2
    assert said[2:] == [f"its server {dead.removeprefix('http://')} cannot be reached"] * 3
    assert [len(server.asked(f"/download/dead-{n}")) for n in range(5)] == [9, 9, 1, 1, 1]
    assert archive.body("good", "a.mp4").status_code == 200


def test_a_search_may_take_longer_than_other_questions(
    server: ArchiveServer, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "TIMEOUT", (5.0, 0.05))
    assert client_module.SEARCH_TIMEOUT[1] >= 300
    server.add("x", {"a.mp4": b"1"})
    server.fault(SCRAPE, Fault(delay=0.3))
    assert identifiers(archive.search("", [], "")) == ["x"]
    server.fault("/metadata/x", Fault(delay=0.3))
    assert [file.name for file in archive.files("x")] == ["a.mp4"]
    assert len(server.asked(SCRAPE)) == 1
    assert len(server.asked("/metadata/x")) == 2


@pytest.mark.parametrize("path", ["/metadata/x", "/items/x/a.mp4"])
def test_a_trickle_is_given_up_for_now(
    server: ArchiveServer, archive: Archive, pauses: list[float], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(client_module, "WINDOW", 0.2)
    server.add("x", {"a.mp4": bytes(1000)})
    server.fault(path, Fault(drip=0.02))
    came = []
    with pytest.raises((ArchiveError, TemporaryError), match=r"127.0.0.1:\d+ sends only \d\d bytes a second"):
        came += archive.files("x") if "metadata" in path else archive.chunks(archive.body("x", "a.mp4"))
    assert pauses == []
    assert server.asked(path)


def test_a_slow_but_steady_body_is_read(
    server: ArchiveServer, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "WINDOW", 0.05)
    monkeypatch.setattr(client_module, "SLOWEST", 20.0)
    server.add("x", {"a.mp4": b"0123456789"})
    server.fault("/items/x/a.mp4", Fault(drip=0.02))
    assert b"".join(archive.chunks(archive.body("x", "a.mp4"))) == b"0123456789"


@pytest.mark.parametrize("contact", ["", "me@example.org", "https://example.org/ü\r\nX: y"])
def test_the_user_agent_says_who_and_where(
    server: ArchiveServer, monkeypatch: pytest.MonkeyPatch, contact: str
) -> None:
    monkeypatch.setenv("MEDIA_TOOLS_CONTACT", contact)
    server.add("x")
    with Archive(server.host) as archive:
        archive.files("x")
    said = server.seen[0].headers["User-Agent"]
    assert said.startswith(f"media-tools/{__version__} (scripts for collections of sound and film; {sys.platform}")
    plain = "".join(c for c in contact if c.isprintable() and c.isascii())
    assert (f"; contact {plain})" if contact else "; no contact given)") in said


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


def test_unreachable_host_is_reported_at_once(pauses: list[float]) -> None:
    with (
        Archive(f"http://127.0.0.1:{closed_port()}") as archive,
        pytest.raises(StopRunError, match=r"cannot be reached .Connection refused.: check the network and the address"),
    ):
        archive.files("x")
    assert pauses == []


def test_network_that_goes_away_is_waited_for(pauses: list[float]) -> None:
    with ArchiveServer() as server:
        server.add("x")
        archive = Archive(server.host)
        archive.files("x")
    with pytest.raises(StopRunError, match="cannot be reached"):
        archive.files("x")
    assert pauses == ALL_PAUSES


@each("host", ["archive.org", "ftp://archive.org", "http://", "", "http://[x"])
def test_no_host(host: str) -> None:
    with pytest.raises(MediaError, match=r"is not the address of a server: give one such as https://archive.org"):
        Archive(host)


def test_a_pause_ends_with_the_run() -> None:
    archive = Archive("http://127.0.0.1")
    archive.stop.set()
    with pytest.raises(StoppedError):
        archive.pause(1000)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("9" * 5000),
              st.just("\ud800")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["items", "identifier", "total", "cursor", "files", "name", "size", "md5",
                                         "sha1", "private", "error", "title"]), inner, max_size=5),
    ),
    max_leaves=12,
)  # fmt: skip
ANSWERS = st.one_of(
    VALUES,
    st.fixed_dictionaries({"items": st.lists(VALUES, max_size=3), "total": VALUES, "cursor": VALUES}),
    st.fixed_dictionaries(
        {"items": st.lists(st.fixed_dictionaries({"identifier": VALUES, "title": VALUES}), max_size=3)},
        optional={"total": st.integers(0, 9), "cursor": st.text(max_size=3)},
    ),
    st.fixed_dictionaries(
        {"files": st.lists(st.fixed_dictionaries({"name": VALUES, "size": VALUES, "md5": VALUES}), max_size=3)}
    ),
)


class OneAnswer(Archive):
    """An archive that gives the same bytes to every question, and waits for nothing."""

    text = b""

    def pause(self, seconds: float) -> None:
        pass

    def _ask(
        self, url: str, params: object = None, headers: object = None, timeout: object = None
    ) -> requests.Response:
        response = requests.Response()
        response.status_code, response.url = 200, url
        response.raw = urllib3.HTTPResponse(io.BytesIO(self.text), preload_content=False)
        return response


ONE_ANSWER = OneAnswer("http://127.0.0.1:9")


def ask(text: bytes) -> list[str]:
    """Ask everything of an archive that gives one answer; return what it was refused for."""
    refused = []
    archive = ONE_ANSWER
    archive.text = text
    for question in (
        lambda: [[as_text(v) for v in item.values()] for page in archive.search("", [], "", -1) for item in page.items],
        lambda: choose(archive.files("item"), Query("", "", (), "", ".mp4")),
    ):
        try:
            question()
        except MediaError as error:
            refused.append(str(error))
    return refused


@pytest.mark.slow
@given(ANSWERS)
def test_any_answer_is_used_or_refused(answer: object) -> None:
    assert len(ask(json.dumps(answer).encode())) <= 2


DEEP = [b'{"items":' + b"[" * 10**n for n in range(6)] + [b'{"total":' + b"9" * 5000 + b',"items":[]}']


@pytest.mark.slow
@given(st.one_of(st.binary(max_size=30), st.sampled_from(DEEP)))
def test_any_bytes_are_refused_in_one_line(text: bytes) -> None:
    for line in ask(text):
        assert line.startswith(("http://127.0.0.1:9: ", "the archive"))
        assert "\n" not in line
