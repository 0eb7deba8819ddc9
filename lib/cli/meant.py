"""What a word of the command line that cannot be read probably means: the end of a message."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection

# Dashes that web pages and word processors make of the one before a flag or a number.
OTHER_DASHES = "‐‑‒–—−"
# Quotation marks that programs put around a name that is copied from them.
QUOTES = "\"'“”„‘’«»"
# How other programs are asked for help.
HELP = ("help", "?", "h")
# Units that numbers are given in, which need not be written.
_UNIT = re.compile("(ms|db|hz|px)$", re.IGNORECASE)


def flag_meant(word: str, flags: Collection[str]) -> str:
    """Return the end of a message about an unknown word that probably is one of these flags, or ""."""
    dashed = word[0] in "-" + OTHER_DASHES
    name = re.split("[=:]", word.lstrip(f"-/{OTHER_DASHES}"))[0]
    found = [flag for flag in flags if flag.casefold() == name.casefold()]
    if not found and name.casefold() in HELP:
        found = ["h"]
    if not found and dashed:
        begins = [flag for flag in flags if len(flag) > 1 and name.startswith(flag)]
        found = difflib.get_close_matches(name, flags, 1) or sorted(begins, key=len)[-1:]
    dash = f" Its dash is {word[0]!r}" if word[0] in OTHER_DASHES else ""
    return f": did you mean -{found[0]}?{dash}" if found else ""


def number_meant(word: str, read: Callable[[str], float]) -> str:
    """Return the end of a message about a word that is not a number: 0,5 is 0.5, and 80ms is 80; or "".

    read: reads a number of the wanted kind, or raises ValueError.
    """
    plain = _UNIT.sub("", re.sub(f"^[{OTHER_DASHES}]", "-", word.strip())).strip()
    plain = plain.replace(",", ".") if plain.count(",") == 1 and "." not in plain else plain
    try:
        read(plain)
    except ValueError:
        return ""
    return f": did you mean {plain}?"
