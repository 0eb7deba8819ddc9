"""The making of a film of samples: its sound, its pictures, and both together.

Every source is read once, for all of its pictures together; they wait in a folder of this film until it is made, and
are used again after an interruption. With several threads the sound is mixed meanwhile, otherwise before.
"""

from __future__ import annotations

import math
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event

from lib.audio.decoding import NO_AUDIO
from lib.audio.effects import Audio
from lib.audio.mix_plays import Play
from lib.audio.mixer import MIX_RATE, mix
from lib.errors import MediaError, WriteError
from lib.io.owners import claim_folder, hold_folder
from lib.io.progress import bar
from lib.io.states import text_digest
from lib.io.temporary import remove_abandoned
from lib.math.arrays import IntArray
from lib.parallel.beside import Beside, until
from lib.parallel.jobs import worker_count
from lib.parallel.run import run_many
from lib.supercut.legends import chapters_of
from lib.supercut.pictures import Pictures, SourceJob, extract, open_pictures
from lib.supercut.shots import length_of
from lib.supercut.supercut import Supercut, Wanted, wanted_by
from lib.video.chapters import within
from lib.video.cue_sheet import Cue, write_cues
from lib.video.film_sound import write_film_sound
from lib.video.kernels import compile_pictures
from lib.video.planes import Bytes
from lib.video.writer import VideoWriter

# The folder of the pictures of unfinished films.
SCRATCH = os.path.join("tmp", "features_to_video")

OURS = re.compile(r"[0-9a-f]{32}\.pictures|sound\.(flac|m4a)|trial\.m4a")
HOLDS = "the pictures of an unfinished film"
# Free space to leave on a disk.
SPARE_BYTES = 1 << 28


def scratch_of(film: str) -> str:
    """Return the folder of a film's pictures until it is made; it belongs to no other film."""
    return os.path.join(SCRATCH, f"{Path(film).stem[:40]}-{text_digest(os.path.abspath(film), 8)}")


def make_supercut(cut: Supercut, threads: int, overwrite: bool, notify: Callable[[str], None]) -> None:
    """Make the film. overwrite: existing pictures of an interrupted run are made again.

    Raises MediaError if nothing can be read, or the film cannot be made.
    """
    folder = scratch_of(cut.settings.film)
    claim_folder(folder, HOLDS)
    with hold_folder(folder, OURS):
        wanted = wanted_by(cut)
        jobs = _jobs(cut, wanted, folder)
        _remove_stale(folder, jobs)
        with ExitStack() as stack:
            mixing = partial(_mixed, cut, folder)
            if worker_count(threads) > 1:
                coming = stack.enter_context(Beside(mixing))
                known = _fill(cut, jobs, threads, overwrite, notify, coming.check)
                mixed = coming.result()
            else:
                mixed = mixing(None)
                known = _fill(cut, jobs, threads, overwrite, notify)
        cut.bad, cut.partly = {**cut.bad, **mixed.bad}, {**cut.partly, **mixed.partly}
        cut.silent += mixed.silent
        if not any(which is not None for which in known) and mixed.unheard >= set(wanted.sources):
            reasons = list(cut.bad.values())
            raise MediaError(f"none of its samples can be read{f' ({reasons[0]})' if reasons else ''}", cut.rows.path)
        _encode(cut, jobs, known, wanted, mixed.path)
    cues = [
        Cue(play.time_ms, length_of(play), name, play.start_ms, play.volume)
        for name, play in zip(cut.rows.text("filename"), cut.plays)
    ]
    write_cues(cut.settings.film, cues, cut.length_ms)


@dataclass(frozen=True)
class _Sound:
    """The sound of a film: its file; sources that could not be used, or in part, with reasons; those that are not
    heard; plays that begin after their source's end."""

    path: str
    bad: dict[str, str]
    partly: dict[str, str]
    unheard: set[str]
    silent: list[Play]


def _mixed(cut: Supercut, folder: str, stop: Event | None) -> _Sound:
    """Write the sound. stop: when it is set, that ends soon, with a MediaError."""
    with mix(cut.plays, cut.length_ms, rings_out=True, stop=stop) as result:

        def blocks() -> Iterator[Audio]:
            return until(stop, result.blocks())

        loud: Callable[[], Iterable[Audio]] = blocks
        most_db = None
        if cut.settings.lufs is not None:
            from lib.audio.limiter import HIGHEST_PEAK_DB, brought_to  # heavy, and seldom needed

            loud, most_db = brought_to(blocks, MIX_RATE, cut.settings.lufs), HIGHEST_PEAK_DB
        whole = math.ceil(cut.shots.count * MIX_RATE / cut.settings.fps)
        path = write_film_sound(
            folder, cut.settings.film, cut.settings.codec, loud, MIX_RATE, result.frames, most_db, whole
        )
        bad = {source: reason for source, reason in result.bad if reason != NO_AUDIO}
        return _Sound(path, bad, dict(result.partly), {source for source, _ in result.bad}, result.silent)


