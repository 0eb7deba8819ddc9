"""The flags that all compositions share. Only the standard library is imported here, so that `-h` answers at once."""

from __future__ import annotations

import argparse

from lib import cli
from lib.errors import MediaError

FITS = ("fill", "contain", "warp")
QUALITIES = ("low", "medium", "high")
MOST_HALVINGS = 10
"""How often a beat is halved at most: a thousandth of it is more than can be told apart."""
LARGEST_GAP = 0.99
"""A part of a cell's width: with more, there are no clips to be seen."""


halvings = cli.between(0, MOST_HALVINGS)
gap = cli.real_between(0, LARGEST_GAP)
fraction = cli.real_between(0, 1)


def one_of(choices: tuple[str, ...]):  # type: ignore[no-untyped-def]
    """Return a reader of one of these words."""

    def read(word: str) -> str:
        if word not in choices:
            raise argparse.ArgumentTypeError(f"{word}: give one of {', '.join(choices)}")
        return word

    return read


def pair(word: str, flag: str, low: float = 0.0, high: float = float("inf")) -> tuple[float, float]:
    """Return the two numbers of a flag such as `0.25,1.0`. Raises MediaError that names the flag."""
    try:
        first, second = (cli.real(part) for part in word.split(","))
    except (ValueError, argparse.ArgumentTypeError):
        raise MediaError(f"-{flag} {word}: give two numbers joined by a comma, such as 0.25,1.0") from None
    if not (low <= first <= high and low <= second <= high):
        limits = f"from {low:g} to {high:g}" if high < float("inf") else f"that are {low:g} or more"
        raise MediaError(f"-{flag} {word}: give numbers {limits}")
    return first, second


def add_grids(p: cli.Parser, whole: str, first: str, last: str) -> None:
    """Add `-grid`, `-grid0`, `-grid1` with these defaults."""
    p.flag("grid", whole, "size of the table's grid, columns x rows")
    p.flag("grid0", first, "how much of it fills the picture at the beginning")
    p.flag("grid1", last, "how much of it fills the picture at the end")


FILM = "film to write (.mp4, .mov or .mkv); its sound goes beside it as .mp3"


def add_common(p: cli.Parser, out: str = FILM) -> None:
    """Add the flags that all compositions share. `out`: what -out is."""
    p.flag("in", "tmp/samples.csv", "table of samples with filename, start, dur and gridX, gridY")
    p.flag("dir", "media/sample/", "folder that the table's filenames are relative to")
    p.flag("out", "output/sample.mp4", out)
    p.flag("outframe", "tmp/sample/frame.%s.png", 'pictures to write, %s: the number; "": none, straight to the film')
    p.flag("width", 1920, "width of the picture in pixels", kind=cli.positive)
    p.flag("height", 1080, "height of the picture in pixels", kind=cli.positive)
    p.flag("fps", 24, "pictures per second", kind=cli.positive)
    p.flag("ss", -1.0, "begin this many seconds into the piece (an excerpt)", kind=cli.real)
    p.flag("sd", -1.0, "end after this many seconds of it (an excerpt)", kind=cli.real)
    p.flag("frame", -1, "make only this picture (1, 2, ...)", kind=cli.whole_number)
    p.flag("frange", "1,0", "make only the pictures from A to B (0: the last)")
    p.flag("quality", "high", "of the film: low, medium or high", kind=one_of(QUALITIES))
    p.flag("db", 0.0, "gain of the whole sound in dB", kind=cli.real)
    p.flag("mdb", -16, "loudness that every sample is brought to, in dBFS (RMS), in pieces that level", kind=int)
    p.flag("maxdb", -16, "loudness that louder samples are brought down to, in dBFS (RMS), in the others", kind=int)
    p.flag("rvb", 80, "reverberation, from 0 (none) to 100", kind=cli.between(0, 100))
    p.flag("maxa", -1, "at most this many clips are heard in the piece (-1: as many as the piece has)", kind=int)
    p.flag("keep", -1, "of those, always this many innermost ones", kind=int)
    p.switch("inva", "choose those that are heard from the edge rather than from the middle")
    p.flag("margin", 0.06666666667, "gap between cells, as a part of a cell's width", kind=gap)
    p.flag("brightr", "0.33,1.0", "brightness of a clip at rest, and of one that plays")
    p.flag("rmode", "fill", "how films fill their cells: fill, contain or warp", kind=one_of(FITS))
    p.flag("mcd", 1200, "shortest time in ms that a clip shows that it plays", kind=cli.not_negative)
    p.flag("noise", 0.0, "jitter of positions in pixels", kind=cli.at_least_0)
    p.flag(
        "fa",
        1.0,
        "below 1: the picture before, times 1 - FA, lies beneath each picture (trails)",
        kind=fraction,
    )
    p.flag("io", 0, "offset in ms of where clips are in their video at the beginning", kind=int)
    p.flag("pad0", 1000, "ms before the first clip plays", kind=cli.not_negative)
    p.flag("pad1", 3000, "ms after the last one", kind=cli.not_negative)
    p.flag("rand", 1, "seed of all that is random", kind=cli.not_negative)
    p.switch("ao", "make the sound only")
    p.switch("vo", "make the pictures only: a film without sound")
    p.switch("probe", "only print how long it would be")
    p.switch("debug", "coloured boxes instead of films")
    p.switch("cache", "keep the clips' pictures in the cache folder, for the next run")
    p.flag("cd", "tmp/cache/", "cache folder")
    p.flag("ckey", "sample", "name of the cache")
    p.switch("recalc", "work out the largest size of every clip anew")
    p.switch("verifyc", "look through the cache for damage")
    cli.add_overwrite(p, "make sound, pictures and caches anew, even if they are there")
    p.flag("precision", 3, "accepted for old command lines; no effect", kind=int)
    p.flag("alphar", "0.33,1.0", "accepted for old command lines; no effect")
    cli.add_threads(p, 1)
    cli.add_cluster(p)
