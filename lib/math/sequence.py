"""The best sequence of candidates, one for each step: a Viterbi path with an optional rule about repetitions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Partial paths continued at each step: the best ones. With this many candidates or fewer, all of them.
BEAM = 64
# Cost of repeating a candidate too early, at once; it falls with time. Higher than that of any path: it happens only if
# unavoidable.
TOO_EARLY = 1e6
NONE = -1


@dataclass(frozen=True)
class Rules:
    """Costs of a sequence besides its candidates.

    follows: for each item the next one in its group (NONE: none), int64 (n,): going there costs nothing; groups: of
    each item, int64 (n,); leaving: cost of an item that does not follow; changing: of another group, in addition;
    apart: the least time between two uses of an item, in the unit of the steps' times (0: no rule).
    """

    follows: np.ndarray
    groups: np.ndarray
    leaving: float = 0.0
    changing: float = 0.0
    apart: float = 0.0


def best_sequence(candidates: np.ndarray, costs: np.ndarray, times: np.ndarray, rules: Rules) -> tuple[np.ndarray, int]:
    """Return the index of the candidate at each step, int64 (steps,), and the number that return too early.

    candidates: items, int64 (steps, count), the cheapest first, NONE if there are fewer; costs: float64, of the same
    shape, 0 or more; times: of the steps, ascending. Without a least time between uses, and with BEAM candidates or
    fewer, the sequence is optimal (A. J. Viterbi, "Error bounds for convolutional codes", 1967). With it, each partial
    path keeps the rule for itself, and the best of them is returned; if the candidates do not allow that, the ones
    whose last use is longest ago are repeated. Of equal ones the first counts.
    """
    steps, count = candidates.shape
    if not steps:
        return np.zeros(0, np.int64), 0
    back = np.zeros((steps, count), np.int64)
    totals = costs[0]
    paths = _Paths(candidates[0], int(candidates.max()) + 1, times, rules.apart)
    for step in range(1, steps):
        previous = paths.keep(np.argsort(totals, kind="stable")[:BEAM])
        before, items = candidates[step - 1, previous], candidates[step]
        goes_on = rules.follows[before][:, None] == items
        stays = rules.groups[before][:, None] == rules.groups[items]
        sums = totals[previous][:, None] + np.where(goes_on, 0.0, rules.leaving + np.where(stays, 0.0, rules.changing))
        if rules.apart > 0:
            early = rules.apart - (times[step] - paths.last_uses(items, step))
            sums += np.where(early > 0, TOO_EARLY * (1.0 + early / rules.apart), 0.0)
        best = sums.argmin(axis=0)
        back[step] = previous[best]
        paths.go_on(best, items)
        totals = np.where(items == NONE, np.inf, sums[best, np.arange(count)] + costs[step])
    places = np.empty(steps, np.int64)
    places[-1] = totals.argmin()
    for step in range(steps - 1, 0, -1):
        places[step - 1] = back[step, places[step]]
    return places, _early(candidates[np.arange(steps), places], times, rules.apart)


class _Paths:
    """The items of the partial paths that can be continued, as far back as needed: int64, shape (paths, steps)."""

    def __init__(self, items: np.ndarray, count: int, times: np.ndarray, apart: float) -> None:
        self._times, self._apart = times, apart
        self._past = items[:, None]
        self._first = 0  # step of the first column
        self._place = np.full(count + 1, NONE)  # of an item among the candidates of a step (the last one: NONE)

    def keep(self, paths: np.ndarray) -> np.ndarray:
        """Keep only these paths; return them."""
        if self._apart > 0:
            self._past = self._past[paths]
        return paths

    def last_uses(self, items: np.ndarray, step: int) -> np.ndarray:
        """Return when each path last used each of these items, float64 (paths, items); -inf: not within that time."""
        old = int(np.searchsorted(self._times, self._times[step] - self._apart, side="right")) - self._first
        if old > 0:
            self._past, self._first = self._past[:, old:], self._first + old
        self._place[items] = np.arange(len(items))
        self._place[NONE] = NONE
        path, column = np.nonzero(self._place[self._past] != NONE)
        uses = np.full((len(self._past), len(items)), -np.inf)
        # Columns are in the order of time: the last one stays.
        uses[path, self._place[self._past[path, column]]] = self._times[self._first + column]
        self._place[items] = NONE
        return uses

    def go_on(self, paths: np.ndarray, items: np.ndarray) -> None:
        """Continue these paths, each with its item."""
        if self._apart > 0:
            self._past = np.concatenate([self._past[paths], items[:, None]], axis=1)


def _early(chosen: np.ndarray, times: np.ndarray, apart: float) -> int:
    last: dict[int, float] = {}
    count = 0
    for item, time in zip(chosen.tolist(), times.tolist()):
        count += item in last and time - last[item] < apart
        last[item] = time
    return count
