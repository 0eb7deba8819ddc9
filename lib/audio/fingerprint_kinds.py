"""Names of the kinds of fingerprint, quick to import, for command lines; and other sources of vectors."""

from __future__ import annotations

from lib.errors import MediaError

TIMBRE, MFCC, COURSE = "timbre", "mfcc", "course"
# Extension of a file of external vectors.
VECTORS_ENDING = ".npz"


def check_kind(words: str) -> str:
    """Return the source of fingerprints: a kind, a file of vectors, or columns joined by commas.

    Raises MediaError if it is none of these.
    """
    if not words.strip() or not all(name.strip() for name in words.split(",")):
        raise MediaError(
            f"{words!r}: give timbre, mfcc, course, a file .npz, or columns joined by commas (power,hz,clarity)"
        )
    return words
