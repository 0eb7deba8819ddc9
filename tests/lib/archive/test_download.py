"""One download: resumed, verified, renamed when whole; and what it does when the server or the disk misbehaves."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lib.archive import client
from lib.archive import download as transfer
from lib.archive.answers import ArchiveError, ArchiveFile, RefusedError, StopRunError
from lib.archive.client import Archive
from lib.archive.download import Job, download, fault
from lib.archive.meter import Meter
from lib.errors import MediaError
from lib.io.progress import bar
from tests.support.archive_server import ArchiveServer, Fault

BODY = random.Random(3).randbytes(1_000_000)
WRONG = bytes(1_000_000)
# As the server tells it.
VERSION = f'"{hashlib.sha256(BODY).hexdigest()[:16]}"'
OLD = random.Random(4).randbytes(1_000_000)
ITEMS = "/items/film/film.mp4"
HTML = Fault(headers={"Content-Type": "text/html; charset=utf-8"}, body=b"<html>log in</html>", no_ranges=True)


class Bench(NamedTuple):
    """A server with one film of a million bytes, and what a download of it needs."""

    server: ArchiveServer
    archive: Archive
    pauses: list[float]
    folder: Path
    meter: Meter
    progress: Any

    def job(self, **listed: Any) -> Job:
        """The film's job; `listed`: what the list of files says that it should not."""
        known = {"size": len(BODY), "md5": hashlib.md5(BODY).hexdigest(), "sha1": hashlib.sha1(BODY).hexdigest()}
        return Job("film", ArchiveFile("film.mp4", **(known | listed)), str(self.folder / "film.mp4"))

    def fetch(self, job: Job) -> bytes:
        download(self.archive, job, self.meter)
        return Path(job.target).read_bytes()

    def starts(self) -> list[int]:
        """From which byte on the body was asked for, request by request."""
        ranges = [seen.headers.get("Range", "bytes=0-") for seen in self.server.asked(ITEMS)]
        return [int(r.removeprefix("bytes=").removesuffix("-")) for r in ranges]

    def names(self) -> list[str]:
        return sorted(p.name for p in self.folder.iterdir())


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    pauses: list[float] = []
    monkeypatch.setattr(Archive, "pause", lambda self, seconds: pauses.append(seconds))
    with ArchiveServer() as server, bar(len(BODY), "downloading", "B") as progress:
        server.add("film", {"film.mp4": BODY})
        with Archive(server.host) as archive:
            yield Bench(server, archive, pauses, tmp_path, Meter(str(tmp_path), progress), progress)


def test_whole(bench: Bench) -> None:
    assert bench.fetch(bench.job()) == BODY
    assert bench.names() == ["film.mp4"]
    assert [seen.path for seen in bench.server.seen] == ["/download/film/film.mp4", ITEMS]
    assert bench.server.seen[-1].headers["User-Agent"].startswith("media-tools/")
    assert bench.server.seen[-1].headers["Accept-Encoding"] == "identity"
    assert bench.progress.n == len(BODY)


def test_broken_connection_resumes_where_it_broke(bench: Bench) -> None:
    bench.server.fault(ITEMS, Fault(cut_after=400_000))
    assert bench.fetch(bench.job()) == BODY
    first, second = bench.starts()
    assert first == 0
    assert 400_000 - transfer.CHUNK <= second <= 400_000
    assert bench.pauses == [0]
    assert bench.progress.n == len(BODY)


def test_many_breaks_with_progress_are_no_reason_to_give_up(bench: Bench) -> None:
    bench.server.fault(ITEMS, *[Fault(cut_after=80_000)] * 12)
    assert bench.fetch(bench.job()) == BODY
    assert len(bench.starts()) >= 10
    assert bench.starts() == sorted(set(bench.starts()))


