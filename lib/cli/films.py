"""The flags of scripts that make films: rate, codec, loudness, preview."""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path

from lib import EVERYTHING
from lib.cli.parser import WHOLE_FILES, Parser, UsageError
from lib.cli.ranges import real_between
from lib.io.user_cache import cache_folder

CODECS = ("h264", "h264_444", "h264_10", "prores", "ffv1")
# Those of lib.video.scenes, which is imported when it is needed.
DETECTORS = ("adaptive", "mean")
# Extensions of films that can hold codecs other than H.264.
HOLDERS = {"prores": (".mov", ".mkv"), "ffv1": (".mkv",)}
# A preview: the divisor of each side, pictures per second, and its quality (of lib.video.writer).
PREVIEW_PART, PREVIEW_FPS, PREVIEW = 4, 12, "preview"
MOST_FPS = 1000

loudness = real_between(-70.0, 10.0)


def rate(word: str) -> Fraction:
    """Read pictures per second: an integer, or a fraction such as 30000/1001."""
    try:
        number = Fraction(word)
    except (ValueError, ZeroDivisionError):
        number = Fraction(0)
    if not 0 < number <= MOST_FPS:
        raise argparse.ArgumentTypeError(f"{word}: give pictures per second, such as 24, 23.976 or 30000/1001")
    return number


def add_detector(parser: Parser) -> None:
    """Add `-detector`, of cuts."""
    parser.flag(
        "detector", DETECTORS[0], "cut detector: adaptive, or mean (that of the first versions)", choices=DETECTORS
    )


def kept_cuts(detector: str) -> str:
    """Return what an interrupted search for cuts keeps: parts of films, if there is a folder of the user for them."""
    return EVERYTHING if detector == DETECTORS[0] and cache_folder() is not None else WHOLE_FILES


def add_codec(parser: Parser) -> None:
    """Add `-codec`."""
    codec = "codec: h264, h264_444 (full colour), h264_10 (10 bits), prores (.mov, .mkv) or ffv1 (.mkv)"
    parser.flag("codec", "h264", codec, choices=CODECS)


def add_lufs(parser: Parser) -> None:
    """Add `-lufs`."""
    lufs = "loudness of the whole in LUFS, such as -14, with true peaks of -1 dBTP at most; if omitted: unchanged"
    parser.flag("lufs", None, lufs, kind=loudness)


def check_codec(codec: str, film: str) -> None:
    """Raise UsageError if a film of this name cannot hold this codec."""
    ending = Path(film).suffix.lower()
    if ending not in HOLDERS.get(codec, (ending,)):
        raise UsageError("codec", f"{codec} goes into {' or '.join(HOLDERS[codec])}, not into {ending}")


def preview_size(width: int, height: int) -> tuple[int, int]:
    """Return the size of a preview's pictures: even numbers."""
    small = [max(side // PREVIEW_PART // 2 * 2, 2) for side in (width, height)]
    return small[0], small[1]
