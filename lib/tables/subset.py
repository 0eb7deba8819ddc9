"""A chosen subset of a collection's samples: the best of every file, or a random few, and the best of all of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import numpy as np
import polars as pl

from lib.errors import MediaError, MissingError
from lib.io.files import atomic_path
from lib.tables.queries import NO_FILTER, NO_SORT, filter_rows, first_of_each, sort_rows
from lib.tables.query_language import Filter, Sort, is_number
from lib.tables.sample_tables import Block, each_batch, header_names, parse_lines, read_tables
from lib.tables.table import Table, concatenate, format_table, parse_table

# Without these a row does not say which sound it is.
REQUIRED = ("filename", "start", "dur")
# Random choices are the same in every run. Each file has its own, so that one does not depend on the others.
SEED = 1
# More than any file has samples.
NO_LIMIT = 1 << 62
# A longer first line is no header.
HEADER_BYTES = 1 << 16
# Lines that are held (32 MB) before all but the best are dropped.
HELD_BYTES = 32 << 20
# These compare text.
TEXT_OPERATORS = ("~=", "!~=")
# A file of samples: the place of its table in the list, and its name where a table may hold several files ("" else).
Key = tuple[int, str]


@dataclass(frozen=True)
class Choice:
    """What to take of each file, and of all.

    filter, sort: of the samples; per_file, most: limits (-1: none) for each file and in all; shuffle: take a
    random few of each file, not the first by `sort`; by_name: a table may hold the samples of several files.
    """

    filter: Filter = NO_FILTER
    sort: Sort = NO_SORT
    per_file: int = -1
    most: int = -1
    shuffle: bool = False
    by_name: bool = False

    def needed(self, by_sort: bool = True) -> list[str]:
        """Return the columns that are looked at, with those that rows are sorted by or without."""
        names = [*self.filter.columns, *(self.sort.columns if by_sort else ())]
        names += ["filename"] if self.by_name or (self.shuffle and by_sort) else []
        return list(dict.fromkeys(names))

    def words(self) -> list[str]:
        """Return the columns that are looked at as text: all their conditions must compare numbers, else."""
        compared = {c.key for c in self.filter.conditions if c.op in TEXT_OPERATORS or not is_number(c.value)}
        return ["filename", *compared]


@dataclass
class Picked:
    """What was found and taken.

    files: files with a table that could be used; samples: their rows; met: those that meet the filter; of_files: those
    within the limit per file; kept: those within the limit in all; missing: places of tables that are not there;
    problems: what is wrong with others, by place.
    """

    files: int = 0
    samples: int = 0
    met: int = 0
    of_files: int = 0
    kept: int = 0
    missing: list[int] = field(default_factory=list)
    problems: dict[int, str] = field(default_factory=dict)


@dataclass
class _Part:
    """What one batch of tables gives: `met` are the rows of each file that meet the filter, `lines` the rows taken."""

    met: dict[Key, int] = field(default_factory=dict)
    samples: int = 0
    taken: int = 0
    lines: list[tuple[int, bytes]] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    problems: dict[int, str] = field(default_factory=dict)


def _files_of(block: Block, rows: np.ndarray, by_name: bool) -> tuple[np.ndarray, list[Key]]:
    """Return the files of these rows of a block, as numbers from 0 in the order of the tables, and which they are."""
    owners = block.owners()[rows]
    if not by_name:
        return owners, [(table, "") for table in block.tables]
    pairs = pl.DataFrame({"table": owners, "name": block.frame["filename"][rows]})
    files = pairs.unique(maintain_order=True).with_row_index("file")
    numbers = pairs.join(files, on=["table", "name"], how="left", maintain_order="left")["file"]
    return numbers.to_numpy().astype(np.int64), [(block.tables[t], n) for t, n in files.select("table", "name").rows()]


def _random_few(rows: np.ndarray, groups: np.ndarray, most: np.ndarray, names: pl.Series) -> np.ndarray:
    """Return a random choice of `most` (for each group) of each group's rows, in the order of `rows`."""
    begins = np.searchsorted(groups[rows], np.arange(len(most) + 1))
    chosen = []
    for group, (first, end) in enumerate(pairwise(begins)):
        places = np.arange(first, end)
        if end - first > most[group]:
            digest = hashlib.sha256(f"{SEED} {names[int(rows[first])]}".encode("utf-8", "surrogateescape")).digest()
            random = np.random.default_rng(int.from_bytes(digest[:8], "little"))
            places = np.sort(random.choice(places, most[group], replace=False))
        chosen.append(rows[places])
    return np.concatenate(chosen) if chosen else rows


