"""Chapters of a film: times and titles, as ffmpeg takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

# Shorter chapters are joined to the previous one: players cannot jump to them.
SHORTEST_MS = 500.0


class Chapter(NamedTuple):
    """When a chapter begins, in ms, and its title."""

    ms: float
    title: str


def within(chapters: Sequence[Chapter], begin_ms: float, length_ms: float) -> list[Chapter]:
    """Return the chapters of an excerpt, with times in it: rising, the first at 0, none shorter than `SHORTEST_MS`.

    The part before the first of them belongs to it. An excerpt begins within the chapter at its start.
    """
    found: list[Chapter] = []
    for ms, title in sorted(chapters, key=lambda chapter: chapter.ms):
        at = max(ms - begin_ms, 0.0)
        if at > max(length_ms - SHORTEST_MS, 0.0):
            break
        if found and at - found[-1].ms < SHORTEST_MS:
            if at > 0.0:
                continue
            found.pop()
        found.append(Chapter(at if found else 0.0, title))
    return found


def metadata(chapters: Sequence[Chapter], length_ms: float) -> str:
    """Return the chapters as ffmpeg's metadata file (https://ffmpeg.org/ffmpeg-formats.html#Metadata-2)."""
    ends = [chapter.ms for chapter in chapters[1:]] + [length_ms]
    lines = [";FFMETADATA1"]
    for (ms, title), end in zip(chapters, ends):
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={round(ms)}", f"END={round(end)}", f"title={_escaped(title)}"]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """Return a text on one line, with the special characters of such files escaped."""
    text = "".join(c if c.isprintable() else " " for c in text)
    return "".join(f"\\{c}" if c in "=;#\\" else c for c in text)
