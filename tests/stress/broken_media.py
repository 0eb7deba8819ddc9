#!/usr/bin/env python3
"""Send a corpus of broken media through every stage: `python -m tests.stress.broken_media [FOLDER]`.

Each file alone through what each stage does with a file, in a process that is watched: its time, its memory, whether it
dies. Then all of them at once through the scripts as a user runs them: no traceback, no fault of the tool, nothing left
running, every file handled or reported. Exits with 1 if anything is wrong. Not part of `make test`, which sends a
smaller corpus through (`tests/stress/test_broken_media.py`).
"""

from __future__ import annotations

import multiprocessing
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.stress.broken_corpus import make_corpus

LONGEST = 60.0
"""Seconds that a stage may take for one file: the longest good one takes three."""
MOST_MEMORY = 4 << 30
LONGEST_RUN = 3600.0
TO_END = 5.0
"""Seconds that helpers (multiprocessing's own) may take to notice that the script has ended."""
SPANS = ((0.0, 300.0), (1000.0, 500.0))
UNEXPECTED = ("Traceback", "unexpected ", "this is a bug", "worker that read", "not enough memory")


def cut(folder: str, name: str) -> object:
    from lib.audio.samples import SampleJob, sample_table

    return len(sample_table(SampleJob(folder, name, 80, 1000, True)))


def measure(folder: str, name: str) -> object:
    from lib.video.probe import probe

    return probe(os.path.join(folder, name)), probe(os.path.join(folder, name), fast=True)


def fingerprints(folder: str, name: str) -> object:
    from lib.audio.fingerprints import FingerprintJob, file_fingerprints

    return len(file_fingerprints(FingerprintJob(folder, name, SPANS, f"{folder}.cache.db", 1)).vectors)


def scenes(folder: str, name: str) -> object:
    from lib.video.scenes import SceneJob, SceneSettings, scene_segments

    return scene_segments(SceneJob(folder, name, SPANS, SceneSettings()))


def frames(folder: str, name: str) -> object:
    from lib.composing.clip_ranges import ClipRange
    from lib.composing.frame_store import FilmJob, extract

    clips = tuple(ClipRange(start, length, 64, 36) for start, length in SPANS)
    return extract(FilmJob(os.path.join(folder, name), f"{folder}.frames", clips, "fill"))


def mixing(folder: str, name: str) -> object:
    from lib.audio.mix_plays import Play
    from lib.audio.mixer import mix

    with mix([Play(0.0, os.path.join(folder, name), *span) for span in SPANS], 1000.0) as result:
        return result.bad


PARTS: dict[str, Callable[[str, str], object]] = {
    "measure": measure, "cut": cut, "fingerprints": fingerprints, "scenes": scenes, "frames": frames, "mix": mixing,
}  # fmt: skip


def peak_bytes() -> int:
    """Return the highest resident memory of this process so far.

    Linux says so in /proc; getrusage begins with that of the process that started this one, however large it was.
    """
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _serve(pipe: Connection) -> None:
    """Do jobs (part, folder, name) until there are none; answer (what became of it, peak memory in bytes)."""
    from lib.errors import MediaError

    resource.setrlimit(resource.RLIMIT_AS, (3 * MOST_MEMORY, 3 * MOST_MEMORY))
    while (job := pipe.recv()) is not None:
        part, folder, name = job
        try:
            PARTS[part](folder, name)
            answer = "good"
        except MediaError as error:
            answer = f"reported: {error}"
        except BaseException as error:
            answer = f"WRONG: {type(error).__name__}: {error}"
        pipe.send((answer, peak_bytes()))


