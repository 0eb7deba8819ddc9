#!/usr/bin/env python3
"""Read and write hostile tables in the dialects of spreadsheets: `python -m tests.stress.tables [-seed N] [-count N]`.

Each table is written in a dialect that was drawn, read, written back, and sent through the stages that read tables by
themselves and many at a time; what comes out is compared with what Python's csv reads after the file was decoded. Then
it is damaged (cut off, bytes changed), and has to be read or refused in one line. Exits with 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import get_sample_features
import samples_subset
import stats_totals
from lib.errors import MediaError
from lib.tables.table import read_table, write_table
from tests.support.spreadsheets import Writing, number_of, random_samples, random_text, random_writing

COUNT, TOGETHER, DAMAGED = 200, 8, 5
MEDIANS = ("medianPower", "medianHz", "medianDur")


def run(stage: Callable[[Sequence[str]], int], *words: str) -> tuple[int, str, str]:
    """Return the status of a stage and what it printed, on stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = stage(words)
    return status, out.getvalue(), err.getvalue()


def alone(random: Random, writing: Writing, rows: list[list[str]], path: Path) -> Iterator[str]:
    """Yield what is wrong with one table that is read, written back, filtered, and summed up."""
    table = read_table(path)
    if table.columns != rows[0]:
        yield f"columns {table.columns}, not {rows[0]}"
        return
    for place, name in enumerate(rows[0]):
        cells = [row[place] for row in rows[1:]]
        if writing.comma and name in ("power", "hz"):
            cells = [cell.replace(",", ".") for cell in cells]
        if table.text(name) != cells:
            yield f"{name} is {table.text(name)}, not {cells}"
    back = path.with_name("back.csv")
    write_table(table, back)
    if writing.rows_of(back.read_bytes()) != rows:
        yield f"written back as {back.read_bytes()!r}"
    limit = f"{random.uniform(0, 9):.2f}"
    wanted = [row for row in rows[1:] if (number_of(row[3]) or 0) > float(limit) and row[6] != rows[-1][6]]
    chosen = path.with_name("chosen.csv")
    chosen.unlink(missing_ok=True)
    word = rows[-1][6].replace('"', '""')
    status, _, err = run(
        samples_subset.main, "-in", str(path), "-ffilter", f'power>{limit}&title!="{word}"', "-out", str(chosen)
    )
    if status != (0 if wanted else 1) or (wanted and same(writing, chosen.read_bytes()) != same_rows(wanted, rows)):
        yield f"filtered by power>{limit}: status {status} {err} {chosen.exists() and chosen.read_bytes()!r}"
    status, out, err = run(stats_totals.main, "-in", str(path), "-props", "power", "-filter", "")
    positive = [number for row in rows[1:] if (number := number_of(row[3])) is not None and number > 0]
    if status or f"{len(positive)}" not in out.splitlines()[-1].split():
        yield f"totals: status {status}, {out}{err}, of {positive}"


def same(writing: Writing, data: bytes) -> list[list[str]]:
    return [[_value(cell) for cell in row] for row in writing.rows_of(data)]


def same_rows(wanted: list[list[str]], rows: list[list[str]]) -> list[list[str]]:
    return [[_value(cell) for cell in row] for row in [rows[0], *wanted]]


def _value(cell: str) -> str:
    """Return a cell, without the 0 that a comma before three decimals may have been given."""
    return cell.rstrip("0") if "," in cell and number_of(cell) is not None else cell


def together(random: Random, tables: list[tuple[Writing, list[list[str]]]], folder: Path) -> Iterator[str]:
    """Yield what is wrong with the medians of several tables in a manifest that has a dialect of its own."""
    writing = random_writing(random)
    rows = [["filename", "title"], *([table[1][0], random_text(random)] for _, table in tables)]
    manifest = folder / "films.csv"
    manifest.write_bytes(writing.bytes_of(rows))
    status, out, err = run(get_sample_features.main, "-in", str(manifest), "-dir", str(folder))
    if status:
        yield f"status {status}: {out}{err}"
        return
    found = writing.rows_of(manifest.read_bytes())
    if [row[:2] for row in found] != rows:
        yield f"the manifest is {found}, not {rows} with columns added"
    for row, (_, table) in zip(found[1:], tables):
        cells = dict(zip(found[0], row))
        for name, place in zip(MEDIANS, (3, 4, 2)):
            numbers = [number for cell in table[1:] if (number := number_of(cell[place])) is not None]
            got = number_of(cells[name])
            if got is None or abs(got - statistics.median(numbers)) > 0.00501:
                yield f"{name} of {table[1][0]} is {cells[name]}, of {numbers}"
        if (writing.separator == ";") != ("," in cells["medianDur"]):
            yield f"medianDur is {cells['medianDur']} in a table with {writing.separator!r}"


def damaged(random: Random, data: bytes, path: Path) -> Iterator[str]:
    """Yield what is wrong with how a damaged table is read: it has rows, or one line says why not."""
    for _ in range(DAMAGED):
        bad = bytearray(data[: random.randrange(len(data))] if random.random() < 0.5 else data)
        for _ in range(random.choice([0, 1, 3])):
            if bad:
                bad[random.randrange(len(bad))] = random.choice(b'"\n\r;,\0\xff a\t')
        path.write_bytes(bad)
        try:
            table = read_table(path)
            again = path.with_name("again.csv")
            write_table(table, again)
            if not read_table(again).frame.equals(table.frame):
                yield f"damaged: {bytes(bad)!r} is written as {again.read_bytes()!r}"
        except MediaError:
            pass
        status, _, err = run(samples_subset.main, "-in", str(path), "-out", str(path.with_name("chosen.csv")))
        if status not in (0, 1) or "bug" in err or (status == 1 and not err.strip()) or err.count("\n") > 2:
            yield f"damaged: {bytes(bad)!r}: samples_subset.py ends with {status}: {err}"


def wrong_with(seed: int, count: int) -> list[str]:
    """Return what is wrong with `count` tables that are drawn from a seed."""
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for first in range(0, count, TOGETHER):
            tables = []
            for number in range(first, min(first + TOGETHER, count)):
                random = Random(f"{seed} {number}")
                writing = random_writing(random)
                rows = random_samples(random, writing, f"box {first}/a, b {number}.wav")
                path = folder / f"{rows[1][0]}.csv"
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(writing.bytes_of(rows))
                tables.append((writing, rows))
                (folder / "alone").mkdir(exist_ok=True)
                one = folder / "alone" / f"{number}.csv"
                one.write_bytes(path.read_bytes())
                try:
                    wrong += [f"{number} {writing}: {what}" for what in alone(random, writing, rows, one)]
                    wrong += [f"{number}: {what}" for what in damaged(random, path.read_bytes(), one)]
                except Exception as error:
                    wrong.append(f"{number} {writing}: {type(error).__name__}: {error}")
            try:
                wrong += [f"{first}: {what}" for what in together(Random(f"{seed} {first}"), tables, folder)]
            except Exception as error:
                wrong.append(f"{first}: {type(error).__name__}: {error}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-seed", type=int, default=1)
    parser.add_argument("-count", type=int, default=COUNT)
    args = parser.parse_args()
    os.chdir(ROOT)
    wrong = wrong_with(args.seed, args.count)
    print("\n".join(wrong) or f"{args.count} tables, each damaged in {DAMAGED} ways: all in order")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
