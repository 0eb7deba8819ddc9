"""The similarity of the looks of a film: in structure, in colour, in contents.

A look is a thumbnail; looks are some 40 ms apart. Structure is the correlation of luma, pixel by pixel, without
brightness, so that flicker and exposure do not count; black bars are left out. All pairs of looks up to some distance
are compared at once, as products of matrices.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lib.video.alignment import unlike_moved
from lib.video.profiles import Profiles
from lib.video.thumbnails import COLUMNS, ROWS, Thumbnails

Floats = npt.NDArray[np.floating]
Places = npt.NDArray[np.intp]

# Each look is compared with this many of those after it, in detail and roughly.
NEAR, FAR = 12, 56
# Rows of a matrix multiplied at a time.
BLOCK = 64
# Bars are no brighter than this, and leave at least this many pixels of picture.
BLACK, LEAST_ROWS, LEAST_COLUMNS = 24, 12, 16
# Noise, which is not structure, in levels of luma (standard deviation): GRAIN times the root of half the squared change
# between neighbours where these change little (a low quantile within AROUND looks), within limits.
GRAIN, QUIET, AROUND = 2.0, 0.3, 12
LEAST_NOISE, MOST_NOISE = 0.5, 4.0
# A mean change of chroma by this many levels counts as much as another structure.
CHROMA = 40.0
# So does a change of brightness of this many times the contrast.
BRIGHTNESS = 20.0
# Levels of luma and of chroma per bin of histograms; chroma is nearly always within this distance of grey.
LUMA_BIN, CHROMA_BIN, CHROMA_REACH = 4, 4, 64
FAR_NOISE = 1.0
# A change of a part of the picture leaves the rest: all but this share, with at least this multiple of the variance
# of noise.
LOCAL, CLEAR = 0.1, 4.0


def band(vectors: Floats, lags: int) -> Floats:
    """Return the mean products of each vector with itself and the next `lags` ones.

    vectors: shape (n, size). Returns shape (n, lags + 1); beyond the last vector: 0.
    """
    n, size = vectors.shape
    found = np.zeros((n, lags + 1), np.float32)
    for first in range(0, n, BLOCK):
        last = min(first + BLOCK, n)
        after = min(last + lags, n)
        products = vectors[first:last] @ vectors[first:after].T
        rows, columns = products.shape
        wide = np.zeros((rows, rows + lags), np.float32)
        wide[:, :columns] = products
        # Row n of the band begins at column n: a view whose rows are one element longer than the matrix's.
        step = wide.strides[1]
        found[first:last] = np.lib.stride_tricks.as_strided(wide, (rows, lags + 1), (wide.strides[0] + step, step))
    return found / np.float32(size)


def within_bars(luma: npt.NDArray[np.uint8]) -> tuple[slice, slice]:
    """Return the rows and columns that are not black throughout; all, if little picture would be left."""
    rows, columns = luma.max(axis=2), luma.max(axis=1)
    found = []
    for levels, least in ((rows, LEAST_ROWS), (columns, LEAST_COLUMNS)):
        bright = np.flatnonzero(np.percentile(levels, 97, axis=0) > BLACK)
        if not len(bright) or bright[-1] + 1 - bright[0] < least:
            return slice(0, ROWS), slice(0, COLUMNS)
        found.append(slice(int(bright[0]), int(bright[-1]) + 1))
    return found[0], found[1]


class FrameSimilarity:
    """The properties of consecutive looks, and of pairs of them.

    mean, spread: of luma, mean and standard deviation of each look, shape (n,).
    """

    def __init__(self, looks: Thumbnails) -> None:
        self.count = len(looks)
        rows, columns = within_bars(looks.luma)
        picture = looks.luma[:, rows, columns]
        detail = _blurred(picture)
        self.mean: Floats = detail.mean(axis=1, dtype=np.float32)
        np.subtract(detail, self.mean[:, None], out=detail)
        self._near = band(detail, NEAR)
        self._detail = detail.reshape(self.count, picture.shape[1] - 2, picture.shape[2] - 2)
        self.spread = np.sqrt(self._near[:, 0])
        self._noise = self._noise_of_looks()
        high, wide = picture.shape[1] // 2 * 2, picture.shape[2] // 2 * 2
        sums = picture[:, 0:high:2].astype(np.uint16) + picture[:, 1:high:2]
        rough = (sums[:, :, 0:wide:2] + sums[:, :, 1:wide:2]).reshape(self.count, -1).astype(np.float32)
        rough *= np.float32(1 / 4)
        np.subtract(rough, rough.mean(axis=1)[:, None], out=rough)
        self._far = band(rough, FAR)
        self._moved = np.full_like(self._far, np.nan)
        chroma = looks.chroma
        self._chroma = (
            chroma[..., ::2, ::2].astype(np.int16) + chroma[..., 1::2, ::2] + chroma[..., ::2, 1::2]
            + chroma[..., 1::2, 1::2]
        ).reshape(self.count, -1)  # fmt: skip
        self._contents = self._contents_of(picture, looks.chroma)
        self.profiles = Profiles(picture, looks.chroma)

    def _noise_of_looks(self) -> Floats:
        """Return the variance of the noise of each look."""
        if self.count < 2:
            return np.full(self.count, LEAST_NOISE**2, np.float32)
        squares = self._near[:, 0]
        changes = np.maximum(squares[:-1] + squares[1:] - 2 * self._near[:-1, 1], 0) / 2
        wide = np.pad(changes, (AROUND, AROUND), mode="reflect" if len(changes) > AROUND else "edge")
        windows = np.lib.stride_tricks.sliding_window_view(wide, 2 * AROUND + 1)
        place = round(QUIET * 2 * AROUND)
        quiet = np.partition(windows, place, axis=1)[:, place]
        return np.clip(GRAIN**2 * np.append(quiet, quiet[-1]), LEAST_NOISE**2, MOST_NOISE**2).astype(np.float32)

    def _contents_of(self, picture: npt.NDArray[np.uint8], chroma: npt.NDArray[np.uint8]) -> Floats:
        """Return the contents of each look, wherever they are: shares of levels, and the amount of detail.

        Sums of the differences of these between two looks are in levels.
        """
        reach = chroma.reshape(self.count, 2, -1)[..., ::2].astype(np.int16) - (128 - CHROMA_REACH)
        reach = np.clip(reach, 0, 2 * CHROMA_REACH - 1)
        parts = [
            LUMA_BIN * _shares(picture[:, ::2, ::2].reshape(self.count, -1) // LUMA_BIN, 256 // LUMA_BIN),
            CHROMA_BIN / 2 * _shares(reach[:, 0] // CHROMA_BIN, 2 * CHROMA_REACH // CHROMA_BIN),
            CHROMA_BIN / 2 * _shares(reach[:, 1] // CHROMA_BIN, 2 * CHROMA_REACH // CHROMA_BIN),
        ]
        for one, two in ((picture[:, 1:], picture[:, :-1]), (picture[:, :, 1:], picture[:, :, :-1])):
            steps = np.maximum(one, two) - np.minimum(one, two)
            parts.append(steps.reshape(self.count, -1).mean(axis=1, dtype=np.float32)[:, None])
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def structure(self, one: Places, two: Places) -> Floats:
        """Return the dissimilarity of two looks in structure: 0 none, 1 complete, up to 2 (one the other's negative).

        one, two: indices of looks, up to NEAR apart.
        """
        return self._structure(one, two, self._near[np.minimum(one, two), np.abs(two - one)])

    def _structure(self, one: Places | slice, two: Places | slice, products: Floats) -> Floats:
        noise = np.maximum(self._noise[one], self._noise[two])
        unlike = 1 - (products + noise) / np.sqrt((self._near[one, 0] + noise) * (self._near[two, 0] + noise))
        # Without contrast, only brightness can be compared.
        contrast = np.sqrt(np.maximum(self._near[one, 0], self._near[two, 0]) + noise)
        return unlike + np.minimum(np.abs(self.mean[one] - self.mean[two]) / (BRIGHTNESS * contrast), 1)

    def unlike(self, one: Places, two: Places) -> Floats:
        """Return the dissimilarity of two looks in structure and in colour; indices up to NEAR apart."""
        chroma = np.abs(self._chroma[one] - self._chroma[two]).mean(axis=-1, dtype=np.float32) / 4
        return self.structure(one, two) + chroma / CHROMA

    def moved(self, one: Places, two: Places) -> Floats:
        """Return the dissimilarity in structure of two looks with one moved to fit the other: 0 in a pan.

        Indices up to FAR apart. It is slow, so that each pair is compared once, however often it is asked for.
        """
        first, apart = np.minimum(one, two), np.abs(two - one)
        places = np.unique((first * (FAR + 1) + apart)[np.isnan(self._moved[first, apart])])
        new, distance = np.divmod(places, FAR + 1)
        self._moved[new, distance] = unlike_moved(self._detail, self._noise, new, new + distance)
        return self._moved[first, apart]

    def added_light(self, one: int, two: int) -> Floats:
        """Return by how many levels each pixel of the second look is brighter than in the first."""
        return self._detail[two] + self.mean[two] - self._detail[one] - self.mean[one]

    def other_detail(self, one: int, two: int) -> float:
        """Return the detail of the second look that is not the first one's, stronger or weaker, as a share of it."""
        own, now = (np.diff(self._detail[look], axis=1).ravel() for look in (one, two))
        whole = float(own @ own) + 1.0
        strength = float(own @ now) / whole
        rest = now - np.float32(strength) * own
        return float(rest @ rest) / whole

    def elsewhere(self, one: int, two: int) -> float:
        """Return the dissimilarity in structure of two looks outside of the part that changes most; 1: it has none."""
        old, new = (self._detail[look] + self.mean[look] for look in (one, two))
        changes = np.abs(new - old)
        rest = changes <= np.quantile(changes, 1 - LOCAL)
        old, new = (picture[rest] - picture[rest].mean() for picture in (old, new))
        noise = max(float(self._noise[one]), float(self._noise[two]))
        squares = float((old * old).mean()), float((new * new).mean())
        if min(squares) < CLEAR * noise:
            return 1.0
        return 1 - (float((old * new).mean()) + noise) / ((squares[0] + noise) * (squares[1] + noise)) ** 0.5

    def neighbours(self, apart: int) -> Floats:
        """Return the dissimilarity of each look and the one `apart` looks after it, shape (n - apart,)."""
        count = max(self.count - apart, 0)
        one, two = slice(count), slice(apart, apart + count)
        chroma = np.abs(self._chroma[one] - self._chroma[two]).mean(axis=1, dtype=np.float32) / 4
        return self._structure(one, two, self._near[one, apart]) + chroma / CHROMA

    def roughly(self, one: Places, two: Places) -> Floats:
        """Return the dissimilarity in structure of two looks, up to FAR apart, by large shapes only."""
        squares = (self._far[one, 0] + FAR_NOISE) * (self._far[two, 0] + FAR_NOISE)
        return 1 - (self._far[np.minimum(one, two), np.abs(two - one)] + FAR_NOISE) / np.sqrt(squares)

    def roughly_apart(self, apart: int) -> Floats:
        """Return `roughly` of each look and the one `apart` looks after it, up to FAR, shape (n - apart,)."""
        root = np.sqrt(self._far[:, 0] + FAR_NOISE)
        count = max(self.count - apart, 0)
        return 1 - (self._far[:count, apart] + FAR_NOISE) / (root[:count] * root[apart : apart + count])

    def contents(self, one: Places, two: Places) -> Floats:
        """Return by how many levels the contents of two looks differ, wherever they are."""
        return np.abs(self._contents[one] - self._contents[two]).sum(axis=-1)

    def mixed(self, look: Places, one: Places, two: Places) -> tuple[Floats, Floats, Floats, Floats]:
        """Explain a look as a mixture of two others, by least squares; places up to FAR apart.

        Returns the shares of both, how much of the look's variance the mixture explains, and how much of it the
        better one explains alone.
        """

        def product(a: Places, b: Places) -> Floats:
            return self._far[np.minimum(a, b), np.abs(b - a)]

        first, second = product(one, one) + FAR_NOISE, product(two, two) + FAR_NOISE
        both, with_first, with_second = product(one, two), product(look, one), product(look, two)
        whole = product(look, look) + FAR_NOISE
        determinant = first * second - both * both  # at least FAR_NOISE squared
        share = (with_first * second - with_second * both) / determinant
        other = (with_second * first - with_first * both) / determinant
        explained = (share * with_first + other * with_second) / whole
        alone = np.maximum(with_first / np.sqrt(whole * first), with_second / np.sqrt(whole * second)) ** 2
        return share, other, explained, alone


def _blurred(picture: npt.NDArray[np.uint8]) -> Floats:
    """Return pictures blurred by (1 2 1) in both directions, in levels, without their edges: shape (n, pixels).

    Otherwise small movements of texture finer than a thumbnail's pixels would be large changes.
    """
    wide = picture.astype(np.uint16)
    found = wide[:, 1:-1] << 1
    found += wide[:, :-2]
    found += wide[:, 2:]
    last = found[:, :, 1:-1] << 1
    last += found[:, :, :-2]
    last += found[:, :, 2:]
    levels = last.reshape(len(picture), -1).astype(np.float32)
    levels *= np.float32(1 / 16)
    return levels


def _shares(bins: npt.NDArray[np.integer], count: int) -> Floats:
    """Return the share of each row's values that are in each bin or a lower one, shape (rows, count)."""
    rows = np.arange(len(bins), dtype=np.int32)[:, None] * count
    counts = np.bincount((bins + rows).ravel(), minlength=len(bins) * count).reshape(len(bins), count)
    return np.cumsum(counts, axis=1).astype(np.float32) / np.float32(bins.shape[1])
