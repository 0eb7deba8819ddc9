"""The partials of a spectrum, and how well each possible fundamental explains them and the sound's periods.

Frequencies are in Hz. Levels of partials run from 0 (LEVEL_RANGE dB below the strongest one) to 1 (the strongest).
The kernels use no fast-math and release the interpreter's lock: results repeat, and threads scale. Kernels that call
one another stay in one file: numba's cache of a kernel checks its own file only. `lib.audio.bells` takes arrays.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# Hz: below A0 (27.5), the lowest note of the piano; above C8 (4186), the highest, for birds and whistles. Beyond
# MAX_PERIODIC_HZ a period has too few lags, and only partials count.
MIN_HZ, MAX_HZ, MAX_PERIODIC_HZ = 26.0, 12000.0, 5000.0
# Hz: lower partials are inaudible, and often rumble; higher ones do not count.
LOWEST_PARTIAL, HIGHEST_PARTIAL = 20.0, 12500.0
# dB: fainter partials are lost in the noise of a room or were made by a lossy codec.
LEVEL_RANGE, TINY_POWER = 30.0, 1e-30
# Resolutions: the main lobe of a Hann window reaches 2 to either side, so nearer peaks are one.
PEAK_REACH = 1.5
# Lower maxima of the autocorrelation are not periods. If there are too many, short lags are kept (cost per octave).
LOWEST_PERIODICITY, MOST_PERIODS, LAG_COST = 0.2, 15, 0.05
# The strongest partials, and the tones whose 2nd, 3rd or 4th partial they are, may be the fundamental.
STRONGEST_PARTIALS, SUBMULTIPLES = 4, 4
# Partials that are not multiples pull the autocorrelation's maximum up to three quarters of a semitone off the note.
# Then the strong partial near it is the note, unless the others fit that one less. From RESOLVED_PERIODS periods in a
# frame on, its place is also the more exact one.
PULL, LEAST_LOSS, RESOLVED_PERIODS, STRONG = 0.045, 0.05, 8.0, 0.4
# Tolerance of a partial's place, in fundamentals: strings, reeds and voices; bells and bars; and what the stiffness
# of strings adds per partial. A frame of few periods is allowed half of its resolution, at most half the way on.
MISTUNED, BELL_MISTUNED, STRING_MISTUNED, STRING_STRETCH = 0.04, 0.05, 0.02, 0.012
RESOLUTION_SHARE, FARTHEST = 0.5, 0.25
# A quarter, since four are averaged, and a little for peaks between the bins.
SINGLE_PARTIAL = 0.26
# Halves and thirds lie nearer to the multiples.
FARTHEST_HALF, FARTHEST_THIRD = 0.12, 0.08
# A pitched sound reaches one of two: the normalised autocorrelation at the period, or the share of the power in the
# strongest partials. No white noise does; of pink noise 12 in 100 parts of 100 ms and 1 or 2 of 300 ms do, and 998 of
# 1000 rendered notes. Bright notes with a chorus have little of the first, mixtures of many notes little of the second.
PERIODIC, TONAL, TONES = 0.3, 0.55, 5
# Above this, as many periods are compared as last half a millisecond.
HISS_HZ = 2000.0


@njit(cache=True, nogil=True)
def find_partials(power: np.ndarray, step: float, resolution: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the frequencies, ascending, and the levels of the peaks of a power spectrum (Hann window).

    power: shape (bins,), `step` Hz apart, not all zero; resolution: 1 / duration of the window in Hz. A peak lies where
    the parabola through the logarithms of its three bins has its top.
    """
    end = min(int(HIGHEST_PARTIAL / step), len(power) - 1)
    first = max(int(np.ceil(LOWEST_PARTIAL / step)), 1)
    strongest = power[first:].max()
    faintest = strongest * 10 ** (-LEVEL_RANGE / 10)
    reach = int(PEAK_REACH * resolution / step)
    hz, levels, count = np.empty(end), np.empty(end), 0
    for k in range(first, end):
        if power[k] <= faintest or power[k] <= power[k - 1] or power[k] < power[k + 1]:
            continue
        if power[max(k - reach, 0) : k + reach + 1].max() > power[k]:
            continue
        left, right = np.log(power[k - 1] + TINY_POWER), np.log(power[k + 1] + TINY_POWER)
        centre = np.log(power[k] + TINY_POWER)
        shift = 0.5 * (left - right) / (left - 2 * centre + right)
        height = centre - 0.25 * (left - right) * shift - np.log(strongest + TINY_POWER)
        hz[count] = (k + shift) * step
        levels[count] = 1 + 10 / np.log(10) * height / LEVEL_RANGE
        count += 1
    return hz[:count], levels[:count]


