"""Values of the archive's answers, read one by one."""

import sys

import pytest
import requests
import urllib3

from lib import __version__
from lib.archive.answers import (
    ArchiveError,
    ArchiveFile,
    DarkError,
    QueryError,
    RefusedError,
    StopRunError,
    TemporaryError,
    WrongCopyError,
    checksum,
    is_true,
    listed_files,
    may_come_later,
    never_connected,
    reason_of,
    size_of,
    status_line,
    user_agent,
    version_of,
)
from tests.support.each import each


@each(
    ("value", "size"),
    [
        ("0", 0), (7, 7), (" 12 ", 12), ("9" * 18, 10**18 - 1), ("9" * 19, None), ("-1", None), (-1, None),
        ("1.0", None),
        (1.5, None), ("", None), (None, None), ("x", None), ("\u0663", None), ("1e3", None), (True, None),
    ],
)  # fmt: skip
def test_sizes(value, size):
    assert size_of(value) == size


@each(
    ("value", "yes"),
    [(True, True), ("true", True), (" TRUE ", True), (1, True), ("1", True), (False, False), ("false", False),
     (0, False),
     (None, False), ("", False), (2, False), ("yes", False)],
)  # fmt: skip
def test_what_means_yes(value, yes):
    assert is_true(value) is yes


def test_checksums_have_their_digits():
    assert checksum(" ABCDEF01 ", 8) == "abcdef01"
    for wrong in ("abcdef0", "abcdef012", "abcdefg0", None, 12345678.5):
        assert checksum(wrong, 8) == ""


@each(("md5", "sha1", "known"), [("", "", False), ("a", "", True), ("", "b", True), ("a", "b", True)])
def test_a_file_has_a_checksum_or_none(md5, sha1, known):
    assert ArchiveFile("x", md5=md5, sha1=sha1).has_checksum is known


MD5, SHA1 = "0" * 32, "1" * 40
ENTRIES = [
    {"name": "a.mp4", "size": "5", "md5": MD5.upper(), "sha1": SHA1, "source": "original"},
    {"name": "x_files.xml", "size": "9", "md5": MD5, "sha1": SHA1, "source": "metadata"},
    {"name": "b", "size": "?", "md5": SHA1, "sha1": MD5},
    {"name": "c", "private": "true"},
    {"name": "d", "private": "false"},
    {"name": ""},
    {"size": "1"},
    "e",
]


def test_the_public_files_of_an_item_in_their_order():
    wanted = [
        ArchiveFile("a.mp4", 5, MD5, SHA1, "original"),
        ArchiveFile("x_files.xml", None, "", "", "metadata"),  # it holds the list: its own values cannot be right
        ArchiveFile("b"),
        ArchiveFile("d"),
    ]
    assert listed_files("x", {"files": ENTRIES}) == wanted
    assert (
        listed_files("x", {"files": ENTRIES, "files_count": 8, "workable_servers": ["s"], "is_dark": "false"}) == wanted
    )
    assert listed_files("x", {"files": ENTRIES, "files_count": "7"}) == wanted
    assert listed_files("x", {"files": [], "files_count": "?"}) == []
    assert listed_files("y", {"files": ENTRIES[1:2]}) == [ArchiveFile("x_files.xml", 9, MD5, SHA1, "metadata")]


@each(
    ("answer", "kind", "said"),
    [
        ({"is_dark": True, "files": []}, DarkError, "keeps this item dark"),
        ({"is_dark": "1"}, DarkError, "keeps this item dark"),
        ({}, RefusedError, "does not have this item"),
        ({"files": [], "servers_unavailable": "true"}, ArchiveError, "servers for this item are not available"),
        ({"files": [], "workable_servers": []}, ArchiveError, "servers for this item are not available"),
        ({"files": None}, ArchiveError, "lists no files, or not all"),
        ({"created": 1}, ArchiveError, "lists no files, or not all"),
        ({"files": ENTRIES, "files_count": 9}, ArchiveError, "lists no files, or not all"),
    ],
)
def test_answers_without_all_files(answer, kind, said):
    with pytest.raises(kind, match=said) as raised:
        listed_files("x", answer)
    assert raised.type is kind


@each(
    ("kind", "later"),
    [(ArchiveError, True), (RefusedError, True), (QueryError, True), (DarkError, False), (WrongCopyError, False),
     (StopRunError, False), (ValueError, False), (None, False)],
)  # fmt: skip
def test_what_may_come_later(kind, later):
    assert may_come_later(kind) is later


def test_a_temporary_error_knows_its_host():
    error = TemporaryError("busy")
    assert (str(error), error.host, error.answer, error.unreachable, error.slow) == ("busy", "", None, False, False)


def answer(status=200, reason="", **headers):
    response = requests.Response()
    response.status_code, response.reason = status, reason
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


def test_the_status_as_text():
    assert status_line(answer(404, "Not Found")) == "404 Not Found"
    assert status_line(answer(404, None)) == status_line(answer(404)) == "404"


@each(
    ("headers", "version"),
    [
        ({"ETag": ' "a" '}, '"a"'),
        ({"ETag": 'W/"a"', "Last_Modified": " now "}, "now"),
        ({"ETag": '"a"', "Last_Modified": "b"}, '"a"'),
        ({}, ""),
    ],
)
def test_the_version_of_a_file(headers, version):
    assert version_of(answer(**headers)) == version


def test_the_user_agent_names_version_system_and_contact(monkeypatch):
    monkeypatch.setenv("MEDIA_TOOLS_CONTACT", " me@x.org\r\n\u00e4 ")
    first = f"media-tools/{__version__} (scripts for collections of sound and film; {sys.platform}; "
    assert user_agent() == f"{first}contact me@x.org) {requests.utils.default_user_agent()}"
    for nothing in ("", " \n"):
        monkeypatch.setenv("MEDIA_TOOLS_CONTACT", nothing)
        assert user_agent().startswith(f"{first}no contact given) ")


def new_connection(words="no route"):
    return urllib3.exceptions.NewConnectionError(None, words)


def test_errors_before_there_was_a_connection():
    pool = urllib3.exceptions.MaxRetryError(None, "/", new_connection())
    for error in (requests.ConnectTimeout(), requests.exceptions.SSLError(), requests.exceptions.ProxyError()):
        assert never_connected(error)
    assert never_connected(requests.ConnectionError(pool))
    for error in (requests.ConnectionError(), requests.ConnectionError("x"), requests.ReadTimeout(), ValueError()):
        assert not never_connected(error)
    broken = urllib3.exceptions.MaxRetryError(None, "/", ValueError("x"))
    assert not never_connected(requests.ConnectionError(broken))


def test_the_innermost_reason():
    assert reason_of(OSError(111, "Connection refused")) == "Connection refused"
    assert reason_of(ValueError("x")) == "x"
    assert reason_of(ValueError()) == "ValueError"
    assert reason_of(requests.ConnectionError(OSError(5, "Input/output error"))) == "Input/output error"
    assert reason_of(requests.ConnectionError("first", OSError("inner"))) == "inner"
    outer = RuntimeError("outer")
    outer.__cause__ = OSError(32, "Broken pipe")
    assert reason_of(outer) == "Broken pipe"
    assert reason_of(KeyError("key")) == "'key'"
