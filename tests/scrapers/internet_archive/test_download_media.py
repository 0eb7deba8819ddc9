"""The files of a table come down whole, or are reported; and a run that was killed goes on."""

from __future__ import annotations

import csv
import os
import pty
import random
import re
import signal
import socket
import subprocess
import sys
import termios
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tqdm import tqdm

from lib.archive import downloads, record
from lib.archive.answers import ArchiveFile
from lib.archive.client import Archive
from lib.archive.download import Job
from lib.io.progress import bar
from scrapers.internet_archive import download_media
from tests.support.archive_server import ArchiveServer, Fault

SCRIPT = Path(download_media.__file__)
BODY = random.Random(5).randbytes(700_000)


@pytest.fixture
def server() -> Iterator[ArchiveServer]:
    with ArchiveServer() as running:
        yield running


class Bench:
    """A server, a table, and a folder for the downloads."""

    def __init__(self, server: ArchiveServer, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.out, self.table = folder / "down", folder / "table.csv"

    def rows(self, *rows: Sequence[str], header: Sequence[str] = ("title", "identifier", "filename")) -> None:
        with self.table.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *(r if len(r) == len(header) else ("T", *r) for r in rows)])

    def add(self, count: int, size: int = 1000) -> dict[str, bytes]:
        """Add items with a film each, and list them."""
        films = {f"film {n}.mp4": random.Random(n).randbytes(size) for n in range(count)}
        for n, (name, film) in enumerate(films.items()):
            self.server.add(f"item-{n}", {name: film, f"other {n}.txt": b"x"})
        self.rows(*((f"item-{n}", name) for n, name in enumerate(films)))
        return films

    def arguments(self, *more: str) -> list[str]:
        return ["-in", str(self.table), "-out", str(self.out), "-host", self.server.host, *more]

    def run(self, *more: str) -> int:
        return download_media.main(self.arguments(*more))

    def start(self, *more: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(SCRIPT), *self.arguments(*more)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/")

    def partial(self, item: str, name: str) -> Path:
        """Where the bytes of a file gather, as the record of the downloads says."""
        kept = record.Record(str(self.out))
        kept.close()
        return Job(item, ArchiveFile(name), str(self.out / name), token=kept.token).partial

    def files(self) -> dict[str, bytes]:
        """What is below the folder, but for the record of the downloads."""
        found = {str(p.relative_to(self.out)): p.read_bytes() for p in self.out.rglob("*") if p.is_file()}
        found.pop(".media_tools_downloads", None)
        return found


@pytest.fixture
def bench(server: ArchiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(Archive, "pause", lambda self, seconds: None)
    return Bench(server, tmp_path)


@pytest.mark.parametrize("threads", ["1", "3", "-1"])
def test_all_files_come_down(bench: Bench, capsys: pytest.CaptureFixture[str], threads: str) -> None:
    films = bench.add(7)
    assert bench.run("-threads", threads) == 0
    assert bench.files() == films
    assert capsys.readouterr() == (f"{bench.out}: downloaded 7 (7.00kB), present 0, failed 0\n", "")


def test_second_run_finds_all_present_and_asks_nothing(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    films = bench.add(3)
    bench.run()
    bench.server.seen.clear()
    capsys.readouterr()
    assert bench.run() == 0
    assert capsys.readouterr().out == f"{bench.out}: downloaded 0 (0.00B), present 3, failed 0\n"
    assert bench.server.seen == []
    assert bench.files() == films


@pytest.mark.parametrize("damage", [b"", b"short", bytes(1000)], ids=["empty", "short", "other bytes"])
def test_damaged_file_is_downloaded_again(bench: Bench, capsys: pytest.CaptureFixture[str], damage: bytes) -> None:
    films = bench.add(3)
    bench.run()
    (bench.out / "film 1.mp4").write_bytes(damage)
    (bench.out / "film 2.mp4").unlink()
    capsys.readouterr()
    assert bench.run() == 0
    assert capsys.readouterr().out == f"{bench.out}: downloaded 2 (2.00kB), present 1, failed 0\n"
    assert bench.files() == films


def test_whole_files_from_elsewhere_are_present(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    films = bench.add(2)
    bench.out.mkdir()
    (bench.out / "film 0.mp4").write_bytes(films["film 0.mp4"])
    (bench.out / "film 1.mp4").write_bytes(bytes(1000))
    assert bench.run() == 1
    said = capsys.readouterr()
    assert "downloaded 0 (0.00B), present 1, failed 1" in said.out
    assert "another file with this name exists, which this tool did not download" in said.err
    assert bench.files() == films | {"film 1.mp4": bytes(1000)}
    assert bench.run("-overwrite") == 0
    assert bench.files() == films


def test_nobody_can_foresee_where_bytes_gather(bench: Bench) -> None:
    """What lies where they would have gathered in another folder is neither read, written nor removed."""
    films = bench.add(1)
    guessed = Job("item-0", ArchiveFile("film 0.mp4"), str(bench.out / "film 0.mp4")).partial
    bench.out.mkdir()
    guessed.write_bytes(films["film 0.mp4"][:500])
    assert bench.partial("item-0", "film 0.mp4") == bench.partial("item-0", "film 0.mp4") != guessed
    assert bench.run() == 0
    assert "Range" not in bench.server.asked("/items/")[0].headers
    assert bench.files() == films | {guessed.name: films["film 0.mp4"][:500]}


def test_the_table_of_the_run_is_not_replaced(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.out.mkdir()
    bench.table = bench.out / "films.csv"
    bench.server.add("item", {"films.csv": b"1"})
    bench.rows(("item", "films.csv"))
    before = bench.table.read_bytes()
    assert bench.run("-overwrite") == 1
    assert "it would replace the table that lists it" in capsys.readouterr().err
    assert bench.table.read_bytes() == before


def test_overwrite_downloads_all_again(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    films = bench.add(2)
    bench.run()
    capsys.readouterr()
    assert bench.run("-overwrite") == 0
    assert "downloaded 2 (2.00kB), present 0" in capsys.readouterr().out
    assert bench.files() == films
    assert len(bench.server.asked("/items/")) == 4


def test_one_look_up_per_item(bench: Bench) -> None:
    bench.server.add("album", {f"disc 1/track {n}.mp3": bytes([n]) for n in range(5)})
    bench.rows(*(("album", f"disc 1/track {n}.mp3") for n in range(5)))
    assert bench.run() == 0
    assert len(bench.server.asked("/metadata/album")) == 1
    assert bench.files() == {f"disc 1/track {n}.mp3": bytes([n]) for n in range(5)}


def test_limit_takes_the_first_rows(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    films = bench.add(5)
    assert bench.run("-limit", "2") == 0
    assert bench.files() == dict(list(films.items())[:2])
    assert bench.run("-limit", "100") == 0
    assert bench.files() == films
    assert "downloaded 3 (3.00kB), present 2, failed 0" in capsys.readouterr().out


def test_names_of_all_kinds(bench: Bench) -> None:
    names = [
        "a b.mp4", "#1.mp4", "100%.mp4", "%41%20.mp4", "what?x=1&y=2;z.mp4", "ü日本🎬.mp4", "Привет/слово.mp4",
        "new\nline.mp4", 'quote".mp4', "it's.mp4", "back\\slash.mp4", "a+b.mp4", "~x.mp4", "[x].mp4", "%s.mp4",
        ".dot.mp4", "-in.mp4", "disc:1/track*.mp4", "<&>.mp4", unicodedata.normalize("NFD", "é.mp4"), "é.mp4",
        " spaces .mp4", "a,b.mp4",
    ]  # fmt: skip
    films = {name: f"film {n}".encode() for n, name in enumerate(names)}
    bench.server.add("a b&c#d", films)
    bench.rows(*(("a b&c#d", name) for name in names))
    assert bench.run() == 0
    assert bench.files() == films


@pytest.mark.parametrize(
    "name",
    [
        "../evil.mp4",
        "/tmp/evil.mp4",
        "a/../../evil.mp4",
        "..",
        ".",
        "a/..",
        "folder/",
        ".media_tools_downloads",
        "x" * 256,
    ],
)
def test_names_outside_of_out_are_refused(bench: Bench, capsys: pytest.CaptureFixture[str], name: str) -> None:
    bench.server.add("good", {"good.mp4": b"1"})
    bench.server.add("evil", {name: b"evil"})
    bench.rows(("evil", name), ("good", "good.mp4"))
    assert bench.run() == 1
    out, error = capsys.readouterr()
    assert "downloaded 1 (1.00B), present 0, failed 1" in out
    assert f"evil/{name}: refused: " in error
    assert bench.files() == {"good.mp4": b"1"}
    assert sorted(p.name for p in bench.folder.iterdir()) == ["down", "table.csv"]
    assert bench.server.asked("/items/evil") == []


def test_two_items_with_one_name(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.server.add("first", {"film.mp4": b"first"})
    bench.server.add("second", {"film.mp4": b"second"})
    bench.rows(("first", "film.mp4"), ("second", "./film.mp4"), ("first", "film.mp4"))
    for more, status in (([], 1), ([], 0), (["-overwrite"], 1)):
        assert bench.run(*more) == status
        out, error = capsys.readouterr()
        assert f"failed {status}" in out
        if status:
            assert "second/./film.mp4: clash: item first offers the same name" in error
        else:
            assert "refused by the archive 1 (reported before)" in out
        assert bench.files() == {"film.mp4": b"first"}


def test_names_that_are_one_file_where_case_does_not_count(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.out.mkdir()
    (bench.out / ".MEDIA_TOOLS_DOWNLOADS").write_text("")  # as the record shows itself there
    bench.server.add("first", {"Film.mp4": b"first"})
    bench.server.add("second", {"film.MP4": b"second"})
    bench.rows(("first", "Film.mp4"), ("second", "film.MP4"))
    assert bench.run() == 1
    assert "second/film.MP4: clash: item first offers the same name" in capsys.readouterr().err
    assert (bench.out / "Film.mp4").read_bytes() == b"first"


@pytest.mark.parametrize("more", [[], ["-overwrite"]])
def test_clash_with_an_earlier_run(bench: Bench, capsys: pytest.CaptureFixture[str], more: list[str]) -> None:
    bench.server.add("first", {"film.mp4": b"first"})
    bench.server.add("second", {"film.mp4": b"second"})
    bench.rows(("first", "film.mp4"))
    assert bench.run() == 0
    bench.rows(("second", "film.mp4"))
    assert bench.run(*more) == 1
    assert "second/film.mp4: clash: the file of this name is from item first" in capsys.readouterr().err
    assert bench.files() == {"film.mp4": b"first"}


def test_failures_are_listed_and_the_others_done(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    films = {
        "good.mp4": b"good",
        "wrong.mp4": b"wrong",
        "gone.mp4": b"gone",
        "private.mp4": b"private",
        "404.mp4": b"4",
    }
    bench.server.add("item", films, listed={
        "wrong.mp4": {"md5": "0" * 32}, "gone.mp4": None, "private.mp4": {"private": "true"},
    })  # fmt: skip
    bench.server.add("dark", {"dark.mp4": b"dark"}, dark=True)
    bench.server.always["/items/item/404.mp4"] = Fault(status=404)
    bench.server.always["/metadata/refused"] = Fault(body=b'{"error": "no such server"}')
    bench.rows(
        *(("item", name) for name in films),
        ("dark", "dark.mp4"),
        ("refused", "x.mp4"),
        ("", "no item.mp4"),
        ("item", " "),
    )
    assert bench.run("-threads", "1") == 1
    out, error = capsys.readouterr()
    assert out == f"{bench.out}: downloaded 1 (4.00B), present 0, failed 8\n"
    reasons = [
        "wrong.mp4: its md5 is", "gone.mp4: the item has no public file of this name", "private.mp4: the item has no",
        "404.mp4: the archive answers 404", "dark.mp4: the archive keeps this item dark", "no such server",
        "line 9: the row has no identifier", "line 10: the row has no filename",
    ]  # fmt: skip
    assert [reason for reason in reasons if reason not in error] == []
    assert len(error.splitlines()) == 9
    assert bench.files() == {"good.mp4": b"good"}


FILE_AND_FOLDER = [("item", "film"), ("item", "film/part.mp4"), ("item", "film/sub/x.mp4")]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 0, 2]])
def test_a_name_that_is_another_ones_folder_is_known_beforehand(
    bench: Bench, capsys: pytest.CaptureFixture[str], order: list[int]
) -> None:
    bench.server.add("item", {name: name.encode() for _, name in FILE_AND_FOLDER})
    rows = [FILE_AND_FOLDER[n] for n in order]
    bench.rows(*rows)
    assert bench.run("-threads", "1") == 1
    lost = ["film/part.mp4", "film/sub/x.mp4"] if order[0] == 0 else ["film"]
    error = capsys.readouterr().err
    assert all(f"item/{name}: clash: " in error for name in lost)
    assert bench.files() == {name: name.encode() for _, name in rows if name not in lost}
    assert not any(bench.server.asked(f"/download/item/{name}") for name in lost if name != "film")
    assert bench.run("-threads", "1") == 0  # it has been told


def test_what_is_in_the_way_on_the_disk_is_known_beforehand(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.server.add("item", {"film.mp4": b"1", "sub/x.mp4": b"2", "good.mp4": b"3"})
    bench.rows(("item", "film.mp4"), ("item", "sub/x.mp4"), ("item", "good.mp4"))
    (bench.out / "film.mp4").mkdir(parents=True)
    (bench.out / "sub").write_bytes(b"mine")
    assert bench.run() == 1
    error = capsys.readouterr().err
    assert "item/film.mp4: there is a folder of this name" in error
    assert "item/sub/x.mp4: there is a file in the place of its folder sub" in error
    assert bench.files() == {"sub": b"mine", "good.mp4": b"3"}
    assert len(bench.server.asked("/download/")) == 1
    (bench.out / "film.mp4").rmdir()
    (bench.out / "sub").unlink()
    assert bench.run() == 0  # what was in the way is gone
    assert bench.files() == {"film.mp4": b"1", "sub/x.mp4": b"2", "good.mp4": b"3"}


def test_overwrite_starts_over_what_is_there_in_part(bench: Bench) -> None:
    films = bench.add(1)
    bench.partial("item-0", "film 0.mp4").write_bytes(films["film 0.mp4"][:500])
    assert bench.run("-overwrite") == 0
    assert bench.files() == films
    assert "Range" not in bench.server.asked("/items/")[0].headers


def test_a_shell_loop_gets_there(bench: Bench) -> None:
    films = bench.add(3)
    bench.server.fault("/items/item-1/film 1.mp4", *[Fault(status=500)] * 12, *[Fault(cut_after=0)] * 2)
    assert [bench.run(), bench.run()] == [1, 0]
    assert bench.files() == films
    assert len(bench.server.asked("/items/item-0")) == 1


@pytest.mark.slow
@pytest.mark.parametrize("status", [401, 403, 404, 410, 451])
def test_a_shell_loop_ends_where_the_archive_refuses(
    bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    films = bench.add(3)
    refused = "/items/item-1/film 1.mp4"
    bench.server.always[refused] = Fault(status=status)
    assert bench.run() == 1
    assert f"item-1/film 1.mp4: the archive answers {status}" in capsys.readouterr().err
    assert len(bench.server.asked(refused)) == 2  # the second time after the others
    assert bench.run() == 0
    assert capsys.readouterr() == (
        f"{bench.out}: downloaded 0 (0.00B), present 2, failed 0, refused by the archive 1 (reported before)\n", ""
    )  # fmt: skip
    assert len(bench.server.asked(refused)) == 2
    monkeypatch.setattr(record, "REFUSAL_HOLDS", -1.0)  # a day later
    assert bench.run() == 0
    assert len(bench.server.asked(refused)) == 4
    bench.server.always.clear()
    assert bench.run() == 0
    assert bench.files() == films
    assert bench.run() == 0


def test_overwrite_asks_again_for_what_was_refused(bench: Bench) -> None:
    films = bench.add(2)
    bench.server.fault("/items/item-1/film 1.mp4", *[Fault(status=403)] * 2)
    assert bench.run() == 1
    assert bench.run("-overwrite") == 0
    assert bench.files() == films


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["dark", "gone", "not listed", "private", "wrong copy"])
def test_what_is_unavailable_is_reported_once(bench: Bench, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    bench.server.add("good", {"good.mp4": b"1"})
    how: dict[str, Any] = {
        "dark": {"dark": True}, "not listed": {"listed": {"x.mp4": None}},
        "private": {"listed": {"x.mp4": {"private": "true"}}}, "wrong copy": {"listed": {"x.mp4": {"md5": "0" * 32}}},
    }.get(kind, {})  # fmt: skip
    if kind != "gone":
        bench.server.add("bad", {"x.mp4": b"2"}, **how)
    bench.rows(("bad", "x.mp4"), ("good", "good.mp4"))
    assert [bench.run(), bench.run(), bench.run()] == [1, 0, 0]
    assert capsys.readouterr().err.count("bad/x.mp4") == 1
    assert bench.files() == {"good.mp4": b"1"}


def test_an_outage_of_an_item_is_not_a_lack_of_files(bench: Bench) -> None:
    films = bench.add(3)
    away = Fault(body=b'{"metadata": {}, "servers_unavailable": true, "files": []}')
    bench.server.fault("/metadata/item-0", away)
    bench.server.fault("/metadata/item-1", away, away)
    assert bench.run() == 1
    assert set(bench.files()) == set(films) - {"film 1.mp4"}
    assert bench.run() == 0
    assert bench.files() == films


REFUSED = {
    "refused": Fault(status=403),
    "missing": Fault(status=404),
    "an error": Fault(status=500),
    "overloaded": Fault(status=503),
    "a web page": Fault(body=b"<html>", headers={"Content-Type": "text/html"}),
    "broken off": Fault(cut_after=0),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", [*REFUSED, "a dead machine"])
def test_failing_files_in_front_keep_nobody_waiting(bench: Bench, fault: str) -> None:
    """Twelve files that cannot be had, before twenty good ones."""
    films = bench.add(32)
    good = {name: film for n, (name, film) in enumerate(films.items()) if n >= 12}
    with socket.create_server(("127.0.0.1", 0)) as listening:
        dead = f"http://127.0.0.1:{listening.getsockname()[1]}"
    for n in range(12):
        if fault in REFUSED:
            bench.server.always[f"/items/item-{n}/film {n}.mp4"] = REFUSED[fault]
        else:
            bench.server.nodes[f"item-{n}"] = dead
    assert bench.run("-threads", "1") == 1
    assert {name: film for name, film in bench.files().items() if name in good} == good
    asked = [int(seen.path.split("/")[2].removeprefix("item-")) for seen in bench.server.asked("/download/")]
    last_good = max(place for place, n in enumerate(asked) if n >= 12)
    assert last_good < 12 * 3 + 20  # before any patience
    bench.server.always.clear()
    bench.server.nodes.clear()
    if fault not in ("refused", "missing"):
        assert bench.run("-threads", "1") == 0
        assert bench.files() == films


def test_files_in_folders_of_their_items(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.server.add("a", {"x.mp4": b"from a", "disc 1/y.mp4": b"also"})
    bench.server.add("b", {"x.mp4": b"from b", "b/x.mp4": b"deeper"})
    bench.rows(("a", "a/x.mp4"), ("a", "a/disc 1/y.mp4"), ("b", "b/x.mp4"), ("b", "b/b/x.mp4"))
    assert bench.run() == 0
    assert bench.files() == {
        "a/x.mp4": b"from a", "a/disc 1/y.mp4": b"also", "b/x.mp4": b"from b", "b/b/x.mp4": b"deeper",
    }  # fmt: skip
    assert bench.run() == 0
    assert "present 4" in capsys.readouterr().out


def test_a_file_in_a_folder_with_its_items_name(bench: Bench) -> None:
    """Without -folders: the item itself has such a folder."""
    bench.server.add("a", {"a/x.mp4": b"within"})
    bench.server.add("b", {"x.mp4": b"another"})
    bench.rows(("a", "a/x.mp4"), ("b", "x.mp4"))
    assert bench.run() == 0
    assert bench.files() == {"a/x.mp4": b"within", "x.mp4": b"another"}


@pytest.mark.parametrize("with_sizes", [False, True])
def test_probe(
    bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, with_sizes: bool
) -> None:
    bench.server.add("a", {"here.mp4": b"12345", "short.mp4": b"1234567", "coming.mp4": b"123"})
    bench.server.add("b", {"unknown.mp4": b"1"}, listed={"unknown.mp4": {"size": None}})
    rows = [("a", "here.mp4", "5"), ("a", "short.mp4", "7"), ("a", "coming.mp4", "3"), ("b", "unknown.mp4", "")]
    header = ("identifier", "filename", "size") if with_sizes else ("identifier", "filename")
    bench.rows(*(row[: len(header)] for row in rows), header=header)
    bench.out.mkdir()
    (bench.out / "here.mp4").write_bytes(b"12345")
    (bench.out / "short.mp4").write_bytes(b"123")
    monkeypatch.setattr("shutil.disk_usage", lambda path: _Usage())
    assert bench.run("-probe") == 0
    line = "4 files; present 1 (5.00B), missing 3 (10.0B and 1 of unknown size); free 500B"
    assert capsys.readouterr() == (f"{bench.out}: {line}\n", "")
    assert sorted(bench.files()) == ["here.mp4", "short.mp4"]
    assert len(bench.server.asked("/metadata/")) == (1 if with_sizes else 2)
    assert bench.server.asked("/download/") == []


def test_probe_of_what_is_too_much_or_is_unavailable(
    bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.add(2)
    bench.rows(("item-0", "film 0.mp4"), ("item-0", "none.mp4"), ("no item", "x.mp4"))
    monkeypatch.setattr("shutil.disk_usage", lambda path: _Usage())
    assert bench.run("-probe") == 1
    out, error = capsys.readouterr()
    assert out == f"{bench.out}: 1 file; present 0 (0.00B), missing 1 (1.00kB); free 500B: too little\n"
    assert "item-0/none.mp4: the item has no public file of this name" in error
    assert "no item/x.mp4: the archive does not have this item" in error
    assert not bench.out.exists()


def test_a_checksum_of_the_list_itself_is_not_compared(bench: Bench) -> None:
    bench.server.add("x", {"x_files.xml": b"<files/>"}, listed={"x_files.xml": {"md5": "0" * 32, "size": "3"}})
    bench.rows(("x", "x_files.xml"))
    assert [bench.run(), bench.run()] == [0, 0]
    assert bench.files() == {"x_files.xml": b"<files/>"}


def test_other_columns(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.server.add("x", {"x.mp4": b"x"})
    bench.rows(("x.mp4", "x"), header=("filename", "archive id"))
    assert bench.run("-id", "archive id") == 0
    assert bench.run() == 1
    error = capsys.readouterr().err
    assert "has no column 'identifier'; its columns are: filename, archive id. -id names" in error
    bench.rows(("x", "x.mp4"), header=("identifier", "file"))
    assert bench.run() == 1
    assert "has no column 'filename'; its columns are: identifier, file" in capsys.readouterr().err


def test_tables_with_nothing_to_do(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.rows()
    assert bench.run() == 0
    assert capsys.readouterr().out == f"{bench.table}: has no rows: there is nothing to download\n"
    bench.table.write_text("")
    assert bench.run() == 1
    assert "the table is empty" in capsys.readouterr().err
    bench.table.unlink()
    assert bench.run() == 1
    assert "there is no such table" in capsys.readouterr().err
    assert not bench.out.exists()


def test_unreachable_host(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.add(2)
    with ArchiveServer() as gone:
        pass
    assert bench.run("-host", gone.host) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{gone.host}: cannot be reached" in line


def test_host_that_answers_with_web_pages(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.add(1)
    bench.server.always["/metadata/item-0"] = Fault(body=b"<html>")
    assert bench.run() == 1
    assert "answers with a web page where the archive answers with JSON" in capsys.readouterr().err


def test_full_disk_is_one_line(
    bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.add(3)
    monkeypatch.setattr("shutil.disk_usage", lambda path: os.terminal_size((0, 0)) and _Usage())
    assert bench.run("-threads", "1") == 1
    out, error = capsys.readouterr()
    assert "downloaded 0" in out
    assert "is free" in error.splitlines()[0]
    assert "the disk is full" in error.splitlines()[-1]


class _Usage:
    total, used, free = 10_000, 9_500, 500


@pytest.mark.slow
def test_two_runs_at_once(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    films = bench.add(1, 300_000)
    bench.server.fault("/items/item-0/film 0.mp4", Fault(hold_after=100_000))
    with bench.start() as running:
        bench.server.wait_for("/items/")
        assert bench.run() == 1
        assert "another run is writing here" in capsys.readouterr().err
        bench.server.release()
        assert running.wait(60) == 0
    assert bench.files() == films


@pytest.mark.slow
@pytest.mark.parametrize(("how", "status"), [(signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_in_the_middle(bench: Bench, how: signal.Signals, status: int) -> None:
    films = bench.add(3, len(BODY))
    held = "/items/item-1/film 1.mp4"
    bench.server.fault(held, Fault(hold_after=400_000))
    with bench.start("-threads", "1") as running:
        bench.server.wait_until(lambda: any(f.stat().st_size >= 300_000 for f in bench.out.glob(".film_1*.part")))
        running.send_signal(how)
        _, error = running.communicate(timeout=60)
    assert running.returncode == status
    assert "Traceback" not in error
    assert set(bench.files()) - {"film 0.mp4"} == {next(bench.out.glob(".film_1*.part")).name}
    bench.server.release()
    bench.server.seen.clear()
    assert bench.run() == 0
    assert bench.files() == films
    assert bench.server.asked("/items/item-0") == []
    (again,) = bench.server.asked(held)
    assert 300_000 <= int(re.fullmatch(r"bytes=(\d+)-", again.headers["Range"])[1]) <= 400_000  # type: ignore[index]


@pytest.mark.slow
def test_interruption_says_what_to_do(bench: Bench) -> None:
    bench.add(2)
    bench.server.fault("/metadata/item-1", Fault(hold_after=0))
    with bench.start() as running:
        bench.server.wait_for("/metadata/", 2)
        running.send_signal(signal.SIGINT)
        out, error = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "downloaded 0" in out
    assert error.splitlines()[-1] == (
        "download_media.py: interrupted; nothing is lost: the same command continues from here"
    )


@pytest.mark.slow
def test_one_bar_over_all_bytes(bench: Bench) -> None:
    bench.add(3, len(BODY))
    bench.server.fault("/items/item-1/film 1.mp4", Fault(cut_after=300_000))
    parent, child = pty.openpty()
    command = [sys.executable, str(SCRIPT), *bench.arguments()]
    termios.tcsetwinsize(child, (24, 100))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=child) as run:
        os.close(child)
        shown = b""
        try:
            while piece := os.read(parent, 1 << 16):
                shown += piece
        except OSError:  # Linux says so when the other side is closed
            pass
        os.close(parent)
    assert run.returncode == 0
    bars = [b for b in shown.decode().split("\r") if b.startswith("downloading")]
    assert any(re.search(r"/2\.10M .*<.*B/s", b) for b in bars), shown


def test_the_bar_begins_with_what_is_there(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    films = bench.add(2, len(BODY))
    bench.partial("item-1", "film 1.mp4").write_bytes(films["film 1.mp4"][:500_000])
    bars: list[tqdm] = []

    def remember(*args: Any, **options: Any) -> tqdm:
        bars.append(bar(*args, **options))
        return bars[-1]

    monkeypatch.setattr(downloads, "bar", remember)
    assert bench.run() == 0
    (shown,) = bars
    assert (shown.initial, shown.n, shown.total) == (500_000, 1_400_000, 1_400_000)


def test_help_without_any_package() -> None:
    run = subprocess.run([sys.executable, "-S", "-I", str(SCRIPT), "-h"], capture_output=True, text=True, cwd="/")
    assert (run.returncode, run.stderr) == (0, "")
    assert "-overwrite" in run.stdout
