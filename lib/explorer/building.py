"""Build the page's files: find the stale groups, gather their material file by file, write the groups."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lib.errors import HALF_READ, MediaError, WriteError
from lib.explorer.group import DATA, PARTS, GroupJob, GroupSettings, about_path, is_whole, state_of, write_group
from lib.explorer.layouts import Placing, groups, near_order
from lib.explorer.loops import LoopSize
from lib.explorer.material import NOTHING, OPUS_RATE, MaterialJob, Segment, gather, index_path, load, seconds
from lib.explorer.material import is_whole as is_gathered
from lib.explorer.shares import Settings, may_move, share_out
from lib.explorer.sheets import GROUP
from lib.io.files import media_path
from lib.io.formats import moment
from lib.io.owners import NO_NAME, claim_folder, hold_folder, remove_folder
from lib.io.presence import check_there
from lib.io.progress import each
from lib.io.stamps import is_fresh, put_stamp
from lib.io.states import digest, text_digest
from lib.parallel.run import run_many
from lib.tables.sample_rows import sample_spans
from lib.tables.table import Table
from lib.video.kernels import compile_pictures

# A change here invalidates what earlier versions built.
VERSION = 6
FILMS = "films"
# What the page's folders hold.
HOLDS = "a page of samples"
# What is gathered there of each file, under the digest of its name, with its stamp.
MATERIAL = re.compile(r"[0-9a-f]{32}\.(sound|pictures|loops|json)|\.[0-9a-f]{32}\.[0-9a-f]{8}\.stamp")


@dataclass
class ExplorerReport:
    """What was built: the order of rows in the groups' files and, in that order, how each is shown, in which of its
    group's tracks its sound is, where it begins there and how long it is (samples at OPUS_RATE), and its level (dBFS,
    RMS). loop: the size of loops, if there are any; films: samples of files that may be films; bad: (file, reason),
    partly: of files that were used as far as they could be read; reused: groups that were there already."""

    order: list[int]
    shown: list[int]
    track: list[int]
    at: list[int]
    length: list[int]
    level: list[float]
    kbps: int
    loop: LoopSize | None = None
    films: int = 0
    bad: list[tuple[str, str]] = field(default_factory=list)
    partly: list[tuple[str, str]] = field(default_factory=list)
    reused: int = 0


def segments_of(table: Table, longest: int) -> dict[str, dict[int, Segment]]:
    """Return the samples of each file: filename -> row -> segment.

    The picture is that at vstart, and the loop of the length vdur; else those of the sound.
    """
    spans = sample_spans(table)
    nothing = np.full(len(table), np.nan)
    shown, moves = (table.numbers(name) if name in table.columns else nothing for name in ("vstart", "vdur"))
    found: dict[str, dict[int, Segment]] = {}
    for filename, rows in spans.items():
        for row, (start, dur) in rows.items():
            picture = start if np.isnan(shown[row]) else max(float(shown[row]), 0.0)
            loop = dur if np.isnan(moves[row]) else max(float(moves[row]), 0.0)
            segment = Segment(start, min(dur, float(longest)), picture, min(loop, float(longest)))
            found.setdefault(filename, {})[row] = segment
    return found


@contextmanager
def hold_page(out: str) -> Iterator[None]:
    """Keep other runs from writing to the page in the folder `out`, which is made.

    If it is empty in the end, it is removed. Raises MediaError if another run writes there now.
    """
    claim_folder(out, HOLDS)
    with hold_folder(out):
        try:
            yield
        finally:
            remove_folder(out, NO_NAME)  # if nothing is in it


def build(
    table: Table, folder: str, out: str, placing: Placing, settings: Settings, threads: int, overwrite: bool
) -> ExplorerReport:
    """Build the missing and the stale files of the groups in OUT/data; see `ExplorerReport`.

    folder: what filenames are relative to; placing: the layout whose neighbours share files; overwrite: build all. A
    file that cannot be read costs only its own samples. Raises MediaError if none can be, a row's filename leaves the
    folder, or something cannot be written.
    """
    found = segments_of(table, settings.longest)
    check_there(folder, found)
    states = {filename: state_of(media_path(folder, filename)) for filename in found}
    segments = {row: (filename, segment) for filename, rows in found.items() for row, segment in rows.items()}
    length = seconds([segment for _, segment in segments.values()])
    may = sum(len(rows) for filename, rows in found.items() if may_move(filename))
    shares = share_out(settings, len(table), may, length)
    kbps, loop = shares.kbps, shares.loop
    order = near_order(table, placing)
    runs = groups(order, GROUP)
    data, parts = os.path.join(out, DATA), os.path.join(out, PARTS)
    for folder_of_ours in (out, data, parts):
        claim_folder(folder_of_ours, HOLDS)
    made = [
        digest(
            [
                *_kind(settings, loop),
                settings.quality,
                shares.pixel_bytes,
                kbps,
                [_source(*segments[row], states) for row in run],
            ]
        )
        for run in runs
    ]
    abouts = [about_path(out, number) for number in range(len(runs))]
    stale = [n for n in range(len(runs)) if overwrite or not is_whole(data, abouts[n], made[n])]
    wanted = {row for n in stale for row in runs[n]}
    films = os.path.join(parts, FILMS)
    if overwrite:
        remove_folder(films, MATERIAL)
    if stale:
        claim_folder(films, HOLDS)
    materials, problems, passing = _materials(found, wanted, states, folder, parts, settings, loop, threads)
    numbers = {row: k for name in materials for k, row in enumerate(found[name])}
    jobs = []
    for n in stale:
        samples = [(segments[row][0], numbers[row]) if segments[row][0] in materials else None for row in runs[n]]
        names = list(dict.fromkeys(segments[row][0] for row in runs[n]))
        told = tuple((name, problems[name]) for name in names if name in problems)
        done = "" if passing.intersection(names) else made[n]  # "": the next run builds the group again
        how = GroupSettings(settings.size, settings.quality, shares.pixel_bytes, kbps, abouts[n], told, done)
        jobs.append(_group_job(n, data, samples, materials, how))
    outcomes = run_many(write_group, jobs, threads)
    for outcome in each(outcomes, len(jobs), "sheets and tracks", "group"):
        if outcome.error:
            raise MediaError(outcome.error, outcome.file)
    remove_folder(films, MATERIAL)
    built = _told(abouts, [int(row) for row in order], kbps, len(runs) - len(stale))
    built.loop, built.films = loop, may
    return built


def _group_job(
    number: int, data: str, samples: Sequence[tuple[str, int] | None], materials: dict[str, MaterialJob],
    settings: GroupSettings,
) -> GroupJob:  # fmt: skip
    """Return the job of a group whose samples are (file, number in its material)."""
    names = list(dict.fromkeys(sample[0] for sample in samples if sample))
    places = {name: place for place, name in enumerate(names)}
    numbered = tuple(sample and (places[sample[0]], sample[1]) for sample in samples)
    return GroupJob(number, data, tuple(materials[name] for name in names), numbered, settings)


def _source(filename: str, segment: Segment, states: dict[str, str]) -> list[object]:
    return [filename, states[filename], segment.start_ms, segment.dur_ms, segment.picture_ms, segment.loop_ms]


def _kind(settings: Settings, loop: LoopSize | None) -> list[object]:
    """Return what decides how the material of a file looks."""
    return [VERSION, *settings.size, loop and [loop.width, loop.height, loop.most_bytes]]


def _materials(
    found: dict[str, dict[int, Segment]], wanted: set[int], states: dict[str, str], folder: str, parts: str,
    settings: Settings, loop: LoopSize | None, threads: int,
) -> tuple[dict[str, MaterialJob], dict[str, str], set[str]]:  # fmt: skip
    """Gather the material of each file with a wanted row; return the jobs of the readable files, the problems, and the
    files whose problem may be gone the next time.

    All rows of such a file are gathered, so that a later run can use what an interrupted one has gathered.
    """
    jobs, made = [], []
    for filename, rows in found.items():
        if not wanted.isdisjoint(rows):
            name = text_digest(filename)
            target = os.path.join(parts, FILMS, name)
            segments = tuple(rows.values())
            jobs.append(MaterialJob(folder, filename, segments, target, *settings.size, loop))
            sources = [_source(filename, segment, states) for segment in segments]
            made.append(digest([*_kind(settings, loop), sources]))
    missing = [n for n, job in enumerate(jobs) if not (is_fresh(index_path(job.target), made[n]) and is_gathered(job))]
    failed, passing = {}, set()
    outcomes = run_many(gather, [jobs[n] for n in missing], threads, ready=compile_pictures)
    for outcome in each(outcomes, len(missing), "films"):
        if outcome.is_unwritten:
            raise WriteError(outcome.error, outcome.file)
        if outcome.error:
            failed[outcome.job.filename] = outcome.bad(outcome.job.filename)[1]
            passing |= {outcome.job.filename} if outcome.is_passing else set()
        else:
            put_stamp(index_path(outcome.job.target), made[missing[outcome.index]])
    good = {job.filename: job for job in jobs if job.filename not in failed}
    return good, failed | {name: problem for name, job in good.items() if (problem := load(job).problem)}, passing


def _told(abouts: Sequence[str], order: list[int], kbps: int, reused: int) -> ExplorerReport:
    """Join the descriptions of all groups."""
    built = ExplorerReport(order, [], [], [], [], [], kbps, reused=reused)
    problems: dict[str, str] = {}
    for path in abouts:
        about = json.loads(Path(path).read_text("utf-8"))
        built.shown += about["shown"]
        built.track += about["track"]
        built.at += about["at"]
        built.length += about["length"]
        built.level += about["level"]
        problems |= {name: reason for name, reason in about["problems"]}
    for name, reason in sorted(problems.items()):
        (built.partly if reason.startswith(HALF_READ) else built.bad).append((name, reason))
    return built


def unheard(built: ExplorerReport, table: Table) -> str:
    """Return a part of a line: how many samples of readable files have no sound (after the end, or of a silent film),
    and the first of them ("": none)."""
    rows = [
        row for row, shown, length in zip(built.order, built.shown, built.length) if shown != NOTHING and not length
    ]
    if not rows:
        return ""
    first = min(rows)
    where = moment(table.text("filename")[first], table.all_numbers("start")[first])
    return f"{len(rows):,} without sound (the first: {where})"


def total_seconds(built: ExplorerReport) -> float:
    """Return the length of the sound of all samples, in seconds."""
    return sum(built.length) / OPUS_RATE