def test_breaks_without_progress_end_and_keep_what_came(bench: Bench) -> None:
    bench.server.fault(ITEMS, Fault(cut_after=400_000), *[Fault(cut_after=0)] * 8)
    job = bench.job()
    with pytest.raises(ArchiveError, match=r"the connection broke .*, also after 8 more tries"):
        bench.fetch(job)
    assert len(bench.starts()) == 9
    assert bench.pauses == [0, 2, 4, 8, 16, 32, 60, 60]
    assert BODY.startswith(job.partial.read_bytes())
    assert job.gathered() > 300_000
    assert bench.fetch(job) == BODY


def test_server_that_starts_over_each_time_and_breaks_is_given_up(bench: Bench) -> None:
    bench.server.fault(ITEMS, *[Fault(cut_after=400_000, no_ranges=True)] * 30)
    with pytest.raises(ArchiveError, match="also after 8 more tries"):
        bench.fetch(bench.job())
    assert len(bench.starts()) <= 11


def test_busy_server_is_asked_again(bench: Bench) -> None:
    bench.server.fault("/download/film/film.mp4", Fault(status=503, headers={"Retry-After": "5"}))
    bench.server.fault(ITEMS, Fault(status=429, headers={"Retry-After": "7"}))
    assert bench.fetch(bench.job()) == BODY
    assert bench.pauses == [5, 7]


@pytest.mark.parametrize(
    "answer",
    [
        Fault(no_ranges=True),
        Fault(headers={"Content-Range": "bytes 300001-999999/1000000"}, body=b"x" * 300_000 + WRONG[:699_999]),
        Fault(headers={"Content-Range": "bytes 0-999999/1000000"}),
        Fault(headers={"Content-Range": "bytes 300000-999999/1000001"}),
        Fault(headers={"Content-Range": "bytes 300000-999998/1000000"}),
        Fault(headers={"Content-Range": "nonsense"}),
    ],
    ids=["200", "wrong start", "start 0", "wrong total", "wrong end", "no range"],
)
def test_resumes_only_on_the_right_206(bench: Bench, answer: Fault) -> None:
    job = bench.job(md5="", sha1="")  # no checksum would notice
    job.partial.write_bytes(BODY[:300_000])
    job.version_path.write_text(VERSION)
    bench.server.fault(ITEMS, answer)
    assert bench.fetch(job) == BODY
    assert bench.starts() == ([300_000] if answer.no_ranges else [300_000, 0])


def test_resumes_what_an_earlier_run_left(bench: Bench) -> None:
    job = bench.job()
    job.partial.write_bytes(BODY[:999_999])
    assert bench.fetch(job) == BODY
    assert bench.starts() == [999_999]


def test_partial_file_that_is_whole_is_not_asked_for(bench: Bench) -> None:
    job = bench.job()
    job.partial.write_bytes(BODY)
    assert bench.fetch(job) == BODY
    assert bench.server.seen == []


@pytest.mark.parametrize("partial", [BODY + b"more", WRONG, WRONG[:500_000]], ids=["too long", "wrong", "half wrong"])
def test_wrong_partial_file_is_started_over(bench: Bench, partial: bytes) -> None:
    job = bench.job()
    job.partial.write_bytes(partial)
    assert bench.fetch(job) == BODY
    assert bench.starts()[-1] == 0


@pytest.mark.parametrize(
    ("listed", "partial", "starts"),
    [
        ({"size": None}, BODY, [1_000_000]),  # the md5 says that it is whole
        ({"size": None}, WRONG, [1_000_000, 0]),  # or not
        ({"size": None, "md5": "", "sha1": ""}, BODY, [1_000_000]),  # the length in the answer says it
        ({"size": None, "md5": "", "sha1": ""}, BODY + b"more", [1_000_004, 0]),
    ],
)
def test_416_checks_the_existing_bytes(bench: Bench, listed: dict, partial: bytes, starts: list[int]) -> None:
    job = bench.job(**listed)
    job.partial.write_bytes(partial)
    job.version_path.write_text(VERSION)
    assert bench.fetch(job) == BODY
    assert bench.starts() == starts
    assert bench.names() == ["film.mp4"]