def _take(frame: pl.DataFrame, groups: np.ndarray, shares: np.ndarray, choice: Choice) -> np.ndarray:
    """Return the rows that are taken of each group: at most its share (-1: all), by the sort or at random."""
    if not choice.sort and (shares < 0).all():
        return np.arange(len(groups))
    rows = sort_rows(Table(frame), choice.sort, np.maximum(shares, 0), groups=groups)
    most = np.where(shares < 0, NO_LIMIT, shares)
    return _random_few(rows, groups, most, frame["filename"]) if choice.shuffle else first_of_each(rows, groups, most)


def _pick(
    choice: Choice, shares: int | Mapping[Key, int], union: Sequence[str] | None, batch: tuple[int, list[str]]
) -> _Part:
    """Read a batch of tables and take what is chosen; without `union` (the columns of the result) only count."""
    first, paths = batch
    read = read_tables(paths, choice.needed(by_sort=union is not None), choice.words())
    part = _Part(missing=[first + m for m in read.missing])
    part.problems = {first + place: problem for place, problem in read.problems.items()}
    for block in read.blocks:
        absent = next((c for c in (*REQUIRED, *choice.needed()) if c not in block.columns), None)
        if absent is not None:
            for table in block.tables:
                reason = f"has no column {absent!r}; its columns are: {', '.join(block.columns)}"
                part.problems.setdefault(first + table, f"its sample table {paths[table]} {reason}")
            continue
        part.samples += sum(block.counts)
        rows = np.arange(sum(block.counts))
        if choice.filter:
            rows = filter_rows(Table(block.frame), choice.filter)
        groups, keys = _files_of(block, rows, choice.by_name)
        keys = [(first + table, name) for table, name in keys]
        part.met |= zip(keys, np.bincount(groups, minlength=len(keys)).tolist())
        if union is not None:
            limits = np.array([shares if isinstance(shares, int) else shares.get(key, 0) for key in keys], np.int64)
            rows = rows[_take(block.frame[rows] if choice.needed() else block.frame, groups, limits, choice)]
            part.taken += len(rows)
            apart = choice.most > 0 or len(read.blocks) > 1
            part.lines += [(first + table, lines) for table, lines in _lines(block, rows, union, apart)]
    part.lines.sort(key=lambda placed: placed[0])
    return part


def _lines(block: Block, rows: np.ndarray, union: Sequence[str], apart: bool) -> Iterator[tuple[int, bytes]]:
    """Yield the chosen rows as lines with all columns of the result; each table's own, if they are wanted `apart`."""
    counts = np.bincount(block.owners()[rows], minlength=len(block.tables))
    ends = np.cumsum(counts)
    if list(union) != list(block.columns):
        header = format_table(Table.of({name: [] for name in block.columns}))
        empty = Table.of({name: [] for name in union})
        for table, end, count in zip(block.tables, ends.tolist(), counts.tolist()):
            own = parse_table(header + b"".join(block.lines(rows[end - count : end])))
            yield table, _body(concatenate([empty, own]))
        return
    lines = b"".join(block.lines(rows))
    if not apart or len(block.tables) == 1:
        yield block.tables[0], lines
        return
    cuts = np.concatenate([[0], np.cumsum(block.sizes(rows))])[np.concatenate([[0], ends])]
    for table, (begin, end) in zip(block.tables, pairwise(cuts.tolist())):
        yield table, lines[begin:end]


def _body(table: Table) -> bytes:
    """Return a table's lines without its header."""
    return format_table(table)[len(format_table(table.take([]))) :]


