"""Sequences of candidates: the cheapest of all, by brute force; and the rule about repetitions."""

import itertools

import numpy as np
import pytest

from lib.math.sequence import NONE, Rules, best_sequence
from tests.support.each import each

ITEMS = 6
GROUPS = np.array([0, 0, 0, 1, 1, 2])
FOLLOWS = np.array([1, 2, NONE, 4, NONE, NONE])


def cost_of(chosen, costs, rules):
    total = sum(costs)
    for before, item in itertools.pairwise(chosen):
        if rules.follows[before] != item:
            total += rules.leaving + rules.changing * (rules.groups[before] != rules.groups[item])
    return total


def random_case(seed, steps=5, count=3):
    rng = np.random.default_rng(seed)
    candidates = np.stack([rng.permutation(ITEMS)[:count] for _ in range(steps)])
    return candidates, np.sort(rng.random((steps, count)), axis=1), np.arange(steps) * 100.0


def picked(values, places):
    return values[np.arange(len(places)), places]


@each("seed", range(12))
def test_it_is_the_cheapest_of_all_sequences(seed):
    candidates, costs, times = random_case(seed)
    rules = Rules(FOLLOWS, GROUPS, leaving=0.3, changing=0.4)
    places, early = best_sequence(candidates, costs, times, rules)
    found = cost_of(picked(candidates, places), picked(costs, places), rules)
    every = (cost_of(picked(candidates, p), picked(costs, p), rules)
             for p in itertools.product(range(3), repeat=len(candidates)))  # fmt: skip
    assert found == pytest.approx(min(every))
    assert early == 0


@each("seed", range(8))
@each("apart", [150.0, 250.0])
def test_no_item_returns_before_its_time_where_there_are_enough(seed, apart):
    candidates, costs, times = random_case(seed, steps=12, count=4)
    places, early = best_sequence(candidates, costs, times, Rules(FOLLOWS, GROUPS, apart=apart))
    chosen = picked(candidates, places)
    assert early == 0
    for n, m in itertools.combinations(range(12), 2):
        assert chosen[n] != chosen[m] or times[m] - times[n] >= apart


def test_too_few_items_take_turns_and_are_counted():
    candidates = np.tile([0, 1], (6, 1))
    costs = np.tile([0.0, 0.9], (6, 1))
    rules = Rules(np.full(2, NONE), np.zeros(2, int), apart=1000.0)
    places, early = best_sequence(candidates, costs, np.arange(6) * 100.0, rules)
    # Each use is as long ago as can be: 200 ms.
    assert places[:-1].tolist() == (1 - places[1:]).tolist()
    assert early == 4


def test_with_more_candidates_than_paths_are_continued_the_rule_is_kept():
    candidates = np.tile(np.arange(200), (150, 1))
    costs = np.tile(np.arange(200.0), (150, 1))
    rules = Rules(np.full(200, NONE), np.zeros(200, int), apart=1e6)
    places, early = best_sequence(candidates, costs, np.arange(150.0), rules)
    assert sorted(places.tolist()) == list(range(150))
    assert early == 0
    assert (
        best_sequence(candidates, costs, np.arange(150.0), Rules(rules.follows, rules.groups))[0].tolist() == [0] * 150
    )


def test_fewer_candidates_are_filled_up():
    candidates = np.array([[3, NONE], [4, 5], [5, NONE]])
    costs = np.array([[0.5, np.inf], [0.2, 0.1], [0.0, np.inf]])
    places, _ = best_sequence(candidates, costs, np.arange(3.0), Rules(FOLLOWS, GROUPS, leaving=1.0))
    assert picked(candidates, places).tolist() == [3, 4, 5]  # 4 follows 3
    assert best_sequence(candidates[:0], costs[:0], np.zeros(0), Rules(FOLLOWS, GROUPS))[0].tolist() == []


