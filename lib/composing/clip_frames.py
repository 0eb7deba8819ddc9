"""The frames of all clips of a composition: the one that a clip shows at a time, and the size in which it is drawn."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numba import njit

from lib.composing.frame_file import LATE_MS, FilmFrames
from lib.composing.mipmaps import level_sizes
from lib.composing.rasterizer import DrawList


class ClipFrames:
    """The frames of all clips of a composition, from all files of the store, ready to be drawn.

    Clip n of the composition is clip `places[n][1]` of `films[places[n][0]]`; None: it has no pictures.
    """

    def __init__(self, films: Sequence[FilmFrames], places: Sequence[tuple[int, int] | None], fit: str) -> None:
        self._films, self._fit = list(films), fit
        self.pixels, bases = _one_array([film.data for film in films])
        starts = [np.concatenate([[0], np.cumsum(film.counts)]).astype(np.int64) for film in films]
        ms, offsets = [np.zeros(0)], [np.zeros(0, np.int64)]
        counts, sizes, aspects = [], [], []
        for place in places:
            if place is None:
                counts.append(0)
                sizes.append((1, 1))
                aspects.append(1.0)
                continue
            film, clip = films[place[0]], place[1]
            part = slice(starts[place[0]][clip], starts[place[0]][clip + 1])
            ms.append(film.ms[part])
            offsets.append(film.offsets[part] + bases[place[0]])
            counts.append(int(film.counts[clip]))
            sizes.append((int(film.sizes[clip, 0]), int(film.sizes[clip, 1])))
            aspects.append(film.aspect)
        self.counts = np.array(counts, np.int64)
        self._first = np.concatenate([[0], np.cumsum(self.counts)[:-1]]).astype(np.int64) if counts else self.counts
        self._offsets = np.concatenate(offsets)
        self._ms = np.concatenate(ms)
        self._aspects = np.array(aspects)
        self._level_offsets, self._level_sizes = _levels(sizes)

    def draws(
        self, clips: npt.NDArray[np.int64], ms: npt.NDArray[np.float64], box: Sequence[npt.NDArray[np.float64]],
        settings: Sequence[npt.NDArray[np.float64]],
    ) -> DrawList:  # fmt: skip
        """Return the draw list of clips (numbers, shape (k,), all with pictures).

        ms: the time in each clip, from 0; box: x, y, width, height of their cells; look: alpha, brightness, rotation
        (degrees), blur.
        """
        x, y, width, height = box
        if self._fit == "contain":
            aspect = self._aspects[clips]
            inner_width = np.minimum(width, height * aspect)
            inner_height = np.minimum(height, width / aspect)
            x, y = x + (width - inner_width) / 2, y + (height - inner_height) / 2
            width, height = inner_width, inner_height
        offset, columns, rows = (np.empty(len(clips), np.int64) for _ in range(3))
        times = self._first, self.counts, self._ms, self._offsets
        levels = self._level_offsets, self._level_sizes
        _choose(clips, ms, width, height, settings[3], *times, *levels, offset, columns, rows)
        return DrawList(offset, columns, rows, x, y, width, height, *settings)


@njit(cache=True, nogil=True, error_model="numpy")
def _choose(  # type: ignore[no-untyped-def]
    clips, ms, width, height, blur, first, counts, times, offsets, level_offsets, level_sizes, offset, columns, rows
):
    """Set, for each clip, where its picture begins, and its size: the frame at `ms`, at the mipmap level that fits."""
    for n in range(clips.size):
        clip = clips[n]
        frame, end = first[clip], first[clip] + counts[clip]
        while end - frame > 1:
            middle = (frame + end) // 2
            if times[middle] <= ms[n] + LATE_MS:
                frame = middle
            else:
                end = middle
        # The smallest level that still has a pixel for every pixel of the screen.
        share = (1.0 - 1e-9) / (1.0 + 2.0 * blur[n])
        wide, high, level = width[n] * share, height[n] * share, 0
        while level + 1 < level_sizes.shape[1]:
            if level_sizes[clip, level + 1, 0] < wide or level_sizes[clip, level + 1, 1] < high:
                break
            level += 1
        offset[n] = offsets[frame] + level_offsets[clip, level]
        columns[n], rows[n] = level_sizes[clip, level, 0], level_sizes[clip, level, 1]


def _levels(sizes: Sequence[tuple[int, int]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return where the levels of each clip begin, (clips, levels), and their sizes, (clips, levels, 2); 0: no such."""
    known = {size: level_sizes(*size) for size in set(sizes)}
    most = max((len(levels) for levels in known.values()), default=1)
    table = {}
    for size, levels in known.items():
        padded = np.zeros((most, 2), np.int64)
        padded[: len(levels)] = levels
        table[size] = padded
    all_sizes = np.array([table[size] for size in sizes], np.int64).reshape(len(sizes), most, 2)
    lengths = all_sizes[:, :, 0] * all_sizes[:, :, 1] * 3
    return np.cumsum(lengths, axis=1) - lengths, all_sizes


def _one_array(parts: Sequence[npt.NDArray[np.uint8]]) -> tuple[npt.NDArray[np.uint8], list[int]]:
    """Return one array that covers all of the parts in memory, and where in it each begins.

    A compiled kernel takes one array, and the parts are mapped files: copying them together would double what is read.
    The memory between the parts is not ours and must not be touched. The parts must be kept alive.
    """
    addresses = [part.ctypes.data for part in parts if part.size]
    if not addresses:
        return np.zeros(1, np.uint8), [0] * len(parts)
    low = min(addresses)
    high = max(part.ctypes.data + part.size for part in parts if part.size)
    reach = np.ctypeslib.as_array((ctypes.c_uint8 * (high - low)).from_address(low))
    return reach, [part.ctypes.data - low if part.size else 0 for part in parts]
