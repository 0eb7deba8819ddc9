"""The dissimilarity of pictures after one is moved to where it fits the other best: a pan changes all and moves it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Places = npt.NDArray[np.intp]

# Pictures are moved by at most this share of their width and height.
ACROSS, DOWN = 0.42, 0.36


def unlike_moved(pictures: Floats, noise: Floats, one: Places, two: Places) -> Floats:
    """Return the dissimilarity of pairs of pictures where they fit best: 1 - their correlation where they overlap.

    pictures: float, shape (n, rows, columns), the mean of each about 0; noise: the variance that is not structure,
    shape (n,); one, two: indices of the pairs. The correlations of all shifts at once are products of spectra.
    """
    if not len(one):
        return np.zeros(0, np.float32)
    used, pairs = np.unique(np.concatenate([one, two]), return_inverse=True)
    one, two = pairs[: len(one)], pairs[len(one) :]
    pictures, noise = pictures[used].astype(np.float32), noise[used]
    rows, columns = pictures.shape[1:]
    down = np.arange(-int(DOWN * rows), int(DOWN * rows) + 1)
    across = np.arange(-int(ACROSS * columns), int(ACROSS * columns) + 1)
    size = (_quick(rows + down[-1]), _quick(columns + across[-1]))
    spectra = np.fft.rfft2(pictures, size)
    products = np.fft.irfft2(np.conj(spectra[one]) * spectra[two], size)
    products = products[:, down % size[0]][:, :, across % size[1]]
    # The part of the first picture that overlaps the moved second one; for the second picture, its mirror image.
    count, sums, squares = _overlaps(pictures, down, across)
    means, spreads = sums / count, np.maximum(squares / count - (sums / count) ** 2, 0)
    alike = products / count - means[one] * means[two, ::-1, ::-1]
    level = np.maximum(noise[one], noise[two])[:, None, None]
    alike = (alike + level) / np.sqrt((spreads[one] + level) * (spreads[two, ::-1, ::-1] + level))
    return np.maximum(1 - alike.reshape(len(one), -1).max(axis=1), 0).astype(np.float32)


def _overlaps(pictures: Floats, down: Places, across: Places) -> tuple[Floats, Floats, Floats]:
    """Return how many pixels of pictures stay at each shift, and the sums of their levels and of their squares."""
    rows, columns = pictures.shape[1:]
    top, bottom = np.maximum(0, -down), rows - np.maximum(0, down)
    left, right = np.maximum(0, -across), columns - np.maximum(0, across)

    def within(levels: Floats) -> Floats:
        whole = np.pad(levels.cumsum(axis=1).cumsum(axis=2), ((0, 0), (1, 0), (1, 0)))
        upper, lower = whole[:, top], whole[:, bottom]
        return lower[..., right] - upper[..., right] - lower[..., left] + upper[..., left]

    count = ((bottom - top)[:, None] * (right - left)).astype(np.float32)
    return count, within(pictures), within(pictures * pictures)


def _quick(length: int) -> int:
    """Return the smallest length, of at least `length`, with a fast transform: its only factors are 2, 3 and 5."""
    while True:
        rest = length
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return length
        length += 1
