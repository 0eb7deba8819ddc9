#!/usr/bin/env python3
"""Run every stage in trouble: `python -m tests.stress.trouble [-small] [-rounds 3] [-folder /tmp/trouble] [STAGE]`.

twice: two runs of one command at the same time, in the same folder. changing: the media are cut, continued, taken away
and put back while they are read. full: a disk with so much room and no more (a small tmpfs: needs root, else left out).
read-only: a folder that may not be written to (the same). -rounds 1 is a shorter campaign: each once, fewer sizes of
the disk. After each, the command is run once more with all in order.
Wrong is: a traceback, another status than 0 or 1, status 1 without its reason in a line, a file left behind, another
result in the end than that of a run without trouble. Exits with 1 if anything is wrong. With -folder, what stages make
for others stays there: single ones can be named in a later run.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.stress.kill import (
    LONGEST,
    MEDIA,
    Stage,
    fill_archive,
    leftovers,
    link_films,
    make_long,
    prepare,
    small_stages,
    stages,
    start,
    whole,
)
from tests.support.archive_server import ArchiveServer

# Room on the disk, in KiB; the second for one round.
ROOMS, FEW_ROOMS = (0, 8, 64, 512, 4096, 16384), (64, 2048)
ROUNDS = 3
# Seconds of the long recording and the long film.
LONG = 3600.0
LONGEST_PAUSE = 0.05
"""Seconds between two changes of a film that is read."""
# Tables of a whole film each are kept once they are there, whatever becomes of the film.
KEEPS_WHAT_IS_THERE = ("audio_to_samples_each", "get_file_features")


def ended(process: subprocess.Popen[str], folder: Path) -> Iterator[str]:
    """Yield what is wrong with how a stage has ended in trouble."""
    said, errors = process.communicate(timeout=LONGEST)
    if process.returncode not in (0, 1):
        yield f"status {process.returncode}: {errors.strip()[-300:]!r}"
    if "Traceback" in errors or "unexpected" in errors:
        yield f"a traceback: {errors.strip()[-300:]!r}"
    if process.returncode == 1 and not errors.strip():
        yield f"no reason: {said!r}"
    if left := leftovers(folder):
        yield f"left behind: {left}"


def afterwards(stage: Stage, folder: Path, expected: dict[str, str]) -> Iterator[str]:
    """Run the stage with all in order; yield what differs."""
    found, _, _ = whole(stage, folder)
    different = sorted(k for k in expected.keys() | found.keys() if expected.get(k) != found.get(k))
    if different:
        yield f"differs: {different[:5]}"
    if left := leftovers(folder):
        yield f"left behind in the end: {left}"


def twice(stage: Stage, made: Path, folder: Path, expected: dict[str, str]) -> Iterator[str]:
    prepare(stage, made, folder)
    runs = [start(stage, folder), start(stage, folder)]
    others = threading.Thread(target=runs[1].wait)
    others.start()
    said = [run.communicate(timeout=LONGEST) for run in runs]
    others.join()
    for run, (_, errors) in zip(runs, said):
        if run.returncode not in (0, 1) or "Traceback" in errors or "unexpected" in errors:
            yield f"status {run.returncode}: {errors.strip()[-300:]!r}"
        elif run.returncode:
            print(f"  {stage.name} twice: one of them says: {errors.strip()}")
    if {run.returncode for run in runs} == {1}:
        yield f"neither is done: {said}"
    yield from afterwards(stage, folder, expected)


@contextlib.contextmanager
def changing(folder: Path, seed: str) -> Iterator[None]:
    """Cut, continue, take away and put back the films in a folder, over and over; in the end they are as they were."""
    whole_films = {path: path.read_bytes() for path in sorted(folder.iterdir())}
    times = {path: path.stat().st_mtime_ns for path in whole_films}
    stop, dice = threading.Event(), random.Random(seed)

    def change() -> None:
        while not stop.wait(dice.uniform(0.0, LONGEST_PAUSE)):
            path = dice.choice(list(whole_films))
            data, what = whole_films[path], dice.randrange(4)
            with contextlib.suppress(FileNotFoundError):
                if what == 0:
                    path.unlink()
                elif what == 1:
                    os.truncate(path, dice.randrange(len(data)))
                elif what == 2:
                    with open(path, "ab") as file:
                        file.write(data[: dice.randrange(len(data))])
                else:
                    path.write_bytes(data)

    worker = threading.Thread(target=change)
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()
        for path, data in whole_films.items():
            path.write_bytes(data)
            os.utime(path, ns=(times[path], times[path]))


def moving(stage: Stage, made: Path, folder: Path, expected: dict[str, str], media: Path) -> Iterator[str]:
    prepare(stage, made, folder)
    with changing(folder / media, stage.name):
        yield from ended(start(stage, folder), folder)
    if stage.name not in KEEPS_WHAT_IS_THERE:
        shutil.rmtree(folder)  # what was made of changed media is not what is expected: only that it can be
        prepare(stage, made, folder)
        yield from afterwards(stage, folder, expected)


@contextlib.contextmanager
def disk(folder: Path, options: str) -> Iterator[None]:
    """Mount a small file system at a folder, which is made."""
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def without_room(stage: Stage, made: Path, folder: Path, expected: dict[str, str], room: int) -> Iterator[str]:
    with disk(folder, "size=1g"):
        prepare(stage, made, folder / "work")
        (folder / "work" / ".tmp").mkdir()
        used = shutil.disk_usage(folder).used
        remount(folder, f"size={used // 1024 + room + 4}k")
        yield from ended(start(stage, folder / "work"), folder / "work")
        remount(folder, "size=1g")
        yield from afterwards(stage, folder / "work", expected)


def read_only(stage: Stage, made: Path, folder: Path, expected: dict[str, str]) -> Iterator[str]:
    with disk(folder, "size=1g"):
        prepare(stage, made, folder / "work")
        (folder / "work" / ".tmp").mkdir()
        remount(folder, "ro")
        process = start(stage, folder / "work")
        yield from ended(process, folder / "work")
        if process.returncode == 0 and stage.name != "stats_totals":
            yield "is done, in a folder that may not be written to"
        remount(folder, "rw")
        yield from afterwards(stage, folder / "work", expected)


def remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def in_trouble(stage: Stage, made: Path, folder: Path, media: Path, root: bool, rounds: int = ROUNDS) -> Iterator[str]:
    """Yield all that is wrong with a stage."""
    plain = folder / "plain"
    prepare(stage, made, plain)
    expected, _, _ = whole(stage, plain)
    for path in plain.iterdir():
        if path.name not in (*stage.inputs, ".tmp") and not path.name.startswith("."):
            (made / path.name).exists() or shutil.move(path, made / path.name)
    for n in range(rounds):
        yield from (f"twice: {what}" for what in twice(stage, made, folder / f"twice{n}", expected))
        yield from (f"changing: {what}" for what in moving(stage, made, folder / f"moving{n}", expected, media))
    for room in (ROOMS if rounds > 1 else FEW_ROOMS) if root else ():
        for what in without_room(stage, made, folder / f"full{room}", expected, room):
            yield f"{room} KiB: {what}"
    if root:
        yield from (f"read-only: {what}" for what in read_only(stage, made, folder / "ro", expected))
    shutil.rmtree(folder)


def _usual_stages(host: str, folder: Path, made: Path, media: Path) -> list[Stage]:
    """Return all stages with the sample films, copied into the folder `media`, which may be changed."""
    shutil.rmtree(media, ignore_errors=True)
    media.mkdir()
    for path in [*MEDIA.glob("film_*.mp4"), MEDIA / "speech.mp3"]:
        shutil.copy2(path, media / path.name)
    if not (folder / "many").exists():
        shutil.copy2(MEDIA / "films.csv", made / "films.csv")
        link_films(folder / "many", made / "many.csv")
    if not (folder / "long").exists():
        make_long(folder / "long", made / "long.csv", LONG)
    return [
        Stage(
            stage.name, stage.script, tuple(word.replace(str(MEDIA), str(media)) for word in stage.words), stage.inputs
        )
        for stage in stages(host, folder / "many", folder / "long")
    ]


def main(argv: Sequence[str]) -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("-small", action="store_true")
    words.add_argument("-rounds", type=int, default=ROUNDS)
    words.add_argument("-folder", default="")
    words.add_argument("stages", nargs="*")
    args = words.parse_args(argv)
    total = 0
    root = hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("mount") is not None
    with ExitStack() as stack:
        place = args.folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="trouble-"))
        server = stack.enter_context(ArchiveServer())
        fill_archive(server, small=args.small)
        folder = Path(place).resolve()
        made, media = folder / "made", Path("media") if args.small else folder / "media"
        made.mkdir(parents=True, exist_ok=True)
        found = small_stages(server.host, made) if args.small else _usual_stages(server.host, folder, made, media)
        for stage in found:
            if args.stages and stage.name not in args.stages:
                continue
            wrong = list(in_trouble(stage, made, folder / stage.name, media, root, args.rounds))
            print(f"{stage.name}: {len(wrong)} wrong", *(f"  WRONG: {what}" for what in wrong), sep="\n", flush=True)
            total += len(wrong)
    print(f"{total} wrong" + ("" if root else " (without a full disk and a read-only folder: not root)"))
    return int(total > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
