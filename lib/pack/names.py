"""Names of samples as files: they describe the sample, and every system allows them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath

# Bytes of a part of a name, at most: file systems allow 255 for the whole.
PART_BYTES = 60
LEAST_DIGITS = 4
# Letters and digits of any script stay, and characters that no shell, sampler or Windows treats specially.
_UNSAFE = re.compile(r"[^\w#+-]+")


def safe_part(text: str, most: int = PART_BYTES) -> str:
    """Return a text as part of a file's name: without blanks, dots, separators and characters that Windows forbids."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    part = _UNSAFE.sub("-", unicodedata.normalize("NFC", plain)).strip("-_")
    return part.encode("utf-8", "ignore")[:most].decode("utf-8", "ignore").strip("-_")


def sample_name(number: int, count: int, filename: str, note: str, dur_ms: float, label: str, ending: str) -> str:
    """Return a sample's name, such as `0042_film_C#4_120ms_kick.wav`.

    number: its place, from 1, of `count`; it distinguishes names that are otherwise equal, ignoring case. note, label:
    "" leaves them out.
    """
    place = str(number).zfill(max(LEAST_DIGITS, len(str(count))))
    stem = PurePosixPath(filename.replace("\\", "/")).stem
    parts = [place, safe_part(stem), safe_part(note), f"{dur_ms:.0f}ms", safe_part(label)]
    return "_".join(part for part in parts if part) + ending


def unlike(names: Sequence[str], ending: str) -> list[str]:
    """Return a file name for each of some paths; equal ones, ignoring case, get a number."""
    taken: set[str] = set()
    found = []
    for name in names:
        stem = safe_part(name) or "source"
        number, now = 1, stem
        while now.casefold() in taken:
            number += 1
            now = f"{stem}-{number}"
        taken.add(now.casefold())
        found.append(f"source-{now}{ending}")
    return found
