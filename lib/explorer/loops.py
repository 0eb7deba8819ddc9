"""Loops: what a film shows while a sample sounds, as a few frames of VP9, larger than the pictures of the sheets.

Each is a stream of its own that begins with a keyframe: the page decodes any of them alone, and takes the keyframe as
the sample's large picture.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import Colorspace, VideoReformatter

from lib.explorer.packing import script, track_id
from lib.io.files import atomic_path

# Time from frame to frame, in ms, and the most frames: what is longer than a second is not shown to its end.
STEP_MS = 80
MOST_FRAMES = 12
# Width in pixels, and bytes of one loop at most: the first for which the page has room is taken.
LEVELS = ((288, 24_000), (288, 12_000), (192, 6_000), (144, 3_000), (96, 1_500), (96, 1_000))
LEAST_BYTES = LEVELS[-1][1]
# The rate factor of VP9 (lower: better): the first with which a loop is small enough.
QUALITIES = (34, 42, 50, 58)
# How much larger a loop is in the next better quality, at least, but for some of still pictures.
GROWTH = 1.35
# Effort of libvpx, 0 (most) to 9, and each frame from those before it alone.
ENCODING = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "auto-alt-ref": "0"}
BT709 = 1


@dataclass(frozen=True)
class LoopSize:
    """Width and height of loops in pixels, and the bytes of one at most."""

    width: int
    height: int
    most_bytes: int


def loop_size(room: float) -> LoopSize | None:
    """Return the size of loops of at most `room` bytes per sample; None: there is room for none. Loops are 4 to 3."""
    found = next(((width, most) for width, most in LEVELS if most <= room), None)
    return found and LoopSize(found[0], found[0] * 3 // 4, found[1])


def loop_times(start_ms: float, length_ms: float) -> list[float]:
    """Return the times of a loop's frames, in ms of the film: at least one."""
    count = min(max(int(length_ms // STEP_MS), 1), MOST_FRAMES)
    return [start_ms + STEP_MS * n for n in range(count)]


def encode_loop(pictures: Sequence[np.ndarray], most_bytes: int, first: int = 0) -> tuple[list[bytes], int]:
    """Return the frames of a loop as VP9, the first a keyframe, the same bytes each time; and which of the qualities
    they have.

    pictures: uint8 RGB, shape (height, width, 3), even sizes; first: the quality to begin with, such as that of the
    film's loop before. Where even the lowest quality is larger than `most_bytes`, the last frames are left out; [] if
    the first one alone is larger.
    """
    place, frames = first, _encoded(pictures, QUALITIES[first])
    while _size(frames) > most_bytes and place < len(QUALITIES) - 1:
        place += 1
        frames = _encoded(pictures, QUALITIES[place])
    while place == first > 0 or 0 < place < first:  # it was small enough at once: a better one may be, too
        better = _encoded(pictures, QUALITIES[place - 1]) if _size(frames) * GROWTH <= most_bytes else []
        if not better or _size(better) > most_bytes:
            break
        place, frames = place - 1, better
    while frames and _size(frames) > most_bytes:
        frames.pop()
    return frames, place


def _size(frames: Sequence[bytes]) -> int:
    return sum(map(len, frames))


def _encoded(pictures: Sequence[np.ndarray], quality: int) -> list[bytes]:
    height, width = pictures[0].shape[:2]
    codec = CodecContext.create("libvpx-vp9", "w")
    assert isinstance(codec, VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.time_base = Fraction(STEP_MS, 1000)
    codec.thread_count, codec.bit_rate, codec.colorspace = 1, 0, BT709
    codec.options = ENCODING | {"crf": str(quality)}
    reformatter = VideoReformatter()  # (a frame's own would be set up for each frame)
    frames: list[bytes] = []
    for n, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
        frame = reformatter.reformat(frame, format="yuv420p", dst_colorspace=Colorspace.ITU709, threads=1)
        frame.pts = n
        frames += map(bytes, codec.encode(frame))
    return frames + list(map(bytes, codec.encode(None)))


def loops_path(folder: str | Path, group: int, number: int) -> str:
    """Return the name of the script with the loops of a track's samples, in the page's data folder."""
    return os.path.join(folder, f"loops_{group:04d}_{number:02d}.js")


def write_loops(
    folder: str | Path, group: int, tracks: Sequence[int], loops: Sequence[Sequence[bytes]], most: int
) -> list[str]:
    """Write a group's loops, those of each track's samples as one script; return the files: none for tracks without.

    tracks: of each sample, its track's number; loops: of each, its frames; most: samples in a group. A script calls
    `explorerLoops(track, [[sizes of frames], ...], bytes, text)`, the text being all frames, packed.
    """
    written = []
    for number in sorted(set(tracks)):
        members = [loop for loop, track in zip(loops, tracks, strict=True) if track == number]
        if not any(members):
            continue
        data = b"".join(frame for loop in members for frame in loop)
        values = [track_id(group, number, most), [[len(frame) for frame in loop] for loop in members]]
        written.append(loops_path(folder, group, number))
        with atomic_path(written[-1], follow=False) as part:
            Path(part).write_bytes(script("explorerLoops", values, data))
    return written