def early_cost(chosen, times, apart):
    """The cost of repetitions: a million for each, and up to twice that the sooner it comes; and their number."""
    total, count, last = 0.0, 0, {}
    for item, time in zip(chosen, times):
        missing = apart - (time - last.get(item, -np.inf))
        if missing > 0:
            total += 1e6 * (1 + missing / apart)
            count += 1
        last[item] = time
    return total, count


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_up_to_three_steps_are_the_cheapest_with_repetitions(steps):
    """Each partial path keeps the rule for itself: of two steps all paths are continued."""
    for seed in range(25):
        rng = np.random.default_rng(seed)
        candidates = rng.integers(0, 4, (steps, 3))
        for row in candidates:
            row[:] = rng.permutation(4)[:3]
        costs = np.sort(rng.integers(0, 8, (steps, 3)) / 4, axis=1)
        times = np.cumsum(rng.integers(1, 4, steps)) * 10.0
        rules = Rules(FOLLOWS, GROUPS, leaving=0.25, changing=0.5, apart=20.0)
        places, early = best_sequence(candidates, costs, times, rules)
        found = picked(candidates, places).tolist()
        penalty, count = early_cost(found, times, 20.0)
        every = []
        for chosen in itertools.product(range(3), repeat=steps):
            items = picked(candidates, chosen)
            every.append(cost_of(items, picked(costs, chosen), rules) + early_cost(items.tolist(), times, 20.0)[0])
        if steps < 3 or min(every) < 1e6:
            assert cost_of(found, picked(costs, places), rules) + penalty == pytest.approx(min(every))
        assert early == count


@each(("apart", "early"), [(0.0, 0), (100.0, 0), (100.5, 3), (200.0, 3), (300.5, 3)])
def test_one_item_alone_returns_as_often_as_it_must(apart, early):
    candidates = np.zeros((4, 1), np.int64)
    rules = Rules(np.array([NONE]), np.zeros(1, int), apart=apart)
    places, found = best_sequence(candidates, np.zeros((4, 1)), np.arange(4) * 100.0, rules)
    assert places.tolist() == [0] * 4
    assert found == early


def test_an_item_may_return_just_when_its_time_is_over():
    candidates = np.tile([0, 1, 2], (6, 1))
    costs = np.tile([0.0, 0.25, 0.5], (6, 1))
    for apart, chosen in [(100.0, [0] * 6), (200.0, [0, 1] * 3), (201.0, [0, 1, 2] * 2), (300.0, [0, 1, 2] * 2)]:
        rules = Rules(np.full(3, NONE), np.zeros(3, int), apart=apart)
        places, early = best_sequence(candidates, costs, np.arange(6) * 100.0, rules)
        assert (sorted(places.tolist()), early) == (sorted(chosen), 0)


def test_the_last_use_counts_not_the_first():
    """Items 0 and 1 in turns; the third candidate, 2, is dear: it is taken where both were used too lately."""
    candidates = np.array([[0, NONE, NONE], [1, NONE, NONE], [0, NONE, NONE], [0, 1, 2]])
    costs = np.array([[0, np.inf, np.inf], [0, np.inf, np.inf], [0, np.inf, np.inf], [0, 1, 5.0]])
    times = np.array([0.0, 100.0, 200.0, 300.0])
    rules = Rules(np.full(3, NONE), np.zeros(3, int), apart=200.0)
    places, early = best_sequence(candidates, costs, times, rules)
    assert (picked(candidates, places).tolist(), early) == ([0, 1, 0, 1], 0)
    rules = Rules(np.full(3, NONE), np.zeros(3, int), apart=200.5)
    places, early = best_sequence(candidates, costs, times, rules)
    assert (picked(candidates, places).tolist(), early) == ([0, 1, 0, 2], 1)


def test_rules_cost_nothing_unless_they_are_given():
    rules = Rules(FOLLOWS, GROUPS)
    assert (rules.leaving, rules.changing, rules.apart) == (0, 0, 0)


@pytest.mark.parametrize("paths", [63, 64, 65])
def test_the_best_64_paths_are_continued(paths):
    """The dearest of the first candidates alone goes on for nothing: it is the 64th or the 65th best path."""
    count = paths
    candidates = np.stack([np.arange(count), np.roll(np.arange(count), 1)])
    costs = np.stack([np.arange(count) / 1024, np.zeros(count)])
    follows = np.full(count, NONE)
    follows[count - 1] = 0
    rules = Rules(follows, np.zeros(count, int), leaving=10.0)
    places, _ = best_sequence(candidates, costs, np.arange(2.0), rules)
    went_on = candidates[0, places[0]] == count - 1
    assert went_on is np.bool_(paths <= 64)
