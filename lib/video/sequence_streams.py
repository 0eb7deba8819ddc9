"""The parts of a sequence joined: their pictures and their sound, each crossfaded into the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

import numpy as np

from lib.audio.effects import MIX_RATE, Audio
from lib.audio.reader import AudioReader
from lib.math.dither import dithered
from lib.text.titles import Picture
from lib.video.reader import VideoReader

# Frames of silence made at a time.
BLOCK = 1 << 17


@dataclass(frozen=True)
class Part:
    """A part of a sequence. film: its file ("": `stills` are shown); frames: its pictures; fade: how many of them are
    blended with the part before; gain: of its sound, heard: whether there is any."""

    film: str
    frames: int
    fade: int = 0
    stills: Picture | None = None
    gain: float = 1.0
    heard: bool = False


def begins_of(parts: Sequence[Part]) -> list[int]:
    """Return the picture with which each part begins (0: the first of the sequence), and the end of the last one."""
    begins, now = [], 0
    for part in parts:
        now -= part.fade
        begins.append(now)
        now += part.frames
    return [*begins, now]


def pictures_of(part: Part, size: tuple[int, int], fps: Fraction) -> Iterator[Picture]:
    """Yield the pictures of a part, `part.frames` of them, fitted into `size` on black.

    A film of another rate gives the picture on the screen at the middle of each.
    """
    if part.stills is not None:
        for _ in range(part.frames):
            yield part.stills
        return
    with VideoReader(part.film, fields=False) as reader:
        share = min(size[0] / reader.width, size[1] / reader.height)
        width, height = (max(round(side * share), 1) for side in (reader.width, reader.height))
        left, top = (size[0] - width) // 2, (size[1] - height) // 2
        shown = reader.frames()
        now, coming = next(shown), next(shown, None)
        drawn: Picture | None = None
        for frame in range(part.frames):
            ms = 1000 * (frame + Fraction(1, 2)) / fps
            while coming is not None and coming.ms <= ms:
                now, coming, drawn = coming, next(shown, None), None
            if drawn is None:
                drawn = np.zeros((size[1], size[0], 3), np.uint8)
                drawn[top : top + height, left : left + width] = now.picture(width, height)
            yield drawn


def joined_pictures(parts: Sequence[Part], size: tuple[int, int], fps: Fraction) -> Iterator[Picture]:
    """Yield the pictures of a sequence, one part after the other, blended where they overlap."""
    before: Iterator[Picture] = iter(())
    for n, part in enumerate(parts):
        coming = pictures_of(part, size, fps)
        for k in range(part.fade):
            share = np.float32((k + 0.5) / part.fade)
            one, two = next(before), next(coming)
            yield dithered(one * (np.float32(1) - share) + two * share)
        for _ in before:  # (only the film's closing work is left)
            pass
        after = parts[n + 1].fade if n + 1 < len(parts) else 0
        yield from islice(coming, part.frames - part.fade - after)
        before = coming


def joined_sound(parts: Sequence[Part], fps: Fraction) -> Iterator[Audio]:
    """Yield the sound of a sequence at `MIX_RATE`: float32, (frames, 2). Fades are of equal power."""
    marks = [sound_frames(begin, fps) for begin in begins_of(parts)]
    held = np.zeros((0, 2), np.float32)  # the end of the part before, faded out
    for n, part in enumerate(parts):
        last = n + 1 == len(parts)
        length = (marks[n + 1] if last else marks[n] + sound_frames(part.frames, fps)) - marks[n]
        fade_out = 0 if last else marks[n] + length - marks[n + 1]
        ending: list[Audio] = []
        place = 0
        for block in _sound(part, length):
            sound = block * np.float32(part.gain)
            if place < len(held):
                some = min(len(held) - place, len(sound))
                angle = (np.arange(place, place + some) + 0.5) / len(held) * (np.pi / 2)
                sound[:some] = sound[:some] * np.sin(angle, dtype=np.float32)[:, None] + held[place : place + some]
            own = min(max(length - fade_out - place, 0), len(sound))
            place += len(sound)
            if own:
                yield sound[:own]
            if own < len(sound):
                ending.append(sound[own:])
        tail = np.concatenate(ending) if ending else np.zeros((0, 2), np.float32)
        angle = (np.arange(len(tail)) + 0.5) / len(tail) * (np.pi / 2)
        held = tail * np.cos(angle)[:, None].astype(np.float32)


def sound_frames(pictures: int, fps: Fraction) -> int:
    """Return the number of frames of sound for a number of pictures."""
    return round(pictures * MIX_RATE / fps)


def _sound(part: Part, length: int) -> Iterator[Audio]:
    """Yield exactly `length` frames of a part's sound: cut, or continued with silence."""
    left = length
    if part.heard:
        with AudioReader(part.film, MIX_RATE, 2) as reader:
            for block in reader.blocks():
                some = block[:left]
                left -= len(some)
                if len(some):
                    yield np.array(some, np.float32)
                if not left:
                    return
    while left:
        some = np.zeros((min(left, BLOCK), 2), np.float32)
        left -= len(some)
        yield some