# How servers tell versions of a file apart, or do not.
VERSIONS = {
    "ETag and If-Range": ({}, {}),
    "ETag alone": ({"deaf": True}, {"deaf": True}),
    "a date": (
        {"no_version": True, "headers": {"Last-Modified": "Sat, 28 Nov 2026 10:00:00 GMT"}},
        {"no_version": True, "headers": {"Last-Modified": "Sat, 28 Nov 2026 11:00:00 GMT"}},
    ),
    "weak ETags": (
        {"no_version": True, "headers": {"ETag": 'W/"1"'}},
        {"no_version": True, "headers": {"ETag": 'W/"1"'}},
    ),
    "nothing": ({"no_version": True}, {"no_version": True}),
    "an ETag, and then nothing": ({}, {"no_version": True}),
}


@pytest.mark.parametrize("another_run", [False, True])
@pytest.mark.parametrize("size", [len(BODY), None])
@pytest.mark.parametrize("how", VERSIONS)
def test_a_body_that_changes_is_never_spliced(bench: Bench, how: str, size: int | None, another_run: bool) -> None:
    before, after = VERSIONS[how]
    job = bench.job(size=size, md5="", sha1="")
    bench.server.fault(ITEMS, Fault(body=OLD, cut_after=400_000, **before))
    if another_run:
        bench.server.fault("/download/film/film.mp4", Fault(), Fault(status=403))
        with pytest.raises(RefusedError):
            bench.fetch(job)
        # Of what version it is nobody could tell any more: such bytes are not kept.
        assert (job.gathered() > 300_000) == (how not in ("weak ETags", "nothing"))
    bench.server.fault(ITEMS, *[Fault(**after)] * 2)
    assert bench.fetch(job) == BODY
    assert bench.names() == ["film.mp4"]


@pytest.mark.parametrize("how", ["ETag and If-Range", "ETag alone", "a date"])
def test_a_body_of_one_version_is_continued_without_a_checksum(bench: Bench, how: str) -> None:
    same = VERSIONS[how][0]
    bench.server.fault(ITEMS, Fault(cut_after=400_000, **same), Fault(**same))
    assert bench.fetch(bench.job(md5="", sha1="")) == BODY
    assert bench.starts()[1] > 300_000


def test_a_trickle_is_left_for_later_and_what_came_is_kept(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "WINDOW", 0.1)
    job = bench.job()
    bench.server.fault(ITEMS, Fault(cut_after=400_000), Fault(drip=0.01))
    with pytest.raises(ArchiveError, match="bytes a second"):
        bench.fetch(job)
    assert job.gathered() > 400_000 - transfer.CHUNK
    assert BODY.startswith(job.partial.read_bytes())
    assert bench.fetch(job) == BODY


def test_a_link_in_the_place_of_what_came_is_not_followed(bench: Bench) -> None:
    job = bench.job()
    mine = bench.folder / "mine.txt"
    mine.write_bytes(b"mine")
    job.partial.symlink_to(mine)
    with pytest.raises(MediaError, match="a link is in the place of the partial download"):
        bench.fetch(job)
    assert mine.read_bytes() == b"mine"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes on Windows")
@pytest.mark.parametrize("place", ["partial", "version_path"])
def test_a_pipe_in_the_place_of_what_came_is_not_waited_for(bench: Bench, place: str) -> None:
    job = bench.job(md5="", sha1="")
    os.mkfifo(getattr(job, place))
    with pytest.raises(MediaError, match="a pipe is in the place of the partial download: remove it") as told:
        bench.fetch(job)
    assert told.value.file == str(getattr(job, place))
    assert getattr(job, place).exists()


