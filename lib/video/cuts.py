"""Where the scenes of a stretch of film begin: hard cuts, fades and dissolves, in ms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from threadpoolctl import ThreadpoolController

from lib.video.field_cuts import without_mixed_fields
from lib.video.frame_similarity import FrameSimilarity, Places
from lib.video.gradual_cuts import CUT, GradualCut, gradual_cuts
from lib.video.hard_cuts import HardCut, hard_cuts
from lib.video.thumbnails import Thumbnails

# Time between two looks (ms): of a film with more frames some are left out, and frames that stay longer than LONG_MS
# are looked at again, so that every film has some 25 looks per second.
LOOK_MS, LEAST_MS, LONG_MS = 40.0, 30.0, 60.0
ROUNDING_MS = 0.01
# For frames left out next to a cut: changes of at least this share of the largest one separate scenes too.
SHARE = 0.4


@dataclass(frozen=True)
class Cut:
    """Where one scene ends and the next begins; the frames between the two times, in ms, belong to neither.

    old_ms: end of the old scene; new_ms: beginning of the new one; change: their dissimilarity, 0 (alike) to 2; kind:
    CUT, FADE or DISSOLVE.
    """

    old_ms: float
    new_ms: float
    change: float
    kind: str


def find_cuts(film: Thumbnails) -> list[Cut]:
    """Return the cuts of a stretch of film, in order."""
    if not len(film):
        return []
    places = look_places(film)
    with _threads().limit(limits=1, user_api="blas"):  # its products are small: more threads would only wait
        looks = FrameSimilarity(film.at(places))
    hard = hard_cuts(looks)
    gradual = gradual_cuts(looks, hard)
    found = [_in_ms(film, places, cut, CUT) for cut in hard if not _is_within(cut, gradual)]
    found += [_in_ms(film, places, cut, cut.kind) for cut in gradual]
    return sorted(found, key=lambda cut: cut.old_ms)


@cache
def _threads() -> ThreadpoolController:
    """Return the control of the libraries' threads: creating it takes as long as a few seconds of film."""
    return ThreadpoolController()


def look_places(film: Thumbnails) -> Places:
    """Return which frame is seen at each look."""
    places: list[int] = []
    last = -np.inf
    for n, (begin, end) in enumerate(zip(film.begins.tolist(), film.ends.tolist())):
        if begin - last < LEAST_MS - ROUNDING_MS:
            continue
        length = end - begin
        places += [n] * (max(round(length / LOOK_MS), 1) if length > LONG_MS else 1)
        last = begin
    return np.array(places, np.intp)


def _is_within(cut: HardCut, gradual: list[GradualCut]) -> bool:
    return any(other.old <= cut.new and cut.old <= other.new for other in gradual)


def _in_ms(film: Thumbnails, places: Places, cut: HardCut | GradualCut, kind: str) -> Cut:
    """Return a cut between looks as one between frames."""
    old, new = int(places[cut.old]), int(places[cut.new])
    if kind == CUT and cut.new == cut.old + 1 and new > old + 1:
        frames = film.luma[old : new + 1].reshape(new - old + 1, -1).astype(np.float32)
        changes = np.abs(np.diff(frames, axis=0)).mean(axis=1)
        large = np.flatnonzero(changes >= SHARE * changes.max())
        old, new = old + int(large[0]), old + int(large[-1]) + 1
    if kind == CUT:
        old, new = without_mixed_fields(film, old, new)
    return Cut(float(film.begins[old + 1]), float(film.begins[new]), round(cut.change, 2), kind)
