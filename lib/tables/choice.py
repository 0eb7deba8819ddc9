"""The choice of samples from a collection, and how many of each file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from lib.tables.queries import NO_FILTER, NO_SORT, TEXT_OPERATORS
from lib.tables.query_language import Filter, Sort

# Random choices are the same in every run. Each file has its own generator, so that choices are independent.
SEED = 1


@dataclass(frozen=True)
class Choice:
    """The samples to take from each file, and in all.

    filter, sort: of the samples; per_file, most: limits (-1: none) for each file and in all; shuffle: take random
    samples of each file instead of the first by `sort`; by_name: a table may hold the samples of several files.
    """

    filter: Filter = NO_FILTER
    sort: Sort = NO_SORT
    per_file: int = -1
    most: int = -1
    shuffle: bool = False
    by_name: bool = False

    def needed(self, by_sort: bool = True) -> list[str]:
        """Return the columns that the choice needs, with or without those of the sort."""
        names = [*self.filter.columns, *(self.sort.columns if by_sort else ())]
        names += ["filename"] if self.by_name or (self.shuffle and by_sort) else []
        return list(dict.fromkeys(names))

    def words(self) -> list[str]:
        """Return the columns that are read as text."""
        return ["filename", *(c.key for c in self.filter.conditions if c.op in TEXT_OPERATORS)]


def random_few(rows: np.ndarray, groups: np.ndarray, most: np.ndarray, names: pl.Series) -> np.ndarray:
    """Return a random choice of `most` (for each group) of each group's rows, in the order of `rows`."""
    begins = np.searchsorted(groups[rows], np.arange(len(most) + 1))
    chosen = []
    for group, (first, end) in enumerate(pairwise(begins)):
        places = np.arange(first, end)
        if end - first > most[group]:
            digest = hashlib.sha256(f"{SEED} {names[int(rows[first])]}".encode("utf-8", "surrogateescape")).digest()
            random = np.random.default_rng(int.from_bytes(digest[:8], "little"))
            places = np.sort(random.choice(places, most[group], replace=False))
        chosen.append(rows[places])
    return np.concatenate(chosen) if chosen else rows


def even_shares(counts: Sequence[int], most: int, exact: bool) -> list[int]:
    """Return how many to take from each of files that have `counts`, so that there are `most` in all, evenly.

    Every file gives the same number; one that has fewer gives all, and the others make up for it. If that does not come
    out even, some files spread over the list give one more (`exact`), or all do (the best are chosen afterwards).
    """
    if sum(counts) <= most:
        return list(counts)
    low, high = 0, most
    while low < high:  # the largest level that gives no more than wanted
        level = (low + high + 1) // 2
        low, high = (level, high) if sum(min(c, level) for c in counts) <= most else (low, level - 1)
    left = most - sum(min(c, low) for c in counts)
    if not exact:
        return [min(c, low + (left > 0)) for c in counts]
    shares = [min(c, low) for c in counts]
    more = [n for n, c in enumerate(counts) if c > low]
    for n in range(left):
        shares[more[n * len(more) // left]] += 1
    return shares
