"""The rules by which notes of bells, bars and tubes are found, in plain Python; and drawn partials of such sounds."""

from __future__ import annotations

import numpy as np

BELL = {"hum": (0.48, 0.53), "prime": (0.94, 1.03), "tierce": (1.155, 1.235), "quint": (1.46, 1.56),
        "nominal": (1.97, 2.03), "deciem": (2.45, 2.72), "eleventh": (2.90, 3.10), "twelfth": (3.95, 4.25),
        "upper": (5.1, 5.5)}  # fmt: skip
TUBE = {2: (0.60, 0.64), 3: (1.165, 1.25), 4: (1.975, 2.025), 5: (2.88, 3.05), 6: (3.97, 4.23), 7: (5.12, 5.62),
        8: (6.3, 7.2)}  # fmt: skip
BAR = {1: (0.98, 1.02), 2: (2.65, 2.80), 3: (5.05, 5.45), 4: (8.2, 9.0)}
SMALL = {1: (0.98, 1.02), 2: (2.70, 3.30), 3: (5.30, 6.50), 4: (7.8, 10.2)}
DRAWN = [BELL, TUBE, BAR, SMALL, {k: (k, k) for k in range(1, 9)}, {k: (0.5 * k, 0.5 * k) for k in range(2, 9)}]


def drawn(seed):
    """Return partials (Hz, level) of a kind of sound, some of its modes missing or a little off, and of others."""
    random = np.random.default_rng(seed)
    note, modes = random.uniform(150, 900), DRAWN[seed % len(DRAWN)]
    found = {}
    for low, high in modes.values():
        if random.random() < 0.92:
            off = 0.02 * (random.random() < 0.1)
            found[note * random.uniform(low * (1 - off), high * (1 + off))] = random.choice(
                [0.1, 0.3, 0.6, 1]
            ) * random.uniform(0.5, 1)
    for _ in range(random.integers(0, 2)):
        found[note * random.uniform(0.3, 6)] = random.uniform(0.02, 0.4)
    hz = np.array(sorted(found))
    levels = np.array([found[f] for f in hz])
    return note, hz, levels / levels.max() if len(levels) else levels, random


def strongest(hz, levels, low, high):
    return max((level for f, level in zip(hz, levels) if low <= f <= high), default=0.0)


def fit_of(note, hz, levels, modes):
    """The share of the audible partials, up to the highest mode, that are modes; and the level of each mode."""
    last = max(high for _, high in modes.values()) * note
    counted = [(f, level) for f, level in zip(hz, levels) if f <= last and level >= 0.12]
    mine = [level for f, level in counted if any(low * note <= f <= high * note for low, high in modes.values())]
    at = {
        name: strongest(*zip(*counted), low * note, high * note) if counted else 0
        for name, (low, high) in modes.items()
    }
    return sum(mine) / (sum(level for _, level in counted) + 1e-9), at


def strike_of(hz, levels, resolution):
    best, found = 0.0, 0.0
    for f, level in zip(hz, levels):
        note = f / 2
        around = sum(0.3 * note <= other < 2.05 * note for other in hz)
        if level <= 0.15 or note < 7 * resolution or around > 7:
            continue
        share, at = fit_of(note, hz, levels, BELL)
        count = sum(level > 0.15 for level in at.values())
        sevenths = max(strongest(hz, levels, (r - 0.06) * note, (r + 0.06) * note) for r in (3.5, 4.5))
        if at["tierce"] > max(0.15, sevenths) and at["nominal"] >= 0.3 and count >= 5 and share >= 0.85:
            best, found = max((best, found), (share * count / 9 + at["nominal"], note), key=lambda pair: pair[0])
        share, at = fit_of(note, hz, levels, TUBE)
        count = sum(level > 0.15 for level in at.values())
        soft = min(at[n] for n in (2, 3, 4, 5)) > 0.3 and share >= 0.95
        hard = (
            min(at[5], at[6], max(at[2], at[3], at[7])) > 0.15 and count >= 4 and share >= (0.6 if count == 7 else 0.9)
        )
        if soft or hard:
            score = share * count / 7 + max(at[4], at[5], at[6])
            best, found = max((best, found), (score, note), key=lambda pair: pair[0])
    return found


