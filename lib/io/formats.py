"""Numbers and tables as text for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: counted(1, "file") is "1 file", counted(2000, "class") is "2,000 classes"."""
    plural = "" if number == 1 else "es" if noun.endswith(("s", "ch")) else "s"
    return f"{number:,} {noun}{plural}"


def each_counted(counts: Mapping[str, int]) -> list[str]:
    """Return parts of a line: each number that is not 0, with what it counts: {"of length 0": 3} is "3 of length 0"."""
    return [f"{count:,} {what}" for what, count in counts.items() if count]


def moment(file: str, start_ms: float) -> str:
    """Return a place in a file as text."""
    return f"{file} at {start_ms:.10g} ms"


def after_the_end(places: Sequence[tuple[str, float]]) -> str:
    """Return a part of a line: how many samples, (file, start in ms), begin after the end of their file ("": none)."""
    if not places:
        return ""
    return f"{len(places):,} that begin after the end of their file (the first: {moment(*places[0])})"


def hours(seconds: float) -> str:
    """Return a length of time in seconds (0 or more) as h:mm:ss, rounded to a second: 3723.4 is 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def aligned(rows: list[list[str]]) -> list[str]:
    """Return rows of cells as lines in columns: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = []
    for first, *others in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:]))]
        lines.append("  ".join(cells).rstrip())
    return lines
