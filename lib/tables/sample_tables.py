"""The sample tables of a collection: thousands of small CSV files, read by column and many at a time.

Tables with the same header are joined and parsed together, so that the cost is that of the bytes and not of the files.
Threads share the work: the parser (polars) releases Python's lock.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import polars as pl

from lib.io.files import media_path, open_regular
from lib.io.names import fitting_name
from lib.io.progress import bar
from lib.parallel.jobs import worker_count
from lib.parallel.threads import run_threads
from lib.tables.blocks import Block, block_of
from lib.tables.dialects import BOM, PLAIN, Dialect
from lib.tables.plain_csv import Raw, in_plain_csv, is_text

# Bytes of tables per batch: enough for the cost of a call not to matter, few enough to bound memory.
BATCH_BYTES = 4 << 20
NEWLINE, COMMA = 10, 44
# The C library returns freed blocks of megabytes to the system, and gets them back page by page for the next batch,
# which takes a fifth of the time. One larger block, freed at once and never written to, makes it keep them.
LARGEST_BLOCK = 31 << 20
Result = TypeVar("Result")


@dataclass
class Read:
    """The tables read as blocks, the missing ones, and the problems of others, by index in the list.

    dialects: those of the tables; decimals: the columns that had decimal commas in one of them.
    """

    blocks: list[Block] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    problems: dict[int, str] = field(default_factory=dict)
    dialects: set[Dialect] = field(default_factory=set)
    decimals: set[str] = field(default_factory=set)


@dataclass
class _Group:
    """Tables with one header line: their indices, their rows as plain CSV or cells, and the number of each."""

    tables: list[int] = field(default_factory=list)
    bodies: list[bytes | pl.DataFrame] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)


def table_path(folder: str, filename: str) -> str:
    """Return the path of the sample table of a media file. Raises MediaError for a name that leaves the folder."""
    return fitting_name(f"{media_path(folder, filename)}.csv")


def read_tables(paths: Sequence[str], columns: Sequence[str] = (), text: Sequence[str] = ()) -> Read:
    """Read those of `columns` that the sample tables have; the columns of `text` are never turned into numbers.

    A table that is cut off in its last line is read up to there, and listed in `problems`, as are those that are empty
    or unreadable, and those with ambiguous numbers in a requested column.
    """
    read = Read()
    groups: dict[bytes, _Group] = {}
    others = []
    for place, path in enumerate(paths):
        try:
            with open_regular(path) as file:
                data = file.read()
        except FileNotFoundError:
            read.missing.append(place)
            continue
        except OSError as error:
            read.problems[place] = f"its sample table {path} cannot be read ({error.strerror})"
            continue
        rows = _plain_rows(data)
        if rows is None:
            others.append(Raw(place, path, data))
            continue
        header = data[: data.find(b"\n") + 1]
        group = groups.setdefault(header, _Group())
        group.tables.append(place)
        group.bodies.append(memoryview(data)[len(header) :])  # type: ignore[arg-type]
        group.counts.append(rows)
        read.dialects.add(PLAIN)
    plain = in_plain_csv(others, set(columns) - set(text))
    read.problems |= plain.problems
    read.dialects |= plain.dialects
    read.decimals |= plain.decimals
    for header, tables, counts, body in plain.groups:
        group = groups.setdefault(header, _Group())
        group.tables += tables
        group.counts += counts
        group.bodies.append(body)
    for header, group in groups.items():
        read.blocks.append(block_of(header, group.bodies, group.tables, group.counts, columns, text))
    return read


def _plain_rows(data: bytes) -> int | None:
    """Return the number of rows of a table in which every comma and line break separates; None for others."""
    if not data.endswith(b"\n") or b'"' in data or b"\r" in data or b"\0" in data or data.startswith(BOM):
        return None
    line = data[: data.find(b"\n")]
    header = line.split(b",")
    if len(header) < 2 or len(set(header)) < len(header) or not header[-1] or not is_text(data):
        return None
    if b";" in line or b"\t" in line or line[:4].lower() == b"sep=":
        return None
    if b"\n" + b"," * (len(header) - 1) + b"\n" in data:  # a row of empty cells
        return None
    if data.find(line + b"\n", len(line)) > 0:  # the header again
        return None
    codes = np.frombuffer(data, np.uint8)
    lines = int(np.count_nonzero(codes == NEWLINE))
    # Blank lines, and lines with too few or too many cells, do not add up.
    return lines - 1 if int(np.count_nonzero(codes == COMMA)) == lines * (len(header) - 1) else None


def batches(paths: Sequence[str]) -> list[tuple[int, list[str]]]:
    """Return the tables in runs of some BATCH_BYTES: (place of the first, paths)."""
    runs: list[tuple[int, list[str]]] = []
    held = 0
    for place, path in enumerate(paths):
        try:
            size = os.stat(path).st_size
        except OSError:
            size = 0
        if not runs or held + size > BATCH_BYTES:
            runs.append((place, []))
            held = 0
        runs[-1][1].append(path)
        held += size
    return runs


def each_batch(
    function: Callable[[tuple[int, list[str]]], Result], paths: Sequence[str], threads: int, label: str
) -> Iterator[Result]:
    """Yield `function` of each batch of tables, in order, computed by `threads` workers (-1: all cores)."""
    bytearray(LARGEST_BLOCK)
    jobs = batches(paths)
    held: dict[int, Result] = {}
    stop = threading.Event()
    coming = 0
    with bar(len(paths), label, "table") as progress:
        for outcome in run_threads(function, jobs, worker_count(threads), stop, fatal=(Exception,)):
            assert outcome.result is not None
            held[outcome.index] = outcome.result
            progress.update(len(outcome.job[1]))
            while coming in held:
                yield held.pop(coming)
                coming += 1
