"""A chosen subset of a collection's samples: the best, or random ones, of every file, and the best of all of these."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import polars as pl

from lib.errors import MediaError, MissingColumnError, MissingError
from lib.io.files import atomic_path
from lib.io.formats import counted
from lib.tables.blocks import Block, parse_lines
from lib.tables.choice import SEED, Choice, even_shares, random_few
from lib.tables.dialects import Dialect, header_line
from lib.tables.queries import NoNumberError, filter_rows, first_of_each, sort_rows
from lib.tables.query_language import Filter
from lib.tables.sample_tables import each_batch, read_tables
from lib.tables.spelling import meant_by
from lib.tables.table import Table, read_filled
from lib.tables.translation import common_dialect, translate
from lib.tables.union import REQUIRED, Owners, SharedFilesError, join, lines_of, union_of_columns

# More than any file has samples.
NO_LIMIT = 1 << 62
# Bytes of lines held before all but the best are dropped (32 MB).
HELD_BYTES = 32 << 20
# A file of samples: the index of its table in the list, and its name if a table may hold several files (else "").
Key = tuple[int, str]


@dataclass
class SubsetReport:
    """The samples found and taken.

    files: files with a usable table; samples: their rows; met: those that meet the filter; of_files: those within the
    limit per file; kept: those within the limit in all; twice: rows that several tables have, counted once above;
    missing: indices of missing tables; problems: of others, by index; lacks: of those without a needed column, the
    error; dialects: of the tables; decimals: columns with decimal commas.
    """

    files: int = 0
    samples: int = 0
    met: int = 0
    of_files: int = 0
    kept: int = 0
    twice: int = 0
    missing: list[int] = field(default_factory=list)
    problems: dict[int, str] = field(default_factory=dict)
    lacks: dict[int, MissingColumnError] = field(default_factory=dict)
    dialects: set[Dialect] = field(default_factory=set)
    decimals: set[str] = field(default_factory=set)


@dataclass
class _Part:
    """The result of one batch of tables: `met` are the rows of each file that meet the filter, `lines` the rows taken.

    The others as in `SubsetReport`.
    """

    met: dict[Key, int] = field(default_factory=dict)
    samples: int = 0
    taken: int = 0
    lines: list[tuple[int, bytes]] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    problems: dict[int, str] = field(default_factory=dict)
    lacks: dict[int, MissingColumnError] = field(default_factory=dict)
    dialects: set[Dialect] = field(default_factory=set)
    decimals: set[str] = field(default_factory=set)


def _files_of(block: Block, by_name: bool) -> tuple[np.ndarray, list[Key]]:
    """Return the files of the rows of a block, as numbers from 0 in the order of the tables, and their keys."""
    owners = block.owners()
    if not by_name:
        return owners, [(table, "") for table in block.tables]
    pairs = pl.DataFrame({"table": owners, "name": block.frame["filename"]})
    files = pairs.unique(maintain_order=True).with_row_index("file")
    numbers = pairs.join(files, on=["table", "name"], how="left", maintain_order="left")["file"]
    return numbers.to_numpy().astype(np.int64), [(block.tables[t], n) for t, n in files.select("table", "name").rows()]


def _of_table(error: NoNumberError, block: Block, row: int, paths: Sequence[str]) -> MediaError:
    """Return an error about a cell in a row of a block as one that names its table, and the line in that."""
    owners = block.owners()
    owner = int(owners[row])
    path = paths[block.tables[owner]]
    own = int((owners[:row] == owner).sum())
    return MediaError(f"line {read_filled(path).line(own)}: {error.what}", path)


def _filtered(block: Block, wanted: Filter, paths: Sequence[str]) -> np.ndarray:
    """Return the rows of a block that meet the filter; errors name the table of the cell, and the line in it."""
    try:
        return filter_rows(Table(block.frame), wanted, groups=block.owners())
    except NoNumberError as error:
        raise _of_table(error, block, error.row, paths) from error


def _take(frame: pl.DataFrame, groups: np.ndarray, shares: np.ndarray, choice: Choice) -> np.ndarray:
    """Return the rows that are taken of each group: at most its share (-1: all), by the sort or at random."""
    if not choice.sort and (shares < 0).all():
        return np.arange(len(groups))
    rows = sort_rows(Table(frame), choice.sort, np.maximum(shares, 0), groups=groups)
    most = np.where(shares < 0, NO_LIMIT, shares)
    return random_few(rows, groups, most, frame["filename"]) if choice.shuffle else first_of_each(rows, groups, most)


def _pick(
    choice: Choice, shares: int | Mapping[Key, int], union: Sequence[str] | None, batch: tuple[int, list[str]]
) -> _Part:
    """Read a batch of tables and take what is chosen; without `union` (the columns of the result) only count."""
    first, paths = batch
    read = read_tables(paths, choice.needed(by_sort=union is not None), choice.words())
    part = _Part(missing=[first + m for m in read.missing], dialects=read.dialects, decimals=read.decimals)
    part.problems = {first + place: problem for place, problem in read.problems.items()}
    for block in read.blocks:
        absent = next((c for c in (*REQUIRED, *choice.needed()) if c not in block.columns), None)
        if absent is not None:
            for table in block.tables:
                meant = meant_by(absent, block.columns)
                reason = f"has no column {absent!r}{meant}; its columns are: {', '.join(block.columns)}"
                part.problems.setdefault(first + table, f"its sample table {paths[table]} {reason}")
                lacking = MissingColumnError(reason, paths[table], "" if meant else absent, tuple(block.columns))
                part.lacks.setdefault(first + table, lacking)
            continue
        part.samples += sum(block.counts)
        rows = np.arange(sum(block.counts))
        groups, keys = _files_of(block, choice.by_name)
        if choice.filter:
            rows = _filtered(block, choice.filter, paths)
            groups = groups[rows]
        keys = [(first + table, name) for table, name in keys]
        part.met |= zip(keys, np.bincount(groups, minlength=len(keys)).tolist())
        if union is not None:
            limits = np.array([shares if isinstance(shares, int) else shares.get(key, 0) for key in keys], np.int64)
            try:
                rows = rows[_take(block.frame[rows] if choice.needed() else block.frame, groups, limits, choice)]
            except NoNumberError as error:
                raise _of_table(error, block, int(rows[error.row]), paths) from error
            part.taken += len(rows)
            apart = choice.most > 0 or len(read.blocks) > 1 or list(block.tables) != sorted(block.tables)
            part.lines += [(first + table, lines) for table, lines in lines_of(block, rows, union, apart)]
    part.lines.sort(key=lambda placed: placed[0])
    return part


def pick_samples(paths: Sequence[str], choice: Choice, threads: int, out: str = "") -> SubsetReport:
    """Take the chosen samples of these tables and write them to `out` ("": they are only counted).

    Each file gives at most `choice.per_file`; of these at most `choice.most` are kept, the first by `choice.sort`.
    With `most` and no `per_file` each file gives an even share (see even_shares). Memory is bounded by what is kept.
    The result has the dialect of the tables, if it is common to them, else it is plain CSV. Raises MediaError if no
    table can be used, or no sample is left (`out` is then unchanged).
    """
    union = union_of_columns(paths)
    done = SubsetReport()
    try:
        _choose(paths, union, choice, threads, out, done, choice.by_name)
    except SharedFilesError as shared:  # rare, and known only now: read again, a file's samples in one table
        again = SubsetReport()
        with tempfile.TemporaryDirectory() as folder:
            joined = os.path.join(folder, "joined.csv")
            mine = [paths[table] for table in shared.tables]
            again.twice = join(mine, union, choice.needed(), choice.words(), threads, joined)
            others = [joined if n == shared.tables[0] else path for n, path in enumerate(paths)]
            gone = set(shared.tables[1:])
            _choose([path for n, path in enumerate(others) if n not in gone], union, choice, threads, out, again, False)
        done = replace(again, missing=done.missing, problems=done.problems, lacks=done.lacks)
    return done


def _choose(
    paths: Sequence[str], union: Sequence[str], choice: Choice, threads: int, out: str, done: SubsetReport, alone: bool
) -> None:
    """Do `pick_samples`, and report in `done`. alone: SharedFilesError if a file has samples in several tables."""
    if choice.most > 0 and choice.per_file < 0:
        parts = _even_parts(paths, choice, threads, union)
    else:
        parts = each_batch(partial(_pick, choice, choice.per_file, union), paths, threads, "choosing")
    if not out:
        for _ in _counting(parts, done, paths, choice, alone):
            pass
        done.kept = min(done.of_files, choice.most) if choice.most > 0 else done.of_files
    else:
        header = header_line(union).encode()
        with atomic_path(out) as temporary:
            with open(temporary, "wb") as file:
                file.write(header)
                lines = _counting(parts, done, paths, choice, alone)
                file.writelines(lines if choice.most < 0 else _best(lines, done, choice, header))
            translate(temporary, union, common_dialect(done.dialects, len(paths)), done.decimals)
        done.kept = done.of_files if choice.most < 0 else min(done.of_files, choice.most)


def _even_parts(paths: Sequence[str], choice: Choice, threads: int, union: Sequence[str]) -> Iterator[_Part]:
    """Yield what is taken from the tables if each file gives an even share."""
    if not choice.sort or choice.by_name:
        counts: dict[Key, int] = {}
        for part in each_batch(partial(_pick, choice, -1, None), paths, threads, "counting"):
            counts |= part.met
        shares = dict(zip(counts, even_shares(list(counts.values()), choice.most, exact=not choice.sort)))
        yield from each_batch(partial(_pick, choice, shares, union), paths, threads, "choosing")
        return
    # With a sort, all files that have enough give the same number: mostly the limit divided by the files. So that many
    # are taken while they are counted; if it is too few, the files that have more are read again.
    share = -(-choice.most // max(sum(map(os.path.exists, paths)), 1))
    parts = list(each_batch(partial(_pick, choice, share, union), paths, threads, "choosing"))
    met = {key: count for part in parts for key, count in part.met.items()}
    level = max(even_shares(list(met.values()), choice.most, exact=False), default=0)
    again = [table for (table, _), count in met.items() if share < min(count, level)]
    more: dict[int, bytes] = {}
    for part in each_batch(partial(_pick, choice, level, union), [paths[t] for t in again], threads, "choosing"):
        more |= {again[place]: lines for place, lines in part.lines}
    for part in parts:
        part.lines = [(table, more.get(table, lines)) for table, lines in part.lines]
        part.taken = sum(min(count, max(level, share)) for count in part.met.values())
        yield part


def _counting(
    parts: Iterator[_Part], done: SubsetReport, paths: Sequence[str], choice: Choice, alone: bool
) -> Iterator[bytes]:
    """Yield the lines of each part, and count in `done` what they were made from; alone: see `_choose`."""
    seen: set[int | str] = set()
    owners = Owners()
    for part in parts:
        for table, name in part.met if alone else ():
            owners.add(table, name)
        seen |= {name or table for table, name in part.met}
        done.files = len(seen)
        done.samples += part.samples
        done.met += sum(part.met.values())
        done.of_files += part.taken
        done.missing += part.missing
        done.problems |= part.problems
        done.lacks |= part.lacks
        done.dialects |= part.dialects
        done.decimals |= part.decimals
        yield from (lines for _, lines in part.lines)
    owners.check()
    if not done.of_files:
        raise _why_nothing(done, paths, choice)


def _why_nothing(done: SubsetReport, paths: Sequence[str], choice: Choice) -> MediaError:
    read = len(paths) - len(done.missing) - len(done.problems)
    samples = f"{counted(done.samples, 'sample')} of {counted(max(done.files, read), 'file')}"
    if done.met:
        return MediaError(f"no sample is left: the sort {choice.sort.text} keeps none of {samples}")
    if done.samples:
        return MediaError(f"no sample is left: none of {samples} meets the filter {choice.filter.text}")
    if read:
        reason = f"no sample is left: {counted(read, 'table')} without a row"
        return MediaError(reason, paths[0] if len(paths) == 1 else "")
    if done.problems:
        first = min(done.problems)
        if first in done.lacks:
            return done.lacks[first]
        return MediaError(f"no sample table can be used; the first: {done.problems[first]}")
    return MissingError(f"none of the {counted(len(done.missing), 'sample table')} is there")


def _best(parts: Iterator[bytes], done: SubsetReport, choice: Choice, header: bytes) -> Iterator[bytes]:
    """Yield the lines of the first rows by the sort, of all files; without one in their order, or at random."""
    random = choice.shuffle and not choice.sort
    # The best of the best so far and of the rest are the best of all, unless a fraction of all is to be dropped.
    prunable = not random and all(key.keep == 1 for key in choice.sort.keys)
    held: list[bytes] = []
    size = 0
    for lines in parts:
        held.append(lines)
        size += len(lines)
        if prunable and size > HELD_BYTES:
            held = list(_first(held, choice, header))
            size = 0
    if not random:
        yield from _first(held, choice, header)
        return
    block = parse_lines(header, held, ())
    order = np.random.default_rng(SEED).permutation(block.counts[0])[: choice.most]
    yield from block.lines(np.sort(order))


def _first(held: list[bytes], choice: Choice, header: bytes) -> Iterator[bytes]:
    block = parse_lines(header, held, choice.sort.columns)
    try:
        order = sort_rows(Table(block.frame), choice.sort, choice.most)
    except NoNumberError as error:  # all cells of one file's samples are words
        names = parse_lines(header, held, REQUIRED, REQUIRED).frame["filename"]
        raise MediaError(f"a sample of {names[error.row]!r}: {error.what}") from error
    yield from block.lines(order[: choice.most])
