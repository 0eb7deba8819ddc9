#!/usr/bin/env python3
"""Put files of someone's where scripts put theirs: `python -m tests.stress.foreign [-folder DIR] [JOB ...]`.

Every script runs once, and all names that it uses are noted. Then, for each of these names, a file, a link to a file,
a folder with a file in it and a pipe are put there, one at a time, and the script runs again: as it is, where all is
already done, and with -overwrite where it has that. Wrong is: a changed or missing file of someone's, or an input; a
traceback; another status than 0 or 1; status 1 without a reason; waiting for the pipe. Exits with 1 if anything is
wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from lib.io.stamps import stamp_path
from lib.tables.table import Table, write_table
from lib.video.cue_sheet import beside
from tests.support.archive_server import ArchiveServer
from tests.support.foreign import names_used, what_is_lost
from tests.support.owned_stages import Job, fill, jobs

KINDS = ("file", "link", "folder", *(["pipe"] if hasattr(os, "mkfifo") else []))
PATIENCE = 60
"""Seconds after which a script counts as one that waits for a pipe."""
# With -overwrite these may be replaced: flags name them, or what they stand beside.
ASKED_FOR = (".png", "film.mp4", ".csv", ".css", ".js", ".html", ".svg")
# No table that a flag names, though it ends like one: what stands beside a film, and nobody named.
BESIDE = (".cues.csv",)


def asked_for(place: str) -> bool:
    """Say whether -overwrite asks for what is in a place."""
    return place.endswith(ASKED_FOR) and not place.endswith(BESIDE)


def takes_overwrite(job: Job) -> bool:
    """Say whether the script has -overwrite."""
    import importlib

    module = importlib.import_module(job.script.removesuffix(".py").replace("/", "."))
    return "overwrite" in module.parser().flags


def wrong_with(job: Job, made: Path, folder: Path) -> Iterator[str]:
    """Yield what is wrong with a script, for each place, kind and way to run it."""
    model, done = folder / "model", folder / "done"
    shutil.copytree(made, model, symlinks=True)
    shutil.copytree(made, done, symlinks=True)
    used = names_used(job.run, model)
    names_used(job.run, done)
    ways = [("", job, made, job.written), ("again: ", job, done, job.written)]
    if takes_overwrite(job):
        again = replace(job, words=(*job.words, "-overwrite"))
        ways.append(("-overwrite: ", again, made, job.written))
    stamps = {os.path.relpath(stamp_path(name)) for written in job.written for name in (written, *beside(written))}
    for place in used:
        for what, way, beginning, written in ways:
            if place in written:
                continue
            for kind in KINDS:
                if what.startswith("-") and kind == "file" and asked_for(place):
                    continue
                errors = io.StringIO()
                _wait_until(PATIENCE)
                with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
                    status, lost = what_is_lost(way.run, beginning, folder / "run", place, kind, written)
                _wait_until(0)
                said = errors.getvalue().strip()
                if what.startswith("-") and asked_for(place):  # a link may be, not what it leads to
                    lost = [name for name in lost if name != place]
                lost = [name for name in lost if name not in stamps or name == place]  # of what may be made again
                if lost:
                    yield f"{what}{kind} in {place}: lost {lost}"
                if status not in (None, 0, 1) or "Traceback" in said or "this is a bug" in said:
                    yield f"{what}{kind} in {place}: status {status}: {said[-300:]}"
                if status == 1 and not said:
                    yield f"{what}{kind} in {place}: no reason"


def _wait_until(seconds: int) -> None:
    """Raise an error after this number of seconds unless cancelled (0: never)."""
    if hasattr(signal, "alarm"):
        signal.signal(signal.SIGALRM, _late)
        signal.alarm(seconds)


def _late(signum: int, frame: object) -> None:
    raise AssertionError("waits for a pipe")


def main(argv: Sequence[str]) -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("-folder", default="")
    words.add_argument("jobs", nargs="*")
    args = words.parse_args(argv)
    os.environ.pop("DISPLAY", None)
    total = 0
    with contextlib.ExitStack() as stack:
        place = Path(args.folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="foreign-"))).resolve()
        server = stack.enter_context(ArchiveServer())
        server.add("film", {"film.mp4": b"a film, or so"}, title="A film")
        made = place / "made"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        fill(made)
        write_table(Table.of({"identifier": ["film"], "filename": ["film.mp4"]}), made / "items.csv")
        for name, job in jobs(server.host).items():
            if args.jobs and name not in args.jobs:
                continue
            shutil.rmtree(place / name, ignore_errors=True)
            wrong = list(wrong_with(job, made, place / name))
            print(f"{name}: {len(wrong)} wrong", *(f"  WRONG: {what}" for what in wrong), sep="\n", flush=True)
            shutil.rmtree(place / name, ignore_errors=True)
            total += len(wrong)
    print(f"{total} wrong")
    return int(total > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
