#!/usr/bin/env python3
"""Kill every stage at random moments, run it again to its end, and compare with a run that nobody disturbed.

    python -m tests.stress.kill [-small] [-moments 20] [-seed WORD] [-long 3600] [-folder /tmp/campaign] [STAGE ...]

With -folder, what stages make for others stays there: single ones can be named in a later campaign. -small: every
script with its small job of `tests/support/owned_stages.py`, in minutes instead of hours. -seed: a word that
changes the moments. -long: seconds of the one file of the stages whose names end in _long.

Each moment is a new folder with the same inputs: the stage is started, gets SIGKILL, SIGINT (to the whole group, as
Ctrl-C does) or SIGTERM, and is run again. Wrong is: another table, sound or picture than undisturbed; a file left
behind; a process left running; a traceback; another status than 130 (SIGINT) or 143 (SIGTERM); after SIGINT no line
that says how to go on. Exits with 1 if anything is wrong. Not part of `make test`; `tests/stress/test_kill.py` kills
one stage.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from lib.io.ffmpeg import ffmpeg_exe
from lib.video.probe import probe
from tests.stress.broken_media import session_members as session
from tests.support.archive_server import ArchiveServer
from tests.support.owned_stages import fill, jobs

MEDIA = ROOT / "media" / "sample"
FILMS = f"{MEDIA}/film_*.mp4"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}
SAYS_HOW = "the same command "
IS_STARTED = 0.1
"""Seconds that Python itself takes to start: signals before that are its own matter."""
LONGEST = 600.0
# Written for the next run, not a result: stamps and notes of tables name when a file was written, the record of
# downloads is in the order in which they came.
KEPT_BETWEEN = (".stamp", ".db", ".json", ".jsonl", ".media_tools_downloads")
# The part of an interrupted download that has arrived is kept for the next run.
DOWNLOADED_IN_PART = re.compile(r"\..*\.[0-9a-f]{16}\.(part|version)", re.DOTALL)
LINKS = 60
"""How often each film is there where a stage is too quick for six of them."""


@dataclass(frozen=True)
class Stage:
    """One command, run in a folder into which `inputs` (made by earlier stages) are copied first."""

    name: str
    script: str
    words: tuple[str, ...]
    inputs: tuple[str, ...] = ()


def stages(host: str, many: Path, long: Path) -> list[Stage]:
    """Return all stages, in an order in which each finds its inputs.

    host: of the archive; many: a folder of films; long: one with a long recording, and a long film.
    """
    dirs = ("-dir", str(MEDIA))
    ia = "scrapers/internet_archive/"
    grid = ("-grid", "8x8", "-grid0", "4x4", "-grid1", "8x8", "-width", "320", "-height", "180", "-bstep", "1000")
    drawn = ("-outframe", "frames/f.%s.png", "-out", "p.mp4", "-fps", "10", "-cd", "cache", "-threads", "2")
    piece = ("-in", "grid.csv", *dirs, *grid, *drawn)
    found = ("-host", host, "-query", "collection:(films)", "-out", "items.csv")
    return [
        Stage("get_file_features", "get_file_features.py", ("-in", "many.csv", "-dir", str(many)), ("many.csv",)),
        Stage("audio_to_samples", "audio_to_samples.py", ("-in", FILMS, "-features", "-out", "s.csv", "-threads", "2")),
        Stage("audio_to_samples_each", "audio_to_samples.py", ("-in", FILMS, "-features", "-out", "each/%s.csv")),
        Stage("audio_to_samples_long", "audio_to_samples.py",
              ("-in", str(long / "hour.mp3"), "-features", "-out", "long.csv", "-threads", "2")),
        Stage("films_to_scenes_long", "films_to_scenes.py",
              ("-in", str(long / "hour.mp4"), "-out", "scenes.csv", "-threads", "2")),
        Stage("get_file_features_long", "get_file_features.py", ("-in", "long.csv", "-dir", str(long)), ("long.csv",)),
        Stage("samples_to_vsamples_long", "samples_to_vsamples.py", ("-in", "plain.csv", "-dir", str(long), "-threads",
              "2"), ("plain.csv",)),
        Stage("samples_to_explorer_long", "samples_to_explorer.py", ("-in", "long.csv", "-dir", str(long), "-out",
              "page", "-cell", "24"), ("long.csv",)),
        Stage("features_to_audio_long", "features_to_audio.py", ("-in", "long.csv", "-dir", str(long), "-sort",
              "start=asc", "-out", "a.mp3"), ("long.csv",)),
        Stage("features_to_video_long", "features_to_video.py", ("-in", "long.csv", "-dir", str(long), "-sort",
              "start=asc", "-out", "v.mp4", "-width", "320", "-height", "180"), ("long.csv",)),
        *(Stage(f"waves{name}_long", "compositions/waves.py", ("-in", "long.csv", "-dir", str(long), "-grid", "8x8",
                "-grid0", "8x8", "-grid1", "8x8", "-width", "320", "-height", "180", "-fps", "4", "-ss", "0", "-sd",
                "4", "-outframe", "frames/f.%s.png", "-out", "w.mp4", "-cd", "cache", "-threads", "2", *more),
                ("long.csv",))
          for name, more in (("", ()), ("_cache", ("-cache",)))),
        Stage("get_sample_features", "get_sample_features.py", ("-in", "films.csv", "-dir", "each"),
              ("films.csv", "each")),
        Stage("samples_subset", "samples_subset.py", ("-in", "each/*.csv", "-lim", "80", "-fsort", "power=desc",
              "-out", "subset.csv"), ("each",)),
        Stage("samples_to_vsamples", "samples_to_vsamples.py", ("-in", "s.csv", *dirs, "-out", "v.csv", "-threads",
              "2"), ("s.csv",)),
        Stage("samples_to_tsne", "samples_to_tsne.py", ("-in", "v.csv", *dirs, "-components", "2", "-out", "tsne.csv"),
              ("v.csv",)),
        Stage("samples_to_tsne_cache", "samples_to_tsne.py", ("-in", "v.csv", *dirs, "-cache", "f.db", "-threads", "2"),
              ("v.csv",)),
        Stage("samples_to_clusters", "samples_to_clusters.py", ("-in", "v.csv", *dirs, "-count", "3", "-out",
              "clusters.csv"), ("v.csv",)),
        Stage("classify_samples", "classify_samples.py", ("-in", "v.csv", *dirs, "-train", "clusters.csv", "-prop",
              "cluster", "-model", "model.npz", "-out", "told.csv", "-overwrite"), ("v.csv", "clusters.csv")),
        Stage("films_to_scenes", "films_to_scenes.py", ("-in", FILMS, "-out", "scenes.csv", "-threads", "2"), ()),
        Stage("films_to_scenes_each", "films_to_scenes.py", ("-in", FILMS, "-out", "scenes/%s.csv", "-plot"), ()),
        Stage("samples_to_files", "samples_to_files.py", ("-in", "v.csv", *dirs, "-lim", "60", "-out", "pack"),
              ("v.csv",)),
        Stage("samples_to_grid", "samples_to_grid.py", ("-in", "tsne.csv", "-grid", "8x8", "-out", "grid.csv"),
              ("tsne.csv",)),
        Stage("samples_to_explorer", "samples_to_explorer.py", ("-in", "grid.csv", *dirs, "-out", "page", "-cell", "24",
              "-threads", "2"), ("grid.csv",)),
        Stage("features_to_audio", "features_to_audio.py", ("-in", "s.csv", *dirs, "-sort", "hz=asc", "-out", "a.mp3"),
              ("s.csv",)),
        Stage("features_to_video", "features_to_video.py", ("-in", "s.csv", *dirs, "-out", "v.mp4", "-width", "320",
              "-height", "180", "-threads", "2"), ("s.csv",)),
        Stage("samples_to_mosaic", "samples_to_mosaic.py", ("-in", "v.csv", *dirs, "-target", f"{MEDIA}/speech.mp3",
              "-out", "mosaic.csv", "-threads", "2"), ("v.csv",)),
        Stage("make_credits", "make_credits.py", ("-in", "s.csv", "-meta", "films.csv", "-out", "credits.mp4", "-width",
              "320", "-height", "180"), ("s.csv", "films.csv")),
        Stage("make_sequence", "make_sequence.py", ("-in", "pieces.csv", "-out", "whole.mp4", "-crossfade",
              "500"), ("pieces.csv",)),
        Stage("sort_audio", "sort_audio.py", ("-in", f"{MEDIA}/speech.mp3", "-sort", "tsne=asc", "-out", "sorted.mp3")),
        Stage("stats_histogram", "stats_histogram.py", ("-in", "s.csv", "-plot", "power,hz,note", "-out", "h.png"),
              ("s.csv",)),
        Stage("stats_plot", "stats_plot.py", ("-in", "s.csv", "-props", "power,clarity", "-out", "p.png"), ("s.csv",)),
        Stage("stats_totals", "stats_totals.py", ("-in", "s.csv", "-props", "dur"), ("s.csv",)),
        Stage("download_metadata", f"{ia}download_metadata.py", found),
        Stage("download_media", f"{ia}download_media.py", ("-host", host, "-in", "items.csv", "-out", "films"),
              ("items.csv",)),
        Stage("folder_to_metadata", "scrapers/local/folder_to_metadata.py", ("-in", str(MEDIA), "-out", "own.csv")),
        Stage("proliferation", "compositions/proliferation.py", (*piece, "-cache"), ("grid.csv",)),
        Stage("poster", "compositions/poster.py", ("-in", "grid.csv", *dirs, "-grid", "8x8", "-width", "320", "-height",
              "180", "-out", "poster.png", "-cache", "-cd", "cache"), ("grid.csv",)),
        Stage("waves", "compositions/waves.py", ("-in", "grid.csv", *dirs, "-grid", "8x8", "-width", "160", "-height",
              "90", "-fps", "4", "-ss", "0", "-sd", "4", "-outframe", "frames/f.%s.png", "-out", "w.mp4", "-cd",
              "cache", "-cache", "-threads", "2"), ("grid.csv",)),
        Stage("proliferation_stream", "compositions/proliferation.py", ("-in", "grid.csv", *dirs, *grid, "-outframe",
              "", "-out", "p.mp4", "-fps", "10", "-cd", "cache", "-threads", "2"), ("grid.csv",)),
    ]  # fmt: skip


def small_stages(host: str, made: Path) -> list[Stage]:
    """Return every script with a small job, and write the inputs of all into the folder `made`, unless they are there.

    host: of the archive, with an item "film".
    """
    if not (made / "items.csv").exists():
        fill(made)
        (made / "items.csv").write_text("identifier,filename\nfilm,film.mp4\n")
    inputs = tuple(sorted(path.name for path in made.iterdir()))
    return [Stage(name, job.script, job.words, inputs) for name, job in jobs(host).items()]


@dataclass
class Result:
    """What came of one stage: seconds undisturbed, how the disturbed runs ended, and what was wrong."""

    seconds: float
    ended: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def start(stage: Stage, folder: Path) -> subprocess.Popen[str]:
    """Start a stage in a session of its own."""
    (folder / ".tmp").mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, str(ROOT / stage.script), *stage.words], cwd=folder, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
        env=os.environ | {"TMPDIR": str(folder / ".tmp"), "MEDIA_TOOLS_CACHE": str(user_folder(folder))},
    )  # fmt: skip


def user_folder(folder: Path) -> Path:
    """Return where the runs in a folder keep what is known of films, as in a user's folder."""
    return folder.with_name(f"{folder.name}.user")


