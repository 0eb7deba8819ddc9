"""The balance of evidence for interlaced and for telecined film, by its definition."""

import numpy as np
import pytest

from lib.video.fields import Balance


@pytest.mark.parametrize("seed", range(6))
def test_evidence_adds_up_fades_and_is_held_until_little_is_left(seed):
    random = np.random.default_rng(seed)
    balance, sides, holds = Balance(0.4), [0.0, 0.0], False
    changes = 0
    for n in range(400):
        # For one, for none, for the other, for both.
        one, two = random.uniform(0, 0.6, 2) * [(1, 0.02), (0, 0), (0.02, 1), (0.2, 0.2)][n // 40 % 4]
        balance.add(one, two)
        # At most 0.4 of a frame, at most 2 in all; contrary evidence counts four times.
        sides = [min(0.95 * side + min(share, 0.4), 2.0) for side, share in zip(sides, (one, two))]
        value = max(sides) - 4 * min(sides)
        changes += holds != (value > (0.3 if holds else 0.9))
        holds = value > (0.3 if holds else 0.9)
        assert balance.value == pytest.approx(value)
        assert (balance.holds, balance.first) == (holds, sides[0] >= sides[1])
    assert changes > 3


@pytest.mark.parametrize(
    ("shares", "holds"),
    [
        ([(0.3, 0.02)] * 3, True),
        ([(0.02, 0.3)] * 3, True),
        ([(0.26, 0.0), (0.24, 0.0)], True),  # a quarter, on average
        ([(0.24, 0.0), (0.25, 0.0)], False),
        ([(0.3, 0.04)], False),  # the other order has a tenth of it at most
        ([(0.4, 0.0), (0.4, 0.1)], False),
        ([], False),
    ],
)
def test_a_few_looks_decide_for_a_film_that_has_no_more(shares, holds):
    balance = Balance(0.4)
    balance.add_all(shares)
    assert balance.holds is holds
    balance.holds = True
    balance.add_all(shares)
    assert balance.holds  # it is not taken back


def test_without_evidence_nothing_holds():
    balance = Balance(0.6)
    assert (balance.holds, balance.value, balance.first) == (False, 0.0, True)
