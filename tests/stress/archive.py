#!/usr/bin/env python3
"""An archive in which everything goes wrong at once: `python -m tests.stress.archive [-seeds 50]`.

Each seed is a collection whose items, in an order of their own, suffer from the FAULTS below, all in one run, and whose
search has troubles of its own. Search and download are repeated as a shell loop repeats them, until their status is 0.
Wrong is: a loop that does not end; a file that can be had and is not there, byte for byte; one that is there and cannot
be right; a file left behind; a traceback.
Exits with 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from lib.archive import client
from lib.archive.client import Archive
from scrapers.internet_archive import download_media, download_metadata
from tests.support.archive_server import ArchiveServer, Fault

SCRAPE = "/services/search/v1/scrape"
# Items with nothing wrong, beside those of the faults; with them there is more than one page.
GOOD = 90
# Items of each fault.
EACH = 3
# Repetitions after which a loop counts as endless.
MOST_RUNS = 12
SIZE = 150_000


@dataclass
class Collection:
    """What the archive has. due: by the path below the folder of each file that can be had, what it may be: its bytes;
    of one that changes, those before the change too."""

    server: ArchiveServer
    dice: random.Random
    due: dict[str, list[bytes]] = field(default_factory=dict)
    repairs: list[Callable[[], object]] = field(default_factory=list)

    def body(self) -> bytes:
        """Return bytes of a new file."""
        return self.dice.randbytes(SIZE + self.dice.randrange(SIZE))

    def add(self, item: str, can_be_had: bool = True, listed: dict | None = None, **more: object) -> bytes:
        """Add an item with one film."""
        body = self.body()
        how = {"film.mp4": listed} if listed is not None else {}
        self.server.add(item, {"film.mp4": body}, listed=how, downloads=self.dice.randrange(1000), **more)  # type: ignore[arg-type]
        if can_be_had:
            self.due[f"{item}/film.mp4"] = [body]
        return body

    def fault(self, path: str, *faults: Fault) -> None:
        """Let the next requests for a path fail."""
        self.server.fault(path, *faults)


def film(item: str) -> str:
    """Return the path of an item's film on the machine that has it."""
    return f"/items/{item}/film.mp4"


def dead_machine(made: Collection, item: str) -> None:
    made.add(item)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made.server.nodes[item] = f"http://127.0.0.1:{listening.getsockname()[1]}"
    made.repairs.append(lambda: made.server.nodes.pop(item, None))


def failing_look_up(made: Collection, item: str) -> None:
    made.add(item)
    made.fault(f"/metadata/{item}", *[Fault(status=made.dice.choice([500, 502, 503]))] * made.dice.randrange(1, 30))


def outage_that_is_told(made: Collection, item: str) -> None:
    made.add(item)
    answers: list[dict[str, Any]] = [
        {"servers_unavailable": True}, {"workable_servers": []}, {"metadata": {"title": "x"}},
    ]  # fmt: skip
    body = json.dumps({"metadata": {}, **made.dice.choice(answers)}).encode()
    made.fault(f"/metadata/{item}", *[Fault(body=body)] * made.dice.randrange(1, 5))


def dark(made: Collection, item: str) -> None:
    made.add(item, can_be_had=False, dark=True)


def refused(made: Collection, item: str) -> None:
    made.add(item, can_be_had=False)
    made.server.always[film(item)] = Fault(status=made.dice.choice([401, 403, 404]))


def private(made: Collection, item: str) -> None:
    made.add(item, can_be_had=False, listed={"private": "true"})


def broken_connections(made: Collection, item: str) -> None:
    made.add(item)
    made.fault(film(item), *[Fault(cut_after=made.dice.randrange(SIZE)) for _ in range(made.dice.randrange(1, 15))])


