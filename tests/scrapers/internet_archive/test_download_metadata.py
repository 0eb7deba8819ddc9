"""A search becomes a table, whatever the archive answers, and a run that was killed goes on."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.archive.client import Archive
from scrapers.internet_archive import download_metadata
from tests.support.archive_server import ArchiveServer, Fault
from tests.support.scripts import status_of

SCRIPT = Path(download_metadata.__file__)
SCRAPE = "/services/search/v1/scrape"
QUERY = "collection:(films)"


@pytest.fixture
def server() -> Iterator[ArchiveServer]:
    with ArchiveServer() as running:
        yield running


class Bench:
    """A server, and a place for the table."""

    def __init__(self, server: ArchiveServer, folder: Path) -> None:
        self.server, self.out = server, folder / "new" / "table.csv"
        self.progress = self.out.parent / ".table.csv.progress"

    def arguments(self, *more: str) -> list[str]:
        return ["-host", self.server.host, "-out", str(self.out), "-query", QUERY, *more]

    def run(self, *more: str) -> int:
        return download_metadata.main(self.arguments(*more))

    def start(self, *more: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(SCRIPT), *self.arguments(*more)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/")

    def rows(self) -> list[dict[str, str]]:
        with self.out.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def pairs(self) -> list[tuple[str, str]]:
        return [(row["identifier"], row["filename"]) for row in self.rows()]


@pytest.fixture
def bench(server: ArchiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(Archive, "pause", lambda self, seconds: None)
    return Bench(server, tmp_path)


def test_a_row_per_item_with_its_largest_file(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.server.add("b", {"b small.mp4": b"1", "b large.MP4": b"123", "b.ogv": b"12345"}, downloads=5, title="B")
    bench.server.add("a", {"a.mp4": b"1"}, downloads=9, title="A", subject=["home", "movies; old"], item_size=123)
    bench.server.add("c", {"c.txt": b"1"}, downloads=7)
    bench.server.add("d", {"d.mp4": b"1"}, downloads=6, dark=True)
    bench.server.add("e", {"e.mp4": b"1"}, collection="songs")
    assert bench.run() == 0
    keys = "date,description,identifier,item_size,publicdate,subject,title,creator,licenseurl"
    nothing = dict.fromkeys(keys.split(","), "")
    assert bench.rows() == [
        nothing | {"identifier": "a", "title": "A", "subject": "home; movies; old", "item_size": "123",
                   "filename": "a.mp4"},
        nothing | {"identifier": "b", "title": "B", "filename": "b large.MP4"},
    ]  # fmt: skip
    assert bench.out.read_text().splitlines()[0] == f"{keys},filename"
    assert bench.server.seen[0].query["sorts"] == "downloads desc"
    line = "2 rows from 4 items; left out: 1 without a .mp4 file, 1 hidden by the archive; 4.00B in all"
    assert capsys.readouterr() == (f"{bench.out}: {line}\n", "")


def test_values_of_all_kinds(bench: Bench) -> None:
    text = 'a "quoted", ü日本\r\nline\tand more  '
    bench.server.add(
        "x", {"x.mp4": b"1"}, a=text, b=7, c=1.5, d=True, e=None, f=[], g=["x", 3, None], h="007", i="\ud800!"
    )
    assert bench.run("-keys", " identifier,a,b,c,,d,e,f,g,h,i,a, j", "-sort", "") == 0
    with bench.out.open(encoding="utf-8", newline="") as file:
        header, row = csv.reader(file)
    assert header == ["identifier", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "filename"]
    assert row == ["x", text, "7", "1.5", "true", "", "", "x; 3; ", "007", "?!", "", "x.mp4"]


@pytest.mark.parametrize(
    ("sizes", "chosen"),
    [
        ({"a.mp4": "900", "b.mp4": "1000"}, "b.mp4"),  # as numbers, not as text
        ({"a.mp4": None, "b.mp4": "1", "c.mp4": None}, "b.mp4"),
        ({"a.mp4": None, "b.mp4": "unknown"}, "a.mp4"),
        ({"a.mp4": "5", "b.mp4": "5"}, "a.mp4"),
        ({"a.mp4": "5", "b.ogv": "50"}, "a.mp4"),
    ],
)
def test_largest_file(bench: Bench, sizes: dict[str, str | None], chosen: str) -> None:
    bench.server.add("x", dict.fromkeys(sizes, b"1"), listed={name: {"size": size} for name, size in sizes.items()})
    assert bench.run() == 0
    assert bench.pairs() == [("x", chosen)]


def test_private_files_are_left_out(bench: Bench) -> None:
    bench.server.add("x", {"secret.mp4": b"12345", "open.mp4": b"1"}, listed={"secret.mp4": {"private": "true"}})
    assert bench.run("-multi") == 0
    assert bench.pairs() == [("x", "open.mp4")]


def test_multi_lists_all_such_files_with_their_names_as_they_are(bench: Bench) -> None:
    names = ["disc 1/01 #1.mp3", "disc 1/02 100%.mp3", "../03.mp3", "ü日本 'n\nl\".MP3", "big.mp3"]
    bench.server.add("album", {**dict.fromkeys(names, b"1"), "cover.jpg": b"1"})
    bench.server.add("single", {"single.mp3": b"1"})
    assert bench.run("-multi", "-format", "mp3", "-sort", "identifier asc", "-threads", "3") == 0
    assert bench.pairs() == [*(("album", name) for name in names), ("single", "single.mp3")]


@pytest.mark.slow
def test_all_items_by_default(bench: Bench) -> None:
    """A page holds a hundred: that is not a limit."""
    for n in range(201):
        bench.server.add(f"item-{n:03}", {f"{n}.mp4": b"1"})
    assert bench.run("-sort", "identifier asc", "-threads", "4") == 0
    assert bench.pairs() == [(f"item-{n:03}", f"{n}.mp4") for n in range(201)]
    assert [seen.query["count"] for seen in bench.server.asked(SCRAPE)] == ["100"] * 3


@pytest.mark.slow
def test_sort_limit_rows_and_threads(bench: Bench) -> None:
    for n in range(130):
        bench.server.add(f"item-{n:03}", {f"{n}.mp4": b"1"}, downloads=n * 7 % 130)
    best = sorted(range(130), key=lambda n: -(n * 7 % 130))
    assert bench.run("-threads", "4", "-limit", "60") == 0
    assert bench.pairs() == [(f"item-{n:03}", f"{n}.mp4") for n in best[:60]]
    assert len(bench.server.asked("/metadata/")) == 60
    four = bench.out.read_bytes()
    assert bench.run("-threads", "1", "-overwrite", "-limit", "60") == 0
    assert bench.out.read_bytes() == four
    assert bench.run("-limit", "3", "-sort", "downloads asc", "-overwrite") == 0
    assert bench.pairs() == [(f"item-{n:03}", f"{n}.mp4") for n in best[:-4:-1]]
    for rows, count in (("110", "110"), ("-1", "10000")):
        bench.server.seen.clear()
        assert bench.run("-rows", rows, "-overwrite", "-threads", "-1") == 0
        assert bench.pairs() == [(f"item-{n:03}", f"{n}.mp4") for n in best]
        assert {seen.query["count"] for seen in bench.server.asked(SCRAPE)} == {count}
    assert bench.run("-rows", "100") == 0  # another page is no other search
    assert bench.run("-limit", "5") == 1


def test_folders_source_and_size(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.server.add("a", {"x.mp4": b"12345", "x small.mp4": b"123", "x tiny.MP4": b"1"}, listed={
        "x small.mp4": {"source": "derivative"}, "x tiny.MP4": {"source": "Derivative", "size": None},
    })  # fmt: skip
    bench.server.add("b", {"x.mp4": b"1234567"})
    assert bench.run("-sort", "identifier asc", "-folders", "-size", "-keys", "identifier") == 0
    assert bench.out.read_text() == "identifier,filename,size\na,a/x.mp4,5\nb,b/x.mp4,7\n"
    assert "; 12.0B in all" in capsys.readouterr().out
    words = ("-source", "derivative", "-multi", "-size", "-keys", "identifier", "-overwrite")
    assert bench.run(*words) == 0
    assert bench.out.read_text() == "identifier,filename,size\na,x small.mp4,3\na,x tiny.MP4,\n"
    line = "2 rows from 2 items; left out: 1 without a derivative .mp4 file, 0 hidden by the archive; 3.00B and 1 of"
    assert line in capsys.readouterr().out
    assert bench.run("-source", "original", "-format", ".ogv", "-overwrite") == 1
    why = "none of the 2 items found has an original .ogv file (2 without one, 0 hidden by the archive)"
    assert f"{why}: try another extension or source\n" in capsys.readouterr().err
    assert bench.run("-source", "original", "-overwrite") == 0
    assert bench.pairs() == [("a", "x.mp4"), ("b", "x.mp4")]
    assert status_of(bench.run, "-source", "copies") == 2
    assert status_of(bench.run, "-query", " ") == 2
    assert status_of(bench.run, "-format", "*.mp4") == 2


def test_a_table_that_is_there(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.server.add("x", {"x.mp4": b"1", "x.ogv": b"1"})
    assert bench.run() == 0
    bench.server.seen.clear()
    with bench.out.open("a") as file:
        file.write("edited by hand\n")
    edited = bench.out.read_bytes()
    assert bench.run() == 0
    assert "is up to date (-overwrite searches again)" in capsys.readouterr().out
    assert bench.run("-format", ".ogv") == 1
    assert "already exists, and is not from the same search" in capsys.readouterr().err
    assert bench.out.read_bytes() == edited
    assert bench.server.seen == []
    assert bench.run("-format", ".ogv", "-overwrite") == 0
    assert bench.pairs() == [("x", "x.ogv")]
    bench.out.unlink()
    assert bench.run("-format", ".ogv") == 0
    assert bench.pairs() == [("x", "x.ogv")]


def test_a_table_of_the_users_own_is_not_replaced(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.out.parent.mkdir()
    bench.out.write_text("mine\n")
    assert bench.run() == 1
    assert "choose another -out, or give -overwrite to replace it" in capsys.readouterr().err
    assert bench.out.read_text() == "mine\n"
    assert [p.name for p in bench.out.parent.iterdir()] == ["table.csv"]
    assert download_metadata.main([*bench.arguments()[:2], "-out", str(bench.out.parent)]) == 1
    assert "is a folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("query", "form", "message"),
    [
        ("collection:(nothing)", ".mp4", "no item of the archive matches the query 'collection:(nothing)'"),
        (QUERY, ".avi", "none of the 2 items found has a .avi file (1 without one, 1 hidden by the archive)"),
        ("title:(", ".mp4", "the archive answers: the query could not be parsed"),
    ],
)
def test_searches_without_a_result_are_one_line(
    bench: Bench, capsys: pytest.CaptureFixture[str], query: str, form: str, message: str
) -> None:
    bench.server.add("x", {"x.mp4": b"1"})
    bench.server.add("y", dark=True)
    assert bench.run("-query", query, "-format", form) == 1
    out, error = capsys.readouterr()
    assert message in error
    assert (out, len(error.splitlines())) == ("", 1)
    assert not bench.out.exists()
    # What was wrong is not remembered.
    bench.server.add("z", {"z.avi": b"1", "z.mp4": b"1"}, collection="nothing")
    assert bench.run("-query", "collection:(nothing)", "-format", form) == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "then", "told"),
    [(101, 102, "101 and then 102"), (102, 101, "102 and then 101"), (9, 9, "9")],
)
def test_a_total_that_moves_is_a_warning(
    bench: Bench, capsys: pytest.CaptureFixture[str], first: int, then: int, told: str
) -> None:
    for n in range(101):
        bench.server.add(f"{n:04}", {"x.mp4": b"1"} if n > 90 else {})
    bench.server.total = lambda offset: then if offset else first
    assert bench.run("-limit", "-1", "-rows", "100", "-sort", "") == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert f"the archive reported {told} items and returned 101: it changed during the search" in line
    assert len(bench.rows()) == 10


def test_server_that_ignores_the_cursor(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    for n in range(1001):
        bench.server.add(f"{n:04}", {"x.mp4": b"1"})
    bench.server.ignores_cursor = True
    assert bench.run("-limit", "-1") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "this server ignores the cursor" in line
    assert (len(bench.server.seen), bench.out.exists()) == (3, False)  # the last one without a count


def test_bad_hosts(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    with ArchiveServer() as gone:
        pass
    bench.server.fault(SCRAPE, Fault(body=b"<html>log in</html>"))
    messages = {
        bench.server.host: "answers with a web page",
        gone.host: "cannot be reached",
        "archive": "not the address",
    }
    for host, message in messages.items():
        assert status_of(bench.run, "-host", host) == (2 if host == "archive" else 1)
        (line,) = capsys.readouterr().err.splitlines()
        assert message in line
    assert not bench.out.exists()


def test_failed_look_ups_are_listed_and_tried_again(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    for name in "abcd":
        bench.server.add(name, {f"{name}.mp4": b"1"})
    bench.server.fault("/metadata/b", *[Fault(status=500)] * 12)  # 3 in the first round, 9 at the end
    bench.server.fault("/metadata/c", Fault(status=503, headers={"Retry-After": "1"}), Fault(cut_after=3))
    assert bench.run("-sort", "") == 1
    error = capsys.readouterr().err
    assert "b: the archive answers 500 Internal Server Error, also after 8 more tries" in error
    assert "lacks 1 of 4 items: the same command looks them up again" in error
    assert [i for i, _ in bench.pairs()] == ["a", "c", "d"]
    assert [seen.path for seen in bench.server.seen][-9:] == ["/metadata/b"] * 9
    bench.server.seen.clear()
    assert bench.run("-sort", "") == 0
    assert [i for i, _ in bench.pairs()] == ["a", "b", "c", "d"]
    assert [seen.path for seen in bench.server.seen] == ["/metadata/b"]


OUTAGES = {
    "servers_unavailable": {"metadata": {}, "servers_unavailable": True, "files": []},
    "no workable server": {"metadata": {}, "workable_servers": [], "files": []},
    "no list": {"metadata": {"title": "x"}},
    "a short list": {"files": [], "files_count": 1},
    "an error": {"error": "backend read timed out"},
}


@pytest.mark.slow
@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage_that_the_archive_tells_is_never_recorded(
    bench: Bench, capsys: pytest.CaptureFixture[str], outage: str
) -> None:
    for n in range(6):
        bench.server.add(f"{n}", {f"{n}.mp4": b"1"})
    answer = Fault(body=json.dumps(OUTAGES[outage]).encode())
    bench.server.fault("/metadata/0", answer)  # passes within the run
    bench.server.fault("/metadata/1", answer, answer)  # passes before the next one
    assert bench.run("-sort", "") == 1
    assert "left out: 0 without a .mp4 file, 0 hidden by the archive" in capsys.readouterr().out
    assert [i for i, _ in bench.pairs()] == ["0", "2", "3", "4", "5"]
    assert bench.run("-sort", "") == 0
    assert [i for i, _ in bench.pairs()] == ["0", "1", "2", "3", "4", "5"]


def test_items_that_are_refused_end_no_loop(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """What the archive does not show, now and at the end of the run, is recorded."""
    bench.server.add("dark", {"x.mp4": b"1"}, dark=True)
    bench.server.add("good", {"x.mp4": b"1"})
    bench.server.add("gone", {"x.mp4": b"1"})
    bench.server.add("back", {"x.mp4": b"1"})
    bench.server.always["/metadata/gone"] = Fault(status=403)
    bench.server.fault("/metadata/back", Fault(body=b"{}"))
    assert bench.run("-sort", "") == 0
    assert "2 rows from 4 items; left out: 0 without a .mp4 file, 2 hidden by the archive" in capsys.readouterr().out
    assert [i for i, _ in bench.pairs()] == ["back", "good"]
    assert len(bench.server.asked("/metadata/dark")) == 1


@pytest.mark.slow
def test_failing_items_in_front_keep_nobody_waiting(bench: Bench) -> None:
    """Twelve items that fail on and on, before twenty good ones."""
    for n in range(32):
        bench.server.add(f"{n:02}", {"x.mp4": b"1"})
        if n < 12:
            bench.server.always[f"/metadata/{n:02}"] = Fault(status=(500, 503, 200)[n % 3], body=b"<html>")
    assert bench.run("-sort", "", "-threads", "1") == 1
    assert [i for i, _ in bench.pairs()] == [f"{n:02}" for n in range(12, 32)]
    asked = [seen.path for seen in bench.server.asked("/metadata/")]
    last_good = max(place for place, path in enumerate(asked) if path >= "/metadata/12")
    assert last_good < 12 * 3 + 20  # before any patience
    bench.server.always.clear()
    assert bench.run("-sort", "") == 0
    assert len(bench.rows()) == 32


def test_keys_without_the_identifier(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.server.add("x", {"x.mp4": b"1"}, title="X")
    assert bench.run("-keys", "title") == 0
    assert bench.out.read_text() == "title,filename\nX,x.mp4\n"
    assert "needs: add it to -keys" in capsys.readouterr().err
    assert bench.run("-keys", "identifier,licenceurl,title", "-overwrite") == 0
    assert "no item has a value for licenceurl: check -keys" in capsys.readouterr().err


def whole(bench: Bench, *more: str) -> bytes:
    """Return the table that a run without interruption makes, and forget it."""
    assert bench.run("-limit", "-1", *more) == 0
    table = bench.out.read_bytes()
    bench.out.unlink()
    bench.progress.unlink()
    bench.server.seen.clear()
    return table


@pytest.mark.slow
@pytest.mark.parametrize(("how", "status"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_stopped_during_the_look_ups(bench: Bench, how: signal.Signals, status: int) -> None:
    for n in range(60):
        bench.server.add(f"{n:04}", {f"{n}.mp4": b"1"} if n % 3 else {}, downloads=n % 7)
    table = whole(bench)
    waiting = "/metadata/0009"  # 9 % 7 = 2: in the middle of the order
    bench.server.fault(waiting, Fault(hold_after=0), Fault(hold_after=0))
    with bench.start("-limit", "-1", "-threads", "1") as running:
        bench.server.wait_for(waiting)
        before = len(bench.server.asked("/metadata/")) - 1
        bench.server.wait_until(lambda: bench.progress.read_bytes().count(b"\n") == 2 + before)
        running.send_signal(how)
        _, error = running.communicate(timeout=60)
    assert running.returncode == status
    assert "Traceback" not in error
    assert not bench.out.exists()
    assert before > 10
    with bench.progress.open("ab") as journal:
        journal.write(b'{"item": "0001", "fil')  # a kill can come in the middle of a line
    bench.server.release()
    bench.server.seen.clear()
    assert bench.run("-limit", "-1") == 0
    assert bench.out.read_bytes() == table
    assert bench.server.asked(SCRAPE) == []
    assert len(bench.server.asked("/metadata/")) == 60 - before
    assert len(bench.progress.read_text().splitlines()) == 2


@pytest.mark.slow
@pytest.mark.parametrize("cursor_is_kept", [True, False])
def test_killed_during_the_search(bench: Bench, cursor_is_kept: bool) -> None:
    for n in range(210):
        bench.server.add(f"{n:04}", {f"{n}.mp4": b"1"} if n % 10 == 0 else {})
    bench.server.fault("/metadata/0000", Fault())
    bench.server.fault(SCRAPE, Fault(), Fault(hold_after=10))
    with bench.start("-limit", "205", "-sort", "") as running:
        bench.server.wait_for(SCRAPE, 2)
        bench.server.wait_until(lambda: bench.progress.read_bytes().count(b"\n") == 2)
        running.kill()
        running.communicate(timeout=60)
    bench.server.release()
    bench.server.seen.clear()
    if not cursor_is_kept:
        bench.server.fault(SCRAPE, Fault(body=json.dumps({"error": "the cursor has expired"}).encode()))
    assert bench.run("-limit", "205", "-sort", "") == 0
    assert bench.pairs() == [(f"{n:04}", f"{n}.mp4") for n in range(0, 205, 10)]
    cursors = [seen.query.get("cursor", "") for seen in bench.server.asked(SCRAPE)]
    assert cursors == (["at-100", "at-200"] if cursor_is_kept else ["at-100", "", "at-100", "at-200"])


def test_other_settings_do_not_continue_from_an_unfinished_run(bench: Bench) -> None:
    bench.server.add("a", {"a.mp4": b"1", "a.ogv": b"1"})
    bench.server.add("b", {"b.mp4": b"1"})
    bench.server.fault("/metadata/b", *[Fault(status=500)] * 12)
    assert bench.run() == 1
    bench.out.unlink()
    assert bench.run("-format", ".ogv") == 0
    assert bench.pairs() == [("a", "a.ogv")]


def test_help_without_any_package() -> None:
    run = subprocess.run([sys.executable, "-S", "-I", str(SCRIPT), "-h"], capture_output=True, text=True, cwd="/")
    assert (run.returncode, run.stderr) == (0, "")
    assert "-multi" in run.stdout