def bar_of(hz, levels, resolution):
    for f, level in zip(hz, levels):
        if level < 0.07 or f < 12 * resolution:
            continue
        for modes in (BAR, SMALL):
            share, at = fit_of(f, hz, levels, modes)
            if min(at[2], at[3]) <= 0.5 or share < 0.9:
                continue
            pairs = [[(level, -k, p) for k, (p, level) in enumerate(zip(hz, levels)) if low * f <= p <= high * f]
                     for low, high in (SMALL[2], SMALL[3])]  # fmt: skip
            if modes is BAR or abs(0.5 * max(pairs[1])[2] / max(pairs[0])[2] - 1) >= 0.03:
                return f
    return 0.0


def harmonics_of(f, hz, levels, resolution):
    reach = {k: max((0.02 + 0.012 * k) * f, 0.5 * resolution) for k in (2, 3, 4, 5)}
    return sum(strongest(hz, levels, k * f - r, k * f + r) for k, r in reach.items()) / 4


def unpulled_of(f, hz, levels, resolution):
    harmonics = harmonics_of(f, hz, levels, resolution)
    if f < 7 * resolution or harmonics > 0.5:
        return f
    own = strongest(hz, levels, 0.93 * f, 1.07 * f)
    between = max(strongest(hz, levels, 2.9 * f, 3.1 * f), strongest(hz, levels, 3.88 * f, 4.12 * f))
    place, reach = (2 * f, 0.07) if max(own, between) < 0.1 else (f, 0.05)
    if place == f and harmonics > 0.3:
        return f
    near = [(level, -p) for p, level in zip(hz, levels) if abs(p - place) <= reach * place and level > 0.6]
    return -max(near)[1] if near else f


def unexplained_of(f, hz, levels, resolution):
    other = 0.0
    for p, level in zip(hz, levels):
        nearest = max(round(p / f), 1)
        reach = min(max(0.02 + 0.012 * nearest, 0.5 * resolution / f), 0.25)
        other += level if abs(p / f - nearest) > reach else 0
    return other / sum(levels)


def lowest_of(f, hz, levels, resolution, outstanding):
    before = harmonics_of(f, hz, levels, resolution)
    if before > 0.5:
        return f
    near = [(level, -p) for p, level in zip(hz, levels) if abs(p / f - 1) < 0.05 and level > 0.2]
    strong = -max(near)[1] if near else f
    if harmonics_of(strong, hz, levels, resolution) > 0.3:
        return f
    found = strong if before <= 0.3 else f
    lowest = max(100.0, 12 * resolution, strong / 8)
    audible = [p for p, level in zip(hz, levels) if level > 0.2]
    if sum(lowest <= p <= 0.8 * strong for p in audible) > 3:
        return found
    others = sum(p < 0.8 * strong or abs(p / strong - round(p / strong)) > 0.03 for p in audible)
    below = [p for p in audible if 60 < p <= 0.42 * strong]
    if below and below[0] < lowest:
        return found
    for p in below:
        level, ratio = levels[list(hz).index(p)], strong / p
        third = abs(ratio - 5.25) < 0.22
        bar = abs(ratio - 2.66) < 0.16 or (third and level > 0.4)
        bell = abs(ratio - 3.05) < 0.35 and level > 0.27
        several = others >= 2 and (third or ratio <= 4.2 or strongest(hz, levels, 2.4 * p, 3.4 * p) >= 0.2)
        if (bar or bell or several) and outstanding:
            return p
    return found


LIMITS = [0.05, 0.07, 0.1, 0.12, 0.15, 0.2, 0.27, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0]


def drawn_at_limits(seed):
    """Partials whose places and levels are the limits themselves, or just beyond them."""
    random = np.random.default_rng(seed)
    note, modes = random.choice([224.0, 192.0]), list(DRAWN[seed % 4].values())
    loud = LIMITS[random.integers(0, 9) :]
    found = {}
    for low, high in modes:
        if random.random() < 0.9:
            at = random.choice([low, high, (low + high) / 2]) * random.choice([1, 1, 1, 1 + 1e-9, 1 - 1e-9])
            found[note * at] = random.choice(loud)
    if seed % 4 < 2:
        found[2 * note] = random.choice(loud)
    for _ in range(random.choice([0, 0, 1, 2, 5, 8])):
        at = random.choice([0.3, 2.05, 0.9, 1.1, 1.35, 1.7, 3.5, 4.5, 3.44, 4.56, 7.0, 9.5, 2.9, 5.9])
        found[note * at] = random.choice(LIMITS[:6] if random.random() < 0.8 else LIMITS)
    hz = np.array(sorted(found))
    return note, hz, np.array([found[f] for f in hz]), random
