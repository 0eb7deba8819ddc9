"""Tables as spreadsheets and programs write them, and an independent reading of them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from random import Random

PIECES = ('"', '""', ",", ";", "\t", "\n", "\r\n", "\r", " ", "'", "=1+1", "007", "1e5", "1,5", "#", "\\", "%s", "&",
          "\N{BIRD}", "e\u0301", "\u0e01", "\u05d0", "\u2028", "\x85", "|", "<b>", "sep=;", "nan")  # fmt: skip
NOTES = ("C", "C#", "Bb", "-", "")
SAMPLE_NAMES = ("filename", "start", "dur", "power", "hz", "note", "title")


@dataclass(frozen=True)
class Writing:
    """How a table is written: what csv needs to know, and what it does not."""

    separator: str = ","
    ending: str = "\n"
    encoding: str = "utf-8"
    mark: bool = False
    named: bool = False
    trailing: int = 0
    comma: bool = False
    quote_all: bool = False
    ended: bool = True

    def bytes_of(self, rows: list[list[str]]) -> bytes:
        """Return rows, the header first, as the bytes of a file."""
        lines = [f"sep={self.separator}"] if self.named else []
        for row in rows:
            lines.append(self.separator.join(map(self._cell, row + [""] * self.trailing)))
        text = self.ending.join(lines) + (self.ending if self.ended else "")
        return (("\ufeff" if self.mark else "") + text).encode(self.encoding)

    def _cell(self, cell: str) -> str:
        quoted = self.quote_all or any(c in cell for c in (self.separator, '"', "\r", "\n"))
        return '"' + cell.replace('"', '""') + '"' if quoted else cell

    def rows_of(self, data: bytes) -> list[list[str]]:
        """Return the rows of a file that should be written so, read by Python's csv after it was decoded."""
        text = data.decode(self.encoding)
        assert text.startswith("\ufeff") == self.mark
        text = text.removeprefix("\ufeff")
        first = f"sep={self.separator}{self.ending}"
        assert text.startswith(first) == self.named
        text = text.removeprefix(first) if self.named else text
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=self.separator) if row]
        assert not any(any(row[len(row) - self.trailing :]) for row in rows)
        return [row[: len(row) - self.trailing] for row in rows]


def random_writing(random: Random) -> Writing:
    """Return a dialect: most often one of those that spreadsheets write."""
    separator = random.choice(",,;;\t")
    encoding = random.choice(["utf-8", "utf-8", "utf-8", "utf-16-le", "utf-16-be"])
    return Writing(
        separator=separator,
        ending=random.choice(["\n", "\r\n", "\r\n", "\r"]),
        encoding=encoding,
        mark=encoding != "utf-8" or random.random() < 0.4,
        named=random.random() < 0.2,
        trailing=random.choice([0, 0, 0, 1, 3]),
        comma=random.random() < (0.7 if separator == ";" else 0.2),
        quote_all=random.random() < 0.2,
        ended=random.random() < 0.8,
    )


def random_text(random: Random) -> str:
    """Return a cell of text: a word among what means something to readers of CSV."""
    pieces = [random.choice(PIECES) for _ in range(random.randrange(5))]
    return "".join([*pieces[:2], random.choice(["word", "Rock & Roll", "a"]), *pieces[2:]])


def random_samples(random: Random, writing: Writing, filename: str) -> list[list[str]]:
    """Return a table of samples, its header first; every number of `power` and `hz` can mean one thing only."""

    def number(high: float) -> str:
        text = f"{random.uniform(0, high):.{random.choice([1, 2, 2, 4])}f}"
        return text.replace(".", ",") if writing.comma else text

    rows = [list(SAMPLE_NAMES)]
    for n in range(random.randrange(1, 9)):
        power = number(9) if random.random() < 0.9 else random.choice(["", "NaN", "NA", "#DIV/0!"])
        hz = number(2000) if random.random() < 0.8 else random.choice(["-1", "440"])
        times = [str(100 * n), str(random.randrange(80, 1000))]
        rows.append([filename, *times, power, hz, random.choice(NOTES), random_text(random)])
    rows[1][3:5] = [number(9), number(9)]
    return rows


def number_of(cell: str) -> float | None:
    """Return the number in a cell with a decimal point or comma, None where there is none."""
    try:
        value = float(cell.replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None