def test_wrong_copy_is_fetched_again_once(bench: Bench) -> None:
    bench.server.fault(ITEMS, Fault(body=WRONG))
    assert bench.fetch(bench.job()) == BODY
    assert bench.starts() == [0, 0]
    assert bench.progress.n == len(BODY)


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ({"md5": "0" * 32}, "its md5 is [0-9a-f]{32}, but the archive lists 0{32}, after a restart too"),
        ({"md5": "", "sha1": "1" * 40}, "its sha1 is [0-9a-f]{40}, but the archive lists 1{40}, after"),
        ({"size": 999_999}, "the server's copy has 1,000,000 bytes, but the archive lists 999,999, after"),
        ({"size": 1_000_001}, "the server's copy has 1,000,000 bytes, but the archive lists 1,000,001, after"),
    ],
)
def test_copy_that_stays_wrong_is_reported(bench: Bench, listed: dict, message: str) -> None:
    with pytest.raises(ArchiveError, match=message):
        bench.fetch(bench.job(**listed))
    assert bench.starts() == [0, 0]
    assert bench.names() == []


def test_md5_is_what_counts_where_there_are_both(bench: Bench) -> None:
    assert bench.fetch(bench.job(sha1="1" * 40)) == BODY


def test_nothing_known_is_taken_as_it_comes(bench: Bench) -> None:
    bench.server.fault(ITEMS, Fault(cut_after=500_000))
    assert bench.fetch(bench.job(size=None, md5="", sha1="")) == BODY
    assert len(bench.starts()) == 2
    assert bench.progress.total == 2 * len(BODY)  # the bar's own, and what the answer told


def test_empty_file_needs_no_request(bench: Bench) -> None:
    assert bench.fetch(bench.job(size=0, md5="d41d8cd98f00b204e9800998ecf8427e")) == b""
    assert bench.server.seen == []


def test_body_without_a_length(bench: Bench) -> None:
    bench.server.fault(ITEMS, Fault(no_length=True, cut_after=600_000), Fault(no_length=True))
    assert bench.fetch(bench.job()) == BODY
    assert bench.starts()[0] == 0
    assert 600_000 - transfer.CHUNK <= bench.starts()[1] <= 600_000