def prepare(stage: Stage, made: Path, folder: Path) -> None:
    """Copy a stage's inputs into a new folder, with the times at which they were written."""
    folder.mkdir(parents=True)
    for name in stage.inputs:
        source = made / name
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, folder / name)


def contents(folder: Path) -> dict[str, str]:
    """Return what is in a folder: the digest of each file; of what is kept for the next run, only that it is there."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        kept = path.name.endswith(KEPT_BETWEEN)
        found[str(path.relative_to(folder))] = "" if kept else hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def leftovers(folder: Path) -> list[str]:
    """Return the temporary files and folders in a folder."""
    marks = (".part", ".scratch.")
    found = [p for p in folder.rglob("*") if any(m in p.name for m in marks) and not p.name.endswith(".parts")]
    return [str(p.relative_to(folder)) for p in [*found, *(folder / ".tmp").iterdir()]]


def whole(stage: Stage, folder: Path) -> tuple[dict[str, str], str, float]:
    """Run a stage to its end; return what is in the folder then, what it printed, and the seconds it took."""
    begin = time.perf_counter()
    process = start(stage, folder)
    said, errors = process.communicate(timeout=LONGEST)
    if process.returncode:
        raise AssertionError(f"{stage.name}: status {process.returncode}: {errors}")
    return contents(folder), said, time.perf_counter() - begin


def after_signal(
    process: subprocess.Popen[str], number: int, folder: Path, before: dict[str, str] | None = None
) -> Iterator[str]:
    """Yield what is wrong with how a stage has ended after a signal. before: what was in the folder, if it is known."""
    try:
        _, errors = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        yield "does not end"
        return
    if process.returncode == 0:
        return  # it was done
    if process.returncode == -signal.SIGTERM and not errors and before == contents(folder) and not leftovers(folder):
        return  # it had not yet begun: signals are Python's own matter until then, however long that takes
    if process.returncode != STATUS[signal.Signals(number)]:
        yield f"status {process.returncode}: {errors.strip()[-300:]!r}"
    if "Traceback" in errors or "unexpected" in errors:
        yield f"a traceback: {errors.strip()[-300:]!r}"
    if number == signal.SIGINT and (SAYS_HOW not in errors or len(errors.strip().splitlines()) != 1):
        yield f"does not say in one line how to go on: {errors.strip()[-300:]!r}"
    if still := session(process.pid):
        yield f"still running: {still}"
    left = [name for name in leftovers(folder) if not DOWNLOADED_IN_PART.fullmatch(Path(name).name)]
    if number != signal.SIGKILL and left:
        yield f"left behind: {left}"


def disturb(
    stage: Stage, made: Path, folder: Path, number: int, until: Callable[[Path], None], expected: dict[str, str]
) -> tuple[int, list[str]]:
    """Kill a stage when `until` returns, run it again; return the first run's status and what was wrong."""
    prepare(stage, made, folder)
    before = contents(folder)
    process = start(stage, folder)
    until(folder)
    if process.poll() is None:
        (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    wrong = list(after_signal(process, number, folder, before))
    found, _, _ = whole(stage, folder)
    different = sorted(k for k in expected.keys() | found.keys() if expected.get(k) != found.get(k))
    if different:
        wrong.append(f"differs: {different[:5]}")
    if left := leftovers(folder):
        wrong.append(f"left behind in the end: {left}")
    remove(folder)
    return process.returncode, wrong


def remove(folder: Path) -> None:
    """Remove a folder with what its runs have kept elsewhere."""
    shutil.rmtree(folder)
    shutil.rmtree(user_folder(folder), ignore_errors=True)


def run_stage(stage: Stage, made: Path, folder: Path, moments: int, seed: str = "") -> Result:
    """Run a stage undisturbed, then disturb it at this number of moments. Its outputs are put into `made`.

    seed: of the moments, besides the stage's name.
    """
    plain = folder / "plain"
    prepare(stage, made, plain)
    whole(stage, plain)
    remove(plain)
    prepare(stage, made, plain)  # once more: the first run may have compiled
    expected, _, seconds = whole(stage, plain)
    result = Result(seconds)
    dice = random.Random(stage.name + seed)
    for n in range(moments):
        number = SIGNALS[n % len(SIGNALS)]
        moment = dice.uniform(IS_STARTED, seconds)
        status, wrong = disturb(stage, made, folder / f"n{n}", number, lambda _, s=moment: time.sleep(s), expected)
        result.ended[str(status)] = result.ended.get(str(status), 0) + 1
        result.wrong += [f"{number.name} after {moment:.2f} s: {what}" for what in wrong]
    for path in plain.iterdir():
        if path.name not in (*stage.inputs, ".tmp") and not path.name.startswith("."):
            (made / path.name).exists() or shutil.move(path, made / path.name)
    remove(plain)
    return result


def fill_archive(server: ArchiveServer, small: bool = False) -> None:
    """Put the sample films into the archive, each many times over, under names of their own; small: one file."""
    if small:
        server.add("film", {"film.mp4": b"a film, or so"}, title="A film")
        return
    films = sorted(MEDIA.glob("film_*.mp4"))
    for n in range(120):
        film = films[n % len(films)].read_bytes()
        server.add(f"item-{n:03}", {f"film-{n:03}.mp4": film + bytes(n)}, title=f"Film {n}", downloads=n)


def link_films(many: Path, manifest: Path) -> None:
    """Link the sample films into a folder, many times over, and write their manifest, and a sequence of some."""
    many.mkdir()
    names = [f"{n:02}/{film.name}" for n in range(LINKS) for film in sorted(MEDIA.glob("film_*.mp4"))]
    for name in names:
        (many / name).parent.mkdir(exist_ok=True)
        (many / name).symlink_to(MEDIA / Path(name).name)
    pieces = "".join(f"{film}\n" for film in sorted(MEDIA.glob("film_*.mp4"))[:3])
    manifest.with_name("pieces.csv").write_text(f"piece\n{pieces}")
    manifest.write_text("filename\n" + "".join(f"{name}\n" for name in names))


def make_long(folder: Path, table: Path, seconds: float) -> None:
    """Write a recording and a film of this length, the same minute again and again, and tables of its samples."""
    folder.mkdir()
    step = round(seconds * 1000 / 64)
    rows = "".join(f"hour.mp4,{step * n},300,{step * n},{step},{n % 8},{n // 8}\n" for n in range(64))
    table.write_text(f"filename,start,dur,vstart,vdur,gridX,gridY\n{rows}")
    rows = "".join(f"hour.mp4,{step * n},300\n" for n in range(64))
    table.with_name("plain.csv").write_text(f"filename,start,dur\n{rows}")
    for name, source in (("hour.mp3", "sonata.mp3"), ("hour.mp4", "film_marching_band.mp4")):
        times = math.ceil(seconds / probe(str(MEDIA / source)).duration)
        loop = [ffmpeg_exe(), "-v", "error", "-stream_loop", str(times), "-i", str(MEDIA / source), "-c", "copy"]
        subprocess.run([*loop, str(folder / name)], check=True)


def main(argv: Sequence[str]) -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("-small", action="store_true")
    words.add_argument("-moments", type=int, default=20)
    words.add_argument("-seed", default="")
    words.add_argument("-long", type=float, default=3600.0)
    words.add_argument("-folder", default="")
    words.add_argument("stages", nargs="*")
    args = words.parse_args(argv)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # shells let what they start with & ignore it
    wrong = 0
    with ExitStack() as stack:
        place = args.folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="campaign-"))
        server = stack.enter_context(ArchiveServer())
        fill_archive(server, small=args.small)
        folder = Path(place).resolve()
        (folder / "made").mkdir(parents=True, exist_ok=True)
        if not args.small and not (folder / "many").exists():
            link_films(folder / "many", folder / "made" / "many.csv")
            make_long(folder / "long", folder / "made" / "long.csv", args.long)
            shutil.copy2(MEDIA / "films.csv", folder / "made" / "films.csv")
        known = small_stages(server.host, folder / "made") if args.small else []
        for stage in known or stages(server.host, folder / "many", folder / "long"):
            asked = not args.stages or stage.name in args.stages
            if not asked and (args.folder or args.small):
                continue  # what it makes is there from an earlier campaign
            moments = args.moments if asked else 0
            shutil.rmtree(folder / stage.name, ignore_errors=True)
            result = run_stage(stage, folder / "made", folder / stage.name, moments, args.seed)
            ended = ", ".join(f"{count} x {status}" for status, count in sorted(result.ended.items()))
            print(f"{stage.name}: {result.seconds:.1f} s; {moments} moments ({ended}); {len(result.wrong)} wrong")
            print(*(f"  WRONG: {what}" for what in result.wrong), sep="\n", flush=True)
            wrong += len(result.wrong)
    print(f"{wrong} wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
