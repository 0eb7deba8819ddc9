"""Weights of the terms of similarity, as text (`timbre=1&pitch=2`), quick to import."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass

from lib.errors import MediaError

TERMS = ("timbre", "pitch", "loudness", "dur")
USUAL_WEIGHTS = "timbre=1&pitch=2&loudness=0.5&dur=0.5"


@dataclass(frozen=True)
class Weights:
    """The weight of each term of a distance, 0 or more, at least one of them positive; text: as they were written."""

    timbre: float = 0.0
    pitch: float = 0.0
    loudness: float = 0.0
    dur: float = 0.0
    text: str = ""


def parse_weights(query: str) -> Weights:
    """Read weights such as `timbre=1&pitch=2`; terms left out have weight 0.

    Raises MediaError that quotes the part that cannot be read, or if all of them are 0.
    """
    found: dict[str, float] = {}
    for part in query.split("&"):
        name, _, number = (word.strip() for word in part.partition("="))
        if name not in TERMS:
            near = difflib.get_close_matches(name, TERMS, 1)
            meant = f" (did you mean {near[0]}?)" if near else ""
            raise MediaError(f"{part!r}: write NAME=NUMBER with a name of {', '.join(TERMS)}, joined by &{meant}")
        if name in found:
            raise MediaError(f"{query!r}: {name} occurs twice")
        found[name] = _number(number, part)
    if not any(found.values()):
        raise MediaError(f"{query!r}: all weights are 0: give a positive one, such as timbre=1")
    return Weights(**found, text=query)


def _number(word: str, part: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise MediaError(f"{part!r}: a weight is a number, 0 or more, such as 0.5")
    return value
