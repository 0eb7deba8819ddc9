"""Whether a media file is complete: the promises of its header against its content.

Most demuxers of ffmpeg take the end of the file for the end of the sound, whatever length the header announced.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import av
import av.container
from av.stream import Stream

from lib.audio.riff import read_header
from lib.errors import MediaError
from lib.io.chunks import break_in
from lib.io.ebml import broken_blocks
from lib.io.ends import is_cut
from lib.io.ffmpeg import codec_name, open_media, packets
from lib.io.files import open_regular
from lib.io.ogg_sums import damaged_pages

# Containers whose header tells the number of samples, so that the stream's duration is a promise.
EXACT = frozenset(("flac", "aiff", "au", "tta", "wv", "ape"))
# A loss up to this length (s) may be rounding, or the padding of a codec.
LEAST_LOSS = 0.1
XING_BYTES = 4096
# Samples of an mp3's frames that may be padding: those of encoders, and half as many again.
PADDING = 2646


@dataclass(frozen=True)
class Promise:
    """The length promised by a file's header: seconds (None: nothing certain), and whether bytes of it are missing.

    damage: what its own checksums or its structure report ("": nothing, or it has none).
    """

    seconds: float | None = None
    is_cut: bool = False
    damage: str = ""


def promise_of(path: str, container: av.container.InputContainer, stream: Stream) -> Promise:
    """Return what the header of an open file promises for one of its streams."""
    names = set(container.format.name.split(","))
    wave = read_header(path)
    if wave is not None:
        cut = wave.is_stated and wave.end > os.path.getsize(path)
        return Promise(wave.seconds if cut or wave.is_plain else None, cut)
    seconds = None
    own = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
    whole = container.duration / av.time_base if container.duration else None
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if names & EXACT:  # (of an aiff, only without compression: else its number is of samples, or of blocks)
                seconds = own if "aiff" not in names or codec_name(stream).startswith("pcm_") else None
            elif "mp3" in names:
                seconds = _counted_seconds(file, stream)
                seconds = own if own and seconds and abs(own - seconds) < LEAST_LOSS else seconds
            cut = is_cut(file, size, names)
            damage = _damage_of_ogg(file) if "ogg" in names else ""
    except (OSError, struct.error):
        return Promise()
    if cut and names & {"mov", "matroska"}:
        seconds = own or whole
    return Promise(seconds, cut, damage)


def with_structure(path: str, promise: Promise) -> Promise:
    """Return the promise of a file that was read to its end, with damage to its structure that ffmpeg passes over."""
    try:
        broken = None if promise.is_cut else broken_blocks(path)
        place = break_in(path) if broken is None and not promise.is_cut else None
    except (OSError, ValueError):
        return promise
    if broken is not None:
        damage = f"broken blocks after {brief(broken.after)} s"
        return replace(promise, seconds=promise.seconds or broken.seconds, damage=damage)
    return promise if place is None else replace(promise, damage=f"broken chunks{_after(path, place)}")


def _after(path: str, place: int) -> str:
    """Return words about the time of the last packet before a byte of a file."""
    seconds = 0.0
    try:
        with open_media(path) as container:
            for packet in packets(container, [s for s in container.streams if s.type in ("audio", "video")]):
                if packet.pos is not None and packet.pos >= place:
                    break
                stamp = packet.dts if packet.pts is None else packet.pts
                seconds = max(seconds, float((stamp or 0) * (packet.time_base or 0)))
    except (MediaError, av.error.FFmpegError, OSError):
        return ""
    return f" after {brief(seconds)} s"


def _damage_of_ogg(file: BinaryIO) -> str:
    """Return a line about the damaged pages of an ogg file ("": none)."""
    bad, good = damaged_pages(file)
    return f"pages with a wrong checksum (correct ones: {good})" if bad and good else ""


def _counted_seconds(file: BinaryIO, stream: Stream) -> float | None:
    """Return the length of an mp3 by its first frame, if that counts the others (Xing, Info, VBRI); else None.

    (ffmpeg's duration is that of the whole file where others were joined to it.)
    """
    file.seek(0)
    head = file.read(10)
    place = 0
    while head[:3] == b"ID3" and len(head) == 10:  # tags may follow each other; a footer is as long as the header
        size = 0
        for byte in head[6:]:
            size = size << 7 | byte & 127
        place += 10 + size + (10 if head[5] & 0x10 else 0)
        file.seek(place)
        head = file.read(10)
    head += file.read(XING_BYTES)
    codec: Any = stream.codec_context
    for name, place in ((b"Xing", 8), (b"Info", 8), (b"VBRI", 14)):
        found = head.find(name)
        if found >= 0 and (name == b"VBRI" or head[found + 7 : found + 8].rjust(1, b"\0")[0] & 1):
            count = int.from_bytes(head[found + place : found + place + 4], "big")
            rate, length = codec.sample_rate, codec.frame_size or 1152
            return max(count * length - PADDING, 0) / rate if rate else None
    return None


def problem_of(damage: Sequence[tuple[float, str]], promise: Promise, seconds: float, why: str | None) -> str:
    """Return on one line what was wrong with the part of a file that was read; "": nothing.

    damage: (time in s of the sound after it, reason); seconds: where the part that was read ends; why: what failed at
    the end, after which there is nothing ("": nothing did); None: it was not read to its end.
    """
    if why and promise.seconds and not promise.is_cut and abs(promise.seconds - seconds) <= LEAST_LOSS:
        why = ""  # all of it was read: the rest is not sound
    whole = promise.seconds if promise.seconds and promise.seconds > seconds + LEAST_LOSS else None
    if why or (why is not None and (whole or promise.is_cut)):
        of = f" of {brief(whole)}" if whole else ""
        return f"read up to {brief(seconds)} s{of}: {why or promise.damage or 'the file is cut off there'}"
    if damage:
        more = len(damage) - 1
        places = f" and in {more} more place{'s' * (more > 1)}" if more else ""
        return f"damaged at {brief(damage[0][0])} s{places}, and read after that: {damage[0][1]}"
    return f"damaged: {promise.damage}" if why is not None and promise.damage else ""


def brief(seconds: float) -> str:
    """Return seconds with two decimals at most."""
    return f"{seconds:.2f}".rstrip("0").rstrip(".")