def trickle(made: Collection, item: str) -> None:
    made.add(item)
    made.fault(film(item), Fault(cut_after=SIZE // 2), *[Fault(drip=0.01)] * made.dice.randrange(1, 3))


def changing_body(made: Collection, item: str) -> None:
    made.add(item, listed={"md5": None, "sha1": None, "size": None})
    told: dict[str, Any] = made.dice.choice([{}, {"deaf": True}, {"no_version": True}])
    other = made.body()
    made.due[f"{item}/film.mp4"].append(other)  # whole, if a few continuations are enough
    before = Fault(body=other, cut_after=made.dice.randrange(SIZE), **told)
    made.fault(film(item), *[before] * made.dice.randrange(1, 4))
    made.server.always[film(item)] = Fault(**told)


def web_page(made: Collection, item: str) -> None:
    made.add(item)
    page = Fault(body=b"<html>log in</html>", headers={"Content-Type": "text/html"}, no_ranges=True)
    made.fault(film(item), *[page] * made.dice.randrange(1, 4))


def too_many_requests(made: Collection, item: str) -> None:
    made.add(item)
    wait = made.dice.choice(["1", "90", "7200", "soon"])
    made.fault(f"/download/{item}/film.mp4", *[Fault(status=429, headers={"Retry-After": wait})] * 3)


def wrong_copy(made: Collection, item: str) -> None:
    made.add(item, can_be_had=False, listed={"md5": "0" * 32})


FAULTS = (
    dead_machine, failing_look_up, outage_that_is_told, dark, refused, private, broken_connections, trickle,
    changing_body, web_page, too_many_requests, wrong_copy,
)  # fmt: skip


def search_troubles(made: Collection) -> None:
    """The faults of the search itself: the cursor, the total, the time that it takes, an empty page."""
    made.server.ignores_cursor_with_count = True
    made.server.total = lambda offset: 100 + offset % 7
    empty = json.dumps({"items": [], "total": 500, "cursor": "at-100"}).encode()
    made.fault(SCRAPE, Fault(delay=0.2), Fault(status=503), Fault(), Fault(body=empty))


def fill(
    server: ArchiveServer, seed: int, faults: Sequence[Callable[[Collection, str], None]], good: int
) -> Collection:
    """Return a collection with these faults at once, and this number of good items."""
    made = Collection(server, random.Random(seed))
    kinds: list[Callable[[Collection, str], object]] = [kind for kind in faults for _ in range(EACH)]
    kinds += [lambda made, item: made.add(item)] * good
    made.dice.shuffle(kinds)
    for n, kind in enumerate(kinds):
        kind(made, f"item-{n:03}")
    search_troubles(made)
    return made


def loop(main: Callable[[Sequence[str]], int], words: Sequence[str], made: Collection) -> Iterator[str]:
    """Run a script until its status is 0; yield what is wrong. After two runs all that can be repaired is."""
    for count in range(MOST_RUNS):
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
            status = main(words)
        if status not in (0, 1) or "Traceback" in errors.getvalue() or "unexpected" in errors.getvalue():
            yield f"status {status}: {errors.getvalue().strip()[-300:]!r}"
        if status == 0:
            return
        if count == 1:
            for repair in made.repairs:
                repair()
    yield f"does not end: {errors.getvalue().strip()[-600:]!r}"


def wrong_with(
    seed: int, folder: Path, faults: Sequence[Callable[[Collection, str], None]] = FAULTS, good: int = GOOD
) -> list[str]:
    """Return what is wrong after search and download of one collection."""
    table, out = folder / f"{seed}.csv", folder / f"{seed}"
    with ArchiveServer() as server, contextlib.ExitStack() as patches:
        patches.enter_context(mock.patch.object(Archive, "pause", return_value=None))
        patches.enter_context(mock.patch.object(client, "TIMEOUT", (5.0, 0.1)))
        patches.enter_context(mock.patch.object(client, "WINDOW", 0.05))
        made = fill(server, seed, faults, good)
        where = ["-host", server.host, "-threads", "4"]
        words = [*where, "-query", "collection:(films)", "-sort", "downloads desc", "-folders", "-out", str(table)]
        wrong = [f"search: {what}" for what in loop(download_metadata.main, words, made)]
        words = [*where, "-in", str(table), "-out", str(out)]
        wrong += [f"download: {what}" for what in loop(download_media.main, words, made)]
    found = {path.relative_to(out).as_posix(): path for path in out.rglob("*") if path.is_file()}
    found.pop(".media_tools_downloads", None)
    wrong += [f"not there: {name}" for name in sorted(made.due.keys() - found.keys())]
    wrong += [f"there: {name}" for name in sorted(found.keys() - made.due.keys())]
    wrong += [
        f"differs: {n}" for n in sorted(made.due.keys() & found.keys()) if found[n].read_bytes() not in made.due[n]
    ]
    return wrong


def main(argv: Sequence[str]) -> int:
    """Run the campaign; return the exit status."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("-seeds", type=int, default=50)
    total = 0
    with tempfile.TemporaryDirectory(prefix="archive-") as folder:
        for seed in range(words.parse_args(argv).seeds):
            wrong = wrong_with(seed, Path(folder))
            print(f"seed {seed}: {len(wrong)} wrong", *(f"  WRONG: {what}" for what in wrong), sep="\n", flush=True)
            total += len(wrong)
    print(f"{total} wrong")
    return int(total > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
