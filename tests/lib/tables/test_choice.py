"""The choice of samples: even shares and random ones, beside the plainest way to deal them out."""

import itertools

import numpy as np
import polars as pl

from lib.tables.choice import Choice, even_shares, random_few
from lib.tables.query_language import parse_filter, parse_sort
from tests.support.each import each


def dealt(counts, most):
    """Return the rounds in which every file gives one, as long as there are enough for all that have more."""
    taken = [0] * len(counts)
    while True:
        giving = [n for n, count in enumerate(counts) if count > taken[n]]
        if not giving or sum(taken) + len(giving) > most:
            return taken, giving
        for n in giving:
            taken[n] += 1


def test_shares_are_dealt_out_evenly():
    for length in (1, 2, 3, 4):
        for counts in itertools.product([0, 1, 2, 5], repeat=length):
            for most in range(14):
                shares, loose = even_shares(counts, most, exact=True), even_shares(counts, most, exact=False)
                taken, giving = dealt(counts, most)
                left = min(most, sum(counts)) - sum(taken)
                more = [n for n in range(length) if shares[n] != taken[n]]
                assert sum(shares) == min(most, sum(counts))
                assert [shares[n] - taken[n] for n in more] == [1] * left
                assert set(more) <= set(giving)
                # Some files give one more, spread over the list; or all of them do.
                assert more == [giving[n * len(giving) // left] for n in range(left)]
                assert loose == [taken[n] + (left > 0 and n in giving) for n in range(length)]


def test_a_random_few_of_each_group_are_in_their_order():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 4, 60)
    groups[groups == 2] = 3  # a group without rows
    rows = np.concatenate([rng.permutation(np.flatnonzero(groups == g)) for g in range(4)])
    names = pl.Series([f"file {g}" for g in groups])
    counts = np.bincount(groups, minlength=4)
    most = np.array([3, counts[1], 5, counts[3] + 1])
    found = random_few(rows, groups, most, names)
    assert np.bincount(groups[found], minlength=4).tolist() == [3, counts[1], 0, counts[3]]
    assert len(set(found.tolist())) == len(found)
    places = {row: n for n, row in enumerate(rows.tolist())}
    assert [places[row] for row in found.tolist()] == sorted(places[row] for row in found.tolist())
    assert random_few(rows, groups, most, names).tolist() == found.tolist()
    assert random_few(rows, groups, np.zeros(4, int), names).tolist() == []


def test_the_choice_of_a_file_is_its_own():
    """It depends on its name and its number of rows only, and every row has its chance."""
    few = np.array([2])
    names = ["a", "b", *map(str, range(40))]
    of_one = [random_few(np.arange(6), np.zeros(6, int), few, pl.Series([name] * 6)).tolist() for name in names]
    assert {row for chosen in of_one for row in chosen} == set(range(6))
    both = random_few(np.arange(12), np.repeat([0, 1], 6), np.array([2, 2]), pl.Series(["a"] * 6 + ["b"] * 6))
    assert both.tolist() == of_one[0] + [row + 6 for row in of_one[1]]
    assert random_few(np.arange(0), np.zeros(0, int), few[:0], pl.Series([], dtype=pl.String)).tolist() == []


@each(
    ("how", "by_sort", "columns"),
    [
        ({}, True, ["dur", "note", "power"]),
        ({}, False, ["dur", "note"]),
        ({"by_name": True}, False, ["dur", "note", "filename"]),
        ({"by_name": True}, True, ["dur", "note", "power", "filename"]),
        ({"shuffle": True}, True, ["dur", "note", "power", "filename"]),
        ({"shuffle": True}, False, ["dur", "note"]),
    ],
)
def test_the_columns_that_a_choice_needs(how, by_sort, columns):
    choice = Choice(parse_filter("dur>5&note~=C&dur<9"), parse_sort("power=desc"), **how)
    assert choice.needed(by_sort) == columns
    assert choice.needed() == choice.needed(True)
    assert choice.words() == ["filename", "note"]


def test_a_choice_takes_all_unless_it_is_told_otherwise():
    choice = Choice()
    assert (choice.per_file, choice.most, choice.shuffle, choice.by_name) == (-1, -1, False, False)
    assert not choice.filter
    assert not choice.sort
