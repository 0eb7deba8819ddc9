"""Sequences of candidates: the cheapest of all, by brute force; and the rule about repetitions."""

import itertools

import numpy as np
import pytest

from lib.math.sequence import NONE, Rules, best_sequence

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


@pytest.mark.parametrize("seed", range(12))
def test_it_is_the_cheapest_of_all_sequences(seed):
    candidates, costs, times = random_case(seed)
    rules = Rules(FOLLOWS, GROUPS, leaving=0.3, changing=0.4)
    places, early = best_sequence(candidates, costs, times, rules)
    found = cost_of(picked(candidates, places), picked(costs, places), rules)
    every = (cost_of(picked(candidates, p), picked(costs, p), rules)
             for p in itertools.product(range(3), repeat=len(candidates)))  # fmt: skip
    assert found == pytest.approx(min(every))
    assert early == 0


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("apart", [150.0, 250.0])
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
