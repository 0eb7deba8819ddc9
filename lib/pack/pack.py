"""A pack of samples: each as a file, and beside them a table, credits, instruments and labels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lib.errors import MediaError, OccupiedError, WriteError
from lib.io.files import atomic_path, media_path
from lib.io.formats import counted
from lib.io.owners import check_folder, claim_folder
from lib.io.presence import check_there
from lib.io.progress import bar, each
from lib.io.states import digest, file_state
from lib.io.used_files import UsedFiles
from lib.math.notes import hz_to_midi, hz_to_note
from lib.pack.encoding import ENDINGS
from lib.pack.film_segments import FilmSegment, SegmentsJob, write_segments
from lib.pack.instrument import Zone, pitched_sfz, unpitched_sfz
from lib.pack.names import sample_name, unlike
from lib.pack.record import Record
from lib.pack.sample_files import SampleFile, SampleFilesJob, Written, write_sample_files
from lib.parallel.run import run_many
from lib.tables.sample_rows import sample_spans
from lib.tables.table import Table, write_table
from lib.video.kernels import compile_reading

# Raised when files are written differently: those of earlier versions are then written again.
VERSION = 1
TABLE, CREDITS, PITCHED, UNPITCHED, LABELS = "samples.csv", "CREDITS.md", "pitched.sfz", "unpitched.sfz", "labels"
HOLDS = "samples as files"
# The columns of samples.csv that name the file of a sample, and its segment of the film.
FILE_COLUMN, FILM_COLUMN = "file", "film"
FILM_ENDING = ".mp4"
# Columns of a source for the credits, if the table has them.
CREDIT_COLUMNS = ("title", "creator", "date", "licenseurl", "identifier", "source")
# Indices in a record's entry of a written sample
LEVEL, SOFTER = 2, 3


@dataclass
class PackReport:
    """What became of a pack: numbers of samples, and (file, reason) of files not read, or only in part.

    beyond: (file, start in ms) of samples that begin after its end; empty: of those of length 0; removed: files of
    earlier runs.
    """

    written: int = 0
    kept: int = 0
    beyond: list[tuple[str, float]] = field(default_factory=list)
    empty: int = 0
    unreadable: int = 0
    softer: int = 0
    removed: int = 0
    films: int = 0
    bad: list[tuple[str, str]] = field(default_factory=list)
    partly: list[tuple[str, str]] = field(default_factory=list)


def _pitches(table: Table) -> list[float | None]:
    """Return each sample's pitch as a note number with fractions; None without."""
    if "hz" not in table.columns:
        return [None] * len(table)
    return [hz_to_midi(hz) if hz > 0 else None for hz in np.nan_to_num(table.numbers("hz"), nan=-1.0).tolist()]


def _names(table: Table, ending: str) -> list[str]:
    hertz = table.numbers("hz").tolist() if "hz" in table.columns else [-1.0] * len(table)
    notes = ["{}{}".format(*hz_to_note(hz)) if hz > 0 else "" for hz in hertz]
    labels = table.text("label") if "label" in table.columns else [""] * len(table)
    cells = zip(table.text("filename"), notes, table.all_numbers("dur").tolist(), labels)
    return [sample_name(n, len(table), *cell, ending) for n, cell in enumerate(cells, 1)]


