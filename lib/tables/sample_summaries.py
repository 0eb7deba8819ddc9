"""Summaries of media files' sample tables in the manifest: the number of samples, and their medians."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from lib.errors import MediaError
from lib.io.files import check_outputs
from lib.io.presence import check_there
from lib.tables.blocks import Block
from lib.tables.decimals import no_number
from lib.tables.inputs import says_silent
from lib.tables.kinds import words_of
from lib.tables.sample_tables import each_batch, read_tables, table_path
from lib.tables.table import Table, as_numbers, read_filled, write_table

COUNT_COLUMN = "samples"
# The columns that are summarised, and the names of their medians.
MEDIANS = {"power": "medianPower", "hz": "medianHz", "clarity": "medianClarity", "dur": "medianDur"}
NONE = "-1"
# A column of every table of samples.
LENGTH_COLUMN = "dur"


@dataclass
class SampleFeaturesReport:
    """What became of a manifest: its rows, the files with a sample table, samples in total, for each median the
    rows whose tables lack its column, and (name, reason) of the tables that are bad or missing, and of those with
    cells that are not numbers.
    """

    rows: int = 0
    files: int = 0
    samples: int = 0
    lacking: dict[str, int] = field(default_factory=dict)
    bad: list[tuple[str, str]] = field(default_factory=list)
    partly: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class _Part:
    """Sums of some tables: rows (-1: unreadable) and medians (NaN: none) of each, shapes (n,) and (n, 4).

    words: of tables with a cell that is not a number, the first one.
    """

    counts: np.ndarray
    medians: np.ndarray
    lacking: np.ndarray
    missing: list[int]
    problems: dict[int, str]
    words: dict[int, str] = field(default_factory=dict)


def _words(block: Block, numbers: Sequence[pl.Series], paths: Sequence[str]) -> dict[int, str]:
    """Return the first cell that is a word of each table that has one: the table's index among `paths` -> message."""
    found: dict[int, str] = {}
    for cells, values in zip(block.frame, numbers):
        if cells.dtype != pl.String:
            continue
        rows = (values.is_null() & (cells != "")).arg_true()
        words = pl.Series(rows).filter(~pl.select(no_number(cells.gather(rows))).to_series())
        for owner in np.unique(block.owners()[words.to_numpy()]).tolist():
            path = paths[block.tables[owner]]
            with suppress(MediaError):  # it is cut off, and already among the problems
                table = read_filled(path)
                row = int(words_of(table, cells.name)[0])
                what = f"{cells.name} is {table.frame[cells.name][row]!r}, not a number"
                found.setdefault(block.tables[owner], f"line {table.line(row)} of {path}: {what}")
    return found


def _sum_up(batch: tuple[int, list[str]]) -> _Part:
    first, paths = batch
    read = read_tables(paths, tuple(MEDIANS))
    shape = (len(paths), len(MEDIANS))
    part = _Part(np.full(len(paths), -1), np.full(shape, np.nan), np.zeros(shape, bool), [], {})
    part.missing = [first + place for place in read.missing]
    part.problems = {first + place: problem for place, problem in read.problems.items()}
    for block in read.blocks:
        tables = np.asarray(block.tables)
        part.counts[tables] = block.counts
        present = [name in block.columns for name in MEDIANS]
        if block.columns:
            part.lacking[tables] = ~np.array(present)
        if block.columns and LENGTH_COLUMN not in block.columns:
            for table in block.tables:
                reason = f"has no column {LENGTH_COLUMN!r}; its columns are: {', '.join(block.columns)}"
                part.problems.setdefault(first + table, f"its sample table {paths[table]} {reason}")
        if not any(present):
            continue
        numbers = [c if c.dtype == pl.Float64 else as_numbers(c) for c in block.frame]
        part.words |= {first + table: what for table, what in _words(block, numbers, paths).items()}
        owners = pl.Series("table", block.owners())
        found = pl.DataFrame(numbers).with_columns(owners).group_by(owners.name).agg(pl.all().median())
        places = tables[found[owners.name].to_numpy()]
        for column, name in enumerate(MEDIANS):
            if present[column]:
                part.medians[places, column] = found[name].fill_null(float("nan")).to_numpy()
    return part


def _table_paths(manifest: Table, folder: str) -> tuple[list[str], dict[str, int], list[tuple[str, str]]]:
    """Return the sample tables, the index of each filename's among them, and the rows without a file."""
    paths: list[str] = []
    places: dict[str, int] = {}
    bad = []
    for row, name in enumerate(manifest.text("filename")):
        if name in places:
            continue
        try:
            path = table_path(folder, name)
        except MediaError as error:
            bad.append((name or f"line {manifest.line(row)}", error.reason))
            continue
        places[name] = len(paths)
        paths.append(path)
    return paths, places, bad


def add_sample_features(path: str, folder: str, out: str, threads: int) -> SampleFeaturesReport:
    """Write `samples` and the medians of MEDIANS (two decimals) of each row's sample table into a manifest.

    path: the manifest, a CSV table with a column `filename`; folder: that of the tables, each `FILENAME.csv`; out: the
    table to write. No sample table: all -1; an empty one: samples 0, medians -1; a column missing: its median -1.
    Raises MediaError if the manifest cannot be used, or none of the tables is in the folder.
    """
    manifest = read_filled(path)
    names = manifest.text("filename")
    if not names:
        raise MediaError("the table has no rows", path)
    silent = dict(zip(names, says_silent(manifest)))
    check_there(folder, [name for name in names if not silent[name]], tables=True)
    paths, places, bad = _table_paths(manifest, folder)
    check_outputs([out], paths)
    parts = list(each_batch(_sum_up, paths, threads, "sample tables"))
    missing = {place for part in parts for place in part.missing}
    problems = {place: problem for part in parts for place, problem in part.problems.items()}
    counts = np.concatenate([*(part.counts for part in parts), [-1]])
    medians = np.concatenate([*(part.medians for part in parts), np.full((1, len(MEDIANS)), np.nan)])
    # The last index is that of rows without a table.
    rows = np.array([places.get(name, len(paths)) for name in names])
    columns = {COUNT_COLUMN: [str(count) for count in counts[rows].tolist()]}
    for column, title in enumerate(MEDIANS.values()):
        columns[title] = [NONE if np.isnan(value) else f"{value:.2f}" for value in medians[rows, column].tolist()]
    write_table(manifest.with_columns(columns), out)

    absent = [name for name in places if not silent[name] and places[name] in missing]
    bad += [(name, f"has no sample table in {folder}") for name in absent]
    bad += [(name, problems[place]) for name, place in places.items() if place in problems]
    words = {place: what for part in parts for place, what in part.words.items()}
    partly = [(name, words[place]) for name, place in places.items() if place in words]
    files, samples = int((counts >= 0).sum()), int(counts[counts > 0].sum())
    done = SampleFeaturesReport(len(names), files, samples, bad=bad, partly=partly)
    lacking = np.concatenate([*(part.lacking for part in parts), np.zeros((1, len(MEDIANS)), bool)])[rows].sum(axis=0)
    done.lacking = {title: int(n) for title, n in zip(MEDIANS.values(), lacking) if n}
    return done