@njit(cache=True, nogil=True)
def level_near(hz: np.ndarray, levels: np.ndarray, wanted: float, tolerance: float) -> float:
    """Return the level of the strongest partial within `tolerance` Hz of `wanted`, or 0."""
    highest = 0.0
    for k in range(np.searchsorted(hz, wanted - tolerance), len(hz)):
        if hz[k] > wanted + tolerance:
            break
        highest = max(highest, levels[k])
    return highest


@njit(cache=True, nogil=True)
def _partial_near(candidate: float, hz: np.ndarray, levels: np.ndarray, resolution: float) -> float:
    """Return the frequency of the strongest of the strong partials near a candidate, or the candidate."""
    best, level = candidate, STRONG
    if candidate < RESOLVED_PERIODS * resolution:
        return candidate
    for k in range(np.searchsorted(hz, candidate * (1 - PULL)), len(hz)):
        if hz[k] > candidate * (1 + PULL):
            break
        if levels[k] > level:
            best, level = hz[k], levels[k]
    return best


@njit(cache=True, nogil=True)
def _highest(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Fill `places` with those of the highest values, from the highest on; of equal values the first comes first."""
    count = 0
    for n in range(len(values)):
        place = count
        while place > 0 and values[places[place - 1]] < values[n]:
            if place < len(places):
                places[place] = places[place - 1]
            place -= 1
        if place < len(places):
            places[place] = n
            count = min(count + 1, len(places))
    return places


@njit(cache=True, nogil=True)
def _insert(f: float, lowest: float, ascending: np.ndarray, count: int) -> int:
    """Insert `f` into the first `count` numbers, if it is `lowest` to MAX_HZ and not there; return their new number."""
    if not lowest <= f <= MAX_HZ:
        return count
    for k in range(count):
        if ascending[k] == f:
            return count
    place = count
    while place > 0 and ascending[place - 1] > f:
        ascending[place] = ascending[place - 1]
        place -= 1
    ascending[place] = f
    return count + 1


@njit(cache=True, nogil=True)
def _periods(correlation: np.ndarray, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the frequencies of the maxima after an autocorrelation's first fall below zero; heights less LAG_COST."""
    found, heights, count, lag = np.empty(len(correlation)), np.empty(len(correlation)), 0, 1
    while lag < len(correlation) and correlation[lag] > 0:
        lag += 1
    for k in range(max(lag, int(rate / MAX_PERIODIC_HZ)), len(correlation) - 1):
        left, centre, right = correlation[k - 1], correlation[k], correlation[k + 1]
        if centre >= LOWEST_PERIODICITY and centre > left and centre >= right:
            found[count] = rate / (k + 0.5 * (left - right) / (left - 2 * centre + right))
            heights[count] = centre - LAG_COST * np.log2(k)
            count += 1
    return found[:count], heights[:count]


@njit(cache=True, nogil=True)
def find_candidates(correlation: np.ndarray, rate: float, hz: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Return possible fundamentals: periods of the autocorrelation, the strongest partials and their submultiples.

    correlation: normalised, shape (lags,); rate: its lags per second; hz, levels: from `find_partials`. None has a
    period longer than the autocorrelation.
    """
    strongest = _highest(levels, np.empty(min(STRONGEST_PARTIALS, len(levels)), np.int64))
    found, heights = _periods(correlation, rate)
    lowest = max(MIN_HZ, rate / (len(correlation) - 1))
    out, count = np.empty(MOST_PERIODS + SUBMULTIPLES * STRONGEST_PARTIALS), 0
    for place in _highest(heights, np.empty(min(MOST_PERIODS, len(heights)), np.int64)):
        count = _insert(found[place], lowest, out, count)
    for divisor in range(1, SUBMULTIPLES + 1):
        for place in strongest:
            count = _insert(hz[place] / divisor, lowest, out, count)
    return out[:count]


@njit(cache=True, nogil=True)
def height_at(correlation: np.ndarray, lag: float) -> float:
    """Return the autocorrelation (0 to 1) between its lags, on the parabola through the nearest three; 0 if below."""
    k = int(lag + 0.5)
    if k < 1 or k + 1 >= len(correlation):
        return 0.0
    d = lag - k
    left, centre, right = correlation[k - 1], correlation[k], correlation[k + 1]
    return min(max(centre + 0.5 * d * (right - left) + 0.5 * d * d * (left - 2 * centre + right), 0.0), 1.0)


@njit(cache=True, nogil=True)
def support(f: float, hz: np.ndarray, levels: np.ndarray, resolution: float) -> float:
    """Return how well `f` Hz explains partials as their fundamental: the higher the better, about -1 to 2.

    For it: the level of its first partial, or the least of the second, third and fourth if that is higher (a missing
    fundamental; the strike note of a bell, which has partials near 2, 3 and 4 times its frequency but none at it); and
    the mean level of the second to the fifth.
    Against it: the second strongest of the partials at 0.5, 1.5 and 2.5 times f, which an octave below would explain
    (a single one may be chance), and the mean level at thirds of f, which a twelfth below would.
    -inf if a single partial, other than the first, is the only multiple of f (a whistle above MAX_HZ).
    All count alike, and like the squared autocorrelation at the period of f: with one of the weights halved or doubled,
    up to 15 in 1000 fewer notes were found, or as many.

    The terms are what harmonic sums and SWIPE' rest on (Camacho and Harris 2008, J. Acoust. Soc. Am. 124, 1638-1652;
    for bells: Terhardt and Seewann 1984, Acustica 54, 129-144).
    """
    least = RESOLUTION_SHARE * resolution
    near = min(max(MISTUNED * f, least), FARTHEST * f)
    bell = min(max(BELL_MISTUNED * f, least), FARTHEST * f)
    strike = min(
        level_near(hz, levels, 2 * f, bell),
        level_near(hz, levels, 3 * f, 2 * bell),
        level_near(hz, levels, 4 * f, bell),
    )
    root = max(level_near(hz, levels, f, near), strike)
    above = 0.0
    for k in range(2, 6):
        tolerance = min(max((STRING_MISTUNED + STRING_STRETCH * k) * f, least), FARTHEST * f)
        above += level_near(hz, levels, k * f, tolerance) / 4
    if root == 0.0 and above <= SINGLE_PARTIAL:
        return -np.inf
    half = min(near, FARTHEST_HALF * f)
    first, second = level_near(hz, levels, 0.5 * f, half), level_near(hz, levels, 1.5 * f, half)
    middle = max(min(first, second), min(max(first, second), level_near(hz, levels, 2.5 * f, half)))
    third, thirds = min(near, FARTHEST_THIRD * f), 0.0
    for k in (1, 2, 4, 5, 7, 8):
        thirds += level_near(hz, levels, k / 3 * f, third) / 6
    return root + above - middle - thirds


@njit(cache=True, nogil=True)
def _correlation_at(power: np.ndarray, turn: float) -> float:
    """Return the normalised autocorrelation of a power spectrum at a lag that turns its first bin by `turn` radians."""
    total, match = 0.0, 0.0
    # Each cosine from the two before it.
    double, before, cosine = 2 * np.cos(turn), 1.0, np.cos(turn)
    for k in range(1, len(power)):
        total += power[k]
        match += power[k] * cosine
        before, cosine = cosine, double * cosine - before
    return match / total


@njit(cache=True, nogil=True)
def _tonal_share(power: np.ndarray, step: float, resolution: float, hz: np.ndarray, levels: np.ndarray) -> float:
    """Return the share of the power that lies in the strongest TONES partials."""
    tonal, total = 0.0, power.sum()
    for n in _highest(levels, np.empty(min(TONES, len(levels)), np.int64)):
        first = max(int(np.ceil((hz[n] - PEAK_REACH * resolution) / step)), 0)
        end = int((hz[n] + PEAK_REACH * resolution) / step) + 1
        tonal += power[first:end].sum()
    return tonal / total


@njit(cache=True, nogil=True)
def _fundamental(
    power: np.ndarray, step: float, resolution: float, hz: np.ndarray, levels: np.ndarray, correlation: np.ndarray,
    overlap: np.ndarray, rate: float,
) -> tuple[float, float, float]:  # fmt: skip
    """Return one row of the first array that `fundamentals` returns, of partials `hz` with `levels`."""
    best, fundamental = -np.inf, 0.0
    for candidate in find_candidates(correlation, rate, hz, levels):
        partial = _partial_near(candidate, hz, levels, resolution)
        own, moved = support(candidate, hz, levels, resolution), support(partial, hz, levels, resolution)
        f, known = (partial, moved) if moved >= own - LEAST_LOSS else (candidate, own)
        if known == -np.inf:
            continue
        if candidate <= MAX_PERIODIC_HZ:
            height = height_at(correlation, rate / candidate)
        else:
            height = max(_correlation_at(power, 2 * np.pi * step / candidate), 0.0)
        score = height**2 + known
        if score > best and f <= MAX_HZ:
            best, fundamental = score, f
    heard = power[: int(HIGHEST_PARTIAL / step) + 1]
    tonal = min(_tonal_share(heard, step, resolution, hz, levels), 1.0)
    if fundamental == 0.0:
        return 0.0, 0.0, tonal
    # In a band of hiss, one period in its middle resembles the next; many do not.
    lag = max(1.0, np.round(fundamental / HISS_HZ)) / fundamental
    whole = _correlation_at(heard, 2 * np.pi * step * lag) / overlap[int(rate * lag + 0.5)]
    return (fundamental if whole >= PERIODIC or tonal >= TONAL else 0.0), whole, tonal


@njit(cache=True, nogil=True)
def fundamentals(
    powers: np.ndarray, step: float, resolution: float, correlations: np.ndarray, overlap: np.ndarray, rate: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the most plausible fundamental of each sound, and its partials: shapes (sounds, 3), (2, partials), bounds.

    The first array holds the fundamental in Hz (0 where the sound is not periodic or silent), the normalised
    autocorrelation at its period, and the share of power in the strongest TONES partials. The second holds the
    frequencies and the levels of all sounds' partials: those of sound n from bounds[n] to bounds[n + 1].

    powers: shape (sounds, bins); step, resolution: as for `find_partials`; correlations: autocorrelations of the sounds
    (of their powers, or of powers weighted by frequency), shape (sounds, lags), `rate` lags per second; overlap: that
    of the window, normalised, at least as long.
    """
    out, bounds = np.zeros((len(powers), 3)), np.zeros(len(powers) + 1, np.int64)
    # Of two neighbouring bins one at most is a peak; peaks of the same height may be nearer than PEAK_REACH.
    most = int(HIGHEST_PARTIAL / step) // 2
    partials = np.empty((2, len(powers) * most))
    correlation = np.empty(correlations.shape[1], np.float32)
    for n in range(len(powers)):
        bounds[n + 1] = bounds[n]
        if correlations[n, 0] > 0:
            hz, levels = find_partials(powers[n], step, resolution)
            bounds[n + 1] += len(hz)
            for k in range(len(hz)):  # (Slices would take longer to compile.)
                partials[0, bounds[n] + k], partials[1, bounds[n] + k] = hz[k], levels[k]
            for k in range(len(correlation)):
                correlation[k] = correlations[n, k] / (correlations[n, 0] * overlap[k])
            f, whole, tonal = _fundamental(powers[n], step, resolution, hz, levels, correlation, overlap, rate)
            out[n, 0], out[n, 1], out[n, 2] = f, whole, tonal
    return out, partials[:, : bounds[-1]].copy(), bounds  # (Contiguous, as kernels are compiled for.)