def even_shares(counts: Sequence[int], most: int, exact: bool) -> list[int]:
    """Return how many to take from each of files that have `counts`, so that there are `most` in all, evenly.

    Every file gives the same number, one that has fewer all it has, and the others make up for it. If that does not
    come out even, some files all over the list give one more (`exact`), or all do (the best are chosen afterwards).
    """
    if sum(counts) <= most:
        return list(counts)
    low, high = 0, most
    while low < high:  # the largest level that does not give more than is wanted
        level = (low + high + 1) // 2
        low, high = (level, high) if sum(min(c, level) for c in counts) <= most else (low, level - 1)
    left = most - sum(min(c, low) for c in counts)
    if not exact:
        return [min(c, low + (left > 0)) for c in counts]
    shares = [min(c, low) for c in counts]
    more = [n for n, c in enumerate(counts) if c > low]
    for n in range(left):
        shares[more[n * len(more) // left]] += 1
    return shares


def union_of_columns(paths: Sequence[str]) -> list[str]:
    """Return the columns of all sample tables, in the order in which they are met; other tables are passed over."""
    columns: dict[str, None] = {}
    known: set[bytes] = set()
    for path in paths:
        try:
            with open(path, "rb") as file:
                line = file.readline(HEADER_BYTES)
        except OSError:
            continue
        if line not in known:
            known.add(line)
            names = header_names(line)
            columns |= dict.fromkeys(names if set(REQUIRED) <= set(names) else [])
    return list(columns)


def pick_samples(paths: Sequence[str], choice: Choice, threads: int, out: str = "") -> Picked:
    """Take the chosen samples of these tables and write them to `out` (without it they are only counted).

    Each file gives at most `choice.per_file`; of these at most `choice.most` are kept, the first by `choice.sort`.
    With `most` and no `per_file` each file gives an even share (see even_shares). Memory is bounded by what is kept.
    Raises MediaError if a query cannot be read, no table can be used, or no sample is left (`out` is then as it was).
    """
    choice.needed()
    union = union_of_columns(paths)
    if choice.most > 0 and choice.per_file < 0:
        parts = _even_parts(paths, choice, threads, union)
    else:
        parts = each_batch(partial(_pick, choice, choice.per_file, union), paths, threads, "choosing")
    done = Picked()
    if not out:
        for _ in _counting(parts, done, len(paths)):
            pass
        done.kept = min(done.of_files, choice.most) if choice.most > 0 else done.of_files
    else:
        header = format_table(Table.of({name: [] for name in union}))
        with atomic_path(out) as temporary, open(temporary, "wb") as file:
            file.write(header)
            lines = _counting(parts, done, len(paths))
            file.writelines(lines if choice.most < 0 else _best(lines, done, choice, header))
        done.kept = done.of_files if choice.most < 0 else min(done.of_files, choice.most)
    return done


def _even_parts(paths: Sequence[str], choice: Choice, threads: int, union: Sequence[str]) -> Iterator[_Part]:
    """Yield what is taken of the tables if each file gives an even share."""
    if not choice.sort or choice.by_name:
        counts: dict[Key, int] = {}
        for part in each_batch(partial(_pick, choice, -1, None), paths, threads, "counting"):
            counts |= part.met
        shares = dict(zip(counts, even_shares(list(counts.values()), choice.most, exact=not choice.sort)))
        yield from each_batch(partial(_pick, choice, shares, union), paths, threads, "choosing")
        return
    # By a sort, all files that have enough give as many: mostly the limit divided by the files. So that is taken while
    # they are counted; if it is too little, the files that have more are read once more.
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


def _counting(parts: Iterator[_Part], done: Picked, tables: int) -> Iterator[bytes]:
    """Yield the lines of each part, and note in `done` what they were made from."""
    for part in parts:
        done.files += len(part.met)
        done.samples += part.samples
        done.met += sum(part.met.values())
        done.of_files += part.taken
        done.missing += part.missing
        done.problems |= part.problems
        yield from (lines for _, lines in part.lines)
    if not done.of_files:
        raise _why_nothing(done, tables)


def _why_nothing(done: Picked, tables: int) -> MediaError:
    read = tables - len(done.missing) - len(done.problems)
    if done.samples:
        count = max(done.files, read)
        return MediaError(f"no sample is left: none of {done.samples} samples of {count} files meets the filter")
    if read:
        return MediaError(f"no sample is left: the tables of all {read} files are empty")
    if done.problems:
        return MediaError(f"no sample table can be used; the first: {done.problems[min(done.problems)]}")
    return MissingError(f"none of the {len(done.missing)} sample tables is there")


def _best(parts: Iterator[bytes], done: Picked, choice: Choice, header: bytes) -> Iterator[bytes]:
    """Yield the lines of the first rows by the sort, of all files; without one as they come, or at random."""
    random = choice.shuffle and not choice.sort
    # The best of the best so far and of what follows are the best of all, unless a fraction of all is to be dropped.
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
    yield from block.lines(sort_rows(Table(block.frame), choice.sort, choice.most)[: choice.most])