class Watched:
    """A process that does one file at a time, and is replaced when it takes too long, too much, or dies."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._peak = 0

    def close(self) -> None:
        self._process.kill()
        self._process.join()

    def run(self, part: str, folder: str, name: str) -> tuple[str, float, int]:
        """Return (what became of it, seconds, bytes that memory grew by)."""
        begin = time.perf_counter()
        self._pipe.send((part, folder, name))
        try:
            answer, peak = self._pipe.recv() if self._pipe.poll(LONGEST) else ("WRONG: takes too long", -1)
        except EOFError:
            answer, peak = "WRONG: the process died", -1
        seconds = time.perf_counter() - begin
        grown = max(peak - self._peak, 0) if self._peak else 0
        self._peak = max(peak, self._peak)
        if peak < 0 or peak > 1 << 30:  # a fresh one, so that the next file's memory is seen
            self.close()
            self._start()
        return answer, seconds, max(grown, 0) if peak <= MOST_MEMORY else peak


def each_alone(folder: str, names: Sequence[str], parts: Sequence[str]) -> int:
    """Send every file through every part of a stage; print what is remarkable; return how much is wrong."""
    wrong = 0
    worker = Watched()
    for part in parts:
        worker.run(part, folder, names[0])  # imports and compiles
        counts = {"good": 0, "reported": 0, "WRONG": 0}
        slowest, largest = (0.0, ""), (0, "")
        for name in names:
            answer, seconds, grown = worker.run(part, folder, name)
            counts[answer.partition(":")[0]] += 1
            slowest, largest = max(slowest, (seconds, name)), max(largest, (grown, name))
            if answer.startswith("WRONG") or grown > MOST_MEMORY:
                print(f"  {part}: {name}: {answer} ({seconds:.1f} s, +{grown / 1e6:.0f} MB)", flush=True)
        wrong += counts["WRONG"]
        print(
            f"{part}: {counts['good']} good, {counts['reported']} reported, {counts['WRONG']} wrong; slowest "
            f"{slowest[0]:.1f} s ({slowest[1]}); most memory +{largest[0] / 1e6:.0f} MB ({largest[1]})",
            flush=True,
        )
    worker.close()
    return wrong


def write_tables(work: Path, names: Sequence[str]) -> tuple[int, int]:
    """Write manifest.csv and rows.csv (two samples of each file, on a grid); return the grid's size."""
    rows = [(name, int(start), int(length)) for name in names for start, length in SPANS]
    side = 2
    while side * side < len(rows):
        side += 2
    (work / "manifest.csv").write_text("filename\n" + "".join(f"{name}\n" for name in names))
    with open(work / "rows.csv", "w") as out:
        out.write("filename,start,dur,power,hz,tsne,tsne2,gridX,gridY\n")
        for n in range(side * side):
            name, start, length = rows[n % len(rows)]
            out.write(f"{name},{start},{length},{n % 7},{n % 90},{n % 31},{n % 17},{n % side},{n // side}\n")
    return side, side


def runs(folder: Path, work: Path, grid: tuple[int, int]) -> Iterator[tuple[str, list[str]]]:
    """Yield (script, its arguments) of all stages that read media."""
    manifest, rows, out = str(work / "manifest.csv"), str(work / "rows.csv"), str(work / "out")
    size = f"{grid[0]}x{grid[1]}"
    there = ["-dir", str(folder)]
    two = ["-threads", "2"]
    yield "get_file_features.py", ["-in", manifest, *there, *two]
    yield "get_file_features.py", ["-in", manifest, *there, "-fast", "-overwrite"]
    plain = str(work / "plain.csv")
    shutil.copy(manifest, plain)
    Path(plain).write_text("".join(f"{line.split(',')[0]}\n" for line in Path(manifest).read_text().splitlines()))
    yield "audio_to_samples.py", ["-in", plain, *there, "-features", "-out", f"{out}/s/%s.csv", *two]
    yield "audio_to_samples.py", ["-in", plain, *there, "-out", f"{out}/all.csv"]
    yield "get_sample_features.py", ["-in", plain, "-dir", f"{out}/s"]
    yield "samples_subset.py", ["-in", plain, "-dir", f"{out}/s", "-filter", "samples>0", "-out", f"{out}/subset.csv"]
    yield "samples_to_tsne.py", ["-in", rows, *there, "-out", f"{out}/tsne.csv", "-prefix", "map", *two]
    yield "samples_to_vsamples.py", ["-in", rows, *there, "-out", f"{out}/v.csv", *two]
    yield "features_to_audio.py", ["-in", rows, *there, "-sort", "hz", "-out", f"{out}/mix.wav"]
    yield "features_to_video.py", ["-in", rows, *there, "-out", f"{out}/cut.mp4", "-width", "320", *two]
    yield "sort_audio.py", ["-in", f"{folder}/*", "-uid", "broken", "-sort", "power=asc", "-out", f"{out}/sorted.mp3"]
    film = ["-grid", size, "-grid0", size, "-grid1", size, "-width", "640", "-height", "360", "-cd", f"{out}/cache"]
    draw = ["-outframe", f"{out}/f.%s.png", "-frange", "1,3", "-out", f"{out}/film.mp4", *two]
    yield "compositions/proliferation.py", ["-in", f"{out}/v.csv", *there, *film, *draw]
    yield "compositions/proliferation.py", ["-in", rows, *there, *film, "-ao", "-out", f"{out}/film.mp4"]