def test_body_without_an_end_is_cut_off(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    came: list[int] = []
    count = bench.meter.count
    monkeypatch.setattr(bench.meter, "count", lambda job, gained: (came.append(gained), count(job, gained)))
    bench.server.fault(ITEMS, Fault(no_length=True, body=BODY * 30), Fault())
    assert bench.fetch(bench.job()) == BODY
    assert bench.starts() == [0, 0]
    assert sum(gained for gained in came if gained > 0) <= 2 * len(BODY) + transfer.CHUNK


def test_web_page_instead_of_the_file(bench: Bench) -> None:
    job = bench.job()
    job.partial.write_bytes(BODY[:300_000])
    bench.server.fault(ITEMS, HTML)
    with pytest.raises(ArchiveError, match="a web page instead of the file"):
        bench.fetch(job)
    assert job.partial.read_bytes() == BODY[:300_000]
    assert bench.fetch(job) == BODY


@pytest.mark.parametrize(("status", "words"), [(404, "404 Not Found"), (403, "403 Forbidden"), (206, "206 Partial")])
def test_refusals(bench: Bench, status: int, words: str) -> None:
    bench.server.fault(ITEMS, Fault(status=status, body=b"no"))
    with pytest.raises(ArchiveError, match=f"the archive answers {words}"):
        bench.fetch(bench.job())
    assert len(bench.starts()) == 1
    assert bench.names() == []


def test_old_file_stays_until_the_new_one_is_whole(bench: Bench) -> None:
    job = bench.job()
    Path(job.target).write_bytes(b"old")
    bench.server.fault(ITEMS, Fault(status=404))
    with pytest.raises(ArchiveError):
        bench.fetch(job)
    assert Path(job.target).read_bytes() == b"old"
    assert bench.fetch(job) == BODY


def test_sub_folders_are_made_and_a_file_in_the_way_is_reported(bench: Bench) -> None:
    deep = Job("film", bench.job().file, str(bench.folder / "a" / "b" / "film.mp4"))
    assert bench.fetch(deep) == BODY
    (bench.folder / "c").write_text("")
    with pytest.raises(MediaError, match="the folder cannot be created"):
        bench.fetch(Job("film", bench.job().file, str(bench.folder / "c" / "film.mp4")))
    (bench.folder / "d" / "film.mp4").mkdir(parents=True)
    with pytest.raises(MediaError, match="cannot be written"):
        bench.fetch(Job("film", bench.job().file, str(bench.folder / "d" / "film.mp4")))


def free(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    real = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: real._replace(free=count))


@pytest.mark.parametrize(("gathered", "room"), [(0, 999_999), (300_000, 699_999)])
def test_too_little_room_is_seen_before_the_download(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, gathered: int, room: int
) -> None:
    job = bench.job()
    job.partial.write_bytes(BODY[:gathered])
    free(monkeypatch, room)
    with pytest.raises(StopRunError, match=r"disk is full .film.mp4: needs .*, but only .* is free.; what was"):
        bench.fetch(job)
    assert bench.server.seen == []
    assert job.gathered() == gathered
    free(monkeypatch, room + 1)
    assert bench.fetch(job) == BODY


def test_room_for_a_file_of_unknown_size_is_examined_when_it_is_known(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    free(monkeypatch, 999_999)
    with pytest.raises(StopRunError, match="the disk is full"):
        bench.fetch(bench.job(size=None))


def test_downloads_do_not_count_on_the_same_room(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, 1_500_000)
    one, other = bench.job(), bench.job(md5="")
    bench.meter.claim(one, 1_000_000)
    with pytest.raises(StopRunError):
        bench.meter.claim(other, 500_001)
    bench.meter.claim(other, 500_000)
    bench.meter.count(one, 200_000)
    bench.meter.claim(other, 700_000)
    bench.meter.release(one)
    bench.meter.claim(other, 1_500_000)


def test_disk_that_fills_up_meanwhile_stops_the_run_and_keeps_what_came(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Filling(io.FileIO):
        def write(self, data: Any) -> int:
            if self.tell() + len(data) > 250_000:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(data)

    job = bench.job()
    with monkeypatch.context() as full:
        full.setattr(transfer, "open", lambda path, mode, buffering, opener: Filling(path, mode[0]), raising=False)
        with pytest.raises(StopRunError, match=r"the disk is full .*No space left on device"):
            bench.fetch(job)
    assert 250_000 - transfer.CHUNK < job.gathered() <= 250_000
    assert BODY.startswith(job.partial.read_bytes())
    assert bench.fetch(job) == BODY


def test_partial_names_are_hidden_short_and_different(tmp_path: Path) -> None:
    def partial(item: str, name: str) -> Path:
        return Job(item, ArchiveFile(name), str(tmp_path / name)).partial

    name = "ü日本 %s\n" * 20 + ".mp4"
    assert partial("a", name).parent == tmp_path
    assert partial("a", name).name.startswith(".")
    assert partial("a", name).name.isascii()
    assert partial("a", name).suffix == ".part"
    assert len(partial("a", name).name) < 100
    assert len({partial(i, n) for i in "ab" for n in ("x.mp4", "x.mp3", "y.mp4")}) == 6
    assert partial("a", "x.mp4") == partial("a", "x.mp4")


def test_fault_of_a_copy(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.write_bytes(b"12345")
    md5, sha1 = "827ccb0eea8a706c4c34a16891f84e7b", "8cb2237d0679ca88db6464eac60da96345513964"
    assert fault(copy, ArchiveFile("x", 5, md5, sha1)) == ""
    assert fault(copy, ArchiveFile("x", None, "", sha1)) == ""
    assert fault(copy, ArchiveFile("x")) == ""
    assert fault(copy, ArchiveFile("x", 1234, md5)) == "it has 5 bytes, but the archive lists 1,234"
    assert fault(copy, ArchiveFile("x", 5, md5[::-1])).startswith(f"its md5 is {md5}, but")
    assert fault(copy, ArchiveFile("x", 5, "", sha1[::-1])).startswith(f"its sha1 is {sha1}, but")