def write_pack(
    table: Table, folder: str, out: str, ending: str, level_db: float | None, threads: int, overwrite: bool,
    films: bool = False,
) -> PackReport:  # fmt: skip
    """Write each sample of a table, in its order, to a file in `out`, with the table, credits, instruments and labels.

    ending: of the files (`lib.pack.encoding.ENDINGS`); level_db: RMS level of all samples, None: unchanged; films: also
    write segments of the films, from vstart for vdur where the table has them, else start and dur. Correct files of an
    earlier run are kept; its files of other samples are removed. Raises MediaError if nothing can be read, or written
    there: the folder is someone's, a file in it is, or it was made with other settings (unless told to overwrite).
    """
    spans = sample_spans(table)
    check_there(folder, spans)
    names, pitches = _names(table, ending), _pitches(table)
    jobs = []
    for filename, rows in spans.items():
        state = _state(media_path(folder, filename))
        samples = [
            SampleFile(names[row], start, dur, pitches[row],
                  digest([VERSION, filename, state, start, dur, pitches[row], ending, level_db]))
            for row, (start, dur) in rows.items()
        ]  # fmt: skip
        jobs.append(SampleFilesJob(folder, filename, out, level_db, tuple(samples)))
    segments = _segments(table, folder, out, names, spans) if films else []
    named = [segment.name for job in segments for segment in job.segments]
    labels = dict(zip(spans, (f"{LABELS}/{name}" for name in unlike(list(spans), ".txt"))))
    beside = [TABLE, CREDITS, PITCHED, UNPITCHED, *labels.values()]
    for place in (out, os.path.join(out, LABELS)):
        check_folder(place, HOLDS)
    claim_folder(out, HOLDS)
    claim_folder(os.path.join(out, LABELS), HOLDS)
    used = UsedFiles(out, HOLDS, folder, spans)
    with Record(out) as record:
        settings = {"ending": ending, "level": level_db}
        if not overwrite:
            if record.settings not in (None, settings):
                raise OccupiedError("was made with another format or level", out)
            record.check([*names, *named, *beside])
        report = _write(jobs, record, settings, [*names, *named, *beside], threads, overwrite)
        here = [name in record.made for name in names]
        if not any(here):
            first = f"; the first: {MediaError(report.bad[0][1], report.bad[0][0])}" if report.bad else ""
            raise MediaError(f"none of its samples can be read{first}", table.path)
        texts = {
            CREDITS: _credits(table, spans, here),
            **_instruments(names, pitches, here, record, level_db is not None),
        }
        for filename, label in labels.items():
            texts[label] = _labels(spans[filename], names, here)
        texts = {name: text for name, text in texts.items() if text}
        for name, text in texts.items():
            with atomic_path(record.path(name), follow=False) as part:
                Path(part).write_text(text, "utf-8", newline="\n")
            record.add({name: ["", file_state(record.path(name))]})
        _write_films(segments, record, report, threads, overwrite)
        columns = {FILE_COLUMN: [name if there else "" for name, there in zip(names, here)]}
        if films:
            shown = [os.path.splitext(name)[0] + FILM_ENDING for name in names]
            columns[FILM_COLUMN] = [name if name in record.made else "" for name in shown]
        write_table(table.with_columns(columns), record.path(TABLE))
        record.add({TABLE: ["", file_state(record.path(TABLE))]})
        written = [name for name, there in zip(names, here) if there]
        report.softer = sum(bool(record.made[name][SOFTER]) for name in written)
        gone = record.remove_others([*written, *filter(record.made.__contains__, named), TABLE, *texts])
        report.removed = sum(os.path.splitext(name)[1] in (*ENDINGS, FILM_ENDING) for name in gone)
    for filename, problem in report.partly:
        used.note(filename, problem)
    used.save()
    report.partly = sorted(report.partly + used.skipped(report.bad)[1])  # those of kept samples as well
    return report


def _write(
    jobs: Sequence[SampleFilesJob],
    record: Record,
    settings: object,
    names: Sequence[str],
    threads: int,
    overwrite: bool,
) -> PackReport:
    """Write the missing samples."""
    report = PackReport()
    todo = []
    for job in jobs:
        missing = tuple(
            sample for sample in job.samples
            if overwrite or not record.is_unchanged(sample.name) or record.made[sample.name][0] != sample.made_from
        )  # fmt: skip
        report.kept += len(job.samples) - len(missing)
        if missing:
            todo.append(SampleFilesJob(job.folder, job.filename, job.out, job.level_db, missing))
    for job in todo:
        for sample in job.samples:
            record.made.pop(sample.name, None)
    record.begin(settings, names)
    with bar(sum(len(job.samples) for job in todo), "samples", "sample") as progress:
        for outcome in run_many(write_sample_files, todo, threads):
            filename, count = outcome.job.filename, len(outcome.job.samples)
            if outcome.result is None:
                if outcome.is_unwritten:
                    raise WriteError(outcome.error, outcome.file)
                report.bad.append(outcome.bad(filename))
                report.unreadable += count
            else:
                _count(report, record, filename, outcome.result)
            progress.update(count)
    report.bad.sort()
    report.partly.sort()
    return report