def _jobs(cut: Supercut, wanted: Wanted, folder: str) -> list[SourceJob]:
    """Return the work to be done for each source."""
    return [
        SourceJob(
            path,
            os.path.join(folder, f"{text_digest(os.path.abspath(path))}.pictures"),
            ms,
            look,
            looks,
            cut.cell,
            *cut.cell_size,
            cut.settings.fit,
        )
        for path, ms, look, looks in zip(wanted.sources, wanted.ms, wanted.look, wanted.looks)
    ]


def _remove_stale(folder: str, jobs: Sequence[SourceJob]) -> None:
    """Remove pictures of a run with other sources, and files left by killed workers."""
    remove_abandoned(Path(folder))
    wanted = {os.path.basename(job.target) for job in jobs}
    for entry in list(os.scandir(folder)):
        if entry.name.endswith(".pictures") and OURS.fullmatch(entry.name) and entry.name not in wanted:
            os.unlink(entry.path)


def _fill(
    cut: Supercut, jobs: Sequence[SourceJob], threads: int, overwrite: bool, notify: Callable[[str], None],
    check: Callable[[], None] = lambda: None,
) -> list[IntArray | None]:  # fmt: skip
    """Make the missing pictures; return for each job which picture each place shows (None: it has none).

    check: called now and then; what it raises ends the work.
    """
    kept = [None if overwrite else open_pictures(job) for job in jobs]
    missing = [n for n, one in enumerate(kept) if one is None and len(jobs[n].ms)]
    if there := sum(one is not None for one in kept):
        notify(f"sources with pictures from an interrupted run: {there} of {len(jobs)}")
    folder = os.path.dirname(jobs[0].target)
    _check_room(folder, sum(len(jobs[n].ms) * jobs[n].kind.count for n in missing))
    try:
        with bar(len(missing), "sources") as progress:
            for outcome in run_many(extract, [jobs[n] for n in missing], threads, ready=compile_pictures):
                progress.update()
                check()
                number = missing[outcome.index]
                if not outcome.error:
                    kept[number] = open_pictures(jobs[number])
                elif outcome.is_passing:  # not the source's fault
                    raise MediaError(outcome.error, outcome.file or jobs[number].source)
                else:
                    cut.bad.setdefault(jobs[number].source, outcome.error)
    finally:
        remove_abandoned(Path(folder))  # left by workers that were stopped
    for job, one in zip(jobs, kept):
        if one is not None and one.problem:
            cut.partly.setdefault(job.source, one.problem)
    return [None if one is None else one.which for one in kept]


def _check_room(folder: str, needed: int) -> None:
    """Raise WriteError if the disk has no room for this many bytes."""
    free = max(shutil.disk_usage(folder).free - SPARE_BYTES, 0)
    if needed > free:
        reason = f"needs {needed / 1e9:.1f} GB for pictures, but only {free / 1e9:.1f} GB is free"
        raise WriteError(f"{reason}: free some space, or make a smaller film", folder)


def _encode(
    cut: Supercut, jobs: Sequence[SourceJob], known: Sequence[IntArray | None], wanted: Wanted, sound: str
) -> None:
    """Make the film from the pictures."""
    settings, count = cut.settings, cut.shots.count
    size = cut.whole.width, cut.whole.height
    chapters = chapters_of(cut.rows, settings.chapters, cut.plays) if settings.chapters else []
    inside = within(chapters, 0.0, cut.length_ms)
    writer = VideoWriter(
        settings.film, size, settings.fps, count, settings.quality, cut.whole.pixels, sound, settings.codec, inside
    )
    with (
        Pictures([job.target for job in jobs], cut.cell) as pictures,
        writer as film,
        bar(count, "film", "picture") as progress,
    ):
        for picture in composed(cut, pictures, known, wanted):
            film.write(picture.data)
            progress.update()


def composed(cut: Supercut, pictures: Pictures, known: Sequence[IntArray | None], wanted: Wanted) -> Iterator[Bytes]:
    """Yield the pictures of the film, one after the other. known: see `_fill`."""
    black, empty = cut.whole.black(), cut.cell.black()
    for picture, shots in enumerate(cut.shots.by_picture()):
        canvas, is_own = black, False
        for number, shot in shots:
            at = int(wanted.begins[number]) + picture - shot.first
            source = int(wanted.source[at])
            which = known[source]
            shown = empty if which is None else pictures.read(source, int(which[wanted.place[at]]))
            opacity = shot.opacity(picture)
            if cut.shots.side == 1 and opacity >= 1.0:  # it covers everything: unchanged
                canvas, is_own = shown, False
                continue
            if not is_own:
                canvas, is_own = canvas.copy(), True
            cut.whole.lay(canvas, shown, cut.cell, *cut.place_of(shot.cell), opacity)
        yield canvas