def at_once(folder: Path, work: Path, names: Sequence[str]) -> int:
    """Run every script on the whole corpus; return how much is wrong."""
    wrong = 0
    for script, words in runs(folder, work, write_tables(work, names)):
        begin = time.perf_counter()
        run = subprocess.Popen(
            [sys.executable, str(ROOT / script), *words], cwd=work, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, errors="replace", start_new_session=True,
        )  # fmt: skip
        try:
            said, errors = run.communicate(timeout=LONGEST_RUN)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, 9)
            said, errors = run.communicate()
            errors += "\nWRONG: takes too long"
        faults = [line for line in errors.splitlines() if any(word in line for word in (*UNEXPECTED, "WRONG"))]
        if run.returncode not in (0, 1):
            faults.append(f"status {run.returncode}")
        if leftovers := [str(p) for p in work.rglob(".*") if ".part" in p.name or p.name.startswith(".scratch")]:
            faults.append(f"left behind: {leftovers}")
        if children := session_members(run.pid):
            faults.append(f"still running: {children}")
        if script == "audio_to_samples.py" and "%s" in words[words.index("-out") + 1]:
            lost = [n for n in names if f"  {n}: " not in errors and not (work / "out/s" / f"{n}.csv").exists()]
            # Of many files with one reason the rest is counted.
            counted = sum(int(n.replace(",", "")) for n in re.findall(r"\(and ([\d,]+) more files?\)", errors))
            faults += [f"neither made nor reported: {name}" for name in lost[counted:]]
        reported = sum(line.startswith("  ") for line in errors.splitlines())
        last = (said.strip().splitlines() or [""])[-1]
        print(f"{script}: status {run.returncode}, {time.perf_counter() - begin:.0f} s, {reported} reported; {last}")
        print(*(f"  WRONG: {fault}" for fault in faults[:10]), sep="\n", flush=True)
        wrong += len(faults)
    return wrong


def session_members(leader: int) -> list[int]:
    """Return the processes that are still there of a session (Linux), after a moment to end in."""
    deadline = time.monotonic() + TO_END
    while (found := _members(leader)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def _members(leader: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir() if Path("/proc").is_dir() else ():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def main(argv: Sequence[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="broken-") as place:
        work = Path(argv[0] if argv else place).resolve()
        media = ROOT / "media" / "sample"
        sources = sorted(path for path in media.iterdir() if path.suffix in (".mp3", ".wav", ".mp4"))
        shutil.rmtree(work / "corpus", ignore_errors=True)
        names = make_corpus(work / "corpus", sources)
        print(f"{len(names)} broken files", flush=True)
        wrong = each_alone(str(work / "corpus"), names, list(PARTS)) + at_once(work / "corpus", work, names)
        print(f"{len(names)} files: {wrong} wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