def _segments(
    table: Table, folder: str, out: str, names: Sequence[str], spans: dict[str, dict[int, tuple[float, float]]]
) -> list[SegmentsJob]:
    """Return the segments of each film."""
    nothing = np.full(len(table), np.nan)
    shown = [table.numbers(name) if name in table.columns else nothing for name in ("vstart", "vdur")]
    jobs = []
    for filename, rows in spans.items():
        state = _state(media_path(folder, filename))
        segments = []
        for row, own in rows.items():
            start, dur = (max(float(own[n] if np.isnan(shown[n][row]) else shown[n][row]), 0.0) for n in (0, 1))
            made_from = digest([VERSION, filename, state, start, dur])
            segments.append(FilmSegment(os.path.splitext(names[row])[0] + FILM_ENDING, start, dur, made_from))
        jobs.append(SegmentsJob(folder, filename, out, tuple(segments)))
    return jobs


def _write_films(
    jobs: Sequence[SegmentsJob], record: Record, report: PackReport, threads: int, overwrite: bool
) -> None:
    """Write the segments that are not there yet."""
    todo = []
    for job in jobs:
        missing = tuple(
            segment for segment in job.segments
            if overwrite or not record.is_unchanged(segment.name) or record.made[segment.name][0] != segment.made_from
        )  # fmt: skip
        for segment in missing:
            record.made.pop(segment.name, None)
        if missing:
            todo.append(SegmentsJob(job.folder, job.filename, job.out, missing))
    known = {name for name, _ in [*report.bad, *report.partly]}
    for outcome in each(run_many(write_segments, todo, threads, ready=compile_reading), len(todo), "films"):
        filename = outcome.job.filename
        if outcome.result is None:
            if outcome.is_unwritten:
                raise WriteError(outcome.error, outcome.file)
            if filename not in known:
                report.bad.append(outcome.bad(filename))
            continue
        record.add(outcome.result.made)
        report.films += len(outcome.result.made)
        if outcome.result.problem and filename not in known:
            report.partly.append((filename, outcome.result.problem))


def _count(report: PackReport, record: Record, filename: str, written: Written) -> None:
    record.add(written.made)
    report.written += len(written.made)
    report.empty += written.empty
    report.beyond += [(filename, start) for start in written.beyond]
    if written.problem:
        report.partly.append((filename, written.problem))


def _state(path: str) -> str:
    try:
        return file_state(path)
    except OSError:
        return ""


def _instruments(
    names: Sequence[str], pitches: Sequence[float | None], here: Sequence[bool], record: Record, levelled: bool
) -> dict[str, str]:
    zones = [
        Zone(name, midi, float(str(record.made[name][LEVEL])))
        for name, midi, there in zip(names, pitches, here)
        if there
    ]
    pitched = [zone for zone in zones if zone.midi is not None]
    others = [zone for zone in zones if zone.midi is None]
    return {
        PITCHED: pitched_sfz(pitched, levelled) if pitched else "",
        UNPITCHED: unpitched_sfz(others, levelled) if others else "",
    }


def _labels(rows: dict[int, tuple[float, float]], names: Sequence[str], here: Sequence[bool]) -> str:
    """Return a track of labels as Audacity reads it: beginning and end in seconds, and the sample's name."""
    spans = sorted((start, dur, names[row]) for row, (start, dur) in rows.items() if here[row])
    return "".join(f"{start / 1000:.6f}\t{(start + dur) / 1000:.6f}\t{name}\n" for start, dur, name in spans)


def _credits(table: Table, spans: dict[str, dict[int, tuple[float, float]]], here: Sequence[bool]) -> str:
    """Return the sources of the samples that are there in Markdown, with their columns of the table."""
    told = {name: table.text(name) for name in CREDIT_COLUMNS if name in table.columns}
    lines = ["# Sources of these samples", ""]
    for filename, rows in sorted(spans.items()):
        written = [row for row in rows if here[row]]
        if not written:
            continue
        first = written[0]
        lines.append(f"- `{_line(filename)}`: {counted(len(written), 'sample')}")
        lines += [f"  - {name}: {_line(cells[first])}" for name, cells in told.items() if cells[first].strip()]
    return "\n".join(lines) + "\n"


def _line(text: str) -> str:
    """Return a text on one line, which cannot end code or a list."""
    return "".join(c if c.isprintable() and c != "`" else " " for c in text).strip()
