"""The names of the kinds of fingerprint, quick to import, for command lines; and where else vectors may come from."""

from __future__ import annotations

from lib.errors import MediaError

TIMBRE, MFCC = "timbre", "mfcc"
# Of a file of vectors from elsewhere.
VECTORS_ENDING = ".npz"


def check_kind(words: str) -> str:
    """Return what says where fingerprints come from: a kind, a file of vectors, or columns joined by commas.

    Raises MediaError if it is none of these.
    """
    if not words.strip() or not all(name.strip() for name in words.split(",")):
        raise MediaError(f"{words!r}: give timbre, mfcc, a file .npz, or columns joined by commas (power,hz,clarity)")
    return words
